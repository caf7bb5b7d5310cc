/* SPDX-License-Identifier: MIT */
/*
 * Queues, pages and counters against each other. Each run is looked at page by page, with its
 * neighbours: so runs neither overlap nor touch, and when the pages in them are as many as there
 * are waiting ones, each is in one.
 */
#include "internal.h"

#include "../lib/line.h"

struct check {
	const struct pf_mem *mem;
	const struct pf_node *node;
	struct line why;		 /* empty: nothing is wrong */
	unsigned long waiting, complete; /* in the node's queues */
	struct pf_nofree_stats pages;	 /* of the node, by a walk over pages */
};

static bool wrong(struct check *c, const char *what, uint64_t where)
{
	line_str(&c->why, "no-free pages of node ");
	line_int(&c->why, c->node->nid);
	line_str(&c->why, ": ");
	line_str(&c->why, what);
	line_char(&c->why, ' ');
	line_0x(&c->why, where);
	return false;
}

static bool same(struct check *c, const char *what, unsigned long counted, unsigned long kept)
{
	if (counted == kept)
		return true;
	return wrong(c, what, kept);
}

/* --- queues --- */

static bool waits(const struct check *c, pf_pfn pfn, uint32_t info)
{
	return (info_of(c->mem, pfn) & ~PF_INFO_MARKED) == nofree_info(info, WAITING);
}

static bool check_run(struct check *c, const struct pf_zone *zone, pf_pfn pfn)
{
	uint32_t info = info_place(zone->type, zone->nid);
	unsigned long n;
	pf_pfn head, end;

	if (!pf_mem_has_pfn(c->mem, pfn) || pf_info_state(pf_block(c->mem, pfn)->info) != PF_SPLIT)
		return wrong(c, "a queue leaves the chunks: pfn", pfn);
	info |= info_of(c->mem, pfn) & PF_INFO_ORDER;
	n = run_length(c->mem, pfn);
	head = chunk_head(info, pfn);
	end = head + chunk_size(info);
	if (!n || n > end - pfn || run_length(c->mem, pfn + n - 1) != n)
		return wrong(c, "a run has no length that it can have: pfn", pfn);
	for (pf_pfn at = pfn; at < pfn + n; at++)
		if (!waits(c, at, info))
			return wrong(c, "a run holds what does not wait: pfn", at);
	if ((pfn > head && waits(c, pfn - 1, info)) || (pfn + n < end && waits(c, pfn + n, info)))
		return wrong(c, "two runs are not merged: pfn", pfn);
	return true;
}

/* Runs of one chunk in order of address; those of complete chunks, which are large, last. */
static bool check_order(struct check *c, pf_pfn before, pf_pfn pfn)
{
	pf_pfn chunk = chunk_head(info_of(c->mem, pfn), pfn);

	if (before != PF_NO_PFN && before > pfn &&
	    chunk_head(info_of(c->mem, before), before) == chunk)
		return wrong(c, "runs of a chunk are in disorder: pfn", pfn);
	if (is_complete(c->mem, pfn) && !may_stay(pf_info_order(info_of(c->mem, pfn))))
		return wrong(c, "a small chunk is complete, and stays: pfn", pfn);
	if (before != PF_NO_PFN && is_complete(c->mem, before) && !is_complete(c->mem, pfn))
		return wrong(c, "a chunk in use is behind one that is not: pfn", pfn);
	return true;
}

static bool check_queue(struct check *c, const struct pf_zone *zone)
{
	const struct pf_nofree_runs *runs = runs_of(c->mem, zone);
	uint32_t at = runs->first, before = at;
	pf_pfn last = PF_NO_PFN;
	unsigned long pages = 0;

	for (uint32_t i = 0; i < runs->nr; i++) {
		pf_pfn pfn = pfi_link_pfn(zone, at);
		const struct pf_links *l;

		if (!check_run(c, zone, pfn) || !check_order(c, last, pfn))
			return false;
		l = &page_of(c->mem, pfn)->links;
		if (l->prev != before || (i + 1 == runs->nr) != (l->next == at))
			return wrong(c, "a link of a queue leads astray: pfn", pfn);
		pages += run_length(c->mem, pfn);
		c->complete += is_complete(c->mem, pfn);
		last = pfn;
		before = at;
		at = l->next;
	}
	if (runs->nr && before != runs->last)
		return wrong(c, "a queue has another end than its last:", runs->last);
	c->waiting += pages;
	return same(c, "pages of a queue:", pages, runs->pages);
}

/* --- pages --- */

/* All pages of a chunk have its order; a page that has another begins no chunk there. */
static bool check_page(struct check *c, pf_pfn pfn, uint32_t info)
{
	pf_pfn head = chunk_head(info, pfn);
	const uint32_t alike = PF_INFO_STATE | PF_INFO_ORDER | PF_INFO_PLACE;

	if (pf_info_order(info) > PF_NOFREE_ORDER || (info_of(c->mem, head) ^ info) & alike ||
	    (info_of(c->mem, head + chunk_size(info) - 1) ^ info) & alike)
		return wrong(c, "a chunk is not complete: pfn", pfn);
	if (pf_info_zone(info) >= PF_ZONE_MOVABLE || block_type(c->mem, pfn) == PF_CMA)
		return wrong(c, "a page is where only movable ones may be: pfn", pfn);
	if (!is_nofree(info, WAITING) && !is_nofree(info, HANDED_OUT))
		return wrong(c, "a page is nobody's: pfn", pfn);
	c->pages.chunks += head == pfn;
	c->pages.imported += head == pfn ? chunk_size(info) : 0;
	c->pages.waiting += is_nofree(info, WAITING);
	c->pages.handed_out += is_nofree(info, HANDED_OUT);
	return true;
}

static bool walk(struct check *c)
{
	for (unsigned long nr = 0; nr < c->mem->nr_blocks; nr++) {
		pf_pfn pfn = pf_block_pfn(c->mem, nr), end = pfn + PF_BLOCK_PAGES;

		if (pf_info_state(c->mem->blocks[nr].info) != PF_SPLIT)
			continue;
		for (; pfn < end; pfn++) {
			uint32_t info = info_of(c->mem, pfn);

			if (pf_info_state(info) == PF_NOFREE &&
			    pf_info_node(info) == c->node->nid && !check_page(c, pfn, info))
				return false;
		}
	}
	return true;
}

static bool check_node(struct check *c, const struct pf_node *node)
{
	const struct pf_nofree *nofree = &node->nofree;

	c->node = node;
	c->waiting = 0;
	c->complete = 0;
	c->pages = (struct pf_nofree_stats){ 0 };
	for (int z = 0; z < PF_ZONES; z++)
		if (!check_queue(c, &node->zone[z]))
			return false;
	return walk(c) && same(c, "chunks:", c->pages.chunks, nofree->stats.chunks) &&
	       same(c, "pages in use:", c->pages.handed_out, nofree->stats.handed_out) &&
	       same(c, "waiting pages:", c->pages.waiting, nofree->stats.waiting) &&
	       same(c, "waiting pages in queues:", c->waiting, nofree->stats.waiting) &&
	       same(c, "complete chunks:", c->complete, nofree->complete) &&
	       same(c, "pages of chunks:", c->pages.imported,
		    c->pages.handed_out + c->pages.waiting) &&
	       same(c, "pages that came and did not go:", c->pages.handed_out + c->pages.waiting,
		    nofree->stats.imported - nofree->stats.returned);
}

bool pf_verify_nofree(const struct pf_mem *mem, char *why, size_t size)
{
	struct check c = { .mem = mem };
	bool good = true;
	size_t i;

	for (int nid = 0; good && nid < mem->nr_nodes; nid++)
		good = !mem->nodes[nid] || check_node(&c, mem->nodes[nid]);
	for (i = 0; size && i < c.why.len && i < size - 1; i++)
		why[i] = c.why.text[i];
	if (size)
		why[i] = '\0';
	return good;
}
