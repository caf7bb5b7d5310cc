/* SPDX-License-Identifier: MIT */
/* The lines of /proc/buddyinfo and /proc/pagetypeinfo that stand around a trace. */
#ifndef SIM_KMEM_TEXTS_H
#define SIM_KMEM_TEXTS_H

#include "kmem_trace.h"

/* Where in the texts the reader is. Begin with { .trace = TRACE }. */
struct kmem_texts {
	struct kmem_trace *trace;
	bool marked;	/* a comment said "before" or "after" */
	bool after;	/* and it was "after" */
	bool in_blocks; /* behind "Number of blocks type" */
	unsigned columns;
	uint8_t column[PF_MIGRATETYPES + 2]; /* of that table: the migratetype */
};

/* "# buddyinfo before" */
void kmem_texts_comment(struct kmem_texts *x, const char *line);
/* Return: is it a line of theirs? *bad is what is wrong with it, if anything is. */
bool kmem_texts_line(struct kmem_texts *x, const char *line, size_t number, const char **bad);

#endif
