/* SPDX-License-Identifier: MIT */
#include <pageframe/boot.h>
#include <pageframe/nofree.h>
#include <pageframe/page_alloc.h>

#include "host.h"

typedef uint32_t item;

static struct pf_mem mem;
static unsigned long all_pages;

static void allocator_open(unsigned long pages, unsigned threads)
{
	const struct pf_boot_config config = { .alloc = touched, .nr_cpus = threads };

	host_reset();
	memblock_add(0, (pf_phys)pages * PAGE_BYTES);
	if (pf_boot(&mem, &config))
		die(host_output());
	memblock_free_all(&mem);
	all_pages = pages;
}

static inline void allocator_thread(unsigned cpu)
{
	host_set_cpu(cpu);
}

static inline bool get_gfp(unsigned order, pf_gfp gfp, item *chunk)
{
	pf_pfn pfn = pf_alloc_pages(&mem, order, gfp);

	*chunk = (item)pfn;
	return pfn != PF_NO_PFN;
}

static inline bool get(unsigned cpu, unsigned order, bool movable, item *chunk)
{
	(void)cpu;
	return get_gfp(order, movable ? PF_GFP_MOVABLE : PF_GFP_UNMOVABLE, chunk);
}

static inline bool get_last(unsigned cpu, unsigned order, item *chunk)
{
	(void)cpu;
	return get_gfp(order, PF_GFP_MOVABLE | PF_GFP_MEMALLOC, chunk);
}

static inline bool get_nofree(item *chunk)
{
	pf_pfn pfn = pf_alloc_nofree(&mem, NUMA_NO_NODE, 0);

	*chunk = (item)pfn;
	return pfn != PF_NO_PFN;
}

static inline void put(unsigned cpu, unsigned order, bool movable, item chunk)
{
	(void)cpu;
	(void)movable;
	pf_free_pages(&mem, chunk, order);
}

static inline void allocator_drain(void)
{
	pf_drain_nofree(&mem, NUMA_NO_NODE);
	if (!pf_drain_all(&mem))
		die("a CPU's lists could not be drained");
}

static inline unsigned long allocator_locked(void)
{
	unsigned long locked = 0;

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int type = 0; mem.nodes[nid] && type < PF_ZONES; type++)
			locked += pf_load(&mem.nodes[nid]->zone[type].locked);
	return locked;
}

static inline double allocator_metadata(void)
{
	return (double)mem.memmap_bytes + (double)sizeof(mem) -
	       (double)all_pages * (double)sizeof(struct pf_page);
}
