/* SPDX-License-Identifier: MIT */
/*
 * What is kept for some is not had by others. Catches a CPU's list that lets requests past a zone's
 * reserve, one in need who takes a list of pages along for those who come after, a high-atomic
 * reserve that small orders never make, unmovable pages in ZONE_MOVABLE, free pages that are
 * refused for want of descriptors elsewhere, memory that comes to be allocated without a word, and
 * zones that go low without one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>

#include "buddy.h"
#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))

static struct pf_mem mem;
static struct pf_zone *low, *normal, *movable;
static unsigned long told;
static unsigned went_low; /* a bit a type of zone */

static void released(struct pf_mem *m, pf_pfn start, unsigned long pages, enum pf_release how)
{
	(void)m;
	(void)start;
	told += how == PF_RELEASE_LATE ? pages : 0;
}

static void note_low(struct pf_mem *m, struct pf_zone *zone, unsigned order)
{
	(void)m;
	(void)order;
	went_low |= 1u << zone->type;
}

/* DMA32 is [16M, 272M), Normal 512 MiB behind it; ZONE_MOVABLE takes the last 256 MiB of that. */
static int start(void **unused)
{
	struct pf_boot_config config = { .released = released,
					 .low = note_low,
					 .memmap = &host_on_demand,
					 .movable.movablecore = PAGES(256) };

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	config.zone_end[PF_ZONE_DMA32] = PAGES(272);
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	memblock_add_node(16 * MIB, 768 * MIB, 0, MEMBLOCK_NONE);
	memblock_reserve(64 * MIB, 4 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	low = &mem.nodes[0]->zone[PF_ZONE_DMA32];
	normal = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	movable = &mem.nodes[0]->zone[PF_ZONE_MOVABLE];
	told = 0;
	went_low = 0;
	return 0;
}

static int end(void **unused)
{
	char why[240];

	(void)unused;
	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
	pf_close(&mem);
	return 0;
}

static unsigned long take_all(pf_gfp gfp)
{
	unsigned long n = 0;

	while (pf_alloc_pages(&mem, 0, gfp) != PF_NO_PFN)
		n++;
	return n;
}

static void a_low_zones_reserve_does_not_leak_through_lists(void **unused)
{
	unsigned long mine = 0, theirs = 0, kept;

	(void)unused;
	low->lowmem_reserve[PF_ZONE_NORMAL] = 4096;
	take_all(0);
	kept = pf_zone_free(low) - low->watermark[PF_WMARK_MIN];
	assert_true(kept >= 4096);
	for (;; mine++) {
		if (pf_alloc_pages(&mem, 0, PF_GFP_DMA32) == PF_NO_PFN)
			break;
		theirs += take_all(0);
	}
	assert_int_equal(theirs, 0);
	assert_int_equal(mine, kept);
}

static void one_in_need_takes_no_more_than_asked(void **unused)
{
	const pf_gfp needs[] = { PF_GFP_MEMALLOC, PF_GFP_HIGH, PF_GFP_HIGH | PF_GFP_ATOMIC };

	for (int i = 0; i < 3; i++) {
		unsigned long left;

		end(unused);
		start(unused);
		take_all(0);
		take_all(PF_GFP_DMA32);
		left = pf_zone_free(low);
		for (int n = 0; n < 10; n++) {
			assert_true(pf_alloc_pages(&mem, 0, needs[i] | PF_GFP_DMA32) != PF_NO_PFN);
			assert_int_equal(take_all(PF_GFP_DMA32), 0);
		}
		assert_int_equal(pf_zone_free(low), left - 10);
	}
}

static void small_orders_make_a_high_atomic_reserve(void **unused)
{
	for (unsigned order = 1; order < PF_PCP_SMALL; order++) {
		end(unused);
		start(unused);
		for (int z = 0; z < PF_ZONES; z++)
			mem.nodes[0]->zone[z].watermark[PF_WMARK_LOW] = PAGES(1024);
		assert_true(pf_alloc_pages(&mem, order, PF_GFP_ATOMIC | PF_GFP_HIGH) != PF_NO_PFN);
		assert_int_equal(normal->nr_highatomic, PF_BLOCK_PAGES);
	}
}

static void what_cannot_move_is_not_in_zone_movable(void **unused)
{
	static const pf_gfp asked[] = { PF_GFP_ANY_ZONE, PF_GFP_ZONE(PF_ZONE_DEVICE),
					PF_GFP_ZONE(PF_ZONE_DEVICE) | PF_GFP_RECLAIMABLE };

	(void)unused;
	for (size_t n = 0; n < sizeof(asked) / sizeof(asked[0]); n++) {
		pf_gfp can_move = (asked[n] & ~(pf_gfp)PF_GFP_TYPE) | PF_GFP_MOVABLE;
		pf_pfn pfn = pf_alloc_pages(&mem, 0, can_move);

		assert_true(pfn >= movable->start_pfn);
		pf_free_pages(&mem, pfn, 0);
		for (int i = 0; i < 200; i++) {
			unsigned order = i % 3 ? 0 : i % 2 ? PF_BLOCK_ORDER : PF_PCP_SMALL;

			assert_true(pf_alloc_pages(&mem, order, asked[n]) < movable->start_pfn);
		}
		end(unused);
		start(unused);
	}
	assert_true(pf_alloc_pages(&mem, 0, PF_GFP_ZONE(PF_ZONES)) == PF_NO_PFN);
}

/* No block can be split any more; there are pages in one that is. */
static void free_pages_serve_whatever_type_if_blocks_cannot_be_split(void **unused)
{
	unsigned long had;

	(void)unused;
	assert_true(pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE) != PF_NO_PFN);
	assert_true(pf_drain_all(&mem));
	host_luck = 0;
	had = take_all(PF_GFP_UNMOVABLE);
	assert_int_equal(had, PF_BLOCK_PAGES - 1);
	assert_int_equal(take_all(PF_GFP_MOVABLE), 0);
}

/* Chunks of each order, for one who interrupted somebody inside his lists. */
static void so_do_they_without_a_list(void **unused)
{
	for (unsigned order = 0; order < PF_BLOCK_ORDER; order++) {
		unsigned long n = 0;

		end(unused);
		start(unused);
		assert_true(pf_alloc_pages(&mem, order, PF_GFP_MOVABLE) != PF_NO_PFN);
		assert_true(pf_drain_all(&mem));
		host_luck = 0;
		for (int z = 0; z < PF_ZONES; z++)
			if (mem.nodes[0]->zone[z].pcp)
				mem.nodes[0]->zone[z].pcp[0].lock.inside = 1;
		while (pf_alloc_pages(&mem, order, PF_GFP_UNMOVABLE) != PF_NO_PFN)
			n++;
		assert_int_equal(n, (PF_BLOCK_PAGES >> order) - 1);
		assert_true(pf_alloc_pages(&mem, PF_BLOCK_ORDER, 0) != PF_NO_PFN);
		assert_true(host_refused);
	}
}

static void who_shadows_pages_is_told_of_an_area(void **unused)
{
	(void)unused;
	assert_int_equal(pf_init_cma(&mem, PAGES(64), PAGES(68)), 0);
	assert_int_equal(told, PAGES(4));
}

/* A CPU's own lists are not a part of the zone so large that others find nothing. */
static void lists_hold_a_share_of_a_zone(void **unused)
{
	unsigned long most = 0;

	(void)unused;
	pf_set_watermarks(&mem, 0);
	for (unsigned i = 0; i < PF_PCP_ORDERS; i++)
		most += 2ul * 3 * normal->pcp[0].full[i] << (i < PF_PCP_SMALL ? i : PF_BLOCK_ORDER);
	assert_true(most && most <= normal->managed / 4);
}

/* Of each zone that may serve the request, and of no other. */
static void who_reclaims_is_told_of_zones_that_go_low(void **unused)
{
	(void)unused;
	assert_true(pf_alloc_pages(&mem, 0, 0) != PF_NO_PFN);
	assert_int_equal(went_low, 0);
	take_all(0);
	assert_int_equal(went_low, 1u << PF_ZONE_DMA32 | 1u << PF_ZONE_NORMAL);
}

#define RESERVE_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RESERVE_TEST(a_low_zones_reserve_does_not_leak_through_lists),
		RESERVE_TEST(one_in_need_takes_no_more_than_asked),
		RESERVE_TEST(small_orders_make_a_high_atomic_reserve),
		RESERVE_TEST(what_cannot_move_is_not_in_zone_movable),
		RESERVE_TEST(free_pages_serve_whatever_type_if_blocks_cannot_be_split),
		RESERVE_TEST(so_do_they_without_a_list),
		RESERVE_TEST(who_shadows_pages_is_told_of_an_area),
		RESERVE_TEST(who_reclaims_is_told_of_zones_that_go_low),
		RESERVE_TEST(lists_hold_a_share_of_a_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
