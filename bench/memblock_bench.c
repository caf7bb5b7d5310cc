/* SPDX-License-Identifier: MIT */
/*
 * What memblock's operations cost when there are N reservations in one large region of memory.
 *
 * It uses public names only, so that the same file measures Linux's memblock.c (bench/memblock).
 * Output, a line for each N, in ns: a reservation of a random page; an allocation of a page among
 * those; an allocation of two pages where the top of memory has only single free pages left; a
 * lookup; a step through free ranges.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef BENCH_LINUX
#include <linux/memblock.h>
typedef u64 range_index;
#else
#include <pageframe/memblock.h>
typedef uint64_t range_index;
#endif

#define REGION_BASE 0x100000000ull
#define PAGES	    (16ull << 20) /* 64 GiB: random reservations hardly ever touch */
#define REGION_END  (REGION_BASE + (PAGES << 12))
#define LOOKUPS	    100000

struct times {
	double reserve, alloc, crowded, lookup, walk;
};

static unsigned long long state = 88172645463325252ull;

static unsigned long long random_page(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return REGION_BASE + (state % PAGES << 12);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* One region of memory, nothing reserved, and room enough that no array doubles. */
static void fresh(struct memblock_region *room, unsigned long n)
{
	memblock_remove(0, REGION_END);
	memblock.reserved.cnt = 0;
	memblock.reserved.total_size = 0;
	memblock.reserved.regions = room;
	memblock.reserved.max = 4 * n + 64;
	room->base = room->size = 0;
	memblock_add(REGION_BASE, PAGES << 12);
}

static void must(int ok)
{
	if (ok)
		return;
	fputs("memblock_bench: an operation failed\n", stderr);
	exit(1);
}

static void time_random(struct times *t, unsigned long n)
{
	phys_addr_t start, end;
	unsigned long steps = 0, hits = 0;
	unsigned long allocs = n < 4096 ? n : 4096;
	double began = now_ns();
	range_index i;

	for (unsigned long k = 0; k < n; k++)
		must(!memblock_reserve(random_page(), 4096));
	t->reserve += (now_ns() - began) / (double)n;

	began = now_ns();
	for (unsigned long k = 0; k < LOOKUPS; k++)
		hits += memblock_is_reserved(random_page());
	t->lookup += (now_ns() - began) / LOOKUPS;
	must(hits <= LOOKUPS);

	began = now_ns();
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		steps++;
	t->walk += (now_ns() - began) / (double)steps;

	began = now_ns();
	for (unsigned long k = 0; k < allocs; k++)
		must(memblock_phys_alloc_range(4096, 4096, 0, 0) != 0);
	t->alloc += (now_ns() - began) / (double)allocs;
}

static void time_crowded(struct times *t, unsigned long n)
{
	const unsigned long allocs = n < 200 ? n : 200;
	double began;

	for (unsigned long k = 0; k < n; k++)
		must(!memblock_reserve(REGION_END - (n - k) * 8192, 4096));
	began = now_ns();
	for (unsigned long k = 0; k < allocs; k++)
		must(memblock_phys_alloc_range(8192, 4096, 0, 0) != 0);
	t->crowded += (now_ns() - began) / (double)allocs;
}

static void measure(unsigned long n, unsigned long rounds)
{
	struct memblock_region *room = calloc(4 * n + 64, sizeof(*room));
	struct times t = { 0 };

	must(room != NULL);
	for (unsigned long r = 0; r < rounds; r++) {
		fresh(room, n);
		time_random(&t, n);
		fresh(room, n);
		time_crowded(&t, n);
	}
	printf("%lu %.2f %.2f %.2f %.2f %.2f\n", n, t.reserve / (double)rounds,
	       t.alloc / (double)rounds, t.crowded / (double)rounds, t.lookup / (double)rounds,
	       t.walk / (double)rounds);
}

int main(void)
{
	measure(64, 200);
	measure(128, 100);
	measure(1024, 20);
	measure(4096, 5);
	measure(16384, 2);
	measure(65536, 1);
	return 0;
}
