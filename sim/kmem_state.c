/* SPDX-License-Identifier: MIT */
#include "kmem_replay.h"

static void count_free(struct kmem_zone *z, const struct pf_zone *zone)
{
	for (unsigned o = 0; o <= PF_MAX_ORDER; o++)
		for (int t = 0; t < PF_MIGRATETYPES; t++) {
			z->free_of[t][o] = pf_free_chunks(zone, o, (enum pf_migratetype)t);
			z->free[o] += z->free_of[t][o];
		}
	z->has_buddy = z->has_types = true;
}

static void count_blocks(struct kmem_zone *z, const struct pf_mem *mem, const struct pf_zone *zone)
{
	unsigned long first = pf_block_nr(mem, zone->start_pfn);
	unsigned long last = pf_block_nr(mem, zone->start_pfn + zone->spanned - 1);

	for (unsigned long nr = first; nr <= last; nr++) {
		uint32_t info = pf_load(&mem->blocks[nr].info);

		if (pf_info_state(info) != PF_ABSENT && pf_info_node(info) == zone->nid &&
		    pf_info_zone(info) == zone->type && pf_info_migratetype(info) < PF_MIGRATETYPES)
			z->blocks[pf_info_migratetype(info)]++;
	}
	z->has_blocks = true;
}

void kmem_state_of(struct kmem_state *s, const struct pf_mem *mem)
{
	*s = (struct kmem_state){ .block_order = PF_BLOCK_ORDER };
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int t = 0; mem->nodes[nid] && t < PF_ZONES; t++) {
			const struct pf_zone *zone = &mem->nodes[nid]->zone[t];
			struct kmem_zone *z;

			if (!zone->present)
				continue;
			z = vec_add(&s->zones);
			z->nid = nid;
			z->name = pf_zone_name(zone->type);
			count_free(z, zone);
			count_blocks(z, mem, zone);
			for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++)
				z->per_cpu += pf_per_cpu_pages(mem, zone, cpu);
		}
}
