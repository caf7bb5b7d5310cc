/* SPDX-License-Identifier: MIT */
/* memblock_alloc_exact_nid_raw(): this node or none. */
#include "allocators.h"

static const struct window_allocator _exact = { memblock_alloc_exact_nid_raw, false, true };

#if PF_NUMA
static void exact_does_not_fall_back(void)
{
	three_nodes();
	EXPECT_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1), virt(0x2ff000));
	ok(memblock_reserve(0x200000, 0x100000));
	EXPECT_NULL(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1));
	EXPECT_NULL(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 7));
	EXPECT_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, true), 0);
	EXPECT_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, false), 0x3ff000);
	EXPECT_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, NUMA_NO_NODE),
		   virt(0x3fe000));
}

static void exact_goes_below_min_addr_on_its_node(void)
{
	three_nodes();
	EXPECT_PTR(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0x300000, 0, 1), virt(0x2ff000));
}
#endif

static const struct check_case cases[] = {
	WINDOW_CASES(memblock_alloc_exact_nid_raw, _exact),
	NUMA_CASES(memblock_alloc_exact_nid_raw, _exact),
#if PF_NUMA
	CASE(memblock_alloc_exact_nid_raw, exact_does_not_fall_back),
	CASE(memblock_alloc_exact_nid_raw, exact_goes_below_min_addr_on_its_node),
#endif
};

const struct check_group alloc_exact_nid_group = DUMMY_GROUP("alloc_exact_nid", cases);
