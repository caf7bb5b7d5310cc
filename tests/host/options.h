/* SPDX-License-Identifier: MIT */
/* Command lines of test programs: --name number. */
#ifndef TESTS_OPTIONS_H
#define TESTS_OPTIONS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t option(int argc, char **argv, const char *name, uint64_t otherwise)
{
	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], name))
			return strtoull(argv[i + 1], NULL, 0);
	return otherwise;
}

#endif
