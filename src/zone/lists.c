/* SPDX-License-Identifier: MIT */
/*
 * What allocation needs, where there is memory: free lists for each zone, lists for each CPU, and
 * where a CPU finds its own.
 */
#include "internal.h"

/* Zones that get memory by hotplug: which of them is not known yet. */
static bool may_grow(const struct pf_mem *mem, const struct pf_zone *zone)
{
	return mem->hotplug &&
	       (zone->spanned || zone->type == PF_ZONE_NORMAL || zone->type == PF_ZONE_MOVABLE);
}

static int add_lists(struct pf_mem *mem, const struct pf_boot_config *config, struct pf_zone *zone)
{
	size_t lists = sizeof(*zone->free) * (PF_MAX_ORDER + 1);

	if (!zone->present && !may_grow(mem, zone))
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

/*
 * Links have 32 bits. A zone that may grow, up or down, counts from the first page that can ever
 * be, if they reach from there to the last.
 */
static pf_pfn base_of(const struct pf_mem *mem, const struct pf_zone *zone)
{
	unsigned long possible = mem->nr_blocks << PF_BLOCK_ORDER;

	if (mem->hotplug && (!zone->spanned || (possible - 1) >> 16 >> 16 == 0))
		return mem->first_pfn;
	return zone->start_pfn;
}

static void place_pcp(struct pf_mem *mem, struct pf_zone *zone, unsigned cpu)
{
	struct pf_pcp *pcp = &zone->pcp[cpu];
	uint32_t place = (uint32_t)zone->type << PF_INFO_ZONE_SHIFT | (uint32_t)zone->nid
									      << PF_INFO_NODE_SHIFT;

	pcp->base_pfn = zone->base_pfn;
	pcp->pages = pf_page(mem, zone->base_pfn);
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

static void place_zone(struct pf_mem *mem, struct pf_zone *zone)
{
	zone->base_pfn = base_of(mem, zone);
	for (unsigned cpu = 0; zone->pcp && cpu < mem->nr_cpus; cpu++)
		place_pcp(mem, zone, cpu);
}

/* The zones that its allocations ask first. */
static void place_first(struct pf_mem *mem, unsigned cpu)
{
	struct pf_node *node = mem->nodes[mem->cpu_node[cpu]];

	for (unsigned z = 0; z < PF_ZONES; z++) {
		struct pf_pcp *first =
			node->highest[z] < PF_ZONES ? &node->zone[node->highest[z]].pcp[cpu] : NULL;

		pf_store(&mem->pcps[cpu * mem->pcp_row + (z ^ PF_ZONE_NORMAL)], first);
	}
}

void pfi_find_highest(struct pf_mem *mem, struct pf_node *node)
{
	uint8_t highest = PF_ZONES;

	for (uint8_t z = 0; z < PF_ZONES; z++) {
		if (node->zone[z].present) /* never in DEVICE */
			highest = z;
		pf_store(&node->highest[z], highest);
	}
	for (unsigned cpu = 0; mem->pcps && cpu < mem->nr_cpus; cpu++)
		place_first(mem, cpu);
}

int pfi_zone_pcps(struct pf_mem *mem, const struct pf_boot_config *config)
{
	size_t size;

	mem->pcp_row = PCP_ROW;
	size = mem->nr_cpus * mem->pcp_row * sizeof(*mem->pcps);
	mem->pcps = pfi_boot_alloc(mem, config, size, NUMA_NO_NODE);
	if (!mem->pcps)
		return pfi_no_room(size, NUMA_NO_NODE);
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			place_zone(mem, &mem->nodes[nid]->zone[z]);
	for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++)
		place_first(mem, cpu);
	return 0;
}
