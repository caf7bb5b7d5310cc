/* SPDX-License-Identifier: MIT */
/*
 * "Redux", way 1, February 2023, not merged: memblock_free_late() takes the range out of
 * memblock.reserved, and deferred initialisation handles it like any other free range.
 *
 * Chunks are then initialised before a page of them is freed, so no buddy is read too early, and
 * nothing is lost. But these descriptors were initialised before, as those of reserved pages, and
 * now are again: whoever holds one, or has put it on a list meanwhile, finds it wiped. Its author
 * asked whether that may be; nobody could say.
 *
 * What is below the boundary must be freed at once, for the thread will not come there; and that
 * takes the kernel's own question, which answers "below" to everything as soon as the threads run.
 */
#include "linux_handover.h"

static void free_late(struct linux_handover *h, const struct pages *p)
{
	uint64_t pfn = p->start;

	while (pfn < p->end && !linux_is_deferred(h, pfn))
		linux_free_core(h, pfn++, 0);
	if (pfn < p->end)
		linux_release(h, &(struct pages){ pfn, p->end, p->zone });
}

const struct late_free_way late_free_redux = {
	.name = "redux",
	.what = "the range is reserved no longer; deferred initialisation frees it",
	.source = "A. Thompson, 6 February 2023, way 1; not merged",
	.free_late = free_late,
};
