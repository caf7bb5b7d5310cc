/* SPDX-License-Identifier: MIT */
/*
 * The page allocator where random requests hardly ever lead: the high-atomic reserve, callers that
 * interrupt one that is inside a CPU's lists, arguments that mean nothing, when a block is taken
 * over, and what is said of each wrong free. Catches a request that is served
 * though it makes no sense, a reserve that grows without end or is never given up, blocks that
 * change sides for a page, a chunk that is freed twice, and a reader that follows a node that is
 * not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/nofree.h>

#include "host.h"

#include "buddy.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define CPUS	   2
#define HERE	   PF_GFP_THISNODE
#define ATOMIC	   (PF_GFP_ATOMIC | PF_GFP_THISNODE)
#define SOME	   5 /* an order that has no per-CPU lists */
#define MANY	   400

static struct pf_mem mem;
static struct pf_zone *zone, *small;
static pf_pfn held[MANY];

/*
 * Node 0 has 512 MiB, the first block of which begins with a hole; node 1 is not there; node 2 has
 * 64 MiB. In node 0 two blocks are reserved that may become CMA: [64M, 66M) and [70M, 72M).
 */
static int start(void **unused)
{
	struct pf_boot_config config = { .nr_cpus = CPUS };

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add_node(16 * MIB + 5 * PF_PAGE_SIZE, 512 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(1024 * MIB, 64 * MIB, 2, MEMBLOCK_NONE);
	memblock_reserve(64 * MIB, 2 * MIB);
	memblock_reserve(70 * MIB, 2 * MIB);
	memblock_reserve(80 * MIB, 3 * PF_PAGE_SIZE);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	small = &mem.nodes[2]->zone[PF_ZONE_NORMAL];
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	pf_close(&mem);
	return 0;
}

static void all_is_right(void)
{
	char why[240];

	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static void nobody_has_anything(void)
{
	assert_true(pf_drain_all(&mem));
	assert_int_equal(zone->nr_free, zone->managed);
	assert_int_equal(small->nr_free, small->managed);
	all_is_right();
}

static pf_pfn alloc_on(int nid, unsigned order, pf_gfp gfp)
{
	return pf_alloc_pages_node(&mem, order, gfp, nid, NULL);
}

static void set_state(uint32_t *info, unsigned state)
{
	*info = (*info & ~PF_INFO_STATE) | state;
}

/* --- arguments --- */

static void what_means_nothing_is_refused(void **unused)
{
	const struct pf_nodemask none = { { 0 } }, third = { { 1u << 2 } };
	pf_pfn pfn;

	(void)unused;
	assert_true(pf_alloc_pages(&mem, PF_MAX_ORDER + 1, 0) == PF_NO_PFN);
	assert_true(pf_alloc_pages(&mem, ~0u, 0) == PF_NO_PFN);
	assert_true(pf_alloc_pages(&mem, 0, PF_GFP_TYPE) == PF_NO_PFN);
	assert_true(alloc_on(0, 0, PF_GFP_TYPE) == PF_NO_PFN);
	assert_true(pf_alloc_pages(&mem, 0, PF_GFP_ZONE(6)) == PF_NO_PFN);
	assert_true(alloc_on(0, 0, PF_GFP_ZONE(6)) == PF_NO_PFN);
	assert_true(alloc_on(0, 0, PF_GFP_ZONE(7)) == PF_NO_PFN);
	assert_true(alloc_on(3, 0, 0) == PF_NO_PFN);
	assert_true(alloc_on(1, 0, 0) == PF_NO_PFN); /* not there */
	assert_true(pf_alloc_pages_node(&mem, 0, 0, 0, &none) == PF_NO_PFN);
	assert_true(pf_alloc_pages_node(&mem, 0, HERE, 0, &third) == PF_NO_PFN);
	nobody_has_anything();
	pfn = pf_alloc_pages_node(&mem, 0, 0, 0, &third);
	assert_int_equal(pf_info_node(pf_page_info(&mem, pfn)), 2);
	pf_free_pages(&mem, pfn, 0);
	/* Nor is it what was freed last. */
	assert_true(pf_alloc_pages(&mem, 0, PF_GFP_ZONE(7)) == PF_NO_PFN);
	assert_false(pf_drain_cpu(&mem, CPUS));
	assert_int_equal(pf_per_cpu_pages(&mem, small, 0), small->pcp[0].hot[0][0].nr);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, CPUS), 0);
	assert_int_equal(pf_per_cpu_pages(&mem, &mem.nodes[0]->zone[PF_ZONE_DMA], 0), 0);
	assert_int_equal(pf_init_cma(&mem, PAGES(64), PAGES(64)), -PF_EINVAL);
	assert_int_equal(pf_init_cma(&mem, PAGES(66), PAGES(64)), -PF_EINVAL);
	nobody_has_anything();
}

/* --- somebody is inside --- */

/* A handler interrupts its CPU inside the lists: it is served by the zone, and frees to it. */
static void a_handler_does_without_its_cpus_lists(void **unused)
{
	const unsigned orders[] = { 0, PF_BLOCK_ORDER };

	(void)unused;
	for (int i = 0; i < 2; i++) {
		pf_pfn before = alloc_on(0, orders[i], HERE), pfn;
		unsigned long there;

		pf_free_pages(&mem, before, orders[i]);
		there = pf_per_cpu_pages(&mem, zone, 0);
		assert_true(there);
		zone->pcp[0].lock.inside = 1;
		pfn = pf_alloc_pages(&mem, orders[i], 0);
		assert_true(pfn != PF_NO_PFN && pfn != before);
		assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), there);
		all_is_right();
		pf_free_pages(&mem, pfn, orders[i]);
		assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), there);
		assert_int_equal(pf_info_state(pf_page_info(&mem, pfn)), PF_FREE);
		assert_false(pf_drain_cpu(&mem, 0));
		assert_false(pf_drain_all(&mem));
		assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), there);
		zone->pcp[0].lock.inside = 0;
		nobody_has_anything();
	}
}

/* As pages do: the zone is not asked, nor is its watermark, for that was kept before. */
static void a_block_comes_back_from_its_cpus_list(void **unused)
{
	pf_pfn pfn = pf_alloc_pages(&mem, PF_BLOCK_ORDER, 0), again;
	unsigned long locked, there;

	(void)unused;
	pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	there = pf_per_cpu_pages(&mem, zone, 0);
	assert_true(there >= PF_BLOCK_PAGES);
	locked = zone->locked;
	zone->watermark[PF_WMARK_MIN] = zone->managed;
	zone->watermark[PF_WMARK_LOW] = zone->managed;
	again = pf_alloc_pages(&mem, PF_BLOCK_ORDER, 0);
	assert_true(again == pfn);
	assert_int_equal(zone->locked, locked);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), there - PF_BLOCK_PAGES);
	all_is_right();
	pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	nobody_has_anything();
}

static void a_list_of_blocks_is_filled_with_several(void **unused)
{
	pf_pfn pfns[3];

	(void)unused;
	zone->pcp[0].size[PF_PCP_SMALL] = 3;
	zone->list_most[PF_PCP_SMALL] = 3;
	for (int i = 0; i < 3; i++) {
		pfns[i] = alloc_on(0, PF_BLOCK_ORDER, HERE | PF_GFP_MOVABLE);
		assert_true(pfns[i] != PF_NO_PFN && (!i || pfns[i] != pfns[i - 1]));
		assert_int_equal(pf_per_cpu_pages(&mem, zone, 0),
				 (unsigned long)(2 - i) * PF_BLOCK_PAGES);
		all_is_right();
	}
	for (int i = 0; i < 3; i++)
		pf_free_pages(&mem, pfns[i], PF_BLOCK_ORDER);
	nobody_has_anything();
}

/* Else two CPUs write to one cache line of entries: blocks side by side are one CPU's. */
static void a_list_holds_blocks_of_one_line(void **unused)
{
	static const unsigned back[] = { 2, 18, 16, 0 }; /* none of them another's buddy */
	pf_pfn first = small->start_pfn, pfn[2];

	(void)unused;
	for (int w = 0; w < PF_WATERMARKS; w++)
		small->watermark[w] = 0;
	small->pcp[0].lock.inside = 1;
	while (alloc_on(2, PF_BLOCK_ORDER, HERE | PF_GFP_MOVABLE) != PF_NO_PFN)
		;
	for (int i = 0; i < 4; i++)
		pf_free_pages(&mem, first + back[i] * PF_BLOCK_PAGES, PF_BLOCK_ORDER);
	small->pcp[0].lock.inside = 0;
	small->pcp[0].size[PF_PCP_SMALL] = 2;
	small->list_most[PF_PCP_SMALL] = 2;
	for (int i = 0; i < 2; i++)
		pfn[i] = alloc_on(2, PF_BLOCK_ORDER, HERE | PF_GFP_MOVABLE);
	assert_int_equal(pfn[0] ^ pfn[1], 2 * PF_BLOCK_PAGES);
	all_is_right();
}

/* --- wrong frees --- */

static void refused_with(pf_pfn pfn, unsigned order, const char *is)
{
	char want[160];

	host_forget_output();
	pf_free_pages(&mem, pfn, order);
	snprintf(want, sizeof(want),
		 "pf_free_pages: pfn 0x%lx, order %u: it is %s; nothing is freed\n",
		 (unsigned long)pfn, order, is);
	assert_string_equal(host_output(), want);
}

static const struct {
	unsigned state;
	const char *is;
} said[] = {
	{ PF_ABSENT, "no memory" },
	{ PF_RESERVED, "reserved since boot" },
	{ PF_DEFERRED, "not handed over yet" },
	{ PF_FREE, "free already" },
	{ PF_PER_CPU, "free already, on a per-CPU list" },
	{ PF_ISOLATED, "free already, and isolated" },
	{ PF_TAIL, "not the first page of a chunk" },
	{ PF_NOFREE, "a no-free page" },
	{ PF_POISONED, "poisoned" },
	{ PF_NOMAP, "not in the direct map" },
	{ PF_OFFLINE, "offline" },
	{ PF_DEVICE, "a device's" },
	{ 15, "not such a chunk" },
};

static void each_wrong_free_is_told(void **unused)
{
	pf_pfn pfn = alloc_on(0, 2, HERE), block = alloc_on(0, PF_BLOCK_ORDER, HERE);
	pf_pfn big = alloc_on(0, PF_MAX_ORDER, HERE);

	(void)unused;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		set_state(&pf_page(&mem, pfn)->info, said[i].state);
		refused_with(pfn, 2, said[i].is);
		set_state(&pf_block(&mem, block)->info, said[i].state);
		refused_with(block, PF_BLOCK_ORDER, said[i].is);
		refused_with(block, 0, said[i].is);
	}
	set_state(&pf_page(&mem, pfn)->info, PF_ALLOCATED);
	set_state(&pf_block(&mem, block)->info, PF_ALLOCATED);
	refused_with(0, 0, "no memory");
	refused_with(PF_NO_PFN, 0, "no memory");
	refused_with(pfn, 0, "allocated with order 2");
	refused_with(pfn + 1, 0, "not the first page of a chunk");
	refused_with(pfn & ~(PF_BLOCK_PAGES - 1), PF_BLOCK_ORDER,
		     "in a block that is allocated in smaller chunks");
	refused_with(block, 0, "allocated with order 9");
	refused_with(block + 1, 0, "not the first page of a chunk");
	refused_with(big + PF_BLOCK_PAGES, PF_BLOCK_ORDER, "not the first page of a chunk");
	pf_free_pages(&mem, big, PF_MAX_ORDER);
	pf_free_pages(&mem, pfn, 2);
	refused_with(pfn, 2, "free already, on a per-CPU list");
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
	refused_with(block, PF_BLOCK_ORDER, "free already, on a per-CPU list");
	nobody_has_anything();
	assert_string_equal(pfi_what_it_is(PF_SPLIT), "not such a chunk");
}

/* --- other types' blocks --- */

/* All of node 2 is in use for what cannot move, but for one block, and no list is used. */
static pf_pfn one_block_is_left(void)
{
	pf_pfn pfn;

	for (int w = 0; w < PF_WATERMARKS; w++)
		small->watermark[w] = 0;
	small->pcp[0].lock.inside = 1;
	pfn = alloc_on(2, PF_BLOCK_ORDER, HERE);
	for (unsigned order = PF_MAX_ORDER + 1; order--;)
		while (alloc_on(2, order, HERE) != PF_NO_PFN)
			;
	assert_int_equal(small->nr_free, 0);
	pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	assert_int_equal(block_type(&mem, pfn), PF_UNMOVABLE);
	return pfn;
}

/* From that block, which is of @type then. */
static pf_pfn alloc_there(unsigned order, pf_gfp gfp, enum pf_migratetype type, pf_pfn block)
{
	pf_pfn pfn = alloc_on(2, order, gfp | HERE);

	assert_true((pfn ^ block) < PF_BLOCK_PAGES);
	assert_int_equal(block_type(&mem, block), type);
	all_is_right();
	return pfn;
}

static void a_block_that_others_use_most_of_is_not_taken_over(void **unused)
{
	pf_pfn block = one_block_is_left();

	(void)unused;
	alloc_there(PF_BLOCK_ORDER - 1, 0, PF_UNMOVABLE, block);
	alloc_there(PF_BLOCK_ORDER - 2, 0, PF_UNMOVABLE, block);
	alloc_there(0, PF_GFP_MOVABLE, PF_UNMOVABLE, block);
	/* It is used alike: neither can move. */
	alloc_there(1, PF_GFP_RECLAIMABLE, PF_RECLAIMABLE, block);
}

/* They cannot move either: with them half of the block is free or used alike. */
static void a_block_of_no_free_pages_is_taken_over(void **unused)
{
	pf_pfn block = one_block_is_left(), pfn;

	(void)unused;
	alloc_there(PF_BLOCK_ORDER - 1, PF_GFP_MOVABLE, PF_MOVABLE, block);
	pfn = alloc_there(PF_BLOCK_ORDER - 2, PF_GFP_MOVABLE, PF_MOVABLE, block);
	assert_true((pf_alloc_nofree(&mem, 2, HERE) ^ block) < PF_BLOCK_PAGES);
	assert_int_equal(block_type(&mem, block), PF_MOVABLE);
	assert_int_equal(small->nr_free, 0);
	pf_free_pages(&mem, pfn, PF_BLOCK_ORDER - 2);
	alloc_there(0, 0, PF_UNMOVABLE, block);
}

/* They stay, so it does not become movable for a page. */
static void nor_is_one_of_no_free_pages_for_what_can_move(void **unused)
{
	const unsigned quarter = PF_BLOCK_ORDER - 2;
	pf_pfn block = one_block_is_left(), half, stays;

	(void)unused;
	half = alloc_there(PF_BLOCK_ORDER - 1, 0, PF_UNMOVABLE, block);
	stays = pf_alloc_nofree(&mem, 2, HERE);
	assert_true((stays ^ block) < PF_BLOCK_PAGES);
	assert_int_equal(small->nr_free, 0);
	pf_free_pages(&mem, half, PF_BLOCK_ORDER - 1);
	alloc_there(quarter, 0, PF_UNMOVABLE, block);
	assert_int_equal(small->nr_free, 1ul << quarter);
	alloc_there(0, PF_GFP_MOVABLE, PF_UNMOVABLE, block);
}

static void a_block_half_of_which_is_free_is_taken_over(void **unused)
{
	pf_pfn block = one_block_is_left();

	(void)unused;
	alloc_there(PF_BLOCK_ORDER - 1, 0, PF_UNMOVABLE, block);
	alloc_there(0, PF_GFP_MOVABLE, PF_MOVABLE, block);
}

/* Half of it is free, in chunks that are too small to take it over for a movable page. */
static void few_movable_pages_take_over_no_block(void **unused)
{
	const unsigned order = PF_BLOCK_ORDER / 2 - 1;
	pf_pfn block = one_block_is_left();

	(void)unused;
	for (pf_pfn at = 0; at < PF_BLOCK_PAGES; at += 1ul << order)
		alloc_there(order, 0, PF_UNMOVABLE, block);
	for (pf_pfn at = 0; at < PF_BLOCK_PAGES; at += 2ul << order)
		pf_free_pages(&mem, block + at, order);
	alloc_there(0, PF_GFP_MOVABLE, PF_UNMOVABLE, block);
	alloc_there(0, PF_GFP_RECLAIMABLE, PF_RECLAIMABLE, block);
}

/* A page that would make four with its buddy, for two beside them are free, is used last. */
static void what_may_soon_merge_is_used_last(void **unused)
{
	static const unsigned back[] = { 9, 2, 3, 1 };
	pf_pfn block = one_block_is_left();

	(void)unused;
	for (pf_pfn at = 0; at < PF_BLOCK_PAGES; at++)
		alloc_there(0, 0, PF_UNMOVABLE, block);
	for (int i = 0; i < 4; i++)
		pf_free_pages(&mem, block + back[i], 0);
	assert_int_equal(alloc_there(0, 0, PF_UNMOVABLE, block), block + 9);
	assert_int_equal(alloc_there(0, 0, PF_UNMOVABLE, block), block + 1);
}

/* --- the high-atomic reserve --- */

/* Nothing can be had above the low watermarks. */
static void little_is_left(void)
{
	zone->watermark[PF_WMARK_LOW] = zone->managed;
	zone->watermark[PF_WMARK_MIN] = 0;
	small->watermark[PF_WMARK_LOW] = small->managed;
	small->watermark[PF_WMARK_MIN] = 0;
}

static bool is_highatomic(pf_pfn pfn)
{
	return block_type(&mem, pfn) == PF_HIGHATOMIC;
}

static void a_block_is_kept_for_who_cannot_wait(void **unused)
{
	pf_pfn first, second, page;

	(void)unused;
	little_is_left();
	first = alloc_on(0, SOME, ATOMIC);
	assert_true(is_highatomic(first));
	assert_int_equal(zone->nr_highatomic, PF_BLOCK_PAGES);
	assert_int_equal(zone->nr_free_of[PF_HIGHATOMIC], PF_BLOCK_PAGES - (1ul << SOME));
	second = alloc_on(0, SOME, ATOMIC); /* from there */
	assert_true((first ^ second) < PF_BLOCK_PAGES);
	assert_int_equal(zone->nr_highatomic, PF_BLOCK_PAGES);
	/* Its small chunks are not for lists. */
	zone->pcp[0].lock.inside = 1;
	page = alloc_on(0, 1, ATOMIC);
	zone->pcp[0].lock.inside = 0;
	assert_true((first ^ page) < PF_BLOCK_PAGES);
	all_is_right();
	pf_free_pages(&mem, page, 1);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 0);
	pf_free_pages(&mem, first, SOME);
	pf_free_pages(&mem, second, SOME);
	assert_int_equal(zone->nr_free_of[PF_HIGHATOMIC], PF_BLOCK_PAGES);
	nobody_has_anything();
}

static void a_block_in_use_is_kept_too(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	little_is_left();
	zone->pcp[0].lock.inside = 1;
	pfn = alloc_on(0, PF_BLOCK_ORDER, ATOMIC);
	zone->pcp[0].lock.inside = 0;
	assert_true(is_highatomic(pfn));
	assert_int_equal(zone->nr_free_of[PF_HIGHATOMIC], 0);
	assert_false(
		pfi_unreserve_highatomic(&mem, zone, 0, PF_MOVABLE)); /* no page of it is free */
	all_is_right();
	pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	assert_int_equal(zone->nr_free_of[PF_HIGHATOMIC], PF_BLOCK_PAGES);
	nobody_has_anything();
}

static unsigned long blocks_for(unsigned long pages)
{
	return (pages + PF_BLOCK_PAGES - 1) / PF_BLOCK_PAGES;
}

static void a_hundredth_is_kept_at_the_most(void **unused)
{
	unsigned long most = blocks_for(zone->managed / 100) * PF_BLOCK_PAGES;

	(void)unused;
	little_is_left();
	for (int i = 0; i < MANY; i++) {
		held[i] = alloc_on(0, SOME, ATOMIC | PF_GFP_HIGH);
		assert_true(held[i] != PF_NO_PFN && zone->nr_highatomic <= most);
	}
	assert_int_equal(zone->nr_highatomic, most);
	all_is_right();
	for (int i = 0; i < MANY; i++)
		pf_free_pages(&mem, held[i], SOME);
	assert_int_equal(zone->nr_free_of[PF_HIGHATOMIC], most);
	nobody_has_anything();
}

static void small_zones_and_mixed_blocks_are_not_kept(void **unused)
{
	unsigned long mixed = 0;

	(void)unused;
	little_is_left();
	held[0] = alloc_on(2, SOME, ATOMIC);
	assert_int_equal(small->nr_highatomic, 0);
	pf_free_pages(&mem, held[0], SOME);
	for (unsigned order = SOME; order < PF_BLOCK_ORDER; order++) {
		held[order] = alloc_on(0, order, ATOMIC | PF_GFP_MOVABLE);
		if (held[order] >= PAGES(18))
			continue;
		mixed++;
		assert_false(is_highatomic(held[order]));
	}
	assert_true(mixed);
	all_is_right();
	for (unsigned order = SOME; order < PF_BLOCK_ORDER; order++)
		pf_free_pages(&mem, held[order], order);
	nobody_has_anything();
}

/* Two blocks are kept, one in pieces and one whole, and are given up one after the other. */
static void before_it_fails_the_reserve_is_given_up(void **unused)
{
	pf_pfn kept[2], got[2];

	(void)unused;
	little_is_left();
	zone->pcp[0].lock.inside = 1;
	kept[0] = alloc_on(0, PF_BLOCK_ORDER, ATOMIC);
	zone->pcp[0].lock.inside = 0;
	kept[1] = alloc_on(0, SOME, ATOMIC);
	pf_free_pages(&mem, kept[0], PF_BLOCK_ORDER);
	assert_int_equal(zone->nr_highatomic, 2 * PF_BLOCK_PAGES);
	for (int i = 0; i < 2; i++) {
		zone->watermark[PF_WMARK_MIN] = zone->nr_free - zone->nr_free_of[PF_HIGHATOMIC];
		small->watermark[PF_WMARK_MIN] = small->nr_free;
		got[i] = pf_alloc_pages(&mem, SOME, PF_GFP_RECLAIMABLE);
		assert_true(got[i] != PF_NO_PFN);
		assert_int_equal(zone->nr_highatomic, i ? 0 : PF_BLOCK_PAGES);
		all_is_right();
	}
	assert_true(pf_alloc_pages(&mem, PF_MAX_ORDER, 0) == PF_NO_PFN);
	pf_free_pages(&mem, kept[1], SOME);
	for (int i = 0; i < 2; i++)
		pf_free_pages(&mem, got[i], SOME);
	nobody_has_anything();
}

/* So little is left that who asks cannot have it in any case. */
static void a_reserve_that_does_not_help_stays(void **unused)
{
	pf_pfn kept;

	(void)unused;
	little_is_left();
	kept = alloc_on(0, SOME, ATOMIC);
	assert_int_equal(zone->nr_highatomic, PF_BLOCK_PAGES);
	zone->watermark[PF_WMARK_MIN] = zone->nr_free;
	assert_true(alloc_on(0, SOME, HERE) == PF_NO_PFN);
	assert_int_equal(zone->nr_highatomic, PF_BLOCK_PAGES);
	pf_free_pages(&mem, kept, SOME);
	nobody_has_anything();
}

/*
 * Two blocks are left, side by side; one of them is kept. It is too small for what is wanted, and
 * large enough when it has merged with the other.
 */
static void a_reserve_in_small_chunks_is_given_up_for_a_large_one(void **unused)
{
	pf_pfn pfn, kept;

	(void)unused;
	little_is_left();
	pfn = alloc_on(0, PF_MAX_ORDER, HERE);
	while (alloc_on(0, PF_MAX_ORDER, HERE) != PF_NO_PFN)
		;
	for (unsigned order = PF_MAX_ORDER; order--;)
		while (alloc_on(0, order, HERE) != PF_NO_PFN)
			;
	assert_int_equal(zone->nr_free, 0);
	pf_free_pages(&mem, pfn, PF_MAX_ORDER);
	kept = alloc_on(0, SOME, ATOMIC);
	assert_true((pfn ^ kept) < 1ul << PF_MAX_ORDER && is_highatomic(kept));
	pf_free_pages(&mem, kept, SOME);
	assert_int_equal(zone->nr_highatomic, PF_BLOCK_PAGES);
	assert_true(alloc_on(0, PF_MAX_ORDER, HERE) == pfn);
	assert_int_equal(zone->nr_highatomic, 0);
	all_is_right();
}

/* Else it would be given up for the first who needs a page of it, and be no reserve any more. */
static void who_is_in_need_has_the_last_pages_of_the_reserve(void **unused)
{
	static const pf_gfp needs[] = { PF_GFP_ATOMIC, PF_GFP_MEMALLOC };
	pf_pfn block, kept;

	(void)unused;
	little_is_left();
	block = alloc_on(0, PF_BLOCK_ORDER, HERE);
	for (unsigned order = PF_MAX_ORDER + 1; order--;)
		while (alloc_on(0, order, HERE) != PF_NO_PFN)
			;
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
	assert_true(pf_drain_all(&mem));
	kept = alloc_on(0, SOME, ATOMIC);
	assert_true((kept ^ block) < PF_BLOCK_PAGES && is_highatomic(kept));
	for (int i = 0; i < 2; i++) {
		pf_pfn page = alloc_on(0, 0, needs[i] | HERE);

		assert_true((page ^ block) < PF_BLOCK_PAGES);
		assert_int_equal(zone->nr_highatomic, PF_BLOCK_PAGES);
	}
	all_is_right();
}

/* --- areas --- */

/* A chunk of two kinds of blocks goes back to the lists of both. */
static void a_given_chunk_may_lie_across_the_edge_of_an_area(void **unused)
{
	const pf_pfn at[] = { PAGES(64), PAGES(68) }; /* an area first, and last */

	(void)unused;
	assert_int_equal(pf_init_cma(&mem, PAGES(64), PAGES(66)), 0);
	assert_int_equal(pf_init_cma(&mem, PAGES(70), PAGES(72)), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pf_alloc_pages_at(&mem, at[i], PF_BLOCK_ORDER + 1), 0);
		all_is_right();
		pf_free_pages(&mem, at[i], PF_BLOCK_ORDER + 1);
		assert_int_equal(zone->nr_free_of[PF_CMA], 2 * PF_BLOCK_PAGES);
		all_is_right();
	}
	nobody_has_anything();
}

/* What is called free and is in no chunk has been damaged: it is not handed out. */
static void blocks_that_are_free_in_no_chunk_stay(void **unused)
{
	pf_pfn pfn = alloc_on(0, PF_MAX_ORDER, HERE);
	struct pf_block *b = pf_block(&mem, pfn);

	(void)unused;
	pfi_mark_blocks(&mem, pf_block_nr(&mem, pfn), 1ul << (PF_MAX_ORDER - PF_BLOCK_ORDER),
			PF_FREE);
	assert_int_equal(pf_alloc_pages_at(&mem, pfn, 0), -PF_EBUSY);
	b->info |= PF_INFO_FIRST | info_order(PF_BLOCK_ORDER);
	assert_int_equal(pf_alloc_pages_at(&mem, pfn + PF_BLOCK_PAGES, 0), -PF_EBUSY);
	assert_int_equal(pf_info_state(b->info), PF_FREE);
}

/* --- texts --- */

static char text[1 << 16];
static size_t length;

static void keep(void *arg, const char *line, size_t size)
{
	(void)arg;
	assert_true(length + size < sizeof(text));
	memcpy(text + length, line, size);
	length += size;
	text[length] = '\0';
}

static void a_node_that_is_not_there_has_no_text(void **unused)
{
	void (*const show[])(struct pf_mem *, pf_write_fn, void *) = { pf_show_buddyinfo,
								       pf_show_pagetypeinfo,
								       pf_show_zoneinfo };

	(void)unused;
	for (int i = 0; i < 3; i++) {
		length = 0;
		show[i](&mem, keep, NULL);
		assert_true(strstr(text, "Node 0, zone") || strstr(text, "Node    0, zone"));
		assert_true(strstr(text, "Node 2, zone") || strstr(text, "Node    2, zone"));
		assert_null(strstr(text, "Node 1, zone"));
		assert_null(strstr(text, "Node    1, zone"));
	}
}

/*
 * Node 0 begins in the middle of a block, and so Linux looks at the middle of each: node 1 has one,
 * and in another there is nothing from the middle on.
 */
static void blocks_count_for_who_has_their_middle(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	pf_close(&mem);
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add_node(17 * MIB, 15 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(32 * MIB, 8 * MIB, 1, MEMBLOCK_NONE);
	memblock_add_node(40 * MIB, MIB / 2, 0, MEMBLOCK_NONE);
	memblock_add_node(42 * MIB, 2 * MIB, 0, MEMBLOCK_NONE);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	length = 0;
	pf_show_pagetypeinfo(&mem, keep, NULL);
	/* 17M and seven more to 32M, and 42M; not 40M */
	assert_non_null(strstr(text, "Node 0, zone   Normal            0            9 "));
	assert_non_null(strstr(text, "Node 1, zone   Normal            0            4 "));
}

#define ALLOC_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALLOC_TEST(what_means_nothing_is_refused),
		ALLOC_TEST(a_handler_does_without_its_cpus_lists),
		ALLOC_TEST(a_block_comes_back_from_its_cpus_list),
		ALLOC_TEST(a_list_of_blocks_is_filled_with_several),
		ALLOC_TEST(a_list_holds_blocks_of_one_line),
		ALLOC_TEST(each_wrong_free_is_told),
		ALLOC_TEST(a_block_that_others_use_most_of_is_not_taken_over),
		ALLOC_TEST(a_block_of_no_free_pages_is_taken_over),
		ALLOC_TEST(nor_is_one_of_no_free_pages_for_what_can_move),
		ALLOC_TEST(a_block_half_of_which_is_free_is_taken_over),
		ALLOC_TEST(few_movable_pages_take_over_no_block),
		ALLOC_TEST(what_may_soon_merge_is_used_last),
		ALLOC_TEST(a_block_is_kept_for_who_cannot_wait),
		ALLOC_TEST(a_block_in_use_is_kept_too),
		ALLOC_TEST(a_hundredth_is_kept_at_the_most),
		ALLOC_TEST(small_zones_and_mixed_blocks_are_not_kept),
		ALLOC_TEST(before_it_fails_the_reserve_is_given_up),
		ALLOC_TEST(a_reserve_that_does_not_help_stays),
		ALLOC_TEST(a_reserve_in_small_chunks_is_given_up_for_a_large_one),
		ALLOC_TEST(who_is_in_need_has_the_last_pages_of_the_reserve),
		ALLOC_TEST(a_given_chunk_may_lie_across_the_edge_of_an_area),
		ALLOC_TEST(blocks_that_are_free_in_no_chunk_stay),
		ALLOC_TEST(a_node_that_is_not_there_has_no_text),
		ALLOC_TEST(blocks_count_for_who_has_their_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
