/* SPDX-License-Identifier: MIT */
/*
 * How Linux hands memory from memblock to its page allocator, page by page (mm/mm_init.c and
 * mm/memblock.c of 6.12; mm/page_alloc.c of 6.1 has the same rules):
 *
 *   1. early in boot descriptors are initialised: of low zones all, of each node's last zone about
 *      one section of 128 MiB, up to a section's boundary; besides those of holes and of reserved
 *      pages, wherever they are;
 *   2. memblock_free_all() frees what memblock does not hold reserved, as far as it is initialised;
 *   3. much later a thread a node walks the rest of the node's free memory, in chunks as large as
 *      the page allocator's largest: it initialises a chunk, then frees it;
 *   4. memblock_discard() gives memblock's own arrays back.
 *
 * Freeing joins a chunk with its buddy, and so reads the buddy's descriptor: that is why step 3
 * initialises a whole chunk before it frees a page of it.
 *
 * Not in the model: a zone may grow by further sections before step 3 when memory runs short. So
 * the boundary here is the lowest that a kernel can have.
 */
#ifndef FAULTS_LINUX_HANDOVER_H
#define FAULTS_LINUX_HANDOVER_H

#include "descriptors.h"

#define SECTION_PAGES 32768ull /* 128 MiB, x86-64 */

struct pages {
	uint64_t start; /* pfn */
	uint64_t end;
	size_t zone; /* index into struct zones; all are in it */
};
typedef VEC(struct pages) page_ranges;

static inline uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct linux_node {
	int nid;
	size_t last_zone;	 /* the only one with late descriptors */
	uint64_t end;		 /* pfn */
	uint64_t counted;	 /* pages of the last zone that were initialised early */
	uint64_t first_deferred; /* UINT64_MAX: all are initialised, or a thread is at it */
};

struct linux_handover {
	const struct zones *zones;
	struct descriptors d;
	VEC(struct linux_node) nodes;
	page_ranges memory; /* sorted: which pages are in which zone */
	page_ranges free;   /* sorted: of these, what memblock does not hold reserved */
	page_ranges aside;  /* where a way keeps ranges that it will come back for */
	page_ranges keep;   /* step 3 frees these, and does not initialise them */
	size_t hint;	    /* where in .memory the last page was found */
	uint64_t *managed;  /* of each zone */
	struct fault freed_again;
	/* Called between two chunks of step 3, when the pfn at hand is not below .pause_at. */
	uint64_t pause_at;
	void (*paused)(struct linux_handover *h, void *arg);
	void *paused_arg;
};

/* Steps 1 and 2. Return: false if there is no room for the descriptors. */
bool linux_begin(struct linux_handover *h, const struct zones *zones);
void linux_free(struct linux_handover *h);

/* Which pages there are: .memory, .nodes and .free; linux_begin() does it. */
void linux_find_memory(struct linux_handover *h);

/* The zone of a page of memory; SIZE_MAX: it is none. */
size_t linux_zone_of(struct linux_handover *h, uint64_t pfn);
struct linux_node *linux_node_of(const struct linux_handover *h, size_t zone);
/* The index of the first range that ends behind @pfn. */
size_t pages_first_behind(const page_ranges *r, uint64_t pfn);

/* Step 3. */
void linux_deferred(struct linux_handover *h);

/* What the kernel asks before it frees: is this page's descriptor beyond the deferred boundary? */
bool linux_is_deferred(const struct linux_handover *h, uint64_t pfn);

/* __free_pages_core(): 2^order pages, aligned to that, become managed and free. */
void linux_free_core(struct linux_handover *h, uint64_t pfn, unsigned order);

/* The range is reserved no longer: for step 3 it is free memory like any other. */
void linux_release(struct linux_handover *h, const struct pages *p);

/* Step 3 frees these pages, but need not initialise them. */
void linux_ready_already(struct linux_handover *h, const struct pages *p);

/* Whole pages of @range that are memory, by zone. */
void linux_pages(const struct linux_handover *h, struct range range, page_ranges *to);

bool linux_page_is_free(const struct linux_handover *h, uint64_t pfn);

#endif
