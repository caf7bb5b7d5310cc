/* SPDX-License-Identifier: MIT */
/* Which known word somebody may have meant. */
#ifndef SIM_NEAREST_H
#define SIM_NEAREST_H

#include <stddef.h>

/* Finds the word of some that is nearest to one that is none of them. */
struct nearest {
	const char *word;
	const char *best; /* NULL: nothing is near */
	size_t rank;
};
void nearest_consider(struct nearest *n, const char *known);

#endif
