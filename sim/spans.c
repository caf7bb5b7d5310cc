/* SPDX-License-Identifier: MIT */
#include "spans.h"

#include <string.h>

/* Index of the first that ends at @address or above it. */
static size_t first_reaching(const struct spans *s, uint64_t address)
{
	size_t low = 0, high = s->list.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (range_end(s->list.at[middle]) >= address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct range between(uint64_t base, uint64_t end)
{
	return (struct range){ base, end - base };
}

void spans_add(struct spans *s, struct range range)
{
	uint64_t base = range.base;
	uint64_t end = range.size > UINT64_MAX - base ? UINT64_MAX : range_end(range);
	size_t first = first_reaching(s, base), last = first;

	if (base >= end)
		return;
	for (; last < s->list.n && s->list.at[last].base <= end; last++) {
		struct range *r = &s->list.at[last];

		base = r->base < base ? r->base : base;
		end = range_end(*r) > end ? range_end(*r) : end;
	}
	if (first == last) {
		vec_add(&s->list);
		memmove(&s->list.at[first + 1], &s->list.at[first],
			(s->list.n - 1 - first) * sizeof(range));
	} else {
		memmove(&s->list.at[first + 1], &s->list.at[last],
			(s->list.n - last) * sizeof(range));
		s->list.n -= last - first - 1;
	}
	s->list.at[first] = between(base, end);
}

void spans_add_all(struct spans *s, const struct spans *more)
{
	for (size_t i = 0; i < more->list.n; i++)
		spans_add(s, more->list.at[i]);
}

bool spans_meet(const struct spans *s, struct range range)
{
	size_t i = first_reaching(s, range.base + (range.base < UINT64_MAX));

	return range.size && i < s->list.n && s->list.at[i].base < range_end(range);
}

uint64_t spans_bytes(const struct spans *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->list.n; i++)
		bytes += s->list.at[i].size;
	return bytes;
}

void spans_free(struct spans *s)
{
	vec_free(&s->list);
}

struct spans spans_both(const struct spans *a, const struct spans *b)
{
	struct spans both = { 0 };
	size_t i = 0, j = 0;

	while (i < a->list.n && j < b->list.n) {
		struct range x = a->list.at[i], y = b->list.at[j];
		uint64_t base = x.base > y.base ? x.base : y.base;
		uint64_t end = range_end(x) < range_end(y) ? range_end(x) : range_end(y);

		if (base < end)
			*vec_add(&both.list) = between(base, end);
		if (range_end(x) == end)
			i++;
		else
			j++;
	}
	return both;
}

struct spans spans_without(const struct spans *a, const struct spans *b)
{
	struct spans rest = { 0 };
	size_t j = 0;

	for (size_t i = 0; i < a->list.n; i++) {
		uint64_t base = a->list.at[i].base, end = range_end(a->list.at[i]);

		while (j < b->list.n && range_end(b->list.at[j]) <= base)
			j++;
		for (; j < b->list.n && b->list.at[j].base < end; j++) {
			if (b->list.at[j].base > base)
				*vec_add(&rest.list) = between(base, b->list.at[j].base);
			base = range_end(b->list.at[j]);
			if (base >= end)
				break; /* it may reach into the next of @a */
		}
		if (base < end)
			*vec_add(&rest.list) = between(base, end);
	}
	return rest;
}

struct spans spans_outward(const struct spans *s, uint64_t granule)
{
	struct spans out = { 0 };

	for (size_t i = 0; i < s->list.n; i++) {
		uint64_t base = s->list.at[i].base & ~(granule - 1);
		uint64_t last = (range_end(s->list.at[i]) - 1) | (granule - 1);

		spans_add(&out, between(base, last == UINT64_MAX ? last : last + 1));
	}
	return out;
}

struct spans spans_inward(const struct spans *s, uint64_t granule)
{
	struct spans in = { 0 };

	for (size_t i = 0; i < s->list.n; i++) {
		uint64_t start = s->list.at[i].base;
		uint64_t past = start & (granule - 1);
		uint64_t end = range_end(s->list.at[i]) & ~(granule - 1);

		if (past && granule - past > UINT64_MAX - start)
			continue; /* the next granule begins behind the last address */
		start += past ? granule - past : 0;
		if (start < end)
			*vec_add(&in.list) = between(start, end);
	}
	return in;
}
