/* SPDX-License-Identifier: MIT */
#include "data_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

const char *data_directory(const char *name, const char *variable, const char *installed,
			   char found[DATA_PATH])
{
	static const char *const beside[] = { "..", "../share/pageframe" };
	const char *chosen = getenv(variable);
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (chosen)
		return chosen;
	program[len > 0 ? len : 0] = '\0';
	slash = strrchr(program, '/');
	for (size_t i = 0; slash && i < 2; i++) {
		int length;

		*slash = '\0';
		length = snprintf(found, DATA_PATH, "%s/%s/%s", program, beside[i], name);
		if (length > 0 && length < DATA_PATH && is_directory(found))
			return found;
	}
	return is_directory(installed) ? installed : NULL;
}
