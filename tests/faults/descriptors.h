/* SPDX-License-Identifier: MIT */
/*
 * A small descriptor for each page: what the page allocator needs to know of it, and how often it
 * was initialised. Reading one before it is initialised is what this is about, so it is counted;
 * under AddressSanitizer such descriptors are poisoned, and the poison is what is asked.
 */
#ifndef FAULTS_DESCRIPTORS_H
#define FAULTS_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "late_free.h"

#if defined(__SANITIZE_ADDRESS__)
#define DESCRIPTORS_POISONED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DESCRIPTORS_POISONED 1
#endif
#endif
#ifndef DESCRIPTORS_POISONED
#define DESCRIPTORS_POISONED 0
#endif

#define MAX_ORDER	10 /* the largest chunk of Linux's page allocator: 2^10 pages */
#define MAX_ORDER_PAGES (1ull << MAX_ORDER)

enum page_state {
	PAGE_UNREADY,  /* not initialised */
	PAGE_RESERVED, /* initialised, not in the free lists */
	PAGE_INSIDE,   /* in a free chunk, not its first page */
	PAGE_HEAD,     /* the first page of a free chunk of order state - PAGE_HEAD */
};

#if DESCRIPTORS_POISONED
#define DESCRIPTOR_ALIGN 8 /* the grain of the poison */
#else
#define DESCRIPTOR_ALIGN 1
#endif

struct descriptor {
	_Alignas(DESCRIPTOR_ALIGN) uint8_t state;
	uint8_t times; /* initialised, up to 255 */
};

struct descriptors {
	struct descriptor *at; /* by pfn */
	uint64_t pages;
	bool strict;
	struct fault unready, twice, twice_free;
};

/* Room for pfns below @pages, all without a descriptor yet. Return: false if there is none. */
bool descriptors_make(struct descriptors *d, uint64_t pages);
void descriptors_free(struct descriptors *d);

/* [start, end) has descriptors from now on, not initialised. */
void descriptors_provide(struct descriptors *d, uint64_t start, uint64_t end);
/* To be called for the same ranges before the end, so that no poison is left behind. */
void descriptors_withdraw(struct descriptors *d, uint64_t start, uint64_t end);
void descriptors_init(struct descriptors *d, uint64_t start, uint64_t end);

/* Nobody's read: is it initialised? */
bool descriptor_ready(const struct descriptors *d, uint64_t pfn);
/* The page allocator's read: false, and counted, if it is not initialised. */
bool descriptor_read(struct descriptors *d, uint64_t pfn, enum page_state *state);
/* Only for one that is. */
static inline void descriptor_write(struct descriptors *d, uint64_t pfn, enum page_state state)
{
	d->at[pfn].state = (uint8_t)state;
}

static inline void fault_count(struct fault *f, uint64_t times, uint64_t pfn)
{
	if (!f->times)
		f->first_pfn = pfn;
	f->times += times;
}

#endif
