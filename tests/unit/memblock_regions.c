/* SPDX-License-Identifier: MIT */
/* The region arrays: adding, removing, reserving, freeing; merging and splitting; full arrays. */
#include "memblock_check.h"

#define FULL 128 /* regions in an array that was not doubled */

static void initial_state_is_what_the_header_says(void **state)
{
	(void)state;
	assert_int_equal(memblock.memory.cnt, 0);
	assert_int_equal(memblock.memory.max, INIT_MEMBLOCK_MEMORY_REGIONS);
	assert_int_equal(memblock.memory.total_size, 0);
	assert_string_equal(memblock.memory.name, "memory");
	assert_int_equal(memblock.reserved.cnt, 0);
	assert_int_equal(memblock.reserved.max, INIT_MEMBLOCK_RESERVED_REGIONS);
	assert_int_equal(memblock.reserved.total_size, 0);
	assert_string_equal(memblock.reserved.name, "reserved");
	assert_false(memblock_bottom_up());
	assert_true(memblock_get_current_limit() == MEMBLOCK_ALLOC_ANYWHERE);
	assert_false(memblock_has_mirror());
}

static void reset_forgets_everything(void **state)
{
	(void)state;
	mirrored_kernelcore = true;
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_mark_mirror(0x1000, 0x1000));
	memblock_set_bottom_up(true);
	memblock_set_current_limit(0x2000);
	memblock_reset();
	initial_state_is_what_the_header_says(state);
	assert_int_equal(memblock.memory.regions[0].size, 0);
	assert_int_equal(memblock.memory.regions[1].size, 0);
	assert_int_equal(memblock.reserved.regions[0].size, 0);
}

static void add_makes_one_region_without_node_or_flags(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	memory_is("1000-3000");
	reserved_is("");
	assert_int_equal(memblock.memory.regions[0].flags, MEMBLOCK_NONE);
#if PF_NUMA
	assert_int_equal(memblock.memory.regions[0].nid, MAX_NUMNODES);
#endif
}

static void add_accepts_bytes_that_are_no_pages(void **state)
{
	(void)state;
	ok(memblock_add(0x1001, 0x3));
	ok(memblock_add(0x1005, 0x1));
	memory_is("1001-1004 1005-1006");
	ok(memblock_add(0x1004, 0x1));
	memory_is("1001-1006");
}

static void size_zero_changes_nothing_anywhere(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0));
	ok(memblock_add_node(0x1000, 0, 0, MEMBLOCK_NONE));
	ok(memblock_reserve(0x1000, 0));
	memory_is("");
	reserved_is("");
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x1000, 0x2000));
	ok(memblock_add(0x2000, 0));
	ok(memblock_reserve(0x2000, 0));
	ok(memblock_remove(0x2000, 0));
	ok(memblock_phys_free(0x2000, 0));
	ok(memblock_mark_nomap(0x2000, 0));
	ok(memblock_set_node(0x2000, 0, &memblock.memory, 0));
	memory_is("1000-3000");
	reserved_is("1000-3000");
}

static void empty_arrays_have_nothing_to_remove(void **state)
{
	(void)state;
	ok(memblock_remove(0, PHYS_ADDR_MAX));
	ok(memblock_phys_free(0x1000, 0x1000));
	ok(memblock_mark_hotplug(0x1000, 0x1000));
	ok(memblock_clear_nomap(0x1000, 0x1000));
	ok(memblock_reserved_mark_noinit(0x1000, 0x1000));
	memory_is("");
	reserved_is("");
}

static void add_keeps_regions_sorted_whatever_the_order(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		ok(memblock_add(0x10000 + (i * 37u) % 100 * 0x2000, 0x1000));
	assert_int_equal(memblock.memory.cnt, 100);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(memblock.memory.regions[i].base, 0x10000 + i * 0x2000);
	assert_int_equal(memblock.memory.total_size, 100 * 0x1000);
}

static void add_joins_the_neighbour_below(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x9000, 0x1000));
	ok(memblock_add(0x2000, 0x1000));
	memory_is("1000-3000 9000-a000");
}

static void add_joins_the_neighbour_above(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x9000, 0x1000));
	ok(memblock_add(0x8000, 0x1000));
	memory_is("1000-2000 8000-a000");
	ok(memblock_add(0x800, 0x800));
	memory_is("800-2000 8000-a000");
}

static void reserve_joins_both_neighbours(void **state)
{
	(void)state;
	ok(memblock_reserve(0x1000, 0x1000));
	ok(memblock_reserve(0x3000, 0x1000));
	ok(memblock_reserve(0x6000, 0x1000));
	ok(memblock_reserve(0x2000, 0x1000));
	reserved_is("1000-4000 6000-7000");
	ok(memblock_reserve(0x4000, 0x2000));
	reserved_is("1000-7000");
}

static void add_of_known_memory_changes_nothing(void **state)
{
	(void)state;
	ok(memblock_add_node(0x1000, 0x4000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	assert_int_equal(memblock.memory.cnt, 1);
	assert_int_equal(memblock.memory.regions[0].flags, MEMBLOCK_HOTPLUG);
	assert_int_equal(memblock_get_region_node(&memblock.memory.regions[0]), 0);
	assert_int_equal(memblock.memory.total_size, 0x4000);
}

static void add_takes_only_what_is_new_at_either_end(void **state)
{
	(void)state;
	ok(memblock_add(0x4000, 0x4000));
	ok(memblock_add(0x2000, 0x4000));
	memory_is("2000-8000");
	ok(memblock_add(0x6000, 0x4000));
	memory_is("2000-a000");
	ok(memblock_add(0x1000, 0xa000));
	memory_is("1000-b000");
}

static void add_fills_every_gap_that_it_covers(void **state)
{
	(void)state;
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_add(0x6000, 0x1000));
	ok(memblock_add(0x9000, 0x1000));
	ok(memblock_add(0x1000, 0x7000));
	memory_is("1000-8000 9000-a000");
}

static void add_stops_inside_the_last_region_it_meets(void **state)
{
	(void)state;
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_add(0x6000, 0x2000));
	ok(memblock_add(0x2800, 0x4000));
	memory_is("2000-8000");
}

static void add_with_other_flags_fills_gaps_without_merging(void **state)
{
	(void)state;
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_add(0x8000, 0x1000));
	ok(memblock_add_node(0x1000, 0x6000, MAX_NUMNODES, MEMBLOCK_DRIVER_MANAGED));
	memory_is("1000-2000!8 2000-3000 3000-4000!8 4000-5000 5000-7000!8 8000-9000");
	ok(memblock_add_node(0x7000, 0x800, MAX_NUMNODES, MEMBLOCK_DRIVER_MANAGED));
	memory_is("1000-2000!8 2000-3000 3000-4000!8 4000-5000 5000-7800!8 8000-9000");
	ok(memblock_add(0x7800, 0x800));
	memory_is("1000-2000!8 2000-3000 3000-4000!8 4000-5000 5000-7800!8 7800-9000");
}

#if PF_NUMA
static void add_on_another_node_fills_gaps_without_merging(void **state)
{
	(void)state;
	ok(memblock_add_node(0x2000, 0x1000, 1, MEMBLOCK_NONE));
	ok(memblock_add_node(0x4000, 0x1000, 2, MEMBLOCK_NONE));
	ok(memblock_add_node(0x1000, 0x5000, 1, MEMBLOCK_NONE));
	memory_is("1000-4000@1 4000-5000@2 5000-6000@1");
	ok(memblock_add_node(0x6000, 0x1000, 2, MEMBLOCK_NONE));
	memory_is("1000-4000@1 4000-5000@2 5000-6000@1 6000-7000@2");
	ok(memblock_add_node(0x0, 0x1000, 0, MEMBLOCK_NONE));
	memory_is("0-1000@0 1000-4000@1 4000-5000@2 5000-6000@1 6000-7000@2");
}
#endif

static void add_node_refuses_nodes_that_cannot_be(void **state)
{
	(void)state;
	assert_int_equal(memblock_add_node(0x1000, 0x1000, -2, MEMBLOCK_NONE), -PF_EINVAL);
	assert_int_equal(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES + 1, MEMBLOCK_NONE),
			 -PF_EINVAL);
	memory_is("");
	ok(memblock_add_node(0x1000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NONE));
	ok(memblock_add_node(0x3000, 0x1000, MAX_NUMNODES, MEMBLOCK_NONE));
	ok(memblock_add_node(0x5000, 0x1000, MAX_NUMNODES - 1, MEMBLOCK_NONE));
	assert_int_equal(memblock.memory.cnt, 3);
}

static void add_is_cut_at_the_top_of_the_address_space(void **state)
{
	(void)state;
	ok(memblock_add(PHYS_ADDR_MAX - 0xfff, 0x2000));
	assert_int_equal(memblock.memory.cnt, 1);
	assert_true(memblock.memory.regions[0].base == PHYS_ADDR_MAX - 0xfff);
	assert_int_equal(memblock.memory.regions[0].size, 0xfff);
	ok(memblock_add(PHYS_ADDR_MAX, 0x1000)); /* the last byte is nobody's */
	assert_int_equal(memblock.memory.cnt, 1);
	ok(memblock_add(0x1000, PHYS_ADDR_MAX));
	assert_int_equal(memblock.memory.cnt, 1);
	assert_true(memblock.memory.total_size == PHYS_ADDR_MAX - 0x1000);
}

static void reserve_and_free_are_cut_at_the_top_too(void **state)
{
	(void)state;
	ok(memblock_reserve(PHYS_ADDR_MAX - 0x1fff, 0x2000));
	assert_int_equal(memblock.reserved.total_size, 0x1fff);
	ok(memblock_phys_free(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	assert_int_equal(memblock.reserved.total_size, 0x1000);
	ok(memblock_phys_free(PHYS_ADDR_MAX - 0x1fff, 0x1000));
	reserved_is("");
}

static void remove_in_the_middle_splits(void **state)
{
	(void)state;
	ok(memblock_add_node(0x1000, 0x9000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_remove(0x3000, 0x2000));
	assert_int_equal(memblock.memory.cnt, 2);
	assert_int_equal(memblock.memory.total_size, 0x7000);
	for (int i = 0; i < 2; i++) { /* both halves keep what the region was */
		assert_int_equal(memblock.memory.regions[i].flags, MEMBLOCK_HOTPLUG);
		assert_int_equal(memblock_get_region_node(&memblock.memory.regions[i]), 0);
	}
	assert_int_equal(memblock.memory.regions[0].size, 0x2000);
	assert_int_equal(memblock.memory.regions[1].base, 0x5000);
}

static void remove_cuts_either_end(void **state)
{
	(void)state;
	ok(memblock_add(0x2000, 0x6000));
	ok(memblock_remove(0x1000, 0x2000));
	memory_is("3000-8000");
	ok(memblock_remove(0x7000, 0x2000));
	memory_is("3000-7000");
	ok(memblock_remove(0x3000, 0x1000));
	memory_is("4000-7000");
	ok(memblock_remove(0x6000, 0x1000));
	memory_is("4000-6000");
}

static void remove_spans_many_regions(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < 7; i++)
		ok(memblock_add(i * 0x2000, 0x1000));
	ok(memblock_remove(0x4800, 0x6000));
	memory_is("2000-3000 4000-4800 a800-b000 c000-d000");
	ok(memblock_remove(0x3000, 0x9000));
	memory_is("2000-3000 c000-d000");
	ok(memblock_remove(0, PHYS_ADDR_MAX));
	memory_is("");
}

static void remove_of_nothing_changes_nothing(void **state)
{
	(void)state;
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_remove(0x3000, 0x1000));
	ok(memblock_remove(0x0, 0x2000));
	ok(memblock_remove(0x5000, 0x1000));
	memory_is("2000-3000 4000-5000");
}

static void remove_leaves_reservations_alone(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_remove(0x1000, 0x4000));
	memory_is("");
	reserved_is("2000-3000");
}

static void an_emptied_array_shows_nothing_of_what_it_held(void **state)
{
	(void)state;
	ok(memblock_add_node(0x1000, 0x1000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_remove(0x1000, 0x1000));
	assert_int_equal(memblock.memory.regions[0].base, 0);
	assert_int_equal(memblock.memory.regions[0].size, 0);
	assert_int_equal(memblock.memory.regions[0].flags, 0);
#if PF_NUMA
	assert_int_equal(memblock.memory.regions[0].nid, MAX_NUMNODES);
#endif
	ok(memblock_add(0x5000, 0x1000));
	memory_is("5000-6000");
}

static void reserve_need_not_lie_in_memory(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x800, 0x1000));
	ok(memblock_reserve(0x100000, 0x1000));
	ok(memblock_reserve(0x1000, 0x1000)); /* overlaps another reservation */
	reserved_is("800-2000 100000-101000");
}

static void free_gives_back_any_part(void **state)
{
	(void)state;
	ok(memblock_reserve(0x1000, 0x8000));
	ok(memblock_phys_free(0x3000, 0x1000));
	reserved_is("1000-3000 4000-9000");
	ok(memblock_phys_free(0x2000, 0x3000));
	reserved_is("1000-2000 5000-9000");
	ok(memblock_phys_free(0x0, 0x100000));
	reserved_is("");
}

static void free_takes_the_address_that_alloc_gave(void **state)
{
	void *p, *q;

	(void)state;
	ok(memblock_add(0x100000, 0x100000));
	p = memblock_alloc(0x1000, 0x1000);
	q = memblock_alloc(0x1000, 0x1000);
	reserved_is("1fe000-200000");
	memblock_free(p, 0x1000);
	reserved_is("1fe000-1ff000");
	memblock_free(NULL, 0x1000);
	reserved_is("1fe000-1ff000");
	memblock_free(q, 0x1000);
	reserved_is("");
}

static void reservations_far_apart_and_back_stay_sorted(void **state)
{
	(void)state; /* a remembered position must not decide where a region goes */
	ok(memblock_reserve(0x900000, 0x1000));
	ok(memblock_reserve(0x100000, 0x1000));
	ok(memblock_reserve(0x500000, 0x1000));
	ok(memblock_reserve(0x700000, 0x1000));
	ok(memblock_phys_free(0x500000, 0x500000));
	ok(memblock_reserve(0x300000, 0x1000));
	ok(memblock_reserve(0x200000, 0x1000));
	reserved_is("100000-101000 200000-201000 300000-301000");
	assert_true(memblock_is_reserved(0x300fff));
	assert_false(memblock_is_reserved(0x301000));
	assert_true(memblock_is_reserved(0x100000));
}

/* FULL regions of 4K, 8K apart, the first at 1M. */
static void fill(int (*add)(phys_addr_t, phys_addr_t), unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ok(add(0x100000 + i * 0x2000, 0x1000));
}

static struct memblock_type saved_type;
static struct memblock_region saved[FULL];

static void save(const struct memblock_type *type)
{
	saved_type = *type;
	memcpy(saved, type->regions, sizeof(saved));
}

static void expect_unchanged(const struct memblock_type *type)
{
	assert_memory_equal(type, &saved_type, sizeof(saved_type));
	assert_memory_equal(type->regions, saved, type->cnt * sizeof(saved[0]));
}

static void a_full_memory_array_refuses_and_stays(void **state)
{
	(void)state;
	fill(memblock_add, FULL);
	save(&memblock.memory);
	no_memory(memblock_add(0x1000, 0x1000));
	no_memory(memblock_add(0x900000, 0x1000));
	no_memory(memblock_add_node(0x101800, 0x400, 0, MEMBLOCK_NONE));
	no_memory(memblock_remove(0x100800, 0x400));
	no_memory(memblock_mark_nomap(0x100800, 0x400));
	no_memory(memblock_clear_hotplug(0x100800, 0x400));
#if PF_NUMA
	no_memory(memblock_set_node(0x100800, 0x400, &memblock.memory, 0));
#endif
	expect_unchanged(&memblock.memory);
	ok(memblock_add(0x100000, 0x1000)); /* nothing new needs no room */
	ok(memblock_add(0x100400, 0));
	ok(memblock_remove(0x100400, 0));
	expect_unchanged(&memblock.memory);
}

static void a_full_reserved_array_refuses_and_stays(void **state)
{
	(void)state;
	fill(memblock_reserve, FULL);
	save(&memblock.reserved);
	no_memory(memblock_reserve(0x1000, 0x1000));
	no_memory(memblock_phys_free(0x100800, 0x400));
	no_memory(memblock_reserved_mark_noinit(0x100800, 0x400));
	expect_unchanged(&memblock.reserved);
	ok(memblock_reserve(0x100800, 0x400));
	expect_unchanged(&memblock.reserved);
}

static void pieces_are_counted_before_they_merge(void **state)
{
	(void)state; /* as Linux does: a range that would only lengthen a neighbour needs room too
		      */
	fill(memblock_add, FULL);
	save(&memblock.memory);
	no_memory(memblock_add(0x101000, 0x1000));
	no_memory(memblock_add(0x100800, 0x1000));
	expect_unchanged(&memblock.memory);
}

static void removing_needs_room_for_two_pieces(void **state)
{
	(void)state;
	fill(memblock_add, FULL - 1);
	save(&memblock.memory);
	no_memory(memblock_remove(0x100000, 0x1000));
	expect_unchanged(&memblock.memory);
	host_reset();
	fill(memblock_add, FULL - 2);
	ok(memblock_remove(0x100800, 0x400));
	assert_int_equal(memblock.memory.cnt, FULL - 1);
}

static void the_last_free_place_is_used(void **state)
{
	(void)state;
	fill(memblock_add, FULL - 1);
	ok(memblock_add(0x80000, 0x1000));
	assert_int_equal(memblock.memory.cnt, FULL);
	assert_int_equal(memblock.memory.regions[0].base, 0x80000);
	assert_int_equal(memblock.memory.regions[FULL - 1].base, 0x100000 + (FULL - 2) * 0x2000);
}

static void a_range_with_more_gaps_than_room_is_refused(void **state)
{
	(void)state;
	fill(memblock_add, 100);
	save(&memblock.memory);
	no_memory(memblock_add(0x80000, 0x1000000));
	expect_unchanged(&memblock.memory);
	ok(memblock_add(0x100000, 27 * 0x2000)); /* 27 gaps fit */
	assert_int_equal(memblock.memory.cnt, 100 - 27);
}

static void overlapping_regions_make_it_panic(void **state)
{
	jmp_buf jump;

	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	memblock.memory.regions[0].size = 0x3000;
	host_panic_jump = &jump;
	if (!setjmp(jump)) {
		memblock_mark_nomap(0x3800, 0x800);
		fail();
	}
	assert_string_equal(host_panic_message, "memblock: regions overlap or are not sorted");
}

#if PF_PHYSMEM
static void physmem_is_a_third_type(void **state)
{
	(void)state;
	ok(memblock_physmem_add(0x1000, 0x1000));
	ok(memblock_physmem_add(0x3000, 0x1000));
	ok(memblock_physmem_add(0x2000, 0x1000));
	is(&physmem, "1000-4000");
	memory_is("");
	ok(memblock_physmem_add(0x5000, 0x1000));
	ok(memblock_physmem_add(0x7000, 0x1000));
	ok(memblock_physmem_add(0x9000, 0x1000));
	no_memory(memblock_physmem_add(0xb000, 0x1000));
	is(&physmem, "1000-4000 5000-6000 7000-8000 9000-a000");
	memblock_reset();
	is(&physmem, "");
	assert_int_equal(physmem.max, INIT_PHYSMEM_REGIONS);
	assert_string_equal(physmem.name, "physmem");
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(initial_state_is_what_the_header_says),
		test(reset_forgets_everything),
		test(add_makes_one_region_without_node_or_flags),
		test(add_accepts_bytes_that_are_no_pages),
		test(size_zero_changes_nothing_anywhere),
		test(empty_arrays_have_nothing_to_remove),
		test(add_keeps_regions_sorted_whatever_the_order),
		test(add_joins_the_neighbour_below),
		test(add_joins_the_neighbour_above),
		test(reserve_joins_both_neighbours),
		test(add_of_known_memory_changes_nothing),
		test(add_takes_only_what_is_new_at_either_end),
		test(add_fills_every_gap_that_it_covers),
		test(add_stops_inside_the_last_region_it_meets),
		test(add_with_other_flags_fills_gaps_without_merging),
#if PF_NUMA
		test(add_on_another_node_fills_gaps_without_merging),
#endif
		test(add_node_refuses_nodes_that_cannot_be),
		test(add_is_cut_at_the_top_of_the_address_space),
		test(reserve_and_free_are_cut_at_the_top_too),
		test(remove_in_the_middle_splits),
		test(remove_cuts_either_end),
		test(remove_spans_many_regions),
		test(remove_of_nothing_changes_nothing),
		test(remove_leaves_reservations_alone),
		test(an_emptied_array_shows_nothing_of_what_it_held),
		test(reserve_need_not_lie_in_memory),
		test(free_gives_back_any_part),
		test(free_takes_the_address_that_alloc_gave),
		test(reservations_far_apart_and_back_stay_sorted),
		test(a_full_memory_array_refuses_and_stays),
		test(a_full_reserved_array_refuses_and_stays),
		test(pieces_are_counted_before_they_merge),
		test(removing_needs_room_for_two_pieces),
		test(the_last_free_place_is_used),
		test(a_range_with_more_gaps_than_room_is_refused),
		test(overlapping_regions_make_it_panic),
#if PF_PHYSMEM
		test(physmem_is_a_third_type),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
