/* SPDX-License-Identifier: MIT */
/*
 * No-free pages for who wants them, and back. Chunks are imported without a lock; they are the
 * caller's alone until there is enough for all that he wants, so one who fails gives them back, and
 * nobody has seen them.
 */
#include "internal.h"

#include "../lib/line.h"

struct wish {
	struct pf_mem *mem;
	struct pf_node *node; /* the preferred one */
	pf_gfp gfp;	      /* for imports */
	enum pf_zone_type highest;
	unsigned long nr;
	pf_pfn *pfns;
	struct imports imports;
	int nodes; /* that may serve, in the preferred one's order of fall-back */
	/* Zones are asked in turn: all of @asked nodes, and of the next one those from @lowest up.
	 */
	int asked;
	int lowest;
};

/* The @i'th node that may serve, and the lowest of its zones that was asked; PF_ZONES: none. */
static struct pf_node *nth_node(const struct wish *w, int i)
{
	return w->mem->nodes[w->node->fallback[i]];
}

static int lowest_asked(const struct wish *w, int i)
{
	if (i == w->asked)
		return w->lowest;
	return i < w->asked ? 0 : PF_ZONES;
}

/* --- from a zone's queue --- */

/* The first run that has all of it. */
static bool take_run(const struct wish *w, struct pf_zone *zone)
{
	const struct pf_nofree_runs *runs = runs_of(w->mem, zone);
	uint32_t at = runs->first;

	for (uint32_t n = runs->nr; n; n--) {
		pf_pfn pfn = pfi_link_pfn(zone, at);

		if (run_length(w->mem, pfn) >= w->nr) {
			pfi_nofree_take(w->mem, zone, pfn, w->nr, w->pfns);
			return true;
		}
		at = page_of(w->mem, pfn)->links.next;
	}
	return false;
}

/* So many pages at the most, run by run. Return: how many. */
static unsigned long take_some(const struct wish *w, struct pf_zone *zone, unsigned long nr,
			       pf_pfn *pfns)
{
	const struct pf_nofree_runs *runs = runs_of(w->mem, zone);
	unsigned long got = 0;

	while (runs->nr && got < nr) {
		pf_pfn pfn = pfi_link_pfn(zone, runs->first);
		unsigned long n = run_length(w->mem, pfn);

		n = n < nr - got ? n : nr - got;
		pfi_nofree_take(w->mem, zone, pfn, n, pfns + got);
		got += n;
	}
	return got;
}

/* All of it, if there is so much. Under the node's lock. */
static bool take_waiting(const struct wish *w, struct pf_zone *zone)
{
	bool enough = runs_of(w->mem, zone)->pages >= w->nr;

	if (enough && !take_run(w, zone))
		take_some(w, zone, w->nr, w->pfns);
	return enough;
}

static bool take_all(const struct wish *w, struct pf_zone *zone)
{
	pf_irqflags flags = pf_lock_irqsave(&nofree_of(w->mem, zone)->lock);
	bool enough = take_waiting(w, zone);

	pf_unlock_irqrestore(&nofree_of(w->mem, zone)->lock, flags);
	return enough;
}

/* --- back to them --- */

static void put(struct pf_mem *mem, pf_pfn pfn, bool count)
{
	struct pf_zone *zone = pf_info_to_zone(mem, info_of(mem, pfn));
	struct pf_nofree *nofree = nofree_of(mem, zone);
	pf_irqflags flags = pf_lock_irqsave(&nofree->lock);
	pf_pfn chunk = pfi_nofree_put(mem, zone, pfn);

	nofree->stats.given_back += count;
	pf_unlock_irqrestore(&nofree->lock, flags);
	if (chunk != PF_NO_PFN)
		pfi_nofree_return(mem, chunk);
}

/* --- from several --- */

/* The rest from chunks that were imported: there is enough. */
static void take_imported(struct wish *w, unsigned long got)
{
	while (got < w->nr) {
		pf_pfn pfn = pfi_nofree_pop(w->mem, &w->imports);
		uint32_t info = info_of(w->mem, pfn);
		struct pf_zone *zone = pf_info_to_zone(w->mem, info);
		struct pf_nofree *nofree = nofree_of(w->mem, zone);
		unsigned long n = chunk_size(info);
		pf_irqflags flags = pf_lock_irqsave(&nofree->lock);

		n = n < w->nr - got ? n : w->nr - got;
		pfi_nofree_enter(w->mem, zone, pfn, n, w->pfns + got);
		pf_unlock_irqrestore(&nofree->lock, flags);
		got += n;
	}
}

/* What waits in zones from @lowest up. */
static unsigned long waiting_on(const struct wish *w, struct pf_node *node, int lowest)
{
	pf_irqflags flags = pf_lock_irqsave(&node->nofree.lock);
	unsigned long n = 0;

	for (int z = (int)w->highest; z >= lowest; z--)
		n += node->nofree.runs[z].pages;
	pf_unlock_irqrestore(&node->nofree.lock, flags);
	return n;
}

/* Could there be enough, if nobody else took any? Who wants too much takes nothing meanwhile. */
static bool is_possible(const struct wish *w)
{
	unsigned long n = 0;

	for (int i = 0; i < w->nodes && n < w->nr; i++)
		n += waiting_on(w, nth_node(w, i), 0) +
		     pfi_nofree_room(w->mem, w->gfp, nth_node(w, i));
	return n >= w->nr;
}

static bool is_enough(const struct wish *w)
{
	unsigned long n = w->imports.pages;

	for (int i = 0; i < w->nodes && n < w->nr; i++)
		n += waiting_on(w, nth_node(w, i), lowest_asked(w, i));
	return n >= w->nr;
}

/*
 * What waits in zones that were asked, and what was imported, @imported of it at least; false, and
 * nothing is taken: not enough. Who takes first and counts then makes others fail, and puts back in
 * another order.
 */
static bool gather(struct wish *w, unsigned long imported)
{
	unsigned long most = w->nr - imported;
	unsigned long got = 0;

	if (!is_enough(w))
		return false;
	for (int i = 0; i < w->nodes; i++) {
		struct pf_node *node = nth_node(w, i);
		pf_irqflags flags = pf_lock_irqsave(&node->nofree.lock);

		for (int z = (int)w->highest; z >= lowest_asked(w, i); z--)
			got += take_some(w, &node->zone[z], most - got, w->pfns + got);
		pf_unlock_irqrestore(&node->nofree.lock, flags);
	}
	if (got + w->imports.pages >= w->nr) {
		take_imported(w, got);
		return true;
	}
	/* Others were quicker. */
	while (got)
		put(w->mem, w->pfns[--got], false);
	return false;
}

/*
 * The chunk that was imported last: it, or others of its zone, may have all that is wanted. It came
 * from where others have imported, too: theirs is used up first. Look and enter are one, or two who
 * come at the same time would begin a chunk each.
 */
static bool serves(struct wish *w)
{
	uint32_t info = info_of(w->mem, w->imports.first);
	struct pf_zone *zone = pf_info_to_zone(w->mem, info);
	pf_irqflags flags = pf_lock_irqsave(&nofree_of(w->mem, zone)->lock);
	bool served = take_waiting(w, zone);

	if (!served && chunk_size(info) >= w->nr) {
		pfi_nofree_enter(w->mem, zone, pfi_nofree_pop(w->mem, &w->imports), w->nr, w->pfns);
		served = true;
	}
	pf_unlock_irqrestore(&nofree_of(w->mem, zone)->lock, flags);
	return served || gather(w, 0);
}

/* What waits there, and then what it has to give while it is above its low watermark. */
static bool ask_zone(struct wish *w, struct pf_zone *zone)
{
	/* All that zones before this one gave is used, if there is something. */
	if ((!w->imports.pages && take_all(w, zone)) || (w->nr > 1 && gather(w, w->imports.pages)))
		return true;
	w->imports.order = PF_NOFREE_ORDER;
	while (pfi_nofree_import(w->mem, w->gfp, zone, w->nr, &w->imports))
		if (serves(w))
			return true;
	return false;
}

/* All zones are as low as that: now whatever the page allocator can do for it. */
static bool ask_harder(struct wish *w)
{
	w->imports.order = PF_NOFREE_ORDER;
	while (pfi_nofree_import_any(w->mem, w->gfp, w->node->nid, &w->imports))
		if (serves(w))
			return true;
	return gather(w, 0);
}

/*
 * As the page allocator asks zones, each for what waits first: who can use a lower zone or another
 * node does not so while there is memory in his own.
 */
static bool grant(struct wish *w)
{
	w->nodes = w->gfp & PF_GFP_THISNODE ? 1 : w->mem->nr_fallback;
	if (take_all(w, &w->node->zone[w->highest]))
		return true;
	if (w->nr > 1 && !is_possible(w))
		return false;
	for (w->asked = 0; w->asked < w->nodes; w->asked++)
		for (w->lowest = (int)w->highest; w->lowest >= 0; w->lowest--)
			if (ask_zone(w, &nth_node(w, w->asked)->zone[w->lowest]))
				return true;
	return ask_harder(w);
}

/* Nothing that can be moved: so neither ZONE_MOVABLE nor an area is among who may serve. */
static bool make_wish(struct wish *w, int nid, pf_gfp gfp)
{
	const pf_gfp kept = PF_GFP_HIGH | PF_GFP_ATOMIC | PF_GFP_MEMALLOC | PF_GFP_THISNODE;
	const struct pf_node *node = pfi_first_node(w->mem, nid);

	w->gfp = (gfp & (kept | PF_GFP_ZONES)) | PF_GFP_UNMOVABLE;
	w->highest = pfi_highest_zone(w->gfp);
	if (!node || w->highest >= PF_ZONES)
		return false;
	w->node = w->mem->nodes[node->nid];
	return true;
}

int pf_alloc_nofree_bulk(struct pf_mem *mem, int nid, pf_gfp gfp, unsigned long nr, pf_pfn *pfns)
{
	struct wish w = { .mem = mem, .nr = nr, .pfns = pfns };
	bool done;

	w.imports = (struct imports){ .first = PF_NO_PFN, .order = PF_NOFREE_ORDER };
	if (!nr)
		return 0;
	if (!make_wish(&w, nid, gfp))
		return -PF_EINVAL;
	done = grant(&w);
	pfi_nofree_undo(mem, &w.imports);
	for (unsigned long i = 0; done && i < nr; i++)
		pfi_finish(mem, pfns[i], 0, gfp);
	return done ? 0 : -PF_ENOMEM;
}

pf_pfn pf_alloc_nofree(struct pf_mem *mem, int nid, pf_gfp gfp)
{
	pf_pfn pfn;

	return pf_alloc_nofree_bulk(mem, nid, gfp, 1, &pfn) ? PF_NO_PFN : pfn;
}

/* --- freed --- */

static int refuse(struct pf_mem *mem, pf_pfn pfn)
{
	enum pf_state state = pf_info_state(pf_page_info(mem, pfn));
	struct line l = { 0 };

	line_str(&l, "pf_free_nofree: pfn ");
	line_0x(&l, pfn);
	line_str(&l, ": it is ");
	if (state == PF_NOFREE)
		line_str(&l, "a no-free page, but free already");
	else if (state == PF_ALLOCATED)
		line_str(&l, "allocated, but not a no-free page");
	else
		line_str(&l, pfi_what_it_is(state));
	line_str(&l, "; nothing is freed");
	pf_port_print(PF_ERR, l.text);
	return -PF_EINVAL;
}

/* Of two who free it at the same time, one does. */
static bool claim(struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info, want;

	if (!pf_mem_has_pfn(mem, pfn) ||
	    pf_info_state(pf_load_acquire(&pf_block(mem, pfn)->info)) != PF_SPLIT)
		return false;
	info = info_of(mem, pfn);
	want = nofree_info(info, HANDED_OUT);
	return pf_cas_acquire(&page_of(mem, pfn)->info, &want, nofree_info(info, COMING));
}

int pf_free_nofree(struct pf_mem *mem, pf_pfn pfn)
{
	pf_observer_fn observer = pf_load_acquire(&mem->observer);

	if (!claim(mem, pfn))
		return refuse(mem, pfn);
	if (observer)
		observer(mem, PF_EVENT_FREE, pfn, 0, 0);
	put(mem, pfn, true);
	return 0;
}

/* --- kept, and counted --- */

static unsigned long drain_zone(struct pf_mem *mem, struct pf_zone *zone)
{
	struct pf_nofree *nofree = nofree_of(mem, zone);
	unsigned long pages = 0;
	pf_pfn chunk;

	do {
		pf_irqflags flags = pf_lock_irqsave(&nofree->lock);

		chunk = pfi_nofree_drop(mem, zone);
		pf_unlock_irqrestore(&nofree->lock, flags);
		if (chunk != PF_NO_PFN) {
			pages += chunk_size(info_of(mem, chunk));
			pfi_nofree_return(mem, chunk);
		}
	} while (chunk != PF_NO_PFN);
	return pages;
}

unsigned long pf_drain_nofree(struct pf_mem *mem, int nid)
{
	unsigned long pages = 0;

	for (int n = 0; n < mem->nr_nodes; n++)
		for (int z = 0; mem->nodes[n] && (nid < 0 || nid == n) && z < PF_ZONES; z++)
			pages += drain_zone(mem, &mem->nodes[n]->zone[z]);
	return pages;
}

static void add_stats(struct pf_nofree *nofree, struct pf_nofree_stats *sum)
{
	pf_irqflags flags = pf_lock_irqsave(&nofree->lock);

	sum->chunks += nofree->stats.chunks;
	sum->handed_out += nofree->stats.handed_out;
	sum->waiting += nofree->stats.waiting;
	sum->given_back += nofree->stats.given_back;
	sum->imported += nofree->stats.imported;
	sum->returned += nofree->stats.returned;
	pf_unlock_irqrestore(&nofree->lock, flags);
}

int pf_nofree_stats(struct pf_mem *mem, int nid, struct pf_nofree_stats *stats)
{
	if (nid >= mem->nr_nodes || (nid >= 0 && !mem->nodes[nid]))
		return -PF_EINVAL;
	*stats = (struct pf_nofree_stats){ 0 };
	for (int n = 0; n < mem->nr_nodes; n++)
		if (mem->nodes[n] && (nid < 0 || nid == n))
			add_stats(&mem->nodes[n]->nofree, stats);
	return 0;
}
