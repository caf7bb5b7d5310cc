/* SPDX-License-Identifier: MIT */
/* memblock_alloc_node(): a node that is a wish, and that the reservation remembers. */
#include "allocators.h"

static phys_addr_t without_node(phys_addr_t size, phys_addr_t align)
{
	return phys(memblock_alloc_node(size, align, NUMA_NO_NODE));
}

static phys_addr_t node_0(phys_addr_t size, phys_addr_t align)
{
	return phys(memblock_alloc_node(size, align, 0));
}

static const struct simple_allocator _no_node = { without_node, true, "memblock_alloc_node" };
static const struct simple_allocator _node_0 = { node_0, true, "memblock_alloc_node" };

static void alloc_node_without_node_keeps_none(void)
{
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, NUMA_NO_NODE), virt(0x1ff000));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, MAX_NUMNODES), virt(0x1fe000));
	reserved_is("1fe000-200000");
	EXPECT_EQ(host_zero_calls, 2);
#if PF_NUMA
	EXPECT_EQ(memblock.reserved.regions[0].nid, MAX_NUMNODES);
	ok(memblock_set_node(0x100000, 0x100000, &memblock.memory, 1)); /* nor does memory's */
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, NUMA_NO_NODE), virt(0x1fd000));
	reserved_is("1fd000-200000");
#endif
}

#if PF_NUMA
/* It has no window, but is in the rest like the others. */
static void *on_node(phys_addr_t size, phys_addr_t align, phys_addr_t min, phys_addr_t max, int nid)
{
	(void)min;
	(void)max;
	return memblock_alloc_node(size, align, nid);
}

static const struct window_allocator _on_node = { on_node, true, false };

static void alloc_node_leaves_the_node_in_the_reserved_region(void)
{
	three_nodes();
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 1), virt(0x2ff000));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 2), virt(0x3ff000));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 1), virt(0x2fe000));
	reserved_is("2fe000-300000@1 3ff000-400000@2");
	EXPECT_EQ(host_zero_calls, 3);
}

static void alloc_node_leaves_the_node_that_it_fell_back_to(void)
{
	three_nodes();
	ok(memblock_reserve(0x200000, 0x100000));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 1), virt(0x3ff000));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 9), virt(0x3fe000));
	reserved_is("200000-300000 3fe000-400000@2");
}

static void alloc_node_knows_the_node_of_a_region_that_starts_inside_a_page(void)
{
	fresh();
	ok(memblock_add_node(0x100000, 0x800, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x100800, 0x800, 1, MEMBLOCK_NONE));
	EXPECT_PTR(memblock_alloc_node(0x800, 0x800, 1), virt(0x100800));
	reserved_is("100800-101000@1");
}

static void alloc_node_of_no_bytes_is_inside_memory_and_reserves_nothing(void)
{
	three_nodes();
	EXPECT_PTR(memblock_alloc_node(0, 1, 2), virt(0x3fffff));
	EXPECT_PTR(memblock_alloc_node(0, 1, 0), virt(0x1fffff));
	reserved_is("");
}

static void alloc_node_of_neighbours_does_not_merge(void)
{
	dummy_nodes();
	ok(memblock_reserve(node_base(3), node_size(3)));
	EXPECT_PTR(memblock_alloc_node(node_size(2), 1, 2), virt(node_base(2)));
	EXPECT_PTR(memblock_alloc_node(node_size(4), 1, 4), virt(node_base(4)));
	reserved_is("130000-170000@2 170000-178000 178000-1a8000@4");
	ok(memblock_phys_free(node_base(2), node_size(2) + node_size(3)));
	reserved_is("178000-1a8000@4");
}

static void alloc_node_on_every_node(void)
{
	dummy_nodes();
	for (int nid = DUMMY_NODES - 1; nid >= 0; nid--)
		EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, nid),
			   virt(way(node_end(nid) - 0x1000, node_base(nid))));
	for (int nid = 0; nid < DUMMY_NODES; nid++)
		EXPECT_EQ(memblock.reserved.regions[nid].nid, nid);
}

static void alloc_node_falls_back_and_says_where(void)
{
	dummy_nodes();
	ok(memblock_reserve(node_base(3), node_size(3)));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 3), virt(way(0x1ff000, 0x100000)));
	reserved_is(memblock_bottom_up() ? "100000-101000@0 170000-178000"
					 : "170000-178000 1ff000-200000@7");
}

static void alloc_node_in_memory_without_node(void)
{
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 3), virt(way(0x1ff000, 0x100000)));
	EXPECT_EQ(memblock.reserved.regions[0].nid, MAX_NUMNODES);
}

/* The cases of allocators with a window that do not need one. */
#define ON_NODE(f) WINDOW(memblock_alloc_node, f, _on_node)
#endif

static const struct check_case cases[] = {
	SIMPLE_CASES(memblock_alloc_node, _no_node),
	SIMPLE_CASES(memblock_alloc_node, _node_0),
	CASE(memblock_alloc_node, alloc_node_without_node_keeps_none),
#if PF_NUMA
	ON_NODE(numa_small_node),
	ON_NODE(numa_reserved_node),
	ON_NODE(numa_partly_reserved_node),
	ON_NODE(numa_two_gaps_of_a_node),
	ON_NODE(numa_unknown_node),
	ON_NODE(numa_no_node_means_any),
	ON_NODE(numa_blocks_span_no_two_nodes),
	ON_NODE(numa_all_reserved),
	BOTH(memblock_alloc_node, alloc_node_of_neighbours_does_not_merge),
	BOTH(memblock_alloc_node, alloc_node_on_every_node),
	BOTH(memblock_alloc_node, alloc_node_falls_back_and_says_where),
	BOTH(memblock_alloc_node, alloc_node_in_memory_without_node),
	CASE(memblock_alloc_node, alloc_node_leaves_the_node_in_the_reserved_region),
	CASE(memblock_alloc_node, alloc_node_leaves_the_node_that_it_fell_back_to),
	CASE(memblock_alloc_node, alloc_node_knows_the_node_of_a_region_that_starts_inside_a_page),
	CASE(memblock_alloc_node, alloc_node_of_no_bytes_is_inside_memory_and_reserves_nothing),
#endif
};

const struct check_group alloc_node_group = DUMMY_GROUP("alloc_node", cases);
