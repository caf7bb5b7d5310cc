/* SPDX-License-Identifier: MIT */
/*
 * A chunk to a CPU's list and from it: the allocator's hottest path. By who is inside the CPU's
 * lists (pf_cpu_enter()). No lock, and of a chunk's descriptor only the first word and a link are
 * touched.
 */
#ifndef PAGE_ALLOC_PCP_H
#define PAGE_ALLOC_PCP_H

#include "internal.h"

/* The list's number of an order, or PF_PCP_ORDERS: it has none. */
static inline unsigned pcp_index(unsigned order)
{
	if (order < PF_PCP_SMALL)
		return order;
	return order == PF_BLOCK_ORDER ? PF_PCP_SMALL : PF_PCP_ORDERS;
}

static inline unsigned pcp_order(unsigned index)
{
	return index < PF_PCP_SMALL ? index : PF_BLOCK_ORDER;
}

/* Chunks in a full list. */
static inline uint32_t pcp_full(const struct pf_zone *zone, unsigned order)
{
	uint32_t chunks = pf_load(&zone->pcp_batch) >> order;

	return chunks ? chunks : 1;
}

static inline pf_pfn pcp_pop(struct pf_mem *mem, const struct pf_zone *zone,
			     struct pf_pcp_list *list, unsigned order, enum pf_migratetype type)
{
	pf_pfn pfn;

	pf_store(&list->nr, list->nr - 1);
	if (order < PF_BLOCK_ORDER) {
		struct pf_page *page;

		pfn = pfi_link_pfn(zone, list->first);
		page = page_of(mem, pfn);
		list->first = page->links.next;
		pf_store(&page->info, allocated_info(zone, order, type));
	} else {
		struct pf_block *b = &mem->blocks[list->first];

		pfn = pf_block_pfn(mem, list->first);
		list->first = b->links.next;
		pf_store(&b->per_cpu, 0);
	}
	return pfn;
}

static inline void pcp_push(struct pf_mem *mem, const struct pf_zone *zone,
			    struct pf_pcp_list *list, pf_pfn pfn, unsigned order)
{
	if (order < PF_BLOCK_ORDER) {
		struct pf_page *page = page_of(mem, pfn);

		pf_store(&page->info,
			 info_place(zone->type, zone->nid) | PF_PER_CPU | info_order(order));
		page->links.next = list->first;
		list->first = (uint32_t)pfn;
	} else {
		struct pf_block *b = pf_block(mem, pfn);

		pf_store(&b->per_cpu, 1);
		b->links.next = list->first;
		list->first = (uint32_t)pf_block_nr(mem, pfn);
	}
	pf_store(&list->nr, list->nr + 1);
}

#endif
