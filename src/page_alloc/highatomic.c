/* SPDX-License-Identifier: MIT */
/*
 * A few blocks are kept for chunks that are wanted by those who cannot wait: the blocks where such
 * chunks were found when there was little left, for there will be more of them (Linux:
 * MIGRATE_HIGHATOMIC, commit 0aaa29a56e4f).
 */
#include "internal.h"

void pfi_reserve_highatomic(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	const uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	unsigned long most = zone->managed / 100;

	/* Of a zone that small it would be too much. */
	if (most < PF_BLOCK_PAGES || zone->nr_highatomic >= most)
		return;
	if (info & PF_INFO_MIXED || !is_ordinary(pf_info_migratetype(info)))
		return;
	pfi_convert_block(mem, zone, pf_block_nr(mem, pfn), PF_HIGHATOMIC);
	zone->nr_highatomic += PF_BLOCK_PAGES;
}

bool pfi_unreserve_highatomic(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			      enum pf_migratetype type)
{
	unsigned have = pfi_smallest(zone, order, PF_HIGHATOMIC);

	/* What is smaller may merge with others' chunks once it is of their kind. */
	if (have > PF_MAX_ORDER)
		have = pfi_smallest(zone, 0, PF_HIGHATOMIC);
	if (have > PF_MAX_ORDER)
		return false;
	pfi_convert_block(mem, zone, pf_block_nr(mem, pfi_first(mem, zone, have, PF_HIGHATOMIC)),
			  type);
	zone->nr_highatomic -= PF_BLOCK_PAGES;
	return true;
}
