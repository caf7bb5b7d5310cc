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
#include <sys/mman.h>

#include <cmocka.h>

#include <pageframe/boot.h>

#include "host.h"

#include "buddy.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define NEVER	   1000

static struct pf_mem mem;
static int luck; /* requests that succeed before one fails */

static void *areas[32];
static size_t sizes[32];
static int nr_areas;

static void *area(size_t size)
{
	void *virt;

	if (!luck--)
		return NULL;
	assert_true(nr_areas < 32);
	virt = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	assert_ptr_not_equal(virt, MAP_FAILED);
	areas[nr_areas] = virt;
	sizes[nr_areas++] = size;
	return virt;
}

static int map(void *virt, pf_phys phys, size_t size, int nid)
{
	(void)virt;
	(void)phys;
	(void)size;
	(void)nid;
	return luck-- ? 0 : -PF_ENOMEM;
}

static const struct pf_memmap_ops mapped = { area, map, false };
static const struct pf_memmap_ops on_demand = { area, map, true };

static void close_machine(void)
{
	pf_close(&mem);
	while (nr_areas) {
		nr_areas--;
		munmap(areas[nr_areas], sizes[nr_areas]);
	}
}

static int end(void **unused)
{
	(void)unused;
	close_machine();
	return 0;
}

/* With two nodes, one block of two zones, and one with a hole. */
static int boot(struct pf_boot_config *config, int requests)
{
	luck = NEVER;
	close_machine();
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add_node(16 * MIB, 32 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(64 * MIB + 5 * PF_PAGE_SIZE, 32 * MIB, PF_NUMA, MEMBLOCK_NONE);
	memblock_reserve(24 * MIB, 8 * MIB);
	config->zone_end[PF_ZONE_DMA] = PAGES(20) + 7;
	config->zone_end[PF_ZONE_NORMAL] = ~0ul;
	luck = requests;
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
	struct pf_boot_config config = { .alloc = area };

	(void)unused;
	each_failure_is_told(&config, 5); /* the table, two nodes, blocks and descriptors */
}

static void every_allocation_for_nodes_without_memory_can_fail(void **unused)
{
	struct pf_boot_config config = { .alloc = area, .nr_nodes = PF_NUMA + 3 };

	(void)unused;
	each_failure_is_told(&config, 5 + 2 * 3); /* each has a list of nodes, too */
}

static void every_mapping_can_fail(void **unused)
{
	struct pf_boot_config config = { .memmap = &mapped };

	(void)unused;
	each_failure_is_told(&config, 5);
}

static void every_mapping_on_demand_can_fail(void **unused)
{
	struct pf_boot_config config = { .memmap = &on_demand };

	(void)unused;
	each_failure_is_told(&config, 5); /* descriptors of the blocks that are split at boot */
}

static void memblock_can_be_full(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
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

static void small_pieces_of_memory_hold_a_mapped_memory_map(void **unused)
{
	struct pf_boot_config config = { .memmap = &mapped };

	(void)unused;
	host_reset();
	luck = NEVER;
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
	struct pf_boot_config config = { .memmap = &on_demand };
	struct pf_zone *zone;
	unsigned long before;
	char why[200];
	pf_pfn pfn;

	(void)unused;
	assert_int_equal(boot(&config, NEVER), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[PF_NUMA]->zone[PF_ZONE_NORMAL];
	before = zone->nr_free;
	while (buddy_take(&mem, zone, PF_BLOCK_ORDER, PF_MOVABLE, &pfn))
		;
	assert_true(buddy_give(&mem, zone, pfn, PF_BLOCK_ORDER));
	before = zone->nr_free;
	while (pf_info_state(mem.blocks[pf_block_nr(&mem, pfn)].info) == PF_FREE) {
		luck = 0;
		if (!buddy_take(&mem, zone, 3, PF_MOVABLE, &pfn))
			break; /* only a whole block is left, and it cannot be split */
		before = zone->nr_free;
	}
	assert_int_equal(zone->nr_free, before);
	assert_true(pf_verify(&mem, why, sizeof(why)));
	luck = NEVER;
	assert_true(buddy_take(&mem, zone, 3, PF_MOVABLE, &pfn));
	assert_true(pf_verify(&mem, why, sizeof(why)));
}

static void a_late_free_may_be_repeated_when_there_is_memory(void **unused)
{
	struct pf_boot_config config = { .memmap = &on_demand };
	unsigned long before;

	(void)unused;
	assert_int_equal(boot(&config, NEVER), 0);
	memblock_free_all(&mem);
	before = mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free;
	luck = 0;
	host_forget_output();
	assert_int_equal(memblock_free_late(24 * MIB, 3 * PF_PAGE_SIZE), -PF_ENOMEM);
	assert_non_null(strstr(host_output(), ": no memory to describe 3 pages; the first, pfn "
					      "0x1800, is still reserved\n"));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, before);
	/* The first that is refused is free, others want memory. */
	luck = 0;
	host_forget_output();
	assert_int_equal(memblock_free_late(24 * MIB - PF_PAGE_SIZE, 2 * PF_PAGE_SIZE), -PF_ENOMEM);
	assert_non_null(strstr(host_output(), ": no memory to describe 2 pages; the first, pfn "
					      "0x17ff, is free already\n"));
	luck = NEVER;
	assert_int_equal(memblock_free_late(24 * MIB, 3 * PF_PAGE_SIZE), 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, before + 3);
}

static void descriptors_are_written_until_memory_ends(void **unused)
{
	struct pf_boot_config config = { .memmap = &on_demand };
	unsigned long before;

	(void)unused;
	assert_int_equal(boot(&config, NEVER), 0);
	before = pf_described_blocks(&mem);
	luck = 3;
	assert_int_equal(pf_init_descriptors(&mem, ~0ul), 3);
	assert_int_equal(pf_described_blocks(&mem), before + 3);
	luck = 0;
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
