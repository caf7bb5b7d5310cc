/* SPDX-License-Identifier: MIT */
/*
 * Ranges withdrawn and given back, contiguous ranges with and without a mover, damaged pages. What
 * is withdrawn stays so while other operations run: nobody gets it, and what comes free goes there.
 */
#include "alloc.h"

#define MAX_WITHDRAWN 8
#define MAX_DAMAGED   32

static struct {
	unsigned long first, end; /* pages of the window */
} withdrawn[MAX_WITHDRAWN];
static unsigned nr_withdrawn;
static unsigned long damaged[MAX_DAMAGED];
static unsigned nr_damaged;

void isolate_begin(void)
{
	nr_withdrawn = nr_damaged = 0;
}

/* --- what is in the way --- */

/* MAYBE: a chunk with a damaged page, of several that nobody but the library can tell apart. */
enum verdict { GOOD, MAYBE, BUSY };

static bool is_in_use_and_damaged(unsigned long i, bool *composite)
{
	for (unsigned long n = 0; n < nr_held; n++) {
		unsigned long first = held[n].pfn - machine.base, end = first + pages_of(&held[n]);

		if (i < first || i >= end)
			continue;
		*composite = held[n].nr;
		for (; first < end; first++)
			if (page_is[first] & DAMAGED)
				return true;
	}
	return false;
}

static enum verdict judge_page(unsigned long i, enum pf_migratetype type, unsigned flags)
{
	bool composite;

	switch (states[i]) {
	case PF_FREE:
		return GOOD;
	case PF_POISONED:
		return flags & PF_ISOLATE_SKIP_POISONED ? GOOD : BUSY;
	case PF_ALLOCATED:
		if (nr_damaged && is_in_use_and_damaged(i, &composite))
			return composite && !(page_is[i] & DAMAGED) ? MAYBE : BUSY;
		return type == PF_CMA || page_is[i] & MOVABLE ? GOOD : BUSY;
	default:
		return BUSY;
	}
}

/* Mixed, somebody else's, or of an area when it should not be, or the reverse. */
static bool is_block_good(unsigned long first, enum pf_migratetype type)
{
	uint8_t is = block_is[first >> PF_BLOCK_ORDER];

	if (is & WITHDRAWN || !(is & CMA) != (type != PF_CMA))
		return false;
	for (unsigned long i = first; i < first + PF_BLOCK_PAGES; i++)
		if (page_nid(i) < 0 || states[i] == PF_NOMAP || page_nid(i) != page_nid(first) ||
		    zones[i] != zones[first])
			return false;
	return true;
}

/* Of pages [@from, @end), and of the blocks that they lie in. */
static enum verdict judge(unsigned long from, unsigned long end, enum pf_migratetype type,
			  unsigned flags)
{
	enum verdict worst = GOOD;

	if (end > machine.pages)
		return BUSY;
	for (unsigned long i = from & ~(PF_BLOCK_PAGES - 1); i < end; i += PF_BLOCK_PAGES)
		if (!is_block_good(i, type))
			return BUSY;
	for (unsigned long i = from; i < end && worst != BUSY; i++) {
		enum verdict v = judge_page(i, type, flags);

		worst = v > worst ? v : worst;
	}
	return worst;
}

static enum pf_migratetype some_type_for(unsigned long i)
{
	bool area = i < machine.pages && block_is[i >> PF_BLOCK_ORDER] & CMA;

	return area != one_in(8) ? PF_CMA : PF_MOVABLE;
}

static void as_judged(enum verdict v, int ret, const struct pf_obstacle *o, unsigned long from,
		      unsigned long end)
{
	bool entries = pf_mem_has_pfn(&mem, pfn_of(from)) && pf_mem_has_pfn(&mem, pfn_of(end - 1));
	pf_pfn limit = pf_block_pfn(&mem, mem.nr_blocks);

	if (ret ? v == GOOD || ret != (entries ? -PF_EBUSY : -PF_EINVAL) : v == BUSY)
		differ("[%#lx, %#lx): it returns %d, the model's verdict is %d: %#lx %s",
		       pfn_of(from), pfn_of(end), ret, (int)v, o->pfn, o->why);
	if (ret && (!o->why || o->pfn < pfn_of(from & ~(PF_BLOCK_PAGES - 1)) ||
		    (o->pfn >= pfn_of(end) && o->pfn != limit)))
		differ("[%#lx, %#lx): what is in the way is at %#lx", pfn_of(from), pfn_of(end),
		       o->pfn);
}

/* --- withdrawn, and back --- */

static void isolate(void)
{
	unsigned long from = below(machine.pages) & ~(PF_BLOCK_PAGES - 1);
	unsigned long end = from + (1 + below(4)) * PF_BLOCK_PAGES;
	enum pf_migratetype type = some_type_for(from);
	unsigned flags = one_in(2) ? PF_ISOLATE_SKIP_POISONED : 0;
	struct pf_obstacle o = { 0 };
	enum verdict v;
	int ret;

	if (nr_withdrawn == MAX_WITHDRAWN)
		return;
	begin("pf_isolate_range()");
	v = judge(from, end, type, flags);
	ret = pf_isolate_range(&mem, pfn_of(from), pfn_of(end), type, flags, &o);
	as_judged(v, ret, &o, from, end);
	tally.isolated += !ret;
	tally.not_isolated += ret != 0;
	if (ret)
		return;
	for (unsigned long i = from; i < end; i++) {
		block_is[i >> PF_BLOCK_ORDER] |= WITHDRAWN;
		if (states[i] != PF_FREE)
			continue;
		states[i] = PF_ISOLATED;
		nodes[page_nid(i)].zone[zones[i]].nr_free--;
	}
	withdrawn[nr_withdrawn].first = from;
	withdrawn[nr_withdrawn++].end = end;
	check_sum(page_nid(from), zones[from]);
}

static void test_isolated(unsigned n)
{
	unsigned long i = withdrawn[n].first, end = withdrawn[n].end;
	unsigned flags = one_in(2) ? PF_ISOLATE_SKIP_POISONED : 0;
	pf_pfn stop;

	begin("pf_test_pages_isolated()");
	stop = pf_test_pages_isolated(&mem, pfn_of(i), pfn_of(end), flags);
	while (i < end && (states[i] == PF_ISOLATED || (flags && states[i] == PF_POISONED)))
		i++;
	if (stop != pfn_of(i))
		differ("it stops at page %#lx, not %#lx", stop, pfn_of(i));
}

static void undo(unsigned n)
{
	unsigned long first = withdrawn[n].first, end = withdrawn[n].end;

	begin("pf_undo_isolate_range()");
	pf_undo_isolate_range(&mem, pfn_of(first), pfn_of(end));
	if (*host_output())
		differ("nothing is undone: %s", host_output());
	for (unsigned long i = first; i < end; i++) {
		block_is[i >> PF_BLOCK_ORDER] &= (uint8_t)~WITHDRAWN;
		if (states[i] == PF_ISOLATED)
			now_free(i);
	}
	withdrawn[n] = withdrawn[--nr_withdrawn];
	check_sum(page_nid(first), zones[first]);
}

/* --- damage --- */

static int verdict_of_damage(unsigned long i)
{
	if (page_nid(i) < 0)
		return -PF_EINVAL;
	switch (states[i]) {
	case PF_FREE:
	case PF_ISOLATED:
		return 0;
	case PF_ALLOCATED:
		return page_is[i] & DAMAGED ? -PF_EEXIST : 1;
	case PF_POISONED:
		return -PF_EEXIST;
	default:
		return -PF_EBUSY;
	}
}

static void damage(void)
{
	unsigned long i = below(machine.pages);
	int want = verdict_of_damage(i), ret;

	if (nr_damaged == MAX_DAMAGED)
		return;
	begin("pf_poison_page()");
	ret = pf_poison_page(&mem, pfn_of(i));
	if (ret == -PF_ENOMEM && map_failures)
		return;
	if (ret != want)
		differ("page %#lx, state %d: it returns %d, not %d", pfn_of(i), states[i], ret,
		       want);
	if (ret < 0)
		return;
	if (ret) {
		page_is[i] |= DAMAGED;
	} else {
		nodes[page_nid(i)].zone[zones[i]].nr_free -= states[i] == PF_FREE;
		states[i] = PF_POISONED;
	}
	damaged[nr_damaged++] = i;
	tally.poisoned++;
	check_sum(page_nid(i), zones[i]);
}

static void heal(unsigned n)
{
	unsigned long i = damaged[n];
	int ret;

	begin("pf_unpoison_page()");
	ret = pf_unpoison_page(&mem, pfn_of(i));
	if (ret)
		differ("page %#lx: it returns %d", pfn_of(i), ret);
	damaged[n] = damaged[--nr_damaged];
	if (states[i] == PF_ALLOCATED)
		page_is[i] &= (uint8_t)~DAMAGED;
	else
		now_free(i);
	check_sum(page_nid(i), zones[i]);
}

/* --- contiguous ranges --- */

static unsigned long contig_first, contig_end; /* of the blocks that are being emptied */

/* The new place is outside of these blocks, and was free. */
static void check_place(pf_pfn to, unsigned order)
{
	for (unsigned long i = to - machine.base, n = 1ul << order; n--; i++)
		if (!in_window(to) || states[i] != PF_FREE || (i >= contig_first && i < contig_end))
			differ("something moves to page %#lx, which is in state %d", pfn_of(i),
			       states[i]);
}

static int move(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	unsigned long i = from - machine.base, j = to - machine.base, n = 0;

	(void)arg;
	check_place(to, order);
	while (n < nr_held && (held[n].pfn != from || held[n].order != order || held[n].nr))
		n++;
	/* A part of something larger, or given back meanwhile by the low hook. */
	if (m != &mem || n == nr_held || one_in(8))
		return -1;
	if (!(page_is[i] & MOVABLE) || page_is[i] & DAMAGED)
		differ("page %#lx is to be moved", from);
	held[n].pfn = to;
	tally.moved += 1ul << order;
	for (unsigned long pages = 1ul << order; pages--; i++, j++) {
		states[j] = PF_ALLOCATED;
		page_is[j] |= MOVABLE;
		nodes[page_nid(j)].zone[zones[j]].nr_free--;
		now_free(i);
	}
	return 0;
}

static void now_contig(unsigned long from, unsigned long end, pf_gfp gfp)
{
	for (unsigned long i = from; i < end; i++) {
		if (states[i] != PF_FREE)
			differ("page %#lx of a contiguous range is in state %d", pfn_of(i),
			       states[i]);
		states[i] = PF_ALLOCATED;
		nodes[page_nid(i)].zone[zones[i]].nr_free--;
		page_is[i] &= (uint8_t)~MOVABLE;
		page_is[i] |= (gfp & PF_GFP_TYPE) == PF_GFP_MOVABLE ? MOVABLE : 0;
	}
	held[nr_held++] = (struct held){ pfn_of(from), 0, (unsigned)(end - from), true };
	tally.contig++;
	check_sum(page_nid(from), zones[from]);
}

static bool all_free(unsigned long from, unsigned long end)
{
	while (from < end && states[from] == PF_FREE)
		from++;
	return from == end;
}

static pf_gfp some_gfp(void)
{
	return one_in(2) ? PF_GFP_MOVABLE | PF_GFP_ANY_ZONE : PF_GFP_UNMOVABLE | PF_GFP_NORMAL;
}

static void take_contig(void)
{
	unsigned long from = below(machine.pages), end = from + 1 + below(3 * PF_BLOCK_PAGES);
	enum pf_migratetype type = some_type_for(from);
	const struct pf_mover mover = { .move = move };
	bool moves = one_in(2), was_free;
	struct pf_obstacle o = { 0 };
	pf_gfp gfp = some_gfp();
	enum verdict v;
	int ret;

	if (end > machine.pages || nr_held == MAX_CHUNKS)
		return;
	begin("pf_alloc_contig_range()");
	if (moves) /* what is allocated for it is another request */
		observe(false);
	expect_gfp(gfp);
	contig_first = from & ~(PF_BLOCK_PAGES - 1);
	contig_end = (end + PF_BLOCK_PAGES - 1) & ~(PF_BLOCK_PAGES - 1);
	v = judge(from, end, type, 0);
	was_free = all_free(from, end);
	ret = pf_alloc_contig_range(&mem, pfn_of(from), pfn_of(end), type, gfp,
				    moves ? &mover : NULL, &o);
	if (ret ? v == GOOD && was_free && !map_failures : v == BUSY)
		differ("[%#lx, %#lx): it returns %d, the model's verdict is %d: %#lx %s",
		       pfn_of(from), pfn_of(end), ret, (int)v, o.pfn, o.why);
	tally.not_contig += ret != 0;
	if (!ret)
		now_contig(from, end, gfp);
}

static void take_contig_anywhere(void)
{
	unsigned long nr = 1 + below(2 * PF_BLOCK_PAGES), align = 1ul << below(PF_MAX_ORDER + 1);
	pf_gfp gfp = some_gfp();
	pf_pfn pfn;

	if (nr_held == MAX_CHUNKS)
		return;
	begin("pf_alloc_contig_pages()");
	expect_gfp(gfp);
	pfn = pf_alloc_contig_pages(&mem, nr, align, NUMA_NO_NODE, gfp, NULL);
	if (pfn == PF_NO_PFN)
		return;
	if (pfn & (align - 1) || !in_window(pfn) || !in_window(pfn + nr - 1))
		differ("%#lx is handed out, for %lu pages aligned to %#lx", pfn, nr, align);
	now_contig(pfn - machine.base, pfn - machine.base + nr, gfp);
}

/* --- all of it --- */

void withdraw(void)
{
	switch (below(8)) {
	case 0:
	case 1:
		isolate();
		break;
	case 2:
		if (nr_withdrawn)
			undo((unsigned)below(nr_withdrawn));
		break;
	case 3:
		if (nr_withdrawn)
			test_isolated((unsigned)below(nr_withdrawn));
		break;
	case 4:
		damage();
		break;
	case 5:
		if (nr_damaged)
			heal((unsigned)below(nr_damaged));
		break;
	case 6:
		take_contig();
		break;
	default:
		take_contig_anywhere();
	}
}

void withdraw_nothing(void)
{
	while (nr_withdrawn)
		undo(0);
	while (nr_damaged)
		heal(0);
}
