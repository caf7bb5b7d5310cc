/* SPDX-License-Identifier: MIT */
/* Which reservation is the outcome of which request: memblock prints each on its own line. */
#ifndef SIM_REQUESTS_H
#define SIM_REQUESTS_H

#include "log.h"

/* Is it memblock itself that reserved, for an allocation? */
bool by_allocator(const struct event *e);
/* What memblock does on its own when an array doubles. */
bool by_doubling(const struct event *e);

/*
 * The reservation that ends request @i; NULL: it failed, or the log ends here, and then @known is
 * false.
 */
const struct event *request_outcome(const struct boot_log *log, size_t i, bool *known);
/* The request that reservation @i ends; NULL: no line asks for it. */
const struct event *request_of(const struct boot_log *log, size_t i);

#endif
