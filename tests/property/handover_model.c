/* SPDX-License-Identifier: MIT */
/*
 * Differential test: everything from memblock to the page allocator against one byte a page.
 *
 * Each round boots a random machine, hands it over, and gives back, takes and frees pages in random
 * order. It catches a page that is lost, handed out twice, in the wrong zone or told of twice, a
 * count that is off, chunks that did not merge, and a message that is missing or not true.
 *
 *	handover_model [--seed N] [--ops N]
 */
#include "handover/round.h"

#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "options.h"

#define ROUND_SECONDS 120

static uint64_t round_seed;
static unsigned long ops_done;

_Noreturn void differ(const char *format, ...)
{
	va_list args;

	printf("not ok 1 - the library differs from the model; see it with --seed %llu --ops 1\n# ",
	       (unsigned long long)round_seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n# while it does %s, operation %lu\n1..1\n", doing, ops_done);
	fflush(stdout);
	_exit(1);
}

static void too_long(int signal)
{
	static const char text[] =
		"not ok 1 - a round does not end; its seed is the last one above\n";

	(void)signal;
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
	_exit(1);
}

static void run_round(void)
{
	unsigned long n = below(one_in(2) || machine.pages > 1ul << 16 ? 16 : 120);
	unsigned long quiet = machine.pages > 1ul << 14 ? 30 : 6;

	while (n--) {
		ops_done++;
		round_op();
		if (one_in(quiet))
			round_compare();
	}
	round_end();
}

static void one_round(void)
{
	random_start(round_seed);
	alarm(ROUND_SECONDS);
	if (round_begin())
		run_round();
	ops_done++;
	round_close();
}

int main(int argc, char **argv)
{
	uint64_t ops = option(argc, argv, "--ops", 20000);
	unsigned long rounds = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, too_long);
	for (round_seed = option(argc, argv, "--seed", 1); ops_done < ops; round_seed++, rounds++)
		one_round();
	printf("ok 1 - %lu operations on %lu machines agree with the model\n1..1\n", ops_done,
	       rounds);
	return 0;
}
