/* SPDX-License-Identifier: MIT */
/*
 * The model of a hand-over: a machine as two cells a page, and one byte of state a page. It knows
 * nothing of blocks, chunks, lists or descriptors but what their contracts say.
 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include <pageframe/boot.h>
#include <pageframe/page_alloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "source.h"

#include "../differ.h"

/* Chunks of a GiB need a machine that has some; who looks at many machines wants small ones. */
#ifndef MAX_PAGES
#define MAX_PAGES (PF_MAX_ORDER > 12 ? 3ul << 18 : 1ul << 16)
#endif
#define CHUNK	  (1ul << PF_MAX_ORDER)
#define MAX_NODES (PF_NUMA ? 6 : 1)
#define NO_NODE	  15 /* in a cell: memory that nobody put on a node */

/* Half a page: 0 if nothing is there. Neighbours that are equal are one memblock region. */
typedef uint8_t cell_t;
enum { HOTPLUG = 1, MIRROR = 2, NOMAP = 4 };
#define CELL(nid, flags) ((cell_t)(1 | (flags) << 1 | (nid) << 4))
#define CELL_FLAGS(cell) ((cell) >> 1 & 7)
#define CELL_NID(cell)	 ((cell) >> 4)
#define HALF		 (PF_PAGE_SIZE / 2)

/* How the memory map gets its memory. */
enum place { FROM_MEMBLOCK, FROM_ALLOC, MAPPED, ON_DEMAND, PLACES };

/* What is random about a machine, but for its cells. */
struct machine {
	pf_pfn base;	     /* pfn of page 0 of the window */
	unsigned long pages; /* in the window */
	enum place place;
	unsigned fail_one_in; /* map() fails so often; 0: never */
	bool may_fail;	      /* it did, or does */
	unsigned fail_later;  /* fail_one_in, once the machine is handed over */
	bool late_arrays;     /* memblock's arrays double on the heap */
	bool reports;	      /* there is a released hook */
	bool has_mirror;
	struct pf_boot_config config;
};

extern struct machine machine;
extern cell_t cells[2 * MAX_PAGES];
extern bool reserved[2 * MAX_PAGES]; /* a byte of that half page is */

/* Of a page, numbered from the window's first: enum pf_state, and what an operation promises. */
extern uint8_t states[MAX_PAGES];
#define PROMISED 0x80 /* will be free when the operation that runs is done */
extern uint8_t zones[MAX_PAGES];

/* What a zone has to say of itself. */
struct zone_model {
	pf_pfn start;
	unsigned long spanned, present, managed, nr_free, deferred;
};

struct node_model {
	pf_pfn start;
	unsigned long spanned, present;
	pf_pfn movable;
	struct zone_model zone[PF_ZONES];
};

extern struct node_model nodes[MAX_NODES];

/* random.c: splitmix64, or what somebody else has chosen */
void random_start(uint64_t seed);
void random_from(struct source source);
uint64_t random64(void);
unsigned long below(unsigned long n); /* 0 to n - 1; 0 of 0 */
bool one_in(unsigned long n);

/* machine.c: a new machine, and memblock as its firmware and boot code leave it */
void machine_make(void);
bool machine_to_memblock(void); /* false: memblock has no room for it */
void machine_read_reserved(void);
int page_nid(unsigned long i); /* -1: no memory */
extern int late_arrays_out;    /* arrays on the heap */

/* rules.c: zones, spans and movable_pfn, page by page */
void rules_apply(void);
/* Blocks with holes or several zones. */
unsigned long rules_mixed(void);

/* memmap.c: an address range of its own */
extern const struct pf_memmap_ops mapped_ops, on_demand_ops;
extern unsigned long map_failures;
bool map_failed_at(const struct pf_mem *mem, unsigned long i); /* since memmap_forget() */
void memmap_forget(void);
void memmap_release(void);
void *memmap_alloc(size_t size); /* config.alloc */

/* compare.c: does the library say what the model says? */
void compare_all(const struct pf_mem *mem);
void compare_zones(const struct pf_mem *mem);
/* Free chunks of an order in a zone. */
void count_chunks(int nid, int zone, unsigned long chunks[PF_MAX_ORDER + 1]);
/* The largest free chunk around a page. */
unsigned chunk_order(unsigned long i);
void recount(void); /* managed, nr_free and deferred, from states */

/* watermarks.c: the same of what zones keep; right after memblock_free_all() */
void compare_watermarks(const struct pf_mem *mem);

static inline pf_pfn pfn_of(unsigned long i)
{
	return machine.base + i;
}

static inline bool in_window(pf_pfn pfn)
{
	return pfn >= machine.base && pfn - machine.base < machine.pages;
}

#endif
