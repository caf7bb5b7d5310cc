/* SPDX-License-Identifier: MIT */
/* Arrays that double: when, where the new one goes, and what becomes of the old one. */
#include "memblock_check.h"

#define MEM_MAX INIT_MEMBLOCK_MEMORY_REGIONS
#define RES_MAX INIT_MEMBLOCK_RESERVED_REGIONS

/* Bytes that an array of @n regions takes in early memory. */
static phys_addr_t bytes(unsigned long n)
{
	return (n * sizeof(struct memblock_region) + PF_PAGE_SIZE - 1) & ~(PF_PAGE_SIZE - 1);
}

/* Where the array of @type is, in physical memory. */
static phys_addr_t place(const struct memblock_type *type)
{
	return pf_port_virt_to_phys(type->regions);
}

/* @n regions of 4K, 8K apart, far above everything else here. */
#define FAR 0x100000000u

static void fill(int (*add)(phys_addr_t, phys_addr_t), unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ok(add(FAR + i * 0x2000, 0x1000));
}

/* Something to put arrays in: [16M, 32M); resizing is allowed. */
static void add_room(void)
{
	ok(memblock_add(0x1000000, 0x1000000));
	memblock_allow_resize();
}

static bool is_sorted(const struct memblock_type *type)
{
	for (unsigned long i = 1; i < type->cnt; i++)
		if (type->regions[i - 1].base + type->regions[i - 1].size > type->regions[i].base)
			return false;
	return true;
}

static void without_permission_nothing_doubles(void **state)
{
	(void)state;
	ok(memblock_add(0x1000000, 0x1000000));
	fill(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	assert_int_equal(memblock.reserved.max, RES_MAX);
	assert_string_equal(host_output(), "memblock: cannot resize reserved array: it is full, "
					   "and memblock_allow_resize() was not called\n");
}

static void reserved_doubles_to_the_top_of_memory(void **state)
{
	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX);
	assert_int_equal(memblock.reserved.max, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	assert_int_equal(memblock.reserved.max, 2 * RES_MAX);
	assert_int_equal(memblock.reserved.cnt, RES_MAX + 2);
	assert_int_equal(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	assert_int_equal(memblock.reserved.regions[0].base, 0x1000);
	assert_int_equal(memblock.reserved.regions[1].base, 0x2000000 - bytes(2 * RES_MAX));
	assert_int_equal(memblock.reserved.regions[1].size, bytes(2 * RES_MAX));
	assert_true(memblock.reserved.regions[2].base == FAR);
	assert_true(is_sorted(&memblock.reserved));
	assert_string_equal(host_output(), "");
}

static void the_rest_of_a_new_array_is_empty(void **state)
{
	const struct memblock_region none = { .base = 0 };

	(void)state;
	add_room();
	memset(pf_port_phys_to_virt(0x2000000 - bytes(2 * RES_MAX)), 0xff, bytes(2 * RES_MAX));
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	for (unsigned long i = memblock.reserved.cnt; i < memblock.reserved.max; i++)
		assert_memory_equal(&memblock.reserved.regions[i], &none, sizeof(none));
}

static void reserved_doubles_above_the_range_that_is_reserved(void **state)
{
	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000000, 0x1000000 - bytes(2 * RES_MAX)));
	assert_int_equal(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	assert_int_equal(memblock.reserved.regions[0].size, 0x1000000);
}

static void reserved_doubles_below_it_when_there_is_no_room_above(void **state)
{
	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1800000, 0x800000 - PF_PAGE_SIZE));
	assert_int_equal(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
	assert_int_equal(memblock.reserved.regions[0].size,
			 0x800000 - PF_PAGE_SIZE + bytes(2 * RES_MAX));
}

static void reserved_never_doubles_into_the_range_that_is_reserved(void **state)
{
	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1001000, 0xffe000));
	assert_int_equal(memblock.reserved.max, RES_MAX);
	assert_int_equal(memblock.reserved.cnt, RES_MAX);
	assert_true(memblock.reserved.regions[0].base == FAR);
	assert_string_equal(
		host_output(),
		"memblock: Failed to double reserved array from 128 to 256 entries !\n");
}

static void an_allocation_that_doubles_does_not_lie_in_the_array(void **state)
{
	phys_addr_t a;

	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX);
	a = memblock_phys_alloc(0x1000, 0x1000);
	assert_int_equal(a, 0x1fff000);
	assert_int_equal(place(&memblock.reserved), a - bytes(2 * RES_MAX));
}

static void the_current_limit_holds_for_arrays(void **state)
{
	(void)state;
	add_room();
	memblock_set_current_limit(0x1800000);
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1900000, 0x1000));
	assert_int_equal(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
}

static void bottom_up_arrays_go_to_the_lowest_place(void **state)
{
	(void)state;
	add_room();
	memblock_set_bottom_up(true);
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000000, 0x1000));
	assert_int_equal(place(&memblock.reserved), 0x1001000);
}

static void the_second_doubling_gives_the_first_array_back(void **state)
{
	phys_addr_t first;

	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX + 1);
	first = place(&memblock.reserved);
	for (unsigned int i = RES_MAX + 1; i < 2 * RES_MAX; i++)
		ok(memblock_reserve(FAR + i * 0x2000, 0x1000));
	assert_int_equal(memblock.reserved.max, 4 * RES_MAX);
	assert_int_equal(place(&memblock.reserved), first - bytes(4 * RES_MAX));
	assert_false(memblock_is_region_reserved(first, bytes(2 * RES_MAX)));
	assert_int_equal(memblock.reserved.cnt, 2 * RES_MAX + 1);
	assert_true(is_sorted(&memblock.reserved));
}

static void one_range_may_double_twice(void **state)
{
	(void)state; /* one gap below each region and one above: 128 + 129 > 256 */
	add_room();
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserved_mark_noinit(FAR, RES_MAX * 0x2000)); /* so that nothing merges */
	ok(memblock_reserve(FAR - 0x1000, RES_MAX * 0x2000 + 0x1000));
	assert_int_equal(memblock.reserved.max, 4 * RES_MAX);
	assert_int_equal(memblock.reserved.cnt, 2 * RES_MAX + 2); /* and the array */
	assert_true(is_sorted(&memblock.reserved));
}

static void splitting_a_reservation_doubles(void **state)
{
	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX - 1);
	ok(memblock_phys_free(FAR + 0x400, 0x400));
	assert_int_equal(memblock.reserved.max, 2 * RES_MAX);
	assert_int_equal(memblock.reserved.cnt, RES_MAX + 1);
	assert_int_equal(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	assert_false(memblock_is_reserved(FAR + 0x400));
	assert_true(memblock_is_reserved(FAR + 0x800));
}

static void free_never_doubles_into_what_is_freed(void **state)
{
	(void)state; /* the freed range is partly free already: there the array would be lost */
	add_room();
	fill(memblock_reserve, RES_MAX - 1);
	no_memory(memblock_phys_free(0x1000000, 0x1000000));
	assert_int_equal(memblock.reserved.max, RES_MAX);
	assert_int_equal(memblock.reserved.cnt, RES_MAX - 1);
	ok(memblock_phys_free(0x1000000, 0x800000));
	assert_true(place(&memblock.reserved) >= 0x1800000);
	assert_true(memblock_is_reserved(place(&memblock.reserved)));
}

static void nothing_is_below_a_range_that_starts_at_0_or_1(void **state)
{
	(void)state; /* as an end, these would mean: up to the current limit */
	for (phys_addr_t base = 0; base < 2; base++) {
		memblock_reset();
		add_room();
		fill(memblock_reserve, RES_MAX);
		no_memory(memblock_reserve(base, FAR));
		assert_int_equal(memblock.reserved.cnt, RES_MAX);
	}
}

static void marking_may_double_into_the_marked_range(void **state)
{
	(void)state; /* if there is no other place */
	add_room();
	fill(memblock_reserve, RES_MAX - 1);
	ok(memblock_reserved_mark_noinit(0x1000000, 0x1000000));
	assert_int_equal(memblock.reserved.max, 2 * RES_MAX);
	assert_int_equal(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	ok(memblock_reserved_mark_noinit(FAR, 0x400));
	assert_int_equal(memblock.reserved.cnt, RES_MAX + 1);
}

static void marking_prefers_a_place_beside_the_range(void **state)
{
	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX - 1);
	ok(memblock_reserved_mark_noinit(0x1800000, 0x800000));
	assert_int_equal(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
}

static void no_memory_anywhere_is_a_failure(void **state)
{
	(void)state;
	memblock_allow_resize();
	fill(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0, 0x1000));
	no_memory(memblock_reserved_mark_noinit(0x1000000, 0x1000000));
	assert_int_equal(memblock.reserved.cnt, RES_MAX);
	assert_int_equal(memblock.reserved.max, RES_MAX);
}

static void memory_doubles_and_reserves_its_array(void **state)
{
	(void)state;
	add_room();
	fill(memblock_add, MEM_MAX);
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_int_equal(memblock.memory.cnt, MEM_MAX + 1);
	/* The highest page-aligned place that is large enough. */
	assert_int_equal(place(&memblock.memory), 0x2000000 - bytes(2 * MEM_MAX));
	assert_true(is_sorted(&memblock.memory));
	reserved_is("1ffe000-2000000");
}

static void memory_may_double_beside_what_is_added(void **state)
{
	(void)state; /* what is added is not there yet, so any place is outside */
	fill(memblock_add, MEM_MAX - 1);
	ok(memblock_add(0x1000000, 0x10000));
	memblock_allow_resize();
	ok(memblock_add(0x1008000, 0x100000));
	assert_int_equal(place(&memblock.memory), 0x1010000 - bytes(2 * MEM_MAX));
	assert_int_equal(memblock.memory.regions[0].size, 0x108000);
}

static void memory_never_doubles_into_what_is_removed(void **state)
{
	(void)state;
	add_room();
	fill(memblock_add, MEM_MAX - 2); /* 127 regions: too many to split one */
	ok(memblock_remove(0x1800000, 0x800000));
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_int_equal(place(&memblock.memory), 0x1800000 - bytes(2 * MEM_MAX));
	assert_true(memblock_is_memory(place(&memblock.memory)));
	assert_true(memblock_is_reserved(place(&memblock.memory)));
	memblock_reset();
	add_room();
	fill(memblock_add, MEM_MAX - 2);
	no_memory(memblock_remove(0x1000000, 0x1000000));
	assert_int_equal(memblock.memory.cnt, MEM_MAX - 1);
	assert_int_equal(memblock.memory.max, MEM_MAX);
	reserved_is("");
}

static void memory_with_no_free_place_does_not_double(void **state)
{
	(void)state;
	fill(memblock_add, MEM_MAX - 1);
	ok(memblock_reserve(0, PHYS_ADDR_MAX));
	memblock_allow_resize();
	no_memory(memblock_remove(FAR + 0x400, 0x400));
	assert_int_equal(memblock.memory.cnt, MEM_MAX - 1);
	assert_int_equal(memblock.memory.max, MEM_MAX);
	assert_string_equal(host_output(),
			    "memblock: Failed to double memory array from 128 to 256 entries !\n");
}

static void nothing_doubles_into_what_is_removed_when_both_are_full(void **state)
{
	(void)state;
	add_room();
	fill(memblock_add, MEM_MAX - 2);
	fill(memblock_reserve, RES_MAX);
	ok(memblock_remove(0x1800000, 0x800000));
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_int_equal(memblock.reserved.max, 2 * RES_MAX);
	assert_true(memblock_is_memory(place(&memblock.memory)));
	assert_true(memblock_is_memory(place(&memblock.reserved)));
}

static void both_full_arrays_lie_on_either_side_of_what_is_removed(void **state)
{
	phys_addr_t top = 0x2000000 - bytes(2 * MEM_MAX); /* above what is removed, for one array */

	(void)state;
	add_room();
	fill(memblock_add, MEM_MAX - 2);
	fill(memblock_reserve, RES_MAX);
	ok(memblock_remove(0x1800000, top - 0x1800000));
	assert_int_equal(place(&memblock.memory), top);
	assert_int_equal(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
}

static void bottom_up_both_full_arrays_lie_side_by_side(void **state)
{
	(void)state;
	add_room();
	memblock_set_bottom_up(true);
	fill(memblock_reserve, RES_MAX);
	fill(memblock_add, MEM_MAX);
	assert_int_equal(place(&memblock.memory), 0x1000000);
	assert_int_equal(place(&memblock.reserved), 0x1000000 + bytes(2 * MEM_MAX));
}

static void the_current_limit_holds_for_both_full_arrays(void **state)
{
	(void)state;
	add_room();
	memblock_set_current_limit(0x1800000);
	fill(memblock_reserve, RES_MAX);
	fill(memblock_add, MEM_MAX);
	assert_int_equal(place(&memblock.memory), 0x1800000 - bytes(2 * MEM_MAX));
	assert_int_equal(place(&memblock.reserved), place(&memblock.memory) - bytes(2 * RES_MAX));
}

static void memory_never_doubles_into_what_is_marked_nomap(void **state)
{
	(void)state;
	add_room();
	fill(memblock_add, MEM_MAX - 2);
	ok(memblock_mark_nomap(0x1800000, 0x800000));
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_int_equal(place(&memblock.memory), 0x1800000 - bytes(2 * MEM_MAX));
}

static void nothing_doubles_into_what_a_cap_forgets(void **state)
{
	(void)state;
	add_room();
	fill(memblock_add, MEM_MAX - 2);
	memblock_cap_memory_range(0x1000000, 0x800000);
	assert_int_equal(memblock.memory.cnt, 1);
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_true(memblock_is_memory(place(&memblock.memory)));
	assert_true(memblock_is_reserved(place(&memblock.memory)));
}

static void memory_doubles_while_reserved_is_full(void **state)
{
	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX);
	fill(memblock_add, MEM_MAX);
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_int_equal(memblock.reserved.max, 2 * RES_MAX);
	assert_int_equal(memblock.reserved.cnt, RES_MAX + 1); /* both arrays, side by side */
	assert_int_equal(place(&memblock.memory), 0x2000000 - bytes(2 * MEM_MAX));
	assert_int_equal(place(&memblock.reserved), place(&memblock.memory) - bytes(2 * RES_MAX));
	assert_true(is_sorted(&memblock.memory));
	assert_true(is_sorted(&memblock.reserved));
}

static void memory_that_cannot_be_reserved_does_not_double(void **state)
{
	(void)state;
	ok(memblock_add(0x1000000, bytes(2 * MEM_MAX)));
	memblock_allow_resize();
	fill(memblock_reserve, RES_MAX); /* full, and no place for two arrays */
	for (unsigned int i = 0; i < MEM_MAX - 1;
	     i++) /* no room: exactly covered by reservations */
		ok(memblock_add(FAR + i * 0x2000, 0x1000));
	no_memory(memblock_add(0x8000000, 0x1000));
	assert_int_equal(memblock.memory.max, MEM_MAX);
	assert_int_equal(memblock.memory.cnt, MEM_MAX);
	assert_int_equal(memblock.reserved.max, RES_MAX);
	assert_int_equal(memblock.reserved.cnt, RES_MAX);
	assert_string_equal(host_output(),
			    "memblock: Failed to double reserved array from 128 to 256 entries !\n"
			    "memblock: Failed to double memory array from 128 to 256 entries !\n");
}

static void memory_doubles_again_and_splits_a_reservation(void **state)
{
	phys_addr_t first;

	(void)state; /* the old array lies in the middle of one reservation, and no more fit */
	add_room();
	fill(memblock_add, MEM_MAX);
	first = place(&memblock.memory);
	ok(memblock_reserve(first - 0x10000, 0x20000));
	fill(memblock_reserve, RES_MAX - 2); /* one place left, two needed */
	for (unsigned int i = MEM_MAX; i < 2 * MEM_MAX; i++)
		ok(memblock_add(FAR + i * 0x2000, 0x1000));
	assert_int_equal(memblock.memory.max, 4 * MEM_MAX);
	assert_int_equal(memblock.reserved.max, 2 * RES_MAX);
	assert_false(memblock_is_reserved(first));
	assert_true(memblock_is_reserved(first - 1));
	assert_true(memblock_is_reserved(first + bytes(2 * MEM_MAX)));
	assert_true(memblock_is_region_reserved(place(&memblock.memory), bytes(4 * MEM_MAX)));
	assert_false(memblock_addrs_overlap(place(&memblock.memory), bytes(4 * MEM_MAX),
					    place(&memblock.reserved), bytes(2 * RES_MAX)));
	assert_true(is_sorted(&memblock.memory));
	assert_true(is_sorted(&memblock.reserved));
}

static void more_regions_than_room_make_it_panic(void **state)
{
	jmp_buf jump;

	(void)state; /* only somebody who writes to the array can bring this about */
	ok(memblock_add(0x1000000, 0x1000));
	memblock_allow_resize();
	fill(memblock_reserve, 3);
	memblock.reserved.max = 1;
	host_panic_jump = &jump;
	if (!setjmp(jump)) {
		memblock_reserve(0x1000, 0x1000);
		fail();
	}
	assert_string_equal(host_panic_message,
			    "memblock: a doubled array has no room for its own reservation");
}

static void mirrored_memory_is_preferred_for_arrays(void **state)
{
	(void)state;
	mirrored_kernelcore = true;
	add_room();
	ok(memblock_mark_mirror(0x1000000, 0x10000));
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	assert_int_equal(place(&memblock.reserved), 0x1010000 - bytes(2 * RES_MAX));
	assert_string_equal(host_output(), "");
}

static void arrays_fall_back_from_mirrored_memory(void **state)
{
	(void)state;
	mirrored_kernelcore = true;
	add_room();
	ok(memblock_mark_mirror(0x1000000, 0x1000));
	fill(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	assert_int_equal(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	assert_string_equal(host_output(),
			    "Could not allocate 0x0000000000002000 bytes of mirrored memory\n");
}

/* The late allocator: heap memory, with a count of what is out. */
static int late_out, late_calls, late_failures;
static size_t late_freed;

static void *late_alloc(size_t size)
{
	late_calls++;
	if (late_failures) {
		late_failures--;
		return NULL;
	}
	late_out++;
	return malloc(size);
}

static void late_free(void *array, size_t size)
{
	late_out--;
	late_freed = size;
	free(array);
}

static const struct memblock_array_ops late = { late_alloc, late_free };

static void start_late(int failures)
{
	late_out = late_calls = 0;
	late_freed = 0;
	late_failures = failures;
	memblock_set_array_ops(&late);
}

static void late_arrays_come_from_the_host(void **state)
{
	(void)state;
	add_room();
	start_late(0);
	fill(memblock_add, MEM_MAX);
	fill(memblock_reserve, RES_MAX + 1);
	assert_int_equal(late_out, 2);
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_int_equal(memblock.reserved.max, 2 * RES_MAX);
	assert_int_equal(memblock.reserved.cnt, RES_MAX + 1); /* nothing reserved for them */
	memblock_reset();
	assert_int_equal(late_out, 0);
	assert_int_equal(late_freed, 2 * RES_MAX * sizeof(struct memblock_region));
	assert_int_equal(memblock.memory.max, MEM_MAX);
}

static void late_arrays_are_given_back_when_they_double(void **state)
{
	(void)state;
	add_room();
	start_late(0);
	fill(memblock_reserve, 2 * RES_MAX + 1);
	assert_int_equal(late_calls, 2);
	assert_int_equal(late_out, 1);
	assert_int_equal(late_freed, 2 * RES_MAX * sizeof(struct memblock_region));
	assert_int_equal(memblock.reserved.max, 4 * RES_MAX);
	memblock_reset();
	assert_int_equal(late_out, 0);
}

static void a_late_array_replaces_an_early_one(void **state)
{
	phys_addr_t early;

	(void)state;
	add_room();
	fill(memblock_reserve, RES_MAX + 1);
	early = place(&memblock.reserved);
	assert_true(memblock_is_reserved(early));
	start_late(0);
	for (unsigned int i = RES_MAX + 1; i < 2 * RES_MAX; i++)
		ok(memblock_reserve(FAR + i * 0x2000, 0x1000));
	assert_int_equal(late_out, 1);
	assert_false(memblock_is_region_reserved(early, bytes(2 * RES_MAX)));
	assert_int_equal(memblock.reserved.cnt, 2 * RES_MAX);
	assert_true(is_sorted(&memblock.reserved));
}

static void an_early_array_replaces_a_late_one(void **state)
{
	(void)state;
	add_room();
	start_late(0);
	fill(memblock_add, MEM_MAX);
	fill(memblock_reserve, RES_MAX); /* and full again */
	assert_int_equal(late_out, 1);
	memblock_set_array_ops(NULL);
	for (unsigned int i = MEM_MAX; i < 2 * MEM_MAX; i++)
		ok(memblock_add(FAR + i * 0x2000, 0x1000));
	assert_int_equal(late_out, 0);
	assert_int_equal(memblock.memory.max, 4 * MEM_MAX);
	assert_int_equal(place(&memblock.memory), 0x2000000 - bytes(4 * MEM_MAX));
	assert_true(memblock_is_reserved(place(&memblock.memory)));
	memblock_reset(); /* has nothing to give back */
	assert_int_equal(late_out, 0);
}

static void a_late_failure_changes_nothing(void **state)
{
	(void)state;
	add_room();
	start_late(1);
	fill(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	assert_int_equal(memblock.reserved.cnt, RES_MAX);
	assert_int_equal(memblock.reserved.max, RES_MAX);
	assert_true(memblock.reserved.regions[0].base == FAR);
	assert_int_equal(late_out, 0);
	assert_string_equal(
		host_output(),
		"memblock: Failed to double reserved array from 128 to 256 entries !\n");
	ok(memblock_reserve(0x1000, 0x1000)); /* the next call has more luck */
	assert_int_equal(late_out, 1);
}

static void no_late_room_to_free_an_early_array_is_a_failure(void **state)
{
	(void)state;
	add_room();
	fill(memblock_add, MEM_MAX); /* early, and reserved */
	fill(memblock_reserve, RES_MAX - 1);
	for (unsigned int i = MEM_MAX; i < 2 * MEM_MAX - 1; i++)
		ok(memblock_add(FAR + i * 0x2000, 0x1000));
	start_late(1);
	no_memory(memblock_add(0x1000, 0x1000));
	assert_int_equal(late_calls, 1);
	assert_int_equal(memblock.memory.cnt, 2 * MEM_MAX);
	assert_int_equal(memblock.memory.max, 2 * MEM_MAX);
	assert_int_equal(memblock.reserved.max, RES_MAX);
	assert_string_equal(host_output(),
			    "memblock: Failed to double reserved array from 128 to 256 entries !\n"
			    "memblock: Failed to double memory array from 256 to 512 entries !\n");
	ok(memblock_add(0x1000, 0x1000));
	assert_int_equal(late_out, 2);
	assert_false(memblock_is_region_reserved(0x1000000, 0x1000000));
}

static void late_arrays_need_permission_too(void **state)
{
	(void)state;
	start_late(0);
	fill(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	assert_int_equal(late_calls, 0);
}

static void the_allocator_that_gave_an_array_takes_it_back(void **state)
{
	static const struct memblock_array_ops other = { late_alloc, NULL };

	(void)state;
	memblock_allow_resize();
	start_late(0);
	fill(memblock_reserve, RES_MAX + 1);
	memblock_set_array_ops(&other);
	memblock_reset();
	assert_int_equal(late_out, 0);
}

static void reset_takes_the_permission_away(void **state)
{
	(void)state;
	add_room();
	start_late(0);
	memblock_reset();
	fill(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	memblock_allow_resize();
	no_memory(memblock_reserve(0x1000, 0x1000)); /* and the hook: there is no early memory */
	assert_int_equal(late_calls, 0);
}

#if PF_PHYSMEM
static void physmem_doubles_early_and_late(void **state)
{
	unsigned int n = INIT_PHYSMEM_REGIONS;

	(void)state;
	add_room();
	fill(memblock_physmem_add, n + 1);
	assert_int_equal(physmem.max, 2 * n);
	assert_int_equal(place(&physmem), 0x1fff000);
	reserved_is("1fff000-2000000");
	start_late(0);
	fill(memblock_physmem_add, 2 * n + 1);
	assert_int_equal(late_out, 1);
	reserved_is("");
	memblock_reset();
	assert_int_equal(late_out, 0);
	assert_int_equal(physmem.max, n);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(without_permission_nothing_doubles),
		test(reserved_doubles_to_the_top_of_memory),
		test(the_rest_of_a_new_array_is_empty),
		test(reserved_doubles_above_the_range_that_is_reserved),
		test(reserved_doubles_below_it_when_there_is_no_room_above),
		test(reserved_never_doubles_into_the_range_that_is_reserved),
		test(an_allocation_that_doubles_does_not_lie_in_the_array),
		test(the_current_limit_holds_for_arrays),
		test(bottom_up_arrays_go_to_the_lowest_place),
		test(the_second_doubling_gives_the_first_array_back),
		test(one_range_may_double_twice),
		test(splitting_a_reservation_doubles),
		test(free_never_doubles_into_what_is_freed),
		test(nothing_is_below_a_range_that_starts_at_0_or_1),
		test(marking_may_double_into_the_marked_range),
		test(marking_prefers_a_place_beside_the_range),
		test(no_memory_anywhere_is_a_failure),
		test(memory_doubles_and_reserves_its_array),
		test(memory_may_double_beside_what_is_added),
		test(memory_never_doubles_into_what_is_removed),
		test(memory_with_no_free_place_does_not_double),
		test(nothing_doubles_into_what_is_removed_when_both_are_full),
		test(both_full_arrays_lie_on_either_side_of_what_is_removed),
		test(bottom_up_both_full_arrays_lie_side_by_side),
		test(the_current_limit_holds_for_both_full_arrays),
		test(memory_never_doubles_into_what_is_marked_nomap),
		test(nothing_doubles_into_what_a_cap_forgets),
		test(memory_doubles_while_reserved_is_full),
		test(memory_that_cannot_be_reserved_does_not_double),
		test(memory_doubles_again_and_splits_a_reservation),
		test(more_regions_than_room_make_it_panic),
		test(mirrored_memory_is_preferred_for_arrays),
		test(arrays_fall_back_from_mirrored_memory),
		test(late_arrays_come_from_the_host),
		test(late_arrays_are_given_back_when_they_double),
		test(a_late_array_replaces_an_early_one),
		test(an_early_array_replaces_a_late_one),
		test(a_late_failure_changes_nothing),
		test(no_late_room_to_free_an_early_array_is_a_failure),
		test(late_arrays_need_permission_too),
		test(the_allocator_that_gave_an_array_takes_it_back),
		test(reset_takes_the_permission_away),
#if PF_PHYSMEM
		test(physmem_doubles_early_and_late),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
