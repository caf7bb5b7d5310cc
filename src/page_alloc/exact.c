/* SPDX-License-Identifier: MIT */
/*
 * As many contiguous pages as somebody needs, no more: a chunk that has them, as the largest chunks
 * that the pages make. The others of it go back at once.
 */
#include "internal.h"

/* The chunks that @nr pages from @pfn on are kept in; below block order they end with their block.
 */
static unsigned piece_order(pf_pfn pfn, pf_pfn end)
{
	return fitting_order(pfn, end, PF_MAX_ORDER);
}

/*
 * The part of a block that is kept, and the rest of it, which goes back. Its block is split. It may
 * be marked: somebody may have learnt since it was allocated that a page is damaged.
 */
static void cut_tail(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end, pf_pfn stop,
		     enum pf_migratetype type)
{
	while (pfn < end) {
		unsigned order = piece_order(pfn, end);
		struct pf_page *page = page_of(mem, pfn);

		pf_store(&page->info, allocated_info(zone, order, type) |
					      (pf_load(&page->info) & PF_INFO_MARKED));
		pfn += 1ul << order;
	}
	if (pf_load(&pf_block(mem, end)->info) & PF_INFO_MARKED)
		pfi_free_marked(mem, zone, end, stop);
	else
		pfi_free_run(mem, zone, end, stop, AT_HEAD);
}

/* A chunk of at least a block. Return: false without memory for descriptors; nothing is changed. */
static bool trim_blocks(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end,
			unsigned order, enum pf_migratetype type)
{
	pf_pfn whole = end & ~(PF_BLOCK_PAGES - 1), stop = pfn + (1ul << order);
	unsigned long nr = pf_block_nr(mem, whole);

	if (whole < end && pfi_split(mem, nr, PF_TAIL))
		return false;
	if (whole < end)
		cut_tail(mem, zone, whole, end, whole + PF_BLOCK_PAGES, type);
	nr += whole < end;
	pfi_free_used_blocks(mem, zone, nr, pf_block_nr(mem, stop));
	while (pfn < whole) {
		unsigned piece = piece_order(pfn, whole);

		pfi_mark_allocated(mem, zone, pfn, piece, type);
		pfn += 1ul << piece;
	}
	return true;
}

static bool trim(struct pf_mem *mem, pf_pfn pfn, unsigned long nr, unsigned order,
		 enum pf_migratetype type)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	struct pf_zone *zone;
	pf_irqflags flags;
	bool done = true;

	if (info & PF_INFO_MIXED)
		info = pf_load(&page_of(mem, pfn)->info);
	zone = pf_info_to_zone(mem, info);
	flags = pf_lock_irqsave(&zone->lock);
	zone->locked++;
	if (order < PF_BLOCK_ORDER)
		cut_tail(mem, zone, pfn, pfn + nr, pfn + (1ul << order), type);
	else
		done = trim_blocks(mem, zone, pfn, pfn + nr, order, type);
	pf_unlock_irqrestore(&zone->lock, flags);
	return done;
}

pf_pfn pf_alloc_pages_exact(struct pf_mem *mem, unsigned long nr, pf_gfp gfp)
{
	unsigned order = 0;
	pf_pfn pfn;

	if (!nr || nr > 1ul << PF_MAX_ORDER)
		return PF_NO_PFN;
	while (1ul << order < nr)
		order++;
	pfn = pfi_alloc(mem, order, gfp, NUMA_NO_NODE, NULL);
	if (pfn == PF_NO_PFN)
		return pfn;
	if (nr < 1ul << order &&
	    !trim(mem, pfn, nr, order, (enum pf_migratetype)(gfp & PF_GFP_TYPE))) {
		pfi_put(mem, pfn, order);
		return PF_NO_PFN;
	}
	for (pf_pfn at = pfn; at < pfn + nr;) {
		unsigned piece = piece_order(at, pfn + nr);

		pfi_finish(mem, at, piece, gfp);
		at += 1ul << piece;
	}
	return pfn;
}

void pf_free_pages_exact(struct pf_mem *mem, pf_pfn pfn, unsigned long nr)
{
	pf_pfn end = pfn + nr;

	while (pfn < end) {
		unsigned order = piece_order(pfn, end);

		pf_free_pages(mem, pfn, order);
		pfn += 1ul << order;
	}
}
