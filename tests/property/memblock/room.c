/* SPDX-License-Identifier: MIT */
/* Arrays that are full, and where they go when they double. */
#include "memblock.h"

struct arrays built_in, before;

static phys_addr_t array_size(unsigned long max)
{
	phys_addr_t size = (phys_addr_t)max * sizeof(struct memblock_region);

	return (size + PF_PAGE_SIZE - 1) & ~(PF_PAGE_SIZE - 1);
}

struct arrays arrays_now(void)
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

int type_of(const struct op *op)
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
enum room room_for(const struct op *op)
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
bool place_beside(int type, phys_addr_t base, phys_addr_t size)
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
bool cannot_double(const struct op *op)
{
	int type = type_of(op);
	phys_addr_t size = end_of(op->base, op->size) - op->base;

	if (!space.resize || model_late_calls)
		return true;
	if (type == MEMORY && memblock.reserved.cnt + 2 > memblock.reserved.max)
		return true; /* two have to double: what is left for the second is hard to say */
	if (type == MEMORY && op->kind != OP_REMOVE && op->kind != OP_MARK_NOMAP)
		size = 0;
	return !place_beside(type, op->base, size);
}

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

bool has_doubled(int type)
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
bool learn_arrays(const struct at_hand *h)
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
