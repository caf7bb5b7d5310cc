/* SPDX-License-Identifier: MIT */
/*
 * The explorer's scenarios on real threads, with the locks and atomics that are shipped, over and
 * over. The explorer tries all orders of steps, and takes memory to have one; what needs a release
 * or an acquire and has none, and what is shared and no atomic, is ThreadSanitizer's to find here.
 *
 *	scenarios [--rounds N]
 *
 * Handlers are left out: there is nothing here that could interrupt a thread.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"
#include "host.h"
#include "keep.h"
#include "options.h"

extern const struct xp_code explored_library;

bool port_mistake;

static const struct xp_scenario *scenario;
static int nr_threads;
static pthread_barrier_t begin, end;
static unsigned long round_nr;
static bool over;

/* --- what scenarios call --- */

_Noreturn void xp_fail(const char *format, ...)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	va_list args;

	pthread_mutex_lock(&one);
	printf("not ok 1 - %s, round %lu: ", scenario->name, round_nr);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fputs("\n1..1\n", stdout);
	fflush(stdout);
	_Exit(1);
}

void xp_note(const char *format, ...)
{
	(void)format;
}

/* --- rounds --- */

static void set_up(void)
{
	keep_nothing();
	host_reset();
	scenario->setup();
	if (!keep_copies())
		xp_fail("no memory");
}

static void restore(void)
{
	keep_restore();
	host_forget_output();
}

static void check(void)
{
	if (*host_output() && !port_mistake)
		xp_fail("the library says: %s", host_output());
	scenario->check();
}

static void *work(void *arg)
{
	const struct xp_thread *t = arg;

	host_set_cpu((unsigned)(t - scenario->threads));
	for (;;) {
		pthread_barrier_wait(&begin);
		if (over)
			return NULL;
		t->run();
		pthread_barrier_wait(&end);
	}
}

static bool has_handler(void)
{
	for (nr_threads = 0; nr_threads < XP_THREADS && scenario->threads[nr_threads].run;
	     nr_threads++)
		if (scenario->threads[nr_threads].interrupts)
			return true;
	return false;
}

static void run_scenario(unsigned long rounds)
{
	pthread_t threads[XP_THREADS];

	set_up();
	over = false;
	pthread_barrier_init(&begin, NULL, (unsigned)nr_threads + 1);
	pthread_barrier_init(&end, NULL, (unsigned)nr_threads + 1);
	for (int i = 0; i < nr_threads; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)&scenario->threads[i]))
			xp_fail("no thread");
	for (round_nr = 1; round_nr <= rounds; round_nr++) {
		restore();
		pthread_barrier_wait(&begin);
		pthread_barrier_wait(&end);
		host_set_cpu(0);
		check();
	}
	over = true;
	pthread_barrier_wait(&begin);
	for (int i = 0; i < nr_threads; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&begin);
	pthread_barrier_destroy(&end);
}

int main(int argc, char **argv)
{
	unsigned long rounds = option(argc, argv, "--rounds", 300);
	int n = 0;

	for (int i = 0; explored_library.scenarios[i]; i++) {
		scenario = explored_library.scenarios[i];
		if (has_handler())
			continue;
		run_scenario(rounds);
		printf("ok %d - %s, %lu rounds\n", ++n, scenario->name, rounds);
		fflush(stdout);
	}
	printf("1..%d\n", n);
	return 0;
}
