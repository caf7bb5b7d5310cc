/* SPDX-License-Identifier: MIT */
/* A contiguous memory area: reserved blocks that movable pages may use until they are wanted. */
#include "internal.h"

/* All of the blocks reserved, and of one zone? */
static struct pf_zone *zone_of_reserved(struct pf_mem *mem, pf_pfn start, pf_pfn end)
{
	uint32_t first;

	if (start >= end || (start | end) & (PF_BLOCK_PAGES - 1) || !pf_mem_has_pfn(mem, start) ||
	    !pf_mem_has_pfn(mem, end - 1))
		return NULL;
	first = pf_load(&pf_block(mem, start)->info) & (PF_INFO_PLACE | PF_INFO_STATE);
	for (pf_pfn pfn = start; pfn < end; pfn += PF_BLOCK_PAGES)
		if ((pf_load(&pf_block(mem, pfn)->info) & (PF_INFO_PLACE | PF_INFO_STATE)) != first)
			return NULL;
	return pf_info_state(first) == PF_RESERVED ? pf_info_to_zone(mem, first) : NULL;
}

int pf_init_cma(struct pf_mem *mem, pf_pfn start, pf_pfn end)
{
	struct pf_zone *zone = zone_of_reserved(mem, start, end);
	unsigned long nr, last;
	pf_irqflags flags;

	if (!zone)
		return -PF_EINVAL;
	nr = pf_block_nr(mem, start);
	last = pf_block_nr(mem, end - 1) + 1;
	flags = pf_lock_irqsave(&zone->lock);
	for (unsigned long i = nr; i < last; i++) {
		struct pf_block *b = &mem->blocks[i];

		pf_store(&b->info, info_retype(info_become(b->info, PF_FREE), PF_CMA));
	}
	if (mem->released)
		mem->released(mem, start, end - start, PF_RELEASE_LATE);
	pfi_free_block_run(mem, zone, nr, last, AT_TAIL);
	pf_store(&zone->managed, zone->managed + (end - start));
	zone->nr_cma += end - start;
	pf_unlock_irqrestore(&zone->lock, flags);
	return 0;
}
