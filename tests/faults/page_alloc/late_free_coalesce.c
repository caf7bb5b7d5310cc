/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/free.c: how large a chunk will be is asked of its buddies' own
 * descriptors, beyond its block, too, where nobody may have written any. So did Linux's mend of
 * January 2023 for late frees that were lost, commit 115d9d77bb0f, reverted a month later;
 * tests/faults/late_free_early.c has it as a model.
 */
#define pfi_free_pages right_free_pages
#include "../../../src/page_alloc/free.c"
#undef pfi_free_pages

void pfi_free_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order,
		    enum list_end at_end)
{
	uint32_t place = info_place(zone->type, zone->nid);
	unsigned large = order;

	/* Large chunks are taken last. */
	while (large < PF_MAX_ORDER &&
	       is_buddy_page(mem, (pfn & ~((1ul << large) - 1)) ^ 1ul << large, place, large))
		large++;
	right_free_pages(mem, zone, pfn, order, large > order ? AT_TAIL : at_end);
}
