/* SPDX-License-Identifier: MIT */
#include "handover.h"

static struct source from;

/* Seeds that are neighbours begin anywhere, not one number after the other. */
void random_start(uint64_t seed)
{
	from = (struct source){ .state = seed };
	from.state = random_next(&from.state);
}

void random_from(struct source source)
{
	from = source;
}

uint64_t random64(void)
{
	return random_next(&from.state);
}

unsigned long below(unsigned long n)
{
	return source_below(&from, n);
}

bool one_in(unsigned long n)
{
	return !below(n);
}
