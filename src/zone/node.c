/* SPDX-License-Identifier: MIT */
/* The nodes that have memory, each described in memory of its own if there is room. */
#include "internal.h"

#include <pageframe/port.h>

#include "../lib/line.h"

int pfi_cannot_boot(const char *why)
{
	struct line l = { 0 };

	line_str(&l, "pf_boot: ");
	line_str(&l, why);
	pf_port_print(PF_ERR, l.text);
	return -PF_EINVAL;
}

int pfi_no_room(size_t size, int nid)
{
	struct line l = { 0 };

	line_str(&l, "memory map: no room for ");
	line_dec(&l, size);
	line_str(&l, " bytes on node ");
	line_int(&l, nid);
	line_str(&l, "; the machine cannot boot");
	pf_port_print(PF_ERR, l.text);
	return -PF_ENOMEM;
}

void *pfi_boot_alloc(struct pf_mem *mem, const struct pf_boot_config *config, size_t size, int nid)
{
	mem->memmap_bytes += (pf_phys)size;
	if (config->alloc)
		return config->alloc(size);
	return memblock_alloc_try_nid((pf_phys)size, PF_SMP_CACHE_BYTES, MEMBLOCK_LOW_LIMIT,
				      MEMBLOCK_ALLOC_ACCESSIBLE, nid);
}

void *pfi_boot_alloc_apart(struct pf_mem *mem, const struct pf_boot_config *config, size_t size,
			   int nid)
{
	uintptr_t at = (uintptr_t)pfi_boot_alloc(mem, config, size + PF_FETCHED - 1, nid);

	return (void *)((at + PF_FETCHED - 1) & ~(uintptr_t)(PF_FETCHED - 1));
}

static int count_nodes(void)
{
	int i, nid, highest = -1;

	for_each_mem_pfn_range(i, MAX_NUMNODES, NULL, NULL, &nid) {
		nid = node_or_first(nid);
		highest = nid > highest ? nid : highest;
	}
	return highest + 1;
}

static struct pf_node *add_node(struct pf_mem *mem, const struct pf_boot_config *config, int nid)
{
	struct pf_node *node = pfi_boot_alloc_apart(mem, config, sizeof(*node), nid);

	if (!node)
		return NULL;
	node->nid = nid;
	for (int z = 0; z < PF_ZONES; z++) {
		node->zone[z].type = (enum pf_zone_type)z;
		node->zone[z].nid = nid;
	}
	mem->nodes[nid] = node;
	return node;
}

static void widen(struct pf_node *node, pf_pfn start, pf_pfn end)
{
	pf_pfn node_end = max_pfn(node->start_pfn + node->spanned, end);

	if (!node->spanned) /* ranges ascend */
		node->start_pfn = start;
	node->spanned = node_end - node->start_pfn;
	node->present += end - start;
}

int pfi_nodes_init(struct pf_mem *mem, const struct pf_boot_config *config)
{
	unsigned long start, end;
	int i, nid;

	mem->nr_nodes = count_nodes();
	if (!mem->nr_nodes)
		return pfi_cannot_boot("there is no memory");
	if (config->nr_nodes > MAX_NUMNODES)
		return pfi_cannot_boot("there are more nodes than PF_MAX_NUMNODES");
	if (config->nr_nodes > mem->nr_nodes)
		mem->nr_nodes = config->nr_nodes;
	mem->nodes = pfi_boot_alloc(mem, config, (size_t)mem->nr_nodes * sizeof(*mem->nodes),
				    NUMA_NO_NODE);
	if (!mem->nodes)
		return pfi_no_room((size_t)mem->nr_nodes * sizeof(*mem->nodes), NUMA_NO_NODE);
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid) {
		nid = node_or_first(nid);
		if (!mem->nodes[nid] && !add_node(mem, config, nid))
			return pfi_no_room(sizeof(struct pf_node), nid);
		widen(mem->nodes[nid], start, end);
	}
	for (nid = 0; nid < config->nr_nodes; nid++) /* those without memory */
		if (!mem->nodes[nid] && !add_node(mem, config, nid))
			return pfi_no_room(sizeof(struct pf_node), nid);
	return 0;
}
