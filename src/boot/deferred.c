/* SPDX-License-Identifier: MIT */
/*
 * The rest of the hand-over, by as many threads as like to help. A cursor deals out stretches of
 * blocks; which of them were deferred is in their entries. Nothing of it is reserved, so late frees
 * have no business there, and blocks that hold reserved pages were handed over by
 * memblock_free_all().
 */
#include "internal.h"

#define STRETCH 128ul /* blocks dealt out at once */

static unsigned long release_stretch(struct pf_mem *mem, int nid, unsigned long nr,
				     unsigned long end)
{
	struct release op = { .from = PF_DEFERRED, .how = PF_RELEASE_BOOT };
	unsigned long pages = 0;

	while (nr < end) {
		uint32_t info = pf_load(&mem->blocks[nr].info);
		unsigned long first = nr++;

		if (pf_info_state(info) != PF_DEFERRED || pf_info_node(info) != nid)
			continue;
		while (nr < end && pf_load(&mem->blocks[nr].info) == info)
			nr++;
		pages += pfi_release(mem, pf_block_pfn(mem, first), pf_block_pfn(mem, nr), &op);
	}
	return pages;
}

unsigned long pf_deferred_pages(const struct pf_mem *mem, int nid)
{
	const struct pf_node *node = nid >= 0 && nid < mem->nr_nodes ? mem->nodes[nid] : NULL;
	unsigned long pages = 0;

	for (int z = 0; node && z < PF_ZONES; z++)
		pages += pf_load(&node->zone[z].deferred);
	return pages;
}

unsigned long pf_release_deferred(struct pf_mem *mem, int nid, unsigned long pages)
{
	struct pf_node *node = nid >= 0 && nid < mem->nr_nodes ? mem->nodes[nid] : NULL;
	unsigned long done = 0, last;

	if (!node || !mem->pages_at_once || !pf_load_acquire(&mem->handed_over))
		return 0;
	last = node->deferred_end;
	while (done < pages && pf_load(&node->deferred_next) < last) {
		unsigned long nr = pf_fetch_add(&node->deferred_next, STRETCH);

		if (nr < last)
			done += release_stretch(mem, nid, nr,
						nr + STRETCH < last ? nr + STRETCH : last);
	}
	return done;
}

/* The node may span more or less soon; this is what there was at boot. */
static void set_node(struct pf_mem *mem, struct pf_node *node)
{
	if (!node || !node->spanned)
		return;
	node->deferred_next = pf_block_nr(mem, node->start_pfn);
	node->deferred_end = pf_block_nr(mem, node->start_pfn + node->spanned - 1) + 1;
}

void pfi_set_deferral(struct pf_mem *mem, unsigned long pages_at_once)
{
	mem->pages_at_once = pages_at_once;
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		set_node(mem, mem->nodes[nid]);
}
