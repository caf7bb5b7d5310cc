/* SPDX-License-Identifier: MIT */
/* The third type: all memory that physically exists. Only with PHYSMEM=1. */
#include "arrays.h"

#if PF_PHYSMEM
static void physmem_is_a_third_type(void)
{
	ok(memblock_physmem_add(0x1000, 0x1000));
	ok(memblock_physmem_add(0x3000, 0x1000));
	ok(memblock_physmem_add(0x2000, 0x1000));
	is(&physmem, "1000-4000");
	memory_is("");
	ok(memblock_physmem_add(0x5000, 0x1000));
	ok(memblock_physmem_add(0x7000, 0x1000));
	ok(memblock_physmem_add(0x9000, 0x1000));
	no_memory(memblock_physmem_add(0xb000, 0x1000));
	is(&physmem, "1000-4000 5000-6000 7000-8000 9000-a000");
	fresh();
	is(&physmem, "");
	EXPECT_EQ(physmem.max, INIT_PHYSMEM_REGIONS);
	EXPECT_STR(physmem.name, "physmem");
}

static void physmem_doubles_early_and_late(void)
{
	unsigned int n = INIT_PHYSMEM_REGIONS;

	add_room();
	fill_far(memblock_physmem_add, n + 1);
	EXPECT_EQ(physmem.max, 2 * n);
	EXPECT_EQ(place(&physmem), 0x1fff000);
	reserved_is("1fff000-2000000");
	start_late(0);
	fill_far(memblock_physmem_add, 2 * n + 1);
	EXPECT_EQ(late_out, 1);
	reserved_is("");
	fresh();
	EXPECT_EQ(late_out, 0);
	EXPECT_EQ(physmem.max, n);
}

static void physmem_is_dumped_last(void)
{
	host_symbol = "caller+0x1c/0x40";
	debug_on();
	ok(memblock_physmem_add(0x1000, 0x1000));
	memblock_dump_all();
	out_is("memblock_physmem_add: [0x0000000000001000-0x0000000000001fff] caller+0x1c/0x40\n"
	       "MEMBLOCK configuration:\n"
	       " memory size = 0x0000000000000000 reserved size = 0x0000000000000000\n"
	       " memory.cnt  = 0x0\n"
	       " reserved.cnt  = 0x0\n"
	       " physmem.cnt  = 0x1\n"
	       " physmem[0x0]\t[0x0000000000001000-0x0000000000001fff], 0x0000000000001000 bytes "
	       "flags: 0x0\n");
}

static void physmem_less_memory_was_lost(void)
{
	phys_addr_t start, end;
	uint64_t i;
	int n = 0;

	ok(memblock_physmem_add(0x0, 0x8000));
	ok(memblock_add(0x0, 0x4000));
	for_each_physmem_range(i, &memblock.memory, &start, &end) {
		EXPECT_EQ(start, 0x4000);
		EXPECT_EQ(end, 0x8000);
		n++;
	}
	EXPECT_EQ(n, 1);
	for_each_physmem_range(i, (struct memblock_type *)NULL, &start, &end) {
		EXPECT_EQ(start, 0);
		EXPECT_EQ(end, 0x8000);
		n++;
	}
	EXPECT_EQ(n, 2);
}

static void physmem_knows_nothing_of_memory(void)
{
	ok(memblock_physmem_add(0x100000, 0x100000));
	EXPECT_FALSE(memblock_is_memory(0x100000));
	EXPECT(memblock_overlaps_region(&physmem, 0x1ff000, 0x1000));
	EXPECT_FALSE(memblock_overlaps_region(&physmem, 0x200000, 0x1000));
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), 0);
	ok(memblock_add(0x100000, 0x100000));
	ok(memblock_remove(0x100000, 0x100000));
	memblock_trim_memory(0x200000);
	is(&physmem, "100000-200000");
}

static void physmem_is_cut_at_the_top(void)
{
	ok(memblock_physmem_add(PHYS_ADDR_MAX - 0xfff, 0x2000));
	EXPECT_EQ(physmem.cnt, 1);
	EXPECT_EQ(physmem.total_size, 0xfff);
}

static void physmem_full_and_without_permission(void)
{
	for (unsigned int i = 0; i < INIT_PHYSMEM_REGIONS; i++)
		ok(memblock_physmem_add(0x100000 + i * 0x2000, 0x1000));
	no_memory(memblock_physmem_add(0x101000, 0x1000));
	is(&physmem, "100000-101000 102000-103000 104000-105000 106000-107000");
	out_is("memblock: cannot resize physmem array: it is full, "
	       "and memblock_allow_resize() was not called\n");
	ok(memblock_physmem_add(0x102000, 0x800)); /* nothing new */
}

static void physmem_leaves_nothing_behind_after_a_reset(void)
{
	const struct memblock_region none = { .base = 0 };

	ok(memblock_physmem_add(0x1000, 0x1000));
	ok(memblock_physmem_add(0x3000, 0x1000));
	memblock_reset();
	EXPECT_EQ(physmem.cnt, 0);
	EXPECT_MEM(&physmem.regions[0], &none, sizeof(none));
	EXPECT_MEM(&physmem.regions[1], &none, sizeof(none));
}

static void physmem_late_beside_another_late_array(void)
{
	unsigned int n = INIT_PHYSMEM_REGIONS;

	memblock_allow_resize();
	start_late(0);
	fill_far(memblock_physmem_add, n + 1);
	fill_far(memblock_reserve, RES_MAX + 1);
	fill_far(memblock_add, MEM_MAX + 1);
	EXPECT_EQ(late_out, 3);
	fill_far(memblock_physmem_add, 2 * n + 1);
	EXPECT_EQ(late_out, 3);
	EXPECT_EQ(late_freed, 2 * n * sizeof(struct memblock_region));
	fresh();
	EXPECT_EQ(late_out, 0);
}

static void physmem_that_doubles_gives_back_no_array_of_the_program(void)
{
	phys_addr_t at = ROOM_END - PF_PAGE_SIZE;
	char want[400];

	add_room();
	fill_far(memblock_physmem_add, INIT_PHYSMEM_REGIONS);
	host_symbol = "f+0x1/0x2";
	debug_on();
	ok(memblock_physmem_add(0x1000, 0x1000));
	snprintf(want, sizeof(want),
		 "memblock_physmem_add: [0x0000000000001000-0x0000000000001fff] f+0x1/0x2\n"
		 "memblock: physmem is doubled to 8 at [0x%016llx-0x%016llx]\n"
		 "memblock_reserve: [0x%016llx-0x%016llx] f+0x1/0x2\n",
		 (unsigned long long)at,
		 (unsigned long long)(at + 8 * sizeof(struct memblock_region) - 1),
		 (unsigned long long)at, (unsigned long long)(ROOM_END - 1));
	out_is(want);
}

#if PF_NUMA
static void physmem_may_have_nodes(void)
{
	ok(memblock_physmem_add(0x100000, 0x4000));
	ok(memblock_set_node(0x101000, 0x1000, &physmem, 2));
	is(&physmem, "100000-101000 101000-102000@2 102000-104000");
}
#endif

static const struct check_case cases[] = {
	CASE(memblock_physmem_add, physmem_is_a_third_type),
	CASE(memblock_physmem_add, physmem_doubles_early_and_late),
	CASE(memblock_physmem_add, physmem_knows_nothing_of_memory),
	CASE(memblock_physmem_add, physmem_is_cut_at_the_top),
	CASE(memblock_physmem_add, physmem_full_and_without_permission),
	CASE(memblock_reset, physmem_leaves_nothing_behind_after_a_reset),
	CASE(memblock_physmem_add, physmem_that_doubles_gives_back_no_array_of_the_program),
	CASE(memblock_set_array_ops, physmem_late_beside_another_late_array),
#if PF_NUMA
	CASE(memblock_set_node, physmem_may_have_nodes),
#endif
	CASE(memblock_dump_all, physmem_is_dumped_last),
	CASE(for_each_physmem_range, physmem_less_memory_was_lost),
};

const struct check_group physmem_group = GROUP("physmem", cases);
#endif
