/* SPDX-License-Identifier: MIT */
#include "owners.h"

#include <string.h>

static void insert(struct owners *o, size_t at, struct owned new)
{
	vec_add(&o->list);
	memmove(&o->list.at[at + 1], &o->list.at[at], (o->list.n - 1 - at) * sizeof(new));
	o->list.at[at] = new;
}

/* Index of the first range that ends above @address. */
static size_t first_above(const struct owners *o, uint64_t address)
{
	size_t low = 0, high = o->list.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (range_end(o->list.at[middle].range) > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void owners_take(struct owners *o, struct range range, const char *who, size_t length, size_t line)
{
	uint64_t base = range.base;
	uint64_t end = range_end(range);
	size_t i = first_above(o, base);

	while (base < end) {
		uint64_t to = end;

		if (i < o->list.n && o->list.at[i].range.base <= base) { /* taken already */
			base = range_end(o->list.at[i++].range);
			continue;
		}
		if (i < o->list.n && o->list.at[i].range.base < end)
			to = o->list.at[i].range.base;
		insert(o, i++, (struct owned){ { base, to - base }, who, length, line });
		base = to;
	}
}

void owners_drop(struct owners *o, struct range range)
{
	uint64_t end = range_end(range);
	size_t first = first_above(o, range.base), last = first;
	struct owned below, above;

	while (last < o->list.n && o->list.at[last].range.base < end)
		last++;
	if (first == last || range.base == end)
		return;
	below = o->list.at[first];
	above = o->list.at[last - 1];
	memmove(&o->list.at[first], &o->list.at[last], (o->list.n - last) * sizeof(below));
	o->list.n -= last - first;
	if (range_end(above.range) > end) {
		above.range = (struct range){ end, range_end(above.range) - end };
		insert(o, first, above);
	}
	if (below.range.base < range.base) {
		below.range.size = range.base - below.range.base;
		insert(o, first, below);
	}
}

/* The next stretch of bytes that are owned, whoever owns them; false at the end. */
static bool next_stretch(const struct owners *o, size_t *i, struct range *stretch)
{
	if (*i == o->list.n)
		return false;
	*stretch = o->list.at[(*i)++].range;
	while (*i < o->list.n && o->list.at[*i].range.base == range_end(*stretch))
		stretch->size += o->list.at[(*i)++].range.size;
	return true;
}

bool owners_same(const struct owners *a, const struct owners *b)
{
	struct range x, y;
	size_t i = 0, j = 0;

	while (next_stretch(a, &i, &x))
		if (!next_stretch(b, &j, &y) || x.base != y.base || x.size != y.size)
			return false;
	return !next_stretch(b, &j, &y);
}

void owners_free(struct owners *o)
{
	vec_free(&o->list);
}
