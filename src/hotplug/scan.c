/* SPDX-License-Identifier: MIT */
/* A block as compaction would see it. */
#include "internal.h"

#include <pageframe/walk.h>

static bool is_online(uint32_t info)
{
	return PF_ONLINE_STATES >> pf_info_state(info) & 1;
}

/* Under the zone's lock, a page of it. Return: pages up to the next to ask about. */
static unsigned long count(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn pfn,
			   struct pf_block_scan *scan)
{
	unsigned long step;
	const char *why = pfi_in_the_way(mem, pfn, PF_MOVABLE, 0, &step);
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	pf_pfn head;

	if (!is_online(info))
		scan->holes += step;
	else if (why)
		scan->unmovable += step;
	else if (pfi_chunk_of(mem, zone, pfn, &head) <= PF_MAX_ORDER)
		scan->free += step;
	else
		scan->movable += step;
	return step;
}

/* Pages of one zone. Return: where it stopped. */
static pf_pfn count_some(struct pf_mem *mem, pf_pfn pfn, pf_pfn end, struct pf_block_scan *scan)
{
	pf_irqflags flags;
	struct pf_zone *zone = pfi_lock_zone_of(mem, pfn, &flags);

	if (!zone) {
		scan->holes++;
		return pfn + 1;
	}
	while (pfn < end && pfi_zone_of(mem, pfn) == zone)
		pfn += count(mem, zone, pfn, scan);
	pf_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

bool pf_scan_block(struct pf_mem *mem, pf_pfn pfn, struct pf_block_scan *scan)
{
	pf_pfn end;
	uint32_t info;

	*scan = (struct pf_block_scan){ 0 };
	if (!pf_mem_has_pfn(mem, pfn))
		return false;
	info = pf_load_acquire(&pf_block(mem, pfn)->info);
	scan->type = pf_info_migratetype(info);
	end = block_end(pfn);
	for (pfn = end - PF_BLOCK_PAGES; pfn < end;)
		pfn = count_some(mem, pfn, end, scan);
	return scan->holes < PF_BLOCK_PAGES;
}
