/* SPDX-License-Identifier: MIT */
/* memblock_alloc_try_nid() and its raw twin: a window, and a node that is a wish. */
#include "allocators.h"

static const struct window_allocator _zeroed = { memblock_alloc_try_nid, true, false };
static const struct window_allocator _raw = { memblock_alloc_try_nid_raw, false, false };

static void the_current_limit_holds_for_virtual_addresses(void)
{
	memblock_set_current_limit(0x180000);
	EXPECT_PTR(memblock_alloc(0x1000, 0x1000), virt(0x17f000));
	EXPECT_PTR(memblock_alloc_try_nid(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE, NUMA_NO_NODE),
		   virt(0x17e000));
	EXPECT_PTR(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0, 0x140000, NUMA_NO_NODE),
		   virt(0x13f000));
	EXPECT_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0x190000, NUMA_NO_NODE),
		   virt(0x17d000));
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), 0x17c000);
	EXPECT_PTR(
		memblock_alloc_try_nid(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_NOLEAKTRACE, NUMA_NO_NODE),
		virt(0x17b000));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, NUMA_NO_NODE), virt(0x17a000));
	/* An explicit physical limit goes beyond it. */
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE), 0x1ff000);
}

static void a_window_narrows_alloc_try_nid(void)
{
	EXPECT_PTR(memblock_alloc_try_nid(0x1000, 0x1000, 0x120000, 0x122000, NUMA_NO_NODE),
		   virt(0x121000));
	EXPECT_PTR(memblock_alloc_try_nid(0x2000, 0x1000, 0x120000, 0x122000, NUMA_NO_NODE),
		   virt(0x11f000)); /* min_addr is a wish */
	EXPECT_EQ(host_zero_calls, 2);
	EXPECT_EQ(host_zero_bytes, 0x3000);
}

static void two_tries_that_fail_return_null(void)
{
	EXPECT_NULL(memblock_alloc_try_nid(0x1000, 0x1000, 0x80000, 0x100000, NUMA_NO_NODE));
	EXPECT_NULL(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0x80000, 0x100000, NUMA_NO_NODE));
	EXPECT_NULL(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0x80000, 0x100000, 0));
	EXPECT_EQ(host_zero_calls, 0);
}

#if PF_NUMA
static void others_leave_no_node(void)
{
	three_nodes();
	EXPECT_PTR(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 1), virt(0x2ff000));
	EXPECT_PTR(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0, 0, 1), virt(0x2fe000));
	EXPECT_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1), virt(0x2fd000));
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), 0x2fc000);
	EXPECT_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, true), 0x2fb000);
	reserved_is("2fb000-300000");
	EXPECT_EQ(host_zero_calls, 1);
}

static void the_wanted_node_comes_first_bottom_up_too(void)
{
	three_nodes();
	memblock_set_bottom_up(true);
	EXPECT_PTR(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 1), virt(0x200000));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 2), virt(0x300000));
	EXPECT_PTR(memblock_alloc(0x1000, 0x1000), virt(0x100000));
}

static void a_full_node_falls_back_to_any(void)
{
	three_nodes();
	EXPECT_PTR(memblock_alloc_try_nid(0x180000, 1, 0, 0, 0), NULL);
	ok(memblock_reserve(0x100000, 0x100000));
	EXPECT_PTR(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 0), virt(0x3ff000));
	EXPECT_PTR(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0, 0, 0), virt(0x3fe000));
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x3fd000);
	memblock_set_bottom_up(true);
	EXPECT_PTR(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 0), virt(0x200000));
}

static void another_node_above_min_addr_beats_the_wanted_one_below(void)
{
	/* min_addr is given up last */
	three_nodes();
	EXPECT_PTR(memblock_alloc_try_nid(0x1000, 0x1000, 0x300000, 0, 1), virt(0x3ff000));
}

static void blocks_span_no_two_nodes(void)
{
	three_nodes();
	EXPECT_NULL(memblock_alloc(0x100001, 1));
	ok(memblock_reserve(0x100000, 0x80000));
	ok(memblock_reserve(0x280000, 0x180000));
	EXPECT_NULL(memblock_alloc(0x80001, 1));
	EXPECT_PTR(memblock_alloc(0x80000, 1), virt(0x200000));
}
#endif

static const struct check_case cases[] = {
	WINDOW_CASES(memblock_alloc_try_nid, _zeroed),
	WINDOW_CASES(memblock_alloc_try_nid_raw, _raw),
	NUMA_CASES(memblock_alloc_try_nid, _zeroed),
	NUMA_CASES(memblock_alloc_try_nid_raw, _raw),
	CASE(memblock_alloc_try_nid, the_current_limit_holds_for_virtual_addresses),
	CASE(memblock_alloc_try_nid, a_window_narrows_alloc_try_nid),
	CASE(memblock_alloc_try_nid, two_tries_that_fail_return_null),
#if PF_NUMA
	CASE(memblock_alloc_try_nid, others_leave_no_node),
	CASE(memblock_alloc_try_nid, the_wanted_node_comes_first_bottom_up_too),
	CASE(memblock_alloc_try_nid, a_full_node_falls_back_to_any),
	CASE(memblock_alloc_try_nid, another_node_above_min_addr_beats_the_wanted_one_below),
	CASE(memblock_alloc_try_nid, blocks_span_no_two_nodes),
#endif
};

const struct check_group alloc_nid_group = DUMMY_GROUP("alloc_nid", cases);
