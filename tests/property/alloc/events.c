/* SPDX-License-Identifier: MIT */
/* What the observer is told: each page is handed out and given back by turns, and none is left out.
 */
#include "alloc.h"

static bool observed;
static bool told_held[MAX_PAGES];
static pf_gfp expected_gfp;

static void observer(struct pf_mem *m, enum pf_event event, pf_pfn pfn, unsigned order, pf_gfp gfp)
{
	bool held = event == PF_EVENT_ALLOC;

	if (m != &mem || order > PF_MAX_ORDER || !in_window(pfn) ||
	    !in_window(pfn + (1ul << order) - 1))
		differ("the observer is told of %#lx, order %u", pfn, order);
	if (gfp != (held ? expected_gfp : 0))
		differ("the observer is told of %#x, not of %#x", gfp, held ? expected_gfp : 0);
	for (unsigned long i = pfn - machine.base, n = 1ul << order; n--; i++) {
		if (told_held[i] == held)
			differ("the observer is told twice of page %#lx", pfn_of(i));
		told_held[i] = held;
	}
}

void observe(bool on)
{
	for (unsigned long i = 0; on && i < machine.pages; i++)
		told_held[i] = states[i] == PF_ALLOCATED;
	observed = on;
	pf_observe(&mem, on ? observer : NULL);
}

void expect_gfp(pf_gfp gfp)
{
	expected_gfp = gfp;
}

void compare_events(void)
{
	for (unsigned long i = 0; observed && i < machine.pages; i++)
		if (told_held[i] != (states[i] == PF_ALLOCATED))
			differ("the observer was not told of page %#lx", pfn_of(i));
}
