/* SPDX-License-Identifier: MIT */
/*
 * Freeing and merging. The buddy of a chunk differs from it in one bit of its number. Below block
 * order both lie in one split block, whose descriptors are all written; from there up only entries
 * are read, which are always complete: no merge can meet an uninitialised neighbour (seed:
 * memblock_free_late(), 2023).
 */
#include "internal.h"

/* Chunks of isolated memory and of CMA merge with their like only. */
static bool may_merge(uint32_t a, uint32_t b)
{
	enum pf_migratetype x = pf_info_migratetype(a), y = pf_info_migratetype(b);

	return x == y || (x < PF_CMA && y < PF_CMA);
}

/* Is this block the first of a free chunk of the same place and order? */
static bool is_buddy_block(const struct pf_mem *mem, unsigned long nr, uint32_t info,
			   unsigned order)
{
	const uint32_t same = PF_INFO_PLACE | PF_INFO_STATE | PF_INFO_FIRST | PF_INFO_ORDER;
	uint32_t want = (info & PF_INFO_PLACE) | PF_FREE | PF_INFO_FIRST | info_order(order);
	uint32_t buddy;

	if (nr >= mem->nr_blocks)
		return false;
	buddy = pf_load(&mem->blocks[nr].info);
	return (buddy & same) == want && may_merge(buddy, info);
}

void pfi_free_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned order)
{
	uint32_t info = mem->blocks[nr].info;

	zone->nr_free += 1ul << order;
	for (; order < PF_MAX_ORDER; order++) {
		unsigned long buddy = nr ^ 1ul << (order - PF_BLOCK_ORDER);

		if (!is_buddy_block(mem, buddy, info, order))
			break;
		pfi_list_del_block(mem, zone, buddy);
		pf_store(&mem->blocks[buddy].info, info_become(mem->blocks[buddy].info, PF_FREE));
		nr &= buddy;
	}
	info = info_become(mem->blocks[nr].info, PF_FREE) | PF_INFO_FIRST | info_order(order);
	pf_store(&mem->blocks[nr].info, info);
	pfi_list_add_block(mem, zone, nr);
}

void pfi_free_largest(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
		      unsigned long chunks)
{
	zone->nr_free += chunks << PF_MAX_ORDER;
	pfi_list_add_largest(mem, zone, nr, chunks);
}

/* A buddy is in the same block; in a mixed one, it may be of another zone, or no memory. */
static bool is_buddy_page(const struct pf_mem *mem, pf_pfn pfn, uint32_t place, unsigned order)
{
	const uint32_t same = PF_INFO_PLACE | PF_INFO_STATE | PF_INFO_ORDER;

	return (pf_load(&page_of(mem, pfn)->info) & same) == (place | PF_FREE | info_order(order));
}

static void count_free(struct pf_zone *zone, struct pf_block *b, unsigned order)
{
	zone->nr_free += 1ul << order;
	if (!(b->info & PF_INFO_MIXED))
		b->nr_free = (uint16_t)(b->nr_free + (1u << order));
}

void pfi_free_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order)
{
	uint32_t place = page_of(mem, pfn)->info & PF_INFO_PLACE;
	struct pf_block *b = pf_block(mem, pfn);

	count_free(zone, b, order);
	for (; order < PF_BLOCK_ORDER; order++) {
		pf_pfn buddy = pfn ^ 1ul << order;

		if (!is_buddy_page(mem, buddy, place, order))
			break;
		pfi_list_del_page(mem, zone, buddy);
		pf_store(&page_of(mem, pfn | buddy)->info, place | PF_TAIL);
		pfn &= buddy;
	}
	if (order < PF_BLOCK_ORDER) {
		pf_store(&page_of(mem, pfn)->info, place | PF_FREE | info_order(order));
		pfi_list_add_page(mem, zone, pfn);
		return;
	}
	pf_store(&page_of(mem, pfn)->info, place | PF_TAIL);
	zone->nr_free -= PF_BLOCK_PAGES; /* counted again as a block */
	pfi_unsplit(mem, pf_block_nr(mem, pfn), PF_FREE);
	pfi_free_blocks(mem, zone, pf_block_nr(mem, pfn), PF_BLOCK_ORDER);
}
