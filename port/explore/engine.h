/* SPDX-License-Identifier: MIT */
/*
 * Inside the explorer. One execution is a row of steps, each by one of the threads (execution.c);
 * what happened before what, and which two steps could have come the other way round, is order.c;
 * search.c decides which executions there are.
 *
 * Words: a place is what is loaded and stored at an address. Two steps depend on each other if they
 * are of one thread, or at one place and one of them may store, or take one lock, or if one is a
 * thread's and the other the beginning of its CPU's handler. Two executions whose dependent steps
 * come in the same order end alike; only one of them is wanted.
 */
#ifndef EXPLORE_ENGINE_H
#define EXPLORE_ENGINE_H

#include "explore.h"
#include "fiber.h"

#define XP_STEPS  8192 /* of an execution; one that has more does not end */
#define XP_NOBODY XP_THREADS
#define XP_LOOKED 32 /* places looked at between two waits */

/* Of each thread a step, from 1; as a clock, the last one that happened before. */
typedef int16_t vclock __attribute__((vector_size(2 * XP_THREADS)));

/* A place, a lock, or a CPU's interrupts (cpu of struct thread). */
struct place {
	uintptr_t key;
	unsigned size;		       /* bytes that are loaded and stored at a time */
	uint64_t execution;	       /* all below is of this one */
	uint32_t version;	       /* so often its value changed */
	int16_t stored;		       /* the last step that stored, or took the lock */
	uint8_t who;		       /* whose it was */
	uint8_t looked_at[XP_THREADS]; /* where it may be in that of struct thread */
	bool is_changed;	       /* by that step */
	vclock loaded;		       /* each one's last load since */
	vclock loaded_by;	       /* each one's last of all */
	vclock stored_by;
	vclock before_load;  /* happened before a load: the store, or the lock's release */
	vclock before_store; /* and before a store: loads, too */
};

struct op {
	enum xp_kind kind;
	const volatile void *at;
	unsigned size;
	const struct xp_site *site;
};

struct thread {
	struct fiber fiber;
	const struct xp_thread *what;
	struct op op;	     /* its next step, or the one that it has just taken */
	struct place *place; /* of the one that it has taken, or NULL */
	uint64_t old;	     /* there, before that step */
	vclock clock;
	uint8_t id;
	uint8_t interrupts; /* the thread on whose CPU this is a handler, or XP_NOBODY */
	uint8_t handlers;   /* a set: on this one's CPU */
	bool begun, finished, stepped, waited;
	unsigned irq_off; /* so many times */
	unsigned pins;
	/* Places since it last waited, and their versions then. */
	struct {
		struct place *place;
		uint32_t version;
	} looked[XP_LOOKED];
	unsigned nr_looked;
	const struct xp_site *looked_at; /* the last one */
	bool woken;
	struct place cpu;
};

/* Where the execution is after some steps, and the step that it takes from there. Sets of threads.
 */
struct step {
	uint8_t enabled;
	uint8_t todo;	/* those that are to take it in some execution */
	uint8_t done;	/* that have been, in all executions there are from here */
	uint8_t asleep; /* whose step here would lead to what other executions have shown */
	uint8_t thread;
	uint8_t before; /* who took the one before */
	uint8_t kind;
	uint8_t waited_for; /* of XP_WAIT: threads whose next step was at a place looked at */
	bool interruptible; /* the thread's CPU could have taken a handler */
	uint16_t number;    /* of this thread's steps, from 1 */
	uint16_t preemptions;
	const volatile void *at;
	vclock clock;
};

enum outcome {
	XP_RUNNING,
	XP_DONE,
	XP_FAILED,
	XP_REDUNDANT, /* everybody who could go on is asleep */
	XP_SKIPPED,   /* another shard's */
};

/* The execution at hand. */
extern struct execution {
	const struct xp_code *code;
	const struct xp_scenario *scenario;
	uint64_t number;
	int nr_threads;
	struct thread threads[XP_THREADS];
	struct thread *current; /* NULL: no thread runs */
	struct step steps[XP_STEPS + 1];
	unsigned depth;	 /* steps taken */
	unsigned replay; /* so many are given */
	unsigned again;	 /* and of these so many are the last execution's, but for the last one */
	enum outcome outcome;
	char why[512];
	bool telling; /* the story is kept */
} x;

/* execution.c. Return: it can begin, or x.why says why not. */
bool execution_prepare(const struct xp_code *code, const struct xp_scenario *scenario,
		       int nr_threads);
enum outcome execution_run(void);
bool can_be_interrupted(const struct thread *t);

/* order.c */
void order_step(struct thread *t, struct step *s); /* before it is taken */
void order_not_taken(struct thread *t, struct step *s);
void order_pending(struct thread *t); /* it has a next step */
void order_changed(struct thread *t); /* the step that it took changed the value */
void order_unlocked(struct thread *t, const volatile void *lock);
void order_cpu_free(struct thread *t, struct thread *of); /* interrupts are on, the handler ends */
void order_will_wait(struct thread *t);
bool order_depends(const struct thread *sleeper, const struct step *s);
uint64_t order_fingerprint(void);

/* search.c: what order.c and execution.c ask. */
int search_choose(uint8_t enabled); /* who takes the next step; XP_NOBODY: nobody shall */
bool search_is_bounded(void);
void search_reversible(unsigned i, unsigned n);
void search_conflict(unsigned i, unsigned thread);

/* story.c */
const char *story_file(const char *file);
void story_begin(void);
void story_step(const struct thread *t);
void story_stepped(const struct thread *t);
void story_event(const struct thread *t, const char *text, const volatile void *at,
		 const struct xp_site *site);

uint64_t read_value(const volatile void *at, unsigned size);

static inline uint8_t bit(unsigned thread)
{
	return (uint8_t)(1u << thread);
}

static inline bool stores(enum xp_kind kind)
{
	return kind == XP_STORE || kind == XP_CHANGE || kind == XP_LOCK;
}

static inline bool is_at_place(enum xp_kind kind)
{
	return kind <= XP_LOCK;
}

static inline uintptr_t key_of(const volatile void *at)
{
	return (uintptr_t)at >> 2;
}

#endif
