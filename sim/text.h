/* SPDX-License-Identifier: MIT */
/* Reading text: a file as lines, and a line piece by piece. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vec.h"

/* A file in memory, cut into NUL-terminated lines without their ends. Line numbers start at 1. */
struct text {
	const char *name; /* as messages call it; not copied */
	char *bytes;
	VEC(char *) lines;
	bool cut; /* the last line has no end: the file may be cut off there */
	size_t complaints;
};

/* Reads a file, "-" for standard input: NULL, or why not (errno has it too). */
const char *text_read(struct text *t, const char *name);
/* The same for bytes that are there already; they are copied. */
void text_from_bytes(struct text *t, const char *name, const void *bytes, size_t size);
void text_free(struct text *t);

/* "name:line: reason" on standard error; from the eleventh on they are only counted. */
void text_complain(struct text *t, size_t line, const char *reason);
/* Says how many of them were, once the text is read. */
void text_end_complaints(const struct text *t);

/* These move *p on and return true, or leave it where it is. */
bool eat(const char **p, const char *word);
bool eat_spaces(const char **p);
bool eat_hex(const char **p, uint64_t *n); /* with or without 0x */
bool eat_dec(const char **p, uint64_t *n);
bool eat_int(const char **p, int *n);
/* "0xFIRST-0xLAST", last inclusive; one below first is a range of nothing. */
bool eat_first_last(const char **p, uint64_t *first, uint64_t *last);

#endif
