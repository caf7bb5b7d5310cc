/* SPDX-License-Identifier: MIT */
/*
 * All states that a small program can be in, without the explorer: what its threads, locks and
 * interrupts are is written down here a second time.
 */
#include "program.h"

#include <stdlib.h>
#include <string.h>

#define STATES (1u << 18) /* places for them; a power of two */

struct thread_state {
	uint8_t at;   /* the operation */
	uint8_t part; /* of it */
	uint8_t irq_off;
	bool begun;
	uint32_t value; /* loaded, and not stored yet */
	uint32_t seen;
};

struct state {
	uint32_t words[WORDS];
	uint32_t held;
	struct thread_state threads[XP_THREADS];
};

static struct state states[STATES];
static bool is_used[STATES];
static uint32_t order[STATES];
static unsigned nr_states;
static bool too_many;

static const struct program *programs;

static void add(const struct state *s)
{
	const unsigned char *byte = (const unsigned char *)s;
	uint64_t h = 14695981039346656037ull;
	uint32_t i;

	for (size_t n = 0; n < sizeof(*s); n++)
		h = (h ^ byte[n]) * 1099511628211ull;
	for (i = (uint32_t)(h >> 32) % STATES; is_used[i]; i = (i + 1) % STATES)
		if (!memcmp(&states[i], s, sizeof(*s)))
			return;
	too_many |= nr_states > STATES / 2;
	if (too_many)
		return;
	is_used[i] = true;
	states[i] = *s;
	order[nr_states++] = i;
}

static bool is_over(const struct state *s, int t)
{
	return s->threads[t].at == OPS || !programs[t].ops[s->threads[t].at].kind;
}

static bool is_interrupted(const struct state *s, int t)
{
	for (int i = 0; i < XP_THREADS; i++)
		if (programs[i].interrupts == t + 1 && s->threads[i].begun && !is_over(s, i))
			return true;
	return false;
}

static void next(struct thread_state *t)
{
	t->at++;
	t->part = 0;
	t->value = 0;
}

static void see(struct thread_state *t, uint32_t value)
{
	t->seen = seen_with(t->seen, value);
	next(t);
}

/* Word after word, over and over. Return: one of them is there to be found. */
static bool look_for_any(struct state *s, struct thread_state *t)
{
	bool any = false;

	for (int i = 0; i < WORDS; i++)
		any |= s->words[i] != 0;
	if (s->words[t->part])
		see(t, s->words[t->part]);
	else
		t->part = (uint8_t)((t->part + 1) % WORDS);
	return any;
}

/* Return: it can be done now. */
static bool do_change(struct state *s, struct thread_state *t, const struct program_op *op)
{
	uint32_t *word = &s->words[op->word], before = *word;

	switch (op->kind) {
	case STORE:
		*word = op->value;
		next(t);
		return true;
	case COPY:
		if (t->part++) {
			*word = t->value + op->value;
			next(t);
		} else {
			t->value = s->words[0];
		}
		return true;
	case ADD:
		*word += op->value;
		see(t, before);
		return true;
	case CAS:
		*word = before == op->value - 1 ? op->value : before;
		see(t, before == op->value - 1);
		return true;
	default: /* EXCHANGE */
		*word = op->value;
		see(t, before);
		return true;
	}
}

static bool do_lock(struct state *s, struct thread_state *t)
{
	if (!t->part) {
		t->part = 1;
		t->irq_off++;
		return true;
	}
	if (s->held)
		return false;
	s->held = 1;
	next(t);
	return true;
}

static bool do_op(struct state *s, struct thread_state *t, const struct program_op *op)
{
	uint32_t value = s->words[op->word];

	switch (op->kind) {
	case LOAD:
		see(t, value);
		return true;
	case GIVE_UP:
		if (value || ++t->part == op->value)
			see(t, value);
		return true;
	case LOCK:
		return do_lock(s, t);
	case UNLOCK:
		s->held = 0;
		t->irq_off--;
		next(t);
		return true;
	case IRQ_OFF:
		t->irq_off++;
		next(t);
		return true;
	case IRQ_ON:
		t->irq_off--;
		next(t);
		return true;
	case AWAIT:
		if (value)
			see(t, value);
		return value;
	case AWAIT_ANY:
		return look_for_any(s, t);
	default:
		return do_change(s, t, op);
	}
}

/* Return: this thread comes further. */
static bool step(const struct state *from, int i)
{
	struct state s = *from;
	struct thread_state *t = &s.threads[i];
	int of = programs[i].interrupts - 1;
	bool goes_on = true;

	if (is_over(from, i) || is_interrupted(from, i))
		return false;
	if (of >= 0 && !t->begun) {
		if (s.threads[of].irq_off || is_interrupted(from, of))
			return false;
		t->begun = true;
	} else {
		goes_on = do_op(&s, t, &programs[i].ops[t->at]);
	}
	add(&s);
	return goes_on;
}

static void tell(const struct state *s, void (*found)(const struct end *end))
{
	struct end end;

	memcpy(end.words, s->words, sizeof(end.words));
	for (int i = 0; i < XP_THREADS; i++)
		end.seen[i] = s->threads[i].seen;
	found(&end);
}

bool states_explore(const struct program *p, const uint32_t *words,
		    void (*found)(const struct end *end), bool *stuck)
{
	struct state s;

	memset(&s, 0, sizeof(s));
	memcpy(s.words, words, sizeof(s.words));
	memset(is_used, 0, sizeof(is_used));
	nr_states = 0;
	too_many = false;
	programs = p;
	*stuck = false;
	add(&s);
	for (unsigned n = 0; n < nr_states && !too_many; n++) {
		bool goes_on = false, all_over = true;

		s = states[order[n]];
		for (int i = 0; i < XP_THREADS; i++) {
			all_over &= is_over(&s, i);
			goes_on |= step(&s, i);
		}
		*stuck |= !goes_on && !all_over;
		if (!goes_on && all_over)
			tell(&s, found);
	}
	return !too_many;
}
