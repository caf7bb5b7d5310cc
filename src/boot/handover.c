/* SPDX-License-Identifier: MIT */
/* memblock's free memory becomes the page allocator's, all of it, or what is wanted at once. */
#include "internal.h"

/* The zone that deferral is about: the node's last with memory. Low zones are handed over at once.
 */
static bool is_last_zone(const struct pf_node *node, enum pf_zone_type type)
{
	for (unsigned z = type + 1u; z < PF_ZONES; z++)
		if (node->zone[z].present)
			return false;
	return true;
}

/*
 * Free blocks beyond what the node gives at once; their state says so, and they need memblock no
 * longer.
 */
static bool defer_block(struct pf_mem *mem, unsigned long nr)
{
	struct pf_block *b = &mem->blocks[nr];
	struct pf_zone *zone = pf_info_to_zone(mem, b->info);
	pf_irqflags flags;
	bool defer;

	if (!is_last_zone(mem->nodes[zone->nid], zone->type))
		return false;
	flags = pf_lock_irqsave(&zone->lock);
	defer = pf_info_state(b->info) == PF_RESERVED && zone->managed >= mem->pages_at_once;
	if (defer) {
		pf_store(&b->info, info_become(b->info, PF_DEFERRED));
		pf_store(&zone->deferred, zone->deferred + PF_BLOCK_PAGES);
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return defer;
}

static unsigned long hand_over(struct pf_mem *mem, pf_pfn start, pf_pfn end)
{
	struct release op = { .from = PF_RESERVED, .how = PF_RELEASE_BOOT };
	unsigned long pages = 0;

	if (!mem->pages_at_once)
		return pfi_release(mem, start, end, &op);
	while (start < end) {
		pf_pfn stop = min_pfn(end, (start | (PF_BLOCK_PAGES - 1)) + 1);

		if (stop - start < PF_BLOCK_PAGES || !defer_block(mem, pf_block_nr(mem, start)))
			pages += pfi_release(mem, start, stop, &op);
		start = stop;
	}
	return pages;
}

unsigned long memblock_free_all(struct pf_mem *mem)
{
	phys_addr_t start, end;
	unsigned long pages = 0;
	uint64_t i;

	/*
	 * From here on nobody edits memblock: what is freed late is none of what is walked over
	 * here.
	 */
	pfi_bind_late(mem);
	for_each_free_mem_range(i, NUMA_NO_NODE, PF_MEMBLOCK_ANY_RAM, &start, &end, NULL) {
		if (PF_PFN_UP(start) < PF_PFN_DOWN(end))
			pages += hand_over(mem, PF_PFN_UP(start), PF_PFN_DOWN(end));
	}
	pf_set_watermarks(mem, 0);
	pf_store_release(&mem->handed_over, true);
	return pages;
}
