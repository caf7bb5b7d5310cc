/* SPDX-License-Identifier: MIT */
/*
 * Isolation against allocation: some threads allocate and free, others isolate random ranges, look
 * whether all is free there, and undo it; or they want such a range for themselves, out of which
 * what others have moves. Now and then everybody stops, and everything is counted.
 *
 * It catches a page that is handed out of an isolated range, or freed from a CPU's list to where it
 * can be; a page that is still on a list when the range is isolated; an unmovable page in one; a
 * page of a contiguous range that somebody else has, a chunk that is moved though it cannot, or in
 * part; counts by order and migratetype that are not those of a full walk; and, under
 * ThreadSanitizer, state that is shared without a lock.
 *
 *	isolate [--rounds N | --seconds N] [--threads N] [--isolators N] [--ops N] [--seed N]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pageframe/isolate.h>

#include "host.h"
#include "machine.h"
#include "options.h"
#include "random.h"

#define MAX_THREADS 64
#define HELD	    512
#define QUIET	    8 /* points in a round at which everything is counted */
#define NOBODY	    0 /* an owner */
#define BLOCKS	    (MAX_PAGES >> PF_BLOCK_ORDER)

struct chunk {
	pf_pfn pfn;
	unsigned order;
	bool movable;
};

struct worker {
	pthread_t thread;
	unsigned cpu;
	bool isolates;
	uint64_t rng;
	unsigned long ops;
	pthread_mutex_t lock; /* of what follows: who moves chunks comes, too */
	struct chunk held[HELD];
	unsigned n;
	pf_pfn start; /* a contiguous range that this one has */
	unsigned long pages;
};
static struct worker workers[MAX_THREADS];

static _Atomic unsigned long withdrawn[BLOCKS]; /* by an isolator: when; 0: it is not */
static _Atomic unsigned long now = 1;
static _Atomic unsigned char fixed[BLOCKS]; /* chunks in use there that cannot be moved */
static unsigned nr_threads, nr_isolators;
static pthread_barrier_t quiet;
static _Atomic unsigned long isolations, refusals, all_free, allocations, looks, ranges, moves;

static unsigned long block_of(pf_pfn pfn)
{
	return (pfn - BASE) >> PF_BLOCK_ORDER;
}

/* --- who allocates --- */

static unsigned long blocks_of(struct chunk c)
{
	return c.order > PF_BLOCK_ORDER ? 1ul << (c.order - PF_BLOCK_ORDER) : 1;
}

static void own(pf_pfn pfn, unsigned long n, uint8_t from, uint8_t to)
{
	for (; n--; pfn++)
		if (atomic_exchange(&owner[pfn - BASE], to) != from)
			fail("a page has two owners", pfn, to);
}

/*
 * Nothing may be handed out that was withdrawn before the call. Who isolates says so when he is
 * done, and takes it back before he begins to undo it.
 */
static void hold(struct worker *w, struct chunk c, unsigned long called)
{
	for (unsigned long i = 0; i < blocks_of(c); i++) {
		unsigned long when = atomic_load(&withdrawn[block_of(c.pfn) + i]);

		if (when && when <= called)
			fail("an isolated page is handed out", c.pfn, c.order);
		if (!c.movable)
			atomic_fetch_add(&fixed[block_of(c.pfn) + i], 1);
	}
	own(c.pfn, 1ul << c.order, NOBODY, (uint8_t)(1 + w->cpu));
	pthread_mutex_lock(&w->lock);
	w->held[w->n++] = c;
	pthread_mutex_unlock(&w->lock);
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
}

static unsigned some_order(struct worker *w)
{
	static const uint8_t orders[] = { 0, 0, 0, 0, 0, 1, 2, 3, 3, 4, 6, 9, 9, 10 };
	unsigned order = orders[random_below(&w->rng, sizeof(orders))];

	return order < PF_MAX_ORDER ? order : PF_MAX_ORDER;
}

static void take(struct worker *w)
{
	struct chunk c = { .order = some_order(w), .movable = random_below(&w->rng, 16) };

	unsigned long called = atomic_load(&now);

	if (w->n == HELD)
		return;
	c.pfn = pf_alloc_pages(&mem, c.order,
			       c.movable ? PF_GFP_MOVABLE | PF_GFP_ANY_ZONE : PF_GFP_UNMOVABLE);
	if (c.pfn != PF_NO_PFN)
		hold(w, c, called);
}

static void give(struct worker *w)
{
	unsigned n = (unsigned)random_below(&w->rng, w->n);
	struct chunk c;

	if (!w->n)
		return;
	pthread_mutex_lock(&w->lock);
	c = w->held[n];
	w->held[n] = w->held[--w->n];
	pthread_mutex_unlock(&w->lock);
	own(c.pfn, 1ul << c.order, (uint8_t)(1 + w->cpu), NOBODY);
	for (unsigned long i = 0; i < blocks_of(c) && !c.movable; i++)
		atomic_fetch_sub(&fixed[block_of(c.pfn) + i], 1);
	pf_free_pages(&mem, c.pfn, c.order);
}

static void allocate(struct worker *w)
{
	switch (random_below(&w->rng, 64)) {
	case 0:
		pf_drain_cpu(&mem, (unsigned)random_below(&w->rng, nr_threads));
		break;
	case 1: /* a burst, so that lists grow */
		for (unsigned n = 0; n < HELD / 2; n++)
			take(w);
		break;
	case 2:
		while (w->n)
			give(w);
		break;
	default:
		if (random_below(&w->rng, 2))
			take(w);
		else
			give(w);
	}
}

/* --- who isolates --- */

static void set_withdrawn(pf_pfn start, pf_pfn end, bool is)
{
	unsigned long when = is ? atomic_fetch_add(&now, 1) + 1 : 0;

	for (; start < end; start += PF_BLOCK_PAGES) {
		if (!atomic_exchange(&withdrawn[block_of(start)], when) == !is)
			fail("a block is isolated twice, or not at all", start, is);
		if (is && atomic_load(&fixed[block_of(start)]))
			fail("a page that cannot be moved is isolated", start, 0);
	}
}

/* Whatever is not in use is in the free lists: on no CPU's list, and on no way between. */
static void look(pf_pfn start, pf_pfn end)
{
	pf_pfn pfn = pf_test_pages_isolated(&mem, start, end, 0);
	enum pf_state state;

	atomic_fetch_add_explicit(&looks, 1, memory_order_relaxed);
	if (pfn == end) {
		atomic_fetch_add_explicit(&all_free, 1, memory_order_relaxed);
		for (pfn = start; pfn < end; pfn++)
			if (atomic_load(&owner[pfn - BASE]))
				fail("a page in use is called free", pfn, 0);
		return;
	}
	state = pf_info_state(pf_page_info(&mem, pfn));
	if (state != PF_ALLOCATED && state != PF_ISOLATED && state != PF_PER_CPU)
		fail("a page of an isolated range is neither free nor in use", pfn, state);
	for (pfn = start; pfn < end; pfn++) {
		uint32_t info = pf_page_info(&mem, pfn);

		/* Its free may be under way: with PF_CHECK_FREE it says so before it gets there. */
		if (pf_info_state(info) == PF_FREE)
			fail("a free page of an isolated range is not withdrawn", pfn, info);
	}
}

static void isolate(struct worker *w)
{
	unsigned long blocks = pages >> PF_BLOCK_ORDER, n = 1 + random_below(&w->rng, 8);
	pf_pfn start = BASE + (random_below(&w->rng, blocks) << PF_BLOCK_ORDER);
	pf_pfn end = start + (n << PF_BLOCK_ORDER);
	struct pf_obstacle obstacle = { 0 };
	int ret;

	if (end > BASE + (blocks << PF_BLOCK_ORDER))
		return;
	ret = pf_isolate_range(&mem, start, end, PF_MOVABLE, 0, &obstacle);
	if (ret) {
		if (ret != -PF_EBUSY || obstacle.pfn < start || obstacle.pfn >= end)
			fail("a refusal does not say why", obstacle.pfn, (unsigned long)-ret);
		if (strstr(obstacle.why, "cannot be reached"))
			fail("who drains too is in the way", obstacle.pfn, 0);
		atomic_fetch_add_explicit(&refusals, 1, memory_order_relaxed);
		return;
	}
	atomic_fetch_add_explicit(&isolations, 1, memory_order_relaxed);
	set_withdrawn(start, end, true);
	for (unsigned i = (unsigned)random_below(&w->rng, 4); i--;)
		look(start, end);
	set_withdrawn(start, end, false);
	pf_undo_isolate_range(&mem, start, end);
}

/* --- who wants contiguous pages --- */

/*
 * Its owner finds it elsewhere, if he has it still. If it begins before the blocks that are
 * isolated, from @first on, something else may be there by now.
 */
static int move(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *first)
{
	uint8_t signature = atomic_load(&owner[from - BASE]);
	struct worker *w;
	int ret = -1;

	(void)m;
	if (signature == NOBODY)
		return ret;
	w = &workers[signature - 1];
	pthread_mutex_lock(&w->lock);
	for (unsigned i = 0; i < w->n && ret; i++)
		if (w->held[i].pfn == from) {
			if (w->held[i].order != order || !w->held[i].movable) {
				if (from >= *(const pf_pfn *)first)
					fail("what moves is no such chunk", from, order);
				break;
			}
			own(to, 1ul << order, NOBODY, signature);
			own(from, 1ul << order, signature, NOBODY);
			w->held[i].pfn = to;
			ret = 0;
		}
	pthread_mutex_unlock(&w->lock);
	atomic_fetch_add_explicit(&moves, !ret, memory_order_relaxed);
	return ret;
}

/* All of it, or a part first. */
static void give_range(struct worker *w)
{
	unsigned long part = random_below(&w->rng, w->pages + 1);

	own(w->start, w->pages, (uint8_t)(1 + w->cpu), NOBODY);
	pf_free_contig_range(&mem, w->start + part, w->pages - part);
	pf_free_contig_range(&mem, w->start, part);
	w->pages = 0;
}

static void take_range(struct worker *w)
{
	bool blocks = random_below(&w->rng, 2);
	unsigned long n = 1 + random_below(&w->rng, PF_BLOCK_PAGES);
	pf_pfn at = random_below(&w->rng, pages), start = BASE + at;
	pf_pfn first = start & ~(PF_BLOCK_PAGES - 1);
	const struct pf_mover mover = { move, &first };
	struct pf_obstacle o = { 0 };
	int ret;

	if (blocks) {
		start = first;
		n = PF_BLOCK_PAGES * (1 + random_below(&w->rng, 6));
	}
	if (start + n > BASE + pages)
		return;
	ret = pf_alloc_contig_range(&mem, start, start + n, PF_MOVABLE,
				    random_below(&w->rng, 2) ? PF_GFP_MOVABLE : PF_GFP_UNMOVABLE,
				    random_below(&w->rng, 8) ? &mover : NULL, &o);
	if (ret && (!o.why || o.pfn < start || o.pfn >= start + n || ret == -PF_EINVAL))
		fail("a range is refused, and not told why", start, (unsigned long)-ret);
	if (ret)
		return;
	own(start, n, NOBODY, (uint8_t)(1 + w->cpu));
	w->start = start;
	w->pages = n;
	atomic_fetch_add_explicit(&ranges, 1, memory_order_relaxed);
}

static void isolate_or_take(struct worker *w)
{
	if (random_below(&w->rng, 4))
		isolate(w);
	else if (w->pages)
		give_range(w);
	else
		take_range(w);
}

/* --- everybody --- */

/* One of them counts, while the others wait. */
static void be_quiet(const struct worker *w)
{
	char why[256];

	pthread_barrier_wait(&quiet);
	if (!w->cpu && !pf_verify(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		fail("pf_verify()", 0, 0);
	}
	pthread_barrier_wait(&quiet);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	host_set_cpu(w->cpu);
	for (int part = 0; part < QUIET; part++) {
		for (unsigned long n = w->ops / QUIET; n--;)
			w->isolates ? isolate_or_take(w) : allocate(w);
		be_quiet(w);
	}
	while (w->n)
		give(w);
	if (w->pages)
		give_range(w);
	return NULL;
}

static void account(void)
{
	char why[256];

	if (!pf_drain_all(&mem))
		fail("some CPU cannot be drained in the end", 0, 0);
	if (!pf_verify(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		fail("pf_verify()", 0, 0);
	}
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			const struct pf_zone *zone = &mem.nodes[nid]->zone[z];

			if (zone->nr_free != zone->managed || zone->nr_free_of[PF_ISOLATE])
				fail("pages are lost", zone->nr_free, zone->managed);
		}
	if (*host_output()) {
		printf("# %s\n", host_output());
		fail("somebody is told of a mistake", 0, 0);
	}
}

static void one_round(unsigned long ops)
{
	unsigned all = nr_threads + nr_isolators;
	uint64_t rng = seed;

	host_set_cpu(MAX_THREADS); /* without lists */
	machine_boot(&rng, all);
	for (int nid = 0; nid < NODES; nid++)
		pf_release_deferred(&mem, nid, ~0ul);
	pthread_barrier_init(&quiet, NULL, all);
	for (unsigned t = 0; t < all; t++) {
		workers[t] = (struct worker){ .cpu = t, .isolates = t >= nr_threads, .ops = ops };
		workers[t].rng = rng + t;
		if (workers[t].isolates)
			workers[t].ops /= 16;
		pthread_mutex_init(&workers[t].lock, NULL);
	}
	for (unsigned t = 0; t < all; t++) {
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
	unsigned long ops = (unsigned long)option(argc, argv, "--ops", 20000);
	time_t begin = time(NULL);
	bool vain;

	seed = option(argc, argv, "--seed", 1);
	nr_threads = (unsigned)option(argc, argv, "--threads", 4);
	nr_isolators = (unsigned)option(argc, argv, "--isolators", 2);
	if (!nr_threads || !nr_isolators || nr_threads + nr_isolators > MAX_THREADS)
		return 2;
	for (n = 0; n < rounds; n++, seed++) {
		if (seconds && (uint64_t)(time(NULL) - begin) >= seconds)
			break;
		one_round(ops);
	}
	vain = !isolations || !refusals || !all_free || all_free == looks || !ranges || !moves;
	printf("ok 1 - %llu rounds of %u threads against %u that isolate: no isolated page is "
	       "handed "
	       "out, in %lu allocations\n",
	       (unsigned long long)n, nr_threads, nr_isolators, atomic_load(&allocations));
	printf("%sok 2 - %lu ranges isolated, %lu refused; %lu of %lu times all of one was free; "
	       "%lu ranges allocated, %lu chunks moved\n1..2\n",
	       vain ? "not " : "", atomic_load(&isolations), atomic_load(&refusals),
	       atomic_load(&all_free), atomic_load(&looks), atomic_load(&ranges),
	       atomic_load(&moves));
	return vain;
}
