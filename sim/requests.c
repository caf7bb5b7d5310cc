/* SPDX-License-Identifier: MIT */
#include "requests.h"

#include <string.h>

bool by_allocator(const struct event *e)
{
	return e->kind == EVENT_RESERVE && (!strncmp(e->caller, "memblock_alloc", 14) ||
					    !strncmp(e->caller, "memblock_phys_alloc", 19));
}

bool by_doubling(const struct event *e)
{
	return e->kind == EVENT_DOUBLED || !strncmp(e->caller, "memblock_double_array", 21);
}

/* Could this reservation be what the request got? */
static bool answers(const struct event *got, const struct event *rq)
{
	return by_allocator(got) && got->range.size == rq->size &&
	       (rq->max_addr <= 1 || range_end(got->range) <= rq->max_addr);
}

const struct event *request_outcome(const struct boot_log *log, size_t i, bool *known)
{
	const struct event *rq = &log->events.at[i];

	for (i++; i < log->events.n && by_doubling(&log->events.at[i]); i++)
		;
	*known = i < log->events.n;
	return *known && answers(&log->events.at[i], rq) ? &log->events.at[i] : NULL;
}

const struct event *request_of(const struct boot_log *log, size_t i)
{
	const struct event *got = &log->events.at[i];
	const struct event *rq;

	while (i && by_doubling(&log->events.at[i - 1]))
		i--;
	rq = i ? &log->events.at[i - 1] : NULL;
	return rq && rq->kind == EVENT_REQUEST && answers(got, rq) ? rq : NULL;
}
