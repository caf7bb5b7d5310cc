/* SPDX-License-Identifier: MIT */
/*
 * Differential test: memory and devices that come and go against a word a block and a page.
 *
 * Each round boots a random machine, and then memory is added, comes online, goes offline and is
 * removed, devices come and go, while pages are looked up, allocated, freed and damaged.
 *
 *	hotplug_model [--seed N] [--ops N]
 */
#include "hotplug/hotplug.h"

#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "options.h"

#define ROUND_SECONDS 120
#define ROUND_OPS     400

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
	(void)signal;
	differ("a round does not end");
}

static void one_round(void)
{
	alarm(ROUND_SECONDS);
	source = (struct source){ .state = round_seed };
	if (round_begin()) {
		for (unsigned long n = below(ROUND_OPS); n--; ops_done++) {
			round_op();
			if (one_in(8))
				compare();
		}
		round_end();
	}
	ops_done++;
	round_close();
}

int main(int argc, char **argv)
{
	uint64_t ops_wanted = option(argc, argv, "--ops", 20000);
	unsigned long rounds = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, too_long);
	for (round_seed = option(argc, argv, "--seed", 1); ops_done < ops_wanted;
	     round_seed++, rounds++)
		one_round();
	printf("ok 1 - %lu operations on %lu machines agree with the model\n1..1\n", ops_done,
	       rounds);
	return 0;
}
