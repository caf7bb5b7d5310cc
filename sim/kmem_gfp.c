/* SPDX-License-Identifier: MIT */
#include "kmem_gfp.h"

#include <string.h>

/* The zone modifiers, and what a caller may do; from Documentation/core-api/memory-allocation.rst.
 */
static const struct {
	const char *name;
	uint32_t zone; /* enum pf_zone_type + 1; 0: says nothing of it */
	pf_gfp gfp;
} words[] = {
	{ "GFP_DMA", PF_ZONE_DMA + 1, 0 },
	{ "__GFP_DMA", PF_ZONE_DMA + 1, 0 },
	{ "GFP_DMA32", PF_ZONE_DMA32 + 1, 0 },
	{ "__GFP_DMA32", PF_ZONE_DMA32 + 1, 0 },
	{ "GFP_HIGHUSER", PF_ZONE_HIGHMEM + 1, 0 },
	{ "__GFP_HIGHMEM", PF_ZONE_HIGHMEM + 1, 0 },
	{ "GFP_HIGHUSER_MOVABLE", PF_ZONE_MOVABLE + 1, 0 },
	{ "GFP_TRANSHUGE", PF_ZONE_MOVABLE + 1, 0 },
	{ "GFP_TRANSHUGE_LIGHT", PF_ZONE_MOVABLE + 1, 0 },
	{ "GFP_ATOMIC", 0, PF_GFP_HIGH | PF_GFP_ATOMIC },
	{ "__GFP_HIGH", 0, PF_GFP_HIGH },
	{ "__GFP_ATOMIC", 0, PF_GFP_ATOMIC },
	{ "__GFP_MEMALLOC", 0, PF_GFP_MEMALLOC },
	{ "__GFP_THISNODE", 0, PF_GFP_THISNODE },
};

#define WORDS (sizeof(words) / sizeof(*words))

/* What the page allocator asks for itself (high-atomic, CMA, isolated) is no wish of a caller. */
static pf_gfp gfp_type(unsigned migratetype)
{
	return migratetype == PF_UNMOVABLE     ? PF_GFP_UNMOVABLE
	       : migratetype == PF_RECLAIMABLE ? PF_GFP_RECLAIMABLE
	       : migratetype == PF_HIGHATOMIC  ? PF_GFP_UNMOVABLE
					       : PF_GFP_MOVABLE;
}

pf_gfp kmem_gfp(const char *flags, unsigned migratetype)
{
	uint32_t zone = PF_ZONE_NORMAL + 1;
	pf_gfp gfp = gfp_type(migratetype);

	while (*flags && *flags != ' ') {
		size_t length = strcspn(flags, "| ");

		for (size_t i = 0; i < WORDS; i++) {
			if (strlen(words[i].name) != length ||
			    strncmp(flags, words[i].name, length))
				continue;
			zone = words[i].zone ? words[i].zone : zone;
			gfp |= words[i].gfp;
		}
		flags += length;
		flags += *flags == '|';
	}
	if (zone == PF_ZONE_MOVABLE + 1 && (gfp & PF_GFP_TYPE) != PF_GFP_MOVABLE)
		zone = PF_ZONE_HIGHMEM + 1; /* a kernel with too little memory groups nothing */
	return gfp | PF_GFP_ZONE(zone - 1);
}
