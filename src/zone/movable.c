/* SPDX-License-Identifier: MIT */
/*
 * Where ZONE_MOVABLE begins on each node. Firmware's hot-pluggable memory decides with
 * movable_node, mirroring with kernelcore=mirror, else the amounts of kernelcore= and movablecore=,
 * spread evenly over the nodes (Documentation/admin-guide/kernel-parameters.txt; Linux:
 * find_zone_movable_pfns_for_nodes()).
 */
#include "internal.h"

#include <pageframe/port.h>

#define LARGEST_CHUNK (1ul << PF_MAX_ORDER)
#define MIRROR_FROM   PF_PFN_DOWN(PF_PHYS_MAX < 0x100000000ull ? PF_PHYS_MAX : 0x100000000ull)

static void lower_movable(struct pf_mem *mem, int nid, pf_pfn pfn)
{
	struct pf_node *node = NULL;

	if (node_or_first(nid) < mem->nr_nodes)
		node = mem->nodes[node_or_first(nid)];
	if (!node) /* less than a page */
		return;
	if (!node->movable_pfn) /* regions ascend */
		node->movable_pfn = pfn;
}

static void movable_from_hotplug(struct pf_mem *mem)
{
	const struct memblock_region *r;

	for_each_mem_region(r)
		if (memblock_is_hotpluggable(r))
			lower_movable(mem, memblock_get_region_node(r),
				      memblock_region_memory_base_pfn(r));
}

/* Memory below 4 GiB stays the kernel's, mirrored or not. */
static void movable_from_mirror(struct pf_mem *mem)
{
	const struct memblock_region *r;
	bool low = false;

	for_each_mem_region(r) {
		if (memblock_is_mirror(r))
			continue;
		if (memblock_region_memory_base_pfn(r) < MIRROR_FROM)
			low = true;
		else
			lower_movable(mem, memblock_get_region_node(r),
				      memblock_region_memory_base_pfn(r));
	}
	if (low)
		pf_port_print(PF_WARN, "kernelcore=mirror: some of the kernel's memory, below "
				       "4 GiB, is not mirrored");
}

/* In two steps, for a product with all pages may not fit. */
static unsigned long percent_of(unsigned long pages, unsigned percent)
{
	return pages / 100 * percent + pages % 100 * percent / 100;
}

/* Pages that are to be the kernel's; 0, or all there are: no ZONE_MOVABLE. */
static unsigned long wanted_core(const struct pf_mem *mem, const struct pf_movable_config *c)
{
	unsigned long total = 0, core = c->kernelcore, movable = c->movablecore;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		total += mem->nodes[nid] ? mem->nodes[nid]->present : 0;
	if (c->kernelcore_percent)
		core = percent_of(total, c->kernelcore_percent);
	if (c->movablecore_percent)
		movable = percent_of(total, c->movablecore_percent);
	if (movable) {
		movable = (movable + LARGEST_CHUNK - 1) & ~(LARGEST_CHUNK - 1);
		movable = movable < total ? movable : total;
		core = core > total - movable ? core : total - movable;
	}
	return core < total ? core : 0;
}

static unsigned long take(unsigned long *from, unsigned long pages)
{
	pages = pages < *from ? pages : *from;
	*from -= pages;
	return pages;
}

/*
 * Move the node's start of ZONE_MOVABLE up until @share more of its pages are the kernel's. What
 * lies below
 * @lowest, where the highest zone begins, is the kernel's anyway, and counts.
 */
static void grow_core(struct pf_node *node, pf_pfn lowest, unsigned long share, unsigned long *core)
{
	unsigned long start, end;
	int i;

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, NULL) {
		if (node_or_first(memblock_get_region_node(&memblock.memory.regions[i])) !=
		    node->nid)
			continue;
		start = max_pfn(start, node->movable_pfn);
		if (start >= end)
			continue;
		if (start < lowest) {
			unsigned long below = min_pfn(end, lowest) - start;

			take(&share, below);
			take(core, below);
			if (end <= lowest) {
				node->movable_pfn = end;
				continue;
			}
			start = lowest;
		}
		end = start + take(&share, end - start);
		node->movable_pfn = end;
		take(core, end - start);
		if (!share)
			break;
	}
}

static void movable_from_amounts(struct pf_mem *mem, unsigned long core, pf_pfn lowest)
{
	unsigned long nodes = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		nodes += has_memory(mem->nodes[nid]);
	/* Nodes smaller than their share leave some over: once more, among fewer. */
	do {
		unsigned long share = core / nodes;

		for (int nid = 0; nid < mem->nr_nodes; nid++) {
			if (!has_memory(mem->nodes[nid]))
				continue;
			if (core < share)
				share = core / nodes;
			grow_core(mem->nodes[nid], lowest, share, &core);
		}
		nodes--;
	} while (nodes && core > nodes);
}

/* Chunks do not straddle its border; a node that has nothing behind it has no ZONE_MOVABLE. */
static void align_movable(struct pf_mem *mem)
{
	for (int nid = 0; nid < mem->nr_nodes; nid++) {
		struct pf_node *node = mem->nodes[nid];

		if (!node)
			continue;
		node->movable_pfn = (node->movable_pfn + LARGEST_CHUNK - 1) & ~(LARGEST_CHUNK - 1);
		if (node->movable_pfn >= node->start_pfn + node->spanned)
			node->movable_pfn = 0;
	}
}

void pfi_find_movable(struct pf_mem *mem, const struct pf_movable_config *config,
		      const struct zone_limits *limits)
{
	unsigned long core;

	if (movable_node_enabled) {
		movable_from_hotplug(mem);
	} else if (mirrored_kernelcore) {
		if (!memblock_has_mirror()) {
			pf_port_print(PF_WARN, "kernelcore=mirror: no memory is mirrored, ignored");
			return;
		}
		movable_from_mirror(mem);
	} else {
		core = wanted_core(mem, config);
		if (!core)
			return;
		movable_from_amounts(mem, core, limits->start[limits->highest]);
	}
	align_movable(mem);
}
