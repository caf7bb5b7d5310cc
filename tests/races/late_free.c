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
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <pageframe/boot.h>

#include "host.h"

#include "../../src/page_alloc/internal.h"

#define THREADS	   4
#define NODES	   (PF_NUMA ? 2 : 1)
#define MIB_PAGES  (1ul << (20 - PF_PAGE_SHIFT))
#define MAX_PAGES  (512 * MIB_PAGES)
#define BASE	   (64 * MIB_PAGES)
#define MAX_PIECES 96
#define HELD	   64

static uint64_t seed;
static struct pf_mem mem;
static unsigned long pages; /* of the machine */

/* Who has a page: 0 nobody, else a thread's signature. And how often it was reported free. */
static _Atomic uint8_t owner[MAX_PAGES];
static _Atomic uint8_t reports[MAX_PAGES];
static bool was_reserved[MAX_PAGES];
static uint8_t times_to_free[MAX_PAGES]; /* pieces that hold the page */
static uint8_t found[MAX_PAGES];	 /* states, afterwards */

static _Noreturn void fail(const char *what, unsigned long a, unsigned long b)
{
	static atomic_flag once = ATOMIC_FLAG_INIT;

	while (atomic_flag_test_and_set(&once))
		;
	printf("not ok 1 - %s: %#lx, %#lx; machine of --seed %llu --rounds 1\n1..1\n", what, a, b,
	       (unsigned long long)seed);
	fflush(stdout);
	_Exit(1);
}

/* Random numbers: splitmix64, a state for each thread. */
static uint64_t random64(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static unsigned long below(uint64_t *state, unsigned long n)
{
	return (unsigned long)(random64(state) % n);
}

/* --- the machine --- */

static void *allocated[16];
static unsigned nr_allocated;

static void *from_heap(size_t size)
{
	return allocated[nr_allocated++] = calloc(1, size);
}

static char *range_virt[2];
static size_t range_size[2];
static int nr_ranges;

static void *reserve_range(size_t size)
{
	char *virt = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (virt == MAP_FAILED || nr_ranges == 2)
		fail("no address range for the memory map", size, 0);
	range_virt[nr_ranges] = virt;
	range_size[nr_ranges++] = size;
	return virt;
}

static _Atomic unsigned long mapped;

static int map(void *virt, pf_phys phys, size_t size, int nid)
{
	(void)virt;
	(void)phys;
	(void)nid;
	atomic_fetch_add(&mapped, size);
	return 0;
}

static void released(struct pf_mem *m, pf_pfn start, unsigned long n, enum pf_release how)
{
	for (unsigned long i = start - BASE; n--; i++) {
		if (m != &mem || i >= pages || atomic_fetch_add(&reports[i], 1))
			fail("a page is reported free twice", BASE + i, 0);
		if (atomic_load(&owner[i]))
			fail("a page is reported free while it is handed out", BASE + i, 0);
		if ((how == PF_RELEASE_LATE) != was_reserved[i])
			fail("a page is reported free the wrong way", BASE + i, how);
	}
}

/* Two nodes, the border anywhere; sometimes a hole. */
static void make_memory(uint64_t *rng)
{
	unsigned long border, hole;

	pages = (64 + below(rng, 1 + below(rng, 449))) * MIB_PAGES; /* small ones are quick */
	border = NODES == 2 ? 1 + below(rng, pages - 1) : pages;
	memblock_add_node(PF_PFN_PHYS(BASE), border * PF_PAGE_SIZE, 0, MEMBLOCK_NONE);
	if (NODES == 2)
		memblock_add_node(PF_PFN_PHYS(BASE + border), (pages - border) * PF_PAGE_SIZE, 1,
				  MEMBLOCK_NONE);
	hole = BASE + below(rng, pages);
	if (!below(rng, 2))
		memblock_remove(PF_PFN_PHYS(hole), (1 + below(rng, 999)) * PF_PAGE_SIZE);
}

static void make_reservations(uint64_t *rng)
{
	unsigned long n = 4 + below(rng, 60);

	while (n--) {
		unsigned long size = 1 + below(rng, below(rng, 3) ? 700 : 9000);
		unsigned long start = below(rng, pages);

		memblock_reserve(PF_PFN_PHYS(BASE + start), size * PF_PAGE_SIZE);
	}
}

static void read_reserved(void)
{
	const struct memblock_region *r;

	memset(was_reserved, 0, sizeof(was_reserved));
	for_each_reserved_mem_region(r)
		for (pf_pfn pfn = PF_PFN_DOWN(r->base); pfn < PF_PFN_UP(r->base + r->size); pfn++)
			if (pfn >= BASE && pfn < BASE + pages &&
			    memblock_is_memory(PF_PFN_PHYS(pfn)))
				was_reserved[pfn - BASE] = true;
}

static unsigned long boot(uint64_t *rng)
{
	static const struct pf_memmap_ops on_demand = { reserve_range, map, true };
	struct pf_boot_config config = { .released = released };

	host_reset();
	memset(&mem, 0, sizeof(mem));
	memset((void *)owner, 0, sizeof(owner));
	memset((void *)reports, 0, sizeof(reports));
	memblock_allow_resize();
	make_memory(rng);
	make_reservations(rng);
	if (below(rng, 2))
		config.alloc = from_heap;
	else
		config.memmap = &on_demand;
	if (below(rng, 3)) /* a border inside a block */
		config.zone_end[PF_ZONE_DMA32] = BASE + below(rng, pages);
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	if (!below(rng, 3))
		config.movable.kernelcore = below(rng, pages);
	if (below(rng, 4))
		config.pages_at_once = 1 + below(rng, pages / 4);
	if (pf_boot(&mem, &config))
		fail("the machine does not boot", 0, 0);
	read_reserved();
	return memblock_free_all(&mem);
}

static void close_machine(void)
{
	pf_close(&mem);
	while (nr_allocated)
		free(allocated[--nr_allocated]);
	while (nr_ranges--)
		munmap(range_virt[nr_ranges], range_size[nr_ranges]);
	nr_ranges = 0;
}

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
		unsigned long at = below(rng, pages), n = 0;

		for (unsigned long tries = 0; tries < pages && !was_reserved[at]; tries++)
			at = (at + 1) % pages;
		while (at && was_reserved[at - 1] && below(rng, 600))
			at--;
		while (at + n < pages && was_reserved[at + n] && (!n || below(rng, 1500)))
			n++;
		pieces[p] = (struct gift){ BASE + at, n, below(rng, 3) ? 0 : 100 };
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
	struct pf_node *node = mem.nodes[below(&w->rng, (unsigned long)mem.nr_nodes)];

	return node ? &node->zone[below(&w->rng, PF_ZONES)] : NULL;
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
	struct chunk c = { .zone = some_zone(w), .order = (unsigned)below(&w->rng, 12) };
	pf_irqflags flags;
	bool done;

	if (!c.zone || w->nr_held == HELD || c.order > PF_MAX_ORDER)
		return;
	flags = pf_lock_irqsave(&c.zone->lock);
	done = pfi_take(&mem, c.zone, c.order, PF_MOVABLE, &c.pfn);
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
	done = pfi_give(&mem, c.zone, c.pfn, c.order);
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
	pf_pfn pfn = BASE + below(&w->rng, pages);
	uint32_t info = pf_page_info(&mem, pfn);

	if (pf_info_state(info) == PF_TAIL || pf_info_state(info) == PF_SPLIT)
		fail("a page is in a state that no page has", pfn, info);
}

static void something_else(struct worker *w)
{
	switch (below(&w->rng, 8)) {
	case 0:
		if (w->at_once || atomic_load(&deferred_done))
			pf_release_deferred(&mem, (int)below(&w->rng, NODES),
					    1 + below(&w->rng, 9999));
		break;
	case 1:
		pf_init_descriptors(&mem, 1 + below(&w->rng, 8));
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
		for (unsigned long n = below(&w->rng, 12); n--;)
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

/* What each page is, by runs: under ThreadSanitizer a lock for each page takes its time. */
static void read_states(void)
{
	struct pf_run run = { .end = mem.first_pfn };

	memset(found, PF_ABSENT, pages);
	while (pf_next_run(&mem, &run))
		for (pf_pfn pfn = run.start; pfn < run.end; pfn++)
			if (pfn >= BASE && pfn < BASE + pages)
				found[pfn - BASE] = (uint8_t)run.state;
}

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
	unsigned long boot_pages = boot(&rng), deferred = 0;

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			deferred += mem.nodes[nid]->zone[z].deferred;
	make_pieces(&rng, pieces);
	atomic_store(&deferred_done, 0);
	atomic_store(&all_there, 0);
	for (int t = 0; t < THREADS; t++) {
		workers[t] =
			(struct worker){ .number = t, .rng = rng + (uint64_t)t, .pieces = pieces };
		workers[t].at_once = !t || below(&rng, 3);
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
	close_machine();
}

static uint64_t number(int argc, char **argv, const char *name, uint64_t otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return strtoull(argv[i + 1], NULL, 0);
	return otherwise;
}

int main(int argc, char **argv)
{
	uint64_t seconds = number(argc, argv, "--seconds", 0);
	uint64_t rounds = number(argc, argv, "--rounds", seconds ? UINT64_MAX : 200), n;
	time_t begin = time(NULL);

	seed = number(argc, argv, "--seed", 1);
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
