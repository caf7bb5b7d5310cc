/* SPDX-License-Identifier: MIT */
/* Where an allocation looks: its CPU's lists, then zones within their watermarks, then harder. */
#include "pcp.h"

struct request {
	unsigned order;
	pf_gfp gfp;
	enum pf_zone_type highest;
	const struct pf_node *node; /* the preferred one */
	const struct pf_nodemask *nodes;
};

static enum pf_zone_type highest_zone(pf_gfp gfp)
{
	return (enum pf_zone_type)((gfp >> 4 & 7) ^ PF_ZONE_NORMAL);
}

static bool is_allowed(const struct request *r, int nid)
{
	return !r->nodes || r->nodes->bits[nid / 64] >> (nid % 64) & 1;
}

/* The @i'th node to ask; NULL: it is not allowed, or has no memory. */
static struct pf_node *nth_node(struct pf_mem *mem, const struct request *r, int i)
{
	struct pf_node *node = mem->nodes[r->node->fallback[i]];

	return is_allowed(r, node->nid) && node->highest[r->highest] < PF_ZONES ? node : NULL;
}

static int nodes_to_ask(const struct pf_mem *mem, const struct request *r)
{
	return r->gfp & PF_GFP_THISNODE ? 1 : mem->nr_fallback;
}

/* All zones that may serve it, down to their @mark. */
static pf_pfn ask_zones(struct pf_mem *mem, const struct request *r, enum pf_watermark mark)
{
	for (int i = 0; i < nodes_to_ask(mem, r); i++) {
		struct pf_node *node = nth_node(mem, r, i);

		for (int z = node ? node->highest[r->highest] : -1; z >= 0; z--) {
			pf_pfn pfn;

			if (!node->zone[z].pcp)
				continue;
			pfn = pfi_get(mem, &node->zone[z], r->order, mark, r->highest, r->gfp);
			if (pfn != PF_NO_PFN)
				return pfn;
		}
	}
	return PF_NO_PFN;
}

/* Whoever reclaims pages is told which zones would not give any more. */
static void tell_low(struct pf_mem *mem, const struct request *r)
{
	for (int i = 0; mem->low && i < nodes_to_ask(mem, r); i++) {
		struct pf_node *node = nth_node(mem, r, i);

		for (int z = node ? node->highest[r->highest] : -1; z >= 0; z--)
			if (node->zone[z].pcp)
				mem->low(mem, &node->zone[z], r->order);
	}
}

/* Memory that was left for later at boot. Return: is there more than before? */
static bool release_more(struct pf_mem *mem, const struct request *r)
{
	for (int i = 0; i < nodes_to_ask(mem, r); i++) {
		struct pf_node *node = nth_node(mem, r, i);

		if (node && pf_release_deferred(mem, node->nid, 1ul << PF_MAX_ORDER))
			return true;
	}
	return false;
}

static bool give_up_reserve(struct pf_mem *mem, const struct request *r)
{
	enum pf_migratetype type = (enum pf_migratetype)(r->gfp & PF_GFP_TYPE);
	bool any = false;

	for (int i = 0; i < nodes_to_ask(mem, r) && !any; i++) {
		struct pf_node *node = nth_node(mem, r, i);

		for (int z = node ? node->highest[r->highest] : -1; z >= 0 && !any; z--) {
			struct pf_zone *zone = &node->zone[z];
			pf_irqflags flags;

			if (!zone->pcp || !pf_load(&zone->nr_free_of[PF_HIGHATOMIC]))
				continue;
			flags = pf_lock_irqsave(&zone->lock);
			any = pfi_unreserve_highatomic(mem, zone, type);
			pf_unlock_irqrestore(&zone->lock, flags);
		}
	}
	return any;
}

/* Everything that could help is tried once; each of the loops ends when it has used up its kind. */
static pf_pfn ask_harder(struct pf_mem *mem, const struct request *r)
{
	pf_pfn pfn = ask_zones(mem, r, PF_WMARK_MIN);

	while (pfn == PF_NO_PFN && release_more(mem, r))
		pfn = ask_zones(mem, r, PF_WMARK_MIN);
	if (pfn == PF_NO_PFN) {
		pfi_drain_all(mem, !(r->gfp & PF_GFP_ATOMIC));
		pfn = ask_zones(mem, r, PF_WMARK_MIN);
	}
	while (pfn == PF_NO_PFN && give_up_reserve(mem, r))
		pfn = ask_zones(mem, r, PF_WMARK_MIN);
	return pfn;
}

/* The calling CPU's node, or the first there is. */
static int local_node(struct pf_mem *mem)
{
	unsigned cpu = pf_pin();
	int nid = mem->cpu_node[cpu < mem->nr_cpus ? cpu : 0];

	pf_unpin();
	return nid;
}

static pf_pfn alloc_slowly(struct pf_mem *mem, unsigned order, pf_gfp gfp, int nid,
			   const struct pf_nodemask *nodes)
{
	struct request r = { .order = order, .gfp = gfp, .nodes = nodes };
	pf_pfn pfn;

	if (order > PF_MAX_ORDER || (gfp & PF_GFP_TYPE) == PF_GFP_TYPE ||
	    highest_zone(gfp) >= PF_ZONES || nid >= mem->nr_nodes)
		return PF_NO_PFN;
	r.highest = highest_zone(gfp);
	if (nid < 0)
		nid = local_node(mem);
	r.node = mem->nodes[nid];
	if (!r.node)
		return PF_NO_PFN;
	pfn = ask_zones(mem, &r, PF_WMARK_LOW);
	if (pfn == PF_NO_PFN) {
		tell_low(mem, &r);
		pfn = ask_harder(mem, &r);
	}
	return pfn;
}

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
 * block, leads to the list, so that nothing waits for the reading. Return: false if it is of
 * another kind, or the list is full, or it has none.
 */
static __attribute__((always_inline)) inline bool free_quickly(struct pf_mem *mem, pf_pfn pfn,
							       unsigned index)
{
	const uint32_t kind = PF_INFO_PLACE | PF_INFO_MIGRATE | PF_INFO_MIXED;
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	unsigned cpu = pf_pin();
	bool done = false;

	if (likely(cpu < mem->nr_cpus)) {
		struct pf_pcp *pcp = mem->pcps[cpu * mem->pcp_row + PCP_LAST_FREED];

		if (likely(pf_cpu_enter(&pcp->lock))) {
			struct pf_pcp_list *hot = &pcp->lists[index * PF_PCP_TYPES];

			if (likely(!((info ^ pcp->kind) & kind)) &&
			    likely(hot->nr < pf_load(&pcp->full[index]))) {
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
				pfn = pcp_pop_block(mem, &pcp->hot[PF_PCP_SMALL][type]);
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

pf_pfn pfi_alloc(struct pf_mem *mem, unsigned order, pf_gfp gfp)
{
	return alloc_slowly(mem, order, gfp, NUMA_NO_NODE, NULL);
}

static __attribute__((noinline)) pf_pfn alloc_and_finish(struct pf_mem *mem, unsigned order,
							 pf_gfp gfp)
{
	pf_pfn pfn = order == PF_BLOCK_ORDER ? alloc_block_quickly(mem, gfp) : PF_NO_PFN;

	if (pfn == PF_NO_PFN)
		pfn = pfi_alloc(mem, order, gfp);
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
	return pfi_finish(mem, alloc_slowly(mem, order, gfp, nid, nodes), order, gfp);
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
