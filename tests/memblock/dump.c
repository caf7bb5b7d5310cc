/* SPDX-License-Identifier: MIT */
/* Every message, letter for letter as the kernel prints it. */
#include "arrays.h"

/* The messages from where @want begins. */
static const char *find_printed(const char *want)
{
	return strstr(host_output(), as_printed(want));
}

/* Messages are on, and addresses have a name. */
static void start(void)
{
	host_symbol = "caller+0x1c/0x40";
	debug_on();
}

static void nothing_is_printed_unless_asked(void)
{
	debug_off();
	ok(memblock_add(0x100000, 0x100000));
	ok(memblock_add_node(0x300000, 0x100000, 0, MEMBLOCK_NONE));
	ok(memblock_reserve(0x100000, 0x1000));
	EXPECT_NOT_NULL(memblock_alloc(0x1000, 0x1000));
	ok(memblock_phys_free(0x100000, 0x1000));
	ok(memblock_remove(0x180000, 0x1000));
	memblock_dump_all();
	memblock_allow_resize();
	for (unsigned int i = 0; i < INIT_MEMBLOCK_RESERVED_REGIONS; i++)
		ok(memblock_reserve(0x1000000 + i * 0x2000, 0x1000));
	EXPECT_EQ(memblock.reserved.max, 2 * INIT_MEMBLOCK_RESERVED_REGIONS);
	out_is("");
}

#if PF_PHYSMEM
#define NO_PHYSMEM " physmem.cnt  = 0x0\n"
#else
#define NO_PHYSMEM ""
#endif

static void an_empty_dump(void)
{
	debug_on();
	memblock_dump_all();
	out_is("MEMBLOCK configuration:\n"
	       " memory size = 0x0000000000000000 reserved size = 0x0000000000000000\n"
	       " memory.cnt  = 0x0\n"
	       " reserved.cnt  = 0x0\n" NO_PHYSMEM);
}

#if PF_NUMA
#define ON_NODE_0 " on node 0"
#else
#define ON_NODE_0 ""
#endif

static void a_dump_below_4g(void)
{
	ok(memblock_add(0x1000, 0x9e000));
	ok(memblock_add_node(0x100000, 0xbfee0000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0xc0000000, 0x30000000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_reserve(0x0, 0x10000));
	debug_on();
	memblock_dump_all();
	out_is("MEMBLOCK configuration:\n"
	       " memory size = 0x00000000eff7e000 reserved size = 0x0000000000010000\n"
	       " memory.cnt  = 0x3\n"
	       " memory[0x0]\t[0x0000000000001000-0x000000000009efff], "
	       "0x000000000009e000 bytes flags: 0x0\n"
	       " memory[0x1]\t[0x0000000000100000-0x00000000bffdffff], "
	       "0x00000000bfee0000 bytes" ON_NODE_0 " flags: 0x0\n"
	       " memory[0x2]\t[0x00000000c0000000-0x00000000efffffff], "
	       "0x0000000030000000 bytes" ON_NODE_0 " flags: 0x1\n"
	       " reserved.cnt  = 0x1\n"
	       " reserved[0x0]\t[0x0000000000000000-0x000000000000ffff], "
	       "0x0000000000010000 bytes flags: 0x0\n" NO_PHYSMEM);
}

#if PF_PHYS_BITS == 64
static void a_dump_of_everything_that_a_region_can_be(void)
{
	ok(memblock_add(0x1000, 0x9e000));
	ok(memblock_add_node(0x100000, 0xbfee0000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x100000000, 0x140000000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_add_node(0x240000000, 0x1000, NUMA_NO_NODE,
			     MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED));
	ok(memblock_reserve(0x0, 0x10000));
	ok(memblock_reserve(0x20000, 0x8));
	ok(memblock_reserved_mark_noinit(0x20000, 0x8));
	debug_on();
	memblock_dump_all();
#if PF_NUMA
	out_is("MEMBLOCK configuration:\n"
	       " memory size = 0x00000001fff7f000 reserved size = 0x0000000000010008\n"
	       " memory.cnt  = 0x4\n"
	       " memory[0x0]\t[0x0000000000001000-0x000000000009efff], "
	       "0x000000000009e000 bytes flags: 0x0\n"
	       " memory[0x1]\t[0x0000000000100000-0x00000000bffdffff], "
	       "0x00000000bfee0000 bytes on node 0 flags: 0x0\n"
	       " memory[0x2]\t[0x0000000100000000-0x000000023fffffff], "
	       "0x0000000140000000 bytes on node 0 flags: 0x1\n"
	       " memory[0x3]\t[0x0000000240000000-0x0000000240000fff], "
	       "0x0000000000001000 bytes flags: 0xc\n"
	       " reserved.cnt  = 0x2\n"
	       " reserved[0x0]\t[0x0000000000000000-0x000000000000ffff], "
	       "0x0000000000010000 bytes flags: 0x0\n"
	       " reserved[0x1]\t[0x0000000000020000-0x0000000000020007], "
	       "0x0000000000000008 bytes flags: 0x10\n" NO_PHYSMEM);
#else
	EXPECT_NULL(strstr(host_output(), "node"));
	EXPECT_NOT_NULL(find_printed(" memory[0x2]\t[0x0000000100000000-0x000000023fffffff], "
				     "0x0000000140000000 bytes flags: 0x1\n"));
#endif
}
#endif

static void region_numbers_are_hexadecimal(void)
{
	for (unsigned int i = 0; i < 18; i++)
		ok(memblock_reserve(i * 0x2000, 0x1000));
	debug_on();
	memblock_dump_all();
	EXPECT_NOT_NULL(find_printed(" reserved.cnt  = 0x12\n"));
	EXPECT_NOT_NULL(find_printed(" reserved[0xa]\t[0x0000000000014000-"));
	EXPECT_NOT_NULL(find_printed(" reserved[0x11]\t[0x0000000000022000-"));
}

#if PF_NUMA
static void node_numbers_are_decimal(void)
{
	ok(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES - 1, MEMBLOCK_NONE));
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, 123));
	debug_on();
	memblock_dump_all();
	EXPECT_NOT_NULL(find_printed(" bytes on node 123 flags: 0x0\n"));
}
#endif

static void the_dump_shows_what_trimming_forgot(void)
{
	ok(memblock_add(0x1800, 0x2000));
	memblock_trim_memory(0x1000);
	debug_on();
	memblock_dump_all();
	EXPECT_NOT_NULL(find_printed(" memory size = 0x0000000000002000 reserved"));
	EXPECT_NOT_NULL(find_printed("[0x0000000000002000-0x0000000000002fff]"));
}

static void ranges_name_their_caller(void)
{
	start();
	ok(memblock_add(0x1000, 0x9e000));
	ok(memblock_reserve(0x1000, 0x2000));
	ok(memblock_phys_free(0x1000, 0x2000));
	ok(memblock_remove(0x2000, 0x1000));
	out_is("memblock_add: [0x0000000000001000-0x000000000009efff] caller+0x1c/0x40\n"
	       "memblock_reserve: [0x0000000000001000-0x0000000000002fff] caller+0x1c/0x40\n"
	       "memblock_phys_free: [0x0000000000001000-0x0000000000002fff] caller+0x1c/0x40\n"
	       "memblock_remove: [0x0000000000002000-0x0000000000002fff] caller+0x1c/0x40\n");
}

static void ranges_are_printed_before_they_are_cut(void)
{
	/* as the kernel does: size 0 and a wrap look strange */
	start();
	ok(memblock_reserve(0x1000, 0));
	ok(memblock_add(0x2000, PHYS_ADDR_MAX));
	out_is("memblock_reserve: [0x0000000000001000-0x0000000000000fff] caller+0x1c/0x40\n"
	       "memblock_add: [0x0000000000002000-0x0000000000001ffe] caller+0x1c/0x40\n");
}

static void add_node_says_node_and_flags(void)
{
	start();
	ok(memblock_add_node(0x100000, 0x1000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_add_node(0x200000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NONE));
	EXPECT_EQ(memblock_add_node(0x300000, 0x1000, 12345, 0x1f), -PF_EINVAL);
	out_is("memblock_add_node: [0x0000000000100000-0x0000000000100fff] nid=0 flags=1 "
	       "caller+0x1c/0x40\n"
	       "memblock_add_node: [0x0000000000200000-0x0000000000200fff] nid=-1 flags=0 "
	       "caller+0x1c/0x40\n"
	       "memblock_add_node: [0x0000000000300000-0x0000000000300fff] nid=12345 flags=1f "
	       "caller+0x1c/0x40\n");
}

static void allocations_print_the_request_and_the_reservation(void)
{
	ok(memblock_add(0x100000, 0x100000));
	start();
	EXPECT_NOT_NULL(memblock_alloc(4096, 0x1000));
	EXPECT_NOT_NULL(memblock_alloc_try_nid_raw(100, 0x40, 0x110000, 0x120000, 0));
	EXPECT_NOT_NULL(
		memblock_alloc_exact_nid_raw(64, 0, 0, MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE));
	out_is("memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=-1 from=0x0000000000000000 "
	       "max_addr=0x0000000000000000 caller+0x1c/0x40\n"
	       "memblock_reserve: [0x00000000001ff000-0x00000000001fffff] caller+0x1c/0x40\n"
	       "memblock_alloc_try_nid_raw: 100 bytes align=0x40 nid=0 from=0x0000000000110000 "
	       "max_addr=0x0000000000120000 caller+0x1c/0x40\n"
	       "memblock_reserve: [0x000000000011ff80-0x000000000011ffe3] caller+0x1c/0x40\n"
	       "memblock_alloc_exact_nid_raw: 64 bytes align=0x0 nid=-1 from=0x0000000000000000 "
	       "max_addr=0x0000000000000000 caller+0x1c/0x40\n"
	       "memblock_reserve: [0x00000000001fefc0-0x00000000001fefff] caller+0x1c/0x40\n");
}

static void physical_allocations_print_no_node(void)
{
	ok(memblock_add(0x100000, 0x100000));
	start();
	EXPECT_EQ(memblock_phys_alloc_range(0x2000, 0x1000, 0, 0x180000), 0x17e000);
	out_is("memblock_phys_alloc_range: 8192 bytes align=0x1000 from=0x0000000000000000 "
	       "max_addr=0x0000000000180000 caller+0x1c/0x40\n"
	       "memblock_reserve: [0x000000000017e000-0x000000000017ffff] caller+0x1c/0x40\n");
}

static void two_allocators_print_the_reservation_only(void)
{
	/* the kernel's are silent about the request */
	ok(memblock_add(0x100000, 0x100000));
	start();
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x1ff000);
	EXPECT_EQ(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 0, false), 0x1fe000);
	out_is("memblock_reserve: [0x00000000001ff000-0x00000000001fffff] caller+0x1c/0x40\n"
	       "memblock_reserve: [0x00000000001fe000-0x00000000001fefff] caller+0x1c/0x40\n");
}

static void alloc_node_prints_as_the_function_that_linux_inlines(void)
{
	ok(memblock_add_node(0x100000, 0x100000, 0, MEMBLOCK_NONE));
	start();
	EXPECT_NOT_NULL(memblock_alloc_node(0x1000, 0x1000, 0));
	out_is("memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=0 from=0x0000000000000000 "
	       "max_addr=0x0000000000000000 caller+0x1c/0x40\n"
	       "memblock_reserve: [0x00000000001ff000-0x00000000001fffff] caller+0x1c/0x40\n");
}

static void an_allocation_that_fails_prints_the_request_only(void)
{
	start();
	EXPECT_NULL(memblock_alloc(PHYS_ADDR_MAX, 1));
	if (PF_PHYS_BITS == 64)
		out_is("memblock_alloc_try_nid: 18446744073709551615 bytes align=0x1 nid=-1 "
		       "from=0x0000000000000000 max_addr=0x0000000000000000 caller+0x1c/0x40\n");
	else
		out_is("memblock_alloc_try_nid: 4294967295 bytes align=0x1 nid=-1 "
		       "from=0x0000000000000000 max_addr=0x0000000000000000 caller+0x1c/0x40\n");
}

static void without_symbols_callers_are_bare_addresses(void)
{
	const char *range = as_printed("memblock_add: [0x0000000000001000-0x0000000000001fff] ");
	unsigned long long address = 0;
	char newline = 0;

	debug_on();
	ok(memblock_add(0x1000, 0x1000));
	EXPECT_MEM(host_output(), range, strlen(range));
	EXPECT_EQ(sscanf(host_output() + strlen(range), "0x%llx%c", &address, &newline), 2);
	EXPECT_EQ(newline, '\n');
	EXPECT(address != 0);
}

static void marks_print_nothing(void)
{
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_reserve(0x1000, 0x4000));
	start();
	ok(memblock_mark_hotplug(0x1000, 0x1000));
	ok(memblock_reserved_mark_noinit(0x1000, 0x1000));
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, 0));
	memblock_enforce_memory_limit(0x2000);
	out_is("");
}

/* "[first-last]" of an array's bytes, or of the pages that it takes. */
static const char *range_text(phys_addr_t base, phys_addr_t size)
{
	static char buf[4][48];
	static unsigned int next;
	char *text = buf[next++ % 4];

	snprintf(text, sizeof(buf[0]), "[0x%016llx-0x%016llx]", (unsigned long long)base,
		 (unsigned long long)(base + size - 1));
	return text;
}

/* The bytes of @n regions, not rounded. */
static phys_addr_t net(unsigned long n)
{
	return (phys_addr_t)(n * sizeof(struct memblock_region));
}

static void doubling_says_where(void)
{
	phys_addr_t at = ROOM_END - bytes(2 * RES_MAX);
	char want[400];

	add_room();
	fill_from(0x100000, memblock_reserve, RES_MAX);
	start();
	ok(memblock_reserve(0x1000, 0x1000));
	snprintf(want, sizeof(want),
		 "memblock_reserve: [0x0000000000001000-0x0000000000001fff] caller+0x1c/0x40\n"
		 "memblock: reserved is doubled to 256 at %s\n"
		 "memblock_reserve: %s caller+0x1c/0x40\n",
		 range_text(at, net(2 * RES_MAX)), range_text(at, bytes(2 * RES_MAX)));
	out_is(want);
}

static struct memblock_region static_regions[2 * INIT_MEMBLOCK_MEMORY_REGIONS];

static void *static_alloc(size_t size)
{
	return size <= sizeof(static_regions) ? static_regions : NULL;
}

static void static_free(void *array, size_t size)
{
	(void)array;
	(void)size;
}

static void doubling_late_says_where_too(void)
{
	static const struct memblock_array_ops ops = { static_alloc, static_free };
	char want[160];

	memblock_allow_resize();
	memblock_set_array_ops(&ops);
	for (unsigned int i = 0; i < INIT_MEMBLOCK_MEMORY_REGIONS; i++)
		ok(memblock_add(0x100000 + i * 0x2000, 0x1000));
	debug_on();
	host_symbol = "f+0x1/0x2";
	ok(memblock_add(0x1000, 0x1000));
	snprintf(want, sizeof(want),
		 "memblock_add: [0x0000000000001000-0x0000000000001fff] f+0x1/0x2\n"
		 "memblock: memory is doubled to 256 at %s\n",
		 range_text((phys_addr_t)(uintptr_t)static_regions, sizeof(static_regions)));
	out_is(want);
}

static void free_of_an_array_is_a_free_like_any_other(void)
{
	phys_addr_t old = ROOM_END - bytes(2 * RES_MAX), at = old - bytes(4 * RES_MAX);
	char want[500];

	add_room();
	fill_from(0x100000, memblock_reserve, 2 * RES_MAX - 1);
	start();
	ok(memblock_reserve(0x1000, 0x1000));
	snprintf(want, sizeof(want),
		 "memblock_reserve: [0x0000000000001000-0x0000000000001fff] caller+0x1c/0x40\n"
		 "memblock: reserved is doubled to 512 at %s\n"
		 "memblock_phys_free: %s caller+0x1c/0x40\n"
		 "memblock_reserve: %s caller+0x1c/0x40\n",
		 range_text(at, net(4 * RES_MAX)), range_text(old, bytes(2 * RES_MAX)),
		 range_text(at, bytes(4 * RES_MAX)));
	out_is(want);
}

#if PF_NUMA
static void numa_coverage_counts_megabytes(void)
{
	ok(memblock_add_node(0x1000000, 0x40000000, 0, MEMBLOCK_NONE));
	ok(memblock_add(0x80000000, 0x2ff000));
	EXPECT(memblock_validate_numa_coverage(0x2ff000));
	EXPECT_FALSE(memblock_validate_numa_coverage(0x2fefff));
	out_is("NUMA: no nodes coverage for 2MB of 1026MB RAM\n");
}
#endif

static const struct check_case cases[] = {
	CASE(memblock_add, nothing_is_printed_unless_asked),
	CASE(memblock_dump_all, an_empty_dump),
	CASE(memblock_dump_all, a_dump_below_4g),
#if PF_PHYS_BITS == 64
	CASE(memblock_dump_all, a_dump_of_everything_that_a_region_can_be),
#endif
	CASE(memblock_dump_all, region_numbers_are_hexadecimal),
#if PF_NUMA
	CASE(memblock_dump_all, node_numbers_are_decimal),
#endif
	CASE(memblock_dump_all, the_dump_shows_what_trimming_forgot),
	CASE(memblock_add, ranges_name_their_caller),
	CASE(memblock_add, ranges_are_printed_before_they_are_cut),
	CASE(memblock_add_node, add_node_says_node_and_flags),
	CASE(memblock_alloc_try_nid, allocations_print_the_request_and_the_reservation),
	CASE(memblock_phys_alloc_range, physical_allocations_print_no_node),
	CASE(memblock_phys_alloc_try_nid, two_allocators_print_the_reservation_only),
	CASE(memblock_alloc_node, alloc_node_prints_as_the_function_that_linux_inlines),
	CASE(memblock_alloc, an_allocation_that_fails_prints_the_request_only),
	CASE(memblock_add, without_symbols_callers_are_bare_addresses),
	CASE(memblock_add, marks_print_nothing),
	CASE(memblock_reserve, doubling_says_where),
	CASE(memblock_set_array_ops, doubling_late_says_where_too),
	CASE(memblock_reserve, free_of_an_array_is_a_free_like_any_other),
#if PF_NUMA
	CASE(memblock_validate_numa_coverage, numa_coverage_counts_megabytes),
#endif
};

const struct check_group dump_group = GROUP("dump", cases);
