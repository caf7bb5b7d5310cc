/* SPDX-License-Identifier: MIT */
/*
 * The model of memblock: what its files share. A small window of the address space is cut into
 * grains, and for each grain there is what memory and reserved say about it.
 */
#ifndef MEMBLOCK_MODEL_H
#define MEMBLOCK_MODEL_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "source.h"

#define MAX_GRAINS    1024
#define OPS_PER_ROUND 2000
#define ROUND_SECONDS 120

/* One grain: 0 if nothing is there, else CELL(nid, flags). Regions are runs of equal cells. */
typedef uint32_t cell_t;
#define CELL(nid, flags) ((cell_t)1 | (cell_t)(flags) << 1 | (cell_t)((nid) + 1) << 8)
#define CELL_FLAGS(cell) ((cell) >> 1 & 0x7f)
#define CELL_NID(cell)	 ((int)((cell) >> 8) - 1)

enum { MEMORY, RESERVED, TYPES, NO_TYPE };

extern struct memblock_type *const real[TYPES];

struct state {
	cell_t cell[TYPES][MAX_GRAINS];
	phys_addr_t total[TYPES]; /* bytes; for memory with what memblock_trim_memory() forgets */
	bool mirror;		  /* memblock_has_mirror() */
};

/* The window of a round. Grain i is [edge(i), edge(i + 1)). */
extern struct space {
	phys_addr_t base;
	unsigned int shift; /* a grain is 1 << shift bytes */
	unsigned int n;	    /* grains */
	bool top;	    /* the last one ends at PHYS_ADDR_MAX, and is a byte short if shift */
	bool resize;	    /* memblock_allow_resize() */
} space;

extern struct state model;
extern char why[600]; /* the difference that was found */

/* Grains [a, b). */
struct span {
	unsigned int a, b;
};

#define HEX(addr) ((unsigned long long)(addr))

/* --- decisions --- */

static inline uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static inline uint64_t rnd64(struct source *rng)
{
	return random_next(&rng->state);
}

static inline unsigned int rnd(struct source *rng, unsigned int n)
{
	if (source_has_bytes(rng))
		return (unsigned int)source_below(rng, n);
	return (unsigned int)((rnd64(rng) >> 32) * n >> 32);
}

static inline bool one_in(struct source *rng, unsigned int n)
{
	return rnd(rng, n) == 0;
}

/* --- the window --- */

static inline phys_addr_t edge(unsigned int i)
{
	if (space.top && i == space.n)
		return PHYS_ADDR_MAX;
	return space.base + ((phys_addr_t)i << space.shift);
}

/* The edge at @addr or next below, the window's ends for what lies outside. */
static inline unsigned int edge_below(phys_addr_t addr)
{
	if (addr <= space.base)
		return 0;
	if (addr >= edge(space.n))
		return space.n;
	return (unsigned int)((addr - space.base) >> space.shift);
}

static inline unsigned int edge_above(phys_addr_t addr)
{
	unsigned int i = edge_below(addr);

	return i < space.n && edge(i) < addr ? i + 1 : i;
}

static inline bool is_edge(phys_addr_t addr)
{
	return edge(edge_below(addr)) == addr;
}

static inline phys_addr_t end_of(phys_addr_t base, phys_addr_t size)
{
	return size < PHYS_ADDR_MAX - base ? base + size : PHYS_ADDR_MAX;
}

/* Grains that share a byte with a range. */
static inline struct span touched(phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = end_of(base, size);
	struct span s = { edge_below(base), edge_above(end) };

	if (base >= edge(space.n) || end <= space.base || base >= end)
		s.a = s.b = 0;
	return s;
}

static inline bool is_node(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES;
}

static inline bool is_node_or_none(int nid)
{
	return is_node(nid) || nid == NUMA_NO_NODE || nid == MAX_NUMNODES;
}

static inline cell_t cell_of(const struct memblock_region *r)
{
	return CELL(memblock_get_region_node(r), r->flags);
}

/* A cell for @nid, as it can be stored. */
static inline cell_t new_cell(int nid, unsigned int flags)
{
	return CELL(PF_NUMA ? nid : 0, flags);
}

static inline cell_t cell_at(int type, phys_addr_t addr)
{
	if (addr < space.base || addr >= edge(space.n))
		return 0;
	return model.cell[type][(addr - space.base) >> space.shift];
}

/* The region around grain @i. */
static inline struct span run_at(const cell_t *cell, unsigned int i)
{
	struct span s = { i, i + 1 };

	while (s.a > 0 && cell[s.a - 1] == cell[i])
		s.a--;
	while (s.b < space.n && cell[s.b] == cell[i])
		s.b++;
	return s;
}

static inline phys_addr_t bytes(struct span s)
{
	return edge(s.b) - edge(s.a);
}

/* --- op.c: operations --- */

enum op_kind {
	OP_ADD,
	OP_ADD_NODE,
	OP_RESERVE,
	OP_REMOVE,
	OP_PHYS_FREE,
	OP_FREE,
	OP_MARK_HOTPLUG,
	OP_CLEAR_HOTPLUG,
	OP_MARK_MIRROR,
	OP_MARK_NOMAP,
	OP_CLEAR_NOMAP,
	OP_MARK_NOINIT,
	OP_NODE_MEMORY,
	OP_NODE_RESERVED,
	OP_CAP,
	OP_TRIM,
	OP_ENFORCE,
	OP_REMOVE_MAP,
	OP_LIMIT,
	OP_LOW_LIMIT,
	OP_BOTTOM_UP,
	OP_MOVABLE,
	OP_KERNELCORE,
	OP_ARRAY_OPS,
	OP_RANGE_NID,
	OP_PHYS_RANGE,
	OP_PHYS_TRY_NID,
	OP_PHYS_ALLOC,
	OP_EXACT_RAW,
	OP_TRY_RAW,
	OP_TRY,
	OP_ALLOC,
	OP_ALLOC_RAW,
	OP_ALLOC_FROM,
	OP_ALLOC_NODE,
	OP_ALLOC_LOW,
	OP_KINDS
};

struct op {
	enum op_kind kind;
	int nid;
	enum memblock_flags flags;
	bool on;
	phys_addr_t base, size, align, min, max;
	uint64_t probe; /* seed of the queries that follow, 0 for none */
};

/* How often an operation comes, depending on what a family is after. */
enum { PLAIN, DENSE, POLICY, SEARCH, MIXES };

/* As a statement of C. */
extern const struct op_text {
	const char *call;
	unsigned char weight[MIXES];
} kinds[OP_KINDS];

bool is_alloc(const struct op *op);
void print_op(FILE *out, const struct op *op);

/* --- make.c: operations at random, and rounds of them --- */

struct family {
	const char *name;
	int mix;
	unsigned int share; /* of all operations, in percent */
	bool bytes;	    /* a grain is a byte */
	bool top;
	bool resize;
	bool pages; /* 1024 grains of a page or a quarter: room for arrays */
};

#define FAMILIES 11
extern const struct family families[FAMILIES];

int random_nid(struct source *rng);
enum memblock_flags random_flags(struct source *rng);
void random_space(struct source *rng, const struct family *f);
/* Number @i of @n that make a round. */
void random_op_of_round(struct source *rng, const struct family *f, struct op *op, unsigned int i,
			unsigned int n);
/* The first three of a round. */
void first_ops(struct source *rng, struct op *ops, const struct family *f);

/* --- search.c --- */

struct request {
	phys_addr_t size, align, min, max;
	int nid;
	bool exact;
	bool virt; /* capped at current_limit, and min is a wish */
	bool zero;
};

bool eligible(cell_t cell, int nid, unsigned int flags);
phys_addr_t find(const struct request *rq, phys_addr_t min, int nid, unsigned int flags);
/* All places that the fall-backs would come up with, in order. */
unsigned int find_all(const struct request *rq, phys_addr_t *found);
struct request request_of(const struct op *op);

/* --- apply.c --- */

void model_add(struct state *s, int type, struct span at, cell_t cell);
void model_remove(struct state *s, int type, struct span at);
/* What @op does to @s if it succeeds; allocations are not here. */
void apply(struct state *s, const struct op *op);

/* --- call.c --- */

extern unsigned int model_late_calls;
bool is_late(const void *array);
void forget_late_arrays(void); /* memblock must not have one */
int call_range(const struct op *op);
void call_void(const struct op *op);
bool has_no_result(const struct op *op);
bool fits_pointer(phys_addr_t base, phys_addr_t size);
phys_addr_t call_alloc(const struct op *op);

/* --- arrays.c --- */

/* Notes why the two differ, and is false. */
__attribute__((format(printf, 1, 2))) bool differ(const char *format, ...);
/* The first is, and each is as its neighbour. */
bool all_are(const cell_t *cell, unsigned int a, unsigned int b, cell_t value);
bool same_state(void);
void forget_same(void); /* a round begins */

/* --- room.c --- */

enum room { FITS, FULL };

/* What the real arrays were like before an operation. */
struct arrays {
	unsigned long max[TYPES];
	struct memblock_region *regions[TYPES];
	struct span at[TYPES]; /* grains that they take up; none for those that were built in */
};

/* What an operation was about when an array doubled for it. */
struct at_hand {
	int type;
	phys_addr_t base, size;
	bool avoid; /* no new array may lie in it: it is taken, or goes away */
};

extern struct arrays built_in, before;
struct arrays arrays_now(void);
int type_of(const struct op *op);
enum room room_for(const struct op *op);
bool place_beside(int type, phys_addr_t base, phys_addr_t size);
bool cannot_double(const struct op *op);
bool has_doubled(int type);
bool learn_arrays(const struct at_hand *h);

/* --- step.c, play.c --- */

bool step(const struct op *op); /* false: the two differ */

/* What is being done, for whoever dies in it. */
extern struct now {
	uint64_t seed;
	const struct family *family;
	unsigned int round, op;
	const struct op *ops;
} now;

/* Index of the first operation after which the two differ, @n if none. */
unsigned int play(const struct op *ops, unsigned int n);

/* --- query.c, iterate.c --- */

bool probe_range(struct source *rng);
bool probe_address(struct source *rng);
bool probe_pfn(struct source *rng);
bool probe_sizes(void);
bool probe(uint64_t seed); /* all of them */

/* --- report.c --- */

void print_where(const struct op *op);
/* Shortens @ops to what the difference needs, and prints them. */
void report(struct op *ops, unsigned int failed);

#endif
