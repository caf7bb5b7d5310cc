/* SPDX-License-Identifier: MIT */
/* Could this memory be taken offline? A walk that changes nothing. */
#include "internal.h"

#include <pageframe/walk.h>

/* The pages of one block; NULL: nothing is in the way. */
static const char *look(struct pf_mem *mem, pf_pfn pfn, pf_pfn end, pf_pfn *at)
{
	pf_irqflags flags;
	struct pf_zone *zone = lock_zone_of(mem, pfn, &flags);
	const char *why = pfi_entry_in_the_way(pf_load(&pf_block(mem, pfn)->info), PF_MOVABLE);
	unsigned long step;

	for (; !why && pfn < end; pfn += why ? 0 : step)
		why = pfi_in_the_way(mem, pfn, PF_MOVABLE, PF_ISOLATE_SKIP_POISONED, &step);
	*at = pfn;
	pf_unlock_irqrestore(&zone->lock, flags);
	return why;
}

/* Of what may go at all. */
static const char *look_at_block(struct pf_mem *mem, pf_pfn pfn, pf_pfn end, struct blocks all,
				 pf_pfn *at)
{
	unsigned long nr = pf_block_nr(mem, pfn);
	enum pf_state state = pf_info_state(pf_load(&mem->blocks[nr].info));

	*at = pfn;
	if (!(PF_ONLINE_STATES >> state & 1))
		return pfi_state_in_the_way(state, 0);
	if (pf_load(&mem->blocks[nr].use) != PF_USE_MEMMAP)
		return look(mem, pfn, min_pfn(end, block_end(pfn)), at);
	return pfi_is_needed(mem, all, nr) ? "it holds descriptors of memory that is online" : NULL;
}

bool pf_is_removable(struct pf_mem *mem, pf_pfn start, unsigned long nr,
		     struct pf_obstacle *obstacle)
{
	pf_pfn first = start & ~(PF_BLOCK_PAGES - 1), end = start + nr, at = start;
	struct blocks all;
	const char *why = end <= start ? "this is no range" : NULL;
	/* What is found online is not removed, and not added as another's, while it is looked at.
	 */
	unsigned turn = pf_read_lock(&mem->readers);

	if (!why)
		why = pfi_blocks_of(mem, first, block_end(end - 1) - first, &all);
	for (pf_pfn pfn = start; !why && pfn < end; pfn = block_end(pfn))
		why = look_at_block(mem, pfn, end, all, &at);
	pf_read_unlock(&mem->readers, turn);
	if (why && obstacle)
		*obstacle = (struct pf_obstacle){ at, why };
	return !why;
}
