/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a machine that boots, and what is given back, taken and freed on it: the first
 * MACHINE_BYTES make the machine, and every OP_BYTES an operation. Catches any difference from the
 * hand-over's model, tests/property/handover/: a page that is lost or in the wrong zone, a count
 * that is off, chunks that did not merge, a message that is missing or not true.
 */
#include "../property/handover/round.h"

#include "finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MACHINE_BYTES 96
#define OP_BYTES      12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slices slices = { data, size };
	struct source source;

	if (!next_slice(&slices, MACHINE_BYTES, &source))
		return 0;
	op = 0;
	random_from(source);
	if (round_begin()) {
		for (; next_slice(&slices, OP_BYTES, &source); op++) {
			random_from(source);
			if (one_in(4))
				round_compare();
			round_op();
		}
		round_end();
	}
	round_close();
	return 0;
}
