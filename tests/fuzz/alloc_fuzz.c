/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a machine with CPUs, and what is done with its memory: allocations and frees of all
 * orders and types, drains, ranges withdrawn and given back, contiguous ranges, damaged pages. The
 * first MACHINE_BYTES make the machine, and every OP_BYTES an operation. Catches any difference
 * from the page allocator's model, tests/property/alloc/: a page that has two owners or is lost,
 * that comes from where it may not, a failure without need, a wrong free that is taken, and every
 * count that is off.
 */
#include "../property/alloc/alloc.h"

#include "finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MACHINE_BYTES 96
#define OP_BYTES      12

/* In the models these are rare; an input is short. */
static void some_op(void)
{
	if (one_in(3))
		withdraw();
	else
		round_op();
	if (one_in(8))
		check_everything();
}

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
			some_op();
		}
		check_everything();
		round_end();
	}
	shut_down();
	return 0;
}
