/* SPDX-License-Identifier: MIT */
/*
 * Memory that comes while the system runs, is used, and goes again, and a device's memory, which
 * one can look up but not allocate. Who has a mover gets memory back that is in use.
 */
#include <stdio.h>
#include <string.h>

#include <pageframe/boot.h>
#include <pageframe/device.h>
#include <pageframe/hotplug.h>
#include <pageframe/walk.h>

#include "../port/posix/port.h"

#define MIB	((pf_phys)1 << 20)
#define MEMORY	(64 * MIB)
#define MOST	(1024 * MIB) /* nothing comes above */
#define PLUGGED (512 * MIB)
#define DEVICE	(768 * MIB)
#define SIZE	(128 * MIB)

static struct pf_mem mem;
static pf_pfn object; /* the only one there is: a page */

static char *text_of(pf_pfn pfn)
{
	return pf_port_phys_to_virt(PF_PFN_PHYS(pfn));
}

static int move(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	(void)m;
	(void)arg;
	if (from != object || order)
		return -1; /* not ours: it stays */
	memcpy(text_of(to), text_of(from), PF_PAGE_SIZE);
	object = to;
	return 0; /* the library frees the old page */
}

/* Any page frame number may be asked for, whatever is there. */
static const char *what_is(pf_pfn pfn)
{
	struct pf_dev_pagemap *device = pf_get_dev_pagemap(&mem, pfn);

	if (device)
		pf_put_dev_pagemap(device);
	return device ? "a device's" : pf_pfn_to_online_page(&mem, pfn) ? "online" : "not there";
}

static int plug(void)
{
	const pf_pfn start = PF_PFN_DOWN(PLUGGED);
	const unsigned long pages = PF_PFN_DOWN(SIZE);
	const struct pf_mover mover = { move, NULL };
	struct pf_obstacle o;

	if (pf_add_memory(&mem, 0, PLUGGED, SIZE, 0) ||
	    pf_online_pages(&mem, start, pages, PF_ONLINE_MOVABLE))
		return -1;
	object = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE);
	if (object - start >= pages)
		return -1;
	strcpy(text_of(object), "an object");
	printf("the object is in memory that came: pfn 0x%lx, %s\n", object, what_is(object));
	if (pf_offline_pages(&mem, start, pages, NULL, &o))
		printf("without a mover: pfn 0x%lx: %s\n", o.pfn, o.why);
	if (pf_offline_pages(&mem, start, pages, &mover, &o)) {
		printf("with one: pfn 0x%lx: %s\n", o.pfn, o.why);
		return -1;
	}
	printf("it moved, and is still '%s'; where it was is %s\n", text_of(object),
	       what_is(start));
	pf_free_pages(&mem, object, 0);
	return pf_remove_memory(&mem, PLUGGED, SIZE);
}

static int map(void)
{
	static struct pf_dev_pagemap device = { .start = DEVICE, .size = SIZE };
	const pf_pfn pfn = PF_PFN_DOWN(DEVICE);
	struct pf_dev_pagemap *held;

	if (pf_memremap_pages(&mem, &device))
		return -1;
	printf("pfn 0x%lx is %s, and online RAM: %s\n", pfn, what_is(pfn),
	       pf_pfn_to_online_page(&mem, pfn) ? "yes" : "no");
	held = pf_get_dev_pagemap(&mem, pfn); /* as long as it is held, the descriptor stays */
	if (held != &device)
		return -1;
	pf_put_dev_pagemap(held); /* pf_memunmap_pages() would wait for it */
	pf_memunmap_pages(&mem, &device);
	printf("unmapped, it is %s\n", what_is(pfn));
	return 0;
}

int main(void)
{
	static const struct pf_boot_config config = { .nr_cpus = 1,
						      .max_possible_pfn = PF_PFN_DOWN(MOST) };

	if (!posix_port_memory(MOST) || memblock_add(0, MEMORY) ||
	    memblock_reserve(0, (pf_phys)MIB) || pf_boot(&mem, &config))
		return 1;
	memblock_free_all(&mem);
	return plug() || map();
}
