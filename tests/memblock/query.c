/* SPDX-License-Identifier: MIT */
/* Questions about addresses, ranges and sizes. */
#include "common.h"

static void is_memory_ends_before_the_end(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	EXPECT_FALSE(memblock_is_memory(0xfff));
	EXPECT(memblock_is_memory(0x1000));
	EXPECT(memblock_is_memory(0x1fff));
	EXPECT_FALSE(memblock_is_memory(0x2000));
	EXPECT_FALSE(memblock_is_memory(0x2fff));
	EXPECT(memblock_is_memory(0x3000));
	EXPECT_FALSE(memblock_is_memory(0x4000));
	EXPECT_FALSE(memblock_is_memory(PHYS_ADDR_MAX));
}

static void is_reserved_ends_before_the_end(void)
{
	ok(memblock_reserve(0x1000, 0x1000));
	ok(memblock_reserve(0x3000, 0x1000));
	EXPECT_FALSE(memblock_is_reserved(0xfff));
	EXPECT(memblock_is_reserved(0x3fff));
	EXPECT(memblock_is_reserved(0x1000));
	EXPECT_FALSE(memblock_is_reserved(0x2000));
	EXPECT_FALSE(memblock_is_reserved(0x4000));
	EXPECT(memblock_is_reserved(0x1fff));
}

static void empty_arrays_hold_no_address(void)
{
	unsigned long start = 1, end = 2;

	EXPECT_FALSE(memblock_is_memory(0));
	EXPECT_FALSE(memblock_is_map_memory(0));
	EXPECT_FALSE(memblock_is_reserved(0));
	EXPECT_FALSE(memblock_is_region_memory(0, 0));
	EXPECT_FALSE(memblock_is_region_reserved(0, PHYS_ADDR_MAX));
	EXPECT_FALSE(memblock_overlaps_region(&memblock.memory, 0, PHYS_ADDR_MAX));
	EXPECT_EQ(memblock_search_pfn_nid(0, &start, &end), NUMA_NO_NODE);
	EXPECT_EQ(memblock_phys_mem_size(), 0);
	EXPECT_EQ(memblock_reserved_size(), 0);
	EXPECT_EQ(memblock_start_of_DRAM(), 0);
	EXPECT_EQ(memblock_end_of_DRAM(), 0);
	EXPECT_EQ(memblock_estimated_nr_free_pages(), 0);
}

static void map_memory_is_memory_without_nomap(void)
{
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_mark_nomap(0x2000, 0x1000));
	EXPECT(memblock_is_map_memory(0x1000));
	EXPECT_FALSE(memblock_is_map_memory(0x2000));
	EXPECT(memblock_is_memory(0x2000));
	EXPECT(memblock_is_map_memory(0x3000));
	EXPECT_FALSE(memblock_is_map_memory(0x4000));
}

static void region_memory_wants_one_region_for_all_of_it(void)
{
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add_node(0x3000, 0x1000, MAX_NUMNODES, MEMBLOCK_HOTPLUG));
	EXPECT(memblock_is_region_memory(0x1000, 0x2000));
	EXPECT(memblock_is_region_memory(0x1800, 0x1800));
	EXPECT_FALSE(memblock_is_region_memory(0x1800, 0x1801));
	EXPECT_FALSE(memblock_is_region_memory(0x800, 0x1000));
	EXPECT_FALSE(memblock_is_region_memory(0x4000, 0x1000));
	EXPECT(memblock_is_region_memory(0x2fff, 0));
	EXPECT_FALSE(memblock_is_region_memory(0x3000, PHYS_ADDR_MAX));
}

static void region_reserved_wants_one_byte_of_it(void)
{
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_reserve(0x5000, 0x1000));
	EXPECT_FALSE(memblock_is_region_reserved(0x0, 0x2000));
	EXPECT(memblock_is_region_reserved(0x0, 0x2001));
	EXPECT(memblock_is_region_reserved(0x2fff, 0x1));
	EXPECT_FALSE(memblock_is_region_reserved(0x3000, 0x2000));
	EXPECT(memblock_is_region_reserved(0x3000, 0x2001));
	EXPECT_FALSE(memblock_is_region_reserved(0x6000, PHYS_ADDR_MAX));
	EXPECT(memblock_is_region_reserved(0x0, PHYS_ADDR_MAX));
}

static void overlaps_region_asks_the_type_it_is_given(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x3000, 0x1000));
	EXPECT(memblock_overlaps_region(&memblock.memory, 0x1800, 0x10));
	EXPECT_FALSE(memblock_overlaps_region(&memblock.reserved, 0x1800, 0x10));
	EXPECT(memblock_overlaps_region(&memblock.reserved, 0x3800, PHYS_ADDR_MAX));
	EXPECT_FALSE(memblock_overlaps_region(&memblock.memory, 0x2000, PHYS_ADDR_MAX));
	EXPECT(memblock_overlaps_region(&memblock.memory, 0x1800, 0)); /* as Linux has it */
	EXPECT_FALSE(memblock_overlaps_region(&memblock.memory, 0x1000, 0));
}

static void addrs_overlap_wants_a_common_byte(void)
{
	EXPECT_FALSE(memblock_addrs_overlap(0x1000, 0x1000, 0x2000, 0x1000));
	EXPECT_FALSE(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, 0x1000));
	EXPECT(memblock_addrs_overlap(0x1000, 0x1001, 0x2000, 0x1000));
	EXPECT(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, 0x1001));
	EXPECT(memblock_addrs_overlap(0x1000, 0x4000, 0x2000, 0x1000));
	EXPECT(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, 0x4000));
	EXPECT_FALSE(memblock_addrs_overlap(0x1000, 0, 0x1000, 0x1000));
}

static void search_pfn_nid_gives_the_region_around(void)
{
	unsigned long start = 7, end = 8;

	ok(memblock_add_node(0x1000, 0x2000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x4000, 0x4000, MAX_NUMNODES - 1, MEMBLOCK_HOTPLUG));
	EXPECT_EQ(memblock_search_pfn_nid(0, &start, &end), NUMA_NO_NODE);
	EXPECT_EQ(memblock_search_pfn_nid(3, &start, &end), NUMA_NO_NODE);
	EXPECT_EQ(memblock_search_pfn_nid(8, &start, &end), NUMA_NO_NODE);
	EXPECT_EQ(start, 7);
	EXPECT_EQ(end, 8);
	EXPECT_EQ(memblock_search_pfn_nid(2, &start, &end), 0);
	EXPECT_EQ(start, 1);
	EXPECT_EQ(end, 3);
	EXPECT_EQ(memblock_search_pfn_nid(7, &start, &end), MAX_NUMNODES - 1);
	EXPECT_EQ(start, 4);
	EXPECT_EQ(end, 8);
}

static void sizes_count_regions_of_their_type(void)
{
	ok(memblock_add(0x100000, 0x10000));
	ok(memblock_add(0x200000, 0x1000));
	ok(memblock_reserve(0x100000, 0x2800));
	EXPECT_EQ(memblock_phys_mem_size(), 0x11000);
	EXPECT_EQ(memblock_reserved_size(), 0x2800);
	EXPECT_EQ(memblock_estimated_nr_free_pages(), 0xe); /* half pages do not count */
	ok(memblock_remove(0x100800, 0x800));
	ok(memblock_phys_free(0x100000, 0x800));
	EXPECT_EQ(memblock_phys_mem_size(), 0x10800);
	EXPECT_EQ(memblock_reserved_size(), 0x2000);
}

static void free_pages_are_never_negative(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x100000, 0x1000));
	EXPECT_EQ(memblock_estimated_nr_free_pages(), 0);
	ok(memblock_reserve(0x200000, 0x1000));
	EXPECT_EQ(memblock_estimated_nr_free_pages(), 0);
}

static void dram_starts_and_ends_with_memory(void)
{
	ok(memblock_add(0x3000, 0x1000));
	EXPECT_EQ(memblock_start_of_DRAM(), 0x3000);
	EXPECT_EQ(memblock_end_of_DRAM(), 0x4000);
	ok(memblock_add(0x9000, 0x1800));
	ok(memblock_add(0x1000, 0x10));
	ok(memblock_reserve(0x0, 0x100000));
	EXPECT_EQ(memblock_start_of_DRAM(), 0x1000);
	EXPECT_EQ(memblock_end_of_DRAM(), 0xa800);
}

static void region_pages_round_inwards_for_memory_outwards_for_reserved(void)
{
	const struct memblock_region r = { .base = 0x1800, .size = 0x3000 };

	EXPECT_EQ(memblock_region_memory_base_pfn(&r), 2);
	EXPECT_EQ(memblock_region_memory_end_pfn(&r), 4);
	EXPECT_EQ(memblock_region_reserved_base_pfn(&r), 1);
	EXPECT_EQ(memblock_region_reserved_end_pfn(&r), 5);
}

static void limits_are_what_was_set(void)
{
	EXPECT_EQ(memblock_get_low_limit(), PF_LOW_ADDRESS_LIMIT);
	memblock_set_low_limit(0x1234);
	memblock_set_current_limit(0x5678);
	EXPECT_EQ(memblock_get_low_limit(), 0x1234);
	EXPECT_EQ(memblock_get_current_limit(), 0x5678);
	EXPECT_EQ(memblock.current_limit, 0x5678);
	EXPECT_FALSE(memblock_bottom_up());
	memblock_set_bottom_up(true);
	EXPECT(memblock_bottom_up());
	EXPECT(memblock.bottom_up);
}

#if PF_NUMA
static void coverage_counts_whole_pages_without_node(void)
{
	ok(memblock_add_node(0x100000, 0x100000, 0, MEMBLOCK_NONE));
	ok(memblock_add(0x400000, 0x2800));
	ok(memblock_add_node(0x500000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NONE));
	EXPECT(memblock_validate_numa_coverage(0x3000));
	EXPECT_STR(host_output(), "");
	EXPECT_FALSE(memblock_validate_numa_coverage(0x2fff));
}
#endif

static const struct check_case cases[] = {
	CASE(memblock_is_memory, is_memory_ends_before_the_end),
	CASE(memblock_is_reserved, is_reserved_ends_before_the_end),
	CASE(memblock_is_memory, empty_arrays_hold_no_address),
	CASE(memblock_is_map_memory, map_memory_is_memory_without_nomap),
	CASE(memblock_is_region_memory, region_memory_wants_one_region_for_all_of_it),
	CASE(memblock_is_region_reserved, region_reserved_wants_one_byte_of_it),
	CASE(memblock_overlaps_region, overlaps_region_asks_the_type_it_is_given),
	CASE(memblock_addrs_overlap, addrs_overlap_wants_a_common_byte),
	CASE(memblock_search_pfn_nid, search_pfn_nid_gives_the_region_around),
	CASE(memblock_phys_mem_size, sizes_count_regions_of_their_type),
	CASE(memblock_estimated_nr_free_pages, free_pages_are_never_negative),
	CASE(memblock_start_of_DRAM, dram_starts_and_ends_with_memory),
	CASE(memblock_region_memory_base_pfn,
	     region_pages_round_inwards_for_memory_outwards_for_reserved),
	CASE(memblock_set_low_limit, limits_are_what_was_set),
#if PF_NUMA
	CASE(memblock_validate_numa_coverage, coverage_counts_whole_pages_without_node),
#endif
};

const struct check_group query_group = GROUP("query", cases);
