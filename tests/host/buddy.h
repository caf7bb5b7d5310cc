/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator alone, without per-CPU lists, fall-back and watermarks: a chunk of a
 * migratetype's own, and back. Under the zone's lock.
 */
#ifndef TESTS_BUDDY_H
#define TESTS_BUDDY_H

#include "../../src/page_alloc/internal.h"

/* As PF_ALLOCATED. Return: false if there is none, or no memory for descriptors. */
static inline bool buddy_take(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			      enum pf_migratetype type, pf_pfn *pfn)
{
	unsigned have = pfi_smallest(zone, order, type);

	if (have > PF_MAX_ORDER)
		return false;
	*pfn = pfi_first(mem, zone, have, type);
	if (!pfi_cut(mem, zone, *pfn, have, *pfn, *pfn + (1ul << order)))
		return false;
	pfi_mark_allocated(mem, zone, *pfn, order, type);
	return true;
}

/* And back: false if the chunk is not allocated with that order. */
static inline bool buddy_give(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order)
{
	uint32_t info = pf_block(mem, pfn)->info;
	unsigned long nr = pf_block_nr(mem, pfn);

	if (order < PF_BLOCK_ORDER) {
		if (pf_info_state(info) != PF_SPLIT ||
		    (page_of(mem, pfn)->info & ~PF_INFO_MIGRATE) !=
			    allocated_info(zone, order, PF_UNMOVABLE))
			return false;
		pf_store(&page_of(mem, pfn)->info, info_place(zone->type, zone->nid) | PF_TAIL);
		pfi_free_pages(mem, zone, pfn, order, AT_HEAD);
		return true;
	}
	if (pf_info_state(info) != PF_ALLOCATED || !(info & PF_INFO_FIRST) ||
	    pf_info_order(info) != order || pfn & (PF_BLOCK_PAGES - 1))
		return false;
	pfi_mark_blocks(mem, nr, 1ul << (order - PF_BLOCK_ORDER), PF_FREE);
	pfi_free_blocks(mem, zone, nr, order, AT_HEAD);
	return true;
}

#endif
