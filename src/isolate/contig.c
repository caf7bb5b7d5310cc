/* SPDX-License-Identifier: MIT */
/*
 * One given range. Blocks that are all free are taken as they stand. Otherwise they are isolated,
 * what is in use is moved out, and what is then all free is taken. From the block's order up no
 * descriptor is touched.
 */
#include "../lib/rounds.h"
#include "internal.h"

#define ROUNDS rounds_of(5) /* of moving, before what stays is in the way */

struct contig {
	struct pf_mem *mem;
	pf_pfn start, end;
	enum pf_migratetype use; /* what it is allocated for */
	enum pf_migratetype type;
	bool free;	 /* whole blocks, all of them free when they were looked at */
	pf_pfn stuck;	 /* the first page that could not be taken */
	const char *why; /* it could not */
};

/* --- what is free is taken --- */

/*
 * Free blocks from @pfn on leave the lists, up to @end or the first that is not free, or that
 * somebody else isolated. Return: where that is.
 */
static pf_pfn cut_whole(struct contig *c, struct pf_zone *zone, pf_pfn pfn, pf_pfn end, int *ret)
{
	unsigned long nr = pf_block_nr(c->mem, pfn), last = pf_block_nr(c->mem, end);

	while (nr < last) {
		uint32_t info = pf_load(&c->mem->blocks[nr].info);

		if (!is_free_of(zone, info) || pfi_entry_in_the_way(info, c->type))
			break;
		nr = pfi_cut_chain(c->mem, zone, nr, last);
	}
	if (nr < last)
		*ret = -PF_EBUSY;
	return pf_block_pfn(c->mem, nr);
}

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
			c->stuck = pfn;
			c->why = "it is in a block that must be split, and there is no memory "
				 "for its descriptors";
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

	end = (c->free ? cut_whole : cut_out)(c, zone, pfn, end, ret);
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

/* Whole blocks, all of them free: nobody has to be kept away from them before. */
static bool are_free(const struct pf_mem *mem, pf_pfn start, pf_pfn end)
{
	bool free = !((start | end) & (PF_BLOCK_PAGES - 1));

	for (; free && start < end; start += PF_BLOCK_PAGES)
		free = pf_info_state(pf_load(&pf_block(mem, start)->info)) == PF_FREE;
	return free;
}

/*
 * Why it is stuck, if nobody will move it; NULL: somebody may, or it is on its way to be free. What
 * only PF_CMA's user may have there cannot move all the same.
 */
static const char *why_it_stays(const struct contig *c, const struct pf_mover *mover)
{
	unsigned long step;
	pf_irqflags flags;
	pf_pfn head;
	struct pf_zone *zone = lock_zone_of(c->mem, c->stuck, &flags);
	const char *why = pfi_in_the_way(c->mem, c->stuck, PF_MOVABLE, 0, &step);

	if (!why && !mover && pfi_used_chunk(c->mem, c->stuck, &head) <= PF_MAX_ORDER)
		why = "it is in use, and there is no mover";
	pf_unlock_irqrestore(&zone->lock, flags);
	return why;
}

/* In rounds: who refuses to move something now may agree soon, and a free may be under way. */
static int empty_and_claim(struct contig *c, pf_gfp gfp, const struct pf_mover *mover)
{
	int ret = claim(c);

	for (int round = 0; ret == -PF_EBUSY && round < ROUNDS; round++) {
		if (why_it_stays(c, mover))
			break;
		if (mover && pfi_move_out(c->mem, c->start, c->end, gfp, mover)) {
			c->why = "it is in use, or what follows, and there is no memory to move "
				 "it to";
			return -PF_ENOMEM;
		}
		if (!mover)
			pf_pause();
		ret = claim(c);
	}
	if (ret == -PF_EBUSY)
		c->why = why_it_stays(c, mover);
	if (ret == -PF_EBUSY && !c->why)
		c->why = mover ? "it is in use, and the mover did not move it"
			       : "it was in use, or on its way to be free";
	return ret;
}

static int isolate_and_claim(struct contig *c, pf_gfp gfp, const struct pf_mover *mover,
			     struct pf_obstacle *obstacle)
{
	pf_pfn first = c->start & ~(PF_BLOCK_PAGES - 1), last = block_end(c->end - 1);
	int ret = pfi_isolate(c->mem, first, last, c->start, c->end, c->type, 0, obstacle);

	if (ret)
		return ret;
	c->free = false;
	ret = empty_and_claim(c, gfp, mover);
	pf_undo_isolate_range(c->mem, first, last);
	if (!ret)
		return 0;
	return pfi_refuse(obstacle, 0, ret, c->stuck, c->why);
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
	struct contig c = { .mem = mem, .start = start, .end = end, .type = type };
	pf_pfn at;
	const char *why = pfi_not_pages(mem, start, end, type, &at);
	int ret;

	if (!why && pfi_highest_zone(gfp) >= PF_ZONES) {
		why = "it is asked for with a gfp that makes no sense";
		at = start;
	}
	if (why)
		return pfi_refuse(obstacle, 0, -PF_EINVAL, at, why);
	c.free = are_free(mem, start, end);
	c.use = (enum pf_migratetype)(gfp & PF_GFP_TYPE);
	ret = c.free ? claim(&c) : -PF_EBUSY;
	if (ret)
		ret = isolate_and_claim(&c, gfp, mover, obstacle);
	if (!ret)
		finish(&c, gfp);
	return ret;
}
