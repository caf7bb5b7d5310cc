/* SPDX-License-Identifier: MIT */
/*
 * From a CPU's list to the zone: by runs, which are made before the lock is taken, and merge at
 * once. Which free list they come to their block says, under the lock. It may be isolated since
 * they were freed; the list that they waited on is no answer (tests/faults/isolate/stale_list.c).
 */
#include "pcp.h"

/* Chunks of a list that lie side by side in one block, whichever way, as PF_TAIL. */
static struct run pop_pages(struct pf_pcp *pcp, struct pf_pcp_list *list, unsigned order)
{
	const uint32_t size = 1u << order, bias = (uint32_t)pcp->base_pfn;
	struct run run = { list->first, list->first };
	uint32_t at = list->first, n = 0;

	do {
		struct pf_page *page = &pcp->pages[at];

		if (at == run.to)
			run.to += size;
		else
			run.from -= size;
		list->first = page->links.next;
		pf_store(&page->info, pcp->place | PF_TAIL);
		n++;
		at = list->first;
	} while (n < list->nr &&
		 (at + bias) >> PF_BLOCK_ORDER == (run.from + bias) >> PF_BLOCK_ORDER &&
		 (at == run.to || at + size == run.from));
	pf_store(&list->nr, list->nr - n);
	return run;
}

/* It says that it is on a list until it is free: nobody may free it in between. */
static struct run pop_block(struct pf_mem *mem, struct pf_pcp *pcp, struct pf_pcp_list *list)
{
	uint32_t at = (uint32_t)(pf_block_pfn(mem, list->first) - pcp->base_pfn);

	list->first = mem->blocks[list->first].links.next;
	pf_store(&list->nr, list->nr - 1);
	return (struct run){ at, at + (uint32_t)PF_BLOCK_PAGES };
}

static void free_run(struct pf_mem *mem, struct pf_zone *zone, struct run run)
{
	pf_pfn pfn = zone->base_pfn + run.from;
	unsigned long nr = pf_block_nr(mem, pfn);

	if (unlikely(pf_load(&mem->blocks[nr].info) & PF_INFO_MARKED)) {
		/* It came onto the list before that was seen. */
		pfi_free_marked(mem, zone, pfn, zone->base_pfn + run.to);
		return;
	}
	if (run.to - run.from < PF_BLOCK_PAGES) {
		pfi_free_run(mem, zone, pfn, zone->base_pfn + run.to, AT_HEAD);
		return;
	}
	if (pf_info_state(mem->blocks[nr].info) == PF_SPLIT)
		pfi_unsplit(mem, nr, PF_FREE);
	else
		pfi_mark_blocks(mem, nr, 1, PF_FREE);
	pfi_free_blocks(mem, zone, nr, PF_BLOCK_ORDER, AT_HEAD);
}

void pfi_give_back(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp,
		   struct pf_pcp_list *list, unsigned index, unsigned type)
{
	struct run runs[RUNS];
	pf_irqflags flags;

	(void)type;
	while (list->nr) {
		unsigned n = 0;

		for (; list->nr && n < RUNS; n++)
			runs[n] = index < PF_PCP_SMALL ? pop_pages(pcp, list, index)
						       : pop_block(mem, pcp, list);
		flags = pf_lock_irqsave(&zone->lock);
		zone->locked++;
		for (unsigned i = 0; i < n; i++)
			free_run(mem, zone, runs[i]);
		pf_unlock_irqrestore(&zone->lock, flags);
	}
}
