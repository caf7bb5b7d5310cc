/* SPDX-License-Identifier: MIT */
/*
 * Pages are grouped by mobility: those of one migratetype come from blocks of that type, as long as
 * there are any. When there are none, a whole block is taken over, if enough of it is free or used
 * alike; and only if there is none of these either, a chunk of another type's block is used, the
 * smallest that will do (Linux: __rmqueue_claim() and __rmqueue_steal(), commit 90abee6d7895).
 */
#include "internal.h"

#define NONE (PF_MAX_ORDER + 1)

/* Whose blocks are next, when one's own are used up: least harm first. */
static const uint8_t others[PF_HIGHATOMIC][2] = {
	[PF_UNMOVABLE] = { PF_RECLAIMABLE, PF_MOVABLE },
	[PF_MOVABLE] = { PF_RECLAIMABLE, PF_UNMOVABLE },
	[PF_RECLAIMABLE] = { PF_UNMOVABLE, PF_MOVABLE },
};

/* @how: PFI_NO_SPLIT, or 0 */
static unsigned smallest_of(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			    enum pf_migratetype type, pf_gfp how, pf_pfn *pfn)
{
	unsigned have = pfi_smallest(zone, order, type);

	if (how & PFI_NO_SPLIT && have >= PF_BLOCK_ORDER)
		have = NONE;
	if (have != NONE)
		*pfn = pfi_first(mem, zone, have, type);
	return have;
}

/* Free blocks: as many as the chunk needs, of the smallest chunk that has them. */
static unsigned claim_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			     enum pf_migratetype type, pf_pfn *pfn)
{
	unsigned least = order > PF_BLOCK_ORDER ? order : PF_BLOCK_ORDER, best = NONE;
	enum pf_migratetype from = type;
	unsigned long nr;

	for (int i = 0; i < 2; i++) {
		enum pf_migratetype other = (enum pf_migratetype)others[type][i];
		unsigned have = pfi_smallest(zone, least, other);

		if (have < best) {
			best = have;
			from = other;
		}
	}
	if (best == NONE)
		return NONE;
	*pfn = pfi_first(mem, zone, best, from);
	nr = pf_block_nr(mem, *pfn);
	pfi_list_del(mem, zone, best, from, (uint32_t)nr);
	for (unsigned long i = 0; i < 1ul << (least - PF_BLOCK_ORDER); i++) {
		struct pf_block *b = &mem->blocks[nr + i];

		pf_store(&b->info, info_retype(b->info, type));
	}
	pfi_list_add(mem, zone, best, type, (uint32_t)nr, AT_HEAD);
	return best;
}

/* Is this chunk in use for what @type is grouped with? No-free pages, whoever has them, stay. */
static bool is_alike(uint32_t info, enum pf_migratetype type)
{
	if (pf_info_state(info) == PF_NOFREE)
		return type != PF_MOVABLE;
	return pf_info_state(info) == PF_ALLOCATED &&
	       (pf_info_migratetype(info) == PF_MOVABLE) == (type == PF_MOVABLE);
}

/* Pages of a split block that are so. A chunk of no-free pages has its order in its first, too. */
static unsigned long used_alike(const struct pf_mem *mem, unsigned long nr,
				enum pf_migratetype type)
{
	pf_pfn pfn = pf_block_pfn(mem, nr), end = pfn + PF_BLOCK_PAGES;
	unsigned long pages = 0;

	while (pfn < end) {
		uint32_t info = pf_load(&page_of(mem, pfn)->info);

		if (is_alike(info, type))
			pages += 1ul << pf_info_order(info);
		pfn += 1ul << pf_info_order(info);
	}
	return pages;
}

/* A split block, from its largest chunk on, if half of it is free or used alike. */
static bool claim_split(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			enum pf_migratetype type)
{
	/* Movable pages may stand anywhere: no need to take over blocks for a few of them. */
	unsigned least = type == PF_MOVABLE ? PF_BLOCK_ORDER / 2 : 0;

	least = least > order ? least : order;
	for (unsigned have = PF_BLOCK_ORDER; have-- > least;)
		for (int i = 0; i < 2; i++) {
			enum pf_migratetype other = (enum pf_migratetype)others[type][i];
			unsigned long nr;

			if (!(zone->nonempty[other] & 1u << have))
				continue;
			nr = pf_block_nr(mem, pfi_first(mem, zone, have, other));
			if (pf_load(&mem->blocks[nr].info) & PF_INFO_MIXED)
				continue;
			if (mem->blocks[nr].nr_free + used_alike(mem, nr, type) <
			    PF_BLOCK_PAGES / 2)
				continue;
			pfi_convert_block(mem, zone, nr, type);
			return true;
		}
	return false;
}

static unsigned steal(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		      enum pf_migratetype type, pf_gfp how, pf_pfn *pfn)
{
	unsigned best = NONE;

	for (int i = 0; i < 2; i++) {
		enum pf_migratetype other = (enum pf_migratetype)others[type][i];
		pf_pfn at = PF_NO_PFN;
		unsigned have = smallest_of(mem, zone, order, other, how, &at);

		if (have < best) {
			best = have;
			*pfn = at;
		}
	}
	return best;
}

static unsigned fall_back(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			  enum pf_migratetype type, pf_gfp how, pf_pfn *pfn)
{
	unsigned have = NONE;

	if (!(how & PFI_NO_SPLIT))
		have = claim_blocks(mem, zone, order, type, pfn);
	if (have != NONE)
		return have;
	if (!(how & PFI_NO_CLAIM) && order < PF_BLOCK_ORDER && claim_split(mem, zone, order, type))
		return smallest_of(mem, zone, order, type, how, pfn);
	return steal(mem, zone, order, type, how, pfn);
}

unsigned pfi_find_chunk(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			enum pf_migratetype type, pf_gfp gfp, pf_pfn *pfn)
{
	unsigned have = NONE;

	if (gfp & PF_GFP_ATOMIC && order)
		have = smallest_of(mem, zone, order, PF_HIGHATOMIC, gfp, pfn);
	/* Half of what is free in CMA blocks: let movable pages go there, or they fill the rest. */
	if (have == NONE && type == PF_MOVABLE && zone->nr_free_of[PF_CMA] > zone->nr_free / 2)
		have = smallest_of(mem, zone, order, PF_CMA, gfp, pfn);
	if (have == NONE)
		have = smallest_of(mem, zone, order, type, gfp, pfn);
	if (have == NONE && type == PF_MOVABLE)
		have = smallest_of(mem, zone, order, PF_CMA, gfp, pfn);
	if (have == NONE && !(gfp & PFI_OWN_BLOCKS))
		have = fall_back(mem, zone, order, type, gfp, pfn);
	if (have == NONE && gfp & (PF_GFP_ATOMIC | PF_GFP_MEMALLOC))
		have = smallest_of(mem, zone, order, PF_HIGHATOMIC, gfp, pfn);
	return have;
}
