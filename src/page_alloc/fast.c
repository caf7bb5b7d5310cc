/* SPDX-License-Identifier: MIT */
/*
 * The hottest paths: a chunk that the calling CPU has on its lists, and back. Whatever they cannot
 * do is done elsewhere.
 */
#include "pcp.h"

/* A small chunk that the calling CPU has at hand, of the zone that is asked first. */
static __attribute__((always_inline)) inline pf_pfn alloc_quickly(struct pf_mem *mem,
								  unsigned order, pf_gfp gfp)
{
	unsigned type = gfp & PF_GFP_TYPE, cpu = pf_pin();
	pf_pfn pfn = PF_NO_PFN;

	if (likely(cpu < mem->nr_cpus)) {
		struct pf_pcp *pcp = pcp_first(mem, cpu, gfp);

		if (likely(pcp && pf_cpu_enter(&pcp->lock))) {
			struct pf_pcp_list *hot = &pcp->hot[order][type];

			if (likely(hot->nr))
				pfn = pcp_pop_page(pcp, hot, order, type);
			pf_cpu_leave(&pcp->lock);
		}
	}
	pf_unpin();
	return pfn;
}

/*
 * The other way, if it is of the kind that was freed last: the guess, and not what is read of the
 * block, leads to the list, so that nothing waits for the reading. The block is read inside: who
 * isolates it and drains this CPU then finds the page, or it is not put there. Return: false if it
 * is of another kind, or the list is full, or it has none.
 */
static __attribute__((always_inline)) inline bool free_quickly(struct pf_mem *mem, pf_pfn pfn,
							       unsigned index)
{
	unsigned cpu = pf_pin();
	bool done = false;

	if (likely(cpu < mem->nr_cpus)) {
		struct pf_pcp *pcp = mem->pcps[cpu * mem->pcp_row + PCP_LAST_FREED];

		if (likely(pf_cpu_enter(&pcp->lock))) {
			struct pf_pcp_list *hot = &pcp->lists[index * PF_PCP_TYPES];
			uint32_t info = pf_load(&pf_block(mem, pfn)->info);

			if (likely(!((info ^ pcp->kind) & PCP_KIND)) &&
			    likely(hot->nr < pf_load(&pcp->full_when[index]))) {
				pcp_push(mem, pcp, hot, index, pfn);
				done = true;
			}
			pf_cpu_leave(&pcp->lock);
		}
	}
	pf_unpin();
	return done;
}

/* A block that the calling CPU has at hand. */
static pf_pfn alloc_block_quickly(struct pf_mem *mem, pf_gfp gfp)
{
	unsigned type = gfp & PF_GFP_TYPE, cpu = pf_pin();
	pf_pfn pfn = PF_NO_PFN;

	if (cpu < mem->nr_cpus) {
		struct pf_pcp *pcp = pcp_first(mem, cpu, gfp);

		if (pcp && pf_cpu_enter(&pcp->lock)) {
			if (pcp->hot[PF_PCP_SMALL][type].nr)
				pfn = pcp_pop_block(mem, &pcp->hot[PF_PCP_SMALL][type], type);
			pf_cpu_leave(&pcp->lock);
		}
	}
	pf_unpin();
	return pfn;
}

/* The caller has it. */
pf_pfn pfi_finish(struct pf_mem *mem, pf_pfn pfn, unsigned order, pf_gfp gfp)
{
	pf_observer_fn observer = pf_load_acquire(&mem->observer);

	if (pfn == PF_NO_PFN)
		return pfn;
	if (gfp & PF_GFP_ZERO)
		pf_port_zero(pf_port_phys_to_virt(PF_PFN_PHYS(pfn)), PF_PAGE_SIZE << order);
	if (observer)
		observer(mem, PF_EVENT_ALLOC, pfn, order, gfp);
	return pfn;
}

static __attribute__((noinline)) pf_pfn alloc_and_finish(struct pf_mem *mem, unsigned order,
							 pf_gfp gfp)
{
	pf_pfn pfn = order == PF_BLOCK_ORDER ? alloc_block_quickly(mem, gfp) : PF_NO_PFN;

	if (pfn == PF_NO_PFN)
		pfn = pfi_alloc(mem, order, gfp, NUMA_NO_NODE, NULL);
	return pfi_finish(mem, pfn, order, gfp);
}

pf_pfn pf_alloc_pages(struct pf_mem *mem, unsigned order, pf_gfp gfp)
{
	if (likely(order < PF_PCP_SMALL)) {
		pf_pfn pfn = alloc_quickly(mem, order, gfp);

		if (likely(pfn != PF_NO_PFN)) {
			if (unlikely((gfp & PF_GFP_ZERO) || pf_load(&mem->observer)))
				return pfi_finish(mem, pfn, order, gfp);
			return pfn;
		}
	}
	return alloc_and_finish(mem, order, gfp);
}

pf_pfn pf_alloc_pages_node(struct pf_mem *mem, unsigned order, pf_gfp gfp, int nid,
			   const struct pf_nodemask *nodes)
{
	return pfi_finish(mem, pfi_alloc(mem, order, gfp, nid, nodes), order, gfp);
}

static __attribute__((noinline)) void free_and_tell(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	pf_observer_fn observer = pf_load_acquire(&mem->observer);

	if (observer)
		observer(mem, PF_EVENT_FREE, pfn, order, 0);
	if (order != PF_BLOCK_ORDER || !free_quickly(mem, pfn, PF_PCP_SMALL))
		pfi_put(mem, pfn, order);
}

void pf_free_pages(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
#if PF_CHECK_FREE
	if (!pfi_check_free(mem, pfn, order))
		return;
#endif
	if (likely(order < PF_PCP_SMALL && !pf_load(&mem->observer)) &&
	    free_quickly(mem, pfn, order))
		return;
	free_and_tell(mem, pfn, order);
}

void pf_observe(struct pf_mem *mem, pf_observer_fn observer)
{
	pf_store_release(&mem->observer, observer);
}
