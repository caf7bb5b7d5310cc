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

void mb_double_reset(void)
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

/* Free memory in [@start, @end), below the current limit, and not where another array will be. */
static phys_addr_t find_window(const struct place *p, phys_addr_t start, phys_addr_t end,
			       phys_addr_t bytes)
{
	phys_addr_t taken_end = p->taken + p->taken_size;
	phys_addr_t addr = 0;

	if (end > memblock.current_limit)
		end = memblock.current_limit;
	if (start < taken_end && p->taken < end) {
		if (taken_end < end)
			addr = mb_find_in_range(taken_end, end, bytes, PF_PAGE_SIZE);
		end = p->taken;
	}
	/* As an end, 0 and 1 mean something else to a search. */
	if (!addr && start < end && end > MEMBLOCK_ALLOC_NOLEAKTRACE)
		addr = mb_find_in_range(start, end, bytes, PF_PAGE_SIZE);
	return addr;
}

static phys_addr_t find_anywhere(const struct place *p, phys_addr_t bytes)
{
	return find_window(p, 0, PHYS_ADDR_MAX, bytes);
}

/* Above the range if possible, else below it. */
static phys_addr_t find_beside(const struct place *p, phys_addr_t bytes)
{
	phys_addr_t addr = find_window(p, p->base + p->size, PHYS_ADDR_MAX, bytes);

	return addr ? addr : find_window(p, 0, p->base, bytes);
}

/*
 * Linux looks beside the range for a reserved array, and anywhere for the others; what it finds is
 * where the recorded machines have it. What it gets wrong is put right only when its choice would
 * hurt: memory that is about to vanish is no place for an array, and a range that merely changes
 * flags is no obstacle.
 */
static phys_addr_t find_early(const struct place *p, phys_addr_t bytes)
{
	phys_addr_t addr;

	switch (p->where) {
	case NOT_IN_RANGE:
		return find_beside(p, bytes);
	case RATHER_NOT_IN_RANGE:
		addr = find_beside(p, bytes);
		return addr ? addr : find_anywhere(p, bytes);
	case NOT_IN_LOST_RANGE:
		addr = find_anywhere(p, bytes);
		if (addr && memblock_addrs_overlap(addr, bytes, p->base, p->size))
			addr = find_beside(p, bytes);
		return addr;
	case ONLY_IN_RANGE:
		return find_window(p, p->base, p->base + p->size, bytes);
	default: /* ANYWHERE */
		return find_anywhere(p, bytes);
	}
}

static bool is_in_early_memory(const struct memblock_type *type)
{
	return !mb_is_initial_array(type->regions) && late_array_of(type)->regions != type->regions;
}

/*
 * Room in reserved for @pieces, and for the split that giving back the old array may cause, before
 * anything changes: afterwards it must not fail.
 */
static int room_in_reserved(const struct memblock_type *type, unsigned long pieces,
			    const struct place *place)
{
	struct memblock_type *reserved = &memblock.reserved;

	if (is_in_early_memory(type))
		pieces = 2; /* what freeing needs; the array that takes its place needs no more */
	if (type == reserved || reserved->cnt + pieces <= reserved->max)
		return 0;
	return mb_double_array(reserved, place);
}

static void release_old(struct memblock_type *type, struct memblock_region *old, size_t size)
{
	struct late_array *late = late_array_of(type);

	if (late->regions == old)
		free_late_array(late);
	else if (!mb_is_initial_array(old))
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

static int double_late(struct memblock_type *type, const struct place *place, size_t old_size)
{
	struct memblock_region *old = type->regions;
	const struct memblock_array_ops *ops = array_ops;
	struct memblock_region *new = NULL;

	if (!room_in_reserved(type, 0, place))
		new = ops->alloc(2 * old_size);
	if (!new) {
		mb_report_cannot_double(type, true);
		return -PF_ENOMEM;
	}
	if (memblock_debug)
		mb_debug_doubled(type, (phys_addr_t)(uintptr_t) new, (phys_addr_t)(2 * old_size));
	move_array(type, new);
	release_old(type, old, old_size);
	*late_array_of(type) = (struct late_array){ new, 2 * old_size, ops };
	return 0;
}

static int double_early(struct memblock_type *type, const struct place *place, size_t old_size)
{
	struct memblock_region *old = type->regions;
	phys_addr_t bytes = page_align(2 * old_size);
	struct place rest = *place;

	rest.taken = find_early(place, bytes);
	rest.taken_size = bytes;
	if (!rest.taken || room_in_reserved(type, 1, &rest)) {
		mb_report_cannot_double(type, true);
		return -PF_ENOMEM;
	}
	if (memblock_debug)
		mb_debug_doubled(type, rest.taken, (phys_addr_t)(2 * old_size));
	move_array(type, pf_port_phys_to_virt(rest.taken));
	release_old(type, old, old_size);
	if (memblock_reserve(rest.taken, bytes))
		pf_port_panic("memblock: a doubled array has no room for its own reservation");
	return 0;
}

int mb_double_array(struct memblock_type *type, const struct place *place)
{
	size_t old_size = type->max * sizeof(*type->regions);

	if (!may_resize) {
		mb_report_cannot_double(type, false);
		return -PF_ENOMEM;
	}
	if (array_ops)
		return double_late(type, place, old_size);
	return double_early(type, place, old_size);
}

phys_addr_t mb_drop_array(struct memblock_type *type, phys_addr_t *base)
{
	const struct memblock_type *initial = type == &memblock.memory
						      ? &mb_initial_memblock.memory
						      : &mb_initial_memblock.reserved;
	struct late_array *late = late_array_of(type);
	phys_addr_t size = page_align(type->max * sizeof(*type->regions));

	*base = 0;
	if (is_in_early_memory(type))
		*base = pf_port_virt_to_phys(type->regions);
	else if (late->regions == type->regions)
		free_late_array(late);
	*type = *initial;
	memset(type->regions, 0, sizeof(*type->regions));
	mb_skip_forget();
	return *base ? size : 0;
}
