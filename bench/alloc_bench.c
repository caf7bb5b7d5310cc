/* SPDX-License-Identifier: MIT */
/*
 * One run of what bench/alloc reports, for one allocator: a line for each workload, "NAME THREADS
 * NS LOCKS": the ns of a pair of allocation and free, or of a page, and times that a zone's lock
 * was taken for each allocation or free. Last, "metadata THREADS BYTES" for each page.
 *
 * Threads have a CPU, and an equal share of memory, each. Pages' contents are never touched.
 *
 * alloc_bench [--threads N] [--mib N] [--quick] [--only WORKLOAD [--seconds N]]
 */
#include <pthread.h>
#include <sched.h>

#define TYPED 0
#include "allocator/allocator.h"

#define MAX_THREADS 64

struct worker {
	unsigned cpu;
	pthread_t thread;
	uint64_t seed;
	item *items;	   /* the chunks that it has, and room for more */
	unsigned long n;   /* of them */
	uint64_t ns;	   /* of the steps so far */
	uint64_t put_ns;   /* of those, in freeing; where a workload tells them apart */
	unsigned long did; /* pairs, or pages */
} __attribute__((aligned(128)));

struct workload {
	const char *name;
	unsigned order;
	void (*prepare)(struct worker *w, unsigned order);
	void (*step)(struct worker *w, unsigned order); /* adds to ns and did */
	unsigned char gets, puts;			/* for each of what it did */
	bool once; /* the first time is what counts; otherwise it is to warm up */
};

static unsigned threads = 1;
static unsigned long mib = 4096;
static unsigned long pairs = 1000000; /* in a step */
static unsigned long batch = 1000;
static unsigned long seconds;
static const char *only;
static struct worker workers[MAX_THREADS];

static unsigned long share(void)
{
	return mib * (1048576 / PAGE_BYTES) / threads;
}

/* All threads are here before one goes on. */
static void meet(void)
{
	static unsigned long arrived;
	unsigned long all =
		__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST) / threads * threads + threads;

	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < all)
		sched_yield();
}

static void get_some(struct worker *w, unsigned order, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (!get(w->cpu, order, true, &w->items[i]))
			die("no memory");
}

static void put_some(struct worker *w, unsigned order, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		put(w->cpu, order, true, w->items[i]);
}

static void nothing(struct worker *w, unsigned order)
{
	(void)order;
	w->n = 0;
}

static void half(struct worker *w, unsigned order)
{
	w->n = share() / 2 >> order;
	get_some(w, order, w->n);
}

/* Allocate one, free it. */
static void step_turn(struct worker *w, unsigned order)
{
	uint64_t t = worked();

	for (unsigned long i = 0; i < pairs; i++) {
		get_some(w, order, 1);
		put_some(w, order, 1);
	}
	w->ns += worked() - t;
	w->did += pairs;
}

/* Allocate nine tenths, free them in the same order. */
static void step_fill(struct worker *w, unsigned order)
{
	unsigned long n = (share() >> order) * 9 / 10;
	uint64_t t = worked(), t1, t2;

	get_some(w, order, n);
	t1 = worked();
	put_some(w, order, n);
	t2 = worked();
	w->ns += t2 - t;
	w->put_ns += t2 - t1;
	w->did += n;
}

/* The first pages after boot: the allocator's first touch of much of its metadata. */
static void step_first(struct worker *w, unsigned order)
{
	uint64_t t = worked();

	w->n = (share() >> order) * 9 / 10;
	get_some(w, order, w->n);
	w->ns += worked() - t;
	w->did += w->n;
}

/* Free a random one, allocate another. */
static void step_random(struct worker *w, unsigned order)
{
	uint64_t t = worked();

	for (unsigned long i = 0; i < pairs; i++) {
		item *chunk = &w->items[below(&w->seed, w->n)];

		put(w->cpu, order, true, *chunk);
		if (!get(w->cpu, order, true, chunk))
			die("no memory");
	}
	w->ns += worked() - t;
	w->did += pairs;
}

/* Free a batch of random ones, allocate as many: what was freed last is too little. */
static void step_bulk(struct worker *w, unsigned order)
{
	unsigned long each = order ? batch / 10 : batch;
	uint64_t t = worked();

	if (each > w->n / 2)
		each = w->n / 2;
	for (unsigned long done = 0; done < pairs; done += each) {
		for (unsigned long i = 0; i < each; i++) {
			item *other = &w->items[i + below(&w->seed, w->n - i)];
			item chunk = *other;

			*other = w->items[i];
			put(w->cpu, order, true, chunk);
		}
		get_some(w, order, each);
		w->did += each;
	}
	w->ns += worked() - t;
}

static const struct workload workloads[] = {
	{ "first-0", 0, nothing, step_first, 1, 0, true },
	{ "turn-0", 0, nothing, step_turn, 1, 1, false },
	{ "fill-0", 0, nothing, step_fill, 1, 1, false },
	{ "random-0", 0, half, step_random, 1, 1, false },
	{ "bulk-0", 0, half, step_bulk, 1, 1, false },
	{ "turn-9", HUGE_ORDER, nothing, step_turn, 1, 1, false },
	{ "random-9", HUGE_ORDER, half, step_random, 1, 1, false },
	{ "bulk-9", HUGE_ORDER, half, step_bulk, 1, 1, false },
};

static void report(const struct workload *what, unsigned long locked)
{
	double ns = 0, put_ns = 0, ops = 0;

	for (unsigned i = 0; i < threads; i++) {
		struct worker *w = &workers[i];

		ns += (double)w->ns / (double)w->did / threads;
		put_ns += (double)w->put_ns / (double)w->did / threads;
		ops += (double)w->did * (what->gets + what->puts);
	}
	printf("%s %u %.2f %.5f\n", what->name, threads, ns, (double)locked / ops);
	if (put_ns > 0)
		printf("%s-get %u %.2f -\n%s-put %u %.2f -\n", what->name, threads, ns - put_ns,
		       what->name, threads, put_ns);
}

static void run(struct worker *w, const struct workload *what)
{
	unsigned long locked = 0;
	uint64_t until;

	what->prepare(w, what->order);
	if (!what->once)
		what->step(w, what->order);
	w->ns = w->put_ns = w->did = 0;
	meet();
	if (!w->cpu)
		locked = allocator_locked();
	meet();
	until = now(CLOCK_MONOTONIC) + seconds * 1000000000ull;
	do
		what->step(w, what->order);
	while (!what->once && now(CLOCK_MONOTONIC) < until);
	meet();
	if (!w->cpu)
		report(what, allocator_locked() - locked);
	put_some(w, what->order, w->n);
	meet();
	if (!w->cpu)
		allocator_drain();
	meet();
}

/* On the n-th CPU that this process may use. */
static void pin(unsigned n)
{
	cpu_set_t may, one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(may), &may))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &may) && !n--)
			CPU_SET(cpu, &one);
	pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	allocator_thread(w->cpu);
	meet(); /* nobody is pinned before all exist: a thread inherits that */
	pin(w->cpu);
	w->seed = 88172645463325252ull + w->cpu;
	w->items = touched(share() * sizeof(*w->items));
	for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
		if (!only || !strcmp(only, workloads[i].name))
			run(w, &workloads[i]);
	return NULL;
}

static bool is_workload(const char *name)
{
	bool is = false;

	for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++)
		is |= !strcmp(name, workloads[i].name);
	return is;
}

static void options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--quick")) {
			mib = 128;
			pairs = 1000;
			batch = 100;
			continue;
		} else if (!strcmp(argv[i], "--threads")) {
			threads = (unsigned)number(argv[i], value);
		} else if (!strcmp(argv[i], "--mib")) {
			mib = number(argv[i], value);
		} else if (!strcmp(argv[i], "--seconds")) {
			seconds = number(argv[i], value);
		} else if (!strcmp(argv[i], "--only") && value && is_workload(value)) {
			only = value;
		} else {
			die("options: --threads N, --mib N, --only WORKLOAD, --seconds N, --quick");
		}
		i++;
	}
	if (!threads || threads > MAX_THREADS || mib / threads < 32 || mib > 1 << 20)
		die("1 to 64 threads, with 32 MiB each at the least");
}

int main(int argc, char **argv)
{
	options(argc, argv);
	allocator_open(mib * (1048576 / PAGE_BYTES), threads);
	for (unsigned i = 0; i < threads; i++) {
		workers[i].cpu = i;
		if (i && pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("no thread");
	}
	work(&workers[0]);
	for (unsigned i = 1; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	if (!only)
		printf("metadata %u %.4f -\n", threads,
		       allocator_metadata() / (double)(share() * threads));
	return 0;
}
