/* SPDX-License-Identifier: MIT */
/* How far down an allocation may take a zone. */
#include "internal.h"

/* Who is important, or cannot wait, may go below min (Linux: __zone_watermark_ok()). */
static long floor_of(const struct pf_zone *zone, enum pf_watermark mark, enum pf_zone_type highest,
		     pf_gfp gfp)
{
	long floor = (long)pf_load(&zone->watermark[mark]);

	if (gfp & PF_GFP_MEMALLOC)
		return 0;
	if (mark == PF_WMARK_MIN && gfp & PF_GFP_HIGH) {
		floor -= floor / 2;
		if (gfp & PF_GFP_ATOMIC)
			floor -= floor / 4;
	}
	return floor + (long)pf_load(&zone->lowmem_reserve[highest]);
}

unsigned long pfi_room(const struct pf_zone *zone, unsigned order, enum pf_watermark mark,
		       enum pf_zone_type highest, pf_gfp gfp)
{
	long free = (long)pf_load(&zone->nr_free);

	if (!(gfp & (PF_GFP_ATOMIC | PF_GFP_MEMALLOC)))
		free -= (long)pf_load(&zone->nr_free_of[PF_HIGHATOMIC]);
	if ((gfp & PF_GFP_TYPE) != PF_GFP_MOVABLE)
		free -= (long)pf_load(&zone->nr_free_of[PF_CMA]);
	free -= floor_of(zone, mark, highest, gfp);
	return free >= 1l << order ? (unsigned long)free : 0;
}
