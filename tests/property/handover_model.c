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

#include "rounds.h"

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

static void one_round(uint64_t seed)
{
	random_start(seed);
	if (round_begin())
		run_round();
	round_close();
}

int main(int argc, char **argv)
{
	play_rounds(argc, argv, 20000, one_round);
	return rounds_agree();
}
