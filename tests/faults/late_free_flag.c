/* SPDX-License-Identifier: MIT */
/*
 * "Redux", way 2, February 2023, not written up: as way 1, and a flag in memblock.memory says that
 * the range's descriptors are initialised, so deferred initialisation only frees them.
 *
 * Before the threads start this is right. Its author found it a stretch: the flag is no property of
 * the memory but of its descriptors. And it has way 1's other weakness: once the threads run, the
 * kernel no longer knows where the boundary was, frees at once, and reads ahead of them.
 */
#include "linux_handover.h"

static void free_late(struct linux_handover *h, const struct pages *p)
{
	uint64_t pfn = p->start;

	while (pfn < p->end && !linux_is_deferred(h, pfn))
		linux_free_core(h, pfn++, 0);
	if (pfn == p->end)
		return;
	linux_release(h, &(struct pages){ pfn, p->end, p->zone });
	linux_ready_already(h, &(struct pages){ pfn, p->end, p->zone });
}

const struct late_free_way late_free_flag = {
	.name = "flag",
	.what = "as redux, and a flag keeps descriptors from a second initialisation",
	.source = "A. Thompson, 6 February 2023, way 2; not merged",
	.free_late = free_late,
};
