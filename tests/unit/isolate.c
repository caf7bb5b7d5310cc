/* SPDX-License-Identifier: MIT */
/*
 * Isolation, step by step, and what CPUs do meanwhile. Catches a free page that is allocated from
 * an isolated block, or counted; one that is freed there and goes elsewhere; a type that is lost;
 * an obstacle that is passed over, or that is not there; a refusal that leaves something behind.
 * tests/faults/isolate/ has the ways that a review of 2014 rejects, and tests/faults/check sees
 * that each fails the test that is named after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/isolate.h>

#include "host.h"

#include "buddy.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define BLOCKS(n)  ((unsigned long)(n) << PF_BLOCK_ORDER)
#define CPUS	   3
#define HERE	   PF_GFP_THISNODE

static struct pf_mem mem;
static struct pf_zone *zone, *dma;
static struct pf_obstacle obstacle;

/*
 * DMA up to 32 MiB, NORMAL up to 256, with a hole from 128.5 to 140 MiB; [64M, 68M) and a page at
 * 80 MiB are reserved. Node 1 has 32 MiB from 512 MiB on.
 */
static int start(void **unused)
{
	struct pf_boot_config config = { .nr_cpus = CPUS };

	(void)unused;
	host_reset();
	host_set_cpu(0);
	memset(&mem, 0, sizeof(mem));
	memset(&obstacle, 0, sizeof(obstacle));
	config.zone_end[PF_ZONE_DMA] = PAGES(32);
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	memblock_add_node(0, 128 * MIB + MIB / 2, 0, MEMBLOCK_NONE);
	memblock_add_node(140 * MIB, 116 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(512 * MIB, 32 * MIB, 1, MEMBLOCK_NONE);
	memblock_reserve(0, 4096);
	memblock_reserve(64 * MIB, 4 * MIB);
	memblock_reserve(80 * MIB, PF_PAGE_SIZE);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	dma = &mem.nodes[0]->zone[PF_ZONE_DMA];
	return 0;
}

static void all_is_right(void)
{
	char why[240];

	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static int end(void **unused)
{
	(void)unused;
	host_no_barrier = false;
	host_relax = NULL;
	host_set_cpu(0);
	assert_true(pf_drain_all(&mem));
	all_is_right();
	for (unsigned long nr = 0; nr < mem.nr_blocks; nr++)
		assert_false(mem.blocks[nr].info & PF_INFO_BEFORE ||
			     pf_info_migratetype(mem.blocks[nr].info) == PF_ISOLATE);
	assert_int_equal(zone->nr_free, zone->managed);
	assert_int_equal(dma->nr_free, dma->managed);
	pf_close(&mem);
	return 0;
}

static unsigned long isolated(void)
{
	return zone->nr_free_of[PF_ISOLATE];
}

static int isolate(pf_pfn from, unsigned long blocks)
{
	return pf_isolate_range(&mem, from, from + BLOCKS(blocks), PF_MOVABLE, 0, &obstacle);
}

static void undo(pf_pfn from, unsigned long blocks)
{
	pf_undo_isolate_range(&mem, from, from + BLOCKS(blocks));
	all_is_right();
}

static void refused_at(int ret, pf_pfn pfn, const char *why)
{
	unsigned long free = zone->nr_free + isolated();

	assert_int_equal(ret, -PF_EBUSY);
	assert_int_equal(obstacle.pfn, pfn);
	assert_non_null(strstr(obstacle.why, why));
	assert_int_equal(zone->nr_free + isolated(), free);
	all_is_right();
}

/* The chunk at @pfn, as if it had been allocated for @use. */
static void take(pf_pfn pfn, unsigned order, pf_gfp use)
{
	assert_int_equal(pf_alloc_pages_at(&mem, pfn, order), 0);
	if (order >= PF_BLOCK_ORDER)
		pf_block(&mem, pfn)->use = (uint8_t)(use << 1);
	else
		pf_page(&mem, pfn)->info |= info_migratetype((enum pf_migratetype)use);
}

/* --- free blocks --- */

/* From the middle of one largest chunk to the middle of another. */
static void a_free_range_is_withdrawn_and_comes_back(void **unused)
{
	pf_pfn from = PAGES(100) + BLOCKS(1);
	unsigned long nr_free = zone->nr_free;

	(void)unused;
	assert_int_equal(isolate(from, 6), 0);
	all_is_right();
	assert_int_equal(zone->nr_free, nr_free - BLOCKS(6));
	assert_int_equal(isolated(), BLOCKS(6));
	assert_int_equal(pf_info_state(pf_page_info(&mem, from)), PF_ISOLATED);
	assert_int_equal(pf_info_state(pf_page_info(&mem, from - 1)), PF_FREE);
	assert_true(pf_test_pages_isolated(&mem, from, from + BLOCKS(6), 0) == from + BLOCKS(6));
	assert_int_equal(pf_alloc_pages_at(&mem, from, 0), -PF_EBUSY);
	assert_int_equal(pf_alloc_pages_at(&mem, from + BLOCKS(1), PF_BLOCK_ORDER + 1), -PF_EBUSY);
	undo(from + BLOCKS(2), 1); /* a part of it */
	assert_int_equal(isolated(), BLOCKS(5));
	undo(from, 6);
	assert_int_equal(zone->nr_free, nr_free);
	assert_int_equal(isolated(), 0);
}

/* All memory but the range is handed out, then nothing is left. */
static void nothing_is_allocated_from_it(void **unused)
{
	static pf_pfn held[4096];
	pf_pfn from = PAGES(100), pfn;
	int n = 0;

	(void)unused;
	assert_int_equal(isolate(from, 5), 0);
	while ((pfn = pf_alloc_pages_node(&mem, 6, PF_GFP_MOVABLE | PF_GFP_MEMALLOC | HERE, 0,
					  NULL)) != PF_NO_PFN) {
		assert_false(pfn >= from && pfn < from + BLOCKS(5));
		held[n++] = pfn;
	}
	assert_int_equal(isolated(), BLOCKS(5));
	undo(from, 5);
	pfn = pf_alloc_pages_node(&mem, 6, PF_GFP_UNMOVABLE | PF_GFP_MEMALLOC | HERE, 0, NULL);
	assert_true(pfn >= from && pfn < from + BLOCKS(5));
	pf_free_pages(&mem, pfn, 6);
	while (n--)
		pf_free_pages(&mem, held[n], 6);
}

static void set_type(pf_pfn pfn, enum pf_migratetype type)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	pfi_convert_block(&mem, zone, pf_block_nr(&mem, pfn), type);
	pf_unlock_irqrestore(&zone->lock, flags);
}

static void each_block_is_for_what_it_was(void **unused)
{
	static const enum pf_migratetype types[] = { PF_UNMOVABLE, PF_RECLAIMABLE, PF_MOVABLE,
						     PF_UNMOVABLE };
	pf_pfn from = PAGES(100), split = PAGES(108), pfn = split + 5;

	(void)unused;
	set_type(split, PF_RECLAIMABLE);
	take(pfn, 0, PF_GFP_MOVABLE);
	for (int i = 0; i < 4; i++)
		if (types[i] != PF_MOVABLE)
			set_type(from + BLOCKS(i), types[i]);
	assert_int_equal(isolate(from, 5), 0);
	assert_int_equal(isolated(), BLOCKS(5) - 1);
	undo(from, 5);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pf_info_migratetype(pf_block(&mem, from + BLOCKS(i))->info),
				 types[i]);
	assert_int_equal(pf_info_migratetype(pf_block(&mem, split)->info), PF_RECLAIMABLE);
	pf_free_pages(&mem, pfn, 0);
}

static void reserves_and_areas_keep_theirs(void **unused)
{
	pf_pfn area = PAGES(64), high = PAGES(100);

	(void)unused;
	assert_int_equal(pf_init_cma(&mem, area, area + BLOCKS(2)), 0);
	refused_at(isolate(area, 1), area, "in a contiguous memory area");
	refused_at(pf_isolate_range(&mem, area - BLOCKS(1), area + BLOCKS(1), PF_CMA, 0, &obstacle),
		   area - BLOCKS(1), "in no contiguous memory area");
	assert_int_equal(pf_isolate_range(&mem, area, area + BLOCKS(2), PF_CMA, 0, &obstacle), 0);
	assert_int_equal(zone->nr_free_of[PF_CMA], 0);
	all_is_right(); /* which counts pages of CMA blocks */
	undo(area, 2);
	assert_int_equal(zone->nr_free_of[PF_CMA], BLOCKS(2));
	set_type(high, PF_HIGHATOMIC);
	zone->nr_highatomic = BLOCKS(1);
	assert_int_equal(isolate(high, 1), 0);
	assert_int_equal(zone->nr_free_of[PF_HIGHATOMIC], 0);
	all_is_right();
	undo(high, 1);
	assert_int_equal(zone->nr_free_of[PF_HIGHATOMIC], BLOCKS(1));
	set_type(high, PF_MOVABLE);
	zone->nr_highatomic = 0;
}

/* --- blocks in use --- */

static void what_is_freed_there_is_withdrawn(void **unused)
{
	static const unsigned orders[] = { 0, 3, 5, PF_BLOCK_ORDER, PF_BLOCK_ORDER + 1 };
	pf_pfn from = PAGES(100);
	unsigned long nr_free;

	(void)unused;
	for (int i = 0; i < 5; i++)
		take(from + PAGES(4) * (pf_pfn)i, orders[i], PF_GFP_MOVABLE);
	nr_free = zone->nr_free;
	assert_int_equal(isolate(from, 10), 0);
	for (int i = 0; i < 5; i++) {
		pf_pfn pfn = from + PAGES(4) * (pf_pfn)i;

		assert_true(pf_test_pages_isolated(&mem, from, from + BLOCKS(10), 0) == pfn);
		pf_free_pages(&mem, pfn, orders[i]);
		assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 0);
		all_is_right();
	}
	assert_true(pf_test_pages_isolated(&mem, from, from + BLOCKS(10), 0) == from + BLOCKS(10));
	assert_int_equal(isolated(), BLOCKS(10));
	assert_in_range(zone->nr_free, 0, nr_free);
	undo(from, 10);
}

/* A CPU's list has a page; its block is isolated; the list is drained. */
static void a_page_from_a_cpus_list_goes_where_its_block_says(void **unused)
{
	pf_pfn pfn = PAGES(100) + 3;
	unsigned long nr_free;

	(void)unused;
	take(pfn, 0, PF_GFP_MOVABLE);
	host_set_cpu(1);
	pf_free_pages(&mem, pfn, 0);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 1), 1);
	nr_free = zone->nr_free;
	host_set_cpu(0);
	assert_int_equal(isolate(PAGES(100), 1), 0);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 1), 0);
	assert_int_equal(isolated(), BLOCKS(1));
	assert_int_equal(zone->nr_free, nr_free - (BLOCKS(1) - 1));
	assert_int_equal(pf_free_chunks(zone, PF_BLOCK_ORDER, PF_ISOLATE), 1);
	all_is_right();
	undo(PAGES(100), 1);
}

/* The same for a list that its CPU fills or empties at the moment: it is waited for. */
static void leave_later(void)
{
	static int times;

	if (++times % 3 == 0)
		pf_store(&zone->pcp[1].lock.inside, 0);
}

static void who_is_inside_is_waited_for(void **unused)
{
	pf_pfn pfn = PAGES(100);

	(void)unused;
	take(pfn, 0, PF_GFP_MOVABLE);
	if (!PF_CPU_LOCK_PLAIN)
		return;
	zone->pcp[1].lock.inside = 1;
	host_relax = leave_later;
	assert_int_equal(isolate(pfn, 1), 0);
	assert_int_equal(zone->pcp[1].lock.inside, 0);
	pf_free_pages(&mem, pfn, 0);
	undo(pfn, 1);
}

/* The review of 2014: a page that waits on a list is not isolated, whatever it was freed as. */
static void a_page_on_a_cpus_list_is_not_isolated(void **unused)
{
	pf_pfn pfn = PAGES(100) + 3;

	(void)unused;
	take(pfn, 0, PF_GFP_MOVABLE);
	pf_free_pages(&mem, pfn, 0);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 1);
	set_type(pfn, PF_ISOLATE); /* and nothing is drained */
	assert_true(pf_test_pages_isolated(&mem, pfn - 3, pfn - 3 + BLOCKS(1), 0) == pfn);
	assert_true(pf_test_pages_isolated(&mem, pfn, pfn + 1, 0) == pfn);
	set_type(pfn, PF_MOVABLE);
	zone->pcp[0].full[PF_PCP_SMALL] = 1;
	take(PAGES(104), PF_BLOCK_ORDER, PF_GFP_MOVABLE);
	pf_free_pages(&mem, PAGES(104), PF_BLOCK_ORDER);
	set_type(PAGES(104), PF_ISOLATE);
	assert_true(pf_test_pages_isolated(&mem, PAGES(104), PAGES(106), 0) == PAGES(104));
	set_type(PAGES(104), PF_MOVABLE);
}

/* What is left of a chunk that was split says nothing of its type, and is free all the same. */
static void what_a_split_leaves_is_isolated(void **unused)
{
	pf_pfn pfn = PAGES(100);

	(void)unused;
	take(pfn, 0, PF_GFP_MOVABLE);
	assert_int_equal(isolate(pfn, 1), 0);
	assert_true(pf_test_pages_isolated(&mem, pfn + 1, pfn + BLOCKS(1), 0) == pfn + BLOCKS(1));
	pf_free_pages(&mem, pfn, 0);
	undo(pfn, 1);
}

/* It is beside a free chunk, and nobody's for a moment. */
static void a_page_on_its_way_is_not_free(void **unused)
{
	pf_pfn pfn = PAGES(100) + 4;
	uint32_t *word, info;

	(void)unused;
	take(pfn, 0, PF_GFP_MOVABLE);
	word = &pf_page(&mem, pfn)->info;
	info = *word;
	set_type(pfn, PF_ISOLATE);
	*word = (info & PF_INFO_PLACE) | PF_TAIL;
	assert_int_equal(pf_info_state(pf_page_info(&mem, pfn)), PF_PER_CPU);
	assert_int_equal(pf_info_state(pf_page_info(&mem, pfn - 1)), PF_ISOLATED);
	assert_true(pf_test_pages_isolated(&mem, pfn - 4, pfn + 8, 0) == pfn);
	*word = info;
	set_type(pfn, PF_MOVABLE);
	pf_free_pages(&mem, pfn, 0);
}

/* --- obstacles --- */

static void what_cannot_be_moved_is_in_the_way(void **unused)
{
	pf_pfn from = PAGES(100), pfn = from + 64;

	(void)unused;
	take(pfn, 4, PF_GFP_UNMOVABLE);
	refused_at(isolate(from - BLOCKS(2), 4), pfn, "cannot be moved");
	assert_int_equal(isolated(), 0);
	pf_page(&mem, pfn)->info |= info_migratetype(PF_RECLAIMABLE);
	refused_at(isolate(from, 1), pfn, "can be dropped");
	pf_free_pages(&mem, pfn, 4);
	take(from, PF_BLOCK_ORDER + 1, PF_GFP_UNMOVABLE);
	refused_at(isolate(from + BLOCKS(1), 1), from + BLOCKS(1), "cannot be moved");
	pf_free_pages(&mem, from, PF_BLOCK_ORDER + 1);
	take(from, PF_BLOCK_ORDER, PF_GFP_RECLAIMABLE);
	refused_at(isolate(from, 1), from, "can be dropped");
	pf_free_pages(&mem, from, PF_BLOCK_ORDER);
}

static void so_is_what_was_never_handed_over(void **unused)
{
	(void)unused;
	refused_at(isolate(PAGES(60), 4), PAGES(64), "is reserved");
	refused_at(isolate(PAGES(80), 1), PAGES(80), "is reserved");
	refused_at(isolate(PAGES(128), 1), PAGES(128), "with holes");
	refused_at(isolate(PAGES(132), 1), PAGES(132), "is no memory");
	refused_at(isolate(PAGES(400), 1), PAGES(400), "is no memory");
	assert_int_equal(pf_test_pages_isolated(&mem, PAGES(400), PAGES(401), 0), PAGES(400));
	assert_int_equal(pf_test_pages_isolated(&mem, PAGES(64), PAGES(65), 0), PAGES(64));
	pf_undo_isolate_range(&mem, PAGES(120), PAGES(144));
	assert_int_equal(isolate(PAGES(64) + 1, 1), -PF_EINVAL);
	assert_int_equal(isolate(PAGES(100), 0), -PF_EINVAL);
	assert_int_equal(isolate(PAGES(1024), 1), -PF_EINVAL);
	assert_int_equal(isolate(PAGES(544) - BLOCKS(1), 9999), -PF_EINVAL);
	undo(PAGES(1024), 1);
}

static void is_invalid(pf_pfn start, pf_pfn end, enum pf_migratetype type, unsigned flags,
		       pf_pfn at, const char *message)
{
	obstacle = (struct pf_obstacle){ 0 };
	host_forget_output();
	assert_int_equal(
		pf_isolate_range(&mem, start, end, type, flags | PF_ISOLATE_REPORT, &obstacle),
		-PF_EINVAL);
	assert_int_equal(obstacle.pfn, at);
	assert_non_null(strstr(message, obstacle.why));
	assert_string_equal(host_output(), message);
	assert_int_equal(isolated(), 0);
}

static void what_makes_no_sense_is_told(void **unused)
{
	pf_pfn from = PAGES(100), to = from + BLOCKS(2), beyond = pf_block_pfn(&mem, mem.nr_blocks);

	(void)unused;
	is_invalid(from + 1, to, PF_MOVABLE, 0, from + 1,
		   "isolation: pfn 0x6401: it is not at the border of a block\n");
	is_invalid(from, to - 1, PF_MOVABLE, 0, to - 1,
		   "isolation: pfn 0x67ff: it is not at the border of a block\n");
	is_invalid(from, from, PF_MOVABLE, 0, from,
		   "isolation: pfn 0x6400: it is not before the end of the range\n");
	is_invalid(from, from, PF_UNMOVABLE, 0, from,
		   "isolation: pfn 0x6400: it is asked for as neither PF_MOVABLE nor PF_CMA\n");
	is_invalid(from, to, (enum pf_migratetype)77, 0, from,
		   "isolation: pfn 0x6400: it is asked for as neither PF_MOVABLE nor PF_CMA\n");
	is_invalid(from, to, PF_MOVABLE, 4, from,
		   "isolation: pfn 0x6400: it is asked for with flags that do not exist\n");
	is_invalid(from, beyond + BLOCKS(1), PF_MOVABLE, 0, beyond,
		   "isolation: pfn 0x22000: it is no memory\n");
}

static void undo_says(pf_pfn start, pf_pfn end, const char *message)
{
	host_forget_output();
	pf_undo_isolate_range(&mem, start, end);
	assert_string_equal(host_output(), message);
	assert_int_equal(isolated(), BLOCKS(4));
}

static void a_wrong_undo_is_told(void **unused)
{
	pf_pfn from = PAGES(100);

	(void)unused;
	assert_int_equal(isolate(from, 4), 0);
	undo_says(from + 1, from + 7,
		  "pf_undo_isolate_range: pfn 0x6401-0x6407: 0x6401: it is not at the border of a "
		  "block; nothing is undone\n");
	undo_says(from, from + BLOCKS(1) - 1,
		  "pf_undo_isolate_range: pfn 0x6400-0x65ff: 0x65ff: it is not at the border of a "
		  "block; nothing is undone\n");
	undo_says(from + BLOCKS(1), from,
		  "pf_undo_isolate_range: pfn 0x6600-0x6400: 0x6600: it is not before the end of "
		  "the range; nothing is undone\n");
	undo_says(from - BLOCKS(2), from, "");
	host_forget_output();
	refused_at(isolate(from, 1), from, "isolated already"); /* nothing is undone of nothing */
	assert_string_equal(host_output(), "");
	undo(from, 4);
}

/* All free, and anybody's. */
static void what_was_not_isolated_is_not_isolated(void **unused)
{
	pf_pfn from = PAGES(100), to = from + BLOCKS(4);

	(void)unused;
	assert_true(pf_test_pages_isolated(&mem, from, to, 0) == from);
	assert_int_equal(isolate(from, 2), 0);
	assert_true(pf_test_pages_isolated(&mem, from, to, 0) == from + BLOCKS(2));
	assert_true(pf_test_pages_isolated(&mem, from + 3, from + 2, 0) == from + 3);
	assert_true(pf_test_pages_isolated(&mem, PAGES(1024), PAGES(1025), 0) == PAGES(1024));
	take(to - BLOCKS(1), 3, PF_GFP_MOVABLE);
	assert_true(pf_test_pages_isolated(&mem, to - 9, to, 0) == to - 9);
	pf_free_pages(&mem, to - BLOCKS(1), 3);
	undo(from, 2);
}

static void of_two_that_overlap_one_fails(void **unused)
{
	pf_pfn from = PAGES(100);

	(void)unused;
	assert_int_equal(isolate(from, 3), 0);
	refused_at(isolate(from - BLOCKS(4), 6), from, "isolated already");
	assert_int_equal(isolated(), BLOCKS(3));
	assert_int_equal(
		pf_isolate_range(&mem, from + BLOCKS(2), from + BLOCKS(4), PF_MOVABLE, 0, NULL),
		-PF_EBUSY);
	undo(from, 3);
}

static void what_is_in_the_way_is_told(void **unused)
{
	(void)unused;
	host_forget_output();
	assert_int_equal(
		pf_isolate_range(&mem, PAGES(64), PAGES(66), PF_MOVABLE, PF_ISOLATE_REPORT, NULL),
		-PF_EBUSY);
	assert_string_equal(host_output(), "isolation: pfn 0x4000: it is reserved\n");
}

/* Its content is lost: nobody can move it, and it is out only when its owner frees it. */
static void so_is_what_is_damaged_and_in_use(void **unused)
{
	static const unsigned orders[] = { 0, 3, PF_BLOCK_ORDER, PF_BLOCK_ORDER + 1 };
	pf_pfn from = PAGES(100);

	(void)unused;
	for (int i = 0; i < 4; i++)
		for (unsigned flags = 0; flags <= PF_ISOLATE_SKIP_POISONED; flags++) {
			pf_pfn bad = from + (1ul << orders[i]) - 1;

			take(from, orders[i], PF_GFP_MOVABLE);
			assert_int_equal(pf_poison_page(&mem, from), 1);
			refused_at(pf_isolate_range(&mem, from - BLOCKS(2), from + BLOCKS(2),
						    PF_MOVABLE, flags, &obstacle),
				   from, "it is damaged, and in use");
			assert_int_equal(pf_unpoison_page(&mem, from), 0);
			assert_int_equal(pf_poison_page(&mem, bad), 1);
			refused_at(pf_isolate_range(&mem, from, from + BLOCKS(2), PF_MOVABLE, flags,
						    &obstacle),
				   from,
				   orders[i] ? "it is in use, in one chunk with a damaged page"
					     : "it is damaged, and in use");
			pf_free_pages(&mem, from, orders[i]);
			refused_at(isolate(from, 2), bad, "it is damaged");
			assert_int_equal(pf_unpoison_page(&mem, bad), 0);
			assert_true(pf_drain_all(&mem));
		}
}

/*
 * CPU 2 has pages of an unmovable block on its list. While the drain waits for CPU 1, it allocates
 * one of them: that is seen at last.
 */
static pf_pfn late_page;

static void allocate_late(void)
{
	if (late_page == PF_NO_PFN) {
		host_set_cpu(2);
		late_page = pf_alloc_pages(&mem, 0, PF_GFP_UNMOVABLE);
		host_set_cpu(0);
	}
	pf_store(&zone->pcp[1].lock.inside, 0);
}

static void what_is_handed_out_until_the_drain_is_seen(void **unused)
{
	pf_pfn pfn, block;
	int ret;

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		return;
	for (unsigned blocks = 1; blocks <= 2; blocks++) { /* the last one, and one before it */
		host_set_cpu(2);
		pfn = pf_alloc_pages(&mem, 0, PF_GFP_UNMOVABLE);
		pf_free_pages(&mem, pfn, 0);
		block = pfn & ~(BLOCKS(1) - 1);
		host_set_cpu(0);
		late_page = PF_NO_PFN;
		zone->pcp[1].lock.inside = 1;
		host_relax = allocate_late;
		ret = isolate(block, blocks);
		host_relax = NULL;
		refused_at(ret, late_page, "cannot be moved");
		assert_int_equal(late_page & ~(BLOCKS(1) - 1), block);
		assert_int_equal(isolated(), 0);
		pf_free_pages(&mem, late_page, 0);
		assert_true(pf_drain_all(&mem));
	}
}

static void a_cpu_that_cannot_be_reached_is_in_the_way(void **unused)
{
	pf_pfn pfn = PAGES(100);

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		return;
	take(pfn, 0, PF_GFP_MOVABLE);
	host_no_barrier = true;
	refused_at(isolate(pfn, 1), pfn, "cannot be reached");
	assert_int_equal(isolated(), 0);
	/* A free range needs no drain. */
	assert_int_equal(isolate(PAGES(104), 2), 0);
	undo(PAGES(104), 2);
	host_no_barrier = false;
	pf_free_pages(&mem, pfn, 0);
}

/* Blocks of two zones, and more of them than are taken under one lock. */
static void a_range_may_lie_in_several_zones(void **unused)
{
	unsigned long all = zone->nr_free, low = dma->nr_free;
	pf_pfn from = PAGES(24), to = PAGES(60);

	(void)unused;
	assert_int_equal(pf_isolate_range(&mem, from, to, PF_MOVABLE, 0, &obstacle), 0);
	all_is_right();
	assert_int_equal(zone->nr_free, all - (to - PAGES(32)));
	assert_int_equal(dma->nr_free, low - (PAGES(32) - from));
	pf_undo_isolate_range(&mem, from, to);
	assert_int_equal(dma->nr_free, low);
}

#define ISOLATE_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ISOLATE_TEST(a_free_range_is_withdrawn_and_comes_back),
		ISOLATE_TEST(nothing_is_allocated_from_it),
		ISOLATE_TEST(each_block_is_for_what_it_was),
		ISOLATE_TEST(reserves_and_areas_keep_theirs),
		ISOLATE_TEST(what_is_freed_there_is_withdrawn),
		ISOLATE_TEST(a_page_from_a_cpus_list_goes_where_its_block_says),
		ISOLATE_TEST(who_is_inside_is_waited_for),
		ISOLATE_TEST(a_page_on_a_cpus_list_is_not_isolated),
		ISOLATE_TEST(what_a_split_leaves_is_isolated),
		ISOLATE_TEST(a_page_on_its_way_is_not_free),
		ISOLATE_TEST(what_cannot_be_moved_is_in_the_way),
		ISOLATE_TEST(so_is_what_was_never_handed_over),
		ISOLATE_TEST(so_is_what_is_damaged_and_in_use),
		ISOLATE_TEST(what_makes_no_sense_is_told),
		ISOLATE_TEST(a_wrong_undo_is_told),
		ISOLATE_TEST(what_was_not_isolated_is_not_isolated),
		ISOLATE_TEST(of_two_that_overlap_one_fails),
		ISOLATE_TEST(what_is_in_the_way_is_told),
		ISOLATE_TEST(what_is_handed_out_until_the_drain_is_seen),
		ISOLATE_TEST(a_cpu_that_cannot_be_reached_is_in_the_way),
		ISOLATE_TEST(a_range_may_lie_in_several_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
