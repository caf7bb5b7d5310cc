/* SPDX-License-Identifier: MIT */
/*
 * Sets of bytes: against an array with a byte a byte. Catches a lost or doubled byte, ranges that
 * touch or overlap, a granule too many or too few, and what wraps at the last address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../sim/spans.h"

#define BYTES 64

static unsigned int state = 1;

static unsigned int random_below(unsigned int n)
{
	state = state * 1103515245u + 12345u;
	return (state >> 16) % n;
}

static void check(const struct spans *s, const bool *model)
{
	uint64_t bytes = 0;
	size_t at = 0;

	for (uint64_t byte = 0; byte < BYTES; byte++) {
		while (at < s->list.n && range_end(s->list.at[at]) <= byte)
			at++;
		assert_int_equal(at < s->list.n && s->list.at[at].base <= byte, model[byte]);
		assert_int_equal(spans_meet(s, (struct range){ byte, 1 }), model[byte]);
		bytes += model[byte];
	}
	assert_int_equal(spans_bytes(s), bytes);
	for (size_t i = 0; i < s->list.n; i++) {
		assert_true(s->list.at[i].size > 0);
		if (i)
			assert_true(range_end(s->list.at[i - 1]) < s->list.at[i].base);
	}
}

static void check_and_free(struct spans s, const bool *model)
{
	check(&s, model);
	spans_free(&s);
}

static void make(struct spans *s, bool *model)
{
	*s = (struct spans){ 0 };
	for (unsigned i = 0; i < BYTES; i++)
		model[i] = false;
	for (unsigned n = random_below(6); n; n--) {
		struct range r = { random_below(BYTES), 0 };

		r.size = random_below((unsigned)(BYTES - r.base) / 2 + 2);
		r.size = r.size < BYTES - r.base ? r.size : BYTES - r.base;
		spans_add(s, r);
		for (uint64_t b = r.base; b < range_end(r); b++)
			model[b] = true;
		check(s, model);
	}
}

/* Whole granules that have some bytes of the model, or all. */
static void round_model(const bool *model, unsigned granule, bool all, bool *rounded)
{
	for (unsigned g = 0; g < BYTES; g += granule) {
		unsigned n = 0;

		for (unsigned i = g; i < g + granule; i++)
			n += model[i];
		for (unsigned i = g; i < g + granule; i++)
			rounded[i] = all ? n == granule : n > 0;
	}
}

static void sets_are_what_an_array_says(void **unused)
{
	(void)unused;
	for (int round = 0; round < 20000; round++) {
		bool x[BYTES], y[BYTES], want[BYTES];
		unsigned granule = 1u << random_below(6);
		struct spans a, b;

		make(&a, x);
		make(&b, y);
		for (unsigned i = 0; i < BYTES; i++)
			want[i] = x[i] && y[i];
		check_and_free(spans_both(&a, &b), want);
		for (unsigned i = 0; i < BYTES; i++)
			want[i] = x[i] && !y[i];
		check_and_free(spans_without(&a, &b), want);
		round_model(x, granule, false, want);
		check_and_free(spans_outward(&a, granule), want);
		/* A granule that two spans fill between them is one span already. */
		round_model(x, granule, true, want);
		check_and_free(spans_inward(&a, granule), want);
		spans_add_all(&a, &b);
		for (unsigned i = 0; i < BYTES; i++)
			want[i] = x[i] || y[i];
		check(&a, want);
		spans_free(&a);
		spans_free(&b);
	}
}

/* A range that wraps, or a granule whose end is no address. */
static void nothing_wraps_at_the_last_address(void **unused)
{
	struct spans s = { 0 }, out, in;

	(void)unused;
	spans_add(&s, (struct range){ UINT64_MAX - 99, 1000 });
	assert_int_equal(s.list.n, 1);
	assert_int_equal(range_end(s.list.at[0]), UINT64_MAX);
	out = spans_outward(&s, 4096);
	assert_int_equal(out.list.at[0].base, UINT64_MAX - 4095);
	assert_int_equal(range_end(out.list.at[0]), UINT64_MAX);
	in = spans_inward(&s, 4096);
	assert_int_equal(in.list.n, 0);
	assert_true(spans_meet(&s, (struct range){ UINT64_MAX - 1, 1 }));
	assert_false(spans_meet(&s, (struct range){ UINT64_MAX, 0 }));
	spans_add(&s, (struct range){ 0, UINT64_MAX });
	assert_int_equal(s.list.n, 1);
	assert_int_equal(spans_bytes(&s), UINT64_MAX);
	spans_free(&out);
	out = spans_outward(&s, 4096);
	assert_int_equal(spans_bytes(&out), UINT64_MAX);
	spans_free(&s);
	spans_free(&out);
	spans_free(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_are_what_an_array_says),
		cmocka_unit_test(nothing_wraps_at_the_last_address),
	};

	return cmocka_run_group_tests_name("spans", tests, NULL, NULL);
}
