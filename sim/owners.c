/* SPDX-License-Identifier: MIT */
#include "owners.h"

#include <string.h>

static void insert(struct owners *o, size_t at, struct owned new)
{
	vec_add(&o->list);
	memmove(&o->list.at[at + 1], &o->list.at[at], (o->list.n - 1 - at) * sizeof(new));
	o->list.at[at] = new;
}

void owners_take(struct owners *o, struct range range, const char *who, size_t length, size_t line)
{
	uint64_t base = range.base;
	uint64_t end = range_end(range);
	size_t i = 0;

	while (base < end) {
		uint64_t to = end;
		bool taken;

		while (i < o->list.n && range_end(o->list.at[i].range) <= base)
			i++;
		taken = i < o->list.n && o->list.at[i].range.base <= base;
		if (taken) {
			base = range_end(o->list.at[i].range);
			continue;
		}
		if (i < o->list.n && o->list.at[i].range.base < end)
			to = o->list.at[i].range.base;
		insert(o, i, (struct owned){ { base, to - base }, who, length, line });
		base = to;
	}
}

void owners_drop(struct owners *o, struct range range)
{
	uint64_t end = range_end(range);

	for (size_t i = 0; i < o->list.n; i++) {
		struct owned old = o->list.at[i];
		uint64_t old_end = range_end(old.range);

		if (old_end <= range.base || old.range.base >= end)
			continue;
		memmove(&o->list.at[i], &o->list.at[i + 1], (o->list.n - i - 1) * sizeof(old));
		o->list.n--;
		if (old_end > end) {
			struct owned above = old;

			above.range = (struct range){ end, old_end - end };
			insert(o, i, above);
		}
		if (old.range.base < range.base) {
			struct owned below = old;

			below.range.size = range.base - old.range.base;
			insert(o, i++, below);
		}
		i--;
	}
}

void owners_free(struct owners *o)
{
	vec_free(&o->list);
}
