/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU lists: filling them from the zone, and giving back to it, a list of chunks under one
 * lock. What a full list was filled with lies side by side mostly, and so does what is freed: it is
 * given back by runs, which merge at once.
 */
#include "pcp.h"

/* --- from the zone --- */

/* Chunks [@from, @to) onto the end of a list, in order of address, as PF_PER_CPU. */
static void append_pages(struct pf_pcp *pcp, struct pf_pcp_list *list, uint32_t *last, pf_pfn from,
			 pf_pfn to, unsigned order)
{
	const uint32_t info = pcp->place | PF_PER_CPU | info_order(order), size = 1u << order;
	uint32_t at = (uint32_t)(from - pcp->start_pfn), end = (uint32_t)(to - pcp->start_pfn);

	if (list->nr)
		pcp->pages[*last].links.next = at;
	else
		list->first = at;
	pf_store(&list->nr, list->nr + ((end - at) >> order));
	for (; at < end; at += size) {
		pf_store(&pcp->pages[at].info, info);
		pcp->pages[at].links.next = at + size;
	}
	*last = end - size;
}

static void append_block(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp_list *list,
			 uint32_t *last, pf_pfn pfn)
{
	uint32_t nr = (uint32_t)pf_block_nr(mem, pfn);

	pfi_mark_allocated(mem, zone, pfn, PF_BLOCK_ORDER, PF_UNMOVABLE);
	pf_store(&mem->blocks[nr].per_cpu, 1);
	if (list->nr)
		mem->blocks[*last].links.next = nr;
	else
		list->first = nr;
	pf_store(&list->nr, list->nr + 1);
	*last = nr;
}

/* At the most so many pages of a chunk: they lie in one block, which must not be all of it. */
static unsigned long pages_of(unsigned have, unsigned order, unsigned long want)
{
	unsigned long pages = 1ul << have, most = PF_BLOCK_PAGES - (1ul << order);

	if (order >= PF_BLOCK_ORDER)
		return 1ul << order;
	if (have >= PF_BLOCK_ORDER)
		pages = most;
	return pages < want << order ? pages : want << order;
}

static void refill(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp, unsigned index,
		   enum pf_watermark mark, enum pf_zone_type highest, pf_gfp gfp)
{
	enum pf_migratetype type = (enum pf_migratetype)(gfp & PF_GFP_TYPE);
	struct pf_pcp_list *list = &pcp->hot[index][type];
	unsigned order = pcp_order(index);
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	unsigned long want = pfi_room(zone, order, mark, highest, gfp & PF_GFP_TYPE) >> order;
	uint32_t full = pf_load(&pcp->full[index]), last = 0;
	pf_gfp how = 0; /* the high-atomic reserve is not for lists */

	zone->locked++;
	/* What is kept for those in need is for the one who asks, not for who comes after. */
	if (!want && pfi_room(zone, order, mark, highest, gfp))
		want = 1;
	want = want < full ? want : full;
	while (want) {
		pf_pfn pfn;
		unsigned have = pfi_find_chunk(mem, zone, order, type, how, &pfn);
		unsigned long pages;

		if (have > PF_MAX_ORDER)
			break;
		if (block_type(mem, pfn) != type)
			how |= PFI_NO_CLAIM;
		pages = pages_of(have, order, want);
		if (!pfi_cut(mem, zone, pfn, have, pfn, pfn + pages)) {
			if (how & PFI_NO_SPLIT)
				break;
			how |= PFI_NO_SPLIT;
			continue;
		}
		if (order < PF_BLOCK_ORDER)
			append_pages(pcp, list, &last, pfn, pfn + pages, order);
		else
			append_block(mem, zone, list, &last, pfn);
		want -= pages >> order;
	}
	pf_unlock_irqrestore(&zone->lock, flags);
}

/* One chunk, without any list. */
static pf_pfn take_one(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		       enum pf_watermark mark, enum pf_zone_type highest, pf_gfp gfp)
{
	enum pf_migratetype type = (enum pf_migratetype)(gfp & PF_GFP_TYPE);
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	pf_pfn pfn = PF_NO_PFN;

	zone->locked++;
	if (pfi_room(zone, order, mark, highest, gfp)) {
		unsigned have = pfi_find_chunk(mem, zone, order, type, gfp, &pfn);
		bool done = have <= PF_MAX_ORDER &&
			    pfi_cut(mem, zone, pfn, have, pfn, pfn + (1ul << order));

		if (!done && have <= PF_MAX_ORDER && order < PF_BLOCK_ORDER) {
			have = pfi_find_chunk(mem, zone, order, type, gfp | PFI_NO_SPLIT, &pfn);
			done = have <= PF_MAX_ORDER &&
			       pfi_cut(mem, zone, pfn, have, pfn, pfn + (1ul << order));
		}
		if (done) {
			pfi_mark_allocated(mem, zone, pfn, order, type);
			if (mark == PF_WMARK_MIN && order && order <= PF_BLOCK_ORDER &&
			    gfp & PF_GFP_ATOMIC)
				pfi_reserve_highatomic(mem, zone, pfn);
		} else {
			pfn = PF_NO_PFN;
		}
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return pfn;
}

/* From a CPU's lists: what is there, or a list that is filled for it. */
static pf_pfn get_inside(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp,
			 unsigned index, enum pf_watermark mark, enum pf_zone_type highest,
			 pf_gfp gfp)
{
	unsigned type = gfp & PF_GFP_TYPE;
	struct pf_pcp_list *hot = &pcp->hot[index][type], *cold = &pcp->cold[index][type];

	if (!hot->nr && cold->nr) {
		hot->first = cold->first;
		pf_store(&hot->nr, cold->nr);
		pf_store(&cold->nr, 0);
	}
	if (!hot->nr)
		refill(mem, zone, pcp, index, mark, highest, gfp);
	return hot->nr ? pcp_pop(mem, pcp, index, type) : PF_NO_PFN;
}

pf_pfn pfi_get(struct pf_mem *mem, struct pf_zone *zone, unsigned order, enum pf_watermark mark,
	       enum pf_zone_type highest, pf_gfp gfp)
{
	unsigned index = pcp_index(order);
	pf_pfn pfn = PF_NO_PFN;

	/* What lists hold is behind the mark, too: a drain brings it back. */
	if (!pfi_room(zone, order, mark, highest, gfp))
		return PF_NO_PFN;
	/* Where such chunks are found when little is left, more of them will be wanted. */
	if (index < PF_PCP_ORDERS && !(mark == PF_WMARK_MIN && order && gfp & PF_GFP_ATOMIC)) {
		unsigned cpu = pf_pin();

		if (cpu < mem->nr_cpus && pf_cpu_enter(&zone->pcp[cpu].lock)) {
			pfn = get_inside(mem, zone, &zone->pcp[cpu], index, mark, highest, gfp);
			pf_cpu_leave(&zone->pcp[cpu].lock);
		}
		pf_unpin();
	}
	if (pfn == PF_NO_PFN)
		pfn = take_one(mem, zone, order, mark, highest, gfp);
	return pfn;
}

/* --- to the zone --- */

/* Chunks of a list that lie side by side in one block, whichever way, as PF_TAIL. */
static uint32_t run_of(struct pf_pcp *pcp, struct pf_pcp_list *list, unsigned order, pf_pfn *from,
		       pf_pfn *to)
{
	const pf_pfn size = 1ul << order, in_block = ~(pf_pfn)(PF_BLOCK_PAGES - 1);
	pf_pfn pfn = pcp->start_pfn + list->first;
	uint32_t n = 0;

	*from = pfn;
	*to = pfn;
	do {
		struct pf_page *page = &pcp->pages[list->first];

		if (pfn == *to)
			*to += size;
		else
			*from -= size;
		list->first = page->links.next;
		pf_store(&page->info, pcp->place | PF_TAIL);
		n++;
		pfn = pcp->start_pfn + list->first;
	} while (n < list->nr && !((pfn ^ *from) & in_block) &&
		 (pfn == *to || pfn + size == *from));
	return n;
}

/* All of a list. Under the zone's lock. */
static void give_back(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp,
		      struct pf_pcp_list *list, unsigned index)
{
	while (list->nr) {
		if (index < PF_PCP_SMALL) {
			pf_pfn from, to;
			uint32_t n = run_of(pcp, list, index, &from, &to);

			pfi_free_run(mem, zone, from, to, AT_HEAD);
			pf_store(&list->nr, list->nr - n);
		} else {
			unsigned long nr = pf_block_nr(mem, pcp_pop_block(mem, list));

			pfi_mark_blocks(mem, nr, 1, PF_FREE);
			pfi_free_blocks(mem, zone, nr, PF_BLOCK_ORDER, AT_HEAD);
		}
	}
}

/* The hot list is full: it becomes the cold one, and what that was goes back. */
static void spill(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp, unsigned index,
		  unsigned type)
{
	struct pf_pcp_list *hot = &pcp->hot[index][type], *cold = &pcp->cold[index][type];

	if (cold->nr) {
		pf_irqflags flags = pf_lock_irqsave(&zone->lock);

		zone->locked++;
		give_back(mem, zone, pcp, cold, index);
		pf_unlock_irqrestore(&zone->lock, flags);
	}
	cold->first = hot->first;
	pf_store(&cold->nr, hot->nr);
	pf_store(&hot->nr, 0);
}

static void put_one(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	unsigned long nr = pf_block_nr(mem, pfn);

	zone->locked++;
	if (order < PF_BLOCK_ORDER) {
		pf_store(&page_of(mem, pfn)->info, info_place(zone->type, zone->nid) | PF_TAIL);
		pfi_free_pages(mem, zone, pfn, order, AT_HEAD);
	} else {
		pf_store(&mem->blocks[nr].per_cpu, 0);
		pfi_mark_blocks(mem, nr, 1ul << (order - PF_BLOCK_ORDER), PF_FREE);
		pfi_free_chunk_blocks(mem, zone, nr, nr + (1ul << (order - PF_BLOCK_ORDER)));
	}
	pf_unlock_irqrestore(&zone->lock, flags);
}

/* Onto a list of this CPU's, and the next of its kind come the short way. False: it has no such. */
static bool keep(struct pf_mem *mem, struct pf_zone *zone, unsigned cpu, unsigned index,
		 unsigned type, pf_pfn pfn)
{
	struct pf_pcp *pcp = &zone->pcp[cpu];
	struct pf_pcp_list *hot = &pcp->hot[index][type];
	uint32_t full = pf_load(&pcp->full[index]);

	if (!full)
		return false;
	pcp->kind = pcp->place | info_migratetype((enum pf_migratetype)type);
	pcp->lists = pcp->hot[0] + type;
	mem->pcps[cpu * mem->pcp_row + PCP_LAST_FREED] = pcp;
	if (hot->nr >= full)
		spill(mem, zone, pcp, index, type);
	pcp_push(mem, pcp, hot, index, pfn);
	return true;
}

void pfi_put(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	unsigned type = pf_info_migratetype(info), index = pcp_index(order), cpu;
	struct pf_zone *zone;
	bool kept = false;

	if (info & PF_INFO_MIXED)
		info = pf_load(&page_of(mem, pfn)->info);
	zone = pf_info_to_zone(mem, info);
	if (type == PF_CMA) /* they go to movable allocations only, from here too */
		type = PF_MOVABLE;
	if (index == PF_PCP_ORDERS || !is_ordinary((enum pf_migratetype)type)) {
		put_one(mem, zone, pfn, order);
		return;
	}
	cpu = pf_pin();
	if (cpu < mem->nr_cpus && pf_cpu_enter(&zone->pcp[cpu].lock)) {
		kept = keep(mem, zone, cpu, index, type, pfn);
		pf_cpu_leave(&zone->pcp[cpu].lock);
	}
	pf_unpin();
	if (!kept)
		put_one(mem, zone, pfn, order);
}

/* --- drained --- */

static void drain_inside(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp)
{
	pf_irqflags flags;

	for (unsigned index = 0; index < PF_PCP_ORDERS; index++)
		for (unsigned type = 0; type < PF_PCP_TYPES; type++) {
			struct pf_pcp_list *hot = &pcp->hot[index][type];
			struct pf_pcp_list *cold = &pcp->cold[index][type];

			if (!hot->nr && !cold->nr)
				continue;
			flags = pf_lock_irqsave(&zone->lock);
			zone->locked++;
			give_back(mem, zone, pcp, hot, index);
			give_back(mem, zone, pcp, cold, index);
			pf_unlock_irqrestore(&zone->lock, flags);
		}
}

static bool is_empty(const struct pf_pcp *pcp)
{
	uint32_t nr = 0;

	for (unsigned index = 0; index < PF_PCP_ORDERS; index++)
		for (unsigned type = 0; type < PF_PCP_TYPES; type++)
			nr |= pf_load(&pcp->hot[index][type].nr) |
			      pf_load(&pcp->cold[index][type].nr);
	return !nr;
}

static bool drain(struct pf_mem *mem, struct pf_zone *zone, unsigned cpu, bool wait)
{
	struct pf_pcp *pcp = &zone->pcp[cpu];
	bool own, done = true;

	if (is_empty(pcp))
		return true;
	own = pf_pin() == cpu;
	if (own) {
		done = pf_cpu_enter(&pcp->lock);
		if (done) {
			drain_inside(mem, zone, pcp);
			pf_cpu_leave(&pcp->lock);
		}
	} else {
		done = pf_cpu_keep_out(&pcp->lock, wait);
		if (done) {
			drain_inside(mem, zone, pcp);
			pf_cpu_let_in(&pcp->lock);
		}
	}
	pf_unpin();
	return done;
}

bool pfi_drain_zone(struct pf_mem *mem, struct pf_zone *zone, bool wait)
{
	bool all = true;

	for (unsigned cpu = 0; zone->pcp && cpu < mem->nr_cpus; cpu++)
		all &= drain(mem, zone, cpu, wait);
	return all;
}

bool pf_drain_cpu(struct pf_mem *mem, unsigned cpu)
{
	bool all = cpu < mem->nr_cpus;

	for (int nid = 0; cpu < mem->nr_cpus && nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			if (mem->nodes[nid]->zone[z].pcp)
				all &= drain(mem, &mem->nodes[nid]->zone[z], cpu, true);
	return all;
}

bool pf_drain_all(struct pf_mem *mem)
{
	bool all = true;

	for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++)
		all &= pf_drain_cpu(mem, cpu);
	return all;
}

unsigned long pf_per_cpu_pages(const struct pf_mem *mem, const struct pf_zone *zone, unsigned cpu)
{
	unsigned long pages = 0;

	if (cpu >= mem->nr_cpus || !zone->pcp)
		return 0;
	for (unsigned index = 0; index < PF_PCP_ORDERS; index++)
		for (unsigned type = 0; type < PF_PCP_TYPES; type++)
			pages += ((unsigned long)pf_load(&zone->pcp[cpu].hot[index][type].nr) +
				  pf_load(&zone->pcp[cpu].cold[index][type].nr))
				 << pcp_order(index);
	return pages;
}
