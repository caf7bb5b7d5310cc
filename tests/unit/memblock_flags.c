/* SPDX-License-Identifier: MIT */
/* Flags and nodes of regions: set, cleared, split at the borders, merged when alike. */
#include "memblock_check.h"

static void mark_hotplug_splits_at_both_borders(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_mark_hotplug(0x3000, 0x2000));
	memory_is("1000-3000 3000-5000!1 5000-9000");
	assert_true(memblock_is_hotpluggable(&memblock.memory.regions[1]));
	assert_false(memblock_is_hotpluggable(&memblock.memory.regions[0]));
}

static void clear_hotplug_merges_what_became_alike(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_mark_hotplug(0x3000, 0x2000));
	ok(memblock_clear_hotplug(0x4000, 0x1000));
	memory_is("1000-3000 3000-4000!1 4000-9000");
	ok(memblock_clear_hotplug(0x0, 0x10000));
	memory_is("1000-9000");
}

static void marking_a_neighbour_joins_it(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_mark_nomap(0x3000, 0x1000));
	ok(memblock_mark_nomap(0x5000, 0x1000));
	ok(memblock_mark_nomap(0x4000, 0x1000));
	memory_is("1000-3000 3000-6000!4 6000-9000");
}

static void marking_twice_changes_nothing(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_mark_nomap(0x1000, 0x2000));
	ok(memblock_mark_nomap(0x1000, 0x1000));
	memory_is("1000-3000!4");
	ok(memblock_clear_hotplug(0x1000, 0x2000));
	memory_is("1000-3000!4");
}

static void nomap_is_set_and_cleared(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_mark_nomap(0x2000, 0x100000));
	memory_is("1000-2000 2000-4000!4");
	assert_true(memblock_is_nomap(&memblock.memory.regions[1]));
	assert_false(memblock_is_nomap(&memblock.memory.regions[0]));
	ok(memblock_clear_nomap(0x0, 0x3000));
	memory_is("1000-3000 3000-4000!4");
	ok(memblock_clear_nomap(0x3000, 0x1000));
	memory_is("1000-4000");
}

static void flags_add_up_and_go_one_by_one(void **state)
{
	(void)state;
	mirrored_kernelcore = true;
	ok(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES, MEMBLOCK_DRIVER_MANAGED));
	ok(memblock_mark_hotplug(0x1000, 0x1000));
	ok(memblock_mark_mirror(0x1000, 0x1000));
	ok(memblock_mark_nomap(0x1000, 0x1000));
	memory_is("1000-2000!f");
	assert_true(memblock_is_mirror(&memblock.memory.regions[0]));
	assert_true(memblock_is_driver_managed(&memblock.memory.regions[0]));
	ok(memblock_clear_nomap(0x1000, 0x1000));
	memory_is("1000-2000!b");
	ok(memblock_clear_hotplug(0x1000, 0x1000));
	memory_is("1000-2000!a");
}

static void marks_span_holes_and_regions(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_add(0x4000, 0x1000));
	ok(memblock_add(0x6000, 0x2000));
	ok(memblock_mark_hotplug(0x2000, 0x5000));
	memory_is("1000-2000 2000-3000!1 4000-5000!1 6000-7000!1 7000-8000");
	ok(memblock_clear_hotplug(0x2000, 0x5000));
	memory_is("1000-3000 4000-5000 6000-8000");
}

static void marks_outside_memory_change_nothing(void **state)
{
	(void)state;
	ok(memblock_add(0x2000, 0x1000));
	ok(memblock_mark_hotplug(0x0, 0x2000));
	ok(memblock_mark_hotplug(0x3000, 0x2000));
	memory_is("2000-3000");
}

static void marks_are_cut_at_the_top_of_the_address_space(void **state)
{
	(void)state;
	ok(memblock_add(PHYS_ADDR_MAX - 0x1fff, 0x1fff));
	ok(memblock_mark_nomap(PHYS_ADDR_MAX - 0xfff, PHYS_ADDR_MAX));
	assert_int_equal(memblock.memory.cnt, 2);
	assert_int_equal(memblock.memory.regions[1].size, 0xfff);
	assert_int_equal(memblock.memory.regions[1].flags, MEMBLOCK_NOMAP);
}

static void mark_mirror_needs_mirrored_kernelcore(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_mark_mirror(0x2000, 0x1000));
	memory_is("1000-4000");
	assert_false(memblock_has_mirror());
	mirrored_kernelcore = true;
	ok(memblock_mark_mirror(0x2000, 0x1000));
	memory_is("1000-2000 2000-3000!2 3000-4000");
	assert_true(memblock_has_mirror());
	memblock_reset();
	assert_false(memblock_has_mirror());
}

static void a_mark_that_fails_makes_no_mirror(void **state)
{
	(void)state;
	mirrored_kernelcore = true;
	for (unsigned int i = 0; i < INIT_MEMBLOCK_MEMORY_REGIONS; i++)
		ok(memblock_add(0x100000 + i * 0x2000, 0x1000));
	assert_int_equal(memblock_mark_mirror(0x100000, 0x1000), -PF_ENOMEM);
	assert_false(memblock_has_mirror());
}

static void noinit_marks_reserved_and_not_memory(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_reserve(0x2000, 0x4000));
	ok(memblock_reserved_mark_noinit(0x3000, 0x1000));
	reserved_is("2000-3000 3000-4000!10 4000-6000");
	memory_is("1000-9000");
	assert_true(memblock_is_reserved_noinit(&memblock.reserved.regions[1]));
	assert_false(memblock_is_reserved_noinit(&memblock.reserved.regions[0]));
	ok(memblock_reserved_mark_noinit(0x0, 0x10000));
	reserved_is("2000-6000!10");
	ok(memblock_reserve(0x6000, 0x1000)); /* not alike: no merge */
	reserved_is("2000-6000!10 6000-7000");
}

static void set_node_refuses_nodes_that_cannot_be(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x1000));
	assert_int_equal(memblock_set_node(0x1000, 0x1000, &memblock.memory, -2), -PF_EINVAL);
	assert_int_equal(memblock_set_node(0x1000, 0x1000, &memblock.memory, MAX_NUMNODES + 1),
			 -PF_EINVAL);
	memory_is("1000-2000");
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, NUMA_NO_NODE));
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, MAX_NUMNODES));
	memory_is("1000-2000");
}

#if PF_NUMA
static void set_node_splits_and_merges(void **state)
{
	(void)state;
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

static void set_node_works_on_reserved_too(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x8000));
	ok(memblock_reserve(0x2000, 0x3000));
	ok(memblock_set_node(0x3000, 0x8000, &memblock.reserved, 1));
	reserved_is("2000-3000 3000-5000@1");
	memory_is("1000-9000");
}

static void set_node_keeps_flags(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_mark_hotplug(0x2000, 0x1000));
	ok(memblock_set_node(0x1000, 0x4000, &memblock.memory, 2));
	memory_is("1000-2000@2 2000-3000@2!1 3000-5000@2");
}
#else
static void set_node_does_nothing_without_nodes(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_set_node(0x2000, 0x1000, &memblock.memory, 0));
	memory_is("1000-5000");
	assert_int_equal(memblock_get_region_node(&memblock.memory.regions[0]), 0);
	memblock_set_region_node(&memblock.memory.regions[0], 0);
	memory_is("1000-5000");
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(mark_hotplug_splits_at_both_borders),
		test(clear_hotplug_merges_what_became_alike),
		test(marking_a_neighbour_joins_it),
		test(marking_twice_changes_nothing),
		test(nomap_is_set_and_cleared),
		test(flags_add_up_and_go_one_by_one),
		test(marks_span_holes_and_regions),
		test(marks_outside_memory_change_nothing),
		test(marks_are_cut_at_the_top_of_the_address_space),
		test(mark_mirror_needs_mirrored_kernelcore),
		test(a_mark_that_fails_makes_no_mirror),
		test(noinit_marks_reserved_and_not_memory),
		test(set_node_refuses_nodes_that_cannot_be),
#if PF_NUMA
		test(set_node_splits_and_merges),
		test(set_node_works_on_reserved_too),
		test(set_node_keeps_flags),
#endif
#if !PF_NUMA
		test(set_node_does_nothing_without_nodes),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
