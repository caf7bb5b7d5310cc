/* SPDX-License-Identifier: MIT */
/*
 * 115d9d77bb0f, January 2023: memblock_free_late() frees each page at once.
 *
 * It was thought right because a reserved page's descriptor is initialised by then, wherever it is;
 * nothing seemed to be in the way. But to free a page is to look at its buddy, and at the edges of
 * a range the buddy may be free memory whose descriptor the deferred thread has not reached. What
 * stands there is whatever was in that memory before. It was reverted within a month.
 */
#include "linux_handover.h"

static void free_late(struct linux_handover *h, const struct pages *p)
{
	for (uint64_t pfn = p->start; pfn < p->end; pfn++)
		linux_free_core(h, pfn, 0);
}

const struct late_free_way late_free_early = {
	.name = "early",
	.what = "memblock_free_late() frees at once, beside descriptors not yet initialised",
	.source = "115d9d77bb0f (Linux 6.2-rc, January 2023), reverted",
	.free_late = free_late,
};
