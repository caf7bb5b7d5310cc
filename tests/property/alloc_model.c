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

#include "rounds.h"

#define ROUND_OPS 20000

static unsigned long next_verify;

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

static void one_round(uint64_t seed)
{
	random_start(seed);
	if (round_begin())
		run_round();
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
	play_rounds(argc, argv, 200000, one_round);
	print_tally();
	return rounds_agree();
}
