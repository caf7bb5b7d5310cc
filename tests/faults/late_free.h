/* SPDX-License-Identifier: MIT */
/*
 * What becomes of memory that was reserved at boot and is freed late, while Linux still initialises
 * most page descriptors (CONFIG_DEFERRED_STRUCT_PAGE_INIT): each way that Linux had or was offered,
 * run on a machine at page granularity. The library has none of this; the workbench shows it.
 */
#ifndef FAULTS_LATE_FREE_H
#define FAULTS_LATE_FREE_H

#include "../../sim/late.h"

/* When the late free comes, seen from deferred initialisation. */
enum late_free_when {
	LATE_FREE_BEFORE, /* as UEFI's boot services did until 2026 */
	LATE_FREE_WHILE,  /* between two of its chunks: of several points, the worst */
	LATE_FREE_AFTER,  /* and after memblock_discard(), which follows at once */
	LATE_FREE_TIMES,
};

/* How often something went wrong, and where first. */
struct fault {
	uint64_t times;
	uint64_t first_pfn;
};

/* All counts are pages, but for .unready, which counts reads. */
struct late_free_outcome {
	VEC(uint64_t) managed;	  /* of each zone, in the order of struct zones */
	uint64_t total;		  /* managed, all zones */
	uint64_t given_back;	  /* late, with memblock_free_late() */
	uint64_t deferred;	  /* of these, where descriptors are initialised late */
	struct fault lost;	  /* given back, and never managed */
	struct fault unready;	  /* reads of descriptors not yet initialised */
	struct fault twice;	  /* descriptors initialised again */
	struct fault twice_free;  /* of these, in the free lists at the time: these lists break */
	struct fault freed_again; /* freed, though in the free lists already */
	uint64_t at;		  /* of LATE_FREE_WHILE: the pfn that was next to be initialised */
};

struct linux_handover;
struct pages;

/*
 * The hooks get whole pages of memory, all in one zone. A hook that is NULL does nothing. What a
 * way keeps between its hooks is in struct linux_handover.
 */
struct late_free_way {
	const char *name;   /* as the command calls it */
	const char *what;   /* for people: what it does, in a line */
	const char *source; /* who did or proposed it, and when */

	void (*free_late)(struct linux_handover *h, const struct pages *p);
	void (*discard)(struct linux_handover *h);   /* memblock_discard(): all is initialised */
	void (*initcalls)(struct linux_handover *h); /* later still: the caller's own turn */

	/* What memblock_free_late() does for callers who were not mended; NULL: the same. */
	const struct late_free_way *other_caller;
};

extern const struct late_free_way late_free_lost, late_free_early, late_free_redux, late_free_flag,
	late_free_discard, late_free_caller;

/* In the order of history; the last one is NULL. */
extern const struct late_free_way *const late_free_ways[];

/* The way called @name, or NULL. */
const struct late_free_way *late_free_way_named(const char *name);

/* For @flags of late_free_run_with(). */
#define LATE_FREE_OTHER_CALLER 1u /* it is not the caller who was mended */
#define LATE_FREE_STRICT       2u /* AddressSanitizer ends the program at the first such read */

/*
 * Hands memory over as Linux does, from memblock as it stands after replay_run(), which is not
 * changed. What of @late is LATE_MEMBLOCK goes the way, and so do "EFI boot services", however the
 * recorded kernel freed them; the others are given back rightly, at the end. Memory that is plugged
 * in after boot is not part of it. Return: false if there is no memory, or too much to have a
 * descriptor for each of its pages here.
 */
bool late_free_run_with(const struct late_free_way *way, enum late_free_when when, unsigned flags,
			const struct zones *zones, const struct late *late,
			struct late_free_outcome *out);

static inline bool late_free_run(const struct late_free_way *way, enum late_free_when when,
				 const struct zones *zones, const struct late *late,
				 struct late_free_outcome *out)
{
	return late_free_run_with(way, when, 0, zones, late, out);
}

void late_free_outcome_free(struct late_free_outcome *out);

#endif
