/* SPDX-License-Identifier: MIT */
#include "search.h"

#include <string.h>
#include <time.h>

#include "crash.h"
#include "engine.h"

#define PROGRESS_EVERY 4096 /* executions, at the least, between looks at the clock */

static const struct search *search_for;
/* Shards: the tree is full up to here, so that all know its branches without having been there. */
static unsigned top;
static uint64_t branches; /* of the top, seen so far */
static bool counting;	  /* only them */
static bool strayed;	  /* a step of search_replay() could not be taken */

static bool has(uint8_t set, unsigned thread)
{
	return set >> thread & 1;
}

static unsigned lowest(uint8_t set)
{
	return (unsigned)__builtin_ctz(set);
}

bool search_is_bounded(void)
{
	return search_for->bound != XP_NO_BOUND;
}

/* --- the tree --- */

static unsigned preemptions_with(const struct step *s, unsigned thread)
{
	unsigned before = s == x.steps ? 0 : s[-1].preemptions;

	return before +
	       (s->before != XP_NOBODY && s->before != thread && has(s->enabled, s->before));
}

static bool is_allowed(const struct step *s, unsigned thread)
{
	return !search_is_bounded() || preemptions_with(s, thread) <= (unsigned)search_for->bound;
}

static void take(struct step *s, unsigned thread)
{
	s->thread = (uint8_t)thread;
	s->preemptions = (uint16_t)preemptions_with(s, thread);
}

static uint8_t last_thread(void)
{
	return (uint8_t)(x.depth ? x.steps[x.depth - 1].thread : XP_NOBODY);
}

/* Those that slept before the last step, or whose turn it was in executions before, and are not
 * woken by it. */
static uint8_t still_asleep(const struct step *last)
{
	uint8_t asleep = (uint8_t)((last->asleep | last->done) & ~bit(last->thread));

	for (int i = 0; i < x.nr_threads; i++)
		if (has(asleep, (unsigned)i) && order_depends(&x.threads[i], last))
			asleep &= (uint8_t)~bit((unsigned)i);
	return asleep;
}

/* A branch of the top is reached. Return: is it another shard's? */
static bool is_others(void)
{
	return branches++ % search_for->shards != search_for->shard - 1 || counting;
}

/* Whoever can go on is asleep. */
static void give_up(struct step *s)
{
	for (int i = 0; i < x.nr_threads; i++)
		if (!x.threads[i].finished && !has(s->enabled, (unsigned)i))
			order_not_taken(&x.threads[i], s);
	x.outcome = XP_REDUNDANT;
}

/* A state that was never seen, or is seen again after a step that differs. */
static int new_step(struct step *s, uint8_t enabled)
{
	uint8_t awake;

	if (top && x.depth == top && is_others()) {
		x.outcome = XP_SKIPPED;
		return XP_NOBODY;
	}
	s->enabled = enabled;
	s->before = last_thread();
	s->done = 0;
	s->asleep = 0;
	if (x.depth && !search_is_bounded() && !search_for->everything)
		s->asleep = still_asleep(s - 1);
	awake = enabled & (uint8_t)~s->asleep;
	if (!awake) {
		give_up(s);
		return XP_NOBODY;
	}
	take(s, s->before != XP_NOBODY && has(awake, s->before) ? s->before : lowest(awake));
	s->todo = x.depth < top || search_for->everything ? enabled : bit(s->thread);
	return s->thread;
}

int search_choose(uint8_t enabled)
{
	struct step *s = &x.steps[x.depth];

	if (x.depth >= x.replay)
		return new_step(s, enabled);
	if (!has(enabled, s->thread)) {
		strayed = true;
		x.outcome = XP_SKIPPED;
		return XP_NOBODY;
	}
	s->enabled = enabled;
	s->before = last_thread();
	take(s, s->thread);
	return s->thread;
}

/* --- what else is to be tried --- */

static void add(struct step *s, unsigned thread)
{
	s->todo |= has(s->enabled, thread) ? bit(thread) : s->enabled;
}

/*
 * Threads that can begin what came after step @i and not because of it, up to and with step @n, @n
 * as if it did not depend on @i.
 */
static uint8_t initials(unsigned i, unsigned n)
{
	unsigned of = x.steps[i - 1].thread;
	int first[XP_THREADS] = { 0 };
	uint8_t set = 0;

	for (int k = (int)i + 1; k <= (int)n; k++) {
		const struct step *s = &x.steps[k - 1];
		bool is_initial = true;

		if (first[s->thread] || (k < (int)n && s->clock[of] >= (int)i))
			continue;
		for (unsigned r = 0; r < XP_THREADS; r++)
			if (first[r] && s->clock[r] >= first[r])
				is_initial = false;
		first[s->thread] = k;
		if (is_initial)
			set |= bit(s->thread);
	}
	return set;
}

/* Of a bounded search: @thread's next step depends on step @i, and could come before it. */
void search_conflict(unsigned i, unsigned thread)
{
	struct step *s = &x.steps[i - 1];

	add(s, thread);
	/* Where nobody needs to be preempted for it. */
	while (s > x.steps && s[-1].thread == s->thread)
		s--;
	add(s, thread);
}

/* Of one without: step @n could have come before step @i. */
void search_reversible(unsigned i, unsigned n)
{
	struct step *s = &x.steps[i - 1];
	unsigned thread = x.steps[n - 1].thread;
	uint8_t set;

	set = initials(i, n);
	if (!(set & (s->todo | s->done | s->asleep)))
		add(s, has(set, thread) || !set ? thread : lowest(set));
}

/* That are to take the step, in this execution or another. */
static uint8_t allowed(const struct step *s)
{
	uint8_t set = (uint8_t)(s->todo & ~s->asleep);

	for (unsigned i = 0; search_is_bounded() && i < XP_THREADS; i++)
		if (has(set, i) && !is_allowed(s, i))
			set &= (uint8_t)~bit(i);
	return set;
}

/* Return: is there another execution? Its first steps are those to be taken again. */
static bool next_execution(void)
{
	while (x.depth) {
		struct step *s = &x.steps[x.depth - 1];
		uint8_t left;

		s->done |= bit(s->thread);
		left = (uint8_t)(allowed(s) & ~s->done);
		if (left) {
			take(s, lowest(left));
			x.replay = x.depth;
			x.again = x.depth;
			return true;
		}
		x.depth--;
	}
	return false;
}

/* --- searching --- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_late(const struct search *s, double began)
{
	return s->seconds > 0 && now() - began >= s->seconds;
}

/* --- shards --- */

/* As deep as makes enough branches for each to have its part of the work. Return: was there time?
 */
static bool find_top(const struct search *s, double began)
{
	uint64_t had, n = 0;
	bool late = false;

	top = 0;
	branches = 1;
	if (!s->shards)
		return true;
	counting = true;
	do {
		had = branches;
		branches = 0;
		top++;
		x.replay = x.again = 0;
		do {
			if (execution_run() != XP_SKIPPED)
				branches++;
			late = !(++n % PROGRESS_EVERY) && is_late(s, began);
		} while (!late && next_execution());
	} while (!late && branches < 16ull * s->shards && (branches > had || top < 64));
	counting = false;
	branches = 0;
	return !late;
}

/* How much of the tree lies behind, if branches that are not known yet are as those that are. */
static double part_done(void)
{
	double part = 0, share = 1;

	for (unsigned i = 0; i < x.depth && share > 1e-9; i++) {
		const struct step *s = &x.steps[i];
		int done = __builtin_popcount(s->done & ~bit(s->thread));

		share /= __builtin_popcount(allowed(s) | s->done);
		part += share * done;
	}
	return part;
}

static bool look_around(const struct search *s, struct search_result *r, double began)
{
	r->seconds = now() - began;
	r->part = part_done();
	if (s->progress)
		s->progress(s->arg);
	return !is_late(s, began);
}

/* Without ever having come to one of its branches. */
static bool ended_in_top(enum outcome outcome)
{
	if (!top)
		return false;
	return x.depth < top ? outcome != XP_SKIPPED
			     : x.depth == top && (outcome == XP_DONE || outcome == XP_FAILED);
}

/* Return: go on. */
static bool count(const struct search *s, struct search_result *r, enum outcome outcome)
{
	if (ended_in_top(outcome) && is_others())
		return true;
	if (x.depth > r->longest)
		r->longest = x.depth;
	switch (outcome) {
	case XP_FAILED:
		r->verdict = SEARCH_FAILED;
		r->preemptions = x.depth ? x.steps[x.depth - 1].preemptions : 0;
		r->executions++;
		return false;
	case XP_DONE:
		r->executions++;
		return !s->ended || s->ended(s->arg);
	case XP_REDUNDANT:
		r->redundant++;
		return true;
	default:
		return true;
	}
}

static bool prepare(const struct search *s, struct search_result *r)
{
	int all = 0;

	while (all < XP_THREADS && s->scenario->threads[all].run)
		all++;
	memset(r, 0, sizeof(*r));
	search_for = s;
	strayed = false;
	x.telling = false;
	if (execution_prepare(s->code, s->scenario,
			      s->nr_threads && s->nr_threads < all ? s->nr_threads : all))
		return true;
	r->verdict = SEARCH_ERROR;
	return false;
}

static void search_all(const struct search *s, struct search_result *r)
{
	double began = now();

	r->verdict = SEARCH_TIME;
	if (!find_top(s, began)) {
		r->seconds = now() - began;
		return;
	}
	x.replay = x.again = 0;
	for (uint64_t n = 1;; n++) {
		if (!count(s, r, execution_run()))
			break;
		if (!(n % PROGRESS_EVERY) && !look_around(s, r, began))
			break;
		if (!next_execution()) {
			r->verdict = SEARCH_CLEAN;
			r->part = 1;
			break;
		}
	}
	r->seconds = now() - began;
}

void search(const struct search *s, struct search_result *r)
{
	if (!prepare(s, r))
		return;
	crash_guard(true);
	search_all(s, r);
	crash_guard(false);
}

void search_shortest(struct search *s, int most, struct search_result *r)
{
	for (s->bound = 0;; s->bound++) {
		search(s, r);
		if (r->verdict != SEARCH_CLEAN || s->bound == most)
			return;
	}
}

const char *search_why(void)
{
	return x.why;
}

uint64_t search_fingerprint(void)
{
	return order_fingerprint();
}

unsigned search_steps(void)
{
	return x.depth;
}

unsigned search_thread_of(unsigned step)
{
	return x.steps[step].thread;
}

/* Steps that have their threads already. */
static bool replay(const struct search *s, unsigned n, struct search_result *r)
{
	if (!prepare(s, r))
		return true;
	top = 0;
	x.again = 0;
	x.replay = n;
	x.telling = true;
	crash_guard(true);
	r->verdict = SEARCH_CLEAN;
	count(s, r, execution_run());
	crash_guard(false);
	x.telling = false;
	return !strayed && (x.depth >= x.replay || r->verdict == SEARCH_FAILED);
}

bool search_replay(const struct search *s, const uint8_t *threads, unsigned n,
		   struct search_result *r)
{
	if (n > XP_STEPS)
		n = XP_STEPS;
	for (unsigned i = 0; i < n; i++)
		x.steps[i].thread = threads[i];
	return replay(s, n, r);
}

bool search_again(const struct search *s, struct search_result *r)
{
	return replay(s, x.depth, r);
}
