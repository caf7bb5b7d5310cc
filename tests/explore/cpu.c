/* SPDX-License-Identifier: MIT */
/* A CPU's own lists, and who else goes into them. */
#include <pageframe/isolate.h>

#include "machine.h"
#include "scenarios.h"

/* The first CPU has pages on its list, and room for more. */
static void boot(void)
{
	pf_pfn pfn;

	boot_free();
	zone->pcp[0].full[0] = 4;
	pfn = get(0, PF_GFP_MOVABLE);
	notes.pfn[0] = get(0, PF_GFP_MOVABLE);
	put(pfn, 0);
}

static void put_one(void)
{
	put(notes.pfn[0], 0);
}

static void drain(void)
{
	xp_note("pf_drain_cpu(0)");
	if (!pf_drain_cpu(&mem, 0))
		xp_fail("a CPU that can be waited for is not drained");
	xp_note("  done");
}

const struct xp_scenario drain_and_put = {
	.name = "drain-and-put",
	.title = "a CPU's lists are drained while it frees a page onto them",
	.setup = boot,
	.threads = { { "free", put_one, 0 }, { "drain", drain, 0 } },
	.check = check_all,
};

/* --- a handler finds the lists entered --- */

static void get_two(void)
{
	get(1, PF_GFP_MOVABLE);
}

const struct xp_scenario interrupt_a_refill = {
	.name = "interrupt-a-refill",
	.title = "a handler frees a page while its CPU fills a list",
	.setup = boot,
	.threads = { { "task", get_two, 0 }, { "handler", put_one, 1 } },
	.check = check_all,
};

/* --- a page comes onto a list the short way, while its block is isolated --- */

static void isolate(void)
{
	xp_note("pf_isolate_range(block 0)");
	notes.value[0] = !pf_isolate_range(&mem, 0, PF_BLOCK_PAGES, PF_MOVABLE, 0, NULL);
	xp_note(notes.value[0] ? "  done" : "  refused");
}

static void check_isolated(void)
{
	if (notes.value[0])
		none_is_on_a_list(0);
	check_all();
}

const struct xp_scenario isolate_and_put = {
	.name = "isolate-and-put",
	.title = "a block is isolated while a page of it is freed as the one before was",
	.setup = boot,
	.threads = { { "free", put_one, 0 }, { "isolate", isolate, 0 } },
	.check = check_isolated,
};
