/* SPDX-License-Identifier: MIT */
/* Where what comes with the program lies: recorded machines, recorded traces. */
#ifndef SIM_DATA_DIR_H
#define SIM_DATA_DIR_H

#include <limits.h>
#include <stdbool.h>

#define DATA_PATH (PATH_MAX + 64)

bool is_directory(const char *path);

/*
 * The directory @name: what the environment's @variable says, else beside the program in its source
 * tree, or where `make install` puts it, and @installed at last. Return: NULL: there is none.
 */
const char *data_directory(const char *name, const char *variable, const char *installed,
			   char found[DATA_PATH]);

#endif
