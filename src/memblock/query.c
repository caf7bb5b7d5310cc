/* SPDX-License-Identifier: MIT */
/* Questions about addresses and sizes; each finds its region by binary search. */
#include "internal.h"

unsigned long memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2,
				     phys_addr_t size2)
{
	return base1 < base2 + capped(base2, size2) && base2 < base1 + capped(base1, size1);
}

bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	unsigned long i = mb_region_above(type, base);

	return i < type->cnt && type->regions[i].base < base + capped(base, size);
}

bool memblock_is_memory(phys_addr_t addr)
{
	return mb_region_at(&memblock.memory, addr) >= 0;
}

bool memblock_is_map_memory(phys_addr_t addr)
{
	long i = mb_region_at(&memblock.memory, addr);

	return i >= 0 && !memblock_is_nomap(&memblock.memory.regions[i]);
}

bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
{
	long i = mb_region_at(&memblock.memory, base);

	return i >= 0 && region_end(&memblock.memory.regions[i]) >= base + capped(base, size);
}

bool memblock_is_reserved(phys_addr_t addr)
{
	return mb_region_at(&memblock.reserved, addr) >= 0;
}

bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
{
	return memblock_overlaps_region(&memblock.reserved, base, size);
}

int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn)
{
	const struct memblock_region *r;
	long i = -1;

	if (pfn <= PF_PFN_DOWN(PHYS_ADDR_MAX))
		i = mb_region_at(&memblock.memory, PF_PFN_PHYS(pfn));
	if (i < 0)
		return NUMA_NO_NODE;
	r = &memblock.memory.regions[i];
	*start_pfn = PF_PFN_DOWN(r->base);
	*end_pfn = PF_PFN_DOWN(region_end(r));
	return memblock_get_region_node(r);
}

phys_addr_t memblock_phys_mem_size(void)
{
	return memblock.memory.total_size;
}

phys_addr_t memblock_reserved_size(void)
{
	return memblock.reserved.total_size;
}

unsigned long memblock_estimated_nr_free_pages(void)
{
	phys_addr_t memory = memblock.memory.total_size;
	phys_addr_t reserved = memblock.reserved.total_size;

	return memory > reserved ? PF_PFN_DOWN(memory - reserved) : 0;
}

phys_addr_t memblock_start_of_DRAM(void)
{
	return memblock.memory.cnt ? memblock.memory.regions[0].base : 0;
}

phys_addr_t memblock_end_of_DRAM(void)
{
	const struct memblock_type *memory = &memblock.memory;

	return memory->cnt ? region_end(&memory->regions[memory->cnt - 1]) : 0;
}

bool memblock_validate_numa_coverage(unsigned long threshold_bytes)
{
	unsigned long start, end;
	phys_addr_t without = 0;
	int i, nid;

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid)
		if (!is_node(nid))
			without += PF_PFN_PHYS(end - start);
	if (without <= threshold_bytes)
		return true;
	mb_report_no_coverage(without, memblock.memory.total_size);
	return false;
}
