/* SPDX-License-Identifier: MIT */
/*
 * How x86 Linux puts memory on nodes (numa_init() in arch/x86/mm/numa.c, since 6.12 in
 * mm/numa_memblks.c): the SRAT's ranges, trimmed to memory and joined, then written to both arrays
 * of memblock.
 */
#ifndef SIM_NUMA_H
#define SIM_NUMA_H

#include "log.h"

struct numa_block {
	uint64_t start;
	uint64_t end;
	int nid;
};

struct numa {
	bool pending;	/* ranges were told, but are not in memblock yet */
	bool from_dram; /* the kernel trims at the first byte of memory, not at 0: since 6.12 */
	VEC(struct numa_block) blocks;
};

/* Firmware begins to tell; what was known is forgotten. */
void numa_begin(struct numa *n);
void numa_tell(struct numa *n, struct range range, int nid, unsigned flags);
/* It has told all. */
void numa_finish(struct numa *n);
void numa_free(struct numa *n);

#endif
