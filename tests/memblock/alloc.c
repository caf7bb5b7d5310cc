/* SPDX-License-Identifier: MIT */
/* memblock_alloc(), and the allocators of physical addresses. */
#include "allocators.h"

static phys_addr_t alloc(phys_addr_t size, phys_addr_t align)
{
	return phys(memblock_alloc(size, align));
}

static phys_addr_t alloc_raw(phys_addr_t size, phys_addr_t align)
{
	return phys(memblock_alloc_raw(size, align));
}

static phys_addr_t phys_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc(size, align);
}

static phys_addr_t phys_alloc_range(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc_range(size, align, 0, MEMBLOCK_ALLOC_NOLEAKTRACE);
}

static phys_addr_t phys_alloc_try_nid(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc_try_nid(size, align, NUMA_NO_NODE);
}

static phys_addr_t alloc_range_nid(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_range_nid(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE,
					true);
}

static const struct simple_allocator _alloc = { alloc, true, "memblock_alloc_try_nid" };
static const struct simple_allocator _raw = { alloc_raw, false, "memblock_alloc_try_nid_raw" };
static const struct simple_allocator _phys = { phys_alloc, false, "memblock_alloc_range_nid" };
static const struct simple_allocator _range = { phys_alloc_range, false,
						"memblock_alloc_range_nid" };
static const struct simple_allocator _phys_nid = { phys_alloc_try_nid, false,
						   "memblock_alloc_range_nid" };
static const struct simple_allocator _range_nid = { alloc_range_nid, false,
						    "memblock_alloc_range_nid" };

static void alloc_takes_the_highest_block_and_zeroes_it(void)
{
	unsigned char *p = virt(0x1ff000);

	p[0] = p[0xfff] = 1;
	EXPECT_PTR(memblock_alloc(0x1000, 0x1000), p);
	reserved_is("1ff000-200000");
	EXPECT_EQ(host_zero_calls, 1);
	EXPECT_EQ(host_zero_bytes, 0x1000);
	EXPECT_EQ(p[0] | p[0xfff], 0);
	EXPECT_PTR(memblock_alloc(0x1000, 0x1000), virt(0x1fe000));
	reserved_is("1fe000-200000");
}

static void alloc_takes_the_lowest_block_bottom_up(void)
{
	memblock_set_bottom_up(true);
	EXPECT_PTR(memblock_alloc(0x1001, 0x1000), virt(0x100000));
	EXPECT_PTR(memblock_alloc(0x1000, 0x1000), virt(0x102000));
	reserved_is("100000-101001 102000-103000");
}

static void alloc_raw_does_not_zero(void)
{
	unsigned char *p = virt(0x1ff000);

	p[7] = 42;
	EXPECT_PTR(memblock_alloc_raw(0x1000, 0x1000), p);
	EXPECT_EQ(host_zero_calls, 0);
	EXPECT_EQ(p[7], 42);
}

static void align_zero_means_a_cache_line(void)
{
	EXPECT_PTR(memblock_alloc(1, 0), virt(0x200000 - PF_SMP_CACHE_BYTES));
	EXPECT_EQ(memblock_phys_alloc(1, 0), 0x200000 - 2 * PF_SMP_CACHE_BYTES);
	EXPECT_PTR(memblock_alloc_node(1, 0, NUMA_NO_NODE),
		   virt(0x200000 - 3 * PF_SMP_CACHE_BYTES));
	EXPECT_PTR(memblock_alloc_exact_nid_raw(1, 0, 0, 0, NUMA_NO_NODE),
		   virt(0x200000 - 4 * PF_SMP_CACHE_BYTES));
	EXPECT_PTR(memblock_alloc_try_nid_raw(1, 0, 0, 0, NUMA_NO_NODE),
		   virt(0x200000 - 5 * PF_SMP_CACHE_BYTES));
	EXPECT_EQ(memblock_phys_alloc_try_nid(1, 0, NUMA_NO_NODE),
		  0x200000 - 6 * PF_SMP_CACHE_BYTES);
}

#define BAD_ALIGN(function) function ": alignment 0x18 is not a power of two: nothing done\n"

static const char bad_align[] = /* one line for each call below */
	BAD_ALIGN("memblock_alloc_try_nid") BAD_ALIGN("memblock_alloc_try_nid_raw")
		BAD_ALIGN("memblock_alloc_exact_nid_raw") BAD_ALIGN("memblock_alloc_node")
			BAD_ALIGN("memblock_alloc_range_nid");

static void a_bad_align_fails_with_a_message(void)
{
	EXPECT_NULL(memblock_alloc(0x1000, 0x18));
	EXPECT_NULL(memblock_alloc_raw(0x1000, 0x18));
	EXPECT_NULL(memblock_alloc_exact_nid_raw(0x1000, 0x18, 0, 0, 0));
	EXPECT_NULL(memblock_alloc_node(0x1000, 0x18, 0));
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x18), 0);
	reserved_is("");
	EXPECT_EQ(host_zero_calls, 0);
	EXPECT_STR(host_output(), bad_align);
}

static void nothing_fits_in_no_memory(void)
{
	fresh();
	EXPECT_NULL(memblock_alloc(1, 1));
	EXPECT_EQ(memblock_phys_alloc(1, 1), 0);
	memblock_set_bottom_up(true);
	EXPECT_NULL(memblock_alloc(1, 1));
	EXPECT_EQ(host_zero_calls, 0);
}

static void too_much_is_too_much(void)
{
	EXPECT_NULL(memblock_alloc(0x100001, 1));
	EXPECT_NULL(memblock_alloc(PHYS_ADDR_MAX, 1));
	memblock_set_bottom_up(true);
	EXPECT_NULL(memblock_alloc(0x100001, 1));
	EXPECT_NULL(memblock_alloc(PHYS_ADDR_MAX, 1));
	EXPECT_PTR(memblock_alloc(0x100000, 1), virt(0x100000));
	EXPECT_NULL(memblock_alloc(1, 1));
}

static void phys_alloc_range_does_not_go_below(void)
{
	ok(memblock_reserve(0x180000, 0x80000));
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x180000, MEMBLOCK_ALLOC_ANYWHERE), 0);
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x17f000, 0x180000), 0x17f000);
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x120000, 0x130000), 0x12f000);
	EXPECT_EQ(host_zero_calls, 0);
}

static void a_reservation_without_room_fails_the_allocation(void)
{
	for (unsigned int i = 0; i < INIT_MEMBLOCK_RESERVED_REGIONS; i++)
		ok(memblock_reserve(0x1000000 + i * 0x2000, 0x1000));
	EXPECT_NULL(memblock_alloc(0x1000, 0x1000));
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), 0);
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0);
	EXPECT_EQ(memblock.reserved.cnt, INIT_MEMBLOCK_RESERVED_REGIONS);
	EXPECT_EQ(host_zero_calls, 0);
	memblock_allow_resize();
	EXPECT_PTR(memblock_alloc(0x1000, 0x1000), virt(0x1ff000));
}

static void the_first_page_is_never_handed_out(void)
{
	fresh();
	ok(memblock_add(0x0, 0x3000));
	memblock_set_bottom_up(true);
	EXPECT_EQ(memblock_phys_alloc(0x800, 1), 0x1000);
	memblock_set_bottom_up(false);
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), 0x2000);
	EXPECT_EQ(memblock_phys_alloc(0x800, 1), 0x1800);
	EXPECT_EQ(memblock_phys_alloc(1, 1), 0);
	EXPECT_NULL(memblock_alloc(1, 1));
}

static void free_and_alloc_again(void)
{
	void *p = memblock_alloc(0x4000, 0x1000);
	void *q = memblock_alloc(0x1000, 0x1000);

	EXPECT_EQ(phys(p), way(0x1fc000, 0x100000));
	EXPECT_EQ(phys(q), way(0x1fb000, 0x104000));
	memblock_free(p, 0x4000);
	EXPECT_PTR(memblock_alloc(0x8000, 0x1000), virt(way(0x1f3000, 0x105000)));
	EXPECT_PTR(memblock_alloc(0x4000, 0x1000), p);
	memblock_free(q, 0x1000);
	EXPECT_PTR(memblock_alloc(0x800, 0x800), virt(way(0x1fb800, 0x104000)));
}

static void the_direction_may_change_at_any_time(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		memblock_set_bottom_up(i % 2);
		EXPECT_EQ(phys(memblock_alloc(0x1000, 0x1000)),
			  i % 2 ? 0x100000 + i / 2 * 0x1000 : 0x1ff000 - i / 2 * 0x1000);
	}
	reserved_is("100000-104000 1fc000-200000");
}

static void range_nid_keeps_its_start(void)
{
	ok(memblock_reserve(0x140000, 0x10000));
	EXPECT_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0x140000, 0x150000, NUMA_NO_NODE, false),
		  0);
	EXPECT_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0x13e000, 0x152000, NUMA_NO_NODE, false),
		  way(0x151000, 0x13e000));
	/* The end is kept, too, and is not the current limit. */
	memblock_set_current_limit(0x120000);
	EXPECT_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0x160000, 0x170000, NUMA_NO_NODE, true),
		  way(0x16f000, 0x160000));
}

static void alloc_of_no_bytes_reserves_nothing(void)
{
	EXPECT_PTR(memblock_alloc(0, 1), virt(way(0x1fffff, 0x100000)));
	EXPECT_EQ(host_zero_calls, 1);
	EXPECT_EQ(host_zero_bytes, 0);
	reserved_is("");
	ok(memblock_reserve(DUMMY_BASE, DUMMY_SIZE));
	EXPECT_NULL(memblock_alloc(0, 1)); /* there is no free memory to be in */
}

static const struct check_case cases[] = {
	SIMPLE_CASES(memblock_alloc, _alloc),
	SIMPLE_CASES(memblock_alloc_raw, _raw),
	SIMPLE_CASES(memblock_phys_alloc, _phys),
	SIMPLE_CASES(memblock_phys_alloc_range, _range),
	SIMPLE_CASES(memblock_phys_alloc_try_nid, _phys_nid),
	SIMPLE_CASES(memblock_alloc_range_nid, _range_nid),
	BOTH(memblock_free, free_and_alloc_again),
	BOTH(memblock_alloc_range_nid, range_nid_keeps_its_start),
	BOTH(memblock_alloc, alloc_of_no_bytes_reserves_nothing),
	CASE(memblock_set_bottom_up, the_direction_may_change_at_any_time),
	CASE(memblock_alloc, alloc_takes_the_highest_block_and_zeroes_it),
	CASE(memblock_alloc, alloc_takes_the_lowest_block_bottom_up),
	CASE(memblock_alloc_raw, alloc_raw_does_not_zero),
	CASE(memblock_alloc, align_zero_means_a_cache_line),
	CASE(memblock_alloc, a_bad_align_fails_with_a_message),
	CASE(memblock_alloc, nothing_fits_in_no_memory),
	CASE(memblock_alloc, too_much_is_too_much),
	CASE(memblock_phys_alloc_range, phys_alloc_range_does_not_go_below),
	CASE(memblock_alloc, a_reservation_without_room_fails_the_allocation),
	CASE(memblock_alloc, the_first_page_is_never_handed_out),
};

const struct check_group alloc_group = DUMMY_GROUP("alloc", cases);
