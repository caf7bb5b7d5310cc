/* SPDX-License-Identifier: MIT */
#include "scenario_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "data_dir.h"
#include "machine.h"

#define ENDING ".pf"

static const char *scenario_directory(void)
{
	static char found[DATA_PATH];

	return data_directory("scenarios", "PAGEFRAME_SCENARIOS", SCENARIOS_DIR, found);
}

static char *scenario_name(const char *directory, const char *entry)
{
	size_t length = strlen(entry), end = strlen(ENDING);

	(void)directory;
	return length > end && !strcmp(entry + length - end, ENDING) ? strndup(entry, length - end)
								     : NULL;
}

char **scenario_list(void)
{
	return data_list(scenario_directory(), scenario_name);
}

/* The file of that name, or else the bundled scenario, or else the name as it is. */
static char *find(const char *where)
{
	const char *directory = scenario_directory();
	char *path;

	if (!strcmp(where, "-") || !access(where, F_OK) || strchr(where, '/') || !*where ||
	    !directory)
		return strdup(where);
	if (asprintf(&path, "%s/%s" ENDING, directory, where) < 0)
		return NULL;
	if (!access(path, F_OK))
		return path;
	free(path);
	return strdup(where);
}

static void list_known(void)
{
	char **names = scenario_list();

	fputs("give a file, '-', or a bundled scenario:", stderr);
	data_list_tell(names, "PAGEFRAME_SCENARIOS");
	data_list_free(names);
}

static bool is_among(char **names, const char *name, size_t length)
{
	bool is = false;

	for (char **n = names; n && *n; n++)
		is |= strlen(*n) == length && !strncmp(*n, name, length);
	data_list_free(names);
	return is;
}

/* What somebody may have meant who has confused names. */
static bool guess(const char *where)
{
	size_t length = strlen(where), end = strlen(ENDING);

	if (is_among(machine_list(), where, length)) {
		fprintf(stderr,
			"it is a machine; a scenario that begins with 'machine %s' has it\n",
			where);
		return true;
	}
	if (length > end && !strcmp(where + length - end, ENDING) &&
	    is_among(scenario_list(), where, length - end)) {
		fprintf(stderr, "there is a bundled scenario '%.*s'\n", (int)(length - end), where);
		return true;
	}
	return false;
}

bool scenario_load(struct scenario *s, const char *where, char **path)
{
	const char *error;
	bool missing;

	*s = (struct scenario){ .text = { .name = where } };
	*path = find(where);
	if (!*path) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	error = text_read(&s->text, *path);
	if (!error)
		return true;
	missing = errno == ENOENT;
	fprintf(stderr, "pageframe: '%s': %s%s", where, error, missing ? "; " : "\n");
	if (missing && !guess(where))
		list_known();
	return false;
}
