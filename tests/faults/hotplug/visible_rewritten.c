/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/hotplug/device_entries.c: who maps a device initialises descriptors by
 * sections, those of RAM that are there and in use among them. "So when hotadding ZONE_DEVICE we
 * are modifying already existing and visible memmaps. Bad." (D. Hildenbrand on linux-mm, 4 January
 * 2021)
 */
#define pfi_describe_device right_describe_device
#include "../../../src/hotplug/device_entries.c"
#undef pfi_describe_device

int pfi_describe_device(struct pf_mem *mem, struct blocks b, struct pf_dev_pagemap *pgmap)
{
	unsigned long section = ~0ul << mem->memory_block_order;
	pf_pfn from = first_pfn_of(mem, b) & section,
	       to = ((end_pfn_of(mem, b) - 1) | ~section) + 1;

	for (from = max_pfn(from, mem->first_pfn); from < to && pf_mem_has_pfn(mem, from); from++)
		if (pf_info_state(pf_block(mem, from)->info) == PF_SPLIT)
			*pf_page(mem, from) =
				(struct pf_page){ .info = place_of(pgmap) | PF_DEVICE };
	return right_describe_device(mem, b, pgmap);
}
