/* SPDX-License-Identifier: MIT */
/* Small programs of up to four threads, for the explorer and for who knows nothing of it. */
#ifndef EXPLORE_PROGRAM_H
#define EXPLORE_PROGRAM_H

#include "explore.h"

#define WORDS 3
#define OPS   4

enum op_kind {
	NOTHING,
	LOAD,
	STORE,
	COPY,
	ADD,
	CAS,
	EXCHANGE,
	GIVE_UP, /* looks @value times at most */
	LOCK,
	UNLOCK,
	IRQ_OFF,
	IRQ_ON,
	AWAIT,
	AWAIT_ANY
};

struct program {
	int interrupts; /* as of struct xp_thread */
	struct program_op {
		enum op_kind kind;
		int word;
		uint32_t value;
	} ops[OPS];
};

/* What the threads leave behind. */
struct end {
	uint32_t words[WORDS];
	uint32_t seen[XP_THREADS]; /* all that a thread has read, mixed */
};

static inline uint32_t seen_with(uint32_t seen, uint32_t value)
{
	return seen * 31 + value + 1;
}

/*
 * Every end that @programs can have, by all states that they can be in; each to @found. Return:
 * false: there are too many states. @stuck: in one of them nobody can go on.
 */
bool states_explore(const struct program *programs, const uint32_t *words,
		    void (*found)(const struct end *end), bool *stuck);

#endif
