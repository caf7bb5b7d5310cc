/* SPDX-License-Identifier: MIT */
/*
 * The explorer against every order there is, and against every state (explore/states.c): small
 * random programs of two to four threads, with loads, stores, exchanges, locks, waiting, giving up
 * and interrupts.
 *
 * It catches a reduction that leaves out an end which some order has, or that runs alike executions
 * twice; a wait that nothing ends; a bound that leaves out an end which so few preemptions lead to;
 * shards that together are not the whole; an execution that, done again, is another.
 *
 *	explore_model [--seed N] [--rounds N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore_sync.h"
#include "options.h"
#include "random.h"
#include "search.h"

#include "explore/program.h"

#define ENDS  (1 << 18)
#define LIMIT 200000 /* executions: programs with more are left out */

/* Of those that showed an end or a class that was left out, the ones that are rare. */
static const struct program kept[][XP_THREADS] = {
	/* What was given up as known had turned interrupts off, and waits for a lock. */
	{ { .ops = { { CAS, 2, 3 } } },
	  { .ops = { { LOCK, 0, 0 }, { LOAD, 0, 0 }, { UNLOCK, 0, 0 } } },
	  { .ops = { { LOAD, 1, 0 }, { LOCK, 0, 0 }, { UNLOCK, 0, 0 } } },
	  { .interrupts = 3, .ops = { { STORE, 0, 3 } } } },
	/* With a bound of one: a lock that one waits for, and what orders steps besides. */
	{ { .ops = { { LOCK, 0, 0 }, { UNLOCK, 0, 0 }, { LOAD, 1, 0 } } },
	  { .ops = { { ADD, 0, 2 } } },
	  { .ops = { { LOCK, 0, 0 }, { COPY, 0, 2 }, { UNLOCK, 0, 0 } } },
	  { .interrupts = 1, .ops = { { COPY, 1, 0 } } } },
};

static struct program programs[XP_THREADS];

static struct {
	struct end end;
	struct pf_lock lock;
} state, initial;

static uint64_t rng, seed;
static unsigned long executions, programs_run, left_out, stuck, by_states;
static int kept_one; /* 0: a random one */

static _Noreturn void differ(const char *what, unsigned long a, unsigned long b)
{
	printf("not ok 1 - %s: %lu, %lu; ", what, a, b);
	if (kept_one)
		printf("it is number %d of those that are kept\n1..1\n", kept_one);
	else
		printf("see it with --seed %llu --rounds 1\n1..1\n", (unsigned long long)seed);
	fflush(stdout);
	_Exit(1);
}

/* --- programs --- */

static void see(int thread, uint32_t value)
{
	state.end.seen[thread] = seen_with(state.end.seen[thread], value);
}

static void await(int thread, uint32_t *word)
{
	uint32_t value;

	while (!(value = pf_load(word)))
		pf_port_relax();
	see(thread, value);
}

static void await_any(int thread)
{
	uint32_t value = 0;

	for (;;) {
		for (int i = 0; i < WORDS && !value; i++)
			value = pf_load(&state.end.words[i]);
		if (value)
			break;
		pf_port_relax();
	}
	see(thread, value);
}

static void look_and_give_up(int thread, uint32_t *word, uint32_t times)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < times && !value; i++) {
		value = pf_load(word);
		pf_pause();
	}
	see(thread, value);
}

static void do_op(int thread, const struct program_op *op)
{
	uint32_t *word = &state.end.words[op->word], value = op->value;
	uint32_t expected = value - 1;

	switch (op->kind) {
	case NOTHING:
		break;
	case LOAD:
		see(thread, pf_load(word));
		break;
	case STORE:
		pf_store(word, value);
		break;
	case COPY:
		pf_store(word, pf_load(&state.end.words[0]) + value);
		break;
	case ADD:
		see(thread, pf_fetch_add(word, value));
		break;
	case CAS:
		see(thread, pf_cas_acquire(word, &expected, value));
		break;
	case EXCHANGE:
		see(thread, pf_exchange_acquire(word, value));
		break;
	case GIVE_UP:
		look_and_give_up(thread, word, value);
		break;
	case LOCK:
		(void)pf_lock_irqsave(&state.lock);
		break;
	case UNLOCK:
		pf_unlock_irqrestore(&state.lock, 0);
		break;
	case IRQ_OFF:
		(void)pf_irq_save();
		break;
	case IRQ_ON:
		pf_irq_restore(0);
		break;
	case AWAIT:
		await(thread, word);
		break;
	case AWAIT_ANY:
		await_any(thread);
		break;
	}
}

static void run(int thread)
{
	for (unsigned i = 0; i < OPS; i++)
		do_op(thread, &programs[thread].ops[i]);
}

static void run_a(void)
{
	run(0);
}

static void run_b(void)
{
	run(1);
}

static void run_c(void)
{
	run(2);
}

static void run_d(void)
{
	run(3);
}

static void setup(void)
{
	state = initial;
	xp_keep(&state, sizeof(state));
}

static void check(void)
{
}

static struct xp_scenario scenario = { .name = "program", .setup = setup, .check = check };
static const struct xp_code code = { .name = "program" };

/* Pairs stand around what is between them. Return: there is room. */
static bool make_pair(struct program *p, unsigned n, enum op_kind first, enum op_kind last)
{
	unsigned from = (unsigned)random_below(&rng, n);

	if (n < 3)
		return false;
	from = from > n - 2 ? n - 2 : from;
	p->ops[from].kind = first;
	p->ops[from + 1 + random_below(&rng, n - from - 1)].kind = last;
	return true;
}

static enum op_kind one_of(enum op_kind a, enum op_kind b)
{
	return random_below(&rng, 2) ? a : b;
}

static void make_program(struct program *p)
{
	unsigned n = 1 + (unsigned)random_below(&rng, OPS);

	for (unsigned i = 0; i < n; i++) {
		p->ops[i].kind = (enum op_kind)(LOAD + random_below(&rng, LOCK - LOAD));
		p->ops[i].word = (int)random_below(&rng, WORDS);
		p->ops[i].value = 1 + (uint32_t)random_below(&rng, 3);
	}
	if (!random_below(&rng, 4))
		p->ops[random_below(&rng, n)].kind = one_of(AWAIT, AWAIT_ANY);
	if (!random_below(&rng, 3) && make_pair(p, n, LOCK, UNLOCK))
		return;
	if (!random_below(&rng, 3))
		make_pair(p, n, IRQ_OFF, IRQ_ON);
}

static void make_scenario(void)
{
	int n = 2 + (int)random_below(&rng, 3);

	memset(programs, 0, sizeof(programs));
	for (int i = 0; i < n; i++)
		make_program(&programs[i]);
	/* The last ones may be handlers, on one CPU or several. */
	for (int i = n - 1; i > 0 && random_below(&rng, 2); i--)
		programs[i].interrupts = 1 + (int)random_below(&rng, (unsigned)i);
	for (int i = 0; i < n; i++) {
		int of = programs[i].interrupts;

		if (of && programs[of - 1].interrupts)
			programs[i].interrupts = 0;
	}
	for (int i = 0; i < WORDS; i++)
		initial.end.words[i] = (uint32_t)random_below(&rng, 2);
}

static void set_threads(void)
{
	static void (*const runs[])(void) = { run_a, run_b, run_c, run_d };

	memset(scenario.threads, 0, sizeof(scenario.threads));
	for (int i = 0; i < XP_THREADS && programs[i].ops[0].kind; i++)
		scenario.threads[i] =
			(struct xp_thread){ "thread", runs[i], programs[i].interrupts };
}

/* --- sets of ends, and of classes of executions --- */

struct set {
	uint64_t at[ENDS];
	unsigned long nr;
};

static struct set all_ends, ends, classes, shard_classes, values, true_ends;

static void empty(struct set *s)
{
	memset(s, 0, sizeof(*s));
}

/* Return: it was not in there. */
static bool insert(struct set *s, uint64_t value)
{
	uint64_t i = value * 0x9e3779b97f4a7c15ull >> 46;

	for (; s->at[i & (ENDS - 1)]; i++)
		if (s->at[i & (ENDS - 1)] == value)
			return false;
	if (++s->nr > ENDS / 2)
		differ("the set is too small", s->nr, 0);
	s->at[i & (ENDS - 1)] = value;
	return true;
}

static bool contains(const struct set *s, uint64_t value)
{
	for (uint64_t i = value * 0x9e3779b97f4a7c15ull >> 46; s->at[i & (ENDS - 1)]; i++)
		if (s->at[i & (ENDS - 1)] == value)
			return true;
	return false;
}

static uint64_t hash_of(const struct end *end)
{
	uint64_t h = 1;

	for (int i = 0; i < WORDS; i++)
		h = (h ^ end->words[i]) * 0x100000001b3ull;
	for (int i = 0; i < XP_THREADS; i++)
		h = (h ^ end->seen[i]) * 0x100000001b3ull;
	return h | 1;
}

static struct set *into;
static bool once;  /* each class, that is */
static bool whole; /* without a bound: classes are ends, too */

/* The last one that was run. */
static struct {
	uint8_t threads[256];
	unsigned steps;
	uint64_t fingerprint;
} last;

static void remember(void)
{
	last.steps = search_steps();
	if (last.steps > sizeof(last.threads))
		differ(search_why(), last.steps, 0);
	last.fingerprint = search_fingerprint();
	for (unsigned i = 0; i < last.steps; i++)
		last.threads[i] = (uint8_t)search_thread_of(i);
}

static bool ended(void *arg)
{
	(void)arg;
	if (once) {
		remember();
		insert(&values, hash_of(&state.end));
	}
	insert(into, hash_of(&state.end));
	if (whole)
		insert(into, search_fingerprint() | 1);
	if (once && !insert(&classes, search_fingerprint() | 1))
		differ("alike executions are run twice", search_steps(), 0);
	return executions++ < LIMIT;
}

/* --- what must hold --- */

static enum verdict explore(struct set *set, int bound, bool everything, unsigned shard,
			    unsigned shards, struct search_result *r)
{
	struct search s = { .code = &code,
			    .scenario = &scenario,
			    .bound = bound,
			    .everything = everything,
			    .shard = shard,
			    .shards = shards,
			    .ended = ended };

	executions = 0;
	into = set;
	whole = bound == XP_NO_BOUND;
	once = whole && !everything;
	search(&s, r);
	return r->verdict;
}

static void all_of(const struct set *expected, const struct set *found, const char *what)
{
	for (unsigned long i = 0; i < ENDS; i++)
		if (expected->at[i] && !contains(found, expected->at[i]))
			differ(what, expected->nr, found->nr);
}

static void try_shards(unsigned long whole)
{
	unsigned n = 2 + (unsigned)random_below(&rng, 4);
	struct search_result r;
	unsigned long sum = 0;

	empty(&classes);
	empty(&shard_classes);
	for (unsigned k = 1; k <= n; k++) {
		explore(&shard_classes, XP_NO_BOUND, false, k, n, &r);
		sum += r.executions;
	}
	if (sum != whole)
		differ("shards are not the whole", whole, sum);
	all_of(&ends, &shard_classes, "shards leave an end out");
}

static void try_bounds(void)
{
	struct search_result r;

	for (int bound = 0; bound < 3; bound++) {
		empty(&all_ends);
		empty(&ends);
		if (explore(&all_ends, bound, true, 0, 0, &r) != SEARCH_CLEAN)
			return;
		explore(&ends, bound, false, 0, 0, &r);
		all_of(&all_ends, &ends, "a bound leaves an end out that it has room for");
	}
}

static void found(const struct end *end)
{
	insert(&true_ends, hash_of(end));
}

/* What the explorer never heard of: each end that there is, and no other. */
static void hold_against_states(enum verdict verdict)
{
	bool is_stuck;

	empty(&true_ends);
	if (!states_explore(programs, initial.end.words, found, &is_stuck))
		return;
	by_states++;
	if (is_stuck != (verdict == SEARCH_FAILED))
		differ("a deadlock that is none, or one that is not seen", is_stuck, verdict);
	if (is_stuck)
		return;
	all_of(&true_ends, &values, "an end is never met");
	all_of(&values, &true_ends, "an end cannot be");
}

static void find_it_again(void)
{
	struct search s = { .code = &code, .scenario = &scenario, .bound = XP_NO_BOUND };
	struct search_result r;

	if (!search_replay(&s, last.threads, last.steps, &r) ||
	    search_fingerprint() != last.fingerprint || search_steps() != last.steps)
		differ("done again it is another", last.steps, search_steps());
}

/* By the reduction, and by states. */
static enum verdict try_classes(struct search_result *r)
{
	enum verdict verdict;

	empty(&ends);
	empty(&classes);
	empty(&values);
	verdict = explore(&ends, XP_NO_BOUND, false, 0, 0, r);
	if (verdict != SEARCH_TIME)
		hold_against_states(verdict);
	return verdict;
}

static void try_it(void)
{
	struct search_result r;
	enum verdict verdict;

	set_threads();
	empty(&all_ends);
	verdict = explore(&all_ends, XP_NO_BOUND, true, 0, 0, &r);
	if (verdict == SEARCH_TIME) {
		left_out++;
		try_classes(&r);
		return;
	}
	programs_run++;
	if (try_classes(&r) != verdict)
		differ("one finds a deadlock, the other does not", verdict, r.verdict);
	if (verdict != SEARCH_CLEAN) {
		remember();
		find_it_again();
		stuck++;
		return;
	}
	find_it_again();
	all_of(&all_ends, &ends, "an end is left out");
	try_shards(r.executions);
	try_bounds();
}

static void nothing(void)
{
}

static void fail(void)
{
	xp_fail("at once");
}

/* Threads that end, or fail, before they take a step. */
static void end_at_once(void (*run)(void), enum verdict expected)
{
	struct search_result r;

	memset(scenario.threads, 0, sizeof(scenario.threads));
	scenario.threads[0] = (struct xp_thread){ "nothing", nothing, 0 };
	scenario.threads[1] = (struct xp_thread){ "at once", run, 0 };
	for (unsigned shards = 0; shards < 3; shards++) {
		unsigned long n = 0;
		enum verdict verdict = SEARCH_CLEAN;

		for (unsigned k = 1; k <= (shards ? shards : 1); k++) {
			empty(&ends);
			empty(&classes);
			if (explore(&ends, XP_NO_BOUND, false, k, shards, &r) != SEARCH_CLEAN)
				verdict = r.verdict;
			n += r.executions;
		}
		if (verdict != expected || n != 1)
			differ("without a step there is one execution", verdict, n);
	}
}

int main(int argc, char **argv)
{
	uint64_t rounds = option(argc, argv, "--rounds", 300);

	seed = option(argc, argv, "--seed", 1);
	rng = seed;
	end_at_once(nothing, SEARCH_CLEAN);
	end_at_once(fail, SEARCH_FAILED);
	for (; kept_one < (int)(sizeof(kept) / sizeof(*kept)); try_it())
		memcpy(programs, kept[kept_one++], sizeof(programs));
	kept_one = 0;
	for (uint64_t i = 0; i < rounds; i++, seed++) {
		rng = seed;
		make_scenario();
		try_it();
	}
	printf("ok 1 - %lu programs in every order, %lu of them with a deadlock; %lu more had too "
	       "many; %lu by their states\n1..1\n",
	       programs_run, stuck, left_out, by_states);
	return 0;
}
