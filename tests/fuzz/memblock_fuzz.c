/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as operations of memblock, on the model of tests/property/memblock/ and on the library.
 * The first byte chooses what the round is after, the next the window of the address space, and
 * every OP_BYTES an operation. Catches any difference between the two.
 */
#include "../property/memblock/memblock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SPACE_BYTES 24
#define OP_BYTES    16

static unsigned int read_ops(struct slices *from, struct op *ops)
{
	unsigned int n = 3, all = n + (unsigned int)((from->left + OP_BYTES - 1) / OP_BYTES);
	struct source source;

	if (all > OPS_PER_ROUND)
		all = OPS_PER_ROUND;
	for (; n < all && next_slice(from, OP_BYTES, &source); n++)
		random_op_of_round(&source, now.family, &ops[n], n, all);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct op ops[OPS_PER_ROUND];
	struct slices slices = { data, size };
	struct source source;
	unsigned int n, failed;

	if (!next_slice(&slices, SPACE_BYTES, &source))
		return 0;
	memset(ops, 0, sizeof(ops));
	now.family = &families[source_below(&source, FAMILIES)];
	random_space(&source, now.family);
	first_ops(&source, ops, now.family);
	n = read_ops(&slices, ops);
	failed = play(ops, n);
	if (failed < n) {
		report(ops, failed);
		fflush(stdout);
		abort();
	}
	return 0;
}
