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

#include "rounds.h"

#define ROUND_OPS 400

static void one_round(uint64_t seed)
{
	source = (struct source){ .state = seed };
	if (round_begin()) {
		for (unsigned long n = below(ROUND_OPS); n--; ops_done++) {
			round_op();
			if (one_in(8))
				compare();
		}
		round_end();
	}
	round_close();
}

int main(int argc, char **argv)
{
	play_rounds(argc, argv, 20000, one_round);
	return rounds_agree();
}
