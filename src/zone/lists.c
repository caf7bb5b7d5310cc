/* SPDX-License-Identifier: MIT */
/*
 * What allocation needs, where there is memory: free lists for each zone, lists for each CPU, and
 * where a CPU finds its own.
 */
#include "internal.h"

static int add_lists(struct pf_mem *mem, const struct pf_boot_config *config, struct pf_zone *zone)
{
	size_t lists = sizeof(*zone->free) * (PF_MAX_ORDER + 1);

	if (!zone->present)
		return 0;
	zone->free = pfi_boot_alloc(mem, config, lists, zone->nid);
	zone->pcp = pfi_boot_alloc_apart(mem, config, mem->nr_cpus * sizeof(*zone->pcp), zone->nid);
	return zone->free && zone->pcp ? 0 : pfi_no_room(lists, zone->nid);
}

static int add_node_lists(struct pf_mem *mem, const struct pf_boot_config *config,
			  struct pf_node *node)
{
	int ret = pfi_node_fallback(mem, config, node);

	for (int z = 0; z < PF_ZONES && !ret; z++)
		ret = add_lists(mem, config, &node->zone[z]);
	return ret;
}

/* CPUs of a node that is not there are the first one's that is. */
static int place_cpus(struct pf_mem *mem, const struct pf_boot_config *config)
{
	size_t size = mem->nr_cpus * sizeof(uint16_t);
	uint16_t *nodes = pfi_boot_alloc(mem, config, size, NUMA_NO_NODE);
	int first = 0;

	if (!nodes)
		return pfi_no_room(size, NUMA_NO_NODE);
	while (!mem->nodes[first])
		first++;
	for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++) {
		int nid = config->cpu_to_node ? config->cpu_to_node(cpu) : first;

		nodes[cpu] = (uint16_t)(nid >= 0 && nid < mem->nr_nodes && mem->nodes[nid] ? nid
											   : first);
	}
	mem->cpu_node = nodes;
	return 0;
}

int pfi_zone_lists(struct pf_mem *mem, const struct pf_boot_config *config)
{
	int ret;

	mem->nr_cpus = config->nr_cpus ? config->nr_cpus : 1;
	ret = place_cpus(mem, config);
	for (int nid = 0; nid < mem->nr_nodes && !ret; nid++)
		if (mem->nodes[nid])
			ret = add_node_lists(mem, config, mem->nodes[nid]);
	return ret;
}

static void place_pcp(struct pf_mem *mem, struct pf_zone *zone, unsigned cpu)
{
	struct pf_pcp *pcp = &zone->pcp[cpu];
	uint32_t place = (uint32_t)zone->type << PF_INFO_ZONE_SHIFT | (uint32_t)zone->nid
									      << PF_INFO_NODE_SHIFT;

	pcp->start_pfn = zone->start_pfn;
	pcp->pages = pf_page(mem, zone->start_pfn);
	pcp->place = place;
	for (unsigned i = 0; i < PF_PCP_ORDERS; i++) {
		zone->list_least[i] = 1;
		zone->list_most[i] = 1;
		pcp->size[i] = 1;
		pcp->full[i] = 1;
	}
	pcp->lists = pcp->hot[0];
	pcp->full_when = pcp->full;
	pcp->kind = place;
	mem->pcps[cpu * mem->pcp_row + PCP_LAST_FREED] = pcp; /* any will do */
}

/* The zones that its allocations ask first. */
static void place_first(struct pf_mem *mem, unsigned cpu)
{
	struct pf_node *node = mem->nodes[mem->cpu_node[cpu]];

	for (unsigned z = 0; z < PF_ZONES; z++)
		if (node->highest[z] < PF_ZONES)
			mem->pcps[cpu * mem->pcp_row + (z ^ PF_ZONE_NORMAL)] =
				&node->zone[node->highest[z]].pcp[cpu];
}

int pfi_zone_pcps(struct pf_mem *mem, const struct pf_boot_config *config)
{
	size_t size;

	mem->pcp_row = PCP_ROW;
	size = mem->nr_cpus * mem->pcp_row * sizeof(*mem->pcps);
	mem->pcps = pfi_boot_alloc(mem, config, size, NUMA_NO_NODE);
	if (!mem->pcps)
		return pfi_no_room(size, NUMA_NO_NODE);
	for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++) {
		for (int nid = 0; nid < mem->nr_nodes; nid++)
			for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
				if (mem->nodes[nid]->zone[z].pcp)
					place_pcp(mem, &mem->nodes[nid]->zone[z], cpu);
		place_first(mem, cpu);
	}
	return 0;
}
