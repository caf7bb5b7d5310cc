/* SPDX-License-Identifier: MIT */
/* Runs a way on a machine: what happens in which order, and what came of it. */
#include <string.h>

#include "linux_handover.h"

const struct late_free_way *const late_free_ways[] = {
	&late_free_lost,
	&late_free_early,
	&late_free_redux,
	&late_free_flag,
	&late_free_discard,
	&late_free_caller,
	NULL,
};

const struct late_free_way *late_free_way_named(const char *name)
{
	for (size_t i = 0; late_free_ways[i]; i++)
		if (!strcmp(late_free_ways[i]->name, name))
			return late_free_ways[i];
	return NULL;
}

/* One run, with one point of time. */
struct run {
	const struct late_free_way *way;
	enum late_free_when when;
	bool strict;
	const struct zones *zones;
	const struct late *late;
	struct linux_handover h;
	page_ranges ranges;    /* freed with memblock_free_late(), in the order of the calls */
	page_ranges others;    /* freed otherwise, and rightly */
	page_ranges accounted; /* managed, but not freed */
};

static void free_late(struct linux_handover *h, void *arg)
{
	const struct run *r = arg;

	for (size_t i = 0; i < r->ranges.n; i++)
		r->way->free_late(h, &r->ranges.at[i]);
}

static void free_others(struct run *r)
{
	for (size_t i = 0; i < r->others.n; i++)
		for (uint64_t pfn = r->others.at[i].start; pfn < r->others.at[i].end; pfn++)
			linux_free_core(&r->h, pfn, 0);
	for (size_t i = 0; i < r->accounted.n; i++)
		r->h.managed[r->accounted.at[i].zone] +=
			r->accounted.at[i].end - r->accounted.at[i].start;
}

/*
 * A kernel whose caller is mended frees UEFI's boot services otherwise; that it does is one of the
 * ways, and with the others they go through memblock_free_late().
 */
static bool is_subject(const struct late_free *f)
{
	return f->way == LATE_MEMBLOCK || (f->what && !strcmp(f->what, "EFI boot services"));
}

static page_ranges *ranges_of(struct run *r, const struct late_free *f)
{
	if (is_subject(f))
		return &r->ranges;
	return f->way == LATE_ACCOUNT ? &r->accounted : &r->others;
}

static bool begin(struct run *r)
{
	if (!linux_begin(&r->h, r->zones))
		return false;
	r->h.d.strict = r->strict;
	r->h.paused = free_late;
	r->h.paused_arg = r;
	for (size_t i = 0; i < r->late->list.n; i++) {
		const struct late_free *f = &r->late->list.at[i];

		linux_pages(&r->h, f->range, ranges_of(r, f));
	}
	return true;
}

static void end(struct run *r)
{
	linux_free(&r->h);
	vec_free(&r->ranges);
	vec_free(&r->others);
	vec_free(&r->accounted);
}

static void count_lost(const struct run *r, struct fault *lost)
{
	for (size_t i = 0; i < r->ranges.n; i++)
		for (uint64_t pfn = r->ranges.at[i].start; pfn < r->ranges.at[i].end; pfn++)
			if (!linux_page_is_free(&r->h, pfn))
				fault_count(lost, 1, pfn);
}

static void sum_up(const struct run *r, struct late_free_outcome *out)
{
	for (size_t i = 0; i < r->zones->list.n; i++) {
		*vec_add(&out->managed) = r->h.managed[i];
		out->total += r->h.managed[i];
	}
	for (size_t i = 0; i < r->ranges.n; i++)
		out->given_back += r->ranges.at[i].end - r->ranges.at[i].start;
	count_lost(r, &out->lost);
	out->unready = r->h.d.unready;
	out->twice = r->h.d.twice;
	out->twice_free = r->h.d.twice_free;
	out->freed_again = r->h.freed_again;
}

static uint64_t count_deferred(const struct run *r)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < r->ranges.n; i++)
		for (uint64_t pfn = r->ranges.at[i].start; pfn < r->ranges.at[i].end; pfn++)
			pages += linux_is_deferred(&r->h, pfn);
	return pages;
}

/* @at: of LATE_FREE_WHILE, when. */
static bool run_once(struct run *r, uint64_t at, struct late_free_outcome *out)
{
	bool done = begin(r);

	*out = (struct late_free_outcome){ .at = at };
	if (done) {
		out->deferred = count_deferred(r);
		if (r->when == LATE_FREE_BEFORE)
			free_late(&r->h, r);
		if (r->when == LATE_FREE_WHILE)
			r->h.pause_at = at;
		linux_deferred(&r->h);
		if (r->h.pause_at != UINT64_MAX) /* it had ended by then */
			free_late(&r->h, r);
		if (r->way->discard)
			r->way->discard(&r->h);
		if (r->when == LATE_FREE_AFTER)
			free_late(&r->h, r);
		if (r->way->initcalls)
			r->way->initcalls(&r->h);
		free_others(r);
		sum_up(r, out);
	}
	end(r);
	return done;
}

/* --- which moment of deferred initialisation is the worst? --- */

#define POINTS 5

/*
 * Just at its start, and where it has the longest of the ranges before it, in its first chunk, its
 * middle and its last chunk, and behind it. Where no range is deferred one point is as good as
 * another.
 */
static size_t choose_points(struct run *r, uint64_t *points)
{
	struct pages longest = { 0 };
	bool begun = begin(r);

	for (size_t i = 0; i < r->ranges.n; i++) {
		const struct pages *p = &r->ranges.at[i];

		if (linux_is_deferred(&r->h, p->end - 1) &&
		    p->end - p->start > longest.end - longest.start)
			longest = *p;
	}
	end(r);
	points[0] = 0;
	if (!longest.end)
		return begun;
	points[1] = longest.start & ~(MAX_ORDER_PAGES - 1);
	points[2] = (longest.start + (longest.end - longest.start) / 2) & ~(MAX_ORDER_PAGES - 1);
	points[3] = (longest.end - 1) & ~(MAX_ORDER_PAGES - 1);
	points[4] = points[3] + MAX_ORDER_PAGES;
	return POINTS;
}

static uint64_t badness(const struct late_free_outcome *o)
{
	return o->lost.times + o->unready.times + o->twice.times + o->freed_again.times;
}

static bool run_while(struct run *r, struct late_free_outcome *out)
{
	uint64_t points[POINTS];
	size_t n = choose_points(r, points);

	for (size_t i = 0; i < n; i++) {
		struct late_free_outcome o;

		if (!run_once(r, points[i], &o)) {
			late_free_outcome_free(&o);
			return false;
		}
		if (i && badness(&o) <= badness(out)) {
			late_free_outcome_free(&o);
			continue;
		}
		late_free_outcome_free(out);
		*out = o;
	}
	return n;
}

bool late_free_run_with(const struct late_free_way *way, enum late_free_when when, unsigned flags,
			const struct zones *zones, const struct late *late,
			struct late_free_outcome *out)
{
	struct run r = {
		.way = way,
		.when = when,
		.strict = flags & LATE_FREE_STRICT,
		.zones = zones,
		.late = late,
	};

	*out = (struct late_free_outcome){ 0 };
	if (flags & LATE_FREE_OTHER_CALLER && way->other_caller)
		r.way = way->other_caller;
	return when == LATE_FREE_WHILE ? run_while(&r, out) : run_once(&r, 0, out);
}

void late_free_outcome_free(struct late_free_outcome *out)
{
	vec_free(&out->managed);
}
