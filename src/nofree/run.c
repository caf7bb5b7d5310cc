/* SPDX-License-Identifier: MIT */
/*
 * Queues of runs of waiting pages, one for each zone of a node. Runs of a chunk stand together, in
 * order of address; chunks that are in use stand before those that are complete. What is first is
 * handed out next.
 */
#include "internal.h"

/* --- links: the neighbour of the first and of the last run is itself --- */

static struct pf_links *links_of(struct pf_mem *mem, const struct pf_zone *zone, uint32_t at)
{
	return &page_of(mem, pfi_link_pfn(zone, at))->links;
}

/* Between two neighbours; @at itself stands for none. */
static void link_run(struct pf_mem *mem, struct pf_zone *zone, uint32_t at, uint32_t prev,
		     uint32_t next)
{
	struct pf_nofree_runs *runs = runs_of(mem, zone);

	*links_of(mem, zone, at) = (struct pf_links){ .next = next, .prev = prev };
	if (prev == at)
		runs->first = at;
	else
		links_of(mem, zone, prev)->next = at;
	if (next == at)
		runs->last = at;
	else
		links_of(mem, zone, next)->prev = at;
	runs->nr++;
}

static void unlink_run(struct pf_mem *mem, struct pf_zone *zone, uint32_t at)
{
	struct pf_nofree_runs *runs = runs_of(mem, zone);
	struct pf_links l = *links_of(mem, zone, at);

	if (l.prev == at)
		runs->first = l.next;
	else
		links_of(mem, zone, l.prev)->next = l.next == at ? l.prev : l.next;
	if (l.next == at)
		runs->last = l.prev;
	else
		links_of(mem, zone, l.next)->prev = l.prev == at ? l.next : l.prev;
	runs->nr--;
}

static void link_after(struct pf_mem *mem, struct pf_zone *zone, uint32_t at, uint32_t prev)
{
	uint32_t next = links_of(mem, zone, prev)->next;

	link_run(mem, zone, at, prev, next == prev ? at : next);
}

static void link_before(struct pf_mem *mem, struct pf_zone *zone, uint32_t at, uint32_t next)
{
	uint32_t prev = links_of(mem, zone, next)->prev;

	link_run(mem, zone, at, prev == next ? at : prev, next);
}

/* The only run of a chunk that is in use: behind the others, before those that are complete. */
static void link_in_use(struct pf_mem *mem, struct pf_zone *zone, uint32_t at)
{
	struct pf_nofree_runs *runs = runs_of(mem, zone);
	uint32_t prev = runs->last, next = at;

	for (uint32_t n = runs->nr; n; n--) {
		if (!is_complete(mem, pfi_link_pfn(zone, prev))) {
			link_after(mem, zone, at, prev);
			return;
		}
		next = prev;
		prev = links_of(mem, zone, prev)->prev;
	}
	link_run(mem, zone, at, at, next);
}

static void link_last(struct pf_mem *mem, struct pf_zone *zone, uint32_t at)
{
	struct pf_nofree_runs *runs = runs_of(mem, zone);

	link_run(mem, zone, at, runs->nr ? runs->last : at, at);
}

/* A run begins elsewhere now, in the same place of the queue. */
static void move_run(struct pf_mem *mem, struct pf_zone *zone, uint32_t from, uint32_t to)
{
	struct pf_links l = *links_of(mem, zone, from);

	unlink_run(mem, zone, from);
	link_run(mem, zone, to, l.prev == from ? to : l.prev, l.next == from ? to : l.next);
}

static void set_length(struct pf_mem *mem, pf_pfn pfn, unsigned long n)
{
	page_of(mem, pfn)->value = (uint32_t)n;
	page_of(mem, pfn + n - 1)->value = (uint32_t)n;
}

/* --- out --- */

/* So many pages more wait, or fewer, in whoever's favour. */
static void count_waiting(struct pf_mem *mem, struct pf_zone *zone, long pages)
{
	runs_of(mem, zone)->pages += (unsigned long)pages;
	nofree_of(mem, zone)->stats.waiting += (unsigned long)pages;
}

static void hand_out(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned long n,
		     pf_pfn *pfns)
{
	for (unsigned long i = 0; i < n; i++) {
		struct pf_page *page = page_of(mem, pfn + i);

		pf_store(&page->info, nofree_info(pf_load(&page->info), HANDED_OUT));
		pfns[i] = pfn + i;
	}
	nofree_of(mem, zone)->stats.handed_out += n;
}

void pfi_nofree_take(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned long n,
		     pf_pfn *pfns)
{
	unsigned long length = run_length(mem, pfn);
	bool complete = is_complete(mem, pfn);

	if (n < length)
		set_length(mem, pfn + n, length - n);
	if (n < length && !complete) {
		move_run(mem, zone, (uint32_t)pfn, (uint32_t)(pfn + n));
	} else {
		unlink_run(mem, zone, (uint32_t)pfn);
		if (n < length)
			link_in_use(mem, zone, (uint32_t)(pfn + n));
	}
	nofree_of(mem, zone)->complete -= complete;
	count_waiting(mem, zone, -(long)n);
	hand_out(mem, zone, pfn, n, pfns);
}

void pfi_nofree_enter(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned long n,
		      pf_pfn *pfns)
{
	struct pf_nofree_stats *stats = &nofree_of(mem, zone)->stats;
	unsigned long size = chunk_size(info_of(mem, pfn));

	if (n < size) {
		set_length(mem, pfn + n, size - n);
		link_in_use(mem, zone, (uint32_t)(pfn + n));
	}
	stats->chunks++;
	stats->imported += size;
	count_waiting(mem, zone, (long)(size - n));
	hand_out(mem, zone, pfn, n, pfns);
}

/* --- and back --- */

/* A run that has no neighbour: to its place among those of its chunk. */
static void link_in_chunk(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	uint32_t info = info_of(mem, pfn);
	pf_pfn head = chunk_head(info, pfn), end = head + chunk_size(info);

	for (pf_pfn at = pfn; at-- > head;)
		if (is_nofree(info_of(mem, at), WAITING)) {
			at -= run_length(mem, at) - 1; /* its last page has it, too */
			link_after(mem, zone, (uint32_t)pfn, (uint32_t)at);
			return;
		}
	for (pf_pfn at = pfn + 1; at < end; at++)
		if (is_nofree(info_of(mem, at), WAITING)) {
			link_before(mem, zone, (uint32_t)pfn, (uint32_t)at);
			return;
		}
	link_in_use(mem, zone, (uint32_t)pfn);
}

/* A page joins the runs before and behind it in its chunk. Return: where the run begins. */
static pf_pfn merge(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	uint32_t info = info_of(mem, pfn);
	pf_pfn head = chunk_head(info, pfn), end = head + chunk_size(info), start = pfn;
	bool before = pfn > head && is_nofree(info_of(mem, pfn - 1), WAITING);
	bool behind = pfn + 1 < end && is_nofree(info_of(mem, pfn + 1), WAITING);
	unsigned long n = 1;

	if (before) {
		n += run_length(mem, pfn - 1);
		start = pfn + 1 - n;
	}
	if (behind)
		n += run_length(mem, pfn + 1);
	if (before && behind)
		unlink_run(mem, zone, (uint32_t)(pfn + 1));
	else if (behind)
		move_run(mem, zone, (uint32_t)(pfn + 1), (uint32_t)pfn);
	else if (!before)
		link_in_chunk(mem, zone, pfn);
	set_length(mem, start, n);
	return start;
}

static void leave(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	struct pf_nofree_stats *stats = &nofree_of(mem, zone)->stats;
	unsigned long size = chunk_size(info_of(mem, pfn));

	unlink_run(mem, zone, (uint32_t)pfn);
	count_waiting(mem, zone, -(long)size);
	stats->chunks--;
	stats->returned += size;
}

/* A part of a block does not, when memory is as scarce as where none is imported. */
static bool stays(const struct pf_zone *zone, unsigned order)
{
	return order == PF_NOFREE_ORDER ||
	       (may_stay(order) && pfi_room(zone, PF_BLOCK_ORDER, PF_WMARK_LOW, zone->type, 0));
}

pf_pfn pfi_nofree_put(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	struct pf_nofree *nofree = nofree_of(mem, zone);
	struct pf_page *page = page_of(mem, pfn);
	pf_pfn start;

	/* Who frees it a second time at this moment looks, too. */
	pf_store(&page->info, nofree_info(pf_load(&page->info), WAITING));
	nofree->stats.handed_out--;
	count_waiting(mem, zone, 1);
	start = merge(mem, zone, pfn);
	if (!is_complete(mem, start))
		return PF_NO_PFN;
	if (nofree->complete + 1 > PF_NOFREE_RESERVE ||
	    !stays(zone, pf_info_order(pf_load(&page->info)))) {
		leave(mem, zone, start);
		return start;
	}
	unlink_run(mem, zone, (uint32_t)start);
	link_last(mem, zone, (uint32_t)start);
	nofree->complete++;
	return PF_NO_PFN;
}

pf_pfn pfi_nofree_drop(struct pf_mem *mem, struct pf_zone *zone)
{
	struct pf_nofree_runs *runs = runs_of(mem, zone);
	pf_pfn pfn = pfi_link_pfn(zone, runs->last);

	if (!runs->nr || !is_complete(mem, pfn))
		return PF_NO_PFN;
	leave(mem, zone, pfn);
	nofree_of(mem, zone)->complete--;
	return pfn;
}
