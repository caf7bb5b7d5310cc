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

/*
 * What @name_of says of each entry of a directory, which may be NULL: a name to be freed, or NULL:
 * it is none. Return: sorted, each once, NULL-terminated; data_list_free() frees them.
 */
char **data_list(const char *directory, char *(*name_of)(const char *directory, const char *entry));
void data_list_free(char **names);
/* " a, b" on standard error, or that there is none, and which variable may name their directory. */
void data_list_tell(char **names, const char *variable);

#endif
