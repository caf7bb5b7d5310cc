/* SPDX-License-Identifier: MIT */
/*
 * Differential test: the page allocator against one byte a page.
 *
 * Each round boots a random machine, and then memory fills up and empties by random requests, while
 * CPUs change, lists are drained, and boot's leavings arrive. It catches a page that is handed out
 * twice, or from a zone, a node or a block that it may not come from, an allocation that fails
 * without need, a free that is taken from the wrong hands, a page that is lost between lists, and
 * every count that is off.
 *
 *	alloc_model [--seed N] [--ops N]
 */
#include "alloc/alloc.h"

#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "options.h"

#define ROUND_SECONDS 120
#define ROUND_OPS     20000

static unsigned long ops_done;
static uint64_t round_seed;
static unsigned long round_begin_at, next_verify;

_Noreturn void differ(const char *format, ...)
{
	va_list args;

	printf("not ok 1 - the library differs from the model; see it with --seed %llu --ops 1\n# ",
	       (unsigned long long)round_seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n# while it does %s, operation %lu of the round\n1..1\n", doing,
	       ops_done - round_begin_at);
	fflush(stdout);
	_exit(1);
}

static void too_long(int signal)
{
	(void)signal;
	differ("a round does not end");
}

static void run_round(void)
{
	unsigned long n = 1 + below(ROUND_OPS);

	while (n--) {
		ops_done++;
		round_op();
		if (one_in(1 + machine.pages / 64) || ops_done >= next_verify) {
			check_everything();
			next_verify = ops_done + 10000;
		}
	}
	round_end();
}

static void one_round(void)
{
	random_start(round_seed);
	alarm(ROUND_SECONDS);
	round_begin_at = ops_done;
	if (round_begin())
		run_round();
	ops_done++;
	shut_down();
}

static void print_tally(void)
{
	printf("# %lu served, %lu of them by another node, %lu in CMA areas; %lu bulks, %lu exact, "
	       "%lu given chunks\n",
	       tally.served, tally.from_far, tally.from_cma, tally.bulk, tally.exact, tally.at);
	printf("# %lu refused, %lu of them looked at page by page; zones went low %lu times\n",
	       tally.refused, tally.refused_exactly, tally.low);
	printf("# %lu wrong frees, %lu late ones, %lu pages came deferred, %lu CMA areas, a "
	       "high-atomic reserve was seen %lu times\n",
	       tally.wrong_frees, tally.late, tally.deferred, tally.cma_areas, tally.highatomic);
	printf("# %lu ranges isolated, %lu refused; %lu contiguous, %lu refused; %lu pages moved, "
	       "%lu damaged\n",
	       tally.isolated, tally.not_isolated, tally.contig, tally.not_contig, tally.moved,
	       tally.poisoned);
}

int main(int argc, char **argv)
{
	uint64_t ops = option(argc, argv, "--ops", 200000);
	unsigned long rounds = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, too_long);
	for (round_seed = option(argc, argv, "--seed", 1); ops_done < ops; round_seed++, rounds++)
		one_round();
	print_tally();
	printf("ok 1 - %lu operations on %lu machines agree with the model\n1..1\n", ops_done,
	       rounds);
	return 0;
}
