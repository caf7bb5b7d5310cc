/* SPDX-License-Identifier: MIT */
/*
 * Since February 2026 ("x86/efi: defer freeing of boot services memory"): the caller does not call
 * memblock_free_late() any more. It notes the ranges, and frees them from an initcall, when
 * deferred initialisation is long over.
 *
 * Right at any time, for this caller. memblock_free_late() itself is as it was: another caller who
 * comes before deferred initialisation loses its pages as ever (late_free_lost.c), and
 * LATE_FREE_OTHER_CALLER shows that.
 */
#include "linux_handover.h"

static void free_late(struct linux_handover *h, const struct pages *p)
{
	*vec_add(&h->aside) = *p;
}

static void initcalls(struct linux_handover *h)
{
	for (size_t i = 0; i < h->aside.n; i++)
		for (uint64_t pfn = h->aside.at[i].start; pfn < h->aside.at[i].end; pfn++)
			linux_free_core(h, pfn, 0);
	h->aside.n = 0;
}

const struct late_free_way late_free_caller = {
	.name = "caller",
	.what = "the caller waits until deferred initialisation is over",
	.source = "Linux since February 2026, and its stable kernels",
	.free_late = free_late,
	.initcalls = initcalls,
	.other_caller = &late_free_lost,
};
