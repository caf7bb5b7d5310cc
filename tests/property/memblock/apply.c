/* SPDX-License-Identifier: MIT */
/* What operations do to the model. */
#include "memblock.h"

void model_add(struct state *s, int type, struct span at, cell_t cell)
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

void model_remove(struct state *s, int type, struct span at)
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
void apply(struct state *s, const struct op *op)
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
