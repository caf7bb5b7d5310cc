/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 40

static size_t least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* How many letters are to be put in, left out or changed. */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST + 1], length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[length];
}

/* Do they differ by letters that are doubled in one of them, and nothing else? */
static bool same_but_doubled(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++) {
		while (a[1] == *a)
			a++;
		while (b[1] == *b)
			b++;
	}
	return *a == *b;
}

/* As far, a letter that was doubled or not is the likeliest, then one too many or too few. */
static size_t unlikely(const char *a, const char *b)
{
	if (same_but_doubled(a, b))
		return 0;
	return strlen(a) == strlen(b) ? 2 : 1;
}

void nearest_consider(struct nearest *n, const char *known)
{
	size_t length = strlen(n->word), d, rank;

	if (length > LONGEST || strlen(known) > LONGEST)
		return;
	d = distance(n->word, known);
	rank = 3 * d + unlikely(n->word, known);
	if (d > (length + 1) / 3 || (n->best && rank >= n->rank))
		return;
	n->best = known;
	n->rank = rank;
}
