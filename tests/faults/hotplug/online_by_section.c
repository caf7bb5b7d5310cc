/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/hotplug/device_entries.c: whether a page is online is asked of its section,
 * and one that has any RAM is online throughout. "pfn_to_online_page() will succeed on ZONE_DEVICE
 * memory parts as the whole section is marked as online. Bad." (D. Hildenbrand on linux-mm, 4
 * January 2021)
 */
#define pfi_publish_device right_publish_device
#include "../../../src/hotplug/device_entries.c"
#undef pfi_publish_device

#include <pageframe/walk.h>

static bool section_is_online(const struct pf_mem *mem, unsigned long nr)
{
	unsigned long section = ~0ul << mem->memory_block_order;
	pf_pfn pfn = pf_block_pfn(mem, nr), at = max_pfn(pfn & section, mem->first_pfn);

	for (; at <= (pfn | ~section) && pf_mem_has_pfn(mem, at); at += PF_BLOCK_PAGES)
		if (PF_ONLINE_STATES >> pf_info_state(pf_load(&pf_block(mem, at)->info)) & 1)
			return true;
	return false;
}

void pfi_publish_device(struct pf_mem *mem, struct blocks b, struct pf_dev_pagemap *pgmap)
{
	right_publish_device(mem, b, pgmap);
	for (; b.nr < b.end; b.nr++)
		if (section_is_online(mem, b.nr))
			pf_store(&mem->blocks[b.nr].info, place_of(pgmap) | PF_RESERVED);
}
