/* SPDX-License-Identifier: MIT */
/*
 * What happened in an execution, for people: a line a step, with its line of source, and what each
 * thread did in a column of its own.
 */
#ifndef EXPLORE_STORY_H
#define EXPLORE_STORY_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Of the last search_replay() with @tell. @all: each step; else only those at places that another
 * thread was at, too.
 */
void story_print(FILE *f, bool all);

#endif
