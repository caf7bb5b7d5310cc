/* SPDX-License-Identifier: MIT */
/*
 * Devices' memory comes and goes, and references to it are had.
 *
 * Why a reference means that descriptors are complete, and stay. The count is odd as long as new
 * references can be had. It becomes odd with release, after everything else; who gets a reference
 * acquires that store, or what another made of it, and so all that was written before it. It
 * becomes even once, when the device goes: who counted himself before that is waited for, and
 * nobody can after it. Putting a reference back releases, and who waits for the last acquires: no
 * use of a descriptor is later than that.
 *
 * Why the way there, from the entry to the device, is safe without a reference: it is gone in a
 * read-side section. Entries cease to be the device's, then readers are waited for, and only then
 * is its number another's and the caller has his struct back. So who found the number finds its
 * device, and need not ask whether the page is in its range.
 */
#include "internal.h"

#include <pageframe/device.h>

#include "../memmap/poison.h"

#define ONE 2u /* reference */

static const char map[] = "pf_memremap_pages", unmap[] = "pf_memunmap_pages";

/* NULL: the first number that nobody has. In one's turn. PF_MAX_PAGEMAPS: there is none. */
static uint32_t slot_of(const struct pf_mem *mem, const struct pf_dev_pagemap *pgmap)
{
	uint32_t slot = 0;

	while (slot < PF_MAX_PAGEMAPS && pf_load(&mem->pagemaps[slot]) != pgmap)
		slot++;
	return slot;
}

static struct pf_zone *zone_of(const struct pf_mem *mem, const struct pf_dev_pagemap *pgmap)
{
	return &mem->nodes[pgmap->nid]->zone[PF_ZONE_DEVICE];
}

/* --- comes --- */

static int refuse(pf_pfn pfn, const char *why, int ret)
{
	pfi_complain(map, pfn, why);
	return ret;
}

/* All descriptors, or none. */
static int describe(struct pf_mem *mem, struct pf_dev_pagemap *pgmap, struct blocks b)
{
	int ret = pfi_back_descriptors(mem, b, pgmap->nid, PF_NO_PFN);

	if (ret)
		return ret;
	ret = pfi_describe_device(mem, b, pgmap);
	if (ret)
		pfi_unback_descriptors(mem, b);
	return ret;
}

static int map_blocks(struct pf_mem *mem, struct pf_dev_pagemap *pgmap, struct blocks b)
{
	uint32_t slot = slot_of(mem, NULL);
	int ret = pfi_nothing_there(mem, map, b);

	if (ret)
		return ret;
	if (slot_of(mem, pgmap) < PF_MAX_PAGEMAPS)
		return refuse(first_pfn_of(mem, b), "the device is mapped already, elsewhere",
			      -PF_EEXIST);
	if (slot == PF_MAX_PAGEMAPS)
		return refuse(first_pfn_of(mem, b), "PF_MAX_PAGEMAPS devices are mapped already",
			      -PF_ENOSPC);
	pgmap->first = first_pfn_of(mem, b);
	pgmap->nr = (b.end - b.nr) << PF_BLOCK_ORDER;
	pgmap->mem = mem;
	pgmap->id = slot + 1;
	pf_store(&pgmap->refs, 0);
	if (describe(mem, pgmap, b))
		return refuse(pgmap->first, "there is no memory for its descriptors", -PF_ENOMEM);
	pfi_zone_grow(mem, zone_of(mem, pgmap), b, 0);
	pf_store(&mem->pagemaps[slot], pgmap);
	pfi_publish_device(mem, b, pgmap);
	pf_store_release(&pgmap->refs, 1);
	return 0;
}

int pf_memremap_pages(struct pf_mem *mem, struct pf_dev_pagemap *pgmap)
{
	struct blocks b;
	int ret = pfi_node_exists(mem, map, pgmap->nid);

	if (!ret)
		ret = pfi_whole_blocks(mem, map, pgmap->start, pgmap->size, &b);
	if (ret)
		return ret;
	pfi_hotplug_begin(mem);
	ret = map_blocks(mem, pgmap, b);
	pfi_hotplug_end(mem);
	return ret;
}

/* --- goes --- */

/* No new reference from here on. False: it is not mapped, or somebody else takes it away. */
static bool shut(struct pf_mem *mem, struct pf_dev_pagemap *pgmap)
{
	bool open;

	pfi_hotplug_begin(mem);
	open = slot_of(mem, pgmap) < PF_MAX_PAGEMAPS && pf_load(&pgmap->refs) & 1;
	if (open)
		pf_fetch_add(&pgmap->refs, 0u - 1);
	pfi_hotplug_end(mem);
	return open;
}

static void unmap_blocks(struct pf_mem *mem, struct pf_dev_pagemap *pgmap)
{
	struct blocks b = { pf_block_nr(mem, pgmap->first),
			    pf_block_nr(mem, pgmap->first + pgmap->nr - 1) + 1 };

	pfi_withdraw(mem, b);
	pf_synchronize(&mem->readers);
	poison(pf_page(mem, pgmap->first), (b.end - b.nr) * DESCRIPTORS_SIZE);
	pfi_unback_descriptors(mem, b);
	pfi_zone_shrink(mem, zone_of(mem, pgmap), b, 0);
	pf_store(&mem->pagemaps[pgmap->id - 1], NULL);
}

/* Others may come and go while references are waited for: who has one may wait for them. */
void pf_memunmap_pages(struct pf_mem *mem, struct pf_dev_pagemap *pgmap)
{
	if (!shut(mem, pgmap)) {
		pfi_complain(unmap, PF_PFN_DOWN(pgmap->start), "no such device is mapped");
		return;
	}
	while (pf_load_acquire(&pgmap->refs))
		pf_port_relax();
	pfi_hotplug_begin(mem);
	unmap_blocks(mem, pgmap);
	pfi_hotplug_end(mem);
}

/* --- references --- */

/* In a read-side section. */
static struct pf_dev_pagemap *device_of(const struct pf_mem *mem, pf_pfn pfn)
{
	const struct pf_block *b = pf_block(mem, pfn);

	if (pf_info_state(pf_load_acquire(&b->info)) != PF_DEVICE)
		return NULL;
	return pf_load(&mem->pagemaps[pf_load(&b->links.next) - 1]);
}

static bool get(struct pf_dev_pagemap *pgmap)
{
	uint32_t refs = pf_load(&pgmap->refs);

	while (refs & 1)
		if (pf_cas_acquire(&pgmap->refs, &refs, refs + ONE))
			return true;
	return false;
}

struct pf_dev_pagemap *pf_get_dev_pagemap(struct pf_mem *mem, pf_pfn pfn)
{
	struct pf_dev_pagemap *pgmap;
	unsigned turn;

	if (!pf_mem_has_pfn(mem, pfn))
		return NULL;
	turn = pf_read_lock(&mem->readers);
	pgmap = device_of(mem, pfn);
	if (pgmap && !get(pgmap))
		pgmap = NULL;
	pf_read_unlock(&mem->readers, turn);
	return pgmap;
}

void pf_put_dev_pagemap(struct pf_dev_pagemap *pgmap)
{
	if (pgmap)
		pf_fetch_add_release(&pgmap->refs, 0u - ONE);
}
