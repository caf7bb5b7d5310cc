/* SPDX-License-Identifier: MIT */
/*
 * The page allocator on many CPUs: allocations of all kinds, frees by others than those who
 * allocated, drains of one's own lists and of other CPUs', CPUs that go away and come back, while
 * late frees, deferred hand-over and early descriptors go on, and pages are found to be damaged, or
 * not to be, by two at a time, whoever has them. Each round is a fresh random machine.
 *
 * It catches a page that is handed out twice or lost, a list that two CPUs change at once, a drain
 * that leaves pages behind, counts that do not add up, and, under ThreadSanitizer, state that is
 * shared without a lock.
 *
 *	alloc [--rounds N | --seconds N] [--threads N] [--ops N] [--seed N]
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
#define MAX_CPUS    (MAX_THREADS + 4)
#define HELD	    256
#define SLOTS	    64
#define IN_MAIL	    0xff /* an owner */
#define MAX_RUNS    4096
#define FEW	    (2 * PF_BLOCK_PAGES)

struct chunk {
	pf_pfn pfn;
	unsigned order;
	unsigned nr; /* not 0: pages from pf_alloc_pages_exact() */
};

struct worker {
	pthread_t thread;
	uint8_t signature;
	unsigned cpu;
	uint64_t rng;
	unsigned long ops;
	struct chunk held[HELD];
	unsigned nr_held;
};

static unsigned nr_threads, nr_cpus; /* the last threads may be on CPUs without lists */
static _Atomic int go;
static _Atomic unsigned long allocated, refused, mailed, drained, poisoned; /* of all rounds */

/*
 * Those that somebody poisons or unpoisons just now are SETTLING, those that are OUT for sure
 * nobody may be given.
 */
enum {
	SOUND,
	SETTLING,
	WAITS, /* for its owner to free it */
	OUT,
};
static _Atomic uint8_t damage[MAX_PAGES];

/* --- who has what --- */

static void sign(struct chunk c, uint8_t from, uint8_t to)
{
	for (unsigned long i = c.pfn - BASE, n = c.nr ? c.nr : 1ul << c.order; n--; i++) {
		uint8_t was = atomic_exchange(&owner[i], to);

		if (was != from)
			fail("a page has two owners", BASE + i, was);
		if (!from && atomic_load(&damage[i]) == OUT)
			fail("a page is handed out that is poisoned", BASE + i, 0);
		if (!from && !atomic_load(&reports[i]))
			fail("a page is handed out that was never reported free", BASE + i, 0);
	}
}

static void hold(struct worker *w, pf_pfn pfn, unsigned order, unsigned nr)
{
	struct chunk c = { pfn, order, nr };

	if (pfn < BASE || pfn + (1ul << order) > BASE + pages || pfn & ((1ul << order) - 1))
		fail("what is handed out is no such chunk", pfn, order);
	sign(c, 0, w->signature);
	w->held[w->nr_held++] = c;
	atomic_fetch_add_explicit(&allocated, 1, memory_order_relaxed);
}

/* Nobody has the pages when the allocator tells of them. */
static void observer(struct pf_mem *m, enum pf_event event, pf_pfn pfn, unsigned order, pf_gfp gfp)
{
	(void)gfp;
	for (unsigned long i = pfn - BASE, n = 1ul << order; n--; i++)
		if (m != &mem || atomic_load(&owner[i]))
			fail("the observer is told of a page that somebody has", BASE + i, event);
}

/* --- a mailbox: chunks for anybody --- */

static _Atomic uint64_t mailbox[SLOTS]; /* pfn, and order + 1 in the low byte; 0: empty */

static struct chunk unpack(uint64_t letter)
{
	return (struct chunk){ (pf_pfn)(letter >> 8), (unsigned)(letter & 0xff) - 1, 0 };
}

static void give_letter(uint64_t letter)
{
	if (!letter)
		return;
	sign(unpack(letter), IN_MAIL, 0);
	pf_free_pages(&mem, unpack(letter).pfn, unpack(letter).order);
}

static void mail(struct worker *w)
{
	unsigned n = (unsigned)random_below(&w->rng, w->nr_held);
	struct chunk c = w->held[n];

	if (!w->nr_held || c.nr)
		return;
	w->held[n] = w->held[--w->nr_held];
	sign(c, w->signature, IN_MAIL);
	give_letter(atomic_exchange(&mailbox[random_below(&w->rng, SLOTS)],
				    (uint64_t)c.pfn << 8 | (c.order + 1)));
	atomic_fetch_add_explicit(&mailed, 1, memory_order_relaxed);
}

static void read_mail(struct worker *w)
{
	give_letter(atomic_exchange(&mailbox[random_below(&w->rng, SLOTS)], 0));
}

static void empty_mailbox(void)
{
	for (int s = 0; s < SLOTS; s++)
		give_letter(atomic_exchange(&mailbox[s], 0));
}

/* --- allocations --- */

static pf_gfp some_gfp(struct worker *w)
{
	static const pf_gfp gfps[] = {
		PF_GFP_UNMOVABLE,
		PF_GFP_RECLAIMABLE,
		PF_GFP_MOVABLE,
		PF_GFP_MOVABLE | PF_GFP_ANY_ZONE,
		PF_GFP_UNMOVABLE | PF_GFP_DMA32,
		PF_GFP_RECLAIMABLE | PF_GFP_HIGH,
		PF_GFP_UNMOVABLE | PF_GFP_HIGH | PF_GFP_ATOMIC,
		PF_GFP_MOVABLE | PF_GFP_MEMALLOC,
	};
	pf_gfp gfp = gfps[random_below(&w->rng, sizeof(gfps) / sizeof(*gfps))];

	return gfp | (random_below(&w->rng, 8) ? 0 : PF_GFP_THISNODE);
}

static unsigned some_order(struct worker *w)
{
	switch (random_below(&w->rng, 16)) {
	case 0:
		return (unsigned)random_below(&w->rng, PF_MAX_ORDER + 1);
	case 1:
		return PF_BLOCK_ORDER;
	case 2:
	case 3:
		return 4 + (unsigned)random_below(&w->rng, 4);
	default:
		return (unsigned)random_below(&w->rng, PF_PCP_SMALL);
	}
}

static void take(struct worker *w)
{
	unsigned order = some_order(w);
	pf_pfn pfn;

	if (w->nr_held == HELD)
		return;
	pfn = pf_alloc_pages(&mem, order, some_gfp(w));
	if (pfn == PF_NO_PFN)
		atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
	else
		hold(w, pfn, order, 0);
}

static void take_bulk(struct worker *w)
{
	pf_pfn pfns[64];
	unsigned long nr = random_below(&w->rng, 65);

	if (w->nr_held + nr > HELD || pf_alloc_pages_bulk(&mem, some_gfp(w), nr, pfns))
		return;
	while (nr--)
		hold(w, pfns[nr], 0, 0);
}

static void take_exact(struct worker *w)
{
	unsigned nr = (unsigned)random_below(&w->rng, random_below(&w->rng, 8) ? 65 : 1025);
	pf_pfn pfn;

	if (w->nr_held == HELD)
		return;
	pfn = pf_alloc_pages_exact(&mem, nr, some_gfp(w));
	if (pfn != PF_NO_PFN)
		hold(w, pfn, 0, nr);
}

static void take_at(struct worker *w)
{
	unsigned order = some_order(w);
	pf_pfn pfn = (BASE + random_below(&w->rng, pages)) & ~((1ul << order) - 1);

	if (w->nr_held < HELD && !pf_alloc_pages_at(&mem, pfn, order))
		hold(w, pfn, order, 0);
}

static void give(struct worker *w)
{
	unsigned n = (unsigned)random_below(&w->rng, w->nr_held);
	struct chunk c = w->held[n];

	if (!w->nr_held)
		return;
	w->held[n] = w->held[--w->nr_held];
	sign(c, w->signature, 0);
	if (c.nr)
		pf_free_pages_exact(&mem, c.pfn, c.nr);
	else
		pf_free_pages(&mem, c.pfn, c.order);
}

static void give_bulk(struct worker *w)
{
	pf_pfn pfns[HELD];
	unsigned long nr = 0;

	for (unsigned n = 0; n < w->nr_held;) {
		if (w->held[n].order || w->held[n].nr) {
			n++;
			continue;
		}
		sign(w->held[n], w->signature, 0);
		pfns[nr++] = w->held[n].pfn;
		w->held[n] = w->held[--w->nr_held];
	}
	pf_free_pages_bulk(&mem, nr, pfns);
}

/* --- CPUs --- */

static _Atomic bool cpu_in_use[MAX_CPUS];

static void arrive(struct worker *w)
{
	do
		w->cpu = (unsigned)random_below(&w->rng, nr_cpus + 2);
	while (atomic_exchange(&cpu_in_use[w->cpu], true));
	host_set_cpu(w->cpu);
}

/* One's own lists may be kept from one, while another drains them. */
static void drain(const struct worker *w, unsigned cpu)
{
	while (!pf_drain_cpu(&mem, cpu)) {
		if (cpu != w->cpu)
			fail("a CPU cannot be drained", cpu, 0);
		pf_port_relax();
	}
	atomic_fetch_add_explicit(&drained, 1, memory_order_relaxed);
}

/* For good, but another thread may be this CPU next. Nobody else puts anything on its lists. */
static void leave(struct worker *w)
{
	if (w->cpu < nr_cpus) {
		drain(w, w->cpu);
		for (int nid = 0; nid < mem.nr_nodes; nid++)
			for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
				if (pf_per_cpu_pages(&mem, &mem.nodes[nid]->zone[z], w->cpu))
					fail("a CPU that went away keeps pages", w->cpu,
					     (unsigned long)z);
	}
	atomic_store(&cpu_in_use[w->cpu], false);
}

/* --- what boot left --- */

static struct run {
	unsigned long first, n;
} runs[MAX_RUNS]; /* reserved */
static unsigned nr_runs;
static _Atomic unsigned next_run;

static void find_runs(uint64_t *rng)
{
	nr_runs = 0;
	for (unsigned long i = 0, n; i < pages && nr_runs < MAX_RUNS; i += n) {
		unsigned long most = 1 + random_below(rng, 3000);

		for (n = 0; i + n < pages && n < most && was_reserved[i + n]; n++)
			;
		if (n)
			runs[nr_runs++] = (struct run){ i, n };
		else
			n = 1;
	}
	atomic_store(&next_run, 0);
}

static void free_late(void)
{
	unsigned n = atomic_fetch_add(&next_run, 1);

	if (n < nr_runs &&
	    pf_free_late(&mem, PF_PFN_PHYS(BASE + runs[n].first), runs[n].n * PF_PAGE_SIZE))
		fail("a late free fails", BASE + runs[n].first, runs[n].n);
}

/* --- damaged pages --- */

/*
 * One who poisons or unpoisons a page offers that to all, for as long as it takes him; one of them
 * may do the same to it at the same time.
 */
enum {
	NO_OFFER,
	OFFERING,
	OFFERED,
	TAKEN,
	DONE,
};
static struct {
	_Atomic int step;
	int (*what)(struct pf_mem *mem, pf_pfn pfn);
	pf_pfn pfn;
	int ret; /* of who took it */
} offer;
static _Atomic unsigned long duels;

static void take_offer(void)
{
	int offered = OFFERED;

	if (atomic_load(&offer.step) != OFFERED ||
	    !atomic_compare_exchange_strong(&offer.step, &offered, TAKEN))
		return;
	offer.ret = offer.what(&mem, offer.pfn);
	atomic_store(&offer.step, DONE);
}

/* Of two who do the same one comes too late, and is told @late. */
static int alone_or_not(int (*what)(struct pf_mem *mem, pf_pfn pfn), pf_pfn pfn, int late)
{
	int step = NO_OFFER, offered = OFFERED, ret;

	if (!atomic_compare_exchange_strong(&offer.step, &step, OFFERING))
		return what(&mem, pfn);
	offer.what = what;
	offer.pfn = pfn;
	atomic_store(&offer.step, OFFERED);
	ret = what(&mem, pfn);
	if (!atomic_compare_exchange_strong(&offer.step, &offered, NO_OFFER)) {
		while (atomic_load(&offer.step) != DONE)
			pf_port_relax();
		/* What was deferred for the first may be free for the second. */
		if ((ret >= 0) == (offer.ret >= 0) &&
		    (ret >= 0 || late == ret || late == offer.ret))
			fail("of two who do the same not just one does it", pfn,
			     (unsigned long)ret);
		ret = offer.ret >= 0 ? offer.ret : ret;
		atomic_fetch_add_explicit(&duels, ret >= 0, memory_order_relaxed);
		atomic_store(&offer.step, NO_OFFER);
	}
	return ret;
}

static void poison_some(struct worker *w)
{
	/* Mostly of few blocks, so that marks meet. */
	unsigned long most = random_below(&w->rng, 4) ? FEW : pages;
	unsigned long i = random_below(&w->rng, most < pages ? most : pages);
	uint8_t was = SOUND;
	int ret;

	if (!atomic_compare_exchange_strong(&damage[i], &was, SETTLING))
		return;
	ret = alone_or_not(pf_poison_page, BASE + i, -PF_EEXIST);
	if (ret == -PF_EEXIST)
		fail("a page is poisoned already", BASE + i, 0);
	if (ret == 0 && atomic_load(&owner[i]))
		fail("a page is out, and somebody has it", BASE + i, atomic_load(&owner[i]));
	atomic_store(&damage[i], ret < 0 ? SOUND : ret ? WAITS : OUT);
	if (ret >= 0)
		atomic_fetch_add_explicit(&poisoned, 1, memory_order_relaxed);
}

static void unpoison(unsigned long i)
{
	uint8_t was = atomic_load(&damage[i]);

	if (was <= SETTLING || !atomic_compare_exchange_strong(&damage[i], &was, SETTLING))
		return;
	if (alone_or_not(pf_unpoison_page, BASE + i, -PF_EINVAL))
		fail("a page that was poisoned is not", BASE + i, was);
	atomic_store(&damage[i], SOUND);
}

static void unpoison_some(struct worker *w)
{
	unsigned long i = random_below(&w->rng, pages);

	if (random_below(&w->rng, 4))
		i %= FEW;
	for (unsigned long n = 0; n < 64 && i < pages; n++, i++)
		unpoison(i);
}

static void unpoison_all(void)
{
	for (unsigned long i = 0; i < pages; i++)
		unpoison(i);
}

/* --- the threads --- */

static void look(struct worker *w)
{
	pf_pfn pfn = BASE + random_below(&w->rng, pages);
	enum pf_state state = pf_info_state(pf_page_info(&mem, pfn));

	if (state == PF_TAIL || state == PF_SPLIT)
		fail("a page is in a state that no page has", pfn, state);
}

static void something_rare(struct worker *w)
{
	switch (random_below(&w->rng, 16)) {
	case 0:
		leave(w);
		arrive(w);
		break;
	case 1:
		drain(w, (unsigned)random_below(&w->rng, nr_cpus));
		break;
	case 2:
		if (w->cpu < nr_cpus)
			drain(w, w->cpu);
		break;
	case 3:
		if (!random_below(&w->rng, 4))
			pf_drain_all(&mem);
		break;
	case 4:
		pf_release_deferred(&mem, (int)random_below(&w->rng, NODES),
				    1 + random_below(&w->rng, 9999));
		break;
	case 5:
		pf_init_descriptors(&mem, 1 + random_below(&w->rng, 8));
		break;
	case 6:
		if (w->signature == 1) /* one at a time */
			pf_set_watermarks(&mem, random_below(&w->rng, 4096));
		break;
	case 7:
		if (w->signature == 1)
			pf_observe(&mem, random_below(&w->rng, 2) ? observer : NULL);
		break;
	case 8:
		give_bulk(w);
		break;
	case 9:
		take_bulk(w);
		break;
	case 10:
		take_exact(w);
		break;
	case 11:
	case 12:
		free_late();
		break;
	case 13:
		poison_some(w);
		break;
	case 14:
		unpoison_some(w);
		break;
	default:
		look(w);
	}
}

static void one_op(struct worker *w)
{
	take_offer();
	switch (random_below(&w->rng, 16)) {
	case 0:
		take_at(w);
		break;
	case 1:
		mail(w);
		break;
	case 2:
		read_mail(w);
		break;
	case 3:
		if (!random_below(&w->rng, 4))
			something_rare(w);
		else if (random_below(&w->rng, 3))
			poison_some(w);
		else
			unpoison_some(w);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		give(w);
		break;
	default:
		take(w);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;

	arrive(w);
	while (!atomic_load(&go))
		pf_port_relax();
	for (unsigned long n = w->ops; n--;)
		one_op(w);
	while (w->nr_held)
		give(w);
	leave(w);
	return NULL;
}

/* --- afterwards --- */

/* Nobody has anything: those that are damaged are out, all of them. */
static void only_damaged_pages_are_missing(void)
{
	char why[256];

	read_states();
	for (unsigned long i = 0; i < pages; i++)
		if ((found[i] == PF_POISONED) != (atomic_load(&damage[i]) != SOUND))
			fail("a page is poisoned, or is not", BASE + i, found[i]);
	if (!pf_verify(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		fail("pf_verify(), with damaged pages", 0, 0);
	}
	unpoison_all();
}

static void count_zone(const struct pf_zone *z, unsigned long *managed)
{
	unsigned long on_cpus = 0;

	for (unsigned c = 0; z->pcp && c < nr_cpus; c++)
		on_cpus += pf_per_cpu_pages(&mem, z, c);
	if (pf_zone_free(z) + on_cpus != z->managed)
		fail("pages are lost, or there are too many", pf_zone_free(z) + on_cpus,
		     z->managed);
	*managed += z->managed;
}

static unsigned long count_zones(void)
{
	unsigned long managed = 0;

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			count_zone(&mem.nodes[nid]->zone[z], &managed);
	return managed;
}

static void account(void)
{
	unsigned long free = 0, managed;
	char why[256];

	count_zones();
	if (!pf_drain_all(&mem))
		fail("some CPU cannot be drained in the end", 0, 0);
	while (atomic_load(&next_run) < nr_runs)
		free_late();
	for (int nid = 0; nid < NODES; nid++)
		pf_release_deferred(&mem, nid, ~0ul);
	managed = count_zones();
	read_states();
	for (unsigned long i = 0; i < pages; i++) {
		if (found[i] != (memblock_is_memory(PF_PFN_PHYS(BASE + i)) ? PF_FREE : PF_ABSENT))
			fail("a page is not free in the end", BASE + i, found[i]);
		free += found[i] == PF_FREE;
	}
	if (free != managed)
		fail("managed is not what there is", managed, free);
	if (!pf_verify(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		fail("pf_verify()", 0, 0);
	}
	if (*host_output()) {
		printf("# %s\n", host_output());
		fail("somebody is told of a mistake", 0, 0);
	}
}

static void one_round(unsigned long ops)
{
	static struct worker workers[MAX_THREADS];
	uint64_t rng = seed;

	nr_cpus = nr_threads - (nr_threads > 2) + (unsigned)random_below(&rng, 4);
	host_set_cpu(MAX_CPUS); /* without lists */
	machine_boot(&rng, nr_cpus);
	find_runs(&rng);
	if (random_below(&rng, 2))
		pf_observe(&mem, observer);
	atomic_store(&go, 0);
	for (unsigned t = 0; t < nr_threads; t++) {
		workers[t] = (struct worker){ .signature = (uint8_t)(1 + t), .ops = ops };
		workers[t].rng = rng + t;
		if (pthread_create(&workers[t].thread, NULL, work, &workers[t]))
			fail("no thread", t, 0);
	}
	atomic_store(&go, 1);
	for (unsigned t = 0; t < nr_threads; t++)
		pthread_join(workers[t].thread, NULL);
	empty_mailbox();
	only_damaged_pages_are_missing();
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
	nr_threads = (unsigned)option(argc, argv, "--threads", 8);
	if (!nr_threads || nr_threads > MAX_THREADS)
		return 2;
	for (n = 0; n < rounds; n++, seed++) {
		if (seconds && (uint64_t)(time(NULL) - begin) >= seconds)
			break;
		one_round(ops);
	}
	printf("ok 1 - %llu rounds of %u threads: no page is lost or handed out twice, in %lu "
	       "allocations\n",
	       (unsigned long long)n, nr_threads, atomic_load(&allocated));
	vain = !refused || !mailed || !drained || !poisoned || (!duels && nr_threads > 1);
	printf("%sok 2 - %lu were refused, %lu chunks freed by others, %lu lists drained, %lu "
	       "pages "
	       "poisoned, %lu times by two\n1..2\n",
	       vain ? "not " : "", atomic_load(&refused), atomic_load(&mailed),
	       atomic_load(&drained), atomic_load(&poisoned), atomic_load(&duels));
	return vain;
}
