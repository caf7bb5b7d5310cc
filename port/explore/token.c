/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "search.h"

#define SUM_DIGITS 4

static const char *read_name(char *name, size_t size, const char *from, const char *to)
{
	if (to <= from || (size_t)(to - from) >= size)
		return "there is no name before the ':', or one that is too long";
	memcpy(name, from, (size_t)(to - from));
	name[to - from] = '\0';
	return NULL;
}

static const char *read_scenario(struct token *t, const char *text, const char *end)
{
	const char *plus = memchr(text, '+', (size_t)(end - text));
	const char *why = read_name(t->scenario, sizeof(t->scenario), text, plus ? plus : end);

	t->fault[0] = '\0';
	if (!why && plus)
		why = read_name(t->fault, sizeof(t->fault), plus + 1, end);
	return why;
}

static const char *read_names(struct token *t, const char *text, const char *end)
{
	if (end - text > 2 && end[-2] == '/' && end[-1] >= '1' && end[-1] <= '0' + XP_THREADS) {
		t->nr_threads = end[-1] - '0';
		end -= 2;
	}
	return read_scenario(t, text, end);
}

static const char *read_sum(struct token *t, const char *text)
{
	t->sum = strtol(text, NULL, 16);
	return strspn(text, "0123456789abcdef") == SUM_DIGITS && !text[SUM_DIGITS]
		       ? NULL
		       : "its sum, behind the '.', is cut off";
}

static const char *read_steps(struct token *t, const char *at)
{
	while (*at && *at != '.') {
		unsigned thread = (unsigned)(*at - 'a');
		char *end;
		unsigned long n = strtoul(at + 1, &end, 10);

		if (thread >= XP_THREADS || at[1] < '0' || at[1] > '9')
			return "behind the ':' a thread, 'a' to 'd', and a number of steps take "
			       "turns";
		if (n > XP_STEPS - t->steps)
			return "it has more steps than an execution can have";
		memset(t->threads + t->steps, (int)thread, n);
		t->steps += (unsigned)n;
		at = end;
	}
	return *at ? read_sum(t, at + 1) : NULL;
}

const char *token_read(struct token *t, const char *text)
{
	const char *colon = strchr(text, ':'), *why;

	memset(t, 0, sizeof(*t));
	t->sum = -1;
	if (!colon)
		return "there is no ':' in it; a token is SCENARIO:STEPS, as the explorer printed "
		       "it";
	why = read_names(t, text, colon);
	if (why)
		return why;
	t->threads = malloc(XP_STEPS);
	return t->threads ? read_steps(t, colon + 1) : "there is no memory for it";
}

void token_free(struct token *t)
{
	free(t->threads);
	t->threads = NULL;
}

static long sum_of_last(void)
{
	return (long)(search_fingerprint() & 0xffff);
}

bool token_is_of_last(const struct token *t)
{
	return t->sum < 0 || t->sum == sum_of_last();
}

/* Steps of one thread in a row. */
static void print_steps(FILE *f)
{
	unsigned n = search_steps(), run;

	for (unsigned i = 0; i < n; i += run) {
		for (run = 1; i + run < n && search_thread_of(i + run) == search_thread_of(i);)
			run++;
		fprintf(f, "%c%u", 'a' + (int)search_thread_of(i), run);
	}
}

char *token_text(const char *scenario, const char *fault, int nr_threads)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "%s%s%s", scenario, *fault ? "+" : "", fault);
	if (nr_threads)
		fprintf(f, "/%d", nr_threads);
	fputc(':', f);
	print_steps(f);
	fprintf(f, ".%0*lx", SUM_DIGITS, sum_of_last());
	return fclose(f) ? NULL : text;
}
