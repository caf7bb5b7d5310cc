/* SPDX-License-Identifier: MIT */
/*
 * What happened before what, by clocks, and which two dependent steps of two threads could have
 * come the other way round: those between which nothing else says which is first. (The notions are
 * those of C. Flanagan and P. Godefroid, "Dynamic partial-order reduction", POPL 2005, and of P.
 * Abdulla, S. Aronsson, B. Jonsson and K. Sagonas, "Optimal dynamic partial order reduction", POPL
 * 2014.)
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 4096 /* a power of two */

static struct place places[PLACES];

static struct place *find_place(const volatile void *at)
{
	uintptr_t key = key_of(at);
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 40) & (PLACES - 1);

	for (size_t tries = 0; tries < PLACES; tries++, i = (i + 1) & (PLACES - 1)) {
		struct place *p = &places[i];

		if (p->execution == x.number && p->key == key)
			return p;
		if (p->execution == x.number)
			continue;
		memset(p, 0, sizeof(*p));
		p->execution = x.number;
		p->key = key;
		return p;
	}
	xp_fail("more than %u places are loaded and stored", PLACES);
}

static void join(vclock *to, const vclock *from)
{
	vclock is_later = *from > *to;

	*to = (*from & is_later) | (*to & ~is_later);
}

/* Is some step of @a later than @b knows of? */
static bool is_any_later(const vclock *a, const vclock *b)
{
	union {
		vclock clock;
		uint64_t word;
	} u = { .clock = *a > *b };

	return u.word;
}

/* --- races --- */

/* Steps that could have come after the one that is taken. */
static unsigned races[2 * XP_THREADS + 2];
static unsigned nr_races;

/* @t takes a step that depends on step @n of @who. */
static void note_race(const struct thread *t, unsigned who, int16_t n)
{
	if (n && who != t->id && t->clock[who] < n)
		races[nr_races++] = (unsigned)n;
}

static void order_at_place(struct thread *t, struct place *p)
{
	note_race(t, p->who, p->stored);
	if (t->op.kind == XP_LOAD) {
		join(&t->clock, &p->before_load);
		return;
	}
	for (unsigned i = 0; is_any_later(&p->loaded, &t->clock) && i < XP_THREADS; i++)
		note_race(t, i, p->loaded[i]);
	join(&t->clock, &p->before_load);
	join(&t->clock, &p->before_store);
}

static void leave_at_place(struct thread *t, struct place *p, int16_t n)
{
	if (t->op.kind == XP_LOAD) {
		p->loaded[t->id] = n;
		join(&p->before_store, &t->clock);
		return;
	}
	p->who = t->id;
	p->stored = n;
	p->loaded = (vclock){ 0 };
	if (t->op.kind == XP_LOCK)
		return; /* the release is what the next one comes after */
	p->before_load = t->clock;
	p->before_store = t->clock;
}

/* A CPU's interrupts are as a lock: its thread has it for a step, or while they are off. */
static void order_at_cpu(struct thread *t, struct place *cpu)
{
	note_race(t, cpu->who, cpu->stored);
	join(&t->clock, &cpu->before_load);
}

/* --- waiting --- */

static void looked_at(struct thread *t, struct place *p)
{
	unsigned i = t->nr_looked++ % XP_LOOKED;

	t->looked[i].place = p;
	t->looked_at = t->op.site;
	t->looked[i].version = p->version;
}

static bool has_looked_at(const struct thread *t, const struct place *p)
{
	for (unsigned i = 0; i < t->nr_looked && i < XP_LOOKED; i++)
		if (t->looked[i].place == p)
			return true;
	return false;
}

static void wake(struct thread *t, const vclock *by)
{
	t->woken = true;
	t->woken_by = *by;
}

/* What it has looked at may have changed since. Who has looked at nothing has nothing to wait for.
 */
void order_will_wait(struct thread *t)
{
	t->woken = false;
	if (!t->nr_looked)
		wake(t, &t->clock);
	for (unsigned i = 0; !t->woken && i < t->nr_looked && i < XP_LOOKED; i++)
		if (t->looked[i].place->version != t->looked[i].version)
			wake(t, &t->looked[i].place->changed);
}

void order_changed(struct thread *t)
{
	struct place *p = find_place(t->op.at);

	p->version++;
	p->changed = t->clock;
	for (unsigned i = 0; i < t->nr_looked && i < XP_LOOKED; i++)
		if (t->looked[i].place == p)
			t->looked[i].version = p->version; /* its own doing */
	for (int i = 0; i < x.nr_threads; i++) {
		struct thread *o = &x.threads[i];

		if (o != t && o->op.kind == XP_WAIT && !o->stepped && !o->woken &&
		    has_looked_at(o, p))
			wake(o, &t->clock);
	}
}

/* --- steps --- */

void order_begin(void)
{
	nr_races = 0;
}

static void order_op(struct thread *t, int16_t n)
{
	struct place *p = is_at_place(t->op.kind) ? find_place(t->op.at) : NULL;
	struct place *cpu = NULL;

	if (t->op.kind == XP_IRQ)
		cpu = &x.threads[t->interrupts].cpu;
	else if (can_be_interrupted(t))
		cpu = &t->cpu;
	/* First the CPU: what a handler did at the place says nothing of when it could have begun.
	 */
	if (cpu)
		order_at_cpu(t, cpu);
	if (p)
		order_at_place(t, p);
	if (t->op.kind == XP_WAIT)
		join(&t->clock, &t->woken_by);
	t->clock[t->id] = n;
	if (p)
		leave_at_place(t, p, n);
	if (cpu) {
		cpu->who = t->id;
		cpu->stored = n;
		if (t->op.kind != XP_IRQ && t->op.kind != XP_IRQ_OFF)
			cpu->before_load = t->clock;
	}
	if (t->op.kind == XP_WAIT)
		t->nr_looked = 0;
	else if (p && t->op.kind != XP_STORE && t->op.kind != XP_LOCK)
		looked_at(t, p);
}

void order_step(struct thread *t, struct step *s)
{
	int16_t n = (int16_t)(x.depth + 1);

	nr_races = 0;
	s->number = 1;
	if (t->clock[t->id])
		s->number = (uint16_t)(x.steps[t->clock[t->id] - 1].number + 1);
	order_op(t, n);
	s->clock = t->clock;
	/* Those of steps that are only taken again have been seen the first time. */
	if ((unsigned)n < x.replay)
		return;
	for (unsigned i = 0; i < nr_races; i++)
		search_reversible(races[i], (unsigned)n);
}

void order_unlocked(struct thread *t, const volatile void *lock)
{
	find_place(lock)->before_load = t->clock;
	find_place(lock)->before_store = t->clock;
}

void order_cpu_free(struct thread *t, struct thread *of)
{
	of->cpu.before_load = t->clock;
}

/*
 * Would the next step of @sleeper have come out otherwise before @s, which another has just taken?
 */
bool order_depends(const struct thread *sleeper, const struct step *s)
{
	const struct op *op = &sleeper->op;

	if (op->kind == XP_IRQ && sleeper->interrupts == s->thread)
		return s->interruptible;
	if (s->kind == XP_IRQ && x.threads[s->thread].interrupts == sleeper->id)
		return true;
	if (s->kind == XP_IRQ && op->kind == XP_IRQ &&
	    x.threads[s->thread].interrupts == sleeper->interrupts)
		return true;
	return is_at_place(op->kind) && is_at_place((enum xp_kind)s->kind) &&
	       key_of(op->at) == key_of(s->at) &&
	       (stores(op->kind) || stores((enum xp_kind)s->kind));
}

/* --- what an execution was, whatever came first of what does not depend on each other --- */

static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93ull;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93ull;
	return h ^ h >> 32;
}

uint64_t order_fingerprint(void)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < x.depth; n++) {
		const struct step *s = &x.steps[n];
		uint64_t h = mix((uint64_t)s->thread << 16 | s->number);

		for (unsigned i = 0; i < XP_THREADS; i++)
			if (s->clock[i])
				h = mix(h + ((uint64_t)i << 16 | x.steps[s->clock[i] - 1].number));
		sum += h;
	}
	return sum;
}
