/* SPDX-License-Identifier: MIT */
/*
 * One given range: its blocks are isolated, what is in use is moved out, and what is then all free
 * is taken, block by block from the block's order up: no descriptor is touched there.
 */
#include "internal.h"

#define ROUNDS 5 /* of moving, before what stays is in the way */

struct contig {
	struct pf_mem *mem;
	pf_pfn start, end;
	enum pf_migratetype use; /* what it is allocated for */
	pf_pfn stuck;		 /* the first page that is not free */
};

/* --- what is free is taken --- */

/*
 * Free pages from @pfn on leave the lists, up to @end or what is not free. Return: where that is; a
 * part of a whole block, without memory for descriptors, stays where it is. Under the zone's lock.
 */
static pf_pfn cut_out(struct contig *c, struct pf_zone *zone, pf_pfn pfn, pf_pfn end, int *ret)
{
	while (pfn < end) {
		pf_pfn head, to;
		unsigned have = pfi_chunk_of(c->mem, zone, pfn, &head);

		if (have > PF_MAX_ORDER) {
			c->stuck = pfn;
			*ret = -PF_EBUSY;
			break;
		}
		to = min_pfn(end, head + (1ul << have));
		if (!pfi_cut(c->mem, zone, head, have, pfn, to)) {
			*ret = -PF_ENOMEM;
			break;
		}
		pfn = to;
	}
	return pfn;
}

/* What is free of one stretch, up to what is not, is allocated. Return: where that is. */
static pf_pfn claim_stretch(struct contig *c, pf_pfn pfn, pf_pfn end, int *ret)
{
	pf_irqflags flags;
	struct pf_zone *zone = lock_zone_of(c->mem, pfn, &flags);

	end = cut_out(c, zone, pfn, end, ret);
	while (pfn < end) {
		unsigned order = fitting_order(pfn, end, PF_MAX_ORDER);

		pfi_mark_allocated(c->mem, zone, pfn, order, c->use);
		pfn += 1ul << order;
	}
	pf_unlock_irqrestore(&zone->lock, flags);
	return end;
}

/* All of it, or nothing: what was taken before it is put back. */
static int claim(struct contig *c)
{
	pf_pfn at = c->start;
	int ret = 0;

	while (!ret && at < c->end)
		at = claim_stretch(c, at, stretch_end(c->mem, at, c->end), &ret);
	if (ret)
		pfi_put_range(c->mem, c->start, at);
	return ret;
}

/* --- all of it --- */

/* Whole blocks of the page allocator's, or split ones of one zone? */
static bool is_ours(const struct pf_mem *mem, pf_pfn start, pf_pfn end)
{
	if (start >= end || !pf_mem_has_pfn(mem, start) || !pf_mem_has_pfn(mem, end - 1))
		return false;
	for (pf_pfn pfn = start; pfn < end; pfn = block_end(pfn)) {
		uint32_t info = pf_load(&pf_block(mem, pfn)->info);
		enum pf_state state = pf_info_state(info);

		if (info & PF_INFO_MIXED ||
		    (state != PF_FREE && state != PF_ALLOCATED && state != PF_SPLIT))
			return false;
	}
	return true;
}

/* In rounds: who refuses to move something now may agree soon, and a free may be under way. */
static int empty_and_claim(struct contig *c, pf_gfp gfp, const struct pf_mover *mover)
{
	int ret = claim(c);

	for (int round = 0; ret == -PF_EBUSY && round < ROUNDS; round++) {
		if (mover && pfi_move_out(c->mem, c->start, c->end, gfp, mover))
			return -PF_ENOMEM;
		if (!mover)
			pf_port_relax();
		ret = claim(c);
	}
	return ret;
}

static void tell(const struct contig *c, struct pf_obstacle *obstacle)
{
	obstacle->pfn = c->stuck;
	obstacle->why = "it is in use";
	if (pf_info_state(pf_page_info(c->mem, c->stuck)) == PF_POISONED)
		obstacle->why = "it is poisoned";
}

static void finish(const struct contig *c, pf_gfp gfp)
{
	if (!(gfp & PF_GFP_ZERO) && !pf_load(&c->mem->observer))
		return;
	for (pf_pfn pfn = c->start; pfn < c->end;) {
		pf_pfn head;
		unsigned order = pfi_used_chunk(c->mem, pfn, &head);

		pfi_finish(c->mem, pfn, order, gfp);
		pfn += 1ul << order;
	}
}

int pf_alloc_contig_range(struct pf_mem *mem, pf_pfn start, pf_pfn end, enum pf_migratetype type,
			  pf_gfp gfp, const struct pf_mover *mover, struct pf_obstacle *obstacle)
{
	struct contig c = { .mem = mem, .start = start, .end = end };
	pf_pfn first = start & ~(PF_BLOCK_PAGES - 1), last = block_end(end - 1);
	int ret;

	if (!is_ours(mem, start, end) || (type != PF_MOVABLE && type != PF_CMA) ||
	    pfi_highest_zone(gfp) >= PF_ZONES)
		return -PF_EINVAL;
	c.use = (enum pf_migratetype)(gfp & PF_GFP_TYPE);
	ret = pfi_isolate(mem, first, last, start, end, type, 0, obstacle);
	if (ret)
		return ret;
	ret = empty_and_claim(&c, gfp, mover);
	pf_undo_isolate_range(mem, first, last);
	if (ret == -PF_EBUSY && obstacle)
		tell(&c, obstacle);
	if (!ret)
		finish(&c, gfp);
	return ret;
}
