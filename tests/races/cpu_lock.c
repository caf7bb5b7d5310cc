/* SPDX-License-Identifier: MIT */
/*
 * The lock of what belongs to one CPU, by itself: its CPU goes in and out with plain stores, others
 * keep it out and change what it changes. It is built without sanitizers, too, for under
 * ThreadSanitizer it is another lock.
 *
 * It catches two who are inside at once, as when the barrier that one pays for both is missing:
 *then a count is lost, or two counts that belong together are not alike.
 *
 *	cpu_lock [--rounds N]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <pageframe/sync.h>

#include "options.h"
#include "random.h"

#define OTHERS 2

static struct pf_cpu_lock lock;
/* Plain: the compiler may do with them what it does with the allocator's lists. */
static unsigned long a, b;
static _Atomic int finished, torn;

struct worker {
	pthread_t thread;
	unsigned long rounds, done, refused;
	uint64_t rng;
};

static void change(struct worker *w)
{
	if (a != b)
		atomic_store(&torn, 1);
	a++;
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* both are stored, one after the other */
	b++;
	w->done++;
}

static void *own(void *arg)
{
	struct worker *w = arg;

	while (atomic_load_explicit(&finished, memory_order_relaxed) < OTHERS ||
	       w->done < w->rounds) {
		if (pf_cpu_enter(&lock)) {
			change(w);
			if (pf_cpu_enter(&lock)) /* as an interrupt handler would */
				atomic_store(&torn, 2);
			pf_cpu_leave(&lock);
		} else {
			w->refused++;
			pf_port_relax();
		}
	}
	return NULL;
}

static void *keep_out(void *arg)
{
	struct worker *w = arg;

	for (unsigned long n = 0; n < w->rounds; n++) {
		if (!pf_cpu_keep_out(&lock, random_below(&w->rng, 2))) {
			w->refused++;
			continue;
		}
		change(w);
		pf_cpu_let_in(&lock);
	}
	atomic_fetch_add(&finished, 1);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long rounds = (unsigned long)option(argc, argv, "--rounds", 100000), sum = 0;
	struct worker workers[1 + OTHERS];

	for (unsigned t = 0; t <= OTHERS; t++) {
		workers[t] = (struct worker){ .rounds = rounds, .rng = t };
		if (pthread_create(&workers[t].thread, NULL, t ? keep_out : own, &workers[t]))
			return 2;
	}
	for (unsigned t = 0; t <= OTHERS; t++) {
		pthread_join(workers[t].thread, NULL);
		sum += workers[t].done;
		printf("# %s: %lu times in, %lu times not\n", t ? "another" : "its CPU",
		       workers[t].done, workers[t].refused);
	}
	if (a != sum || b != sum || torn)
		printf("not ");
	printf("ok 1 - %s: who was inside was alone, %lu times; counted %lu and %lu\n",
	       PF_CPU_LOCK_PLAIN ? "plain stores and a barrier" : "an exchange", sum, a, b);
	if (!workers[0].done || !workers[1].done || !workers[2].done)
		printf("not ");
	printf("ok 2 - all of them got in\n1..2\n");
	return a != sum || b != sum || torn;
}
