/* SPDX-License-Identifier: MIT */
/* Hot-pluggable memory, under movable_node (-m) and without. */
#include "common.h"

/* Physical addresses. */
#define alloc(size, align) memblock_phys_alloc(size, align)

static void add_a_megabyte(void)
{
	ok(memblock_add(0x100000, 0x100000));
}

static void hotplug_is_avoided_under_movable_node_only(void)
{
	add_a_megabyte();
	movable_node_enabled = false;
	ok(memblock_mark_hotplug(0x180000, 0x80000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	movable_node_enabled = true;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x17f000);
	movable_node_enabled = false;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	ok(memblock_clear_hotplug(0x180000, 0x80000));
	movable_node_enabled = true;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fd000);
}

/* By the command line: with -m, and without. */
static phys_addr_t movable(phys_addr_t with, phys_addr_t without)
{
	return check_options.movable_node ? with : without;
}

static void hotplug_counts_as_the_command_line_says(void)
{
	add_a_megabyte();
	ok(memblock_mark_hotplug(0x100000, 0x20000));
	ok(memblock_mark_hotplug(0x1c0000, 0x40000));
	EXPECT_EQ(alloc(0x1000, 0x1000), movable(way(0x1bf000, 0x120000), way(0x1ff000, 0x100000)));
	EXPECT_EQ(alloc(0xa0000, 0x1000), movable(0, way(0x120000, 0x120000)));
}

static void hotplug_is_walked_as_the_command_line_says(void)
{
	phys_addr_t start, end, sum = 0;
	uint64_t i;

	add_a_megabyte();
	ok(memblock_mark_hotplug(0x180000, 0x80000));
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		sum += end - start;
	EXPECT_EQ(sum, movable(0x80000, 0x100000));
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_HOTPLUG, &start, &end, NULL)
		sum -= end - start; /* who asks for it gets it */
	EXPECT_EQ(sum, movable((phys_addr_t)0 - 0x80000, 0));
	for_each_mem_range(i, &start, &end)
		sum += end - start;
	EXPECT_EQ(sum, movable(0x80000, 0x100000));
}

static void hotplug_alone_holds_no_block(void)
{
	add_a_megabyte();
	ok(memblock_mark_hotplug(0x100000, 0x100000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0);
	EXPECT_NULL(memblock_alloc(1, 1));
	EXPECT_NULL(memblock_alloc_from(1, 1, 0x180000));
	EXPECT_NULL(memblock_alloc_exact_nid_raw(1, 1, 0, 0, 0));
	reserved_is("");
	ok(memblock_clear_hotplug(0x140000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x140000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0);
}

static void hotplug_may_still_be_reserved(void)
{
	add_a_megabyte();
	ok(memblock_mark_hotplug(0x180000, 0x80000));
	ok(memblock_reserve(0x1ff000, 0x1000));
	reserved_is("1ff000-200000");
	EXPECT(memblock_is_memory(0x1ff000));
	EXPECT(memblock_is_map_memory(0x1ff000));
	EXPECT_EQ(memblock_phys_mem_size(), 0x100000);
}

static void arrays_do_not_go_to_hotplug(void)
{
	ok(memblock_add(0x1000000, 0x1000000));
	ok(memblock_mark_hotplug(0x1800000, 0x800000));
	memblock_allow_resize();
	fill_far(memblock_reserve, INIT_MEMBLOCK_RESERVED_REGIONS + 1);
	EXPECT_EQ(memblock.reserved.max, 2 * INIT_MEMBLOCK_RESERVED_REGIONS);
	EXPECT(pf_port_virt_to_phys(memblock.reserved.regions) < 0x1800000);
	EXPECT(pf_port_virt_to_phys(memblock.reserved.regions) > 0x17f0000);
}

static void arrays_without_a_mirror_do_not_go_to_hotplug_either(void)
{
	mirrored_kernelcore = true;
	ok(memblock_add(0x1000000, 0x1000000));
	ok(memblock_mark_hotplug(0x1800000, 0x800000));
	ok(memblock_mark_mirror(0x1000000, 0x800)); /* too small */
	memblock_allow_resize();
	fill_far(memblock_reserve, INIT_MEMBLOCK_RESERVED_REGIONS + 1);
	EXPECT(pf_port_virt_to_phys(memblock.reserved.regions) < 0x1800000);
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x1800000, 0x2000000), 0);
}

#if PF_NUMA
static void hotplug_node_falls_back_to_another(void)
{
	ok(memblock_add_node(0x100000, 0x10000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x200000, 0x10000, 1, MEMBLOCK_HOTPLUG));
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), way(0x10f000, 0x100000));
	EXPECT_NULL(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1));
	EXPECT_PTR(memblock_alloc_node(0x1000, 0x1000, 1), virt(way(0x10e000, 0x101000)));
	movable_node_enabled = false;
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), way(0x20f000, 0x200000));
}
#endif

static const struct check_case cases[] = {
	CASE(memblock_mark_hotplug, hotplug_is_avoided_under_movable_node_only),
	BOTH(memblock_mark_hotplug, hotplug_counts_as_the_command_line_says),
	CASE(for_each_free_mem_range, hotplug_is_walked_as_the_command_line_says),
	MOVABLE(memblock_phys_alloc, hotplug_alone_holds_no_block),
	CASE(memblock_reserve, hotplug_may_still_be_reserved),
	MOVABLE(memblock_reserve, arrays_do_not_go_to_hotplug),
	MOVABLE(memblock_reserve, arrays_without_a_mirror_do_not_go_to_hotplug_either),
#if PF_NUMA
	{ "memblock_phys_alloc_try_nid", "hotplug_node_falls_back_to_another",
	  hotplug_node_falls_back_to_another, BOTH_WAYS, true, NULL },
#endif
};

const struct check_group hotplug_group = GROUP("hotplug", cases);
