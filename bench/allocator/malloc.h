/* SPDX-License-Identifier: MIT */
/*
 * glibc's malloc(), the yardstick that is always there. It keeps its headers in the pages, so all
 * of them are touched; nothing goes back to the system meanwhile.
 */
#include <malloc.h>

typedef char *item;

static void allocator_open(unsigned long pages, unsigned threads)
{
	(void)pages;
	(void)threads;
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_TOP_PAD, 128 << 20); /* or threads give their heaps of 64 MiB back */
}

static inline void allocator_thread(unsigned cpu)
{
	(void)cpu;
}

static inline bool get(unsigned cpu, unsigned order, bool movable, item *chunk)
{
	char *at = malloc(PAGE_BYTES << order);

	(void)cpu;
	(void)movable;
	__asm__ volatile("" : : "r"(at) : "memory"); /* or the compiler drops it */
	*chunk = at;
	return at != NULL;
}

static inline void put(unsigned cpu, unsigned order, bool movable, item chunk)
{
	(void)cpu;
	(void)order;
	(void)movable;
	free(chunk);
}

static inline void allocator_drain(void)
{
}

static inline unsigned long allocator_locked(void)
{
	return 0;
}

static inline double allocator_metadata(void)
{
	return 0;
}
