/* SPDX-License-Identifier: MIT */
/* Questions about addresses, ranges and sizes. */
#include "memblock_check.h"

static void is_memory_ends_before_the_end(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	assert_false(memblock_is_memory(0xfff));
	assert_true(memblock_is_memory(0x1000));
	assert_true(memblock_is_memory(0x1fff));
	assert_false(memblock_is_memory(0x2000));
	assert_false(memblock_is_memory(0x2fff));
	assert_true(memblock_is_memory(0x3000));
	assert_false(memblock_is_memory(0x4000));
	assert_false(memblock_is_memory(PHYS_ADDR_MAX));
}

static void is_reserved_ends_before_the_end(void **state)
{
	(void)state;
	ok(memblock_reserve(0x1000, 0x1000));
	ok(memblock_reserve(0x3000, 0x1000));
	assert_false(memblock_is_reserved(0xfff));
	assert_true(memblock_is_reserved(0x3fff));
	assert_true(memblock_is_reserved(0x1000));
	assert_false(memblock_is_reserved(0x2000));
	assert_false(memblock_is_reserved(0x4000));
	assert_true(memblock_is_reserved(0x1fff));
}

static void the_last_byte_belongs_to_nobody(void **state)
{
	(void)state;
	ok(memblock_add(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	assert_true(memblock_is_memory(PHYS_ADDR_MAX - 1));
	assert_false(memblock_is_memory(PHYS_ADDR_MAX));
}

static void empty_arrays_hold_no_address(void **state)
{
	unsigned long start = 1, end = 2;

	(void)state;
	assert_false(memblock_is_memory(0));
	assert_false(memblock_is_map_memory(0));
	assert_false(memblock_is_reserved(0));
	assert_false(memblock_is_region_memory(0, 0));
	assert_false(memblock_is_region_reserved(0, PHYS_ADDR_MAX));
	assert_false(memblock_overlaps_region(&memblock.memory, 0, PHYS_ADDR_MAX));
	assert_int_equal(memblock_search_pfn_nid(0, &start, &end), NUMA_NO_NODE);
	assert_int_equal(memblock_phys_mem_size(), 0);
	assert_int_equal(memblock_reserved_size(), 0);
	assert_int_equal(memblock_start_of_DRAM(), 0);
	assert_int_equal(memblock_end_of_DRAM(), 0);
	assert_int_equal(memblock_estimated_nr_free_pages(), 0);
}

static void map_memory_is_memory_without_nomap(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_mark_nomap(0x2000, 0x1000));
	assert_true(memblock_is_map_memory(0x1000));
	assert_false(memblock_is_map_memory(0x2000));
	assert_true(memblock_is_memory(0x2000));
	assert_true(memblock_is_map_memory(0x3000));
	assert_false(memblock_is_map_memory(0x4000));
}

static void region_memory_wants_one_region_for_all_of_it(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add_node(0x3000, 0x1000, MAX_NUMNODES, MEMBLOCK_HOTPLUG));
	assert_true(memblock_is_region_memory(0x1000, 0x2000));
	assert_true(memblock_is_region_memory(0x1800, 0x1800));
	assert_false(memblock_is_region_memory(0x1800, 0x1801));
	assert_false(memblock_is_region_memory(0x800, 0x1000));
	assert_false(memblock_is_region_memory(0x4000, 0x1000));
	assert_true(memblock_is_region_memory(0x2fff, 0));
	assert_false(memblock_is_region_memory(0x3000, PHYS_ADDR_MAX));
}

static void region_memory_is_cut_at_the_top(void **state)
{
	(void)state;
	ok(memblock_add(PHYS_ADDR_MAX - 0xfff, 0xfff));
	assert_true(memblock_is_region_memory(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	assert_true(memblock_is_region_memory(PHYS_ADDR_MAX - 0x7ff, 0x800));
}

static void region_reserved_wants_one_byte_of_it(void **state)
{
	(void)state;
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_reserve(0x5000, 0x1000));
	assert_false(memblock_is_region_reserved(0x0, 0x2000));
	assert_true(memblock_is_region_reserved(0x0, 0x2001));
	assert_true(memblock_is_region_reserved(0x2fff, 0x1));
	assert_false(memblock_is_region_reserved(0x3000, 0x2000));
	assert_true(memblock_is_region_reserved(0x3000, 0x2001));
	assert_false(memblock_is_region_reserved(0x6000, PHYS_ADDR_MAX));
	assert_true(memblock_is_region_reserved(0x0, PHYS_ADDR_MAX));
}

static void overlaps_region_asks_the_type_it_is_given(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x3000, 0x1000));
	assert_true(memblock_overlaps_region(&memblock.memory, 0x1800, 0x10));
	assert_false(memblock_overlaps_region(&memblock.reserved, 0x1800, 0x10));
	assert_true(memblock_overlaps_region(&memblock.reserved, 0x3800, PHYS_ADDR_MAX));
	assert_false(memblock_overlaps_region(&memblock.memory, 0x2000, PHYS_ADDR_MAX));
	assert_true(memblock_overlaps_region(&memblock.memory, 0x1800, 0)); /* as Linux has it */
	assert_false(memblock_overlaps_region(&memblock.memory, 0x1000, 0));
}

static void addrs_overlap_wants_a_common_byte(void **state)
{
	(void)state;
	assert_false(memblock_addrs_overlap(0x1000, 0x1000, 0x2000, 0x1000));
	assert_false(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, 0x1000));
	assert_true(memblock_addrs_overlap(0x1000, 0x1001, 0x2000, 0x1000));
	assert_true(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, 0x1001));
	assert_true(memblock_addrs_overlap(0x1000, 0x4000, 0x2000, 0x1000));
	assert_true(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, 0x4000));
	assert_false(memblock_addrs_overlap(0x1000, 0, 0x1000, 0x1000));
}

static void addrs_overlap_does_not_wrap(void **state)
{
	(void)state;
	assert_true(memblock_addrs_overlap(0x1000, PHYS_ADDR_MAX, 0x2000, 0x1000));
	assert_true(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, PHYS_ADDR_MAX));
	assert_false(memblock_addrs_overlap(0x3000, PHYS_ADDR_MAX, 0x2000, 0x1000));
}

static void search_pfn_nid_gives_the_region_around(void **state)
{
	unsigned long start = 7, end = 8;

	(void)state;
	ok(memblock_add_node(0x1000, 0x2000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x4000, 0x4000, MAX_NUMNODES - 1, MEMBLOCK_HOTPLUG));
	assert_int_equal(memblock_search_pfn_nid(0, &start, &end), NUMA_NO_NODE);
	assert_int_equal(memblock_search_pfn_nid(3, &start, &end), NUMA_NO_NODE);
	assert_int_equal(memblock_search_pfn_nid(8, &start, &end), NUMA_NO_NODE);
	assert_int_equal(start, 7);
	assert_int_equal(end, 8);
	assert_int_equal(memblock_search_pfn_nid(2, &start, &end), 0);
	assert_int_equal(start, 1);
	assert_int_equal(end, 3);
	assert_int_equal(memblock_search_pfn_nid(7, &start, &end), MAX_NUMNODES - 1);
	assert_int_equal(start, 4);
	assert_int_equal(end, 8);
}

static void search_pfn_nid_knows_pages_beyond_the_address_space(void **state)
{
	unsigned long start = 7, end = 8;
	unsigned long beyond = PF_PFN_DOWN(PHYS_ADDR_MAX) + 1;

	(void)state; /* whose address would wrap to 0x1000 */
	ok(memblock_add(0x1000, 0x1000));
	assert_int_equal(memblock_search_pfn_nid(beyond + 1, &start, &end), NUMA_NO_NODE);
	assert_int_equal(memblock_search_pfn_nid(beyond - 1, &start, &end), NUMA_NO_NODE);
	assert_int_equal(start, 7);
}

static void sizes_count_regions_of_their_type(void **state)
{
	(void)state;
	ok(memblock_add(0x100000, 0x10000));
	ok(memblock_add(0x200000, 0x1000));
	ok(memblock_reserve(0x100000, 0x2800));
	assert_int_equal(memblock_phys_mem_size(), 0x11000);
	assert_int_equal(memblock_reserved_size(), 0x2800);
	assert_int_equal(memblock_estimated_nr_free_pages(), 0xe); /* half pages do not count */
	ok(memblock_remove(0x100800, 0x800));
	ok(memblock_phys_free(0x100000, 0x800));
	assert_int_equal(memblock_phys_mem_size(), 0x10800);
	assert_int_equal(memblock_reserved_size(), 0x2000);
}

static void free_pages_are_never_negative(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x100000, 0x1000));
	assert_int_equal(memblock_estimated_nr_free_pages(), 0);
	ok(memblock_reserve(0x200000, 0x1000));
	assert_int_equal(memblock_estimated_nr_free_pages(), 0);
}

static void dram_starts_and_ends_with_memory(void **state)
{
	(void)state;
	ok(memblock_add(0x3000, 0x1000));
	assert_int_equal(memblock_start_of_DRAM(), 0x3000);
	assert_int_equal(memblock_end_of_DRAM(), 0x4000);
	ok(memblock_add(0x9000, 0x1800));
	ok(memblock_add(0x1000, 0x10));
	ok(memblock_reserve(0x0, 0x100000));
	assert_int_equal(memblock_start_of_DRAM(), 0x1000);
	assert_int_equal(memblock_end_of_DRAM(), 0xa800);
}

static void region_pages_round_inwards_for_memory_outwards_for_reserved(void **state)
{
	const struct memblock_region r = { .base = 0x1800, .size = 0x3000 };

	(void)state;
	assert_int_equal(memblock_region_memory_base_pfn(&r), 2);
	assert_int_equal(memblock_region_memory_end_pfn(&r), 4);
	assert_int_equal(memblock_region_reserved_base_pfn(&r), 1);
	assert_int_equal(memblock_region_reserved_end_pfn(&r), 5);
}

static void limits_are_what_was_set(void **state)
{
	(void)state;
	assert_int_equal(memblock_get_low_limit(), PF_LOW_ADDRESS_LIMIT);
	memblock_set_low_limit(0x1234);
	memblock_set_current_limit(0x5678);
	assert_int_equal(memblock_get_low_limit(), 0x1234);
	assert_int_equal(memblock_get_current_limit(), 0x5678);
	assert_int_equal(memblock.current_limit, 0x5678);
	assert_false(memblock_bottom_up());
	memblock_set_bottom_up(true);
	assert_true(memblock_bottom_up());
	assert_true(memblock.bottom_up);
}

#if PF_NUMA
static void coverage_counts_whole_pages_without_node(void **state)
{
	(void)state;
	ok(memblock_add_node(0x100000, 0x100000, 0, MEMBLOCK_NONE));
	ok(memblock_add(0x400000, 0x2800));
	ok(memblock_add_node(0x500000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NONE));
	assert_true(memblock_validate_numa_coverage(0x3000));
	assert_string_equal(host_output(), "");
	assert_false(memblock_validate_numa_coverage(0x2fff));
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(is_memory_ends_before_the_end),
		test(is_reserved_ends_before_the_end),
		test(the_last_byte_belongs_to_nobody),
		test(empty_arrays_hold_no_address),
		test(map_memory_is_memory_without_nomap),
		test(region_memory_wants_one_region_for_all_of_it),
		test(region_memory_is_cut_at_the_top),
		test(region_reserved_wants_one_byte_of_it),
		test(overlaps_region_asks_the_type_it_is_given),
		test(addrs_overlap_wants_a_common_byte),
		test(addrs_overlap_does_not_wrap),
		test(search_pfn_nid_gives_the_region_around),
		test(search_pfn_nid_knows_pages_beyond_the_address_space),
		test(sizes_count_regions_of_their_type),
		test(free_pages_are_never_negative),
		test(dram_starts_and_ends_with_memory),
		test(region_pages_round_inwards_for_memory_outwards_for_reserved),
		test(limits_are_what_was_set),
#if PF_NUMA
		test(coverage_counts_whole_pages_without_node),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
