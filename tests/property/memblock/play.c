/* SPDX-License-Identifier: MIT */
/* A round of operations, from a new memblock on. */
#include "memblock.h"

struct now now;

/* Index of the first operation after which the two differ, @n if none. */
unsigned int play(const struct op *ops, unsigned int n)
{
	static jmp_buf panicked;

	host_reset();
	forget_late_arrays();
	memset(&model, 0, sizeof(model));
	forget_same();
	built_in.regions[MEMORY] = memblock.memory.regions;
	built_in.regions[RESERVED] = memblock.reserved.regions;
	if (space.resize)
		memblock_allow_resize();
	now.ops = ops;
	now.op = 0;
	host_panic_jump = &panicked;
	if (setjmp(panicked)) {
		differ("panic: %s", host_panic_message);
		return now.op;
	}
	for (; now.op < n; now.op++)
		if (!step(&ops[now.op]))
			break;
	return now.op;
}
