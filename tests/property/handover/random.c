/* SPDX-License-Identifier: MIT */
#include "handover.h"

static uint64_t state;

void random_start(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15u;
}

uint64_t random64(void)
{
	uint64_t x = state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

unsigned long below(unsigned long n)
{
	return n ? (unsigned long)(random64() % n) : 0;
}

bool one_in(unsigned long n)
{
	return !below(n);
}
