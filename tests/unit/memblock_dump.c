/* SPDX-License-Identifier: MIT */
/* Every message, letter for letter as the kernel prints it. */
#include "memblock_check.h"

#define out_is(want) assert_string_equal(host_output(), want)

/* Messages are on, and addresses have a name. */
static void start(void)
{
	host_symbol = "caller+0x1c/0x40";
	memblock_debug = true;
}

static void nothing_is_printed_unless_asked(void **state)
{
	(void)state;
	ok(memblock_add(0x100000, 0x100000));
	ok(memblock_add_node(0x300000, 0x100000, 0, MEMBLOCK_NONE));
	ok(memblock_reserve(0x100000, 0x1000));
	assert_non_null(memblock_alloc(0x1000, 0x1000));
	ok(memblock_phys_free(0x100000, 0x1000));
	ok(memblock_remove(0x180000, 0x1000));
	memblock_dump_all();
	memblock_allow_resize();
	for (unsigned int i = 0; i < INIT_MEMBLOCK_RESERVED_REGIONS; i++)
		ok(memblock_reserve(0x1000000 + i * 0x2000, 0x1000));
	assert_int_equal(memblock.reserved.max, 2 * INIT_MEMBLOCK_RESERVED_REGIONS);
	out_is("");
}

#if PF_PHYSMEM
#define NO_PHYSMEM " physmem.cnt  = 0x0\n"
#else
#define NO_PHYSMEM ""
#endif

static void an_empty_dump(void **state)
{
	(void)state;
	memblock_debug = true;
	memblock_dump_all();
	out_is("MEMBLOCK configuration:\n"
	       " memory size = 0x0000000000000000 reserved size = 0x0000000000000000\n"
	       " memory.cnt  = 0x0\n"
	       " reserved.cnt  = 0x0\n" NO_PHYSMEM);
}

static void a_dump_of_everything_that_a_region_can_be(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x9e000));
	ok(memblock_add_node(0x100000, 0xbfee0000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x100000000, 0x140000000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_add_node(0x240000000, 0x1000, NUMA_NO_NODE,
			     MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED));
	ok(memblock_reserve(0x0, 0x10000));
	ok(memblock_reserve(0x20000, 0x8));
	ok(memblock_reserved_mark_noinit(0x20000, 0x8));
	memblock_debug = true;
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
	assert_null(strstr(host_output(), "node"));
	assert_non_null(strstr(host_output(),
			       " memory[0x2]\t[0x0000000100000000-0x000000023fffffff], "
			       "0x0000000140000000 bytes flags: 0x1\n"));
#endif
}

static void region_numbers_are_hexadecimal(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 18; i++)
		ok(memblock_reserve(i * 0x2000, 0x1000));
	memblock_debug = true;
	memblock_dump_all();
	assert_non_null(strstr(host_output(), " reserved.cnt  = 0x12\n"));
	assert_non_null(strstr(host_output(), " reserved[0xa]\t[0x0000000000014000-"));
	assert_non_null(strstr(host_output(), " reserved[0x11]\t[0x0000000000022000-"));
}

#if PF_NUMA
static void node_numbers_are_decimal(void **state)
{
	(void)state;
	ok(memblock_add_node(0x1000, 0x1000, MAX_NUMNODES - 1, MEMBLOCK_NONE));
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, 123));
	memblock_debug = true;
	memblock_dump_all();
	assert_non_null(strstr(host_output(), " bytes on node 123 flags: 0x0\n"));
}
#endif

static void the_dump_shows_what_trimming_forgot(void **state)
{
	(void)state;
	ok(memblock_add(0x1800, 0x2000));
	memblock_trim_memory(0x1000);
	memblock_debug = true;
	memblock_dump_all();
	assert_non_null(strstr(host_output(), " memory size = 0x0000000000002000 reserved"));
	assert_non_null(strstr(host_output(), "[0x0000000000002000-0x0000000000002fff]"));
}

static void ranges_name_their_caller(void **state)
{
	(void)state;
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

static void ranges_are_printed_before_they_are_cut(void **state)
{
	(void)state; /* as the kernel does: size 0 and a wrap look strange */
	start();
	ok(memblock_reserve(0x1000, 0));
	ok(memblock_add(0x2000, PHYS_ADDR_MAX));
	out_is("memblock_reserve: [0x0000000000001000-0x0000000000000fff] caller+0x1c/0x40\n"
	       "memblock_add: [0x0000000000002000-0x0000000000001ffe] caller+0x1c/0x40\n");
}

static void add_node_says_node_and_flags(void **state)
{
	(void)state;
	start();
	ok(memblock_add_node(0x100000, 0x1000, 0, MEMBLOCK_HOTPLUG));
	ok(memblock_add_node(0x200000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NONE));
	assert_int_equal(memblock_add_node(0x300000, 0x1000, 12345, 0x1f), -PF_EINVAL);
	out_is("memblock_add_node: [0x0000000000100000-0x0000000000100fff] nid=0 flags=1 "
	       "caller+0x1c/0x40\n"
	       "memblock_add_node: [0x0000000000200000-0x0000000000200fff] nid=-1 flags=0 "
	       "caller+0x1c/0x40\n"
	       "memblock_add_node: [0x0000000000300000-0x0000000000300fff] nid=12345 flags=1f "
	       "caller+0x1c/0x40\n");
}

static void allocations_print_the_request_and_the_reservation(void **state)
{
	(void)state;
	ok(memblock_add(0x100000, 0x100000));
	start();
	assert_non_null(memblock_alloc(4096, 0x1000));
	assert_non_null(memblock_alloc_try_nid_raw(100, 0x40, 0x110000, 0x120000, 0));
	assert_non_null(
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

static void physical_allocations_print_no_node(void **state)
{
	(void)state;
	ok(memblock_add(0x100000, 0x100000));
	start();
	assert_int_equal(memblock_phys_alloc_range(0x2000, 0x1000, 0, 0x180000), 0x17e000);
	out_is("memblock_phys_alloc_range: 8192 bytes align=0x1000 from=0x0000000000000000 "
	       "max_addr=0x0000000000180000 caller+0x1c/0x40\n"
	       "memblock_reserve: [0x000000000017e000-0x000000000017ffff] caller+0x1c/0x40\n");
}

static void two_allocators_print_the_reservation_only(void **state)
{
	(void)state; /* the kernel's are silent about the request */
	ok(memblock_add(0x100000, 0x100000));
	start();
	assert_int_equal(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x1ff000);
	assert_int_equal(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 0, false), 0x1fe000);
	out_is("memblock_reserve: [0x00000000001ff000-0x00000000001fffff] caller+0x1c/0x40\n"
	       "memblock_reserve: [0x00000000001fe000-0x00000000001fefff] caller+0x1c/0x40\n");
}

static void alloc_node_prints_as_the_function_that_linux_inlines(void **state)
{
	(void)state;
	ok(memblock_add_node(0x100000, 0x100000, 0, MEMBLOCK_NONE));
	start();
	assert_non_null(memblock_alloc_node(0x1000, 0x1000, 0));
	out_is("memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=0 from=0x0000000000000000 "
	       "max_addr=0x0000000000000000 caller+0x1c/0x40\n"
	       "memblock_reserve: [0x00000000001ff000-0x00000000001fffff] caller+0x1c/0x40\n");
}

static void an_allocation_that_fails_prints_the_request_only(void **state)
{
	(void)state;
	start();
	assert_null(memblock_alloc(18446744073709551615u, 1));
	out_is("memblock_alloc_try_nid: 18446744073709551615 bytes align=0x1 nid=-1 "
	       "from=0x0000000000000000 max_addr=0x0000000000000000 caller+0x1c/0x40\n");
}

static void without_symbols_callers_are_bare_addresses(void **state)
{
	static const char range[] = "memblock_add: [0x0000000000001000-0x0000000000001fff] ";
	unsigned long long address = 0;
	char newline = 0;

	(void)state;
	memblock_debug = true;
	ok(memblock_add(0x1000, 0x1000));
	assert_memory_equal(host_output(), range, strlen(range));
	assert_int_equal(sscanf(host_output() + strlen(range), "0x%llx%c", &address, &newline), 2);
	assert_int_equal(newline, '\n');
	assert_true(address != 0);
}

static void marks_print_nothing(void **state)
{
	(void)state;
	ok(memblock_add(0x1000, 0x4000));
	ok(memblock_reserve(0x1000, 0x4000));
	start();
	ok(memblock_mark_hotplug(0x1000, 0x1000));
	ok(memblock_reserved_mark_noinit(0x1000, 0x1000));
	ok(memblock_set_node(0x1000, 0x1000, &memblock.memory, 0));
	memblock_enforce_memory_limit(0x2000);
	out_is("");
}

static void doubling_says_where(void **state)
{
	(void)state;
	ok(memblock_add(0x1000000, 0x1000000));
	memblock_allow_resize();
	for (unsigned int i = 0; i < INIT_MEMBLOCK_RESERVED_REGIONS; i++)
		ok(memblock_reserve(0x100000 + i * 0x2000, 0x1000));
	start();
	ok(memblock_reserve(0x1000, 0x1000));
	out_is("memblock_reserve: [0x0000000000001000-0x0000000000001fff] caller+0x1c/0x40\n"
	       "memblock: reserved is doubled to 256 at [0x0000000001ffe000-0x0000000001fff7ff]\n"
	       "memblock_reserve: [0x0000000001ffe000-0x0000000001ffffff] caller+0x1c/0x40\n");
}

static struct memblock_region late_regions[2 * INIT_MEMBLOCK_MEMORY_REGIONS];

static void *late_alloc(size_t size)
{
	return size <= sizeof(late_regions) ? late_regions : NULL;
}

static void late_free(void *array, size_t size)
{
	(void)array;
	(void)size;
}

static void doubling_late_says_where_too(void **state)
{
	static const struct memblock_array_ops ops = { late_alloc, late_free };
	char want[160];

	(void)state;
	memblock_allow_resize();
	memblock_set_array_ops(&ops);
	for (unsigned int i = 0; i < INIT_MEMBLOCK_MEMORY_REGIONS; i++)
		ok(memblock_add(0x100000 + i * 0x2000, 0x1000));
	memblock_debug = true;
	host_symbol = "f+0x1/0x2";
	ok(memblock_add(0x1000, 0x1000));
	snprintf(want, sizeof(want),
		 "memblock_add: [0x0000000000001000-0x0000000000001fff] f+0x1/0x2\n"
		 "memblock: memory is doubled to 256 at [0x%016llx-0x%016llx]\n",
		 (unsigned long long)(uintptr_t)late_regions,
		 (unsigned long long)(uintptr_t)late_regions + sizeof(late_regions) - 1);
	out_is(want);
}

static void free_of_an_array_is_a_free_like_any_other(void **state)
{
	(void)state;
	ok(memblock_add(0x1000000, 0x1000000));
	memblock_allow_resize();
	for (unsigned int i = 0; i < 2 * INIT_MEMBLOCK_RESERVED_REGIONS - 1; i++)
		ok(memblock_reserve(0x100000 + i * 0x2000, 0x1000));
	start();
	ok(memblock_reserve(0x1000, 0x1000));
	out_is("memblock_reserve: [0x0000000000001000-0x0000000000001fff] caller+0x1c/0x40\n"
	       "memblock: reserved is doubled to 512 at [0x0000000001ffb000-0x0000000001ffdfff]\n"
	       "memblock_phys_free: [0x0000000001ffe000-0x0000000001ffffff] caller+0x1c/0x40\n"
	       "memblock_reserve: [0x0000000001ffb000-0x0000000001ffdfff] caller+0x1c/0x40\n");
}

#if PF_NUMA
static void numa_coverage_counts_megabytes(void **state)
{
	(void)state;
	ok(memblock_add_node(0x1000000, 0x40000000, 0, MEMBLOCK_NONE));
	ok(memblock_add(0x100000000, 0x2ff000));
	assert_true(memblock_validate_numa_coverage(0x2ff000));
	assert_false(memblock_validate_numa_coverage(0x2fefff));
	out_is("NUMA: no nodes coverage for 2MB of 1026MB RAM\n");
}
#endif

#if PF_PHYSMEM
static void physmem_is_dumped_last(void **state)
{
	(void)state;
	start();
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
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(nothing_is_printed_unless_asked),
		test(an_empty_dump),
		test(a_dump_of_everything_that_a_region_can_be),
		test(region_numbers_are_hexadecimal),
#if PF_NUMA
		test(node_numbers_are_decimal),
#endif
		test(the_dump_shows_what_trimming_forgot),
		test(ranges_name_their_caller),
		test(ranges_are_printed_before_they_are_cut),
		test(add_node_says_node_and_flags),
		test(allocations_print_the_request_and_the_reservation),
		test(physical_allocations_print_no_node),
		test(two_allocators_print_the_reservation_only),
		test(alloc_node_prints_as_the_function_that_linux_inlines),
		test(an_allocation_that_fails_prints_the_request_only),
		test(without_symbols_callers_are_bare_addresses),
		test(marks_print_nothing),
		test(doubling_says_where),
		test(doubling_late_says_where_too),
		test(free_of_an_array_is_a_free_like_any_other),
#if PF_NUMA
		test(numa_coverage_counts_megabytes),
#endif
#if PF_PHYSMEM
		test(physmem_is_dumped_last),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
