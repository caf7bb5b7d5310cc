/* SPDX-License-Identifier: MIT */
/*
 * The page allocator when something is refused: memory for descriptors, a barrier, memory itself in
 * the middle of a request for much. Catches pages that leak on the way back, counts that are off,
 * and a half that is handed out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/page_alloc.h>

#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define CPUS	   2
#define MOVABLE	   (PF_GFP_MOVABLE | PF_GFP_ANY_ZONE)

static struct pf_mem mem;
static unsigned long before; /* managed */

/* --- a machine --- */

static int end(void **unused)
{
	(void)unused;
	host_set_cpu(0);
	host_no_barrier = false;
	pf_close(&mem);
	return 0;
}

static unsigned long sum(bool managed)
{
	unsigned long pages = 0;

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			const struct pf_zone *zone = &mem.nodes[nid]->zone[z];

			pages += managed ? zone->managed : pf_zone_free(zone);
			for (unsigned c = 0; !managed && zone->pcp && c < CPUS; c++)
				pages += pf_per_cpu_pages(&mem, zone, c);
		}
	return pages;
}

static void boot_with(struct pf_boot_config *config)
{
	pf_close(&mem);
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add_node(16 * MIB, 32 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(64 * MIB + 5 * PF_PAGE_SIZE, 32 * MIB, PF_NUMA, MEMBLOCK_NONE);
	memblock_reserve(24 * MIB, 8 * MIB);
	config->zone_end[PF_ZONE_DMA] = PAGES(20) + 7;
	config->zone_end[PF_ZONE_NORMAL] = ~0ul;
	config->nr_cpus = CPUS;
	assert_int_equal(pf_boot(&mem, config), 0);
	memblock_free_all(&mem);
	before = sum(true);
	assert_int_equal(sum(false), before);
}

static void boot(void)
{
	struct pf_boot_config config = { .alloc = NULL, .memmap = &host_on_demand };

	boot_with(&config);
}

static void nothing_is_lost(void)
{
	char why[256];

	assert_int_equal(sum(false), before);
	assert_true(pf_verify(&mem, why, sizeof(why)));
	assert_true(pf_drain_all(&mem));
	assert_int_equal(sum(false), before);
	assert_true(pf_verify(&mem, why, sizeof(why)));
	assert_string_equal(host_output(), "");
}

/* --- what is handed out --- */

static struct chunk {
	pf_pfn pfn;
	unsigned order;
	unsigned long nr; /* not 0: pages from pf_alloc_pages_exact() */
} held[PAGES(80)];
static unsigned long nr_held;

static bool hold(pf_pfn pfn, unsigned order)
{
	if (pfn == PF_NO_PFN)
		return false;
	held[nr_held++] = (struct chunk){ pfn, order, 0 };
	return true;
}

static void hold_exact(pf_pfn pfn, unsigned long nr)
{
	if (hold(pfn, 0))
		held[nr_held - 1].nr = nr;
}

static unsigned long pages_held(void)
{
	unsigned long pages = 0;

	for (unsigned long n = 0; n < nr_held; n++)
		pages += held[n].nr ? held[n].nr : 1ul << held[n].order;
	return pages;
}

static void give_all(void)
{
	while (nr_held) {
		nr_held--;
		if (held[nr_held].nr)
			pf_free_pages_exact(&mem, held[nr_held].pfn, held[nr_held].nr);
		else
			pf_free_pages(&mem, held[nr_held].pfn, held[nr_held].order);
	}
}

static void fill(unsigned order, pf_gfp gfp)
{
	while (hold(pf_alloc_pages(&mem, order, gfp), order))
		;
}

/* --- maps --- */

static void take_bulk(unsigned long nr)
{
	static pf_pfn pfns[PAGES(80)];

	if (pf_alloc_pages_bulk(&mem, MOVABLE, nr, pfns))
		return;
	while (nr--)
		hold(pfns[nr], 0);
}

/* Each way in, in blocks that nobody has split yet. */
static void scenario(void)
{
	for (unsigned order = 0; order <= PF_BLOCK_ORDER; order += 3)
		for (pf_gfp type = 0; type <= PF_GFP_RECLAIMABLE; type++)
			hold(pf_alloc_pages(&mem, order, type), order);
	hold(pf_alloc_pages_node(&mem, 1, MOVABLE | PF_GFP_THISNODE, PF_NUMA, NULL), 1);
	hold(pf_alloc_pages(&mem, 0, PF_GFP_UNMOVABLE | PF_GFP_DMA), 0);
	hold(pf_alloc_pages(&mem, 1, PF_GFP_HIGH | PF_GFP_ATOMIC), 1);
	if (!pf_alloc_pages_at(&mem, PAGES(40) + 8, 3))
		hold(PAGES(40) + 8, 3);
	if (!pf_alloc_pages_at(&mem, PAGES(90), 0))
		hold(PAGES(90), 0);
	hold_exact(pf_alloc_pages_exact(&mem, 5, PF_GFP_MOVABLE), 5);
	hold_exact(pf_alloc_pages_exact(&mem, 700, PF_GFP_UNMOVABLE), 700);
	take_bulk(700);
	host_set_cpu(1);
	take_bulk(1500);
	host_set_cpu(0);
	assert_int_equal(sum(false) + pages_held(), before);
}

static void each_map_fails(bool only_one)
{
	int n = 0;

	do {
		boot();
		host_luck = n++;
		host_unlucky_once = only_one;
		scenario();
		assert_true(n < 100);
		if (!host_refused)
			continue;
		host_luck = HOST_LUCKY;
		host_unlucky_once = false;
		give_all();
		nothing_is_lost();
		scenario(); /* what was refused is to be had now */
		give_all();
		nothing_is_lost();
	} while (host_refused);
	give_all();
	nothing_is_lost();
	assert_true(n > 4);
}

static void every_map_can_fail_once(void **unused)
{
	(void)unused;
	each_map_fails(true);
}

static void every_map_can_fail_from_then_on(void **unused)
{
	(void)unused;
	each_map_fails(false);
}

/* A late free that has no descriptors is refused; the pages can be had later. */
static void a_late_free_can_lack_descriptors(void **unused)
{
	(void)unused;
	boot();
	host_luck = 0;
	assert_int_equal(pf_free_late(&mem, 24 * MIB, 3 * PF_PAGE_SIZE), -PF_ENOMEM);
	host_forget_output();
	nothing_is_lost();
	host_luck = HOST_LUCKY;
	assert_int_equal(pf_free_late(&mem, 24 * MIB, 3 * PF_PAGE_SIZE), 0);
	before += 3;
	nothing_is_lost();
}

/* Whole blocks need none. */
static void blocks_are_to_be_had_without_descriptors(void **unused)
{
	(void)unused;
	boot();
	host_luck = 0;
	assert_true(hold(pf_alloc_pages(&mem, PF_BLOCK_ORDER, MOVABLE), PF_BLOCK_ORDER));
	assert_true(hold(pf_alloc_pages(&mem, PF_MAX_ORDER, MOVABLE), PF_MAX_ORDER));
	assert_int_equal(host_refused, 0);
	give_all();
	nothing_is_lost();
}

/* --- barriers --- */

static unsigned long on_cpu(unsigned cpu)
{
	unsigned long pages = 0;

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			if (mem.nodes[nid]->zone[z].pcp)
				pages += pf_per_cpu_pages(&mem, &mem.nodes[nid]->zone[z], cpu);
	return pages;
}

static pf_pfn leave_one_on_cpu_1(void)
{
	pf_pfn pfn;

	host_set_cpu(1);
	pfn = pf_alloc_pages(&mem, 0, MOVABLE);
	assert_int_not_equal(pfn, PF_NO_PFN);
	pf_free_pages(&mem, pfn, 0);
	host_set_cpu(0);
	assert_true(on_cpu(1) > 0);
	return pfn;
}

/* Under ThreadSanitizer, and with PF_CPU_BARRIER=0, nobody asks for one. */
static void a_drain_without_a_barrier_is_refused(void **unused)
{
	unsigned long pages;
	pf_pfn pfn;

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	boot();
	pfn = leave_one_on_cpu_1();
	pages = on_cpu(1);
	host_no_barrier = true;
	assert_false(pf_drain_cpu(&mem, 1));
	assert_false(pf_drain_all(&mem));
	assert_int_equal(pf_alloc_pages_at(&mem, pfn, 0), -PF_EBUSY);
	assert_int_equal(on_cpu(1), pages);
	assert_int_equal(sum(false), before);
	host_no_barrier = false;
	assert_int_equal(pf_alloc_pages_at(&mem, pfn, 0), 0);
	pf_free_pages(&mem, pfn, 0);
	assert_true(pf_drain_cpu(&mem, 1));
	assert_int_equal(on_cpu(1), 0);
	nothing_is_lost();
}

/* Its own CPU goes on as before, and another can be drained when barriers are back. */
static void a_refused_drain_leaves_its_cpu_alone(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	boot();
	leave_one_on_cpu_1();
	host_no_barrier = true;
	pf_drain_cpu(&mem, 1);
	host_set_cpu(1);
	for (int n = 0; n < 500; n++)
		assert_true(hold(pf_alloc_pages(&mem, 0, MOVABLE), 0));
	fill(0, PF_GFP_UNMOVABLE); /* everything is asked for, and cannot be drained */
	give_all();
	host_no_barrier = false;
	nothing_is_lost();
}

/* --- memory --- */

/* @gfp: movable and of any zone, so that nothing else is to be had. */
static void leave_free(unsigned long pages)
{
	fill(0, MOVABLE | PF_GFP_MEMALLOC);
	while (pages--) {
		nr_held--;
		pf_free_pages(&mem, held[nr_held].pfn, 0);
	}
}

static void bulk_is_all_or_nothing(void **unused)
{
	static pf_pfn pfns[PAGES(80)];
	unsigned long free;

	(void)unused;
	boot();
	leave_free(100);
	free = sum(false);
	assert_int_equal(pf_alloc_pages_bulk(&mem, MOVABLE | PF_GFP_MEMALLOC, free + 1, pfns),
			 -PF_ENOMEM);
	assert_int_equal(sum(false), free);
	assert_int_equal(pf_alloc_pages_bulk(&mem, MOVABLE | PF_GFP_MEMALLOC, free, pfns), 0);
	assert_int_equal(sum(false), 0);
	pf_free_pages_bulk(&mem, free, pfns);
	assert_int_equal(pf_alloc_pages_bulk(&mem, MOVABLE, 0, pfns), 0);
	give_all();
	nothing_is_lost();
}

static void exact_is_all_or_nothing(void **unused)
{
	unsigned long free;

	(void)unused;
	boot();
	leave_free(0);
	for (int n = 0; n < 64; n++) { /* single pages, none beside another */
		for (unsigned long i = nr_held; i--;)
			if (held[i].pfn == PAGES(40) + 2ul * (unsigned long)n) {
				pf_free_pages(&mem, held[i].pfn, 0);
				held[i] = held[--nr_held];
				break;
			}
	}
	free = sum(false);
	assert_int_equal(free, 64);
	assert_int_equal(pf_alloc_pages_exact(&mem, 2, MOVABLE | PF_GFP_MEMALLOC), PF_NO_PFN);
	assert_int_equal(pf_alloc_pages_exact(&mem, 0, MOVABLE), PF_NO_PFN);
	assert_int_equal(pf_alloc_pages_exact(&mem, (1ul << PF_MAX_ORDER) + 1, MOVABLE), PF_NO_PFN);
	assert_int_equal(sum(false), free);
	assert_true(hold(pf_alloc_pages_exact(&mem, 1, MOVABLE | PF_GFP_MEMALLOC), 0));
	assert_int_equal(sum(false), free - 1);
	give_all();
	nothing_is_lost();
}

/* Nothing is deferred: an allocation that looks for it goes without. */
static void nothing_may_be_deferred(void **unused)
{
	(void)unused;
	boot();
	fill(PF_MAX_ORDER, MOVABLE);
	fill(0, MOVABLE | PF_GFP_MEMALLOC);
	assert_int_equal(sum(false), 0);
	assert_int_equal(pf_alloc_pages(&mem, 0, MOVABLE | PF_GFP_MEMALLOC), PF_NO_PFN);
	give_all();
	nothing_is_lost();
}

/* All of it is to be had by asking for it, one page at a time. */
static void what_is_deferred_is_found(void **unused)
{
	struct pf_boot_config config = { .memmap = &host_on_demand, .pages_at_once = 1 };
	unsigned long deferred;

	(void)unused;
	boot_with(&config);
	deferred = pf_deferred_pages(&mem, 0) + (PF_NUMA ? pf_deferred_pages(&mem, 1) : 0);
	assert_true(deferred > 0);
	fill(0, MOVABLE | PF_GFP_MEMALLOC);
	assert_int_equal(pages_held(), before + deferred);
	before += deferred;
	give_all();
	nothing_is_lost();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_map_can_fail_once, end),
		cmocka_unit_test_teardown(every_map_can_fail_from_then_on, end),
		cmocka_unit_test_teardown(a_late_free_can_lack_descriptors, end),
		cmocka_unit_test_teardown(blocks_are_to_be_had_without_descriptors, end),
		cmocka_unit_test_teardown(a_drain_without_a_barrier_is_refused, end),
		cmocka_unit_test_teardown(a_refused_drain_leaves_its_cpu_alone, end),
		cmocka_unit_test_teardown(bulk_is_all_or_nothing, end),
		cmocka_unit_test_teardown(exact_is_all_or_nothing, end),
		cmocka_unit_test_teardown(nothing_may_be_deferred, end),
		cmocka_unit_test_teardown(what_is_deferred_is_found, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
