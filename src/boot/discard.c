/* SPDX-License-Identifier: MIT */
/* When nobody asks memblock any more, its doubled arrays are memory like any other. */
#include "internal.h"

#include "../memblock/internal.h"

void memblock_discard(void)
{
#if !PF_KEEP_MEMBLOCK
	phys_addr_t reserved, memory;
	phys_addr_t reserved_size = mb_drop_array(&memblock.reserved, &reserved);
	phys_addr_t memory_size = mb_drop_array(&memblock.memory, &memory);

	if (reserved_size)
		memblock_free_late(reserved, reserved_size);
	if (memory_size)
		memblock_free_late(memory, memory_size);
#endif
}
