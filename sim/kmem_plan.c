/* SPDX-License-Identifier: MIT */
#include "kmem_plan.h"

#include <pageframe/page_alloc.h>

/* What the map has of a page. A chunk's number + HEAD: it begins one that is in use. */
enum { UNSEEN, SEEN, HEAD };

static uint64_t look(const struct kmem_plan *p, uint64_t pfn)
{
	return kmem_map_get(&p->pages, pfn);
}

static bool is_head(uint64_t seen)
{
	return seen >= HEAD;
}

static uint8_t *order_of(struct kmem_plan *p, uint64_t head)
{
	return &p->orders.at[head - HEAD];
}

static uint32_t new_chunk(struct kmem_plan *p, uint64_t pfn, unsigned order)
{
	for (uint64_t i = 0; i < 1ull << order; i++)
		kmem_map_set(&p->pages, pfn + i, SEEN);
	*vec_add(&p->orders) = (uint8_t)order;
	kmem_map_set(&p->pages, pfn, p->orders.n - 1 + HEAD);
	return (uint32_t)(p->orders.n - 1);
}

static struct kmem_action *act(struct kmem_plan *p, const struct kmem_event *e, enum kmem_what what,
			       uint64_t pfn, unsigned order)
{
	struct kmem_action *a = vec_add(&p->actions);

	a->pfn = pfn;
	a->cpu = e->cpu;
	a->order = (uint8_t)order;
	a->what = (uint8_t)what;
	return a;
}

static void free_head(struct kmem_plan *p, const struct kmem_event *e, uint64_t pfn)
{
	uint64_t head = look(p, pfn);
	unsigned order = *order_of(p, head);

	act(p, e, KMEM_DO_FREE, pfn, order)->chunk = (uint32_t)(head - HEAD);
	kmem_map_set(&p->pages, pfn, SEEN);
	p->frees++;
	p->live -= p->live < 1ull << order ? p->live : 1ull << order;
}

/* The first page of the chunk in use that a page lies in, and begins not; UINT64_MAX: in none. */
static uint64_t head_before(struct kmem_plan *p, uint64_t pfn)
{
	for (unsigned o = 1; o <= PF_MAX_ORDER; o++) {
		uint64_t first = pfn & ~((1ull << o) - 1);
		uint64_t seen = first < pfn ? look(p, first) : SEEN;

		if (is_head(seen) && first + (1ull << *order_of(p, seen)) > pfn)
			return first;
	}
	return UINT64_MAX;
}

/* Halves the chunk at @first until one begins at @pfn with @order at the most. */
static void split(struct kmem_plan *p, const struct kmem_event *e, uint64_t first, uint64_t pfn,
		  unsigned order)
{
	uint64_t head = look(p, first);

	while (first != pfn || *order_of(p, head) > order) {
		unsigned half = *order_of(p, head) - 1u;
		uint64_t second = first + (1ull << half);
		struct kmem_action *a = act(p, e, KMEM_DO_SPLIT, first, half + 1);

		a->chunk = (uint32_t)(head - HEAD);
		*order_of(p, head) = (uint8_t)half;
		a->second = new_chunk(p, second, half);
		p->splits++;
		if (pfn >= second) {
			first = second;
			head = look(p, first);
		}
	}
}

/* What is known of the pages of a chunk. */
static void survey(struct kmem_plan *p, uint64_t pfn, unsigned order, bool *heads, bool *seen)
{
	*heads = *seen = false;
	for (uint64_t i = 0; i < 1ull << order; i++) {
		uint64_t page = look(p, pfn + i);

		*heads |= is_head(page);
		*seen |= page != UNSEEN;
	}
}

static void add_prior(struct kmem_plan *p, const struct kmem_event *e, uint64_t pfn, unsigned order)
{
	uint32_t chunk = new_chunk(p, pfn, order);

	*vec_add(&p->prior) = (struct kmem_prior){ pfn, chunk, (uint8_t)order };
	p->prior_pages += 1ull << order;
	p->live += 1ull << order; /* free_head() takes it away again */
	free_head(p, e, pfn);
}

/*
 * It was free, and is freed: an allocation has no event. Linux's bulk allocations have none
 * (vmalloc's, so kernel stacks), nor has what the tracer lost. That it was for the kernel is a
 * guess, and when it was, too.
 */
static void imply_alloc(struct kmem_plan *p, const struct kmem_event *e, uint64_t pfn,
			unsigned order)
{
	uint32_t chunk = new_chunk(p, pfn, order);
	struct kmem_action *a = act(p, e, KMEM_DO_ALLOC, pfn, order);

	a->gfp = PF_GFP_UNMOVABLE;
	a->chunk = chunk;
	p->allocs++;
	p->implied_allocs++;
	p->live += 1ull << order;
}

/* A chunk may be freed in parts, and parts together; at most PF_MAX_ORDER deep. */
static void plan_free(struct kmem_plan *p, const struct kmem_event *e, uint64_t pfn, unsigned order)
{
	uint64_t head = look(p, pfn);
	uint64_t first = is_head(head) ? pfn : head_before(p, pfn);
	bool heads, seen;

	if (first != UINT64_MAX &&
	    first + (1ull << *order_of(p, look(p, first))) >= pfn + (1ull << order)) {
		split(p, e, first, pfn, order);
		free_head(p, e, pfn);
		return;
	}
	survey(p, pfn, order, &heads, &seen);
	if (!seen) {
		add_prior(p, e, pfn, order);
	} else if (!heads) {
		imply_alloc(p, e, pfn, order);
		free_head(p, e, pfn);
	} else {
		plan_free(p, e, pfn, order - 1);
		plan_free(p, e, pfn + (1ull << (order - 1)), order - 1);
	}
}

/* What is allocated was free: if we think otherwise, an event is missing. */
static void imply_frees(struct kmem_plan *p, const struct kmem_event *e)
{
	uint64_t first = head_before(p, e->pfn);

	if (first != UINT64_MAX) {
		free_head(p, e, first);
		p->implied_frees++;
	}
	for (uint64_t i = 0; i < 1ull << e->order; i++) {
		if (!is_head(look(p, e->pfn + i)))
			continue;
		free_head(p, e, e->pfn + i);
		p->implied_frees++;
	}
}

static void tell_type(struct kmem_plan *p, uint64_t pfn, unsigned type)
{
	uint64_t block = pfn >> PF_BLOCK_ORDER;

	if (!kmem_map_get(&p->types, block))
		kmem_map_set(&p->types, block, type + 1);
}

enum pf_migratetype kmem_plan_type(const struct kmem_plan *p, uint64_t pfn)
{
	uint64_t told = kmem_map_get(&p->types, pfn >> PF_BLOCK_ORDER);

	return told ? (enum pf_migratetype)(told - 1) : PF_MIGRATETYPES;
}

static void plan_alloc(struct kmem_plan *p, const struct kmem_event *e)
{
	struct kmem_action *a;
	uint32_t chunk;

	imply_frees(p, e);
	tell_type(p, e->pfn, e->gfp & PF_GFP_TYPE);
	chunk = new_chunk(p, e->pfn, e->order);
	a = act(p, e, KMEM_DO_ALLOC, e->pfn, e->order);
	a->gfp = e->gfp;
	a->chunk = chunk;
	p->allocs++;
	p->live += 1ull << e->order;
	p->peak = p->live > p->peak ? p->live : p->peak;
}

/* Blocks that were of another type until then. */
static void plan_extfrag(struct kmem_plan *p, const struct kmem_event *e)
{
	for (uint64_t i = 0; i < 1ull << e->order; i += PF_BLOCK_PAGES)
		tell_type(p, e->pfn + i, e->from);
}

/*
 * Linux tells of a page that is freed with others twice: mm_page_free when it is prepared for that,
 * and mm_page_free_batched when it is handed on. (So in the trace that comes with this: each of its
 * 55157 batched events has an mm_page_free of the same page before it, with no allocation of the
 * page between.) The second frees nothing, unless the first was not recorded at all.
 */
static void plan_batched(struct kmem_plan *p, const struct kmem_trace *t,
			 const struct kmem_event *e)
{
	if (t->count[KMEM_FREE])
		p->told_twice++;
	else
		plan_free(p, e, e->pfn, e->order);
}

void kmem_plan_make(struct kmem_plan *p, const struct kmem_trace *t)
{
	*p = (struct kmem_plan){ .live = 0 };
	for (size_t i = 0; i < t->events.n; i++) {
		const struct kmem_event *e = &t->events.at[i];

		if (e->kind == KMEM_ALLOC)
			plan_alloc(p, e);
		else if (e->kind == KMEM_FREE)
			plan_free(p, e, e->pfn, e->order);
		else if (e->kind == KMEM_FREE_BATCHED)
			plan_batched(p, t, e);
		else if (e->kind == KMEM_EXTFRAG)
			plan_extfrag(p, e);
	}
	kmem_map_free(&p->pages);
}

void kmem_plan_free(struct kmem_plan *p)
{
	vec_free(&p->actions);
	vec_free(&p->prior);
	vec_free(&p->orders);
	kmem_map_free(&p->pages);
	kmem_map_free(&p->types);
}
