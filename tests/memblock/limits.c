/* SPDX-License-Identifier: MIT */
/* Making the machine smaller: limits, caps and trimming. */
#include "common.h"

static void enforce_limit_counts_memory_and_not_holes(void)
{
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x10000, 0x4000));
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_reserve(0x11800, 0x2000));
	ok(memblock_reserve(0x100000, 0x1000));
	memblock_enforce_memory_limit(0x4000);
	memory_is("1000-3000 10000-12000");
	reserved_is("2000-3000 11800-12000");
}

static void enforce_limit_of_all_memory_truncates_reservations_above(void)
{
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x5000, 0x1000));
	memblock_enforce_memory_limit(0x2001);
	reserved_is("5000-6000");
	memblock_enforce_memory_limit(0x2000);
	memory_is("1000-3000");
	reserved_is("");
}

static void enforce_limit_zero_or_beyond_changes_nothing(void)
{
	memblock_enforce_memory_limit(0x1000); /* of no memory */
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x2000, 0x100000));
	memblock_enforce_memory_limit(0);
	memblock_enforce_memory_limit(0x2001);
	memblock_enforce_memory_limit(PHYS_ADDR_MAX);
	memory_is("1000-3000");
	reserved_is("2000-102000");
}

static void enforce_limit_takes_nomap_as_any_memory(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_mark_nomap(0x3000, 0x2000));
	memblock_enforce_memory_limit(0x1000);
	memory_is("1000-2000");
}

static void cap_keeps_what_lies_inside(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_add(0x8000, 0x1000));
	ok(memblock_add(0xa000, 0x6000));
	ok(memblock_reserve(0x1000, 0x2000));
	ok(memblock_reserve(0x8000, 0x100000));
	memblock_cap_memory_range(0x2000, 0x9000);
	memory_is("2000-5000 8000-9000 a000-b000");
	reserved_is("2000-3000 8000-b000");
}

static void cap_keeps_nomap_outside_on_both_sides(void)
{
	ok(memblock_add(0x1000, 0xf000));
	ok(memblock_mark_nomap(0x2000, 0x1000));
	ok(memblock_mark_nomap(0xe000, 0x1000));
	memblock_cap_memory_range(0x6000, 0x1000);
	memory_is("2000-3000!4 6000-7000 e000-f000!4");
}

static void cap_leaves_nomap_across_the_borders_whole(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_mark_nomap(0x1000, 0x4000));
	memblock_cap_memory_range(0x2000, 0x1000);
	memory_is("1000-5000!4"); /* Linux leaves it in three alike regions */
}

static void cap_to_a_hole_forgets_everything_mapped(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x8000, 0x1000));
	ok(memblock_reserve(0x1000, 0x8000));
	memblock_cap_memory_range(0x4000, 0x1000);
	memory_is("");
	reserved_is("4000-5000");
}

static void cap_of_size_zero_changes_nothing(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x5000, 0x1000));
	memblock_cap_memory_range(0x1000, 0);
	memory_is("1000-2000");
	reserved_is("5000-6000");
}

static void cap_without_memory_warns(void)
{
	ok(memblock_reserve(0x5000, 0x1000));
	memblock_cap_memory_range(0x1000, 0x1000);
	reserved_is("5000-6000");
	EXPECT_STR(host_output(), "memblock_cap_memory_range: No memory registered yet\n");
}

static void cap_with_a_full_array_changes_nothing(void)
{
	for (unsigned int i = 0; i < INIT_MEMBLOCK_MEMORY_REGIONS - 1; i++)
		ok(memblock_add(0x100000 + i * 0x2000, 0x1000));
	ok(memblock_reserve(0x1000, 0x1000));
	memblock_cap_memory_range(0x100800, 0x1000);
	EXPECT_EQ(memblock.memory.cnt, INIT_MEMBLOCK_MEMORY_REGIONS - 1);
	reserved_is("1000-2000");
}

static void remove_map_keeps_nomap_above_the_limit(void)
{
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x8000, 0x8000));
	ok(memblock_mark_nomap(0xc000, 0x1000));
	ok(memblock_reserve(0x9000, 0x100000));
	memblock_mem_limit_remove_map(0x4000);
	memory_is("1000-3000 8000-a000 c000-d000!4");
	reserved_is("9000-a000");
}

static void remove_map_zero_or_beyond_changes_nothing(void)
{
	memblock_mem_limit_remove_map(0x1000);
	EXPECT_STR(host_output(), "");
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x9000, 0x1000));
	memblock_mem_limit_remove_map(0);
	memblock_mem_limit_remove_map(0x2001);
	memory_is("1000-3000");
	reserved_is("9000-a000");
	memblock_mem_limit_remove_map(0x2000);
	reserved_is("");
}

static void trim_rounds_every_region_inwards(void)
{
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x4800, 0x1c00));
	ok(memblock_add(0x7000, 0x1200));
	ok(memblock_add(0x9e00, 0x1200));
	memblock_trim_memory(0x1000);
	EXPECT_STR(text(&memblock.memory), "1000-3000 5000-6000 7000-8000 a000-b000");
}

static void trim_drops_regions_without_a_whole_multiple(void)
{
	ok(memblock_add(0x1200, 0x200));
	ok(memblock_add(0x1800, 0x1000)); /* crosses a border, holds no whole page */
	ok(memblock_add(0x3000, 0x1000));
	ok(memblock_add(0x5001, 0x1ffe));
	ok(memblock_add(0x8001, 0xffe));
	memblock_trim_memory(0x1000);
	memory_is("3000-4000");
}

static void trim_of_everything_leaves_an_empty_array(void)
{
	memblock_trim_memory(0x1000);
	memory_is("");
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	memblock_trim_memory(0x100000);
	memory_is("");
	EXPECT_EQ(memblock.memory.regions[0].base, 0);
	EXPECT_EQ(memblock.memory.regions[0].size, 0);
}

static void trim_keeps_the_bytes_it_cuts_in_total_size(void)
{
	ok(memblock_add(0x1800, 0x1c00));
	ok(memblock_add(0x8800, 0x400)); /* whole regions that vanish are counted off */
	memblock_trim_memory(0x1000);
	EXPECT_STR(text(&memblock.memory), "2000-3000");
	EXPECT_EQ(memblock_phys_mem_size(), 0x1c00);
}

static void trim_to_single_bytes_changes_nothing(void)
{
	ok(memblock_add(0x1001, 0x3));
	memblock_trim_memory(1);
	memory_is("1001-1004");
}

static void trim_refuses_what_is_no_power_of_two(void)
{
	ok(memblock_add(0x1001, 0x3000));
	memblock_trim_memory(0);
	memblock_trim_memory(0x3000);
	memory_is("1001-4001");
	EXPECT_STR(host_output(), "memblock_trim_memory: alignment 0x0 is not a power of two: "
				  "nothing done\n"
				  "memblock_trim_memory: alignment 0x3000 is not a power of two: "
				  "nothing done\n");
}

static const struct check_case cases[] = {
	CASE(memblock_enforce_memory_limit, enforce_limit_counts_memory_and_not_holes),
	CASE(memblock_enforce_memory_limit,
	     enforce_limit_of_all_memory_truncates_reservations_above),
	CASE(memblock_enforce_memory_limit, enforce_limit_zero_or_beyond_changes_nothing),
	CASE(memblock_enforce_memory_limit, enforce_limit_takes_nomap_as_any_memory),
	CASE(memblock_cap_memory_range, cap_keeps_what_lies_inside),
	CASE(memblock_cap_memory_range, cap_keeps_nomap_outside_on_both_sides),
	CASE(memblock_cap_memory_range, cap_leaves_nomap_across_the_borders_whole),
	CASE(memblock_cap_memory_range, cap_to_a_hole_forgets_everything_mapped),
	CASE(memblock_cap_memory_range, cap_of_size_zero_changes_nothing),
	CASE(memblock_cap_memory_range, cap_without_memory_warns),
	CASE(memblock_cap_memory_range, cap_with_a_full_array_changes_nothing),
	CASE(memblock_mem_limit_remove_map, remove_map_keeps_nomap_above_the_limit),
	CASE(memblock_mem_limit_remove_map, remove_map_zero_or_beyond_changes_nothing),
	CASE(memblock_trim_memory, trim_rounds_every_region_inwards),
	CASE(memblock_trim_memory, trim_drops_regions_without_a_whole_multiple),
	CASE(memblock_trim_memory, trim_of_everything_leaves_an_empty_array),
	CASE(memblock_trim_memory, trim_keeps_the_bytes_it_cuts_in_total_size),
	CASE(memblock_trim_memory, trim_to_single_bytes_changes_nothing),
	CASE(memblock_trim_memory, trim_refuses_what_is_no_power_of_two),
};

const struct check_group limits_group = GROUP("limits", cases);
