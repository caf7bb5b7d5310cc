/* SPDX-License-Identifier: MIT */
/*
 * An execution as a text that can be passed on: SCENARIO:a12b3a1, or SCENARIO+FAULT:a12b3a1. Thread
 * a takes twelve steps, b three, a one, and then whoever can go on does. What the explorer prints
 * ends with a sum, as in a12b3a1.8f2c: of the same sources the same comes of it.
 */
#ifndef EXPLORE_TOKEN_H
#define EXPLORE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct token {
	char scenario[64];
	char fault[64]; /* "" is none */
	int nr_threads; /* SCENARIO/2: its first two; 0: all */
	uint8_t *threads;
	unsigned steps;
	long sum; /* of what comes of it, or -1: it has none */
};

/* Return: NULL, or what is wrong with it. */
const char *token_read(struct token *t, const char *text);
void token_free(struct token *t);

/* Does the last execution have the token's sum? */
bool token_is_of_last(const struct token *t);

/* Of the last execution (search.h); for the caller to free, or NULL: no memory. */
char *token_text(const char *scenario, const char *fault, int nr_threads);

#endif
