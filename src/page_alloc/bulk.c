/* SPDX-License-Identifier: MIT */
/* Many single pages at once. */
#include "internal.h"

int pf_alloc_pages_bulk(struct pf_mem *mem, pf_gfp gfp, unsigned long nr, pf_pfn *pfns)
{
	for (unsigned long i = 0; i < nr; i++) {
		pfns[i] = pf_alloc_pages(mem, 0, gfp);
		if (pfns[i] == PF_NO_PFN) {
			pf_free_pages_bulk(mem, i, pfns);
			return -PF_ENOMEM;
		}
	}
	return 0;
}

void pf_free_pages_bulk(struct pf_mem *mem, unsigned long nr, const pf_pfn *pfns)
{
	for (unsigned long i = 0; i < nr; i++)
		pf_free_pages(mem, pfns[i], 0);
}
