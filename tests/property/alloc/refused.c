/* SPDX-License-Identifier: MIT */
/*
 * An allocation has failed: had nobody what it wanted? By the library's own counts each time, and
 * by pages, merged from scratch, now and then.
 */
#include "alloc.h"

static bool is_movable(const struct request *r)
{
	return (r->gfp & PF_GFP_TYPE) == PF_GFP_MOVABLE;
}

static bool is_usable(const struct request *r, int type)
{
	return type < PF_CMA || (type == PF_CMA && is_movable(r));
}

/* Free pages that this request could have, and whether there is a chunk that is large enough. */
static unsigned long count_usable(const struct request *r, chunk_counts count, bool *fits)
{
	unsigned long pages = 0;

	*fits = false;
	for (unsigned order = 0; order <= PF_MAX_ORDER; order++)
		for (int t = 0; t < PF_MIGRATETYPES; t++) {
			if (!is_usable(r, t))
				continue;
			pages += count[order][t] << order;
			*fits |= order >= r->order && count[order][t];
		}
	return pages;
}

/* Chunks of that order that the zone owes this request. */
static unsigned long owed(const struct request *r, const struct pf_zone *z, chunk_counts count)
{
	bool fits;
	unsigned long pages = count_usable(r, count, &fits), keep = mark_for(z, r);

	if (!fits || pages <= keep + (1ul << r->order) - 1)
		return 0;
	return r->order ? 1 : pages - keep;
}

static void library_counts(const struct pf_zone *z, chunk_counts count)
{
	for (unsigned order = 0; order <= PF_MAX_ORDER; order++)
		for (int t = 0; t < PF_MIGRATETYPES; t++)
			count[order][t] = pf_free_chunks(z, order, (enum pf_migratetype)t);
}

/* @of: NULL: the library's */
static void nobody_owes(const struct request *r, unsigned long nr, chunk_counts of[][PF_ZONES])
{
	unsigned long sum = 0, one;
	chunk_counts own;

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			const struct pf_zone *zone = zone_of(nid, z);

			if (!is_permitted(r, nid, z) || !zone->pcp)
				continue;
			if (nr == 1 && on_cpus(zone))
				differ("order %u, flags %#x: it fails, with %lu pages of node %d, "
				       "zone %d on CPUs' lists",
				       r->order, r->gfp, on_cpus(zone), nid, z);
			if (!of)
				library_counts(zone, own);
			one = owed(r, zone, of ? of[nid][z] : own);
			sum += one;
			if (sum >= nr)
				differ("order %u, flags %#x: it fails, with %lu free in node %d, "
				       "zone %d, of which %lu are to be kept",
				       r->order, r->gfp, pf_zone_free(zone), nid, z,
				       mark_for(zone, r));
		}
}

static void nothing_deferred(const struct request *r)
{
	for (unsigned long i = 0; i < machine.pages; i += PF_BLOCK_PAGES)
		if (states[i] == PF_DEFERRED && is_permitted(r, page_nid(i), zones[i]))
			differ("it fails, with page %#lx deferred", pfn_of(i));
}

void refused(const struct request *r, unsigned long nr)
{
	static chunk_counts of[MAX_NODES][PF_ZONES];

	if (r->order > PF_MAX_ORDER || map_failures || !nr)
		return;
	nobody_owes(r, nr, NULL);
	tally.refused++;
	if (!one_in(1 + machine.pages / 1024))
		return;
	tally.refused_exactly++;
	nothing_deferred(r);
	read_found();
	merge_found(of);
	nobody_owes(r, nr, of);
}
