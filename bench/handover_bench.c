/* SPDX-License-Identifier: MIT */
/*
 * One run of what bench/handover reports: each line a name, ours in ns, and the yardstick in ns.
 * All memory is touched before the clock starts: page faults are the host's, not ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pageframe/boot.h>

#include "../src/memmap/internal.h"
#include "host.h"

#define GIB	   1073741824ull
#define LINUX_PAGE 64ull      /* bytes of Linux's struct page */
#define DESCRIBED  (16 * GIB) /* memory whose descriptors are written */
#define BUFFER	   (256ull << 20)

static struct pf_mem mem;
static char *buffer;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

/* The compiler must not know what is stored, or drop it. */
static void fill(void *at, size_t size)
{
	static volatile int byte = 5;

	memset(at, byte, size);
	__asm__ volatile("" : : "r"(at) : "memory");
}

static void *touched[16];
static size_t touched_size[16];
static int taken;

/*
 * Blocks and descriptors are taken in the same order each time: the second boot finds memory
 * touched.
 */
static void *alloc(size_t size)
{
	int i = taken++;

	if (i == sizeof(touched) / sizeof(*touched))
		abort();
	if (touched_size[i] < size) {
		free(touched[i]);
		touched[i] =
			aligned_alloc(1 << 21, (size + (1 << 21) - 1) & ~((size_t)(1 << 21) - 1));
		touched_size[i] = size;
	}
	if (size < GIB)
		memset(touched[i], 0, size);
	return touched[i];
}

static void boot(pf_phys size)
{
	static const struct pf_boot_config config = { .alloc = alloc };

	host_reset();
	taken = 0;
	memblock_add(0, size);
	if (pf_boot(&mem, &config)) {
		fputs("handover_bench: no memory\n", stderr);
		exit(2);
	}
}

/* Descriptors of 16 GiB, 256 MiB of them, beside memset over the same bytes. */
static void bench_describe(void)
{
	size_t size = (DESCRIBED >> PF_BLOCK_ORDER >> PF_PAGE_SHIFT) * DESCRIPTORS_SIZE;
	uint64_t t, ours, theirs;

	boot(DESCRIBED);
	fill(mem.pages, size);
	t = now();
	pf_init_descriptors(&mem, ~0ul);
	ours = now() - t;
	t = now();
	fill(mem.pages, size);
	theirs = now() - t;
	printf("describe-16G %llu %llu\n", (unsigned long long)ours, (unsigned long long)theirs);
	pf_close(&mem);
}

/* One block's, in the cache, as at a first split. */
static void bench_describe_hot(void)
{
	const int rounds = 20000;
	uint64_t t, ours, theirs;

	boot(GIB);
	fill(mem.pages, DESCRIPTORS_SIZE);
	t = now();
	for (int i = 0; i < rounds; i++) {
		mem.blocks[0].described = PF_UNDESCRIBED;
		pfi_describe(&mem, 0, PF_TAIL);
		__asm__ volatile("" : : : "memory");
	}
	ours = now() - t;
	t = now();
	for (int i = 0; i < rounds; i++)
		fill(mem.pages, DESCRIPTORS_SIZE);
	theirs = now() - t;
	printf("describe-block %llu %llu\n", (unsigned long long)ours / rounds,
	       (unsigned long long)theirs / rounds);
	pf_close(&mem);
}

/* A reserved range that nobody touched is given back: its blocks are the work. */
static void bench_release(const char *name, pf_phys size)
{
	uint64_t t, ours;

	boot(4 * GIB);
	memblock_reserve(GIB, size);
	memblock_free_all(&mem);
	fill(mem.pages, BUFFER >> 4);
	t = now();
	memblock_free_late(GIB, size);
	ours = now() - t;
	t = now();
	fill(buffer, (size_t)(size >> PF_PAGE_SHIFT) * LINUX_PAGE);
	printf("%s %llu %llu\n", name, (unsigned long long)ours, (unsigned long long)(now() - t));
	pf_close(&mem);
}

/* All of 1 TiB, beside memset over the 16 GiB of descriptors that Linux would initialise. */
static void bench_hand_over(void)
{
	pf_phys size = 1024 * GIB;
	uint64_t t, ours;

	boot(size);
	pf_close(&mem);
	t = now();
	boot(size);
	memblock_free_all(&mem);
	ours = now() - t;
	pf_close(&mem);
	t = now();
	for (uint64_t done = 0; done < (size >> PF_PAGE_SHIFT) * LINUX_PAGE; done += BUFFER)
		fill(buffer, BUFFER);
	printf("hand-over-1T %llu %llu\n", (unsigned long long)ours,
	       (unsigned long long)(now() - t));
}

int main(void)
{
	buffer = malloc(BUFFER);
	if (!buffer)
		return 2;
	fill(buffer, BUFFER);
	bench_describe();
	bench_describe_hot();
	bench_release("release-1G", GIB);
	bench_release("release-2M", PF_BLOCK_SIZE);
	bench_hand_over();
	return 0;
}
