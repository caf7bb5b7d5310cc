/* SPDX-License-Identifier: MIT */
/* Sets of bytes, and what they have in common at a granule. */
#ifndef SIM_SPANS_H
#define SIM_SPANS_H

#include "log.h"

/* Sorted, disjoint, and none touches the next. Begin with { 0 }. */
struct spans {
	VEC(struct range) list;
};

/* A range that would end behind the last address ends there. */
void spans_add(struct spans *s, struct range range);
void spans_add_all(struct spans *s, const struct spans *more);
bool spans_meet(const struct spans *s, struct range range);
uint64_t spans_bytes(const struct spans *s);
void spans_free(struct spans *s);

/* Each of these is a new set, for spans_free(). */
struct spans spans_both(const struct spans *a, const struct spans *b);
struct spans spans_without(const struct spans *a, const struct spans *b);
/* All granules that have a byte of it; those that it has all bytes of. A power of two each. */
struct spans spans_outward(const struct spans *s, uint64_t granule);
struct spans spans_inward(const struct spans *s, uint64_t granule);

#endif
