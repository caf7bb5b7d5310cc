/* SPDX-License-Identifier: MIT */
/*
 * A full array moves to one of twice the size: in early memory, found and reserved by memblock
 * itself, or wherever the host's allocator says. Recursion ends at depth two: an array that has
 * doubled has room for what doubling needs, and only doubling another array can come before that.
 */
#include "internal.h"

#include "../lib/memory.h"

static bool may_resize;
static const struct memblock_array_ops *array_ops;

/* Arrays that came from the host's allocator, and whom to give them back to. */
static struct late_array {
	struct memblock_region *regions;
	size_t size;
	const struct memblock_array_ops *ops;
} late_arrays[3];

void memblock_allow_resize(void)
{
	may_resize = true;
}

void memblock_set_array_ops(const struct memblock_array_ops *ops)
{
	array_ops = ops;
}

static struct late_array *late_array_of(const struct memblock_type *type)
{
	return &late_arrays[type == &memblock.memory ? 0 : type == &memblock.reserved ? 1 : 2];
}

static void free_late_array(struct late_array *late)
{
	late->ops->free(late->regions, late->size);
	late->regions = NULL;
}

void double_reset(void)
{
	for (int i = 0; i < 3; i++)
		if (late_arrays[i].regions)
			free_late_array(&late_arrays[i]);
	may_resize = false;
	array_ops = NULL;
}

static phys_addr_t page_align(size_t size)
{
	return round_down_to((phys_addr_t)size + PF_PAGE_SIZE - 1, PF_PAGE_SIZE);
}

/* Free memory beside [@base, @base + @size), above it if possible. */
static phys_addr_t find_beside(phys_addr_t base, phys_addr_t size, phys_addr_t bytes)
{
	phys_addr_t limit = memblock.current_limit;
	phys_addr_t addr = find_in_range(base + size, limit, bytes, PF_PAGE_SIZE);

	if (!addr && base > MEMBLOCK_ALLOC_NOLEAKTRACE) /* as an end, 0 and 1 mean something else */
		addr = find_in_range(0, base < limit ? base : limit, bytes, PF_PAGE_SIZE);
	return addr;
}

/*
 * Linux looks beside the range for a reserved array, and anywhere for the others; what it finds is
 * where the recorded machines have it. Two cases that it gets wrong are put right when its choice
 * would hurt: memory that is about to vanish is no place for an array, and a range that merely
 * changes flags is no obstacle.
 */
static phys_addr_t find_early(const struct memblock_type *type, phys_addr_t base, phys_addr_t size,
			      bool avoid, phys_addr_t bytes)
{
	phys_addr_t addr;

	if (type == &memblock.reserved) {
		addr = find_beside(base, size, bytes);
		if (!addr && !avoid)
			addr = find_beside(0, 0, bytes);
		return addr;
	}
	addr = find_beside(0, 0, bytes);
	if (avoid && addr && memblock_addrs_overlap(addr, bytes, base, size))
		addr = find_beside(base, size, bytes);
	return addr;
}

/* The reservation of another type's new array must not fail once that array is in use. */
static int room_to_reserve(const struct memblock_type *type, phys_addr_t addr, phys_addr_t bytes)
{
	struct memblock_type *reserved = &memblock.reserved;
	/* Giving back an array in early memory splits a reservation in the worst case. */
	unsigned long pieces =
		is_initial_array(type->regions) || late_array_of(type)->regions ? 1 : 2;

	if (type == reserved || reserved->cnt + pieces <= reserved->max)
		return 0;
	return double_array(reserved, addr, bytes, true);
}

static void release_old(struct memblock_type *type, struct memblock_region *old, size_t size)
{
	struct late_array *late = late_array_of(type);

	if (late->regions == old)
		free_late_array(late);
	else if (!is_initial_array(old))
		memblock_free(old, (size_t)page_align(size));
}

static void move_array(struct memblock_type *type, struct memblock_region *to)
{
	size_t size = type->max * sizeof(*to);

	memcpy(to, type->regions, size);
	memset(to + type->max, 0, size);
	type->regions = to;
	type->max *= 2;
}

static int double_late(struct memblock_type *type, size_t old_size)
{
	struct memblock_region *old = type->regions;
	const struct memblock_array_ops *ops = array_ops;
	struct memblock_region *new = ops->alloc(2 * old_size);

	if (!new) {
		report_cannot_double(type, true);
		return -PF_ENOMEM;
	}
	if (memblock_debug)
		debug_doubled(type, (uintptr_t) new, 2 * old_size);
	move_array(type, new);
	release_old(type, old, old_size);
	*late_array_of(type) = (struct late_array){ new, 2 * old_size, ops };
	return 0;
}

static int double_early(struct memblock_type *type, phys_addr_t base, phys_addr_t size, bool avoid,
			size_t old_size)
{
	struct memblock_region *old = type->regions;
	phys_addr_t bytes = page_align(2 * old_size);
	phys_addr_t addr = find_early(type, base, size, avoid, bytes);

	if (!addr || room_to_reserve(type, addr, bytes)) {
		report_cannot_double(type, true);
		return -PF_ENOMEM;
	}
	if (memblock_debug)
		debug_doubled(type, addr, 2 * old_size);
	move_array(type, pf_port_phys_to_virt(addr));
	release_old(type, old, old_size);
	if (memblock_reserve(addr, bytes))
		pf_port_panic("memblock: a doubled array has no room for its own reservation");
	return 0;
}

int double_array(struct memblock_type *type, phys_addr_t base, phys_addr_t size, bool avoid)
{
	size_t old_size = type->max * sizeof(*type->regions);

	if (!may_resize) {
		report_cannot_double(type, false);
		return -PF_ENOMEM;
	}
	if (array_ops)
		return double_late(type, old_size);
	return double_early(type, base, size, avoid, old_size);
}
