/* SPDX-License-Identifier: MIT */
/* Where an allocation looks that its CPU has nothing for: zones within their watermarks, then
 * harder. */
#include "internal.h"

#define DRAINS	    4 /* attempts, when others drain too */
#define CANNOT_WAIT (PF_GFP_ATOMIC | PFI_NO_WAIT)

struct request {
	unsigned order;
	pf_gfp gfp;
	enum pf_zone_type highest;
	const struct pf_node *node; /* the preferred one */
	const struct pf_nodemask *nodes;
};

static bool is_allowed(const struct request *r, int nid)
{
	return !r->nodes || r->nodes->bits[nid / 64] >> (nid % 64) & 1;
}

/* The @i'th node to ask; NULL: it is not allowed. */
static struct pf_node *nth_node(struct pf_mem *mem, const struct request *r, int i)
{
	struct pf_node *node = mem->nodes[r->node->fallback[i]];

	return is_allowed(r, node->nid) ? node : NULL;
}

static int nodes_to_ask(const struct pf_mem *mem, const struct request *r)
{
	return r->gfp & PF_GFP_THISNODE ? 1 : mem->nr_fallback;
}

/* What was left for later at boot is wanted before another zone, or less than its mark. */
static void hand_over_more(struct pf_mem *mem, struct pf_zone *zone, const struct request *r,
			   enum pf_watermark mark)
{
	while (pf_load(&zone->deferred) && !pfi_room(zone, r->order, mark, r->highest, r->gfp))
		if (!pf_release_deferred(mem, zone->nid, 1ul << PF_MAX_ORDER))
			return;
}

static pf_pfn ask_zone(struct pf_mem *mem, struct pf_zone *zone, const struct request *r,
		       enum pf_watermark mark)
{
	if (!zone->pcp)
		return PF_NO_PFN;
	hand_over_more(mem, zone, r, mark);
	return pfi_get(mem, zone, r->order, mark, r->highest, r->gfp);
}

/* All zones that may serve it, down to their @mark. */
static pf_pfn ask_zones(struct pf_mem *mem, const struct request *r, enum pf_watermark mark)
{
	for (int i = 0; i < nodes_to_ask(mem, r); i++) {
		struct pf_node *node = nth_node(mem, r, i);

		for (int z = node ? pfi_top_zone(node, r->highest) : -1; z >= 0; z--) {
			pf_pfn pfn = ask_zone(mem, &node->zone[z], r, mark);

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

		for (int z = node ? pfi_top_zone(node, r->highest) : -1; z >= 0; z--)
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

		for (int z = node ? pfi_top_zone(node, r->highest) : -1; z >= 0 && !any; z--) {
			struct pf_zone *zone = &node->zone[z];
			pf_irqflags flags;

			/* Only if it helps. */
			if (!zone->pcp || !pfi_room(zone, r->order, PF_WMARK_MIN, r->highest,
						    r->gfp | PF_GFP_ATOMIC))
				continue;
			flags = pf_lock_irqsave(&zone->lock);
			zone->locked++;
			any = pfi_unreserve_highatomic(mem, zone, r->order, type);
			pf_unlock_irqrestore(&zone->lock, flags);
		}
	}
	return any;
}

/* What CPUs hold of the zones that may serve it. Return: false if one was left out. */
static bool drain_zones(struct pf_mem *mem, const struct request *r)
{
	bool all = true;

	for (int i = 0; i < nodes_to_ask(mem, r); i++) {
		struct pf_node *node = nth_node(mem, r, i);

		for (int z = node ? pfi_top_zone(node, r->highest) : -1; z >= 0; z--)
			all &= pfi_drain_zone(
				mem, &node->zone[z],
				r->gfp & CANNOT_WAIT ? 0 : PFI_DRAIN_WAIT | PFI_DRAIN_EMPTY);
	}
	return all;
}

/* Everything that could help is tried once; each of the loops ends when it has used up its kind. */
static pf_pfn ask_harder(struct pf_mem *mem, const struct request *r)
{
	pf_pfn pfn = ask_zones(mem, r, PF_WMARK_MIN);
	bool drained = false;

	while (pfn == PF_NO_PFN && release_more(mem, r))
		pfn = ask_zones(mem, r, PF_WMARK_MIN);
	/* One that others are draining at the moment may have what is wanted. */
	for (int tries = 0; pfn == PF_NO_PFN && !drained && tries < DRAINS; tries++) {
		drained = drain_zones(mem, r) || r->gfp & CANNOT_WAIT;
		pfn = ask_zones(mem, r, PF_WMARK_MIN);
	}
	while (pfn == PF_NO_PFN && give_up_reserve(mem, r))
		pfn = ask_zones(mem, r, PF_WMARK_MIN);
	return pfn;
}

const struct pf_node *pfi_first_node(const struct pf_mem *mem, int nid)
{
	if (nid < 0) {
		unsigned cpu = pf_pin();

		nid = mem->cpu_node[cpu < mem->nr_cpus ? cpu : 0];
		pf_unpin();
	}
	return nid < mem->nr_nodes ? mem->nodes[nid] : NULL;
}

enum pf_zone_type pfi_highest_zone(pf_gfp gfp)
{
	enum pf_zone_type highest = (enum pf_zone_type)((gfp >> 4 & 7) ^ PF_ZONE_NORMAL);

	if ((gfp & PF_GFP_TYPE) == PF_GFP_TYPE)
		return PF_ZONES;
	/* From there on zones are for what can be moved, whatever is asked. */
	if (highest >= PF_ZONE_MOVABLE && highest < PF_ZONES &&
	    (gfp & PF_GFP_TYPE) != PF_GFP_MOVABLE)
		highest = PF_ZONE_HIGHMEM;
	return highest;
}

pf_pfn pfi_alloc(struct pf_mem *mem, unsigned order, pf_gfp gfp, int nid,
		 const struct pf_nodemask *nodes)
{
	struct request r = { .order = order, .gfp = gfp, .nodes = nodes };
	pf_pfn pfn;

	r.highest = pfi_highest_zone(gfp);
	r.node = pfi_first_node(mem, nid);
	if (order > PF_MAX_ORDER || r.highest >= PF_ZONES || !r.node)
		return PF_NO_PFN;
	pfn = ask_zones(mem, &r, PF_WMARK_LOW);
	if (pfn == PF_NO_PFN) {
		tell_low(mem, &r);
		pfn = ask_harder(mem, &r);
	}
	return pfn;
}

pf_pfn pfi_alloc_easily(struct pf_mem *mem, struct pf_zone *zone, unsigned order, pf_gfp gfp)
{
	struct request r = { .order = order, .gfp = gfp };

	r.highest = pfi_highest_zone(gfp);
	return ask_zone(mem, zone, &r, PF_WMARK_LOW);
}
