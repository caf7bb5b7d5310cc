/* SPDX-License-Identifier: MIT */
/*
 * Free lists by order and migratetype. A link is 32 bits wide: the number of a block, or the low
 * half of a pfn, which the zone's start completes (no zone spans 2^32 pages). The neighbour of the
 * last is itself.
 */
#include "internal.h"

static struct pf_free_list *list_of(struct pf_mem *mem, struct pf_zone *zone, uint32_t info,
				    unsigned long nr)
{
	enum pf_migratetype type = pf_info_migratetype(mem->blocks[nr].info);

	return &zone->free[pf_info_order(info)][type];
}

pf_pfn pfi_link_pfn(const struct pf_zone *zone, uint32_t link)
{
	return zone->start_pfn + (uint32_t)(link - (uint32_t)zone->start_pfn);
}

void pfi_list_add_block(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr)
{
	struct pf_block *b = &mem->blocks[nr];
	struct pf_free_list *list = list_of(mem, zone, b->info, nr);
	uint32_t self = (uint32_t)nr;

	b->prev = self;
	b->next = list->nr ? list->first : self;
	if (list->nr)
		mem->blocks[list->first].prev = self;
	else
		list->last = self;
	list->first = self;
	list->nr++;
}

void pfi_list_add_largest(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			  unsigned long n)
{
	const uint32_t step = 1u << (PF_MAX_ORDER - PF_BLOCK_ORDER);
	uint32_t order = info_order(PF_MAX_ORDER), first = (uint32_t)nr;
	uint32_t last = first + (uint32_t)(n - 1) * step;
	struct pf_free_list *list = list_of(mem, zone, order, nr);

	for (unsigned long i = 0; i < n; i++) {
		uint32_t at = first + (uint32_t)i * step;
		struct pf_block *b = &mem->blocks[at];

		b->prev = at - step;
		b->next = at + step;
		pf_store(&b->info, b->info | PF_INFO_FIRST | order);
	}
	mem->blocks[first].prev = first;
	mem->blocks[last].next = list->nr ? list->first : last;
	if (list->nr)
		mem->blocks[list->first].prev = last;
	else
		list->last = last;
	list->first = first;
	list->nr += n;
}

void pfi_list_del_block(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr)
{
	struct pf_block *b = &mem->blocks[nr];
	struct pf_free_list *list = list_of(mem, zone, b->info, nr);
	bool first = list->first == (uint32_t)nr, last = list->last == (uint32_t)nr;

	if (first)
		list->first = b->next;
	else
		mem->blocks[b->prev].next = last ? b->prev : b->next;
	if (last)
		list->last = b->prev;
	else
		mem->blocks[b->next].prev = first ? b->next : b->prev;
	list->nr--;
}

static struct pf_page *linked(const struct pf_mem *mem, const struct pf_zone *zone, uint32_t link)
{
	return page_of(mem, pfi_link_pfn(zone, link));
}

void pfi_list_add_page(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	struct pf_page *page = page_of(mem, pfn);
	struct pf_free_list *list = list_of(mem, zone, page->info, pf_block_nr(mem, pfn));
	uint32_t self = (uint32_t)pfn;

	page->prev = self;
	page->next = list->nr ? list->first : self;
	if (list->nr)
		linked(mem, zone, list->first)->prev = self;
	else
		list->last = self;
	list->first = self;
	list->nr++;
}

void pfi_list_del_page(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	struct pf_page *page = page_of(mem, pfn);
	struct pf_free_list *list = list_of(mem, zone, page->info, pf_block_nr(mem, pfn));
	bool first = list->first == (uint32_t)pfn, last = list->last == (uint32_t)pfn;

	if (first)
		list->first = page->next;
	else
		linked(mem, zone, page->prev)->next = last ? page->prev : page->next;
	if (last)
		list->last = page->prev;
	else
		linked(mem, zone, page->next)->prev = first ? page->next : page->prev;
	list->nr--;
}
