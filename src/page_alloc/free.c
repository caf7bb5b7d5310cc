/* SPDX-License-Identifier: MIT */
/*
 * Freeing and merging. The buddy of a chunk differs from it in one bit of its number. Below block
 * order both lie in one split block, whose descriptors are all written; from there up only entries
 * are read, which are always complete: no merge can meet an uninitialised neighbour (commit
 * 115d9d77bb0f could).
 */
#include "internal.h"

/* --- blocks --- */

/* Is this block the first of a free chunk of the same place and order? */
static bool is_buddy_block(const struct pf_mem *mem, unsigned long nr, uint32_t info,
			   unsigned order)
{
	const uint32_t same = PF_INFO_PLACE | PF_INFO_STATE | PF_INFO_FIRST | PF_INFO_ORDER;
	uint32_t want = (info & PF_INFO_PLACE) | PF_FREE | PF_INFO_FIRST | info_order(order);
	enum pf_migratetype type = pf_info_migratetype(info), its;
	uint32_t buddy;

	if (nr >= mem->nr_blocks)
		return false;
	buddy = pf_load(&mem->blocks[nr].info);
	its = pf_info_migratetype(buddy);
	return (buddy & same) == want && (its == type || (is_ordinary(its) && is_ordinary(type)));
}

static unsigned long buddy_block(unsigned long nr, unsigned order)
{
	return nr ^ 1ul << (order - PF_BLOCK_ORDER);
}

/* The chunk that this one would make with its buddy: will it merge soon, once that is free? */
static enum list_end block_end(const struct pf_mem *mem, unsigned long nr, uint32_t info,
			       unsigned order)
{
	unsigned long larger = nr & buddy_block(nr, order);

	if (order + 1 >= PF_MAX_ORDER)
		return AT_HEAD;
	return is_buddy_block(mem, buddy_block(larger, order + 1), info, order + 1) ? AT_TAIL
										    : AT_HEAD;
}

/* Counted already. */
static void merge_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned order,
			 enum list_end at_end)
{
	uint32_t info = mem->blocks[nr].info;

	for (; order < PF_MAX_ORDER; order++) {
		unsigned long buddy = buddy_block(nr, order);
		struct pf_block *b = &mem->blocks[buddy];

		if (!is_buddy_block(mem, buddy, info, order))
			break;
		pfi_list_del(mem, zone, order, pf_info_migratetype(b->info), (uint32_t)buddy);
		pf_store(&b->info, info_become(b->info, PF_FREE));
		nr &= buddy;
	}
	info = info_become(mem->blocks[nr].info, PF_FREE) | PF_INFO_FIRST | info_order(order);
	pf_store(&mem->blocks[nr].info, info);
	if (at_end == AT_HEAD)
		at_end = block_end(mem, nr, info, order);
	pfi_list_add(mem, zone, order, pf_info_migratetype(info), (uint32_t)nr, at_end);
}

void pfi_free_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned order,
		     enum list_end at_end)
{
	count_free(zone, pf_info_migratetype(mem->blocks[nr].info), 1l << order);
	merge_blocks(mem, zone, nr, order, at_end);
}

void pfi_free_largest(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
		      unsigned long chunks, enum list_end at_end)
{
	enum pf_migratetype type = pf_info_migratetype(mem->blocks[nr].info);

	for (unsigned long i = 0; i < chunks; i++) {
		struct pf_block *b = &mem->blocks[nr + i * LARGEST_STEP];

		pf_store(&b->info, b->info | PF_INFO_FIRST | info_order(PF_MAX_ORDER));
	}
	count_free(zone, type, (long)(chunks << PF_MAX_ORDER));
	pfi_list_add_largest(mem, zone, type, nr, chunks, at_end);
}

/* The largest chunks there are go into their list all at once; what is left at the ends merges. */
void pfi_free_block_run(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			unsigned long end, enum list_end at_end)
{
	while (nr < end) {
		unsigned order =
			fitting_order(pf_block_pfn(mem, nr), pf_block_pfn(mem, end), PF_MAX_ORDER);
		unsigned long chunks =
			order == PF_MAX_ORDER ? (end - nr) >> (order - PF_BLOCK_ORDER) : 1;

		if (order == PF_MAX_ORDER)
			pfi_free_largest(mem, zone, nr, chunks, at_end);
		else
			pfi_free_blocks(mem, zone, nr, order, at_end);
		nr += chunks << (order - PF_BLOCK_ORDER);
	}
}

void pfi_free_chunk_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			   unsigned long end)
{
	while (nr < end) {
		enum pf_migratetype type = pf_info_migratetype(mem->blocks[nr].info);
		unsigned long n = nr + 1;

		while (n < end && pf_info_migratetype(mem->blocks[n].info) == type)
			n++;
		pfi_free_block_run(mem, zone, nr, n, AT_HEAD);
		nr = n;
	}
}

/* --- pages --- */

/* A buddy is in the same block; in a mixed one, it may be of another zone, or no memory. */
static bool is_buddy_page(const struct pf_mem *mem, pf_pfn pfn, uint32_t place, unsigned order)
{
	return pf_load(&page_of(mem, pfn)->info) == (place | PF_FREE | info_order(order));
}

static enum list_end page_end(const struct pf_mem *mem, pf_pfn pfn, uint32_t place, unsigned order)
{
	pf_pfn larger = pfn & ~(1ul << order);

	if (order + 1 >= PF_BLOCK_ORDER)
		return AT_HEAD;
	return is_buddy_page(mem, larger ^ 2ul << order, place, order + 1) ? AT_TAIL : AT_HEAD;
}

void pfi_free_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order,
		    enum list_end at_end)
{
	uint32_t place = info_place(zone->type, zone->nid);
	struct pf_block *b = pf_block(mem, pfn);
	const uint32_t info = pf_load(&b->info);
	enum pf_migratetype type = pf_info_migratetype(info);

	count_free(zone, type, 1l << order);
	if (!(info & PF_INFO_MIXED))
		b->nr_free = (uint16_t)(b->nr_free + (1u << order));
	for (; order < PF_BLOCK_ORDER; order++) {
		pf_pfn buddy = pfn ^ 1ul << order;

		if (!is_buddy_page(mem, buddy, place, order))
			break;
		pfi_list_del(mem, zone, order, type, (uint32_t)buddy);
		pf_store(&page_of(mem, pfn | buddy)->info, place | PF_TAIL);
		pfn &= buddy;
	}
	if (order < PF_BLOCK_ORDER) {
		pf_store(&page_of(mem, pfn)->info, place | PF_FREE | info_order(order));
		if (at_end == AT_HEAD)
			at_end = page_end(mem, pfn, place, order);
		pfi_list_add(mem, zone, order, type, (uint32_t)pfn, at_end);
		return;
	}
	pf_store(&page_of(mem, pfn)->info, place | PF_TAIL);
	pfi_unsplit(mem, pf_block_nr(mem, pfn), PF_FREE);
	merge_blocks(mem, zone, pf_block_nr(mem, pfn), PF_BLOCK_ORDER, at_end);
}

void pfi_free_run(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end,
		  enum list_end at_end)
{
	while (pfn < end) {
		unsigned order = fitting_order(pfn, end, PF_BLOCK_ORDER - 1);

		pfi_free_pages(mem, zone, pfn, order, at_end);
		pfn += 1ul << order;
	}
}
