/* SPDX-License-Identifier: MIT */
/* Who reserved which bytes. The first to reserve a byte owns it until it is freed, as in memblock.
 */
#ifndef SIM_OWNERS_H
#define SIM_OWNERS_H

#include "log.h"

struct owned {
	struct range range;
	const char *who; /* not terminated: length bytes */
	size_t length;
	size_t line; /* of the log; 0: before it */
};

struct owners {
	VEC(struct owned) list; /* sorted, disjoint */
};

void owners_take(struct owners *o, struct range range, const char *who, size_t length, size_t line);
void owners_drop(struct owners *o, struct range range);
/* Do both have the same bytes, whoever owns them? */
bool owners_same(const struct owners *a, const struct owners *b);
void owners_free(struct owners *o);

#endif
