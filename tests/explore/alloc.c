/* SPDX-License-Identifier: MIT */
/* The page allocator alone. */
#include "machine.h"
#include "scenarios.h"

/* --- a page a CPU, and back, through their lists and the zone's --- */

static void get_and_put(void)
{
	put(get(0, PF_GFP_MOVABLE), 0);
}

const struct xp_scenario alloc_and_free = {
	.name = "alloc-and-free",
	.title = "two CPUs allocate a page each, and give it back",
	.setup = boot_free,
	.threads = { { "first", get_and_put, 0 }, { "second", get_and_put, 0 } },
	.check = check_all,
};

/* --- a handler frees while its CPU allocates --- */

static void boot_with_a_page(void)
{
	boot_free();
	notes.pfn[0] = get(0, PF_GFP_MOVABLE);
	notes.pfn[1] = get(0, PF_GFP_MOVABLE);
}

static void free_one(void)
{
	put(notes.pfn[0], 0);
}

static void free_and_get(void)
{
	put(notes.pfn[1], 0);
	get(0, PF_GFP_MOVABLE);
}

const struct xp_scenario free_in_interrupt = {
	.name = "free-in-interrupt",
	.title = "a handler frees a page while its CPU frees and allocates",
	.setup = boot_with_a_page,
	.threads = { { "task", free_and_get, 0 }, { "handler", free_one, 1 } },
	.check = check_all,
};
