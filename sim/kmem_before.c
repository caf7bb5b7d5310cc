/* SPDX-License-Identifier: MIT */
/*
 * All of a zone is claimed; blocks get the types that the text counts, through allocations of these
 * types; what the trace frees without having allocated it is kept apart; and then as many chunks of
 * each order and type are freed as the text has. What stays claimed is what the machine had in use,
 * and no event names. docs/replay.md has the reasons.
 */
#include "kmem_replay.h"

#define NO_BLOCK ((size_t)-1)

struct block {
	pf_pfn pfn;
	uint8_t type; /* enum pf_migratetype: that it has */
	bool whole;   /* claimed as one chunk */
	bool free;    /* given back as one */
};

struct zone_before {
	struct pf_mem *mem;
	struct pf_zone *zone;
	struct kmem_zone want;
	VEC(struct block) blocks; /* of the zone's span, neighbours and all */
	struct kmem_map held;	  /* first page of a claimed chunk: its order + 1 */
	VEC(pf_pfn) room[PF_MIGRATETYPES][PF_BLOCK_ORDER + 1]; /* claimed chunks to free parts of */
};

/* --- claimed chunks --- */

static bool hold(struct zone_before *b, pf_pfn pfn, unsigned order)
{
	if (pf_alloc_pages_at(b->mem, pfn, order))
		return false;
	kmem_map_set(&b->held, pfn, order + 1);
	return true;
}

static void let_go(struct zone_before *b, pf_pfn pfn, unsigned order)
{
	kmem_map_set(&b->held, pfn, 0);
	pf_free_pages(b->mem, pfn, order);
}

static struct block *block_of(struct zone_before *b, pf_pfn pfn)
{
	return &b->blocks.at[(pfn - b->blocks.at[0].pfn) >> PF_BLOCK_ORDER];
}

/* What is free of a block that is not free as a whole: reserved at boot in part, or with a hole. */
static void hold_parts(struct zone_before *b, pf_pfn pfn, unsigned order)
{
	if (hold(b, pfn, order) || !order)
		return;
	hold_parts(b, pfn, order - 1);
	hold_parts(b, pfn + (1ul << (order - 1)), order - 1);
}

static enum pf_migratetype type_now(const struct zone_before *b, pf_pfn pfn)
{
	return pf_info_migratetype(pf_load(&pf_block(b->mem, pfn)->info));
}

static void hold_zone(struct zone_before *b)
{
	pf_pfn pfn = b->zone->start_pfn & ~(PF_BLOCK_PAGES - 1);

	for (; pfn < b->zone->start_pfn + b->zone->spanned; pfn += PF_BLOCK_PAGES) {
		struct block *block = vec_add(&b->blocks);
		uint32_t info = pf_load(&pf_block(b->mem, pfn)->info);

		block->pfn = pfn;
		block->type = (uint8_t)type_now(b, pfn);
		if (pf_info_state(info) == PF_ABSENT || pf_info_state(info) == PF_RESERVED ||
		    pf_info_zone(info) != b->zone->type || pf_info_node(info) != b->zone->nid)
			continue;
		block->whole = hold(b, pfn, PF_BLOCK_ORDER);
		if (!block->whole)
			hold_parts(b, pfn, PF_BLOCK_ORDER);
	}
}

/* --- types of blocks --- */

/* The only free memory of its zone becomes the allocation's, and of its type. */
static bool convert(struct zone_before *b, struct block *block, enum pf_migratetype type)
{
	pf_gfp gfp = type == PF_RECLAIMABLE ? PF_GFP_RECLAIMABLE : PF_GFP_UNMOVABLE;
	pf_pfn got;

	let_go(b, block->pfn, PF_BLOCK_ORDER);
	pf_drain_all(b->mem);
	got = pf_alloc_pages_node(b->mem, PF_BLOCK_ORDER,
				  gfp | PF_GFP_ZONE(b->zone->type) | PF_GFP_MEMALLOC |
					  PF_GFP_THISNODE,
				  b->zone->nid, NULL);
	if (got == block->pfn) {
		kmem_map_set(&b->held, got, PF_BLOCK_ORDER + 1);
	} else {
		if (got != PF_NO_PFN)
			pf_free_pages(b->mem, got, PF_BLOCK_ORDER);
		block->whole = hold(b, block->pfn, PF_BLOCK_ORDER);
	}
	block->type = (uint8_t)type_now(b, block->pfn);
	return block->type == type;
}

/* How well the trace says that a block had a type: 0 well, 1 it does not tell, 2 it had another. */
static int doubt(const struct kmem_plan *p, const struct block *block, enum pf_migratetype type)
{
	enum pf_migratetype told = kmem_plan_type(p, block->pfn);

	return told == type ? 0 : told == PF_MIGRATETYPES ? 1 : 2;
}

/* Those of which the trace tells it, then the lowest: there are the kernel's oldest pages. */
static void make_type(struct zone_before *b, const struct kmem_plan *p, enum pf_migratetype type,
		      uint64_t want)
{
	for (int d = 0; d < 3; d++)
		for (size_t i = 0; want && i < b->blocks.n; i++) {
			struct block *block = &b->blocks.at[i];

			if (block->whole && block->type == PF_MOVABLE &&
			    doubt(p, block, type) == d && convert(b, block, type))
				want--;
		}
}

/* --- what is freed in the trace, and was there before --- */

/* Splits the claimed chunk at @pfn so that [@part, +2^@order) is a chunk of its own. */
static bool carve(struct zone_before *b, pf_pfn pfn, unsigned from, pf_pfn part, unsigned order)
{
	let_go(b, pfn, from);
	for (unsigned o = from; o-- > order;) {
		pf_pfn half = part & ~((1ul << o) - 1);

		hold(b, half ^ (1ul << o), o);
	}
	return hold(b, part, order);
}

static bool keep_prior(struct zone_before *b, const struct kmem_prior *prior)
{
	for (unsigned o = prior->order; o <= PF_BLOCK_ORDER; o++) {
		pf_pfn first = prior->pfn & ~((1ul << o) - 1);

		if (kmem_map_get(&b->held, first) != o + 1)
			continue;
		block_of(b, first)->whole = false;
		if (!carve(b, first, o, prior->pfn, prior->order))
			return false;
		kmem_map_set(&b->held, prior->pfn, 0); /* the replay's from now on */
		return true;
	}
	return false;
}

static bool in_zone(const struct pf_zone *zone, uint64_t pfn)
{
	return pfn >= zone->start_pfn && pfn - zone->start_pfn < zone->spanned;
}

static void keep_priors(struct zone_before *b, struct kmem_replay *r)
{
	for (size_t i = 0; i < r->plan->prior.n; i++) {
		const struct kmem_prior *prior = &r->plan->prior.at[i];

		if (!in_zone(b->zone, prior->pfn) || !keep_prior(b, prior))
			continue;
		r->chunks[prior->chunk] = prior->pfn;
		r->prior_exact++;
	}
}

/* --- free chunks --- */

static bool can_free(const struct zone_before *b, size_t i, unsigned type)
{
	return i < b->blocks.n && b->blocks.at[i].whole && b->blocks.at[i].type == type;
}

static void free_block(struct zone_before *b, size_t i)
{
	struct block *block = &b->blocks.at[i];

	let_go(b, block->pfn, PF_BLOCK_ORDER);
	block->whole = false;
	block->free = true;
}

/* Chunks of several blocks, from the top: what is old lies low. */
static void free_large(struct zone_before *b, unsigned type, unsigned order)
{
	size_t blocks = (size_t)1 << (order - PF_BLOCK_ORDER);
	uint64_t want = b->want.free_of[type][order];

	for (size_t i = b->blocks.n; want && i-- > 0;) {
		size_t n = 0;

		if (b->blocks.at[i].pfn & ((1ul << order) - 1))
			continue;
		while (n < blocks && can_free(b, i + n, type))
			n++;
		if (n < blocks)
			continue;
		for (n = 0; n < blocks; n++)
			free_block(b, i + n);
		want--;
	}
}

static bool is_free_block(const struct zone_before *b, pf_pfn pfn)
{
	pf_pfn first = b->blocks.at[0].pfn;

	return pfn >= first && (pfn - first) >> PF_BLOCK_ORDER < b->blocks.n &&
	       b->blocks.at[(pfn - first) >> PF_BLOCK_ORDER].free;
}

/* Single blocks whose buddies stay claimed, first those whose buddies could not be freed with them.
 */
static void free_blocks(struct zone_before *b, unsigned type)
{
	uint64_t want = b->want.free_of[type][PF_BLOCK_ORDER];

	for (int lonely = 1; lonely >= 0; lonely--)
		for (size_t i = b->blocks.n; want && i-- > 0;) {
			pf_pfn buddy = b->blocks.at[i].pfn ^ PF_BLOCK_PAGES;
			size_t of = buddy > b->blocks.at[i].pfn ? i + 1 : i ? i - 1 : NO_BLOCK;

			if (!can_free(b, i, type) || is_free_block(b, buddy) ||
			    (lonely && can_free(b, of, type)))
				continue;
			free_block(b, i);
			want--;
		}
}

/* All that is still claimed, below the size of a block, or a block. */
static void find_room(struct zone_before *b)
{
	for (size_t i = 0; i < b->blocks.n; i++) {
		const struct block *block = &b->blocks.at[i];
		pf_pfn end = block->pfn + PF_BLOCK_PAGES;

		for (pf_pfn pfn = block->pfn; !block->free && pfn < end;) {
			uint64_t held = kmem_map_get(&b->held, pfn);

			if (held)
				*vec_add(&b->room[block->type][held - 1]) = pfn;
			pfn += held ? 1ul << (held - 1) : 1;
		}
	}
}

/*
 * A chunk of that order out of the smallest that is larger. Its buddy stays claimed, and only
 * smaller ones will be freed of that, so that nothing merges.
 */
static bool free_small(struct zone_before *b, unsigned type, unsigned order)
{
	unsigned from = order + 1;
	pf_pfn pfn;

	while (from <= PF_BLOCK_ORDER && !b->room[type][from].n)
		from++;
	if (from > PF_BLOCK_ORDER)
		return false;
	pfn = b->room[type][from].at[--b->room[type][from].n];
	let_go(b, pfn, from);
	for (unsigned o = order; o < from; o++)
		if (hold(b, pfn + (1ul << o), o))
			*vec_add(&b->room[type][o]) = pfn + (1ul << o);
	return true;
}

static void free_as_told(struct zone_before *b)
{
	for (unsigned o = PF_MAX_ORDER; o > PF_BLOCK_ORDER; o--)
		for (unsigned t = 0; t < PF_MIGRATETYPES; t++)
			free_large(b, t, o);
	for (unsigned t = 0; t < PF_MIGRATETYPES; t++)
		free_blocks(b, t);
	find_room(b);
	for (unsigned o = PF_BLOCK_ORDER; o-- > 0;)
		for (unsigned t = 0; t < PF_MIGRATETYPES; t++)
			for (uint64_t n = b->want.free_of[t][o]; n && free_small(b, t, o); n--)
				;
	pf_drain_all(b->mem);
}

/* --- a zone --- */

/*
 * What no allocation asks for is nearest to: a high-atomic block holds unmovable pages, CMA and
 * isolated ones movable pages. Where types are not told all is movable.
 */
static void simplify(struct kmem_zone *want)
{
	static const unsigned like[PF_MIGRATETYPES] = {
		[PF_UNMOVABLE] = PF_UNMOVABLE,
		[PF_MOVABLE] = PF_MOVABLE,
		[PF_RECLAIMABLE] = PF_RECLAIMABLE,
		[PF_HIGHATOMIC] = PF_UNMOVABLE,
		[PF_CMA] = PF_MOVABLE,
		[PF_ISOLATE] = PF_MOVABLE,
	};
	struct kmem_zone simple = *want;
	bool typed = want->has_types && want->has_blocks;

	for (unsigned t = 0; t < PF_MIGRATETYPES; t++) {
		simple.blocks[t] = 0;
		for (unsigned o = 0; o < KMEM_ORDERS; o++)
			simple.free_of[t][o] = !typed && t == PF_MOVABLE ? want->free[o] : 0;
	}
	for (unsigned t = 0; typed && t < PF_MIGRATETYPES; t++) {
		simple.blocks[like[t]] += want->blocks[t];
		for (unsigned o = 0; o < KMEM_ORDERS; o++)
			simple.free_of[like[t]][o] += want->free_of[t][o];
	}
	*want = simple;
}

static void set_zone(struct kmem_replay *r, struct pf_zone *zone, const struct kmem_zone *want)
{
	struct zone_before b = { .mem = r->mem, .zone = zone, .want = *want };

	simplify(&b.want);
	pf_drain_all(b.mem);
	hold_zone(&b);
	make_type(&b, r->plan, PF_UNMOVABLE, b.want.blocks[PF_UNMOVABLE]);
	make_type(&b, r->plan, PF_RECLAIMABLE, b.want.blocks[PF_RECLAIMABLE]);
	keep_priors(&b, r);
	free_as_told(&b);
	vec_free(&b.blocks);
	kmem_map_free(&b.held);
	for (unsigned t = 0; t < PF_MIGRATETYPES; t++)
		for (unsigned o = 0; o <= PF_BLOCK_ORDER; o++)
			vec_free(&b.room[t][o]);
}

/* Chunks of zones without a text, or that lie where ours has no free memory. */
static void place_others(struct kmem_replay *r)
{
	for (size_t i = 0; i < r->plan->prior.n; i++) {
		const struct kmem_prior *prior = &r->plan->prior.at[i];
		pf_pfn *ours = &r->chunks[prior->chunk];
		enum pf_migratetype type = kmem_plan_type(r->plan, prior->pfn);

		if (*ours != PF_NO_PFN)
			continue;
		if (pf_mem_has_pfn(r->mem, prior->pfn) &&
		    !pf_alloc_pages_at(r->mem, prior->pfn, prior->order)) {
			*ours = prior->pfn;
			r->prior_exact++;
			continue;
		}
		*ours = pf_alloc_pages(r->mem, prior->order,
				       type < PF_HIGHATOMIC ? (pf_gfp)type : PF_GFP_MOVABLE);
		r->prior_elsewhere += *ours != PF_NO_PFN;
		r->prior_nowhere += *ours == PF_NO_PFN;
	}
}

void kmem_before_set(struct kmem_replay *r)
{
	const struct kmem_state *told = &r->trace->before;

	for (int nid = 0; nid < r->mem->nr_nodes; nid++)
		for (int t = 0; r->mem->nodes[nid] && t < PF_ZONES; t++) {
			struct pf_zone *zone = &r->mem->nodes[nid]->zone[t];
			const struct kmem_zone *want =
				kmem_find_zone(told, nid, pf_zone_name(zone->type));

			if (want && want->has_buddy && zone->present)
				set_zone(r, zone, want);
		}
	place_others(r);
	pf_drain_all(r->mem);
}
