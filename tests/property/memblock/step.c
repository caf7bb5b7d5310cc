/* SPDX-License-Identifier: MIT */
/* One operation on both. */
#include "memblock.h"

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
		  op->kind == OP_REMOVE || op->kind == OP_MARK_NOMAP;
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
		if (!has_doubled(RESERVED) && space.resize && !model_late_calls &&
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

bool step(const struct op *op)
{
	before = arrays_now();
	if (is_dangerous(op))
		return true;
	if (!(is_alloc(op) ? step_alloc(op) : step_range(op)))
		return false;
	return !op->probe || probe(op->probe);
}
