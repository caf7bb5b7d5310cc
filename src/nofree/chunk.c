/* SPDX-License-Identifier: MIT */
/* Chunks come from the page allocator, and go back when they are complete. */
#include "internal.h"

/* Somebody may have learnt since it was allocated that a page of it is damaged. */
static bool is_damaged(const struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t marks = pf_load(&pf_block(mem, pfn)->info) & PF_INFO_MARKED;

	if (!marks || order == PF_BLOCK_ORDER)
		return marks;
	marks = 0;
	for (unsigned long i = 0; i < 1ul << order; i++)
		marks |= info_of(mem, pfn + i) & PF_INFO_MARKED;
	return marks;
}

/*
 * Each page of a new chunk says what it is. False: no memory for descriptors, or it is damaged; it
 * is as before.
 */
static bool become(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	struct pf_zone *zone = pfi_zone_of(mem, pfn);
	uint32_t info = nofree_info(info_place(zone->type, zone->nid) | info_order(order), WAITING);
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	bool done;

	zone->locked++;
	done = !is_damaged(mem, pfn, order) &&
	       (order < PF_BLOCK_ORDER || !pfi_split(mem, pf_block_nr(mem, pfn), PF_TAIL));
	for (unsigned long i = 0; done && i < 1ul << order; i++)
		pf_store(&page_of(mem, pfn + i)->info, info);
	pf_unlock_irqrestore(&zone->lock, flags);
	return done;
}

/*
 * What reserves are for is a page or two: only single ones may come from there. And blocks for who
 * cannot wait are not for what stays.
 */
static pf_gfp gfp_for(unsigned order, pf_gfp gfp)
{
	const pf_gfp in_need = PF_GFP_HIGH | PF_GFP_ATOMIC | PF_GFP_MEMALLOC;

	if (!order)
		return gfp;
	return (gfp & ~in_need) | (gfp & PF_GFP_ATOMIC ? PFI_NO_WAIT : 0);
}

/*
 * Has the zone nothing for unmovable ones, and no block but movable ones? Then a chunk of it is the
 * start of a block that was movable, or @order is had from one. A hint, without the lock.
 */
static bool is_taken_over(const struct pf_zone *zone, unsigned order)
{
	return !(pf_load(&zone->nonempty[PF_UNMOVABLE]) >> order) &&
	       !(pf_load(&zone->nonempty[PF_RECLAIMABLE]) >> PF_BLOCK_ORDER);
}

/* A block that became unmovable for nothing: it is no more. Whose pages are in use stays. */
static void give_type_back(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	unsigned long nr = pf_block_nr(mem, pfn);
	uint32_t info;
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	info = pf_load(&mem->blocks[nr].info);
	if (pf_info_state(info) == PF_FREE && pf_info_migratetype(info) == PF_UNMOVABLE)
		pfi_convert_block(mem, zone, nr, PF_MOVABLE);
	pf_unlock_irqrestore(&zone->lock, flags);
}

/* It is the caller's chunk from now on; or it is put back, and false. */
static bool add(struct pf_mem *mem, pf_pfn pfn, unsigned order, bool taken_over,
		struct imports *imports)
{
	struct pf_page *page;

	if (!become(mem, pfn, order)) {
		pfi_put(mem, pfn, order);
		if (taken_over)
			give_type_back(mem, pfi_zone_of(mem, pfn), pfn);
		return false;
	}
	page = page_of(mem, pfn);
	page->value = taken_over;
	page->links.next = (uint32_t)imports->first;
	page->links.prev = (uint32_t)((uint64_t)imports->first >> 32);
	imports->first = pfn;
	imports->pages += 1ul << order;
	return true;
}

/* Less than a block's worth, in use or waiting. */
static bool has_few(struct pf_node *node)
{
	pf_irqflags flags = pf_lock_irqsave(&node->nofree.lock);
	unsigned long pages = node->nofree.stats.handed_out + node->nofree.stats.waiting;

	pf_unlock_irqrestore(&node->nofree.lock, flags);
	return pages < PF_BLOCK_PAGES;
}

/*
 * As long as few pages stay, no other block has to become unmovable for them: the largest chunk
 * that is left in those that are will do. Only in the highest zone, for what lower ones have is for
 * who can use no other; and not when memory is scarce.
 */
static bool import_part(struct pf_mem *mem, pf_gfp gfp, struct pf_zone *zone, unsigned long nr,
			struct imports *imports)
{
	enum pf_zone_type highest = pfi_highest_zone(gfp);
	struct pf_node *node = mem->nodes[zone->nid];

	if (PF_NOFREE_ORDER != PF_BLOCK_ORDER || pfi_top_zone(node, highest) != (int)zone->type ||
	    !has_few(node))
		return false;
	if (!pfi_room(zone, PF_BLOCK_ORDER, PF_WMARK_LOW, highest, gfp_for(PF_BLOCK_ORDER, gfp)))
		return false;
	for (unsigned order = PF_BLOCK_ORDER - 1; order >= PART_ORDER && nr <= 1ul << order;
	     order--) {
		pf_pfn pfn = pfi_get(mem, zone, order, PF_WMARK_LOW, highest,
				     gfp_for(order, gfp) | PFI_NO_SPLIT | PFI_OWN_BLOCKS);

		if (pfn != PF_NO_PFN)
			return add(mem, pfn, order, false, imports);
	}
	return false;
}

bool pfi_nofree_import(struct pf_mem *mem, pf_gfp gfp, struct pf_zone *zone, unsigned long nr,
		       struct imports *imports)
{
	if (!zone->pcp)
		return false;
	if (import_part(mem, gfp, zone, nr, imports))
		return true;
	for (unsigned order = imports->order + 1; order--;) {
		bool taken_over = is_taken_over(zone, order);
		pf_pfn pfn = pfi_alloc_easily(mem, zone, order, gfp_for(order, gfp));

		if (pfn != PF_NO_PFN && add(mem, pfn, order, taken_over, imports)) {
			imports->order = order;
			return true;
		}
	}
	return false;
}

bool pfi_nofree_import_any(struct pf_mem *mem, pf_gfp gfp, int nid, struct imports *imports)
{
	for (unsigned order = imports->order + 1; order--;) {
		pf_pfn pfn = pfi_alloc(mem, order, gfp_for(order, gfp), nid, NULL);

		if (pfn != PF_NO_PFN && add(mem, pfn, order, false, imports)) {
			imports->order = order;
			return true;
		}
	}
	return false;
}

unsigned long pfi_nofree_room(const struct pf_mem *mem, pf_gfp gfp, const struct pf_node *node)
{
	enum pf_zone_type highest = pfi_highest_zone(gfp);
	unsigned long pages = 0;

	for (int z = (int)highest; z >= 0; z--) {
		const struct pf_zone *zone = &node->zone[z];

		if (!zone->pcp)
			continue;
		/* Who fails otherwise has what is kept for who cannot wait. */
		pages += pfi_room(zone, 0, PF_WMARK_MIN, highest, gfp | PF_GFP_ATOMIC);
		pages += pf_load(&zone->deferred);
		for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++)
			pages += pf_per_cpu_pages(mem, zone, cpu);
	}
	return pages;
}

pf_pfn pfi_nofree_pop(struct pf_mem *mem, struct imports *imports)
{
	pf_pfn pfn = imports->first;
	const struct pf_links *l = &page_of(mem, pfn)->links;

	imports->first = (pf_pfn)((uint64_t)l->prev << 32 | l->next);
	return pfn;
}

void pfi_nofree_return(struct pf_mem *mem, pf_pfn pfn)
{
	struct pf_zone *zone = pfi_zone_of(mem, pfn);
	pf_pfn end = pfn + chunk_size(info_of(mem, pfn));
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	zone->locked++;
	for (pf_pfn at = pfn; at < end; at++)
		pf_store(&page_of(mem, at)->info, info_place(zone->type, zone->nid) | PF_TAIL);
	pfi_free_run(mem, zone, pfn, end, AT_HEAD);
	pf_unlock_irqrestore(&zone->lock, flags);
}

void pfi_nofree_undo(struct pf_mem *mem, struct imports *imports)
{
	while (imports->first != PF_NO_PFN) {
		pf_pfn pfn = pfi_nofree_pop(mem, imports);
		struct pf_zone *zone = pfi_zone_of(mem, pfn);
		bool taken_over = page_of(mem, pfn)->value;

		pfi_nofree_return(mem, pfn);
		if (taken_over)
			give_type_back(mem, zone, pfn);
	}
}
