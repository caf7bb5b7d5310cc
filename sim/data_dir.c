/* SPDX-License-Identifier: MIT */
#include "data_dir.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vec.h"

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

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **data_list(const char *directory, char *(*name_of)(const char *directory, const char *entry))
{
	VEC(char *) names = { 0 };
	DIR *dir = directory ? opendir(directory) : NULL;
	struct dirent *e;
	size_t kept = 0;

	while (dir && (e = readdir(dir))) {
		char *name = e->d_name[0] == '.' ? NULL : name_of(directory, e->d_name);

		if (name)
			*vec_add(&names) = name;
	}
	if (dir)
		closedir(dir);
	if (names.n)
		qsort(names.at, names.n, sizeof(*names.at), by_name);
	for (size_t i = 0; i < names.n; i++)
		if (kept && !strcmp(names.at[kept - 1], names.at[i]))
			free(names.at[i]);
		else
			names.at[kept++] = names.at[i];
	names.n = kept;
	*vec_add(&names) = NULL;
	return names.at;
}

void data_list_free(char **names)
{
	for (char **n = names; *n; n++)
		free(*n);
	free(names);
}

void data_list_tell(char **names, const char *variable)
{
	for (char **n = names; *n; n++)
		fprintf(stderr, "%s %s", n == names ? "" : ",", *n);
	if (*names)
		fputc('\n', stderr);
	else
		fprintf(stderr, " none are found; %s may name their directory\n", variable);
}
