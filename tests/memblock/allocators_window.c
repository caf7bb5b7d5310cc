/* SPDX-License-Identifier: MIT */
#include "allocators.h"

static phys_addr_t take_on(phys_addr_t size, phys_addr_t align, phys_addr_t min, phys_addr_t max,
			   int nid)
{
	const struct window_allocator *a = check_arg();

	return phys(a->take(size, align, min, max, nid));
}

static phys_addr_t take(phys_addr_t size, phys_addr_t align, phys_addr_t min, phys_addr_t max)
{
	return take_on(size, align, min, max, NUMA_NO_NODE);
}

void window_is_kept(void)
{
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 0x150000), way(0x14f000, 0x140000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 0x150000), way(0x14e000, 0x141000));
	EXPECT_EQ(take(0x8000, 0x4000, 0x140000, 0x150000), way(0x144000, 0x144000));
}

void window_just_fits(void)
{
	EXPECT_EQ(take(0x4000, 0x1000, 0x140000, 0x144000), 0x140000);
	EXPECT_EQ(take(0x1, 1, 0x150000, 0x150001), 0x150000);
	reserved_is("140000-144000 150000-150001");
}

void window_edges_are_aligned_inwards(void)
{
	EXPECT_EQ(take(0x1000, 0x1000, 0x140001, 0x14ffff), way(0x14e000, 0x141000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x160001, 0x162000), 0x161000);
	EXPECT_EQ(take(0x1000, 0x1000, 0x170000, 0x171fff), 0x170000);
	/* Nothing fits inwards: below min_addr, then. */
	EXPECT_EQ(take(0x1000, 0x1000, 0x180001, 0x181fff), way(0x180000, 0x100000));
}

void window_too_small_gives_up_min_addr(void)
{
	EXPECT_EQ(take(0x4001, 1, 0x140000, 0x144000), way(0x13ffff, 0x100000));
	EXPECT_EQ(take(0x10000, 0x1000, 0x1f8000, 0x300000), way(0x1f0000, 0x105000));
}

void window_reserved_gives_up_min_addr(void)
{
	ok(memblock_reserve(0x140000, 0x10000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 0x150000), way(0x13f000, 0x100000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 0x151000), 0x150000);
}

void window_never_gives_up_max_addr(void)
{
	ok(memblock_reserve(0x100000, 0x40000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x120000, 0x140000), 0);
	EXPECT_EQ(take(0x1000, 0x1000, 0, 0x140fff), 0);
	EXPECT_EQ(take(0x1000, 0x1000, 0x180000, 0x100000), 0);
	EXPECT_EQ(take(0x1000, 0x1000, 0, 0x141000), 0x140000);
	reserved_is("100000-141000");
}

void window_wider_than_memory(void)
{
	EXPECT_EQ(take(0x1000, 0x1000, 0x1000, 0x900000), way(0x1ff000, 0x100000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x80000, 0x180000), way(0x17f000, 0x101000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x180000, 0x900000), way(0x1fe000, 0x180000));
}

void window_beside_memory(void)
{
	EXPECT_EQ(take(0x1000, 0x1000, 0x80000, 0x100000), 0);
	EXPECT_EQ(take(0x1000, 0x1000, 0, 0x80000), 0);
	reserved_is("");
	EXPECT_EQ(take(0x1000, 0x1000, 0x200000, 0x900000), way(0x1ff000, 0x100000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x900000, MEMBLOCK_ALLOC_ANYWHERE), way(0x1fe000, 0x101000));
}

void window_upside_down(void)
{
	EXPECT_EQ(take(0x1000, 0x1000, 0x180000, 0x140000), way(0x13f000, 0x100000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x180000, 0x180000), way(0x17f000, 0x101000));
}

void window_between_reservations(void)
{
	ok(memblock_reserve(0x13f000, 0x3000));
	ok(memblock_reserve(0x14e000, 0x3000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 0x150000), way(0x14d000, 0x142000));
	EXPECT_EQ(take(0xb000, 0x1000, 0x140000, 0x150000), way(0x142000, 0x143000));
	/* The window is full. */
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 0x150000), way(0x13e000, 0x100000));
	reserved_is(memblock_bottom_up() ? "100000-101000 13f000-151000" : "13e000-151000");
}

void window_is_cut_at_the_current_limit(void)
{
	memblock_set_current_limit(0x148000);
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 0x150000), way(0x147000, 0x140000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x148000, 0x150000), way(0x146000, 0x100000));
	memblock_set_current_limit(0x150000);
	EXPECT_EQ(take(0x1000, 0x1000, 0x148000, MEMBLOCK_ALLOC_ANYWHERE), way(0x14f000, 0x148000));
}

void window_of_special_ends(void)
{
	memblock_set_current_limit(0x180000);
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, MEMBLOCK_ALLOC_ACCESSIBLE),
		  way(0x17f000, 0x140000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, MEMBLOCK_ALLOC_NOLEAKTRACE),
		  way(0x17e000, 0x141000));
	EXPECT_EQ(take(0x1000, 0x1000, 0x140000, 2), 0); /* an end like any other */
}

void window_clears_its_block_or_leaves_it(void)
{
	const struct window_allocator *a = check_arg();
	phys_addr_t addr = take(0x1234, 0x10, 0x140000, 0x150000);

	EXPECT_EQ(addr, way(0x14edc0, 0x140000));
	EXPECT(is_dirty(0x100000, addr - 0x100000));
	EXPECT(a->zeroes ? is_zeroed(addr, 0x1234) : is_dirty(addr, 0x1234));
	EXPECT(is_dirty(addr + 0x1234, 0x200000 - addr - 0x1234));
	EXPECT_EQ(host_zero_calls, a->zeroes);
	EXPECT_EQ(take(0x1000, 0x1000, 0x10000, 0x80000), 0);
	EXPECT_EQ(host_zero_calls, a->zeroes); /* nothing to clear */
}

#if PF_NUMA
/* What an allocator gives if the wanted node has no room. */
static phys_addr_t unless_exact(phys_addr_t addr)
{
	const struct window_allocator *a = check_arg();

	return a->exact ? 0 : addr;
}

void numa_each_node_gets_what_it_wants(void)
{
	dummy_nodes();
	for (int nid = 0; nid < DUMMY_NODES; nid++) {
		EXPECT_EQ(take_on(0x2000, 0x1000, 0, 0, nid),
			  way(node_end(nid) - 0x2000, node_base(nid)));
		EXPECT_EQ(take_on(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE, nid),
			  way(node_end(nid) - 0x3000, node_base(nid) + 0x2000));
	}
	/* Alike, whatever the node: these allocators leave none. */
	EXPECT_EQ(memblock.reserved.cnt, DUMMY_NODES);
	for (int nid = 0; nid < DUMMY_NODES; nid++)
		EXPECT_EQ(memblock.reserved.regions[nid].nid, MAX_NUMNODES);
}

void numa_small_node(void)
{
	dummy_nodes();
	EXPECT_EQ(take_on(node_size(3), 1, 0, 0, 3), node_base(3));
	EXPECT_EQ(take_on(node_size(5) + 1, 1, 0, 0, 5),
		  unless_exact(way(node_end(7) - node_size(5) - 1, node_base(0))));
}

void numa_reserved_node(void)
{
	dummy_nodes();
	ok(memblock_reserve(node_base(4), node_size(4)));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, 4), unless_exact(way(0x1ff000, 0x100000)));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, 5), way(node_end(5) - 0x1000, node_base(5)));
}

void numa_partly_reserved_node(void)
{
	phys_addr_t quarter = node_size(2) / 4;

	dummy_nodes();
	ok(memblock_reserve(node_base(2) - 0x1000, quarter + 0x1000));
	ok(memblock_reserve(node_end(2) - quarter, quarter + 0x1000));
	EXPECT_EQ(take_on(quarter, 0x1000, 0, 0, 2),
		  way(node_base(2) + 2 * quarter, node_base(2) + quarter));
	EXPECT_EQ(take_on(quarter + 1, 1, 0, 0, 2),
		  unless_exact(way(node_end(7) - quarter - 1, node_base(0))));
}

void numa_two_gaps_of_a_node(void)
{
	dummy_nodes();
	ok(memblock_reserve(node_base(2) + 0x2000, node_size(2) - 0x5000));
	EXPECT_EQ(take_on(0x2000, 0x1000, 0, 0, 2), way(node_end(2) - 0x2000, node_base(2)));
	EXPECT_EQ(take_on(0x2000, 0x1000, 0, 0, 2), way(node_base(2), node_end(2) - 0x3000));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, 2),
		  way(node_end(2) - 0x3000, node_end(2) - 0x1000));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, 2), unless_exact(way(0x1ff000, 0x100000)));
}

void numa_window_over_three_nodes(void)
{
	phys_addr_t min = node_base(1) + 0x1000, max = node_end(3) - 0x1000;

	dummy_nodes();
	EXPECT_EQ(take_on(0x1000, 0x1000, min, max, 1), way(node_end(1) - 0x1000, min));
	EXPECT_EQ(take_on(0x1000, 0x1000, min, max, 2), way(node_end(2) - 0x1000, node_base(2)));
	EXPECT_EQ(take_on(0x1000, 0x1000, min, max, 3), way(max - 0x1000, node_base(3)));
}

void numa_window_without_the_node(void)
{
	dummy_nodes();
	/* Below the node: nothing of it is ever below max_addr. */
	EXPECT_EQ(take_on(0x1000, 0x1000, node_base(1), node_end(2), 6),
		  unless_exact(way(node_end(2) - 0x1000, node_base(1))));
	EXPECT_EQ(take_on(0x1000, 0x1000, node_base(1), node_base(6), 6),
		  unless_exact(way(node_end(5) - 0x1000, node_base(1) + 0x1000)));
}

void numa_window_above_the_node(void)
{
	const struct window_allocator *a = check_arg();

	dummy_nodes();
	/* Another node above min_addr beats the wanted one below it, if any other will do. */
	EXPECT_EQ(take_on(0x1000, 0x1000, node_base(4), node_end(5), 2),
		  a->exact ? way(node_end(2) - 0x1000, node_base(2))
			   : way(node_end(5) - 0x1000, node_base(4)));
	EXPECT_EQ(take_on(0x1000, 0x1000, DUMMY_END, 0, 2),
		  a->exact ? way(node_end(2) - 0x2000, node_base(2) + 0x1000)
			   : way(node_end(2) - 0x1000, node_base(2)));
}

void numa_window_touches_the_node(void)
{
	dummy_nodes();
	EXPECT_EQ(take_on(0x1000, 0x1000, node_base(1), node_base(2) + 0x1000, 2), node_base(2));
	EXPECT_EQ(take_on(0x1000, 0x1000, node_end(4) - 0x1000, node_end(6), 4),
		  node_end(4) - 0x1000);
	EXPECT_EQ(take_on(0x1000, 0x1000, node_base(1), node_base(4) + 0xfff, 4),
		  unless_exact(way(node_end(3) - 0x1000, node_base(1))));
}

void numa_unknown_node(void)
{
	dummy_nodes();
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, DUMMY_NODES),
		  unless_exact(way(0x1ff000, 0x100000)));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, MAX_NUMNODES - 1),
		  unless_exact(way(0x1fe000, 0x101000)));
}

void numa_no_node_means_any(void)
{
	dummy_nodes();
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, NUMA_NO_NODE), way(0x1ff000, 0x100000));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, MAX_NUMNODES), way(0x1fe000, 0x101000));
	ok(memblock_reserve(0x80000, 0x200000));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, NUMA_NO_NODE), 0);
}

void numa_blocks_span_no_two_nodes(void)
{
	dummy_nodes();
	/* 64K free on either side of a border, and nothing else. */
	ok(memblock_reserve(DUMMY_BASE, node_size(0) + node_size(1) + node_size(2) - 0x8000));
	ok(memblock_reserve(node_base(4), DUMMY_END - node_base(4)));
	EXPECT_EQ(take_on(0x8001, 1, 0, 0, NUMA_NO_NODE), 0);
	EXPECT_EQ(take_on(0x8001, 1, 0, 0, 2), 0);
	EXPECT_EQ(take_on(0x8000, 1, 0, 0, NUMA_NO_NODE), way(node_base(3), node_end(2) - 0x8000));
	EXPECT_EQ(take_on(0x8000, 1, 0, 0, memblock_bottom_up() ? 3 : 2),
		  way(node_end(2) - 0x8000, node_base(3)));
}

void numa_all_reserved(void)
{
	dummy_nodes();
	ok(memblock_reserve(DUMMY_BASE, DUMMY_SIZE));
	for (int nid = NUMA_NO_NODE; nid <= MAX_NUMNODES && nid < 12; nid++)
		EXPECT_EQ(take_on(1, 1, 0, 0, nid), 0);
	reserved_is("100000-200000");
	EXPECT_EQ(host_zero_calls, 0);
}
#else
void flat_any_node_will_do(void)
{
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, 0), way(0x1ff000, 0x100000));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, 5), way(0x1fe000, 0x101000));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0, 0, NUMA_NO_NODE), way(0x1fd000, 0x102000));
	EXPECT_EQ(take_on(0x1000, 0x1000, 0x140000, 0x150000, 0), way(0x14f000, 0x140000));
	ok(memblock_reserve(DUMMY_BASE, DUMMY_SIZE));
	EXPECT_EQ(take_on(1, 1, 0, 0, 0), 0);
}
#endif
