/* SPDX-License-Identifier: MIT */
/*
 * One run of what bench/isolate reports: each line a name, ours in ns, and the yardstick in ns: the
 * same GiB allocated and freed page by page. All memory is touched before the clock starts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pageframe/boot.h>
#include <pageframe/isolate.h>

#include "host.h"

#define GIB	1073741824ull
#define PAGES	(GIB >> PF_PAGE_SHIFT)
#define RANGE	(4 * GIB >> PF_PAGE_SHIFT) /* it begins here */
#define ROUNDS	200
#define BIG_MAP ((size_t)1 << 21)

static struct pf_mem mem;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "isolate_bench: %s\n", why);
	exit(2);
}

static void *alloc(size_t size)
{
	void *at = aligned_alloc(BIG_MAP, (size + BIG_MAP - 1) & ~(BIG_MAP - 1));

	if (!at)
		die("no memory");
	return memset(at, 0, size);
}

static void boot(void)
{
	static const struct pf_boot_config config = { .alloc = alloc };

	host_reset();
	memblock_add(0, 16 * GIB);
	if (pf_boot(&mem, &config))
		die("no memory");
	memblock_free_all(&mem);
}

/* Each page's way from the zone by a CPU's list, and back. */
static uint64_t page_by_page(void)
{
	static pf_pfn pages[PAGES];
	uint64_t t = 0;

	for (int round = 0; round < 3; round++) {
		t = now();
		for (unsigned long i = 0; i < PAGES; i++)
			pages[i] = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE);
		for (unsigned long i = 0; i < PAGES; i++)
			pf_free_pages(&mem, pages[i], 0);
		t = now() - t;
	}
	pf_drain_all(&mem);
	return t;
}

static void say(const char *name, uint64_t ours, uint64_t theirs)
{
	printf("%s %llu %llu\n", name, (unsigned long long)ours / ROUNDS,
	       (unsigned long long)theirs);
}

/* The chunks of the range are in their list in any order: it was allocated and freed. */
static void shuffle(void)
{
	static pf_pfn chunks[PAGES >> PF_MAX_ORDER];
	unsigned long n = PAGES >> PF_MAX_ORDER;
	static uint32_t seed = 1;

	for (unsigned long i = 0; i < n; i++) {
		chunks[i] = RANGE + (i << PF_MAX_ORDER);
		if (pf_alloc_pages_at(&mem, chunks[i], PF_MAX_ORDER))
			die("the range is not free");
	}
	while (n) {
		unsigned long at = (seed = seed * 1664525u + 1013904223u) % n;

		pf_free_pages(&mem, chunks[at], PF_MAX_ORDER);
		chunks[at] = chunks[--n];
	}
}

static void bench_isolate(const char *there, const char *back, void (*before)(void),
			  uint64_t theirs)
{
	uint64_t isolate = 0, undo = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t t;

		if (before)
			before();
		t = now();
		if (pf_isolate_range(&mem, RANGE, RANGE + PAGES, PF_MOVABLE, 0, NULL))
			die("the range is not free");
		isolate += now() - t;
		t = now();
		pf_undo_isolate_range(&mem, RANGE, RANGE + PAGES);
		undo += now() - t;
	}
	say(there, isolate, theirs);
	say(back, undo, theirs);
}

static void bench_contig(const char *take, const char *give, unsigned long pages,
			 void (*before)(void), uint64_t theirs)
{
	uint64_t alloc = 0, free = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t t;

		if (before)
			before();
		t = now();
		if (pf_alloc_contig_range(&mem, RANGE, RANGE + pages, PF_MOVABLE, 0, NULL, NULL))
			die("the range is not free");
		alloc += now() - t;
		t = now();
		pf_free_contig_range(&mem, RANGE, pages);
		free += now() - t;
	}
	say(take, alloc, theirs);
	say(give, free, theirs);
}

/* The first 4 GiB are in use, each block a little: the search goes over them. */
static void bench_search(uint64_t theirs)
{
	uint64_t t = 0;

	for (pf_pfn pfn = 0; pfn < RANGE; pfn += PF_BLOCK_PAGES)
		if (pf_alloc_pages_at(&mem, pfn, 0))
			die("a page is not free");
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = now();

		if (pf_alloc_contig_pages(&mem, PAGES, 1, 0, 0, NULL) != RANGE)
			die("it is elsewhere");
		t += now() - start;
		pf_free_contig_range(&mem, RANGE, PAGES);
	}
	say("search-1G", t, theirs);
}

int main(void)
{
	uint64_t theirs;

	boot();
	theirs = page_by_page();
	bench_isolate("isolate-1G", "undo-1G", NULL, theirs);
	bench_contig("alloc-1G", "free-1G", PAGES, NULL, theirs);
	bench_isolate("isolate-any", "undo-any", shuffle, theirs);
	bench_contig("alloc-any", "free-any", PAGES, shuffle, theirs);
	bench_contig("alloc-2M", "free-2M", PF_BLOCK_PAGES, NULL,
		     theirs / (PAGES / PF_BLOCK_PAGES));
	bench_search(theirs);
	return 0;
}
