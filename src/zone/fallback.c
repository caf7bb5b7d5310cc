/* SPDX-License-Identifier: MIT */
/* Which zones and nodes are asked when the first cannot serve: nearest first. */
#include "internal.h"

static int distance(const struct pf_boot_config *config, int from, int to)
{
	if (config->distance)
		return config->distance(from, to);
	return from == to ? 10 : 20; /* ACPI's */
}

/* Nearest first; of those alike, the next by number, so that neighbours are spread. */
static int sort_fallback(const struct pf_mem *mem, const struct pf_boot_config *config, int nid,
			 uint16_t *order)
{
	int n = 0;

	for (int i = 0; i < mem->nr_nodes; i++) {
		int id = (nid + i) % mem->nr_nodes, at = n;

		if (!mem->nodes[id])
			continue;
		for (; at && distance(config, nid, order[at - 1]) > distance(config, nid, id); at--)
			order[at] = order[at - 1];
		order[at] = (uint16_t)id;
		n++;
	}
	return n;
}

int pfi_node_fallback(struct pf_mem *mem, const struct pf_boot_config *config, struct pf_node *node)
{
	size_t size = (size_t)mem->nr_nodes * sizeof(uint16_t);
	uint16_t *order = pfi_boot_alloc(mem, config, size, node->nid);

	if (!order)
		return pfi_no_room(size, node->nid);
	mem->nr_fallback = sort_fallback(mem, config, node->nid, order);
	node->fallback = order;
	pfi_find_highest(mem, node);
	return 0;
}
