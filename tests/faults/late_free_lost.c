/* SPDX-License-Identifier: MIT */
/*
 * Linux before January 2023, and again from February 2023 on for whoever calls
 * memblock_free_late().
 *
 * memblock_free_pages() leaves out pages beyond the deferred boundary. It was written for free
 * memory, where that is right: the deferred thread initialises and frees it. memblock_free_late()
 * used it too, and what it frees is reserved memory: that was initialised early, the thread passes
 * it over, and nobody ever comes back. Every figure looks sound; the machine is just smaller.
 *
 * The boundary is forgotten when the threads start, not when they have ended. So a late free that
 * comes while they run is not lost: it frees at once, and reads descriptors ahead of them.
 */
#include "linux_handover.h"

static void free_late(struct linux_handover *h, const struct pages *p)
{
	for (uint64_t pfn = p->start; pfn < p->end; pfn++)
		if (!linux_is_deferred(h, pfn))
			linux_free_core(h, pfn, 0);
}

const struct late_free_way late_free_lost = {
	.name = "lost",
	.what = "memblock_free_late() leaves out pages in the deferred range",
	.source = "Linux before 6.2, since 3a80a7fa7989 (2015)",
	.free_late = free_late,
};
