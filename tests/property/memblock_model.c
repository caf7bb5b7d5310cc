/* SPDX-License-Identifier: MIT */
/*
 * Differential test: memblock against a model that is too simple to be wrong.
 *
 * The model cuts a small window of the address space into grains and keeps, for each grain, what
 * memory and reserved say about it. Each operation goes to both; then the region arrays have to
 * spell the model's grains, in as few regions as possible, and now and then every query and
 * iterator has to agree too.
 *
 * All operations of a round are made up front, from its seed, so that a round that fails can be
 * replayed with operations left out: what remains is printed as C calls.
 *
 *	memblock_model [--ops N] [--seed S]
 */
#include <signal.h>

#include "memblock/memblock.h"

#include "options.h"

static void make_round(struct source *rng, const struct family *f, struct op *ops, unsigned int n)
{
	random_space(rng, f);
	for (unsigned int i = 0; i < n; i++)
		random_op_of_round(rng, f, &ops[i], i, n);
	if (n > 2)
		first_ops(rng, ops, f);
}

static bool run_round(unsigned int n)
{
	static struct op ops[OPS_PER_ROUND];
	uint64_t family = (uint64_t)(now.family - families);
	struct source rng = { .state = mix(now.seed) ^ mix(family << 32 | now.round) };
	unsigned int failed;

	make_round(&rng, now.family, ops, n);
	alarm(ROUND_SECONDS);
	failed = play(ops, n);
	alarm(3 * ROUND_SECONDS);
	if (failed < n)
		report(ops, failed);
	return failed == n;
}

/* From an array that is full and cannot double nothing can be removed: such rounds are short. */
static unsigned int ops_per_round(const struct family *f)
{
	unsigned int n = INIT_MEMBLOCK_RESERVED_REGIONS * (f->mix == DENSE ? 5 : 16);

	if (f->mix == SEARCH)
		n /= 4; /* the arrays are not what wears out here: rather more kinds of memory */
	return f->resize || n > OPS_PER_ROUND ? OPS_PER_ROUND : n;
}

static bool run_family(uint64_t n)
{
	unsigned int most = ops_per_round(now.family);

	for (now.round = 0; n; now.round++) {
		unsigned int part = n < most ? (unsigned int)n : most;

		if (!run_round(part))
			return false;
		n -= part;
	}
	return true;
}

/* A sanitizer or a clock ends the program: say where it was. */
static void last_words(void)
{
	if (now.ops)
		print_where(&now.ops[now.op]);
	fflush(stdout);
}

static void out_of_time(int signal)
{
	(void)signal;
	printf("# no end for %d seconds\n", ROUND_SECONDS);
	last_words();
	_exit(1);
}

__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

int memblock_model_run(uint64_t seed, uint64_t ops, bool tap);

/* How many families differ? Differences are printed; what agrees only in TAP. */
int memblock_model_run(uint64_t seed, uint64_t ops, bool tap)
{
	int failed = 0;

	now.seed = seed;
	signal(SIGALRM, out_of_time);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(last_words);
	for (unsigned int i = 0; i < FAMILIES; i++) {
		bool ok;

		now.family = &families[i];
		ok = run_family(ops * families[i].share / 100);
		if (tap)
			printf("%sok %u - memblock agrees with its model: %s\n", ok ? "" : "not ",
			       i + 1, families[i].name);
		fflush(stdout);
		failed += !ok;
	}
	alarm(0);
	host_reset();
	return failed;
}

#ifndef MODEL_NO_MAIN /* the simulator of tests/memblock/ has its own */
int main(int argc, char **argv)
{
	uint64_t ops = option(argc, argv, "--ops", 200000);
	int failed = memblock_model_run(option(argc, argv, "--seed", 1), ops, true);

	printf("1..%u\n", (unsigned int)FAMILIES);
	return failed != 0;
}
#endif
