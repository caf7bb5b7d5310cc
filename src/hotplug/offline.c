/* SPDX-License-Identifier: MIT */
/*
 * Memory is taken from the page allocator: isolated, emptied, and then, when nothing can fail any
 * more, cut out of the lists.
 */
#include <pageframe/nofree.h>

#include "../lib/rounds.h"
#include "internal.h"

#include <pageframe/walk.h>

#define ROUNDS rounds_of(10) /* of moving, before what stays is in the way */

struct offline {
	struct pf_mem *mem;
	struct pf_zone *zone;
	struct blocks b;
	struct pf_obstacle stuck;
};

static int stuck(struct offline *o, pf_pfn pfn, const char *why, int ret)
{
	o->stuck = (struct pf_obstacle){ pfn, why };
	return ret;
}

/* --- which --- */

bool pfi_is_needed(const struct pf_mem *mem, struct blocks b, unsigned long nr)
{
	unsigned long end;

	if (pf_load(&mem->blocks[nr].use) != PF_USE_MEMMAP)
		return false;
	while (!pfi_described_by(mem, nr))
		nr--;
	for (end = nr + pfi_described_by(mem, nr); nr < end; nr++)
		if ((nr < b.nr || nr >= b.end) &&
		    pf_info_state(pf_load(&mem->blocks[nr].info)) != PF_OFFLINE)
			return true;
	return false;
}

/* All online, and of one zone; what holds descriptors goes when they are needed no more. */
static int find_zone(struct offline *o)
{
	uint32_t first = pf_load(&o->mem->blocks[o->b.nr].info);

	for (unsigned long nr = o->b.nr; nr < o->b.end; nr++) {
		uint32_t info = pf_load(&o->mem->blocks[nr].info);
		pf_pfn pfn = pf_block_pfn(o->mem, nr);

		if (!(PF_ONLINE_STATES >> pf_info_state(info) & 1))
			return stuck(o, pfn, pfi_state_in_the_way(pf_info_state(info), 0),
				     -PF_EINVAL);
		if (info & PF_INFO_MIXED)
			return stuck(o, pfn, pfi_entry_in_the_way(info, PF_MOVABLE), -PF_EBUSY);
		if ((info ^ first) & PF_INFO_PLACE)
			return stuck(o, pfn, "it is in another zone", -PF_EINVAL);
		if (pfi_is_needed(o->mem, o->b, nr))
			return stuck(o, pfn, "it holds descriptors of memory that is online",
				     -PF_EBUSY);
	}
	o->zone = pf_info_to_zone(o->mem, first);
	return 0;
}

/* --- withdrawn --- */

static void undo(struct offline *o, unsigned long end)
{
	struct blocks all = { o->b.nr, end }, s = { .end = o->b.nr };

	while (pfi_next_segment(o->mem, all, &s))
		pf_undo_isolate_range(o->mem, first_pfn_of(o->mem, s), end_pfn_of(o->mem, s));
}

static int isolate(struct offline *o)
{
	struct blocks s = { .end = o->b.nr };

	while (pfi_next_segment(o->mem, o->b, &s)) {
		int ret = pf_isolate_range(o->mem, first_pfn_of(o->mem, s), end_pfn_of(o->mem, s),
					   PF_MOVABLE, PF_ISOLATE_SKIP_POISONED, &o->stuck);

		if (ret) {
			undo(o, s.nr);
			return ret;
		}
	}
	return 0;
}

/* --- emptied --- */

static int empty_segment(struct offline *o, struct blocks s, const struct pf_mover *mover)
{
	pf_pfn start = first_pfn_of(o->mem, s), end = end_pfn_of(o->mem, s), pfn = start;

	for (int round = 0; round < ROUNDS; round++) {
		pfn = pf_test_pages_isolated(o->mem, pfn, end, PF_ISOLATE_SKIP_POISONED);
		if (pfn >= end)
			return 0;
		if (!mover)
			pf_pause();
		else if (pfi_move_out(o->mem, pfn, end, PF_GFP_ANY_ZONE, mover))
			return stuck(o, pfn, "it is in use, and there is no room to move it to",
				     -PF_ENOMEM);
	}
	pfn = pf_test_pages_isolated(o->mem, pfn, end, PF_ISOLATE_SKIP_POISONED);
	if (pfn >= end)
		return 0;
	return stuck(o, pfn,
		     mover ? "it is in use, and the mover did not move it"
			   : "it is in use, and there is no mover",
		     -PF_EBUSY);
}

static int empty(struct offline *o, const struct pf_mover *mover)
{
	struct blocks s = { .end = o->b.nr };
	int ret = 0;

	while (!ret && pfi_next_segment(o->mem, o->b, &s))
		ret = empty_segment(o, s, mover);
	return ret;
}

/* --- cut out of the lists --- */

/*
 * Nobody gets a page of an isolated block, and all of them were free or damaged: that can change
 * into nothing but the other of the two.
 */
static _Noreturn void not_free(void)
{
	pf_port_panic("a page of an isolated block was handed out");
}

/* What is free of a split block leaves the lists; what is damaged keeps a mark for the next time.
 */
static void take_split(struct offline *o, unsigned long nr)
{
	struct pf_mem *mem = o->mem;
	pf_pfn pfn = pf_block_pfn(mem, nr), end = pfn + PF_BLOCK_PAGES;

	while (pfn < end) {
		struct pf_page *page = page_of(mem, pfn);
		uint32_t info = pf_load(&page->info);
		unsigned order = pf_info_order(info);

		if (pf_info_state(info) == PF_FREE)
			pfi_cut(mem, o->zone, pfn, order, pfn, pfn + (1ul << order));
		else if (pf_info_state(info) == PF_POISONED)
			pf_store(&page->info, (info & PF_INFO_PLACE) | PF_TAIL | PF_INFO_MARKED);
		else
			not_free();
		pfn += 1ul << order;
	}
	pf_store(&mem->blocks[nr].info, mem->blocks[nr].info | PF_INFO_MARKED);
	pfi_unsplit(mem, nr, PF_OFFLINE);
}

/* Whole blocks, or one that is split. Return: where it stopped. Under the zone's lock. */
static unsigned long take_some(struct offline *o, unsigned long nr, unsigned long end)
{
	struct pf_mem *mem = o->mem;
	unsigned long from = nr;

	while (nr < end && pf_info_state(mem->blocks[nr].info) == PF_FREE)
		nr = pfi_cut_chain(mem, o->zone, nr, end);
	pfi_mark_blocks(mem, from, nr - from, PF_OFFLINE);
	if (nr > from)
		return nr;
	if (pf_info_state(mem->blocks[nr].info) != PF_SPLIT)
		not_free();
	take_split(o, nr);
	return nr + 1;
}

static void take(struct offline *o, struct blocks s)
{
	while (s.nr < s.end) {
		pf_irqflags flags = pf_lock_irqsave(&o->zone->lock);

		o->zone->locked++;
		s.nr = take_some(o, s.nr,
				 s.end - s.nr > BLOCKS_AT_ONCE ? s.nr + BLOCKS_AT_ONCE : s.end);
		pf_unlock_irqrestore(&o->zone->lock, flags);
	}
}

static void take_all(struct offline *o)
{
	struct blocks s = { .end = o->b.nr };

	while (pfi_next_segment(o->mem, o->b, &s))
		take(o, s);
}

/* --- nobody's --- */

/* Pages that count no longer. */
struct gone {
	unsigned long managed, highatomic;
};

static void leave(struct pf_mem *mem, unsigned long nr, void *arg)
{
	struct pf_block *b = &mem->blocks[nr];
	struct gone *gone = arg;
	enum pf_migratetype before =
		(enum pf_migratetype)((b->info & PF_INFO_BEFORE) >> PF_INFO_BEFORE_SHIFT);

	gone->managed += pf_load(&b->use) == PF_USE_MEMMAP ? 0 : PF_BLOCK_PAGES;
	gone->highatomic += before == PF_HIGHATOMIC ? PF_BLOCK_PAGES : 0;
	pf_store(&b->info, (b->info & (PF_INFO_PLACE | PF_INFO_MARKED)) |
				   info_migratetype(PF_MOVABLE) | PF_OFFLINE);
}

static void finish(struct offline *o)
{
	struct gone gone = { 0 };
	pf_irqflags flags;

	pfi_each_block(o->mem, o->b, leave, &gone);
	flags = pf_lock_irqsave(&o->zone->lock);
	pf_store(&o->zone->managed, o->zone->managed - gone.managed);
	o->zone->nr_highatomic -= gone.highatomic;
	pf_unlock_irqrestore(&o->zone->lock, flags);
	pfi_zone_shrink(o->mem, o->zone, o->b, (o->b.end - o->b.nr) << PF_BLOCK_ORDER);
	pfi_watermarks_follow(o->mem);
	pf_synchronize(&o->mem->readers);
}

static int offline(struct offline *o, const struct pf_mover *mover)
{
	int ret = find_zone(o);

	if (ret)
		return ret;
	/* A chunk of which no page is in use need not be in the way. */
	pf_drain_nofree(o->mem, o->zone->nid);
	ret = isolate(o);
	if (ret)
		return ret;
	ret = empty(o, mover);
	if (ret) {
		undo(o, o->b.end);
		return ret;
	}
	take_all(o);
	finish(o);
	return 0;
}

int pf_offline_pages(struct pf_mem *mem, pf_pfn start, unsigned long nr,
		     const struct pf_mover *mover, struct pf_obstacle *obstacle)
{
	struct offline o = { .mem = mem, .stuck = { start, NULL } };
	int ret = -PF_EINVAL;

	o.stuck.why = pfi_blocks_of(mem, start, nr, &o.b);
	if (!o.stuck.why) {
		pfi_hotplug_begin(mem);
		ret = offline(&o, mover);
		pfi_hotplug_end(mem);
	}
	if (ret && obstacle)
		*obstacle = o.stuck;
	return ret;
}
