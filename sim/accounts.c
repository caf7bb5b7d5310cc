/* SPDX-License-Identifier: MIT */
#include "accounts.h"

#include <string.h>

static bool same_owner(const struct account *t, const struct owned *o)
{
	return t->length == o->length && !strncmp(t->who, o->who, o->length);
}

static struct account *account_of(struct accounts *a, const struct owned *o)
{
	struct account *t;

	for (size_t i = 0; i < a->list.n; i++)
		if (same_owner(&a->list.at[i], o))
			return &a->list.at[i];
	t = vec_add(&a->list);
	t->who = o->who;
	t->length = o->length;
	return t;
}

static int by_bytes(const void *a, const void *b)
{
	const struct account *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

static uint64_t bytes_in_memory(struct range range)
{
	const struct memblock_region *m;
	uint64_t bytes = 0;

	for_each_mem_region(m) {
		uint64_t start = m->base > range.base ? m->base : range.base;
		uint64_t end =
			m->base + m->size < range_end(range) ? m->base + m->size : range_end(range);

		if (start < end)
			bytes += end - start;
	}
	return bytes;
}

/* Pages [@start, @end) by what became of them. */
static void add_pages(struct account *t, const struct handover *h, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < h->runs.n; i++) {
		const struct page_run *run = &h->runs.at[i];
		uint64_t from = run->start > start ? run->start : start;
		uint64_t to = run->end < end ? run->end : end;

		if (from >= to)
			continue;
		*(run->fate == FATE_NEVER ? &t->kept : &t->given_back) += to - from;
	}
}

void accounts_find(struct accounts *a, const struct replay *r, const struct handover *h)
{
	uint64_t counted = 0; /* pages below are somebody's already */

	*a = (struct accounts){ .kept = 0 };
	for (size_t i = 0; i < r->owners.list.n; i++) {
		const struct owned *o = &r->owners.list.at[i];
		uint64_t inside = bytes_in_memory(o->range);
		uint64_t start = PF_PFN_DOWN(o->range.base), end = PF_PFN_UP(range_end(o->range));
		struct account *t;

		a->inside += inside;
		a->outside += o->range.size - inside;
		if (!inside)
			continue;
		t = account_of(a, o);
		t->bytes += inside;
		add_pages(t, h, start > counted ? start : counted, end);
		counted = end > counted ? end : counted;
	}
	for (size_t i = 0; i < a->list.n; i++) {
		a->given_back += a->list.at[i].given_back;
		a->nobodys -= a->list.at[i].kept;
	}
	for (size_t i = 0; i < h->runs.n; i++)
		if (h->runs.at[i].fate == FATE_NEVER)
			a->kept += h->runs.at[i].end - h->runs.at[i].start;
	a->nobodys += a->kept;
	if (a->list.n)
		qsort(a->list.at, a->list.n, sizeof(*a->list.at), by_bytes);
}

void accounts_free(struct accounts *a)
{
	vec_free(&a->list);
}
