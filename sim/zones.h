/* SPDX-License-Identifier: MIT */
/*
 * Which zone of which node has which pages (Linux: free_area_init() and calculate_node_totalpages()
 * in mm/mm_init.c). A zone spans what its limits and its node's memory have in common; present is
 * what of that is memory.
 */
#ifndef SIM_ZONES_H
#define SIM_ZONES_H

#include <pageframe/memblock.h>

#include "machine.h"

/* Memory that nobody put on a node is node 0's. */
static inline int node_or_first(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES ? nid : 0;
}

struct zone {
	int nid;
	const char *name;
	uint64_t start_pfn;
	uint64_t spanned; /* pages, and so are the others */
	uint64_t present;
	uint64_t later; /* of these, what was plugged in after boot, or late in it */
};

struct zones {
	VEC(struct zone_range) limits; /* of the machine, as "Zone ranges:" prints them */
	VEC(struct zone) list;	       /* populated ones, by node */
	const char *limits_from;
};

/* From memblock's memory as it stands, and for memory that was plugged in later from iomem.txt. */
void zones_find(struct zones *z, const struct machine *m);
void zones_free(struct zones *z);

#endif
