/* SPDX-License-Identifier: MIT */
/*
 * A trace of the page allocator's events (ftrace's group kmem), as text: what it says, line by
 * line, and what /proc/buddyinfo and /proc/pagetypeinfo said around it.
 */
#ifndef SIM_KMEM_TRACE_H
#define SIM_KMEM_TRACE_H

#include <pageframe/zone.h>

#include "text.h"

#define KMEM_ORDERS    19 /* 0 to 18: what a text may have */
#define KMEM_MAX_CPUS  4096u
#define KMEM_MAX_ORDER (KMEM_ORDERS - 1)

enum kmem_kind {
	KMEM_ALLOC,
	KMEM_ALLOC_FAILED, /* an mm_page_alloc without a page */
	KMEM_FREE,
	KMEM_FREE_BATCHED,
	KMEM_EXTFRAG, /* an allocation was served from blocks of another type */
	KMEM_KINDS,
};

struct kmem_event {
	uint64_t pfn;
	uint32_t line;
	uint32_t gfp; /* pf_gfp, with the migratetype; of an allocation */
	uint16_t cpu;
	uint8_t kind;  /* enum kmem_kind */
	uint8_t order; /* EXTFRAG: of the chunk that it was taken from */
	uint8_t from;  /* EXTFRAG: enum pf_migratetype of that */
	bool taken;    /* EXTFRAG: its blocks changed their type */
};

/* What is free in a zone, and its blocks by type. */
struct kmem_zone {
	size_t line; /* of the text; 0: it is none */
	int nid;
	const char *name; /* pf_zone_name() */
	uint64_t free[KMEM_ORDERS];
	uint64_t free_of[PF_MIGRATETYPES][KMEM_ORDERS];
	uint64_t blocks[PF_MIGRATETYPES];
	uint64_t per_cpu; /* pages; of ours only: no such text tells */
	bool has_buddy, has_types, has_blocks;
};

/* One look at all zones. */
struct kmem_state {
	VEC(struct kmem_zone) zones;
	unsigned block_order; /* as the text has it; 0: it does not */
};

struct kmem_trace {
	VEC(struct kmem_event) events;
	uint64_t count[KMEM_KINDS];
	uint64_t others;   /* events that are not the page allocator's */
	uint64_t promised; /* events that the header says are there; 0: it does not */
	uint64_t lost;	   /* events that the tracer had no room for, as it says */
	uint64_t highest;  /* pfn, last of a chunk */
	unsigned cpus;	   /* numbers are below */
	size_t malformed;  /* lines */
	bool ended_early;  /* it is cut off: events are missing that its header, or an end of its
			      last line, would have */
	struct kmem_state before, after;
};

/*
 * Lines that cannot be read are told on standard error, counted, and skipped. Return: false if
 * there is no event of the page allocator in it.
 */
bool kmem_trace_read(struct kmem_trace *t, struct text *text);
void kmem_trace_free(struct kmem_trace *t);

/* A zone by node and name; NULL: there is none. */
struct kmem_zone *kmem_find_zone(const struct kmem_state *s, int nid, const char *name);
/* Pages in free lists. */
uint64_t kmem_free_pages(const struct kmem_zone *z);
/*
 * The share of free pages that an allocation of that order cannot use, in thousandths: Linux's
 * unusable free space index (/sys/kernel/debug/extfrag/unusable_index).
 */
unsigned kmem_unusable(const struct kmem_zone *z, unsigned order);

#endif
