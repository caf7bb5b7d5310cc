/* SPDX-License-Identifier: MIT */
/* Every allocator: where blocks lie, what is zeroed, and the order of fall-backs. */
#include "memblock_check.h"

/* [1M, 2M). */
static void add_a_megabyte(void)
{
	ok(memblock_add(0x100000, 0x100000));
}

#define virt(addr) pf_port_phys_to_virt(addr)

static void alloc_takes_the_highest_block_and_zeroes_it(void **state)
{
	unsigned char *p = virt(0x1ff000);

	(void)state;
	add_a_megabyte();
	p[0] = p[0xfff] = 1;
	assert_ptr_equal(memblock_alloc(0x1000, 0x1000), p);
	reserved_is("1ff000-200000");
	assert_int_equal(host_zero_calls, 1);
	assert_int_equal(host_zero_bytes, 0x1000);
	assert_int_equal(p[0] | p[0xfff], 0);
	assert_ptr_equal(memblock_alloc(0x1000, 0x1000), virt(0x1fe000));
	reserved_is("1fe000-200000");
}

static void alloc_takes_the_lowest_block_bottom_up(void **state)
{
	(void)state;
	add_a_megabyte();
	memblock_set_bottom_up(true);
	assert_ptr_equal(memblock_alloc(0x1001, 0x1000), virt(0x100000));
	assert_ptr_equal(memblock_alloc(0x1000, 0x1000), virt(0x102000));
	reserved_is("100000-101001 102000-103000");
}

static void alloc_raw_does_not_zero(void **state)
{
	unsigned char *p = virt(0x1ff000);

	(void)state;
	add_a_megabyte();
	p[7] = 42;
	assert_ptr_equal(memblock_alloc_raw(0x1000, 0x1000), p);
	assert_int_equal(host_zero_calls, 0);
	assert_int_equal(p[7], 42);
}

static void align_zero_means_a_cache_line(void **state)
{
	(void)state;
	add_a_megabyte();
	assert_ptr_equal(memblock_alloc(1, 0), virt(0x200000 - PF_SMP_CACHE_BYTES));
	assert_int_equal(memblock_phys_alloc(1, 0), 0x200000 - 2 * PF_SMP_CACHE_BYTES);
	assert_ptr_equal(memblock_alloc_node(1, 0, NUMA_NO_NODE),
			 virt(0x200000 - 3 * PF_SMP_CACHE_BYTES));
	assert_ptr_equal(memblock_alloc_exact_nid_raw(1, 0, 0, 0, NUMA_NO_NODE),
			 virt(0x200000 - 4 * PF_SMP_CACHE_BYTES));
	assert_ptr_equal(memblock_alloc_try_nid_raw(1, 0, 0, 0, NUMA_NO_NODE),
			 virt(0x200000 - 5 * PF_SMP_CACHE_BYTES));
	assert_int_equal(memblock_phys_alloc_try_nid(1, 0, NUMA_NO_NODE),
			 0x200000 - 6 * PF_SMP_CACHE_BYTES);
}

#define BAD_ALIGN(function) function ": alignment 0x18 is not a power of two: nothing done\n"

static const char bad_align[] = /* one line for each call below */
	BAD_ALIGN("memblock_alloc_try_nid") BAD_ALIGN("memblock_alloc_try_nid_raw")
		BAD_ALIGN("memblock_alloc_exact_nid_raw") BAD_ALIGN("memblock_alloc_node")
			BAD_ALIGN("memblock_alloc_range_nid");

static void a_bad_align_fails_with_a_message(void **state)
{
	(void)state;
	add_a_megabyte();
	assert_null(memblock_alloc(0x1000, 0x18));
	assert_null(memblock_alloc_raw(0x1000, 0x18));
	assert_null(memblock_alloc_exact_nid_raw(0x1000, 0x18, 0, 0, 0));
	assert_null(memblock_alloc_node(0x1000, 0x18, 0));
	assert_int_equal(memblock_phys_alloc(0x1000, 0x18), 0);
	reserved_is("");
	assert_int_equal(host_zero_calls, 0);
	assert_string_equal(host_output(), bad_align);
}

static void nothing_fits_in_no_memory(void **state)
{
	(void)state;
	assert_null(memblock_alloc(1, 1));
	assert_int_equal(memblock_phys_alloc(1, 1), 0);
	memblock_set_bottom_up(true);
	assert_null(memblock_alloc(1, 1));
	assert_int_equal(host_zero_calls, 0);
}

static void too_much_is_too_much(void **state)
{
	(void)state;
	add_a_megabyte();
	assert_null(memblock_alloc(0x100001, 1));
	assert_null(memblock_alloc(PHYS_ADDR_MAX, 1));
	memblock_set_bottom_up(true);
	assert_null(memblock_alloc(0x100001, 1));
	assert_null(memblock_alloc(PHYS_ADDR_MAX, 1));
	assert_ptr_equal(memblock_alloc(0x100000, 1), virt(0x100000));
	assert_null(memblock_alloc(1, 1));
}

static void alloc_from_prefers_addresses_above(void **state)
{
	(void)state;
	add_a_megabyte();
	memblock_set_bottom_up(true);
	assert_ptr_equal(memblock_alloc_from(0x1000, 0x1000, 0x180800), virt(0x181000));
	assert_int_equal(host_zero_calls, 1);
}

static void alloc_from_goes_below_rather_than_fail(void **state)
{
	(void)state;
	add_a_megabyte();
	ok(memblock_reserve(0x180000, 0x80000));
	assert_ptr_equal(memblock_alloc_from(0x1000, 0x1000, 0x180000), virt(0x17f000));
	assert_ptr_equal(memblock_alloc_from(0x1000, 0x1000, 0x900000), virt(0x17e000));
}

static void phys_alloc_range_does_not_go_below(void **state)
{
	(void)state;
	add_a_megabyte();
	ok(memblock_reserve(0x180000, 0x80000));
	assert_int_equal(
		memblock_phys_alloc_range(0x1000, 0x1000, 0x180000, MEMBLOCK_ALLOC_ANYWHERE), 0);
	assert_int_equal(memblock_phys_alloc_range(0x1000, 0x1000, 0x17f000, 0x180000), 0x17f000);
	assert_int_equal(memblock_phys_alloc_range(0x1000, 0x1000, 0x120000, 0x130000), 0x12f000);
	assert_int_equal(host_zero_calls, 0);
}

static void alloc_low_stays_below_its_limit(void **state)
{
	(void)state;
	add_a_megabyte();
	ok(memblock_add((phys_addr_t)PF_LOW_ADDRESS_LIMIT + 1, 0x100000));
	assert_ptr_equal(memblock_alloc_low(0x1000, 0x1000), virt(0x1ff000));
	memblock_set_low_limit(0x180000);
	assert_ptr_equal(memblock_alloc_low(0x1000, 0x1000), virt(0x17f000));
	memblock_set_low_limit(0x101000);
	assert_ptr_equal(memblock_alloc_low(0x1000, 0x1000), virt(0x100000));
	assert_null(memblock_alloc_low(0x1000, 0x1000));
	assert_int_equal(host_zero_calls, 3);
}

static void the_current_limit_holds_for_virtual_addresses(void **state)
{
	(void)state;
	add_a_megabyte();
	memblock_set_current_limit(0x180000);
	assert_ptr_equal(memblock_alloc(0x1000, 0x1000), virt(0x17f000));
	assert_ptr_equal(
		memblock_alloc_try_nid(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE, NUMA_NO_NODE),
		virt(0x17e000));
	assert_ptr_equal(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0, 0x140000, NUMA_NO_NODE),
			 virt(0x13f000));
	assert_ptr_equal(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0x190000, NUMA_NO_NODE),
			 virt(0x17d000));
	assert_int_equal(memblock_phys_alloc(0x1000, 0x1000), 0x17c000);
	assert_ptr_equal(
		memblock_alloc_try_nid(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_NOLEAKTRACE, NUMA_NO_NODE),
		virt(0x17b000));
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, NUMA_NO_NODE), virt(0x17a000));
	/* An explicit physical limit goes beyond it. */
	assert_int_equal(memblock_phys_alloc_range(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_ANYWHERE),
			 0x1ff000);
}

static void a_window_narrows_alloc_try_nid(void **state)
{
	(void)state;
	add_a_megabyte();
	assert_ptr_equal(memblock_alloc_try_nid(0x1000, 0x1000, 0x120000, 0x122000, NUMA_NO_NODE),
			 virt(0x121000));
	assert_ptr_equal(memblock_alloc_try_nid(0x2000, 0x1000, 0x120000, 0x122000, NUMA_NO_NODE),
			 virt(0x11f000)); /* min_addr is a wish */
	assert_int_equal(host_zero_calls, 2);
	assert_int_equal(host_zero_bytes, 0x3000);
}

static void two_tries_that_fail_return_null(void **state)
{
	(void)state;
	add_a_megabyte();
	assert_null(memblock_alloc_try_nid(0x1000, 0x1000, 0x80000, 0x100000, NUMA_NO_NODE));
	assert_null(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0x80000, 0x100000, NUMA_NO_NODE));
	assert_null(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0x80000, 0x100000, 0));
	assert_int_equal(host_zero_calls, 0);
}

static void a_reservation_without_room_fails_the_allocation(void **state)
{
	(void)state;
	add_a_megabyte();
	for (unsigned int i = 0; i < INIT_MEMBLOCK_RESERVED_REGIONS; i++)
		ok(memblock_reserve(0x1000000 + i * 0x2000, 0x1000));
	assert_null(memblock_alloc(0x1000, 0x1000));
	assert_int_equal(memblock_phys_alloc(0x1000, 0x1000), 0);
	assert_int_equal(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0);
	assert_int_equal(memblock.reserved.cnt, INIT_MEMBLOCK_RESERVED_REGIONS);
	assert_int_equal(host_zero_calls, 0);
	memblock_allow_resize();
	assert_ptr_equal(memblock_alloc(0x1000, 0x1000), virt(0x1ff000));
}

static void the_first_page_is_never_handed_out(void **state)
{
	(void)state;
	ok(memblock_add(0x0, 0x3000));
	memblock_set_bottom_up(true);
	assert_int_equal(memblock_phys_alloc(0x800, 1), 0x1000);
	memblock_set_bottom_up(false);
	assert_int_equal(memblock_phys_alloc(0x1000, 0x1000), 0x2000);
	assert_int_equal(memblock_phys_alloc(0x800, 1), 0x1800);
	assert_int_equal(memblock_phys_alloc(1, 1), 0);
	assert_null(memblock_alloc(1, 1));
}

static void alloc_node_without_node_keeps_none(void **state)
{
	(void)state;
	add_a_megabyte();
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, NUMA_NO_NODE), virt(0x1ff000));
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, MAX_NUMNODES), virt(0x1fe000));
	reserved_is("1fe000-200000");
	assert_int_equal(host_zero_calls, 2);
#if PF_NUMA
	assert_int_equal(memblock.reserved.regions[0].nid, MAX_NUMNODES);
	ok(memblock_set_node(0x100000, 0x100000, &memblock.memory, 1)); /* nor does memory's */
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, NUMA_NO_NODE), virt(0x1fd000));
	reserved_is("1fd000-200000");
#endif
}

#if PF_NUMA
/* Node 0 has [1M, 2M), node 1 [2M, 3M), node 2 [3M, 4M). */
static void add_three_nodes(void)
{
	for (int nid = 0; nid < 3; nid++)
		ok(memblock_add_node(0x100000 * (phys_addr_t)(nid + 1), 0x100000, nid,
				     MEMBLOCK_NONE));
}

static void alloc_node_leaves_the_node_in_the_reserved_region(void **state)
{
	(void)state;
	add_three_nodes();
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, 1), virt(0x2ff000));
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, 2), virt(0x3ff000));
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, 1), virt(0x2fe000));
	reserved_is("2fe000-300000@1 3ff000-400000@2");
	assert_int_equal(host_zero_calls, 3);
}

static void alloc_node_leaves_the_node_that_it_fell_back_to(void **state)
{
	(void)state;
	add_three_nodes();
	ok(memblock_reserve(0x200000, 0x100000));
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, 1), virt(0x3ff000));
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, 9), virt(0x3fe000));
	reserved_is("200000-300000 3fe000-400000@2");
}

static void alloc_node_knows_the_node_of_a_region_that_starts_inside_a_page(void **state)
{
	(void)state;
	ok(memblock_add_node(0x100000, 0x800, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x100800, 0x800, 1, MEMBLOCK_NONE));
	assert_ptr_equal(memblock_alloc_node(0x800, 0x800, 1), virt(0x100800));
	reserved_is("100800-101000@1");
}

static void alloc_node_of_no_bytes_is_inside_memory_and_reserves_nothing(void **state)
{
	(void)state;
	add_three_nodes();
	assert_ptr_equal(memblock_alloc_node(0, 1, 2), virt(0x3fffff));
	assert_ptr_equal(memblock_alloc_node(0, 1, 0), virt(0x1fffff));
	reserved_is("");
}

static void others_leave_no_node(void **state)
{
	(void)state;
	add_three_nodes();
	assert_ptr_equal(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 1), virt(0x2ff000));
	assert_ptr_equal(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0, 0, 1), virt(0x2fe000));
	assert_ptr_equal(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1), virt(0x2fd000));
	assert_int_equal(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), 0x2fc000);
	assert_int_equal(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, true), 0x2fb000);
	reserved_is("2fb000-300000");
	assert_int_equal(host_zero_calls, 1);
}

static void the_wanted_node_comes_first_bottom_up_too(void **state)
{
	(void)state;
	add_three_nodes();
	memblock_set_bottom_up(true);
	assert_ptr_equal(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 1), virt(0x200000));
	assert_ptr_equal(memblock_alloc_node(0x1000, 0x1000, 2), virt(0x300000));
	assert_ptr_equal(memblock_alloc(0x1000, 0x1000), virt(0x100000));
}

static void a_full_node_falls_back_to_any(void **state)
{
	(void)state;
	add_three_nodes();
	assert_ptr_equal(memblock_alloc_try_nid(0x180000, 1, 0, 0, 0), NULL);
	ok(memblock_reserve(0x100000, 0x100000));
	assert_ptr_equal(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 0), virt(0x3ff000));
	assert_ptr_equal(memblock_alloc_try_nid_raw(0x1000, 0x1000, 0, 0, 0), virt(0x3fe000));
	assert_int_equal(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x3fd000);
	memblock_set_bottom_up(true);
	assert_ptr_equal(memblock_alloc_try_nid(0x1000, 0x1000, 0, 0, 0), virt(0x200000));
}

static void exact_does_not_fall_back(void **state)
{
	(void)state;
	add_three_nodes();
	assert_ptr_equal(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1), virt(0x2ff000));
	ok(memblock_reserve(0x200000, 0x100000));
	assert_null(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 1));
	assert_null(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, 7));
	assert_int_equal(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, true), 0);
	assert_int_equal(memblock_alloc_range_nid(0x1000, 0x1000, 0, 0, 1, false), 0x3ff000);
	assert_ptr_equal(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0, 0, NUMA_NO_NODE),
			 virt(0x3fe000));
}

static void exact_goes_below_min_addr_on_its_node(void **state)
{
	(void)state;
	add_three_nodes();
	assert_ptr_equal(memblock_alloc_exact_nid_raw(0x1000, 0x1000, 0x300000, 0, 1),
			 virt(0x2ff000));
}

static void another_node_above_min_addr_beats_the_wanted_one_below(void **state)
{
	(void)state; /* min_addr is given up last */
	add_three_nodes();
	assert_ptr_equal(memblock_alloc_try_nid(0x1000, 0x1000, 0x300000, 0, 1), virt(0x3ff000));
}

static void blocks_span_no_two_nodes(void **state)
{
	(void)state;
	add_three_nodes();
	assert_null(memblock_alloc(0x100001, 1));
	ok(memblock_reserve(0x100000, 0x80000));
	ok(memblock_reserve(0x280000, 0x180000));
	assert_null(memblock_alloc(0x80001, 1));
	assert_ptr_equal(memblock_alloc(0x80000, 1), virt(0x200000));
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		test(alloc_takes_the_highest_block_and_zeroes_it),
		test(alloc_takes_the_lowest_block_bottom_up),
		test(alloc_raw_does_not_zero),
		test(align_zero_means_a_cache_line),
		test(a_bad_align_fails_with_a_message),
		test(nothing_fits_in_no_memory),
		test(too_much_is_too_much),
		test(alloc_from_prefers_addresses_above),
		test(alloc_from_goes_below_rather_than_fail),
		test(phys_alloc_range_does_not_go_below),
		test(alloc_low_stays_below_its_limit),
		test(the_current_limit_holds_for_virtual_addresses),
		test(a_window_narrows_alloc_try_nid),
		test(two_tries_that_fail_return_null),
		test(a_reservation_without_room_fails_the_allocation),
		test(the_first_page_is_never_handed_out),
		test(alloc_node_without_node_keeps_none),
#if PF_NUMA
		test(alloc_node_leaves_the_node_in_the_reserved_region),
		test(alloc_node_leaves_the_node_that_it_fell_back_to),
		test(alloc_node_knows_the_node_of_a_region_that_starts_inside_a_page),
		test(alloc_node_of_no_bytes_is_inside_memory_and_reserves_nothing),
		test(others_leave_no_node),
		test(the_wanted_node_comes_first_bottom_up_too),
		test(a_full_node_falls_back_to_any),
		test(exact_does_not_fall_back),
		test(exact_goes_below_min_addr_on_its_node),
		test(another_node_above_min_addr_beats_the_wanted_one_below),
		test(blocks_span_no_two_nodes),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
