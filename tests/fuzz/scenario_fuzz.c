/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a scenario: read, and run on a machine that it makes. Catches whatever crashes,
 * overflows, leaks or loops, in the reader and in the library, which gets ranges and orders that no
 * kernel would ask for; and whatever leaves the library's own accounts in disorder.
 */
#include <string.h>

#include "../../sim/scenario_run.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	nowhere = fopen("/dev/null", "w");
	return !nowhere;
}

/* Machines of more take as long for each input as small ones for a hundred. */
#define MOST (8ull << 30)

static bool is_small(const struct scenario_statement *s)
{
	for (size_t i = 0; i < SCENARIO_PARAMS; i++)
		if (s->verb->phase != SCENARIO_USES &&
		    (s->value[i].n > MOST || s->value[i].size > MOST))
			return false;
	return true;
}

/* No file is read: whoever wrote this may have named any. */
static bool is_harmless(const struct scenario *s)
{
	for (size_t i = 0; i < s->statements.n; i++) {
		const struct scenario_statement *st = &s->statements.at[i];

		if (st->verb->phase == SCENARIO_LOADS || strstr(st->verb->words, " as") ||
		    !is_small(st))
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario s = { .words = { 0 } };

	text_from_bytes(&s.text, "fuzz", data, size);
	if (scenario_read(&s) && is_harmless(&s))
		if (scenario_run(&s, nowhere, size & 1).disorder)
			abort();
	scenario_free(&s);
	return 0;
}
