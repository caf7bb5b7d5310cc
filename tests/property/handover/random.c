/* SPDX-License-Identifier: MIT */
#include "handover.h"

#include "random.h"

static uint64_t state;

/* Seeds that are neighbours begin anywhere, not one number after the other. */
void random_start(uint64_t seed)
{
	state = seed;
	state = random_next(&state);
}

uint64_t random64(void)
{
	return random_next(&state);
}

unsigned long below(unsigned long n)
{
	return random_below(&state, n);
}

bool one_in(unsigned long n)
{
	return !below(n);
}
