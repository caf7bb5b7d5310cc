/* SPDX-License-Identifier: MIT */
/*
 * What entries say of a device's blocks. They were absent, so nobody looks at their descriptors
 * until the one store that says otherwise, and none of another block's is touched.
 */
#include "internal.h"

#include <pageframe/device.h>

#include "../memmap/poison.h"

static uint32_t place_of(const struct pf_dev_pagemap *pgmap)
{
	return info_place(PF_ZONE_DEVICE, pgmap->nid);
}

static void place(struct pf_mem *mem, unsigned long nr, void *pgmap)
{
	pf_store(&mem->blocks[nr].info, place_of(pgmap) | PF_ABSENT);
}

/* The place comes first: memory behind descriptors is to be on its node. */
int pfi_describe_device(struct pf_mem *mem, struct blocks b, struct pf_dev_pagemap *pgmap)
{
	pfi_each_block(mem, b, place, pgmap);
	for (; b.nr < b.end; b.nr++)
		if (pfi_describe(mem, b.nr, place_of(pgmap) | PF_DEVICE) < 0)
			return -PF_ENOMEM;
	return 0;
}

/* Who acquires the entry has the number of the device, and all of the descriptors. */
static void publish(struct pf_mem *mem, unsigned long nr, void *arg)
{
	const struct pf_dev_pagemap *pgmap = arg;
	struct pf_block *b = &mem->blocks[nr];

	unpoison(pf_page(mem, pf_block_pfn(mem, nr)), DESCRIPTORS_SIZE);
	pf_store(&b->links.next, pgmap->id);
	pf_store_release(&b->info, place_of(pgmap) | PF_DEVICE);
}

void pfi_publish_device(struct pf_mem *mem, struct blocks b, struct pf_dev_pagemap *pgmap)
{
	pfi_each_block(mem, b, publish, pgmap);
}
