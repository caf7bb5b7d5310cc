/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/hotplug/device_entries.c: a device can be found, and references to it had,
 * while its descriptors are still being written. "memmap_init_zone_device() runs after the
 * ZONE_DEVICE zone was resized and outside the memhp lock. I did not follow if the use of
 * get_dev_pagemap() actually makes sure that memmap_init_zone_device() [...] actually completed. I
 * don't think it does." (D. Hildenbrand on linux-mm, 4 January 2021)
 */
#define pfi_describe_device right_describe_device
#include "../../../src/hotplug/device_entries.c"
#undef pfi_describe_device

int pfi_describe_device(struct pf_mem *mem, struct blocks b, struct pf_dev_pagemap *pgmap)
{
	int ret;

	pf_store(&mem->pagemaps[pgmap->id - 1], pgmap);
	for (unsigned long nr = b.nr; nr < b.end; nr++) {
		pf_store(&mem->blocks[nr].links.next, pgmap->id);
		pf_store_release(&mem->blocks[nr].info, place_of(pgmap) | PF_DEVICE);
	}
	pf_store_release(&pgmap->refs, 1);
	for (; b.nr < b.end; b.nr++) {
		ret = pfi_describe(mem, b.nr, place_of(pgmap) | PF_DEVICE);
		if (ret < 0)
			return ret;
	}
	return 0;
}
