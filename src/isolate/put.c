/* SPDX-License-Identifier: MIT */
/*
 * A contiguous range goes back: whole blocks many under one lock, parts of a block as any chunk.
 * Its chunks are what descriptors and entries say, so a part of a range may come alone: the chunk
 * that its border cuts is made two first.
 */
#include "internal.h"

#include "../lib/line.h"

/* --- whole chunks --- */

/* Of what is the caller's. */
static unsigned order_at(const struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);

	return pf_info_order(pf_info_state(info) == PF_SPLIT ? pf_load(&page_of(mem, pfn)->info)
							     : info);
}

/* Chunks of blocks, up to one with a damaged page, under one lock. Return: where that is, or @end.
 */
static pf_pfn put_blocks(struct pf_mem *mem, pf_pfn pfn, pf_pfn end)
{
	unsigned long first = pf_block_nr(mem, pfn), nr = first;
	pf_irqflags flags;
	struct pf_zone *zone = lock_zone_of(mem, pfn, &flags);

	while (nr < pf_block_nr(mem, end)) {
		struct pf_block *b = &mem->blocks[nr];
		unsigned order = pf_info_order(b->info);
		unsigned long n = 1ul << (order - PF_BLOCK_ORDER);

		if (pfi_is_damaged(mem, pf_block_pfn(mem, nr), order))
			break;
		pf_store(&b->use, PF_USE_UNMOVABLE);
		pfi_mark_blocks(mem, nr, n, PF_FREE);
		nr += n;
	}
	pfi_free_chunk_blocks(mem, zone, first, nr);
	pf_unlock_irqrestore(&zone->lock, flags);
	return pf_block_pfn(mem, nr);
}

void pfi_put_range(struct pf_mem *mem, pf_pfn pfn, pf_pfn end)
{
	while (pfn < end) {
		unsigned order = order_at(mem, pfn);
		pf_pfn stop = pfn;

		if (order >= PF_BLOCK_ORDER)
			stop = put_blocks(mem, pfn, stretch_end(mem, pfn, end));
		if (stop == pfn) {
			pfi_put(mem, pfn, order);
			stop += 1ul << order;
		}
		pfn = stop;
	}
}

/* --- a part of a chunk --- */

/* Pages of a split block, or blocks, as allocated chunks, the largest that they make. */
static void mark_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end,
		       enum pf_migratetype type)
{
	while (pfn < end) {
		unsigned order = fitting_order(pfn, end, PF_BLOCK_ORDER - 1);

		pfi_mark_allocated(mem, zone, pfn, order, type);
		pfn += 1ul << order;
	}
}

/* They are allocated, and stay so: only where chunks begin is told anew. */
static void mark_blocks(struct pf_mem *mem, pf_pfn pfn, pf_pfn end, uint8_t use)
{
	while (pfn < end) {
		unsigned order = fitting_order(pfn, end, PF_MAX_ORDER);
		struct pf_block *b = pf_block(mem, pfn);

		pf_store(&b->use, use);
		pf_store(&b->info,
			 info_become(b->info, PF_ALLOCATED) | PF_INFO_FIRST | info_order(order));
		pfn += 1ul << order;
	}
}

/* The chunk at @head, of @order, is two from now on, the second from @pfn on. */
static bool part_blocks(struct pf_mem *mem, struct pf_zone *zone, pf_pfn head, unsigned order,
			pf_pfn pfn)
{
	pf_pfn end = head + (1ul << order), whole = pfn & ~(PF_BLOCK_PAGES - 1), next = whole;
	uint8_t use = pf_load(&pf_block(mem, head)->use);
	enum pf_migratetype type = (enum pf_migratetype)(use >> 1);

	if (whole < pfn) {
		next = block_end(pfn);
		if (pfi_split(mem, pf_block_nr(mem, pfn), PF_TAIL))
			return false;
		mark_pages(mem, zone, whole, pfn, type);
		mark_pages(mem, zone, pfn, next, type);
	}
	mark_blocks(mem, head, whole, use);
	mark_blocks(mem, next, end, use);
	return true;
}

static void part_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn head, unsigned order,
		       pf_pfn pfn)
{
	enum pf_migratetype type = pf_info_migratetype(pf_load(&page_of(mem, head)->info));

	mark_pages(mem, zone, head, pfn, type);
	mark_pages(mem, zone, pfn, head + (1ul << order), type);
}

/* A chunk begins at @pfn, if it is allocated. Return: false without memory for descriptors. */
static bool cut_before(struct pf_mem *mem, pf_pfn pfn)
{
	struct pf_zone *zone;
	pf_irqflags flags;
	bool done = true;
	unsigned order;
	pf_pfn head;

	/* Descriptors of what came by hotplug may lie in a mixed block: each page has its own zone.
	 */
	zone = pf_mem_has_pfn(mem, pfn) ? pfi_lock_zone_of(mem, pfn, &flags) : NULL;
	if (!zone)
		return true;
	order = pfi_used_chunk(mem, pfn, &head);
	if (order <= PF_MAX_ORDER && head < pfn) {
		if (order < PF_BLOCK_ORDER)
			part_pages(mem, zone, head, order, pfn);
		else
			done = part_blocks(mem, zone, head, order, pfn);
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return done;
}

/* --- freed --- */

/* What becomes of a range that somebody gives back. */
struct give {
	struct pf_mem *mem;
	const char *who; /* the function that was called */
	pf_pfn start;
	unsigned long nr;
	unsigned long kept; /* pages that are not the caller's to free */
	pf_pfn first;	    /* of them, and what it is */
	uint32_t is;
};

static void refuse(const struct give *g, const char *why)
{
	struct line l = { 0 };

	line_str(&l, g->who);
	line_str(&l, ": pfn ");
	line_0x(&l, g->start);
	line_str(&l, ", ");
	line_dec(&l, g->nr);
	line_str(&l, " pages: ");
	line_str(&l, why);
	line_str(&l, "; nothing is freed");
	pf_port_print(PF_ERR, l.text);
}

static void tell_of_kept(const struct give *g)
{
	struct line l = { 0 };

	line_str(&l, g->who);
	line_str(&l, ": pfn ");
	line_0x(&l, g->first);
	line_str(&l, ": ");
	pfi_say_what_it_is(&l, g->is);
	line_str(&l, "; ");
	line_dec(&l, g->kept);
	line_str(&l, " of ");
	line_dec(&l, g->nr);
	line_str(&l, " pages are not freed");
	pf_port_print(PF_ERR, l.text);
}

/* Is this chunk his to free? Who watches is told, or what it is instead is noted. */
static bool leave(struct give *g, pf_pfn pfn, unsigned order)
{
	pf_observer_fn observer = pf_load_acquire(&g->mem->observer);
#if PF_CHECK_FREE
	uint32_t wrong = pfi_leave(g->mem, pfn, order);

	if (wrong) {
		pf_pfn end = min_pfn(pfn + (1ul << order), g->start + g->nr);

		if (!g->kept) {
			g->first = pfn;
			g->is = wrong;
		}
		g->kept += end - pfn;
		return false;
	}
#endif
	if (observer)
		observer(g->mem, PF_EVENT_FREE, pfn, order, 0);
	return true;
}

/*
 * Chunks of blocks that are the caller's, from @pfn on. Return: their end, and in @next what
 * follows: one that is not his to free is passed over.
 */
static pf_pfn leave_blocks(struct give *g, pf_pfn pfn, pf_pfn end, pf_pfn *next)
{
	for (*next = pfn; pfn < end; pfn = *next) {
		const uint32_t want = PF_ALLOCATED | PF_INFO_FIRST;
		uint32_t info = pf_load(&pf_block(g->mem, pfn)->info);
		unsigned order = pf_info_order(info);

		if ((info & (PF_INFO_STATE | PF_INFO_FIRST)) != want ||
		    pfn & (PF_BLOCK_PAGES - 1) || 1ul << order > end - pfn)
			break;
		*next += 1ul << order;
		if (!leave(g, pfn, order))
			break;
	}
	return pfn;
}

/* Any other chunk; of what is none, piece by piece. Return: its end. */
static pf_pfn give_one(struct give *g, pf_pfn pfn, pf_pfn end)
{
	unsigned order = fitting_order(pfn, end, PF_BLOCK_ORDER);
	uint32_t info = pf_load(&pf_block(g->mem, pfn)->info);

	if (pf_info_state(info) == PF_SPLIT ||
	    (info & PF_INFO_FIRST && !(pfn & (PF_BLOCK_PAGES - 1))))
		order = order_at(g->mem, pfn);
	if (leave(g, pfn, order))
		pfi_put(g->mem, pfn, order);
	return pfn + (1ul << order);
}

static void give_range(struct give *g)
{
	pf_pfn start = g->start, end = start + g->nr;

	while (start < end) {
		pf_pfn next, stop = stretch_end(g->mem, start, end);

		stop = leave_blocks(g, start, stop, &next);
		pfi_put_range(g->mem, start, stop);
		start = next > start ? next : give_one(g, start, end);
	}
}

unsigned long pfi_give_range(struct pf_mem *mem, pf_pfn start, unsigned long nr, const char *who)
{
	struct give g = { .mem = mem, .who = who, .start = start, .nr = nr };
	pf_pfn end = start + nr;

	if (!nr)
		return 0;
	if (end < start || !pf_mem_has_pfn(mem, start) || !pf_mem_has_pfn(mem, end - 1)) {
		refuse(&g, "not all of it is memory");
		return nr;
	}
	if (!cut_before(mem, start) || !cut_before(mem, end)) {
		refuse(&g, "no memory for descriptors");
		return nr;
	}
	give_range(&g);
	if (g.kept)
		tell_of_kept(&g);
	return g.kept;
}

void pf_free_contig_range(struct pf_mem *mem, pf_pfn start, unsigned long nr)
{
	pfi_give_range(mem, start, nr, "pf_free_contig_range");
}
