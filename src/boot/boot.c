/* SPDX-License-Identifier: MIT */
/* Nodes, zones and the memory map, from what memblock knows. */
#include "internal.h"

#include "../memmap/poison.h"

static int bring_up(struct pf_mem *mem, const struct pf_boot_config *config)
{
	struct zone_limits limits;
	int ret;

	ret = pfi_zone_limits(&limits, config);
	if (!ret)
		ret = pfi_nodes_init(mem, config);
	if (ret)
		return ret;
	mem->zone_types = pfi_zone_types(&limits);
	mem->hotplug = config->max_possible_pfn != 0;
	mem->memory_block_order =
		config->memory_block_order ? config->memory_block_order : PF_MEMORY_BLOCK_ORDER;
	pfi_find_movable(mem, &config->movable, &limits);
	ret = pfi_zone_spans(mem, &limits);
	if (!ret)
		ret = pfi_zone_lists(mem, config);
	if (!ret)
		ret = pfi_memmap_place(mem, config);
	if (!ret)
		ret = pfi_zone_pcps(mem, config);
	if (!ret)
		ret = pfi_memmap_enter(mem, &limits);
	if (!ret)
		pfi_set_deferral(mem, config->pages_at_once);
	return ret;
}

int pf_boot(struct pf_mem *mem, const struct pf_boot_config *config)
{
	int ret;

	mem->released = config->released;
	mem->low = config->low;
	ret = bring_up(mem, config);
	if (ret)
		pf_close(mem);
	return ret;
}

void pf_close(struct pf_mem *mem)
{
	pfi_unbind_late(mem);
	if (mem->pages)
		unpoison(mem->pages, mem->nr_blocks * DESCRIPTORS_SIZE);
	*mem = (struct pf_mem){ 0 };
}
