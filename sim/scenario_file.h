/* SPDX-License-Identifier: MIT */
/* Where scenarios are: files, or those that come with the program, by name. */
#ifndef SIM_SCENARIO_FILE_H
#define SIM_SCENARIO_FILE_H

#include "scenario.h"

/*
 * @where: a file, "-" for standard input, or a bundled scenario's name. Return: false after a
 * message on standard error that says what to do. *path is to be freed when the scenario is.
 */
bool scenario_load(struct scenario *s, const char *where, char **path);

/* Names of the bundled scenarios, as data_list() has them. */
char **scenario_list(void);

#endif
