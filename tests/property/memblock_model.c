/* SPDX-License-Identifier: MIT */
/*
 * Differential test: memblock against a model that is too simple to be wrong.
 *
 * The model cuts a small window of the address space into grains and keeps, for each grain, what
 * memory and reserved say about it. Each operation goes to both; then the region arrays have to
 * spell the model's grains, in as few regions as possible, and now and then every query and
 * iterator has to agree too.
 *
 * All operations of a round are made up front, from its seed, so that a round that fails can be
 * replayed with operations left out: what remains is printed as C calls.
 *
 *	memblock_model [--ops N] [--seed S]
 */
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

#define MAX_GRAINS    1024
#define OPS_PER_ROUND 2000
#define PROBE_EVERY   16
#define ROUND_SECONDS 120

/* One grain: 0 if nothing is there, else CELL(nid, flags). Regions are runs of equal cells. */
typedef uint32_t cell_t;
#define CELL(nid, flags) ((cell_t)1 | (cell_t)(flags) << 1 | (cell_t)((nid) + 1) << 8)
#define CELL_FLAGS(cell) ((cell) >> 1 & 0x7f)
#define CELL_NID(cell)	 ((int)((cell) >> 8) - 1)

enum { MEMORY, RESERVED, TYPES, NO_TYPE };

static struct memblock_type *const real[] = { &memblock.memory, &memblock.reserved };

struct state {
	cell_t cell[TYPES][MAX_GRAINS];
	phys_addr_t total[TYPES]; /* bytes; for memory with what memblock_trim_memory() forgets */
	bool mirror;		  /* memblock_has_mirror() */
};

/* The window of a round. Grain i is [edge(i), edge(i + 1)). */
static struct space {
	phys_addr_t base;
	unsigned int shift; /* a grain is 1 << shift bytes */
	unsigned int n;	    /* grains */
	bool top;	    /* the last one ends at PHYS_ADDR_MAX, and is a byte short if shift */
	bool resize;	    /* memblock_allow_resize() */
} space;

static struct state model;
static char why[600]; /* the difference that was found */

/* Grains [a, b). */
struct span {
	unsigned int a, b;
};

/* Random numbers: splitmix64. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t rnd64(uint64_t *rng)
{
	*rng += 0x9e3779b97f4a7c15u;
	return mix(*rng);
}

static unsigned int rnd(uint64_t *rng, unsigned int n)
{
	return (unsigned int)((rnd64(rng) >> 32) * n >> 32);
}

static bool one_in(uint64_t *rng, unsigned int n)
{
	return rnd(rng, n) == 0;
}

__attribute__((format(printf, 1, 2))) static bool differ(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return false;
}

#define HEX(addr) ((unsigned long long)(addr))

/* The window */

static phys_addr_t edge(unsigned int i)
{
	if (space.top && i == space.n)
		return PHYS_ADDR_MAX;
	return space.base + ((phys_addr_t)i << space.shift);
}

/* The edge at @addr or next below, the window's ends for what lies outside. */
static unsigned int edge_below(phys_addr_t addr)
{
	if (addr <= space.base)
		return 0;
	if (addr >= edge(space.n))
		return space.n;
	return (unsigned int)((addr - space.base) >> space.shift);
}

static unsigned int edge_above(phys_addr_t addr)
{
	unsigned int i = edge_below(addr);

	return i < space.n && edge(i) < addr ? i + 1 : i;
}

static bool is_edge(phys_addr_t addr)
{
	return edge(edge_below(addr)) == addr;
}

static phys_addr_t end_of(phys_addr_t base, phys_addr_t size)
{
	return size < PHYS_ADDR_MAX - base ? base + size : PHYS_ADDR_MAX;
}

/* Grains that share a byte with a range. */
static struct span touched(phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = end_of(base, size);
	struct span s = { edge_below(base), edge_above(end) };

	if (base >= edge(space.n) || end <= space.base || base >= end)
		s.a = s.b = 0;
	return s;
}

static bool is_node(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES;
}

static bool is_node_or_none(int nid)
{
	return is_node(nid) || nid == NUMA_NO_NODE || nid == MAX_NUMNODES;
}

static cell_t cell_of(const struct memblock_region *r)
{
	return CELL(memblock_get_region_node(r), r->flags);
}

/* A cell for @nid, as it can be stored. */
static cell_t new_cell(int nid, unsigned int flags)
{
	return CELL(PF_NUMA ? nid : 0, flags);
}

static cell_t cell_at(int type, phys_addr_t addr)
{
	if (addr < space.base || addr >= edge(space.n))
		return 0;
	return model.cell[type][(addr - space.base) >> space.shift];
}

/* The region around grain @i. */
static struct span run_at(const cell_t *cell, unsigned int i)
{
	struct span s = { i, i + 1 };

	while (s.a > 0 && cell[s.a - 1] == cell[i])
		s.a--;
	while (s.b < space.n && cell[s.b] == cell[i])
		s.b++;
	return s;
}

static phys_addr_t bytes(struct span s)
{
	return edge(s.b) - edge(s.a);
}

/* Operations */

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

static const struct {
	const char *call;
	unsigned char weight[MIXES];
} kinds[OP_KINDS] = {
	[OP_ADD] = { "memblock_add(%b, %s)", { 12, 8, 6, 0 } },
	[OP_ADD_NODE] = { "memblock_add_node(%b, %s, %n, %f)", { 12, 60, 20, 1 } },
	[OP_RESERVE] = { "memblock_reserve(%b, %s)", { 14, 70, 6, 4 } },
	[OP_REMOVE] = { "memblock_remove(%b, %s)", { 10, 12, 6, 1 } },
	[OP_PHYS_FREE] = { "memblock_phys_free(%b, %s)", { 24, 20, 30, 50 } },
	[OP_FREE] = { "memblock_free(pf_port_phys_to_virt(%b), %s)", { 6, 6, 10, 20 } },
	[OP_MARK_HOTPLUG] = { "memblock_mark_hotplug(%b, %s)", { 2, 8, 10, 1 } },
	[OP_CLEAR_HOTPLUG] = { "memblock_clear_hotplug(%b, %s)", { 3, 4, 8, 1 } },
	[OP_MARK_MIRROR] = { "memblock_mark_mirror(%b, %s)", { 2, 4, 12, 1 } },
	[OP_MARK_NOMAP] = { "memblock_mark_nomap(%b, %s)", { 2, 6, 4, 0 } },
	[OP_CLEAR_NOMAP] = { "memblock_clear_nomap(%b, %s)", { 3, 4, 8, 1 } },
	[OP_MARK_NOINIT] = { "memblock_reserved_mark_noinit(%b, %s)", { 3, 12, 3, 0 } },
	[OP_NODE_MEMORY] = { "memblock_set_node(%b, %s, &memblock.memory, %n)", { 8, 30, 14, 1 } },
	[OP_NODE_RESERVED] = { "memblock_set_node(%b, %s, &memblock.reserved, %n)",
			       { 6, 24, 4, 0 } },
	[OP_CAP] = { "memblock_cap_memory_range(%b, %s)", { 1, 0, 1, 0 } },
	[OP_TRIM] = { "memblock_trim_memory(%a)", { 2, 1, 1, 0 } },
	[OP_ENFORCE] = { "memblock_enforce_memory_limit(%s)", { 1, 0, 1, 0 } },
	[OP_REMOVE_MAP] = { "memblock_mem_limit_remove_map(%s)", { 1, 0, 1, 0 } },
	[OP_LIMIT] = { "memblock_set_current_limit(%h)", { 3, 1, 3, 2 } },
	[OP_LOW_LIMIT] = { "memblock_set_low_limit(%h)", { 2, 1, 1, 1 } },
	[OP_BOTTOM_UP] = { "memblock_set_bottom_up(%o)", { 3, 2, 3, 3 } },
	[OP_MOVABLE] = { "movable_node_enabled = %o", { 1, 1, 6, 1 } },
	[OP_KERNELCORE] = { "mirrored_kernelcore = %o", { 1, 1, 4, 1 } },
	[OP_ARRAY_OPS] = { "memblock_set_array_ops(%o ? &array_ops : NULL)", { 0, 2, 0, 0 } },
	[OP_RANGE_NID] = { "memblock_alloc_range_nid(%s, %a, %l, %h, %n, %o)", { 12, 12, 16, 40 } },
	[OP_PHYS_RANGE] = { "memblock_phys_alloc_range(%s, %a, %l, %h)", { 8, 8, 8, 40 } },
	[OP_PHYS_TRY_NID] = { "memblock_phys_alloc_try_nid(%s, %a, %n)", { 6, 6, 8, 10 } },
	[OP_PHYS_ALLOC] = { "memblock_phys_alloc(%s, %a)", { 4, 4, 4, 10 } },
	[OP_EXACT_RAW] = { "memblock_alloc_exact_nid_raw(%s, %a, %l, %h, %n)", { 8, 8, 12, 16 } },
	[OP_TRY_RAW] = { "memblock_alloc_try_nid_raw(%s, %a, %l, %h, %n)", { 8, 8, 12, 16 } },
	[OP_TRY] = { "memblock_alloc_try_nid(%s, %a, %l, %h, %n)", { 8, 8, 12, 8 } },
	[OP_ALLOC] = { "memblock_alloc(%s, %a)", { 4, 4, 4, 8 } },
	[OP_ALLOC_RAW] = { "memblock_alloc_raw(%s, %a)", { 2, 2, 2, 4 } },
	[OP_ALLOC_FROM] = { "memblock_alloc_from(%s, %a, %l)", { 4, 4, 4, 10 } },
	[OP_ALLOC_NODE] = { "memblock_alloc_node(%s, %a, %n)", { 8, 8, 10, 8 } },
	[OP_ALLOC_LOW] = { "memblock_alloc_low(%s, %a)", { 4, 4, 4, 4 } },
};

static bool is_alloc(const struct op *op)
{
	return op->kind >= OP_RANGE_NID;
}

static void print_nid(FILE *out, int nid)
{
	if (nid == NUMA_NO_NODE)
		fputs("NUMA_NO_NODE", out);
	else if (nid == MAX_NUMNODES)
		fputs("MAX_NUMNODES", out);
	else
		fprintf(out, "%d", nid);
}

static void print_argument(FILE *out, const struct op *op, char what)
{
	if (what == 'b')
		fprintf(out, "0x%llx", HEX(op->base));
	else if (what == 's')
		fprintf(out, "0x%llx", HEX(op->size));
	else if (what == 'a')
		fprintf(out, "0x%llx", HEX(op->align));
	else if (what == 'l')
		fprintf(out, "0x%llx", HEX(op->min));
	else if (what == 'h')
		fprintf(out, "0x%llx", HEX(op->max));
	else if (what == 'f')
		fprintf(out, "(enum memblock_flags)0x%x", (unsigned int)op->flags);
	else if (what == 'o')
		fputs(op->on ? "true" : "false", out);
	else
		print_nid(out, op->nid);
}

/* @op as a statement of C. */
static void print_op(FILE *out, const struct op *op)
{
	for (const char *p = kinds[op->kind].call; *p; p++) {
		if (*p == '%')
			print_argument(out, op, *++p);
		else
			fputc(*p, out);
	}
	fputs(";\n", out);
}

/* Making operations */

static int random_nid(uint64_t *rng)
{
	static const int odd[] = { NUMA_NO_NODE, NUMA_NO_NODE,	   NUMA_NO_NODE, NUMA_NO_NODE,
				   MAX_NUMNODES, MAX_NUMNODES - 1, MAX_NUMNODES, MAX_NUMNODES + 1,
				   -2,		 INT_MAX,	   INT_MIN };

	if (one_in(rng, 3))
		return odd[rnd(rng, sizeof(odd) / sizeof(odd[0]))];
	return (int)rnd(rng, 4) % MAX_NUMNODES;
}

static enum memblock_flags random_flags(uint64_t *rng)
{
	static const unsigned char usual[] = { 0, 0, 0, MEMBLOCK_HOTPLUG, MEMBLOCK_MIRROR };

	if (one_in(rng, 4))
		return (enum memblock_flags)rnd(rng, 16);
	return (enum memblock_flags)usual[rnd(rng, sizeof(usual))];
}

static unsigned int random_length(uint64_t *rng, int mix_kind)
{
	unsigned int dice = rnd(rng, 100);

	if (mix_kind == DENSE)
		return dice < 92 ? 1 + rnd(rng, 2) : 1 + rnd(rng, 30);
	if (dice < 50)
		return 1 + rnd(rng, 4);
	if (dice < 85)
		return 1 + rnd(rng, 1 + space.n / 16);
	return 1 + rnd(rng, space.n);
}

/* A range that starts and ends at edges; its end may pass the top of the address space. */
static void random_range(uint64_t *rng, struct op *op, int mix_kind)
{
	unsigned int a = rnd(rng, space.n + 1);
	unsigned int length = random_length(rng, mix_kind);

	if (length > space.n - a)
		length = space.n - a;
	op->base = edge(a);
	op->size = (phys_addr_t)length << space.shift;
	if (one_in(rng, 100))
		op->size = 0;
	if (space.top && one_in(rng, 100))
		op->size = PHYS_ADDR_MAX - rnd(rng, 3);
}

/* What only takes away may reach beyond the window. */
static void random_wide_range(uint64_t *rng, struct op *op, int mix_kind)
{
	random_range(rng, op, mix_kind);
	if (!one_in(rng, mix_kind == DENSE ? 1000 : 60))
		return;
	if (one_in(rng, 2)) {
		op->size = end_of(op->base, op->size);
		op->base = 0;
	} else {
		op->size = PHYS_ADDR_MAX - rnd(rng, 3);
	}
}

/* At the top no block may end within the last grain: it is a byte short. */
static phys_addr_t random_align(uint64_t *rng)
{
	static const phys_addr_t odd[] = { 3, 48, 4097, PHYS_ADDR_MAX, (PHYS_ADDR_MAX >> 1) + 1 };
	phys_addr_t align = (phys_addr_t)1 << rnd(rng, one_in(rng, 8) ? 24 : space.shift ? 13 : 7);

	if (one_in(rng, 2))
		align = one_in(rng, 2) ? 1 : (phys_addr_t)1 << space.shift;
	if (one_in(rng, 16))
		align = 0;
	if (one_in(rng, 40))
		return odd[rnd(rng, sizeof(odd) / sizeof(odd[0]))];
	if (space.top && align < (phys_addr_t)1 << space.shift)
		align = (phys_addr_t)1 << space.shift;
	return align;
}

static phys_addr_t random_bound(uint64_t *rng)
{
	phys_addr_t grain = (phys_addr_t)1 << space.shift;

	switch (rnd(rng, 8)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return MEMBLOCK_ALLOC_ANYWHERE;
	case 3:
		return space.base > grain ? space.base - grain : rnd(rng, 2);
	default:
		return edge(rnd(rng, space.n + 1));
	}
}

/* Few kinds of requests, over most of memory, so that one search may learn from another. */
static void random_search(uint64_t *rng, struct op *op)
{
	op->size = (phys_addr_t)(1 + rnd(rng, one_in(rng, 4) ? 40 : 6)) << space.shift;
	op->align = (phys_addr_t)1 << (space.shift + rnd(rng, 6));
	op->min = one_in(rng, 2) ? 0 : random_bound(rng);
	op->max = one_in(rng, 3) ? random_bound(rng) : MEMBLOCK_ALLOC_ANYWHERE;
	op->nid = one_in(rng, 2) ? NUMA_NO_NODE : (int)rnd(rng, 2) % MAX_NUMNODES;
}

static void random_alloc(uint64_t *rng, struct op *op)
{
	unsigned int grains = 1 + rnd(rng, one_in(rng, 4) ? 64 : 6);

	if (one_in(rng, 30))
		grains = 1 + rnd(rng, 2 * space.n);
	op->size = (phys_addr_t)grains << space.shift;
	if (one_in(rng, 200))
		op->size = ~(((phys_addr_t)1 << space.shift) - 1);
	op->align = random_align(rng);
	op->min = random_bound(rng);
	op->max = one_in(rng, 12) ? MEMBLOCK_ALLOC_NOLEAKTRACE : random_bound(rng);
	if (one_in(rng, 4))
		op->min = 0;
	if (one_in(rng, 3))
		op->max = MEMBLOCK_ALLOC_ANYWHERE;
}

static void random_limit(uint64_t *rng, struct op *op)
{
	op->size = (phys_addr_t)rnd(rng, space.n + space.n / 4) << space.shift;
	op->align = (phys_addr_t)1 << rnd(rng, space.shift + 8);
	if (space.top && op->align < (phys_addr_t)1 << space.shift)
		op->align = 1;
	if (one_in(rng, 8))
		op->align = (phys_addr_t)rnd(rng, 2) * 3;
	op->max = one_in(rng, 2) ? MEMBLOCK_ALLOC_ANYWHERE : random_bound(rng);
	if (op->kind == OP_LIMIT && !one_in(rng, 3))
		op->max = MEMBLOCK_ALLOC_ANYWHERE;
}

static enum op_kind random_kind(uint64_t *rng, int mix_kind)
{
	unsigned int sum = 0, dice, kind;

	for (kind = 0; kind < OP_KINDS; kind++)
		sum += kinds[kind].weight[mix_kind];
	dice = rnd(rng, sum);
	for (kind = 0; dice >= kinds[kind].weight[mix_kind]; kind++)
		dice -= kinds[kind].weight[mix_kind];
	return (enum op_kind)kind;
}

static void random_op(uint64_t *rng, struct op *op, int mix_kind)
{
	memset(op, 0, sizeof(*op));
	op->kind = random_kind(rng, mix_kind);
	op->nid = random_nid(rng);
	op->flags = random_flags(rng);
	op->on = one_in(rng, 2);
	if (is_alloc(op) && mix_kind == SEARCH && !one_in(rng, 8))
		random_search(rng, op);
	else if (is_alloc(op))
		random_alloc(rng, op);
	else if (op->kind <= OP_RESERVE)
		random_range(rng, op, mix_kind);
	else if (op->kind <= OP_CAP)
		random_wide_range(rng, op, mix_kind);
	else
		random_limit(rng, op);
	if (op->kind == OP_ADD_NODE && !op->size)
		op->nid = 0;
	if (one_in(rng, PROBE_EVERY))
		op->probe = rnd64(rng) | 1;
}

/* The model's searches */

static bool eligible(cell_t cell, int nid, unsigned int flags)
{
	unsigned int is = CELL_FLAGS(cell);

	if (!cell || (is_node(nid) && CELL_NID(cell) != nid))
		return false;
	if (movable_node_enabled && (is & MEMBLOCK_HOTPLUG) && !(flags & MEMBLOCK_HOTPLUG))
		return false;
	if ((flags & MEMBLOCK_MIRROR) && !(is & MEMBLOCK_MIRROR))
		return false;
	if ((is & MEMBLOCK_NOMAP) && !(flags & MEMBLOCK_NOMAP))
		return false;
	return !(is & MEMBLOCK_DRIVER_MANAGED) || (flags & MEMBLOCK_DRIVER_MANAGED);
}

struct request {
	phys_addr_t size, align, min, max;
	int nid;
	bool exact;
	bool virt; /* capped at current_limit, and min is a wish */
	bool zero;
};

static phys_addr_t find(const struct request *rq, phys_addr_t min, int nid, unsigned int flags)
{
	phys_addr_t max = rq->max, best = 0;
	unsigned int first, i, run = 0;

	if (max == MEMBLOCK_ALLOC_ACCESSIBLE || max == MEMBLOCK_ALLOC_NOLEAKTRACE)
		max = memblock.current_limit;
	first = edge_above(min < PF_PAGE_SIZE ? PF_PAGE_SIZE : min);
	for (i = edge_below(max); i-- > first;) {
		const cell_t *cell = &model.cell[MEMORY][i];

		if (model.cell[RESERVED][i] || !eligible(*cell, nid, flags)) {
			run = 0;
			continue;
		}
		run = run && cell[0] == cell[1] ? run + 1 : 1;
		if ((edge(i) & (rq->align - 1)) || edge(i + run) - edge(i) < rq->size)
			continue;
		best = edge(i);
		if (!memblock.bottom_up)
			break;
	}
	return best;
}

/* All places that the fall-backs would come up with, in order. */
static unsigned int find_all(const struct request *rq, phys_addr_t *found)
{
	unsigned int n = 0;

	if (!rq->align || (rq->align & (rq->align - 1)))
		return 0;
	for (int wish = 0; wish < (rq->virt && rq->min ? 2 : 1); wish++) {
		for (int mirror = model.mirror; mirror >= 0; mirror--) {
			unsigned int flags = mirror ? MEMBLOCK_MIRROR : MEMBLOCK_NONE;
			phys_addr_t min = wish ? 0 : rq->min;

			found[n] = find(rq, min, rq->nid, flags);
			n += found[n] != 0;
			if (rq->exact || !is_node(rq->nid))
				continue;
			found[n] = find(rq, min, NUMA_NO_NODE, flags);
			n += found[n] != 0;
		}
	}
	return n;
}

static struct request request_of(const struct op *op)
{
	struct request rq = { op->size, op->align, 0, 0, NUMA_NO_NODE, false, false, false };
	enum op_kind kind = op->kind;

	if (!rq.align)
		rq.align = PF_SMP_CACHE_BYTES;
	if (kind == OP_RANGE_NID || kind == OP_PHYS_RANGE || kind == OP_EXACT_RAW ||
	    kind == OP_TRY_RAW || kind == OP_TRY || kind == OP_ALLOC_FROM)
		rq.min = op->min;
	if (kind == OP_RANGE_NID || kind == OP_PHYS_RANGE || kind == OP_EXACT_RAW ||
	    kind == OP_TRY_RAW || kind == OP_TRY)
		rq.max = op->max;
	if (kind == OP_ALLOC_LOW)
		rq.max = memblock_get_low_limit();
	if (kind == OP_RANGE_NID || kind == OP_PHYS_TRY_NID || kind == OP_EXACT_RAW ||
	    kind == OP_TRY_RAW || kind == OP_TRY || kind == OP_ALLOC_NODE)
		rq.nid = op->nid;
	rq.exact = kind == OP_EXACT_RAW || (kind == OP_RANGE_NID && op->on);
	rq.virt = kind >= OP_EXACT_RAW;
	rq.zero = rq.virt && kind != OP_EXACT_RAW && kind != OP_TRY_RAW && kind != OP_ALLOC_RAW;
	if (rq.virt && rq.max > memblock.current_limit)
		rq.max = memblock.current_limit;
	return rq;
}

/* The model's operations */

static void model_add(struct state *s, int type, struct span at, cell_t cell)
{
	unsigned int i = 0;

	while (i < space.n && !s->cell[type][i])
		i++;
	if (i == space.n && at.a < at.b)
		s->total[type] = 0; /* an empty array forgets what trimming left behind */
	for (i = at.a; i < at.b; i++) {
		if (s->cell[type][i])
			continue;
		s->cell[type][i] = cell;
		s->total[type] += edge(i + 1) - edge(i);
	}
}

static void model_remove(struct state *s, int type, struct span at)
{
	for (unsigned int i = at.a; i < at.b; i++) {
		if (s->cell[type][i])
			s->total[type] -= edge(i + 1) - edge(i);
		s->cell[type][i] = 0;
	}
}

static void model_flag(struct state *s, int type, struct span at, unsigned int flag, bool set)
{
	for (unsigned int i = at.a; i < at.b; i++) {
		cell_t *cell = &s->cell[type][i];

		if (*cell)
			*cell = set ? *cell | flag << 1 : *cell & ~(flag << 1);
	}
}

static void model_node(struct state *s, int type, struct span at, int nid)
{
	for (unsigned int i = at.a; i < at.b; i++)
		if (s->cell[type][i])
			s->cell[type][i] = new_cell(nid, CELL_FLAGS(s->cell[type][i]));
}

/* Shrinking in place leaves total_size as it was; a region that vanishes takes its size along. */
static void trim_run(struct state *s, struct span run, phys_addr_t align)
{
	phys_addr_t total = s->total[MEMORY];
	struct span keep = run;

	while (keep.a < keep.b && (edge(keep.a) & (align - 1)))
		keep.a++;
	while (keep.a < keep.b && (edge(keep.b) & (align - 1)))
		keep.b--;
	if (keep.a == keep.b) {
		model_remove(s, MEMORY, run);
		return;
	}
	model_remove(s, MEMORY, (struct span){ run.a, keep.a });
	model_remove(s, MEMORY, (struct span){ keep.b, run.b });
	s->total[MEMORY] = total;
}

static void model_trim(struct state *s, phys_addr_t align)
{
	struct span run = { 0, 0 };

	if (!align || (align & (align - 1)))
		return;
	for (; run.a < space.n; run.a = run.b) {
		run = run_at(s->cell[MEMORY], run.a);
		if (s->cell[MEMORY][run.a])
			trim_run(s, run, align);
	}
}

/* Where the first @limit bytes of memory end; space.n + 1 if there is not so much. */
static unsigned int edge_of_limit(const struct state *s, phys_addr_t limit)
{
	phys_addr_t sum = 0;

	for (unsigned int i = 0; i < space.n; i++) {
		if (s->cell[MEMORY][i])
			sum += edge(i + 1) - edge(i);
		if (sum >= limit)
			return i + 1;
	}
	return space.n + 1;
}

static void model_enforce(struct state *s, phys_addr_t limit)
{
	unsigned int a = edge_of_limit(s, limit);

	if (!limit || a > space.n)
		return;
	model_remove(s, MEMORY, (struct span){ a, space.n });
	model_remove(s, RESERVED, (struct span){ a, space.n });
}

static void model_cap(struct state *s, struct span keep)
{
	for (unsigned int i = 0; i < space.n; i++) {
		if (i >= keep.a && i < keep.b)
			continue;
		if (!(CELL_FLAGS(s->cell[MEMORY][i]) & MEMBLOCK_NOMAP))
			model_remove(s, MEMORY, (struct span){ i, i + 1 });
		model_remove(s, RESERVED, (struct span){ i, i + 1 });
	}
}

static void model_limit(struct state *s, const struct op *op)
{
	unsigned int b;

	if (op->kind == OP_ENFORCE) {
		model_enforce(s, op->size);
	} else if (op->kind == OP_REMOVE_MAP) {
		b = edge_of_limit(s, op->size);
		if (op->size && b <= space.n)
			model_cap(s, (struct span){ 0, b });
	} else if (op->size && s->total[MEMORY]) {
		model_cap(s, touched(op->base, op->size));
	}
}

static void model_change(struct state *s, const struct op *op)
{
	struct span at = touched(op->base, op->size);

	if (op->kind == OP_NODE_MEMORY || op->kind == OP_NODE_RESERVED)
		model_node(s, op->kind == OP_NODE_MEMORY ? MEMORY : RESERVED, at, op->nid);
	else if (op->kind == OP_MARK_HOTPLUG || op->kind == OP_CLEAR_HOTPLUG)
		model_flag(s, MEMORY, at, MEMBLOCK_HOTPLUG, op->kind == OP_MARK_HOTPLUG);
	else if (op->kind == OP_MARK_NOMAP || op->kind == OP_CLEAR_NOMAP)
		model_flag(s, MEMORY, at, MEMBLOCK_NOMAP, op->kind == OP_MARK_NOMAP);
	else if (op->kind == OP_MARK_NOINIT)
		model_flag(s, RESERVED, at, MEMBLOCK_RSRV_NOINIT, true);
	else if (op->kind == OP_MARK_MIRROR && mirrored_kernelcore) {
		model_flag(s, MEMORY, at, MEMBLOCK_MIRROR, true);
		s->mirror = true;
	}
}

/* What @op does to @s if it succeeds; allocations are not here. */
static void apply(struct state *s, const struct op *op)
{
	struct span at = touched(op->base, op->size);

	if (op->kind == OP_ADD)
		model_add(s, MEMORY, at, new_cell(MAX_NUMNODES, 0));
	else if (op->kind == OP_ADD_NODE)
		model_add(s, MEMORY, at, new_cell(op->nid, op->flags));
	else if (op->kind == OP_RESERVE)
		model_add(s, RESERVED, at, new_cell(MAX_NUMNODES, 0));
	else if (op->kind == OP_REMOVE)
		model_remove(s, MEMORY, at);
	else if (op->kind == OP_PHYS_FREE || op->kind == OP_FREE)
		model_remove(s, RESERVED, at);
	else if (op->kind == OP_TRIM)
		model_trim(s, op->align);
	else if (op->kind == OP_CAP || op->kind == OP_ENFORCE || op->kind == OP_REMOVE_MAP)
		model_limit(s, op);
	else
		model_change(s, op);
}

/* The real operations */

/* Arrays from the host; every fourth time it has none. */
static void *late_arrays[8];
static unsigned int late_calls;

static void *late_alloc(size_t size)
{
	for (unsigned int i = 0; i < 8 && ++late_calls % 4; i++)
		if (!late_arrays[i])
			return late_arrays[i] = malloc(size);
	return NULL;
}

static void late_free(void *array, size_t size)
{
	for (unsigned int i = 0; i < 8; i++)
		if (late_arrays[i] == array)
			late_arrays[i] = NULL;
	memset(array, 0xa5, size);
	free(array);
}

static bool is_late(const void *array)
{
	for (unsigned int i = 0; i < 8; i++)
		if (late_arrays[i] == array)
			return true;
	return false;
}

static const struct memblock_array_ops array_ops = { late_alloc, late_free };

static int call_range(const struct op *op)
{
	phys_addr_t base = op->base, size = op->size;

	switch (op->kind) {
	case OP_ADD:
		return memblock_add(base, size);
	case OP_ADD_NODE:
		return memblock_add_node(base, size, op->nid, op->flags);
	case OP_RESERVE:
		return memblock_reserve(base, size);
	case OP_REMOVE:
		return memblock_remove(base, size);
	case OP_PHYS_FREE:
		return memblock_phys_free(base, size);
	case OP_MARK_HOTPLUG:
		return memblock_mark_hotplug(base, size);
	case OP_CLEAR_HOTPLUG:
		return memblock_clear_hotplug(base, size);
	case OP_MARK_MIRROR:
		return memblock_mark_mirror(base, size);
	case OP_MARK_NOMAP:
		return memblock_mark_nomap(base, size);
	case OP_CLEAR_NOMAP:
		return memblock_clear_nomap(base, size);
	case OP_MARK_NOINIT:
		return memblock_reserved_mark_noinit(base, size);
	case OP_NODE_MEMORY:
		return memblock_set_node(base, size, &memblock.memory, op->nid);
	default:
		return memblock_set_node(base, size, &memblock.reserved, op->nid);
	}
}

/* Those without a result. */
static void call_void(const struct op *op)
{
	if (op->kind == OP_FREE)
		memblock_free(pf_port_phys_to_virt(op->base), (size_t)op->size);
	else if (op->kind == OP_CAP)
		memblock_cap_memory_range(op->base, op->size);
	else if (op->kind == OP_TRIM)
		memblock_trim_memory(op->align);
	else if (op->kind == OP_ENFORCE)
		memblock_enforce_memory_limit(op->size);
	else if (op->kind == OP_REMOVE_MAP)
		memblock_mem_limit_remove_map(op->size);
	else if (op->kind == OP_LIMIT)
		memblock_set_current_limit(op->max);
	else if (op->kind == OP_LOW_LIMIT)
		memblock_set_low_limit(op->max);
	else if (op->kind == OP_BOTTOM_UP)
		memblock_set_bottom_up(op->on);
	else if (op->kind == OP_MOVABLE)
		movable_node_enabled = op->on;
	else if (op->kind == OP_KERNELCORE)
		mirrored_kernelcore = op->on;
	else
		memblock_set_array_ops(op->on ? &array_ops : NULL);
}

static bool has_no_result(const struct op *op)
{
	return op->kind == OP_FREE || (op->kind >= OP_CAP && op->kind <= OP_ARRAY_OPS);
}

static void *call_alloc_virt(const struct op *op)
{
	switch (op->kind) {
	case OP_EXACT_RAW:
		return memblock_alloc_exact_nid_raw(op->size, op->align, op->min, op->max, op->nid);
	case OP_TRY_RAW:
		return memblock_alloc_try_nid_raw(op->size, op->align, op->min, op->max, op->nid);
	case OP_TRY:
		return memblock_alloc_try_nid(op->size, op->align, op->min, op->max, op->nid);
	case OP_ALLOC:
		return memblock_alloc(op->size, op->align);
	case OP_ALLOC_RAW:
		return memblock_alloc_raw(op->size, op->align);
	case OP_ALLOC_FROM:
		return memblock_alloc_from(op->size, op->align, op->min);
	case OP_ALLOC_NODE:
		return memblock_alloc_node(op->size, op->align, op->nid);
	default:
		return memblock_alloc_low(op->size, op->align);
	}
}

/* Pointers may be narrower than physical addresses; they still tell places in the window apart. */
static phys_addr_t phys_of(const void *virt)
{
	phys_addr_t phys = pf_port_virt_to_phys(virt);

	if (sizeof(virt) < sizeof(phys))
		phys = space.base + (uint32_t)(phys - space.base);
	return phys;
}

static bool fits_pointer(phys_addr_t base, phys_addr_t size)
{
	return pf_port_virt_to_phys(pf_port_phys_to_virt(base)) == base && (size_t)size == size;
}

static phys_addr_t call_alloc(const struct op *op)
{
	void *virt;

	switch (op->kind) {
	case OP_RANGE_NID:
		return memblock_alloc_range_nid(op->size, op->align, op->min, op->max, op->nid,
						op->on);
	case OP_PHYS_RANGE:
		return memblock_phys_alloc_range(op->size, op->align, op->min, op->max);
	case OP_PHYS_TRY_NID:
		return memblock_phys_alloc_try_nid(op->size, op->align, op->nid);
	case OP_PHYS_ALLOC:
		return memblock_phys_alloc(op->size, op->align);
	default:
		virt = call_alloc_virt(op);
		return virt ? phys_of(virt) : 0;
	}
}

/* Comparing the arrays */

static bool differ_region(int type, unsigned long i, const char *what)
{
	const struct memblock_region *r = &real[type]->regions[i];

	return differ("%s[%lu] = [0x%llx-0x%llx) nid %d flags 0x%x: %s", real[type]->name, i,
		      HEX(r->base), HEX(r->base + r->size), memblock_get_region_node(r),
		      (unsigned int)r->flags, what);
}

/* The first is, and each is as its neighbour; memcmp() is what keeps this test fast. */
static bool all_are(const cell_t *cell, unsigned int a, unsigned int b, cell_t value)
{
	return a >= b ||
	       (cell[a] == value && !memcmp(&cell[a], &cell[a + 1], (b - a - 1) * sizeof(*cell)));
}

static bool same_region(int type, unsigned long i, unsigned int *at)
{
	const struct memblock_region *r = &real[type]->regions[i];
	const cell_t *cell = model.cell[type];
	unsigned int a = edge_below(r->base), b = edge_below(r->base + r->size);

	if (!r->size || r->base + r->size < r->base)
		return differ_region(type, i, "empty, or wraps");
	if (!is_edge(r->base) || !is_edge(r->base + r->size))
		return differ_region(type, i, "starts or ends where nothing should");
	if (i && r->base < r[-1].base + r[-1].size)
		return differ_region(type, i, "not above the one before");
	if (i && r->base == r[-1].base + r[-1].size && cell_of(r) == cell_of(r - 1))
		return differ_region(type, i, "not merged with the one before");
	if (!all_are(cell, *at, a, 0))
		return differ_region(type, i, "the model has more before it");
	if (!all_are(cell, a, b, cell_of(r)))
		return differ_region(type, i, "the model has something else there");
	*at = b;
	return true;
}

/* What was found to be the same last time; most operations leave one type alone. */
static struct {
	unsigned long cnt;
	struct memblock_region regions[MAX_GRAINS + 1];
	cell_t cell[MAX_GRAINS];
} same[TYPES];

static bool unchanged(int type)
{
	const struct memblock_type *t = real[type];

	return t->cnt == same[type].cnt &&
	       !memcmp(t->regions, same[type].regions, t->cnt * sizeof(*t->regions)) &&
	       !memcmp(model.cell[type], same[type].cell, space.n * sizeof(cell_t));
}

static void remember(int type)
{
	const struct memblock_type *t = real[type];

	same[type].cnt = t->cnt;
	memcpy(same[type].regions, t->regions, t->cnt * sizeof(*t->regions));
	memcpy(same[type].cell, model.cell[type], space.n * sizeof(cell_t));
}

static bool same_regions(int type)
{
	const struct memblock_type *t = real[type];
	unsigned int at = 0;

	for (unsigned long i = 0; i < t->cnt; i++)
		if (!same_region(type, i, &at))
			return false;
	if (!all_are(model.cell[type], at, space.n, 0))
		return differ("%s: the model has more from 0x%llx on", t->name, HEX(edge(at)));
	remember(type);
	return true;
}

static bool same_type(int type)
{
	const struct memblock_type *t = real[type];

	if (t->cnt > t->max || t->cnt > MAX_GRAINS)
		return differ("%s.cnt %lu, max %lu", t->name, t->cnt, t->max);
	if (!unchanged(type) && !same_regions(type))
		return false;
	if (t->total_size != model.total[type])
		return differ("%s.total_size = 0x%llx, expected 0x%llx", t->name,
			      HEX(t->total_size), HEX(model.total[type]));
	return true;
}

static bool same_state(void)
{
	if (memblock_has_mirror() != model.mirror)
		return differ("memblock_has_mirror() = %d", !model.mirror);
	return same_type(MEMORY) && same_type(RESERVED);
}

/* Room in the arrays */

enum room { FITS, FULL };

/* What the real arrays were like before an operation. */
struct arrays {
	unsigned long max[TYPES];
	struct memblock_region *regions[TYPES];
	struct span at[TYPES]; /* grains that they take up; none for those that were built in */
};

static struct arrays built_in, before;

static phys_addr_t array_size(unsigned long max)
{
	phys_addr_t size = (phys_addr_t)max * sizeof(struct memblock_region);

	return (size + PF_PAGE_SIZE - 1) & ~(PF_PAGE_SIZE - 1);
}

static struct arrays arrays_now(void)
{
	struct arrays now;

	for (int t = 0; t < TYPES; t++) {
		now.max[t] = real[t]->max;
		now.regions[t] = real[t]->regions;
		now.at[t] = (struct span){ 0, 0 };
		if (now.regions[t] != built_in.regions[t] && !is_late(now.regions[t]))
			now.at[t] = touched(pf_port_virt_to_phys(now.regions[t]),
					    array_size(now.max[t]));
	}
	return now;
}

static bool overlap(struct span x, struct span y)
{
	return x.a < y.b && y.a < x.b;
}

/* Holes inside @at: each needs a region of its own before neighbours are merged. */
static unsigned int holes(const cell_t *cell, struct span at)
{
	unsigned int n = 0;

	for (unsigned int i = at.a; i < at.b; i++)
		n += !cell[i] && (i == at.a || cell[i - 1]);
	return n;
}

static int type_of(const struct op *op)
{
	switch (op->kind) {
	case OP_RESERVE:
	case OP_PHYS_FREE:
	case OP_FREE:
	case OP_MARK_NOINIT:
	case OP_NODE_RESERVED:
		return RESERVED;
	case OP_MARK_MIRROR:
		return mirrored_kernelcore ? MEMORY : NO_TYPE;
	default:
		return op->kind < OP_CAP ? MEMORY : NO_TYPE;
	}
}

/* Is the array that @op changes too full for it? */
static enum room room_for(const struct op *op)
{
	int type = type_of(op);
	struct span at = touched(op->base, op->size);
	unsigned long need = 2; /* a split at each end */

	if (type == NO_TYPE || end_of(op->base, op->size) == op->base)
		return FITS;
	if (op->kind == OP_ADD || op->kind == OP_ADD_NODE || op->kind == OP_RESERVE)
		need = holes(model.cell[type], at);
	else if (!PF_NUMA && (op->kind == OP_NODE_MEMORY || op->kind == OP_NODE_RESERVED))
		need = 0;
	return real[type]->cnt + need > real[type]->max ? FULL : FITS;
}

/* Is there free memory for an array of @type that doubles, beside [@base, @base + @size)? */
static bool place_beside(int type, phys_addr_t base, phys_addr_t size)
{
	struct request rq = { .size = array_size(2 * real[type]->max), .align = PF_PAGE_SIZE };
	phys_addr_t limit = memblock.current_limit;

	rq.max = limit;
	if (find(&rq, size ? end_of(base, size) : 0, NUMA_NO_NODE, MEMBLOCK_NONE))
		return true;
	rq.max = base < limit ? base : limit;
	return size && rq.max > 1 && find(&rq, 0, NUMA_NO_NODE, MEMBLOCK_NONE);
}

/* Had the library a reason not to double the array that @op needs? */
static bool cannot_double(const struct op *op)
{
	int type = type_of(op);
	phys_addr_t size = end_of(op->base, op->size) - op->base;

	if (!space.resize || late_calls)
		return true;
	if (type == MEMORY && memblock.reserved.cnt + 2 > memblock.reserved.max)
		return true; /* two have to double: what is left for the second is hard to say */
	if (type == MEMORY && op->kind != OP_REMOVE)
		size = 0;
	return !place_beside(type, op->base, size);
}

/* What an operation was about when an array doubled for it. */
struct at_hand {
	int type;
	phys_addr_t base, size;
	bool avoid; /* no new array may lie in it: it is taken, or goes away */
};

/* First choice of a place in [@min, @max), mirrored memory before other. */
static phys_addr_t find_place(phys_addr_t size, phys_addr_t min, phys_addr_t max)
{
	struct request rq = { .size = size, .align = PF_PAGE_SIZE, .min = min, .max = max };
	phys_addr_t addr = 0;

	if (model.mirror)
		addr = find(&rq, min, NUMA_NO_NODE, MEMBLOCK_MIRROR);
	return addr ? addr : find(&rq, min, NUMA_NO_NODE, MEMBLOCK_NONE);
}

static phys_addr_t find_place_beside(phys_addr_t bytes, const struct at_hand *h)
{
	phys_addr_t limit = memblock.current_limit, addr;

	addr = find_place(bytes, end_of(h->base, h->size), limit);
	if (!addr && h->base > 1) /* 0 and 1 would mean the current limit */
		addr = find_place(bytes, 0, h->base < limit ? h->base : limit);
	return addr;
}

/*
 * Where Linux would put the new array, but for two cases: memory that is being removed is no place
 * for one, and a range that changes its node or flags is one if there is no other.
 */
static phys_addr_t place_of_array(int type, const struct at_hand *h)
{
	phys_addr_t bytes = array_size(real[type]->max), addr;

	if (type == RESERVED) {
		addr = find_place_beside(bytes, h);
		if (addr || h->avoid)
			return addr;
		return find_place(bytes, 0, memblock.current_limit);
	}
	addr = find_place(bytes, 0, memblock.current_limit);
	if (h->avoid && addr && memblock_addrs_overlap(addr, bytes, h->base, h->size))
		addr = find_place_beside(bytes, h);
	return addr;
}

/* With both arrays doubling, or one twice, only the limits are checked, not the exact place. */
static bool is_right_place(int type, const struct at_hand *h)
{
	phys_addr_t addr = pf_port_virt_to_phys(real[type]->regions), expected;

	if (h->type != type || real[type]->max != 2 * before.max[type])
		return true;
	expected = place_of_array(type, h);
	return addr == expected || differ("%s.regions moved to 0x%llx, expected 0x%llx",
					  real[type]->name, HEX(addr), HEX(expected));
}

/* A new array of @type: is it where an array may be? */
static bool may_be_array(int type, const struct state *freed, struct span avoid)
{
	const struct memblock_type *t = real[type];
	phys_addr_t addr = pf_port_virt_to_phys(t->regions), size = array_size(t->max);
	struct span at = touched(addr, size);

	if (addr < PF_PAGE_SIZE || (addr & (PF_PAGE_SIZE - 1)) || bytes(at) != size ||
	    edge(at.a) != addr)
		return differ("%s.regions moved to 0x%llx", t->name, HEX(addr));
	if (edge(at.b) > memblock.current_limit)
		return differ("%s.regions moved above current_limit, to 0x%llx", t->name,
			      HEX(addr));
	if (!eligible(freed->cell[MEMORY][at.a], NUMA_NO_NODE, MEMBLOCK_NONE) ||
	    !all_are(freed->cell[MEMORY], at.a, at.b, freed->cell[MEMORY][at.a]))
		return differ("%s.regions moved to 0x%llx: not allowed there", t->name, HEX(addr));
	if (!all_are(freed->cell[RESERVED], at.a, at.b, 0))
		return differ("%s.regions moved to 0x%llx: not free", t->name, HEX(addr));
	if (overlap(at, avoid))
		return differ("%s.regions moved to 0x%llx: in the range at hand", t->name,
			      HEX(addr));
	if (t->max == 2 * before.max[type] && overlap(at, before.at[type]))
		return differ("%s.regions moved to 0x%llx: onto itself", t->name, HEX(addr));
	return true;
}

static bool has_doubled(int type)
{
	return real[type]->max != before.max[type];
}

static bool doubled_well(int type, const struct at_hand *h)
{
	unsigned long max = before.max[type];
	struct span none = { 0, 0 };

	if (has_doubled(type) && !space.resize)
		return differ("%s has doubled, and was not allowed to", real[type]->name);
	if (!has_doubled(type))
		return real[type]->regions == before.regions[type] ||
		       differ("%s.regions moved for nothing", real[type]->name);
	while (max < real[type]->max)
		max *= 2;
	if (max != real[type]->max)
		return differ("%s.max = %lu after %lu", real[type]->name, real[type]->max,
			      before.max[type]);
	return is_late(real[type]->regions) ||
	       may_be_array(type, &model, h->avoid ? touched(h->base, h->size) : none);
}

/* Learn where doubled arrays went: that is the library's choice, within limits. */
static bool learn_arrays(const struct at_hand *h)
{
	struct arrays now = arrays_now();
	cell_t cell = new_cell(MAX_NUMNODES, 0);

	for (int t = 0; t < TYPES; t++)
		if (has_doubled(t) && !is_late(real[t]->regions) && !is_right_place(t, h))
			return false;
	for (int t = 0; t < TYPES; t++)
		if (has_doubled(t))
			model_remove(&model, RESERVED, before.at[t]);
	for (int t = 0; t < TYPES; t++) {
		if (!doubled_well(t, h))
			return false;
		if (has_doubled(t))
			model_add(&model, RESERVED, now.at[t], cell);
	}
	return true;
}

/* One operation on both */

/*
 * Would @op free an array that is in use, or double one while it frees? Does it need a pointer that
 * this machine does not have? Then it is left out.
 */
static bool is_dangerous(const struct op *op)
{
	static struct state next;
	bool bulk = op->kind == OP_CAP || op->kind == OP_ENFORCE || op->kind == OP_REMOVE_MAP;

	if (op->kind == OP_FREE && !fits_pointer(op->base, op->size))
		return true;
	if (bulk && (memblock.memory.cnt + 2 > memblock.memory.max ||
		     memblock.reserved.cnt + 3 > memblock.reserved.max))
		return true;
	if (!space.resize || !(bulk || op->kind == OP_PHYS_FREE || op->kind == OP_FREE))
		return false;
	next = model;
	apply(&next, op);
	for (int t = 0; t < TYPES; t++)
		for (unsigned int i = before.at[t].a; i < before.at[t].b; i++)
			if (!next.cell[RESERVED][i])
				return true;
	return false;
}

static bool is_invalid(const struct op *op)
{
	return (op->kind == OP_ADD_NODE || op->kind == OP_NODE_MEMORY ||
		op->kind == OP_NODE_RESERVED) &&
	       !is_node_or_none(op->nid);
}

static struct at_hand at_hand(const struct op *op)
{
	struct at_hand h = { type_of(op), op->base, end_of(op->base, op->size) - op->base, false };

	h.avoid = op->kind == OP_RESERVE || op->kind == OP_PHYS_FREE || op->kind == OP_FREE ||
		  op->kind == OP_REMOVE;
	return h;
}

static bool differ_result(int ret, const char *expected)
{
	return differ("returned %d, expected %s", ret, expected);
}

static bool right_result(const struct op *op, int ret, enum room room)
{
	bool doubled = has_doubled(MEMORY) || has_doubled(RESERVED);

	if (is_invalid(op))
		return ret == -PF_EINVAL || differ_result(ret, "-PF_EINVAL");
	if (room == FITS)
		return !ret || differ_result(ret, "0");
	if (!ret)
		return has_doubled(type_of(op)) ||
		       differ_result(ret, "-PF_ENOMEM from the full array");
	if (ret != -PF_ENOMEM)
		return differ_result(ret, "0 or -PF_ENOMEM");
	return doubled || cannot_double(op) || differ_result(ret, "0: the array can double");
}

static bool step_range(const struct op *op)
{
	enum room room = is_invalid(op) ? FITS : room_for(op);
	struct at_hand h = at_hand(op);
	int ret = 0;

	if (!has_no_result(op)) {
		ret = call_range(op);
	} else {
		call_void(op);
		if (room == FULL && !has_doubled(type_of(op)))
			ret = -PF_ENOMEM; /* there is nobody to tell */
	}
	if (!right_result(op, ret, room))
		return false;
	if (room == FITS && (has_doubled(MEMORY) || has_doubled(RESERVED)))
		return differ("an array has doubled that was not full");
	if (!learn_arrays(&h))
		return false;
	if (!ret)
		apply(&model, op);
	else if (op->kind == OP_MARK_MIRROR)
		model.mirror = memblock_has_mirror(); /* not marked, but asked for: undefined */
	return same_state();
}

/* The node that the reservation of a new block is marked with. */
static int reserved_nid(const struct op *op, const struct request *rq, phys_addr_t addr)
{
	if (op->kind != OP_ALLOC_NODE || !is_node(rq->nid))
		return MAX_NUMNODES;
	return CELL_NID(cell_at(MEMORY, addr));
}

/* Reserved was full: the block came after doubling, or there was no place to double to. */
static bool right_when_full(const struct request *rq, phys_addr_t addr, const phys_addr_t *found,
			    unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (has_doubled(RESERVED) && addr == found[i])
			return true;
		if (!has_doubled(RESERVED) && space.resize && !late_calls &&
		    place_beside(RESERVED, found[i], rq->size))
			return differ("returned 0x%llx, expected 0x%llx: reserved can double",
				      HEX(addr), HEX(found[i]));
	}
	return !addr || differ("returned 0x%llx, expected 0: reserved is full", HEX(addr));
}

static bool right_address(const struct request *rq, phys_addr_t addr, bool full)
{
	phys_addr_t found[8];
	unsigned int n = find_all(rq, found);

	if (full && n)
		return right_when_full(rq, addr, found, n);
	if (has_doubled(RESERVED))
		return differ("an array has doubled that was not full");
	return addr == (n ? found[0] : 0) ||
	       differ("returned 0x%llx, expected 0x%llx", HEX(addr), HEX(n ? found[0] : 0));
}

static bool right_zeroing(const struct request *rq, phys_addr_t addr, unsigned long calls,
			  phys_addr_t sum)
{
	bool zero = addr && rq->zero;

	return (host_zero_calls == calls + zero &&
		host_zero_bytes == (phys_addr_t)(sum + (zero ? rq->size : 0))) ||
	       differ("zeroed %lu blocks, 0x%llx bytes", host_zero_calls - calls,
		      HEX(host_zero_bytes - sum));
}

static bool step_alloc(const struct op *op)
{
	struct request rq = request_of(op);
	bool full = memblock.reserved.cnt + 1 > memblock.reserved.max;
	unsigned long calls = host_zero_calls;
	phys_addr_t sum = host_zero_bytes;
	phys_addr_t addr = call_alloc(op);
	struct span at = touched(addr, addr ? rq.size : 0);
	struct at_hand h = { RESERVED, addr, addr ? rq.size : 0, true };

	if (!right_address(&rq, addr, full) || !right_zeroing(&rq, addr, calls, sum) ||
	    !learn_arrays(&h))
		return false;
	if (addr)
		model_add(&model, RESERVED, at, new_cell(reserved_nid(op, &rq, addr), 0));
	return same_state();
}

/* Queries */

static phys_addr_t random_address(uint64_t *rng)
{
	switch (rnd(rng, 12)) {
	case 0:
		return rnd(rng, 2);
	case 1:
		return PHYS_ADDR_MAX - rnd(rng, 2);
	case 2:
		return (phys_addr_t)rnd64(rng);
	default:
		return edge(rnd(rng, space.n + 1)) + rnd(rng, 3) - 1;
	}
}

static bool differ_query(const char *name, phys_addr_t base, phys_addr_t size, bool is)
{
	return differ("%s(0x%llx, 0x%llx) is %d", name, HEX(base), HEX(size), is);
}

/* Does a region share a byte with the range, or (size 0) have one on both sides of @base? */
static bool model_overlaps(int type, phys_addr_t base, phys_addr_t size)
{
	const cell_t *cell = model.cell[type];
	phys_addr_t end = end_of(base, size);
	struct span run = { 0, 0 };

	for (; run.a < space.n; run.a = run.b) {
		run = run_at(cell, run.a);
		if (cell[run.a] && edge(run.a) < end && base < edge(run.b))
			return true;
	}
	return false;
}

static bool probe_range(uint64_t *rng)
{
	phys_addr_t base = random_address(rng);
	phys_addr_t size = random_address(rng), end = 0;
	bool is_memory, reserved, overlaps;

	if (one_in(rng, 2))
		size = (phys_addr_t)rnd(rng, 40) << space.shift;
	if (cell_at(MEMORY, base))
		end = edge(run_at(model.cell[MEMORY], edge_below(base)).b);
	is_memory = end && end >= end_of(base, size);
	reserved = model_overlaps(RESERVED, base, size);
	overlaps = model_overlaps(MEMORY, base, size);
	if (memblock_is_region_memory(base, size) != is_memory)
		return differ_query("memblock_is_region_memory", base, size, !is_memory);
	if (memblock_is_region_reserved(base, size) != reserved)
		return differ_query("memblock_is_region_reserved", base, size, !reserved);
	if (memblock_overlaps_region(&memblock.reserved, base, size) != reserved)
		return differ_query("memblock_overlaps_region reserved", base, size, !reserved);
	if (memblock_overlaps_region(&memblock.memory, base, size) != overlaps)
		return differ_query("memblock_overlaps_region memory", base, size, !overlaps);
	return true;
}

static bool probe_address(uint64_t *rng)
{
	phys_addr_t addr = random_address(rng);
	cell_t cell = cell_at(MEMORY, addr);
	bool map = cell && !(CELL_FLAGS(cell) & MEMBLOCK_NOMAP);

	if (memblock_is_memory(addr) != (cell != 0))
		return differ_query("memblock_is_memory", addr, 1, !cell);
	if (memblock_is_map_memory(addr) != map)
		return differ_query("memblock_is_map_memory", addr, 1, !map);
	if (memblock_is_reserved(addr) != (cell_at(RESERVED, addr) != 0))
		return differ_query("memblock_is_reserved", addr, 1, !cell_at(RESERVED, addr));
	return true;
}

static bool probe_pfn(uint64_t *rng)
{
	const unsigned long untouched = 0x5a5a5a;
	/* now and then one that would be in memory if its topmost bits were lost */
	pf_pfn beyond = one_in(rng, 8) ? (pf_pfn)1 << (8 * sizeof(pf_pfn) - 2) : 0;
	pf_pfn pfn = PF_PFN_DOWN(random_address(rng)) | beyond;
	unsigned long start = untouched, end = untouched, want_start = start, want_end = end;
	bool exists = pfn <= PF_PFN_DOWN(PHYS_ADDR_MAX);
	cell_t cell = exists ? cell_at(MEMORY, PF_PFN_PHYS(pfn)) : 0;
	int want = cell ? CELL_NID(cell) : NUMA_NO_NODE, nid;
	struct span run;

	if (cell) {
		run = run_at(model.cell[MEMORY], edge_below(PF_PFN_PHYS(pfn)));
		want_start = PF_PFN_DOWN(edge(run.a));
		want_end = PF_PFN_DOWN(edge(run.b));
	}
	nid = memblock_search_pfn_nid(pfn, &start, &end);
	return (nid == want && start == want_start && end == want_end) ||
	       differ("search_pfn_nid(0x%lx) = %d [0x%lx-0x%lx), expected %d [0x%lx-0x%lx)", pfn,
		      nid, start, end, want, want_start, want_end);
}

static bool probe_sizes(void)
{
	phys_addr_t free = 0;
	struct span all = { 0, space.n };
	const cell_t *cell = model.cell[MEMORY];

	while (all.a < all.b && !cell[all.a])
		all.a++;
	while (all.a < all.b && !cell[all.b - 1])
		all.b--;
	if (model.total[MEMORY] > model.total[RESERVED])
		free = model.total[MEMORY] - model.total[RESERVED];
	if (memblock_start_of_DRAM() != (all.a < all.b ? edge(all.a) : 0))
		return differ("start_of_DRAM = 0x%llx", HEX(memblock_start_of_DRAM()));
	if (memblock_end_of_DRAM() != (all.a < all.b ? edge(all.b) : 0))
		return differ("end_of_DRAM = 0x%llx", HEX(memblock_end_of_DRAM()));
	if (memblock_phys_mem_size() != model.total[MEMORY])
		return differ("phys_mem_size = 0x%llx", HEX(memblock_phys_mem_size()));
	if (memblock_reserved_size() != model.total[RESERVED])
		return differ("reserved_size = 0x%llx", HEX(memblock_reserved_size()));
	if (memblock_estimated_nr_free_pages() != PF_PFN_DOWN(free))
		return differ("estimated_nr_free_pages = %lu", memblock_estimated_nr_free_pages());
	return true;
}

/* Iterators */

#define MAX_RANGES (2 * MAX_GRAINS + 2)

struct range {
	phys_addr_t start, end;
	int nid;
};

static struct range forward[MAX_RANGES + 1], backward[MAX_RANGES + 1], expected[MAX_RANGES + 1];

/* Ranges of @type that are not in @without. */
static unsigned int model_ranges(int type, int without, int nid, unsigned int flags)
{
	const cell_t *cell = model.cell[type];
	unsigned int n = 0, i, a;

	for (i = 0; i < space.n; i++) {
		a = i;
		if (!cell[a] || (type == MEMORY && !eligible(cell[a], nid, flags)) ||
		    (without != NO_TYPE && model.cell[without][a]))
			continue;
		while (i + 1 < space.n && cell[i + 1] == cell[a] &&
		       (without == NO_TYPE || !model.cell[without][i + 1]))
			i++;
		expected[n++] = (struct range){ edge(a), edge(i + 1), CELL_NID(cell[a]) };
	}
	return n;
}

static bool same_range(const struct range *x, const struct range *y)
{
	return x->start == y->start && x->end == y->end && x->nid == y->nid;
}

static bool mirrored(unsigned int n, unsigned int n_back)
{
	for (unsigned int i = 0; i < n && n == n_back; i++)
		if (!same_range(&forward[i], &backward[n - 1 - i]))
			return false;
	return n == n_back;
}

/* Between two reservations that touch there is an empty range: Linux reports it, and so may we. */
static unsigned int drop_empty(struct range *range, unsigned int n)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++)
		if (range[i].start != range[i].end)
			range[kept++] = range[i];
	return kept;
}

static bool same_ranges(const char *what, unsigned int n, unsigned int n_expected)
{
	unsigned int i = 0;

	while (i < n && i < n_expected && same_range(&forward[i], &expected[i]))
		i++;
	if (i == n && i == n_expected)
		return true;
	if (i == n || i == n_expected)
		return differ("%s: %u ranges, expected %u", what, n, n_expected);
	return differ("%s: %u is [0x%llx-0x%llx) nid %d, expected [0x%llx-0x%llx) nid %d", what, i,
		      HEX(forward[i].start), HEX(forward[i].end), forward[i].nid,
		      HEX(expected[i].start), HEX(expected[i].end), expected[i].nid);
}

struct walk {
	struct memblock_type *of, *without;
	int nid;
	enum memblock_flags flags;
};

static unsigned int walk_forward(const struct walk *w)
{
	uint64_t i = 0;
	struct range r;

	for (unsigned int n = 0;; n++) {
		__next_mem_range(&i, w->nid, w->flags, w->of, w->without, &r.start, &r.end, &r.nid);
		if (i == UINT64_MAX || n == MAX_RANGES)
			return n;
		forward[n] = r;
	}
}

static unsigned int walk_backward(const struct walk *w)
{
	uint64_t i = UINT64_MAX;
	struct range r;

	for (unsigned int n = 0;; n++) {
		__next_mem_range_rev(&i, w->nid, w->flags, w->of, w->without, &r.start, &r.end,
				     &r.nid);
		if (i == UINT64_MAX || n == MAX_RANGES)
			return n;
		backward[n] = r;
	}
}

static bool probe_walk(int type, int without, int nid, enum memblock_flags flags)
{
	struct walk w = { real[type], without == NO_TYPE ? NULL : real[without], nid, flags };
	unsigned int n = walk_forward(&w), n_expected;

	if (!mirrored(n, walk_backward(&w)))
		return differ("backward differs from forward: type %d nid %d flags 0x%x", type, nid,
			      (unsigned int)flags);
	n_expected = model_ranges(type, without, nid, flags);
	return same_ranges(without == NO_TYPE ? "ranges" : "ranges outside of the other type",
			   drop_empty(forward, n), n_expected);
}

/* The macros for what is asked most. */
static bool probe_named_walks(void)
{
	unsigned int n = 0, n_back = 0;
	struct range r = { 0, 0, 0 };
	uint64_t i;

	for_each_mem_range(i, &r.start, &r.end)
		forward[n++ % MAX_RANGES] = r;
	for_each_mem_range_rev(i, &r.start, &r.end)
		backward[n_back++ % MAX_RANGES] = r;
	if (!mirrored(n, n_back))
		return differ("for_each_mem_range_rev differs from for_each_mem_range");
	if (n != model_ranges(MEMORY, NO_TYPE, NUMA_NO_NODE, PF_MEMBLOCK_ANY_RAM))
		return differ("for_each_mem_range: %u ranges", n);
	n = 0;
	for_each_reserved_mem_range(i, &r.start, &r.end)
		forward[n++ % MAX_RANGES] = r;
	if (n != model_ranges(RESERVED, NO_TYPE, NUMA_NO_NODE, 0))
		return differ("for_each_reserved_mem_range: %u ranges", n);
	n = 0;
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &r.start, &r.end, NULL)
		forward[n++ % MAX_RANGES] = r;
	n_back = 0;
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &r.start, &r.end, NULL)
		backward[n_back++ % MAX_RANGES] = r;
	return mirrored(n, n_back) || differ("for_each_free_mem_range: not the reverse");
}

static bool probe_pfn_ranges(int nid)
{
	unsigned int n = 0, n_expected = 0;
	unsigned long start, end;
	struct span run = { 0, 0 };
	int i, r_nid;

	for_each_mem_pfn_range(i, nid, &start, &end, &r_nid)
		if (n < MAX_RANGES)
			forward[n++] =
				(struct range){ (phys_addr_t)start, (phys_addr_t)end, r_nid };
	for (; run.a < space.n; run.a = run.b) {
		cell_t cell;

		run = run_at(model.cell[MEMORY], run.a);
		cell = model.cell[MEMORY][run.a];
		start = PF_PFN_UP(edge(run.a));
		end = PF_PFN_DOWN(edge(run.b));
		if (cell && start < end && (!is_node(nid) || nid == CELL_NID(cell)))
			expected[n_expected++] = (struct range){ (phys_addr_t)start,
								 (phys_addr_t)end, CELL_NID(cell) };
	}
	return same_ranges("for_each_mem_pfn_range", n, n_expected);
}

static bool probe_coverage(uint64_t *rng)
{
	unsigned long threshold = (unsigned long)rnd(rng, space.n) << space.shift;
	unsigned long start, end;
	phys_addr_t without = 0;
	int i, nid;
	bool covered;

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid)
		if (!is_node(nid))
			without += PF_PFN_PHYS(end - start);
	covered = without <= threshold;
	return memblock_validate_numa_coverage(threshold) == covered ||
	       differ("memblock_validate_numa_coverage(0x%lx) is %d", threshold, !covered);
}

static bool probe(uint64_t seed)
{
	uint64_t rng = seed;
	int nid = random_nid(&rng);

	for (int i = 0; i < 4; i++)
		if (!probe_address(&rng) || !probe_range(&rng) || !probe_pfn(&rng))
			return false;
	return probe_sizes() && probe_named_walks() &&
	       probe_walk(MEMORY, NO_TYPE, nid, random_flags(&rng)) &&
	       probe_walk(RESERVED, NO_TYPE, nid, random_flags(&rng)) &&
	       probe_walk(MEMORY, RESERVED, nid, random_flags(&rng)) &&
	       probe_walk(RESERVED, MEMORY, nid, random_flags(&rng)) && probe_pfn_ranges(nid) &&
	       probe_pfn_ranges(MAX_NUMNODES) && probe_coverage(&rng);
}

/* Rounds */

struct family {
	const char *name;
	int mix;
	unsigned int share; /* of all operations, in percent */
	bool bytes;	    /* a grain is a byte */
	bool top;
	bool resize;
	bool pages; /* 1024 grains of a page or a quarter: room for arrays */
};

static const struct family families[] = {
	{ "low addresses, to the byte", PLAIN, 10, true, false, false, false },
	{ "low addresses, in larger grains", PLAIN, 10, false, false, false, false },
	{ "the top of the address space, to the byte", PLAIN, 10, true, true, false, false },
	{ "the top of the address space, in larger grains", PLAIN, 10, false, true, false, false },
	{ "hotplug, mirror, nomap and nodes", POLICY, 10, false, false, false, false },
	{ "the same at the top of the address space", POLICY, 5, true, true, false, false },
	{ "many searches, to the byte", SEARCH, 15, true, false, false, false },
	{ "many searches, in larger grains", SEARCH, 5, false, false, false, false },
	{ "many searches at the top of the address space", SEARCH, 5, true, true, false, false },
	{ "arrays that are full", DENSE, 8, false, false, false, true },
	{ "arrays that double", DENSE, 12, false, false, true, true },
};

#define FAMILIES (sizeof(families) / sizeof(families[0]))

/* What is being done, for whoever dies in it. */
static struct {
	uint64_t seed;
	const struct family *family;
	unsigned int round, op;
	const struct op *ops;
} now;

static unsigned int random_shift(uint64_t *rng, const struct family *f)
{
	static const unsigned char shifts[] = { 4, 6, 9, PF_PAGE_SHIFT, PF_PAGE_SHIFT, 16 };

	if (f->bytes)
		return 0;
	return f->pages ? PF_PAGE_SHIFT - 2 * rnd(rng, 2) : shifts[rnd(rng, sizeof(shifts))];
}

/* Low windows: at 0, around the end of the first page, around 4 GiB, or anywhere. */
static phys_addr_t random_base(uint64_t *rng)
{
	phys_addr_t size = (phys_addr_t)space.n << space.shift;
	phys_addr_t base = (phys_addr_t)rnd64(rng) % (HOST_PHYS_SIZE - size);
	unsigned int where = rnd(rng, 20);

	if (where < (space.resize ? 6 : 1) && space.shift <= PF_PAGE_SHIFT)
		base = 0;
	else if (where <= 4 && space.shift <= PF_PAGE_SHIFT)
		base = size / 2 < PF_PAGE_SIZE ? PF_PAGE_SIZE - size / 2 : PF_PAGE_SIZE / 2;
	else if (where <= 8 && PF_PHYS_BITS == 64 && !space.shift)
		base = (phys_addr_t)PF_LOW_ADDRESS_LIMIT - rnd(rng, space.n);
	base &= ~(((phys_addr_t)1 << space.shift) - 1);
	if (space.shift && base < PF_LOW_ADDRESS_LIMIT && PF_LOW_ADDRESS_LIMIT - base < size)
		base -= size; /* that limit is no edge */
	return base || space.shift <= PF_PAGE_SHIFT ? base : (phys_addr_t)1 << space.shift;
}

static void random_space(uint64_t *rng, const struct family *f)
{
	static const unsigned int sizes[] = { 48, 100, 257, 512, MAX_GRAINS };

	space.shift = random_shift(rng, f);
	space.n = f->pages ? MAX_GRAINS : sizes[rnd(rng, 5)];
	if (f->mix == SEARCH) /* searches meet again soon in a small window */
		space.n = 16 + rnd(rng, 64);
	space.top = f->top;
	space.resize = f->resize;
	if (!f->top)
		space.base = random_base(rng);
	else if (space.shift)
		space.base = (phys_addr_t)0 - ((phys_addr_t)space.n << space.shift);
	else
		space.base = PHYS_ADDR_MAX - space.n;
}

/* The first operations: memory, of which some stays in one piece in dense rounds. */
static void first_ops(uint64_t *rng, struct op *ops, const struct family *f)
{
	unsigned int half = space.n / 2, a = rnd(rng, half);

	if (f->mix == DENSE)
		a = half + rnd(rng, half / 2);

	ops[0].kind = OP_ADD_NODE;
	ops[0].base = edge(a);
	ops[0].size = (phys_addr_t)(space.n - a) << space.shift;
	ops[0].nid = f->mix == DENSE ? 0 : random_nid(rng);
	if (!is_node_or_none(ops[0].nid))
		ops[0].nid = 0;
	ops[0].flags = MEMBLOCK_NONE;
	ops[1].kind = OP_KERNELCORE;
	ops[1].on = f->mix == POLICY || one_in(rng, 4);
	ops[2].kind = OP_MOVABLE;
	ops[2].on = one_in(rng, 2);
}

/* Dense rounds leave the upper quarter of the window mostly alone. */
static void keep_down(uint64_t *rng, struct op *op)
{
	unsigned int half = space.n / 2;
	phys_addr_t size = (phys_addr_t)half << space.shift;

	if (op->kind > OP_NODE_RESERVED || op->size > size / 8 || one_in(rng, 16))
		return;
	if (op->base >= edge(half + half / 2) && op->kind != OP_PHYS_FREE && op->kind != OP_FREE)
		op->base -= size;
}

/*
 * Many regions soon, so that arrays double more than once. Late in the round all holes at once: the
 * array that this doubles has hardly a place left.
 */
static void fragment(uint64_t *rng, struct op *op, bool late)
{
	static const enum op_kind splitting[] = { OP_RESERVE, OP_ADD_NODE, OP_NODE_RESERVED,
						  OP_REMOVE };
	unsigned int a = rnd(rng, 2);

	if (late ? !one_in(rng, 6) : one_in(rng, 6))
		return;
	op->kind = splitting[rnd(rng, late ? 4 : 3)];
	random_range(rng, op, DENSE);
	if (!is_node_or_none(op->nid))
		op->nid = 0;
	if (!late)
		return;
	if (op->kind == OP_REMOVE) /* arrays come from the upper end, as a rule */
		a = space.n - 1 - rnd(rng, space.n / 4);
	op->base = edge(a);
	op->size = edge(space.n - rnd(rng, 2)) - op->base;
}

/* Rounds that mostly search start with memory to search in. */
static void memory_of_all_kinds(uint64_t *rng, struct op *op)
{
	op->kind = OP_ADD_NODE;
	random_range(rng, op, PLAIN);
	if (!is_node_or_none(op->nid))
		op->nid = 0;
	if (op->flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED) || one_in(rng, 2))
		op->flags = MEMBLOCK_NONE;
}

static void make_round(uint64_t *rng, const struct family *f, struct op *ops, unsigned int n)
{
	random_space(rng, f);
	for (unsigned int i = 0; i < n; i++) {
		random_op(rng, &ops[i], f->mix);
		if (f->mix == SEARCH && i < 24)
			memory_of_all_kinds(rng, &ops[i]);
		if (f->resize && (i < n / 2 || i >= n - n / 8))
			fragment(rng, &ops[i], i >= n / 2);
		if (f->mix == DENSE)
			keep_down(rng, &ops[i]);
	}
	if (n > 2)
		first_ops(rng, ops, f);
}

static bool step(const struct op *op)
{
	before = arrays_now();
	if (is_dangerous(op))
		return true;
	if (!(is_alloc(op) ? step_alloc(op) : step_range(op)))
		return false;
	return !op->probe || probe(op->probe);
}

/* Index of the first operation after which the two differ, @n if none. */
static unsigned int play(const struct op *ops, unsigned int n)
{
	static jmp_buf panicked;

	host_reset();
	late_calls = 0;
	memset(&model, 0, sizeof(model));
	memset(&same, 0, sizeof(same));
	built_in.regions[MEMORY] = memblock.memory.regions;
	built_in.regions[RESERVED] = memblock.reserved.regions;
	if (space.resize)
		memblock_allow_resize();
	now.ops = ops;
	now.op = 0;
	alarm(ROUND_SECONDS);
	host_panic_jump = &panicked;
	if (setjmp(panicked)) {
		differ("panic: %s", host_panic_message);
		return now.op;
	}
	for (; now.op < n; now.op++)
		if (!step(&ops[now.op]))
			break;
	return now.op;
}

/* Leave out whatever the difference does not need: large pieces first, then one at a time. */
static unsigned int shrink(struct op *ops, unsigned int n)
{
	struct op *rest = malloc((n + 1) * sizeof(*rest));
	unsigned int length = n, at, failed;
	bool shorter = false;
	time_t stop = time(NULL) + ROUND_SECONDS;

	while (rest && time(NULL) < stop && (length > 1 || shorter)) {
		shorter = false;
		length = length > 1 ? (length + 1) / 2 : 1;
		for (at = 0; at < n;) {
			unsigned int cut = length < n - at ? length : n - at;

			memcpy(rest, ops, at * sizeof(*rest));
			memcpy(rest + at, ops + at + cut, (n - at - cut) * sizeof(*rest));
			failed = play(rest, n - cut);
			if (failed == n - cut) {
				at += cut;
				continue;
			}
			n = failed + 1;
			memcpy(ops, rest, n * sizeof(*ops));
			shorter = true;
		}
	}
	free(rest);
	return n;
}

static void print_arrays(void)
{
	struct memblock_region *r;

	for (int t = 0; t < TYPES; t++) {
		struct span run = { 0, 0 };

		printf("# seen %s: total_size 0x%llx\n", real[t]->name, HEX(real[t]->total_size));
		for (r = real[t]->regions; r < real[t]->regions + real[t]->cnt; r++)
			printf("#   [0x%llx-0x%llx) nid %d flags 0x%x\n", HEX(r->base),
			       HEX(r->base + r->size), memblock_get_region_node(r),
			       (unsigned int)r->flags);
		printf("# the model's: total_size 0x%llx\n", HEX(model.total[t]));
		for (; run.a < space.n; run.a = run.b) {
			cell_t cell = model.cell[t][run.a];

			run = run_at(model.cell[t], run.a);
			if (cell)
				printf("#   [0x%llx-0x%llx) nid %d flags 0x%x\n", HEX(edge(run.a)),
				       HEX(edge(run.b)), CELL_NID(cell), CELL_FLAGS(cell));
		}
	}
}

static void print_where(const struct op *op)
{
	printf("# seed %llu, %s, round %u, operation %u:\n#   ", HEX(now.seed), now.family->name,
	       now.round, now.op);
	print_op(stdout, op);
}

static void report(struct op *ops, unsigned int failed)
{
	unsigned int n = failed + 1;

	print_where(&ops[failed]);
	printf("# %s\n", why);
	fflush(stdout);
	n = shrink(ops, n);
	failed = play(ops, n);
	printf("# The shortest way there: %s\n", failed < n ? why : "it does not come again");
	printf("\thost_reset();\n");
	if (space.resize)
		printf("\tmemblock_allow_resize();\n");
	for (unsigned int i = 0; i < n; i++) {
		putchar('\t');
		print_op(stdout, &ops[i]);
	}
	print_arrays();
}

static bool run_round(unsigned int n)
{
	static struct op ops[OPS_PER_ROUND];
	uint64_t family = (uint64_t)(now.family - families);
	uint64_t rng = mix(now.seed) ^ mix(family << 32 | now.round);
	unsigned int failed;

	make_round(&rng, now.family, ops, n);
	failed = play(ops, n);
	if (failed < n)
		report(ops, failed);
	return failed == n;
}

/* From an array that is full and cannot double nothing can be removed: such rounds are short. */
static unsigned int ops_per_round(const struct family *f)
{
	unsigned int n = INIT_MEMBLOCK_RESERVED_REGIONS * (f->mix == DENSE ? 5 : 16);

	if (f->mix == SEARCH)
		n /= 4; /* the arrays are not what wears out here: rather more kinds of memory */
	return f->resize || n > OPS_PER_ROUND ? OPS_PER_ROUND : n;
}

static bool run_family(uint64_t n)
{
	unsigned int most = ops_per_round(now.family);

	for (now.round = 0; n; now.round++) {
		unsigned int part = n < most ? (unsigned int)n : most;

		if (!run_round(part))
			return false;
		n -= part;
	}
	return true;
}

/* A sanitizer or a clock ends the program: say where it was. */
static void last_words(void)
{
	if (now.ops)
		print_where(&now.ops[now.op]);
	fflush(stdout);
}

static void out_of_time(int signal)
{
	(void)signal;
	printf("# no end after %d seconds\n", ROUND_SECONDS);
	last_words();
	_exit(1);
}

__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

int memblock_model_run(uint64_t seed, uint64_t ops, bool tap);

/* How many families differ? Differences are printed; what agrees only in TAP. */
int memblock_model_run(uint64_t seed, uint64_t ops, bool tap)
{
	int failed = 0;

	now.seed = seed;
	signal(SIGALRM, out_of_time);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(last_words);
	for (unsigned int i = 0; i < FAMILIES; i++) {
		bool ok;

		now.family = &families[i];
		ok = run_family(ops * families[i].share / 100);
		if (tap)
			printf("%sok %u - memblock agrees with its model: %s\n", ok ? "" : "not ",
			       i + 1, families[i].name);
		fflush(stdout);
		failed += !ok;
	}
	alarm(0);
	host_reset();
	return failed;
}

#ifndef MODEL_NO_MAIN /* the simulator of tests/memblock/ has its own */
static uint64_t number(int argc, char **argv, const char *option, uint64_t otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], option))
			return strtoull(argv[i + 1], NULL, 0);
	return otherwise;
}

int main(int argc, char **argv)
{
	uint64_t ops = number(argc, argv, "--ops", 200000);
	int failed = memblock_model_run(number(argc, argv, "--seed", 1), ops, true);

	printf("1..%u\n", (unsigned int)FAMILIES);
	return failed != 0;
}
#endif
