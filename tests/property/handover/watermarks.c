/* SPDX-License-Identifier: MIT */
/* What zones keep, from what is managed, with divisions of 64 bits: 32-bit machines have none. */
#include "handover.h"

static bool is_apart(unsigned z)
{
	return z == PF_ZONE_HIGHMEM || z == PF_ZONE_MOVABLE;
}

static uint64_t low_pages(const struct pf_mem *mem)
{
	uint64_t pages = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (unsigned z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			pages += is_apart(z) ? 0 : mem->nodes[nid]->zone[z].managed;
	return pages;
}

static void compare_zone(const struct pf_zone *zone, uint64_t kept, uint64_t low)
{
	uint64_t part = low ? kept * zone->managed / low : 0;
	uint64_t step = part / 4 > zone->managed / 1000 ? part / 4 : zone->managed / 1000;
	uint64_t small = zone->managed / 1024;

	if (is_apart(zone->type))
		part = small < 32 ? 32 : small > 128 ? 128 : small;
	for (unsigned mark = 0; mark < PF_WATERMARKS; mark++)
		if (zone->watermark[mark] != part + mark * step)
			differ("zone %d of node %d has watermark %u at %lu, not %llu", zone->type,
			       zone->nid, mark, zone->watermark[mark],
			       (unsigned long long)(part + mark * step));
	if (!zone->pcp_batch || zone->pcp_batch > 64 || zone->pcp_batch & (zone->pcp_batch - 1))
		differ("zone %d of node %d has batches of %u", zone->type, zone->nid,
		       (unsigned)zone->pcp_batch);
}

void compare_watermarks(const struct pf_mem *mem)
{
	uint64_t low = low_pages(mem), kept = mem->min_free_kbytes >> (PF_PAGE_SHIFT - 10);

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (unsigned z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			compare_zone(&mem->nodes[nid]->zone[z], kept < low ? kept : low, low);
}
