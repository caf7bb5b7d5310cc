/* SPDX-License-Identifier: MIT */
/* Random requests: all orders, types, zones, nodes and flags. */
#include "alloc.h"

struct phase phase;

void change_phase(void)
{
	static const unsigned takes[] = { 4, 7, 8, 9, 12, 15 };

	phase.takes = takes[below(6)];
	phase.max_order = one_in(2) ? PF_MAX_ORDER : (unsigned)below(PF_MAX_ORDER + 1);
	phase.kernel_only = one_in(4);
	phase.in_need = one_in(4);
}

static pf_gfp some_type(void)
{
	if (one_in(2) && !phase.kernel_only)
		return PF_GFP_MOVABLE;
	return one_in(2) ? PF_GFP_UNMOVABLE : PF_GFP_RECLAIMABLE;
}

static pf_gfp some_zone_limit(pf_gfp type)
{
	if (type == PF_GFP_MOVABLE && one_in(2))
		return PF_GFP_ANY_ZONE;
	switch (below(6)) {
	case 0:
		return PF_GFP_DMA;
	case 1:
		return PF_GFP_DMA32;
	case 2:
		return PF_GFP_HIGHMEM;
	default:
		return PF_GFP_NORMAL;
	}
}

static pf_gfp some_flags(void)
{
	pf_gfp gfp = 0;

	if (one_in(2))
		return phase.in_need ? PF_GFP_HIGH | PF_GFP_ATOMIC : 0;
	gfp |= one_in(4) ? PF_GFP_HIGH : 0;
	gfp |= one_in(4) ? PF_GFP_ATOMIC : 0;
	gfp |= one_in(12) ? PF_GFP_MEMALLOC : 0;
	gfp |= one_in(6) ? PF_GFP_ZERO : 0;
	return gfp;
}

static unsigned some_order(void)
{
	unsigned max = phase.max_order;

	if (one_in(200))
		return PF_MAX_ORDER + 1 + (unsigned)below(3);
	if (one_in(4)) /* where there are per-CPU lists */
		return one_in(4) ? PF_BLOCK_ORDER : (unsigned)below(PF_PCP_SMALL);
	if (max > PF_BLOCK_ORDER && !one_in(16)) /* few of them fill a machine */
		max = PF_BLOCK_ORDER;
	return (unsigned)below(max + 1);
}

static int some_node(void)
{
	int nid = (int)below(MAX_NODES);

	return one_in(2) || !zone_of(nid, 0) ? -1 : nid;
}

static void make_mask(struct request *r)
{
	r->masked = true;
	for (int nid = 0; nid < MAX_NODES; nid++)
		if (!one_in(3))
			r->mask.bits[0] |= (uint64_t)1 << nid;
}

void make_request(struct request *r)
{
	*r = (struct request){ .order = some_order(), .gfp = some_type(), .nid = -1 };
	r->gfp |= some_zone_limit(r->gfp) | some_flags();
	if (one_in(2))
		return;
	r->nid = some_node();
	if (one_in(4))
		r->gfp |= PF_GFP_THISNODE;
	if (one_in(4))
		make_mask(r);
}

int preferred_node(const struct request *r)
{
	return r->nid >= 0 ? r->nid : cpu_nodes[cpu < nr_cpus ? cpu : 0];
}

bool is_permitted(const struct request *r, int nid, int zone)
{
	if (zone > (int)highest_zone_of(r->gfp))
		return false;
	if (r->masked && !(r->mask.bits[0] >> nid & 1))
		return false;
	return !(r->gfp & PF_GFP_THISNODE) || nid == preferred_node(r);
}
