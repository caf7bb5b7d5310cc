/* SPDX-License-Identifier: MIT */
/* (being written) */
#include "internal.h"

void pf_set_watermarks(struct pf_mem *mem, unsigned long min_free_kbytes)
{
	(void)min_free_kbytes;
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++) {
			struct pf_zone *zone = &mem->nodes[nid]->zone[z];
			unsigned long batch = zone->managed / 1024;

			pf_store(&zone->pcp_batch, batch > 64  ? 64u
						   : batch < 1 ? 1u
							       : (uint32_t)batch);
		}
}
