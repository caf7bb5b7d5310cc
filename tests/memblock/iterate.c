/* SPDX-License-Identifier: MIT */
/* Iterators, in both directions. */
#include "common.h"

static char walk[1 << 12];
static size_t walked;

static void start_walk(void)
{
	walked = 0;
	walk[0] = '\0';
}

/* Addresses or page numbers. */
static void see(uint64_t start, uint64_t end, int nid)
{
	walked += (size_t)snprintf(walk + walked, sizeof(walk) - walked, "%s%llx-%llx",
				   walked ? " " : "", (unsigned long long)start,
				   (unsigned long long)end);
	if (nid >= 0 && nid < MAX_NUMNODES)
		walked += (size_t)snprintf(walk + walked, sizeof(walk) - walked, "@%d", nid);
}

/* What the walk gave, and start over. */
#define walk_is(want)                                                                              \
	do {                                                                                       \
		EXPECT_STR(walk, want);                                                            \
		walked = 0;                                                                        \
		walk[0] = '\0';                                                                    \
	} while (0)

static void walk_free(int nid, enum memblock_flags flags)
{
	phys_addr_t start, end;
	uint64_t i;

	for_each_free_mem_range(i, nid, flags, &start, &end, NULL)
		see(start, end, -1);
}

static void walk_free_back(int nid, enum memblock_flags flags)
{
	phys_addr_t start, end;
	uint64_t i;

	for_each_free_mem_range_reverse(i, nid, flags, &start, &end, NULL)
		see(start, end, -1);
}

static void walk_all(void)
{
	phys_addr_t start, end;
	uint64_t i;

	for_each_mem_range(i, &start, &end)
		see(start, end, -1);
}

static void walk_all_back(void)
{
	phys_addr_t start, end;
	uint64_t i;

	for_each_mem_range_rev(i, &start, &end)
		see(start, end, -1);
}

static void empty_arrays_end_every_walk_at_once(void)
{
	struct memblock_region *r;
	unsigned long start, end;
	phys_addr_t from, to;
	uint64_t n;
	int i;

	walk_all();
	walk_all_back();
	walk_free(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_free_back(NUMA_NO_NODE, MEMBLOCK_NONE);
	for_each_reserved_mem_range(n, &from, &to)
		see(from, to, -1);
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, NULL)
		see(start, end, -1);
	for_each_mem_region(r)
		see(r->base, r->size, -1);
	for_each_reserved_mem_region(r)
		see(r->base, r->size, -1);
	walk_is("");
}

static void memory_comes_in_either_order(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x4000, 0x2000));
	ok(memblock_add(0x8000, 0x1000));
	ok(memblock_reserve(0x0, 0x10000)); /* does not matter here */
	walk_all();
	walk_is("1000-2000 4000-6000 8000-9000");
	walk_all_back();
	walk_is("8000-9000 4000-6000 1000-2000");
}

static void memory_is_all_but_nomap(void)
{
	movable_node_enabled = true;
	ok(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES, MEMBLOCK_HOTPLUG));
	ok(memblock_add_node(0x3000, 0x1000, MAX_NUMNODES, MEMBLOCK_DRIVER_MANAGED));
	ok(memblock_add_node(0x5000, 0x1000, MAX_NUMNODES, MEMBLOCK_MIRROR));
	ok(memblock_add_node(0x7000, 0x1000, MAX_NUMNODES, MEMBLOCK_NOMAP));
	ok(memblock_add_node(0x9000, 0x1000, MAX_NUMNODES, MEMBLOCK_NONE));
	walk_all();
	walk_is("1000-2000 3000-4000 5000-6000 9000-a000");
	walk_all_back();
	walk_is("9000-a000 5000-6000 3000-4000 1000-2000");
}

static void reserved_comes_whole_whatever_its_flags(void)
{
	phys_addr_t start, end;
	uint64_t i;

	ok(memblock_reserve(0x1000, 0x1000));
	ok(memblock_reserve(0x3000, 0x2000));
	ok(memblock_reserved_mark_noinit(0x4000, 0x1000));
	for_each_reserved_mem_range(i, &start, &end)
		see(start, end, -1);
	walk_is("1000-2000 3000-4000 4000-5000");
}

static void free_is_memory_between_reservations(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_add(0x8000, 0x4000));
	ok(memblock_reserve(0x0, 0x800));
	ok(memblock_reserve(0x2000, 0x1000));
	ok(memblock_reserve(0x4800, 0x4000)); /* from one region into the next */
	ok(memblock_reserve(0x9000, 0x800));
	ok(memblock_reserve(0x20000, 0x1000));
	walk_free(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("1000-2000 3000-4800 8800-9000 9800-c000");
	walk_free_back(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("9800-c000 8800-9000 3000-4800 1000-2000");
}

static void free_is_all_memory_without_reservations(void)
{
	ok(memblock_add(0x0, 0x1000));
	ok(memblock_add(0x8000, 0x4000));
	walk_free(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("0-1000 8000-c000");
	walk_free_back(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("8000-c000 0-1000");
}

static void reservations_that_match_regions_leave_nothing(void)
{
	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	ok(memblock_add(0x5000, 0x1000));
	ok(memblock_reserve(0x1000, 0x1000));
	ok(memblock_reserve(0x5000, 0x1000));
	walk_free(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("3000-4000");
	walk_free_back(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("3000-4000");
	ok(memblock_reserve(0x0, 0x10000));
	walk_free(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_free_back(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("");
}

static void a_position_beyond_the_last_gap_ends_the_walk(void)
{
	uint64_t i = (uint64_t)5 << 32;
	phys_addr_t start = 7;

	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_reserve(0x8000, 0x1000));
	__next_mem_range(&i, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.memory, &memblock.reserved,
			 &start, NULL, NULL);
	EXPECT(i == UINT64_MAX);
	i = (uint64_t)UINT32_MAX << 32;
	__next_mem_range_rev(&i, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.memory, &memblock.reserved,
			     &start, NULL, NULL);
	EXPECT(i == UINT64_MAX);
	EXPECT_EQ(start, 7);
}

static void positions_are_what_the_header_says(void)
{
	uint64_t i = 0;

	/* A region and a gap that end together: on with the next region, in the same gap. */
	ok(memblock_add(0x1000, 0x2000));
	ok(memblock_reserve(0x3000, 0x1000));
	__next_mem_range(&i, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.memory, &memblock.reserved,
			 NULL, NULL, NULL);
	EXPECT_EQ(i, 1);
	ok(memblock_reserve(0x2000, 0x800));
	i = 0;
	__next_mem_range(&i, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.memory, &memblock.reserved,
			 NULL, NULL, NULL);
	EXPECT_EQ(i, (uint64_t)1 << 32);
	/* Backwards: that start together. */
	ok(memblock_reserve(0x0, 0x1000));
	i = (uint64_t)1 << 32;
	__next_mem_range_rev(&i, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.memory, &memblock.reserved,
			     NULL, NULL, NULL);
	EXPECT_EQ(i, (uint64_t)1 << 32 | UINT32_MAX);
}

static void flags_choose_free_memory(void)
{
	movable_node_enabled = false;
	ok(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES, MEMBLOCK_HOTPLUG));
	ok(memblock_add_node(0x3000, 0x1000, MAX_NUMNODES, MEMBLOCK_DRIVER_MANAGED));
	ok(memblock_add_node(0x5000, 0x1000, MAX_NUMNODES, MEMBLOCK_MIRROR));
	ok(memblock_add_node(0x7000, 0x1000, MAX_NUMNODES, MEMBLOCK_NOMAP));
	ok(memblock_add_node(0x9000, 0x1000, MAX_NUMNODES, MEMBLOCK_NONE));
	walk_free(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("1000-2000 5000-6000 9000-a000");
	walk_free(NUMA_NO_NODE, MEMBLOCK_MIRROR);
	walk_is("5000-6000");
	walk_free(NUMA_NO_NODE, MEMBLOCK_NOMAP);
	walk_is("1000-2000 5000-6000 7000-8000 9000-a000");
	walk_free_back(NUMA_NO_NODE, MEMBLOCK_DRIVER_MANAGED);
	walk_is("9000-a000 5000-6000 3000-4000 1000-2000");
	movable_node_enabled = true;
	walk_free_back(NUMA_NO_NODE, MEMBLOCK_NONE);
	walk_is("9000-a000 5000-6000");
	walk_free(NUMA_NO_NODE, MEMBLOCK_HOTPLUG);
	walk_is("1000-2000 5000-6000 9000-a000");
}

static void null_out_pointers_are_left_alone(void)
{
	uint64_t i;
	int n = 0, p;

	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_add(0x8000, 0x4000));
	ok(memblock_reserve(0x2000, 0x1000));
	for_each_mem_range(i, NULL, NULL)
		n++;
	for_each_mem_range_rev(i, NULL, NULL)
		n++;
	EXPECT_EQ(n, 4);
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, NULL, NULL, NULL)
		n++;
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, NULL, NULL, NULL)
		n++;
	EXPECT_EQ(n, 10);
	for_each_mem_pfn_range(p, MAX_NUMNODES, NULL, NULL, NULL)
		n++;
	EXPECT_EQ(n, 12);
}

static void regions_are_all_visited(void)
{
	struct memblock_region *r;

	ok(memblock_add(0x1000, 0x1000));
	ok(memblock_add(0x3000, 0x1000));
	ok(memblock_reserve(0x5000, 0x1000));
	for_each_mem_region(r)
		see(r->base, r->base + r->size, -1);
	walk_is("1000-2000 3000-4000");
	for_each_reserved_mem_region(r)
		see(r->base, r->base + r->size, -1);
	walk_is("5000-6000");
}

static void pfn_ranges_are_whole_pages(void)
{
	unsigned long start, end;
	int i;

	ok(memblock_add(0x1800, 0x3000)); /* pages 2 and 3 */
	ok(memblock_add(0x6800, 0x1000)); /* none */
	ok(memblock_add(0x8000, 0x800));  /* none */
	ok(memblock_add(0x9800, 0x100));  /* none: rounds to less than nothing */
	ok(memblock_add(0xa000, 0x1000));
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, NULL)
		see(start, end, -1);
	walk_is("2-4 a-b");
	EXPECT_EQ(i, -1);
	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, NULL)
		see(start, end, -1);
	walk_is("2-4 a-b");
}

#if PF_NUMA
static void add_two_nodes(void)
{
	ok(memblock_add_node(0x1000, 0x2000, 1, MEMBLOCK_NONE));
	ok(memblock_add_node(0x3000, 0x1000, 2, MEMBLOCK_NONE));
	ok(memblock_add_node(0x6000, 0x1000, 1, MEMBLOCK_NONE));
	ok(memblock_add_node(0x8000, 0x1000, MAX_NUMNODES, MEMBLOCK_NONE));
}

static void nodes_choose_memory_and_come_out(void)
{
	phys_addr_t start, end;
	uint64_t i;
	int nid;

	add_two_nodes();
	ok(memblock_reserve(0x2000, 0x1800));
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, &nid)
		see(start, end, nid);
	walk_is("1000-2000@1 3800-4000@2 6000-7000@1 8000-9000");
	for_each_free_mem_range(i, 1, MEMBLOCK_NONE, &start, &end, &nid)
		see(start, end, nid);
	walk_is("1000-2000@1 6000-7000@1");
	for_each_free_mem_range_reverse(i, MAX_NUMNODES, MEMBLOCK_NONE, &start, &end, &nid)
		see(start, end, nid);
	walk_is("8000-9000 6000-7000@1 3800-4000@2 1000-2000@1");
	for_each_free_mem_range_reverse(i, 2, MEMBLOCK_NONE, &start, &end, &nid)
		see(start, end, nid);
	walk_is("3800-4000@2");
	walk_free(3, MEMBLOCK_NONE);
	walk_is("");
}

static void nodes_of_whole_types_come_out(void)
{
	phys_addr_t start, end;
	uint64_t i;
	int nid;

	add_two_nodes();
	ok(memblock_reserve(0x1000, 0x1000));
	ok(memblock_set_node(0x1000, 0x1000, &memblock.reserved, 5));
	__for_each_mem_range(i, &memblock.memory, (struct memblock_type *)NULL, 1, MEMBLOCK_NONE,
			     &start, &end, &nid) see(start, end, nid);
	walk_is("1000-3000@1 6000-7000@1");
	__for_each_mem_range_rev(i, &memblock.reserved, (struct memblock_type *)NULL, 1,
				 MEMBLOCK_NONE, &start, &end, &nid) see(start, end, nid);
	walk_is("1000-2000@5"); /* the node of a reservation chooses nothing */
}

static void pfn_ranges_of_one_node(void)
{
	unsigned long start, end;
	int i, nid;

	add_two_nodes();
	for_each_mem_pfn_range(i, 1, &start, &end, &nid)
		see(start, end, nid);
	walk_is("1-3@1 6-7@1");
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid)
		see(start, end, nid);
	walk_is("1-3@1 3-4@2 6-7@1 8-9");
	for_each_mem_pfn_range(i, 7, &start, &end, &nid)
		see(start, end, nid);
	walk_is("");
}
#endif

static void reserved_less_memory_is_what_lies_outside(void)
{
	phys_addr_t start, end;
	uint64_t i;

	/* any two types will do */
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_mark_nomap(0x2000, 0x1000));
	ok(memblock_reserve(0x0, 0x2000));
	ok(memblock_reserve(0x4000, 0x4000));
	__for_each_mem_range(i, &memblock.reserved, &memblock.memory, NUMA_NO_NODE, MEMBLOCK_NONE,
			     &start, &end, NULL) see(start, end, -1);
	walk_is("0-1000 5000-8000");
	__for_each_mem_range_rev(i, &memblock.reserved, &memblock.memory, NUMA_NO_NODE,
				 MEMBLOCK_NONE, &start, &end, NULL) see(start, end, -1);
	walk_is("5000-8000 0-1000");
}

static const struct check_case cases[] = {
	CASE(for_each_mem_range, empty_arrays_end_every_walk_at_once),
	CASE(for_each_mem_range, memory_comes_in_either_order),
	CASE(for_each_mem_range, memory_is_all_but_nomap),
	CASE(for_each_reserved_mem_range, reserved_comes_whole_whatever_its_flags),
	CASE(for_each_free_mem_range, free_is_memory_between_reservations),
	CASE(for_each_free_mem_range, free_is_all_memory_without_reservations),
	CASE(for_each_free_mem_range, reservations_that_match_regions_leave_nothing),
	CASE(__next_mem_range, a_position_beyond_the_last_gap_ends_the_walk),
	CASE(__next_mem_range, positions_are_what_the_header_says),
	CASE(for_each_free_mem_range, flags_choose_free_memory),
	CASE(for_each_mem_range, null_out_pointers_are_left_alone),
	CASE(for_each_mem_region, regions_are_all_visited),
	CASE(for_each_mem_pfn_range, pfn_ranges_are_whole_pages),
#if PF_NUMA
	CASE(for_each_free_mem_range, nodes_choose_memory_and_come_out),
	CASE(__for_each_mem_range, nodes_of_whole_types_come_out),
	CASE(for_each_mem_pfn_range, pfn_ranges_of_one_node),
#endif
	CASE(__for_each_mem_range, reserved_less_memory_is_what_lies_outside),
};

const struct check_group iterate_group = { "iterate", cases,	  sizeof(cases) / sizeof(cases[0]),
					   NULL,      start_walk, NULL };
