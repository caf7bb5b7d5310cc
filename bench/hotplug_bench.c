/* SPDX-License-Identifier: MIT */
/*
 * One run of what bench/hotplug reports: each line a name, ours in ns, and the yardstick in ns: to
 * write, once, as many bytes as Linux has descriptors for that memory, 64 a page, in the first 4
 * GiB of it, times as many. Entries are touched before the clock starts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pageframe/boot.h>
#include <pageframe/hotplug.h>

#include "host.h"

#define GIB	1073741824ull
#define TIB	(1024 * GIB)
#define PAGES	(TIB >> PF_PAGE_SHIFT)
#define SAMPLE	((size_t)(4 * GIB >> PF_PAGE_SHIFT) * 64)
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
	fprintf(stderr, "hotplug_bench: %s\n%s", why, host_output());
	exit(2);
}

/* Descriptors are address space that nobody touches; what is small is there. */
static void *alloc(size_t size)
{
	void *at = aligned_alloc(BIG_MAP, (size + BIG_MAP - 1) & ~(BIG_MAP - 1));

	if (!at)
		die("no memory");
	return size > 256 * BIG_MAP ? at : memset(at, 0, size);
}

static void boot(void)
{
	const struct pf_boot_config config = { .alloc = alloc,
					       .max_possible_pfn =
						       (TIB + 64 * GIB) >> PF_PAGE_SHIFT };

	host_reset();
	memblock_add(0, 4 * GIB);
	if (pf_boot(&mem, &config))
		die("cannot boot");
	memblock_free_all(&mem);
}

/* For as much memory: Linux writes each descriptor when memory comes online. */
static uint64_t write_descriptors(void)
{
	char *at = alloc(SAMPLE);
	uint64_t t = now();

	memset(at, 1, SAMPLE);
	t = now() - t;
	free(at);
	return t * (TIB / (4 * GIB));
}

static void must(int ret, const char *what)
{
	if (ret)
		die(what);
}

int main(void)
{
	const pf_phys at = 32 * GIB;
	const pf_pfn start = at >> PF_PAGE_SHIFT;
	uint64_t t[5], theirs;

	boot();
	theirs = write_descriptors();
	for (int round = 0; round < 2; round++) { /* the first touches the entries */
		t[0] = now();
		must(pf_add_memory(&mem, 0, at, TIB, 0), "add");
		t[1] = now();
		must(pf_online_pages(&mem, start, PAGES, PF_ONLINE_MOVABLE), "online");
		t[2] = now();
		must(pf_offline_pages(&mem, start, PAGES, NULL, NULL), "offline");
		t[3] = now();
		must(pf_remove_memory(&mem, at, TIB), "remove");
		t[4] = now();
	}
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = { "add", "online", "offline", "remove" };

		printf("%s %llu %llu\n", names[i], (unsigned long long)(t[i + 1] - t[i]),
		       (unsigned long long)theirs);
	}
	return 0;
}
