/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/fast.c: what a page's block is for is read before its CPU goes
 * into its lists, as Linux does (free_unref_page(): get_pfnblock_migratetype(), then the list's
 * lock) and puts right later, under the zone's lock. Ours: isolation drains in between, and the
 * page comes onto a list after it.
 */
#define pf_free_pages right_free_pages
#include "../../../src/page_alloc/fast.c"
#undef pf_free_pages

static bool free_onto(struct pf_mem *mem, struct pf_pcp *pcp, uint32_t info, pf_pfn pfn,
		      unsigned order)
{
	struct pf_pcp_list *hot = &pcp->lists[order * PF_PCP_TYPES];
	bool done = false;

	if (!pf_cpu_enter(&pcp->lock))
		return false;
	if (!((info ^ pcp->kind) & PCP_KIND) && hot->nr < pf_load(&pcp->full_when[order])) {
		pcp_push(mem, pcp, hot, order, pfn);
		done = true;
	}
	pf_cpu_leave(&pcp->lock);
	return done;
}

void pf_free_pages(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	unsigned cpu = pf_pin();

	if (order >= PF_PCP_SMALL || cpu >= mem->nr_cpus) {
		right_free_pages(mem, pfn, order);
	} else if (pfi_check_free(mem, pfn, order) &&
		   !free_onto(mem, mem->pcps[cpu * mem->pcp_row + PCP_LAST_FREED], info, pfn,
			      order)) {
		free_and_tell(mem, pfn, order);
	}
	pf_unpin();
}
