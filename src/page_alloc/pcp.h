/* SPDX-License-Identifier: MIT */
/*
 * A chunk to a CPU's list and from it: the allocator's hottest path. By who is inside the CPU's
 * lists (pf_cpu_enter()). No lock, and of a chunk's descriptor only the first word and a link are
 * touched.
 */
#ifndef PAGE_ALLOC_PCP_H
#define PAGE_ALLOC_PCP_H

#include "internal.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * What of a block's entry makes it another kind than the one that was freed last. That it is
 * isolated, a migratetype, or has a damaged page in use, is in the same word: nothing is asked for
 * it (tests/truth/hot_paths.sh builds without, and counts).
 */
#ifndef PCP_KIND
#define PCP_KIND (PF_INFO_PLACE | PF_INFO_MIGRATE | PF_INFO_MIXED | PF_INFO_MARKED)
#endif

/* Pages side by side in one block, from the zone's start on. */
struct run {
	uint32_t from;
	uint32_t to;
};

/* Those that pass under one lock at the most. */
#define RUNS 64

/*
 * give_back.c, by who is inside: all of a list. @type: what its chunks were freed as; it is for
 * those who look on, the block's own counts.
 */
void pfi_give_back(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp,
		   struct pf_pcp_list *list, unsigned index, unsigned type);

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

/* The rows of struct pf_mem. */
static inline struct pf_pcp *pcp_first(const struct pf_mem *mem, unsigned cpu, pf_gfp gfp)
{
	return pf_load(&mem->pcps[cpu * mem->pcp_row + (gfp >> 4 & (PCP_FIRST_ZONES - 1))]);
}

/* Pages below block order. @order and @type are those of the list. */
static inline pf_pfn pcp_pop_page(struct pf_pcp *pcp, struct pf_pcp_list *list, unsigned order,
				  unsigned type)
{
	uint32_t at = list->first;
	struct pf_page *page = &pcp->pages[at];

	list->first = page->links.next;
	pf_store(&list->nr, list->nr - 1);
	pf_store(&page->info, pcp->place | PF_ALLOCATED | info_order(order) |
				      info_migratetype((enum pf_migratetype)type));
	return pcp->base_pfn + at;
}

static inline void pcp_push_page(struct pf_pcp *pcp, struct pf_pcp_list *list, pf_pfn pfn,
				 unsigned order)
{
	uint32_t at = (uint32_t)(pfn - pcp->base_pfn);
	struct pf_page *page = &pcp->pages[at];

	pf_store(&page->info, pcp->place | PF_PER_CPU | info_order(order));
	page->links.next = list->first;
	list->first = at;
	pf_store(&list->nr, list->nr + 1);
}

static inline pf_pfn pcp_pop_block(struct pf_mem *mem, struct pf_pcp_list *list, unsigned type)
{
	struct pf_block *b = &mem->blocks[list->first];
	pf_pfn pfn = pf_block_pfn(mem, list->first);

	list->first = b->links.next;
	pf_store(&list->nr, list->nr - 1);
	pf_store(&b->use, (uint8_t)(type << 1));
	return pfn;
}

static inline void pcp_push_block(struct pf_mem *mem, struct pf_pcp_list *list, pf_pfn pfn)
{
	uint32_t nr = (uint32_t)pf_block_nr(mem, pfn);
	struct pf_block *b = &mem->blocks[nr];

	pf_store(&b->use, PF_USE_PER_CPU);
	b->links.next = list->first;
	list->first = nr;
	pf_store(&list->nr, list->nr + 1);
}

static inline pf_pfn pcp_pop(struct pf_mem *mem, struct pf_pcp *pcp, unsigned index, unsigned type)
{
	struct pf_pcp_list *list = &pcp->hot[index][type];

	return index < PF_PCP_SMALL ? pcp_pop_page(pcp, list, index, type)
				    : pcp_pop_block(mem, list, type);
}

static inline void pcp_push(struct pf_mem *mem, struct pf_pcp *pcp, struct pf_pcp_list *list,
			    unsigned index, pf_pfn pfn)
{
	if (index < PF_PCP_SMALL)
		pcp_push_page(pcp, list, pfn, index);
	else
		pcp_push_block(mem, list, pfn);
}

#endif
