/* SPDX-License-Identifier: MIT */
/* Operations at random, and rounds of them. */
#include "memblock.h"

#define PROBE_EVERY 16

int random_nid(struct source *rng)
{
	static const int odd[] = { NUMA_NO_NODE, NUMA_NO_NODE,	   NUMA_NO_NODE, NUMA_NO_NODE,
				   MAX_NUMNODES, MAX_NUMNODES - 1, MAX_NUMNODES, MAX_NUMNODES + 1,
				   -2,		 INT_MAX,	   INT_MIN };

	if (one_in(rng, 3))
		return odd[rnd(rng, sizeof(odd) / sizeof(odd[0]))];
	return (int)rnd(rng, 4) % MAX_NUMNODES;
}

enum memblock_flags random_flags(struct source *rng)
{
	static const unsigned char usual[] = { 0, 0, 0, MEMBLOCK_HOTPLUG, MEMBLOCK_MIRROR };

	if (one_in(rng, 4))
		return (enum memblock_flags)rnd(rng, 16);
	return (enum memblock_flags)usual[rnd(rng, sizeof(usual))];
}

static unsigned int random_length(struct source *rng, int mix_kind)
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
static void random_range(struct source *rng, struct op *op, int mix_kind)
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
static void random_wide_range(struct source *rng, struct op *op, int mix_kind)
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
static phys_addr_t random_align(struct source *rng)
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

static phys_addr_t random_bound(struct source *rng)
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
static void random_search(struct source *rng, struct op *op)
{
	op->size = (phys_addr_t)(1 + rnd(rng, one_in(rng, 4) ? 40 : 6)) << space.shift;
	op->align = (phys_addr_t)1 << (space.shift + rnd(rng, 6));
	op->min = one_in(rng, 2) ? 0 : random_bound(rng);
	op->max = one_in(rng, 3) ? random_bound(rng) : MEMBLOCK_ALLOC_ANYWHERE;
	op->nid = one_in(rng, 2) ? NUMA_NO_NODE : (int)rnd(rng, 2) % MAX_NUMNODES;
}

static void random_alloc(struct source *rng, struct op *op)
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

static void random_limit(struct source *rng, struct op *op)
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

static enum op_kind random_kind(struct source *rng, int mix_kind)
{
	unsigned int sum = 0, dice, kind;

	for (kind = 0; kind < OP_KINDS; kind++)
		sum += kinds[kind].weight[mix_kind];
	dice = rnd(rng, sum);
	for (kind = 0; dice >= kinds[kind].weight[mix_kind]; kind++)
		dice -= kinds[kind].weight[mix_kind];
	return (enum op_kind)kind;
}

static void random_op(struct source *rng, struct op *op, int mix_kind)
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

/* --- rounds --- */

const struct family families[FAMILIES] = {
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

static unsigned int random_shift(struct source *rng, const struct family *f)
{
	static const unsigned char shifts[] = { 4, 6, 9, PF_PAGE_SHIFT, PF_PAGE_SHIFT, 16 };

	if (f->bytes)
		return 0;
	return f->pages ? PF_PAGE_SHIFT - 2 * rnd(rng, 2) : shifts[rnd(rng, sizeof(shifts))];
}

/* Low windows: at 0, around the end of the first page, around 4 GiB, or anywhere. */
static phys_addr_t random_base(struct source *rng)
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

void random_space(struct source *rng, const struct family *f)
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
void first_ops(struct source *rng, struct op *ops, const struct family *f)
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
static void keep_down(struct source *rng, struct op *op)
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
static void fragment(struct source *rng, struct op *op, bool late)
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
static void memory_of_all_kinds(struct source *rng, struct op *op)
{
	op->kind = OP_ADD_NODE;
	random_range(rng, op, PLAIN);
	if (!is_node_or_none(op->nid))
		op->nid = 0;
	if (op->flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED) || one_in(rng, 2))
		op->flags = MEMBLOCK_NONE;
}

void random_op_of_round(struct source *rng, const struct family *f, struct op *op, unsigned int i,
			unsigned int n)
{
	random_op(rng, op, f->mix);
	if (f->mix == SEARCH && i < 24)
		memory_of_all_kinds(rng, op);
	if (f->resize && (i < n / 2 || i >= n - n / 8))
		fragment(rng, op, i >= n / 2);
	if (f->mix == DENSE)
		keep_down(rng, op);
}
