/* SPDX-License-Identifier: MIT */
/* The museum: faults that were made, or nearly, each with a scenario that shows it. */
#ifndef TOOLS_EXHIBITS_H
#define TOOLS_EXHIBITS_H

#include "../../port/explore/explore.h"

struct exhibit {
	const char *name;
	const char *title;
	const char *scenario;
	const struct xp_code *wrong; /* its name is that of the file, too */
	const char *room;	     /* of tests/faults/ */
	const char *right;	     /* the file of src/ that it stands for */
	const char *caught_by;
	const char *why;    /* is in what the failure says */
	const char *source; /* who made it, or found it, and where; lines end with \n */
};

/* The library itself. */
extern const struct xp_code explored_library;

extern const struct exhibit exhibits[];
extern const int nr_exhibits;

/* NULL: there is none. */
const struct exhibit *find_exhibit(const char *name);
/* Tells the user of @verb. Return: the exit status. */
int no_exhibit(const char *verb, const char *name);
const struct xp_scenario *find_scenario(const struct xp_code *code, const char *name);

#endif
