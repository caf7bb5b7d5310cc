/* SPDX-License-Identifier: MIT */
/* The same operations on the library. */
#include "memblock.h"

/* Arrays from the host; every fourth time it has none. */
static void *late_arrays[8];
unsigned int model_late_calls;

static void *late_alloc(size_t size)
{
	for (unsigned int i = 0; i < 8 && ++model_late_calls % 4; i++)
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

void forget_late_arrays(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		free(late_arrays[i]);
		late_arrays[i] = NULL;
	}
	model_late_calls = 0;
}

bool is_late(const void *array)
{
	for (unsigned int i = 0; i < 8; i++)
		if (late_arrays[i] == array)
			return true;
	return false;
}

static const struct memblock_array_ops array_ops = { late_alloc, late_free };

int call_range(const struct op *op)
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
void call_void(const struct op *op)
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

bool has_no_result(const struct op *op)
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

bool fits_pointer(phys_addr_t base, phys_addr_t size)
{
	return pf_port_virt_to_phys(pf_port_phys_to_virt(base)) == base && (size_t)size == size;
}

phys_addr_t call_alloc(const struct op *op)
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
