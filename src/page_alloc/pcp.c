/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU lists: filling them from the zone, and giving back to it, a list of chunks under one
 * lock. What a full list was filled with lies side by side mostly, and so does what is freed: under
 * the lock are runs of pages, and what must be done for each page is done before or after.
 */
#include "../lib/rounds.h"
#include "pcp.h"

/* Entries in two cache lines, which processors fetch together. */
#define LINE_BLOCKS (PF_FETCHED / sizeof(struct pf_block))

/* To get into one's own lists, while another CPU drains them: it may be a thread that has to wait.
 */
#define TRIES rounds_of(1000000)

/* --- how much a list holds --- */

/*
 * Who comes again soon wants more at once, up to a block. But for movable chunks only: others are
 * to lie close together, and what lists keep of them would have to be taken elsewhere. Return:
 * chunks that pass this time.
 */
static uint32_t grow(struct pf_zone *zone, struct pf_pcp *pcp, unsigned index)
{
	uint32_t most = pf_load(&zone->list_most[index]), size = pf_load(&pcp->size[index]);

	pf_store(&pcp->size[index], size * 2 < most ? size * 2 : most);
	return size;
}

static void shrink(struct pf_zone *zone, struct pf_pcp *pcp, unsigned index)
{
	uint32_t least = pf_load(&zone->list_least[index]);

	pf_store(&pcp->size[index], least);
	pf_store(&pcp->full[index], least);
}

/* --- from the zone --- */

/* Onto the end of a list, in order of address, as PF_PER_CPU. */
static void append_pages(struct pf_pcp *pcp, struct pf_pcp_list *list, uint32_t *last,
			 struct run run, unsigned order)
{
	const uint32_t info = pcp->place | PF_PER_CPU | info_order(order), size = 1u << order;
	uint32_t at = run.from;

	if (list->nr)
		pcp->pages[*last].links.next = at;
	else
		list->first = at;
	pf_store(&list->nr, list->nr + ((run.to - at) >> order));
	for (; at < run.to; at += size) {
		pf_store(&pcp->pages[at].info, info);
		pcp->pages[at].links.next = at + size;
	}
	*last = run.to - size;
}

static void append_block(struct pf_mem *mem, struct pf_pcp *pcp, struct pf_pcp_list *list,
			 uint32_t *last, struct run run)
{
	uint32_t nr = (uint32_t)pf_block_nr(mem, pcp->base_pfn + run.from);

	if (list->nr)
		mem->blocks[*last].links.next = nr;
	else
		list->first = nr;
	pf_store(&list->nr, list->nr + 1);
	*last = nr;
}

static void append(struct pf_mem *mem, struct pf_pcp *pcp, struct pf_pcp_list *list,
		   const struct run *runs, unsigned n, unsigned order)
{
	uint32_t last = 0;

	for (unsigned i = 0; i < n; i++)
		if (order < PF_BLOCK_ORDER)
			append_pages(pcp, list, &last, runs[i], order);
		else
			append_block(mem, pcp, list, &last, runs[i]);
}

/*
 * Blocks whose entries share cache lines are best on one CPU's list: else two CPUs write to these
 * lines all the time. Return: a free chunk like that of block @found, in the lines of block @last
 * if there is one, or else the first in its own.
 */
static pf_pfn in_one_line(const struct pf_mem *mem, unsigned long found, unsigned long last)
{
	const uint32_t alike =
		PF_INFO_PLACE | PF_INFO_STATE | PF_INFO_FIRST | PF_INFO_ORDER | PF_INFO_MIGRATE;
	uint32_t info = pf_load(&mem->blocks[found].info);
	unsigned long nr = last & ~(LINE_BLOCKS - 1), end = nr + LINE_BLOCKS;

	for (; nr < end && nr < mem->nr_blocks; nr++)
		if (!((pf_load(&mem->blocks[nr].info) ^ info) & alike))
			return pf_block_pfn(mem, nr);
	nr = found & ~(LINE_BLOCKS - 1);
	while ((pf_load(&mem->blocks[nr].info) ^ info) & alike)
		nr++;
	return pf_block_pfn(mem, nr);
}

/* A whole block for chunks below its order. False: no memory for descriptors, it stays free. */
static bool split_whole(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	unsigned long nr = pf_block_nr(mem, pfn);

	if (!pfi_split(mem, nr, PF_TAIL))
		return true;
	pfi_free_blocks(mem, zone, nr, PF_BLOCK_ORDER, AT_HEAD);
	return false;
}

/* Pages of the chunk at @pfn for a list, one block's at the most. 0: no memory for descriptors. */
static uint32_t cut_for(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned have,
			unsigned order, unsigned long want)
{
	unsigned long pages = 1ul << (have < PF_BLOCK_ORDER ? have : PF_BLOCK_ORDER);

	if (want << order < pages)
		pages = want << order;
	if (!pfi_cut(mem, zone, pfn, have, pfn, pfn + pages))
		return 0;
	if (order == PF_BLOCK_ORDER) {
		pfi_mark_allocated(mem, zone, pfn, order, PF_UNMOVABLE);
		pf_store(&pf_block(mem, pfn)->use, PF_USE_PER_CPU);
	} else if (pages == PF_BLOCK_PAGES && !split_whole(mem, zone, pfn)) {
		return 0;
	}
	return (uint32_t)pages;
}

/*
 * Is the chunk at @pfn for somebody else, when a list has what it needs? It is if it is of another
 * type, or if a block would be split and not be used up. Lists of blocks need all that they hold.
 */
static bool is_too_much(const struct pf_mem *mem, pf_pfn pfn, unsigned have, unsigned order,
			enum pf_migratetype type, unsigned long want)
{
	return block_type(mem, pfn) != type ||
	       (have >= PF_BLOCK_ORDER && want << order < PF_BLOCK_PAGES);
}

/*
 * Runs for a list of @want chunks, of which @least are needed now; so blocks are used up, and come
 * whole soon. Return: how many runs.
 */
static unsigned take_runs(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			  enum pf_migratetype type, unsigned long want, unsigned long least,
			  struct run *runs)
{
	pf_gfp how = 0; /* the high-atomic reserve is not for lists */
	unsigned long last = 0;
	unsigned n = 0;

	for (least = least < want ? least : want; want && n < RUNS;) {
		pf_pfn pfn;
		unsigned have = pfi_find_chunk(mem, zone, order, type, how, &pfn);
		uint32_t pages;

		if (have > PF_MAX_ORDER)
			break;
		if (order == PF_BLOCK_ORDER)
			pfn = in_one_line(mem, pf_block_nr(mem, pfn),
					  n ? last : pf_block_nr(mem, pfn));
		if (block_type(mem, pfn) != type) {
			how |= PFI_NO_CLAIM;
			want = least;
		}
		if (!least && is_too_much(mem, pfn, have, order, type, want))
			break;
		pages = cut_for(mem, zone, pfn, have, order, want);
		if (!pages) {
			how |= PFI_NO_SPLIT;
			continue;
		}
		last = pf_block_nr(mem, pfn);
		runs[n].from = (uint32_t)(pfn - zone->base_pfn);
		runs[n].to = runs[n].from + pages;
		n++;
		want -= pages >> order;
		least -= pages >> order < least ? pages >> order : least;
	}
	return n;
}

static void refill(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp, unsigned index,
		   enum pf_watermark mark, enum pf_zone_type highest, pf_gfp gfp)
{
	enum pf_migratetype type = (enum pf_migratetype)(gfp & PF_GFP_TYPE);
	unsigned order = pcp_order(index), n;
	uint32_t least = pf_load(&zone->list_least[index]);
	struct run runs[RUNS];
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	unsigned long want = pfi_room(zone, order, mark, highest, gfp & PF_GFP_TYPE) >> order;

	zone->locked++;
	/* What is kept for those in need is for the one who asks, not for who comes after. */
	if (!want && pfi_room(zone, order, mark, highest, gfp))
		want = 1;
	/* A block that is taken for what cannot move is no movable one's any more. */
	if (type != PF_MOVABLE && order == PF_BLOCK_ORDER)
		want = want != 0;
	else if (type != PF_MOVABLE)
		want = want < least ? want : least;
	else if (want < pf_load(&pcp->size[index]))
		shrink(zone, pcp, index);
	else
		want = grow(zone, pcp, index);
	n = take_runs(mem, zone, order, type, want, least, runs);
	pf_unlock_irqrestore(&zone->lock, flags);
	append(mem, pcp, &pcp->hot[index][type], runs, n, order);
}

/* Out of the free lists; if no block can be split, out of one that is split. */
static pf_pfn find_and_cut(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			   enum pf_migratetype type, pf_gfp how)
{
	pf_pfn pfn;
	unsigned have = pfi_find_chunk(mem, zone, order, type, how, &pfn);

	while (have <= PF_MAX_ORDER) {
		if (pfi_cut(mem, zone, pfn, have, pfn, pfn + (1ul << order)))
			return pfn;
		have = pfi_find_chunk(mem, zone, order, type, how | PFI_NO_SPLIT, &pfn);
	}
	return PF_NO_PFN;
}

/* One chunk, without any list. */
static pf_pfn take_one(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		       enum pf_watermark mark, enum pf_zone_type highest, pf_gfp gfp)
{
	enum pf_migratetype type = (enum pf_migratetype)(gfp & PF_GFP_TYPE);
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	pf_pfn pfn = PF_NO_PFN;

	zone->locked++;
	if (pfi_room(zone, order, mark, highest, gfp))
		pfn = find_and_cut(mem, zone, order, type, gfp);
	if (pfn != PF_NO_PFN) {
		pfi_mark_allocated(mem, zone, pfn, order, type);
		if (mark == PF_WMARK_MIN && order && order <= PF_BLOCK_ORDER && gfp & PF_GFP_ATOMIC)
			pfi_reserve_highatomic(mem, zone, pfn);
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

/*
 * Chunks that a list takes until it is full. Pages are often freed in ascending order, as they were
 * allocated, from @pfn on: then the list ends where the block does, and is given back as one.
 */
static uint32_t until_full(unsigned index, uint32_t size, uint32_t least, pf_pfn pfn)
{
	uint32_t left = (uint32_t)(PF_BLOCK_PAGES - (pfn & (PF_BLOCK_PAGES - 1))) >> index;

	bool ends = index < PF_PCP_SMALL && size == PF_BLOCK_PAGES >> index && left >= least;

	return ends ? left : size;
}

/* The hot list is full: it becomes the cold one, and what that was goes back. */
static void spill(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp, unsigned index,
		  unsigned type, pf_pfn pfn)
{
	struct pf_pcp_list *hot = &pcp->hot[index][type], *cold = &pcp->cold[index][type];

	if (cold->nr) {
		pfi_give_back(mem, zone, pcp, cold, index, type);
		if (type == PF_MOVABLE)
			pf_store(&pcp->full[index],
				 until_full(index, grow(zone, pcp, index),
					    pf_load(&zone->list_least[index]), pfn));
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
	if (order >= PF_BLOCK_ORDER) {
		pfi_free_used_blocks(mem, zone, nr, nr + (1ul << (order - PF_BLOCK_ORDER)));
	} else if (pf_load(&mem->blocks[nr].info) & PF_INFO_MARKED) {
		pfi_free_marked(mem, zone, pfn, pfn + (1ul << order));
	} else {
		pf_store(&page_of(mem, pfn)->info, info_place(zone->type, zone->nid) | PF_TAIL);
		pfi_free_pages(mem, zone, pfn, order, AT_HEAD);
	}
	pf_unlock_irqrestore(&zone->lock, flags);
}

/* The list of chunks of a block; PF_PCP_TYPES: they are not for lists. */
static unsigned list_type(uint32_t info)
{
	enum pf_migratetype type = pf_info_migratetype(info);

	if (type == PF_CMA) /* they go to movable allocations only, from here too */
		type = PF_MOVABLE;
	return is_ordinary(type) && !(info & PF_INFO_MARKED) ? (unsigned)type : PF_PCP_TYPES;
}

/*
 * Onto a list of this CPU's, and the next of its kind come the short way. False: it has no such.
 * The block is read inside, as it is by the short way.
 */
static bool keep(struct pf_mem *mem, struct pf_zone *zone, unsigned cpu, unsigned index, pf_pfn pfn)
{
	unsigned type = list_type(pf_load(&pf_block(mem, pfn)->info));
	struct pf_pcp *pcp = &zone->pcp[cpu];
	const uint32_t *full_when = type == PF_MOVABLE ? pcp->full : zone->list_least;
	uint32_t full = pf_load(&full_when[index]);
	struct pf_pcp_list *hot;

	if (!full || type == PF_PCP_TYPES)
		return false;
	hot = &pcp->hot[index][type];
	pcp->full_when = full_when;
	pcp->kind = pcp->place | info_migratetype((enum pf_migratetype)type);
	pcp->lists = pcp->hot[0] + type;
	mem->pcps[cpu * mem->pcp_row + PCP_LAST_FREED] = pcp;
	if (hot->nr >= full)
		spill(mem, zone, pcp, index, type, pfn);
	pcp_push(mem, pcp, hot, index, pfn);
	return true;
}

void pfi_put(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	unsigned index = pcp_index(order), cpu;
	struct pf_zone *zone;
	bool kept = false;

	if (info & PF_INFO_MIXED)
		info = pf_load(&page_of(mem, pfn)->info);
	zone = pf_info_to_zone(mem, info);
	if (index == PF_PCP_ORDERS) {
		put_one(mem, zone, pfn, order);
		return;
	}
	cpu = pf_pin();
	if (cpu < mem->nr_cpus && pf_cpu_enter(&zone->pcp[cpu].lock)) {
		kept = keep(mem, zone, cpu, index, pfn);
		pf_cpu_leave(&zone->pcp[cpu].lock);
	}
	pf_unpin();
	if (!kept)
		put_one(mem, zone, pfn, order);
}

/* --- drained --- */

static void drain_inside(struct pf_mem *mem, struct pf_zone *zone, struct pf_pcp *pcp)
{
	for (unsigned index = 0; index < PF_PCP_ORDERS; index++) {
		for (unsigned type = 0; type < PF_PCP_TYPES; type++) {
			pfi_give_back(mem, zone, pcp, &pcp->hot[index][type], index, type);
			pfi_give_back(mem, zone, pcp, &pcp->cold[index][type], index, type);
		}
		shrink(zone, pcp, index);
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

/*
 * One CPU's, once. Return: false if they are the calling CPU's own, and cannot be entered, or if
 * nobody else can be kept out. @again: another drains them at the moment.
 */
static bool drain_once(struct pf_mem *mem, struct pf_zone *zone, unsigned cpu, unsigned how,
		       bool *again)
{
	struct pf_pcp *pcp = &zone->pcp[cpu];
	bool own = pf_pin() == cpu, done;

	done = own ? pf_cpu_enter(&pcp->lock) : pf_cpu_keep_out(&pcp->lock, how & PFI_DRAIN_WAIT);
	*again = own && !done && how & PFI_DRAIN_WAIT && pf_cpu_is_kept_out(&pcp->lock);
	if (done)
		drain_inside(mem, zone, pcp);
	if (done && own)
		pf_cpu_leave(&pcp->lock);
	else if (done)
		pf_cpu_let_in(&pcp->lock);
	pf_unpin();
	return done;
}

/* Who drains the calling CPU's own lists is done soon; who was interrupted inside never is. */
static bool drain(struct pf_mem *mem, struct pf_zone *zone, unsigned cpu, unsigned how)
{
	bool done, again;

	if (!(how & PFI_DRAIN_EMPTY) && is_empty(&zone->pcp[cpu]))
		return true;
	done = drain_once(mem, zone, cpu, how, &again);
	for (int tries = 0; again && tries < TRIES; tries++) {
		pf_pause();
		done = drain_once(mem, zone, cpu, how, &again);
	}
	return done;
}

bool pfi_drain_zone(struct pf_mem *mem, struct pf_zone *zone, unsigned how)
{
	bool all = true;

	for (unsigned cpu = 0; zone->pcp && cpu < mem->nr_cpus; cpu++)
		all &= drain(mem, zone, cpu, how);
	return all;
}

bool pf_drain_cpu(struct pf_mem *mem, unsigned cpu)
{
	bool all = cpu < mem->nr_cpus;

	for (int nid = 0; cpu < mem->nr_cpus && nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			if (mem->nodes[nid]->zone[z].pcp)
				all &= drain(mem, &mem->nodes[nid]->zone[z], cpu, PFI_DRAIN_WAIT);
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
