/* SPDX-License-Identifier: MIT */
/* Machines that nobody has: a size and a number of nodes, laid out as x86-64 firmware does. */
#ifndef SIM_SYNTHETIC_H
#define SIM_SYNTHETIC_H

#include "text.h"

#define SYNTHETIC "synthetic:"

/*
 * The lines of a boot log that tell of such a machine; free() them. @spec is what follows
 * "synthetic:", as "16T,nodes=8". Return: NULL after setting *error to what is wrong with it.
 */
char *synthetic_log(const char *spec, const char **error);

#endif
