/* SPDX-License-Identifier: MIT */
/* A line of a scenario as words; numbers with units. */
#ifndef SIM_SCENARIO_WORDS_H
#define SIM_SCENARIO_WORDS_H

#include "text.h"

struct scenario_word {
	char *text;   /* without quotes and brackets */
	char kind;    /* 'w': a word, '"': a text, '[': what stood in brackets */
	size_t start; /* in the line */
	size_t end;
};
typedef VEC(struct scenario_word) scenario_words;

/* Up to a comment. Return: NULL, or what is wrong with the line; words are to be freed anyway. */
const char *scenario_cut(const char *line, scenario_words *words);
void scenario_free_words(scenario_words *words);

/*
 * "0x41200000", "4096", "62M": decimal numbers may have a unit, K, M, G or T. Return: NULL, or what
 * is wrong.
 */
const char *scenario_number(const char *word, uint64_t *n);
/* The same without units. */
const char *scenario_plain_number(const char *word, uint64_t *n);
/* "0x1000-0x1fff", LAST inclusive. */
const char *scenario_first_last(const char *word, uint64_t *first, uint64_t *size);

#endif
