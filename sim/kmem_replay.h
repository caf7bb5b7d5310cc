/* SPDX-License-Identifier: MIT */
/* A trace's allocations and frees, done again by our allocator; docs/replay.md. */
#ifndef SIM_KMEM_REPLAY_H
#define SIM_KMEM_REPLAY_H

#include <pageframe/nofree.h>
#include <pageframe/page_alloc.h>

#include "kmem_plan.h"

/* Larger ones are no matter for no-free chunks. */
#define KMEM_NOFREE_ORDER 4

struct kmem_replay {
	const struct kmem_trace *trace;
	const struct kmem_plan *plan;
	struct pf_mem *mem;
	pf_pfn *chunks; /* ours, by the plan's numbers; PF_NO_PFN: not allocated */

	bool nofree; /* what cannot move and is never freed comes from no-free chunks */
	bool *stays; /* of each chunk: the trace never frees it */
	uint64_t nofree_pages;
	uint64_t nofree_apart; /* chunks for which there were no contiguous ones */
	uint64_t nofree_large; /* chunks above KMEM_NOFREE_ORDER: the normal path serves them */
	uint64_t nofree_large_pages;

	uint8_t *seen; /* of each block: what of the trace was there that cannot be moved */
	uint64_t blocks_staying; /* blocks with pages of these that stay */
	uint64_t blocks_shared;	 /* of these, blocks where others were, too */
	uint64_t unmovable_most; /* unmovable pages of the trace, at the same time */
	uint64_t unmovable_peak; /* unmovable blocks, at the most */
	uint64_t counted_at;

	uint64_t prior_exact; /* chunks that were there before, claimed where the kernel's were */
	uint64_t prior_elsewhere;
	uint64_t prior_nowhere;
	uint64_t failed;	/* allocations */
	uint64_t first_failed;	/* the kernel's pfn for the first of these */
	uint64_t failed_splits; /* a half could not be claimed, and is lost to the replay */
	uint64_t ns;
	uint64_t locked; /* times that a zone's lock was taken */
	struct kmem_state start, end;
	char wrong[200]; /* what pf_verify() found at the end; "": nothing */
};

/* Told of every so many actions; @arg is the caller's. */
typedef void (*kmem_progress_fn)(void *arg, size_t done, size_t all);

/*
 * @mem: booted, with as many CPUs as the trace has. @nofree: see struct kmem_replay. @progress may
 * be NULL.
 */
void kmem_replay_run(struct kmem_replay *r, const struct kmem_trace *t, const struct kmem_plan *p,
		     struct pf_mem *mem, bool nofree, kmem_progress_fn progress, void *arg);
void kmem_replay_free(struct kmem_replay *r);

/* kmem_before.c: the state that the trace begins with, as far as it is known. */
void kmem_before_set(struct kmem_replay *r);

/* kmem_state.c: what our allocator has, zone by zone; vec_free() its zones */
void kmem_state_of(struct kmem_state *s, const struct pf_mem *mem);

#endif
