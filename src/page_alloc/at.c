/* SPDX-License-Identifier: MIT */
/* One given chunk and no other. */
#include "internal.h"

/* Pages of one block, in one free chunk: buddies that are free are never apart. */
static int claim_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order)
{
	unsigned have;
	pf_pfn head;

	have = pfi_chunk_of(mem, zone, pfn, &head);
	if (have > PF_MAX_ORDER || have < order || block_type(mem, pfn) == PF_ISOLATE)
		return -PF_EBUSY;
	return pfi_cut(mem, zone, head, have, pfn, pfn + (1ul << order)) ? 0 : -PF_ENOMEM;
}

/* Blocks, which may be of several chunks, if their types keep them from merging. */
static int claim_blocks(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order)
{
	pf_pfn end = pfn + (1ul << order);

	for (pf_pfn at = pfn; at < end; at += PF_BLOCK_PAGES)
		if (pf_info_state(pf_block(mem, at)->info) != PF_FREE ||
		    block_type(mem, at) == PF_ISOLATE)
			return -PF_EBUSY;
	for (; pfn < end; pfn += PF_BLOCK_PAGES) {
		pf_pfn head;
		unsigned have = pfi_chunk_of(mem, zone, pfn, &head);

		pfi_cut(mem, zone, head, have, pfn, pfn + PF_BLOCK_PAGES);
	}
	return 0;
}

/* What is nowhere, or in two places, cannot be one chunk, whatever state it is in. */
static bool is_one_place(const struct pf_mem *mem, pf_pfn pfn, unsigned order, uint32_t place)
{
	pf_pfn end = pfn + (1ul << order);

	while (pfn < end) {
		uint32_t info = pf_load_acquire(&pf_block(mem, pfn)->info);
		pf_pfn next = (pfn | (PF_BLOCK_PAGES - 1)) + 1;

		if (info & PF_INFO_MIXED) {
			info = pf_load(&page_of(mem, pfn)->info);
			next = pfn + 1;
		}
		if (pf_info_state(info) == PF_ABSENT || (info & PF_INFO_PLACE) != place)
			return false;
		pfn = next;
	}
	return true;
}

/* Of a mixed block each page has its own. */
struct pf_zone *pfi_zone_of(struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info = pf_load_acquire(&pf_block(mem, pfn)->info);

	if (info & PF_INFO_MIXED)
		info = pf_load(&page_of(mem, pfn)->info);
	return pf_info_state(info) == PF_ABSENT ? NULL : pf_info_to_zone(mem, info);
}

struct pf_zone *pfi_lock_zone_of(struct pf_mem *mem, pf_pfn pfn, pf_irqflags *flags)
{
	struct pf_zone *zone = pfi_zone_of(mem, pfn), *now;

	for (; zone; zone = now) {
		*flags = pf_lock_irqsave(&zone->lock);
		zone->locked++;
		now = pfi_zone_of(mem, pfn);
		if (now == zone)
			break;
		pf_unlock_irqrestore(&zone->lock, *flags);
	}
	return zone;
}

/* @where: the zone of its first page, as long as the lock was held; NULL: none. */
static int claim(struct pf_mem *mem, pf_pfn pfn, unsigned order, struct pf_zone **where)
{
	pf_irqflags flags;
	struct pf_zone *zone = pfi_lock_zone_of(mem, pfn, &flags);
	int ret = -PF_EINVAL;

	*where = zone;
	if (!zone)
		return ret;
	if (is_one_place(mem, pfn, order, info_place(zone->type, zone->nid)))
		ret = order < PF_BLOCK_ORDER ? claim_pages(mem, zone, pfn, order)
					     : claim_blocks(mem, zone, pfn, order);
	if (!ret)
		pfi_mark_allocated(mem, zone, pfn, order, PF_UNMOVABLE);
	pf_unlock_irqrestore(&zone->lock, flags);
	return ret;
}

int pf_alloc_pages_at(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	struct pf_zone *zone, *drained = NULL;
	int ret;

	if (order > PF_MAX_ORDER || pfn & ((1ul << order) - 1) || !pf_mem_has_pfn(mem, pfn) ||
	    !pf_mem_has_pfn(mem, pfn + (1ul << order) - 1))
		return -PF_EINVAL;
	ret = claim(mem, pfn, order, &zone);
	/* Hotplug may have moved it to another zone meanwhile. */
	while (ret == -PF_EBUSY && zone != drained) {
		pfi_drain_zone(mem, zone, PFI_DRAIN_WAIT | PFI_DRAIN_EMPTY);
		drained = zone;
		ret = claim(mem, pfn, order, &zone);
	}
	if (!ret)
		pfi_finish(mem, pfn, order, 0);
	return ret;
}
