/* SPDX-License-Identifier: MIT */
#include "rounds.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "differ.h"
#include "options.h"

#define ROUND_SECONDS 120

unsigned long ops_done;

static uint64_t round_seed;
static unsigned long rounds, ops_before;

_Noreturn void differ(const char *format, ...)
{
	va_list args;

	printf("not ok 1 - the library differs from the model; see it with --seed %llu --ops 1\n# ",
	       (unsigned long long)round_seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n# while it does %s, operation %lu of the round\n1..1\n", doing,
	       ops_done - ops_before);
	fflush(stdout);
	_exit(1);
}

static void too_long(int signal)
{
	(void)signal;
	differ("a round does not end");
}

void play_rounds(int argc, char **argv, uint64_t ops, void (*play)(uint64_t seed))
{
	ops = option(argc, argv, "--ops", ops);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, too_long);
	for (round_seed = option(argc, argv, "--seed", 1); ops_done < ops; round_seed++, rounds++) {
		alarm(ROUND_SECONDS);
		ops_before = ops_done;
		play(round_seed);
		ops_done++; /* a machine that does not boot is one, too */
	}
}

int rounds_agree(void)
{
	printf("ok 1 - %lu operations on %lu machines agree with the model\n1..1\n", ops_done,
	       rounds);
	return 0;
}
