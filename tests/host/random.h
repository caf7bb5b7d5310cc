/* SPDX-License-Identifier: MIT */
/* Random numbers for tests: splitmix64, with a state that its user keeps. */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* 0 to n - 1; 0 of 0 */
static inline unsigned long random_below(uint64_t *state, unsigned long n)
{
	return n ? (unsigned long)(random_next(state) % n) : 0;
}

#endif
