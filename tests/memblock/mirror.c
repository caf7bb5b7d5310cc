/* SPDX-License-Identifier: MIT */
/* Mirrored memory: preferred, and what happens without it. */
#include "arrays.h"

/* Physical addresses. */
#define alloc(size, align) memblock_phys_alloc(size, align)

static void add_a_megabyte(void)
{
	ok(memblock_add(0x100000, 0x100000));
}

#define NO_MIRROR "Could not allocate 0x0000000000001000 bytes of mirrored memory\n"

static void mirrored_memory_comes_first(void)
{
	mirrored_kernelcore = true;
	add_a_megabyte();
	ok(memblock_mark_mirror(0x110000, 0x2000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x111000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x110000);
	out_is("");
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	out_is(NO_MIRROR);
}

static void no_memory_at_all_is_no_mirrored_memory_either(void)
{
	mirrored_kernelcore = true;
	ok(memblock_add(0x100000, 0x1000));
	ok(memblock_mark_mirror(0x100000, 0x1000));
	ok(memblock_reserve(0x100000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0);
	out_is(NO_MIRROR);
	EXPECT_NULL(memblock_alloc_from(0x1000, 0x1000, 0x80000)); /* two tries, two warnings */
	out_is(NO_MIRROR NO_MIRROR NO_MIRROR);
}

#if PF_NUMA
static void a_mirror_on_another_node_beats_the_wanted_node(void)
{
	mirrored_kernelcore = true;
	ok(memblock_add_node(0x100000, 0x10000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x200000, 0x10000, 1, MEMBLOCK_NONE));
	ok(memblock_mark_mirror(0x200000, 0x1000));
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x200000);
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x10f000);
	out_is(NO_MIRROR);
	EXPECT_NULL(memblock_alloc_exact_nid_raw(0x10000, 1, 0, 0, 0));
}
#endif

static void mark_mirror_needs_mirrored_kernelcore(void)
{
	ok(memblock_add(0x1000, 0x3000));
	ok(memblock_mark_mirror(0x2000, 0x1000));
	memory_is("1000-4000");
	EXPECT_FALSE(memblock_has_mirror());
	mirrored_kernelcore = true;
	ok(memblock_mark_mirror(0x2000, 0x1000));
	memory_is("1000-2000 2000-3000!2 3000-4000");
	EXPECT(memblock_has_mirror());
	fresh();
	EXPECT_FALSE(memblock_has_mirror());
}

static void a_mark_that_fails_makes_no_mirror(void)
{
	mirrored_kernelcore = true;
	for (unsigned int i = 0; i < INIT_MEMBLOCK_MEMORY_REGIONS; i++)
		ok(memblock_add(0x100000 + i * 0x2000, 0x1000));
	EXPECT_EQ(memblock_mark_mirror(0x100000, 0x1000), -PF_ENOMEM);
	EXPECT_FALSE(memblock_has_mirror());
}

static void mirrored_memory_is_preferred_for_arrays(void)
{
	mirrored_kernelcore = true;
	add_room();
	ok(memblock_mark_mirror(0x1000000, 0x10000));
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	EXPECT_EQ(place(&memblock.reserved), 0x1010000 - bytes(2 * RES_MAX));
	out_is("");
}

static void arrays_fall_back_from_mirrored_memory(void)
{
	char want[100];

	mirrored_kernelcore = true;
	add_room();
	ok(memblock_mark_mirror(0x1000000, 0x800)); /* too small for it */
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	EXPECT_EQ(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	snprintf(want, sizeof(want), "Could not allocate 0x%016llx bytes of mirrored memory\n",
		 (unsigned long long)bytes(2 * RES_MAX));
	out_is(want);
}

static void mirror_far_from_the_end_is_preferred_all_the_same(void)
{
	mirrored_kernelcore = true;
	add_a_megabyte();
	ok(memblock_mark_mirror(0x140000, 0x2000));
	ok(memblock_mark_mirror(0x160000, 0x2000));
	EXPECT_EQ(alloc(0x1000, 0x1000), way(0x161000, 0x140000));
	EXPECT_EQ(alloc(0x2000, 0x1000), way(0x140000, 0x160000));
	EXPECT_EQ(alloc(0x1000, 0x1000), way(0x160000, 0x141000));
	out_is("");
	EXPECT_EQ(alloc(0x1000, 0x1000), way(0x1ff000, 0x100000));
	out_is(NO_MIRROR);
}

static void mirror_outside_the_window_does_not_count(void)
{
	mirrored_kernelcore = true;
	add_a_megabyte();
	ok(memblock_mark_mirror(0x140000, 0x2000));
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x180000, 0x190000),
		  way(0x18f000, 0x180000));
	out_is(NO_MIRROR);
	/* Unmirrored memory above min_addr comes before mirrored memory below it. */
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x1a0000), virt(way(0x1ff000, 0x1a0000)));
	out_is(NO_MIRROR NO_MIRROR);
}

static void what_is_marked_stays_mirrored_without_the_switch(void)
{
	mirrored_kernelcore = true;
	add_a_megabyte();
	ok(memblock_mark_mirror(0x140000, 0x1000));
	mirrored_kernelcore = false;
	ok(memblock_mark_mirror(0x150000, 0x1000)); /* succeeds, and does nothing */
	memory_is("100000-140000 140000-141000!2 141000-200000");
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x140000);
}

static void an_empty_mark_is_a_mirror(void)
{
	mirrored_kernelcore = true;
	add_a_megabyte();
	ok(memblock_mark_mirror(0x300000, 0x1000)); /* outside memory */
	EXPECT(memblock_has_mirror());
	memory_is("100000-200000");
	EXPECT_EQ(alloc(0x1000, 0x1000), way(0x1ff000, 0x100000));
	out_is(NO_MIRROR);
}

static void mirrored_flags_of_added_memory_alone_are_no_mirror(void)
{
	ok(memblock_add_node(0x100000, 0x10000, MAX_NUMNODES, MEMBLOCK_MIRROR));
	ok(memblock_add_node(0x200000, 0x10000, MAX_NUMNODES, MEMBLOCK_NONE));
	EXPECT_FALSE(memblock_has_mirror());
	EXPECT_EQ(alloc(0x1000, 0x1000), way(0x20f000, 0x100000));
	out_is("");
}

static void two_arrays_in_mirrored_memory_are_no_reason_to_warn(void)
{
	mirrored_kernelcore = true;
	add_room();
	ok(memblock_mark_mirror(0x1f00000, 0x100000));
	memblock_set_current_limit(ROOM_END); /* nothing is left above the first one */
	fill_far(memblock_reserve, RES_MAX);
	fill_far(memblock_add, MEM_MAX - 1);
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_EQ(place(&memblock.memory), ROOM_END - bytes(2 * MEM_MAX));
	EXPECT_EQ(place(&memblock.reserved), place(&memblock.memory) - bytes(2 * RES_MAX));
	out_is("");
}

static void a_range_up_to_the_top_is_no_reason_to_warn(void)
{
	mirrored_kernelcore = true;
	add_room();
	ok(memblock_mark_mirror(0x1f00000, 0x100000));
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(FAR / 2, PHYS_ADDR_MAX)); /* nothing is above it */
	EXPECT(memblock.reserved.max > RES_MAX);
	out_is("");
}

static const struct check_case cases[] = {
	CASE(memblock_mark_mirror, mirrored_memory_comes_first),
	CASE(memblock_mark_mirror, no_memory_at_all_is_no_mirrored_memory_either),
#if PF_NUMA
	CASE(memblock_phys_alloc_try_nid, a_mirror_on_another_node_beats_the_wanted_node),
#endif
	CASE(memblock_mark_mirror, mark_mirror_needs_mirrored_kernelcore),
	CASE(memblock_mark_mirror, a_mark_that_fails_makes_no_mirror),
	CASE(memblock_reserve, mirrored_memory_is_preferred_for_arrays),
	CASE(memblock_reserve, arrays_fall_back_from_mirrored_memory),
	CASE(memblock_add, two_arrays_in_mirrored_memory_are_no_reason_to_warn),
	CASE(memblock_reserve, a_range_up_to_the_top_is_no_reason_to_warn),
	BOTH(memblock_phys_alloc, mirror_far_from_the_end_is_preferred_all_the_same),
	BOTH(memblock_phys_alloc_range, mirror_outside_the_window_does_not_count),
	BOTH(memblock_mark_mirror, what_is_marked_stays_mirrored_without_the_switch),
	BOTH(memblock_has_mirror, an_empty_mark_is_a_mirror),
	BOTH(memblock_has_mirror, mirrored_flags_of_added_memory_alone_are_no_mirror),
};

const struct check_group mirror_group = GROUP("mirror", cases);
