/* SPDX-License-Identifier: MIT */
/* Allocation: find, reserve, and the order of fall-backs when the first wish cannot be granted. */
#include "internal.h"

static phys_addr_t low_limit = PF_LOW_ADDRESS_LIMIT;

void memblock_set_low_limit(phys_addr_t limit)
{
	low_limit = limit;
}

phys_addr_t memblock_get_low_limit(void)
{
	return low_limit;
}

/* What is asked for, and how the block is marked. */
struct wish {
	phys_addr_t size;
	phys_addr_t align;
	phys_addr_t end;
	int nid;
	bool exact_nid;
	bool keep_nid; /* the reservation remembers the node */
};

static bool align_is_valid(const char *function, phys_addr_t align)
{
	if (!align || is_power_of_two(align))
		return true;
	mb_report_bad_align(function, align);
	return false;
}

/*
 * noinline: the address in the kernel's message is that of a function, not of whatever it grew
 * into.
 */
static __attribute__((noinline)) int reserve_block(phys_addr_t addr, const struct wish *w)
{
	const struct memblock_type *memory = &memblock.memory;
	int nid = MAX_NUMNODES;

	if (memblock_debug)
		mb_debug_range("memblock_reserve", addr, w->size, CALLER);
	if (w->size && w->keep_nid && is_node(w->nid))
		nid = memblock_get_region_node(&memory->regions[mb_region_at(memory, addr)]);
	return mb_add_range(&memblock.reserved, addr, w->size, nid, MEMBLOCK_NONE);
}

/* The block, reserved, in the wanted node or any; 0 if neither has one. */
static phys_addr_t alloc_with_flags(const struct wish *w, phys_addr_t start,
				    enum memblock_flags flags)
{
	phys_addr_t addr = mb_find_in_range_node(w->size, w->align, start, w->end, w->nid, flags);

	if (addr && !reserve_block(addr, w))
		return addr;
	if (!is_node(w->nid) || w->exact_nid)
		return 0;
	addr = mb_find_in_range_node(w->size, w->align, start, w->end, NUMA_NO_NODE, flags);
	if (addr && !reserve_block(addr, w))
		return addr;
	return 0;
}

static phys_addr_t alloc_block(const struct wish *w, phys_addr_t start)
{
	enum memblock_flags flags = mb_wanted_flags();
	phys_addr_t addr = alloc_with_flags(w, start, flags);

	if (!addr && flags == MEMBLOCK_MIRROR) {
		mb_report_no_mirror(w->size);
		addr = alloc_with_flags(w, start, MEMBLOCK_NONE);
	}
	return addr;
}

phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				     phys_addr_t end, int nid, bool exact_nid)
{
	struct wish w = { size, align ? align : PF_SMP_CACHE_BYTES, end, nid, exact_nid, false };

	if (!align_is_valid(__func__, align))
		return 0;
	return alloc_block(&w, start);
}

phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				      phys_addr_t end)
{
	if (memblock_debug)
		mb_debug_request(__func__, size, align, false, 0, start, end, CALLER);
	return memblock_alloc_range_nid(size, align, start, end, NUMA_NO_NODE, false);
}

phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid)
{
	return memblock_alloc_range_nid(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid, false);
}

/* To virtual addresses: within the current limit, and below @min_addr rather than not at all. */
static void *alloc_virtual(struct wish *w, phys_addr_t min_addr)
{
	phys_addr_t addr;

	if (!w->align)
		w->align = PF_SMP_CACHE_BYTES;
	if (w->end > memblock.current_limit)
		w->end = memblock.current_limit;
	addr = alloc_block(w, min_addr);
	if (!addr && min_addr)
		addr = alloc_block(w, 0);
	return addr ? pf_port_phys_to_virt(addr) : NULL;
}

static void *zeroed(void *ptr, phys_addr_t size)
{
	if (ptr)
		pf_port_zero(ptr, size);
	return ptr;
}

void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				   phys_addr_t max_addr, int nid)
{
	struct wish w = { size, align, max_addr, nid, true, false };

	if (memblock_debug)
		mb_debug_request(__func__, size, align, true, nid, min_addr, max_addr, CALLER);
	return align_is_valid(__func__, align) ? alloc_virtual(&w, min_addr) : NULL;
}

void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				 phys_addr_t max_addr, int nid)
{
	struct wish w = { size, align, max_addr, nid, false, false };

	if (memblock_debug)
		mb_debug_request(__func__, size, align, true, nid, min_addr, max_addr, CALLER);
	return align_is_valid(__func__, align) ? alloc_virtual(&w, min_addr) : NULL;
}

void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			     phys_addr_t max_addr, int nid)
{
	struct wish w = { size, align, max_addr, nid, false, false };

	if (memblock_debug)
		mb_debug_request(__func__, size, align, true, nid, min_addr, max_addr, CALLER);
	return align_is_valid(__func__, align) ? zeroed(alloc_virtual(&w, min_addr), size) : NULL;
}

void *memblock_alloc_node(phys_addr_t size, phys_addr_t align, int nid)
{
	struct wish w = { size, align, MEMBLOCK_ALLOC_ACCESSIBLE, nid, false, true };

	/* Linux's is an inline of this function, and its logs say so. */
	if (memblock_debug)
		mb_debug_request("memblock_alloc_try_nid", size, align, true, nid,
				 MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE, CALLER);
	return align_is_valid(__func__, align) ? zeroed(alloc_virtual(&w, 0), size) : NULL;
}
