/* SPDX-License-Identifier: MIT */
/*
 * Memory of devices: it has descriptors, as RAM has, and a zone of its own, and is never
 * allocated. Device memory and RAM meet between blocks, also where they share what other kernels
 * call a section. docs/hotplug.md has how a look-up can tell them apart at any moment.
 *
 * Context: as for hotplug.h, where nothing else is said.
 */
#ifndef PAGEFRAME_DEVICE_H
#define PAGEFRAME_DEVICE_H

#include <pageframe/mem.h>

/*
 * A device's range. Its memory is the caller's, who sets what is above the line, and must stay as
 * long as the range is mapped.
 */
struct pf_dev_pagemap {
	pf_phys start, size; /* bytes; what is no whole block at the ends is lost */
	int nid;
	/*
	 * A page of it is damaged. Return: 0, the device takes care of it; or a negative error.
	 * NULL: nobody does. Context: pf_memory_failure()'s, which holds a reference.
	 */
	int (*memory_failure)(struct pf_dev_pagemap *pgmap, pf_pfn pfn);
	void *owner; /* the caller's */
	/* --- */
	pf_pfn first;	  /* of its pages that have descriptors */
	unsigned long nr; /* of them */
	struct pf_mem *mem;
	uint32_t id;   /* plus 1 */
	uint32_t refs; /* twice how many; odd: new ones can be had; atomic */
};

/**
 * pf_memremap_pages() - a device's memory gets descriptors
 *
 * They are written, all of them, before the first can be found: pf_get_dev_pagemap() succeeds when
 * this returns, or later than the first moment at which all are complete, and never before
 * (Linux could: D. Hildenbrand on linux-mm, 4 January 2021, "uninitialized pmem struct pages").
 * Descriptors that somebody can see already are not touched. Zone DEVICE of the node spans it.
 *
 * Return: 0; or nothing has changed, and a message says why: -PF_EEXIST: RAM or another device is
 * there, or @pgmap is mapped already; -PF_EINVAL: no such node, no whole block, or beyond
 * pf_boot_config.max_possible_pfn; -PF_ENOMEM: no memory for descriptors; -PF_ENOSPC:
 * PF_MAX_PAGEMAPS are mapped already.
 */
int pf_memremap_pages(struct pf_mem *mem, struct pf_dev_pagemap *pgmap);

/**
 * pf_memunmap_pages() - the device goes
 *
 * No new reference can be had; then it waits until those there are have been put, and for readers.
 * Nothing is there when it returns, and @pgmap may be used for another range. Others may come and
 * go while references are waited for. If it is not mapped, or somebody else is unmapping it, a
 * message says so, and nothing is done.
 */
void pf_memunmap_pages(struct pf_mem *mem, struct pf_dev_pagemap *pgmap);

/**
 * pf_get_dev_pagemap() - a reference to the device that a page belongs to
 *
 * As long as it is held the page's descriptor, pf_page(), is complete and stays. Its info is the
 * library's, value and links are the device's. Return: NULL: the page is no device's, or not any
 * more. Context: any, no lock is taken, nothing is waited for.
 */
struct pf_dev_pagemap *pf_get_dev_pagemap(struct pf_mem *mem, pf_pfn pfn);

/** pf_put_dev_pagemap() - and back; any context, and nothing for NULL */
void pf_put_dev_pagemap(struct pf_dev_pagemap *pgmap);

#endif
