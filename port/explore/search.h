/* SPDX-License-Identifier: MIT */
/*
 * Which executions there are: depth first, and of those that end alike one.
 *
 * Without a bound: source sets and sleep sets (Abdulla and others, POPL 2014; P. Godefroid, 1996):
 * each class of executions is run to its end exactly once. With a bound on preemptions, a switch
 * away from a thread that could go on: those with so many and less, and of them at least one that
 * leads to each state of a thread that can be reached so (K. Coons, M. Musuvathi and K. McKinley,
 * "Bounded partial-order reduction", OOPSLA 2013); no sleep sets, which a bound does not allow.
 */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "explore.h"

#define XP_NO_BOUND (-1)

struct search {
	const struct xp_code *code;
	const struct xp_scenario *scenario;
	int nr_threads;	 /* the scenario's first; 0: all */
	int bound;	 /* preemptions, or XP_NO_BOUND */
	bool everything; /* no reduction: every order there is, to check the reduction with */
	unsigned shard, shards; /* part number @shard, from 1, of @shards; 0: the whole */
	double seconds;		/* 0: as long as it takes */
	/* Or NULL. Of each execution that comes to its end; false: stop. */
	bool (*ended)(void *arg);
	void (*progress)(void *arg); /* now and then */
	void *arg;
};

enum verdict {
	SEARCH_CLEAN,  /* to the end, and nothing is wrong */
	SEARCH_FAILED, /* why() says what */
	SEARCH_TIME,   /* it ran out, or somebody stopped it */
	SEARCH_ERROR,  /* it could not begin; why() */
};

struct search_result {
	enum verdict verdict;
	uint64_t executions; /* that came to an end */
	uint64_t redundant;  /* that were given up on the way */
	unsigned longest;    /* steps of an execution */
	double seconds;
	double part;	      /* of the whole, an estimate, 0 to 1 */
	unsigned preemptions; /* of the last execution, the one that failed */
};

void search(const struct search *s, struct search_result *r);
/* The same, with one bound after the other up to @most: what fails has as few preemptions as can
 * be. */
void search_shortest(struct search *s, int most, struct search_result *r);

/* Of the last execution. */
const char *search_why(void);
unsigned search_steps(void);
unsigned search_thread_of(unsigned step); /* who took it */
/* The same for executions that differ only in what comes first of steps that do not depend on each
 * other. */
uint64_t search_fingerprint(void);

/* One execution, for story_print(): as given first, then whoever can go on does. False: a step
 * cannot be taken so. */
bool search_replay(const struct search *s, const uint8_t *threads, unsigned n,
		   struct search_result *r);
/* The last one once more. */
bool search_again(const struct search *s, struct search_result *r);

#endif
