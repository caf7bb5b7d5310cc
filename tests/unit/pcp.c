/* SPDX-License-Identifier: MIT */
/*
 * How much passes between a CPU's lists and the zone at once. Catches a lock that is taken more
 * often than it need be, or for single pages; lists of unmovable pages that hoard; blocks that are
 * split for pages that nobody asked for; blocks that are given back in pieces; entries of one cache
 * line on two CPUs' lists; lists that stay long when little is left, or after a drain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/page_alloc.h>

#include "host.h"

#define MIB  ((pf_phys)1 << 20)
#define MANY (8 * (int)PF_BLOCK_PAGES)

static struct pf_mem mem;
static struct pf_zone *zone;
static pf_pfn held[MANY];

static void boot(const struct pf_boot_config *config, pf_phys size)
{
	host_reset();
	host_set_cpu(0);
	memset(&mem, 0, sizeof(mem));
	memblock_add(0, size);
	assert_int_equal(pf_boot(&mem, config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
}

/*
 * A good 2 GiB for two CPUs: lists may grow to a block. The memory map lies elsewhere, and all of
 * the machine's blocks are whole.
 */
static int start(void **unused)
{
	const struct pf_boot_config config = { .nr_cpus = 2, .alloc = host_area };

	(void)unused;
	boot(&config, 2052 * MIB);
	return 0;
}

static int end(void **unused)
{
	char why[240];

	(void)unused;
	host_set_cpu(0);
	assert_true(pf_drain_all(&mem));
	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(zone->nr_free, zone->managed);
	pf_close(&mem);
	return 0;
}

static void get(int n, unsigned order, pf_gfp gfp)
{
	for (int i = 0; i < n; i++) {
		held[i] = pf_alloc_pages(&mem, order, gfp);
		assert_true(held[i] != PF_NO_PFN);
	}
}

static void put(int n, unsigned order)
{
	for (int i = 0; i < n; i++)
		pf_free_pages(&mem, held[i], order);
}

/* Locks that are taken while so many pages come and go. */
static unsigned long locks_to_get(int n, pf_gfp gfp)
{
	unsigned long locked = zone->locked;

	get(n, 0, gfp);
	return zone->locked - locked;
}

static unsigned long locks_to_put(int n)
{
	unsigned long locked = zone->locked;

	put(n, 0);
	return zone->locked - locked;
}

/* 64, 128, 256 pages, what is left of that block, then whole ones. */
static void movable_lists_grow_to_a_block(void **unused)
{
	(void)unused;
	assert_int_equal(locks_to_get(MANY, PF_GFP_MOVABLE), 4 + 7);
	/* 64, then up to the block's end, then whole ones; the last two lists stay. */
	assert_true(locks_to_put(MANY) <= 4 + 7 - 2);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 2 * PF_BLOCK_PAGES);
}

static void others_do_not(void **unused)
{
	(void)unused;
	assert_int_equal(locks_to_get(MANY, PF_GFP_UNMOVABLE), MANY / 64);
	assert_int_equal(locks_to_put(MANY), MANY / 64 - 2);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 2 * 64);
	assert_int_equal(locks_to_get(MANY, PF_GFP_MOVABLE), 4 + 7);
	put(MANY, 0);
	/* Nor after movable ones did: the CPU has two lists of them, and may keep 64 of these. */
	assert_int_equal(locks_to_get(MANY, PF_GFP_UNMOVABLE), MANY / 64 - 2);
	assert_int_equal(locks_to_put(MANY), MANY / 64 - 2);
}

/* Freed in order, wherever in a block that begins, pages come back as blocks. */
static void blocks_are_given_back_whole(void **unused)
{
	unsigned long locked;
	int odd = 100;

	(void)unused;
	get(MANY, 0, PF_GFP_MOVABLE);
	for (int i = 0; i < odd; i++) {
		pf_free_pages(&mem, held[MANY - 1 - i], 0);
		held[MANY - 1 - i] = PF_NO_PFN;
	}
	put(4 * (int)PF_BLOCK_PAGES, 0); /* by now lists are as long as they get */
	locked = zone->locked;
	for (int i = 4 * (int)PF_BLOCK_PAGES; i < MANY - odd; i++) {
		unsigned long before = zone->locked, nr_free = zone->nr_free;

		pf_free_pages(&mem, held[i], 0);
		if (zone->locked != before)
			assert_int_equal(zone->nr_free - nr_free, PF_BLOCK_PAGES);
	}
	assert_true(zone->locked - locked >= 3);
}

/* Whoever frees the last pages of blocks gets lists of some length, too. */
static void lists_that_end_with_a_block_are_not_too_short(void **unused)
{
	unsigned long locked, frees = 0;

	(void)unused;
	get(MANY, 0, PF_GFP_MOVABLE);
	zone->pcp[0].size[0] = PF_BLOCK_PAGES;
	locked = zone->locked;
	for (int last = 1; last <= 32; last++)
		for (int i = 0; i < MANY; i++)
			if ((held[i] & (PF_BLOCK_PAGES - 1)) == PF_BLOCK_PAGES - (pf_pfn)last) {
				pf_free_pages(&mem, held[i], 0);
				held[i] = PF_NO_PFN;
				frees++;
			}
	assert_in_range(frees, 200, MANY);
	assert_in_range(zone->locked - locked, 0, frees / 30);
	for (int i = 0; i < MANY; i++)
		if (held[i] != PF_NO_PFN)
			pf_free_pages(&mem, held[i], 0);
}

/* When the next whole block would be cut for the rest of a list, what is there is enough. */
static void no_block_is_split_for_more_than_is_needed(void **unused)
{
	unsigned long blocks = 0;

	(void)unused;
	get(3 * (int)PF_BLOCK_PAGES - 10, 0, PF_GFP_MOVABLE);
	for (unsigned long nr = 0; nr < mem.nr_blocks; nr++)
		blocks += pf_info_state(mem.blocks[nr].info) == PF_SPLIT;
	assert_int_equal(blocks, 3);
	put(3 * (int)PF_BLOCK_PAGES - 10, 0);
}

static void a_drain_makes_them_short_again(void **unused)
{
	(void)unused;
	get(MANY, 0, PF_GFP_MOVABLE);
	put(MANY, 0);
	assert_true(pf_drain_all(&mem));
	get(1, 0, PF_GFP_MOVABLE);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 63);
	put(1, 0);
}

static void so_does_a_zone_that_has_little_left(void **unused)
{
	unsigned long nr_free;
	int kept;

	(void)unused;
	get(MANY, 0, PF_GFP_MOVABLE);
	put(MANY, 0);
	assert_int_equal(zone->pcp[0].size[0], PF_BLOCK_PAGES);
	kept = (int)pf_per_cpu_pages(&mem, zone, 0);
	get(kept, 0, PF_GFP_MOVABLE);
	nr_free = zone->nr_free;
	zone->watermark[PF_WMARK_LOW] = nr_free - 100;
	held[kept] = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE);
	assert_int_equal(nr_free - zone->nr_free, 100);
	assert_int_equal(zone->pcp[0].size[0], 64);
	put(kept + 1, 0);
}

/* Two CPUs take blocks in turn: none writes to the other's lines. */
static void cpus_have_entries_apart(void **unused)
{
	const unsigned long fetched = PF_FETCHED / sizeof(struct pf_block);
	uint8_t owners[1032 / 8] = { 0 };
	int both = 0;

	(void)unused;
	for (int i = 0; i < 128; i++) {
		host_set_cpu((unsigned)i / 8 % 2);
		held[i] = pf_alloc_pages(&mem, PF_BLOCK_ORDER, PF_GFP_MOVABLE);
		assert_true(held[i] != PF_NO_PFN);
		owners[pf_block_nr(&mem, held[i]) / fetched] |= (uint8_t)(1 << i / 8 % 2);
	}
	for (size_t i = 0; i < sizeof(owners); i++)
		both += owners[i] == 3;
	assert_int_equal(both, 0);
	put(128, PF_BLOCK_ORDER);
}

/* Each of them was a movable page's, and is not any more. */
static void blocks_that_cannot_move_come_one_by_one(void **unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++) {
		held[i] = pf_alloc_pages(&mem, PF_BLOCK_ORDER, PF_GFP_UNMOVABLE);
		assert_true(held[i] != PF_NO_PFN);
		assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 0);
	}
	put(3, PF_BLOCK_ORDER);
}

/* To the last one, whose line ends behind the array. */
static void all_blocks_can_be_had(void **unused)
{
	int n = 0;

	(void)unused;
	memset(zone->watermark, 0, sizeof(zone->watermark));
	while ((held[n] = pf_alloc_pages(&mem, PF_BLOCK_ORDER, PF_GFP_MOVABLE)) != PF_NO_PFN)
		n++;
	assert_int_equal(n, 2052 / 2);
	put(n, PF_BLOCK_ORDER);
}

/* Single pages that are nobody's neighbours, more of them than pass under one lock. */
static void what_is_scattered_passes_in_parts(void **unused)
{
	unsigned long nr_free, locked;

	(void)unused;
	get(MANY, 0, PF_GFP_MOVABLE);
	for (int i = 0; i < MANY; i += 2)
		pf_free_pages(&mem, held[i], 0);
	assert_true(pf_drain_all(&mem));
	zone->pcp[0].size[0] = PF_BLOCK_PAGES;
	nr_free = zone->nr_free;
	locked = zone->locked;
	for (int i = 0; i < MANY; i += 2) {
		held[i] = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE);
		assert_true(held[i] != PF_NO_PFN);
	}
	assert_int_equal(nr_free - zone->nr_free, MANY / 2);
	assert_int_equal(zone->locked - locked, MANY / 2 / 64);
	put(MANY, 0);
}

/* A whole block is wanted for a list, and there is no memory for its descriptors. */
static void without_descriptors_there_is_what_is_split(void **unused)
{
	const struct pf_boot_config config = { .nr_cpus = 2, .memmap = &host_on_demand };
	int n = (int)PF_BLOCK_PAGES - 1;

	(void)unused;
	pf_close(&mem);
	boot(&config, 2048 * MIB);
	get(n, 0, PF_GFP_MOVABLE);
	assert_true(pf_drain_all(&mem));
	zone->pcp[0].size[0] = PF_BLOCK_PAGES;
	host_luck = 0;
	/* The rest of the block that is split, and no more. */
	while ((held[n] = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE)) != PF_NO_PFN)
		n++;
	assert_true(host_refused > 0);
	assert_in_range(n, PF_BLOCK_PAGES, 4 * PF_BLOCK_PAGES);
	host_luck = HOST_LUCKY;
	zone->pcp[0].size[0] = PF_BLOCK_PAGES;
	held[n] = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE);
	assert_true(held[n] != PF_NO_PFN);
	put(n + 1, 0);
}

/* No list has chunks of several blocks. */
static void larger_chunks_are_a_lock_each(void **unused)
{
	unsigned long locked = zone->locked;

	(void)unused;
	get(4, PF_MAX_ORDER, PF_GFP_MOVABLE);
	assert_int_equal(zone->locked - locked, 4);
	put(4, PF_MAX_ORDER);
	assert_int_equal(zone->locked - locked, 8);
}

#define PCP_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PCP_TEST(movable_lists_grow_to_a_block),
		PCP_TEST(others_do_not),
		PCP_TEST(blocks_are_given_back_whole),
		PCP_TEST(lists_that_end_with_a_block_are_not_too_short),
		PCP_TEST(no_block_is_split_for_more_than_is_needed),
		PCP_TEST(a_drain_makes_them_short_again),
		PCP_TEST(so_does_a_zone_that_has_little_left),
		PCP_TEST(cpus_have_entries_apart),
		PCP_TEST(blocks_that_cannot_move_come_one_by_one),
		PCP_TEST(all_blocks_can_be_had),
		PCP_TEST(what_is_scattered_passes_in_parts),
		PCP_TEST(without_descriptors_there_is_what_is_split),
		PCP_TEST(larger_chunks_are_a_lock_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
