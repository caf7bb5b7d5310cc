/* SPDX-License-Identifier: MIT */
/* Where a block goes, and that what earlier searches have learnt never changes the answer. */
#include "common.h"

/* Physical addresses, anywhere and within a window. */
#define alloc(size, align)		  memblock_phys_alloc(size, align)
#define alloc_in(size, align, start, end) memblock_phys_alloc_range(size, align, start, end)

/* [1M, 2M). */
static void add_a_megabyte(void)
{
	ok(memblock_add(0x100000, 0x100000));
}

static void top_down_takes_the_highest_gap_that_fits(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x1fc000, 0x3000)); /* leaves 4K on top */
	ok(memblock_reserve(0x1f0000, 0x4000)); /* and 32K below */
	EXPECT_EQ(alloc(0x2000, 0x1000), 0x1fa000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc(0x6001, 0x1000), 0x1e9000);
	EXPECT_EQ(alloc(0x6000, 0x1000), 0x1f4000);
	reserved_is("1e9000-1ef001 1f0000-200000");
}

static void bottom_up_takes_the_lowest_gap_that_fits(void)
{
	add_a_megabyte();
	memblock_set_bottom_up(true);
	ok(memblock_reserve(0x101000, 0x3000));
	ok(memblock_reserve(0x10c000, 0x4000));
	EXPECT_EQ(alloc(0x2000, 0x1000), 0x104000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x100000);
	EXPECT_EQ(alloc(0x6001, 0x1000), 0x110000);
	EXPECT_EQ(alloc(0x6000, 0x1000), 0x106000);
	reserved_is("100000-116001");
}

static void a_block_of_no_bytes_lies_in_free_memory(void)
{
	add_a_megabyte();
	EXPECT_EQ(alloc(0, 1), 0x1fffff);
	ok(memblock_reserve(0x1fe000, 0x2000));
	ok(memblock_reserved_mark_noinit(0x1ff000, 0x1000)); /* two that touch: no gap between */
	EXPECT_EQ(alloc(0, 1), 0x1fdfff);
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc(0, 1), 0x100000);
	reserved_is("1fe000-1ff000 1ff000-200000!10");
}

static void both_ways_go_on_to_the_next_region(void)
{
	ok(memblock_add(0x100000, 0x4000));
	ok(memblock_add(0x200000, 0x2000));
	ok(memblock_add(0x300000, 0x4000));
	ok(memblock_reserve(0x302000, 0x1000));
	EXPECT_EQ(alloc(0x3000, 0x1000), 0x101000);
	ok(memblock_phys_free(0x101000, 0x3000));
	ok(memblock_reserve(0x101000, 0x1000));
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc(0x2000, 0x1000), 0x102000);
	EXPECT_EQ(alloc(0x2000, 0x1000), 0x200000);
	EXPECT_EQ(alloc(0x2000, 0x1000), 0x300000);
}

static void alignment_may_cost_a_gap_top_down(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x1f0000, 0x1000)); /* [1f1000, 200000) holds no aligned 64K */
	EXPECT_EQ(alloc(0x1000, 0x10000), 0x1e0000);
	EXPECT_EQ(alloc(0x1000, 0x8000), 0x1f8000);
	EXPECT_EQ(alloc(0x1, 0x100000), 0x100000);
	EXPECT_EQ(alloc(0x1, 0x100000), 0);
	EXPECT_EQ(alloc(0x10, (phys_addr_t)1 << (PF_PHYS_BITS - 1)), 0);
}

static void alignment_may_cost_a_gap_bottom_up(void)
{
	ok(memblock_add(0x101000, 0xff000));
	memblock_set_bottom_up(true);
	ok(memblock_reserve(0x10f000, 0x2000));
	EXPECT_EQ(alloc(0x1000, 0x10000), 0x120000);
	EXPECT_EQ(alloc(0x1000, 0x8000), 0x108000);
	EXPECT_EQ(alloc(0x1, 0x100000), 0);
	EXPECT_EQ(alloc(0x10, (phys_addr_t)1 << (PF_PHYS_BITS - 1)), 0);
	ok(memblock_phys_free(0, PHYS_ADDR_MAX));
	EXPECT_EQ(alloc(0xf0000, 0x10000), 0x110000);
}

static void windows_are_kept_top_down(void)
{
	add_a_megabyte();
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x110000, 0x120000), 0x11f000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x110800, 0x111800), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x110800, 0x112000), 0x111000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x200000, 0x300000), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x1000, 0x100000), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x120000, 0x110000), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x80000, 0x101000), 0x100000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x1ff000, 0x900000), 0x1ff000);
	reserved_is("100000-101000 111000-112000 11f000-120000 1ff000-200000");
}

static void windows_are_kept_bottom_up(void)
{
	add_a_megabyte();
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x110000, 0x120000), 0x110000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x110800, 0x111800), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x110800, 0x112000), 0x111000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x200000, 0x300000), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x1000, 0x100000), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x120000, 0x110000), 0);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x80000, 0x101000), 0x100000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x1ff000, 0x900000), 0x1ff000);
	reserved_is("100000-101000 110000-112000 1ff000-200000");
}

static void the_current_limit_is_the_end_when_none_is_given(void)
{
	add_a_megabyte();
	memblock_set_current_limit(0x150000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x14f000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0, MEMBLOCK_ALLOC_NOLEAKTRACE), 0x14e000);
	memblock_set_current_limit(0x140000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x13f000);
	memblock_set_current_limit(0x160000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x15f000);
	memblock_set_current_limit(0);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0);
	memblock_set_current_limit(MEMBLOCK_ALLOC_ANYWHERE);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
}

static void the_first_page_is_left_alone_by_windows_too(void)
{
	ok(memblock_add(0, 0x2000));
	EXPECT_EQ(alloc_in(0x800, 1, 0, 0x1000), 0);
	EXPECT_EQ(alloc_in(0x800, 1, 0, 0x1001), 0);
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc_in(0x800, 1, 0, 0x1000), 0);
	EXPECT_EQ(alloc_in(0x800, 1, 0, 0x2000), 0x1000);
}

static void nomap_and_driver_managed_are_never_allocated_from(void)
{
	add_a_megabyte();
	ok(memblock_add_node(0x200000, 0x10000, MAX_NUMNODES, MEMBLOCK_DRIVER_MANAGED));
	ok(memblock_mark_nomap(0x1f0000, 0x10000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ef000);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x1f0000, 0x300000), 0);
	ok(memblock_clear_nomap(0x1f8000, 0x8000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	memblock_set_bottom_up(true);
	ok(memblock_mark_nomap(0x100000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x101000);
}

#if PF_NUMA
static void facts_about_one_node_are_not_facts_about_another(void)
{
	ok(memblock_add_node(0x100000, 0x10000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x110000, 0x10000, 1, MEMBLOCK_NONE));
	ok(memblock_add_node(0x120000, 0x10000, 0, MEMBLOCK_NONE));
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), 0x11f000);
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x12f000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x12e000);
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x10000, 0x1000, 1), 0x100000);
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), 0x11e000);
	memblock_set_bottom_up(true);
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x120000);
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 1), 0x110000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x111000);
}

static void set_node_drops_what_was_known(void)
{
	ok(memblock_add_node(0x100000, 0x10000, 0, MEMBLOCK_NONE));
	ok(memblock_add_node(0x110000, 0x10000, 1, MEMBLOCK_NONE));
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x10f000);
	ok(memblock_set_node(0x11f000, 0x1000, &memblock.memory, 0));
	EXPECT_EQ(memblock_phys_alloc_try_nid(0x1000, 0x1000, 0), 0x11f000);
}
#endif

static void freed_memory_is_found_again(void)
{
	add_a_megabyte();
	for (phys_addr_t a = 0x1ff000; a > 0x1f0000; a -= 0x1000)
		EXPECT_EQ(alloc(0x1000, 0x1000), a);
	ok(memblock_phys_free(0x1f8000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1f8000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1f0000);
	ok(memblock_phys_free(0x1fc000, 0x800)); /* too small alone */
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ef000);
	ok(memblock_phys_free(0x1fc800, 0x800)); /* not with its neighbour */
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fc000);
}

static void freed_memory_is_found_again_bottom_up(void)
{
	add_a_megabyte();
	memblock_set_bottom_up(true);
	for (phys_addr_t a = 0x100000; a < 0x110000; a += 0x1000)
		EXPECT_EQ(alloc(0x1000, 0x1000), a);
	ok(memblock_phys_free(0x108000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x108000);
	ok(memblock_phys_free(0x10c000, 0x800));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x110000);
	ok(memblock_phys_free(0x10c800, 0x800));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x10c000);
}

static void freeing_the_top_of_memory_is_noticed(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x1ff000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	ok(memblock_phys_free(0x1ff000, PHYS_ADDR_MAX));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
}

static void small_requests_do_not_believe_what_large_ones_learnt(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x1f0000, 0x1000));
	ok(memblock_reserve(0x110000, 0x1000));
	EXPECT_EQ(alloc(0x20000, 0x1000), 0x1d0000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc(0x20000, 0x1000), 0x111000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x100000);
}

static void fine_requests_do_not_believe_what_coarse_ones_learnt(void)
{
	add_a_megabyte();
	EXPECT_EQ(alloc(0x1000, 0x10000), 0x1f0000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	ok(memblock_reserve(0x100000, 0x1000));
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc(0x1000, 0x10000), 0x110000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x101000);
}

static void a_search_of_a_window_says_nothing_about_the_rest(void)
{
	add_a_megabyte();
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0, 0x110000), 0x10f000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc_in(0x80000, 0x1000, 0x180000, 0x300000), 0);
	EXPECT_EQ(alloc(0x80000, 0x1000), 0x17f000);
	ok(memblock_phys_free(0, PHYS_ADDR_MAX));
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x180000, 0x200000), 0x180000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x100000);
	EXPECT_EQ(alloc_in(0x80000, 0x1000, 0, 0x180000), 0);
	EXPECT_EQ(alloc(0x7f000, 0x800), 0x101000);
}

static void a_window_that_starts_unaligned_is_no_bound_for_larger_blocks(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x1f1c00, 0xe400));
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x1f0800, MEMBLOCK_ALLOC_ANYWHERE), 0);
	EXPECT_EQ(alloc(0x1c00, 0x1000), 0x1f0000); /* ends at 1f1c00 */
}

static void a_block_that_was_found_but_not_reserved_is_no_bound_either(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x1f1800, 0xe800));
	for (unsigned int i = 1; i < INIT_MEMBLOCK_RESERVED_REGIONS; i++)
		ok(memblock_reserve(0x1000000 + i * 0x2000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0); /* no room to reserve 1f0000 */
	memblock_allow_resize();
	EXPECT_EQ(alloc(0x1800, 0x1000), 0x1f0000);
}

static void marks_drop_what_was_known(void)
{
	add_a_megabyte();
	ok(memblock_mark_nomap(0x1f0000, 0x10000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ef000);
	ok(memblock_clear_nomap(0x1f0000, 0x10000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	memblock_set_bottom_up(true);
	ok(memblock_mark_nomap(0x100000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x101000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x102000);
	ok(memblock_clear_nomap(0x100000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x100000);
}

static void memory_that_comes_and_goes_is_noticed(void)
{
	add_a_megabyte();
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	ok(memblock_add(0x200000, 0x2000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x201000);
	ok(memblock_remove(0x200000, 0x2000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x100000);
	ok(memblock_add(0x80000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x80000);
	memblock_trim_memory(0x10000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x101000);
}

static void a_gap_below_a_found_block_is_not_lost(void)
{
	/* bottom-up, alignment leaves holes that smaller requests want */
	ok(memblock_add(0x101000, 0xff000));
	memblock_set_bottom_up(true);
	EXPECT_EQ(alloc(0x1000, 0x2000), 0x102000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x101000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x103000);
}

static void more_kinds_of_requests_than_facts(void)
{
	/* each forgets an older one, and none gets a wrong answer */
	add_a_megabyte();
	for (int up = 0; up < 2; up++) {
		memblock_set_bottom_up(up);
		for (phys_addr_t n = 24; n > 0; n--) {
			phys_addr_t a = alloc(n * 0x100, 0x100);

			EXPECT_EQ(a, up ? 0x100000 : 0x200000 - n * 0x100);
			ok(memblock_phys_free(a, n * 0x100));
		}
		for (phys_addr_t n = 1; n < 24; n++) {
			phys_addr_t a = alloc(n * 0x100, 0x100);

			EXPECT_EQ(a, up ? 0x100000 : 0x200000 - n * 0x100);
			ok(memblock_phys_free(a, n * 0x100));
		}
	}
}

static void more_unlike_requests_than_facts(void)
{
	/* sizes fall while alignments rise: none implies another */
	add_a_megabyte();
	for (int up = 0; up < 2; up++) {
		memblock_set_bottom_up(up);
		for (int i = 0; i < 11; i++) {
			phys_addr_t size = (phys_addr_t)0x2000 - (phys_addr_t)i * 0x100;
			phys_addr_t align = (phys_addr_t)1 << i;
			phys_addr_t a = alloc(size, align);

			EXPECT_EQ(a, up ? 0x100000 : (0x200000 - size) & ~(align - 1));
			ok(memblock_phys_free(a, size));
		}
	}
}

static void writing_an_empty_array_is_noticed(void)
{
	/* Linux's tests do this between two cases */
	add_a_megabyte();
	EXPECT_EQ(alloc(0x80000, 0x1000), 0x180000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x17f000);
	memblock.reserved.cnt = 0;
	memblock.reserved.total_size = 0;
	memblock.reserved.regions[0] = (struct memblock_region){ .base = 0 };
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	reserved_is("1ff000-200000");
}

static void writing_a_region_count_is_noticed(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x110000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	memblock.reserved.cnt = 1; /* total_size stays as it was */
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	memblock.reserved.cnt = 1;
	ok(memblock_reserve(0x120000, 0x1000)); /* which must not hide that it was noticed */
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
}

static void writing_is_noticed_by_frees_too(void)
{
	add_a_megabyte();
	ok(memblock_reserve(0x110000, 0x1000));
	ok(memblock_reserve(0x120000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	memblock.reserved.cnt = 2;
	memblock.reserved.total_size = 0x2000;
	ok(memblock_phys_free(0x115000, 0x1000)); /* nothing is there: it must not hide it */
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	memblock.memory.regions[0].size = 0x140000;
	memblock.memory.total_size = 0x140000;
	ok(memblock_reserved_mark_noinit(0x115000, 0x1000)); /* nor this */
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x23f000);
	memblock.reserved.cnt = 2;
	memblock.reserved.total_size = 0x2000;
	ok(memblock_reserved_mark_noinit(0x115000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x23f000);
}

static void writing_a_size_is_noticed(void)
{
	add_a_megabyte();
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	memblock.reserved.regions[0].size = 0x1000;
	memblock.reserved.total_size = 0x1000;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	memblock.memory.regions[0].size = 0x140000;
	memblock.memory.total_size = 0x140000;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x23f000);
}

static void writing_memory_is_noticed(void)
{
	ok(memblock_add(0x100000, 0x10000));
	ok(memblock_add(0x200000, 0x10000));
	EXPECT_EQ(alloc_in(0x1000, 0x1000, 0x150000, MEMBLOCK_ALLOC_ANYWHERE), 0x20f000);
	memblock.memory.cnt = 1;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x10f000);
	memblock.memory.cnt = 2;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x20e000);
}

static void another_array_of_regions_is_noticed(void)
{
	struct memblock_region *original = memblock.reserved.regions;
	struct memblock_region other[4] = { { .base = 0x100000, .size = 0x2000 } };

	memblock_set_region_node(&other[0], MAX_NUMNODES);
	add_a_megabyte();
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	memblock.reserved.regions = other; /* as many regions, as many bytes */
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	memblock.reserved.regions = original;
	memblock.reserved.cnt = 1;
	memblock.reserved.total_size = 0x2000;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fd000);
}

static void another_array_of_memory_is_noticed(void)
{
	struct memblock_region other[4] = { { .base = 0x300000, .size = 0x100000 } };

	memblock_set_region_node(&other[0], MAX_NUMNODES);
	add_a_megabyte();
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	memblock.memory.regions = other;
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x3ff000);
	ok(memblock_phys_free(0x3ff000, 0x1000));
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x3ff000);
}

static void reset_forgets_what_was_known(void)
{
	add_a_megabyte();
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1fe000);
	fresh();
	add_a_megabyte();
	EXPECT_EQ(alloc(0x1000, 0x1000), 0x1ff000);
}

/*
 * The answer by definition: the first free range, in the direction of the search, that holds the
 * block.
 */
static phys_addr_t plain_answer(phys_addr_t size, phys_addr_t align, phys_addr_t lo, phys_addr_t hi,
				int nid)
{
	phys_addr_t start, end, found = 0;
	uint64_t i;

	for_each_free_mem_range(i, nid, MEMBLOCK_NONE, &start, &end, NULL) {
		start = start > lo ? start : lo;
		end = end < hi ? end : hi;
		if (start >= end || end - start < size)
			continue;
		if (!memblock_bottom_up() && ((end - size) & ~(align - 1)) >= start)
			found = (end - size) & ~(align - 1);
		if (memblock_bottom_up() && !found &&
		    ((start + align - 1) & ~(align - 1)) + size <= end)
			found = (start + align - 1) & ~(align - 1);
	}
	return found;
}

static uint32_t random_number(uint32_t below)
{
	static uint32_t x = 1;

	x = x * 1664525u + 1013904223u;
	return (x >> 8) % below;
}

static void allocate_something(void)
{
	phys_addr_t size = 0x400 * (phys_addr_t)(1 + random_number(16));
	phys_addr_t align = (phys_addr_t)0x400 << random_number(5);
	phys_addr_t lo = 0x1000, hi = MEMBLOCK_ALLOC_ANYWHERE;
	int nid = PF_NUMA && !random_number(3) ? (int)random_number(2) : NUMA_NO_NODE;
	phys_addr_t want, got;

	memblock_set_bottom_up(random_number(2));
	if (!random_number(2)) {
		lo = 0x100000 + 0x400 * random_number(0x400);
		hi = lo + 0x400 * random_number(0x200);
	}
	want = plain_answer(size, align, lo, hi, nid);
	got = memblock_alloc_range_nid(size, align, lo, hi, nid, true);
	EXPECT_EQ(got, want);
}

static void change_something(void)
{
	phys_addr_t base = 0x100000 + 0x400 * random_number(0x400);
	phys_addr_t size = 0x400 * random_number(0x40);

	switch (random_number(12)) {
	case 0:
		ok(memblock_remove(base, size));
		break;
	case 1:
		ok(memblock_mark_nomap(base, size));
		break;
	case 2:
		ok(memblock_clear_nomap(base, PHYS_ADDR_MAX));
		break;
	case 3:
		ok(memblock_add_node(base, size, (int)random_number(PF_NUMA ? 2 : 1),
				     MEMBLOCK_NONE));
		break;
	case 4:
	case 5:
		ok(memblock_reserve(base, size));
		break;
	default:
		ok(memblock_phys_free(base, size));
	}
}

static void a_thousand_machines_answer_by_definition(void)
{
	for (int machine = 0; machine < 1000; machine++) {
		fresh();
		ok(memblock_add_node(0x100000, 0x80000, 0, MEMBLOCK_NONE));
		ok(memblock_add_node(0x180000, 0x80000, PF_NUMA ? 1 : 0, MEMBLOCK_NONE));
		memblock_allow_resize();
		memblock_set_current_limit(0x2000); /* no array of ours between the blocks */
		for (int i = 0; i < 60; i++) {
			allocate_something();
			if (!random_number(2))
				change_something();
		}
	}
}

static const struct check_case cases[] = {
	CASE(memblock_phys_alloc, top_down_takes_the_highest_gap_that_fits),
	CASE(memblock_phys_alloc, bottom_up_takes_the_lowest_gap_that_fits),
	CASE(memblock_phys_alloc, a_block_of_no_bytes_lies_in_free_memory),
	CASE(memblock_phys_alloc, both_ways_go_on_to_the_next_region),
	CASE(memblock_phys_alloc, alignment_may_cost_a_gap_top_down),
	CASE(memblock_phys_alloc, alignment_may_cost_a_gap_bottom_up),
	CASE(memblock_phys_alloc_range, windows_are_kept_top_down),
	CASE(memblock_phys_alloc_range, windows_are_kept_bottom_up),
	CASE(memblock_set_current_limit, the_current_limit_is_the_end_when_none_is_given),
	CASE(memblock_phys_alloc_range, the_first_page_is_left_alone_by_windows_too),
	CASE(memblock_mark_nomap, nomap_and_driver_managed_are_never_allocated_from),
#if PF_NUMA
	CASE(memblock_phys_alloc_try_nid, facts_about_one_node_are_not_facts_about_another),
	CASE(memblock_set_node, set_node_drops_what_was_known),
#endif
	CASE(memblock_phys_free, freed_memory_is_found_again),
	CASE(memblock_phys_free, freed_memory_is_found_again_bottom_up),
	CASE(memblock_phys_free, freeing_the_top_of_memory_is_noticed),
	CASE(memblock_phys_alloc, small_requests_do_not_believe_what_large_ones_learnt),
	CASE(memblock_phys_alloc, fine_requests_do_not_believe_what_coarse_ones_learnt),
	CASE(memblock_phys_alloc_range, a_search_of_a_window_says_nothing_about_the_rest),
	CASE(memblock_phys_alloc_range,
	     a_window_that_starts_unaligned_is_no_bound_for_larger_blocks),
	CASE(memblock_phys_alloc, a_block_that_was_found_but_not_reserved_is_no_bound_either),
	CASE(memblock_mark_nomap, marks_drop_what_was_known),
	CASE(memblock_add, memory_that_comes_and_goes_is_noticed),
	CASE(memblock_phys_alloc, a_gap_below_a_found_block_is_not_lost),
	CASE(memblock_phys_alloc, more_kinds_of_requests_than_facts),
	CASE(memblock_phys_alloc, more_unlike_requests_than_facts),
	CASE(memblock_phys_alloc, writing_an_empty_array_is_noticed),
	CASE(memblock_phys_alloc, writing_a_region_count_is_noticed),
	CASE(memblock_phys_free, writing_is_noticed_by_frees_too),
	CASE(memblock_phys_alloc, writing_a_size_is_noticed),
	CASE(memblock_phys_alloc, writing_memory_is_noticed),
	CASE(memblock_phys_alloc, another_array_of_regions_is_noticed),
	CASE(memblock_phys_alloc, another_array_of_memory_is_noticed),
	CASE(memblock_reset, reset_forgets_what_was_known),
	CASE(memblock_alloc_range_nid, a_thousand_machines_answer_by_definition),
};

const struct check_group find_group = GROUP("find", cases);
