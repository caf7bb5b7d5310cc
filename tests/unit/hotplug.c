/* SPDX-License-Identifier: MIT */
/*
 * Memory that comes and goes: each step, alone. Catches pages that are lost or counted twice, spans
 * that are wrong, descriptors that are written where somebody may look, or whose memory is not
 * given back, and failures that leave something behind.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/hotplug.h>
#include <pageframe/nofree.h>

#include "../../src/hotplug/internal.h"

#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define POSSIBLE   2048 /* MiB */
#define RAM	   256	/* MiB, from 16 MiB on */
#define NEW	   512	/* MiB, where memory comes */
#define TOO_LONG   60	/* seconds */

static struct pf_mem mem;
static struct pf_zone *normal, *movable;
static struct pf_node *node;

/* --- a machine --- */

static void forget_machine(void)
{
	alarm(TOO_LONG);
	pf_close(&mem);
	host_reset();
}

static void boot_up_to(pf_pfn possible, const struct pf_memmap_ops *ops)
{
	struct pf_boot_config config = { .max_possible_pfn = possible,
					 .memmap = ops,
					 .nr_cpus = 2,
					 .nr_nodes = 2,
					 .memory_block_order = 15 };

	forget_machine();
	memblock_add(16 * MIB, RAM * MIB);
	memblock_set_bottom_up(true); /* what boot takes is in the first blocks */
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	node = mem.nodes[0];
	normal = &node->zone[PF_ZONE_NORMAL];
	movable = &node->zone[PF_ZONE_MOVABLE];
}

static void boot(const struct pf_memmap_ops *ops)
{
	boot_up_to(PAGES(POSSIBLE), ops);
}

static int start(void **unused)
{
	(void)unused;
	boot(NULL);
	return 0;
}

static unsigned long told_online;

static void released(struct pf_mem *m, pf_pfn first, unsigned long pages, enum pf_release how)
{
	(void)m;
	(void)first;
	told_online += how == PF_RELEASE_ONLINE ? pages : 0;
}

/* DMA32 up to here, MiB, inside a block, and NORMAL behind a hole. Nothing comes without @possible.
 */
#define BORDER 101
static void boot_zones(pf_pfn possible)
{
	struct pf_boot_config config = { .max_possible_pfn = possible, .released = released };

	forget_machine();
	memblock_add(16 * MIB, 48 * MIB);
	memblock_add(96 * MIB, 160 * MIB);
	memblock_set_bottom_up(true);
	config.zone_end[PF_ZONE_DMA32] = PAGES(BORDER);
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	told_online = 0;
	node = mem.nodes[0];
	normal = &node->zone[PF_ZONE_NORMAL];
	movable = &node->zone[PF_ZONE_MOVABLE];
}

static int start_zones(void **unused)
{
	(void)unused;
	boot_zones(PAGES(POSSIBLE));
	return 0;
}

static int start_fixed(void **unused)
{
	(void)unused;
	boot_zones(0);
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
	all_is_right();
	host_relax = NULL;
	pf_close(&mem);
	alarm(0);
	return 0;
}

static enum pf_state state_of(pf_pfn pfn)
{
	return pf_info_state(pf_page_info(&mem, pfn));
}

static void all_are(pf_pfn from, pf_pfn to, enum pf_state state)
{
	for (; from < to; from++)
		if (state_of(from) != state)
			fail_msg("pfn 0x%lx is %d, not %d", from, (int)state_of(from), (int)state);
}

static void add(unsigned long at, unsigned long mib)
{
	assert_int_equal(pf_add_memory(&mem, 0, at * MIB, mib * MIB, 0), 0);
	all_is_right();
}

static void online(unsigned long at, unsigned long mib, enum pf_online_to to)
{
	assert_int_equal(pf_online_pages(&mem, PAGES(at), PAGES(mib), to), 0);
	all_is_right();
}

static void offline(unsigned long at, unsigned long mib)
{
	struct pf_obstacle o = { 0 };
	int ret = pf_offline_pages(&mem, PAGES(at), PAGES(mib), NULL, &o);

	if (ret)
		fail_msg("%d: pfn 0x%lx: %s", ret, o.pfn, o.why);
	all_is_right();
}

static void gone(unsigned long at, unsigned long mib)
{
	host_forget_output();
	assert_int_equal(pf_remove_memory(&mem, at * MIB, mib * MIB), 0);
	assert_string_equal(host_output(), "");
	all_is_right();
}

static void spans(const struct pf_zone *zone, pf_pfn start, unsigned long spanned,
		  unsigned long present)
{
	assert_int_equal(zone->start_pfn, spanned ? start : 0);
	assert_int_equal(zone->spanned, spanned);
	assert_int_equal(zone->present, present);
}

static struct {
	unsigned long managed, free, node_present, marks[PF_WATERMARKS];
	pf_pfn node_start;
	unsigned long node_spanned;
} was;

/* They are computed from what is beyond those of now: a few times, and they stay. */
static void settle_watermarks(void)
{
	for (int i = 0; i < 8; i++)
		pf_set_watermarks(&mem, 0);
}

static void remember(void)
{
	settle_watermarks();
	assert_true(pf_drain_all(&mem));
	was.managed = normal->managed;
	was.free = normal->nr_free;
	was.node_present = node->present;
	was.node_start = node->start_pfn;
	was.node_spanned = node->spanned;
	memcpy(was.marks, normal->watermark, sizeof(was.marks));
}

static void is_as_it_was(void)
{
	assert_true(pf_drain_all(&mem));
	all_is_right();
	assert_int_equal(normal->managed, was.managed);
	assert_int_equal(normal->nr_free, was.free);
	assert_int_equal(node->present, was.node_present);
	assert_int_equal(node->start_pfn, was.node_start);
	assert_int_equal(node->spanned, was.node_spanned);
	settle_watermarks();
	assert_memory_equal(normal->watermark, was.marks, sizeof(was.marks));
}

/* --- there and back --- */

static void it_comes_and_goes(void **unused)
{
	unsigned long free;

	(void)unused;
	remember();
	add(NEW, 128);
	all_are(PAGES(NEW), PAGES(NEW + 128), PF_OFFLINE);
	assert_int_equal(state_of(PAGES(NEW) - 1), PF_ABSENT);
	assert_int_equal(state_of(PAGES(NEW + 128)), PF_ABSENT);
	free = normal->nr_free; /* descriptors may have taken some */
	assert_int_equal(normal->managed, was.managed);

	online(NEW, 128, PF_ONLINE_AUTO);
	all_are(PAGES(NEW), PAGES(NEW + 128), PF_FREE);
	assert_int_equal(normal->managed, was.managed + PAGES(128));
	assert_int_equal(normal->nr_free, free + PAGES(128));
	spans(normal, PAGES(16), PAGES(NEW + 128 - 16), PAGES(RAM + 128));
	assert_int_equal(node->spanned, PAGES(NEW + 128 - 16));
	assert_true(normal->watermark[PF_WMARK_LOW] > was.marks[PF_WMARK_LOW]);

	offline(NEW, 128);
	all_are(PAGES(NEW), PAGES(NEW + 128), PF_OFFLINE);
	spans(normal, PAGES(16), PAGES(RAM), PAGES(RAM));
	assert_int_equal(normal->nr_free, free);

	gone(NEW, 128);
	all_are(PAGES(NEW), PAGES(NEW + 128), PF_ABSENT);
	is_as_it_was();
}

/* All of what came can be allocated, written to its last descriptor, and given back. */
static void all_of_it_is_of_use(void **unused)
{
	static pf_pfn got[1 << 17];
	unsigned long n = 0, there = 0;

	(void)unused;
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_AUTO);
	while ((got[n] = pf_alloc_pages(&mem, 0, PF_GFP_MEMALLOC)) != PF_NO_PFN) {
		there += got[n] >= PAGES(NEW) && got[n] < PAGES(NEW + 64);
		n++;
	}
	assert_int_equal(there, PAGES(64));
	while (n--)
		pf_free_pages(&mem, got[n], 0);
	all_is_right();
	offline(NEW, 64);
	gone(NEW, 64);
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_MOVABLE);
	spans(movable, PAGES(NEW), PAGES(64), PAGES(64));
}

static void zones_are_chosen_as_linux_does(void **unused)
{
	(void)unused;
	add(NEW, 256);
	online(NEW + 64, 64, PF_ONLINE_MOVABLE);
	spans(movable, PAGES(NEW + 64), PAGES(64), PAGES(64));
	online(NEW, 64, PF_ONLINE_AUTO); /* in neither's span */
	spans(normal, PAGES(16), PAGES(NEW + 64 - 16), PAGES(RAM + 64));
	online(NEW + 192, 64, PF_ONLINE_MOVABLE);
	online(NEW + 128, 64, PF_ONLINE_AUTO); /* in that of MOVABLE */
	spans(movable, PAGES(NEW + 64), PAGES(192), PAGES(192));
	offline(NEW + 64, 128);
	spans(movable, PAGES(NEW + 192), PAGES(64), PAGES(64));
	online(NEW + 64, 64, PF_ONLINE_KERNEL);
	spans(normal, PAGES(16), PAGES(NEW + 128 - 16), PAGES(RAM + 128));
	offline(NEW + 192, 64);
	spans(movable, 0, 0, 0);
	movable_node_enabled = true;
	online(NEW + 192, 64, PF_ONLINE_AUTO);
	movable_node_enabled = false;
	spans(movable, PAGES(NEW + 192), PAGES(64), PAGES(64));
}

/* A zone that got its first memory serves, and one that lost its last does not. */
static void allocations_follow(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_MOVABLE);
	pfn = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE);
	assert_true(pfn >= PAGES(NEW) && pfn < PAGES(NEW + 64));
	assert_true(pf_alloc_pages(&mem, 0, PF_GFP_UNMOVABLE) < PAGES(NEW));
	pf_free_pages(&mem, pfn, 0);
	offline(NEW, 64);
	pfn = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE);
	assert_true(pfn < PAGES(NEW));
}

static void a_node_without_memory_gets_some(void **unused)
{
	struct pf_zone *other = &mem.nodes[1]->zone[PF_ZONE_NORMAL];
	pf_pfn pfn;

	(void)unused;
	assert_true(pf_alloc_pages_node(&mem, 0, PF_GFP_THISNODE, 1, NULL) == PF_NO_PFN);
	assert_int_equal(pf_add_memory(&mem, 1, NEW * MIB, 64 * MIB, 0), 0);
	online(NEW, 64, PF_ONLINE_AUTO);
	spans(other, PAGES(NEW), PAGES(64), PAGES(64));
	assert_int_equal(mem.nodes[1]->present, PAGES(64));
	pfn = pf_alloc_pages_node(&mem, 0, PF_GFP_THISNODE, 1, NULL);
	assert_true(pfn >= PAGES(NEW) && pfn < PAGES(NEW + 64));
	pf_free_pages(&mem, pfn, 0);
	offline(NEW, 64);
	assert_int_equal(mem.nodes[1]->present + mem.nodes[1]->spanned, 0);
	assert_true(pf_alloc_pages_node(&mem, 0, PF_GFP_THISNODE, 1, NULL) == PF_NO_PFN);
}

static void boot_memory_can_go_too(void **unused)
{
	(void)unused;
	remember();
	offline(128, 64);
	spans(normal, PAGES(16), PAGES(RAM), PAGES(RAM - 64));
	offline(16 + RAM - 32, 32);
	spans(normal, PAGES(16), PAGES(RAM - 32), PAGES(RAM - 96));
	gone(128, 64);
	all_are(PAGES(128), PAGES(192), PF_ABSENT);
	add(128, 64);
	online(128, 64, PF_ONLINE_AUTO);
	online(16 + RAM - 32, 32, PF_ONLINE_AUTO);
	is_as_it_was();
}

/* --- watermarks --- */

/* What is kept free, in all lists of pages, and of higher zones, is of what there is now. */
static void watermarks_follow(void **unused)
{
	unsigned long low, size;

	(void)unused;
	remember();
	size = normal->pcp[0].full[0];
	add(NEW, 1024);
	online(NEW, 1024, PF_ONLINE_KERNEL);
	low = normal->watermark[PF_WMARK_LOW];
	assert_true(low > was.marks[PF_WMARK_LOW] + was.marks[PF_WMARK_LOW] / 2);
	assert_true(normal->pcp[0].full[0] > size);
	offline(NEW, 1024);
	assert_true(normal->watermark[PF_WMARK_LOW] < low - was.marks[PF_WMARK_LOW] / 2);
	assert_int_equal(normal->pcp[0].full[0], size);
	/* NORMAL keeps some of what may go to MOVABLE. */
	assert_int_equal(normal->lowmem_reserve[PF_ZONE_MOVABLE], 0);
	online(NEW, 1024, PF_ONLINE_MOVABLE);
	assert_true(normal->lowmem_reserve[PF_ZONE_MOVABLE] > 0);
	assert_true(movable->watermark[PF_WMARK_LOW] > 0);
	low = movable->watermark[PF_WMARK_HIGH];
	offline(NEW, 512);
	assert_true(movable->watermark[PF_WMARK_HIGH] < low);
	offline(NEW + 512, 512);
	assert_int_equal(normal->lowmem_reserve[PF_ZONE_MOVABLE], 0);
	/* What somebody asked for stays, if it is more. */
	pf_set_watermarks(&mem, 30000);
	online(NEW, 1024, PF_ONLINE_KERNEL);
	assert_int_equal(mem.min_free_kbytes, 30000);
	pf_set_watermarks(&mem, 100);
	offline(NEW, 1024);
	assert_true(mem.min_free_kbytes > 100);
}

/* --- refused --- */

static void says(const char *what)
{
	if (!strstr(host_output(), what))
		fail_msg("not said: %s; but: %s", what, host_output());
	host_forget_output();
}

static void add_is(int want, int nid, pf_phys at, pf_phys size, const char *what)
{
	assert_int_equal(pf_add_memory(&mem, nid, at, size, 0), want);
	says(what);
	all_is_right();
}

static void what_cannot_come_is_told(void **unused)
{
	(void)unused;
	add_is(-PF_EEXIST, 0, 200 * MIB, 512 * MIB, "memory is there already");
	add_is(-PF_EINVAL, 5, NEW * MIB, 64 * MIB, "there is no node 5");
	add_is(-PF_EINVAL, -1, NEW * MIB, 64 * MIB, "there is no node -1");
	add_is(-PF_EINVAL, 0, NEW * MIB, 0, "this is no range");
	add_is(-PF_EINVAL, 0, NEW * MIB, ~(pf_phys)0, "this is no range");
	add_is(-PF_EINVAL, 0, NEW * MIB + 4096, PF_BLOCK_SIZE, "no whole block");
	add_is(-PF_EINVAL, 0, (POSSIBLE - 32) * MIB, 64 * MIB, "it is beyond max_possible_pfn");
	add_is(0, 0, NEW * MIB - 4096, 4 * PF_BLOCK_SIZE + 8192, "4 KiB at 0x1ffff000 are lost");
	all_are(PAGES(NEW) - PF_BLOCK_PAGES, PAGES(NEW), PF_ABSENT);
	all_are(PAGES(NEW), PAGES(NEW) + 4 * PF_BLOCK_PAGES, PF_OFFLINE);
	all_are(PAGES(NEW) + 4 * PF_BLOCK_PAGES, PAGES(NEW) + 5 * PF_BLOCK_PAGES, PF_ABSENT);
}

static void what_is_not_offline_does_not_come_online(void **unused)
{
	(void)unused;
	add(NEW, 64);
	assert_int_equal(pf_online_pages(&mem, PAGES(NEW - 64), PAGES(128), PF_ONLINE_AUTO),
			 -PF_EINVAL);
	says("pf_online_pages: pfn 0x1c000: there is no memory");
	assert_int_equal(pf_online_pages(&mem, PAGES(64), PAGES(64), PF_ONLINE_AUTO), -PF_EINVAL);
	says("it is online");
	assert_int_equal(pf_online_pages(&mem, PAGES(NEW) + 1, PAGES(32), PF_ONLINE_AUTO),
			 -PF_EINVAL);
	says("no whole blocks");
	assert_int_equal(pf_add_memory(&mem, 1, (NEW + 64) * MIB, 64 * MIB, 0), 0);
	assert_int_equal(pf_online_pages(&mem, PAGES(NEW), PAGES(128), PF_ONLINE_AUTO), -PF_EINVAL);
	says("another node");
	assert_int_equal(pf_remove_memory(&mem, 64 * MIB, 64 * MIB), -PF_EBUSY);
	says("pf_remove_memory: pfn 0x4000: it is not offline");
	assert_int_equal(pf_remove_memory(&mem, (NEW - 64) * MIB, 64 * MIB), -PF_EINVAL);
	says("there is no memory");
	assert_int_equal(pf_remove_memory(&mem, NEW * MIB + 1, 64 * MIB), -PF_EINVAL);
}

static void offline_is(int want, pf_pfn start, unsigned long nr, pf_pfn at, const char *why)
{
	struct pf_obstacle o = { 0 };

	assert_int_equal(pf_offline_pages(&mem, start, nr, NULL, &o), want);
	assert_int_equal(o.pfn, at);
	if (!strstr(o.why, why))
		fail_msg("not \"%s\", but \"%s\"", why, o.why);
	all_is_right();
}

static void what_cannot_go_stays_as_it_was(void **unused)
{
	pf_pfn used = PAGES(128) + 77, moves = PAGES(160) + 5;

	(void)unused;
	assert_int_equal(pf_alloc_pages_at(&mem, used, 0), 0);
	remember();
	offline_is(-PF_EBUSY, PAGES(64), PAGES(128), used, "cannot be moved");
	is_as_it_was();
	all_are(PAGES(64), PAGES(128), PF_FREE);
	offline_is(-PF_EINVAL, PAGES(NEW), PAGES(64), PAGES(NEW), "it is no memory");
	offline_is(-PF_EINVAL, PAGES(128), 17, PAGES(128), "no whole blocks");
	pf_free_pages(&mem, used, 0);
	/* Movable, and nobody moves it. */
	assert_int_equal(pf_alloc_pages_at(&mem, moves, 0), 0);
	pf_page(&mem, moves)->info |= PF_MOVABLE << PF_INFO_MIGRATE_SHIFT;
	remember();
	offline_is(-PF_EBUSY, PAGES(64), PAGES(128), moves, "it is in use");
	is_as_it_was();
	pf_free_pages(&mem, moves, 0);
}

/* Links of 32 bits count from the zone's first page: nothing below, and nothing too far above. */
static void a_zone_takes_what_its_links_reach(void **unused)
{
	const pf_pfn far = 1ul << 32, base = far + PAGES(64), last = base + PAGES(4) - 1;
	const char *why = "its zone cannot reach it: 2^32 pages from its first one";
	struct pf_boot_config config = { .max_possible_pfn = far + PAGES(128), .alloc = host_area };
	const pf_pfn too_far[] = { base + 1, base + PAGES(2), last - far, 0 };
	pf_pfn real;

	(void)unused;
	forget_machine();
	memblock_add(PF_PFN_PHYS(far), 64 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	node = mem.nodes[0];
	movable = &node->zone[PF_ZONE_MOVABLE];
	assert_int_equal(pf_add_memory(&mem, 0, PF_PFN_PHYS(base), 4 * MIB, 0), 0);
	real = movable->base_pfn;
	host_forget_output();
	for (unsigned i = 0; i < sizeof(too_far) / sizeof(*too_far); i++) {
		movable->base_pfn = too_far[i]; /* as if it had begun there */
		assert_int_equal(pf_online_pages(&mem, base, PAGES(4), PF_ONLINE_MOVABLE),
				 -PF_EINVAL);
		says(why);
		assert_int_equal(movable->spanned, 0);
	}
	movable->base_pfn = last - far + 1; /* its last link is this one's */
	assert_int_equal(pf_online_pages(&mem, base, PAGES(4), PF_ONLINE_MOVABLE), 0);
	assert_int_equal(pf_offline_pages(&mem, base, PAGES(4), NULL, NULL), 0);
	movable->base_pfn = real;
	assert_int_equal(pf_online_pages(&mem, base, PAGES(4), PF_ONLINE_MOVABLE), 0);
	spans(movable, base, PAGES(4), PAGES(4));
}

/* --- what is in use moves --- */

static int moved;

static int move(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	(void)m;
	(void)from;
	(void)order;
	assert_true(to < PAGES(128) || to >= PAGES(192));
	moved++;
	*(pf_pfn *)arg = to;
	return 0;
}

static void what_can_move_is_moved(void **unused)
{
	pf_pfn now = 0, at = PAGES(160) + 8;
	struct pf_mover mover = { move, &now };

	(void)unused;
	assert_int_equal(pf_alloc_pages_at(&mem, at, 3), 0);
	pf_page(&mem, at)->info |= PF_MOVABLE << PF_INFO_MIGRATE_SHIFT;
	moved = 0;
	assert_int_equal(pf_offline_pages(&mem, PAGES(128), PAGES(64), &mover, NULL), 0);
	assert_int_equal(moved, 1);
	all_is_right();
	all_are(PAGES(128), PAGES(192), PF_OFFLINE);
	pf_free_pages(&mem, now, 3);
}

/* Blocks and pages on a CPU's list are nobody's, though a block's entry says that it is in use. */
static void what_cpus_keep_goes_along(void **unused)
{
	pf_pfn block = PAGES(160), page = PAGES(162) + 5;

	(void)unused;
	host_set_cpu(1);
	assert_int_equal(pf_alloc_pages_at(&mem, block, PF_BLOCK_ORDER), 0);
	assert_int_equal(pf_alloc_pages_at(&mem, page, 0), 0);
	pf_free_pages(&mem, block, PF_BLOCK_ORDER);
	pf_free_pages(&mem, page, 0);
	host_set_cpu(0);
	assert_int_equal(state_of(block), PF_PER_CPU);
	assert_int_equal(state_of(page), PF_PER_CPU);
	assert_true(pf_is_removable(&mem, PAGES(128), PAGES(64), NULL));
	offline(128, 64);
	all_are(PAGES(128), PAGES(192), PF_OFFLINE);
}

/* --- damaged pages --- */

static void damaged_pages_stay_out(void **unused)
{
	(void)unused;
	remember();
	assert_int_equal(pf_poison_page(&mem, PAGES(130) + 9), 0);
	assert_int_equal(pf_poison_page(&mem, PAGES(130) + 511), 0);
	offline(128, 64);
	all_are(PAGES(128), PAGES(192), PF_OFFLINE);
	online(128, 64, PF_ONLINE_AUTO);
	assert_int_equal(state_of(PAGES(130) + 9), PF_POISONED);
	assert_int_equal(state_of(PAGES(130) + 511), PF_POISONED);
	assert_int_equal(state_of(PAGES(130) + 10), PF_FREE);
	assert_int_equal(normal->nr_free, was.free - 2);
	offline(128, 64);
	gone(128, 64);
	add(128, 64); /* another DIMM */
	online(128, 64, PF_ONLINE_AUTO);
	is_as_it_was();
}

/* All there is to see of what is offline: what it counts as is nothing. */
static void a_wrong_mark_is_found_offline(void **unused)
{
	uint32_t *entry = &pf_block(&mem, PAGES(128))->info;
	char why[240];

	(void)unused;
	offline(128, 64);
	*entry |= PF_INFO_MARKED;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	assert_non_null(strstr(why, "only one of a block and its pages is marked"));
	*entry &= ~PF_INFO_MARKED;
}

/* Nor does it count by whole blocks: behind what is offline there is only a split one. */
static void a_chunk_that_goes_on_offline_is_found(void **unused)
{
	const uint32_t wrong = info_order(PF_BLOCK_ORDER) ^ info_order(PF_BLOCK_ORDER + 1);
	pf_pfn last = PAGES(16 + RAM) - 1;
	uint32_t *entry = &pf_block(&mem, PAGES(128))->info;
	char why[240];

	(void)unused;
	assert_int_equal(pf_alloc_pages_at(&mem, PAGES(128), PF_BLOCK_ORDER), 0);
	assert_int_equal(pf_alloc_pages_at(&mem, last, 0), 0);
	offline(130, 16 + RAM - 2 - 130);
	*entry ^= wrong;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	assert_non_null(strstr(why, "a chunk begins inside another, or has no first block"));
	*entry ^= wrong;
	pf_free_pages(&mem, last, 0);
	pf_free_pages(&mem, PAGES(128), PF_BLOCK_ORDER);
}

/* Descriptors that were written in one zone are the other's when the memory comes back there. */
static void pages_of_another_zone(void **unused)
{
	pf_pfn pfn = PAGES(NEW) + 3;

	(void)unused;
	add(NEW, 64);
	for (int i = 0; i < 2; i++) {
		online(NEW, 64, i ? PF_ONLINE_MOVABLE : PF_ONLINE_KERNEL);
		assert_int_equal(pf_alloc_pages_at(&mem, pfn, 0), 0);
		all_is_right();
		for (pf_pfn at = PAGES(NEW); at < PAGES(NEW) + 64; at++)
			assert_int_equal(pf_info_zone(pf_page_info(&mem, at)),
					 i ? PF_ZONE_MOVABLE : PF_ZONE_NORMAL);
		pf_free_pages(&mem, pfn, 0);
		assert_true(pf_drain_all(&mem));
		offline(NEW, 64);
	}
}

/* --- descriptors --- */

static void descriptors_come_from_the_page_allocator(void **unused)
{
	unsigned long map = PAGES(64) * sizeof(struct pf_page) >> PF_PAGE_SHIFT;

	(void)unused;
	remember();
	add(NEW, 64);
	assert_int_equal(normal->nr_free, was.free - map);
	online(NEW, 64, PF_ONLINE_AUTO);
	offline(NEW, 64);
	gone(NEW, 64);
	assert_int_equal(host_unmapped, map << PF_PAGE_SHIFT);
	is_as_it_was();
}

/* One chunk is behind the descriptors of all of it: only what described the half goes. */
static void half_of_what_came_goes(void **unused)
{
	unsigned long map = PAGES(128) * sizeof(struct pf_page) >> PF_PAGE_SHIFT;

	(void)unused;
	remember();
	for (int second = 0; second < 2; second++) {
		unsigned long goes = second ? NEW + 64 : NEW, stays = second ? NEW : NEW + 64;

		add(NEW, 128);
		host_unmapped = 0;
		gone(goes, 64);
		assert_int_equal(host_unmapped, (map / 2) << PF_PAGE_SHIFT);
		assert_true(pf_drain_all(&mem));
		assert_int_equal(normal->nr_free, was.free - map / 2);
		online(stays, 64, PF_ONLINE_AUTO);
		offline(stays, 64);
		gone(stays, 64);
		is_as_it_was();
	}
}

/*
 * A machine that is one block with a hole and 64 pages free beside it, which are what there is to
 * have for descriptors.
 */
static pf_pfn boot_with_a_hole(void)
{
	struct pf_boot_config config = { .max_possible_pfn = PAGES(POSSIBLE),
					 .memmap = &host_mapped };
	pf_pfn kept = PAGES(16 + RAM) + 64, pfn;

	alarm(TOO_LONG);
	pf_close(&mem);
	host_reset();
	memblock_add(16 * MIB, RAM * MIB);
	memblock_add(PF_PFN_PHYS(kept), 64 * PF_PAGE_SIZE);
	memblock_set_bottom_up(true);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	node = mem.nodes[0];
	normal = &node->zone[PF_ZONE_NORMAL];
	pf_set_watermarks(&mem, 1);
	while ((pfn = pf_alloc_pages(&mem, 0, PF_GFP_UNMOVABLE | PF_GFP_MEMALLOC)) != PF_NO_PFN)
		;
	assert_int_equal(pf_page_info(&mem, kept) & PF_INFO_STATE, PF_ALLOCATED);
	for (pfn = kept; pfn < kept + 64; pfn++)
		pf_free_pages(&mem, pfn, 0);
	assert_true(pf_drain_all(&mem));
	assert_int_equal(normal->nr_free, 64);
	return kept;
}

/* They are one chunk in a block with a hole, and a part of them goes, the second first. */
static void descriptors_in_a_block_with_a_hole(void **unused)
{
	pf_pfn kept = boot_with_a_hole();

	(void)unused;
	add(NEW, 64);
	all_are(kept, kept + 64, PF_ALLOCATED);
	gone(NEW + 32, 32);
	assert_string_equal(host_output(), "");
	assert_true(pf_drain_all(&mem));
	all_are(kept, kept + 32, PF_ALLOCATED);
	all_are(kept + 32, kept + 64, PF_FREE);
	gone(NEW, 32);
	assert_true(pf_drain_all(&mem));
	all_are(kept, kept + 64, PF_FREE);
}

static void descriptors_that_memblock_gave_go_too(void **unused)
{
	unsigned long map = PAGES(64) * sizeof(struct pf_page) >> PF_PAGE_SHIFT, free;

	(void)unused;
	offline(64, 64);
	assert_true(pf_drain_all(&mem));
	free = normal->nr_free;
	gone(64, 64);
	assert_int_equal(normal->nr_free, free + map);
	add(64, 64);
	online(64, 64, PF_ONLINE_AUTO);
}

static void descriptors_lie_in_the_range(void **unused)
{
	pf_phys at = NEW * MIB;

	(void)unused;
	remember();
	assert_int_equal(pf_add_memory(&mem, 0, at, 128 * MIB, PF_MEMMAP_ON_MEMORY), 0);
	assert_int_equal(normal->nr_free, was.free);
	online(NEW, 128, PF_ONLINE_AUTO);
	all_are(PAGES(NEW), PAGES(NEW + 2), PF_RESERVED);
	all_are(PAGES(NEW + 2), PAGES(NEW + 128), PF_FREE);
	assert_int_equal(normal->managed, was.managed + PAGES(126));
	assert_int_equal(normal->present, PAGES(RAM + 128));
	offline(NEW, 128);
	all_are(PAGES(NEW), PAGES(NEW + 128), PF_OFFLINE);
	is_as_it_was();
	host_forget_output();
	assert_int_equal(pf_remove_memory(&mem, at, 64 * MIB), -PF_EBUSY);
	says("goes at once, or not at all");
	assert_int_equal(pf_remove_memory(&mem, at + 64 * MIB, 64 * MIB), -PF_EBUSY);
	says("goes at once, or not at all");
	gone(NEW, 128);
	is_as_it_was();
	assert_int_equal(pf_add_memory(&mem, 0, at, PF_BLOCK_SIZE, PF_MEMMAP_ON_MEMORY),
			 -PF_EINVAL);
	says("no room in it but for its descriptors");
}

/* Two of them side by side go offline and online together, each with its map in front. */
static void ranges_with_maps_side_by_side(void **unused)
{
	(void)unused;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pf_add_memory(&mem, 0, (pf_phys)(NEW + i * 64) * MIB, 64 * MIB,
					       PF_MEMMAP_ON_MEMORY),
				 0);
	online(NEW, 128, PF_ONLINE_AUTO);
	all_are(PAGES(NEW), PAGES(NEW + 2), PF_RESERVED);
	all_are(PAGES(NEW + 64), PAGES(NEW + 66), PF_RESERVED);
	offline(NEW, 128);
	gone(NEW + 64, 64);
	gone(NEW, 64);
}

/* What is described elsewhere goes alone, behind a range that is described by itself. */
static void a_range_with_a_map_ends_where_another_begins(void **unused)
{
	(void)unused;
	assert_int_equal(pf_add_memory(&mem, 0, NEW * MIB, 64 * MIB, PF_MEMMAP_ON_MEMORY), 0);
	add(NEW + 64, 64);
	gone(NEW + 64, 64);
	gone(NEW, 64);
}

/* What was isolated before the obstacle was met, on both sides of a map, is not any more. */
static void all_parts_come_back_when_one_stays(void **unused)
{
	pf_pfn used = PAGES(NEW + 2 * 64 + 32) + 7;

	(void)unused;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pf_add_memory(&mem, 0, (pf_phys)(NEW + i * 64) * MIB, 64 * MIB,
					       PF_MEMMAP_ON_MEMORY),
				 0);
	online(NEW, 192, PF_ONLINE_AUTO);
	assert_int_equal(pf_alloc_pages_at(&mem, used, 0), 0);
	for (int can_move = 0; can_move < 2; can_move++) {
		remember();
		offline_is(-PF_EBUSY, PAGES(NEW), PAGES(192), used, "it is in use");
		is_as_it_was();
		for (pf_pfn pfn = PAGES(NEW); pfn < PAGES(NEW + 192); pfn += PF_BLOCK_PAGES)
			assert_int_equal(pf_info_migratetype(pf_page_info(&mem, pfn)), PF_MOVABLE);
		/* The second time it is in the way later: when all are isolated. */
		pf_page(&mem, used)->info |= PF_MOVABLE << PF_INFO_MIGRATE_SHIFT;
	}
	pf_free_pages(&mem, used, 0);
	assert_true(pf_drain_all(&mem));
	offline(NEW, 192);
}

/* What held descriptors is memory as any other when it comes again with descriptors elsewhere. */
static void blocks_hold_descriptors_until_they_go(void **unused)
{
	(void)unused;
	remember();
	assert_int_equal(pf_add_memory(&mem, 0, NEW * MIB, 64 * MIB, PF_MEMMAP_ON_MEMORY), 0);
	gone(NEW, 64);
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_AUTO);
	all_are(PAGES(NEW), PAGES(NEW + 64), PF_FREE);
	assert_int_equal(normal->managed, was.managed + PAGES(64));
	offline(NEW, 2);
	offline(NEW + 2, 62);
	gone(NEW, 2);
	gone(NEW + 2, 62);
	is_as_it_was();
}

/* Nobody can read or write them any more; what stays can be read. */
static void descriptors_that_went_are_out_of_reach(void **unused)
{
	int ends[2];

	(void)unused;
	add(NEW, 128);
	assert_int_equal(pipe(ends), 0);
	gone(NEW, 64);
	/* By the system, which does not know what AddressSanitizer thinks of them. */
	assert_int_equal(syscall(SYS_write, ends[1], pf_page(&mem, PAGES(NEW)), 16), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(syscall(SYS_write, ends[1], pf_page(&mem, PAGES(NEW + 64) - 1), 16), -1);
	assert_int_equal(syscall(SYS_write, ends[1], pf_page(&mem, PAGES(NEW + 64)), 16), 16);
	close(ends[0]);
	close(ends[1]);
}

/* Wherever they lie; what a host has found itself is not counted. */
static void what_the_map_takes_is_counted(void **unused)
{
	bool mapped = mem.memmap_ops && !mem.memmap_ops->on_demand;
	pf_phys map = mapped ? PAGES(64) * sizeof(struct pf_page) : 0, was_map = mem.memmap_bytes;

	(void)unused;
	add(NEW, 64);
	assert_int_equal(mem.memmap_bytes, was_map + map);
	assert_int_equal(pf_add_memory(&mem, 0, (NEW + 64) * MIB, 64 * MIB, PF_MEMMAP_ON_MEMORY),
			 0);
	assert_int_equal(mem.memmap_bytes, was_map + 2 * map);
	host_luck = 1;
	host_forget_output();
	if (mapped)
		assert_int_equal(pf_add_memory(&mem, 0, (NEW + 256) * MIB, 1280 * MIB, 0),
				 -PF_ENOMEM);
	host_luck = HOST_LUCKY;
	assert_int_equal(mem.memmap_bytes, was_map + 2 * map);
	gone(NEW, 64);
	gone(NEW + 64, 64);
	assert_int_equal(mem.memmap_bytes, was_map);
	offline(128, 64); /* of boot */
	gone(128, 64);
	assert_int_equal(mem.memmap_bytes, was_map - map);
}

static void without_memory_for_descriptors_nothing_comes(void **unused)
{
	(void)unused;
	remember();
	for (int luck = 0; luck < 2; luck++) {
		host_luck = luck;
		assert_int_equal(pf_add_memory(&mem, 0, NEW * MIB, 512 * MIB, 0),
				 luck ? 0 : -PF_ENOMEM);
		if (!luck)
			says("there is no memory for its descriptors");
		host_luck = HOST_LUCKY;
		if (luck)
			gone(NEW, 512);
		is_as_it_was();
	}
}

static void what_was_described_on_demand_is_unmapped(void **unused)
{
	(void)unused;
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_AUTO);
	for (int i = 0; i < 3; i++) {
		pf_pfn pfn = PAGES(NEW) + (pf_pfn)i * PF_BLOCK_PAGES + 3;

		assert_int_equal(pf_alloc_pages_at(&mem, pfn, 0), 0);
		pf_free_pages(&mem, pfn, 0);
	}
	assert_true(pf_drain_all(&mem));
	offline(NEW, 64);
	assert_int_equal(host_unmapped, 0);
	gone(NEW, 64);
	assert_int_equal(host_unmapped, 3 * PF_BLOCK_PAGES * sizeof(struct pf_page));
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_AUTO);
	assert_int_equal(pf_alloc_pages_at(&mem, PAGES(NEW) + 3, 0), 0);
}

/* --- spans --- */

static void boot_as_it_is(bool bottom_up, pf_pfn dma_end, pf_pfn dma32_end)
{
	struct pf_boot_config config = { .max_possible_pfn = PAGES(POSSIBLE) };

	config.zone_end[PF_ZONE_DMA] = dma_end;
	config.zone_end[PF_ZONE_DMA32] = dma32_end;
	config.zone_end[PF_ZONE_NORMAL] = dma32_end ? ~0ul : 0;
	memblock_set_bottom_up(bottom_up);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	node = mem.nodes[0];
	normal = &node->zone[PF_ZONE_NORMAL];
	movable = &node->zone[PF_ZONE_MOVABLE];
}

/* Of a block with holes, pages of another zone and of another node, the last that is the zone's. */
static void a_zone_ends_with_its_last_page(void **unused)
{
	const pf_pfn end = PAGES(64) + 128;

	(void)unused;
	forget_machine();
	memblock_add_node(16 * MIB, 48 * MIB + MIB / 2, 0, MEMBLOCK_NONE);
	memblock_add_node(64 * MIB + MIB / 2, MIB / 4, 1, MEMBLOCK_NONE);
	memblock_add_node(96 * MIB, 32 * MIB, 0, MEMBLOCK_NONE);
	boot_as_it_is(true, 0, 0);
	offline(96, 32);
	spans(normal, PAGES(16), end - PAGES(16), end - PAGES(16));
	assert_int_equal(node->spanned, end - PAGES(16));
	online(96, 32, PF_ONLINE_AUTO);
	spans(normal, PAGES(16), PAGES(128 - 16), end - PAGES(16) + PAGES(32));
}

static void a_zone_begins_with_its_first_page(void **unused)
{
	const pf_pfn first = PAGES(30) + 128;
	struct pf_zone *dma32;

	(void)unused;
	forget_machine();
	memblock_add(16 * MIB, 4 * MIB);
	memblock_add(PF_PFN_PHYS(first), 128 * MIB - PF_PFN_PHYS(first));
	boot_as_it_is(false, 0, PAGES(31)); /* and NORMAL from there on */
	dma32 = &node->zone[PF_ZONE_DMA32];
	spans(dma32, PAGES(16), PAGES(31 - 16), PAGES(4) + PAGES(31) - first);
	offline(16, 4);
	spans(dma32, first, PAGES(31) - first, PAGES(31) - first);
	assert_int_equal(node->start_pfn, first);
	assert_int_equal(node->spanned, PAGES(128) - first);
}

/* Memory may come where a zone had nothing but a hole at boot. */
static void a_zone_of_nothing_but_a_hole_grows(void **unused)
{
	struct pf_zone *dma32, *dma;
	pf_pfn pfn;

	(void)unused;
	forget_machine();
	memblock_add(16 * MIB, 32 * MIB);
	memblock_add(128 * MIB, 32 * MIB);
	boot_as_it_is(true, PAGES(64), PAGES(96));
	dma32 = &node->zone[PF_ZONE_DMA32];
	spans(dma32, PAGES(64), PAGES(32), 0);
	add(64, 32);
	online(64, 32, PF_ONLINE_KERNEL);
	spans(dma32, PAGES(64), PAGES(32), PAGES(32));
	pfn = pf_alloc_pages(&mem, 3, PF_GFP_DMA32);
	assert_true(pfn >= PAGES(64) && pfn < PAGES(96));
	pf_free_pages(&mem, pfn, 3);
	/* And one that had some at boot. */
	dma = &node->zone[PF_ZONE_DMA];
	spans(dma, PAGES(16), PAGES(48), PAGES(32));
	add(48, 16);
	online(48, 16, PF_ONLINE_KERNEL);
	spans(dma, PAGES(16), PAGES(48), PAGES(48));
	spans(dma32, PAGES(64), PAGES(32), PAGES(32));
}

/* --- nodes --- */

/* Nothing of node 0 is there: not even its lock, where nothing ever was. */
static void the_first_node_may_be_missing(void **unused)
{
	struct pf_boot_config config = { .max_possible_pfn = PAGES(POSSIBLE) };

	(void)unused;
	forget_machine();
	memblock_add_node(16 * MIB, 64 * MIB, 1, MEMBLOCK_NONE);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	assert_null(mem.nodes[0]);
	add_is(-PF_EINVAL, 0, NEW * MIB, 64 * MIB, "there is no node 0");
	assert_int_equal(pf_add_memory(&mem, 1, NEW * MIB, 64 * MIB, 0), 0);
	online(NEW, 64, PF_ONLINE_AUTO);
	offline(NEW, 64);
	gone(NEW, 64);
}

static void its_lock_is_held(struct pf_mem *m, unsigned long nr, void *times)
{
	struct pf_zone *zone = pf_info_to_zone(m, m->blocks[nr].info);

	assert_int_equal(zone->lock.held, 1);
	++*(int *)times;
}

/* Blocks that were there once, of another node, and some that never were, come at once. */
static void what_comes_may_have_been_elsewhere(void **unused)
{
	struct blocks b = { pf_block_nr(&mem, PAGES(NEW)), pf_block_nr(&mem, PAGES(NEW + 96)) };
	int times = 0;

	(void)unused;
	assert_int_equal(pf_add_memory(&mem, 1, (NEW + 32) * MIB, 32 * MIB, 0), 0);
	gone(NEW + 32, 32);
	pfi_each_block(&mem, b, its_lock_is_held, &times);
	assert_int_equal(times, b.end - b.nr);
	add(NEW, 96);
	online(NEW, 96, PF_ONLINE_AUTO);
	for (pf_pfn pfn = PAGES(NEW); pfn < PAGES(NEW + 96); pfn += PF_BLOCK_PAGES)
		assert_int_equal(pf_info_node(pf_page_info(&mem, pfn)), 0);
	spans(normal, PAGES(16), PAGES(NEW + 96 - 16), PAGES(RAM + 96));
}

/* --- readers --- */

static unsigned turn;
static bool left;

static void the_reader_leaves(void)
{
	host_relax = NULL;
	left = true;
	/* What it found is there still. */
	assert_int_equal(state_of(PAGES(NEW)), PF_OFFLINE);
	pf_read_unlock(&mem.readers, turn);
}

static void readers_are_waited_for(void **unused)
{
	(void)unused;
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_AUTO);
	left = false;
	turn = pf_read_lock(&mem.readers);
	host_relax = the_reader_leaves;
	offline(NEW, 64);
	assert_true(left);
}

/* --- sysfs --- */

static char text[4096];

static void write_text(void *arg, const char *line, size_t size)
{
	(void)arg;
	strncat(text, line, size);
}

static void sysfs_is(const char *want)
{
	text[0] = '\0';
	pf_show_memory_blocks(&mem, write_text, NULL);
	assert_string_equal(text, want);
}

static void memory_blocks_are_shown(void **unused)
{
	(void)unused;
	sysfs_is("memory0 00000000 online Normal\nmemory1 00000001 online Normal\n"
		 "memory2 00000002 online Normal\n");
	add(NEW, 256);
	online(NEW, 128, PF_ONLINE_MOVABLE);
	sysfs_is("memory0 00000000 online Normal\nmemory1 00000001 online Normal\n"
		 "memory2 00000002 online Normal\nmemory4 00000004 online Movable\n"
		 "memory5 00000005 offline Normal,Movable\n");
	online(NEW + 128, 64, PF_ONLINE_KERNEL);
	assert_int_equal(pf_isolate_range(&mem, PAGES(NEW), PAGES(NEW + 128), PF_MOVABLE, 0, NULL),
			 0);
	sysfs_is("memory0 00000000 online Normal\nmemory1 00000001 online Normal\n"
		 "memory2 00000002 online Normal\nmemory4 00000004 going-offline Movable\n"
		 "memory5 00000005 partly Normal\n");
	pf_undo_isolate_range(&mem, PAGES(NEW), PAGES(NEW + 128));
}

/* Some of it is isolated: that may be somebody's contiguous range. */
static void only_what_is_isolated_goes_offline(void **unused)
{
	struct pf_memory_block b;

	(void)unused;
	add(NEW, 128);
	online(NEW, 128, PF_ONLINE_AUTO);
	for (int i = 0; i < 2; i++) {
		pf_pfn from = PAGES(NEW + (i ? 126 : 0)), to = PAGES(NEW + (i ? 128 : 126));

		assert_int_equal(pf_isolate_range(&mem, from, to, PF_MOVABLE, 0, NULL), 0);
		assert_true(pf_memory_block(&mem, NEW / 128, &b));
		assert_int_equal(b.state, i ? PF_MEMORY_GOING_OFFLINE : PF_MEMORY_ONLINE);
	}
	pf_undo_isolate_range(&mem, PAGES(NEW), PAGES(NEW + 128));
}

static void what_is_removable(void **unused)
{
	struct pf_obstacle o = { 0 };

	(void)unused;
	assert_true(pf_is_removable(&mem, PAGES(128), PAGES(64), &o));
	assert_int_equal(pf_alloc_pages_at(&mem, PAGES(130) + 1, 0), 0);
	assert_false(pf_is_removable(&mem, PAGES(128), PAGES(64), &o));
	assert_int_equal(o.pfn, PAGES(130) + 1);
	assert_false(pf_is_removable(&mem, PAGES(240), PAGES(64), &o));
	assert_int_equal(o.pfn, PAGES(16 + RAM));
	assert_string_equal(o.why, "it is no memory");
	assert_false(pf_is_removable(&mem, PAGES(240), 0, &o));
	assert_string_equal(o.why, "this is no range");
	assert_false(pf_is_removable(&mem, PAGES(240) + 7, 0, NULL));
	assert_false(pf_is_removable(&mem, PAGES(240) + 7, ~0ul, NULL));
}

/* Nothing is behind it, and need not be. */
static void the_last_block_there_may_be_is_removable(void **unused)
{
	(void)unused;
	add(POSSIBLE - 2, 2);
	online(POSSIBLE - 2, 2, PF_ONLINE_AUTO);
	assert_true(pf_is_removable(&mem, PAGES(POSSIBLE - 2), PAGES(2), NULL));
}

static void holes_are_filled_in_their_zone(void **unused)
{
	struct pf_zone *dma32 = &node->zone[PF_ZONE_DMA32];

	(void)unused;
	add(64, 32);
	online(64, 32, PF_ONLINE_KERNEL);
	spans(dma32, PAGES(16), PAGES(BORDER - 16), PAGES(BORDER - 16));
	assert_int_equal(told_online, PAGES(32));
	offline(64, 32);
	/* Both ends of DMA32 are in use, or in a block with NORMAL's. */
	spans(dma32, PAGES(16), PAGES(BORDER - 16), PAGES(BORDER - 16 - 32));
	offline_is(-PF_EBUSY, PAGES(96), PAGES(64), PAGES(100), "pages of several zones");
}

static void blocks_of_several_zones_are_shown(void **unused)
{
	struct pf_memory_block b;

	(void)unused;
	sysfs_is("memory0 00000000 online none\nmemory1 00000001 online Normal\n");
	assert_true(pf_memory_block(&mem, 0, &b));
	assert_int_equal(b.present, PAGES(48 + 32));
	assert_int_equal(b.nid, 0);
	assert_false(pf_memory_block(&mem, 2, &b));
	assert_false(pf_memory_block(&mem, 1000000, &b));
	/* What is offline inside of MOVABLE's span. */
	add(NEW, 384);
	online(NEW, 128, PF_ONLINE_MOVABLE);
	online(NEW + 256, 128, PF_ONLINE_MOVABLE);
	assert_true(pf_memory_block(&mem, NEW / 128 + 1, &b));
	assert_int_equal(b.zones[0], PF_ZONE_MOVABLE);
	assert_int_equal(b.zones[1], PF_ZONE_NORMAL);
}

static void without_max_possible_pfn_nothing_changes(void **unused)
{
	const char why[] = "nothing can come or go: pf_boot() was given no max_possible_pfn";
	struct pf_obstacle o;

	(void)unused;
	add_is(-PF_EINVAL, 0, 64 * MIB, 32 * MIB, why);
	assert_int_equal(pf_online_pages(&mem, PAGES(128), PAGES(32), PF_ONLINE_AUTO), -PF_EINVAL);
	says(why);
	assert_int_equal(pf_remove_memory(&mem, 128 * MIB, 32 * MIB), -PF_EINVAL);
	says(why);
	offline_is(-PF_EINVAL, PAGES(128), PAGES(32), PAGES(128), why);
	assert_false(pf_is_removable(&mem, PAGES(128), PAGES(32), &o));
	assert_string_equal(o.why, why);
}

static void maps_that_cannot_change_are_told(void **unused)
{
	struct pf_memmap_ops ops = host_mapped;

	(void)unused;
	ops.unmap = NULL;
	mem.memmap_ops = &ops;
	add_is(-PF_EINVAL, 0, NEW * MIB, 64 * MIB, "the memory map has no unmap()");
	mem.memmap_ops = &host_mapped;
}

static void nonsense_is_told(void **unused)
{
	struct pf_obstacle o = { 0 };

	(void)unused;
	assert_int_equal(pf_add_memory(&mem, 0, NEW * MIB, 64 * MIB, 2), -PF_EINVAL);
	says("there are no such flags");
	add_is(-PF_EINVAL, MAX_NUMNODES, NEW * MIB, 64 * MIB, "there is no node");
	add_is(-PF_EINVAL, 0, 0, 16 * MIB, "below the first memory of boot");
	add_is(-PF_EINVAL, 0, 0 - PF_BLOCK_SIZE, PF_BLOCK_SIZE, "beyond max_possible_pfn");
	add_is(0, 0, NEW * MIB - 1, 2 * PF_BLOCK_SIZE + 1, "1 bytes at 0x1fffffff are lost");
	assert_int_equal(pf_online_pages(&mem, PAGES(NEW), PF_BLOCK_PAGES, (enum pf_online_to)7),
			 -PF_EINVAL);
	says("no such choice of a zone");
	assert_int_equal(pf_online_pages(&mem, PAGES(NEW), 0, PF_ONLINE_AUTO), -PF_EINVAL);
	says("these are no whole blocks");
	assert_int_equal(pf_online_pages(&mem, 0, 0, PF_ONLINE_AUTO), -PF_EINVAL);
	says("these are no whole blocks");
	assert_int_equal(pf_online_pages(&mem, 0, PF_BLOCK_PAGES, PF_ONLINE_AUTO), -PF_EINVAL);
	says("there are no such blocks");
	assert_int_equal(pf_online_pages(&mem, 0, PAGES(32), PF_ONLINE_AUTO), -PF_EINVAL);
	says("there are no such blocks");
	add_is(-PF_EINVAL, 0, 0, 0, "this is no range");
	assert_int_equal(
		pf_online_pages(&mem, PAGES(POSSIBLE - 2), 2 * PF_BLOCK_PAGES, PF_ONLINE_AUTO),
		-PF_EINVAL);
	says("there are no such blocks");
	assert_int_equal(
		pf_online_pages(&mem, 0 - PF_BLOCK_PAGES, 2 * PF_BLOCK_PAGES, PF_ONLINE_AUTO),
		-PF_EINVAL);
	says("these are no whole blocks");
	assert_int_equal(pf_remove_memory(&mem, NEW * MIB, 4096), -PF_EINVAL);
	says("these are no whole blocks");
	assert_int_equal(pf_offline_pages(&mem, PAGES(64), 1, NULL, NULL), -PF_EINVAL);
	assert_int_equal(pf_online_pages(&mem, PAGES(NEW), ~0ul << PF_BLOCK_ORDER, PF_ONLINE_AUTO),
			 -PF_EINVAL);
	says("these are no whole blocks");
	add_is(-PF_EINVAL, 0, 0 - 2 * MIB - 4095, 2 * MIB + 4095, "beyond max_possible_pfn");
	add_is(-PF_EINVAL, 0, NEW * MIB, 0 - NEW * MIB + 1, "this is no range");
	add_is(-PF_EINVAL, 0, (NEW + 64) * MIB + 1, 0 - 32 * MIB, "this is no range");
	add_is(-PF_EINVAL, 0, (NEW + 64) * MIB, 1, "there is no whole block in it");
	add_is(-PF_EINVAL, 0, POSSIBLE * MIB, 2 * MIB, "beyond max_possible_pfn");
	add_is(0, 0, (POSSIBLE - 2) * MIB, 2 * MIB, "");
	assert_false(pf_is_removable(&mem, PAGES(NEW), 1, &o));
	assert_string_equal(o.why, "it is offline");
	assert_false(pf_is_removable(&mem, PAGES(NEW), 1, NULL));
	assert_false(pf_is_removable(&mem, PAGES(POSSIBLE), 1, &o));
}

static void ranges_of_two_zones_do_not_go_at_once(void **unused)
{
	(void)unused;
	add(NEW, 64);
	assert_int_equal(pf_add_memory(&mem, 1, (NEW + 64) * MIB, 64 * MIB, 0), 0);
	online(NEW, 64, PF_ONLINE_AUTO);
	online(NEW + 64, 64, PF_ONLINE_AUTO);
	offline_is(-PF_EINVAL, PAGES(NEW), PAGES(128), PAGES(NEW + 64), "it is in another zone");
	offline(NEW, 64);
	offline(NEW + 64, 64);
}

/* More than is taken or given back under one use of the lock, of blocks with larger numbers. */
static void large_ranges_go_in_stretches(void **unused)
{
	const unsigned long far = 2 * POSSIBLE;
	unsigned long locked;

	(void)unused;
	boot_up_to(PAGES(far + 2 * POSSIBLE), NULL);
	remember();
	add(far, 1028);
	locked = normal->locked;
	online(far, 1028, PF_ONLINE_AUTO);
	assert_int_equal(normal->locked - locked, 2);
	assert_int_equal(normal->nr_free, was.free + PAGES(1028));
	offline(far, 1028);
	gone(far, 1028);
	is_as_it_was();
}

static void blocks_of_the_reserve_are_counted(void **unused)
{
	pf_irqflags flags = pf_lock_irqsave(&normal->lock);

	(void)unused;
	pfi_convert_block(&mem, normal, pf_block_nr(&mem, PAGES(128)), PF_HIGHATOMIC);
	normal->nr_highatomic += PF_BLOCK_PAGES;
	pf_unlock_irqrestore(&normal->lock, flags);
	all_is_right();
	offline(128, 64);
	assert_int_equal(normal->nr_highatomic, 0);
}

static int stays(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	(void)m;
	(void)from;
	(void)to;
	(void)order;
	(void)arg;
	return -1;
}

static void what_does_not_move_is_told(void **unused)
{
	struct pf_mover mover = { stays, NULL };
	struct pf_obstacle o = { 0 };
	pf_pfn at = PAGES(160) + 8;

	(void)unused;
	assert_int_equal(pf_alloc_pages_at(&mem, at, 3), 0);
	pf_page(&mem, at)->info |= PF_MOVABLE << PF_INFO_MIGRATE_SHIFT;
	remember();
	assert_int_equal(pf_offline_pages(&mem, PAGES(128), PAGES(64), &mover, &o), -PF_EBUSY);
	assert_int_equal(o.pfn, at);
	assert_string_equal(o.why, "it is in use, and the mover did not move it");
	is_as_it_was();
	/* And there is nothing to move it to. */
	while (pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE | PF_GFP_MEMALLOC) != PF_NO_PFN)
		;
	assert_int_equal(pf_offline_pages(&mem, PAGES(128), PAGES(2), &mover, &o), -PF_ENOMEM);
	assert_non_null(strstr(o.why, "no room to move it to"));
	all_is_right();
}

/* The map of a GiB has two blocks. They go with it, or when nothing of it is online. */
static void descriptors_do_not_go_before_what_they_describe(void **unused)
{
	struct pf_obstacle o = { 0 };

	(void)unused;
	assert_int_equal(pf_add_memory(&mem, 0, NEW * MIB, 1024 * MIB, PF_MEMMAP_ON_MEMORY), 0);
	online(NEW, 1024, PF_ONLINE_AUTO);
	all_are(PAGES(NEW), PAGES(NEW + 4), PF_RESERVED);
	for (unsigned at = 0; at < 4; at += 2) {
		offline_is(-PF_EBUSY, PAGES(NEW + at), PF_BLOCK_PAGES, PAGES(NEW + at),
			   "holds descriptors of memory that is online");
		assert_false(pf_is_removable(&mem, PAGES(NEW + at), PF_BLOCK_PAGES, &o));
		assert_string_equal(o.why, "it holds descriptors of memory that is online");
	}
	assert_true(pf_is_removable(&mem, PAGES(NEW), PAGES(1024), &o));
	offline(NEW + 4, 1020);
	offline(NEW, 4);
	gone(NEW, 1024);
}

/* A map that needs no memory for it. */
static void the_flag_changes_nothing_elsewhere(void **unused)
{
	(void)unused;
	assert_int_equal(pf_add_memory(&mem, 0, NEW * MIB, 64 * MIB, PF_MEMMAP_ON_MEMORY), 0);
	online(NEW, 64, PF_ONLINE_AUTO);
	all_are(PAGES(NEW), PAGES(NEW + 64), PF_FREE);
}

static void descriptors_of_single_pages(void **unused)
{
	static pf_pfn got[1 << 17];
	unsigned long n = 0;

	(void)unused;
	while ((got[n] = pf_alloc_pages(&mem, 0, PF_GFP_MEMALLOC)) != PF_NO_PFN)
		n++;
	assert_int_equal(pf_add_memory(&mem, 0, NEW * MIB, 64 * MIB, 0), -PF_ENOMEM);
	says("there is no memory for its descriptors");
	/* Every other page comes free: no two are side by side. */
	for (unsigned long i = 0; i < n; i++)
		if (got[i] & 1) {
			pf_free_pages(&mem, got[i], 0);
			got[i] = PF_NO_PFN;
		}
	pf_set_watermarks(&mem, 128);
	add(NEW, 64);
	online(NEW, 64, PF_ONLINE_AUTO);
	offline(NEW, 64);
	gone(NEW, 64);
	for (unsigned long i = 0; i < n; i++)
		if (got[i] != PF_NO_PFN)
			pf_free_pages(&mem, got[i], 0);
}

#define WITH(how, name) cmocka_unit_test_setup_teardown(name, how, end)

/* --- no-free pages --- */

static void nofree_is_right(void)
{
	char why[240];

	all_is_right();
	if (!pf_verify_nofree(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

/* A chunk goes with its memory when no page of it is in use, and comes again with it. */
static void a_chunk_that_waits_goes_along(void **unused)
{
	const unsigned long nr = PF_BLOCK_PAGES;
	pf_pfn pfn = pf_alloc_nofree(&mem, 0, 0), start = pfn & ~(nr - 1);
	struct pf_obstacle obstacle;

	(void)unused;
	assert_true(pf_alloc_nofree(&mem, 0, 0) == pfn + 1);
	assert_int_equal(pf_free_nofree(&mem, pfn), 0);
	assert_int_equal(pf_offline_pages(&mem, start, nr, NULL, &obstacle), -PF_EBUSY);
	nofree_is_right();
	assert_int_equal(pf_free_nofree(&mem, pfn + 1), 0);
	assert_int_equal(pf_is_removable(&mem, start, nr, &obstacle), 0);
	assert_int_equal(pf_offline_pages(&mem, start, nr, NULL, &obstacle), 0);
	nofree_is_right();
	assert_int_equal(pf_free_nofree(&mem, pfn), -PF_EINVAL);
	host_forget_output();
	assert_int_equal(pf_online_pages(&mem, start, nr, PF_ONLINE_KERNEL), 0);
	nofree_is_right();
}

/* Runs are linked by low halves of pfns, which the zone's start completes: it moves. */
static void queues_outlive_a_zone_that_shrinks_and_grows(void **unused)
{
	static pf_pfn pfns[5 * PF_BLOCK_PAGES], gone[PAGES(RAM) >> PF_BLOCK_ORDER], few[350];
	const unsigned long nr = PF_BLOCK_PAGES, want = 4 * PF_BLOCK_PAGES - 100;
	unsigned long n = 0;

	(void)unused;
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, want, pfns), 0);
	for (unsigned long i = 0; i < 300; i++)
		pf_free_nofree(&mem, pfns[PF_BLOCK_PAGES + i * 7 % PF_BLOCK_PAGES]);
	for (pf_pfn pfn = PAGES(16) & ~(nr - 1); pfn < PAGES(16 + RAM); pfn += nr)
		if (!pf_offline_pages(&mem, pfn, nr, NULL, NULL))
			gone[n++] = pfn;
	assert_true(n > 0);
	nofree_is_right();
	assert_int_equal(pf_alloc_nofree_bulk(&mem, 0, 0, 350, few), 0);
	nofree_is_right();
	for (unsigned long i = 0; i < 350; i++)
		assert_int_equal(pf_free_nofree(&mem, few[i]), 0);
	while (n)
		assert_int_equal(pf_online_pages(&mem, gone[--n], nr, PF_ONLINE_KERNEL), 0);
	nofree_is_right();
	for (unsigned long i = 0; i < want; i++)
		if (pf_info_state(pf_page_info(&mem, pfns[i])) == PF_NOFREE &&
		    !pf_info_migratetype(pf_page(&mem, pfns[i])->info))
			assert_int_equal(pf_free_nofree(&mem, pfns[i]), 0);
	pf_drain_nofree(&mem, NUMA_NO_NODE);
	nofree_is_right();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(start, it_comes_and_goes),
		WITH(start_mapped, it_comes_and_goes),
		WITH(start_on_demand, it_comes_and_goes),
		WITH(start, all_of_it_is_of_use),
		WITH(start, zones_are_chosen_as_linux_does),
		WITH(start, allocations_follow),
		WITH(start, a_chunk_that_waits_goes_along),
		WITH(start_mapped, a_chunk_that_waits_goes_along),
		WITH(start_on_demand, a_chunk_that_waits_goes_along),
		WITH(start, queues_outlive_a_zone_that_shrinks_and_grows),
		WITH(start_mapped, queues_outlive_a_zone_that_shrinks_and_grows),
		WITH(start_on_demand, queues_outlive_a_zone_that_shrinks_and_grows),
		WITH(start, a_node_without_memory_gets_some),
		WITH(start, watermarks_follow),
		WITH(start, boot_memory_can_go_too),
		WITH(start_on_demand, boot_memory_can_go_too),
		WITH(start, what_cannot_come_is_told),
		WITH(start, what_is_not_offline_does_not_come_online),
		WITH(start, what_cannot_go_stays_as_it_was),
		WITH(start, what_can_move_is_moved),
		WITH(start, what_cpus_keep_goes_along),
		WITH(start, damaged_pages_stay_out),
		WITH(start_on_demand, damaged_pages_stay_out),
		WITH(start, a_wrong_mark_is_found_offline),
		WITH(start, a_chunk_that_goes_on_offline_is_found),
		WITH(start, pages_of_another_zone),
		WITH(start_mapped, descriptors_come_from_the_page_allocator),
		WITH(start_mapped, half_of_what_came_goes),
		WITH(start_mapped, descriptors_in_a_block_with_a_hole),
		WITH(start_mapped, descriptors_that_memblock_gave_go_too),
		WITH(start_mapped, descriptors_lie_in_the_range),
		WITH(start_mapped, ranges_with_maps_side_by_side),
		WITH(start_mapped, a_range_with_a_map_ends_where_another_begins),
		WITH(start_mapped, all_parts_come_back_when_one_stays),
		WITH(start_mapped, blocks_hold_descriptors_until_they_go),
		WITH(start_mapped, descriptors_that_went_are_out_of_reach),
		WITH(start, what_the_map_takes_is_counted),
		WITH(start_mapped, what_the_map_takes_is_counted),
		WITH(start_on_demand, what_the_map_takes_is_counted),
		WITH(start_mapped, without_memory_for_descriptors_nothing_comes),
		WITH(start_on_demand, what_was_described_on_demand_is_unmapped),
		WITH(start, readers_are_waited_for),
		WITH(start, memory_blocks_are_shown),
		WITH(start, only_what_is_isolated_goes_offline),
		WITH(start, what_is_removable),
		WITH(start, the_last_block_there_may_be_is_removable),
		WITH(NULL, a_zone_takes_what_its_links_reach),
		WITH(NULL, a_zone_ends_with_its_last_page),
		WITH(NULL, a_zone_begins_with_its_first_page),
		WITH(NULL, a_zone_of_nothing_but_a_hole_grows),
		WITH(NULL, the_first_node_may_be_missing),
		WITH(start, what_comes_may_have_been_elsewhere),
		WITH(start_zones, holes_are_filled_in_their_zone),
		WITH(start_zones, blocks_of_several_zones_are_shown),
		WITH(start_fixed, without_max_possible_pfn_nothing_changes),
		WITH(start_mapped, maps_that_cannot_change_are_told),
		WITH(start, nonsense_is_told),
		WITH(start, ranges_of_two_zones_do_not_go_at_once),
		WITH(NULL, large_ranges_go_in_stretches),
		WITH(start, blocks_of_the_reserve_are_counted),
		WITH(start, what_does_not_move_is_told),
		WITH(start_mapped, descriptors_do_not_go_before_what_they_describe),
		WITH(start, the_flag_changes_nothing_elsewhere),
		WITH(start_mapped, descriptors_of_single_pages),
	};

	return cmocka_run_group_tests_name("hotplug", tests, NULL, NULL);
}
