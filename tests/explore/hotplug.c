/* SPDX-License-Identifier: MIT */
/*
 * Memory that goes, and who looks at it meanwhile: D. Hildenbrand on linux-mm, 4 January 2021,
 * "uninitialized pmem struct pages".
 */
#include <pageframe/walk.h>

#include "machine.h"
#include "scenarios.h"

#define LAST (PAGES - PF_BLOCK_PAGES) /* the block that goes */

static void boot(void)
{
	struct pf_boot_config config = { .max_possible_pfn = MAX_PAGES };

	machine_boot(&config, 0, 0);
}

static bool offline(void)
{
	int ret;

	xp_note("pf_offline_pages(block %#lx)", LAST);
	ret = pf_offline_pages(&mem, LAST, PF_BLOCK_PAGES, NULL, NULL);
	xp_note("  = %d", ret);
	return !ret;
}

/* --- a walker --- */

static void offline_and_pull(void)
{
	if (!offline())
		xp_fail("free memory does not go offline");
	xp_note("the memory is pulled");
	pf_store(&notes.value[0], 1);
}

static void walk(void)
{
	unsigned turn = pf_read_lock(&mem.readers);

	if (pf_pfn_to_online_page(&mem, LAST)) {
		xp_note("page %#lx is online, and stays so", LAST);
		if (pf_load(&notes.value[0]))
			xp_fail("page %#lx is pulled under who found it online", LAST);
	}
	pf_read_unlock(&mem.readers, turn);
}

static void check(void)
{
	all_is_right(PAGES - PF_BLOCK_PAGES, 0);
}

const struct xp_scenario offline_and_walk = {
	.name = "offline-and-walk",
	.title = "memory goes offline while somebody looks at it",
	.setup = boot,
	.threads = { { "offline", offline_and_pull, 0 }, { "walk", walk, 0 } },
	.check = check,
};

/* --- its last page comes free in time, or not --- */

/* One page is in use. */
static void boot_in_use(void)
{
	boot();
	notes.pfn[0] = get(0, PF_GFP_MOVABLE);
}

static void free_it(void)
{
	put(notes.pfn[0], 0);
}

static void take_offline(void)
{
	pf_pfn block = block_start(notes.pfn[0]);
	int ret;

	xp_note("pf_offline_pages(block %#lx)", (unsigned long)block);
	ret = pf_offline_pages(&mem, block, PF_BLOCK_PAGES, NULL, NULL);
	xp_note("  = %d", ret);
	if (ret && ret != -PF_EBUSY)
		xp_fail("pf_offline_pages() returns %d", ret);
	notes.value[0] = !ret;
}

static void check_offline(void)
{
	if (!notes.value[0] && zone->nr_free_of[PF_ISOLATE])
		xp_fail("%lu pages of what did not go offline are withheld",
			zone->nr_free_of[PF_ISOLATE]);
	all_is_right(PAGES - (notes.value[0] ? PF_BLOCK_PAGES : 0), 0);
}

const struct xp_scenario offline_and_free = {
	.name = "offline-and-free",
	.title = "memory goes offline, or not, while its last page is freed",
	.setup = boot_in_use,
	.threads = { { "offline", take_offline, 0 }, { "free", free_it, 0 } },
	.check = check_offline,
};

/* --- another zone --- */

static void boot_with_damage(void)
{
	boot();
	must_poison(LAST);
}

static void rezone(void)
{
	if (!offline())
		return;
	xp_note("pf_online_pages(block %#lx), to MOVABLE", LAST);
	if (pf_online_pages(&mem, LAST, PF_BLOCK_PAGES, PF_ONLINE_MOVABLE))
		xp_fail("it does not come online again");
	xp_note("  done");
}

static void unpoison(void)
{
	xp_note("pf_unpoison_page(page %#lx)", LAST);
	notes.value[0] = !pf_unpoison_page(&mem, LAST);
	xp_note(notes.value[0] ? "  done" : "  refused");
}

static void check_zones(void)
{
	unsigned long free = zone->nr_free + mem.nodes[0]->zone[PF_ZONE_MOVABLE].nr_free;
	char why[240];

	if (!pf_verify(&mem, why, sizeof(why)))
		xp_fail("pf_verify(): %s", why);
	if (free + !notes.value[0] != PAGES)
		xp_fail("%lu of %lu pages are free, %d damaged", free, PAGES, !notes.value[0]);
}

const struct xp_scenario rezone_and_unpoison = {
	.name = "rezone-and-unpoison",
	.title = "a page turns out not to be damaged while its block moves to another zone",
	.setup = boot_with_damage,
	.threads = { { "rezone", rezone, 0 }, { "unpoison", unpoison, 0 } },
	.check = check_zones,
};
