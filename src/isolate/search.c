/* SPDX-License-Identifier: MIT */
/*
 * Contiguous pages, wherever they can be had. A search goes over blocks once, from run to run of
 * pages that will do; who has looked at something does not look at it again. Whether they can be
 * had pf_alloc_contig_range() says.
 */
#include "internal.h"

/* --- what will do --- */

/* Blocks of the zone that are for such a caller. */
static bool is_suited(const struct search *s, uint32_t info)
{
	enum pf_migratetype type = pf_info_migratetype(info);

	if (info & PF_INFO_MIXED ||
	    (info & PF_INFO_PLACE) != info_place(s->zone->type, s->zone->nid))
		return false;
	return s->type == PF_CMA ? type == PF_CMA : is_ordinary(type);
}

/* @step: pages for which the answer is the same. Under the zone's lock. */
static bool will_do(const struct search *s, pf_pfn pfn, unsigned long *step)
{
	pf_pfn head;
	unsigned order = pfi_chunk_of(s->mem, s->zone, pfn, &head);

	if (order <= PF_MAX_ORDER) {
		*step = head + (1ul << order) - pfn;
		return true;
	}
	/* What the area's user has there cannot move either. */
	if (s->mover)
		return !pfi_in_the_way(s->mem, pfn, PF_MOVABLE, 0, step);
	order = pfi_used_chunk(s->mem, pfn, &head);
	*step = order <= PF_MAX_ORDER ? head + (1ul << order) - pfn : 1;
	return false;
}

/* The first pages of [@from, @to), which are of one block, that will do; none if @from is @to. */
static void first_run(const struct search *s, pf_pfn *from, pf_pfn *to)
{
	pf_pfn at = *from, end = *to;
	unsigned long step;
	bool will;

	for (*from = end; at < end; at += step) {
		will = will_do(s, at, &step);
		if (will && *from == end)
			*from = at;
		if (!will && *from < end)
			break;
	}
	*to = min_pfn(at, end);
}

/*
 * The same by the entry alone, if it tells. The first time only free blocks will do: a look into
 * each split one would take long. But pages that fit in there are to leave others whole.
 */
static void look_at_block(const struct search *s, pf_pfn *from, pf_pfn *to)
{
	const struct pf_block *b = pf_block(s->mem, *from);
	uint32_t info = pf_load_acquire(&b->info);
	pf_irqflags flags;
	struct pf_zone *zone;

	if (is_suited(s, info) && pf_info_state(info) == PF_FREE)
		return;
	if (!is_suited(s, info) ||
	    (!s->harder && (pf_info_state(info) != PF_SPLIT || s->nr > pf_load(&b->nr_free)))) {
		*from = *to;
		return;
	}
	zone = lock_zone_of(s->mem, *from, &flags);
	if (zone == s->zone)
		first_run(s, from, to);
	else
		*from = *to;
	pf_unlock_irqrestore(&zone->lock, flags);
}

/* --- where --- */

/* The first range from @at on. */
static pf_pfn find_place(const struct search *s, pf_pfn at)
{
	pf_pfn run = at; /* to @at all will do */

	while (at < s->end) {
		pf_pfn from = at, to = min_pfn(s->end, block_end(at));
		unsigned long skip;

		look_at_block(s, &from, &to);
		if (from != at)
			run = from;
		at = to;
		skip = -run & (s->align - 1);
		if (at - run >= skip && at - run - skip >= s->nr)
			return run + skip;
	}
	return PF_NO_PFN;
}

/* Where the search goes on when [@place, @place + nr) could not be had. */
static pf_pfn behind(const struct search *s, pf_pfn place, int ret, pf_pfn obstacle)
{
	pf_pfn end = place + s->nr;

	return ret == -PF_EBUSY && obstacle >= place ? obstacle + 1 : end;
}

pf_pfn pfi_search(const struct search *s, pf_gfp gfp)
{
	pf_pfn place = s->start;

	while ((place = find_place(s, place)) != PF_NO_PFN) {
		struct pf_obstacle obstacle = { 0 };
		int ret = pf_alloc_contig_range(s->mem, place, place + s->nr, s->type, gfp,
						s->mover, &obstacle);

		if (!ret)
			break;
		place = behind(s, place, ret, obstacle.pfn);
	}
	return place;
}

/* --- everywhere --- */

/* It keeps what its low watermark says. Return: as pfi_search(). */
static pf_pfn search_zone(struct search *s, struct pf_zone *zone, enum pf_zone_type highest,
			  pf_gfp gfp)
{
	if (!zone->pcp)
		return PF_NO_PFN;
	if (s->harder)
		pfi_drain_zone(s->mem, zone, PFI_DRAIN_WAIT);
	if (pfi_room(zone, 0, PF_WMARK_LOW, highest, gfp) < s->nr)
		return PF_NO_PFN;
	s->zone = zone;
	pfi_zone_span(zone, &s->start, &s->end);
	return pfi_search(s, gfp);
}

static pf_pfn search_nodes(struct search *s, const struct pf_node *first, enum pf_zone_type highest,
			   pf_gfp gfp)
{
	int nodes = gfp & PF_GFP_THISNODE ? 1 : s->mem->nr_fallback;
	pf_pfn pfn = PF_NO_PFN;

	for (int i = 0; i < nodes && pfn == PF_NO_PFN; i++) {
		struct pf_node *node = s->mem->nodes[first->fallback[i]];
		int z = pfi_top_zone(node, highest);

		for (; z >= 0 && pfn == PF_NO_PFN; z--)
			pfn = search_zone(s, &node->zone[z], highest, gfp);
	}
	return pfn;
}

pf_pfn pf_alloc_contig_pages(struct pf_mem *mem, unsigned long nr, unsigned long align, int nid,
			     pf_gfp gfp, const struct pf_mover *mover)
{
	struct search s = { .mem = mem, .nr = nr, .align = align, .type = PF_MOVABLE };
	const struct pf_node *node = nid < NUMA_NO_NODE ? NULL : pfi_first_node(mem, nid);
	enum pf_zone_type highest = pfi_highest_zone(gfp);
	pf_pfn pfn;

	if (!nr || !align || align & (align - 1) || !node || highest >= PF_ZONES)
		return PF_NO_PFN;
	pfn = search_nodes(&s, node, highest, gfp);
	if (pfn != PF_NO_PFN)
		return pfn;
	s.harder = true;
	s.mover = mover;
	return search_nodes(&s, node, highest, gfp);
}
