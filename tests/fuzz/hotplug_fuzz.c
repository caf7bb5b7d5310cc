/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a machine whose memory comes and goes: the first MACHINE_BYTES make the machine, and
 * every OP_BYTES add, bring online, take offline, remove, map and unmap devices, look pages up,
 * allocate, free and damage them, with a host that has no memory for descriptors now and then.
 * Catches any difference from the model of tests/property/hotplug/.
 */
#include "../property/hotplug/hotplug.h"

#include "finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MACHINE_BYTES 24
#define OP_BYTES      8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slices slices = { data, size };

	if (!next_slice(&slices, MACHINE_BYTES, &source))
		return 0;
	op = 0;
	if (round_begin()) {
		for (; next_slice(&slices, OP_BYTES, &source); op++) {
			round_op();
			if (one_in(8))
				compare();
		}
		round_end();
	}
	round_close();
	return 0;
}
