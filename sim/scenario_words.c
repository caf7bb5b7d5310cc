/* SPDX-License-Identifier: MIT */
#include "scenario_words.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void add_word(scenario_words *words, char kind, const char *from, const char *to,
		     size_t start, size_t end)
{
	struct scenario_word *w = vec_add(words);

	*w = (struct scenario_word){ strndup(from, (size_t)(to - from)), kind, start, end };
	if (!w->text) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
}

const char *scenario_cut(const char *line, scenario_words *words)
{
	for (const char *p = line;;) {
		const char *start, *end;

		while (is_blank(*p))
			p++;
		start = p;
		if (!*p || *p == '#')
			return NULL;
		if (*p == '"' || *p == '[') {
			end = strchr(p + 1, *p == '"' ? '"' : ']');
			if (!end)
				return *p == '"' ? "a text begins with \" and ends nowhere: close "
						   "it in the same line"
						 : "a range begins with [ and ends nowhere: close "
						   "it in the same line";
			p = end + 1;
			add_word(words, *start, start + 1, end, (size_t)(start - line),
				 (size_t)(p - line));
			continue;
		}
		while (*p && !is_blank(*p) && *p != '#' && *p != '"' && *p != '[')
			p++;
		add_word(words, 'w', start, p, (size_t)(start - line), (size_t)(p - line));
	}
}

void scenario_free_words(scenario_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->at[i].text);
	vec_free(words);
}

/* --- numbers --- */

static const char no_number[] = "it is no number: they are like 0x41200000, 4096, 128K, 62M, 1G";
static const char too_large[] = "it is too large: addresses and sizes have 64 bits";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *read_digits(const char **p, uint64_t *n)
{
	bool hex = (*p)[0] == '0' && ((*p)[1] | 0x20) == 'x';

	if (!is_digit(**p))
		return no_number;
	if (hex ? eat_hex(p, n) : eat_dec(p, n))
		return NULL;
	/* It stays where it was: there are too many digits, or none. */
	*p += hex ? 2 : 0;
	return is_digit(**p) || strchr("abcdefABCDEF", **p ? **p : 'x') ? too_large : no_number;
}

const char *scenario_number(const char *word, uint64_t *n)
{
	static const char units[] = "KMGT";
	bool hex = word[0] == '0' && (word[1] | 0x20) == 'x';
	const char *p = word, *unit;
	const char *wrong = read_digits(&p, n);

	if (wrong || !*p)
		return wrong;
	unit = hex ? NULL : strchr(units, *p & ~0x20);
	if (!unit || p[1])
		return no_number;
	if (*n >> (64 - 10 * (unit - units + 1)))
		return too_large;
	*n <<= 10 * (unit - units + 1);
	return NULL;
}

const char *scenario_plain_number(const char *word, uint64_t *n)
{
	const char *p = word;
	const char *wrong = read_digits(&p, n);

	return wrong || !*p ? wrong : "a plain number is expected here, without a unit";
}

const char *scenario_first_last(const char *word, uint64_t *first, uint64_t *size)
{
	const char *p = word;
	uint64_t last;

	eat_spaces(&p);
	if (read_digits(&p, first))
		return "a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]";
	eat_spaces(&p);
	if (!eat(&p, "-"))
		return "a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]";
	eat_spaces(&p);
	if (read_digits(&p, &last))
		return "a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]";
	eat_spaces(&p);
	if (*p)
		return "a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]";
	if (last < *first || last - *first == UINT64_MAX)
		return last < *first ? "LAST is below FIRST" : too_large;
	*size = last - *first + 1;
	return NULL;
}
