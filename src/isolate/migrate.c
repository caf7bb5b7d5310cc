/* SPDX-License-Identifier: MIT */
/* What is in use in an isolated range is moved elsewhere, chunk by chunk, by the host. */
#include "internal.h"

static unsigned used_blocks(const struct pf_mem *mem, pf_pfn pfn, pf_pfn *head)
{
	unsigned long nr = pf_block_nr(mem, pfn);

	for (unsigned order = PF_BLOCK_ORDER; order <= PF_MAX_ORDER; order++) {
		uint32_t info;

		nr &= ~((1ul << (order - PF_BLOCK_ORDER)) - 1);
		info = pf_load(&mem->blocks[nr].info);
		if (pf_info_state(info) != PF_ALLOCATED)
			break;
		if (!(info & PF_INFO_FIRST))
			continue;
		/* What waits on a CPU's list, or is being freed, is nobody's. */
		if (pf_load(&mem->blocks[nr].use) == PF_USE_PER_CPU)
			break;
		*head = pf_block_pfn(mem, nr);
		return pf_info_order(info);
	}
	return PF_MAX_ORDER + 1;
}

unsigned pfi_used_chunk(const struct pf_mem *mem, pf_pfn pfn, pf_pfn *head)
{
	if (pf_info_state(pf_load(&pf_block(mem, pfn)->info)) != PF_SPLIT)
		return used_blocks(mem, pfn, head);
	for (unsigned order = 0; order < PF_BLOCK_ORDER; order++) {
		uint32_t info;

		*head = pfn & ~((1ul << order) - 1);
		info = pf_load(&page_of(mem, *head)->info);
		if (pf_info_state(info) == PF_ALLOCATED && pf_info_order(info) >= order)
			return pf_info_order(info);
	}
	return PF_MAX_ORDER + 1;
}

struct used {
	pf_pfn pfn;
	unsigned order;
	int nid;
};

static bool is_movable(const struct pf_mem *mem, pf_pfn head, unsigned order)
{
	if (order >= PF_BLOCK_ORDER)
		return pf_load(&pf_block(mem, head)->use) == PF_USE_MOVABLE;
	return pf_info_migratetype(pf_load(&page_of(mem, head)->info)) == PF_MOVABLE;
}

/* Pages to the next chunk of a split block; to the end of one that is not. */
static unsigned long step_over(const struct pf_mem *mem, pf_pfn pfn)
{
	if (pf_info_state(pf_load(&pf_block(mem, pfn)->info)) != PF_SPLIT)
		return block_end(pfn) - pfn;
	return 1ul << pf_info_order(pf_load(&page_of(mem, pfn)->info));
}

/*
 * The first movable chunk in use of [@pfn, @end), which is in one block. What is damaged is not
 * offered: who reads it to copy it stops the machine. Under the zone's lock.
 */
static bool look(const struct pf_mem *mem, pf_pfn pfn, pf_pfn end, struct used *u)
{
	while (pfn < end) {
		u->order = pfi_used_chunk(mem, pfn, &u->pfn);
		if (u->order <= PF_MAX_ORDER && is_movable(mem, u->pfn, u->order) &&
		    !pfi_is_damaged(mem, u->pfn, u->order))
			return true;
		pfn += step_over(mem, pfn);
	}
	return false;
}

/* The same, in any number of blocks. It may begin before @pfn. */
static bool find_used(struct pf_mem *mem, pf_pfn pfn, pf_pfn end, struct used *u)
{
	for (; pfn < end; pfn = block_end(pfn)) {
		struct pf_zone *zone;
		pf_irqflags flags;
		bool found;

		if (pf_info_state(pf_load(&pf_block(mem, pfn)->info)) == PF_FREE)
			continue;
		zone = lock_zone_of(mem, pfn, &flags);
		found = look(mem, pfn, min_pfn(end, block_end(pfn)), u);
		pf_unlock_irqrestore(&zone->lock, flags);
		u->nid = zone->nid;
		if (found)
			return true;
	}
	return false;
}

/* Isolated blocks give nothing: the new place is outside of the range. */
static int move(struct pf_mem *mem, const struct used *u, pf_gfp gfp, const struct pf_mover *mover)
{
	pf_pfn to = pf_alloc_pages_node(mem, u->order, gfp, u->nid, NULL);

	if (to == PF_NO_PFN)
		return -PF_ENOMEM;
	if (mover->move(mem, u->pfn, to, u->order, mover->arg))
		pf_free_pages(mem, to, u->order);
	else
		pf_free_pages(mem, u->pfn, u->order);
	return 0;
}

int pfi_move_out(struct pf_mem *mem, pf_pfn start, pf_pfn end, pf_gfp gfp,
		 const struct pf_mover *mover)
{
	struct used u;

	gfp = (gfp & ~(PF_GFP_TYPE | PF_GFP_ZERO)) | PF_GFP_MOVABLE;
	while (find_used(mem, start, end, &u)) {
		int ret = move(mem, &u, gfp, mover);

		if (ret)
			return ret;
		start = u.pfn + (1ul << u.order);
	}
	return 0;
}
