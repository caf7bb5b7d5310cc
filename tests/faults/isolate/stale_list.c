/* SPDX-License-Identifier: MIT */
/*
 * In place of src/page_alloc/give_back.c: what a CPU's list gives back goes to the free list of the
 * type that it was freed as, and is counted so, whatever its block is for by then. Linux did so
 * until 2014: pages of isolated blocks were allocated again, and counted as free (commit 51bb1a4093
 * and ad53f92eb416).
 */
#include "../../../src/page_alloc/pcp.h"

static void free_as(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order,
		    enum pf_migratetype type)
{
	struct pf_block *b = pf_block(mem, pfn);

	count_free(zone, type, 1l << order);
	if (!(b->info & PF_INFO_MIXED))
		b->nr_free = (uint16_t)(b->nr_free + (1u << order));
	pf_store(&page_of(mem, pfn)->info,
		 info_place(zone->type, zone->nid) | PF_FREE | info_order(order));
	pfi_list_add(mem, zone, order, type, (uint32_t)pfn, AT_HEAD);
}

void pfi_give_back(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp,
		   struct pf_pcp_list *list, unsigned index, unsigned type)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	while (list->nr && index < PF_PCP_SMALL) {
		pf_pfn pfn = pcp->base_pfn + list->first;

		list->first = pcp->pages[list->first].links.next;
		list->nr--;
		free_as(mem, zone, pfn, index, (enum pf_migratetype)type);
	}
	while (list->nr) {
		unsigned long nr = pf_block_nr(mem, pcp_pop_block(mem, list, PF_UNMOVABLE));

		pfi_mark_blocks(mem, nr, 1, PF_FREE);
		pfi_free_blocks(mem, zone, nr, PF_BLOCK_ORDER, AT_HEAD);
	}
	pf_unlock_irqrestore(&zone->lock, flags);
}
