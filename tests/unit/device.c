/* SPDX-License-Identifier: MIT */
/*
 * Memory of devices, step by step, in each kind of memory map. Catches a device page that passes
 * for RAM, a reference that is had before its descriptors are complete or after the device has
 * gone, descriptors of RAM that are written by a neighbour, who does not wait for readers or
 * references, and failures that leave something behind.
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
#include <pageframe/walk.h>

#include "../../src/memmap/poison.h"
#include "../../src/page_alloc/internal.h"

#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define POSSIBLE   512 /* MiB */
#define SECTION	   15  /* a power of two of pages: 128 MiB */
#define TOO_LONG   60  /* seconds */

/* RAM, in MiB: a device fits before it, between, and after; the last block has holes. */
#define FIRST	18
#define GAP	142 /* to 150, inside a section */
#define GAP_END 150
#define LAST	272
#define RAGGED	85 /* pages of the block from LAST on */

static struct pf_mem mem;
static struct pf_zone *normal, *device;

/* --- a machine --- */

static struct pf_boot_config config_with(const struct pf_memmap_ops *ops)
{
	struct pf_boot_config config = { .max_possible_pfn = PAGES(POSSIBLE),
					 .memmap = ops,
					 .nr_cpus = 2,
					 .nr_nodes = 2,
					 .memory_block_order = SECTION };

	return config;
}

static void boot(const struct pf_memmap_ops *ops)
{
	struct pf_boot_config config = config_with(ops);

	alarm(TOO_LONG);
	pf_close(&mem);
	host_reset();
	memblock_add(FIRST * MIB, (GAP - FIRST) * MIB);
	memblock_add(GAP_END * MIB, (LAST - GAP_END) * MIB + RAGGED * PF_PAGE_SIZE);
	memblock_set_bottom_up(true); /* what boot takes is in the first blocks */
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	normal = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	device = &mem.nodes[0]->zone[PF_ZONE_DEVICE];
}

static int start(void **unused)
{
	(void)unused;
	boot(NULL);
	return 0;
}

static int start_mapped(void **unused)
{
	(void)unused;
	boot(&host_mapped);
	return 0;
}

static int start_on_demand(void **unused)
{
	(void)unused;
	boot(&host_on_demand);
	return 0;
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
	host_relax = NULL;
	pf_close(&mem);
	alarm(0);
	return 0;
}

static void says(const char *what)
{
	if (!strstr(host_output(), what))
		fail_msg("not said: %s; but: %s", what, host_output());
	host_forget_output();
}

static void all_are(pf_pfn from, pf_pfn to, enum pf_state state)
{
	for (; from < to; from++) {
		enum pf_state is = pf_info_state(pf_page_info(&mem, from));

		if (is != state)
			fail_msg("pfn 0x%lx is %d, not %d", from, (int)is, (int)state);
	}
}

static void spans(const struct pf_zone *zone, pf_pfn start, pf_pfn end)
{
	assert_int_equal(zone->start_pfn, start);
	assert_int_equal(zone->start_pfn + zone->spanned, end);
	assert_int_equal(zone->present + zone->managed, 0);
}

static struct {
	unsigned long free, node_spanned;
	pf_pfn node_start;
} was;

static void remember(void)
{
	assert_true(pf_drain_all(&mem));
	was.free = normal->nr_free;
	was.node_start = mem.nodes[0]->start_pfn;
	was.node_spanned = mem.nodes[0]->spanned;
}

/* What is absent has none. */
static void descriptors_are_counted(void)
{
	unsigned long described = 0;

	for (unsigned long nr = 0; nr < mem.nr_blocks; nr++) {
		if (pf_info_state(mem.blocks[nr].info) == PF_ABSENT)
			assert_int_equal(mem.blocks[nr].described, PF_UNDESCRIBED);
		described += mem.blocks[nr].described == PF_DESCRIBED;
	}
	assert_int_equal(pf_described_blocks(&mem), described);
}

static void is_as_it_was(void)
{
	assert_true(pf_drain_all(&mem));
	all_is_right();
	assert_int_equal(normal->nr_free, was.free);
	descriptors_are_counted();
	assert_int_equal(mem.nodes[0]->start_pfn, was.node_start);
	assert_int_equal(mem.nodes[0]->spanned, was.node_spanned);
	spans(device, 0, 0);
	for (unsigned i = 0; i < PF_MAX_PAGEMAPS; i++)
		assert_null(mem.pagemaps[i]);
}

/* --- devices --- */

/* What is below the line is any. */
static struct pf_dev_pagemap pgmap_of(pf_phys at, pf_phys size)
{
	struct pf_dev_pagemap pgmap;

	memset(&pgmap, 0xff, sizeof(pgmap));
	pgmap.start = at;
	pgmap.size = size;
	pgmap.nid = 0;
	pgmap.memory_failure = NULL;
	pgmap.owner = NULL;
	return pgmap;
}

static void map_is(struct pf_dev_pagemap *pgmap, int want, const char *what)
{
	host_forget_output();
	assert_int_equal(pf_memremap_pages(&mem, pgmap), want);
	says(what);
	all_is_right();
}

static void map(struct pf_dev_pagemap *pgmap)
{
	map_is(pgmap, 0, "");
}

static void unmap(struct pf_dev_pagemap *pgmap)
{
	host_forget_output();
	pf_memunmap_pages(&mem, pgmap);
	assert_string_equal(host_output(), "");
	all_is_right();
}

/* Whose is each page? And its descriptor is complete. */
static void all_belong_to(pf_pfn from, pf_pfn to, struct pf_dev_pagemap *pgmap)
{
	for (; from < to; from++) {
		struct pf_dev_pagemap *got = pf_get_dev_pagemap(&mem, from);

		if (got != pgmap)
			fail_msg("pfn 0x%lx is another's", from);
		if (!got)
			continue;
		assert_int_equal(pf_page(&mem, from)->info,
				 info_place(PF_ZONE_DEVICE, pgmap->nid) | PF_DEVICE);
		pf_put_dev_pagemap(got);
	}
}

static void none_is_online(pf_pfn from, pf_pfn to)
{
	for (; from < to; from++)
		if (pf_pfn_to_online_page(&mem, from))
			fail_msg("pfn 0x%lx passes for online RAM", from);
}

/* --- there and back --- */

static void a_device_comes_and_goes(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, (GAP_END - GAP) * MIB);

	(void)unused;
	remember();
	map(&pgmap);
	assert_int_equal(pgmap.first, PAGES(GAP));
	assert_int_equal(pgmap.nr, PAGES(GAP_END - GAP));
	spans(device, PAGES(GAP), PAGES(GAP_END));
	all_are(PAGES(GAP), PAGES(GAP_END), PF_DEVICE);
	all_belong_to(PAGES(GAP) - PF_BLOCK_PAGES, PAGES(GAP), NULL);
	all_belong_to(PAGES(GAP), PAGES(GAP_END), &pgmap);
	all_belong_to(PAGES(GAP_END), PAGES(GAP_END) + PF_BLOCK_PAGES, NULL);
	unmap(&pgmap);
	all_are(PAGES(GAP), PAGES(GAP_END), PF_ABSENT);
	all_belong_to(PAGES(GAP), PAGES(GAP_END), NULL);
	is_as_it_was();
}

static void devices_are_not_online(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, (GAP_END - GAP) * MIB);

	(void)unused;
	none_is_online(PAGES(GAP), PAGES(GAP_END));
	assert_int_equal(pf_memremap_pages(&mem, &pgmap), 0);
	none_is_online(PAGES(GAP), PAGES(GAP_END));
	all_is_right();
	assert_non_null(pf_pfn_to_online_page(&mem, PAGES(GAP) - 1));
	assert_non_null(pf_pfn_to_online_page(&mem, PAGES(GAP_END)));
	unmap(&pgmap);
	none_is_online(PAGES(GAP), PAGES(GAP_END));
}

/* The span of the zone is that of those which are there; a hole between is nobody's. */
static void before_between_and_after_ram(void **unused)
{
	struct pf_dev_pagemap before = pgmap_of(16 * MIB, 2 * MIB),
			      between = pgmap_of(144 * MIB, 2 * MIB),
			      after = pgmap_of(300 * MIB, 20 * MIB);

	(void)unused;
	remember();
	map(&between);
	map(&after);
	map(&before);
	spans(device, PAGES(16), PAGES(320));
	assert_int_equal(mem.nodes[0]->spanned, PAGES(320 - 16));
	all_belong_to(PAGES(16), PAGES(18), &before);
	all_belong_to(PAGES(18), PAGES(144), NULL);
	all_belong_to(PAGES(144), PAGES(146), &between);
	all_belong_to(PAGES(146), PAGES(300), NULL);
	all_belong_to(PAGES(300), PAGES(320), &after);
	all_belong_to(PAGES(320), PAGES(POSSIBLE) + 1000, NULL);
	none_is_online(PAGES(300), PAGES(320));
	unmap(&before);
	spans(device, PAGES(144), PAGES(320));
	unmap(&after);
	spans(device, PAGES(144), PAGES(146));
	unmap(&between);
	is_as_it_was();
}

/* The block that RAM ends in is RAM's; the device's part of it is lost, and told. */
static void a_ragged_end_is_lost_and_said(void **unused)
{
	pf_phys at = LAST * MIB + RAGGED * PF_PAGE_SIZE;
	struct pf_dev_pagemap pgmap = pgmap_of(at, (LAST + 6) * MIB + 4096 - at);

	(void)unused;
	remember();
	host_forget_output();
	assert_int_equal(pf_memremap_pages(&mem, &pgmap), 0);
	assert_non_null(strstr(host_output(), "pf_memremap_pages: 1708 KiB at 0x11055000 are lost: "
					      "they are no whole block of 2048 KiB"));
	says("pf_memremap_pages: 4 KiB at 0x11600000 are lost");
	all_belong_to(PAGES(LAST), PAGES(LAST + 2), NULL);
	all_belong_to(PAGES(LAST + 2), PAGES(LAST + 6), &pgmap);
	all_belong_to(PAGES(LAST + 6), PAGES(LAST + 8), NULL);
	none_is_online(PAGES(LAST) + RAGGED, PAGES(LAST + 8));
	assert_non_null(pf_pfn_to_online_page(&mem, PAGES(LAST) + RAGGED - 1));
	unmap(&pgmap);
	is_as_it_was();
}

/* A node may have nothing but a device. */
static void of_a_node_without_memory(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(300 * MIB, 4 * MIB);
	struct pf_node *node = mem.nodes[1];

	(void)unused;
	remember();
	pgmap.nid = 1;
	map(&pgmap);
	all_belong_to(PAGES(300), PAGES(304), &pgmap);
	spans(&node->zone[PF_ZONE_DEVICE], PAGES(300), PAGES(304));
	assert_int_equal(node->start_pfn, PAGES(300));
	assert_int_equal(node->spanned, PAGES(4));
	assert_int_equal(node->present, 0);
	assert_true(pf_alloc_pages_node(&mem, 0, PF_GFP_THISNODE, 1, NULL) == PF_NO_PFN);
	unmap(&pgmap);
	assert_int_equal(node->spanned, 0);
	is_as_it_was();
}

/* What is not the library's is the device's, as long as it is there. */
static void descriptors_are_the_devices(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, 4 * MIB);

	(void)unused;
	map(&pgmap);
	for (pf_pfn pfn = PAGES(GAP); pfn < PAGES(GAP + 4); pfn++) {
		pf_page(&mem, pfn)->value = (uint32_t)pfn;
		pf_page(&mem, pfn)->links.next = (uint32_t)pfn + 1;
		pf_page(&mem, pfn)->links.prev = (uint32_t)pfn + 2;
	}
	for (pf_pfn pfn = PAGES(GAP); pfn < PAGES(GAP + 4); pfn++) {
		assert_int_equal(pf_page(&mem, pfn)->value, pfn);
		assert_int_equal(pf_page(&mem, pfn)->links.next, pfn + 1);
		assert_int_equal(pf_page(&mem, pfn)->links.prev, pfn + 2);
	}
	all_belong_to(PAGES(GAP), PAGES(GAP + 4), &pgmap);
	unmap(&pgmap);
}

/* --- RAM beside it --- */

#define NEIGHBOURS 3

static const pf_pfn neighbours[NEIGHBOURS] = { PAGES(GAP) - PF_BLOCK_PAGES, PAGES(GAP_END),
					       PAGES(LAST) };

/* Blocks before and behind a device in its section, split, and the one that RAM ends in. */
static void visible_ram_is_not_written(void **unused)
{
	static struct pf_page copy[NEIGHBOURS][PF_BLOCK_PAGES];
	static struct pf_block entry[NEIGHBOURS];
	struct pf_dev_pagemap a = pgmap_of(GAP * MIB, (GAP_END - GAP) * MIB),
			      b = pgmap_of((LAST + 2) * MIB, 2 * MIB);

	(void)unused;
	for (int i = 0; i < NEIGHBOURS; i++) {
		pf_pfn pfn = neighbours[i];

		assert_int_equal(pf_alloc_pages_at(&mem, pfn + 3, 0), 0);
		assert_int_equal(pf_alloc_pages_at(&mem, pfn + 64, 3), 0);
		pf_page(&mem, pfn + 3)->value = 0x12345678; /* its owner's */
	}
	assert_true(pf_drain_all(&mem));
	for (int i = 0; i < NEIGHBOURS; i++) {
		memcpy(copy[i], pf_page(&mem, neighbours[i]), sizeof(copy[i]));
		entry[i] = *pf_block(&mem, neighbours[i]);
	}
	assert_int_equal(pf_memremap_pages(&mem, &a), 0);
	assert_int_equal(pf_memremap_pages(&mem, &b), 0);
	for (int i = 0; i < NEIGHBOURS; i++) {
		assert_memory_equal(copy[i], pf_page(&mem, neighbours[i]), sizeof(copy[i]));
		assert_memory_equal(&entry[i], pf_block(&mem, neighbours[i]), sizeof(entry[i]));
	}
	unmap(&a);
	unmap(&b);
	for (int i = 0; i < NEIGHBOURS; i++) {
		assert_memory_equal(copy[i], pf_page(&mem, neighbours[i]), sizeof(copy[i]));
		assert_memory_equal(&entry[i], pf_block(&mem, neighbours[i]), sizeof(entry[i]));
		pf_free_pages(&mem, neighbours[i] + 3, 0);
		pf_free_pages(&mem, neighbours[i] + 64, 3);
	}
	all_is_right();
}

/* --- before it is complete --- */

static const struct pf_memmap_ops *real;
static pf_pfn from, to;
static unsigned asked;

/* What another CPU finds while descriptors get their memory. */
static int map_and_ask(void *virt, pf_phys phys, size_t size, int nid)
{
	for (pf_pfn pfn = from; pfn < to; pfn++) {
		if (pf_get_dev_pagemap(&mem, pfn))
			fail_msg("a reference to pfn 0x%lx before its descriptors are complete",
				 pfn);
		if (pf_info_state(pf_page_info(&mem, pfn)) != PF_ABSENT)
			fail_msg("pfn 0x%lx is there before its descriptors are complete", pfn);
		asked++;
	}
	return real->map(virt, phys, size, nid);
}

static void boot_asking(const struct pf_memmap_ops *ops, struct pf_memmap_ops *asking)
{
	*asking = *ops;
	asking->map = map_and_ask;
	real = ops;
	from = to = 0;
	boot(asking);
}

static void no_reference_before_descriptors(const struct pf_memmap_ops *ops)
{
	static struct pf_memmap_ops asking;
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, (GAP_END - GAP) * MIB);

	boot_asking(ops, &asking);
	asked = 0;
	from = PAGES(GAP);
	to = PAGES(GAP_END);
	map(&pgmap);
	from = to = 0;
	assert_true(asked > 0);
	all_belong_to(PAGES(GAP), PAGES(GAP_END), &pgmap);
	unmap(&pgmap);
}

static void no_reference_before_mapped_descriptors(void **unused)
{
	(void)unused;
	no_reference_before_descriptors(&host_mapped);
}

static void no_reference_before_descriptors_on_demand(void **unused)
{
	(void)unused;
	no_reference_before_descriptors(&host_on_demand);
}

static int wanted_nid = -1;

static int map_on_a_node(void *virt, pf_phys phys, size_t size, int nid)
{
	if (wanted_nid >= 0) {
		assert_int_equal(nid, wanted_nid);
		asked++;
	}
	return real->map(virt, phys, size, nid);
}

/* The host is told of the device's node, not of what the blocks were before. */
static void descriptors_are_on_the_devices_node(void **unused)
{
	static const struct pf_memmap_ops *const maps[] = { &host_mapped, &host_on_demand };
	struct pf_memmap_ops asking;

	(void)unused;
	for (int i = 0; i < 2; i++) {
		struct pf_dev_pagemap pgmap = pgmap_of(300 * MIB, 4 * MIB);

		asking = *maps[i];
		asking.map = map_on_a_node;
		real = maps[i];
		boot(&asking);
		asked = 0;
		pgmap.nid = wanted_nid = 1;
		map(&pgmap);
		wanted_nid = -1;
		assert_true(asked > 0);
		unmap(&pgmap);
		all_is_right();
		pf_close(&mem); /* whose map is a variable here */
	}
}

#ifdef PFI_ASAN
int __asan_address_is_poisoned(void const volatile *addr);

/* As those of any page that is not there: who reads one is stopped. */
static void descriptors_are_touched_by_nobody(bool any)
{
	for (pf_pfn pfn = PAGES(GAP); pfn < PAGES(GAP_END); pfn++)
		assert_int_equal(!__asan_address_is_poisoned(pf_page(&mem, pfn)), any);
}
#else
static void descriptors_are_touched_by_nobody(bool any)
{
	(void)any;
}
#endif

static void descriptors_are_for_who_finds_the_device(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, (GAP_END - GAP) * MIB);

	(void)unused;
	for (int i = 0; i < 2; i++) {
		descriptors_are_touched_by_nobody(false);
		map(&pgmap);
		descriptors_are_touched_by_nobody(true);
		unmap(&pgmap);
	}
	descriptors_are_touched_by_nobody(false);
}

/* --- waited for --- */

static struct pf_dev_pagemap *held;
static unsigned turn;
static bool left;

static void the_holder_lets_go(void)
{
	host_relax = NULL;
	left = true;
	/* Nobody else gets one, and what this one is for is there still. */
	assert_null(pf_get_dev_pagemap(&mem, held->first));
	assert_int_equal(pf_page(&mem, held->first + 7)->info,
			 info_place(PF_ZONE_DEVICE, 0) | PF_DEVICE);
	/* Who holds it may wait for others that come and go. */
	assert_int_equal(pf_add_memory(&mem, 0, 400 * MIB, 64 * MIB, 0), 0);
	assert_int_equal(pf_remove_memory(&mem, 400 * MIB, 64 * MIB), 0);
	pf_put_dev_pagemap(held);
}

static void unmap_waits_for_references(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, 4 * MIB);

	(void)unused;
	remember();
	map(&pgmap);
	held = pf_get_dev_pagemap(&mem, PAGES(GAP) + 5);
	assert_ptr_equal(held, &pgmap);
	assert_ptr_equal(pf_get_dev_pagemap(&mem, PAGES(GAP) + 6), &pgmap);
	pf_put_dev_pagemap(held);
	left = false;
	host_relax = the_holder_lets_go;
	unmap(&pgmap);
	assert_true(left);
	is_as_it_was();
}

static void its_turn_ends(void)
{
	host_relax = NULL;
	left = true;
	all_are(held->first, held->first + held->nr, PF_DEVICE);
	mem.hotplugging = 0;
}

/* Somebody else comes or goes when the last reference does. */
static void another_has_its_turn(void)
{
	host_relax = its_turn_ends;
	mem.hotplugging = 1;
	pf_put_dev_pagemap(held);
}

static void unmap_waits_for_its_turn(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, 4 * MIB);

	(void)unused;
	map(&pgmap);
	held = pf_get_dev_pagemap(&mem, PAGES(GAP));
	left = false;
	host_relax = another_has_its_turn;
	unmap(&pgmap);
	assert_true(left);
	/* And before anything, when nobody has a reference. */
	map(&pgmap);
	left = false;
	mem.hotplugging = 1;
	host_relax = its_turn_ends;
	unmap(&pgmap);
	assert_true(left);
}

static void the_reader_leaves(void)
{
	host_relax = NULL;
	left = true;
	/* It has seen the page before it was gone: the descriptor is there. */
	assert_int_equal(pf_page(&mem, PAGES(GAP))->info,
			 info_place(PF_ZONE_DEVICE, 0) | PF_DEVICE);
	pf_read_unlock(&mem.readers, turn);
}

static void unmap_waits_for_readers(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, 4 * MIB);

	(void)unused;
	map(&pgmap);
	left = false;
	turn = pf_read_lock(&mem.readers);
	assert_int_equal(pf_info_state(pf_page_info(&mem, PAGES(GAP))), PF_DEVICE);
	host_relax = the_reader_leaves;
	unmap(&pgmap);
	assert_true(left);
}

/* --- refused --- */

static void what_cannot_be_mapped_is_told(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(140 * MIB, 4 * MIB);

	(void)unused;
	remember();
	map_is(&pgmap, -PF_EEXIST, "pf_memremap_pages: pfn 0x8c00: memory is there already");
	pgmap = pgmap_of(LAST * MIB, 4 * MIB); /* a block with holes is RAM's, all of it */
	map_is(&pgmap, -PF_EEXIST, "memory is there already");
	pgmap = pgmap_of(GAP * MIB, 4 * MIB);
	pgmap.nid = 7;
	map_is(&pgmap, -PF_EINVAL, "there is no node 7");
	pgmap = pgmap_of(GAP * MIB + 4096, 2 * MIB);
	map_is(&pgmap, -PF_EINVAL, "there is no whole block in it");
	pgmap = pgmap_of((POSSIBLE - 2) * MIB, 4 * MIB);
	map_is(&pgmap, -PF_EINVAL, "beyond max_possible_pfn");
	pgmap = pgmap_of(8 * MIB, 4 * MIB);
	map_is(&pgmap, -PF_EINVAL, "below the first memory");
	is_as_it_was();
}

static void devices_and_memory_keep_apart(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(300 * MIB, 8 * MIB),
			      other = pgmap_of(306 * MIB, 8 * MIB);

	(void)unused;
	map(&pgmap);
	map_is(&other, -PF_EEXIST, "pfn 0x13200: a device's memory is there already");
	host_forget_output();
	assert_int_equal(pf_add_memory(&mem, 0, 296 * MIB, 64 * MIB, 0), -PF_EEXIST);
	says("pf_add_memory: pfn 0x12c00: a device's memory is there already");
	assert_int_equal(pf_online_pages(&mem, PAGES(300), PAGES(8), PF_ONLINE_AUTO), -PF_EINVAL);
	assert_int_equal(pf_offline_pages(&mem, PAGES(300), PAGES(8), NULL, NULL), -PF_EINVAL);
	assert_int_equal(pf_remove_memory(&mem, 300 * MIB, 8 * MIB), -PF_EBUSY);
	assert_int_equal(pf_alloc_pages_at(&mem, PAGES(300), 0), -PF_EBUSY);
	assert_int_equal(pf_alloc_pages_at(&mem, PAGES(300), PF_BLOCK_ORDER), -PF_EBUSY);
	assert_int_equal(pf_isolate_range(&mem, PAGES(300), PAGES(308), PF_MOVABLE, 0, NULL),
			 -PF_EBUSY);
	all_are(PAGES(300), PAGES(308), PF_DEVICE);
	assert_int_equal(pf_add_memory(&mem, 0, 308 * MIB, 8 * MIB, 0), 0);
	map_is(&other, -PF_EEXIST, "already");
	unmap(&pgmap);
	other = pgmap_of(308 * MIB, 8 * MIB);
	map_is(&other, -PF_EEXIST, "pfn 0x13400: memory is there already");
	assert_int_equal(pf_remove_memory(&mem, 308 * MIB, 8 * MIB), 0);
	map(&other);
	unmap(&other);
	/* And where it was, RAM may be. */
	assert_int_equal(pf_add_memory(&mem, 0, 300 * MIB, 8 * MIB, 0), 0);
	assert_int_equal(pf_online_pages(&mem, PAGES(300), PAGES(8), PF_ONLINE_AUTO), 0);
	assert_int_equal(pf_alloc_pages_at(&mem, PAGES(300) + 1, 0), 0);
	all_is_right();
	pf_free_pages(&mem, PAGES(300) + 1, 0);
}

static void more_devices_than_there_may_be(void **unused)
{
	static struct pf_dev_pagemap many[PF_MAX_PAGEMAPS + 1];

	(void)unused;
	remember();
	for (unsigned i = 0; i <= PF_MAX_PAGEMAPS; i++) {
		many[i] = pgmap_of((300 + 2 * i) * MIB, 2 * MIB);
		if (i < PF_MAX_PAGEMAPS)
			map(&many[i]);
	}
	map_is(&many[PF_MAX_PAGEMAPS], -PF_ENOSPC, "PF_MAX_PAGEMAPS devices are mapped already");
	for (unsigned i = 0; i < PF_MAX_PAGEMAPS; i++)
		all_belong_to(PAGES(300 + 2 * i), PAGES(302 + 2 * i), &many[i]);
	all_belong_to(PAGES(300 + 2 * PF_MAX_PAGEMAPS), PAGES(302 + 2 * PF_MAX_PAGEMAPS), NULL);
	unmap(&many[17]);
	map(&many[PF_MAX_PAGEMAPS]);
	all_belong_to(PAGES(300 + 2 * PF_MAX_PAGEMAPS), PAGES(302 + 2 * PF_MAX_PAGEMAPS),
		      &many[PF_MAX_PAGEMAPS]);
	for (unsigned i = 0; i <= PF_MAX_PAGEMAPS; i++)
		if (i != 17)
			unmap(&many[i]);
	is_as_it_was();
}

static void one_struct_is_one_device(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, 2 * MIB);

	(void)unused;
	remember();
	pf_memunmap_pages(&mem, &pgmap); /* never mapped: what is in it is any */
	says("pf_memunmap_pages: pfn 0x8e00: no such device is mapped");
	map(&pgmap);
	pgmap.start = 300 * MIB;
	map_is(&pgmap, -PF_EEXIST, "the device is mapped already, elsewhere");
	all_belong_to(PAGES(GAP), PAGES(GAP + 2), &pgmap);
	unmap(&pgmap);
	pf_memunmap_pages(&mem, &pgmap);
	says("no such device is mapped");
	/* And again, elsewhere. */
	map(&pgmap);
	all_belong_to(PAGES(GAP), PAGES(GAP + 2), NULL);
	all_belong_to(PAGES(300), PAGES(302), &pgmap);
	unmap(&pgmap);
	is_as_it_was();
}

/* Who comes second to take it away leaves it to the first. */
static void the_second_unmap_is_told(void)
{
	host_relax = NULL;
	host_forget_output();
	pf_memunmap_pages(&mem, held);
	says("no such device is mapped");
	left = true;
	pf_put_dev_pagemap(held);
}

static void two_unmap_it(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, 2 * MIB);

	(void)unused;
	remember();
	map(&pgmap);
	held = pf_get_dev_pagemap(&mem, PAGES(GAP));
	left = false;
	host_relax = the_second_unmap_is_told;
	unmap(&pgmap);
	assert_true(left);
	is_as_it_was();
}

/* Each request for memory fails once, and nothing is left behind. */
static void without_memory_for_descriptors_nothing_comes(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(300 * MIB, 200 * MIB);
	bool done = false;
	int luck = 0;

	(void)unused;
	for (; !done; luck++) {
		remember();
		host_luck = luck;
		host_forget_output();
		done = !pf_memremap_pages(&mem, &pgmap);
		host_luck = HOST_LUCKY;
		if (done)
			break;
		says("pf_memremap_pages: pfn 0x12c00: there is no memory for its descriptors");
		all_are(PAGES(300), PAGES(500), PF_ABSENT);
		all_belong_to(PAGES(300), PAGES(500), NULL);
		is_as_it_was();
	}
	assert_true(luck > 0);
	all_belong_to(PAGES(300), PAGES(500), &pgmap);
	unmap(&pgmap);
	is_as_it_was();
}

static void without_hotplug_nothing_comes(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, 2 * MIB);
	struct pf_boot_config config = config_with(NULL);

	(void)unused;
	alarm(TOO_LONG);
	config.max_possible_pfn = 0;
	pf_close(&mem);
	host_reset();
	memblock_add(FIRST * MIB, 64 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	map_is(&pgmap, -PF_EINVAL, "nothing can come or go");
	assert_null(pf_get_dev_pagemap(&mem, PAGES(GAP)));
}

/* --- texts --- */

static char text[1 << 14];

static void write_text(void *arg, const char *line, size_t size)
{
	(void)arg;
	assert_true(strlen(text) + size < sizeof(text));
	strncat(text, line, size);
}

/* A zone without lists: as Linux shows it, and nobody who goes through the zones minds. */
static void zoneinfo_has_its_span(void **unused)
{
	struct pf_dev_pagemap pgmap = pgmap_of(GAP * MIB, (GAP_END - GAP) * MIB);

	(void)unused;
	map(&pgmap);
	text[0] = '\0';
	pf_show_zoneinfo(&mem, write_text, NULL);
	assert_non_null(strstr(text, "Node 0, zone   Device\n"
				     "  pages free     0\n"
				     "        boost    0\n"
				     "        min      0\n"
				     "        low      0\n"
				     "        high     0\n"
				     "        promo    0\n"
				     "        spanned  2048\n"
				     "        present  0\n"
				     "        managed  0\n"
				     "        cma      0\n"));
	text[0] = '\0';
	pf_show_buddyinfo(&mem, write_text, NULL);
	pf_show_pagetypeinfo(&mem, write_text, NULL);
	assert_null(strstr(text, "Device"));
	pf_set_watermarks(&mem, 0);
	assert_true(pf_drain_all(&mem));
	text[0] = '\0';
	pf_show_memory_blocks(&mem, write_text, NULL);
	assert_non_null(strstr(text, "memory1 00000001 online Normal\n"));
	all_is_right();
	unmap(&pgmap);
}

#define WITH(how, name) cmocka_unit_test_setup_teardown(name, how, end)
#define EACH(name)	WITH(start, name), WITH(start_mapped, name), WITH(start_on_demand, name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_device_comes_and_goes),
		EACH(devices_are_not_online),
		EACH(before_between_and_after_ram),
		EACH(a_ragged_end_is_lost_and_said),
		EACH(of_a_node_without_memory),
		EACH(descriptors_are_the_devices),
		EACH(visible_ram_is_not_written),
		WITH(NULL, no_reference_before_mapped_descriptors),
		WITH(NULL, no_reference_before_descriptors_on_demand),
		WITH(NULL, descriptors_are_on_the_devices_node),
		EACH(descriptors_are_for_who_finds_the_device),
		EACH(unmap_waits_for_references),
		EACH(unmap_waits_for_its_turn),
		EACH(unmap_waits_for_readers),
		EACH(what_cannot_be_mapped_is_told),
		EACH(devices_and_memory_keep_apart),
		EACH(more_devices_than_there_may_be),
		EACH(one_struct_is_one_device),
		EACH(two_unmap_it),
		WITH(start_mapped, without_memory_for_descriptors_nothing_comes),
		WITH(start_on_demand, without_memory_for_descriptors_nothing_comes),
		WITH(NULL, without_hotplug_nothing_comes),
		EACH(zoneinfo_has_its_span),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
