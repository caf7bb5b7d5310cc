/* SPDX-License-Identifier: MIT */
/* Isolation against frees and allocations: seed 002. */
#include <pageframe/isolate.h>

#include "machine.h"
#include "scenarios.h"

static void boot(void)
{
	struct pf_boot_config config = { .nr_cpus = 2 };

	machine_boot(&config, 0, 0);
	notes.pfn[0] = get(0, PF_GFP_MOVABLE);
}

static void free_it(void)
{
	put(notes.pfn[0], 0);
}

/* The block of the page that is freed meanwhile. Isolated or not, and then its pages are free or in
 * use. */
static void isolate(void)
{
	pf_pfn start = notes.pfn[0] & ~(PF_BLOCK_PAGES - 1), end = start + PF_BLOCK_PAGES;

	xp_note("pf_isolate_range()");
	if (pf_isolate_range(&mem, start, end, PF_MOVABLE, 0, NULL)) {
		xp_note("  refused");
		return;
	}
	notes.value[0] = 1;
	notes.value[1] = pf_test_pages_isolated(&mem, start, end, 0) == end;
	xp_note(notes.value[1] ? "  all of it is free" : "  something is still in use");
}

static void check(void)
{
	pf_pfn start = notes.pfn[0] & ~(PF_BLOCK_PAGES - 1);

	if (notes.value[1] && zone->nr_free_of[PF_ISOLATE] != PF_BLOCK_PAGES)
		xp_fail("the range is said to be free, and %lu of %lu pages are",
			zone->nr_free_of[PF_ISOLATE], PF_BLOCK_PAGES);
	for (pf_pfn pfn = start; notes.value[0] && pfn < start + PF_BLOCK_PAGES; pfn++)
		if (pf_info_state(pf_page_info(&mem, pfn)) == PF_PER_CPU)
			xp_fail("page %#lx of an isolated block is on a CPU's list",
				(unsigned long)pfn);
	all_is_right(PAGES, 0);
}

const struct xp_scenario isolate_and_free = {
	.name = "isolate-and-free",
	.title = "a block is isolated while its last page in use is freed",
	.setup = boot,
	.threads = { { "free", free_it, 0 }, { "isolate", isolate, 0 } },
	.check = check,
};
