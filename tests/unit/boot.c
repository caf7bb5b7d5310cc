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

#include "../../src/zone/internal.h"

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

/* Who wants a page waits for no more than a stretch of blocks. */
static void what_is_deferred_comes_in_stretches(void **unused)
{
	struct pf_boot_config config = { .pages_at_once = 1 };
	unsigned long deferred, got, most = 0, times = 0;

	(void)unused;
	add(16 * MIB, 1024 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	deferred = pf_deferred_pages(&mem, 0);
	while ((got = pf_release_deferred(&mem, 0, 1)) > 0) {
		most = got > most ? got : most;
		deferred -= got;
		times++;
	}
	assert_int_equal(deferred, 0);
	assert_int_equal(most, PAGES(256ul));
	assert_int_equal(times, 4);
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

static int wherever(unsigned cpu)
{
	const int nodes[] = { 2, -1, 0, 3, 1000 };

	return nodes[cpu];
}

/* CPUs of nodes that are not there are the first one's that is, and so are those of nobody. */
static void cpus_are_where_memory_is(void **unused)
{
	struct pf_boot_config config = { .nr_cpus = 5, .cpu_to_node = wherever };
	const uint16_t nodes[] = { 2, 1, 1, 1, 1 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 1);
	add(64 * MIB, 32 * MIB, 2);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_null(mem.nodes[0]);
	for (unsigned cpu = 0; cpu < config.nr_cpus; cpu++)
		assert_int_equal(mem.cpu_node[cpu], nodes[cpu]);
	memblock_free_all(&mem);
	host_set_cpu(2);
	assert_int_equal(pf_info_node(pf_page_info(&mem, pf_alloc_pages(&mem, 0, 0))), 1);
}

static int far(int from, int to)
{
	static const int distances[4][4] = {
		{ 10, 40, 20, 40 }, { 40, 10, 30, 20 }, { 20, 20, 10, 20 }, { 40, 20, 20, 10 }
	};

	return distances[from][to];
}

/* And of those alike the next by number. */
static void the_nearest_nodes_are_asked_first(void **unused)
{
	struct pf_boot_config config = { .distance = far, .nr_nodes = 4 };
	const uint16_t order[4][4] = {
		{ 0, 2, 1, 3 }, { 1, 3, 2, 0 }, { 2, 3, 0, 1 }, { 3, 1, 2, 0 }
	};

	(void)unused;
	add(16 * MIB, 32 * MIB, 1);
	assert_int_equal(pf_boot(&mem, &config), 0);
	for (int nid = 0; nid < 4; nid++)
		assert_memory_equal(mem.nodes[nid]->fallback, order[nid], sizeof(order[nid]));
}

static void memory_of_no_node_is_the_firsts(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	assert_int_equal(memblock_add(16 * MIB, 16 * MIB), 0);
	add(32 * MIB, 16 * MIB, NUMA_NO_NODE);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nr_nodes, 1);
	assert_int_equal(mem.nodes[0]->present, PAGES(32ul));
}

static void more_nodes_than_there_can_be_are_refused(void **unused)
{
	struct pf_boot_config config = { .nr_nodes = PF_MAX_NUMNODES + 1 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), -PF_EINVAL);
	assert_string_equal(host_output(), "pf_boot: there are more nodes than PF_MAX_NUMNODES\n");
}

#if PF_PHYS_BITS == 64 && __SIZEOF_POINTER__ == 8
/* 2^32 pages are the most, from the first to the last. Other zones and nodes are not looked at. */
static void a_zone_that_links_cannot_span_is_refused(void **unused)
{
	struct pf_boot_config config = { .zone_end = { PAGES(24ul), 0, ~0ul } };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	add(64 * MIB, MIB, 1);
	memblock_set_bottom_up(true); /* nothing is behind what comes now */
	add(((pf_phys)1 << 44) + 24 * MIB, PF_PAGE_SIZE, 0);
	assert_int_equal(pf_boot(&mem, &config), -PF_EINVAL);
	assert_string_equal(host_output(),
			    "node 0, zone Normal spans more than 2^32 pages: give its memory to "
			    "more nodes\n");
	assert_null(mem.nodes);
}

/* Normal begins behind where Movable does, but has mirrored memory. */
static void mirrored_memory_behind_the_border_has_its_zone(void **unused)
{
	struct pf_boot_config config = { .zone_end = { 0, PAGES(5120ul), PAGES(5248ul),
						       PAGES(5376ul) } };

	(void)unused;
	mirrored_kernelcore = true;
	add(16 * MIB, 32 * MIB, 0);
	add(4096 * MIB, 1280 * MIB, 0);
	assert_int_equal(memblock_mark_mirror(16 * MIB, 32 * MIB), 0);
	assert_int_equal(memblock_mark_mirror(5120 * MIB, 128 * MIB), 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[0]->movable_pfn, PAGES(4096ul));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].present, PAGES(128ul));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].start_pfn, PAGES(5120ul));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_HIGHMEM].present, 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_HIGHMEM].spanned, 0);
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_MOVABLE].present, PAGES(1152ul));
}
#endif

/* What is spread over nodes is spread over those that have memory. */
static void nodes_without_memory_have_no_share_of_kernelcore(void **unused)
{
	struct pf_boot_config config = { .movable.kernelcore = PAGES(16ul), .nr_nodes = 4 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 2);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[2]->movable_pfn, PAGES(32ul));
	assert_int_equal(mem.nodes[0]->movable_pfn, 0);
	assert_int_equal(mem.nodes[3]->present, 0);
	memblock_free_all(&mem);
	assert_int_equal(pf_info_node(pf_page_info(&mem, pf_alloc_pages_node(&mem, 0, 0, 3, NULL))),
			 2);
	assert_true(pf_alloc_pages_node(&mem, 0, PF_GFP_THISNODE, 3, NULL) == PF_NO_PFN);
	pf_close(&mem);
	config.nr_nodes = 0;
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(mem.nodes[2]->movable_pfn, PAGES(32ul));
	assert_null(mem.nodes[0]);
}

static void a_walk_that_has_ended_does_not_begin_again(void **unused)
{
	struct pf_boot_config config = { 0 };
	struct zone_limits limits;
	struct piece_walk w;
	struct piece p;

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	assert_int_equal(pfi_zone_limits(&limits, &config), 0);
	pfi_pieces_start(&w, &mem, &limits);
	assert_true(pfi_next_piece(&w, &p));
	assert_int_equal(p.end, PAGES(48ul));
	for (int i = 0; i < 3; i++)
		assert_false(pfi_next_piece(&w, &p));
}

#define BOOT_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

#if PF_PHYS_BITS == 64 && __SIZEOF_POINTER__ == 8
static void more_blocks_than_links_have_bits_are_refused(void **unused)
{
	struct pf_boot_config config = { .max_possible_pfn = (1ul << 32 << PF_BLOCK_ORDER) + 1 };

	(void)unused;
	add(0, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), -PF_EINVAL);
	assert_non_null(
		strstr(host_output(), "there are more than 2^32 blocks from first to last"));
}
#endif

static void other_nodes_have_nothing_deferred(void **unused)
{
	struct pf_boot_config config = { .pages_at_once = 1 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	assert_true(pf_deferred_pages(&mem, 0) > 0);
	assert_int_equal(pf_deferred_pages(&mem, -1), 0);
	assert_int_equal(pf_deferred_pages(&mem, mem.nr_nodes), 0);
}

static void a_late_free_is_told_with_debugging(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	memblock_reserve(24 * MIB, 2 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	memblock_debug = true;
	assert_int_equal(memblock_free_late(24 * MIB, 2 * MIB), 0);
	memblock_debug = false;
	assert_non_null(strstr(host_output(), "memblock_free_late: [0x0000000001800000-"));
	/* Nothing is behind the last byte. */
	host_forget_output();
	assert_int_equal(memblock_free_late(PF_PHYS_MAX, 1), 0);
	assert_string_equal(host_output(), "");
}

/* Somebody frees a block that was never reserved, while those before it are handed over. */
static struct pf_zone *last_zone;

static void somebody_frees_it(void)
{
	host_relax = NULL;
	last_zone->lock.held = 0;
	assert_int_equal(memblock_free_late(40 * MIB, PF_BLOCK_SIZE), 0);
}

static void what_is_freed_meanwhile_is_handed_over_once(void **unused)
{
	struct pf_boot_config config = { .pages_at_once = 1 };
	unsigned long all, got;
	char why[240];

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	memblock_reserve(16 * MIB, 2 * MIB);
	memblock_set_bottom_up(true);
	assert_int_equal(pf_boot(&mem, &config), 0);
	last_zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	last_zone->lock.held = 1;
	host_relax = somebody_frees_it;
	got = memblock_free_all(&mem);
	assert_null(host_relax);
	assert_int_equal(pf_info_state(pf_page_info(&mem, PAGES(40ul))), PF_FREE);
	all = got + pf_deferred_pages(&mem, 0) + PF_BLOCK_PAGES;
	while (pf_release_deferred(&mem, 0, ~0ul))
		;
	assert_int_equal(last_zone->nr_free, all);
	assert_int_equal(last_zone->managed, all);
	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static void frees_the_block_first(void)
{
	host_relax = NULL;
	last_zone->lock.held = 0;
	assert_int_equal(memblock_free_late(24 * MIB, PF_BLOCK_SIZE), 0);
}

/* Of two who free a block late one is told, also if it was reserved when he looked. */
static void of_two_late_frees_one_is_told(void **unused)
{
	struct pf_boot_config config = { 0 };
	unsigned long all;

	(void)unused;
	add(16 * MIB, 32 * MIB, 0);
	memblock_reserve(24 * MIB, PF_BLOCK_SIZE);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	last_zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	all = last_zone->managed + PF_BLOCK_PAGES;
	last_zone->lock.held = 1;
	host_relax = frees_the_block_first;
	assert_int_equal(memblock_free_late(24 * MIB, PF_BLOCK_SIZE), -PF_EINVAL);
	assert_null(host_relax);
	assert_non_null(strstr(host_output(), ", is free already\n"));
	assert_int_equal(last_zone->managed, all);
	assert_int_equal(last_zone->nr_free, all);
}

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
		BOOT_TEST(what_is_deferred_comes_in_stretches),
		BOOT_TEST(nodes_side_by_side_hand_over_their_own),
		BOOT_TEST(a_closed_machine_gets_nothing_more),
		BOOT_TEST(cpus_are_where_memory_is),
		BOOT_TEST(the_nearest_nodes_are_asked_first),
		BOOT_TEST(memory_of_no_node_is_the_firsts),
		BOOT_TEST(more_nodes_than_there_can_be_are_refused),
		BOOT_TEST(other_nodes_have_nothing_deferred),
		BOOT_TEST(a_late_free_is_told_with_debugging),
		BOOT_TEST(what_is_freed_meanwhile_is_handed_over_once),
		BOOT_TEST(of_two_late_frees_one_is_told),
#if PF_PHYS_BITS == 64 && __SIZEOF_POINTER__ == 8
		BOOT_TEST(a_zone_that_links_cannot_span_is_refused),
		BOOT_TEST(more_blocks_than_links_have_bits_are_refused),
		BOOT_TEST(mirrored_memory_behind_the_border_has_its_zone),
#endif
		BOOT_TEST(nodes_without_memory_have_no_share_of_kernelcore),
		BOOT_TEST(a_walk_that_has_ended_does_not_begin_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
