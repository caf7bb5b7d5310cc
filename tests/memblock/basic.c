/* SPDX-License-Identifier: MIT */
/* The region arrays: adding, removing, reserving, freeing; merging and splitting; full arrays. */
#include "common.h"

#define FULL INIT_MEMBLOCK_MEMORY_REGIONS /* regions in an array that was not doubled */

static void initial_state_is_what_the_header_says(void)
{
	EXPECT_EQ(memblock.memory.cnt, 0);
	EXPECT_EQ(memblock.memory.max, INIT_MEMBLOCK_MEMORY_REGIONS);
	EXPECT_EQ(memblock.memory.total_size, 0);
	EXPECT_STR(memblock.memory.name, "memory");
	EXPECT_EQ(memblock.reserved.cnt, 0);
	EXPECT_EQ(memblock.reserved.max, INIT_MEMBLOCK_RESERVED_REGIONS);
	EXPECT_EQ(memblock.reserved.total_size, 0);
	EXPECT_STR(memblock.reserved.name, "reserved");
	EXPECT_FALSE(memblock_bottom_up());
	EXPECT(memblock_get_current_limit() == MEMBLOCK_ALLOC_ANYWHERE);
	EXPECT_FALSE(memblock_has_mirror());
}

static void reset_forgets_everything(void)
{
	mirrored_kernelcore = true;
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_mark_mirror(0x1000, 0x1000));
	memblock_set_bottom_up(true);
	memblock_set_current_limit(0x2000);
	fresh();
	initial_state_is_what_the_header_says();
	EXPECT_EQ(memblock.memory.regions[0].size, 0);
	EXPECT_EQ(memblock.memory.regions[1].size, 0);
	EXPECT_EQ(memblock.reserved.regions[0].size, 0);
}

static void reset_turns_every_switch_off(void)
{
	movable_node_enabled = true;
	mirrored_kernelcore = true;
	memblock_debug = true;
	memblock_reset();
	EXPECT_FALSE(movable_node_enabled);
	EXPECT_FALSE(mirrored_kernelcore);
	EXPECT_FALSE(memblock_debug);
}

/* Code for older kernels empties an array like this. */
static void one_region_of_nothing_is_an_empty_array(void)
{
	ok(memblock_add(0x1000, 0x1000));
	memblock.memory.cnt = 1;
	memblock.memory.regions[0].size = 0;
	memblock.memory.total_size = 0x1000; /* forgotten */
	ok(memblock_add(0x5000, 0x1000));
	memory_is("5000-6000");
}

static void add_makes_one_region_without_node_or_flags(void)
{
	ok(memblock_add(0x1000, 0x2000));
	memory_is("1000-3000");
	reserved_is("");
	EXPECT_EQ(memblock.memory.regions[0].flags, MEMBLOCK_NONE);
#if PF_NUMA
	EXPECT_EQ(memblock.memory.regions[0].nid, MAX_NUMNODES);
#endif
}

static void add_accepts_bytes_that_are_no_pages(void)
{
	ok(memblock_add(0x1001, 0x3));
	ok(memblock_add(0x1005, 0x1));
	memory_is("1001-1004 1005-1006");
	ok(memblock_add(0x1004, 0x1));
	memory_is("1001-1006");
}

static void size_zero_changes_nothing_anywhere(void)
{
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

static void empty_arrays_have_nothing_to_remove(void)
{
	ok(memblock_remove(0, PHYS_ADDR_MAX));
	ok(memblock_phys_free(0x1000, 0x1000));
	ok(memblock_mark_hotplug(0x1000, 0x1000));
	ok(memblock_clear_nomap(0x1000, 0x1000));
	ok(memblock_reserved_mark_noinit(0x1000, 0x1000));
	memory_is("");
	reserved_is("");
}

static void add_keeps_regions_sorted_whatever_the_order(void)
{
	for (unsigned int i = 0; i < 100; i++)
		ok(memblock_add(0x10000 + (i * 37u) % 100 * 0x2000, 0x1000));
	EXPECT_EQ(memblock.memory.cnt, 100);
	for (unsigned int i = 0; i < 100; i++)
		EXPECT_EQ(memblock.memory.regions[i].base, 0x10000 + i * 0x2000);
	EXPECT_EQ(memblock.memory.total_size, 100 * 0x1000);
}

static void add_joins_the_neighbour_below(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x9000, 0x1000));
	ok(memblock_add(0x2000, 0x1000));
	memory_is("1000-3000 9000-a000");
}

static void add_joins_the_neighbour_above(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x9000, 0x1000));
	ok(memblock_add(0x8000, 0x1000));
	memory_is("1000-2000 8000-a000");
	ok(memblock_add(0x800, 0x800));
	memory_is("800-2000 8000-a000");
}

static void reserve_joins_both_neighbours(void)
{
	ok(memblock_reserve(0x1000, 0x1000));
	ok(memblock_reserve(0x3000, 0x1000));
	ok(memblock_reserve(0x6000, 0x1000));
	ok(memblock_reserve(0x2000, 0x1000));
	reserved_is("1000-4000 6000-7000");
	ok(memblock_reserve(0x4000, 0x2000));
	reserved_is("1000-7000");
}

static void add_of_known_memory_changes_nothing(void)
{
	ok(memblock_add_node(0x1000, 0x4000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	EXPECT_EQ(memblock.memory.cnt, 1);
	EXPECT_EQ(memblock.memory.regions[0].flags, MEMBLOCK_HOTPLUG);
	EXPECT_EQ(memblock_get_region_node(&memblock.memory.regions[0]), 0);
	EXPECT_EQ(memblock.memory.total_size, 0x4000);
}

static void add_takes_only_what_is_new_at_either_end(void)
{
	ok(memblock_add(0x4000, 0x4000));
	ok(memblock_add(0x2000, 0x4000));
	memory_is("2000-8000");
	ok(memblock_add(0x6000, 0x4000));
	memory_is("2000-a000");
	ok(memblock_add(0x1000, 0xa000));
	memory_is("1000-b000");
}

static void add_fills_every_gap_that_it_covers(void)
{
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_add(0x6000, 0x1000));
	ok(memblock_add(0x9000, 0x1000));
	ok(memblock_add(0x1000, 0x7000));
	memory_is("1000-8000 9000-a000");
}

static void add_stops_inside_the_last_region_it_meets(void)
{
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_add(0x6000, 0x2000));
	ok(memblock_add(0x2800, 0x4000));
	memory_is("2000-8000");
}

static void add_with_other_flags_fills_gaps_without_merging(void)
{
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
static void add_on_another_node_fills_gaps_without_merging(void)
{
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

static void add_node_refuses_nodes_that_cannot_be(void)
{
	EXPECT_EQ(memblock_add_node(0x1000, 0x1000, -2, MEMBLOCK_NONE), -PF_EINVAL);
	EXPECT_EQ(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES + 1, MEMBLOCK_NONE), -PF_EINVAL);
	memory_is("");
	ok(memblock_add_node(0x1000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NONE));
	ok(memblock_add_node(0x3000, 0x1000, MAX_NUMNODES, MEMBLOCK_NONE));
	ok(memblock_add_node(0x5000, 0x1000, MAX_NUMNODES - 1, MEMBLOCK_NONE));
	EXPECT_EQ(memblock.memory.cnt, 3);
}

static void remove_in_the_middle_splits(void)
{
	ok(memblock_add_node(0x1000, 0x9000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_remove(0x3000, 0x2000));
	EXPECT_EQ(memblock.memory.cnt, 2);
	EXPECT_EQ(memblock.memory.total_size, 0x7000);
	for (int i = 0; i < 2; i++) { /* both halves keep what the region was */
		EXPECT_EQ(memblock.memory.regions[i].flags, MEMBLOCK_HOTPLUG);
		EXPECT_EQ(memblock_get_region_node(&memblock.memory.regions[i]), 0);
	}
	EXPECT_EQ(memblock.memory.regions[0].size, 0x2000);
	EXPECT_EQ(memblock.memory.regions[1].base, 0x5000);
}

static void remove_cuts_either_end(void)
{
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

static void remove_spans_many_regions(void)
{
	for (unsigned int i = 1; i < 7; i++)
		ok(memblock_add(i * 0x2000, 0x1000));
	ok(memblock_remove(0x4800, 0x6000));
	memory_is("2000-3000 4000-4800 a800-b000 c000-d000");
	ok(memblock_remove(0x3000, 0x9000));
	memory_is("2000-3000 c000-d000");
	ok(memblock_remove(0, PHYS_ADDR_MAX));
	memory_is("");
}

static void remove_of_nothing_changes_nothing(void)
{
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_remove(0x3000, 0x1000));
	ok(memblock_remove(0x0, 0x2000));
	ok(memblock_remove(0x5000, 0x1000));
	memory_is("2000-3000 4000-5000");
}

static void remove_leaves_reservations_alone(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_remove(0x1000, 0x4000));
	memory_is("");
	reserved_is("2000-3000");
}

static void an_emptied_array_shows_nothing_of_what_it_held(void)
{
	ok(memblock_add_node(0x1000, 0x1000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_remove(0x1000, 0x1000));
	EXPECT_EQ(memblock.memory.regions[0].base, 0);
	EXPECT_EQ(memblock.memory.regions[0].size, 0);
	EXPECT_EQ(memblock.memory.regions[0].flags, 0);
#if PF_NUMA
	EXPECT_EQ(memblock.memory.regions[0].nid, MAX_NUMNODES);
#endif
	ok(memblock_add(0x5000, 0x1000));
	memory_is("5000-6000");
}

static void reserve_need_not_lie_in_memory(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x800, 0x1000));
	ok(memblock_reserve(0x100000, 0x1000));
	ok(memblock_reserve(0x1000, 0x1000)); /* overlaps another reservation */
	reserved_is("800-2000 100000-101000");
}

static void free_gives_back_any_part(void)
{
	ok(memblock_reserve(0x1000, 0x8000));
	ok(memblock_phys_free(0x3000, 0x1000));
	reserved_is("1000-3000 4000-9000");
	ok(memblock_phys_free(0x2000, 0x3000));
	reserved_is("1000-2000 5000-9000");
	ok(memblock_phys_free(0x0, 0x100000));
	reserved_is("");
}

static void free_takes_the_address_that_alloc_gave(void)
{
	void *p, *q;

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

static void reservations_far_apart_and_back_stay_sorted(void)
{
	/* a remembered position must not decide where a region goes */
	ok(memblock_reserve(0x900000, 0x1000));
	ok(memblock_reserve(0x100000, 0x1000));
	ok(memblock_reserve(0x500000, 0x1000));
	ok(memblock_reserve(0x700000, 0x1000));
	ok(memblock_phys_free(0x500000, 0x500000));
	ok(memblock_reserve(0x300000, 0x1000));
	ok(memblock_reserve(0x200000, 0x1000));
	reserved_is("100000-101000 200000-201000 300000-301000");
	EXPECT(memblock_is_reserved(0x300fff));
	EXPECT_FALSE(memblock_is_reserved(0x301000));
	EXPECT(memblock_is_reserved(0x100000));
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
	EXPECT_MEM(type, &saved_type, sizeof(saved_type));
	EXPECT_MEM(type->regions, saved, type->cnt * sizeof(saved[0]));
}

static void a_full_memory_array_refuses_and_stays(void)
{
	fill_from(0x100000, memblock_add, FULL);
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

static void a_full_reserved_array_refuses_and_stays(void)
{
	fill_from(0x100000, memblock_reserve, FULL);
	save(&memblock.reserved);
	no_memory(memblock_reserve(0x1000, 0x1000));
	no_memory(memblock_phys_free(0x100800, 0x400));
	no_memory(memblock_reserved_mark_noinit(0x100800, 0x400));
	expect_unchanged(&memblock.reserved);
	ok(memblock_reserve(0x100800, 0x400));
	expect_unchanged(&memblock.reserved);
}

static void pieces_are_counted_before_they_merge(void)
{
	/* as Linux does: a range that would only lengthen a neighbour needs room too
	 */
	fill_from(0x100000, memblock_add, FULL);
	save(&memblock.memory);
	no_memory(memblock_add(0x101000, 0x1000));
	no_memory(memblock_add(0x100800, 0x1000));
	expect_unchanged(&memblock.memory);
}

static void removing_needs_room_for_two_pieces(void)
{
	fill_from(0x100000, memblock_add, FULL - 1);
	save(&memblock.memory);
	no_memory(memblock_remove(0x100000, 0x1000));
	expect_unchanged(&memblock.memory);
	fresh();
	fill_from(0x100000, memblock_add, FULL - 2);
	ok(memblock_remove(0x100800, 0x400));
	EXPECT_EQ(memblock.memory.cnt, FULL - 1);
}

static void the_last_free_place_is_used(void)
{
	fill_from(0x100000, memblock_add, FULL - 1);
	ok(memblock_add(0x80000, 0x1000));
	EXPECT_EQ(memblock.memory.cnt, FULL);
	EXPECT_EQ(memblock.memory.regions[0].base, 0x80000);
	EXPECT_EQ(memblock.memory.regions[FULL - 1].base, 0x100000 + (FULL - 2) * 0x2000);
}

static void a_range_with_more_gaps_than_room_is_refused(void)
{
	fill_from(0x100000, memblock_add, 100);
	save(&memblock.memory);
	no_memory(memblock_add(0x80000, 0x1000000));
	expect_unchanged(&memblock.memory);
	ok(memblock_add(0x100000, 27 * 0x2000)); /* 27 gaps fit */
	EXPECT_EQ(memblock.memory.cnt, 100 - 27);
}

static void overlapping_regions_make_it_panic(void)
{
	jmp_buf jump;

	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	memblock.memory.regions[0].size = 0x3000;
	host_panic_jump = &jump;
	if (!setjmp(jump)) {
		memblock_mark_nomap(0x3800, 0x800);
		FAIL("it does not panic");
	}
	EXPECT_STR(host_panic_message, "memblock: regions overlap or are not sorted");
}

static const struct check_case cases[] = {
	CASE(memblock_reset, initial_state_is_what_the_header_says),
	CASE(memblock_reset, reset_forgets_everything),
	CASE(memblock_reset, reset_turns_every_switch_off),
	CASE(memblock_add, one_region_of_nothing_is_an_empty_array),
	CASE(memblock_add, add_makes_one_region_without_node_or_flags),
	CASE(memblock_add, add_accepts_bytes_that_are_no_pages),
	CASE(memblock_add, size_zero_changes_nothing_anywhere),
	CASE(memblock_remove, empty_arrays_have_nothing_to_remove),
	CASE(memblock_add, add_keeps_regions_sorted_whatever_the_order),
	CASE(memblock_add, add_joins_the_neighbour_below),
	CASE(memblock_add, add_joins_the_neighbour_above),
	CASE(memblock_reserve, reserve_joins_both_neighbours),
	CASE(memblock_add, add_of_known_memory_changes_nothing),
	CASE(memblock_add, add_takes_only_what_is_new_at_either_end),
	CASE(memblock_add, add_fills_every_gap_that_it_covers),
	CASE(memblock_add, add_stops_inside_the_last_region_it_meets),
	CASE(memblock_add, add_with_other_flags_fills_gaps_without_merging),
#if PF_NUMA
	CASE(memblock_add_node, add_on_another_node_fills_gaps_without_merging),
#endif
	CASE(memblock_add_node, add_node_refuses_nodes_that_cannot_be),
	CASE(memblock_remove, remove_in_the_middle_splits),
	CASE(memblock_remove, remove_cuts_either_end),
	CASE(memblock_remove, remove_spans_many_regions),
	CASE(memblock_remove, remove_of_nothing_changes_nothing),
	CASE(memblock_remove, remove_leaves_reservations_alone),
	CASE(memblock_remove, an_emptied_array_shows_nothing_of_what_it_held),
	CASE(memblock_reserve, reserve_need_not_lie_in_memory),
	CASE(memblock_phys_free, free_gives_back_any_part),
	CASE(memblock_free, free_takes_the_address_that_alloc_gave),
	CASE(memblock_reserve, reservations_far_apart_and_back_stay_sorted),
	CASE(memblock_add, a_full_memory_array_refuses_and_stays),
	CASE(memblock_reserve, a_full_reserved_array_refuses_and_stays),
	CASE(memblock_add, pieces_are_counted_before_they_merge),
	CASE(memblock_remove, removing_needs_room_for_two_pieces),
	CASE(memblock_add, the_last_free_place_is_used),
	CASE(memblock_add, a_range_with_more_gaps_than_room_is_refused),
	CASE(memblock_mark_nomap, overlapping_regions_make_it_panic),
};

const struct check_group basic_group = GROUP("basic", cases);
