/* SPDX-License-Identifier: MIT */
/* Taking a chunk out of the free lists, and splitting it down to what was asked for. */
#include "internal.h"

/* The upper halves go back; the lower half's first block stays, allocated. */
static void cut_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned have,
		       unsigned want)
{
	while (have > want) {
		unsigned long half = nr + (1ul << (--have - PF_BLOCK_ORDER));
		uint32_t info = mem->blocks[half].info;

		pf_store(&mem->blocks[half].info,
			 info_become(info, PF_FREE) | PF_INFO_FIRST | info_order(have));
		pfi_list_add_block(mem, zone, half);
	}
}

static void mark_blocks(struct pf_mem *mem, unsigned long nr, unsigned order, enum pf_state state)
{
	for (unsigned long i = 0; i < 1ul << (order - PF_BLOCK_ORDER); i++)
		pf_store(&mem->blocks[nr + i].info, info_become(mem->blocks[nr + i].info, state));
}

static void take_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned order)
{
	struct pf_block *b = &mem->blocks[nr];

	pfi_list_del_block(mem, zone, nr);
	cut_blocks(mem, zone, nr, pf_info_order(b->info), order);
	mark_blocks(mem, nr, order, PF_ALLOCATED);
	pf_store(&b->info, b->info | PF_INFO_FIRST | info_order(order));
	zone->nr_free -= 1ul << order;
}

static void cut_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned have,
		      unsigned want)
{
	uint32_t place = info_place(zone->type, zone->nid);

	while (have > want) {
		pf_pfn half = pfn + (1ul << --have);

		pf_store(&page_of(mem, half)->info, place | PF_FREE | info_order(have));
		pfi_list_add_page(mem, zone, half);
	}
	pf_store(&page_of(mem, pfn)->info, place | PF_ALLOCATED | info_order(want));
}

static void take_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order)
{
	struct pf_block *b = pf_block(mem, pfn);
	unsigned have = pf_info_order(page_of(mem, pfn)->info);

	pfi_list_del_page(mem, zone, pfn);
	cut_pages(mem, zone, pfn, have, order);
	zone->nr_free -= 1ul << order;
	if (!(b->info & PF_INFO_MIXED))
		b->nr_free = (uint16_t)(b->nr_free - (1u << order));
}

/* A free block becomes a split one that gives a chunk away. */
static bool take_from_block(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			    unsigned order)
{
	uint32_t info = mem->blocks[nr].info;

	if (pfi_describe(mem, nr, (info & PF_INFO_PLACE) | PF_TAIL) < 0)
		return false;
	pfi_list_del_block(mem, zone, nr);
	cut_blocks(mem, zone, nr, pf_info_order(info), PF_BLOCK_ORDER);
	if (pfi_split(mem, nr, PF_TAIL))
		pf_port_panic("a block whose descriptors are written cannot be split");
	cut_pages(mem, zone, pf_block_pfn(mem, nr), PF_BLOCK_ORDER, order);
	mem->blocks[nr].nr_free = (uint16_t)(PF_BLOCK_PAGES - (1u << order));
	zone->nr_free -= 1ul << order;
	return true;
}

bool pfi_take(struct pf_mem *mem, struct pf_zone *zone, unsigned order, enum pf_migratetype type,
	      pf_pfn *pfn)
{
	for (unsigned have = order; have <= PF_MAX_ORDER; have++) {
		const struct pf_free_list *list = &zone->free[have][type];

		if (!list->nr)
			continue;
		if (have < PF_BLOCK_ORDER) {
			*pfn = pfi_link_pfn(zone, list->first);
			take_pages(mem, zone, *pfn, order);
			return true;
		}
		*pfn = pf_block_pfn(mem, list->first);
		if (order < PF_BLOCK_ORDER)
			return take_from_block(mem, zone, list->first, order);
		take_blocks(mem, zone, list->first, order);
		return true;
	}
	return false;
}

bool pfi_give(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order)
{
	struct pf_block *b = pf_block(mem, pfn);
	uint32_t place = info_place(zone->type, zone->nid);
	uint32_t info = b->info;

	if (order < PF_BLOCK_ORDER) {
		if (pf_info_state(info) != PF_SPLIT ||
		    page_of(mem, pfn)->info != (place | PF_ALLOCATED | info_order(order)))
			return false;
		pfi_free_pages(mem, zone, pfn, order);
		return true;
	}
	if (pf_info_state(info) != PF_ALLOCATED || !(info & PF_INFO_FIRST) ||
	    pf_info_order(info) != order || pfn & (PF_BLOCK_PAGES - 1))
		return false;
	mark_blocks(mem, pf_block_nr(mem, pfn), order, PF_FREE);
	pfi_free_blocks(mem, zone, pf_block_nr(mem, pfn), order);
	return true;
}
