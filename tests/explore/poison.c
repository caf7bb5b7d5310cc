/* SPDX-License-Identifier: MIT */
/* A page is damaged, and in use, or about to be. */
#include "machine.h"
#include "scenarios.h"

/* One page is on the first CPU's list. */
static void boot(void)
{
	boot_free();
	notes.pfn[0] = get(0, PF_GFP_MOVABLE);
	put(notes.pfn[0], 0);
}

static void get_and_put(void)
{
	put(get(0, PF_GFP_MOVABLE), 0);
}

static void find_damage(void)
{
	notes.value[0] = poison(notes.pfn[0]);
}

static void find_it_too(void)
{
	notes.value[1] = poison(notes.pfn[0]);
}

/* It is out, for it was marked in time or free by then. Its owner has freed it. */
static void check(void)
{
	enum pf_state state = pf_info_state(pf_page_info(&mem, notes.pfn[0]));

	if ((notes.value[0] >= 0 || notes.value[1] >= 0) && state != PF_POISONED)
		xp_fail("page %#lx is damaged, and can be allocated", (unsigned long)notes.pfn[0]);
	all_is_right(PAGES, state == PF_POISONED);
}

const struct xp_scenario poison_and_get = {
	.name = "poison-and-get",
	.title = "a page on a CPU's list is found damaged while it is taken and freed",
	.setup = boot,
	.threads = { { "get", get_and_put, 0 }, { "poison", find_damage, 0 } },
	.check = check,
};

/* --- its owner frees it; there is nothing on the list --- */

static void boot_in_use(void)
{
	boot_free();
	notes.pfn[0] = get(0, PF_GFP_MOVABLE);
}

static void put_it(void)
{
	put(notes.pfn[0], 0);
}

const struct xp_scenario poison_and_put = {
	.name = "poison-and-put",
	.title = "a page is found damaged while its owner frees it",
	.setup = boot_in_use,
	.threads = { { "free", put_it, 0 }, { "poison", find_damage, 0 } },
	.check = check,
};

/* --- more is allocated than is needed, and what is left goes back --- */

/* The last page of the block that is taken next. */
static void boot_last(void)
{
	pf_pfn pfn;

	boot_free();
	pfn = get(PF_BLOCK_ORDER, PF_GFP_MOVABLE);
	put(pfn, PF_BLOCK_ORDER);
	pf_drain_all(&mem);
	notes.pfn[0] = pfn + PF_BLOCK_PAGES - 1;
}

static void get_and_put_three(void)
{
	pf_pfn pfn;

	xp_note("pf_alloc_pages_exact(3 pages)");
	pfn = pf_alloc_pages_exact(&mem, 3, PF_GFP_MOVABLE);
	if (pfn == PF_NO_PFN)
		xp_fail("there are no three pages");
	xp_note("  = page %#lx", (unsigned long)pfn);
	is_mine(pfn, 3);
	is_given_up(pfn, 3);
	pf_free_pages_exact(&mem, pfn, 3);
}

const struct xp_scenario poison_and_trim = {
	.name = "poison-and-trim",
	.title = "a page is found damaged while what is left of its chunk goes back",
	.setup = boot_last,
	.threads = { { "get", get_and_put_three, 0 }, { "poison", find_damage, 0 } },
	.check = check,
};

/* --- two find it damaged --- */

const struct xp_scenario poison_by_two = {
	.name = "poison-by-two",
	.title = "two find a page damaged while its owner frees it",
	.setup = boot_in_use,
	.threads = { { "free", put_it, 0 },
		     { "poison", find_damage, 0 },
		     { "again", find_it_too, 0 } },
	.check = check,
};
