/* SPDX-License-Identifier: MIT */
/* Which zone memory that comes online goes to, as Linux chooses (zone_for_pfn_range()). */
#include "internal.h"

static bool intersects(struct pf_zone *zone, pf_pfn start, pf_pfn end)
{
	pf_pfn from, to;

	pfi_zone_span(zone, &from, &to);
	return from < to && start < to && end > from;
}

static struct pf_zone *kernel_zone(struct pf_node *node, pf_pfn start, pf_pfn end)
{
	for (int z = 0; z < PF_ZONE_NORMAL; z++)
		if (intersects(&node->zone[z], start, end))
			return &node->zone[z];
	return &node->zone[PF_ZONE_NORMAL];
}

struct pf_zone *pfi_zone_for(const struct pf_mem *mem, struct blocks b, int nid,
			     enum pf_online_to to)
{
	pf_pfn start = first_pfn_of(mem, b), end = end_pfn_of(mem, b);
	struct pf_node *node = mem->nodes[nid];
	struct pf_zone *kernel = kernel_zone(node, start, end);
	struct pf_zone *movable = &node->zone[PF_ZONE_MOVABLE];
	bool in_kernel = intersects(kernel, start, end);

	if (to == PF_ONLINE_AUTO && in_kernel != intersects(movable, start, end))
		return in_kernel ? kernel : movable;
	if (to == PF_ONLINE_AUTO && movable_node_enabled)
		return movable;
	return to == PF_ONLINE_MOVABLE ? movable : kernel;
}
