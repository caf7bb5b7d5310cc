/* SPDX-License-Identifier: MIT */
/*
 * A zone's free lists do not shrink below the mark of the request that makes them: not by the
 * chunk, nor by the list of chunks that a CPU takes along.
 */
#include "alloc.h"

static unsigned long free_before[MAX_NODES][PF_ZONES];

void note_floors(void)
{
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			free_before[nid][z] = pf_zone_free(zone_of(nid, z));
}

/* What this request could have of it. */
static unsigned long free_for(const struct pf_zone *z, const struct request *r)
{
	unsigned long free = pf_zone_free(z);

	if ((r->gfp & PF_GFP_TYPE) != PF_GFP_MOVABLE)
		free -= z->nr_free_of[PF_CMA];
	if (!(r->gfp & (PF_GFP_ATOMIC | PF_GFP_MEMALLOC)))
		free -= z->nr_free_of[PF_HIGHATOMIC];
	return free;
}

void check_floors(const struct request *r)
{
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			const struct pf_zone *zone = zone_of(nid, z);

			if (pf_zone_free(zone) >= free_before[nid][z])
				continue;
			if (!is_permitted(r, nid, z))
				differ("node %d, zone %d gives pages, but is not allowed to", nid,
				       z);
			if (free_for(zone, r) < mark_for(zone, r))
				differ("order %u, flags %#x: node %d, zone %d has %lu left for it, "
				       "and must keep %lu",
				       r->order, r->gfp, nid, z, free_for(zone, r),
				       mark_for(zone, r));
		}
}
