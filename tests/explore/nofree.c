/* SPDX-License-Identifier: MIT */
/*
 * Pages that stay: the review of FreeBSD's D49480, "vm_page: Allow PG_NOFREE pages to be freed".
 */
#include <pageframe/nofree.h>

#include "machine.h"
#include "scenarios.h"

static void get_nofree(void)
{
	xp_note("pf_alloc_nofree()");
	notes.pfn[0] = pf_alloc_nofree(&mem, 0, 0);
	if (notes.pfn[0] == PF_NO_PFN)
		xp_fail("there is no page");
	is_mine(notes.pfn[0], 1);
	xp_note("  = page %#lx", (unsigned long)notes.pfn[0]);
}

/* @kept: pages that are neither free nor somebody's, nor waiting. */
static void check_but(unsigned long kept)
{
	struct pf_nofree_stats stats;
	char why[240];

	pf_nofree_stats(&mem, 0, &stats);
	all_is_right(PAGES, stats.waiting + kept);
	if (!pf_verify_nofree(&mem, why, sizeof(why)))
		xp_fail("pf_verify_nofree(): %s", why);
}

static void check(void)
{
	check_but(0);
}

/* --- a chunk is used up before another is begun --- */

static void get_one(void)
{
	xp_note("pf_alloc_nofree()");
	is_mine(pf_alloc_nofree(&mem, 0, 0), 1);
	xp_note("  done");
}

static void check_chunks(void)
{
	struct pf_nofree_stats stats;

	pf_nofree_stats(&mem, 0, &stats);
	if (stats.chunks != 1)
		xp_fail("%lu chunks for two pages", stats.chunks);
	check_but(0);
}

const struct xp_scenario nofree_by_two = {
	.name = "nofree-by-two",
	.title = "two CPUs want a page that stays, and there is no chunk yet",
	.setup = boot_free,
	.threads = { { "first", get_one, 0 }, { "second", get_one, 0 } },
	.check = check_chunks,
};

/* --- all or none --- */

#define MANY (PF_BLOCK_PAGES + 1)

/* Two blocks are left above the min watermark, which is the least that Linux has. */
static void boot_with_little(void)
{
	boot_free();
	get(PF_BLOCK_ORDER + 1, PF_GFP_UNMOVABLE);
	if (zone->nr_free != zone->watermark[PF_WMARK_MIN] + 2 * PF_BLOCK_PAGES)
		xp_fail("there are other watermarks than the scenario was made for");
}

static void get_many(void)
{
	pf_pfn pfns[MANY];

	xp_note("pf_alloc_nofree_bulk(%lu pages)", MANY);
	if (pf_alloc_nofree_bulk(&mem, 0, 0, MANY, pfns)) {
		xp_note("  = none");
		return;
	}
	for (unsigned i = 0; i < MANY; i++)
		is_mine(pfns[i], 1);
	xp_note("  done");
}

static void get_block(void)
{
	get(PF_BLOCK_ORDER, PF_GFP_UNMOVABLE);
}

const struct xp_scenario bulk_that_fails = {
	.name = "bulk-that-fails",
	.title = "no-free pages of two blocks are asked for at once, and another takes one of them",
	.setup = boot_with_little,
	.threads = { { "bulk", get_many, 0 }, { "block", get_block, 0 } },
	.check = check,
};

/* --- freed, and how --- */

static void boot_with_one(void)
{
	boot_free();
	get_nofree();
	port_mistake = true;
}

static void free_by_mistake(void)
{
	xp_note("pf_free_pages(page %#lx, order 0), which is another's no-free page",
		(unsigned long)notes.pfn[0]);
	pf_free_pages(&mem, notes.pfn[0], 0);
	get(0, PF_GFP_UNMOVABLE);
}

const struct xp_scenario nofree_freed_by_mistake = {
	.name = "nofree-mistake",
	.title = "somebody frees another's no-free page as if it were any page",
	.setup = boot_with_one,
	.threads = { { "mistake", free_by_mistake, 0 } },
	.check = check,
};

static void free_nofree(void)
{
	xp_note("pf_free_nofree(page %#lx)", (unsigned long)notes.pfn[0]);
	if (pf_free_nofree(&mem, notes.pfn[0])) {
		xp_note("  refused");
		return;
	}
	is_given_up(notes.pfn[0], 1);
	notes.value[0]++;
	xp_note("  done");
}

static void check_once(void)
{
	if (notes.value[0] != 1)
		xp_fail("page %#lx was freed %ld times", (unsigned long)notes.pfn[0],
			notes.value[0]);
	check();
}

const struct xp_scenario nofree_freed_by_two = {
	.name = "nofree-freed-by-two",
	.title = "two free one no-free page at the same time",
	.setup = boot_with_one,
	.threads = { { "owner", free_nofree, 0 }, { "mistake", free_nofree, 0 } },
	.check = check_once,
};

/* --- a chunk that is not what it was --- */

/* So it is known which page the next one will be. */
static void boot_with_next(void)
{
	boot_free();
	get_nofree();
	is_given_up(notes.pfn[0], 1);
	pf_free_nofree(&mem, notes.pfn[0]);
	pf_drain_nofree(&mem, 0);
	notes.pfn[1] = notes.pfn[0];
}

static void damage(void)
{
	notes.value[0] = poison(notes.pfn[1]);
}

/* Out now, or when it was freed by who had it for a moment; or it is no-free, and was refused. */
static void check_damage(void)
{
	if (notes.value[0] == 1 && notes.pfn[0] == notes.pfn[1])
		xp_fail("page %#lx is damaged, and was handed out", (unsigned long)notes.pfn[0]);
	check_but(notes.value[0] >= 0);
}

const struct xp_scenario nofree_and_damage = {
	.name = "nofree-and-damage",
	.title = "a page is found to be damaged while its block becomes no-free pages",
	.setup = boot_with_next,
	.threads = { { "nofree", get_nofree, 0 }, { "damage", damage, 0 } },
	.check = check_damage,
};
