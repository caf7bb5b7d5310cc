/* SPDX-License-Identifier: MIT */
/*
 * Machines that hardly any random machine is like: memory that no zone takes, nodes of less than a
 * page, descriptors that do not fill a page. Catches a boot that hangs, crashes, or puts memory
 * where Linux does not.
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
#define PAGES(mib) ((unsigned long)((mib) << (20 - PF_PAGE_SHIFT)))

static struct pf_mem mem;

static int start(void **unused)
{
	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	pf_close(&mem);
	return 0;
}

static void add(pf_phys base, pf_phys size, int nid)
{
	assert_int_equal(memblock_add_node(base, size, nid, MEMBLOCK_NONE), 0);
}

/* Nobody may use it, nobody may wait for it: the machine does not boot. */
static void memory_above_all_zones_is_refused(void **unused)
{
	struct pf_boot_config config = { .zone_end = { PAGES(8ul), 0, PAGES(40ul) } };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), -PF_EINVAL);
}

static void zones_that_end_where_memory_does_are_enough(void **unused)
{
	struct pf_boot_config config = { .zone_end = { PAGES(24ul), 0, PAGES(48ul) } };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_DMA].present, PAGES(8ul));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].present, PAGES(24ul));
}

static void a_zone_may_be_empty(void **unused)
{
	struct pf_boot_config config = { .zone_end = { PAGES(24ul), PAGES(24ul), ~0ul } };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_DMA].present, PAGES(8ul));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_DMA32].spanned, 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].present, PAGES(24ul));
}

static void zone_limits_that_descend_are_refused(void **unused)
{
	struct pf_boot_config config = { .zone_end = { PAGES(24ul), PAGES(20ul), ~0ul } };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), -PF_EINVAL);
}

static void a_machine_without_a_whole_page_is_refused(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	assert_int_equal(pf_boot(&mem, &config), -PF_EINVAL);
	add(16 * MIB + 100, 200, 0);
	assert_int_equal(pf_boot(&mem, &config), -PF_EINVAL);
}

static void a_hotpluggable_node_of_less_than_a_page_is_no_node(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	movable_node_enabled = true;
	add(16 * MIB, 32 * MIB, 0);
	add(64 * MIB + 100, 200, 7);
	assert_int_equal(memblock_mark_hotplug(64 * MIB + 100, 200), 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nr_nodes, 1);
	assert_int_equal(mem.nodes[0]->movable_pfn, 0);
}

static void an_unmirrored_node_of_less_than_a_page_is_no_node(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	mirrored_kernelcore = true;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(memblock_mark_mirror(16 * MIB, 32 * MIB), 0);
	add(((pf_phys)1 << 32) + 100, 200, 7);
	config.alloc = NULL;
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nr_nodes, 1);
}

/* Its first whole page is behind the border of a chunk: ZONE_MOVABLE begins with the next one. */
static void hotpluggable_memory_begins_with_its_first_whole_page(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	movable_node_enabled = true;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(memblock_mark_hotplug(32 * MIB + 512, 16 * MIB - 512), 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[0]->movable_pfn, PAGES(32ul) + (1ul << PF_MAX_ORDER));
}

/* Hot-pluggable memory of less than a page lies right before the node's first whole one. */
static void no_zone_begins_before_its_node(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	movable_node_enabled = true;
	add(16 * MIB, 16 * MIB, 0);
	add(32 * MIB, 100, 1);
	assert_int_equal(memblock_mark_hotplug(32 * MIB, 100), 0);
	add(32 * MIB + PF_PAGE_SIZE, 16 * MIB, 1);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[1]->start_pfn, PAGES(32ul) + 1);
	assert_int_equal(mem.nodes[1]->zone[PF_ZONE_MOVABLE].start_pfn, PAGES(32ul) + 1);
	assert_int_equal(mem.nodes[1]->zone[PF_ZONE_MOVABLE].spanned, PAGES(16ul));
}

/* What is left of kernelcore= when each node has its share, and is less than a page a node. */
static void a_rest_of_kernelcore_does_not_move_a_border(void **unused)
{
	struct pf_boot_config config = { .movable.kernelcore = 2 * PAGES(8ul) + 1 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	add(48 * MIB, 32 * MIB, 1);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[0]->movable_pfn, PAGES(24ul));
	assert_int_equal(mem.nodes[1]->movable_pfn, PAGES(56ul));
}

/* A page is for the same when its block is split. */
static void a_page_of_a_split_block_has_its_migratetype(void **unused)
{
	struct pf_boot_config config = { 0 };
	pf_pfn pfn;

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	assert_true(buddy_take(&mem, &mem.nodes[0]->zone[PF_ZONE_NORMAL], 0, PF_MOVABLE, &pfn));
	assert_int_equal(pf_info_state(pf_page_info(&mem, pfn)), PF_ALLOCATED);
	assert_int_equal(pf_info_migratetype(pf_page_info(&mem, pfn)), PF_MOVABLE);
	assert_int_equal(pf_info_migratetype(pf_page_info(&mem, PAGES(40ul))), PF_MOVABLE);
}

static void a_late_free_of_everything_there_could_be_ends(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	assert_int_equal(memblock_free_late(0, PF_PHYS_MAX), -PF_EINVAL);
	assert_int_equal(memblock_free_late(PF_PHYS_MAX - PF_PAGE_SIZE, PF_PHYS_MAX), 0);
	assert_int_equal(memblock_free_late(PF_PHYS_MAX - 9 * PF_PAGE_SIZE, PF_PHYS_MAX),
			 -PF_EINVAL);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, PAGES(32ul));
}

static void who_asks_too_early_does_not_lose_what_is_deferred(void **unused)
{
	struct pf_boot_config config = { .pages_at_once = 1 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(pf_release_deferred(&mem, 0, ~0ul), 0);
	memblock_free_all(&mem);
	assert_true(mem.nodes[0]->zone[PF_ZONE_NORMAL].deferred > 0);
	assert_true(pf_release_deferred(&mem, 0, ~0ul) > 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].deferred, 0);
	assert_int_equal(pf_release_deferred(&mem, -1, ~0ul), 0);
	assert_int_equal(pf_release_deferred(&mem, 1, ~0ul), 0);
}

/* As many as were asked for, and no block more. */
static void what_is_wanted_at_once_is_handed_over_at_once(void **unused)
{
	struct pf_boot_config config = { .pages_at_once = 3 * PF_BLOCK_PAGES };
	const struct pf_zone *zone;

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	memblock_set_bottom_up(true); /* what boot takes lies in the first blocks */
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(memblock_reserve(16 * MIB, 4 * MIB), 0);
	assert_int_equal(memblock_free_all(&mem), 3 * PF_BLOCK_PAGES);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	assert_int_equal(zone->managed, 3 * PF_BLOCK_PAGES);
	assert_int_equal(zone->deferred, PAGES(28ul) - 3 * PF_BLOCK_PAGES);
}

/* Two nodes take turns: who asks one of them gets nothing of the other. */
static void nodes_side_by_side_hand_over_their_own(void **unused)
{
	struct pf_boot_config config = { .pages_at_once = 1 };
	unsigned long deferred[2];

	(void)unused;
	for (pf_phys mib = 16; mib < 80; mib += 8)
		add(mib * MIB, 8 * MIB, mib / 8 % 2);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	for (int nid = 0; nid < 2; nid++)
		deferred[nid] = mem.nodes[nid]->zone[PF_ZONE_NORMAL].deferred;
	assert_int_equal(pf_release_deferred(&mem, 1, ~0ul), deferred[1]);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].deferred, deferred[0]);
	assert_int_equal(mem.nodes[1]->zone[PF_ZONE_NORMAL].deferred, 0);
	assert_int_equal(pf_release_deferred(&mem, 0, 1), deferred[0]); /* all of one stretch */
}

/* A second machine that only boots does not take what belongs to the first. */
static void a_closed_machine_gets_nothing_more(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(memblock_reserve(20 * MIB, MIB), 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	pf_close(&mem);
	assert_int_equal(memblock_free_late(20 * MIB, MIB), 0);
	assert_false(memblock_is_reserved(20 * MIB));
	assert_null(mem.pages);
}

#define BOOT_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOT_TEST(memory_above_all_zones_is_refused),
		BOOT_TEST(zones_that_end_where_memory_does_are_enough),
		BOOT_TEST(a_zone_may_be_empty),
		BOOT_TEST(zone_limits_that_descend_are_refused),
		BOOT_TEST(a_machine_without_a_whole_page_is_refused),
		BOOT_TEST(a_hotpluggable_node_of_less_than_a_page_is_no_node),
		BOOT_TEST(an_unmirrored_node_of_less_than_a_page_is_no_node),
		BOOT_TEST(hotpluggable_memory_begins_with_its_first_whole_page),
		BOOT_TEST(no_zone_begins_before_its_node),
		BOOT_TEST(a_rest_of_kernelcore_does_not_move_a_border),
		BOOT_TEST(a_page_of_a_split_block_has_its_migratetype),
		BOOT_TEST(a_late_free_of_everything_there_could_be_ends),
		BOOT_TEST(who_asks_too_early_does_not_lose_what_is_deferred),
		BOOT_TEST(what_is_wanted_at_once_is_handed_over_at_once),
		BOOT_TEST(nodes_side_by_side_hand_over_their_own),
		BOOT_TEST(a_closed_machine_gets_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
