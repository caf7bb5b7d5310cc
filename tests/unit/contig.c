/* SPDX-License-Identifier: MIT */
/*
 * Contiguous ranges and areas. Catches a page that is given although it is not free, or twice; a
 * descriptor that is written for a whole block; what is in use and moved to where it was, or freed
 * though it was not moved; a failure that leaves something behind; a part of a range that cannot be
 * given back alone; a free that hides a wrong one; a search that passes over what it could have,
 * takes from who keeps it, or breaks the watermark; areas that serve what cannot move.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/isolate.h>

#include "buddy.h"
#include "host.h"

#define BLOCK	     PF_BLOCK_PAGES
#define LARGEST	     (1ul << PF_MAX_ORDER)
#define BLOCKS	     1100ul /* of the plain machine: more than one lock is held for */
#define BYTES(pages) ((pf_phys)(pages) << PF_PAGE_SHIFT)
#define MOVABLE	     PF_GFP_MOVABLE

static struct pf_mem mem;
static struct pf_zone *zone;
static void *parts[64];
static size_t used;

/* --- machines --- */

/* The memory map lies elsewhere: all of the machine's blocks are whole. */
static void *alloc(size_t size)
{
	void *at = calloc(1, size);

	assert_non_null(at);
	assert_true(used < sizeof(parts) / sizeof(*parts));
	parts[used++] = at;
	return at;
}

static void boot(struct pf_boot_config config)
{
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
}

static int start(void **unused)
{
	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(0, BYTES(BLOCKS * BLOCK));
	boot((struct pf_boot_config){ .alloc = alloc });
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	return 0;
}

/* Two nodes of 64 blocks; 24 of the first are DMA32, the last 20 of each ZONE_MOVABLE. */
#define NODE	 (64 * BLOCK)
#define LOW	 (24 * BLOCK)
#define MOVABLES (20 * BLOCK)
static int start_nodes(void **unused)
{
	struct pf_boot_config config = { .alloc = alloc, .movable.movablecore = 2 * MOVABLES };

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add_node(0, BYTES(NODE), 0, MEMBLOCK_NONE);
	memblock_add_node(BYTES(NODE), BYTES(NODE), 1, MEMBLOCK_NONE);
	config.zone_end[PF_ZONE_DMA32] = LOW;
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	boot(config);
	for (int n = 0; n < 2; n++)
		for (int z = 0; z < PF_ZONES; z++)
			memset(mem.nodes[n]->zone[z].watermark, 0,
			       sizeof(mem.nodes[n]->zone[z].watermark));
	for (int n = 0; n < 2; n++)
		for (int z = 0; z < PF_ZONES; z++)
			memset(mem.nodes[n]->zone[z].lowmem_reserve, 0,
			       sizeof(mem.nodes[n]->zone[z].lowmem_reserve));
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	return 0;
}

static int start_on_demand(void **unused)
{
	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(0, BYTES(64 * BLOCK));
	boot((struct pf_boot_config){ .memmap = &host_on_demand });
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
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
	all_is_right();
	pf_close(&mem);
	while (used)
		free(parts[--used]);
	return 0;
}

/* --- what is as it was --- */

static struct {
	unsigned long nr_free[2][PF_ZONES], cma[2][PF_ZONES], isolated[2][PF_ZONES];
	uint8_t types[BLOCKS], states[BLOCKS];
} was;

static void look(unsigned long (*nr_free)[PF_ZONES], unsigned long (*cma)[PF_ZONES],
		 unsigned long (*isolated)[PF_ZONES])
{
	for (int n = 0; n < mem.nr_nodes; n++)
		for (int z = 0; z < PF_ZONES; z++) {
			const struct pf_zone *zn = &mem.nodes[n]->zone[z];

			nr_free[n][z] = zn->nr_free;
			cma[n][z] = zn->nr_cma;
			isolated[n][z] = zn->nr_free_of[PF_ISOLATE];
		}
}

static void remember(void)
{
	assert_true(pf_drain_all(&mem));
	memset(&was, 0, sizeof(was));
	look(was.nr_free, was.cma, was.isolated);
	for (unsigned long nr = 0; nr < mem.nr_blocks; nr++) {
		was.types[nr] = (uint8_t)pf_info_migratetype(mem.blocks[nr].info);
		was.states[nr] = (uint8_t)pf_info_state(mem.blocks[nr].info);
	}
}

static void is_as_it_was(void)
{
	unsigned long nr_free[2][PF_ZONES] = { 0 }, cma[2][PF_ZONES] = { 0 };
	unsigned long isolated[2][PF_ZONES] = { 0 };

	assert_true(pf_drain_all(&mem));
	all_is_right();
	look(nr_free, cma, isolated);
	assert_memory_equal(nr_free, was.nr_free, sizeof(nr_free));
	assert_memory_equal(cma, was.cma, sizeof(cma));
	assert_memory_equal(isolated, was.isolated, sizeof(isolated));
	for (unsigned long nr = 0; nr < mem.nr_blocks; nr++) {
		assert_int_equal(pf_info_migratetype(mem.blocks[nr].info), was.types[nr]);
		assert_int_equal(pf_info_state(mem.blocks[nr].info), was.states[nr]);
	}
}

static enum pf_state state(pf_pfn pfn)
{
	return pf_info_state(pf_page_info(&mem, pfn));
}

static void all_are(pf_pfn from, pf_pfn to, enum pf_state what)
{
	for (; from < to; from++)
		assert_int_equal(state(from), what);
}

/* A chunk in use, where it is wanted. */
static void use_at(pf_pfn pfn, unsigned order, enum pf_migratetype type)
{
	pf_pfn head;
	unsigned have = pfi_chunk_of(&mem, zone, pfn, &head);

	assert_true(have <= PF_MAX_ORDER);
	assert_true(pfi_cut(&mem, zone, head, have, pfn, pfn + (1ul << order)));
	pfi_mark_allocated(&mem, zone, pfn, order, type);
}

/* Refused, at this page, and for this; nothing has changed. */
static void is_refused(pf_pfn start, pf_pfn end, enum pf_migratetype type, pf_pfn at,
		       const char *why)
{
	struct pf_obstacle o = { 0 };

	remember();
	assert_int_equal(pf_alloc_contig_range(&mem, start, end, type, PF_GFP_MOVABLE, NULL, &o),
			 -PF_EBUSY);
	assert_int_equal(o.pfn, at);
	assert_string_equal(o.why, why);
	is_as_it_was();
}

/* All of it is free, and some of it is somebody's all the same. */
static void free_blocks_of_others_are_left_alone(void **unused)
{
	pf_irqflags flags;

	(void)unused;
	assert_int_equal(pf_isolate_range(&mem, 8 * BLOCK, 10 * BLOCK, PF_MOVABLE, 0, NULL), 0);
	is_refused(0, 16 * BLOCK, PF_MOVABLE, 8 * BLOCK, "it is isolated already");
	is_refused(9 * BLOCK, 16 * BLOCK, PF_MOVABLE, 9 * BLOCK, "it is isolated already");
	pf_undo_isolate_range(&mem, 8 * BLOCK, 10 * BLOCK);
	flags = pf_lock_irqsave(&zone->lock);
	for (unsigned long nr = 12; nr < 14; nr++)
		pfi_convert_block(&mem, zone, nr, PF_CMA);
	zone->nr_cma += 2 * BLOCK;
	pf_unlock_irqrestore(&zone->lock, flags);
	is_refused(8 * BLOCK, 16 * BLOCK, PF_MOVABLE, 12 * BLOCK,
		   "it is in a contiguous memory area");
	is_refused(12 * BLOCK, 16 * BLOCK, PF_CMA, 14 * BLOCK,
		   "it is in no contiguous memory area");
	is_refused(8 * BLOCK, 10 * BLOCK, PF_CMA, 8 * BLOCK, "it is in no contiguous memory area");
	assert_int_equal(pf_alloc_contig_range(&mem, 12 * BLOCK, 14 * BLOCK, PF_CMA, 0, NULL, NULL),
			 0);
	pf_free_contig_range(&mem, 12 * BLOCK, 2 * BLOCK);
}

/* --- a host that moves --- */

static struct {
	pf_pfn from[64], to[64];
	unsigned order[64];
	int n, refuse;
	pf_pfn never, damages, avoids, until, keeps, marks;
} moves;

static int move(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	assert_ptr_equal(m, &mem);
	assert_ptr_equal(arg, &moves);
	assert_int_equal(state(from), PF_ALLOCATED);
	assert_int_equal(state(to), PF_ALLOCATED);
	assert_true(to + (1ul << order) <= moves.avoids || to >= moves.until);
	if (moves.damages) {
		struct pf_page *page = pf_page(&mem, moves.damages);

		page->info = (page->info & PF_INFO_PLACE) | PF_POISONED;
		moves.damages = 0;
	}
	if (moves.marks) {
		assert_int_equal(pf_poison_page(&mem, moves.marks), 1);
		moves.marks = 0;
	}
	if (moves.keeps) {
		struct pf_page *page = pf_page(&mem, moves.keeps);

		page->info &= ~PF_INFO_MIGRATE;
		pf_block(&mem, moves.keeps + BLOCK)->use = PF_USE_UNMOVABLE;
		moves.keeps = 0;
	}
	if (moves.refuse) {
		moves.refuse--;
		return -1;
	}
	if (from == moves.never)
		return -1;
	assert_true(moves.n < 64);
	moves.from[moves.n] = from;
	moves.to[moves.n] = to;
	moves.order[moves.n++] = order;
	return 0;
}

static const struct pf_mover mover = { move, &moves };

static int take(pf_pfn from, pf_pfn to, const struct pf_mover *by, struct pf_obstacle *o)
{
	int ret;

	moves.avoids = from & ~(BLOCK - 1);
	moves.until = (to + BLOCK - 1) & ~(BLOCK - 1);
	ret = pf_alloc_contig_range(&mem, from, to, PF_MOVABLE, 0, by, o);
	all_is_right();
	return ret;
}

static void reset_moves(void)
{
	memset(&moves, 0, sizeof(moves));
	moves.never = PF_NO_PFN;
}

static void give_back_what_was_moved(void)
{
	for (int i = 0; i < moves.n; i++)
		pf_free_pages(&mem, moves.to[i], moves.order[i]);
	reset_moves();
}

/* --- free ranges --- */

static void free_ranges_are_taken_and_given_back(void **unused)
{
	const pf_pfn starts[] = { 0, 1, 3, BLOCK - 1, BLOCK, 3 * BLOCK + 7, 2 * LARGEST };
	const unsigned long sizes[] = { 1,	   2,	      BLOCK - 1, BLOCK,
					BLOCK + 1, 2 * BLOCK, LARGEST,	 5 * BLOCK + 3 };

	(void)unused;
	remember();
	for (unsigned i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		for (unsigned k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
			pf_pfn from = starts[i], to = from + sizes[k];

			assert_int_equal(take(from, to, NULL, NULL), 0);
			all_are(from, to, PF_ALLOCATED);
			all_are(from & ~(BLOCK - 1), from, PF_FREE);
			all_are(to, (to + BLOCK - 1) & ~(BLOCK - 1), PF_FREE);
			assert_int_equal(zone->nr_free, zone->managed - sizes[k]);
			pf_free_contig_range(&mem, from, sizes[k]);
			is_as_it_was();
		}
}

/* What takes each other's place merges; each chunk is found in the list of its first block. */
static void blocks_of_several_types_go_back_to_their_lists(void **unused)
{
	const enum pf_migratetype types[] = { PF_UNMOVABLE, PF_MOVABLE, PF_RECLAIMABLE };

	(void)unused;
	for (unsigned long nr = 0; nr < 40; nr++)
		if (nr % 7 % 3 != PF_MOVABLE)
			pfi_convert_block(&mem, zone, nr, types[nr % 7 % 3]);
	remember();
	for (pf_pfn from = 0; from < 4 * BLOCK; from += BLOCK / 2) {
		assert_int_equal(take(from, 38 * BLOCK, NULL, NULL), 0);
		pf_free_contig_range(&mem, from, 38 * BLOCK - from);
		is_as_it_was();
	}
}

/* More than a lock is held for, from an odd block to a part of one. */
static void large_ranges_are_taken_stretch_by_stretch(void **unused)
{
	const pf_pfn from = 3 * BLOCK - 1, to = 1090 * BLOCK + 1;
	unsigned long described, locked;

	(void)unused;
	remember();
	described = pf_described_blocks(&mem);
	assert_int_equal(take(from, to, NULL, NULL), 0);
	assert_int_equal(pf_described_blocks(&mem), described + 2);
	assert_int_equal(zone->nr_free, zone->managed - (to - from));
	locked = zone->locked;
	pf_free_contig_range(&mem, from, to - from);
	/* For both ends; for 509, 512 and 66 blocks; perhaps for pages. */
	assert_in_range(zone->locked - locked, 2 + 3, 2 + 3 + 2);
	assert_int_equal(pf_described_blocks(&mem), described + 2);
	is_as_it_was();
}

/* All of it is free: it is taken as it stands, and what lies side by side leaves its list at once.
 */
static void free_blocks_are_taken_under_one_lock(void **unused)
{
	unsigned long locked = zone->locked;

	(void)unused;
	remember();
	assert_int_equal(take(0, 512 * BLOCK, NULL, NULL), 0);
	assert_int_equal(zone->locked - locked, 1);
	assert_int_equal(take(512 * BLOCK, 1000 * BLOCK, NULL, NULL), 0);
	assert_int_equal(zone->locked - locked, 2);
	pf_free_contig_range(&mem, 0, 1000 * BLOCK);
	is_as_it_was();
	assert_int_equal(pfi_cut_chain(&mem, zone, 0, 64), 64);
	/* In the list from the last to the first; and from somewhere in it. */
	for (unsigned long nr = 0; nr < 64; nr += LARGEST_STEP)
		pfi_free_blocks(&mem, zone, nr, PF_MAX_ORDER, AT_HEAD);
	is_as_it_was();
	assert_int_equal(pfi_cut_chain(&mem, zone, 8, 32), 32);
	pfi_free_chunk_blocks(&mem, zone, 8, 32);
	is_as_it_was();
	assert_int_equal(pfi_cut_chain(&mem, zone, 32, 64), 64);
	pfi_free_chunk_blocks(&mem, zone, 32, 64);
	is_as_it_was();
	locked = zone->locked;
	assert_int_equal(pf_isolate_range(&mem, 0, BLOCKS * BLOCK, PF_MOVABLE, 0, NULL), 0);
	assert_int_equal(zone->locked - locked, 3);
	pf_undo_isolate_range(&mem, 0, BLOCKS * BLOCK);
	assert_int_equal(zone->locked - locked, 6);
	is_as_it_was();
}

static struct {
	unsigned long allocs, frees, alloc_pages, free_pages;
	pf_pfn next;
	pf_gfp gfp;
} seen;

static void observe(struct pf_mem *m, enum pf_event event, pf_pfn pfn, unsigned order, pf_gfp gfp)
{
	(void)m;
	assert_int_equal(pfn, seen.next);
	assert_int_equal(order, fitting_order(pfn, pfn + (1ul << order), PF_MAX_ORDER));
	seen.next = pfn + (1ul << order);
	seen.gfp = gfp;
	if (event == PF_EVENT_ALLOC) {
		seen.allocs++;
		seen.alloc_pages += 1ul << order;
	} else {
		seen.frees++;
		seen.free_pages += 1ul << order;
	}
}

/* As the pieces that pf_free_pages_exact() would free. */
static void observers_are_told_of_the_pieces(void **unused)
{
	const pf_pfn from = BLOCK - 2, to = 4 * LARGEST + BLOCK + 5;
	const pf_gfp gfp = MOVABLE | PF_GFP_ZERO;

	(void)unused;
	remember();
	memset(&seen, 0, sizeof(seen));
	pf_observe(&mem, observe);
	seen.next = from;
	assert_int_equal(pf_alloc_contig_range(&mem, from, to, PF_MOVABLE, gfp, NULL, NULL), 0);
	assert_int_equal(seen.alloc_pages, to - from);
	assert_int_equal(seen.gfp, gfp);
	assert_int_equal(host_zero_bytes, BYTES(to - from));
	seen.next = from;
	pf_free_contig_range(&mem, from, to - from);
	assert_int_equal(seen.free_pages, to - from);
	assert_int_equal(seen.frees, seen.allocs);
	seen.next = from;
	assert_int_equal(pf_alloc_contig_range(&mem, from, to, PF_MOVABLE, gfp, NULL, NULL), 0);
	seen.next = from;
	pf_free_pages_exact(&mem, from, to - from);
	seen.next = 0;
	assert_int_equal(pf_alloc_contig_range(&mem, 0, 1, PF_MOVABLE, 0, NULL, NULL), 0);
	seen.next = 0;
	pf_free_contig_range(&mem, 0, 1);
	pf_observe(&mem, NULL);
	assert_int_equal(pf_alloc_contig_range(&mem, 0, 3, PF_MOVABLE, gfp, NULL, NULL), 0);
	assert_int_equal(host_zero_bytes, 2 * BYTES(to - from) + BYTES(3));
	pf_free_contig_range(&mem, 0, 3);
	is_as_it_was();
}

/* Who moves them later finds what they are for. */
static void the_type_is_remembered(void **unused)
{
	(void)unused;
	remember();
	reset_moves();
	assert_int_equal(pf_alloc_contig_range(&mem, 5, 3 * BLOCK, PF_MOVABLE, MOVABLE, NULL, NULL),
			 0);
	assert_int_equal(take(0, 2 * BLOCK, NULL, NULL), -PF_EBUSY);
	assert_int_equal(take(0, 2 * BLOCK, &mover, NULL), 0);
	pf_free_contig_range(&mem, 0, 2 * BLOCK);
	pf_free_contig_range(&mem, 2 * BLOCK, PF_MAX_ORDER > PF_BLOCK_ORDER ? BLOCK : BLOCK);
	give_back_what_was_moved();
	is_as_it_was();
}

/* With every error. */
static void says(int want, pf_pfn from, pf_pfn to, pf_gfp gfp, enum pf_migratetype type, pf_pfn at,
		 const char *why)
{
	struct pf_obstacle o = { 0 };

	assert_int_equal(pf_alloc_contig_range(&mem, from, to, type, gfp, NULL, &o), want);
	assert_int_equal(o.pfn, at);
	assert_string_equal(o.why, why);
}

static void whatever_is_wrong_is_told(void **unused)
{
	const pf_pfn last = BLOCKS * BLOCK, beyond = pf_block_pfn(&mem, mem.nr_blocks);
	uint32_t info;

	(void)unused;
	use_at(3 * BLOCK, PF_BLOCK_ORDER, PF_MOVABLE);
	info = mem.blocks[3].info;
	says(-PF_EINVAL, 5, 5, 0, PF_MOVABLE, 5, "it is not before the end of the range");
	says(-PF_EINVAL, beyond + 3, beyond + 4, 0, PF_MOVABLE, beyond + 3, "it is no memory");
	says(-PF_EINVAL, last - 1, beyond + 1, 0, PF_CMA, beyond, "it is no memory");
	says(-PF_EINVAL, 0, 1, 3, PF_MOVABLE, 0, "it is asked for with a gfp that makes no sense");
	says(-PF_EINVAL, 7, 8, 0, PF_ISOLATE, 7,
	     "it is asked for as neither PF_MOVABLE nor PF_CMA");
	mem.blocks[3].info = (info & ~PF_INFO_STATE) | PF_RESERVED;
	says(-PF_EBUSY, 2 * BLOCK, 5 * BLOCK, 0, PF_MOVABLE, 3 * BLOCK, "it is reserved");
	mem.blocks[3].info = info | PF_INFO_MIXED;
	says(-PF_EBUSY, 3 * BLOCK + 5, 5 * BLOCK, 0, PF_MOVABLE, 3 * BLOCK + 5,
	     "it is in a block with holes, or with pages of several zones");
	mem.blocks[3].info = info;
	says(-PF_EBUSY, 2 * BLOCK, 5 * BLOCK, 0, PF_MOVABLE, 3 * BLOCK,
	     "it is in use, and there is no mover");
	pf_free_pages(&mem, 3 * BLOCK, PF_BLOCK_ORDER);
}

static void nonsense_is_refused(void **unused)
{
	const pf_pfn last = BLOCKS * BLOCK;
	uint32_t info;

	(void)unused;
	remember();
	assert_int_equal(take(5, 5, NULL, NULL), -PF_EINVAL);
	assert_int_equal(take(6, 5, NULL, NULL), -PF_EINVAL);
	assert_int_equal(take(last + LARGEST, last + LARGEST + 1, NULL, NULL), -PF_EINVAL);
	assert_int_equal(take(last - 1, last + 1, NULL, NULL), -PF_EINVAL);
	assert_int_equal(pf_alloc_contig_range(&mem, 0, 1, PF_UNMOVABLE, 0, NULL, NULL),
			 -PF_EINVAL);
	assert_int_equal(pf_alloc_contig_range(&mem, 0, 1, PF_MOVABLE, 3, NULL, NULL), -PF_EINVAL);
	assert_int_equal(pf_alloc_contig_range(&mem, 0, 1, PF_CMA, 0, NULL, NULL), -PF_EBUSY);
	is_as_it_was();
	use_at(3 * BLOCK, PF_BLOCK_ORDER, PF_MOVABLE);
	info = mem.blocks[3].info;
	mem.blocks[3].info = (info & ~PF_INFO_STATE) | PF_RESERVED;
	assert_int_equal(
		pf_alloc_contig_range(&mem, 2 * BLOCK, 5 * BLOCK, PF_MOVABLE, 0, NULL, NULL),
		-PF_EBUSY);
	mem.blocks[3].info = info | PF_INFO_MIXED;
	assert_int_equal(
		pf_alloc_contig_range(&mem, 2 * BLOCK, 5 * BLOCK, PF_MOVABLE, 0, NULL, NULL),
		-PF_EBUSY);
	mem.blocks[3].info = info;
	pf_free_pages(&mem, 3 * BLOCK, PF_BLOCK_ORDER);
	is_as_it_was();
}

/* --- what is in use --- */

static void what_can_move_is_moved(void **unused)
{
	const struct {
		pf_pfn at;
		unsigned order;
	} in_use[] = { { 4 * BLOCK, 0 },
		       { 4 * BLOCK + 8, 3 },
		       { 5 * BLOCK, PF_BLOCK_ORDER },
		       { 7 * BLOCK - 1, 0 },
		       { 2 * LARGEST + 4 * BLOCK, PF_MAX_ORDER } };
	const pf_pfn to = 3 * LARGEST + 8 * BLOCK;

	(void)unused;
	remember();
	reset_moves();
	for (int i = 0; i < 5; i++)
		use_at(in_use[i].at, in_use[i].order, PF_MOVABLE);
	assert_int_equal(take(4 * BLOCK, to, &mover, NULL), 0);
	assert_int_equal(moves.n, 5);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(moves.from[i], in_use[i].at);
		assert_int_equal(moves.order[i], in_use[i].order);
		assert_int_equal(state(moves.to[i]), PF_ALLOCATED);
	}
	all_are(4 * BLOCK, to, PF_ALLOCATED);
	pf_free_contig_range(&mem, 4 * BLOCK, to - 4 * BLOCK);
	give_back_what_was_moved();
	is_as_it_was();
}

/* The caller has cleared pages, who moves copies. */
static void new_places_are_not_cleared(void **unused)
{
	(void)unused;
	remember();
	reset_moves();
	use_at(4 * BLOCK, 5, PF_MOVABLE);
	assert_int_equal(pf_alloc_contig_range(&mem, 4 * BLOCK, 5 * BLOCK, PF_MOVABLE, PF_GFP_ZERO,
					       &mover, NULL),
			 0);
	assert_int_equal(host_zero_bytes, BYTES(BLOCK));
	pf_free_contig_range(&mem, 4 * BLOCK, BLOCK);
	give_back_what_was_moved();
	is_as_it_was();
}

/* From a page before the range to a page behind it, in one chunk each. */
static void chunks_that_stick_out_are_moved_whole(void **unused)
{
	const unsigned orders[] = { 2, PF_BLOCK_ORDER - 1, PF_BLOCK_ORDER, PF_MAX_ORDER };

	(void)unused;
	remember();
	for (int i = 0; i < 4; i++) {
		pf_pfn first = 4 * LARGEST, last = 8 * LARGEST, half = 1ul << (orders[i] - 1);

		reset_moves();
		use_at(first, orders[i], PF_MOVABLE);
		use_at(last, orders[i], PF_MOVABLE);
		assert_int_equal(take(first + half, last + half, &mover, NULL), 0);
		assert_int_equal(moves.n, 2);
		assert_int_equal(moves.from[0], first);
		assert_int_equal(moves.from[1], last);
		all_are(first, first + half, PF_FREE);
		all_are(first + half, last + half, PF_ALLOCATED);
		all_are(last + half, last + 2 * half, PF_FREE);
		pf_free_contig_range(&mem, first + half, last - first);
		give_back_what_was_moved();
		is_as_it_was();
	}
}

static void who_refuses_for_a_while_is_asked_again(void **unused)
{
	(void)unused;
	remember();
	reset_moves();
	use_at(4 * BLOCK + 9, 0, PF_MOVABLE);
	moves.refuse = 2;
	assert_int_equal(take(4 * BLOCK, 5 * BLOCK, &mover, NULL), 0);
	assert_int_equal(moves.refuse, 0);
	assert_int_equal(moves.n, 1);
	pf_free_contig_range(&mem, 4 * BLOCK, BLOCK);
	give_back_what_was_moved();
	is_as_it_was();
}

/* Stretches that were taken before it are put back: of blocks, and of parts of two. */
static void who_refuses_for_good_is_in_the_way(void **unused)
{
	const pf_pfn at = 1030 * BLOCK + 9;
	struct pf_obstacle o = { 0 };

	(void)unused;
	reset_moves();
	use_at(at, 0, PF_MOVABLE);
	remember();
	moves.refuse = 1000;
	assert_int_equal(take(BLOCK - 3, 1040 * BLOCK + 3, &mover, &o), -PF_EBUSY);
	assert_int_equal(moves.refuse, 1000 - 5);
	assert_int_equal(o.pfn, at);
	assert_string_equal(o.why, "it is in use, and the mover did not move it");
	is_as_it_was();
	assert_int_equal(take(BLOCK - 3, 1040 * BLOCK + 3, NULL, &o), -PF_EBUSY);
	assert_int_equal(o.pfn, at);
	assert_string_equal(o.why, "it is in use, and there is no mover");
	assert_int_equal(take(BLOCK - 3, 1040 * BLOCK + 3, NULL, NULL), -PF_EBUSY);
	is_as_it_was();
	assert_int_equal(state(at), PF_ALLOCATED);
	pf_free_pages(&mem, at, 0);
}

static void what_cannot_move_is_in_the_way(void **unused)
{
	struct pf_obstacle o = { 0 };

	(void)unused;
	reset_moves();
	use_at(4 * BLOCK + 9, 0, PF_UNMOVABLE);
	use_at(8 * BLOCK, PF_BLOCK_ORDER, PF_RECLAIMABLE);
	remember();
	assert_int_equal(take(3 * BLOCK, 5 * BLOCK, &mover, &o), -PF_EBUSY);
	assert_int_equal(o.pfn, 4 * BLOCK + 9);
	assert_int_equal(strncmp(o.why, "it is ", 6), 0);
	assert_int_equal(take(6 * BLOCK, 9 * BLOCK, &mover, &o), -PF_EBUSY);
	assert_int_equal(o.pfn, 8 * BLOCK);
	assert_int_equal(moves.n, 0);
	is_as_it_was();
	/* In the same block, and not in the way. */
	assert_int_equal(take(4 * BLOCK + 10, 6 * BLOCK, &mover, &o), 0);
	assert_int_equal(state(4 * BLOCK + 9), PF_ALLOCATED);
	pf_free_contig_range(&mem, 4 * BLOCK + 10, 2 * BLOCK - 10);
	assert_int_equal(take(3 * BLOCK, 4 * BLOCK + 9, &mover, &o), 0);
	pf_free_contig_range(&mem, 3 * BLOCK, BLOCK + 9);
	is_as_it_was();
	pf_free_pages(&mem, 4 * BLOCK + 9, 0);
	pf_free_pages(&mem, 8 * BLOCK, PF_BLOCK_ORDER);
}

/* A page turns out to be damaged while another is moved. */
static void what_is_damaged_meanwhile_is_in_the_way(void **unused)
{
	const pf_pfn at = 4 * BLOCK;
	struct pf_obstacle o = { 0 };
	uint32_t info;

	(void)unused;
	reset_moves();
	use_at(at, 0, PF_MOVABLE);
	use_at(at + 1, 0, PF_MOVABLE);
	info = pf_page(&mem, at + 1)->info;
	moves.damages = at + 1;
	remember();
	assert_int_equal(pf_alloc_contig_range(&mem, at, at + 2, PF_MOVABLE, 0, &mover, &o),
			 -PF_EBUSY);
	assert_int_equal(o.pfn, at + 1);
	assert_string_equal(o.why, "it is damaged");
	assert_int_equal(moves.n, 1);
	pf_page(&mem, at + 1)->info = info;
	all_is_right();
	pf_free_pages(&mem, at + 1, 0);
	give_back_what_was_moved();
}

/* What is damaged is never copied, and nothing else is moved in vain. */
static void what_is_damaged_and_in_use_is_not_moved(void **unused)
{
	const unsigned orders[] = { 0, 3, PF_BLOCK_ORDER, PF_BLOCK_ORDER + 1 };
	const pf_pfn at = 4 * LARGEST;
	struct pf_obstacle o = { 0 };

	(void)unused;
	reset_moves();
	use_at(at - BLOCK, 0, PF_MOVABLE);
	for (int i = 0; i < 4; i++) {
		pf_pfn bad = at + (1ul << orders[i]) - 1;

		use_at(at, orders[i], PF_MOVABLE);
		assert_int_equal(pf_poison_page(&mem, bad), 1);
		remember();
		assert_int_equal(take(at - 2 * BLOCK, at + 2 * BLOCK, &mover, &o), -PF_EBUSY);
		assert_int_equal(o.pfn, at);
		assert_non_null(strstr(o.why, "damaged"));
		assert_int_equal(take(bad, bad + 1, &mover, &o), -PF_EBUSY);
		assert_int_equal(o.pfn, bad);
		assert_string_equal(o.why, "it is damaged, and in use");
		assert_int_equal(moves.n, 0);
		is_as_it_was();
		pf_free_pages(&mem, at, orders[i]);
		assert_int_equal(pf_unpoison_page(&mem, bad), 0);
	}
	/* While another is moved. */
	for (int i = 0; i < 4; i++) {
		pf_pfn bad = at + (1ul << orders[i]) - 1;

		use_at(at, orders[i], PF_MOVABLE);
		moves.marks = bad;
		assert_int_equal(take(at - BLOCK, at + 2 * BLOCK, &mover, &o), -PF_EBUSY);
		assert_int_equal(moves.n, 1);
		assert_int_equal(o.pfn, at);
		assert_non_null(strstr(o.why, "damaged"));
		pf_free_pages(&mem, at, orders[i]);
		assert_int_equal(pf_unpoison_page(&mem, bad), 0);
		give_back_what_was_moved();
		use_at(at - BLOCK, 0, PF_MOVABLE);
	}
	pf_free_pages(&mem, at - BLOCK, 0);
}

/* A search goes elsewhere. */
static void searches_pass_over_what_is_damaged(void **unused)
{
	(void)unused;
	reset_moves();
	for (unsigned long nr = 0; nr < BLOCKS; nr++)
		use_at(nr * BLOCK + 9, 0, PF_MOVABLE);
	assert_int_equal(pf_poison_page(&mem, 9), 1);
	assert_int_equal(pf_poison_page(&mem, 2 * BLOCK + 9), 1);
	assert_int_equal(pf_alloc_contig_pages(&mem, 2 * BLOCK, BLOCK, 0, 0, &mover), 3 * BLOCK);
	assert_int_equal(moves.n, 2);
	pf_free_contig_range(&mem, 3 * BLOCK, 2 * BLOCK);
	give_back_what_was_moved();
}

/* Whoever has two others no longer wants them moved. */
static void what_is_kept_meanwhile_is_in_the_way(void **unused)
{
	const pf_pfn at = 4 * BLOCK;
	struct pf_obstacle o = { 0 };

	(void)unused;
	reset_moves();
	use_at(at, 0, PF_MOVABLE);
	use_at(at + 1, 0, PF_MOVABLE);
	use_at(at + BLOCK, PF_BLOCK_ORDER, PF_MOVABLE);
	remember();
	moves.keeps = at + 1;
	assert_int_equal(take(at, at + 2 * BLOCK, &mover, &o), -PF_EBUSY);
	assert_int_equal(o.pfn, at + 1);
	assert_int_equal(moves.n, 1);
	assert_int_equal(state(at + BLOCK), PF_ALLOCATED);
	pf_free_pages(&mem, at + 1, 0);
	pf_free_pages(&mem, at + BLOCK, PF_BLOCK_ORDER);
	give_back_what_was_moved();
}

/* Neither free nor in use: whoever has it will bring it soon, and is waited for a while. */
static pf_pfn on_its_way;
static int waits;

static void it_arrives(void)
{
	struct pf_page *page = pf_page(&mem, on_its_way);

	if (--waits)
		return;
	page->info = (page->info & PF_INFO_PLACE) | PF_ALLOCATED;
	pf_free_pages(&mem, on_its_way, 0);
	assert_true(pf_drain_all(&mem));
}

static void what_is_on_its_way_is_waited_for(void **unused)
{
	struct pf_obstacle o = { 0 };
	struct pf_page *page;

	(void)unused;
	on_its_way = BLOCK + 7;
	page = pf_page(&mem, on_its_way);
	use_at(on_its_way, 0, PF_MOVABLE);
	page->info = (page->info & PF_INFO_PLACE) | PF_TAIL;
	waits = 6;
	host_relax = it_arrives;
	assert_int_equal(pf_alloc_contig_range(&mem, BLOCK, 2 * BLOCK, PF_MOVABLE, 0, NULL, &o),
			 -PF_EBUSY);
	assert_int_equal(waits, 1);
	assert_int_equal(o.pfn, on_its_way);
	assert_string_equal(o.why, "it was in use, or on its way to be free");
	waits = 5;
	assert_int_equal(take(BLOCK, 2 * BLOCK, NULL, &o), 0);
	assert_int_equal(waits, 0);
	host_relax = NULL;
	pf_free_contig_range(&mem, BLOCK, BLOCK);
}

static void there_must_be_room_for_what_moves(void **unused)
{
	const pf_pfn at = 4 * BLOCK + 9;
	struct pf_obstacle o = { 0 };

	(void)unused;
	reset_moves();
	use_at(at, 0, PF_MOVABLE);
	for (int w = 0; w < PF_WATERMARKS; w++)
		zone->watermark[w] = zone->nr_free + 1;
	remember();
	assert_int_equal(take(4 * BLOCK, 5 * BLOCK, &mover, &o), -PF_ENOMEM);
	assert_int_equal(o.pfn, at);
	assert_string_equal(o.why,
			    "it is in use, or what follows, and there is no memory to move it to");
	is_as_it_was();
	/* Without anything to move no watermark is asked. */
	assert_int_equal(take(5 * BLOCK, 6 * BLOCK, &mover, &o), 0);
	pf_free_contig_range(&mem, 5 * BLOCK, BLOCK);
	is_as_it_was();
	pf_free_pages(&mem, at, 0);
}

/* --- descriptors on demand --- */

static void without_descriptors_whole_blocks_can_be_had(void **unused)
{
	struct pf_obstacle o = { 0 };
	pf_pfn at = 8 * BLOCK;

	(void)unused;
	remember();
	host_luck = 0;
	assert_int_equal(take(at, at + 3 * BLOCK, NULL, NULL), 0);
	assert_false(host_refused);
	assert_int_equal(take(at + 4 * BLOCK, at + 5 * BLOCK + 1, NULL, &o), -PF_ENOMEM);
	assert_int_equal(o.pfn, at + 5 * BLOCK);
	assert_string_equal(o.why,
			    "it is in a block that must be split, and there is no memory for "
			    "its descriptors");
	assert_true(host_refused);
	assert_int_equal(zone->nr_free, was.nr_free[0][PF_ZONE_NORMAL] - 3 * BLOCK);
	pf_free_contig_range(&mem, at + BLOCK, 5);
	assert_string_equal(host_output(), "pf_free_contig_range: pfn 0x1200, 5 pages: no memory "
					   "for descriptors; nothing is freed\n");
	pf_free_contig_range(&mem, at, 5);
	pf_free_contig_range(&mem, at + 5, BLOCK - 5);
	pf_free_contig_range(&mem, at, BLOCK);
	all_is_right();
	assert_int_equal(zone->nr_free, was.nr_free[0][PF_ZONE_NORMAL] - 2 * BLOCK);
	host_luck = HOST_LUCKY;
	pf_free_contig_range(&mem, at + BLOCK, 2 * BLOCK);
	is_as_it_was();
}

/* --- parts --- */

static void a_part_can_be_given_back_alone(void **unused)
{
	const pf_pfn from = 2 * LARGEST, to = 4 * LARGEST;
	const unsigned long cuts[] = { 1,	  7,	       BLOCK / 2, BLOCK - 1,	      BLOCK,
				       BLOCK + 1, LARGEST - 1, LARGEST,	  LARGEST + BLOCK + 3 };

	(void)unused;
	remember();
	for (unsigned i = 0; i < sizeof(cuts) / sizeof(*cuts); i++)
		for (int from_end = 0; from_end < 3; from_end++) {
			pf_pfn a = from_end == 1 ? to - cuts[i] : from, b = a + cuts[i];

			if (from_end == 2)
				a = from + 1;
			assert_int_equal(pf_alloc_contig_range(&mem, from, to, PF_MOVABLE, MOVABLE,
							       NULL, NULL),
					 0);
			pf_free_contig_range(&mem, a, b - a);
			all_is_right();
			assert_int_equal(pf_drain_all(&mem), true);
			all_are(from, a, PF_ALLOCATED);
			all_are(a, b, PF_FREE);
			all_are(b, to, PF_ALLOCATED);
			assert_int_equal(zone->nr_free, zone->managed - (to - from) + (b - a));
			pf_free_contig_range(&mem, from, a - from);
			pf_free_contig_range(&mem, b, to - b);
			is_as_it_was();
		}
	assert_string_equal(host_output(), "");
}

/* So does what is left of it keep what it is for. */
static void the_rest_can_still_move(void **unused)
{
	const pf_pfn from = 2 * LARGEST, to = 4 * LARGEST;

	(void)unused;
	remember();
	reset_moves();
	assert_int_equal(pf_alloc_contig_range(&mem, from, to, PF_MOVABLE, MOVABLE, NULL, NULL), 0);
	pf_free_contig_range(&mem, from + 5, 1);
	pf_free_contig_range(&mem, to - LARGEST, 1);
	assert_int_equal(take(from, to, &mover, NULL), 0);
	pf_free_contig_range(&mem, from, to - from);
	give_back_what_was_moved();
	is_as_it_was();
}

/* A part of a chunk that is free already, on a CPU's list: it stays one chunk. */
static void no_part_is_freed_of_what_is_free(void **unused)
{
	const pf_pfn at = 2 * LARGEST;

	(void)unused;
	remember();
	use_at(at, PF_BLOCK_ORDER, PF_MOVABLE);
	pf_free_pages(&mem, at, PF_BLOCK_ORDER);
	pf_free_contig_range(&mem, at + 4, 4);
	assert_non_null(strstr(host_output(), "; 4 of 4 pages are not freed\n"));
	assert_int_equal(state(at), PF_PER_CPU);
	is_as_it_was();
}

/* In one line. */
static void free_says(pf_pfn start, unsigned long nr, const char *what)
{
	const char *end;

	pf_free_contig_range(&mem, start, nr);
	assert_int_equal(strncmp(host_output(), "pf_free_contig_range: pfn 0x", 28), 0);
	assert_non_null(strstr(host_output(), what));
	end = strchr(host_output(), '\n');
	assert_string_equal(end, "\n");
	host_forget_output();
}

static void wrong_frees_are_told_and_harmless(void **unused)
{
	const pf_pfn from = 2 * LARGEST + 3, to = 4 * LARGEST;

	(void)unused;
	remember();
	assert_int_equal(take(from, to, NULL, NULL), 0);
	pf_free_contig_range(&mem, from, to - from);
	assert_string_equal(host_output(), "");
	is_as_it_was();
	free_says(from, 1, "pfn 0x803: it is free already; 1 of 1 pages are not freed");
	free_says(2 * LARGEST, 8 * LARGEST,
		  "pfn 0x800: it is free already; 8192 of 8192 pages are not freed");
	free_says(2 * LARGEST + 3, 4, "pfn 0x803: it is free already; 4 of 4 pages are not freed");
	use_at(2 * LARGEST, 0, PF_UNMOVABLE);
	free_says(2 * LARGEST, 2, "pfn 0x801: it is free already; 1 of 2 pages are not freed");
	assert_true(pf_drain_all(&mem));
	use_at(2 * LARGEST, 3, PF_UNMOVABLE);
	free_says(2 * LARGEST - 5, 13,
		  "pfn 0x7fb: it is free already; 5 of 13 pages are not freed");
	/* Nothing is looked at that is not there, and nothing of the rest is done. */
	free_says(BLOCKS * BLOCK + LARGEST, BLOCK,
		  "pfn 0x89c00, 512 pages: not all of it is memory; nothing is freed");
	free_says(BLOCKS * BLOCK - 1, 2,
		  "pfn 0x897ff, 2 pages: not all of it is memory; nothing is freed");
	free_says(from, 1ul << (sizeof(long) * 8 - 13), "pages: not all of it is memory; nothing");
	free_says(from, ~0ul - from + 1, "pages: not all of it is memory; nothing is freed");
	free_says(~0ul - 1, 3, "pages: not all of it is memory; nothing is freed");
	pf_free_contig_range(&mem, from, 0);
	assert_string_equal(host_output(), "");
	is_as_it_was();
}

/* What somebody freed before, in the middle, on a CPU's list: the others are freed all the same. */
static void one_that_is_free_already_is_left_out(void **unused)
{
	const pf_pfn at = 4 * LARGEST;

	(void)unused;
	remember();
	for (pf_pfn pfn = at; pfn < at + 4 * BLOCK; pfn += BLOCK)
		use_at(pfn, PF_BLOCK_ORDER, PF_MOVABLE);
	pf_free_pages(&mem, at + BLOCK, PF_BLOCK_ORDER);
	assert_int_equal(state(at + BLOCK), PF_PER_CPU);
	pf_free_contig_range(&mem, at, 4 * BLOCK);
	assert_non_null(
		strstr(host_output(), "on a per-CPU list; 512 of 2048 pages are not freed"));
	is_as_it_was();
	host_forget_output();
	for (pf_pfn pfn = at; pfn < at + 8; pfn += 2)
		use_at(pfn, 1, PF_MOVABLE);
	pf_free_pages(&mem, at + 2, 1);
	pf_free_contig_range(&mem, at, 8);
	assert_non_null(strstr(host_output(), "on a per-CPU list; 2 of 8 pages are not freed\n"));
	is_as_it_was();
}

/* From inside a free chunk of several blocks: what follows it is found, and freed. */
static void what_is_behind_a_free_chunk_is_freed(void **unused)
{
	const pf_pfn at = 2 * LARGEST;

	(void)unused;
	remember();
	use_at(at + LARGEST, PF_MAX_ORDER, PF_MOVABLE);
	free_says(at + 3, 2 * LARGEST - 3,
		  "pfn 0x803: it is free already; 1021 of 2045 pages are not freed");
	is_as_it_was();
}

/* Chunks with a damaged page go the way of any chunk: there it is kept out. */
static void marked_blocks_are_freed_on_their_own(void **unused)
{
	const pf_pfn at = 4 * LARGEST;
	unsigned long nr = pf_block_nr(&mem, at), locked;

	(void)unused;
	remember();
	assert_int_equal(take(at, at + 4 * LARGEST, NULL, NULL), 0);
	mem.blocks[nr + LARGEST / BLOCK].info |= PF_INFO_MARKED;
	mem.blocks[nr + 4 * LARGEST / BLOCK - 1].info |= PF_INFO_MARKED;
	locked = zone->locked;
	pf_free_contig_range(&mem, at, 4 * LARGEST);
	/* Both ends are looked at; then some are freed, and the next is seen to be marked, twice.
	 */
	assert_int_equal(zone->locked - locked, 2 + 2 * 3);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), 0);
	for (unsigned long i = 0; i < 4 * LARGEST / BLOCK; i++)
		mem.blocks[nr + i].info &= ~PF_INFO_MARKED;
	is_as_it_was();
}

/* Node 1 has blocks 4 to 7, node 0 those around, and half a block behind. */
static int start_around(void **unused)
{
	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add_node(0, BYTES(4 * BLOCK), 0, MEMBLOCK_NONE);
	memblock_add_node(BYTES(4 * BLOCK), BYTES(4 * BLOCK), 1, MEMBLOCK_NONE);
	memblock_add_node(BYTES(8 * BLOCK), BYTES(4 * BLOCK + BLOCK / 2), 0, MEMBLOCK_NONE);
	boot((struct pf_boot_config){ .alloc = alloc });
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	memset(zone->watermark, 0, sizeof(zone->watermark));
	return 0;
}

static pf_pfn find(unsigned long nr, unsigned long align, int nid, pf_gfp gfp);

static void what_lies_between_is_left_alone(void **unused)
{
	const pf_pfn last = 12 * BLOCK;

	(void)unused;
	remember();
	assert_int_equal(find(4 * BLOCK + 1, 1, 0, 0), PF_NO_PFN);
	assert_int_equal(find(4 * BLOCK, 1, 0, PF_GFP_THISNODE), 0);
	assert_int_equal(find(4 * BLOCK, 1, 0, PF_GFP_THISNODE), 8 * BLOCK);
	assert_int_equal(find(1, 1, 0, PF_GFP_THISNODE), PF_NO_PFN);
	assert_int_equal(take(last, last + 1, NULL, NULL), -PF_EBUSY);
	pf_free_contig_range(&mem, 0, 4 * BLOCK);
	assert_int_equal(pf_alloc_pages_at(&mem, last, 1), 0);
	/* Whatever has been allocated may come back so. */
	pf_free_contig_range(&mem, 8 * BLOCK, 4 * BLOCK + 2);
	assert_string_equal(host_output(), "");
	is_as_it_was();
}

/* --- while somebody else allocates --- */

static struct {
	struct pf_zone *zone; /* whose lock is waited for */
	pf_pfn pfn;
	unsigned order;
	enum pf_migratetype type;
} stolen;

static void another_takes_it(void)
{
	struct pf_zone *mine = zone;

	host_relax = NULL;
	stolen.zone->lock.held = 0;
	zone = stolen.zone;
	use_at(stolen.pfn, stolen.order, stolen.type);
	zone = mine;
}

/* [20, 40) are free when they are looked at, and blocks 20 to 23 are of another zone. */
static int take_too_late(struct pf_zone *where, pf_pfn pfn, unsigned order,
			 enum pf_migratetype type, const struct pf_mover *by, struct pf_obstacle *o)
{
	int ret;

	stolen.zone = where;
	stolen.pfn = pfn;
	stolen.order = order;
	stolen.type = type;
	where->lock.held = 1;
	host_relax = another_takes_it;
	ret = take(20 * BLOCK, 40 * BLOCK, by, o);
	assert_null(host_relax);
	return ret;
}

static void is_stolen(struct pf_zone *where, pf_pfn pfn, unsigned order, enum pf_migratetype type,
		      const struct pf_mover *by, const char *why)
{
	struct pf_obstacle o = { 0 };

	assert_int_equal(take_too_late(where, pfn, order, type, by, &o), -PF_EBUSY);
	assert_int_equal(o.pfn, pfn);
	assert_string_equal(o.why, why);
	pf_free_pages(&mem, pfn, order);
	is_as_it_was();
}

static void is_moved_out(struct pf_zone *where, pf_pfn pfn, unsigned order)
{
	assert_int_equal(take_too_late(where, pfn, order, PF_MOVABLE, &mover, NULL), 0);
	assert_int_equal(moves.n, 1);
	all_are(20 * BLOCK, 40 * BLOCK, PF_ALLOCATED);
	pf_free_contig_range(&mem, 20 * BLOCK, 20 * BLOCK);
	give_back_what_was_moved();
	is_as_it_was();
}

static void what_is_free_no_more_is_seen_under_the_lock(void **unused)
{
	struct pf_zone *low = &mem.nodes[0]->zone[PF_ZONE_DMA32];
	const char *fixed = "it is in use, and cannot be moved";
	const char *unmoved = "it is in use, and there is no mover";

	(void)unused;
	reset_moves();
	remember();
	is_stolen(zone, 31 * BLOCK, 3, PF_UNMOVABLE, &mover, fixed);
	is_stolen(zone, 31 * BLOCK, PF_BLOCK_ORDER, PF_UNMOVABLE, &mover, fixed);
	is_stolen(low, 21 * BLOCK, PF_BLOCK_ORDER, PF_UNMOVABLE, NULL, fixed);
	is_stolen(zone, 39 * BLOCK, PF_BLOCK_ORDER, PF_MOVABLE, NULL, unmoved);
	is_stolen(low, 20 * BLOCK, 0, PF_MOVABLE, NULL, unmoved);
	is_moved_out(zone, 31 * BLOCK, PF_BLOCK_ORDER);
	is_moved_out(zone, 39 * BLOCK, 3);
	is_moved_out(low, 21 * BLOCK + 8, 3);
	is_moved_out(low, 20 * BLOCK, PF_BLOCK_ORDER + 1);
}

/* --- zones and nodes --- */

static void ranges_may_lie_in_several_zones(void **unused)
{
	const pf_pfn from = LOW - 3, to = NODE + BLOCK + 5;
	struct pf_obstacle o = { 0 };

	(void)unused;
	remember();
	assert_int_equal(take(from, to, NULL, NULL), 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_MOVABLE].nr_free, 0);
	pf_free_contig_range(&mem, from, to - from);
	is_as_it_was();
	/* What is taken of the first is put back for the last. */
	zone = &mem.nodes[1]->zone[PF_ZONE_NORMAL];
	use_at(NODE + 3, 0, PF_MOVABLE);
	remember();
	assert_int_equal(take(from, to, NULL, &o), -PF_EBUSY);
	assert_int_equal(o.pfn, NODE + 3);
	is_as_it_was();
	/* Its node is asked first for another place. */
	reset_moves();
	assert_int_equal(take(from, to, &mover, &o), 0);
	assert_int_equal(moves.n, 1);
	assert_true(moves.to[0] >= NODE);
	pf_free_contig_range(&mem, from, to - from);
	give_back_what_was_moved();
}

static pf_pfn find(unsigned long nr, unsigned long align, int nid, pf_gfp gfp)
{
	pf_pfn pfn = pf_alloc_contig_pages(&mem, nr, align, nid, gfp, NULL);

	all_is_right();
	if (pfn != PF_NO_PFN) {
		assert_int_equal(pfn & (align - 1), 0);
		all_are(pfn, pfn + nr, PF_ALLOCATED);
	}
	return pfn;
}

static void nodes_and_zones_are_asked_in_order(void **unused)
{
	const unsigned long nr = 12 * BLOCK;

	(void)unused;
	remember();
	for (int n = 0; n < 2; n++) {
		pf_pfn first = n ? NODE : LOW, pfn = find(nr, 1, n, 0);

		assert_int_equal(pfn, first);
		pf_free_contig_range(&mem, pfn, nr);
	}
	assert_int_equal(find(nr, 1, NUMA_NO_NODE, 0), LOW);
	assert_int_equal(find(nr, 1, 0, PF_GFP_ANY_ZONE | MOVABLE), NODE - MOVABLES);
	assert_int_equal(find(nr, 1, 0, PF_GFP_ANY_ZONE), 0); /* it cannot move */
	assert_int_equal(find(nr, 1, 1, PF_GFP_DMA32), LOW - nr);
	assert_int_equal(find(nr, 1, 0, PF_GFP_DMA32), PF_NO_PFN);
	assert_int_equal(find(nr, 1, 0, PF_GFP_THISNODE), PF_NO_PFN);
	assert_int_equal(find(nr, 1, 0, 0), NODE);
	pf_free_contig_range(&mem, NODE, nr);
	pf_free_contig_range(&mem, NODE - MOVABLES, nr);
	pf_free_contig_range(&mem, LOW, nr);
	pf_free_contig_range(&mem, 0, LOW);
	is_as_it_was();
}

/* --- searches --- */

static void searches_refuse_nonsense(void **unused)
{
	(void)unused;
	assert_int_equal(find(0, 1, 0, 0), PF_NO_PFN);
	assert_int_equal(pf_alloc_contig_pages(&mem, 1, 0, 0, 0, NULL), PF_NO_PFN);
	assert_int_equal(pf_alloc_contig_pages(&mem, 1, 3, 0, 0, NULL), PF_NO_PFN);
	assert_int_equal(find(1, 1, 5, 0), PF_NO_PFN);
	assert_int_equal(find(1, 1, NUMA_NO_NODE - 1, 0), PF_NO_PFN);
	assert_int_equal(find(1, 1, 0, 3), PF_NO_PFN);
	assert_int_equal(find(BLOCKS * BLOCK + 1, 1, 0, PF_GFP_MEMALLOC), PF_NO_PFN);
	assert_int_equal(find(1, 1ul << (sizeof(long) * 8 - 1), 0, 0), 0);
	pf_free_contig_range(&mem, 0, 1);
	assert_int_equal(find(BLOCKS * BLOCK, 1, 0, PF_GFP_MEMALLOC), 0);
	pf_free_contig_range(&mem, 0, BLOCKS * BLOCK);
}

static void searches_align(void **unused)
{
	(void)unused;
	remember();
	use_at(0, 0, PF_UNMOVABLE);
	for (unsigned order = 1; order < PF_MAX_ORDER + 3; order++) {
		pf_pfn pfn = find((1ul << order) - 1, 1ul << order, 0, 0);

		assert_int_equal(pfn, 1ul << order);
		pf_free_contig_range(&mem, pfn, (1ul << order) - 1);
	}
	pf_free_pages(&mem, 0, 0);
	is_as_it_was();
}

/* Of so little it takes no whole block, as long as there is a split one. */
static void few_pages_go_where_few_pages_are(void **unused)
{
	const unsigned long nr = BLOCK / 2;

	(void)unused;
	remember();
	use_at(5 * BLOCK, PF_BLOCK_ORDER - 1, PF_UNMOVABLE);
	use_at(0, PF_BLOCK_ORDER, PF_UNMOVABLE);
	for (pf_pfn pfn = BLOCK; pfn < 5 * BLOCK; pfn += BLOCK)
		use_at(pfn, PF_BLOCK_ORDER, PF_UNMOVABLE);
	assert_int_equal(find(nr, 1, 0, 0), 5 * BLOCK + nr);
	assert_int_equal(find(nr, 1, 0, 0), 6 * BLOCK);
	assert_int_equal(find(nr, 1, 0, 0), 6 * BLOCK + nr);
	pf_free_contig_range(&mem, 0, 7 * BLOCK);
	is_as_it_was();
}

static void the_low_watermark_is_kept(void **unused)
{
	(void)unused;
	remember();
	zone->watermark[PF_WMARK_LOW] = zone->nr_free - 3 * BLOCK;
	assert_int_equal(find(3 * BLOCK + 1, 1, 0, 0), PF_NO_PFN);
	assert_int_equal(find(3 * BLOCK, 1, 0, 0), 0);
	assert_int_equal(find(1, 1, 0, 0), PF_NO_PFN);
	pf_free_contig_range(&mem, 0, 3 * BLOCK);
	is_as_it_was();
}

/* A movable page in each block but one; an unmovable one in every third. */
static void what_moves_is_moved_only_if_it_must(void **unused)
{
	unsigned long locked;
	pf_pfn pfn;

	(void)unused;
	reset_moves();
	moves.never = PF_NO_PFN;
	for (unsigned long nr = 0; nr < BLOCKS; nr++)
		if (nr != 700)
			use_at(nr * BLOCK + 17, 0, nr % 3 ? PF_MOVABLE : PF_UNMOVABLE);
	remember();
	locked = zone->locked;
	assert_int_equal(pf_alloc_contig_pages(&mem, BLOCK, BLOCK, 0, 0, &mover), 700 * BLOCK);
	/* Those before are told by their entries. */
	assert_true(zone->locked - locked < 10);
	assert_int_equal(moves.n, 0);
	assert_int_equal(pf_alloc_contig_pages(&mem, BLOCK, BLOCK, 0, 0, NULL), PF_NO_PFN);
	pf_free_contig_range(&mem, 700 * BLOCK, BLOCK);
	is_as_it_was();
	moves.never = BLOCK + 17;
	pfn = pf_alloc_contig_pages(&mem, 3 * BLOCK - 1, 1, 0, 0, &mover);
	assert_int_equal(pfn, 3 * BLOCK + 18);
	assert_int_equal(moves.n, 3); /* one of them for the first attempt */
	all_are(pfn, pfn + 3 * BLOCK - 1, PF_ALLOCATED);
	all_is_right();
	pf_free_contig_range(&mem, pfn, 3 * BLOCK - 1);
	/* Free pages of two split blocks will do without anybody who moves. */
	pfn = pf_alloc_contig_pages(&mem, BLOCK - 1, 1, 0, 0, NULL);
	assert_true(pfn < 9 * BLOCK);
	pf_free_contig_range(&mem, pfn, BLOCK - 1);
	give_back_what_was_moved();
}

static void what_cpus_keep_is_found(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	remember();
	while ((pfn = pf_alloc_pages(&mem, PF_MAX_ORDER, PF_GFP_MEMALLOC | MOVABLE)) != PF_NO_PFN)
		;
	assert_int_equal(zone->nr_free % LARGEST, BLOCKS * BLOCK % LARGEST);
	while ((pfn = pf_alloc_pages(&mem, PF_BLOCK_ORDER, PF_GFP_MEMALLOC | MOVABLE)) != PF_NO_PFN)
		;
	pf_free_pages(&mem, 0, PF_MAX_ORDER);
	for (pfn = 0; pfn < LARGEST; pfn += BLOCK)
		use_at(pfn, PF_BLOCK_ORDER, PF_MOVABLE);
	for (pfn = 0; pfn < LARGEST; pfn += BLOCK)
		pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	assert_int_equal(pf_per_cpu_pages(&mem, zone, 0), LARGEST);
	assert_int_equal(find(LARGEST, 1, 0, PF_GFP_MEMALLOC), 0);
	pf_free_contig_range(&mem, 0, BLOCKS * BLOCK);
	is_as_it_was();
}

static void the_high_atomic_reserve_is_not_for_this(void **unused)
{
	(void)unused;
	use_at(0, PF_BLOCK_ORDER, PF_UNMOVABLE);
	pf_free_pages(&mem, 0, PF_BLOCK_ORDER);
	assert_true(pf_drain_all(&mem));
	pfi_convert_block(&mem, zone, 0, PF_HIGHATOMIC);
	zone->nr_highatomic += BLOCK;
	assert_int_equal(find(1, 1, 0, 0), BLOCK);
	pf_free_contig_range(&mem, BLOCK, 1);
}

/* Blocks that somebody else has isolated are worked around. */
static void who_is_faster_is_worked_around(void **unused)
{
	(void)unused;
	assert_int_equal(pf_isolate_range(&mem, 0, 4 * BLOCK, PF_MOVABLE, 0, NULL), 0);
	assert_int_equal(take(3 * BLOCK + 5, 6 * BLOCK, NULL, NULL), -PF_EBUSY);
	assert_int_equal(pf_alloc_contig_pages(&mem, 3, 1, 0, 0, NULL), 4 * BLOCK);
	pf_undo_isolate_range(&mem, 0, 4 * BLOCK);
	pf_free_contig_range(&mem, 4 * BLOCK, 3);
}

/*
 * Blocks of which a CPU may have pages cannot be had: the obstacle is their first page, before the
 * place that was tried. The search goes on behind that place, to a block that is free.
 */
static void a_search_goes_on_where_no_cpu_is_asked(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(0, BYTES(64 * BLOCK));
	boot((struct pf_boot_config){ .alloc = alloc, .nr_cpus = 2 });
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	use_at(0, 0, PF_UNMOVABLE);
	host_no_barrier = PF_CPU_LOCK_PLAIN;
	alarm(60); /* or it does not */
	pfn = pf_alloc_contig_pages(&mem, 8, 1, NUMA_NO_NODE, 0, NULL);
	alarm(0);
	host_no_barrier = false;
	assert_int_equal(pfn, PF_CPU_LOCK_PLAIN ? BLOCK + 1 : 1); /* from 1 on, 8 at a time */
	pf_free_contig_range(&mem, pfn, 8);
	pf_free_pages(&mem, 0, 0);
}

/* Every other block would have to move, and there is room for pages only. */
static void a_search_ends_when_nothing_can_move(void **unused)
{
	(void)unused;
	reset_moves();
	for (unsigned long nr = 0; nr < BLOCKS; nr++)
		if (nr % 2)
			use_at(nr * BLOCK + 17, 0, PF_UNMOVABLE);
		else
			use_at(nr * BLOCK, PF_BLOCK_ORDER, PF_MOVABLE);
	remember();
	assert_int_equal(pf_alloc_contig_pages(&mem, BLOCK, BLOCK, 0, 0, &mover), PF_NO_PFN);
	assert_int_equal(moves.n, 0);
	is_as_it_was();
}

/* --- areas --- */

static struct pf_cma area;

static int start_area(void **unused)
{
	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(0, BYTES(64 * BLOCK));
	memset(&area, 0, sizeof(area));
	assert_int_equal(
		pf_cma_declare(&area, BYTES(16 * BLOCK), BYTES(8 * BLOCK), 0, NUMA_NO_NODE), 0);
	boot((struct pf_boot_config){ .alloc = alloc });
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	return 0;
}

static bool in_area(pf_pfn pfn)
{
	return pfn >= 16 * BLOCK && pfn < 24 * BLOCK;
}

static void areas_are_declared_where_there_is_room(void **unused)
{
	const pf_phys block = PF_BLOCK_SIZE;
	struct pf_cma a = { .mem = &mem };

	(void)unused;
	host_reset();
	memblock_add_node(0, 32 * block, 0, MEMBLOCK_NONE);
	memblock_add_node(32 * block, 32 * block, 1, MEMBLOCK_NONE);
	memblock_reserve(4 * block + 1, 1);
	memblock_mark_nomap(60 * block, block);
	assert_int_equal(pf_cma_declare(&a, 0, 0, 0, NUMA_NO_NODE), -PF_EINVAL);
	assert_int_equal(pf_cma_declare(&a, 0, block + 1, 0, NUMA_NO_NODE), -PF_EINVAL);
	assert_int_equal(pf_cma_declare(&a, 1, block, 0, NUMA_NO_NODE), -PF_EINVAL);
	assert_int_equal(pf_cma_declare(&a, 0, block, 0, -2), -PF_EINVAL);
	assert_int_equal(pf_cma_declare(&a, 0, block, 0, MAX_NUMNODES), -PF_EINVAL);
	assert_int_equal(pf_cma_declare(&a, 4 * block, block, 0, NUMA_NO_NODE), -PF_ENOMEM);
	assert_int_equal(pf_cma_declare(&a, 60 * block, block, 0, NUMA_NO_NODE), -PF_ENOMEM);
	assert_int_equal(pf_cma_declare(&a, 63 * block, 2 * block, 0, NUMA_NO_NODE), -PF_ENOMEM);
	assert_int_equal(pf_cma_declare(&a, 8 * block, block, 9 * block - 1, 0), -PF_ENOMEM);
	assert_int_equal(pf_cma_declare(&a, 0, 2 * block, block, 0), -PF_ENOMEM);
	assert_int_equal(pf_cma_declare(&a, -(2 * block), 4 * block, 0, 0), -PF_ENOMEM);
	assert_int_equal(pf_cma_declare(&a, 0, 64 * block, 0, 0), -PF_ENOMEM);
	assert_int_equal(memblock_reserved_size(), 1);
	assert_ptr_equal(a.mem, &mem);
	assert_int_equal(pf_cma_declare(&a, 8 * block, 2 * block, 10 * block, NUMA_NO_NODE), 0);
	assert_true(a.base == 8 * block && a.size == 2 * block && !a.mem);
	assert_int_equal(pf_cma_declare(&a, 9 * block, block, 0, NUMA_NO_NODE), -PF_ENOMEM);
	assert_int_equal(pf_cma_declare(&a, 0, 2 * block, 0, 0), 0);
	assert_true(a.base == 30 * block);
	assert_int_equal(pf_cma_declare(&a, 0, block, 8 * block, 1), 0);
	assert_true(a.base == 7 * block);
	assert_int_equal(memblock_reserved_size(), 5 * block + 1);
}

static void an_area_lives(void **unused)
{
	pf_pfn mine, others;

	(void)unused;
	assert_int_equal(pf_cma_alloc(&area, 1, 1, 0, NULL), PF_NO_PFN);
	assert_false(pf_cma_free(&area, 16 * BLOCK, 1));
	all_are(16 * BLOCK, 24 * BLOCK, PF_RESERVED);
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	assert_int_equal(pf_cma_activate(&mem, &area), -PF_EINVAL);
	assert_non_null(strstr(host_output(), "pfn 0x2000: it is free already"));
	host_forget_output();
	remember();
	assert_int_equal(zone->nr_cma, 8 * BLOCK);
	mine = pf_cma_alloc(&area, 3 * BLOCK, BLOCK, 0, NULL);
	assert_int_equal(mine, 16 * BLOCK);
	others = pf_cma_alloc(&area, 3 * BLOCK, 4 * BLOCK, 0, NULL);
	assert_int_equal(others, 20 * BLOCK);
	all_is_right();
	assert_int_equal(pf_cma_alloc(&area, BLOCK + 1, 1, 0, NULL), PF_NO_PFN);
	assert_int_equal(pf_cma_alloc(&area, 3, 1, 0, NULL), 19 * BLOCK);
	assert_true(pf_cma_free(&area, 19 * BLOCK, 3));
	assert_false(pf_cma_free(&area, 19 * BLOCK, 3));
	assert_string_equal(host_output(), "pf_cma_free: pfn 0x2600: it is free already, on a "
					   "per-CPU list; 3 of 3 pages are not freed\n");
	host_forget_output();
	assert_false(pf_cma_free(&area, 19 * BLOCK, 0));
	assert_false(pf_cma_free(&area, 15 * BLOCK, BLOCK + 1));
	assert_false(pf_cma_free(&area, 23 * BLOCK, BLOCK + 1));
	assert_false(pf_cma_free(&area, 16 * BLOCK, 8 * BLOCK + 1));
	assert_false(pf_cma_free(&area, 24 * BLOCK + 1, 0));
	assert_true(pf_cma_free(&area, mine, 3 * BLOCK));
	assert_true(pf_cma_free(&area, others, 3 * BLOCK));
	assert_int_equal(pf_cma_alloc(&area, 8 * BLOCK, 1, 0, NULL), mine);
	assert_true(pf_cma_free(&area, mine, 8 * BLOCK));
	is_as_it_was();
}

static void what_is_wrong_with_an_area_is_told(void **unused)
{
	struct pf_cma late = { 0 }, none = { 0 };

	(void)unused;
	assert_int_equal(pf_cma_declare(&late, 0, PF_BLOCK_SIZE, 0, NUMA_NO_NODE), 0);
	assert_int_equal(pf_cma_activate(&mem, &late), -PF_EINVAL);
	assert_non_null(strstr(host_output(), ": it is free already, and must still be reserved: "
					      "declare before pf_boot(), activate once; nothing is "
					      "done\n"));
	host_forget_output();
	assert_int_equal(pf_cma_activate(&mem, &none), -PF_EINVAL);
	assert_non_null(strstr(host_output(), ": it was not declared; nothing is done\n"));
	host_forget_output();
	mem.handed_over = false;
	assert_int_equal(pf_cma_activate(&mem, &area), -PF_EBUSY);
	assert_non_null(strstr(host_output(), ": before memblock_free_all(); nothing is done\n"));
	assert_null(area.mem);
	mem.handed_over = true;
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	area.base += 1;
	assert_int_equal(pf_cma_activate(&mem, &area), -PF_EINVAL);
}

/* All of it is still reserved, but it is in two zones. */
static void an_area_is_of_one_zone(void **unused)
{
	struct pf_boot_config config = { .alloc = alloc };
	struct pf_cma cma;

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(0, BYTES(NODE));
	assert_int_equal(pf_cma_declare(&cma, BYTES(LOW - BLOCK), BYTES(2 * BLOCK), 0, 0), 0);
	config.zone_end[PF_ZONE_DMA32] = LOW;
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	boot(config);
	host_forget_output();
	assert_int_equal(pf_cma_activate(&mem, &cma), -PF_EINVAL);
	assert_non_null(
		strstr(host_output(), ": it is not whole blocks of one zone; nothing is done\n"));
	assert_true(pf_cma_alloc(&cma, 1, 1, 0, NULL) == PF_NO_PFN);
	all_are(LOW - BLOCK, LOW + BLOCK, PF_RESERVED);
}

static void areas_refuse_nonsense(void **unused)
{
	(void)unused;
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	assert_int_equal(pf_cma_alloc(&area, 0, 1, 0, NULL), PF_NO_PFN);
	assert_int_equal(pf_cma_alloc(&area, 1, 0, 0, NULL), PF_NO_PFN);
	assert_int_equal(pf_cma_alloc(&area, 1, 6, 0, NULL), PF_NO_PFN);
	assert_int_equal(pf_cma_alloc(&area, 1, 1, 3, NULL), PF_NO_PFN);
	assert_int_equal(pf_cma_alloc(&area, 8 * BLOCK + 1, 1, 0, NULL), PF_NO_PFN);
	assert_int_equal(pf_cma_alloc(&area, 1, 64 * BLOCK, 0, NULL), PF_NO_PFN);
}

/* Movable pages use all of it, and leave when it is wanted; nothing else is ever put there. */
static void movable_pages_make_room(void **unused)
{
	static pf_pfn pages[64 * PF_BLOCK_PAGES];
	unsigned long n = 0, inside = 0;
	pf_pfn pfn;

	(void)unused;
	reset_moves();
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	while ((pfn = pf_alloc_pages(&mem, PF_BLOCK_ORDER, MOVABLE | PF_GFP_MEMALLOC)) !=
	       PF_NO_PFN) {
		inside += in_area(pfn);
		pages[n++] = pfn;
	}
	assert_int_equal(inside, 8);
	assert_int_equal(pf_cma_alloc(&area, 4 * BLOCK, BLOCK, 0, NULL), PF_NO_PFN);
	assert_int_equal(pf_cma_alloc(&area, 4 * BLOCK, BLOCK, 0, &mover), PF_NO_PFN);
	assert_int_equal(moves.n, 0);
	for (unsigned long i = 0, freed = 0; i < n && freed < 6; i++)
		if (!in_area(pages[i])) {
			pf_free_pages(&mem, pages[i], PF_BLOCK_ORDER);
			freed++;
		}
	pfn = pf_cma_alloc(&area, 4 * BLOCK, BLOCK, 0, &mover);
	assert_int_equal(pfn, 16 * BLOCK);
	assert_int_equal(moves.n, 4);
	all_are(pfn, pfn + 4 * BLOCK, PF_ALLOCATED);
	for (int i = 0; i < 4; i++)
		assert_true(in_area(moves.from[i]) && !in_area(moves.to[i]));
	all_is_right();
	assert_true(pf_cma_free(&area, pfn, 4 * BLOCK));
	while ((pfn = pf_alloc_pages(&mem, 0, 0)) != PF_NO_PFN)
		assert_false(in_area(pfn));
	assert_int_equal(zone->nr_free_of[PF_CMA], 4 * BLOCK);
	assert_int_equal(pf_alloc_contig_pages(&mem, BLOCK, 1, 0, PF_GFP_MEMALLOC, &mover),
			 PF_NO_PFN);
}

/* What stays is at the beginning: the rest is tried, from there on. */
static void a_search_goes_on_behind_what_stays(void **unused)
{
	(void)unused;
	reset_moves();
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	use_at(16 * BLOCK, 0, PF_MOVABLE);
	moves.never = 16 * BLOCK;
	assert_int_equal(pf_cma_alloc(&area, 7 * BLOCK, BLOCK, 0, &mover), 17 * BLOCK);
	assert_true(pf_cma_free(&area, 17 * BLOCK, 7 * BLOCK));
	use_at(18 * BLOCK + 1, 0, PF_MOVABLE);
	moves.never = 18 * BLOCK + 1;
	assert_int_equal(pf_cma_alloc(&area, 5 * BLOCK + 1, 1, 0, &mover), 18 * BLOCK + 2);
	assert_true(pf_cma_free(&area, 18 * BLOCK + 2, 5 * BLOCK + 1));
	give_back_what_was_moved();
}

/* What another user of the area has cannot move: nothing is isolated, and nobody is waited for. */
static void what_others_have_of_an_area_is_passed_over(void **unused)
{
	unsigned long locked;

	(void)unused;
	reset_moves();
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	use_at(16 * BLOCK, PF_BLOCK_ORDER, PF_UNMOVABLE);
	use_at(19 * BLOCK + 8, 2, PF_RECLAIMABLE);
	use_at(20 * BLOCK + 8, 2, PF_MOVABLE);
	remember();
	locked = zone->locked;
	assert_int_equal(pf_cma_alloc(&area, 6 * BLOCK, 1, 0, &mover), PF_NO_PFN);
	assert_true(zone->locked - locked < 8);
	assert_int_equal(moves.n, 0);
	is_as_it_was();
	assert_int_equal(pf_cma_alloc(&area, 4 * BLOCK, BLOCK, 0, &mover), 20 * BLOCK);
	assert_int_equal(moves.n, 1);
	assert_true(pf_cma_free(&area, 20 * BLOCK, 4 * BLOCK));
	give_back_what_was_moved();
}

static unsigned long relaxed;

static void count_relaxed(void)
{
	relaxed++;
}

/* Only what moves, or is on its way to be free, is asked for again. */
static void what_stays_is_not_waited_for(void **unused)
{
	struct pf_obstacle o = { 0 };

	(void)unused;
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	use_at(16 * BLOCK + 3, 0, PF_UNMOVABLE);
	relaxed = 0;
	host_relax = count_relaxed;
	assert_int_equal(pf_alloc_contig_range(&mem, 16 * BLOCK, 17 * BLOCK, PF_CMA, 0, NULL, &o),
			 -PF_EBUSY);
	host_relax = NULL;
	assert_int_equal(relaxed, 0);
	assert_int_equal(o.pfn, 16 * BLOCK + 3);
	assert_string_equal(o.why, "it is in use, and cannot be moved");
	pf_free_pages(&mem, 16 * BLOCK + 3, 0);
}

/* Frees that the calling CPU keeps are found. */
static void what_cpus_keep_of_an_area_is_found(void **unused)
{
	(void)unused;
	assert_int_equal(pf_cma_activate(&mem, &area), 0);
	for (pf_pfn pfn = 16 * BLOCK; pfn < 24 * BLOCK; pfn += BLOCK)
		use_at(pfn, PF_BLOCK_ORDER, PF_MOVABLE);
	for (pf_pfn pfn = 16 * BLOCK; pfn < 24 * BLOCK; pfn += BLOCK)
		pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	assert_true(pf_per_cpu_pages(&mem, zone, 0) > 0);
	assert_int_equal(pf_cma_alloc(&area, 8 * BLOCK, 1, 0, NULL), 16 * BLOCK);
	assert_true(pf_cma_free(&area, 16 * BLOCK, 8 * BLOCK));
}

#define PLAIN(f)     cmocka_unit_test_setup_teardown(f, start, end)
#define NODES(f)     cmocka_unit_test_setup_teardown(f, start_nodes, end)
#define AROUND(f)    cmocka_unit_test_setup_teardown(f, start_around, end)
#define ON_DEMAND(f) cmocka_unit_test_setup_teardown(f, start_on_demand, end)
#define AREA(f)	     cmocka_unit_test_setup_teardown(f, start_area, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(free_ranges_are_taken_and_given_back),
		PLAIN(blocks_of_several_types_go_back_to_their_lists),
		PLAIN(free_blocks_of_others_are_left_alone),
		PLAIN(large_ranges_are_taken_stretch_by_stretch),
		PLAIN(free_blocks_are_taken_under_one_lock),
		PLAIN(observers_are_told_of_the_pieces),
		PLAIN(the_type_is_remembered),
		PLAIN(whatever_is_wrong_is_told),
		PLAIN(nonsense_is_refused),
		PLAIN(what_can_move_is_moved),
		PLAIN(new_places_are_not_cleared),
		PLAIN(chunks_that_stick_out_are_moved_whole),
		PLAIN(who_refuses_for_a_while_is_asked_again),
		PLAIN(who_refuses_for_good_is_in_the_way),
		PLAIN(what_cannot_move_is_in_the_way),
		PLAIN(what_is_damaged_meanwhile_is_in_the_way),
		PLAIN(what_is_damaged_and_in_use_is_not_moved),
		PLAIN(searches_pass_over_what_is_damaged),
		PLAIN(there_must_be_room_for_what_moves),
		ON_DEMAND(without_descriptors_whole_blocks_can_be_had),
		PLAIN(a_part_can_be_given_back_alone),
		PLAIN(the_rest_can_still_move),
		PLAIN(no_part_is_freed_of_what_is_free),
		PLAIN(wrong_frees_are_told_and_harmless),
		PLAIN(one_that_is_free_already_is_left_out),
		PLAIN(what_is_behind_a_free_chunk_is_freed),
		PLAIN(marked_blocks_are_freed_on_their_own),
		AROUND(what_lies_between_is_left_alone),
		PLAIN(what_is_kept_meanwhile_is_in_the_way),
		PLAIN(what_is_on_its_way_is_waited_for),
		NODES(what_is_free_no_more_is_seen_under_the_lock),
		NODES(ranges_may_lie_in_several_zones),
		NODES(nodes_and_zones_are_asked_in_order),
		PLAIN(searches_refuse_nonsense),
		PLAIN(searches_align),
		PLAIN(few_pages_go_where_few_pages_are),
		PLAIN(the_low_watermark_is_kept),
		PLAIN(what_moves_is_moved_only_if_it_must),
		PLAIN(what_cpus_keep_is_found),
		PLAIN(the_high_atomic_reserve_is_not_for_this),
		PLAIN(who_is_faster_is_worked_around),
		cmocka_unit_test_teardown(a_search_goes_on_where_no_cpu_is_asked, end),
		PLAIN(a_search_ends_when_nothing_can_move),
		cmocka_unit_test(areas_are_declared_where_there_is_room),
		AREA(an_area_lives),
		AREA(what_is_wrong_with_an_area_is_told),
		AREA(areas_refuse_nonsense),
		cmocka_unit_test_teardown(an_area_is_of_one_zone, end),
		AREA(movable_pages_make_room),
		AREA(a_search_goes_on_behind_what_stays),
		AREA(what_others_have_of_an_area_is_passed_over),
		AREA(what_stays_is_not_waited_for),
		AREA(what_cpus_keep_of_an_area_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
