/* SPDX-License-Identifier: MIT */
/* Could this memory be taken offline? A walk that changes nothing. */
#include "internal.h"

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

bool pf_is_removable(struct pf_mem *mem, pf_pfn start, unsigned long nr,
		     struct pf_obstacle *obstacle)
{
	pf_pfn end = start + nr, at = start;
	const char *why = end <= start ? "this is no range" : NULL;

	for (pf_pfn pfn = start; !why && pfn < end; pfn = block_end(pfn)) {
		at = pfn;
		if (!pf_mem_has_pfn(mem, pfn) ||
		    pf_info_state(pf_load(&pf_block(mem, pfn)->info)) == PF_ABSENT)
			why = "it is no memory";
		else if (pf_load(&pf_block(mem, pfn)->use) != PF_USE_MEMMAP)
			why = look(mem, pfn, min_pfn(end, block_end(pfn)), &at);
	}
	if (why && obstacle)
		*obstacle = (struct pf_obstacle){ at, why };
	return !why;
}
