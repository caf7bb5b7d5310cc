/* SPDX-License-Identifier: MIT */
/*
 * Is everything free in a range that somebody isolated? States tell, and nothing else: its block is
 * isolated, and it is in the free lists, or damaged. What a per-CPU list has is not isolated,
 * whatever it was freed as.
 */
#include "internal.h"

/* Pages from @pfn on that are what the caller waits for, of one chunk; 0: this one is not. */
static unsigned long done_from(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn pfn,
			       unsigned flags)
{
	const struct pf_block *b = pf_block(mem, pfn);
	enum pf_state state = pf_info_state(b->info);
	unsigned have;
	pf_pfn head;

	if (pf_info_migratetype(b->info) != PF_ISOLATE)
		return 0;
	if (state == PF_FREE)
		return PF_BLOCK_PAGES - (pfn & (PF_BLOCK_PAGES - 1));
	if (state != PF_SPLIT)
		return 0;
	state = pf_info_state(pf_load(&page_of(mem, pfn)->info));
	if (state == PF_POISONED)
		return flags & PF_ISOLATE_SKIP_POISONED ? 1 : 0;
	have = pfi_chunk_of(mem, zone, pfn, &head);
	return have < PF_BLOCK_ORDER ? head + (1ul << have) - pfn : 0;
}

/* The pages of one block. Whole free ones are told without the lock: nobody takes from them. */
static pf_pfn test_block(const struct pf_mem *mem, pf_pfn pfn, pf_pfn end, unsigned flags)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	unsigned long done = 1;
	struct pf_zone *zone;
	pf_irqflags irqs;

	if (pf_info_migratetype(info) != PF_ISOLATE) /* no hole is */
		return pfn;
	if (pf_info_state(info) == PF_FREE)
		return end;
	zone = lock_zone_of(mem, pfn, &irqs);
	while (pfn < end && done) {
		done = done_from(mem, zone, pfn, flags);
		pfn += done;
	}
	pf_unlock_irqrestore(&zone->lock, irqs);
	return min_pfn(pfn, end);
}

pf_pfn pf_test_pages_isolated(struct pf_mem *mem, pf_pfn start, pf_pfn end, unsigned flags)
{
	pf_pfn pfn = start;

	while (pfn < end && pf_mem_has_pfn(mem, pfn)) {
		pf_pfn stop = min_pfn((pfn | (PF_BLOCK_PAGES - 1)) + 1, end);

		pfn = test_block(mem, pfn, stop, flags);
		if (pfn < stop)
			break;
	}
	return pfn;
}
