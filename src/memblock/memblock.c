/* SPDX-License-Identifier: MIT */
/* What exists and what is taken: adding, removing, reserving, freeing. */
#include "internal.h"

void memblock_reset(void)
{
	mb_double_reset();
	mb_arrays_reset();
	mb_set_some_mirror(false);
	memblock_set_low_limit(PF_LOW_ADDRESS_LIMIT);
	movable_node_enabled = false;
	mirrored_kernelcore = false;
	memblock_debug = false;
	mb_skip_forget();
}

int memblock_add(phys_addr_t base, phys_addr_t size)
{
	if (memblock_debug)
		mb_debug_range(__func__, base, size, CALLER);
	return mb_add_range(&memblock.memory, base, size, MAX_NUMNODES, MEMBLOCK_NONE);
}

int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)
{
	if (memblock_debug)
		mb_debug_range_node(__func__, base, size, nid, flags, CALLER);
	if (!is_node_or_none(nid))
		return -PF_EINVAL;
	return mb_add_range(&memblock.memory, base, size, nid, flags);
}

int memblock_remove(phys_addr_t base, phys_addr_t size)
{
	if (memblock_debug)
		mb_debug_range(__func__, base, size, CALLER);
	return mb_remove_range(&memblock.memory, base, size);
}

int memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	if (memblock_debug)
		mb_debug_range(__func__, base, size, CALLER);
	return mb_add_range(&memblock.reserved, base, size, MAX_NUMNODES, MEMBLOCK_NONE);
}

int memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	if (memblock_debug)
		mb_debug_range(__func__, base, size, CALLER);
	return mb_remove_range(&memblock.reserved, base, size);
}

void memblock_free(void *ptr, size_t size)
{
	if (ptr)
		memblock_phys_free(pf_port_virt_to_phys(ptr), (phys_addr_t)size);
}

#if PF_PHYSMEM
int memblock_physmem_add(phys_addr_t base, phys_addr_t size)
{
	if (memblock_debug)
		mb_debug_range(__func__, base, size, CALLER);
	return mb_add_range(&physmem, base, size, MAX_NUMNODES, MEMBLOCK_NONE);
}
#endif

void memblock_set_current_limit(phys_addr_t limit)
{
	memblock.current_limit = limit;
}

phys_addr_t memblock_get_current_limit(void)
{
	return memblock.current_limit;
}
