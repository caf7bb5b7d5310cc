/* SPDX-License-Identifier: MIT */
/*
 * What a trace's events come to: which of them allocate and free, which chunk each free is of, and
 * what must have been there before. docs/replay.md has the rules.
 */
#ifndef SIM_KMEM_PLAN_H
#define SIM_KMEM_PLAN_H

#include "kmem_map.h"
#include "kmem_trace.h"

enum kmem_what {
	KMEM_DO_ALLOC,
	KMEM_DO_FREE,
	KMEM_DO_SPLIT, /* into two halves: of the chunk, and of the one after it (.second) */
};

struct kmem_action {
	uint64_t pfn;	/* the kernel's */
	uint32_t chunk; /* number of the chunk, of ours */
	uint32_t second;
	uint32_t gfp;
	uint16_t cpu;
	uint8_t order; /* of the chunk as it is before */
	uint8_t what;  /* enum kmem_what */
};

/* In use before the trace begins: freed in it, but never allocated. */
struct kmem_prior {
	uint64_t pfn;
	uint32_t chunk;
	uint8_t order;
};

struct kmem_plan {
	VEC(struct kmem_action) actions;
	VEC(struct kmem_prior) prior;
	VEC(uint8_t) orders;   /* of each chunk, as it is at the end */
	struct kmem_map pages; /* while it is made */
	struct kmem_map types; /* by PF_BLOCK_PAGES pages: migratetype at the beginning + 1 */

	uint64_t prior_pages;
	uint64_t told_twice;	 /* mm_page_free_batched of what mm_page_free told */
	uint64_t implied_frees;	 /* without an event: the page is allocated again */
	uint64_t implied_allocs; /* without an event: the page is freed again */
	uint64_t splits;
	uint64_t allocs, frees; /* operations on chunks */
	uint64_t live,
		peak; /* pages that the trace's own allocations hold, at the end and at most */
};

void kmem_plan_make(struct kmem_plan *p, const struct kmem_trace *t);
void kmem_plan_free(struct kmem_plan *p);

/* The type that a page's block had when the trace began; PF_MIGRATETYPES: nothing tells. */
enum pf_migratetype kmem_plan_type(const struct kmem_plan *p, uint64_t pfn);

#endif
