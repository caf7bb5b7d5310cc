/* SPDX-License-Identifier: MIT */
/*
 * Zones and nodes grow around what comes, and shrink to what is left. A zone that others read at
 * the time has a span that is too wide, never one that leaves its pages out; and who walks it asks
 * each block where it is.
 */
#include "internal.h"

/* --- a zone --- */

static void widen(struct pf_zone *zone, pf_pfn start, pf_pfn end)
{
	pf_pfn was = zone->start_pfn + zone->spanned;

	if (!zone->spanned) {
		pf_store(&zone->start_pfn, start);
		was = end;
	}
	if (start > zone->start_pfn)
		start = zone->start_pfn;
	end = max_pfn(end, was);
	pf_store(&zone->spanned, end - start);
	pf_store(&zone->start_pfn, start);
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
static void narrow(const struct pf_mem *mem, struct pf_zone *zone, pf_pfn start, pf_pfn end)
{
	pf_pfn from = zone->start_pfn, to = from + zone->spanned;

	if (start <= from)
		from = first_of_zone(mem, zone, max_pfn(from, min_pfn(end, to)), to);
	if (end >= to)
		to = end_of_zone(mem, zone, from, max_pfn(from, min_pfn(start, to)));
	if (from >= to)
		from = to = 0;
	pf_store(&zone->start_pfn, from);
	pf_store(&zone->spanned, to - from);
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

static void change(struct pf_mem *mem, struct pf_zone *zone, struct blocks b, unsigned long present,
		   bool grow)
{
	struct pf_node *node = mem->nodes[zone->nid];
	pf_pfn start = first_pfn_of(mem, b), end = end_pfn_of(mem, b);
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	if (grow)
		widen(zone, start, end);
	else
		narrow(mem, zone, start, end);
	pf_store(&zone->present, zone->present + present);
	pf_store(&node->present, node->present + present);
	pf_unlock_irqrestore(&zone->lock, flags);
	span_node(mem, node);
}

void pfi_zone_grow(struct pf_mem *mem, struct pf_zone *zone, struct blocks b, unsigned long present)
{
	change(mem, zone, b, present, true);
}

void pfi_zone_shrink(struct pf_mem *mem, struct pf_zone *zone, struct blocks b,
		     unsigned long present)
{
	change(mem, zone, b, 0 - present, false);
}
