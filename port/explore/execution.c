/* SPDX-License-Identifier: MIT */
/* One execution: threads that take turns, from the state after setup() to the end. */
#include "engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keep.h"

struct execution x;

static struct fiber home; /* where execution_run() waits */
static bool priming;	  /* threads run to their first step */
static jmp_buf *checking; /* there is no thread: where a failure leads */

uint64_t read_value(const volatile void *at, unsigned size)
{
	switch (size) {
	case 1:
		return *(const volatile uint8_t *)at;
	case 2:
		return *(const volatile uint16_t *)at;
	case 4:
		return *(const volatile uint32_t *)at;
	default:
		return *(const volatile uint64_t *)at;
	}
}

/* --- the end --- */

static _Noreturn void leave(struct thread *t)
{
	x.current = NULL;
	fiber_switch(&t->fiber, &home);
	abort(); /* an execution that was left does not go on */
}

static _Noreturn void failed(void)
{
	x.outcome = XP_FAILED;
	if (x.current)
		leave(x.current);
	if (!checking) {
		fprintf(stderr, "pageframe: %s, in the explorer itself\n", x.why);
		abort();
	}
	longjmp(*checking, 1);
}

_Noreturn void xp_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(x.why, sizeof(x.why), format, args);
	va_end(args);
	failed();
}

/* --- whose turn --- */

bool can_be_interrupted(const struct thread *t)
{
	return t->handlers && !t->irq_off;
}

static bool is_interrupted(const struct thread *t)
{
	for (int i = 0; i < x.nr_threads; i++)
		if (t->handlers & bit((unsigned)i) && x.threads[i].begun && !x.threads[i].finished)
			return true;
	return false;
}

static bool is_enabled(const struct thread *t)
{
	if (t->finished || is_interrupted(t))
		return false;
	switch (t->op.kind) {
	case XP_LOCK:
		return !read_value(t->op.at, t->op.size);
	case XP_WAIT:
		return t->woken;
	case XP_IRQ:
		return !x.threads[t->interrupts].irq_off &&
		       !is_interrupted(&x.threads[t->interrupts]);
	default:
		return true;
	}
}

static void say_who_waits(void)
{
	size_t used = (size_t)snprintf(x.why, sizeof(x.why), "deadlock");

	for (int i = 0; i < x.nr_threads && used < sizeof(x.why); i++) {
		const struct thread *t = &x.threads[i];
		const char *what = t->op.kind == XP_LOCK   ? t->op.site->what
				   : t->op.kind == XP_WAIT ? t->looked_at->what
							   : "interrupts to be on";

		if (t->finished)
			continue;
		used += (size_t)snprintf(x.why + used, sizeof(x.why) - used, "%c '%s' ",
					 used > strlen("deadlock") ? ',' : ':', t->what->name);
		if (used >= sizeof(x.why))
			return;
		used += is_interrupted(t) ? (size_t)snprintf(x.why + used, sizeof(x.why) - used,
							     "is interrupted")
					  : (size_t)snprintf(x.why + used, sizeof(x.why) - used,
							     "waits for %s", what);
	}
}

/* Return: the thread that takes the next step; NULL: the execution is over, x.outcome says how. */
static struct thread *next_thread(void)
{
	uint8_t enabled = 0, left = 0;
	int next;

	if (x.depth < x.again)
		return &x.threads[x.steps[x.depth].thread];
	for (int i = 0; i < x.nr_threads; i++) {
		left |= x.threads[i].finished ? 0 : bit((unsigned)i);
		enabled |= is_enabled(&x.threads[i]) ? bit((unsigned)i) : 0;
	}
	if (!left) {
		x.outcome = XP_DONE;
		return NULL;
	}
	if (!enabled) {
		say_who_waits();
		x.outcome = XP_FAILED;
		if (x.current)
			failed();
		return NULL;
	}
	next = search_choose(enabled);
	return next == XP_NOBODY ? NULL : &x.threads[next];
}

/* Return when it is @t's turn. */
static void pass_on(struct thread *t)
{
	struct thread *next = next_thread();

	if (!next)
		leave(t);
	if (next == t)
		return;
	x.current = next;
	fiber_switch(&t->fiber, &next->fiber);
}

/* --- a step --- */

/* The step that @t took is over: what did it do? */
static void settle(struct thread *t)
{
	if (!t->stepped)
		return;
	t->stepped = false;
	if (is_at_place(t->op.kind) && t->op.kind != XP_LOAD &&
	    read_value(t->op.at, t->op.size) != t->old)
		order_changed(t);
	if (x.telling)
		story_stepped(t);
}

static void take_step(struct thread *t)
{
	struct step *s = &x.steps[x.depth];

	if (x.depth == XP_STEPS)
		xp_fail("it does not end: %u steps", XP_STEPS);
	s->kind = (uint8_t)t->op.kind;
	s->at = t->op.at;
	s->interruptible = can_be_interrupted(t) || t->op.kind == XP_IRQ_OFF;
	if (is_at_place(t->op.kind))
		t->old = read_value(t->op.at, t->op.size);
	t->begun = true;
	order_step(t, s);
	x.depth++;
	t->stepped = true;
	if (x.telling)
		story_step(t);
}

static void next_step(struct thread *t, struct op op)
{
	settle(t);
	t->op = op;
	if (op.kind == XP_WAIT)
		order_will_wait(t);
	order_pending(t);
	if (priming)
		fiber_switch(&t->fiber, &home);
	else
		pass_on(t);
	take_step(t);
}

void xp_step(enum xp_kind kind, const volatile void *at, unsigned size, const struct xp_site *site)
{
	if (x.current)
		next_step(x.current, (struct op){ kind, at, size, site });
}

void xp_unlocked(const volatile void *lock, const struct xp_site *site)
{
	if (!x.current)
		return;
	settle(x.current);
	order_unlocked(x.current, lock);
	if (x.telling)
		story_event(x.current, "unlock", lock, site);
}

void xp_irq_off(const struct xp_site *site)
{
	struct thread *t = x.current;

	if (!t)
		return;
	if (can_be_interrupted(t))
		next_step(t, (struct op){ XP_IRQ_OFF, NULL, 0, site });
	t->irq_off++;
}

void xp_irq_on(void)
{
	struct thread *t = x.current;

	if (!t)
		return;
	settle(t);
	if (!t->irq_off)
		xp_fail("'%s' turns interrupts on, and they are", t->what->name);
	if (!--t->irq_off && t->handlers)
		order_cpu_free(t, t);
}

void xp_wait(void)
{
	static const struct xp_site site = { "", "waits for another", 0 };

	if (x.current)
		next_step(x.current, (struct op){ XP_WAIT, NULL, 0, &site });
}

unsigned xp_cpu(void)
{
	const struct thread *t = x.current;

	while (t && t->interrupts != XP_NOBODY)
		t = &x.threads[t->interrupts];
	return t ? t->id : 0;
}

void xp_pin(void)
{
	if (x.current)
		x.current->pins++;
}

void xp_unpin(void)
{
	if (x.current && !x.current->pins--)
		xp_fail("'%s' unpins what is not pinned", x.current->what->name);
}

/* --- threads --- */

static void thread_main(void *arg)
{
	struct thread *t = arg;

	if (t->interrupts != XP_NOBODY)
		take_step(t);
	t->what->run();
	settle(t);
	if (t->irq_off)
		xp_fail("'%s' ends with interrupts off", t->what->name);
	if (t->pins)
		xp_fail("'%s' ends and is pinned to its CPU", t->what->name);
	t->finished = true;
	if (t->interrupts != XP_NOBODY)
		order_cpu_free(t, &x.threads[t->interrupts]);
	if (priming)
		leave(t);
	pass_on(t);
}

static void set_up_thread(struct thread *t, const struct xp_thread *what, unsigned id)
{
	struct fiber fiber = t->fiber;

	memset(t, 0, sizeof(*t));
	t->fiber = fiber;
	t->what = what;
	t->id = (uint8_t)id;
	t->interrupts = (uint8_t)(what->interrupts ? what->interrupts - 1 : XP_NOBODY);
}

static int make_threads(void)
{
	static bool made;
	int err = 0;

	for (unsigned i = 0; !made && !err && i < XP_THREADS; i++)
		err = fiber_make(&x.threads[i].fiber, thread_main, &x.threads[i]);
	made = !err;
	return err;
}

static void reset_threads(void)
{
	for (int i = 0; i < x.nr_threads; i++)
		set_up_thread(&x.threads[i], &x.scenario->threads[i], (unsigned)i);
	for (int i = 0; i < x.nr_threads; i++) {
		struct thread *t = &x.threads[i];

		fiber_restart(&t->fiber);
		if (t->interrupts != XP_NOBODY) {
			x.threads[t->interrupts].handlers |= bit((unsigned)i);
			t->op.kind = XP_IRQ;
		}
	}
}

/* To its first step: what comes before is nobody's business. */
static void prime(void)
{
	priming = true;
	for (int i = 0; i < x.nr_threads && x.outcome == XP_RUNNING; i++) {
		if (x.threads[i].interrupts != XP_NOBODY)
			continue;
		x.current = &x.threads[i];
		fiber_switch(&home, &x.threads[i].fiber);
	}
	priming = false;
	x.current = NULL;
}

/* --- executions --- */

/* Every handler has a CPU that takes it. */
static bool has_cpus(const struct xp_scenario *scenario, int nr_threads)
{
	for (int i = 0; i < nr_threads; i++) {
		int of = scenario->threads[i].interrupts;

		if (of > nr_threads || (of && scenario->threads[of - 1].interrupts)) {
			snprintf(x.why, sizeof(x.why),
				 "'%s' is a handler on the CPU of a thread that is not there, or "
				 "of another handler",
				 scenario->threads[i].name);
			return false;
		}
	}
	return true;
}

/* Return: did it fail? */
static bool fails(void (*part)(void))
{
	jmp_buf failure;
	volatile bool ended = false;

	checking = &failure;
	if (!setjmp(failure)) {
		part();
		ended = true;
	}
	checking = NULL;
	return !ended;
}

bool execution_prepare(const struct xp_code *code, const struct xp_scenario *scenario,
		       int nr_threads)
{
	int err = make_threads();

	if (err) {
		snprintf(x.why, sizeof(x.why), "no stacks for its threads: %s", strerror(err));
		return false;
	}
	if (!has_cpus(scenario, nr_threads))
		return false;
	keep_nothing();
	x.code = code;
	x.scenario = scenario;
	x.nr_threads = nr_threads;
	x.current = NULL;
	x.outcome = XP_RUNNING;
	if (fails(scenario->setup))
		return false;
	if (!keep_copies()) {
		snprintf(x.why, sizeof(x.why), "no memory for a copy of its machine");
		return false;
	}
	return true;
}

enum outcome execution_run(void)
{
	struct thread *first;

	keep_restore();
	x.number++;
	x.depth = 0;
	x.outcome = XP_RUNNING;
	reset_threads();
	if (x.telling)
		story_begin();
	prime();
	first = x.outcome == XP_RUNNING ? next_thread() : NULL;
	if (first) {
		x.current = first;
		fiber_switch(&home, &first->fiber);
	}
	x.current = NULL;
	if (x.outcome == XP_DONE &&
	    !(x.nr_threads < XP_THREADS && x.scenario->threads[x.nr_threads].run))
		fails(x.scenario->check); /* which needs all threads */
	return x.outcome;
}
