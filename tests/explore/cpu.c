/* SPDX-License-Identifier: MIT */
/* A CPU's own lists, and who else goes into them. */
#include "machine.h"
#include "scenarios.h"

/* The first CPU has pages on its list, and room for more. */
static void boot(void)
{
	struct pf_boot_config config = { .nr_cpus = 2 };
	pf_pfn pfn;

	machine_boot(&config, 0, 0);
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

static void check(void)
{
	all_is_right(PAGES, 0);
}

const struct xp_scenario drain_and_put = {
	.name = "drain-and-put",
	.title = "a CPU's lists are drained while it frees a page onto them",
	.setup = boot,
	.threads = { { "free", put_one, 0 }, { "drain", drain, 0 } },
	.check = check,
};
