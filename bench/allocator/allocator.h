/* SPDX-License-Identifier: MIT */
/*
 * What the workloads of bench/alloc and bench/fragmentation ask of an allocator. Each allocator is
 *a header, compiled into a program of its own, -DALLOCATOR='"pageframe.h"': no call is indirect. It
 * defines
 *
 *	item			a chunk: its first page's number, or an address
 *	allocator_open()	@pages pages are free, for @threads threads
 *	allocator_thread()	the calling thread is CPU @cpu
 *	get(), put()		a chunk of 2^@order pages; get() returns false if there is none
 *	get_last()		get(), from the pages that are kept for emergencies, too
 *	get_nofree()		a page that stays for ever; one like others, if that is no matter
 *	allocator_drain()	nothing is on per-CPU lists; nobody else calls
 *	allocator_locked()	times that a lock of the zones was taken
 *	allocator_metadata()	bytes, descriptors of pages not among them
 *
 * TYPED: 1 if the workload has unmovable pages beside movable ones.
 */
#ifndef BENCH_ALLOCATOR_H
#define BENCH_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE_BYTES 4096ul
#define HUGE_ORDER 9
#define HUGE_PAGES (1ul << HUGE_ORDER)

static inline uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

/* ns that this thread ran: when others had its CPU is not for the allocator to answer. */
static inline uint64_t worked(void)
{
	return now(CLOCK_THREAD_CPUTIME_ID);
}

/* Below @n, which is below 2^32. */
static inline unsigned long below(uint64_t *seed, unsigned long n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (unsigned long)(((*seed * 0x2545f4914f6cdd1dull >> 32) * n) >> 32);
}

static inline _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(2);
}

/*
 * Zeroed, and touched before any clock starts. In huge pages, for all allocators alike: that is how
 * a kernel maps its metadata.
 */
static inline void *touched(size_t size)
{
	const size_t huge = HUGE_PAGES * PAGE_BYTES;
	char *at =
		mmap(NULL, size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("no memory");
	at += -(uintptr_t)at % huge;
	madvise(at, size, MADV_HUGEPAGE);
	memset(at, 0, size);
	return at;
}

/* The number behind an option; what is not a number is said, not guessed. */
static inline unsigned long number(const char *option, const char *text)
{
	char *end = NULL;
	unsigned long n = text ? strtoul(text, &end, 10) : 0;

	if (!text || end == text || *end) {
		fprintf(stderr, "bench: %s wants a number\n", option);
		exit(2);
	}
	return n;
}

#include ALLOCATOR

#endif
