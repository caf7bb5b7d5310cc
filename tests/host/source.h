/* SPDX-License-Identifier: MIT */
/*
 * Where a test's decisions come from: random numbers, or bytes that somebody else has chosen. As
 * long as there are bytes a decision takes as many of them as it needs, so a byte that changes
 * changes one decision. Then the generator goes on, from what it was started with.
 */
#ifndef TESTS_SOURCE_H
#define TESTS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "random.h"

struct source {
	uint64_t state;
	const uint8_t *at, *end; /* what is left of the bytes */
};

/* The bytes must stay; the generator begins with them, too. */
static inline struct source source_of_bytes(const uint8_t *bytes, size_t n)
{
	struct source s = { .state = n, .at = bytes, .end = bytes + n };

	for (size_t i = 0; i < n; i++)
		s.state = (s.state ^ bytes[i]) * 0x100000001b3u; /* FNV-1a */
	return s;
}

static inline bool source_has_bytes(const struct source *s)
{
	return s->at < s->end;
}

/* 0 to n - 1; 0 of 0 */
static inline unsigned long source_below(struct source *s, unsigned long n)
{
	uint64_t value = 0;

	if (!source_has_bytes(s))
		return random_below(&s->state, n);
	for (uint64_t most = n ? n - 1 : 0; most && source_has_bytes(s); most >>= 8)
		value = value << 8 | *s->at++;
	return n ? (unsigned long)(value % n) : 0;
}

/* --- an input in slices: the first for where a test begins, then one for each operation --- */

struct slices {
	const uint8_t *at;
	size_t left;
};

/* False: there is none. The last may be shorter. */
static inline bool next_slice(struct slices *s, size_t size, struct source *source)
{
	size_t n = size < s->left ? size : s->left;

	*source = source_of_bytes(s->at, n);
	s->at += n;
	s->left -= n;
	return n > 0;
}

#endif
