/* SPDX-License-Identifier: MIT */
/*
 * How long memblock's operations take with N random one-page reservations in one large region.
 *
 * It uses nothing but memblock's public names, so that the same file can be built against another memblock.
 * Output, one line for each N: the mean time in ns of a reservation, an allocation among them, a lookup, and a
 * step of the free-range iterator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <limits.h>

#include BENCH_MEMBLOCK_H

#define REGION_BASE 0x100000000ull
#define PAGES	    (16ull << 20) /* 64 GiB: reservations hardly ever touch */
#define LOOKUPS	    100000

static unsigned long long state = 88172645463325252ull;

static unsigned long long random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void fresh(unsigned long n)
{
	struct memblock_region *room = calloc(4 * n + 64, sizeof(*room));

	free(memblock.reserved.regions == NULL ? NULL : NULL);
	memblock.memory.cnt = 0;
	memblock.memory.total_size = 0;
	memset(memblock.memory.regions, 0, sizeof(*room));
	memblock.reserved.regions = room;
	memblock.reserved.cnt = 0;
	memblock.reserved.max = 4 * n + 64;
	memblock.reserved.total_size = 0;
	memblock_add(REGION_BASE, PAGES << 12);
}

static void reserve_random(unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		memblock_reserve(REGION_BASE + (random64() % PAGES << 12), 4096);
}

static void run(unsigned long n, unsigned long rounds)
{
	double reserve = 0, alloc = 0, lookup = 0, walk = 0, t;
	unsigned long steps = 0, hits = 0;

	for (unsigned long r = 0; r < rounds; r++) {
		phys_addr_t start, end;
		unsigned long allocs = n;
		struct memblock_region *room;
		u64 i;

		fresh(n);
		room = memblock.reserved.regions;
		t = now_ns();
		reserve_random(n);
		reserve += now_ns() - t;

		t = now_ns();
		for (int k = 0; k < LOOKUPS; k++)
			hits += memblock_is_reserved(REGION_BASE + (random64() % PAGES << 12));
		lookup += now_ns() - t;

		t = now_ns();
		for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
			steps++;
		walk += now_ns() - t;

		t = now_ns();
		for (unsigned long k = 0; k < allocs; k++)
			if (!memblock_phys_alloc_range(4096, 4096, 0, 0))
				abort();
		alloc += now_ns() - t;
		free(room);
	}
	printf("%7lu %10.1f %10.1f %10.1f %10.1f\n", n, reserve / (double)(n * rounds),
	       alloc / (double)(n * rounds), lookup / (double)(LOOKUPS * rounds),
	       walk / (double)steps + (hits == 1 ? 1e-9 : 0));
}

int main(void)
{
	printf("%7s %10s %10s %10s %10s\n", "N", "reserve", "alloc", "lookup", "iterate");
	run(64, 400);
	run(128, 200);
	run(1024, 40);
	run(4096, 10);
	run(16384, 3);
	run(65536, 1);
	return 0;
}
