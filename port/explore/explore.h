/* SPDX-License-Identifier: MIT */
/*
 * The explorer, as code that is explored sees it: what it says before each access to what is
 * shared, and what a scenario is. All threads run in one, and which goes on after such a word is
 * the explorer's choice; so a scenario can be run in every order there is. docs/explorer.md.
 */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XP_THREADS 4

/* A step: from one word to the next. */
enum xp_kind {
	XP_LOAD,
	XP_STORE,
	XP_CHANGE,  /* a load and a store at once, which may not store */
	XP_LOCK,    /* not before the lock is free */
	XP_WAIT,    /* not before something has changed of what the thread has looked at */
	XP_IRQ_OFF, /* no handler begins on this CPU */
	XP_IRQ,	    /* a handler begins */
};

/* Where in the source; a string literal says what. */
struct xp_site {
	const char *file;
	const char *what;
	int line;
};

/* Return when it is the calling thread's turn; outside of threads, at once. */
void xp_step(enum xp_kind kind, const volatile void *at, unsigned size, const struct xp_site *site);
void xp_unlocked(const volatile void *lock, const struct xp_site *site);
void xp_irq_off(const struct xp_site *site);
void xp_irq_on(void);
void xp_wait(void);
unsigned xp_cpu(void);
/* No thread moves to another CPU; the explorer only sees to it that each pin has its end. */
void xp_pin(void);
void xp_unpin(void);

/* For scenarios and the port: it went wrong, and why; the execution ends. */
_Noreturn void xp_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* For the story: what the thread does as a whole. */
void xp_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The port's: a thread makes a mistake on purpose, and what the library says of it is no failure.
 */
extern bool port_mistake;
/* From setup(): every execution begins with it as it is when setup() returns. */
void xp_keep(void *at, size_t size);

struct xp_thread {
	const char *name;
	void (*run)(void);
	int interrupts; /* 0: has a CPU of its own; or a handler: on that of this thread, from 1 */
};

struct xp_scenario {
	const char *name;
	const char *title;
	void (*setup)(void); /* a machine, from nothing */
	struct xp_thread threads[XP_THREADS];
	void (*check)(void); /* when all threads are done; calls xp_fail() */
};

/* The library, or one with a fault in it, and scenarios that were linked with it. */
struct xp_code {
	const char *name;
	const struct xp_scenario *const *scenarios; /* ends with NULL */
	/* For the story: what is at an address, and what a value there means; may leave it empty.
	 */
	void (*place)(const volatile void *at, char *text, size_t size);
	void (*value)(const volatile void *at, uint64_t value, char *text, size_t size);
};

#endif
