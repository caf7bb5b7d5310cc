/* SPDX-License-Identifier: MIT */
/* What zones keep: watermarks by the hand-over's model, and reserves for low zones. */
#include "alloc.h"

/* A zone keeps a part of what the zones above it have, from those who could use these. */
static void check_reserves(const struct pf_zone *z)
{
	static const unsigned ratio[PF_ZONES] = { 256, 256, 32, 0, 0, 0 };
	unsigned long above = 0;

	for (int j = (int)z->type + 1; j < PF_ZONES; j++) {
		bool none = !ratio[z->type] || !nodes[z->nid].zone[z->type].managed;

		above += nodes[z->nid].zone[j].managed;
		if (z->lowmem_reserve[j] != (none ? 0 : above / ratio[z->type]))
			differ("node %d, zone %d: %lu pages are kept from zone %d", z->nid,
			       (int)z->type, z->lowmem_reserve[j], j);
	}
}

void set_marks(void)
{
	unsigned long total = machine.pages << (PF_PAGE_SHIFT - 10);
	unsigned long kbytes = one_in(3) ? 0 : 1 + below(one_in(8) ? total : total / 64);

	begin("pf_set_watermarks()");
	pf_set_watermarks(&mem, kbytes);
	compare_watermarks(&mem);
	for (int nid = 0; !kbytes && nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			check_reserves(zone_of(nid, z));
}

/* What the zone must have left after such an allocation. */
unsigned long mark_for(const struct pf_zone *zone, const struct request *r)
{
	unsigned long min = zone->watermark[PF_WMARK_MIN];

	if (r->gfp & PF_GFP_MEMALLOC)
		return 0;
	if (r->gfp & PF_GFP_HIGH)
		min -= min / 2;
	if (r->gfp & PF_GFP_HIGH && r->gfp & PF_GFP_ATOMIC)
		min -= min / 4;
	return min + zone->lowmem_reserve[highest_zone_of(r->gfp)];
}
