/* SPDX-License-Identifier: MIT */
/*
 * In place of src/isolate/isolated.c: pages on per-CPU lists count as isolated. "Why count pages on
 * pcplists as successfully isolated? isolate_freepages_range() will fail on them." (V. Babka on
 * linux-mm, 19 November 2014)
 */
#include "../../../src/isolate/internal.h"

pf_pfn pf_test_pages_isolated(struct pf_mem *mem, pf_pfn start, pf_pfn end, unsigned flags)
{
	pf_pfn pfn = start;

	(void)flags;
	while (pfn < end) {
		uint32_t info = pf_page_info(mem, pfn);
		enum pf_state state = pf_info_state(info);

		if (state != PF_FREE && state != PF_ISOLATED && state != PF_PER_CPU)
			break;
		pfn++;
	}
	return pfn;
}
