/* SPDX-License-Identifier: MIT */
/* Arrays that grow. Memory that is not to be had ends the program, as a workbench may. */
#ifndef SIM_VEC_H
#define SIM_VEC_H

#include <stdio.h>
#include <stdlib.h>

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n;                                                                          \
		size_t room;                                                                       \
	}

/* A pointer to a new, zeroed element at the end. */
#define vec_add(v)                                                                                 \
	((v)->n == (v)->room ? vec_grow((void **)&(v)->at, &(v)->room, sizeof(*(v)->at))           \
			     : (void)0,                                                            \
	 (v)->at[(v)->n] = (__typeof__(*(v)->at)){ 0 }, &(v)->at[(v)->n++])

#define vec_free(v) (free((v)->at), (v)->at = NULL, (v)->n = (v)->room = 0)

static inline void vec_grow(void **at, size_t *room, size_t size)
{
	*room = *room ? *room * 2 : 16;
	*at = realloc(*at, *room * size);
	if (!*at) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
}

#endif
