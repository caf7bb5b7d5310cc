/* SPDX-License-Identifier: MIT */
/*
 * One run of what bench/online_page reports: each line a name and ns a look-up. The same random
 * page frame numbers are looked up in each way, over and over, so that all is in the cache.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pageframe/boot.h>
#include <pageframe/walk.h>

#include "host.h"
#include "random.h"

#define GIB	1073741824ull
#define PFNS	1024
#define ROUNDS	40 /* of a slice */
#define SLICES	101
#define BIG_MAP ((size_t)1 << 21)

static struct pf_mem mem;
static pf_pfn pfns[PFNS];
static pthread_spinlock_t spin;
static struct pf_lock lock;

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "online_page_bench: %s\n", why);
	exit(2);
}

static void *alloc(size_t size)
{
	void *at = aligned_alloc(BIG_MAP, (size + BIG_MAP - 1) & ~(BIG_MAP - 1));

	if (!at)
		die("no memory");
	return memset(at, 0, size);
}

/* 15 GiB, with a hole of 1 GiB in which some look-ups fall; a block with holes is looked at, too.
 */
static void boot(void)
{
	static const struct pf_boot_config config = { .alloc = alloc,
						      .max_possible_pfn = 1ul << 22 };
	uint64_t seed = 1;

	host_reset();
	memblock_add(0, 8 * GIB);
	memblock_add(9 * GIB, 7 * GIB - PF_PAGE_SIZE);
	if (pf_boot(&mem, &config))
		die("no memory");
	memblock_free_all(&mem);
	for (int i = 0; i < PFNS; i++)
		pfns[i] = random_below(&seed, 1ul << 22);
	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* A bounds check and a load of the entry: nobody can know of a page without. */
static inline uintptr_t by_load(pf_pfn pfn)
{
	return pf_mem_has_pfn(&mem, pfn) ? pf_load(&pf_block(&mem, pfn)->info) : 0;
}

static inline uintptr_t by_us(pf_pfn pfn)
{
	return (uintptr_t)pf_pfn_to_online_page(&mem, pfn);
}

static inline uintptr_t by_spin(pf_pfn pfn)
{
	uintptr_t page;

	pthread_spin_lock(&spin);
	page = by_us(pfn);
	pthread_spin_unlock(&spin);
	return page;
}

static inline uintptr_t by_lock(pf_pfn pfn)
{
	pf_irqflags flags = pf_lock_irqsave(&lock);
	uintptr_t page = by_us(pfn);

	pf_unlock_irqrestore(&lock, flags);
	return page;
}

/* With the section that keeps it online. */
static inline uintptr_t by_reader(pf_pfn pfn)
{
	unsigned turn = pf_read_lock(&mem.readers);
	uintptr_t page = by_us(pfn);

	pf_read_unlock(&mem.readers, turn);
	return page;
}

/* Each result is used, and nothing is kept from one look-up to the next. */
#define SLICE(look)                                                                                \
	static double slice_##look(void)                                                           \
	{                                                                                          \
		double t = now();                                                                  \
                                                                                                   \
		for (int round = 0; round < ROUNDS; round++)                                       \
			for (int i = 0; i < PFNS; i++) {                                           \
				uintptr_t got = by_##look(pfns[i]);                                \
                                                                                                   \
				__asm__ volatile("" : : "r"(got) : "memory");                      \
			}                                                                          \
		return (now() - t) / ((double)ROUNDS * PFNS);                                      \
	}
SLICE(load)
SLICE(us)
SLICE(reader)
SLICE(lock)
SLICE(spin)

static const struct {
	const char *name;
	double (*slice)(void);
} ways[] = {
	{ "load", slice_load }, { "ours", slice_us },	{ "reader", slice_reader },
	{ "lock", slice_lock }, { "spin", slice_spin },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* In turn, a little each, so that who else uses the machine slows down all of them. */
int main(void)
{
	static double t[WAYS][SLICES];

	boot();
	for (int i = -1; i < SLICES; i++) /* the first is not counted */
		for (unsigned w = 0; w < WAYS; w++)
			t[w][i < 0 ? 0 : i] = ways[w].slice();
	for (unsigned w = 0; w < WAYS; w++) {
		qsort(t[w], SLICES, sizeof(t[w][0]), compare);
		printf("%s %.4f\n", ways[w].name, t[w][SLICES / 2]);
	}
	return 0;
}
