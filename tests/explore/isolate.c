/* SPDX-License-Identifier: MIT */
/*
 * Isolation against frees and allocations: V. Babka on linux-mm, 19 November 2014, on "store
 * updated page migratetype to avoid misusing stale value".
 */
#include <pageframe/isolate.h>

#include "machine.h"
#include "scenarios.h"

static void boot(void)
{
	boot_free();
	notes.pfn[0] = get(0, PF_GFP_MOVABLE);
}

static void free_it(void)
{
	put(notes.pfn[0], 0);
}

/*
 * The block of the page that is freed meanwhile. Isolated or not, and then its pages are free or in
 * use.
 */
static void isolate(void)
{
	pf_pfn start = block_start(notes.pfn[0]), end = start + PF_BLOCK_PAGES;
	unsigned long free;

	xp_note("pf_isolate_range()");
	if (pf_isolate_range(&mem, start, end, PF_MOVABLE, 0, NULL)) {
		xp_note("  refused");
		return;
	}
	notes.value[0] = 1;
	if (pf_test_pages_isolated(&mem, start, end, 0) < end) {
		xp_note("  something is still in use");
		return;
	}
	xp_note("  all of it is free");
	free = pf_load(&zone->nr_free_of[PF_ISOLATE]); /* and nobody gets any of it */
	if (free != PF_BLOCK_PAGES)
		xp_fail("the range is said to be free, and %lu of %lu pages are", free,
			PF_BLOCK_PAGES);
}

static void check(void)
{
	if (notes.value[0])
		none_is_on_a_list(block_start(notes.pfn[0]));
	check_all();
}

const struct xp_scenario isolate_and_free = {
	.name = "isolate-and-free",
	.title = "a block is isolated while its last page in use is freed",
	.setup = boot,
	.threads = { { "free", free_it, 0 }, { "isolate", isolate, 0 } },
	.check = check,
};

/* --- a block that does not come whole again --- */

static void boot_with_damage(void)
{
	boot();
	must_poison(notes.pfn[0] ^ 1);
}

static void isolate_but_damaged(void)
{
	pf_pfn start = block_start(notes.pfn[0]), end = start + PF_BLOCK_PAGES;

	xp_note("pf_isolate_range()");
	notes.value[0] =
		!pf_isolate_range(&mem, start, end, PF_MOVABLE, PF_ISOLATE_SKIP_POISONED, NULL);
	xp_note(notes.value[0] ? "  done" : "  refused");
}

static void check_but_damaged(void)
{
	pf_pfn start = block_start(notes.pfn[0]), end = start + PF_BLOCK_PAGES, pfn = end;

	if (notes.value[0])
		pfn = pf_test_pages_isolated(&mem, start, end, PF_ISOLATE_SKIP_POISONED);
	if (pfn < end)
		xp_fail("page %#lx is free in an isolated block, and said to be in the way",
			(unsigned long)pfn);
	all_is_right(PAGES, 1);
}

const struct xp_scenario isolate_with_damage = {
	.name = "isolate-with-damage",
	.title = "a block with a damaged page is isolated while its last page in use is freed",
	.setup = boot_with_damage,
	.threads = { { "free", free_it, 0 }, { "isolate", isolate_but_damaged, 0 } },
	.check = check_but_damaged,
};

/* --- the whole block is wanted --- */

static void get_block(void)
{
	pf_pfn start = block_start(notes.pfn[0]);
	int ret;

	xp_note("pf_alloc_contig_range()");
	ret = pf_alloc_contig_range(&mem, start, start + PF_BLOCK_PAGES, PF_MOVABLE, 0, NULL, NULL);
	xp_note("  = %d", ret);
	if (ret && ret != -PF_EBUSY)
		xp_fail("pf_alloc_contig_range() returns %d", ret);
	if (!ret)
		is_mine(start, PF_BLOCK_PAGES);
}

static void check_contig(void)
{
	if (zone->nr_free_of[PF_ISOLATE])
		xp_fail("%lu pages are withheld", zone->nr_free_of[PF_ISOLATE]);
	check_all();
}

const struct xp_scenario contig_and_free = {
	.name = "contig-and-free",
	.title = "a block is wanted as a whole while its last page is freed",
	.setup = boot,
	.threads = { { "contig", get_block, 0 }, { "free", free_it, 0 } },
	.check = check_contig,
};
