/* SPDX-License-Identifier: MIT */
/*
 * From memblock to the page allocator, on a recorded or a made-up machine, with the library's own
 * code: zones, memory map, hand-over, and what came back late.
 */
#ifndef SIM_HANDOVER_H
#define SIM_HANDOVER_H

#include <pageframe/boot.h>

#include "late.h"

enum boot_as {
	AS_RECORDED, /* memblock holds what the kernel's held; our memory map is not in it */
	AS_NATIVE,   /* our memory map takes the place of the kernel's */
};

/* What became of a run of pages. */
enum fate {
	FATE_NEVER,	  /* reserved to the end: R */
	FATE_HANDED_OVER, /* by memblock_free_all(), late, or plugged in later: F */
};

struct page_run {
	uint64_t start; /* pfn */
	uint64_t end;	/* exclusive */
	enum fate fate;
};

/* What a late free gave to a zone. */
struct late_gain {
	size_t late; /* of late_find()'s list */
	int nid;
	enum pf_zone_type zone;
	uint64_t pages;
};

struct handover {
	struct pf_mem mem;
	enum boot_as as;
	bool ready;	    /* mem is booted; without memory it is not */
	uint64_t at_once;   /* pages that memblock_free_all() handed over */
	VEC(uint64_t) late; /* pages that each of late_find()'s list gave back */
	VEC(struct late_gain) gains;
	VEC(struct page_run) runs; /* of all memory, ascending; neighbours differ */
	uint64_t described;	   /* blocks whose descriptors were written */
	uint64_t kernels_map;	   /* native: bytes that the kernel's memory map took */
	bool map_guessed;      /* so many it needs; which, and that they were there, is a guess */
	struct owners dropped; /* native: where it was */
	char *refusal;	       /* not ready: what pf_boot() said, or why it was not asked */
};

/* What neither memblock nor a log tells. All zero: nothing special. */
struct handover_wishes {
	uint64_t up_to;	  /* memory may come below this, exclusive; 0: none comes or goes */
	unsigned cpus;	  /* with page lists of their own; 0: as many as the log has */
	int nodes;	  /* those with ids below exist; 0: those that have memory */
	uint64_t at_once; /* bytes of each node's last zone, the rest is deferred; 0: all */
	unsigned memory_block_order; /* a power of two of pages; 0: the machine's own */
};

/*
 * Boots what is in memblock now. @r and @late may be NULL: a machine without a log. Differences and
 * what is refused become remarks of @r.
 */
void handover_run(struct handover *h, struct replay *r, const struct late *late, enum boot_as as);
void handover_run_with(struct handover *h, struct replay *r, const struct late *late,
		       enum boot_as as, const struct handover_wishes *wishes);
void handover_free(struct handover *h);

/* Why there is memory, and it could not be booted. */
const char *handover_refusal(const struct handover *h);

/* For pf_boot_config.alloc: memory that the machine does not have; the second gives all of it back.
 */
void *handover_alloc(size_t size);
void handover_free_all(void);

/* The run that holds a page; NULL: it is no memory. */
const struct page_run *handover_find(const struct handover *h, uint64_t pfn);

#endif
