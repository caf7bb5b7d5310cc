/* SPDX-License-Identifier: MIT */
/*
 * A random machine of the hand-over's kind, with CPUs, distances between its nodes, and blocks that
 * may become CMA areas. That the hand-over is right is handover_model's to prove; here its hook
 * tells which pages are available.
 */
#include "alloc.h"

uint8_t page_is[MAX_PAGES];
uint8_t block_is[MAX_PAGES >> PF_BLOCK_ORDER];
unsigned nr_cpus, cpu;
int cpu_nodes[MAX_CPUS];
uint8_t distances[MAX_NODES][MAX_NODES];

static void released(struct pf_mem *m, pf_pfn start, unsigned long pages, enum pf_release how)
{
	(void)how;
	if (m != &mem || !in_window(start) || !in_window(start + pages - 1))
		differ("the hook is told of %lu pages at %#lx", pages, start);
	for (unsigned long i = start - machine.base; pages--; i++) {
		struct zone_model *z = &nodes[page_nid(i)].zone[zones[i]];

		if (states[i] != PF_RESERVED && states[i] != PF_DEFERRED)
			differ("page %#lx is released in state %d", pfn_of(i), states[i]);
		tally.deferred += states[i] == PF_DEFERRED;
		states[i] = PF_FREE;
		z->nr_free++;
		z->managed++;
	}
}

static void went_low(struct pf_mem *m, struct pf_zone *zone, unsigned order)
{
	if (m != &mem || order > PF_MAX_ORDER || zone != zone_of(zone->nid, (int)zone->type))
		differ("the low hook is told of nonsense");
	tally.low++;
	if (one_in(16))
		give_one_quietly();
}

/* --- before --- */

static int cpu_to_node(unsigned c)
{
	return cpu_nodes[c];
}

static int distance(int from, int to)
{
	return distances[from][to];
}

static void choose_cpus(void)
{
	nr_cpus = one_in(4) ? 1 : 1 + (unsigned)below(MAX_CPUS);
	for (unsigned c = 0; c < MAX_CPUS; c++) {
		cpu_nodes[c] = (int)below(MAX_NODES);
		while (!nodes[cpu_nodes[c]].present)
			cpu_nodes[c] = (cpu_nodes[c] + 1) % MAX_NODES;
	}
	for (int a = 0; a < MAX_NODES; a++)
		for (int b = 0; b < MAX_NODES; b++)
			distances[a][b] = a == b ? 10 : (uint8_t)(11 + below(6));
	machine.config.nr_cpus = nr_cpus;
	machine.config.cpu_to_node = cpu_to_node;
	machine.config.distance = distance;
	machine.config.low = went_low;
	machine.config.released = released;
	if (one_in(3)) /* for certain */
		machine.config.pages_at_once = 1 + below(machine.pages / 32);
}

/* Whole blocks, for CMA. They may lie in holes. */
static bool reserve_blocks(void)
{
	unsigned long blocks = machine.pages >> PF_BLOCK_ORDER;

	for (unsigned long n = below(6); n--;) {
		unsigned long i = below(blocks) << PF_BLOCK_ORDER;

		if (memblock_reserve(PF_PFN_PHYS(pfn_of(i)), (1 + below(6)) * PF_BLOCK_SIZE))
			return false;
	}
	return true;
}

static void not_givable(const void *array, size_t size)
{
	pf_phys base = pf_port_virt_to_phys(array);

	for (unsigned long i = 0; i < machine.pages; i++)
		if (PF_PFN_PHYS(pfn_of(i)) + PF_PAGE_SIZE > base &&
		    PF_PFN_PHYS(pfn_of(i)) < base + size)
			page_is[i] = 0;
}

/* Whole pages that are reserved now belong to nobody; what pf_boot() takes is the memory map. */
static void find_givable(void)
{
	const struct memblock_type *m = &memblock.memory, *r = &memblock.reserved;
	const struct memblock_region *region;

	memset(page_is, 0, sizeof(page_is));
	for_each_reserved_mem_region(region)
		for (pf_pfn pfn = PF_PFN_UP(region->base);
		     pfn < PF_PFN_DOWN(region->base + region->size); pfn++)
			if (in_window(pfn))
				page_is[pfn - machine.base] = GIVABLE;
	not_givable(m->regions, m->max * sizeof(*m->regions));
	not_givable(r->regions, r->max * sizeof(*r->regions));
}

/* --- after --- */

static void first_states(void)
{
	for (unsigned long i = 0; i < machine.pages; i++)
		states[i] = page_nid(i) < 0		       ? PF_ABSENT
			    : CELL_FLAGS(cells[2 * i]) & NOMAP ? PF_NOMAP
							       : PF_RESERVED;
	recount();
}

static void see_deferred(void)
{
	for (unsigned long i = 0; i < machine.pages; i++)
		if (states[i] == PF_RESERVED &&
		    pf_info_state(pf_page_info(&mem, pfn_of(i))) == PF_DEFERRED)
			states[i] = PF_DEFERRED;
	recount();
}

static void check_fallback(const struct pf_node *n)
{
	uint64_t seen = 0;
	int last = 0;

	for (int i = 0; i < mem.nr_fallback; i++) {
		int nid = n->fallback[i];

		if (nid >= MAX_NODES || seen >> nid & 1 || (!i && nid != n->nid))
			differ("the fallback list of node %d is no list of nodes", n->nid);
		if (distances[n->nid][nid] < last)
			differ("node %d is farther from node %d than the next", nid, n->nid);
		last = distances[n->nid][nid];
		seen |= (uint64_t)1 << nid;
	}
}

void change_cpu(void)
{
	cpu = (unsigned)below(nr_cpus + one_in(8));
	host_set_cpu(cpu);
}

bool boot(void)
{
	host_reset();
	machine_make();
	if (!machine_to_memblock() || !reserve_blocks())
		return false;
	begin("boot");
	memset(&mem, 0, sizeof(mem));
	memset(block_is, 0, sizeof(block_is));
	find_givable();
	rules_apply();
	choose_cpus();
	machine.fail_one_in = 0;
	if (pf_boot(&mem, &machine.config)) /* no room for the map: handover_model looks at that */
		return false;
	first_states();
	memblock_free_all(&mem);
	see_deferred();
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		if (mem.nodes[nid])
			check_fallback(mem.nodes[nid]);
	machine.fail_one_in = one_in(4) ? machine.fail_later : 0;
	change_cpu();
	return true;
}

void shut_down(void)
{
	if (mem.handed_over)
		memblock_discard(); /* arrays on the heap */
	pf_close(&mem);
	memmap_release();
}
