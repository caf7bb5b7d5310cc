/* SPDX-License-Identifier: MIT */
/*
 * Late frees race with everything: other late frees of the same pages, the deferred hand-over,
 * descriptors being written, allocation and freeing. Each round is a fresh random machine.
 *
 * It catches a page that is handed out twice or lost, a late free that two threads win, or none,
 * counts that do not add up, and, under ThreadSanitizer, state that is shared without a lock.
 *
 *	late_free [--rounds N | --seconds N] [--seed N]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "machine.h"
#include "options.h"
#include "random.h"

#include "buddy.h"

#define THREADS	   4
#define MAX_PIECES 96
#define HELD	   64

static uint8_t times_to_free[MAX_PAGES]; /* pieces that hold the page */

/* --- what is to be freed late: pieces of what was reserved, some of them by two threads --- */

struct gift {
	pf_pfn start;
	unsigned long n;
	long tail; /* bytes more or fewer: never enough for another page */
};

static void make_pieces(uint64_t *rng, struct gift *pieces)
{
	memset(times_to_free, 0, sizeof(times_to_free));
	for (int p = 0; p < MAX_PIECES; p++) {
		unsigned long at = random_below(rng, pages), n = 0;

		for (unsigned long tries = 0; tries < pages && !was_reserved[at]; tries++)
			at = (at + 1) % pages;
		while (at && was_reserved[at - 1] && random_below(rng, 600))
			at--;
		while (at + n < pages && was_reserved[at + n] && (!n || random_below(rng, 1500)))
			n++;
		pieces[p] = (struct gift){ BASE + at, n, random_below(rng, 3) ? 0 : 100 };
		for (unsigned long i = 0; i < n; i++)
			times_to_free[at + i]++;
	}
}

/* --- the threads --- */

struct chunk {
	pf_pfn pfn;
	unsigned order;
	struct pf_zone *zone;
};

struct worker {
	pthread_t thread;
	int number;
	uint64_t rng;
	const struct gift *pieces; /* it frees every THREADS-th, and some of its neighbour's */
	bool at_once;		   /* it does not wait for the deferred hand-over */
	struct chunk held[HELD];
	unsigned nr_held;
	unsigned long refused; /* calls */
};

static _Atomic int deferred_done, all_there;

static struct pf_zone *some_zone(struct worker *w)
{
	struct pf_node *node = mem.nodes[random_below(&w->rng, (unsigned long)mem.nr_nodes)];

	return node ? &node->zone[random_below(&w->rng, PF_ZONES)] : NULL;
}

static void sign(const struct chunk *c, uint8_t from, uint8_t to)
{
	for (unsigned long i = c->pfn - BASE, n = 1ul << c->order; n--; i++) {
		uint8_t was = atomic_exchange(&owner[i], to);

		if (was != from)
			fail("a page has two owners", BASE + i, was);
		if (!atomic_load(&reports[i]))
			fail("a page is handed out that was never reported free", BASE + i, 0);
	}
}

static void take(struct worker *w)
{
	struct chunk c = { .zone = some_zone(w), .order = (unsigned)random_below(&w->rng, 12) };
	pf_irqflags flags;
	bool done;

	if (!c.zone || w->nr_held == HELD || c.order > PF_MAX_ORDER)
		return;
	flags = pf_lock_irqsave(&c.zone->lock);
	done = buddy_take(&mem, c.zone, c.order, PF_MOVABLE, &c.pfn);
	pf_unlock_irqrestore(&c.zone->lock, flags);
	if (!done)
		return;
	sign(&c, 0, (uint8_t)(1 + w->number));
	w->held[w->nr_held++] = c;
}

static void give(struct worker *w)
{
	struct chunk c;
	pf_irqflags flags;
	bool done;

	if (!w->nr_held)
		return;
	c = w->held[--w->nr_held];
	sign(&c, (uint8_t)(1 + w->number), 0);
	flags = pf_lock_irqsave(&c.zone->lock);
	done = buddy_give(&mem, c.zone, c.pfn, c.order);
	pf_unlock_irqrestore(&c.zone->lock, flags);
	if (!done)
		fail("what was taken cannot be given back", c.pfn, c.order);
}

/* Refused, if a page is somebody else's to free, and never without that. */
static void free_piece(struct worker *w, const struct gift *p)
{
	bool contested = false;
	int ret;

	if (!p->n)
		return;
	for (unsigned long i = 0; i < p->n; i++)
		contested |= times_to_free[p->start - BASE + i] > 1;
	ret = memblock_free_late(PF_PFN_PHYS(p->start), p->n * PF_PAGE_SIZE + (pf_phys)p->tail);
	if (ret && (ret != -PF_EINVAL || !contested))
		fail("a late free fails", p->start, (unsigned long)-ret);
	for (unsigned long i = p->start - BASE; i < p->start - BASE + p->n; i++)
		if (!atomic_load(&reports[i]))
			fail("a late free returns before a page of it is free", BASE + i, 0);
	w->refused += ret != 0;
}

static void look(struct worker *w)
{
	pf_pfn pfn = BASE + random_below(&w->rng, pages);
	uint32_t info = pf_page_info(&mem, pfn);

	if (pf_info_state(info) == PF_TAIL || pf_info_state(info) == PF_SPLIT)
		fail("a page is in a state that no page has", pfn, info);
}

static void something_else(struct worker *w)
{
	switch (random_below(&w->rng, 8)) {
	case 0:
		if (w->at_once || atomic_load(&deferred_done))
			pf_release_deferred(&mem, (int)random_below(&w->rng, NODES),
					    1 + random_below(&w->rng, 9999));
		break;
	case 1:
		pf_init_descriptors(&mem, 1 + random_below(&w->rng, 8));
		break;
	case 2:
		look(w);
		break;
	case 3:
	case 4:
		give(w);
		break;
	default:
		take(w);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;

	/* The first hands over; those that are not at_once begin when it is done. */
	while (!atomic_load(&all_there))
		pf_port_relax();
	while (w->number && !w->at_once && !atomic_load(&deferred_done))
		pf_port_relax();
	for (int p = w->number; p < MAX_PIECES; p += THREADS) {
		free_piece(w, &w->pieces[p]);
		for (unsigned long n = random_below(&w->rng, 12); n--;)
			something_else(w);
		if (!w->number && p >= MAX_PIECES / 2 && !atomic_load(&deferred_done)) {
			for (int nid = 0; nid < NODES; nid++)
				pf_release_deferred(&mem, nid, ~0ul);
			atomic_store(&deferred_done, 1);
		}
	}
	while (w->nr_held)
		give(w);
	return NULL;
}

/* --- afterwards --- */

/* Each page is what it must be, whatever came first. */
static unsigned long compare_pages(void)
{
	unsigned long late = 0;

	read_states();
	for (unsigned long i = 0; i < pages; i++) {
		enum pf_state state = (enum pf_state)found[i];
		enum pf_state want = PF_FREE;

		if (!memblock_is_memory(PF_PFN_PHYS(BASE + i)))
			want = PF_ABSENT;
		else if (was_reserved[i] && !times_to_free[i])
			want = PF_RESERVED;
		if (state != want)
			fail("a page is not in the state that it must be in", BASE + i, state);
		if (atomic_load(&reports[i]) != (want == PF_FREE))
			fail("a page was not reported free, or was without being it", BASE + i,
			     want);
		late += was_reserved[i] && want == PF_FREE;
	}
	return late;
}

/* Of all pages that were given back n times, n - 1 are in messages. */
static void compare_refused(void)
{
	static const char before[] = ": not reserved: ";
	unsigned long want = 0, told = 0;

	for (unsigned long i = 0; i < pages; i++)
		want += times_to_free[i] ? times_to_free[i] - 1u : 0;
	for (const char *at = host_output(); (at = strstr(at, before)); at++)
		told += strtoul(at + strlen(before), NULL, 10);
	if (told != want)
		fail("not each page that two threads gave back was refused to one", told, want);
}

static void account(unsigned long boot_pages, unsigned long deferred)
{
	unsigned long managed = 0, nr_free = 0, late = compare_pages();
	char why[256];

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			managed += mem.nodes[nid]->zone[z].managed;
			nr_free += mem.nodes[nid]->zone[z].nr_free;
			if (mem.nodes[nid]->zone[z].deferred)
				fail("pages are deferred for ever", (unsigned long)nid,
				     (unsigned long)z);
		}
	if (managed != boot_pages + deferred + late || nr_free != managed)
		fail("managed is not what was free at boot and what was freed late", managed,
		     boot_pages + deferred + late);
	if (!pf_verify(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		fail("pf_verify()", managed, nr_free);
	}
}

static unsigned long refusals;

static void one_round(void)
{
	static struct gift pieces[MAX_PIECES];
	static struct worker workers[THREADS];
	uint64_t rng = seed;
	unsigned long boot_pages = machine_boot(&rng, THREADS), deferred = 0;

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			deferred += mem.nodes[nid]->zone[z].deferred;
	make_pieces(&rng, pieces);
	atomic_store(&deferred_done, 0);
	atomic_store(&all_there, 0);
	for (int t = 0; t < THREADS; t++) {
		workers[t] =
			(struct worker){ .number = t, .rng = rng + (uint64_t)t, .pieces = pieces };
		workers[t].at_once = !t || random_below(&rng, 3);
		if (pthread_create(&workers[t].thread, NULL, work, &workers[t]))
			fail("no thread", (unsigned long)t, 0);
	}
	atomic_store(&all_there, 1);
	for (int t = 0; t < THREADS; t++) {
		pthread_join(workers[t].thread, NULL);
		refusals += workers[t].refused;
	}
	account(boot_pages, deferred);
	compare_refused();
	machine_close();
}

int main(int argc, char **argv)
{
	uint64_t seconds = option(argc, argv, "--seconds", 0);
	uint64_t rounds = option(argc, argv, "--rounds", seconds ? UINT64_MAX : 200), n;
	time_t begin = time(NULL);

	seed = option(argc, argv, "--seed", 1);
	for (n = 0; n < rounds; n++, seed++) {
		if (seconds && (uint64_t)(time(NULL) - begin) >= seconds)
			break;
		one_round();
	}
	printf("ok 1 - %llu rounds: no page is lost or handed out twice\n", (unsigned long long)n);
	if (!refusals)
		printf("not ");
	printf("ok 2 - two threads gave back the same pages, and one was refused, %lu "
	       "times\n1..2\n",
	       refusals);
	return refusals == 0;
}
