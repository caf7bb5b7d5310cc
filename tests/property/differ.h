/* SPDX-License-Identifier: MIT */
/* What a model says when the library differs from it. */
#ifndef DIFFER_H
#define DIFFER_H

/* The model's: what it does at the moment. */
extern const char *doing;

/*
 * A difference: says what, and how to see it again, and ends the program. Whoever plays the model
 * gives it: rounds.c, or tests/fuzz/finding.c.
 */
__attribute__((format(printf, 1, 2))) _Noreturn void differ(const char *format, ...);

#endif
