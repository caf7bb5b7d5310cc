/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/at.c: the lock is that of the zone which the page's block was in
 * before it was had. Ours: who owns a page may do so (Linux: free_one_page() is given page_zone()),
 * and who does not finds the block in another zone, when hotplug has moved it meanwhile.
 */
#include "../../../src/page_alloc/internal.h"

#define pfi_lock_zone_of right_lock_zone_of
#include "../../../src/page_alloc/at.c"
#undef pfi_lock_zone_of

struct pf_zone *pfi_lock_zone_of(struct pf_mem *mem, pf_pfn pfn, pf_irqflags *flags)
{
	struct pf_zone *zone = pfi_zone_of(mem, pfn);

	if (zone)
		*flags = pf_lock_irqsave(&zone->lock);
	return zone;
}
