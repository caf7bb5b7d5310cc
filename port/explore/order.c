/* SPDX-License-Identifier: MIT */
/*
 * What happened before what, by clocks, and which two dependent steps of two threads could have
 * come the other way round: those between which nothing else says which is first. (The notions are
 * those of C. Flanagan and P. Godefroid, "Dynamic partial-order reduction", POPL 2005, and of P.
 * Abdulla, S. Aronsson, B. Jonsson and K. Sagonas, "Optimal dynamic partial order reduction", POPL
 * 2014.)
 */
#include "engine.h"

#include <string.h>

#define PLACES 4096 /* a power of two */

static struct place places[PLACES];

/* @size 0: however it is used. */
static struct place *find_place(const volatile void *at, unsigned size)
{
	uintptr_t key = key_of(at);
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 40) & (PLACES - 1);

	for (size_t tries = 0; tries < PLACES; tries++, i = (i + 1) & (PLACES - 1)) {
		struct place *p = &places[i];

		if (p->execution == x.number && p->key != key)
			continue;
		if (p->execution != x.number) {
			memset(p, 0, sizeof(*p));
			p->execution = x.number;
			p->key = key;
		}
		/* Bytes of one word are one place; a part of a wider one would be another. */
		if (size > 4 && p->size && p->size <= 4)
			xp_fail("%p is used with %u bytes and with %u", (const void *)(uintptr_t)at,
				p->size, size);
		p->size = p->size > size ? p->size : size;
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
static unsigned races[2 * XP_THREADS + XP_LOOKED];
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
		p->loaded_by[t->id] = n;
		join(&p->before_store, &t->clock);
		return;
	}
	p->who = t->id;
	p->stored = n;
	p->stored_by[t->id] = n;
	p->is_changed = false;
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

/*
 * A thread that waits looks again at all places that it has looked at since it waited last, if one
 * of them has changed. So its waiting is as a load of each of them; and could have come before a
 * change, if there was another one that woke it.
 */
static unsigned nr_kept(const struct thread *t)
{
	return t->nr_looked < XP_LOOKED ? t->nr_looked : XP_LOOKED;
}

/* A place that was looked at twice is as it was seen last. Return: it was. */
static bool sees(struct thread *t, struct place *p)
{
	unsigned i = p->looked_at[t->id];

	if (i >= nr_kept(t) || t->looked[i].place != p)
		return false;
	t->looked[i].version = p->version;
	return true;
}

static void looked_at(struct thread *t, struct place *p)
{
	t->looked_at = t->op.site;
	if (sees(t, p))
		return;
	p->looked_at[t->id] = (uint8_t)(t->nr_looked++ % XP_LOOKED);
	t->looked[p->looked_at[t->id]].place = p;
	sees(t, p);
}

/* Changes since. */
static unsigned changes(const struct thread *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_kept(t); i++)
		n += t->looked[i].place->version - t->looked[i].version;
	return n;
}

/* Who has looked at nothing has nothing to wait for. */
void order_will_wait(struct thread *t)
{
	if (t->waited && t->nr_looked > XP_LOOKED)
		xp_fail("'%s' waits for more than %u places", t->what->name, XP_LOOKED);
	t->woken = !t->nr_looked || changes(t);
}

void order_changed(struct thread *t)
{
	struct place *p = t->place;

	p->version++;
	p->is_changed = true;
	sees(t, p); /* its own doing */
	for (int i = 0; i < x.nr_threads; i++) {
		struct thread *o = &x.threads[i];

		if (o != t && o->op.kind == XP_WAIT && !o->stepped && !o->woken)
			o->woken = changes(o);
	}
}

static bool waits_for(const struct thread *t, const volatile void *at)
{
	for (unsigned i = 0; i < nr_kept(t); i++)
		if (t->looked[i].place->key == key_of(at))
			return true;
	return false;
}

static void order_wait(struct thread *t)
{
	unsigned n = changes(t);

	for (unsigned i = 0; i < nr_kept(t); i++) {
		struct place *p = t->looked[i].place;

		if (n > p->is_changed)
			note_race(t, p->who, p->stored);
	}
	for (unsigned i = 0; i < nr_kept(t); i++)
		join(&t->clock, &t->looked[i].place->before_load);
}

static void leave_wait(struct thread *t, int16_t n)
{
	for (unsigned i = 0; i < nr_kept(t); i++) {
		t->looked[i].place->loaded[t->id] = n;
		t->looked[i].place->loaded_by[t->id] = n;
		join(&t->looked[i].place->before_store, &t->clock);
	}
	t->waited = true;
	t->nr_looked = 0;
}

/* --- steps --- */

static struct place *cpu_of(struct thread *t)
{
	if (t->op.kind == XP_IRQ)
		return &x.threads[t->interrupts].cpu;
	return can_be_interrupted(t) ? &t->cpu : NULL;
}

static void find_place_of(struct thread *t)
{
	t->place = is_at_place(t->op.kind) ? find_place(t->op.at, t->op.size) : NULL;
}

/* After what @t's next step is to come, and which of it could have come later. */
static void order_op(struct thread *t)
{
	struct place *cpu = cpu_of(t);

	nr_races = 0;
	find_place_of(t);
	/* First the CPU: what a handler did at the place says nothing of when it could have begun.
	 */
	if (cpu)
		order_at_cpu(t, cpu);
	if (t->place)
		order_at_place(t, t->place);
	if (t->op.kind == XP_WAIT)
		order_wait(t);
}

static void leave_op(struct thread *t, int16_t n)
{
	struct place *p = t->place, *cpu = cpu_of(t);

	if (p)
		leave_at_place(t, p, n);
	if (cpu) {
		cpu->who = t->id;
		cpu->stored = n;
		cpu->stored_by[t->id] = n;
		if (t->op.kind != XP_IRQ && t->op.kind != XP_IRQ_OFF)
			cpu->before_load = t->clock;
	}
	if (t->op.kind == XP_WAIT)
		leave_wait(t, n);
	else if (p && t->op.kind != XP_STORE && t->op.kind != XP_LOCK)
		looked_at(t, p);
}

/* Of a thread that waits: whose next step is at a place that it has looked at. */
static uint8_t waited_for(const struct thread *t)
{
	uint8_t set = 0;

	for (int i = 0; t->op.kind == XP_WAIT && i < x.nr_threads; i++)
		if (is_at_place(x.threads[i].op.kind) && waits_for(t, x.threads[i].op.at))
			set |= bit((unsigned)i);
	return set;
}

static void report_races(unsigned n)
{
	for (unsigned i = 0; i < nr_races; i++)
		search_reversible(races[i], n);
}

/*
 * With a bound: of each next step, taken or not, and of each other thread the last one that it
 * depends on, whatever else says which is first.
 */
void order_pending(struct thread *t)
{
	const struct place *cpu = cpu_of(t), *p;
	vclock last = { 0 };

	if (!search_is_bounded() || x.depth + 1 < x.again)
		return;
	if (cpu)
		join(&last, &cpu->stored_by);
	if (is_at_place(t->op.kind)) {
		p = find_place(t->op.at, t->op.size);
		join(&last, &p->stored_by);
		if (stores(t->op.kind))
			join(&last, &p->loaded_by);
	}
	for (unsigned i = 0; t->op.kind == XP_WAIT && i < nr_kept(t); i++)
		join(&last, &t->looked[i].place->stored_by);
	for (unsigned v = 0; v < XP_THREADS; v++)
		if (v != t->id && last[v])
			search_conflict((unsigned)last[v], t->id);
}

static void report_pending(const struct thread *t, const struct step *s)
{
	for (int i = 0; i < x.nr_threads; i++) {
		const struct thread *u = &x.threads[i];

		if (u != t && !u->finished && order_depends(u, s))
			search_conflict(x.depth + 1, u->id);
	}
}

void order_step(struct thread *t, struct step *s)
{
	int16_t n = (int16_t)(x.depth + 1);

	if (x.depth + 1 < x.again) {
		/* All before it is as it was the last time, and so is what came before what. */
		find_place_of(t);
		t->clock = s->clock;
		leave_op(t, n);
		return;
	}
	s->waited_for = waited_for(t);
	s->number = 1;
	if (t->clock[t->id])
		s->number = (uint16_t)(x.steps[t->clock[t->id] - 1].number + 1);
	order_op(t);
	t->clock[t->id] = n;
	leave_op(t, n);
	s->clock = t->clock;
	/* Those of steps that are only taken again have been seen the first time. */
	if ((unsigned)n < x.replay)
		return;
	if (search_is_bounded())
		report_pending(t, s);
	else
		report_races((unsigned)n);
}

/*
 * The execution is given up, and @t's next step could not be taken: because of a step, as one that
 * takes a lock or turns interrupts off, that it could have come before. Had it been taken in the
 * end, its races would be known.
 */
void order_not_taken(struct thread *t, struct step *s)
{
	order_op(t);
	s->thread = t->id;
	s->clock = t->clock;
	report_races(x.depth + 1);
}

void order_unlocked(struct thread *t, const volatile void *lock)
{
	struct place *p = find_place(lock, 0);

	p->before_load = t->clock;
	p->before_store = t->clock;
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
	if (op->kind == XP_WAIT)
		return stores((enum xp_kind)s->kind) && waits_for(sleeper, s->at);
	if (s->kind == XP_WAIT)
		return stores(op->kind) && s->waited_for >> sleeper->id & 1;
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
