/* SPDX-License-Identifier: MIT */
/*
 * In place of src/isolate/isolated.c: a free page is isolated if its own descriptor says so, as the
 * migratetype that was left in it. "Look at expand(), which puts potentially numerous splitted free
 * pages on free_list, and doesn't set freepage_migratetype." (V. Babka on linux-mm, 19 November
 * 2014) Ours does not either: what says it is the block's entry.
 */
#include "../../../src/isolate/internal.h"

pf_pfn pf_test_pages_isolated(struct pf_mem *mem, pf_pfn start, pf_pfn end, unsigned flags)
{
	pf_pfn pfn = start;

	(void)flags;
	while (pfn < end) {
		const struct pf_block *b = pf_block(mem, pfn);
		uint32_t info = pf_load(&b->info);

		if (pf_info_state(info) == PF_SPLIT)
			info = pf_load(&page_of(mem, pfn)->info);
		if (pf_info_state(info) != PF_FREE || pf_info_migratetype(info) != PF_ISOLATE)
			break;
		pfn += 1ul << pf_info_order(info);
	}
	return pfn < end ? pfn : end;
}
