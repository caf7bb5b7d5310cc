/* SPDX-License-Identifier: MIT */
/* Nodes and zones: who memory is for, and how much there is of it. All counts are pages. */
#ifndef PAGEFRAME_ZONE_H
#define PAGEFRAME_ZONE_H

#include <pageframe/memmap.h>

/* A list of free chunks of one order and migratetype. */
struct pf_free_list {
	uint32_t first; /* block numbers from PF_BLOCK_ORDER up, low halves of pfns below */
	uint32_t last;
	unsigned long nr; /* chunks */
};

struct pf_zone {
	struct pf_lock lock; /* states of its blocks and pages, and the lists and counts below */
	enum pf_zone_type type;
	int nid;
	pf_pfn start_pfn;
	unsigned long spanned; /* from the first page to the last, holes and other zones included */
	unsigned long present; /* memory */
	unsigned long managed; /* handed over to the page allocator, ever; under the lock */
	unsigned long nr_free; /* in the free lists */
	unsigned long deferred; /* free at boot, not handed over yet */
	struct pf_free_list free[PF_MAX_ORDER + 1][PF_MIGRATETYPES];
};

struct pf_node {
	int nid;
	pf_pfn start_pfn;
	unsigned long spanned;
	unsigned long present;
	pf_pfn movable_pfn; /* where ZONE_MOVABLE begins, 0: there is none */
	unsigned long
		deferred_next; /* block where the hand-over of what was deferred goes on; atomic */
	struct pf_zone zone[PF_ZONES];
};

/* The command line's wishes for ZONE_MOVABLE (Documentation/admin-guide/kernel-parameters.txt). */
struct pf_movable_config {
	unsigned long kernelcore;    /* kernelcore=: pages that are not movable; 0: not given */
	unsigned long movablecore;   /* movablecore=: pages that are */
	unsigned kernelcore_percent; /* kernelcore=50%; 0: not given */
	unsigned movablecore_percent;
	/* kernelcore=mirror and movable_node: mirrored_kernelcore, movable_node_enabled */
};

/** pf_zone_name() - "DMA", "DMA32", "Normal", "HighMem", "Movable", "Device": as /proc/zoneinfo has
 * them */
const char *pf_zone_name(enum pf_zone_type type);

#endif
