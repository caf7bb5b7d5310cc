/* SPDX-License-Identifier: MIT */
/* Making the machine smaller: limits, caps and trimming. */
#include "memblock_check.h"

static void enforce_limit_counts_memory_and_not_holes(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x10000, 0x4000));
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_reserve(0x11800, 0x2000));
	ok(memblock_reserve(0x100000, 0x1000));
	memblock_enforce_memory_limit(0x4000);
	memory_is("1000-3000 10000-12000");
	reserved_is("2000-3000 11800-12000");
}

static void enforce_limit_of_all_memory_truncates_reservations_above(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x5000, 0x1000));
	memblock_enforce_memory_limit(0x2001);
	reserved_is("5000-6000");
	memblock_enforce_memory_limit(0x2000);
	memory_is("1000-3000");
	reserved_is("");
}

static void enforce_limit_zero_or_beyond_changes_nothing(void **state)
{
	(void)state;
	memblock_enforce_memory_limit(0x1000); /* of no memory */
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x2000, 0x100000));
	memblock_enforce_memory_limit(0);
	memblock_enforce_memory_limit(0x2001);
	memblock_enforce_memory_limit(PHYS_ADDR_MAX);
	memory_is("1000-3000");
	reserved_is("2000-102000");
}

static void enforce_limit_takes_nomap_as_any_memory(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_mark_nomap(0x3000, 0x2000));
	memblock_enforce_memory_limit(0x1000);
	memory_is("1000-2000");
}

static void cap_keeps_what_lies_inside(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_add(0x8000, 0x1000));
	ok(memblock_add(0xa000, 0x6000));
	ok(memblock_reserve(0x1000, 0x2000));
	ok(memblock_reserve(0x8000, 0x100000));
	memblock_cap_memory_range(0x2000, 0x9000);
	memory_is("2000-5000 8000-9000 a000-b000");
	reserved_is("2000-3000 8000-b000");
}

static void cap_keeps_nomap_outside_on_both_sides(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0xf000));
	ok(memblock_mark_nomap(0x2000, 0x1000));
	ok(memblock_mark_nomap(0xe000, 0x1000));
	memblock_cap_memory_range(0x6000, 0x1000);
	memory_is("2000-3000!4 6000-7000 e000-f000!4");
}

static void cap_leaves_nomap_across_the_borders_whole(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_mark_nomap(0x1000, 0x4000));
	memblock_cap_memory_range(0x2000, 0x1000);
	memory_is("1000-5000!4"); /* Linux leaves it in three alike regions */
}

static void cap_to_a_hole_forgets_everything_mapped(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x8000, 0x1000));
	ok(memblock_reserve(0x1000, 0x8000));
	memblock_cap_memory_range(0x4000, 0x1000);
	memory_is("");
	reserved_is("4000-5000");
}

static void cap_of_size_zero_changes_nothing(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x5000, 0x1000));
	memblock_cap_memory_range(0x1000, 0);
	memory_is("1000-2000");
	reserved_is("5000-6000");
}

static void cap_without_memory_warns(void **state)
{
	(void)state;
	ok(memblock_reserve(0x5000, 0x1000));
	memblock_cap_memory_range(0x1000, 0x1000);
	reserved_is("5000-6000");
	assert_string_equal(host_output(), "memblock_cap_memory_range: No memory registered yet\n");
}

static void cap_is_cut_at_the_top_of_the_address_space(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_reserve(0x1000, 0x4000));
	memblock_cap_memory_range(0x3000, PHYS_ADDR_MAX);
	memory_is("3000-5000");
	reserved_is("3000-5000");
}

static void cap_with_a_full_array_changes_nothing(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < INIT_MEMBLOCK_MEMORY_REGIONS - 1; i++)
		ok(memblock_add(0x100000 + i * 0x2000, 0x1000));
	ok(memblock_reserve(0x1000, 0x1000));
	memblock_cap_memory_range(0x100800, 0x1000);
	assert_int_equal(memblock.memory.cnt, INIT_MEMBLOCK_MEMORY_REGIONS - 1);
	reserved_is("1000-2000");
}

static void remove_map_keeps_nomap_above_the_limit(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x8000, 0x8000));
	ok(memblock_mark_nomap(0xc000, 0x1000));
	ok(memblock_reserve(0x9000, 0x100000));
	memblock_mem_limit_remove_map(0x4000);
	memory_is("1000-3000 8000-a000 c000-d000!4");
	reserved_is("9000-a000");
}

static void remove_map_zero_or_beyond_changes_nothing(void **state)
{
	(void)state;
	memblock_mem_limit_remove_map(0x1000);
	assert_string_equal(host_output(), "");
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x9000, 0x1000));
	memblock_mem_limit_remove_map(0);
	memblock_mem_limit_remove_map(0x2001);
	memory_is("1000-3000");
	reserved_is("9000-a000");
	memblock_mem_limit_remove_map(0x2000);
	reserved_is("");
}

static void trim_rounds_every_region_inwards(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x4800, 0x1c00));
	ok(memblock_add(0x7000, 0x1200));
	ok(memblock_add(0x9e00, 0x1200));
	memblock_trim_memory(0x1000);
	assert_string_equal(text(&memblock.memory), "1000-3000 5000-6000 7000-8000 a000-b000");
}

static void trim_drops_regions_without_a_whole_multiple(void **state)
{
	(void)state;
	ok(memblock_add(0x1200, 0x200));
	ok(memblock_add(0x1800, 0x1000)); /* crosses a border, holds no whole page */
	ok(memblock_add(0x3000, 0x1000));
	ok(memblock_add(0x5001, 0x1ffe));
	ok(memblock_add(0x8001, 0xffe));
	memblock_trim_memory(0x1000);
	memory_is("3000-4000");
}

static void trim_of_everything_leaves_an_empty_array(void **state)
{
	(void)state;
	memblock_trim_memory(0x1000);
	memory_is("");
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	memblock_trim_memory(0x100000);
	memory_is("");
	assert_int_equal(memblock.memory.regions[0].base, 0);
	assert_int_equal(memblock.memory.regions[0].size, 0);
}

static void trim_keeps_the_bytes_it_cuts_in_total_size(void **state)
{
	(void)state;
	ok(memblock_add(0x1800, 0x1c00));
	ok(memblock_add(0x8800, 0x400)); /* whole regions that vanish are counted off */
	memblock_trim_memory(0x1000);
	assert_string_equal(text(&memblock.memory), "2000-3000");
	assert_int_equal(memblock_phys_mem_size(), 0x1c00);
}

static void trim_to_single_bytes_changes_nothing(void **state)
{
	(void)state;
	ok(memblock_add(0x1001, 0x3));
	memblock_trim_memory(1);
	memory_is("1001-1004");
}

static void trim_does_not_wrap_at_the_top(void **state)
{
	(void)state;
	ok(memblock_add(PHYS_ADDR_MAX - 0x10, 0x8));
	ok(memblock_add(0x1000, 0x1000));
	memblock_trim_memory(0x1000);
	memory_is("1000-2000");
}

static void trim_refuses_what_is_no_power_of_two(void **state)
{
	(void)state;
	ok(memblock_add(0x1001, 0x3000));
	memblock_trim_memory(0);
	memblock_trim_memory(0x3000);
	memory_is("1001-4001");
	assert_string_equal(host_output(),
			    "memblock_trim_memory: alignment 0x0 is not a power of two: "
			    "nothing done\n"
			    "memblock_trim_memory: alignment 0x3000 is not a power of two: "
			    "nothing done\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(enforce_limit_counts_memory_and_not_holes),
		test(enforce_limit_of_all_memory_truncates_reservations_above),
		test(enforce_limit_zero_or_beyond_changes_nothing),
		test(enforce_limit_takes_nomap_as_any_memory),
		test(cap_keeps_what_lies_inside),
		test(cap_keeps_nomap_outside_on_both_sides),
		test(cap_leaves_nomap_across_the_borders_whole),
		test(cap_to_a_hole_forgets_everything_mapped),
		test(cap_of_size_zero_changes_nothing),
		test(cap_without_memory_warns),
		test(cap_is_cut_at_the_top_of_the_address_space),
		test(cap_with_a_full_array_changes_nothing),
		test(remove_map_keeps_nomap_above_the_limit),
		test(remove_map_zero_or_beyond_changes_nothing),
		test(trim_rounds_every_region_inwards),
		test(trim_drops_regions_without_a_whole_multiple),
		test(trim_of_everything_leaves_an_empty_array),
		test(trim_keeps_the_bytes_it_cuts_in_total_size),
		test(trim_to_single_bytes_changes_nothing),
		test(trim_does_not_wrap_at_the_top),
		test(trim_refuses_what_is_no_power_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
