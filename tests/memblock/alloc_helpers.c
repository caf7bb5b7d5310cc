/* SPDX-License-Identifier: MIT */
/* memblock_alloc_from(): from an address up, if possible. */
#include "allocators.h"

static phys_addr_t from_nothing(phys_addr_t size, phys_addr_t align)
{
	return phys(memblock_alloc_from(size, align, MEMBLOCK_LOW_LIMIT));
}

static const struct simple_allocator _from = { from_nothing, true, "memblock_alloc_try_nid" };

static void alloc_from_prefers_addresses_above(void)
{
	memblock_set_bottom_up(true);
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x180800), virt(0x181000));
	EXPECT_EQ(host_zero_calls, 1);
}

static void alloc_from_goes_below_rather_than_fail(void)
{
	ok(memblock_reserve(0x180000, 0x80000));
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x180000), virt(0x17f000));
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x900000), virt(0x17e000));
}

static void from_is_kept(void)
{
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x140000), virt(way(0x1ff000, 0x140000)));
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x1fe000), virt(0x1fe000));
	reserved_is(memblock_bottom_up() ? "140000-141000 1fe000-1ff000" : "1fe000-200000");
}

static void from_an_unaligned_address(void)
{
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x1f0001), virt(way(0x1ff000, 0x1f1000)));
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x1fefff), virt(way(0x1fe000, 0x1ff000)));
	/* Nothing is aligned above this one. */
	EXPECT_PTR(memblock_alloc_from(0x800, 0x1000, 0x1ff001), virt(way(0x1fd000, 0x100000)));
}

static void from_too_high_an_address(void)
{
	EXPECT_PTR(memblock_alloc_from(0x2000, 0x1000, 0x1ff000), virt(way(0x1fe000, 0x100000)));
	EXPECT_PTR(memblock_alloc_from(0x2000, 0x1000, 0x200000), virt(way(0x1fc000, 0x102000)));
	EXPECT_PTR(memblock_alloc_from(0x2000, 0x1000, PHYS_ADDR_MAX),
		   virt(way(0x1fa000, 0x104000)));
}

static void from_below_memory(void)
{
	EXPECT_PTR(memblock_alloc_from(0x2000, 0x1000, 0x1000), virt(way(0x1fe000, 0x100000)));
	EXPECT_PTR(memblock_alloc_from(0x2000, 0x1000, 0xfffff), virt(way(0x1fc000, 0x102000)));
}

static void from_an_address_with_nothing_free_above(void)
{
	ok(memblock_reserve(0x180000, 0x80000));
	EXPECT_PTR(memblock_alloc_from(0x1000, 0x1000, 0x180000), virt(way(0x17f000, 0x100000)));
	ok(memblock_reserve(0x100000, 0x80000));
	EXPECT_NULL(memblock_alloc_from(0x1000, 0x1000, 0x180000));
	EXPECT_NULL(memblock_alloc_from(1, 1, 0x180000));
}

static void from_clears_its_block(void)
{
	phys_addr_t addr = phys(memblock_alloc_from(0x1000, 0x1000, 0x140000));

	EXPECT(is_zeroed(addr, 0x1000));
	EXPECT(is_dirty(addr - 0x1000, 0x1000));
	EXPECT_EQ(host_zero_bytes, 0x1000);
}

static const struct check_case cases[] = {
	SIMPLE_CASES(memblock_alloc_from, _from),
	BOTH(memblock_alloc_from, from_is_kept),
	BOTH(memblock_alloc_from, from_an_unaligned_address),
	BOTH(memblock_alloc_from, from_too_high_an_address),
	BOTH(memblock_alloc_from, from_below_memory),
	BOTH(memblock_alloc_from, from_an_address_with_nothing_free_above),
	BOTH(memblock_alloc_from, from_clears_its_block),
	CASE(memblock_alloc_from, alloc_from_prefers_addresses_above),
	CASE(memblock_alloc_from, alloc_from_goes_below_rather_than_fail),
};

const struct check_group alloc_helpers_group = DUMMY_GROUP("alloc_helpers", cases);
