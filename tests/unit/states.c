/* SPDX-License-Identifier: MIT */
/*
 * States and kinds that nothing sets yet: what is said of them, and who merges with whom. Catches a
 * late free of a page that is not reserved, and isolated or CMA memory that leaks into other lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>

#include "host.h"

#include "buddy.h"

#define MIB ((pf_phys)1 << 20)

static struct pf_mem mem;
static struct pf_zone *zone;

static int start(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(16 * MIB, 64 * MIB);
	memblock_reserve(16 * MIB, 32 * MIB);
	memblock_reserve(64 * MIB, 3 * PF_PAGE_SIZE);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	pf_close(&mem);
	return 0;
}

static const struct {
	enum pf_state state;
	const char *is;
} said[] = {
	{ PF_DEFERRED, "free already" },
	{ PF_FREE, "free already" },
	{ PF_PER_CPU, "free already" },
	{ PF_ISOLATED, "free already" },
	{ PF_ALLOCATED, "in use, or free already" },
	{ PF_TAIL, "in use, or free already" },
	{ PF_NOFREE, "in use, or free already" },
	{ PF_POISONED, "poisoned" },
	{ PF_OFFLINE, "offline" },
	{ PF_DEVICE, "a device's" },
};

static void refused_as(pf_phys base, pf_phys size, const char *is)
{
	char want[80];

	host_forget_output();
	assert_int_equal(memblock_free_late(base, size), -PF_EINVAL);
	snprintf(want, sizeof(want), ", is %s\n", is);
	assert_non_null(strstr(host_output(), want));
	assert_string_equal(strstr(host_output(), want), want);
}

static void each_state_of_a_page_is_named(void **unused)
{
	struct pf_page *page = pf_page(&mem, PF_PFN_DOWN(64 * MIB) + 1);
	uint32_t info = page->info;

	(void)unused;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		page->info = (info & ~PF_INFO_STATE) | said[i].state;
		refused_as(64 * MIB + PF_PAGE_SIZE, PF_PAGE_SIZE, said[i].is);
		assert_int_equal(page->info, (info & ~PF_INFO_STATE) | said[i].state);
	}
	page->info = info;
}

static void each_state_of_a_block_is_named(void **unused)
{
	struct pf_block *b = pf_block(&mem, PF_PFN_DOWN(20 * MIB));
	uint32_t info = b->info;

	(void)unused;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		b->info = (info & ~PF_INFO_STATE) | said[i].state;
		refused_as(20 * MIB, PF_BLOCK_SIZE, said[i].is);
		refused_as(20 * MIB, PF_PAGE_SIZE, said[i].is);
	}
	b->info = (info & ~PF_INFO_STATE) | PF_ABSENT;
	refused_as(20 * MIB, PF_BLOCK_SIZE, "no memory");
	b->info = info;
}

/* Descriptors are not written for blocks that nobody will split. */
static void only_memory_in_use_is_described_early(void **unused)
{
	struct pf_block *b = pf_block(&mem, PF_PFN_DOWN(20 * MIB));
	uint32_t info = b->info;

	(void)unused;
	b->info = (info & ~PF_INFO_STATE) | PF_OFFLINE;
	pf_init_descriptors(&mem, ~0ul);
	assert_int_equal(b->described, PF_UNDESCRIBED);
	assert_int_equal(b[1].described, PF_DESCRIBED);
	b->info = info;
}

static void set_type(pf_pfn pfn, enum pf_migratetype type)
{
	uint32_t *info = &pf_block(&mem, pfn)->info;

	*info = (*info & ~PF_INFO_MIGRATE) | info_migratetype(type);
}

/* Two free blocks side by side, of two kinds. Returns whether they are one chunk. */
static bool merge(enum pf_migratetype a, enum pf_migratetype b)
{
	unsigned long before = zone->nr_free;
	pf_pfn pfn;
	bool merged;

	assert_true(buddy_take(&mem, zone, PF_BLOCK_ORDER + 1, PF_MOVABLE, &pfn));
	/* as two allocated blocks */
	for (int i = 0; i < 2; i++)
		mem.blocks[pf_block_nr(&mem, pfn) + (unsigned)i].info =
			info_become(pf_block(&mem, pfn)->info, PF_ALLOCATED) | PF_INFO_FIRST |
			info_order(PF_BLOCK_ORDER);
	set_type(pfn, a);
	set_type(pfn + PF_BLOCK_PAGES, b);
	assert_true(buddy_give(&mem, zone, pfn, PF_BLOCK_ORDER));
	assert_true(buddy_give(&mem, zone, pfn + PF_BLOCK_PAGES, PF_BLOCK_ORDER));
	merged = !(pf_block(&mem, pfn + PF_BLOCK_PAGES)->info & PF_INFO_FIRST);
	/* Isolated memory is not free. */
	assert_int_equal(zone->nr_free, before - (a == PF_ISOLATE ? PF_BLOCK_PAGES : 0) -
						(b == PF_ISOLATE ? PF_BLOCK_PAGES : 0));
	return merged;
}

static void reserves_isolated_memory_and_cma_merge_with_their_like_only(void **unused)
{
	(void)unused;
	for (int a = 0; a < PF_MIGRATETYPES; a++)
		for (int b = 0; b < PF_MIGRATETYPES; b++) {
			start(NULL);
			assert_int_equal(merge((enum pf_migratetype)a, (enum pf_migratetype)b),
					 a == b || (a < PF_HIGHATOMIC && b < PF_HIGHATOMIC));
			end(NULL);
		}
	start(NULL);
}

static void zones_have_names(void **unused)
{
	(void)unused;
	assert_string_equal(pf_zone_name(PF_ZONE_DMA), "DMA");
	assert_string_equal(pf_zone_name(PF_ZONE_DMA32), "DMA32");
	assert_string_equal(pf_zone_name(PF_ZONE_NORMAL), "Normal");
	assert_string_equal(pf_zone_name(PF_ZONE_HIGHMEM), "HighMem");
	assert_string_equal(pf_zone_name(PF_ZONE_MOVABLE), "Movable");
	assert_string_equal(pf_zone_name(PF_ZONE_DEVICE), "Device");
	assert_string_equal(pf_zone_name(PF_ZONES), "?");
}

#define STATES_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATES_TEST(each_state_of_a_page_is_named),
		STATES_TEST(each_state_of_a_block_is_named),
		STATES_TEST(only_memory_in_use_is_described_early),
		STATES_TEST(reserves_isolated_memory_and_cma_merge_with_their_like_only),
		STATES_TEST(zones_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
