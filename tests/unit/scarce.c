/* SPDX-License-Identifier: MIT */
/*
 * Memory that is not there: the n-th thing that boot asks its host for fails, for each n. Catches
 * an error that is passed over, a boot that fails in silence, and state that a failure leaves
 * behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>

#include "host.h"

#include "buddy.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))

static struct pf_mem mem;

static int end(void **unused)
{
	(void)unused;
	pf_close(&mem);
	return 0;
}

/* With two nodes, one block of two zones, and one with a hole. */
static int boot(struct pf_boot_config *config, int requests)
{
	pf_close(&mem);
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add_node(16 * MIB, 32 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(64 * MIB + 5 * PF_PAGE_SIZE, 32 * MIB, PF_NUMA, MEMBLOCK_NONE);
	memblock_reserve(24 * MIB, 8 * MIB);
	config->zone_end[PF_ZONE_DMA] = PAGES(20) + 7;
	config->zone_end[PF_ZONE_NORMAL] = ~0ul;
	host_luck = requests;
	host_unlucky_once = true;
	return pf_boot(&mem, config);
}

static void each_failure_is_told(struct pf_boot_config *config, int least)
{
	int n = 0;

	for (; boot(config, n); n++) {
		assert_true(n < 100);
		assert_int_equal(boot(config, n), -PF_ENOMEM);
		assert_memory_equal(host_output(), "memory map: no room for ", 24);
		assert_non_null(strstr(host_output(), "; the machine cannot boot\n"));
	}
	assert_true(n >= least);
	assert_string_equal(host_output(), "");
}

static void every_allocation_can_fail(void **unused)
{
	struct pf_boot_config config = { .alloc = host_area };

	(void)unused;
	each_failure_is_told(&config, 5); /* the table, two nodes, blocks and descriptors */
}

static void every_allocation_for_nodes_without_memory_can_fail(void **unused)
{
	struct pf_boot_config config = { .alloc = host_area, .nr_nodes = PF_NUMA + 3 };

	(void)unused;
	each_failure_is_told(&config, 5 + 2 * 3); /* each has a list of nodes, too */
}

static void every_mapping_can_fail(void **unused)
{
	struct pf_boot_config config = { .memmap = &host_mapped };

	(void)unused;
	each_failure_is_told(&config, 5);
}

static void every_mapping_on_demand_can_fail(void **unused)
{
	struct pf_boot_config config = { .memmap = &host_on_demand };

	(void)unused;
	each_failure_is_told(&config, 5); /* descriptors of the blocks that are split at boot */
}

static void there_must_be_room_in(struct pf_boot_config config)
{
	for (pf_phys free = 0; free < 40; free++) { /* pages, in a machine of 64 */
		host_reset();
		memset(&mem, 0, sizeof(mem));
		memblock_add(16 * MIB, 64 * PF_PAGE_SIZE);
		memblock_reserve(16 * MIB, (64 - free) * PF_PAGE_SIZE);
		if (!pf_boot(&mem, &config)) {
			pf_close(&mem);
			assert_true(free > 2);
			return;
		}
		assert_memory_equal(host_output(), "memory map: no room for ", 24);
		pf_close(&mem);
	}
	fail_msg("there is never enough");
}

static void memblock_can_be_full(void **unused)
{
	(void)unused;
	there_must_be_room_in((struct pf_boot_config){ 0 });
	there_must_be_room_in((struct pf_boot_config){ .memmap = &host_mapped });
}

static void small_pieces_of_memory_hold_a_mapped_memory_map(void **unused)
{
	struct pf_boot_config config = { .memmap = &host_mapped };

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(16 * MIB, 16 * MIB);
	for (pf_phys page = 3; page < PAGES(16); page += 3)
		if (page < 300)
			memblock_reserve(16 * MIB + page * PF_PAGE_SIZE, PF_PAGE_SIZE);
	memblock_reserve(16 * MIB + 300 * PF_PAGE_SIZE, 15 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_true(mem.memmap_bytes > mem.nr_blocks * DESCRIPTORS_SIZE);
}

static void nothing_free_is_lost_when_descriptors_have_no_memory(void **unused)
{
	struct pf_boot_config config = { .memmap = &host_on_demand };
	struct pf_zone *zone;
	unsigned long before;
	char why[200];
	pf_pfn pfn;

	(void)unused;
	assert_int_equal(boot(&config, HOST_LUCKY), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[PF_NUMA]->zone[PF_ZONE_NORMAL];
	before = zone->nr_free;
	while (buddy_take(&mem, zone, PF_BLOCK_ORDER, PF_MOVABLE, &pfn))
		;
	assert_true(buddy_give(&mem, zone, pfn, PF_BLOCK_ORDER));
	before = zone->nr_free;
	while (pf_info_state(mem.blocks[pf_block_nr(&mem, pfn)].info) == PF_FREE) {
		host_luck = 0;
		if (!buddy_take(&mem, zone, 3, PF_MOVABLE, &pfn))
			break; /* only a whole block is left, and it cannot be split */
		before = zone->nr_free;
	}
	assert_int_equal(zone->nr_free, before);
	assert_true(pf_verify(&mem, why, sizeof(why)));
	host_luck = HOST_LUCKY;
	assert_true(buddy_take(&mem, zone, 3, PF_MOVABLE, &pfn));
	assert_true(pf_verify(&mem, why, sizeof(why)));
}

static void a_late_free_may_be_repeated_when_there_is_memory(void **unused)
{
	struct pf_boot_config config = { .memmap = &host_on_demand };
	unsigned long before;

	(void)unused;
	assert_int_equal(boot(&config, HOST_LUCKY), 0);
	memblock_free_all(&mem);
	before = mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free;
	host_luck = 0;
	host_forget_output();
	assert_int_equal(memblock_free_late(24 * MIB, 3 * PF_PAGE_SIZE), -PF_ENOMEM);
	assert_non_null(strstr(host_output(), ": no memory to describe 3 pages; the first, pfn "
					      "0x1800, is still reserved\n"));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, before);
	/* The first that is refused is free, others want memory. */
	host_luck = 0;
	host_forget_output();
	assert_int_equal(memblock_free_late(24 * MIB - PF_PAGE_SIZE, 2 * PF_PAGE_SIZE), -PF_ENOMEM);
	assert_non_null(strstr(host_output(), ": no memory to describe 2 pages; the first, pfn "
					      "0x17ff, is free already\n"));
	host_luck = HOST_LUCKY;
	assert_int_equal(memblock_free_late(24 * MIB, 3 * PF_PAGE_SIZE), 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, before + 3);
}

static void descriptors_are_written_until_memory_ends(void **unused)
{
	struct pf_boot_config config = { .memmap = &host_on_demand };
	unsigned long before;

	(void)unused;
	assert_int_equal(boot(&config, HOST_LUCKY), 0);
	before = pf_described_blocks(&mem);
	host_luck = 3;
	assert_int_equal(pf_init_descriptors(&mem, ~0ul), 3);
	assert_int_equal(pf_described_blocks(&mem), before + 3);
	host_luck = 0;
	assert_int_equal(pf_init_descriptors(&mem, ~0ul), 0);
}

#define SCARCE_TEST(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCARCE_TEST(every_allocation_can_fail),
		SCARCE_TEST(every_allocation_for_nodes_without_memory_can_fail),
		SCARCE_TEST(every_mapping_can_fail),
		SCARCE_TEST(every_mapping_on_demand_can_fail),
		SCARCE_TEST(memblock_can_be_full),
		SCARCE_TEST(small_pieces_of_memory_hold_a_mapped_memory_map),
		SCARCE_TEST(nothing_free_is_lost_when_descriptors_have_no_memory),
		SCARCE_TEST(a_late_free_may_be_repeated_when_there_is_memory),
		SCARCE_TEST(descriptors_are_written_until_memory_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
