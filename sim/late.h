/* SPDX-License-Identifier: MIT */
/*
 * What the kernel gave back after memblock had handed its free memory over: ranges that were
 * reserved, and became managed late.
 */
#ifndef SIM_LATE_H
#define SIM_LATE_H

#include "replay.h"
#include "zones.h"

/* How it was given back; the historic faults concern the first way only. */
enum late_way {
	LATE_MEMBLOCK, /* memblock_free_late(): while descriptors may still be uninitialised */
	LATE_DISCARD, /* memblock_discard(): memblock's own arrays, after deferred initialisation */
	LATE_RESERVED, /* free_reserved_area() and its kin: the kernel image, the initial RAM disk
			*/
	LATE_ACCOUNT,  /* counted as managed without passing the free lists: gigantic pages */
};

struct late_free {
	struct range range; /* bytes; the whole pages inside are given back */
	const char *what;   /* for people: "EFI boot services", "initrd" */
	enum late_way way;
	size_t line; /* of the log; 0: nothing prints it */
	bool placed; /* false: the size is the kernel's, the address is a guess */
};

struct late {
	VEC(struct late_free) list; /* in the order in which the kernel did it */
	VEC(size_t) when;	    /* beside it: the line by which it was done */
};

/* The last line before initcalls; what they free is done by a later one, but for CMA. */
size_t late_before_initcalls(const struct boot_log *log);

/* Pages that are managed before any is given back late, by the "Memory:" line; 0: not told. */
uint64_t late_handed_over(const struct boot_log *log);

/* Too large for the page allocator: memblock allocated it. */
bool huge_is_gigantic(const struct huge_pages *h);

/* The whole pages inside: free ranges shrink to them. */
uint64_t late_pages(const struct late_free *f);

/*
 * From the log, and more exactly from what lies beside it. Call it after replay_run(). Sizes that
 * are not what the log prints become differences of @r; what cannot be known is missing in it.
 */
void late_find(struct late *l, struct replay *r);
void late_free_list(struct late *l);

#endif
