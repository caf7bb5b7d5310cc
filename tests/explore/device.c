/* SPDX-License-Identifier: MIT */
/*
 * Devices' memory that comes and goes, and who looks at it meanwhile: D. Hildenbrand on linux-mm, 4
 * January 2021, "uninitialized pmem struct pages".
 */
#include <pageframe/device.h>
#include <pageframe/walk.h>

#include "machine.h"
#include "scenarios.h"

#define RAM (PAGES - 1) /* side by side, and in one memory block */
#define DEV PAGES

static struct pf_dev_pagemap devices[2];

static void boot(void)
{
	struct pf_boot_config config = { .max_possible_pfn = PAGES + 2 * PF_BLOCK_PAGES,
					 .memory_block_order = PF_BLOCK_ORDER + 3 };

	machine_boot(&config, 0, 0);
	for (unsigned i = 0; i < 2; i++)
		devices[i] = (struct pf_dev_pagemap){
			.start = PF_PFN_PHYS(DEV + i * PF_BLOCK_PAGES),
			.size = PF_BLOCK_SIZE,
		};
	xp_keep(devices, sizeof(devices));
}

static void map(struct pf_dev_pagemap *device)
{
	xp_note("pf_memremap_pages()");
	if (pf_memremap_pages(&mem, device))
		xp_fail("a device is not mapped");
	xp_note("  done");
}

static void unmap(struct pf_dev_pagemap *device)
{
	xp_note("pf_memunmap_pages()");
	pf_memunmap_pages(&mem, device);
	xp_note("  done");
}

static bool is_described(pf_pfn pfn)
{
	return pf_load(&pf_block(&mem, pfn)->described) == PF_DESCRIBED;
}

/* A reference, which is put back. */
static void get_device(void)
{
	struct pf_dev_pagemap *device;

	xp_note("pf_get_dev_pagemap(page %#lx)", DEV);
	device = pf_get_dev_pagemap(&mem, DEV);
	xp_note(device ? "  = a reference" : "  = none");
	if (device && !is_described(DEV))
		xp_fail("a reference is held, and page %#lx has no descriptor", DEV);
	pf_put_dev_pagemap(device);
}

/* --- comes --- */

static void boot_beside_ram(void)
{
	boot();
	if (pf_alloc_pages_at(&mem, RAM, 0))
		xp_fail("page %#lx is not to be had", RAM);
	is_mine(RAM, 1);
	notes.value[0] = pf_page(&mem, RAM)->info;
}

static void map_first(void)
{
	map(&devices[0]);
}

static void walk(void)
{
	xp_note("pf_pfn_to_online_page(page %#lx)", DEV);
	if (pf_pfn_to_online_page(&mem, DEV))
		xp_fail("page %#lx is a device's, and said to be online", DEV);
	xp_note("  = none");
	get_device();
}

static void check_ram(void)
{
	if (pf_page(&mem, RAM)->info != notes.value[0])
		xp_fail("page %#lx is somebody's, and another wrote its descriptor", RAM);
	check_all();
}

const struct xp_scenario map_and_walk = {
	.name = "map-and-walk",
	.title = "a device is mapped beside RAM while somebody looks for it",
	.setup = boot_beside_ram,
	.threads = { { "map", map_first, 0 }, { "walk", walk, 0 } },
	.check = check_ram,
};

/* --- goes --- */

static void boot_mapped(void)
{
	boot();
	map(&devices[0]);
	map(&devices[1]);
}

static void unmap_first(void)
{
	unmap(&devices[0]);
}

static void unmap_both(void)
{
	unmap(&devices[1]);
	unmap(&devices[0]);
}

static void read_device(void)
{
	unsigned turn = pf_read_lock(&mem.readers);

	if (pf_info_state(pf_page_info(&mem, DEV)) == PF_DEVICE) {
		xp_note("page %#lx is a device's, and stays so", DEV);
		if (!is_described(DEV))
			xp_fail("page %#lx lost its descriptor under who reads it", DEV);
	}
	pf_read_unlock(&mem.readers, turn);
}

const struct xp_scenario unmap_and_read = {
	.name = "unmap-and-read",
	.title = "two devices are unmapped while somebody reads a descriptor of the second",
	.setup = boot_mapped,
	.threads = { { "unmap", unmap_both, 0 }, { "read", read_device, 0 } },
	.check = check_all,
};

const struct xp_scenario unmap_and_get = {
	.name = "unmap-and-get",
	.title = "a device is unmapped while somebody asks for a reference",
	.setup = boot_mapped,
	.threads = { { "unmap", unmap_first, 0 }, { "get", get_device, 0 } },
	.check = check_all,
};
