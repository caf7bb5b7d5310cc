/* SPDX-License-Identifier: MIT */
/*
 * No-free pages, step by step. Catches a page that is handed out twice, or out of order; runs that
 * do not merge; a chunk that is complete and stays, or goes while a page of it is in use; pages in
 * ZONE_MOVABLE or in a contiguous memory area; a failure that leaves something behind; a free that
 * is taken from the wrong hands; damage that pf_verify_nofree() does not notice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/isolate.h>
#include <pageframe/nofree.h>

#include "host.h"

#include "../../src/nofree/internal.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define CHUNK	   (1ul << PF_NOFREE_ORDER)
#define CPUS	   2
#define HERE	   PF_GFP_THISNODE
#define ALL	   PAGES(128)

static struct pf_mem mem;
static struct pf_zone *zone, *dma;
static pf_pfn got[ALL]; /* by bulk requests */

/*
 * DMA up to 16 MiB, NORMAL up to 48, MOVABLE up to 64, with an area for CMA at 32 MiB. Node 1 has
 * 16 MiB from 96 MiB on.
 */
static void boot(const struct pf_memmap_ops *ops)
{
	struct pf_boot_config config = { .nr_cpus = CPUS, .memmap = ops };

	host_reset();
	memset(&mem, 0, sizeof(mem));
	config.zone_end[PF_ZONE_DMA] = PAGES(16);
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	config.movable.movablecore = PAGES(32);
	memblock_add_node(0, 64 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(96 * MIB, 16 * MIB, PF_NUMA, MEMBLOCK_NONE);
	memblock_reserve(0, 4096);
	memblock_reserve(32 * MIB, 4 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	dma = &mem.nodes[0]->zone[PF_ZONE_DMA];
}

static int start(void **unused)
{
	(void)unused;
	boot(NULL);
	return 0;
}

static int start_on_demand(void **unused)
{
	(void)unused;
	boot(&host_on_demand);
	return 0;
}

static void all_is_right(void)
{
	char why[240];

	if (!pf_verify(&mem, why, sizeof(why)) || !pf_verify_nofree(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static struct pf_nofree_stats stats(int nid)
{
	struct pf_nofree_stats s;

	assert_int_equal(pf_nofree_stats(&mem, nid, &s), 0);
	assert_int_equal(s.imported - s.returned, s.handed_out + s.waiting);
	return s;
}

static pf_pfn one(void)
{
	pf_pfn pfn = pf_alloc_nofree(&mem, 0, HERE);

	assert_true(pfn != PF_NO_PFN);
	return pfn;
}

static void give(pf_pfn pfn)
{
	assert_int_equal(pf_free_nofree(&mem, pfn), 0);
}

/* All that is in use comes back, and nothing is missing. */
static int end(void **unused)
{
	(void)unused;
	host_luck = HOST_LUCKY;
	host_set_cpu(0);
	for (unsigned long i = 0; i < mem.nr_blocks << PF_BLOCK_ORDER; i++) {
		pf_pfn pfn = mem.first_pfn + i;

		if (pf_info_state(pf_page_info(&mem, pfn)) == PF_NOFREE &&
		    is_nofree(pf_page(&mem, pfn)->info, HANDED_OUT))
			give(pfn);
	}
	pf_drain_nofree(&mem, NUMA_NO_NODE);
	assert_true(pf_drain_all(&mem));
	all_is_right();
	for (int nid = 0; nid < mem.nr_nodes; nid++) {
		assert_int_equal(stats(nid).chunks, 0);
		assert_int_equal(stats(nid).handed_out + stats(nid).waiting, 0);
		for (int z = 0; z < PF_ZONES; z++)
			assert_int_equal(mem.nodes[nid]->zone[z].nr_free,
					 mem.nodes[nid]->zone[z].managed);
	}
	pf_close(&mem);
	return 0;
}

/* --- what else is in use --- */

static struct {
	pf_pfn pfn;
	unsigned order;
} held[ALL];
static unsigned long nr_held;

static bool hold(pf_pfn pfn, unsigned order)
{
	if (pfn == PF_NO_PFN)
		return false;
	held[nr_held].pfn = pfn;
	held[nr_held++].order = order;
	return true;
}

/* Everything of a node that an unmovable page could have within the watermarks, but for some. */
static void fill(int nid, pf_gfp gfp, unsigned long but)
{
	static pf_pfn spare[64];

	for (unsigned long i = 0; i < but; i++)
		spare[i] = pf_alloc_pages_node(&mem, 0, gfp | HERE, nid, NULL);
	for (unsigned order = PF_MAX_ORDER + 1; order--;)
		while (hold(pf_alloc_pages_node(&mem, order, gfp | HERE, nid, NULL), order))
			;
	while (but)
		pf_free_pages(&mem, spare[--but], 0);
}

static void empty(void)
{
	while (nr_held) {
		nr_held--;
		pf_free_pages(&mem, held[nr_held].pfn, held[nr_held].order);
	}
}

/* --- in order --- */

static void a_chunk_is_used_up_from_its_start(void **unused)
{
	pf_pfn first = one(), other;

	(void)unused;
	assert_int_equal(first & (CHUNK - 1), 0);
	assert_int_equal(stats(0).waiting, CHUNK - 1);
	for (unsigned long i = 1; i < CHUNK; i++)
		assert_true(one() == first + i);
	all_is_right();
	assert_int_equal(stats(0).chunks, 1);
	assert_int_equal(stats(0).waiting, 0);
	other = one();
	assert_true(other < first || other >= first + CHUNK);
	assert_int_equal(stats(0).chunks, 2);
	assert_int_equal(stats(0).imported, 2 * CHUNK);
	assert_int_equal(stats(0).handed_out, CHUNK + 1);
	assert_int_equal(pf_info_state(pf_page_info(&mem, first)), PF_NOFREE);
	assert_int_equal(pf_info_state(pf_page_info(&mem, other + 1)), PF_NOFREE);
}

/* Each way in which a page can come back: alone, before a run, behind one, between two. */
static void runs_merge_and_are_used_in_order(void **unused)
{
	static const unsigned back[] = { 10, 20, 15, 11, 9, 19, 21, 14, 16, 12, 13, 17, 18, 2 };
	pf_pfn first;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK, got), 0);
	first = got[0];
	one(); /* of another chunk, which is used up after this one: it came later */
	for (unsigned i = 0; i < sizeof(back) / sizeof(back[0]); i++) {
		give(first + back[i]);
		all_is_right();
	}
	assert_int_equal(mem.nodes[0]->nofree.runs[PF_ZONE_NORMAL].nr, 3);
	for (unsigned long i = 1; i < CHUNK; i++)
		one();
	assert_true(one() == first + 2);
	for (pf_pfn pfn = first + 9; pfn < first + 22; pfn++)
		assert_true(one() == pfn);
	assert_int_equal(stats(0).waiting, 0);
	assert_int_equal(stats(0).given_back, 14);
	all_is_right();
}

static void each_page_may_come_back_in_any_order(void **unused)
{
	(void)unused;
	for (unsigned long step = 1; step < CHUNK; step += 34) {
		assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK, got), 0);
		for (unsigned long i = 0; i < CHUNK; i++) {
			give(got[i * step % CHUNK]);
			if (i % 32 == 0)
				all_is_right();
		}
		assert_int_equal(stats(0).handed_out, 0);
	}
}

/* --- chunks that are complete again --- */

static void one_complete_chunk_stays_and_more_go_back(void **unused)
{
	unsigned long free = zone->nr_free;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 3 * CHUNK, got), 0);
	assert_int_equal(stats(0).chunks, 3);
	for (unsigned long i = 0; i < 3 * CHUNK; i++) {
		assert_int_equal(stats(0).chunks, i < 2 * CHUNK ? 3 : 2);
		give(got[i]);
	}
	all_is_right();
	assert_int_equal(stats(0).chunks, PF_NOFREE_RESERVE);
	assert_int_equal(stats(0).returned, (3 - PF_NOFREE_RESERVE) * CHUNK);
	assert_int_equal(zone->nr_free, free - PF_NOFREE_RESERVE * CHUNK);
	assert_int_equal(pf_drain_nofree(&mem, mem.nr_nodes - 1 + !PF_NUMA), 0);
	assert_int_equal(pf_drain_nofree(&mem, 0), PF_NOFREE_RESERVE * CHUNK);
	assert_int_equal(pf_drain_nofree(&mem, 0), 0);
	assert_int_equal(stats(0).chunks, 0);
	assert_int_equal(zone->nr_free, free);
	assert_int_equal(pf_info_state(pf_block(&mem, got[0])->info), PF_FREE);
	all_is_right();
}

static void a_chunk_in_use_is_used_before_one_that_is_not(void **unused)
{
	pf_pfn used, spare;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 2 * CHUNK, got), 0);
	used = got[0];
	spare = got[CHUNK];
	for (unsigned long i = CHUNK; i < 2 * CHUNK; i++)
		give(got[i]);
	assert_int_equal(mem.nodes[0]->nofree.complete, 1);
	give(used + 7);
	all_is_right(); /* which looks at the order */
	/* More than the one in use has: the complete one serves it, and is in use itself. */
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 2, got), 0);
	assert_true(got[0] == spare && got[1] == spare + 1);
	assert_int_equal(mem.nodes[0]->nofree.complete, 0);
	assert_int_equal(pf_drain_nofree(&mem, NUMA_NO_NODE), 0);
	all_is_right();
	assert_true(one() == used + 7);
	assert_true(one() == spare + 2);
}

/* As with a larger PF_NOFREE_RESERVE. */
static void several_complete_chunks_stay_behind_the_others(void **unused)
{
	struct pf_nofree *nofree = &mem.nodes[0]->nofree;
	pf_pfn used;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 4 * CHUNK, got), 0);
	used = got[0];
	for (unsigned long i = CHUNK; i < 4 * CHUNK; i++) {
		nofree->complete = 0;
		give(got[i]);
	}
	nofree->complete = 3;
	give(used);
	all_is_right();
	assert_true(one() == used);
	for (unsigned long i = 0; i < 3 * CHUNK; i++) {
		one();
		if (i % CHUNK < 2)
			all_is_right();
	}
	assert_int_equal(stats(0).waiting, 0);
}

/* What was first in the queue when it was in use is not first when it is not. */
static void a_chunk_that_is_complete_goes_behind_the_others(void **unused)
{
	pf_pfn first, second;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 2 * CHUNK, got), 0);
	first = got[0];
	second = got[CHUNK];
	give(first);
	give(second);
	for (unsigned long i = 1; i < CHUNK; i++)
		give(first + i);
	assert_int_equal(mem.nodes[0]->nofree.complete, 1);
	all_is_right();
	assert_true(one() == second);
}

/* With a larger PF_NOFREE_RESERVE again. */
static void a_drain_returns_all_that_are_complete(void **unused)
{
	struct pf_nofree *nofree = &mem.nodes[0]->nofree;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 3 * CHUNK, got), 0);
	for (unsigned long i = 0; i < 3 * CHUNK; i++) {
		nofree->complete = 0;
		give(got[i]);
	}
	nofree->complete = 3;
	all_is_right();
	assert_int_equal(pf_drain_nofree(&mem, 0), 3 * CHUNK);
	assert_int_equal(stats(0).chunks, 0);
}

/* --- parts of blocks --- */

static unsigned long unmovable_blocks(void)
{
	unsigned long blocks = 0;

	for (unsigned long nr = 0; nr < mem.nr_blocks; nr++)
		blocks += pf_info_state(mem.blocks[nr].info) != PF_ABSENT &&
			  pf_info_migratetype(mem.blocks[nr].info) == PF_UNMOVABLE;
	return blocks;
}

static unsigned order_of(pf_pfn pfn)
{
	return pf_info_order(pf_page(&mem, pfn)->info);
}

/* An unmovable page in use; @order pages at the end of its block are free, and the rest is not. */
static pf_pfn an_unmovable_block(unsigned order)
{
	pf_pfn pfn = pf_alloc_pages_node(&mem, PF_BLOCK_ORDER, HERE, 0, NULL);

	assert_true(pfn != PF_NO_PFN);
	pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	assert_true(pf_drain_all(&mem));
	for (unsigned o = PF_BLOCK_ORDER; o-- > order;)
		assert_int_equal(pf_alloc_pages_at(&mem, pfn + PF_BLOCK_PAGES - (2ul << o), o), 0);
	return pfn;
}

static void free_unmovable_block(pf_pfn pfn, unsigned order)
{
	for (unsigned o = PF_BLOCK_ORDER; o-- > order;)
		pf_free_pages(&mem, pfn + PF_BLOCK_PAGES - (2ul << o), o);
}

/* Else a block becomes unmovable for a single page, beside one that has room. */
static void few_pages_come_from_blocks_that_are_unmovable_already(void **unused)
{
	pf_pfn half = an_unmovable_block(PF_BLOCK_ORDER - 1), pfn;
	pf_pfn small = an_unmovable_block(PF_BLOCK_ORDER - 4);
	unsigned long blocks = unmovable_blocks();

	(void)unused;
	/* The largest first; each is used up. */
	pfn = one();
	assert_true(pfn == half + PF_BLOCK_PAGES / 2);
	assert_int_equal(order_of(pfn), PF_BLOCK_ORDER - 1);
	for (unsigned long i = 1; i < CHUNK / 2; i++)
		assert_true(one() == pfn + i);
	assert_true(one() == small + PF_BLOCK_PAGES - PF_BLOCK_PAGES / 16);
	all_is_right();
	assert_int_equal(stats(0).chunks, 2);
	assert_int_equal(unmovable_blocks(), blocks);
	/* Complete, one of them is the reserve, as a block would be. */
	for (unsigned long i = 0; i < CHUNK / 2; i++)
		give(pfn + i);
	all_is_right();
	assert_int_equal(stats(0).chunks, 2);
	give(small + PF_BLOCK_PAGES - PF_BLOCK_PAGES / 16);
	assert_int_equal(stats(0).chunks, 1);
	assert_int_equal(pf_drain_nofree(&mem, 0), CHUNK / 2);
	free_unmovable_block(half, PF_BLOCK_ORDER - 1);
	free_unmovable_block(small, PF_BLOCK_ORDER - 4);
}

/* Else who takes one page and gives it back costs an import each time. */
static void a_part_is_kept_as_a_block_is(void **unused)
{
	pf_pfn half = an_unmovable_block(PF_BLOCK_ORDER - 1);
	unsigned long locked;

	(void)unused;
	give(one());
	locked = zone->locked;
	for (int i = 0; i < 100; i++)
		give(one());
	assert_int_equal(zone->locked, locked);
	assert_int_equal(stats(0).imported, CHUNK / 2);
	all_is_right();
	free_unmovable_block(half, PF_BLOCK_ORDER - 1);
}

/* Of two that are complete the larger one serves, and is in use before the other; likewise. */
static void a_complete_chunk_that_serves_goes_before_the_others(void **unused)
{
	struct pf_nofree *nofree = &mem.nodes[0]->nofree;
	pf_pfn half = an_unmovable_block(PF_BLOCK_ORDER - 1), page = one(), block;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK / 2 + 1, got), 0);
	block = got[0];
	assert_int_equal(order_of(block), PF_NOFREE_ORDER);
	give(page);
	nofree->complete = 0;
	for (unsigned long i = 0; i < CHUNK / 2 + 1; i++)
		give(got[i]);
	nofree->complete = 2;
	all_is_right();
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK / 2 + 1, got), 0);
	assert_true(got[0] == block);
	all_is_right();
	assert_true(one() == block + CHUNK / 2 + 1);
	free_unmovable_block(half, PF_BLOCK_ORDER - 1);
}

/* Else what a node keeps is what others lack: a page can be had, and a block cannot. */
static void no_part_is_kept_when_memory_is_scarce(void **unused)
{
	pf_pfn half = an_unmovable_block(PF_BLOCK_ORDER - 1), page = one();
	unsigned long low = zone->watermark[PF_WMARK_LOW];

	(void)unused;
	assert_int_equal(order_of(page), PF_BLOCK_ORDER - 1);
	zone->watermark[PF_WMARK_LOW] = zone->nr_free - PF_BLOCK_PAGES / 2;
	assert_true(pfi_room(zone, 0, PF_WMARK_LOW, PF_ZONE_NORMAL, 0));
	give(page);
	zone->watermark[PF_WMARK_LOW] = low;
	assert_int_equal(stats(0).chunks, 0);
	free_unmovable_block(half, PF_BLOCK_ORDER - 1);
}

static void many_pages_are_blocks_of_their_own(void **unused)
{
	pf_pfn half = an_unmovable_block(PF_BLOCK_ORDER - 1), pfn;

	(void)unused;
	/* More at once than the part has. */
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK / 2 + 1, got), 0);
	pfn = got[0];
	assert_int_equal(order_of(pfn), PF_NOFREE_ORDER);
	/* A block's worth stays: another is for more of them. */
	for (unsigned long i = CHUNK / 2 + 1; i < CHUNK; i++)
		assert_true(one() == pfn + i);
	assert_int_equal(order_of(one()), PF_NOFREE_ORDER);
	all_is_right();
	free_unmovable_block(half, PF_BLOCK_ORDER - 1);
}

/* Less than a sixteenth of a block: else they stand in more blocks than they need. */
static void small_parts_are_none(void **unused)
{
	pf_pfn small = an_unmovable_block(PF_BLOCK_ORDER - 5);

	(void)unused;
	assert_int_equal(order_of(one()), PF_NOFREE_ORDER);
	free_unmovable_block(small, PF_BLOCK_ORDER - 5);
}

/* Exactly so many as it has are one chunk. */
static void a_part_may_be_used_up_at_once(void **unused)
{
	pf_pfn half = an_unmovable_block(PF_BLOCK_ORDER - 1);

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK / 2, got), 0);
	assert_true(got[0] == half + PF_BLOCK_PAGES / 2);
	assert_int_equal(order_of(got[0]), PF_BLOCK_ORDER - 1);
	assert_int_equal(stats(0).waiting, 0);
	free_unmovable_block(half, PF_BLOCK_ORDER - 1);
}

/* A block's worth is there, though nearly all of it waits, elsewhere. */
static void what_waits_counts_as_what_is_there(void **unused)
{
	pf_pfn half, low = pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA);

	(void)unused;
	assert_int_equal(order_of(low), PF_NOFREE_ORDER);
	half = an_unmovable_block(PF_BLOCK_ORDER - 1);
	assert_int_equal(order_of(one()), PF_NOFREE_ORDER);
	free_unmovable_block(half, PF_BLOCK_ORDER - 1);
}

/* A block's worth must be free above the low watermark. */
static void no_part_is_imported_when_memory_is_scarce(void **unused)
{
	pf_pfn small = an_unmovable_block(PF_BLOCK_ORDER - 4);
	unsigned long low = zone->watermark[PF_WMARK_LOW];

	(void)unused;
	zone->watermark[PF_WMARK_LOW] = zone->nr_free - PF_BLOCK_PAGES + 1;
	assert_int_equal(order_of(one()), PF_BLOCK_ORDER - 1);
	zone->watermark[PF_WMARK_LOW] = low;
	free_unmovable_block(small, PF_BLOCK_ORDER - 4);
}

/* What is kept for who cannot wait is not for what stays. */
static void no_part_is_of_a_high_atomic_block(void **unused)
{
	pf_pfn page = pf_alloc_pages_node(&mem, 0, HERE, 0, NULL), pfn;
	unsigned long nr = pf_block_nr(&mem, page);

	(void)unused;
	assert_true(pf_drain_all(&mem));
	pfi_convert_block(&mem, zone, nr, PF_HIGHATOMIC);
	zone->nr_highatomic += PF_BLOCK_PAGES;
	pfn = pf_alloc_nofree(&mem, 0, HERE | PF_GFP_ATOMIC | PF_GFP_HIGH);
	assert_true((pfn ^ page) >= PF_BLOCK_PAGES);
	all_is_right();
	pfi_convert_block(&mem, zone, nr, PF_UNMOVABLE);
	zone->nr_highatomic -= PF_BLOCK_PAGES;
	pf_free_pages(&mem, page, 0);
}

/* What lower zones have is for who can use no other. */
static void parts_are_of_the_highest_zone(void **unused)
{
	pf_pfn low = pf_alloc_pages_node(&mem, 4, HERE | PF_GFP_DMA, 0, NULL), pfn = one();

	(void)unused;
	assert_in_range(pfn, PAGES(16), PAGES(48) - 1);
	give(pfn);
	pf_drain_nofree(&mem, 0);
	pfn = pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA);
	assert_true((pfn ^ low) < PF_BLOCK_PAGES);
	assert_int_equal(order_of(pfn), PF_BLOCK_ORDER - 1);
	all_is_right();
	pf_free_pages(&mem, low, 4);
}

/* Nor when it is a lower one's turn. */
static void no_part_is_of_a_zone_that_is_asked_later(void **unused)
{
	pf_pfn low = pf_alloc_pages_node(&mem, 4, HERE | PF_GFP_DMA, 0, NULL), pfn;

	(void)unused;
	while (hold(pfi_alloc_easily(&mem, zone, 0, 0), 0))
		;
	pfn = one();
	assert_in_range(pfn, 1, PAGES(16) - 1);
	assert_int_equal(order_of(pfn), PF_NOFREE_ORDER);
	empty();
	pf_free_pages(&mem, low, 4);
}

/* --- many --- */

static bool is_contiguous(unsigned long nr)
{
	for (unsigned long i = 1; i < nr; i++)
		if (got[i] != got[0] + i)
			return false;
	return true;
}

static void many_are_contiguous_where_one_run_can_serve(void **unused)
{
	pf_pfn first;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 0, NULL), 0);
	assert_int_equal(stats(0).imported, 0);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK - 3, got), 0);
	assert_true(is_contiguous(CHUNK - 3));
	first = got[0];
	/* Three wait: not enough, and the new chunk has all of them. */
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 5, got), 0);
	assert_true(is_contiguous(5) && (got[0] < first || got[0] >= first + CHUNK));
	assert_int_equal(stats(0).chunks, 2);
	all_is_right();
	assert_true(one() == first + CHUNK - 3);
	/* The second run has what the first has not. */
	give(first);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 8, got), 0);
	assert_true(is_contiguous(8));
	assert_int_equal(stats(0).chunks, 2);
	all_is_right();
}

/* What waits is less than they, and the new chunk has just as many. */
static void a_whole_chunk_is_contiguous(void **unused)
{
	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK - 3, got), 0);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK, got), 0);
	assert_true(is_contiguous(CHUNK) && !(got[0] & (CHUNK - 1)));
	assert_int_equal(stats(0).waiting, 3);
}

static void what_waits_is_enough_however_it_lies(void **unused)
{
	pf_pfn first;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK, got), 0);
	first = got[0];
	for (unsigned i = 0; i < 20; i += 2)
		give(first + i);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 10, got), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_true(got[i] == first + 2 * i);
	assert_int_equal(stats(0).chunks, 1);
	all_is_right();
}

static void more_than_a_chunk_is_served_from_several(void **unused)
{
	unsigned long nr = 2 * CHUNK + 5;
	pf_pfn first = one();

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, nr, got), 0);
	assert_true(got[0] == first + 1); /* what waits is used up */
	assert_int_equal(stats(0).handed_out, nr + 1);
	assert_int_equal(stats(0).waiting, 3 * CHUNK - nr - 1);
	all_is_right();
}

/* --- places --- */

static void a_page_is_of_a_zone_that_was_asked_for(void **unused)
{
	pf_pfn normal = one(), low = pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA);

	(void)unused;
	assert_in_range(low, 1, PAGES(16) - 1);
	assert_in_range(normal, PAGES(16), PAGES(48) - 1);
	for (unsigned long i = 1; i < CHUNK; i++)
		assert_true(one() == normal + i);
	/* Nothing in the highest zone waits; what waits below is for who can use no other. */
	assert_in_range(one(), PAGES(16), PAGES(48) - 1);
	assert_int_equal(stats(0).chunks, 3);
	assert_true(pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA) == low + 1);
	for (unsigned long i = 1; i < CHUNK; i++)
		one();
	/* But if the highest zone has nothing above its low watermark. */
	while (hold(pfi_alloc_easily(&mem, zone, 0, 0), 0))
		;
	assert_true(one() == low + 2);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 3, got), 0);
	assert_true(got[0] == low + 3 && got[2] == low + 5);
	assert_true(pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA) == low + 6);
	assert_int_equal(stats(0).chunks, 3);
	all_is_right();
	empty();
}

/* Else who asks for DMA again and again feeds those who need no such page, until there is none. */
static void what_lower_zones_have_is_not_eaten(void **unused)
{
	unsigned long low = 0;

	(void)unused;
	for (int i = 0; i < 3; i++, low++) {
		assert_true(pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA) != PF_NO_PFN);
		for (unsigned long n = 0; n < CHUNK + CHUNK / 2; n++)
			assert_in_range(one(), PAGES(16), PAGES(48) - 1);
	}
	assert_int_equal(mem.nodes[0]->nofree.runs[PF_ZONE_DMA].pages, CHUNK - low);
	all_is_right();
}

/* Many of a zone and of those below it, when the highest has not all of them. */
static void many_may_be_of_several_zones(void **unused)
{
	pf_pfn low = pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA);
	unsigned long in_dma = 0, room;

	(void)unused;
	while (hold(pfi_alloc_easily(&mem, zone, 0, 0), 0))
		;
	for (int i = 0; i < 20; i++) {
		nr_held--;
		pf_free_pages(&mem, held[nr_held].pfn, 0);
	}
	assert_true(pf_drain_all(&mem));
	room = pfi_room(zone, 0, PF_WMARK_LOW, PF_ZONE_NORMAL, 0);
	assert_in_range(room, 20, CHUNK / 2);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, room + 30, got), 0);
	for (unsigned long i = 0; i < room + 30; i++)
		in_dma += got[i] < PAGES(16);
	assert_in_range(in_dma, 30, 50); /* a list of its CPU may hold some of them */
	assert_true(pf_alloc_nofree(&mem, 0, HERE | PF_GFP_DMA) == low + 1 + in_dma);
	all_is_right();
	empty();
}

/* That one zone has single pages only is no reason to take such from the next. */
static void each_zone_is_asked_for_whole_chunks(void **unused)
{
	unsigned long nr;

	(void)unused;
	while (hold(pfi_alloc_easily(&mem, zone, 0, 0), 0))
		;
	for (int i = 0; i < 4; i++) {
		nr_held--;
		pf_free_pages(&mem, held[nr_held].pfn, 0);
	}
	assert_true(pf_drain_all(&mem));
	nr = zone->nr_free - zone->watermark[PF_WMARK_LOW] + 30;
	assert_in_range(nr, 31, CHUNK);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, nr, got), 0);
	/* It has all of them. */
	assert_in_range(got[0], 1, PAGES(16) - 1);
	assert_int_equal(order_of(got[0]), PF_NOFREE_ORDER);
	all_is_right();
	empty();
}

static void none_is_where_only_movable_ones_may_be(void **unused)
{
	static const pf_gfp asked[] = { PF_GFP_ANY_ZONE, PF_GFP_ANY_ZONE | PF_GFP_MOVABLE,
					PF_GFP_ZONE(PF_ZONE_DEVICE), PF_GFP_HIGHMEM,
					PF_GFP_RECLAIMABLE };

	(void)unused;
	assert_true(mem.nodes[0]->zone[PF_ZONE_MOVABLE].present > 0);
	assert_int_equal(pf_init_cma(&mem, PAGES(32), PAGES(36)), 0);
	for (unsigned n = 0; n < sizeof(asked) / sizeof(asked[0]); n++) {
		unsigned long nr = 0;
		pf_pfn pfn;

		while ((pfn = pf_alloc_nofree(&mem, 0, asked[n] | PF_GFP_MEMALLOC)) != PF_NO_PFN) {
			uint32_t info = pf_page_info(&mem, pfn);

			assert_true(pf_info_zone(info) < PF_ZONE_MOVABLE);
			assert_true(pf_info_migratetype(info) != PF_CMA);
			got[nr++] = pfn;
		}
		assert_true(nr > PAGES(30));
		all_is_right();
		while (nr)
			give(got[--nr]);
	}
}

static void no_such_node_and_no_such_zone_have_no_page(void **unused)
{
	struct pf_nofree_stats s;

	(void)unused;
	assert_true(pf_alloc_nofree(&mem, mem.nr_nodes, 0) == PF_NO_PFN);
	assert_true(pf_alloc_nofree(&mem, 0, PF_GFP_ZONE(PF_ZONES)) == PF_NO_PFN);
	assert_int_equal(pf_nofree_stats(&mem, mem.nr_nodes, &s), -PF_EINVAL);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, mem.nr_nodes, 0, 2, got), -PF_EINVAL);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, PF_GFP_ZONE(PF_ZONES), 2, got), -PF_EINVAL);
	/* Of no node in particular: the sum. */
	one();
	assert_true(pf_alloc_nofree(&mem, PF_NUMA, HERE) != PF_NO_PFN);
	assert_int_equal(pf_nofree_stats(&mem, NUMA_NO_NODE, &s), 0);
	assert_int_equal(s.handed_out, 2);
	assert_int_equal(s.imported, s.waiting + 2);
	assert_int_equal(pf_drain_nofree(&mem, mem.nr_nodes), 0);
}

/* Nor is what lies behind the last one looked at. */
static void a_node_behind_the_last_has_no_figures(void **unused)
{
	struct pf_node *nodes[3] = { mem.nodes[0], mem.nodes[mem.nr_nodes - 1], mem.nodes[0] };
	struct pf_node **real = mem.nodes;
	struct pf_nofree_stats s;
	int ret;

	(void)unused;
	nodes[mem.nr_nodes] = mem.nodes[0];
	mem.nodes = nodes;
	ret = pf_nofree_stats(&mem, mem.nr_nodes, &s);
	mem.nodes = real;
	assert_int_equal(ret, -PF_EINVAL);
}

/* Ids may have gaps. */
static void a_node_that_is_not_there_has_no_page(void **unused)
{
	struct pf_node *nodes[3] = { mem.nodes[0], mem.nodes[mem.nr_nodes - 1], NULL };
	struct pf_node **before = mem.nodes;
	int nr = mem.nr_nodes;
	struct pf_nofree_stats s;

	(void)unused;
	mem.nodes = nodes;
	mem.nr_nodes = 3;
	assert_true(pf_alloc_nofree(&mem, 2, 0) == PF_NO_PFN);
	assert_int_equal(pf_nofree_stats(&mem, 2, &s), -PF_EINVAL);
	assert_int_equal(pf_drain_nofree(&mem, 2), 0);
	assert_true(pf_verify_nofree(&mem, NULL, 0));
	/* It adds nothing to the sum, and what comes behind it does. */
	nodes[1] = NULL;
	nodes[2] = nodes[0];
	one();
	assert_int_equal(pf_nofree_stats(&mem, NUMA_NO_NODE, &s), 0);
	assert_int_equal(s.handed_out, 2);
	assert_int_equal(s.chunks, 2);
	mem.nodes = before;
	mem.nr_nodes = nr;
}

static void a_chunk_is_of_the_node_that_its_pages_are_on(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	fill(1, PF_GFP_UNMOVABLE, 0);
	assert_true(pf_alloc_nofree(&mem, 1, HERE) == PF_NO_PFN);
	pfn = pf_alloc_nofree(&mem, 1, 0);
	assert_int_equal(pf_info_node(pf_page_info(&mem, pfn)), 0);
	assert_int_equal(stats(1).chunks, 0);
	assert_int_equal(stats(0).handed_out, 1);
	/* The chunk of the other node is used up before it gives another. */
	assert_true(pf_alloc_nofree(&mem, 1, 0) == pfn + 1);
	assert_int_equal(stats(0).chunks, 1);
	assert_int_equal(stats(0).imported, CHUNK);
	all_is_right();
	empty();
	pfn = pf_alloc_nofree(&mem, 1, 0);
	assert_int_equal(pf_info_node(pf_page_info(&mem, pfn)), 1);
	assert_int_equal(stats(1).chunks, 1);
	host_set_cpu(1);
	assert_true(pf_alloc_nofree(&mem, NUMA_NO_NODE, 0) != PF_NO_PFN);
	all_is_right();
}

/* Of each zone and node what waits, in that order, and no more than is needed of the last. */
static void many_are_gathered_from_near_to_far(void **unused)
{
	pf_pfn low, first, far;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK, got), 0);
	first = got[0];
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, CHUNK - 4, got), 0);
	low = got[0] + CHUNK - 4;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, PF_NUMA, HERE, CHUNK - 4, got), 0);
	far = got[0] + CHUNK - 4;
	fill(0, PF_GFP_UNMOVABLE, 0);
	fill(PF_NUMA, PF_GFP_UNMOVABLE, 0);
	for (unsigned i = 0; i < 5; i++)
		give(first + i);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 8, got), 0);
	assert_true(got[0] == first && got[4] == first + 4);
	assert_true(got[5] == low && got[7] == low + 2);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, 5, got), 0);
	assert_true(got[0] == low + 3 && got[1] == far && got[4] == far + 3);
	all_is_right();
	empty();
}

/* No chunk of another node is imported, and returned, for each page that waits there. */
static void who_waits_elsewhere_needs_no_import(void **unused)
{
	unsigned long locked;
	pf_pfn pfn;

	(void)unused;
	fill(1, PF_GFP_UNMOVABLE, 0);
	pfn = pf_alloc_nofree(&mem, 1, 0);
	locked = zone->locked;
	for (unsigned long i = 1; i < CHUNK; i++)
		assert_true(pf_alloc_nofree(&mem, 1, 0) == pfn + i);
	assert_int_equal(zone->locked, locked);
	empty();
}

/* --- scarce --- */

static void small_chunks_serve_when_there_are_no_large_ones(void **unused)
{
	struct pf_zone *far = &mem.nodes[1 * PF_NUMA]->zone[PF_ZONE_NORMAL];

	/* Else half a chunk serves, when half of it is above the low watermark. */
	far->watermark[PF_WMARK_LOW] = far->watermark[PF_WMARK_MIN];
	for (unsigned order = 0; order < PF_BLOCK_ORDER; order += 3) {
		pf_pfn pfn = pf_alloc_pages_node(&mem, order, HERE, 1, NULL);

		(void)unused;
		fill(1, PF_GFP_UNMOVABLE, 0);
		assert_true(pf_alloc_nofree(&mem, 1, HERE) == PF_NO_PFN);
		assert_int_equal(stats(1).chunks, 0);
		pf_free_pages(&mem, pfn, order);
		pfn = pf_alloc_nofree(&mem, 1, HERE);
		assert_true(pfn != PF_NO_PFN);
		assert_int_equal(pf_info_order(pf_page(&mem, pfn)->info), order);
		for (unsigned long i = 1; i < 1ul << order; i++)
			assert_true(pf_alloc_nofree(&mem, 1, HERE) == pfn + i);
		assert_true(pf_alloc_nofree(&mem, 1, HERE) == PF_NO_PFN);
		assert_int_equal(stats(1).chunks, 1);
		all_is_right();
		for (unsigned long i = 0; i < 1ul << order; i++)
			give(pfn + i);
		assert_int_equal(stats(1).chunks, 0); /* no reserve of such */
		all_is_right();
		empty();
	}
}

/* Nor that the last zone had one page above its low watermark, when it has more below that. */
static void whole_chunks_serve_below_the_low_watermark(void **unused)
{
	pf_pfn pfn = pf_alloc_pages_node(&mem, 6, HERE | PF_GFP_DMA, 0, NULL);

	(void)unused;
	fill(0, PF_GFP_DMA, 0);
	pf_free_pages(&mem, pfn, 6);
	assert_true(pf_drain_all(&mem));
	dma->watermark[PF_WMARK_LOW] = dma->nr_free - 1;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, 20, got), 0);
	assert_true(is_contiguous(20));
	assert_int_equal(order_of(got[0]), 5);
	assert_int_equal(stats(0).chunks, 1);
	all_is_right();
	empty();
}

/* Each CPU's: else who is refused at once could be served. */
static void what_another_cpu_has_is_room(void **unused)
{
	pf_pfn pages[4];

	(void)unused;
	for (int i = 0; i < 4; i++)
		pages[i] = pf_alloc_pages_node(&mem, 0, HERE, 1, NULL);
	fill(1, PF_GFP_UNMOVABLE, 0);
	host_set_cpu(1);
	for (int i = 0; i < 4; i++)
		pf_free_pages(&mem, pages[i], 0);
	host_set_cpu(0);
	assert_int_equal(pf_per_cpu_pages(&mem, &mem.nodes[1]->zone[PF_ZONE_NORMAL], 1), 4);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 1, HERE, 4, got), 0);
	all_is_right();
	empty();
}

/* Nobody has a page to give, and somebody's chunk has some that wait. */
static void what_waits_on_other_nodes_is_the_last_resort(void **unused)
{
	pf_pfn pfn = one();

	(void)unused;
	fill(0, PF_GFP_UNMOVABLE, 0);
	fill(1, PF_GFP_UNMOVABLE, 0);
	assert_true(pf_alloc_nofree(&mem, 1, HERE) == PF_NO_PFN);
	assert_true(pf_alloc_nofree(&mem, 1, 0) == pfn + 1);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 1, 0, CHUNK - 1, got), -PF_ENOMEM);
	assert_int_equal(stats(0).waiting, CHUNK - 2);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 1, 0, CHUNK - 2, got), 0);
	all_is_right();
	empty();
}

/* What is kept for those in need is for a page or two. */
static void reserves_give_single_pages(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	fill(1, PF_GFP_UNMOVABLE, 0);
	assert_true(pf_alloc_nofree(&mem, 1, HERE) == PF_NO_PFN);
	assert_true(mem.nodes[1]->zone[PF_ZONE_NORMAL].nr_free > 8);
	pfn = pf_alloc_nofree(&mem, 1, HERE | PF_GFP_HIGH);
	assert_true(pfn != PF_NO_PFN);
	assert_int_equal(pf_info_order(pf_page(&mem, pfn)->info), 0);
	pfn = pf_alloc_nofree(&mem, 1, HERE | PF_GFP_MEMALLOC);
	assert_int_equal(pf_info_order(pf_page(&mem, pfn)->info), 0);
	assert_int_equal(stats(1).chunks, 2);
	all_is_right();
	empty();
}

/* A handler may not wait for a CPU that is inside its lists; nor take what is kept for handlers. */
static void never_waited(void)
{
	fail_msg("it waits for another CPU");
}

static void who_cannot_wait_does_not(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	fill(1, PF_GFP_UNMOVABLE, 0);
	/* The other CPU has a page on its list, and is inside. */
	host_set_cpu(1);
	nr_held--;
	pf_free_pages(&mem, held[nr_held].pfn, held[nr_held].order);
	host_set_cpu(0);
	if (PF_CPU_LOCK_PLAIN) {
		mem.nodes[1]->zone[PF_ZONE_NORMAL].pcp[1].lock.inside = 1;
		host_relax = never_waited;
	}
	pfn = pf_alloc_nofree(&mem, 1, HERE | PF_GFP_ATOMIC | PF_GFP_HIGH);
	host_relax = NULL;
	mem.nodes[1]->zone[PF_ZONE_NORMAL].pcp[1].lock.inside = 0;
	assert_true(pfn != PF_NO_PFN);
	assert_int_equal(pf_info_order(pf_page(&mem, pfn)->info), 0);
	assert_int_equal(mem.nodes[1]->zone[PF_ZONE_NORMAL].nr_highatomic, 0);
	all_is_right();
	empty();
}

/* Blocks for who cannot wait are given up for who would fail: they are room, too. */
static void what_is_kept_for_others_is_given_up_last(void **unused)
{
	struct pf_zone *far = &mem.nodes[1 * PF_NUMA]->zone[PF_ZONE_NORMAL];
	pf_pfn block = pf_alloc_pages_node(&mem, PF_BLOCK_ORDER, HERE, 1, NULL);

	(void)unused;
	fill(1, PF_GFP_UNMOVABLE, 0);
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
	assert_true(pf_drain_all(&mem));
	pfi_convert_block(&mem, far, pf_block_nr(&mem, block), PF_HIGHATOMIC);
	far->nr_highatomic += PF_BLOCK_PAGES;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 1, HERE, 4, got), 0);
	assert_int_equal(far->nr_highatomic, 0);
	all_is_right();
	empty();
}

/* --- damaged pages --- */

static pf_pfn damaged;

/* While a chunk that the caller has already waits for the lock to become one. */
static void a_page_is_seen_to_be_damaged(void)
{
	host_relax = NULL;
	zone->lock.held = 0;
	assert_int_equal(pf_poison_page(&mem, damaged), 1);
}

static void is_out(void)
{
	assert_int_equal(pf_info_state(pf_page_info(&mem, damaged)), PF_POISONED);
	assert_int_equal(pf_block(&mem, damaged)->info & PF_INFO_MARKED, 0);
	all_is_right();
	assert_int_equal(pf_unpoison_page(&mem, damaged), 0);
}

/* Else it is handed out, and what is written there is lost. */
static void a_block_with_a_damaged_page_is_no_chunk(void **unused)
{
	pf_pfn block = pf_alloc_pages_node(&mem, PF_BLOCK_ORDER, HERE, 0, NULL);
	unsigned long nr = CHUNK / 2 + 1; /* more than a part of a block */

	(void)unused;
	/* To the CPU's list, and from there without a lock; so small a zone has none. */
	zone->list_least[PF_PCP_SMALL] = 1;
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
	damaged = block + 7;
	zone->lock.held = 1;
	host_relax = a_page_is_seen_to_be_damaged;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, nr, got), 0);
	assert_null(host_relax);
	assert_int_equal(stats(0).handed_out, nr);
	for (unsigned long i = 0; i < nr; i++)
		assert_true(got[i] != damaged);
	is_out();
}

/* As if that had been seen when it was allocated already: here nobody can come between. */
static void a_part_is_damaged(unsigned long from_end)
{
	pf_pfn page = pf_alloc_pages_node(&mem, 0, HERE, 0, NULL), pfn;

	assert_true(pf_drain_all(&mem));
	damaged = (page & ~(PF_BLOCK_PAGES - 1)) + PF_BLOCK_PAGES - from_end;
	pfi_mark(&mem, damaged);
	pfn = one();
	assert_int_equal(order_of(pfn), PF_NOFREE_ORDER);
	assert_true((pfn ^ page) >= PF_BLOCK_PAGES);
	is_out();
	pf_free_pages(&mem, page, 0);
}

static void a_part_with_a_damaged_page_is_none_either(void **unused)
{
	(void)unused;
	a_part_is_damaged(9);
}

static void nor_if_it_is_the_last_page(void **unused)
{
	(void)unused;
	a_part_is_damaged(1);
}

/* A page of the same block that is damaged is no matter. */
static void a_part_beside_a_damaged_page_is_a_chunk(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	damaged = pf_alloc_pages_node(&mem, 0, HERE, 0, NULL);
	assert_int_equal(pf_poison_page(&mem, damaged), 1);
	pfn = one();
	assert_int_equal(order_of(pfn), PF_BLOCK_ORDER - 1);
	assert_true((pfn ^ damaged) < PF_BLOCK_PAGES);
	all_is_right();
	give(pfn);
	pf_drain_nofree(&mem, 0);
	assert_int_equal(stats(0).chunks, 0);
	pf_free_pages(&mem, damaged, 0);
	is_out();
}

/* --- it fails, and nothing has happened --- */

static unsigned long blocks_before;

static void note(struct pf_nofree_stats *before)
{
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		before[nid] = stats(nid);
	blocks_before = unmovable_blocks();
}

static void counters_as_before(const struct pf_nofree_stats *before)
{
	for (int nid = 0; nid < mem.nr_nodes; nid++) {
		struct pf_nofree_stats now = stats(nid);

		assert_memory_equal(&now, &before[nid], sizeof(now));
	}
	all_is_right();
}

static void as_before(const struct pf_nofree_stats *before)
{
	assert_int_equal(unmovable_blocks(), blocks_before);
	counters_as_before(before);
}

/* A few pages wait on both nodes, and few more can be had: each request between fails, or not. */
static void memory_that_is_used_up_is_a_failure_of_all(void **unused)
{
	struct pf_nofree_stats before[2];

	(void)unused;
	for (unsigned long left = 0; left < 24; left += 5) {
		pf_pfn pfn = one(), far = pf_alloc_nofree(&mem, 1, HERE);
		unsigned long here, nr;

		assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK - 4, got), 0);
		assert_int_equal(pf_alloc_nofree_bulk(&mem, 1, HERE, CHUNK - 3, got + CHUNK), 0);
		here = stats(0).waiting;
		nr = here + stats(1).waiting + 2 * left;
		assert_true(here >= 3 && nr >= 5 + 2 * left);
		fill(0, PF_GFP_UNMOVABLE, left);
		fill(1, PF_GFP_UNMOVABLE, left);
		note(before);
		assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, nr + 1, got + 2 * CHUNK),
				 -PF_ENOMEM);
		as_before(before);
		assert_int_equal(
			pf_alloc_nofree_bulk(&mem, 0, HERE, here + left + 1, got + 2 * CHUNK),
			-PF_ENOMEM);
		as_before(before);
		assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, nr, got + 2 * CHUNK), 0);
		all_is_right();
		while (nr)
			give(got[2 * CHUNK + --nr]);
		for (unsigned long i = 0; i < CHUNK - 4; i++)
			give(got[i]);
		for (unsigned long i = 0; i < CHUNK - 3; i++)
			give(got[CHUNK + i]);
		give(pfn);
		give(far);
		empty();
		pf_drain_nofree(&mem, NUMA_NO_NODE);
		pf_drain_all(&mem);
	}
}

/* Whoever asks in the meantime finds the pages that wait; and in their order. */
static void who_wants_too_much_takes_nothing(void **unused)
{
	struct pf_nofree_stats before[2];
	unsigned long locked;
	pf_pfn first, second;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 2 * CHUNK, got), 0);
	first = got[0];
	second = got[CHUNK];
	for (unsigned i = 0; i < 10; i += 2) {
		give(first + i);
		give(second + i);
	}
	locked = zone->locked;
	note(before);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, ALL, got + 2 * CHUNK), -PF_ENOMEM);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, ~0ul, got + 2 * CHUNK), -PF_ENOMEM);
	as_before(before);
	assert_int_equal(zone->locked, locked); /* nothing was imported */
	for (unsigned i = 0; i < 10; i += 2)
		assert_true(one() == first + i);
	for (unsigned i = 0; i < 10; i += 2)
		assert_true(one() == second + i);
}

/* What was imported in vain is as movable as it was. */
static void blocks_of_a_failure_are_not_unmovable(void **unused)
{
	struct pf_nofree_stats before[2];
	unsigned long nr;

	(void)unused;
	note(before);
	/* As if more could be had when it was asked than when it was imported. */
	zone->deferred = ALL;
	dma->deferred = ALL;
	nr = zone->managed + dma->managed;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, nr, got), -PF_ENOMEM);
	zone->deferred = 0;
	dma->deferred = 0;
	counters_as_before(before);
	/* Of all blocks of two zones: those of which the last pages came are left. */
	assert_in_range(unmovable_blocks(), blocks_before, blocks_before + 4);
}

/* One that others had before is theirs, or unmovable: it was not movable. */
static void other_blocks_do_not_become_movable(void **unused)
{
	static const pf_gfp types[] = { PF_GFP_RECLAIMABLE, PF_GFP_UNMOVABLE };
	struct pf_nofree_stats before[2];

	(void)unused;
	for (int i = 0; i < 2; i++) {
		pf_pfn block = pf_alloc_pages_node(&mem, PF_BLOCK_ORDER,
						   HERE | PF_GFP_DMA | types[i], 0, NULL);

		assert_true(block != PF_NO_PFN);
		pf_free_pages(&mem, block, PF_BLOCK_ORDER);
		assert_true(pf_drain_all(&mem));
		assert_int_equal(pf_free_chunks(dma, PF_BLOCK_ORDER, (enum pf_migratetype)types[i]),
				 1);
		note(before);
		dma->deferred = ALL; /* as above */
		assert_int_equal(
			pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, dma->managed, got),
			-PF_ENOMEM);
		dma->deferred = 0;
		counters_as_before(before);
		assert_int_equal(pf_info_migratetype(pf_block(&mem, block)->info), PF_UNMOVABLE);
	}
}

/* A block of which others have a quarter: whose pages these are nobody can tell. */
static void nor_does_one_with_pages_in_use(void **unused)
{
	pf_pfn some = pf_alloc_pages_node(&mem, PF_BLOCK_ORDER - 2,
					  HERE | PF_GFP_DMA | PF_GFP_MOVABLE, 0, NULL);
	unsigned long low = dma->watermark[PF_WMARK_LOW];
	struct pf_nofree_stats before[2];

	(void)unused;
	for (unsigned order = PF_MAX_ORDER + 1; order-- > PF_BLOCK_ORDER;)
		while (hold(pf_alloc_pages_node(&mem, order, HERE | PF_GFP_DMA | PF_GFP_MOVABLE, 0,
						NULL),
			    order))
			;
	assert_true(pf_drain_all(&mem));
	assert_int_equal(pf_info_migratetype(pf_block(&mem, some)->info), PF_MOVABLE);
	note(before);
	dma->deferred = ALL; /* as above */
	dma->watermark[PF_WMARK_LOW] = 0;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, ALL, got), -PF_ENOMEM);
	dma->watermark[PF_WMARK_LOW] = low;
	dma->deferred = 0;
	counters_as_before(before);
	assert_int_equal(pf_info_migratetype(pf_block(&mem, some)->info), PF_UNMOVABLE);
	empty();
	pf_free_pages(&mem, some, PF_BLOCK_ORDER - 2);
}

/* --- what others do meanwhile --- */

static pf_pfn theirs[8];
static unsigned nr_theirs;

/* They give back what they have. */
static void others_give(void)
{
	while (nr_theirs)
		give(theirs[--nr_theirs]);
}

/* The host is told that memory is low: the last moment at which there is not enough. */
static void give_when_low(struct pf_mem *m, struct pf_zone *z, unsigned order)
{
	(void)m;
	(void)z;
	(void)order;
	others_give();
}

/* Who is told gets none for a while: another is quicker. */
static void take_one(void)
{
	host_relax = NULL;
	mem.nodes[1]->nofree.lock.held = 0;
	theirs[nr_theirs++] = one();
}

static void give_and_take_again(struct pf_mem *m, struct pf_zone *z, unsigned order)
{
	if (!nr_theirs)
		return;
	give_when_low(m, z, order);
	/* The pages of node 0 are counted by then, and those of node 1 are waited for. */
	mem.nodes[1]->nofree.lock.held = 1;
	host_relax = take_one;
}

/* Both nodes are full; so many pages wait on each, and one on node 0 is in somebody's hands. */
static void full_but(unsigned long here, unsigned long far)
{
	pf_pfn pfn = one();

	nr_theirs = 0;
	for (unsigned long i = 1; i < CHUNK - here; i++)
		assert_true(one() == pfn + i);
	theirs[nr_theirs++] = pfn;
	for (unsigned long i = 0; i < CHUNK - far; i++)
		assert_true(pf_alloc_nofree(&mem, 1, HERE) != PF_NO_PFN);
	fill(0, PF_GFP_UNMOVABLE, 0);
	fill(1, PF_GFP_UNMOVABLE, 0);
	assert_true(pf_drain_all(&mem));
	assert_int_equal(stats(0).waiting, here);
	assert_int_equal(stats(1).waiting, far);
	dma->deferred = 1; /* as above: it is tried at all */
}

/* Else it fails while there is enough. */
static void what_comes_back_last_serves(void **unused)
{
	(void)unused;
	full_but(3, 2);
	mem.low = give_when_low;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, 6, got), 0);
	dma->deferred = 0;
	assert_int_equal(stats(0).waiting + stats(1).waiting, 0);
	all_is_right();
	empty();
}

/* What was taken already goes back, all of it, and is not counted as given back. */
static void who_is_slower_keeps_nothing(void **unused)
{
	struct pf_nofree_stats before[2], now;

	(void)unused;
	full_but(3, 2);
	note(before);
	mem.low = give_and_take_again;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, 6, got), -PF_ENOMEM);
	dma->deferred = 0;
	assert_null(host_relax);
	before[0].given_back++; /* theirs */
	for (int nid = 0; nid < 2; nid++) {
		now = stats(nid);
		assert_memory_equal(&now, &before[nid], sizeof(now));
	}
	all_is_right();
	empty();
}

/* A page that is imported while others of its zone come back is not needed. */
static void what_came_back_is_used_before_what_was_imported(void **unused)
{
	pf_pfn spare = pf_alloc_pages_node(&mem, 0, HERE | PF_GFP_MOVABLE, 0, NULL), page;

	(void)unused;
	full_but(0, 0);
	page = theirs[0];
	pf_free_pages(&mem, spare, 0);
	assert_true(pf_drain_all(&mem));
	mem.low = give_when_low;
	assert_true(pf_alloc_nofree(&mem, 0, HERE) == page);
	dma->deferred = 0;
	assert_int_equal(nr_theirs, 0);
	assert_int_equal(stats(0).chunks, 1);
	all_is_right();
	empty();
}

/* Single pages are free, others wait in many runs: all of them serve, or none moves. */
static void many_small_chunks_and_runs_serve_together(void **unused)
{
	struct pf_nofree *nofree = &mem.nodes[0]->nofree;
	unsigned long n = 0, m = 0, locked;
	uint32_t first;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, CHUNK, got), 0);
	while (hold(pf_alloc_pages_node(&mem, 0, HERE | PF_GFP_DMA, 0, NULL), 0))
		;
	for (unsigned long i = 0; i < CHUNK; i += 2)
		give(got[i]);
	first = nofree->runs[PF_ZONE_DMA].first;
	for (unsigned long i = 0; i < nr_held; i++)
		if (held[i].pfn & 1 && n < 500) {
			pf_free_pages(&mem, held[i].pfn, 0);
			n++;
		} else {
			held[m++] = held[i];
		}
	nr_held = m;
	assert_true(pf_drain_all(&mem));
	assert_int_equal(n, 500);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, CHUNK / 2 + n + 1, got),
			 -PF_ENOMEM);
	assert_int_equal(nofree->runs[PF_ZONE_DMA].first, first);
	locked = dma->locked;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, CHUNK / 2 + n, got), 0);
	/* Whoever has seen that there are no larger ones does not ask for them again. */
	assert_in_range(dma->locked - locked, n, 2 * n);
	assert_int_equal(stats(0).waiting, 0);
	assert_int_equal(stats(0).given_back, CHUNK / 2);
	all_is_right();
	empty();
}

/* Each block that is split needs a map: the k'th and all later ones are refused. */
static void maps_without_memory_are_a_failure_of_all(void **unused)
{
	struct pf_nofree_stats before[2];
	unsigned long failures = 0;
	int luck = 0;

	(void)unused;
	for (; luck < 100; luck++, failures++) {
		note(before);
		host_luck = luck;
		if (!pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, 4 * CHUNK, got))
			break;
		assert_true(host_refused > 0);
		host_luck = 0; /* to return what was had takes no memory */
		counters_as_before(before);
		/* But the page allocator's own, who finds late that it cannot split one. */
		assert_in_range(unmovable_blocks(), blocks_before, blocks_before + 2);
		assert_int_equal(dma->nr_free + pf_per_cpu_pages(&mem, dma, 0), dma->managed);
	}
	assert_true(failures > 0);
	host_luck = HOST_LUCKY;
	all_is_right();
}

/* A block that cannot be split is no chunk: it stays movable, when smaller chunks serve. */
static void a_block_without_a_map_is_as_movable_as_before(void **unused)
{
	pf_pfn halves[2] = { an_unmovable_block(PF_BLOCK_ORDER - 1),
			     an_unmovable_block(PF_BLOCK_ORDER - 1) };
	unsigned long blocks = unmovable_blocks();

	(void)unused;
	host_luck = 0;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK / 2 + 1, got), 0);
	assert_true(host_refused > 0);
	all_is_right();
	assert_int_equal(stats(0).chunks, 2);
	assert_int_equal(unmovable_blocks(), blocks);
	for (int i = 0; i < 2; i++)
		free_unmovable_block(halves[i], PF_BLOCK_ORDER - 1);
}

/* Only one map fails: small chunks from blocks that are split already serve meanwhile. */
static void one_map_that_fails_costs_nothing(void **unused)
{
	pf_pfn pfn = pf_alloc_pages_node(&mem, 0, PF_GFP_DMA | HERE, 0, NULL);

	(void)unused;
	for (int luck = 0; luck < 4; luck++) {
		host_luck = luck;
		host_unlucky_once = true;
		assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_DMA, 4, got), 0);
		host_luck = HOST_LUCKY;
		all_is_right();
		for (int i = 0; i < 4; i++)
			give(got[i]);
		pf_drain_nofree(&mem, 0);
	}
	pf_free_pages(&mem, pfn, 0);
}

/* --- from the wrong hands --- */

static void refused(pf_pfn pfn, const char *why)
{
	struct pf_nofree_stats before = stats(0), now;

	host_forget_output();
	assert_int_equal(pf_free_nofree(&mem, pfn), -PF_EINVAL);
	if (!strstr(host_output(), "pf_free_nofree: pfn 0x") || !strstr(host_output(), why))
		fail_msg("it says %s", host_output());
	now = stats(0);
	assert_memory_equal(&now, &before, sizeof(now));
	all_is_right();
}

static void what_is_no_page_in_use_is_refused_as_what_it_is(void **unused)
{
	pf_pfn pfn = one(), page = pf_alloc_pages(&mem, 0, 0), chunk = pf_alloc_pages(&mem, 2, 0);
	pf_pfn block = pf_alloc_pages(&mem, PF_BLOCK_ORDER, 0);

	(void)unused;
	refused(pfn + 1, ": it is a no-free page, but free already; nothing is freed\n");
	give(pfn);
	refused(pfn, "free already");
	refused(page, "it is allocated, but not a no-free page;");
	refused(chunk + 1, "it is allocated");
	refused(block + 1, "it is allocated");
	refused(PAGES(32), "it is reserved since boot");
	refused(PAGES(70), "it is no memory");
	refused(PAGES(99999), "it is no memory");
	pf_free_pages(&mem, page, 0);
	refused(page, "it is free already");
	refused(PAGES(47), "it is free already");
	pf_free_pages(&mem, chunk, 2);
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
}

/* The assertion of the normal path stays, for each order that leads there. */
static void the_normal_free_refuses_them(void **unused)
{
	static const unsigned orders[] = { 0, 1, PF_BLOCK_ORDER - 1, PF_BLOCK_ORDER,
					   PF_BLOCK_ORDER + 1 };
	pf_pfn pfn = one(), pages[] = { pfn, pfn + 1 };
	struct pf_nofree_stats before = stats(0), now;

	(void)unused;
	for (int i = 0; PF_CHECK_FREE && i < 2; i++)
		for (int n = 0; n < 5; n++) {
			host_forget_output();
			pf_free_pages(&mem, pages[i], orders[n]);
			assert_non_null(
				strstr(host_output(), "it is a no-free page; nothing is freed"));
			now = stats(0);
			assert_memory_equal(&now, &before, sizeof(now));
		}
	host_forget_output();
	all_is_right();
}

static void a_block_of_them_is_not_isolated(void **unused)
{
	struct pf_obstacle obstacle;
	pf_pfn pfn = one();

	(void)unused;
	for (int i = 0; i < 2; i++) { /* in use; and waiting */
		assert_int_equal(
			pf_isolate_range(&mem, pfn, pfn + PF_BLOCK_PAGES, PF_MOVABLE, 0, &obstacle),
			-PF_EBUSY);
		assert_true(obstacle.pfn == pfn);
		assert_string_equal(obstacle.why,
				    i ? "it is a no-free page that waits: others of its chunk are "
					"in use, or pf_drain_nofree() is due"
				      : "it is a no-free page, in use as long as the system runs");
		assert_int_equal(zone->nr_free_of[PF_ISOLATE], 0);
		if (!i)
			give(pfn);
	}
	pf_drain_nofree(&mem, 0);
	assert_int_equal(
		pf_isolate_range(&mem, pfn, pfn + PF_BLOCK_PAGES, PF_MOVABLE, 0, &obstacle), 0);
	pf_undo_isolate_range(&mem, pfn, pfn + PF_BLOCK_PAGES);
}

/* In a block that is split, the obstacle is the page itself. */
static void the_obstacle_is_the_page(void **unused)
{
	pf_pfn other = pf_alloc_pages_node(&mem, 4, HERE, 1, NULL), pfn;
	struct pf_obstacle obstacle;

	(void)unused;
	fill(1, PF_GFP_UNMOVABLE, 0);
	pf_free_pages(&mem, other, 4);
	pfn = pf_alloc_nofree(&mem, 1, HERE);
	empty();
	pf_drain_all(&mem);
	assert_int_equal(pf_isolate_range(&mem, pfn & ~(PF_BLOCK_PAGES - 1),
					  (pfn | (PF_BLOCK_PAGES - 1)) + 1, PF_MOVABLE, 0,
					  &obstacle),
			 -PF_EBUSY);
	assert_true(obstacle.pfn == pfn);
	assert_non_null(strstr(obstacle.why, "as long as the system runs"));
	all_is_right();
}

/* --- told --- */

static unsigned long allocs, frees;
static pf_pfn told_of;

static void count_event(struct pf_mem *m, enum pf_event event, pf_pfn pfn, unsigned order,
			pf_gfp gfp)
{
	assert_ptr_equal(m, &mem);
	assert_int_equal(order, 0);
	assert_int_equal(gfp, event == PF_EVENT_ALLOC ? HERE : 0);
	told_of = pfn;
	if (event == PF_EVENT_ALLOC) {
		allocs++;
	} else {
		frees++;
		/* Nobody else has it yet, and nobody can free it again. */
		assert_false(is_nofree(pf_page(&mem, pfn)->info, WAITING));
		assert_false(is_nofree(pf_page(&mem, pfn)->info, HANDED_OUT));
	}
}

static void observers_are_told_of_pages(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	allocs = frees = 0;
	pf_observe(&mem, count_event);
	pfn = one();
	assert_true(allocs == 1 && told_of == pfn);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK + 3, got), 0);
	assert_int_equal(allocs, CHUNK + 4);
	give(pfn);
	assert_true(frees == 1 && told_of == pfn);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, ALL, got), -PF_ENOMEM);
	pf_drain_nofree(&mem, 0);
	assert_true(allocs == CHUNK + 4 && frees == 1);
	pf_observe(&mem, NULL);
}

static void pages_are_cleared(void **unused)
{
	pf_pfn pfn = one(), block = pfn & ~(CHUNK - 1);
	unsigned char *page = pf_port_phys_to_virt(PF_PFN_PHYS(block + 1));

	(void)unused;
	memset(page, 0xa5, PF_PAGE_SIZE);
	host_zero_calls = 0;
	host_zero_bytes = 0;
	assert_true(pf_alloc_nofree(&mem, 0, HERE | PF_GFP_ZERO) == block + 1);
	assert_int_equal(host_zero_calls, 1);
	assert_int_equal(page[0] | page[PF_PAGE_SIZE - 1], 0);
	one();
	assert_int_equal(host_zero_calls, 1);
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE | PF_GFP_ZERO, 9, got), 0);
	assert_int_equal(host_zero_bytes, 10 * PF_PAGE_SIZE);
}

/* --- damage --- */

static void noticed(const char *what)
{
	char why[240], less[8];

	assert_false(pf_verify_nofree(&mem, why, sizeof(why)));
	if (!strstr(why, what))
		fail_msg("it says %s, not %s", why, what);
	assert_false(pf_verify_nofree(&mem, less, sizeof(less)));
	assert_int_equal(strlen(less), sizeof(less) - 1);
	assert_false(pf_verify_nofree(&mem, NULL, 0));
}

/* A field is another for a while. */
#define WITH(field, value, what)                                                                   \
	do {                                                                                       \
		__typeof__(field) before_ = (field);                                               \
		(field) = (__typeof__(field))(value);                                              \
		noticed(what);                                                                     \
		(field) = before_;                                                                 \
	} while (0)

static void damage_to_a_queue_is_noticed(void **unused)
{
	struct pf_nofree_runs *runs = &mem.nodes[0]->nofree.runs[PF_ZONE_NORMAL];
	struct pf_page *page, *last;
	pf_pfn pfn;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 2 * CHUNK, got), 0);
	pfn = got[0];
	for (unsigned i = 0; i < 3; i++)
		for (unsigned n = 0; n < 4; n++)
			give(pfn + 10 * i + n);
	page = pf_page(&mem, pfn);
	last = pf_page(&mem, pfn + 3);
	all_is_right();
	WITH(runs->first, PAGES(4000), "leaves the chunks");
	WITH(runs->first, PAGES(47), "leaves the chunks");
	WITH(page->value, 0, "no length");
	WITH(page->value, 2 * CHUNK, "no length");
	WITH(last->value, 3, "no length");
	WITH(pf_page(&mem, pfn + 1)->info, page->info & ~PF_INFO_MIGRATE, "does not wait");
	WITH(pf_page(&mem, pfn + 1)->info, page->info ^ info_order(1), "does not wait");
	WITH(pf_page(&mem, pfn + 4)->info, page->info, "not merged");
	WITH(pf_page(&mem, pfn + 9)->info, page->info, "not merged");
	WITH(page->links.prev, 7, "leads astray");
	WITH(page->links.next, pfn, "leads astray");
	WITH(runs->last, pfn, "another end");
	WITH(runs->nr, 2, "leads astray");
	WITH(runs->pages, 11, "pages of a queue");
	WITH(runs->first, pfn + 10, "leads astray");
	/* Two runs change places. */
	*page = (struct pf_page){ page->info, 4, { (uint32_t)pfn + 20, (uint32_t)pfn + 10 } };
	pf_page(&mem, pfn + 10)->links = (struct pf_links){ (uint32_t)pfn, (uint32_t)pfn + 10 };
	pf_page(&mem, pfn + 20)->links.prev = (uint32_t)pfn;
	WITH(runs->first, pfn + 10, "in disorder");
	*page = (struct pf_page){ page->info, 4, { (uint32_t)pfn + 10, (uint32_t)pfn } };
	pf_page(&mem, pfn + 10)->links = (struct pf_links){ (uint32_t)pfn + 20, (uint32_t)pfn };
	pf_page(&mem, pfn + 20)->links.prev = (uint32_t)pfn + 10;
	all_is_right();
}

static void damage_to_the_order_of_chunks_is_noticed(void **unused)
{
	struct pf_nofree_runs *runs = &mem.nodes[0]->nofree.runs[PF_ZONE_NORMAL];
	struct pf_links *used, *spare;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, 2 * CHUNK, got), 0);
	for (unsigned long i = 0; i <= CHUNK; i++)
		give(got[i]);
	spare = &pf_page(&mem, got[0])->links;
	used = &pf_page(&mem, got[CHUNK])->links;
	all_is_right();
	*spare = (struct pf_links){ .next = (uint32_t)got[CHUNK], .prev = (uint32_t)got[0] };
	*used = (struct pf_links){ .next = (uint32_t)got[CHUNK], .prev = (uint32_t)got[0] };
	runs->last = (uint32_t)got[CHUNK];
	WITH(runs->first, got[0], "behind one that is not");
	*spare = (struct pf_links){ .next = (uint32_t)got[0], .prev = (uint32_t)got[CHUNK] };
	*used = (struct pf_links){ .next = (uint32_t)got[0], .prev = (uint32_t)got[CHUNK] };
	runs->last = (uint32_t)got[0];
	all_is_right();
}

/* A run that is smaller than any part, which says that it is a chunk. */
static void a_small_chunk_that_stays_is_noticed(void **unused)
{
	const unsigned long size = 1ul << (PART_ORDER - 1);
	const uint32_t other = info_order(PF_NOFREE_ORDER) ^ info_order(PART_ORDER - 1);
	pf_pfn pfn;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, HERE, CHUNK - size, got), 0);
	pfn = got[0] + CHUNK - size;
	for (unsigned long i = 0; i < size; i++)
		pf_page(&mem, pfn + i)->info ^= other;
	noticed("a small chunk is complete");
	for (unsigned long i = 0; i < size; i++)
		pf_page(&mem, pfn + i)->info ^= other;
	all_is_right();
}

static void damage_on_the_last_node_is_noticed(void **unused)
{
	struct pf_nofree *nofree = &mem.nodes[mem.nr_nodes - 1]->nofree;

	(void)unused;
	assert_true(pf_alloc_nofree(&mem, mem.nr_nodes - 1, HERE) != PF_NO_PFN);
	all_is_right();
	WITH(nofree->stats.chunks, 2, "chunks");
}

static void damage_to_pages_is_noticed(void **unused)
{
	struct pf_nofree *nofree = &mem.nodes[0]->nofree;
	pf_pfn pfn = one();
	struct pf_page *page;

	(void)unused;
	for (unsigned long i = 1; i < CHUNK; i++)
		one();
	page = pf_page(&mem, pfn + 5);
	all_is_right();
	WITH(page->info, page->info ^ info_order(1), "not complete");
	WITH(page->info, page->info | info_order(31), "not complete");
	WITH(pf_page(&mem, pfn)->info, allocated_info(zone, 0, PF_UNMOVABLE), "not complete");
	WITH(pf_page(&mem, pfn + CHUNK - 1)->info, allocated_info(zone, 0, PF_UNMOVABLE),
	     "not complete");
	WITH(page->info, allocated_info(zone, 0, PF_UNMOVABLE), "pages in use");
	WITH(page->info, nofree_info(page->info, COMING), "nobody's");
	WITH(page->info, nofree_info(page->info, WAITING), "pages in use");
	WITH(pf_block(&mem, pfn)->info, pf_block(&mem, pfn)->info | info_migratetype(PF_CMA),
	     "only movable");
	for (unsigned long i = 0; i < CHUNK; i++)
		pf_page(&mem, pfn + i)->info ^= info_place(PF_ZONE_MOVABLE ^ PF_ZONE_NORMAL, 0);
	noticed("only movable");
	for (unsigned long i = 0; i < CHUNK; i++)
		pf_page(&mem, pfn + i)->info ^= info_place(PF_ZONE_MOVABLE ^ PF_ZONE_NORMAL, 0);
	nofree->stats.handed_out--;
	nofree->stats.waiting++;
	WITH(page->info, nofree_info(page->info, WAITING), "waiting pages in queues");
	nofree->stats.handed_out++;
	nofree->stats.waiting--;
	WITH(nofree->stats.chunks, 2, "chunks");
	WITH(nofree->stats.handed_out, 2, "pages in use");
	WITH(nofree->stats.waiting, 1, "waiting pages");
	WITH(nofree->complete, 1, "complete chunks");
	WITH(nofree->stats.imported, 1, "came and did not go");
	nofree->stats.handed_out--;
	WITH(page->info, allocated_info(zone, 0, PF_UNMOVABLE), "pages of chunks");
	nofree->stats.handed_out++;
	all_is_right();
}

#define NOFREE_TEST(f)	  cmocka_unit_test_setup_teardown(f, start, end)
#define ON_DEMAND_TEST(f) cmocka_unit_test_setup_teardown(f, start_on_demand, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOFREE_TEST(a_chunk_is_used_up_from_its_start),
		NOFREE_TEST(runs_merge_and_are_used_in_order),
		NOFREE_TEST(each_page_may_come_back_in_any_order),
		NOFREE_TEST(one_complete_chunk_stays_and_more_go_back),
		NOFREE_TEST(a_chunk_in_use_is_used_before_one_that_is_not),
		NOFREE_TEST(several_complete_chunks_stay_behind_the_others),
		NOFREE_TEST(a_chunk_that_is_complete_goes_behind_the_others),
		NOFREE_TEST(a_drain_returns_all_that_are_complete),
		NOFREE_TEST(few_pages_come_from_blocks_that_are_unmovable_already),
		NOFREE_TEST(a_part_is_kept_as_a_block_is),
		NOFREE_TEST(a_complete_chunk_that_serves_goes_before_the_others),
		NOFREE_TEST(no_part_is_kept_when_memory_is_scarce),
		NOFREE_TEST(many_pages_are_blocks_of_their_own),
		NOFREE_TEST(small_parts_are_none),
		NOFREE_TEST(a_part_may_be_used_up_at_once),
		NOFREE_TEST(what_waits_counts_as_what_is_there),
		NOFREE_TEST(no_part_is_imported_when_memory_is_scarce),
		NOFREE_TEST(no_part_is_of_a_high_atomic_block),
		NOFREE_TEST(parts_are_of_the_highest_zone),
		NOFREE_TEST(no_part_is_of_a_zone_that_is_asked_later),
		NOFREE_TEST(many_are_contiguous_where_one_run_can_serve),
		NOFREE_TEST(a_whole_chunk_is_contiguous),
		NOFREE_TEST(what_waits_is_enough_however_it_lies),
		NOFREE_TEST(more_than_a_chunk_is_served_from_several),
		NOFREE_TEST(a_page_is_of_a_zone_that_was_asked_for),
		NOFREE_TEST(what_lower_zones_have_is_not_eaten),
		NOFREE_TEST(many_may_be_of_several_zones),
		NOFREE_TEST(each_zone_is_asked_for_whole_chunks),
		NOFREE_TEST(none_is_where_only_movable_ones_may_be),
		NOFREE_TEST(no_such_node_and_no_such_zone_have_no_page),
		NOFREE_TEST(a_node_behind_the_last_has_no_figures),
		NOFREE_TEST(a_node_that_is_not_there_has_no_page),
		NOFREE_TEST(a_chunk_is_of_the_node_that_its_pages_are_on),
		NOFREE_TEST(many_are_gathered_from_near_to_far),
		NOFREE_TEST(who_waits_elsewhere_needs_no_import),
		NOFREE_TEST(small_chunks_serve_when_there_are_no_large_ones),
		NOFREE_TEST(whole_chunks_serve_below_the_low_watermark),
		NOFREE_TEST(what_another_cpu_has_is_room),
		NOFREE_TEST(what_waits_on_other_nodes_is_the_last_resort),
		NOFREE_TEST(reserves_give_single_pages),
		NOFREE_TEST(who_cannot_wait_does_not),
		NOFREE_TEST(what_is_kept_for_others_is_given_up_last),
		NOFREE_TEST(a_block_with_a_damaged_page_is_no_chunk),
		NOFREE_TEST(a_part_with_a_damaged_page_is_none_either),
		NOFREE_TEST(nor_if_it_is_the_last_page),
		NOFREE_TEST(a_part_beside_a_damaged_page_is_a_chunk),
		NOFREE_TEST(memory_that_is_used_up_is_a_failure_of_all),
		NOFREE_TEST(who_wants_too_much_takes_nothing),
		NOFREE_TEST(blocks_of_a_failure_are_not_unmovable),
		NOFREE_TEST(other_blocks_do_not_become_movable),
		NOFREE_TEST(nor_does_one_with_pages_in_use),
		NOFREE_TEST(what_comes_back_last_serves),
		NOFREE_TEST(who_is_slower_keeps_nothing),
		NOFREE_TEST(what_came_back_is_used_before_what_was_imported),
		NOFREE_TEST(many_small_chunks_and_runs_serve_together),
		ON_DEMAND_TEST(maps_without_memory_are_a_failure_of_all),
		ON_DEMAND_TEST(a_block_without_a_map_is_as_movable_as_before),
		ON_DEMAND_TEST(one_map_that_fails_costs_nothing),
		NOFREE_TEST(what_is_no_page_in_use_is_refused_as_what_it_is),
		NOFREE_TEST(the_normal_free_refuses_them),
		NOFREE_TEST(a_block_of_them_is_not_isolated),
		NOFREE_TEST(the_obstacle_is_the_page),
		NOFREE_TEST(observers_are_told_of_pages),
		NOFREE_TEST(pages_are_cleared),
		NOFREE_TEST(damage_to_a_queue_is_noticed),
		NOFREE_TEST(damage_to_the_order_of_chunks_is_noticed),
		NOFREE_TEST(a_small_chunk_that_stays_is_noticed),
		NOFREE_TEST(damage_on_the_last_node_is_noticed),
		NOFREE_TEST(damage_to_pages_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
