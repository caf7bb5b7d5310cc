/* SPDX-License-Identifier: MIT */
/*
 * "Redux", way 3, February 2023, not written up: memblock_free_late() only sets a flag on the range
 * in memblock.reserved, and memblock_discard(), after deferred initialisation, frees what has it.
 *
 * Whatever comes before memblock_discard() is then freed when every descriptor is initialised.
 * Whatever comes after it sets a flag that nobody will look at: lost, all of it, and the array that
 * holds the flag may be somebody else's memory by then. And a kernel that keeps memblock
 * (CONFIG_ARCH_KEEP_MEMBLOCK) has no memblock_discard().
 */
#include "linux_handover.h"

static void free_late(struct linux_handover *h, const struct pages *p)
{
	*vec_add(&h->aside) = *p;
}

static void discard(struct linux_handover *h)
{
	for (size_t i = 0; i < h->aside.n; i++)
		for (uint64_t pfn = h->aside.at[i].start; pfn < h->aside.at[i].end; pfn++)
			linux_free_core(h, pfn, 0);
	h->aside.n = 0;
}

const struct late_free_way late_free_discard = {
	.name = "discard",
	.what = "the range is marked, and memblock_discard() frees it",
	.source = "A. Thompson, 6 February 2023, way 3; not merged",
	.free_late = free_late,
	.discard = discard,
};
