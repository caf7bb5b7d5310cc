/* SPDX-License-Identifier: MIT */
/* Flags and nodes of regions: set, cleared, split at the borders, merged when alike. */
#include "common.h"

static void mark_hotplug_splits_at_both_borders(void)
{
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_mark_hotplug(0x3000, 0x2000));
	memory_is("1000-3000 3000-5000!1 5000-9000");
	EXPECT(memblock_is_hotpluggable(&memblock.memory.regions[1]));
	EXPECT_FALSE(memblock_is_hotpluggable(&memblock.memory.regions[0]));
}

static void clear_hotplug_merges_what_became_alike(void)
{
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_mark_hotplug(0x3000, 0x2000));
	ok(memblock_clear_hotplug(0x4000, 0x1000));
	memory_is("1000-3000 3000-4000!1 4000-9000");
	ok(memblock_clear_hotplug(0x0, 0x10000));
	memory_is("1000-9000");
}

static void marking_a_neighbour_joins_it(void)
{
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_mark_nomap(0x3000, 0x1000));
	ok(memblock_mark_nomap(0x5000, 0x1000));
	ok(memblock_mark_nomap(0x4000, 0x1000));
	memory_is("1000-3000 3000-6000!4 6000-9000");
}

static void marking_twice_changes_nothing(void)
{
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_mark_nomap(0x1000, 0x2000));
	ok(memblock_mark_nomap(0x1000, 0x1000));
	memory_is("1000-3000!4");
	ok(memblock_clear_hotplug(0x1000, 0x2000));
	memory_is("1000-3000!4");
}

static void nomap_is_set_and_cleared(void)
{
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_mark_nomap(0x2000, 0x100000));
	memory_is("1000-2000 2000-4000!4");
	EXPECT(memblock_is_nomap(&memblock.memory.regions[1]));
	EXPECT_FALSE(memblock_is_nomap(&memblock.memory.regions[0]));
	ok(memblock_clear_nomap(0x0, 0x3000));
	memory_is("1000-3000 3000-4000!4");
	ok(memblock_clear_nomap(0x3000, 0x1000));
	memory_is("1000-4000");
}

static void flags_add_up_and_go_one_by_one(void)
{
	mirrored_kernelcore = true;
	ok(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES, MEMBLOCK_DRIVER_MANAGED));
	ok(memblock_mark_hotplug(0x1000, 0x1000));
	ok(memblock_mark_mirror(0x1000, 0x1000));
	ok(memblock_mark_nomap(0x1000, 0x1000));
	memory_is("1000-2000!f");
	EXPECT(memblock_is_mirror(&memblock.memory.regions[0]));
	EXPECT(memblock_is_driver_managed(&memblock.memory.regions[0]));
	ok(memblock_clear_nomap(0x1000, 0x1000));
	memory_is("1000-2000!b");
	ok(memblock_clear_hotplug(0x1000, 0x1000));
	memory_is("1000-2000!a");
}

static void marks_span_holes_and_regions(void)
{
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_add(0x6000, 0x2000));
	ok(memblock_mark_hotplug(0x2000, 0x5000));
	memory_is("1000-2000 2000-3000!1 4000-5000!1 6000-7000!1 7000-8000");
	ok(memblock_clear_hotplug(0x2000, 0x5000));
	memory_is("1000-3000 4000-5000 6000-8000");
}

static void marks_outside_memory_change_nothing(void)
{
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_mark_hotplug(0x0, 0x2000));
	ok(memblock_mark_hotplug(0x3000, 0x2000));
	memory_is("2000-3000");
}

static void noinit_marks_reserved_and_not_memory(void)
{
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_reserve(0x2000, 0x4000));
	ok(memblock_reserved_mark_noinit(0x3000, 0x1000));
	reserved_is("2000-3000 3000-4000!10 4000-6000");
	memory_is("1000-9000");
	EXPECT(memblock_is_reserved_noinit(&memblock.reserved.regions[1]));
	EXPECT_FALSE(memblock_is_reserved_noinit(&memblock.reserved.regions[0]));
	ok(memblock_reserved_mark_noinit(0x0, 0x10000));
	reserved_is("2000-6000!10");
	ok(memblock_reserve(0x6000, 0x1000)); /* not alike: no merge */
	reserved_is("2000-6000!10 6000-7000");
}

static void set_node_refuses_nodes_that_cannot_be(void)
{
	ok(memblock_add(0x1000, 0x1000));
	EXPECT_EQ(memblock_set_node(0x1000, 0x1000, &memblock.memory, -2), -PF_EINVAL);
	EXPECT_EQ(memblock_set_node(0x1000, 0x1000, &memblock.memory, MAX_NUMNODES + 1),
		  -PF_EINVAL);
	memory_is("1000-2000");
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, NUMA_NO_NODE));
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, MAX_NUMNODES));
	memory_is("1000-2000");
}

#if PF_NUMA
static void set_node_splits_and_merges(void)
{
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_set_node(0x3000, 0x2000, &memblock.memory, 3));
	memory_is("1000-3000 3000-5000@3 5000-9000");
	ok(memblock_set_node(0x5000, 0x4000, &memblock.memory, 3));
	memory_is("1000-3000 3000-9000@3");
	ok(memblock_set_node(0x1000, 0x3000, &memblock.memory, 0));
	memory_is("1000-4000@0 4000-9000@3");
	ok(memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, MAX_NUMNODES));
	memory_is("1000-9000");
}

static void set_node_works_on_reserved_too(void)
{
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_reserve(0x2000, 0x3000));
	ok(memblock_set_node(0x3000, 0x8000, &memblock.reserved, 1));
	reserved_is("2000-3000 3000-5000@1");
	memory_is("1000-9000");
}

static void set_node_keeps_flags(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_mark_hotplug(0x2000, 0x1000));
	ok(memblock_set_node(0x1000, 0x4000, &memblock.memory, 2));
	memory_is("1000-2000@2 2000-3000@2!1 3000-5000@2");
}
#else
static void set_node_does_nothing_without_nodes(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_set_node(0x2000, 0x1000, &memblock.memory, 0));
	memory_is("1000-5000");
	EXPECT_EQ(memblock_get_region_node(&memblock.memory.regions[0]), 0);
	memblock_set_region_node(&memblock.memory.regions[0], 0);
	memory_is("1000-5000");
}
#endif

static const struct check_case cases[] = {
	CASE(memblock_mark_hotplug, mark_hotplug_splits_at_both_borders),
	CASE(memblock_clear_hotplug, clear_hotplug_merges_what_became_alike),
	CASE(memblock_mark_nomap, marking_a_neighbour_joins_it),
	CASE(memblock_mark_nomap, marking_twice_changes_nothing),
	CASE(memblock_clear_nomap, nomap_is_set_and_cleared),
	CASE(memblock_mark_nomap, flags_add_up_and_go_one_by_one),
	CASE(memblock_mark_hotplug, marks_span_holes_and_regions),
	CASE(memblock_mark_hotplug, marks_outside_memory_change_nothing),
	CASE(memblock_reserved_mark_noinit, noinit_marks_reserved_and_not_memory),
	CASE(memblock_set_node, set_node_refuses_nodes_that_cannot_be),
#if PF_NUMA
	CASE(memblock_set_node, set_node_splits_and_merges),
	CASE(memblock_set_node, set_node_works_on_reserved_too),
	CASE(memblock_set_node, set_node_keeps_flags),
#endif
#if !PF_NUMA
	CASE(memblock_set_node, set_node_does_nothing_without_nodes),
#endif
};

const struct check_group flags_group = GROUP("flags", cases);
