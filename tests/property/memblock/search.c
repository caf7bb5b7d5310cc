/* SPDX-License-Identifier: MIT */
/* The model's searches. */
#include "memblock.h"

bool eligible(cell_t cell, int nid, unsigned int flags)
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

phys_addr_t find(const struct request *rq, phys_addr_t min, int nid, unsigned int flags)
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
unsigned int find_all(const struct request *rq, phys_addr_t *found)
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

struct request request_of(const struct op *op)
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
