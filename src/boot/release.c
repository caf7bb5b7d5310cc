/* SPDX-License-Identifier: MIT */
/*
 * Pages that were reserved, or deferred, become free. Whole blocks cost the work of their entries;
 * a part of a block splits it first. There is no third case, whatever else happens at the same
 * time.
 */
#include "internal.h"

#define BLOCKS_AT_ONCE 512ul /* under one lock */

static void refuse(struct release *op, pf_pfn start, pf_pfn end, enum pf_state state)
{
	if (!op->refused) {
		op->first = start;
		op->state = state;
	}
	op->refused += end - start;
}

static void tell(struct pf_mem *mem, pf_pfn start, unsigned long pages, const struct release *op)
{
	if (mem->released)
		mem->released(mem, start, pages, op->how);
}

/* --- whole blocks --- */

/* Blocks from @nr on that are alike in state and place become free. Under the zone's lock. */
static unsigned long mark_free(struct pf_mem *mem, unsigned long nr, unsigned long end,
			       uint32_t info)
{
	uint32_t free = info_become(info, PF_FREE);
	unsigned long n = nr;

	for (; n < end && pf_load(&mem->blocks[n].info) == info; n++)
		pf_store(&mem->blocks[n].info, free);
	return n - nr;
}

/* The first few of the blocks [@nr, @end), under one lock. Return: how many are free now. */
static unsigned long release_blocks(struct pf_mem *mem, unsigned long nr, unsigned long end,
				    const struct release *op)
{
	uint32_t info = pf_load(&mem->blocks[nr].info);
	/* Who shadows pages has work to do for each of them. */
	unsigned long at_once = mem->released ? 1 : BLOCKS_AT_ONCE;
	struct pf_zone *zone;
	pf_irqflags flags;
	unsigned long n;

	if (pf_info_state(info) != op->from)
		return 0;
	end = end - nr < at_once ? end : nr + at_once;
	zone = pf_info_to_zone(mem, info);
	flags = pf_lock_irqsave(&zone->lock);
	n = mark_free(mem, nr, end, info);
	if (n) {
		unsigned long pages = n << PF_BLOCK_ORDER;

		tell(mem, pf_block_pfn(mem, nr), pages, op);
		pfi_free_block_run(mem, zone, nr, nr + n, AT_TAIL);
		pf_store(&zone->managed, zone->managed + pages);
		if (op->from == PF_DEFERRED)
			pf_store(&zone->deferred, zone->deferred - pages);
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return n;
}

/* --- parts of a block --- */

static bool all_reserved(const struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	for (unsigned long i = 0; i < 1ul << order; i++)
		if (pf_info_state(pf_load(&page_of(mem, pfn + i)->info)) != PF_RESERVED)
			return false;
	return true;
}

/* The largest chunk of reserved pages at @pfn; its pages become tails, but for the first. */
static unsigned make_chunk(struct pf_mem *mem, pf_pfn pfn, pf_pfn end, uint32_t place)
{
	unsigned order = fitting_order(pfn, end, PF_BLOCK_ORDER - 1);

	while (order && !all_reserved(mem, pfn, order))
		order--;
	for (unsigned long i = 1; i < 1ul << order; i++)
		pf_store(&page_of(mem, pfn + i)->info, place | PF_TAIL);
	return order;
}

/* Pages of one zone in a split block. Under the zone's lock. */
static unsigned long free_reserved(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end,
				   struct release *op)
{
	uint32_t place = info_place(zone->type, zone->nid);
	unsigned long freed = 0;

	while (pfn < end) {
		enum pf_state state = pf_info_state(pf_load(&page_of(mem, pfn)->info));
		unsigned order = 0;

		if (state == PF_RESERVED) {
			order = make_chunk(mem, pfn, end, place);
			tell(mem, pfn, 1ul << order, op);
			pf_store(&zone->managed, zone->managed + (1ul << order));
			freed += 1ul << order;
			pfi_free_pages(mem, zone, pfn, order, AT_TAIL);
		} else {
			refuse(op, pfn, pfn + 1, state);
		}
		pfn += 1ul << order;
		/*
		 * The last page freed may have made the block whole: nothing of it is reserved any
		 * more.
		 */
		if (pf_info_state(pf_load(&pf_block(mem, pfn - 1)->info)) != PF_SPLIT) {
			if (pfn < end)
				refuse(op, pfn, end, PF_FREE);
			break;
		}
	}
	return freed;
}

/* A block in one zone: split it if it is not, and free what is reserved of [@start, @end). */
static unsigned long release_part(struct pf_mem *mem, pf_pfn start, pf_pfn end, struct release *op)
{
	struct pf_block *b = pf_block(mem, start);
	struct pf_zone *zone = pf_info_to_zone(mem, pf_load(&b->info));
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	enum pf_state state = pf_info_state(b->info);
	unsigned long freed = 0;

	if (state == PF_RESERVED && pfi_split(mem, pf_block_nr(mem, start), PF_RESERVED)) {
		refuse(op, start, end, PF_RESERVED);
		op->no_memory = true;
	} else if (state != PF_RESERVED && state != PF_SPLIT) {
		refuse(op, start, end, state);
	} else {
		freed = free_reserved(mem, zone, start, end, op);
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return freed;
}

/* A block of holes and of several zones: one zone after the other. It is split, and stays so. */
static unsigned long release_mixed(struct pf_mem *mem, pf_pfn start, pf_pfn end, struct release *op)
{
	unsigned long freed = 0;
	pf_irqflags flags;

	while (start < end) {
		uint32_t info = pf_load(&page_of(mem, start)->info);
		pf_pfn next = start + 1;
		struct pf_zone *zone;

		while (next < end && !((pf_load(&page_of(mem, next)->info) ^ info) & PF_INFO_PLACE))
			next++;
		if (pf_info_state(info) == PF_ABSENT) {
			refuse(op, start, start + 1, PF_ABSENT);
			start++;
			continue;
		}
		zone = pf_info_to_zone(mem, info);
		flags = pf_lock_irqsave(&zone->lock);
		freed += free_reserved(mem, zone, start, next, op);
		pf_unlock_irqrestore(&zone->lock, flags);
		start = next;
	}
	return freed;
}

/* --- any range --- */

static unsigned long release_in_block(struct pf_mem *mem, pf_pfn start, pf_pfn end,
				      struct release *op)
{
	uint32_t info = pf_load_acquire(&pf_block(mem, start)->info);

	if (pf_info_state(info) == PF_ABSENT || op->from == PF_DEFERRED) {
		refuse(op, start, end, pf_info_state(info));
		return 0;
	}
	if (info & PF_INFO_MIXED)
		return release_mixed(mem, start, end, op);
	return release_part(mem, start, end, op);
}

unsigned long pfi_release(struct pf_mem *mem, pf_pfn start, pf_pfn end, struct release *op)
{
	unsigned long pages = 0, blocks;

	while (start < end) {
		pf_pfn stop = min_pfn(end, (start | (PF_BLOCK_PAGES - 1)) + 1);

		if (!pf_mem_has_pfn(mem, start)) {
			stop = start < mem->first_pfn ? min_pfn(end, mem->first_pfn) : end;
			refuse(op, start, stop, PF_ABSENT);
			start = stop;
			continue;
		}
		blocks = 0;
		if (stop - start == PF_BLOCK_PAGES)
			blocks = release_blocks(mem, pf_block_nr(mem, start),
						min_pfn(pf_block_nr(mem, end), mem->nr_blocks), op);
		if (blocks) {
			start += blocks << PF_BLOCK_ORDER;
			pages += blocks << PF_BLOCK_ORDER;
		} else {
			pages += release_in_block(mem, start, stop, op);
			start = stop;
		}
	}
	return pages;
}
