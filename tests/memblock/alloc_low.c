/* SPDX-License-Identifier: MIT */
/* memblock_alloc_low(): below a limit that can be set. */
#include "allocators.h"

static phys_addr_t low(phys_addr_t size, phys_addr_t align)
{
	return phys(memblock_alloc_low(size, align));
}

static const struct simple_allocator _low = { low, true, "memblock_alloc_try_nid" };

static void alloc_low_stays_below_its_limit(void)
{
	if (PF_PHYS_BITS == 64)
		ok(memblock_add((phys_addr_t)(PF_LOW_ADDRESS_LIMIT + 1), 0x100000));
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(0x1ff000));
	memblock_set_low_limit(0x180000);
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(0x17f000));
	memblock_set_low_limit(0x101000);
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(0x100000));
	EXPECT_NULL(memblock_alloc_low(0x1000, 0x1000));
	EXPECT_EQ(host_zero_calls, 3);
}

static void low_limit_is_the_end(void)
{
	memblock_set_low_limit(0x140000);
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(way(0x13f000, 0x100000)));
	memblock_set_low_limit(0x102800); /* no whole page ends there */
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(0x101000));
	EXPECT_PTR(memblock_alloc_low(0x800, 0x800), virt(way(0x102000, 0x102000)));
}

static void low_limit_leaves_no_room(void)
{
	memblock_set_low_limit(0x104000);
	EXPECT_NULL(memblock_alloc_low(0x4001, 1));
	EXPECT_PTR(memblock_alloc_low(0x4000, 1), virt(0x100000));
	EXPECT_NULL(memblock_alloc_low(1, 1));
	EXPECT_NOT_NULL(memblock_alloc(1, 1)); /* others do not care */
}

static void low_limit_below_memory(void)
{
	memblock_set_low_limit(0x100000);
	EXPECT_NULL(memblock_alloc_low(1, 1));
	memblock_set_low_limit(0x80000);
	EXPECT_NULL(memblock_alloc_low(1, 1));
	reserved_is("");
}

static void low_limit_above_memory(void)
{
	memblock_set_low_limit(0x800000);
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(way(0x1ff000, 0x100000)));
	EXPECT_EQ(memblock_get_low_limit(), 0x800000);
}

static void the_lower_limit_of_two_wins(void)
{
	memblock_set_low_limit(0x140000);
	memblock_set_current_limit(0x180000);
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(way(0x13f000, 0x100000)));
	memblock_set_current_limit(0x120000);
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(way(0x11f000, 0x101000)));
}

static void low_memory_full_does_not_spill_over(void)
{
	memblock_set_low_limit(0x180000);
	ok(memblock_reserve(0x100000, 0x7f000));
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(0x17f000));
	EXPECT_NULL(memblock_alloc_low(0x1000, 0x1000));
	reserved_is("100000-180000");
	ok(memblock_phys_free(0x140000, 0x2000));
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(way(0x141000, 0x140000)));
}

static void low_clears_its_block(void)
{
	phys_addr_t addr;

	memblock_set_low_limit(0x140000);
	addr = phys(memblock_alloc_low(0x1800, 0x800));
	EXPECT_EQ(addr, way(0x13e800, 0x100000));
	EXPECT(is_zeroed(addr, 0x1800));
	EXPECT(is_dirty(addr + 0x1800, 0x1000));
}

#if PF_PHYS_BITS == 64
static void the_limit_is_4g_when_nobody_sets_it(void)
{
	const phys_addr_t four_g = (phys_addr_t)1 << 32;

	ok(memblock_reserve(DUMMY_BASE, DUMMY_SIZE));
	ok(memblock_add(four_g - 0x2000, 0x4000));
	/* The limit itself is no page: the last one below 4G is not whole below it. */
	EXPECT_PTR(memblock_alloc_low(0x1000, 0x1000), virt(four_g - 0x2000));
	EXPECT_NULL(memblock_alloc_low(0x1000, 0x1000));
	EXPECT_PTR(memblock_alloc_low(0x800, 0x800), virt(four_g - 0x1000));
	EXPECT_NULL(memblock_alloc_low(0x800, 0x800));
	EXPECT_NOT_NULL(memblock_alloc(0x1000, 0x1000));
}
#endif

static void reset_restores_the_limit(void)
{
	memblock_set_low_limit(0x140000);
	memblock_reset();
	EXPECT_EQ(memblock_get_low_limit(), PF_LOW_ADDRESS_LIMIT);
}

static const struct check_case cases[] = {
	SIMPLE_CASES(memblock_alloc_low, _low),
	BOTH(memblock_alloc_low, low_limit_is_the_end),
	BOTH(memblock_alloc_low, low_limit_leaves_no_room),
	BOTH(memblock_alloc_low, low_limit_below_memory),
	BOTH(memblock_alloc_low, low_limit_above_memory),
	BOTH(memblock_alloc_low, the_lower_limit_of_two_wins),
	BOTH(memblock_alloc_low, low_memory_full_does_not_spill_over),
	BOTH(memblock_alloc_low, low_clears_its_block),
#if PF_PHYS_BITS == 64
	BOTH(memblock_alloc_low, the_limit_is_4g_when_nobody_sets_it),
#endif
	CASE(memblock_set_low_limit, reset_restores_the_limit),
	CASE(memblock_alloc_low, alloc_low_stays_below_its_limit),
};

const struct check_group alloc_low_group = DUMMY_GROUP("alloc_low", cases);
