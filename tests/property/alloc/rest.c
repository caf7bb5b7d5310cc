/* SPDX-License-Identifier: MIT */
/* Drains, CMA areas, and what boot left for later, in between. */
#include "alloc.h"

/* --- drains --- */

static void expect_empty(unsigned c)
{
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			const struct pf_zone *zone = zone_of(nid, z);

			if (zone->pcp && pf_per_cpu_pages(&mem, zone, c))
				differ("CPU %u has pages of node %d, zone %d after a drain", c, nid,
				       z);
		}
}

void drain(void)
{
	unsigned c = (unsigned)below(nr_cpus);

	begin("a drain");
	if (one_in(2)) {
		if (!pf_drain_cpu(&mem, c))
			differ("CPU %u cannot be drained", c);
		expect_empty(c);
		return;
	}
	if (!pf_drain_all(&mem))
		differ("some CPU cannot be drained");
	for (c = 0; c < nr_cpus; c++)
		expect_empty(c);
}

/* --- CMA --- */

static bool is_one_place(unsigned long i, unsigned long n)
{
	for (unsigned long j = i; j < i + n; j++)
		if (j >= machine.pages || states[j] != PF_RESERVED || page_nid(j) != page_nid(i) ||
		    zones[j] != zones[i])
			return false;
	return true;
}

static bool is_givable(unsigned long i, unsigned long n)
{
	while (n--)
		if (!(page_is[i + n] & GIVABLE))
			return false;
	return true;
}

void init_cma(void)
{
	unsigned long i = below(machine.pages) & ~(PF_BLOCK_PAGES - 1);
	unsigned long n = (1 + below(4)) * PF_BLOCK_PAGES;
	bool good;
	int ret;

	if (one_in(16))
		n += 1 + below(PF_BLOCK_PAGES - 1);
	good = n % PF_BLOCK_PAGES == 0 && is_one_place(i, n);
	if (good && !is_givable(i, n))
		return;
	begin("pf_init_cma()");
	ret = pf_init_cma(&mem, pfn_of(i), pfn_of(i) + n);
	if (ret != (good ? 0 : -PF_EINVAL))
		differ("[%#lx, %#lx): it returns %d", pfn_of(i), pfn_of(i) + n, ret);
	if (!good)
		return;
	memset(&states[i], PF_FREE, n);
	memset(&block_is[i >> PF_BLOCK_ORDER], CMA, n >> PF_BLOCK_ORDER);
	recount();
	check_sum(page_nid(i), zones[i]);
	tally.cma_areas++;
}

/* --- late frees, and deferred memory --- */

void free_late(void)
{
	unsigned long i = below(machine.pages), n = 0;
	unsigned long most = 1 + below(one_in(2) ? 64 : 3 * PF_BLOCK_PAGES);
	int ret;

	while (i < machine.pages && !(page_is[i] & GIVABLE && states[i] == PF_RESERVED))
		i++;
	while (n < most && i + n < machine.pages && page_is[i + n] & GIVABLE &&
	       states[i + n] == PF_RESERVED)
		n++;
	if (!n)
		return;
	begin("a late free");
	ret = pf_free_late(&mem, PF_PFN_PHYS(pfn_of(i)), n * PF_PAGE_SIZE);
	if (ret && (ret != -PF_ENOMEM || !map_failures))
		differ("a late free of %lu pages at %#lx returns %d", n, pfn_of(i), ret);
	check_sum(page_nid(i), zones[i]);
	tally.late++;
	while (!ret && n--)
		if (states[i + n] != PF_FREE)
			differ("page %#lx is not free after a late free", pfn_of(i + n));
}

void release_deferred(void)
{
	begin("pf_release_deferred()");
	pf_release_deferred(&mem, (int)below(MAX_NODES), 1 + below(4 * PF_BLOCK_PAGES));
}

void init_descriptors(void)
{
	begin("pf_init_descriptors()");
	pf_init_descriptors(&mem, 1 + below(8));
}
