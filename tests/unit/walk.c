/* SPDX-License-Identifier: MIT */
/*
 * Walking by pfn over a machine that has everything: RAM, holes, offline memory, a device inside a
 * section of RAM. Catches a page that passes for online RAM and is none, or the reverse, a
 * descriptor that is read where there is none (AddressSanitizer), and a damaged page that is handed
 * out again, or told to the wrong one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/device.h>
#include <pageframe/nofree.h>
#include <pageframe/walk.h>

#include "../../src/page_alloc/internal.h"

#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define POSSIBLE   512 /* MiB */
#define TOO_LONG   60  /* seconds */

/* In MiB. */
#define FIRST	 16 /* RAM */
#define NOMAP	 20 /* to 22 */
#define RESERVED 24 /* to 26 */
#define DEVICE	 142
#define RAM2	 150 /* up to the first pages of the block at LAST, the only ones there */
#define LAST	 272
#define OFFLINE	 300
#define MOVABLE	 332 /* came online */
#define END	 364
#define RAGGED	 85 /* pages */
#define WALLED	 7  /* pages before that, nomap */

static struct pf_mem mem;
static struct pf_dev_pagemap device;

/* --- a machine --- */

static int boot(const struct pf_memmap_ops *ops, unsigned long pages_at_once)
{
	struct pf_boot_config config = { .max_possible_pfn = PAGES(POSSIBLE),
					 .memmap = ops,
					 .nr_cpus = 2,
					 .pages_at_once = pages_at_once,
					 .memory_block_order = 15 };
	pf_phys last = LAST * MIB + RAGGED * PF_PAGE_SIZE;

	alarm(TOO_LONG);
	pf_close(&mem);
	host_reset();
	memblock_add(FIRST * MIB, (DEVICE - FIRST) * MIB);
	memblock_add(RAM2 * MIB, last - RAM2 * MIB);
	memblock_reserve(RESERVED * MIB, 2 * MIB);
	memblock_mark_nomap(NOMAP * MIB, 2 * MIB);
	memblock_mark_nomap(last - WALLED * PF_PAGE_SIZE, WALLED * PF_PAGE_SIZE);
	memblock_set_bottom_up(true); /* what boot takes is in the first blocks */
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	return 0;
}

static int start_with(const struct pf_memmap_ops *ops)
{
	boot(ops, 0);
	device = (struct pf_dev_pagemap){ .start = DEVICE * MIB, .size = (RAM2 - DEVICE) * MIB };
	assert_int_equal(pf_memremap_pages(&mem, &device), 0);
	assert_int_equal(pf_add_memory(&mem, 0, OFFLINE * MIB, (END - OFFLINE) * MIB, 0), 0);
	assert_int_equal(
		pf_online_pages(&mem, PAGES(MOVABLE), PAGES(END - MOVABLE), PF_ONLINE_MOVABLE), 0);
	return 0;
}

static int start(void **unused)
{
	(void)unused;
	return start_with(NULL);
}

static int start_mapped(void **unused)
{
	(void)unused;
	return start_with(&host_mapped);
}

static int start_on_demand(void **unused)
{
	(void)unused;
	return start_with(&host_on_demand);
}

static void all_is_right(void)
{
	char why[240];

	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static int end(void **unused)
{
	(void)unused;
	all_is_right();
	host_relax = NULL;
	host_no_barrier = false;
	host_set_cpu(0);
	pf_close(&mem);
	alarm(0);
	return 0;
}

static enum pf_state state_of(pf_pfn pfn)
{
	return pf_info_state(pf_page_info(&mem, pfn));
}

/* A chunk in use, where nothing else is. */
static pf_pfn used(pf_pfn pfn, unsigned order, enum pf_migratetype type)
{
	assert_int_equal(pf_alloc_pages_at(&mem, pfn, order), 0);
	if (order >= PF_BLOCK_ORDER)
		pf_block(&mem, pfn)->use = (uint8_t)(type << 1);
	else
		pf_page(&mem, pfn)->info |= (uint32_t)type << PF_INFO_MIGRATE_SHIFT;
	return pfn;
}

/* --- online --- */

static bool within(pf_pfn pfn, unsigned from, unsigned to)
{
	return pfn >= PAGES(from) && pfn < PAGES(to);
}

static bool is_online(pf_pfn pfn)
{
	return within(pfn, FIRST, DEVICE) || within(pfn, RAM2, LAST) ||
	       (pfn >= PAGES(LAST) && pfn < PAGES(LAST) + RAGGED) || within(pfn, MOVABLE, END);
}

static void walk(void)
{
	for (pf_pfn pfn = 0; pfn < PAGES(POSSIBLE) + 5000; pfn++) {
		struct pf_page *page = pf_pfn_to_online_page(&mem, pfn);

		if ((page != NULL) != is_online(pfn))
			fail_msg("pfn 0x%lx is%s taken for online RAM", pfn, page ? "" : " not");
		if (page)
			assert_ptr_equal(page, pf_page(&mem, pfn));
	}
}

static void exactly_online_ram(void **unused)
{
	pf_pfn pfn = PAGES(160);

	(void)unused;
	walk();
	used(pfn, 0, PF_MOVABLE);
	used(pfn + 512, PF_BLOCK_ORDER, PF_MOVABLE);
	walk();
	pf_free_pages(&mem, pfn, 0); /* to a CPU's list */
	pf_free_pages(&mem, pfn + 512, PF_BLOCK_ORDER);
	assert_int_equal(pf_poison_page(&mem, pfn + 1), 0);
	assert_int_equal(pf_isolate_range(&mem, PAGES(164), PAGES(168), PF_MOVABLE, 0, NULL), 0);
	walk();
	pf_undo_isolate_range(&mem, PAGES(164), PAGES(168));
	pf_memunmap_pages(&mem, &device);
	walk();
}

static void deferred_is_online(void **unused)
{
	struct pf_obstacle o = { 0 };
	unsigned long deferred = 0;

	(void)unused;
	boot(NULL, PAGES(4));
	for (pf_pfn pfn = PAGES(FIRST); pfn < PAGES(DEVICE); pfn++) {
		deferred += state_of(pfn) == PF_DEFERRED;
		assert_non_null(pf_pfn_to_online_page(&mem, pfn));
	}
	assert_true(deferred > 0);
	assert_int_equal(state_of(PAGES(200)), PF_DEFERRED);
	assert_int_equal(pf_soft_offline(&mem, PAGES(200), NULL, &o), -PF_EBUSY);
	assert_string_equal(o.why, "it is not handed over to the page allocator yet");
	assert_int_equal(pf_page_flags(&mem, PAGES(200)), 0);
}

/* --- damage --- */

static void failure_is(pf_pfn pfn, int want, const char *why)
{
	struct pf_obstacle o = { 0, "nothing" };

	assert_int_equal(pf_memory_failure(&mem, pfn, &o), want);
	assert_string_equal(o.why, why ? why : "nothing");
	if (why)
		assert_int_equal(o.pfn, pfn);
	assert_int_equal(pf_memory_failure(&mem, pfn, NULL), want < 0 ? want : -PF_EEXIST);
	all_is_right();
}

static void damage_is_taken_care_of(void **unused)
{
	pf_pfn pfn = used(PAGES(160) + 8, 3, PF_UNMOVABLE);

	(void)unused;
	failure_is(PAGES(162), 0, NULL);
	assert_int_equal(state_of(PAGES(162)), PF_POISONED);
	failure_is(pfn + 5, 1, NULL);
	assert_int_equal(state_of(pfn + 5), PF_ALLOCATED);
	assert_int_equal(pf_page_flags(&mem, pfn + 5), PF_KPF_HWPOISON);
	failure_is(pfn + 5, -PF_EEXIST, "it is known to be damaged");
	pf_free_pages(&mem, pfn, 3);
	assert_true(pf_drain_all(&mem));
	assert_int_equal(state_of(pfn + 5), PF_POISONED);
	assert_int_equal(state_of(pfn + 4), PF_FREE);
	failure_is(PAGES(RESERVED) + 1, -PF_EBUSY, "it is reserved");
	failure_is(PAGES(NOMAP) + 1, -PF_EBUSY, "it is reserved, and nobody may map it");
	failure_is(PAGES(LAST) + RAGGED - 1, -PF_EBUSY, "it is reserved, and nobody may map it");
	failure_is(PAGES(LAST) + RAGGED, -PF_ENXIO, "it is no memory");
	failure_is(PAGES(END), -PF_ENXIO, "it is no memory");
	failure_is(PAGES(POSSIBLE) + 9, -PF_ENXIO, "it is no memory");
	failure_is(0, -PF_ENXIO, "it is no memory");
	failure_is(PAGES(OFFLINE), -PF_ENXIO, "it is offline");
}

/* Its owner may be freeing it on a CPU that has not seen the mark, and cannot be asked. */
static void damage_that_cannot_be_relied_upon(void **unused)
{
	pf_pfn pfn = used(PAGES(160), 0, PF_MOVABLE);

	(void)unused;
	host_no_barrier = true;
	failure_is(pfn, -PF_EBUSY, "it may be on a list of a CPU that cannot be reached");
	host_no_barrier = false;
	failure_is(pfn, 1, NULL);
	pf_free_pages(&mem, pfn, 0);
}

static int calls, answer;

static int takes_care(struct pf_dev_pagemap *pgmap, pf_pfn pfn)
{
	assert_ptr_equal(pgmap, &device);
	assert_int_equal(pfn, PAGES(DEVICE) + 3);
	assert_int_equal(pgmap->refs, 3); /* it cannot go meanwhile */
	calls++;
	return answer;
}

static void damage_of_a_device_is_the_devices(void **unused)
{
	struct pf_obstacle o = { 0 };
	pf_pfn pfn = PAGES(DEVICE) + 3;

	(void)unused;
	failure_is(pfn, -PF_ENXIO, "it is a device's that takes no care of damage");
	device.memory_failure = takes_care;
	calls = answer = 0;
	assert_int_equal(pf_memory_failure(&mem, pfn, &o), 0);
	assert_null(o.why);
	answer = -PF_EBUSY;
	assert_int_equal(pf_memory_failure(&mem, pfn, &o), -PF_EBUSY);
	assert_string_equal(o.why, "it is a device's that could not take care of it");
	assert_int_equal(calls, 2);
	assert_int_equal(device.refs, 1);
	assert_int_equal(state_of(pfn), PF_DEVICE);
	pf_memunmap_pages(&mem, &device);
	failure_is(pfn, -PF_ENXIO, "it is no memory");
	assert_int_equal(calls, 2);
}

/* The device is about to go: nobody can be told. */
static void damage_of_a_device_that_goes_relax(void)
{
	host_relax = NULL;
	failure_is(PAGES(DEVICE) + 3, -PF_ENXIO, "it is a device's");
	pf_put_dev_pagemap(&device);
}

static void damage_of_a_device_that_goes(void **unused)
{
	(void)unused;
	assert_non_null(pf_get_dev_pagemap(&mem, PAGES(DEVICE)));
	host_relax = damage_of_a_device_that_goes_relax;
	pf_memunmap_pages(&mem, &device);
	assert_null(host_relax);
}

/* --- soft offline --- */

static int moves;
static pf_pfn moved_to;
static pf_pfn frees; /* the owner frees this instead */

static int move(struct pf_mem *m, pf_pfn chunk, pf_pfn to, unsigned order, void *arg)
{
	moves++;
	assert_ptr_equal(m, &mem);
	if (frees) {
		assert_int_equal(frees, chunk);
		frees = 0;
		pf_free_pages(m, chunk, order);
		return -1;
	}
	if (arg)
		return -1;
	moved_to = to;
	return 0;
}

static const struct pf_mover willing = { move, NULL }, unwilling = { move, &moves };

static void soft_is(pf_pfn pfn, const struct pf_mover *mover, int want, const char *why)
{
	struct pf_obstacle o = { 0, "nothing" };

	assert_int_equal(pf_soft_offline(&mem, pfn, mover, &o), want);
	assert_string_equal(o.why, why ? why : "nothing");
	if (why)
		assert_int_equal(o.pfn, pfn);
	if (why && !moves)
		assert_int_equal(pf_soft_offline(&mem, pfn, mover, NULL), want);
	if (!want) {
		assert_int_equal(state_of(pfn), PF_POISONED);
		assert_int_equal(pf_soft_offline(&mem, pfn, mover, NULL), -PF_EEXIST);
	}
	all_is_right();
}

static void what_is_free_is_out(void **unused)
{
	pf_pfn pfn = PAGES(160);

	(void)unused;
	moves = 0;
	soft_is(pfn + 7, &willing, 0, NULL);
	soft_is(pfn + 8, NULL, 0, NULL);
	soft_is(pfn + 8, NULL, -PF_EEXIST, "it is known to be damaged");
	soft_is(PAGES(LAST) + 3, NULL, 0, NULL); /* beside a hole */
	assert_int_equal(state_of(pfn + 9), PF_FREE);
	/* Withdrawn, too. */
	assert_int_equal(pf_isolate_range(&mem, PAGES(164), PAGES(168), PF_MOVABLE, 0, NULL), 0);
	soft_is(PAGES(165), NULL, 0, NULL);
	pf_undo_isolate_range(&mem, PAGES(164), PAGES(168));
	assert_int_equal(moves, 0);
}

static void what_a_cpu_has_is_out(void **unused)
{
	pf_pfn pfn = used(PAGES(160) + 8, 3, PF_MOVABLE);
	pf_pfn block = used(PAGES(162), PF_BLOCK_ORDER, PF_MOVABLE);

	(void)unused;
	moves = 0;
	host_set_cpu(1);
	pf_free_pages(&mem, pfn, 3);
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
	host_set_cpu(0);
	assert_int_equal(state_of(pfn + 3), PF_PER_CPU);
	assert_int_equal(state_of(block + 3), PF_PER_CPU);
	soft_is(pfn + 3, NULL, 0, NULL);
	soft_is(block + 3, &willing, 0, NULL);
	assert_int_equal(moves, 0);
}

/* Its CPU cannot be reached, and keeps it. */
static void what_a_cpu_keeps_stays(void **unused)
{
	pf_pfn pfn = used(PAGES(160) + 8, 0, PF_MOVABLE);

	(void)unused;
	moves = 0;
	host_set_cpu(1);
	pf_free_pages(&mem, pfn, 0);
	host_set_cpu(0);
	host_no_barrier = true;
	soft_is(pfn, &willing, -PF_EBUSY, "it may be on a list of a CPU that cannot be reached");
	host_no_barrier = false;
	soft_is(pfn, NULL, 0, NULL);
}

static void moved(pf_pfn chunk, unsigned order, pf_pfn pfn)
{
	unsigned long free = mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free +
			     mem.nodes[0]->zone[PF_ZONE_MOVABLE].nr_free;
	pf_pfn head;

	moves = 0;
	moved_to = PF_NO_PFN;
	soft_is(pfn, &willing, 0, NULL);
	assert_int_equal(moves, 1);
	assert_int_equal(state_of(moved_to), PF_ALLOCATED);
	assert_true(moved_to + (1ul << order) <= chunk || moved_to >= chunk + (1ul << order));
	assert_true(pf_drain_all(&mem));
	for (head = chunk; head < chunk + (1ul << order); head++)
		if (head != pfn)
			assert_int_equal(state_of(head), PF_FREE);
	pf_free_pages(&mem, moved_to, order);
	assert_true(pf_drain_all(&mem));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free +
				 mem.nodes[0]->zone[PF_ZONE_MOVABLE].nr_free,
			 free + (1ul << order) - 1);
}

static void what_can_move_moves(void **unused)
{
	pf_pfn a = used(PAGES(160), 0, PF_MOVABLE), b = used(PAGES(162) + 64, 5, PF_MOVABLE);
	pf_pfn c = used(PAGES(164), PF_BLOCK_ORDER, PF_MOVABLE);
	pf_pfn d = used(PAGES(168), PF_MAX_ORDER, PF_MOVABLE);

	(void)unused;
	assert_true(pf_drain_all(&mem));
	moved(a, 0, a);
	moved(b, 5, b + 31);
	moved(c, PF_BLOCK_ORDER, c + 100);
	moved(d, PF_MAX_ORDER, d + PF_BLOCK_PAGES + 100);
}

static void what_is_not_moved_stays(void **unused)
{
	pf_pfn pfn = used(PAGES(160) + 8, 3, PF_MOVABLE), fixed = used(PAGES(160) + 16, 2, 0);
	pf_pfn drops = used(PAGES(160) + 32, 0, PF_RECLAIMABLE), nofree;
	unsigned long free;

	(void)unused;
	assert_true(pf_drain_all(&mem));
	free = mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free;
	moves = 0;
	soft_is(fixed + 1, &willing, -PF_EBUSY, "it is in use, and cannot be moved");
	soft_is(drops, &willing, -PF_EBUSY, "it is in use, and can be dropped, but not moved");
	soft_is(pfn + 1, NULL, -PF_EBUSY, "it is in use");
	assert_int_equal(moves, 0);
	soft_is(pfn + 1, &unwilling, -PF_EBUSY, "it is in use, and was not moved");
	assert_true(moves > 1);
	assert_true(pf_drain_all(&mem));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, free);
	/* Nobody marked anything. */
	pf_free_pages(&mem, pfn, 3);
	pf_free_pages(&mem, fixed, 2);
	pf_free_pages(&mem, drops, 0);
	assert_true(pf_drain_all(&mem));
	assert_int_equal(mem.nodes[0]->zone[PF_ZONE_NORMAL].nr_free, free + 13);
	nofree = pf_alloc_nofree(&mem, 0, 0);
	assert_true(nofree != PF_NO_PFN);
	moves = 0;
	soft_is(nofree, &willing, -PF_EBUSY,
		"it is a no-free page, in use as long as the system runs");
}

/* Its owner frees it while it is to be moved: it is out then. */
static void what_is_freed_meanwhile_is_out(void **unused)
{
	pf_pfn a = used(PAGES(160) + 8, 3, PF_MOVABLE), b = used(PAGES(162), 4, PF_MOVABLE);

	(void)unused;
	moves = 0;
	frees = a;
	soft_is(a + 2, &willing, 0, NULL);
	frees = b;
	soft_is(b + 2, &unwilling, 0, NULL);
	assert_int_equal(moves, 2);
}

/* Somebody finds damage in what moves, or no CPU can be reached: it is out all the same. */
static int mark_and_move(struct pf_mem *m, pf_pfn chunk, pf_pfn to, unsigned order, void *arg)
{
	(void)order;
	moved_to = to;
	if (arg)
		assert_int_equal(pf_memory_failure(m, chunk + 1, NULL), 1);
	else
		host_no_barrier = true;
	return 0;
}

static void what_is_marked_meanwhile_is_out(void **unused)
{
	pf_pfn a = used(PAGES(160) + 8, 3, PF_MOVABLE), b = used(PAGES(162), 3, PF_MOVABLE);
	struct pf_mover marks = { mark_and_move, &moves }, cuts_off = { mark_and_move, NULL };

	(void)unused;
	moves = 0;
	soft_is(a + 1, &marks, 0, NULL);
	pf_free_pages(&mem, moved_to, 3);
	assert_int_equal(pf_soft_offline(&mem, b + 1, &cuts_off, NULL), 0);
	host_no_barrier = false;
	assert_int_equal(state_of(b + 1), PF_POISONED);
	pf_free_pages(&mem, moved_to, 3);
}

static void what_is_damaged_already_stays(void **unused)
{
	pf_pfn pfn = used(PAGES(160) + 8, 3, PF_MOVABLE);

	(void)unused;
	moves = 0;
	assert_int_equal(pf_memory_failure(&mem, pfn + 1, NULL), 1);
	soft_is(pfn + 1, &willing, -PF_EEXIST, "it is known to be damaged");
	assert_int_equal(moves, 0);
	pf_free_pages(&mem, pfn, 3);
}

static void what_is_no_online_ram_is_told(void **unused)
{
	(void)unused;
	moves = 0;
	soft_is(PAGES(DEVICE), &willing, -PF_ENXIO, "it is a device's");
	soft_is(PAGES(RAM2) - 1, &willing, -PF_ENXIO, "it is a device's");
	soft_is(PAGES(OFFLINE), &willing, -PF_ENXIO, "it is offline");
	soft_is(PAGES(LAST) + RAGGED, &willing, -PF_ENXIO, "it is no memory");
	soft_is(PAGES(LAST + 2), &willing, -PF_ENXIO, "it is no memory");
	soft_is(PAGES(END), &willing, -PF_ENXIO, "it is no memory");
	soft_is(0, &willing, -PF_ENXIO, "it is no memory");
	soft_is(PAGES(POSSIBLE) + 1, &willing, -PF_ENXIO, "it is no memory");
	soft_is(PAGES(RESERVED), &willing, -PF_EBUSY, "it is reserved");
	soft_is(PAGES(NOMAP), &willing, -PF_EBUSY, "it is reserved, and nobody may map it");
	pf_memunmap_pages(&mem, &device);
	soft_is(PAGES(DEVICE), &willing, -PF_ENXIO, "it is no memory");
}

static void without_room_nothing_moves(void **unused)
{
	static pf_pfn got[1 << 17];
	pf_pfn pfn = used(PAGES(160), 0, PF_MOVABLE);
	unsigned long n = 0;

	(void)unused;
	while ((got[n] = pf_alloc_pages(
			&mem, 0, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE | PF_GFP_MEMALLOC)) != PF_NO_PFN)
		n++;
	moves = 0;
	soft_is(pfn, &willing, -PF_ENOMEM, "it is in use, and there is no room to move it to");
	assert_int_equal(moves, 0);
	while (n--)
		pf_free_pages(&mem, got[n], 0);
	soft_is(pfn, &willing, 0, NULL);
}

static void without_descriptors_nothing_is_out(void **unused)
{
	pf_pfn block = used(PAGES(200), PF_BLOCK_ORDER, PF_MOVABLE);
	const char *why = "it is in a block that there is no memory for descriptors for";

	(void)unused;
	moves = 0;
	host_luck = 0;
	soft_is(PAGES(162), NULL, -PF_ENOMEM, why);
	soft_is(block + 3, &willing, -PF_ENOMEM, why);
	failure_is(PAGES(162), -PF_ENOMEM, why);
	failure_is(block + 3, -PF_ENOMEM, why);
	host_luck = HOST_LUCKY;
	soft_is(PAGES(162), NULL, 0, NULL);
	soft_is(block + 3, &willing, 0, NULL);
	assert_int_equal(moves, 1);
}

/* --- looking --- */

static void flags_are(pf_pfn pfn, uint64_t want)
{
	assert_int_equal(pf_page_flags(&mem, pfn), want);
}

static void pages_have_the_flags_of_proc(void **unused)
{
	pf_pfn pfn = used(PAGES(160), 3, PF_MOVABLE), block = used(PAGES(162), PF_BLOCK_ORDER, 0);

	(void)unused;
	for (pf_pfn at = 0; at < PAGES(POSSIBLE) + 5000; at++)
		assert_int_equal(pf_page_flags(&mem, at) == PF_KPF_NOPAGE, !is_online(at));
	flags_are(PAGES(200) + 1, PF_KPF_BUDDY);
	flags_are(pfn + 1, 0);
	flags_are(pfn + 8, PF_KPF_BUDDY);
	flags_are(PAGES(RESERVED), PF_KPF_RESERVED);
	flags_are(PAGES(NOMAP), PF_KPF_RESERVED);
	flags_are(PAGES(LAST), PF_KPF_BUDDY);
	flags_are(PAGES(LAST) + RAGGED - 1, PF_KPF_RESERVED);
	assert_int_equal(pf_poison_page(&mem, pfn + 1), 1);
	assert_int_equal(pf_poison_page(&mem, block + 1), 1);
	assert_int_equal(pf_poison_page(&mem, PAGES(200) + 1), 0);
	flags_are(PAGES(200) + 1, PF_KPF_HWPOISON);
	flags_are(pfn + 1, PF_KPF_HWPOISON);
	flags_are(pfn + 2, 0);
	flags_are(block + 1, PF_KPF_HWPOISON);
	flags_are(block + 2, 0);
	assert_int_equal(pf_isolate_range(&mem, PAGES(164), PAGES(168), PF_MOVABLE, 0, NULL), 0);
	flags_are(PAGES(164), PF_KPF_BUDDY);
	pf_undo_isolate_range(&mem, PAGES(164), PAGES(168));
	pf_free_pages(&mem, pfn, 3);
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
}

static void scan_is(pf_pfn pfn, unsigned long free, unsigned long movable, unsigned long unmovable,
		    unsigned long holes)
{
	struct pf_block_scan s;

	assert_int_equal(pf_scan_block(&mem, pfn, &s), holes < PF_BLOCK_PAGES);
	assert_int_equal(s.free, free);
	assert_int_equal(s.movable, movable);
	assert_int_equal(s.unmovable, unmovable);
	assert_int_equal(s.holes, holes);
}

static void blocks_are_counted(void **unused)
{
	const unsigned long all = PF_BLOCK_PAGES;
	pf_pfn pfn = used(PAGES(160), 3, PF_MOVABLE), fixed = used(PAGES(160) + 64, 4, 0);
	pf_pfn list = used(PAGES(160) + 128, 2, PF_MOVABLE);
	pf_pfn block = used(PAGES(162), PF_BLOCK_ORDER, PF_MOVABLE), nofree;
	struct pf_block_scan s;
	unsigned long kept = 0;

	(void)unused;
	pf_free_pages(&mem, list, 2);
	assert_int_equal(state_of(list), PF_PER_CPU);
	assert_int_equal(pf_poison_page(&mem, PAGES(160) + 200), 0); /* which drains nobody */
	scan_is(PAGES(160) + 5, all - 8 - 16 - 4 - 1, 8 + 4, 16 + 1, 0);
	scan_is(block + 1, 0, all, 0, 0);
	scan_is(PAGES(200) + 1, all, 0, 0, 0);
	scan_is(PAGES(RESERVED), 0, 0, all, 0);
	scan_is(PAGES(NOMAP), 0, 0, all, 0);
	scan_is(PAGES(LAST) + all - 1, RAGGED - WALLED, 0, WALLED, all - RAGGED);
	scan_is(PAGES(DEVICE), 0, 0, 0, all);
	scan_is(PAGES(OFFLINE), 0, 0, 0, all);
	scan_is(PAGES(END), 0, 0, 0, all);
	assert_false(pf_scan_block(&mem, PAGES(POSSIBLE) + 5000, &s));
	assert_true(pf_scan_block(&mem, PAGES(200), &s));
	assert_int_equal(s.type, PF_MOVABLE);
	pf_free_pages(&mem, pfn, 3);
	pf_free_pages(&mem, fixed, 4);
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
	/* Each no-free page is one, whatever it came with; its block may have others that stay. */
	nofree = pf_alloc_nofree(&mem, 0, 0);
	for (pf_pfn at = nofree & ~(all - 1); at < (nofree & ~(all - 1)) + all; at++)
		kept += state_of(at) == PF_NOFREE || state_of(at) == PF_RESERVED ||
			state_of(at) == PF_ALLOCATED;
	assert_true(pf_scan_block(&mem, nofree, &s));
	assert_int_equal(s.unmovable, kept);
	assert_int_equal(s.free + s.movable + s.unmovable + s.holes, all);
}

/* Chunks of no-free pages may be smaller than a block: each page is counted, and once. */
static void small_nofree_chunks_are_counted(void **unused)
{
	static pf_pfn got[1 << 17];
	unsigned long n = 0, states[2] = { 0 };
	struct pf_block_scan s;
	pf_pfn start, nofree;

	(void)unused;
	while ((got[n] = pf_alloc_pages(
			&mem, 0, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE | PF_GFP_MEMALLOC)) != PF_NO_PFN)
		n++;
	for (unsigned long i = 0; i < n; i++)
		if (got[i] >= PAGES(200) && got[i] < PAGES(200) + 16) {
			pf_free_pages(&mem, got[i], 0);
			got[i] = PF_NO_PFN;
		}
	assert_true(pf_drain_all(&mem));
	pf_set_watermarks(&mem, 128);
	for (int w = 0; w < PF_WATERMARKS; w++)
		mem.nodes[0]->zone[PF_ZONE_NORMAL].watermark[w] = 0;
	nofree = pf_alloc_nofree(&mem, 0, 0);
	start = nofree & ~(PF_BLOCK_PAGES - 1);
	assert_int_equal(start, PAGES(200));
	for (pf_pfn at = start; at < start + PF_BLOCK_PAGES; at++) {
		states[0] += state_of(at) == PF_NOFREE;
		states[1] += state_of(at) == PF_FREE;
	}
	assert_true(states[0] > 1 && states[0] + states[1] == 16);
	assert_true(pf_scan_block(&mem, nofree, &s));
	assert_int_equal(s.unmovable, states[0]);
	assert_int_equal(s.free, states[1]);
	assert_int_equal(s.movable, PF_BLOCK_PAGES - 16);
	assert_int_equal(s.holes, 0);
	while (n--)
		if (got[n] != PF_NO_PFN)
			pf_free_pages(&mem, got[n], 0);
}

/* --- removable --- */

static void what_is_removable(void **unused)
{
	struct pf_obstacle o = { 0 };

	(void)unused;
	assert_true(pf_is_removable(&mem, PAGES(160), PAGES(8), &o));
	assert_false(pf_is_removable(&mem, PAGES(DEVICE - 4), PAGES(8), &o));
	assert_int_equal(o.pfn, PAGES(DEVICE));
	assert_string_equal(o.why, "it is a device's");
	assert_false(pf_is_removable(&mem, PAGES(OFFLINE), PAGES(8), &o));
	assert_string_equal(o.why, "it is offline");
	assert_false(pf_is_removable(&mem, PAGES(LAST), PF_BLOCK_PAGES, &o));
	assert_string_equal(o.why, "it is in a block with holes, or with pages of several zones");
}

#define WITH(how, name) cmocka_unit_test_setup_teardown(name, how, end)
#define EACH(name)	WITH(start, name), WITH(start_mapped, name), WITH(start_on_demand, name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(exactly_online_ram),
		WITH(NULL, deferred_is_online),
		EACH(damage_is_taken_care_of),
		WITH(start, damage_that_cannot_be_relied_upon),
		EACH(damage_of_a_device_is_the_devices),
		WITH(start, damage_of_a_device_that_goes),
		EACH(what_is_free_is_out),
		EACH(what_a_cpu_has_is_out),
		WITH(start, what_a_cpu_keeps_stays),
		EACH(what_can_move_moves),
		EACH(what_is_not_moved_stays),
		EACH(what_is_freed_meanwhile_is_out),
		EACH(what_is_marked_meanwhile_is_out),
		EACH(what_is_damaged_already_stays),
		EACH(what_is_no_online_ram_is_told),
		WITH(start, without_room_nothing_moves),
		WITH(start_on_demand, without_descriptors_nothing_is_out),
		EACH(pages_have_the_flags_of_proc),
		EACH(blocks_are_counted),
		EACH(small_nofree_chunks_are_counted),
		EACH(what_is_removable),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
