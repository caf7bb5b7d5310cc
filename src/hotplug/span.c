/* SPDX-License-Identifier: MIT */
/*
 * Zones and nodes grow around what comes, and shrink to what is left. A span is two words: who
 * needs both reads them under the zone's lock (pfi_zone_span()), and asks each block where it is.
 */
#include "internal.h"

/* --- a zone --- */

struct span {
	pf_pfn start, end;
};

static struct span widened(const struct pf_zone *zone, pf_pfn start, pf_pfn end)
{
	if (!zone->spanned)
		return (struct span){ start, end };
	return (struct span){ min_pfn(start, zone->start_pfn),
			      max_pfn(end, zone->start_pfn + zone->spanned) };
}

/* Is the page the zone's, and there? */
static bool has_page(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn pfn)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);

	if (info & PF_INFO_MIXED)
		info = pf_load(&page_of(mem, pfn)->info);
	return pf_info_state(info) != PF_ABSENT && pf_info_state(info) != PF_OFFLINE &&
	       (info & PF_INFO_PLACE) == info_place(zone->type, zone->nid);
}

/* Pages that one answer is for: one of a mixed block, or what is left of a block. */
static bool is_mixed(const struct pf_mem *mem, pf_pfn pfn)
{
	return pf_load(&pf_block(mem, pfn)->info) & PF_INFO_MIXED;
}

static pf_pfn first_of_zone(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn pfn,
			    pf_pfn end)
{
	while (pfn < end && !has_page(mem, zone, pfn))
		pfn = is_mixed(mem, pfn) ? pfn + 1 : block_end(pfn);
	return pfn;
}

static pf_pfn end_of_zone(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn start,
			  pf_pfn end)
{
	while (end > start && !has_page(mem, zone, end - 1))
		end = is_mixed(mem, end - 1) ? end - 1 : (end - 1) & ~(PF_BLOCK_PAGES - 1);
	return end;
}

/* Only an end that has gone moves: a hole at the other was there before. */
static struct span narrowed(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn start,
			    pf_pfn end)
{
	struct span s = { zone->start_pfn, zone->start_pfn + zone->spanned };

	if (start <= s.start)
		s.start = first_of_zone(mem, zone, max_pfn(s.start, min_pfn(end, s.end)), s.end);
	if (end >= s.end)
		s.end = end_of_zone(mem, zone, s.start, max_pfn(s.start, min_pfn(start, s.end)));
	if (s.start >= s.end)
		s.start = s.end = 0;
	return s;
}

/* --- its node --- */

/* It spans what its zones do. */
static void span_node(struct pf_mem *mem, struct pf_node *node)
{
	pf_pfn start = PF_NO_PFN, end = 0;

	for (int z = 0; z < PF_ZONES; z++) {
		const struct pf_zone *zone = &node->zone[z];

		if (!zone->spanned)
			continue;
		start = min_pfn(start, zone->start_pfn);
		end = max_pfn(end, zone->start_pfn + zone->spanned);
	}
	pf_store(&node->start_pfn, end ? start : 0);
	pf_store(&node->spanned, end ? end - start : 0);
	pfi_find_highest(mem, node);
}

/* In one's turn nobody else changes spans, so they are found without the lock. */
static void change(struct pf_mem *mem, struct pf_zone *zone, struct span s, unsigned long present)
{
	struct pf_node *node = mem->nodes[zone->nid];
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	pf_store(&zone->start_pfn, s.start);
	pf_store(&zone->spanned, s.end - s.start);
	pf_store(&zone->present, zone->present + present);
	pf_store(&node->present, node->present + present);
	pf_unlock_irqrestore(&zone->lock, flags);
	span_node(mem, node);
}

void pfi_zone_grow(struct pf_mem *mem, struct pf_zone *zone, struct blocks b, unsigned long present)
{
	change(mem, zone, widened(zone, first_pfn_of(mem, b), end_pfn_of(mem, b)), present);
}

void pfi_zone_shrink(struct pf_mem *mem, struct pf_zone *zone, struct blocks b,
		     unsigned long present)
{
	change(mem, zone, narrowed(mem, zone, first_pfn_of(mem, b), end_pfn_of(mem, b)),
	       0 - present);
}
