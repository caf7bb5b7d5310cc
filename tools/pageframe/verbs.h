/* SPDX-License-Identifier: MIT */
/*
 * The verbs of the command; each gets its own arguments, its name first, and returns the exit
 * status.
 */
#ifndef TOOLS_VERBS_H
#define TOOLS_VERBS_H

#include "../../sim/nearest.h"

#define EXIT_DIFFERS 1 /* a check found something */
#define EXIT_USAGE   2 /* wrong use, or nothing to work on */

struct verb {
	const char *name;
	const char *summary;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct verb verb_boot;
extern const struct verb verb_explore;
extern const struct verb verb_lint;
extern const struct verb verb_machines;
extern const struct verb verb_museum;
extern const struct verb verb_replay;
extern const struct verb verb_run;
extern const struct verb verb_scenarios;
extern const struct verb verb_traces;
extern const struct verb verb_why;

/* One line of advice on standard error; returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int advise(const char *verb, const char *format, ...);

/* The same of a name that is none: which may be meant, or what lists them (NULL: the help does). */
int advise_name(const char *verb, const char *what, const struct nearest *n, const char *list);

#endif
