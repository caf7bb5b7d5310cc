/* SPDX-License-Identifier: MIT */
/*
 * No-free pages on several CPUs: some threads take and give them back, one or many at a time, while
 * others allocate and free as usual. Now and then everybody stops, and everything is counted.
 *
 * It catches a page that has two owners; a chunk that goes back while a page of it is in use, or
 * that two merge; a page that two give back at once, and both may; a bulk request that fails and
 *keeps something; counters that are not those of a full walk; and, under ThreadSanitizer, state
 *that is shared without a lock.
 *
 *	nofree [--rounds N | --seconds N] [--threads N] [--others N] [--ops N] [--seed N]
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include <pageframe/nofree.h>

#include "host.h"
#include "machine.h"
#include "options.h"
#include "random.h"

#define MAX_THREADS 64
#define HELD	    4096
#define BULK	    (PF_BLOCK_PAGES + 40)
#define QUIET	    8 /* points in a round at which everything is counted */
#define NOBODY	    0

struct chunk {
	pf_pfn pfn;
	unsigned order;
};

struct worker {
	pthread_t thread;
	unsigned cpu;
	bool nofree;
	uint64_t rng;
	unsigned long ops;
	struct chunk held[HELD];
	unsigned n;
};

static unsigned nr_threads, nr_others;
static pthread_barrier_t quiet;
static _Atomic unsigned long taken, many, refusals, given, drained;

static void own(struct worker *w, struct chunk c)
{
	for (unsigned long i = 0; i < 1ul << c.order; i++)
		if (atomic_exchange(&owner[c.pfn - BASE + i], (uint8_t)(1 + w->cpu)))
			fail("a page has two owners", c.pfn + i, w->cpu);
	w->held[w->n++] = c;
}

static struct chunk disown(struct worker *w)
{
	unsigned n = (unsigned)random_below(&w->rng, w->n);
	struct chunk c = w->held[n];

	w->held[n] = w->held[--w->n];
	for (unsigned long i = 0; i < 1ul << c.order; i++)
		atomic_store(&owner[c.pfn - BASE + i], NOBODY);
	return c;
}

/* --- no-free pages --- */

static pf_gfp some_gfp(struct worker *w)
{
	static const pf_gfp flags[] = {
		0, 0, 0, PF_GFP_ATOMIC | PF_GFP_HIGH, PF_GFP_DMA32, PF_GFP_THISNODE
	};

	return flags[random_below(&w->rng, 6)];
}

static void take_nofree(struct worker *w, unsigned long nr)
{
	pf_pfn pfns[BULK];
	int nid = (int)random_below(&w->rng, (unsigned long)mem.nr_nodes + 1) - 1;

	if (w->n + nr > HELD || (nid >= 0 && !mem.nodes[nid]))
		return;
	if (pf_alloc_nofree_bulk(&mem, nid, some_gfp(w), nr, pfns)) {
		atomic_fetch_add_explicit(&refusals, 1, memory_order_relaxed);
		return;
	}
	for (unsigned long i = 0; i < nr; i++)
		own(w, (struct chunk){ pfns[i], 0 });
	atomic_fetch_add_explicit(&taken, nr, memory_order_relaxed);
	atomic_fetch_add_explicit(&many, nr > 1, memory_order_relaxed);
}

static void give_nofree(struct worker *w)
{
	struct chunk c;

	if (!w->n)
		return;
	c = disown(w);
	if (pf_free_nofree(&mem, c.pfn))
		fail("a page in use is refused", c.pfn, w->cpu);
	atomic_fetch_add_explicit(&given, 1, memory_order_relaxed);
}

static void work_nofree(struct worker *w)
{
	switch (random_below(&w->rng, 128)) {
	case 0:
		atomic_fetch_add_explicit(&drained, pf_drain_nofree(&mem, -1),
					  memory_order_relaxed);
		break;
	case 1:
	case 2:
		take_nofree(w, 1 + random_below(&w->rng, BULK));
		break;
	case 3:
	case 4:
		while (w->n)
			give_nofree(w);
		break;
	default:
		if (random_below(&w->rng, 2))
			take_nofree(w, 1 + random_below(&w->rng, 3));
		else
			give_nofree(w);
	}
}

/* --- others --- */

static void work_otherwise(struct worker *w)
{
	struct chunk c = { .order = (unsigned)random_below(&w->rng, PF_MAX_ORDER + 1) };

	if (!random_below(&w->rng, 64)) {
		pf_drain_cpu(&mem, (unsigned)random_below(&w->rng, nr_threads));
	} else if (w->n < HELD && random_below(&w->rng, 8) < 5) {
		c.pfn = pf_alloc_pages(&mem, c.order,
				       random_below(&w->rng, 2) ? PF_GFP_MOVABLE : 0);
		if (c.pfn != PF_NO_PFN)
			own(w, c);
	} else if (w->n) {
		c = disown(w);
		pf_free_pages(&mem, c.pfn, c.order);
	}
}

/* --- everybody --- */

static void count(void)
{
	char why[256];

	if (!pf_verify(&mem, why, sizeof(why)) || !pf_verify_nofree(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		fail("verification", 0, 0);
	}
}

/* All of them give back the same pages, and nobody takes any: each is taken from one of them. */
static pf_pfn contested[64];
static bool contest;
static _Atomic unsigned long won;

static void give_twice(struct worker *w)
{
	const unsigned long nr = sizeof(contested) / sizeof(contested[0]);

	if (!w->cpu) {
		if (*host_output())
			fail("somebody is told of a mistake", 0, 0);
		contest = !pf_alloc_nofree_bulk(&mem, -1, 0, nr, contested);
		atomic_store(&won, 0);
	}
	pthread_barrier_wait(&quiet);
	for (unsigned long i = 0; contest && w->nofree && i < nr; i++)
		if (!pf_free_nofree(&mem, contested[i]))
			atomic_fetch_add(&won, 1);
	pthread_barrier_wait(&quiet);
	if (w->cpu)
		return;
	if (contest && atomic_load(&won) != nr)
		fail("a page is given back by two", atomic_load(&won), nr);
	host_forget_output();
}

static void *work(void *arg)
{
	struct worker *w = arg;

	host_set_cpu(w->cpu);
	for (int part = 0; part < QUIET; part++) {
		for (unsigned long n = w->ops / QUIET; n--;)
			w->nofree ? work_nofree(w) : work_otherwise(w);
		pthread_barrier_wait(&quiet);
		give_twice(w);
		if (!w->cpu)
			count();
		pthread_barrier_wait(&quiet);
	}
	while (w->n && w->nofree)
		give_nofree(w);
	while (w->n) {
		struct chunk c = disown(w);

		pf_free_pages(&mem, c.pfn, c.order);
	}
	return NULL;
}

static void account(void)
{
	pf_drain_nofree(&mem, -1);
	if (!pf_drain_all(&mem))
		fail("some CPU cannot be drained in the end", 0, 0);
	count();
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			if (mem.nodes[nid]->zone[z].nr_free != mem.nodes[nid]->zone[z].managed ||
			    mem.nodes[nid]->nofree.stats.chunks)
				fail("pages are lost", (unsigned long)nid, (unsigned long)z);
	if (*host_output()) {
		printf("# %s\n", host_output());
		fail("somebody is told of a mistake", 0, 0);
	}
}

static void one_round(unsigned long ops)
{
	static struct worker workers[MAX_THREADS];
	unsigned all = nr_threads + nr_others;
	uint64_t rng = seed;

	host_set_cpu(MAX_THREADS); /* without lists */
	machine_boot(&rng, all);
	pthread_barrier_init(&quiet, NULL, all);
	for (unsigned t = 0; t < all; t++) {
		workers[t] = (struct worker){ .cpu = t, .nofree = t < nr_threads, .ops = ops };
		workers[t].rng = rng + t;
		if (pthread_create(&workers[t].thread, NULL, work, &workers[t]))
			fail("no thread", t, 0);
	}
	for (unsigned t = 0; t < all; t++)
		pthread_join(workers[t].thread, NULL);
	pthread_barrier_destroy(&quiet);
	account();
	machine_close();
}

int main(int argc, char **argv)
{
	uint64_t seconds = option(argc, argv, "--seconds", 0);
	uint64_t rounds = option(argc, argv, "--rounds", seconds ? UINT64_MAX : 10), n;
	unsigned long ops = (unsigned long)option(argc, argv, "--ops", 8000);
	time_t begin = time(NULL);
	bool vain;

	seed = option(argc, argv, "--seed", 1);
	nr_threads = (unsigned)option(argc, argv, "--threads", 4);
	nr_others = (unsigned)option(argc, argv, "--others", 2);
	if (!nr_threads || nr_threads + nr_others > MAX_THREADS)
		return 2;
	for (n = 0; n < rounds; n++, seed++) {
		if (seconds && (uint64_t)(time(NULL) - begin) >= seconds)
			break;
		one_round(ops);
	}
	vain = !taken || !many || !given;
	printf("%sok 1 - %llu rounds of %u threads against %u others: each of %lu no-free pages "
	       "had one owner\n# %lu bulks, %lu refused; %lu given back, %lu drained\n1..1\n",
	       vain ? "not " : "", (unsigned long long)n, nr_threads, nr_others,
	       atomic_load(&taken), atomic_load(&many), atomic_load(&refusals), atomic_load(&given),
	       atomic_load(&drained));
	return vain;
}
