/* SPDX-License-Identifier: MIT */
/*
 * Blocks are withdrawn and come back. Isolation is the migratetype of the block's entry, and
 * nothing else: whoever frees a page asks the entry, under the zone's lock, and no page remembers
 * anything that could be old. What the block was for waits in the entry, too.
 */
#include "internal.h"

#include "../lib/line.h"

struct isolation {
	struct pf_mem *mem;
	pf_pfn from, to; /* what must be movable */
	enum pf_migratetype type;
	unsigned flags;
	struct pf_obstacle obstacle; /* told when no lock is held */
	bool in_use;		     /* pages of the range may be on their way between lists */
};

static enum pf_migratetype type_before(uint32_t info)
{
	return (enum pf_migratetype)((info & PF_INFO_BEFORE) >> PF_INFO_BEFORE_SHIFT);
}

static void set_isolated(struct pf_block *b)
{
	uint32_t before = (uint32_t)pf_info_migratetype(b->info) << PF_INFO_BEFORE_SHIFT;

	pf_store(&b->info, info_retype(b->info & ~PF_INFO_BEFORE, PF_ISOLATE) | before);
}

static void set_back(struct pf_block *b)
{
	pf_store(&b->info, info_retype(b->info & ~PF_INFO_BEFORE, type_before(b->info)));
}

/* --- what is in the way --- */

/* The pages of one block; 0, -PF_EBUSY. @why: something is in the way, whatever they are. */
static int look_at(struct isolation *i, pf_pfn block, const char *why)
{
	pf_pfn end = min_pfn(block + PF_BLOCK_PAGES, i->to), pfn = max_pfn(block, i->from);
	unsigned long step;

	for (; !why && pfn < end; pfn += why ? 0 : step)
		why = pfi_in_the_way(i->mem, pfn, i->type, i->flags, &step);
	i->obstacle = (struct pf_obstacle){ pfn, why };
	return why ? -PF_EBUSY : 0;
}

/* --- withdrawn --- */

/* A split block, or one that is in use: what is free in it changes lists. */
static void isolate_used(struct isolation *i, struct pf_zone *zone, unsigned long nr)
{
	struct pf_block *b = &i->mem->blocks[nr];
	enum pf_migratetype before = pf_info_migratetype(b->info);

	pfi_convert_block(i->mem, zone, nr, PF_ISOLATE);
	pf_store(&b->info, b->info | (uint32_t)before << PF_INFO_BEFORE_SHIFT);
	i->in_use = true;
}

/* Free blocks from @nr on, up to @end or the first that is not free. Return: where it stopped. */
static unsigned long isolate_free(struct isolation *i, struct pf_zone *zone, unsigned long nr,
				  unsigned long end)
{
	struct pf_mem *mem = i->mem;
	unsigned long at = nr;

	while (at < end && is_free_of(zone, pf_load(&mem->blocks[at].info)) &&
	       !pfi_entry_in_the_way(pf_load(&mem->blocks[at].info), i->type)) {
		unsigned long stop = pfi_cut_chain(mem, zone, at, end);

		for (; at < stop; at++)
			set_isolated(&mem->blocks[at]);
	}
	if (at > nr)
		pfi_free_block_run(mem, zone, nr, at, AT_HEAD);
	return at;
}

/*
 * Blocks of one zone, up to @end, BLOCKS_AT_ONCE, or an obstacle. Return: 0 and @nr moves on;
 * -PF_EBUSY.
 */
static int isolate_some(struct isolation *i, unsigned long *nr, unsigned long end)
{
	uint32_t info = pf_load(&i->mem->blocks[*nr].info), place = info & PF_INFO_PLACE;
	struct pf_zone *zone;
	pf_irqflags flags;
	int ret = 0;

	if (pf_info_state(info) == PF_ABSENT)
		return look_at(i, pf_block_pfn(i->mem, *nr), "it is no memory");
	zone = lock_zone_of(i->mem, pf_block_pfn(i->mem, *nr), &flags);
	if (end - *nr > BLOCKS_AT_ONCE)
		end = *nr + BLOCKS_AT_ONCE;
	while (*nr < end && (pf_load(&i->mem->blocks[*nr].info) & PF_INFO_PLACE) == place) {
		unsigned long free = isolate_free(i, zone, *nr, end);

		if (free > *nr) {
			*nr = free;
			break;
		}
		ret = look_at(i, pf_block_pfn(i->mem, *nr),
			      pfi_entry_in_the_way(pf_load(&i->mem->blocks[*nr].info), i->type));
		if (ret)
			break;
		isolate_used(i, zone, (*nr)++);
		end = *nr; /* it took long enough */
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return ret;
}

/* Nothing of the range is on a list of a CPU, or on its way there or back. */
static bool drain_all_of(struct pf_mem *mem, unsigned long nr, unsigned long end)
{
	uint32_t drained = 0;
	bool all = true;

	for (bool any = false; nr < end; nr++) {
		uint32_t place = pf_load(&mem->blocks[nr].info) & PF_INFO_PLACE;

		if (any && place == drained)
			continue;
		all &= pfi_drain_zone(mem, pf_info_to_zone(mem, place),
				      PFI_DRAIN_WAIT | PFI_DRAIN_EMPTY);
		drained = place;
		any = true;
	}
	return all;
}

/*
 * What was on a CPU's list when it was looked at may have been handed out until the drain, and for
 * something that cannot be moved. Nothing is handed out any more: so this look is the last.
 */
static int look_again(struct isolation *i, unsigned long nr, unsigned long end)
{
	int ret = 0;

	for (; nr < end && !ret; nr++) {
		uint32_t info = pf_load(&i->mem->blocks[nr].info);
		struct pf_zone *zone = pf_info_to_zone(i->mem, info);
		pf_irqflags flags;

		if (pf_info_state(info) == PF_FREE)
			continue;
		flags = pf_lock_irqsave(&zone->lock);
		ret = look_at(i, pf_block_pfn(i->mem, nr), NULL);
		pf_unlock_irqrestore(&zone->lock, flags);
	}
	return ret;
}

static void undo(struct pf_mem *mem, unsigned long nr, unsigned long end);

int pfi_isolate(struct pf_mem *mem, pf_pfn start, pf_pfn end, pf_pfn from, pf_pfn to,
		enum pf_migratetype type, unsigned flags, struct pf_obstacle *obstacle)
{
	struct isolation i = { mem, from, to, type, flags, { start, NULL }, false };
	unsigned long first = pf_block_nr(mem, start), last = pf_block_nr(mem, end - 1) + 1;
	unsigned long nr = first;
	int ret = 0;

	while (nr < last && !ret)
		ret = isolate_some(&i, &nr, last);
	if (!ret && i.in_use && !drain_all_of(mem, first, last)) {
		i.obstacle.pfn = start;
		i.obstacle.why = "it may be on a list of a CPU that cannot be reached";
		ret = -PF_EBUSY;
	}
	if (!ret && i.in_use)
		ret = look_again(&i, first, last);
	if (!ret)
		return 0;
	undo(mem, first, nr);
	return pfi_refuse(obstacle, flags, ret, i.obstacle.pfn, i.obstacle.why);
}

int pf_isolate_range(struct pf_mem *mem, pf_pfn start, pf_pfn end, enum pf_migratetype type,
		     unsigned flags, struct pf_obstacle *obstacle)
{
	const unsigned known = PF_ISOLATE_SKIP_POISONED | PF_ISOLATE_REPORT;
	pf_pfn at;
	const char *why = pfi_not_blocks(mem, start, end, type, &at);

	if (!why && flags & ~known) {
		why = "it is asked for with flags that do not exist";
		at = start;
	}
	if (why)
		return pfi_refuse(obstacle, flags, -PF_EINVAL, at, why);
	return pfi_isolate(mem, start, end, start, end, type, flags, obstacle);
}

/* --- and back --- */

/*
 * Isolated free blocks from @nr on, to the lists of what each was for. Return: where it stopped.
 */
static unsigned long undo_free(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			       unsigned long end)
{
	unsigned long at = nr;

	while (at < end && is_free_of(zone, pf_load(&mem->blocks[at].info)) &&
	       pf_info_migratetype(pf_load(&mem->blocks[at].info)) == PF_ISOLATE) {
		unsigned long stop = pfi_cut_chain(mem, zone, at, end);

		for (; at < stop; at++)
			set_back(&mem->blocks[at]);
	}
	pfi_free_chunk_blocks(mem, zone, nr, at);
	return at;
}

static void undo_used(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr)
{
	struct pf_block *b = &mem->blocks[nr];

	pfi_convert_block(mem, zone, nr, type_before(b->info));
	pf_store(&b->info, b->info & ~PF_INFO_BEFORE);
}

/* Return: where it stopped. */
static unsigned long undo_some(struct pf_mem *mem, unsigned long nr, unsigned long end)
{
	uint32_t info = pf_load(&mem->blocks[nr].info), place = info & PF_INFO_PLACE;
	struct pf_zone *zone;
	pf_irqflags flags;

	if (pf_info_state(info) == PF_ABSENT)
		return nr + 1;
	zone = lock_zone_of(mem, pf_block_pfn(mem, nr), &flags);
	if (end - nr > BLOCKS_AT_ONCE)
		end = nr + BLOCKS_AT_ONCE;
	while (nr < end && (pf_load(&mem->blocks[nr].info) & PF_INFO_PLACE) == place) {
		info = pf_load(&mem->blocks[nr].info);
		if (pf_info_migratetype(info) != PF_ISOLATE) {
			nr++;
		} else if (pf_info_state(info) == PF_FREE) {
			nr = undo_free(mem, zone, nr, end);
		} else {
			undo_used(mem, zone, nr++);
			end = nr; /* it took long enough */
		}
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return nr;
}

static void undo(struct pf_mem *mem, unsigned long nr, unsigned long end)
{
	while (nr < end)
		nr = undo_some(mem, nr, end);
}

static void nothing_is_undone(pf_pfn start, pf_pfn end, pf_pfn at, const char *why)
{
	struct line l = { 0 };

	line_str(&l, "pf_undo_isolate_range: pfn ");
	line_0x(&l, start);
	line_char(&l, '-');
	line_0x(&l, end);
	line_str(&l, ": ");
	line_0x(&l, at);
	line_str(&l, ": ");
	line_str(&l, why);
	line_str(&l, "; nothing is undone");
	pf_port_print(PF_ERR, l.text);
}

void pf_undo_isolate_range(struct pf_mem *mem, pf_pfn start, pf_pfn end)
{
	pf_pfn at;
	const char *why = pfi_not_blocks(mem, start, end, PF_MOVABLE, &at);

	if (why)
		nothing_is_undone(start, end, at, why);
	else
		undo(mem, pf_block_nr(mem, start), pf_block_nr(mem, end - 1) + 1);
}
