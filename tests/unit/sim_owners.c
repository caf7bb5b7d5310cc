/* SPDX-License-Identifier: MIT */
/*
 * Who owns a byte: against an array with one owner a byte. Catches a lost split, a wrong order, an
 * overlap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../sim/owners.h"

#define BYTES 64

static unsigned int state = 1;

static unsigned int random_below(unsigned int n)
{
	state = state * 1103515245u + 12345u;
	return (state >> 16) % n;
}

static void check(const struct owners *o, char *const *model)
{
	size_t at = 0;

	for (uint64_t byte = 0; byte < BYTES; byte++) {
		while (at < o->list.n && range_end(o->list.at[at].range) <= byte)
			at++;
		if (at < o->list.n && o->list.at[at].range.base <= byte)
			assert_ptr_equal(o->list.at[at].who, model[byte]);
		else
			assert_null(model[byte]);
	}
	for (size_t i = 0; i < o->list.n; i++) {
		assert_true(o->list.at[i].range.size > 0);
		if (i)
			assert_true(range_end(o->list.at[i - 1].range) <= o->list.at[i].range.base);
	}
}

static void first_owner_keeps_a_byte_until_it_is_dropped(void **unused)
{
	static char names[] = "abcdefgh";
	char *model[BYTES] = { 0 };
	struct owners o = { 0 };

	(void)unused;
	for (int i = 0; i < 20000; i++) {
		struct range r = { random_below(BYTES), 0 };
		char *who = &names[random_below(8)];
		int take = random_below(3) != 0;

		r.size = random_below((unsigned int)(BYTES - r.base) + 1);
		for (uint64_t b = r.base; b < range_end(r); b++)
			model[b] = !take ? NULL : model[b] ? model[b] : who;
		if (take)
			owners_take(&o, r, who, 1, 0);
		else
			owners_drop(&o, r);
		check(&o, model);
	}
	owners_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_owner_keeps_a_byte_until_it_is_dropped),
	};

	return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
