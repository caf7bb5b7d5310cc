/* SPDX-License-Identifier: MIT */
/* Does the library say of each page, zone and list what the model says? */
#include "alloc.h"

uint8_t found[MAX_PAGES];

/* --- what the library says --- */

void read_found(void)
{
	struct pf_run run = { .end = mem.first_pfn };

	memset(found, PF_ABSENT, machine.pages);
	/* pf_page_info() calls a block on a CPU's list allocated. */
	while (pf_next_run(&mem, &run)) {
		if (!in_window(run.start) || !in_window(run.end - 1))
			differ("there is a run [%#lx, %#lx)", run.start, run.end);
		memset(&found[run.start - machine.base], (int)run.state, run.end - run.start);
	}
	for (unsigned long i = 0; i < machine.pages; i += PF_BLOCK_PAGES)
		if (found[i] == PF_ALLOCATED && pf_block(&mem, pfn_of(i))->use == PF_USE_PER_CPU)
			memset(&found[i], PF_PER_CPU, PF_BLOCK_PAGES);
}

static enum pf_migratetype type_at(unsigned long i)
{
	return pf_info_migratetype(pf_block(&mem, pfn_of(i))->info);
}

/* What it is for, or will be when it is not isolated any more. */
static enum pf_migratetype type_before(unsigned long i)
{
	uint32_t info = pf_block(&mem, pfn_of(i))->info;

	if (type_at(i) != PF_ISOLATE)
		return type_at(i);
	return (enum pf_migratetype)((info & PF_INFO_BEFORE) >> PF_INFO_BEFORE_SHIFT);
}

/* --- buddies, merged as far as they go --- */

/* Chunks of several blocks are made of one kind. */
static unsigned kind_at(unsigned long i)
{
	enum pf_migratetype type = type_at(i);

	return type < PF_HIGHATOMIC ? 0 : type;
}

static bool is_listed(unsigned long i)
{
	return found[i] == PF_FREE || found[i] == PF_ISOLATED;
}

static bool continues(unsigned long i, unsigned long j)
{
	if (!is_listed(j) || page_nid(i) != page_nid(j) || zones[i] != zones[j])
		return false;
	return j & (PF_BLOCK_PAGES - 1) || kind_at(i) == kind_at(j);
}

static void merge_run(unsigned long i, unsigned long end, chunk_counts count)
{
	while (i < end) {
		unsigned order = 0;

		while (order < PF_MAX_ORDER && !(pfn_of(i) & (1ul << order)) &&
		       end - i >= 2ul << order)
			order++;
		count[order][type_at(i)]++;
		i += 1ul << order;
	}
}

void merge_found(chunk_counts of[MAX_NODES][PF_ZONES])
{
	unsigned long end;

	memset(of, 0, sizeof(chunk_counts) * MAX_NODES * PF_ZONES);
	for (unsigned long i = 0; i < machine.pages; i = end) {
		for (end = i + 1; end < machine.pages && is_listed(i) && continues(i, end);)
			end++;
		if (is_listed(i))
			merge_run(i, end, of[page_nid(i)][zones[i]]);
	}
}

/* --- comparisons --- */

unsigned long on_cpus(const struct pf_zone *z)
{
	unsigned long pages = 0;

	for (unsigned c = 0; z->pcp && c < nr_cpus; c++)
		pages += pf_per_cpu_pages(&mem, z, c);
	return pages;
}

void check_sum(int nid, int zone)
{
	const struct pf_zone *z = zone_of(nid, zone);

	if (pf_zone_free(z) + on_cpus(z) != nodes[nid].zone[zone].nr_free)
		differ("node %d, zone %d: %lu pages are free and %lu on CPUs' lists, not %lu", nid,
		       zone, pf_zone_free(z), on_cpus(z), nodes[nid].zone[zone].nr_free);
}

static void check_pages(void)
{
	unsigned long seen[MAX_NODES][PF_ZONES] = { 0 };

	for (unsigned long i = 0; i < machine.pages; i++) {
		bool same = found[i] == (page_nid(i) < 0 ? PF_ABSENT : states[i]);

		if (!same && !(states[i] == PF_FREE && found[i] == PF_PER_CPU))
			differ("page %#lx is in state %d, not %d", pfn_of(i), found[i], states[i]);
		if (found[i] == PF_PER_CPU)
			seen[page_nid(i)][zones[i]]++;
	}
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			if (seen[nid][z] != on_cpus(zone_of(nid, z)))
				differ("node %d, zone %d: %lu pages are on CPUs' lists, not %lu",
				       nid, z, on_cpus(zone_of(nid, z)), seen[nid][z]);
}

static void check_lists(int nid, int zone, chunk_counts count)
{
	const struct pf_zone *z = zone_of(nid, zone);
	unsigned long of[PF_MIGRATETYPES] = { 0 };

	for (unsigned order = 0; order <= PF_MAX_ORDER; order++)
		for (int t = 0; t < PF_MIGRATETYPES; t++) {
			unsigned long is = pf_free_chunks(z, order, (enum pf_migratetype)t);

			if (is != count[order][t])
				differ("node %d, zone %d: list %d of order %u has %lu chunks, "
				       "not %lu",
				       nid, zone, t, order, is, count[order][t]);
			of[t] += is << order;
		}
	for (int t = PF_HIGHATOMIC; t <= PF_ISOLATE; t++)
		if (z->nr_free_of[t] != of[t])
			differ("node %d, zone %d: %lu pages of type %d are free, not %lu", nid,
			       zone, z->nr_free_of[t], t, of[t]);
}

static void check_zone(int nid, int zone)
{
	const struct pf_zone *z = zone_of(nid, zone);
	unsigned long avail = nodes[nid].zone[zone].nr_free;
	unsigned long cma = 0, highatomic = 0;

	if (z->managed != nodes[nid].zone[zone].managed)
		differ("node %d, zone %d: managed is %lu, not %lu", nid, zone, z->managed,
		       nodes[nid].zone[zone].managed);
	if (avail > z->managed)
		differ("the model has counted wrong");
	check_sum(nid, zone);
	for (unsigned long i = 0; i < machine.pages; i += PF_BLOCK_PAGES)
		if (page_nid(i) == nid && zones[i] == zone) {
			cma += block_is[i >> PF_BLOCK_ORDER] & CMA ? PF_BLOCK_PAGES : 0;
			highatomic += type_before(i) == PF_HIGHATOMIC ? PF_BLOCK_PAGES : 0;
		}
	if (z->nr_cma != cma || z->nr_highatomic != highatomic)
		differ("node %d, zone %d: %lu pages are CMA's, not %lu, and %lu of the high-atomic "
		       "reserve, not %lu",
		       nid, zone, z->nr_cma, cma, z->nr_highatomic, highatomic);
	tally.highatomic += highatomic > 0;
}

static void check_types(void)
{
	for (unsigned long i = 0; i < machine.pages; i += PF_BLOCK_PAGES)
		if (pf_mem_has_pfn(&mem, pfn_of(i)) &&
		    (!(block_is[i >> PF_BLOCK_ORDER] & CMA) != (type_before(i) != PF_CMA) ||
		     !(block_is[i >> PF_BLOCK_ORDER] & WITHDRAWN) != (type_at(i) != PF_ISOLATE)))
			differ("the block at %#lx is of type %d", pfn_of(i), (int)type_at(i));
}

void check_everything(void)
{
	static chunk_counts of[MAX_NODES][PF_ZONES];
	char why[256];

	begin("a comparison");
	read_found();
	recount();
	check_pages();
	check_types();
	merge_found(of);
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			check_zone(nid, z);
			check_lists(nid, z, of[nid][z]);
		}
	compare_events();
	if (!pf_verify(&mem, why, sizeof(why)))
		differ("pf_verify(): %s", why);
}
