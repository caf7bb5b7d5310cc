/* SPDX-License-Identifier: MIT */
/* Allocations of all kinds, and what must be true of each. */
#include "alloc.h"

static const struct pf_nodemask *mask_of(const struct request *r)
{
	return r->masked ? &r->mask : NULL;
}

static unsigned long zero_calls;
static pf_phys zero_bytes;

static void note_zero(void)
{
	zero_calls = host_zero_calls;
	zero_bytes = host_zero_bytes;
}

static void check_zero(const struct request *r, unsigned long pages)
{
	pf_phys want = r->gfp & PF_GFP_ZERO ? pages * PF_PAGE_SIZE : 0;

	if (host_zero_bytes - zero_bytes < want || (!want && host_zero_calls != zero_calls))
		differ("%llu bytes are cleared, not %llu",
		       (unsigned long long)(host_zero_bytes - zero_bytes),
		       (unsigned long long)want);
}

static void start(const char *what, const struct request *r)
{
	begin(what);
	expect_gfp(r->gfp);
	note_zero();
	note_floors();
}

static void silent(void)
{
	if (*host_output())
		differ("it prints '%s'", host_output());
}

static void served(const struct request *r, pf_pfn pfn, unsigned long pages)
{
	unsigned long i = pfn - machine.base;

	check_sum(page_nid(i), zones[i]);
	check_zero(r, pages);
	check_floors(r);
	preferred(r, pfn);
	tally.served++;
	tally.from_far += page_nid(i) != preferred_node(r);
	tally.from_cma += block_is[i >> PF_BLOCK_ORDER] & CMA;
}

static bool take_one(const struct request *r)
{
	pf_pfn pfn;

	start("an allocation", r);
	if (r->nid < 0 && !r->masked && one_in(2))
		pfn = pf_alloc_pages(&mem, r->order, r->gfp);
	else
		pfn = pf_alloc_pages_node(&mem, r->order, r->gfp, r->nid, mask_of(r));
	silent();
	if (pfn == PF_NO_PFN) {
		check_floors(r);
		refused(r, 1);
		return false;
	}
	if (r->order > PF_MAX_ORDER)
		differ("%#lx is handed out for order %u", pfn, r->order);
	now_held(r, pfn, r->order, 1ul << r->order, 0);
	served(r, pfn, 1ul << r->order);
	return true;
}

void take(void)
{
	struct request r;

	if (nr_held == MAX_CHUNKS)
		return;
	make_request(&r);
	take_one(&r);
}

/* What is left is scarce then, and for those in need. */
void take_nearly_all(void)
{
	struct request r = { .gfp = PF_GFP_MOVABLE | PF_GFP_ANY_ZONE, .nid = -1 };

	for (r.order = PF_MAX_ORDER;; r.order--) {
		while (nr_held < MAX_CHUNKS && take_one(&r))
			;
		if (!r.order || (r.order < 6 && one_in(4)))
			break;
	}
}

/* All or none; more than there is, now and then. */
void take_bulk(void)
{
	static pf_pfn pfns[MAX_PAGES];
	unsigned long nr = below(one_in(32) ? machine.pages : 300);
	struct request r;

	if (nr_held + nr > MAX_CHUNKS)
		return;
	make_request(&r);
	r.order = 0;
	r.gfp &= ~PF_GFP_THISNODE;
	r.nid = -1;
	r.masked = false;
	start("pf_alloc_pages_bulk()", &r);
	if (pf_alloc_pages_bulk(&mem, r.gfp, nr, pfns)) {
		silent();
		refused(&r, nr);
		return;
	}
	silent();
	for (unsigned long i = 0; i < nr; i++)
		now_held(&r, pfns[i], 0, 1, 0);
	check_zero(&r, nr);
	check_floors(&r);
	tally.bulk++;
}

static unsigned order_for(unsigned long nr)
{
	unsigned order = 0;

	while (1ul << order < nr)
		order++;
	return order;
}

void take_exact(void)
{
	unsigned long nr = below((one_in(8) ? 2ul : 1ul) << below(PF_MAX_ORDER + 1));
	struct request r;
	pf_pfn pfn;

	if (nr_held == MAX_CHUNKS)
		return;
	make_request(&r);
	r.order = order_for(nr);
	r.nid = -1;
	r.masked = false;
	start("pf_alloc_pages_exact()", &r);
	pfn = pf_alloc_pages_exact(&mem, nr, r.gfp);
	silent();
	if (pfn == PF_NO_PFN) {
		if (nr)
			refused(&r, 1);
		return;
	}
	if (!nr || nr > 1ul << PF_MAX_ORDER)
		differ("%#lx is handed out for %lu pages", pfn, nr);
	now_held(&r, pfn, r.order, nr, (unsigned)nr);
	served(&r, pfn, nr);
	tally.exact++;
}

/* --- these pages and no others --- */

enum verdict { GOOD, BUSY, INVALID };

static enum verdict judge(pf_pfn pfn, unsigned order, bool *deferred)
{
	enum verdict v = GOOD;

	*deferred = false;
	if (order > PF_MAX_ORDER || pfn & ((1ul << order) - 1) || !in_window(pfn) ||
	    !in_window(pfn + (1ul << order) - 1))
		return INVALID;
	for (unsigned long first = pfn - machine.base, i = first; i < first + (1ul << order); i++) {
		if (page_nid(i) < 0 || page_nid(i) != page_nid(first) || zones[i] != zones[first])
			return INVALID;
		*deferred |= states[i] == PF_DEFERRED;
		if (states[i] != PF_FREE && states[i] != PF_DEFERRED)
			v = BUSY;
	}
	return v;
}

void take_at(void)
{
	unsigned order = (unsigned)below(one_in(2) ? PF_MAX_ORDER + 2 : 4);
	pf_pfn pfn = pfn_of(below(machine.pages));
	bool deferred;
	enum verdict v;
	int ret;

	if (nr_held == MAX_CHUNKS)
		return;
	if (!one_in(8))
		pfn &= ~((1ul << order) - 1);
	begin("pf_alloc_pages_at()");
	expect_gfp(0);
	v = judge(pfn, order, &deferred);
	ret = pf_alloc_pages_at(&mem, pfn, order);
	silent();
	if (!ret && (v == GOOD || deferred)) {
		now_held(NULL, pfn, order, 1ul << order, 0);
		tally.at++;
		return;
	}
	if (ret == -PF_ENOMEM && map_failures)
		return;
	if (ret == -PF_EBUSY && (v == BUSY || deferred))
		return;
	if (ret == -PF_EINVAL && v == INVALID)
		return;
	differ("%#lx, order %u: it returns %d, the model's verdict is %d", pfn, order, ret, (int)v);
}
