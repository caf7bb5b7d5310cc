/* SPDX-License-Identifier: MIT */
/*
 * Who served it was the first who could: a zone that comes earlier had less than its low watermark
 * left, or nothing of the right type.
 */
#include "alloc.h"

static bool has_plenty(const struct pf_zone *z, const struct request *r)
{
	enum pf_migratetype type = (enum pf_migratetype)(r->gfp & PF_GFP_TYPE);
	unsigned long keep = z->watermark[PF_WMARK_LOW] + (1ul << r->order) +
			     z->lowmem_reserve[highest_zone_of(r->gfp)];

	for (int t = PF_HIGHATOMIC; t < PF_MIGRATETYPES; t++)
		keep += z->nr_free_of[t];
	if (pf_zone_free(z) <= keep)
		return false;
	for (unsigned order = r->order; order <= PF_MAX_ORDER; order++)
		if (pf_free_chunks(z, order, type))
			return true;
	return false;
}

void preferred(const struct request *r, pf_pfn pfn)
{
	unsigned long i = pfn - machine.base;
	const uint16_t *fallback = mem.nodes[preferred_node(r)]->fallback;

	if (map_failures) /* a zone may have had no descriptors to give */
		return;
	for (int n = 0; n < mem.nr_fallback; n++)
		for (int z = (int)highest_zone_of(r->gfp); z >= 0; z--) {
			const struct pf_zone *zone = zone_of(fallback[n], z);

			if (page_nid(i) == fallback[n] && zones[i] == z)
				return;
			if (zone && zone->pcp && is_permitted(r, fallback[n], z) &&
			    has_plenty(zone, r))
				differ("flags %#x, order %u: page %#lx of node %d, zone %d serves "
				       "it, before node %d, zone %d",
				       r->gfp, r->order, pfn, page_nid(i), zones[i], fallback[n],
				       z);
		}
}
