/* SPDX-License-Identifier: MIT */
/* The top of the address space, of 32 or 64 bits: nothing wraps. */
#include "common.h"

/* Physical addresses, anywhere and within a window. */
#define alloc(size, align)		  memblock_phys_alloc(size, align)
#define alloc_in(size, align, start, end) memblock_phys_alloc_range(size, align, start, end)

#define TOP PHYS_ADDR_MAX

static void the_top_of_the_address_space_does_not_wrap(void)
{
	ok(memblock_add(PHYS_ADDR_MAX - 0xffff, 0x10000));
	EXPECT(alloc(0x1000, 0x1000) == PHYS_ADDR_MAX - 0x1fff);
	EXPECT(alloc(0xfff, 0x1000) == PHYS_ADDR_MAX - 0xfff);
	memblock_set_bottom_up(true);
	EXPECT(alloc(0x1000, 0x1000) == PHYS_ADDR_MAX - 0xffff);
	EXPECT_EQ(alloc(0x1000, 0x100000), 0);
	EXPECT_EQ(alloc(PHYS_ADDR_MAX - 0x100, 1), 0);
	memblock_set_bottom_up(false);
	EXPECT_EQ(alloc(0x1000, 0x100000), 0);
	EXPECT_EQ(alloc(PHYS_ADDR_MAX - 0x100, 1), 0);
	EXPECT_EQ(alloc_in(0x1000, 1, PHYS_ADDR_MAX - 0x10, MEMBLOCK_ALLOC_ANYWHERE), 0);
}

static void add_is_cut_at_the_top_of_the_address_space(void)
{
	ok(memblock_add(PHYS_ADDR_MAX - 0xfff, 0x2000));
	EXPECT_EQ(memblock.memory.cnt, 1);
	EXPECT(memblock.memory.regions[0].base == PHYS_ADDR_MAX - 0xfff);
	EXPECT_EQ(memblock.memory.regions[0].size, 0xfff);
	ok(memblock_add(PHYS_ADDR_MAX, 0x1000)); /* the last byte is nobody's */
	EXPECT_EQ(memblock.memory.cnt, 1);
	ok(memblock_add(0x1000, PHYS_ADDR_MAX));
	EXPECT_EQ(memblock.memory.cnt, 1);
	EXPECT(memblock.memory.total_size == PHYS_ADDR_MAX - 0x1000);
}

static void reserve_and_free_are_cut_at_the_top_too(void)
{
	ok(memblock_reserve(PHYS_ADDR_MAX - 0x1fff, 0x2000));
	EXPECT_EQ(memblock.reserved.total_size, 0x1fff);
	ok(memblock_phys_free(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	EXPECT_EQ(memblock.reserved.total_size, 0x1000);
	ok(memblock_phys_free(PHYS_ADDR_MAX - 0x1fff, 0x1000));
	reserved_is("");
}

static void marks_are_cut_at_the_top_of_the_address_space(void)
{
	ok(memblock_add(PHYS_ADDR_MAX - 0x1fff, 0x1fff));
	ok(memblock_mark_nomap(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	EXPECT_EQ(memblock.memory.cnt, 2);
	EXPECT_EQ(memblock.memory.regions[1].size, 0xfff);
	EXPECT_EQ(memblock.memory.regions[1].flags, MEMBLOCK_NOMAP);
}

static void cap_is_cut_at_the_top_of_the_address_space(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_reserve(0x1000, 0x4000));
	memblock_cap_memory_range(0x3000, PHYS_ADDR_MAX);
	memory_is("3000-5000");
	reserved_is("3000-5000");
}

static void trim_does_not_wrap_at_the_top(void)
{
	ok(memblock_add(PHYS_ADDR_MAX - 0x10, 0x8));
	ok(memblock_add(0x1000, 0x1000));
	memblock_trim_memory(0x1000);
	memory_is("1000-2000");
}

static void the_last_byte_belongs_to_nobody(void)
{
	ok(memblock_add(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	EXPECT(memblock_is_memory(PHYS_ADDR_MAX - 1));
	EXPECT_FALSE(memblock_is_memory(PHYS_ADDR_MAX));
}

static void region_memory_is_cut_at_the_top(void)
{
	ok(memblock_add(PHYS_ADDR_MAX - 0xfff, 0xfff));
	EXPECT(memblock_is_region_memory(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	EXPECT(memblock_is_region_memory(PHYS_ADDR_MAX - 0x7ff, 0x800));
}

static void addrs_overlap_does_not_wrap(void)
{
	EXPECT(memblock_addrs_overlap(0x1000, PHYS_ADDR_MAX, 0x2000, 0x1000));
	EXPECT(memblock_addrs_overlap(0x2000, 0x1000, 0x1000, PHYS_ADDR_MAX));
	EXPECT_FALSE(memblock_addrs_overlap(0x3000, PHYS_ADDR_MAX, 0x2000, 0x1000));
}

static void search_pfn_nid_knows_pages_beyond_the_address_space(void)
{
	unsigned long start = 7, end = 8;
	unsigned long beyond = PF_PFN_DOWN(PHYS_ADDR_MAX) + 1;

	/* whose address would wrap to 0x1000 */
	ok(memblock_add(0x1000, 0x1000));
	EXPECT_EQ(memblock_search_pfn_nid(beyond + 1, &start, &end), NUMA_NO_NODE);
	EXPECT_EQ(memblock_search_pfn_nid(beyond - 1, &start, &end), NUMA_NO_NODE);
	EXPECT_EQ(start, 7);
}

static void free_at_both_ends_of_the_address_space(void)
{
	phys_addr_t start, end;
	uint64_t i;
	int n = 0;

	ok(memblock_add(0x0, PHYS_ADDR_MAX));
	ok(memblock_reserve(0x1000, PHYS_ADDR_MAX - 0x2000));
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		EXPECT(start == (n ? PHYS_ADDR_MAX - 0x1000 : 0));
		EXPECT(end == (n ? PHYS_ADDR_MAX : 0x1000));
		n++;
	}
	EXPECT_EQ(n, 2);
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		n--;
		EXPECT(start == (n ? PHYS_ADDR_MAX - 0x1000 : 0));
		EXPECT(end == (n ? PHYS_ADDR_MAX : 0x1000));
	}
	EXPECT_EQ(n, 0);
}

static void blocks_at_the_top(void)
{
	ok(memblock_add(TOP - 0xffff, 0x10000)); /* its last byte is nobody's */
	EXPECT(alloc(0x1000, 0x1000) == way(TOP - 0x1fff, TOP - 0xffff));
	EXPECT(alloc(0xfff, 0x1000) == way(TOP - 0xfff, TOP - 0xefff));
	EXPECT(alloc_in(0x800, 0x800, TOP - 0x7fff, TOP - 0x6fff) ==
	       way(TOP - 0x77ff, TOP - 0x7fff));
	EXPECT_EQ(alloc_in(0x800, 0x800, TOP - 0x7ff, TOP), 0);
	EXPECT_EQ(alloc(0xffff, 1), 0);
}

static void windows_at_the_top(void)
{
	ok(memblock_add(TOP - 0xffff, 0x10000));
	EXPECT_EQ(alloc_in(1, 1, TOP, TOP), 0);
	EXPECT(alloc_in(1, 1, TOP - 1, TOP) == TOP - 1);
	EXPECT_EQ(alloc_in(1, 1, TOP - 1, TOP), 0);
	EXPECT(alloc_in(0x10, 0x10, TOP - 0x20, TOP) == TOP - 0x1f);
	EXPECT_EQ(alloc_in(0x10, 0x10, TOP - 0xf, TOP), 0);
}

static void all_of_the_address_space(void)
{
	ok(memblock_add(0, TOP));
	EXPECT_EQ(memblock.memory.cnt, 1);
	EXPECT(memblock_phys_mem_size() == TOP);
	EXPECT(memblock_end_of_DRAM() == TOP);
	EXPECT(alloc(0x1000, 0x1000) == way(TOP - 0x1fff, 0x1000));
	EXPECT_EQ(alloc(TOP, 1), 0);
	ok(memblock_reserve(0, TOP));
	EXPECT(memblock_reserved_size() == TOP);
	EXPECT_EQ(memblock.reserved.cnt, 1);
	EXPECT_EQ(alloc(1, 1), 0);
	ok(memblock_phys_free(TOP - 0x1000, 0x2000));
	EXPECT(alloc(0x1000, 1) == TOP - 0x1000);
	EXPECT_EQ(alloc(1, 1), 0);
	ok(memblock_remove(0, TOP));
	memory_is("");
}

static void ranges_that_wrap_are_cut(void)
{
	ok(memblock_add(TOP - 0x3fff, 0x4000));
	ok(memblock_remove(TOP - 0xfff, 0x8000));
	EXPECT_EQ(memblock_phys_mem_size(), 0x3000);
	EXPECT(memblock_end_of_DRAM() == TOP - 0xfff);
	ok(memblock_reserve(TOP - 0x1fff, TOP));
	EXPECT_EQ(memblock_reserved_size(), 0x1fff);
	ok(memblock_reserved_mark_noinit(TOP - 0xfff, TOP));
	EXPECT_EQ(memblock.reserved.cnt, 2);
	EXPECT_EQ(memblock.reserved.regions[1].size, 0xfff);
	EXPECT(memblock_is_region_reserved(TOP - 1, TOP));
	EXPECT_FALSE(memblock_is_region_reserved(TOP, TOP));
	EXPECT(memblock_overlaps_region(&memblock.memory, TOP - 0x1000, TOP));
	EXPECT_FALSE(memblock_overlaps_region(&memblock.memory, TOP - 0xfff, TOP));
}

static void holes_between_regions_at_the_top(void)
{
	phys_addr_t start, end;
	uint64_t i;
	int n = 0;

	ok(memblock_add(TOP - 0x2fff, 0x1000));
	ok(memblock_add(TOP - 0xfff, 0x1000));
	EXPECT(alloc(0xfff, 1) == way(TOP - 0xfff, TOP - 0x2fff));
	EXPECT(alloc(0xfff, 1) == way(TOP - 0x2ffe, TOP - 0xfff));
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		n++;
		EXPECT(start == way(TOP - 0x2fff, TOP - 0x2000));
		EXPECT_EQ(end - start, 1);
	}
	EXPECT_EQ(n, 1);
}

static void trim_at_the_top(void)
{
	ok(memblock_add(TOP - 0x2800, 0x4000));
	memblock_trim_memory(0x1000);
	EXPECT_EQ(memblock.memory.cnt, 1);
	EXPECT(memblock.memory.regions[0].base == TOP - 0x1fff);
	EXPECT_EQ(memblock.memory.regions[0].size, 0x1000);
	memblock_trim_memory((phys_addr_t)1 << (PF_PHYS_BITS - 1));
	EXPECT_EQ(memblock.memory.cnt, 0);
}

static void limits_at_the_top(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(TOP - 0x1fff, 0x4000));
	memblock_enforce_memory_limit(0x2fff); /* all there is */
	EXPECT_EQ(memblock_phys_mem_size(), 0x2fff);
	memblock_enforce_memory_limit(0x2ffe);
	EXPECT_EQ(memblock_phys_mem_size(), 0x2ffe);
	EXPECT(memblock_end_of_DRAM() == TOP - 1);
	memblock_cap_memory_range(TOP - 0xfff, TOP);
	EXPECT_EQ(memblock_phys_mem_size(), 0xffe);
	memblock_set_current_limit(TOP - 0xfff + 0x10);
	EXPECT(alloc(0x10, 0x10) == TOP - 0xfff);
	EXPECT_EQ(alloc(0x10, 0x10), 0);
}

static void pages_at_the_top(void)
{
	unsigned long last = PF_PFN_DOWN(TOP), start, end;
	int i, n = 0;

	ok(memblock_add(TOP - 0x2fff, TOP));
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, NULL) {
		EXPECT_EQ(start, last - 2);
		EXPECT_EQ(end, last); /* the last page is not whole */
		n++;
	}
	EXPECT_EQ(n, 1);
	EXPECT_EQ(memblock_region_reserved_end_pfn(&memblock.memory.regions[0]), last + 1);
	EXPECT_EQ(memblock_search_pfn_nid(last, &start, &end),
		  memblock_get_region_node(&memblock.memory.regions[0]));
	EXPECT_EQ(start, last - 2);
	EXPECT_EQ(end, last);
}

static const struct check_case cases[] = {
	CASE(memblock_phys_alloc, the_top_of_the_address_space_does_not_wrap),
	CASE(memblock_add, add_is_cut_at_the_top_of_the_address_space),
	CASE(memblock_phys_free, reserve_and_free_are_cut_at_the_top_too),
	CASE(memblock_mark_nomap, marks_are_cut_at_the_top_of_the_address_space),
	CASE(memblock_cap_memory_range, cap_is_cut_at_the_top_of_the_address_space),
	CASE(memblock_trim_memory, trim_does_not_wrap_at_the_top),
	CASE(memblock_is_memory, the_last_byte_belongs_to_nobody),
	CASE(memblock_is_region_memory, region_memory_is_cut_at_the_top),
	CASE(memblock_addrs_overlap, addrs_overlap_does_not_wrap),
	CASE(memblock_search_pfn_nid, search_pfn_nid_knows_pages_beyond_the_address_space),
	CASE(for_each_free_mem_range, free_at_both_ends_of_the_address_space),
	BOTH(memblock_phys_alloc, blocks_at_the_top),
	BOTH(memblock_phys_alloc_range, windows_at_the_top),
	BOTH(memblock_phys_alloc, all_of_the_address_space),
	CASE(memblock_remove, ranges_that_wrap_are_cut),
	BOTH(memblock_phys_alloc, holes_between_regions_at_the_top),
	CASE(memblock_trim_memory, trim_at_the_top),
	CASE(memblock_enforce_memory_limit, limits_at_the_top),
	CASE(for_each_mem_pfn_range, pages_at_the_top),
};

const struct check_group top_group = GROUP("top", cases);
