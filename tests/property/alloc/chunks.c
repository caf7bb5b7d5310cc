/* SPDX-License-Identifier: MIT */
/* What is handed out: checked when it comes, remembered, and given back, rightly and wrongly. */
#include "alloc.h"

unsigned long nr_held;
struct held held[MAX_CHUNKS];

/* --- it comes --- */

static void check_page(const struct request *r, unsigned long first, unsigned long i)
{
	if (states[i] != PF_FREE)
		differ("page %#lx is handed out in state %d", pfn_of(i), states[i]);
	if (page_nid(i) != page_nid(first) || zones[i] != zones[first])
		differ("the chunk at %#lx has pages of two zones", pfn_of(first));
	if (r && block_is[i >> PF_BLOCK_ORDER] & CMA && (r->gfp & PF_GFP_TYPE) != PF_GFP_MOVABLE)
		differ("page %#lx of a CMA area serves what cannot be moved", pfn_of(i));
}

/* @r: NULL if the caller asked for these very pages. @kept: of 2^@order, those that are his. */
void now_held(const struct request *r, pf_pfn pfn, unsigned order, unsigned long nr, unsigned kept)
{
	unsigned long first = pfn - machine.base;
	struct zone_model *z;

	if (!in_window(pfn) || !in_window(pfn + nr - 1) || pfn & ((1ul << order) - 1))
		differ("%#lx, order %u, is handed out", pfn, order);
	if (r && !is_permitted(r, page_nid(first), zones[first]))
		differ("page %#lx is of node %d, zone %d, which may not serve it", pfn,
		       page_nid(first), zones[first]);
	for (unsigned long i = first; i < first + nr; i++)
		check_page(r, first, i);
	memset(&states[first], PF_ALLOCATED, nr);
	for (unsigned long i = first; i < first + nr; i++) {
		page_is[i] &= (uint8_t)~MOVABLE;
		page_is[i] |= r && (r->gfp & PF_GFP_TYPE) == PF_GFP_MOVABLE ? MOVABLE : 0;
	}
	z = &nodes[page_nid(first)].zone[zones[first]];
	z->nr_free -= nr;
	held[nr_held++] = (struct held){ pfn, order, kept, false };
}

/* --- it goes --- */

unsigned long pages_of(const struct held *h)
{
	return h->nr ? h->nr : 1ul << h->order;
}

void now_free(unsigned long i)
{
	if (page_is[i] & DAMAGED) {
		page_is[i] &= (uint8_t)~DAMAGED;
		states[i] = PF_POISONED;
		return;
	}
	states[i] = block_is[i >> PF_BLOCK_ORDER] & WITHDRAWN ? PF_ISOLATED : PF_FREE;
	nodes[page_nid(i)].zone[zones[i]].nr_free += states[i] == PF_FREE;
}

static void forget(const struct held *h)
{
	unsigned long first = h->pfn - machine.base;

	for (unsigned long i = first; i < first + pages_of(h); i++)
		now_free(i);
}

static void give_back(const struct held *h)
{
	forget(h);
	if (h->contig)
		pf_free_contig_range(&mem, h->pfn, h->nr);
	else if (!h->nr)
		pf_free_pages(&mem, h->pfn, h->order);
	else
		pf_free_pages_exact(&mem, h->pfn, h->nr);
}

static void give(void)
{
	unsigned long n = below(nr_held), first = held[n].pfn - machine.base;
	struct held h = held[n];

	begin("a free");
	held[n] = held[--nr_held];
	give_back(&h);
	check_sum(page_nid(first), zones[first]);
	if (*host_output())
		differ("%#lx, order %u, is not taken back: %s", h.pfn, h.order, host_output());
}

/* All pages that are alone, of those from @n on. */
static void give_bulk(void)
{
	static pf_pfn pfns[256];
	unsigned long n = below(nr_held), nr = 0, most = 1 + below(256);

	begin("pf_free_pages_bulk()");
	while (n < nr_held && nr < most) {
		if (held[n].order || held[n].nr) {
			n++;
			continue;
		}
		forget(&held[n]);
		pfns[nr++] = held[n].pfn;
		held[n] = held[--nr_held];
	}
	pf_free_pages_bulk(&mem, nr, pfns);
	if (*host_output())
		differ("pages are not taken back: %s", host_output());
}

void give_some(void)
{
	if (nr_held && one_in(24))
		give_bulk();
	else if (nr_held)
		give();
}

void give_all(void)
{
	while (nr_held)
		give();
}

void give_one_quietly(void)
{
	struct held h;

	if (!nr_held)
		return;
	h = held[--nr_held];
	give_back(&h);
}

/* --- mistakes of the caller --- */

/* With another order, from the middle, free already, or no memory at all: told, and nothing
 * changes. */
void give_wrongly(void)
{
	const struct held *h = &held[below(nr_held)];
	unsigned long i = below(machine.pages);
	pf_pfn pfn = pfn_of(i);
	unsigned order = (unsigned)below(PF_MAX_ORDER + 3);

	if (!PF_CHECK_FREE)
		return;
	begin("a wrong free");
	if (states[i] == PF_ALLOCATED || one_in(2)) {
		if (!nr_held)
			return;
		pfn = h->pfn + (one_in(2) ? below(1ul << h->order) : 0);
		order = one_in(2) ? h->order : order;
		/* An exact range is made of chunks of any order. */
		if (h->nr || (pfn == h->pfn && order == h->order))
			return;
	} else if (one_in(16)) {
		pfn = pfn_of(machine.pages) + below(1000);
	}
	observe(false);
	pf_free_pages(&mem, pfn, order);
	if (!*host_output())
		differ("%#lx, order %u, is taken back, but was never handed out", pfn, order);
	host_forget_output();
	tally.wrong_frees++;
}
