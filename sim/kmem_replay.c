/* SPDX-License-Identifier: MIT */
#include "kmem_replay.h"

#include <time.h>

#include "../port/posix/port.h"

#define PROGRESS_EVERY 8192

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t locked(const struct pf_mem *mem)
{
	uint64_t times = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int t = 0; mem->nodes[nid] && t < PF_ZONES; t++)
			times += mem->nodes[nid]->zone[t].locked;
	return times;
}

/* The node that the kernel found the page on, which it may have been asked for. */
static int node_of(const struct pf_mem *mem, uint64_t pfn)
{
	uint32_t info;

	if (mem->nr_nodes == 1 || !pf_mem_has_pfn(mem, pfn))
		return -1;
	info = pf_load(&pf_block(mem, pfn)->info);
	return pf_info_state(info) == PF_ABSENT ? -1 : pf_info_node(info);
}

/* What was in a block that cannot be moved, and that the trace allocated. */
enum seen {
	SEEN_STAYING = 1,
	SEEN_OTHERS = 2,
};

/* Contiguous ones, or none: PF_NO_PFN. */
static pf_pfn take_nofree(struct kmem_replay *r, const struct kmem_action *a, int nid)
{
	unsigned long nr = 1ul << a->order;
	pf_pfn pfns[1 << KMEM_NOFREE_ORDER];

	if (pf_alloc_nofree_bulk(r->mem, nid, a->gfp, nr, pfns))
		return PF_NO_PFN;
	if (pfns[nr - 1] == pfns[0] + nr - 1) {
		r->nofree_pages += nr;
		return pfns[0];
	}
	for (unsigned long i = 0; i < nr; i++)
		pf_free_nofree(r->mem, pfns[i]);
	r->nofree_apart++;
	return PF_NO_PFN;
}

/* What no-free chunks are for, as far as they have it. */
static pf_pfn alloc_staying(struct kmem_replay *r, const struct kmem_action *a, int nid)
{
	if (a->order <= KMEM_NOFREE_ORDER)
		return take_nofree(r, a, nid);
	r->nofree_large++;
	r->nofree_large_pages += 1ull << a->order;
	return PF_NO_PFN;
}

static uint64_t unmovable_blocks(const struct pf_mem *mem)
{
	uint64_t blocks = 0;

	for (unsigned long nr = 0; nr < mem->nr_blocks; nr++) {
		uint32_t info = pf_load(&mem->blocks[nr].info);

		blocks += pf_info_state(info) != PF_ABSENT &&
			  pf_info_migratetype(info) == PF_UNMOVABLE;
	}
	return blocks;
}

/* Blocks change their type under the lock of their zone only. */
static void count_unmovable(struct kmem_replay *r)
{
	uint64_t times = locked(r->mem), blocks;

	if (times == r->counted_at)
		return;
	blocks = unmovable_blocks(r->mem);
	r->counted_at = times;
	r->unmovable_peak = blocks > r->unmovable_peak ? blocks : r->unmovable_peak;
}

/* Where what cannot be moved has been, by blocks. */
static void has_been_there(struct kmem_replay *r, const struct kmem_action *a, pf_pfn pfn)
{
	unsigned long nr = pf_block_nr(r->mem, pfn);
	unsigned long end = pf_block_nr(r->mem, pfn + (1ul << a->order) - 1) + 1;

	for (; nr < end; nr++)
		r->seen[nr] |= r->stays[a->chunk] ? SEEN_STAYING : SEEN_OTHERS;
	count_unmovable(r);
}

static void do_alloc(struct kmem_replay *r, const struct kmem_action *a)
{
	bool unmovable = (a->gfp & PF_GFP_TYPE) == PF_GFP_UNMOVABLE;
	int nid = node_of(r->mem, a->pfn);
	pf_pfn pfn = PF_NO_PFN;

	if (r->nofree && unmovable && r->stays[a->chunk])
		pfn = alloc_staying(r, a, nid);
	if (pfn == PF_NO_PFN)
		pfn = nid < 0 ? pf_alloc_pages(r->mem, a->order, a->gfp)
			      : pf_alloc_pages_node(r->mem, a->order, a->gfp, nid, NULL);

	r->chunks[a->chunk] = pfn;
	if (unmovable && pfn != PF_NO_PFN)
		has_been_there(r, a, pfn);
	if (pfn == PF_NO_PFN && !r->failed++)
		r->first_failed = a->pfn;
}

static void do_free(struct kmem_replay *r, const struct kmem_action *a)
{
	if (r->chunks[a->chunk] == PF_NO_PFN)
		return; /* its allocation failed here */
	pf_free_pages(r->mem, r->chunks[a->chunk], a->order);
	r->chunks[a->chunk] = PF_NO_PFN;
}

/* Nobody else is there who could take a half in between. */
static void do_split(struct kmem_replay *r, const struct kmem_action *a)
{
	pf_pfn first = r->chunks[a->chunk], second;
	unsigned half = a->order - 1u;

	if (first == PF_NO_PFN)
		return;
	second = first + (1ul << half);
	pf_free_pages(r->mem, first, a->order);
	if (pf_alloc_pages_at(r->mem, first, half)) {
		r->chunks[a->chunk] = PF_NO_PFN;
		r->failed_splits++;
	}
	if (pf_alloc_pages_at(r->mem, second, half))
		r->failed_splits++;
	else
		r->chunks[a->second] = second;
}

static void run_actions(struct kmem_replay *r, kmem_progress_fn progress, void *arg)
{
	static void (*const todo[])(struct kmem_replay * r, const struct kmem_action *a) = {
		[KMEM_DO_ALLOC] = do_alloc,
		[KMEM_DO_FREE] = do_free,
		[KMEM_DO_SPLIT] = do_split,
	};
	size_t n = r->plan->actions.n;

	for (size_t i = 0; i < n; i++) {
		const struct kmem_action *a = &r->plan->actions.at[i];

		posix_port_set_cpu(a->cpu);
		todo[a->what](r, a);
		if (progress && i % PROGRESS_EVERY == 0)
			progress(arg, i, n);
	}
	if (progress)
		progress(arg, n, n);
	posix_port_set_cpu(0);
}

static bool *find_those_that_stay(const struct kmem_plan *p)
{
	VEC(bool) stays = { 0 };

	for (size_t i = 0; i < p->orders.n; i++)
		*vec_add(&stays) = true;
	for (size_t i = 0; i < p->actions.n; i++)
		if (p->actions.at[i].what != KMEM_DO_ALLOC)
			stays.at[p->actions.at[i].chunk] = false;
	return stays.at;
}

/* Pages of the trace that cannot be moved and are in use at the same time, whatever serves them. */
static uint64_t unmovable_at_most(const struct kmem_plan *p)
{
	VEC(bool) unmovable = { 0 };
	uint64_t live = 0, most = 0;

	for (size_t i = 0; i < p->orders.n; i++)
		*vec_add(&unmovable) = false;
	for (size_t i = 0; i < p->actions.n; i++) {
		const struct kmem_action *a = &p->actions.at[i];
		bool *its = &unmovable.at[a->chunk];

		if (a->what == KMEM_DO_SPLIT) {
			unmovable.at[a->second] = *its;
		} else if (a->what == KMEM_DO_FREE) {
			live -= *its ? 1ull << a->order : 0;
		} else if ((a->gfp & PF_GFP_TYPE) == PF_GFP_UNMOVABLE) {
			*its = true;
			live += 1ull << a->order;
			most = live > most ? live : most;
		}
	}
	vec_free(&unmovable);
	return most;
}

static void count_seen(struct kmem_replay *r)
{
	for (unsigned long nr = 0; nr < r->mem->nr_blocks; nr++) {
		r->blocks_staying += (r->seen[nr] & SEEN_STAYING) != 0;
		r->blocks_shared += r->seen[nr] == (SEEN_STAYING | SEEN_OTHERS);
	}
}

void kmem_replay_run(struct kmem_replay *r, const struct kmem_trace *t, const struct kmem_plan *p,
		     struct pf_mem *mem, bool nofree, kmem_progress_fn progress, void *arg)
{
	VEC(pf_pfn) chunks = { 0 };
	VEC(uint8_t) seen = { 0 };

	*r = (struct kmem_replay){ .trace = t, .plan = p, .mem = mem, .nofree = nofree };
	for (size_t i = 0; i < p->orders.n; i++)
		*vec_add(&chunks) = PF_NO_PFN;
	r->chunks = chunks.at;
	r->stays = find_those_that_stay(p);
	for (unsigned long nr = 0; nr < mem->nr_blocks; nr++)
		*vec_add(&seen) = 0;
	r->seen = seen.at;
	r->unmovable_most = unmovable_at_most(p);
	kmem_before_set(r);
	kmem_state_of(&r->start, mem);
	r->unmovable_peak = unmovable_blocks(mem);
	r->locked = locked(mem);
	r->ns = now();
	run_actions(r, progress, arg);
	r->ns = now() - r->ns;
	r->locked = locked(mem) - r->locked;
	count_seen(r);
	kmem_state_of(&r->end, mem);
	if (pf_verify(mem, r->wrong, sizeof(r->wrong)) &&
	    pf_verify_nofree(mem, r->wrong, sizeof(r->wrong)))
		r->wrong[0] = '\0';
}

void kmem_replay_free(struct kmem_replay *r)
{
	free(r->chunks);
	free(r->stays);
	free(r->seen);
	vec_free(&r->start.zones);
	vec_free(&r->end.zones);
}
