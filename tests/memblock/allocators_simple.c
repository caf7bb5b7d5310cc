/* SPDX-License-Identifier: MIT */
#include "allocators.h"

static phys_addr_t take(phys_addr_t size, phys_addr_t align)
{
	const struct simple_allocator *a = check_arg();

	return a->take(size, align);
}

void takes_the_outermost_block(void)
{
	EXPECT_EQ(take(0x2000, 0x1000), way(0x1fe000, 0x100000));
	reserved_is(memblock_bottom_up() ? "100000-102000" : "1fe000-200000");
	memory_is("100000-200000");
}

void takes_one_after_the_other(void)
{
	EXPECT_EQ(take(0x1000, 0x1000), way(0x1ff000, 0x100000));
	EXPECT_EQ(take(0x3000, 0x1000), way(0x1fc000, 0x101000));
	EXPECT_EQ(take(0x40, 0x40), way(0x1fbfc0, 0x104000));
	EXPECT_EQ(take(0x1000, 0x1000), way(0x1fa000, 0x105000));
	reserved_is(memblock_bottom_up() ? "100000-104040 105000-106000"
					 : "1fa000-1fb000 1fbfc0-200000");
}

void passes_a_reservation_at_the_end(void)
{
	ok(memblock_reserve(0x100000, 0x3000));
	ok(memblock_reserve(0x1fd000, 0x3000));
	EXPECT_EQ(take(0x1000, 0x1000), way(0x1fc000, 0x103000));
	reserved_is(memblock_bottom_up() ? "100000-104000 1fd000-200000"
					 : "100000-103000 1fc000-200000");
}

void takes_a_gap_that_just_fits(void)
{
	ok(memblock_reserve(0x100000, 0x80000));
	ok(memblock_reserve(0x182000, 0x7e000));
	EXPECT_EQ(take(0x2000, 0x1000), 0x180000);
	reserved_is("100000-200000");
}

void passes_a_gap_that_is_too_small(void)
{
	ok(memblock_reserve(0x100fff, 0x1001));
	ok(memblock_reserve(0x1fe000, 0x1001));
	EXPECT_EQ(take(0x1000, 1), way(0x1fd000, 0x102000));
	EXPECT_EQ(take(0xfff, 1), way(0x1ff001, 0x100000));
	EXPECT_EQ(take(0xfff, 1), way(0x1fc001, 0x103000));
}

void takes_all_that_is_left(void)
{
	EXPECT_EQ(take(DUMMY_SIZE, 1), DUMMY_BASE);
	reserved_is("100000-200000");
	EXPECT_EQ(take(1, 1), 0);
}

void fails_when_all_is_reserved(void)
{
	ok(memblock_reserve(0x80000, 0x200000));
	EXPECT_EQ(take(1, 1), 0);
	EXPECT_EQ(take(0x1000, 0x1000), 0);
	reserved_is("80000-280000");
	EXPECT_EQ(host_zero_calls, 0);
}

void fails_for_more_than_there_is(void)
{
	EXPECT_EQ(take(DUMMY_SIZE + 1, 1), 0);
	EXPECT_EQ(take(PHYS_ADDR_MAX, 1), 0);
	EXPECT_EQ(take(PHYS_ADDR_MAX - DUMMY_BASE, 1), 0);
	EXPECT_EQ(take(0x1000, 0x200000), 0);
	reserved_is("");
	EXPECT_EQ(host_zero_calls, 0);
}

void fails_without_memory(void)
{
	ok(memblock_remove(DUMMY_BASE, DUMMY_SIZE));
	EXPECT_EQ(take(1, 1), 0);
	reserved_is("");
	EXPECT_EQ(host_zero_calls, 0);
}

void goes_on_to_a_region_that_fits(void)
{
	ok(memblock_remove(0x103000, 0x7d000));
	ok(memblock_remove(0x188000, 0x75000));
	memory_is("100000-103000 180000-188000 1fd000-200000");
	EXPECT_EQ(take(0x4000, 0x1000), way(0x184000, 0x180000));
	EXPECT_EQ(take(0x4000, 0x1000), way(0x180000, 0x184000));
	EXPECT_EQ(take(0x4000, 0x1000), 0);
	EXPECT_EQ(take(0x3000, 0x1000), way(0x1fd000, 0x100000));
	EXPECT_EQ(take(0x3000, 0x1000), way(0x100000, 0x1fd000));
	reserved_is("100000-103000 180000-188000 1fd000-200000");
}

void aligns_inwards(void)
{
	ok(memblock_reserve(0x100000, 0x801));
	ok(memblock_reserve(0x1ff7ff, 0x801));
	EXPECT_EQ(take(0x1000, 0x1000), way(0x1fe000, 0x101000));
	EXPECT_EQ(take(0x10, 0x800), way(0x1ff000, 0x102000));
	EXPECT_EQ(take(0x1000, 0x20000), way(0x1e0000, 0x120000));
	EXPECT_EQ(take(0x801, 0x800), way(0x1fd000, 0x102800));
}

void aligns_to_a_cache_line_when_not_asked(void)
{
	EXPECT_EQ(take(1, 0), way(DUMMY_END - PF_SMP_CACHE_BYTES, DUMMY_BASE));
	EXPECT_EQ(take(1, 0),
		  way(DUMMY_END - 2 * PF_SMP_CACHE_BYTES, DUMMY_BASE + PF_SMP_CACHE_BYTES));
	EXPECT_EQ(take(PF_SMP_CACHE_BYTES + 1, 0),
		  way(DUMMY_END - 4 * PF_SMP_CACHE_BYTES, DUMMY_BASE + 2 * PF_SMP_CACHE_BYTES));
}

void refuses_a_bad_alignment(void)
{
	const struct simple_allocator *a = check_arg();
	char want[200];

	EXPECT_EQ(take(0x1000, 0x18), 0);
	EXPECT_EQ(take(0x1000, 3), 0);
	reserved_is("");
	snprintf(want, sizeof(want),
		 "%s: alignment 0x18 is not a power of two: nothing done\n"
		 "%s: alignment 0x3 is not a power of two: nothing done\n",
		 a->says, a->says);
	out_is(want);
	EXPECT_EQ(host_zero_calls, 0);
}

void clears_its_block_or_leaves_it(void)
{
	const struct simple_allocator *a = check_arg();
	phys_addr_t addr;

	ok(memblock_reserve(0x100000, 0x1000));
	ok(memblock_reserve(0x1ff000, 0x1000));
	addr = take(0x1800, 0x800);
	EXPECT_EQ(addr, way(0x1fd800, 0x101000));
	EXPECT(is_dirty(0x100000, addr - 0x100000));
	EXPECT(a->zeroes ? is_zeroed(addr, 0x1800) : is_dirty(addr, 0x1800));
	EXPECT(is_dirty(addr + 0x1800, 0x200000 - addr - 0x1800));
	EXPECT_EQ(host_zero_calls, a->zeroes);
	EXPECT_EQ(host_zero_bytes, a->zeroes ? 0x1800 : 0);
}

void stays_below_the_current_limit(void)
{
	memblock_set_current_limit(0x180000);
	EXPECT_EQ(take(0x1000, 0x1000), way(0x17f000, 0x100000));
	memblock_set_current_limit(0x101800);
	EXPECT_EQ(take(0x800, 0x800), way(0x101000, 0x101000));
	EXPECT_EQ(take(0x1000, 0x1000), way(0x100000, 0));
	memblock_set_current_limit(0x100000);
	EXPECT_EQ(take(0x1000, 0x1000), 0);
	memblock_set_current_limit(MEMBLOCK_ALLOC_ANYWHERE);
	EXPECT_EQ(take(0x1000, 0x1000), way(0x1ff000, 0x102000));
}

void leaves_the_first_page_alone(void)
{
	ok(memblock_remove(DUMMY_BASE, DUMMY_SIZE));
	ok(memblock_add(0, 0x3000));
	EXPECT_EQ(take(0x3000, 1), 0);
	EXPECT_EQ(take(0x1000, 0x1000), way(0x2000, 0x1000));
	EXPECT_EQ(take(0x1000, 0x1000), way(0x1000, 0x2000));
	EXPECT_EQ(take(1, 1), 0);
	reserved_is("1000-3000");
}

void doubles_a_full_array_on_the_way(void)
{
	phys_addr_t a, array;

	fill_far(memblock_reserve, INIT_MEMBLOCK_RESERVED_REGIONS);
	memblock_allow_resize();
	a = take(0x1000, 0x1000);
	EXPECT_EQ(a, way(0x1ff000, 0x100000));
	EXPECT_EQ(memblock.reserved.max, 2 * INIT_MEMBLOCK_RESERVED_REGIONS);
	EXPECT_EQ(memblock.reserved.cnt, INIT_MEMBLOCK_RESERVED_REGIONS + 1); /* they touch */
	array = pf_port_virt_to_phys(memblock.reserved.regions);
	EXPECT(memblock_is_region_reserved(array, 1));
	EXPECT(array + 1 <= a || array >= a + 0x1000);
	EXPECT(memblock_is_reserved(a) && memblock_is_reserved(a + 0xfff));
	EXPECT(is_sorted(&memblock.reserved));
	EXPECT_EQ(memblock.reserved.total_size, sum(&memblock.reserved));
}

void fails_when_its_reservation_has_no_room(void)
{
	fill_far(memblock_reserve, INIT_MEMBLOCK_RESERVED_REGIONS);
	EXPECT_EQ(take(0x1000, 0x1000), 0);
	EXPECT_EQ(memblock.reserved.cnt, INIT_MEMBLOCK_RESERVED_REGIONS);
	EXPECT_EQ(memblock.reserved.max, INIT_MEMBLOCK_RESERVED_REGIONS);
	EXPECT_EQ(host_zero_calls, 0);
	ok(memblock_phys_free(FAR, 0)); /* and has not been noted as impossible */
	memblock_allow_resize();
	EXPECT_EQ(take(0x1000, 0x1000), way(0x1ff000, 0x100000));
}
