/* SPDX-License-Identifier: MIT */
/* Questions to both, about addresses, ranges and sizes. */
#include "memblock.h"

static phys_addr_t random_address(struct source *rng)
{
	switch (rnd(rng, 12)) {
	case 0:
		return rnd(rng, 2);
	case 1:
		return PHYS_ADDR_MAX - rnd(rng, 2);
	case 2:
		return (phys_addr_t)rnd64(rng);
	default:
		return edge(rnd(rng, space.n + 1)) + rnd(rng, 3) - 1;
	}
}

static bool differ_query(const char *name, phys_addr_t base, phys_addr_t size, bool is)
{
	return differ("%s(0x%llx, 0x%llx) is %d", name, HEX(base), HEX(size), is);
}

/* Does a region share a byte with the range, or (size 0) have one on both sides of @base? */
static bool model_overlaps(int type, phys_addr_t base, phys_addr_t size)
{
	const cell_t *cell = model.cell[type];
	phys_addr_t end = end_of(base, size);
	struct span run = { 0, 0 };

	for (; run.a < space.n; run.a = run.b) {
		run = run_at(cell, run.a);
		if (cell[run.a] && edge(run.a) < end && base < edge(run.b))
			return true;
	}
	return false;
}

bool probe_range(struct source *rng)
{
	phys_addr_t base = random_address(rng);
	phys_addr_t size = random_address(rng), end = 0;
	bool is_memory, reserved, overlaps;

	if (one_in(rng, 2))
		size = (phys_addr_t)rnd(rng, 40) << space.shift;
	if (cell_at(MEMORY, base))
		end = edge(run_at(model.cell[MEMORY], edge_below(base)).b);
	is_memory = end && end >= end_of(base, size);
	reserved = model_overlaps(RESERVED, base, size);
	overlaps = model_overlaps(MEMORY, base, size);
	if (memblock_is_region_memory(base, size) != is_memory)
		return differ_query("memblock_is_region_memory", base, size, !is_memory);
	if (memblock_is_region_reserved(base, size) != reserved)
		return differ_query("memblock_is_region_reserved", base, size, !reserved);
	if (memblock_overlaps_region(&memblock.reserved, base, size) != reserved)
		return differ_query("memblock_overlaps_region reserved", base, size, !reserved);
	if (memblock_overlaps_region(&memblock.memory, base, size) != overlaps)
		return differ_query("memblock_overlaps_region memory", base, size, !overlaps);
	return true;
}

bool probe_address(struct source *rng)
{
	phys_addr_t addr = random_address(rng);
	cell_t cell = cell_at(MEMORY, addr);
	bool map = cell && !(CELL_FLAGS(cell) & MEMBLOCK_NOMAP);

	if (memblock_is_memory(addr) != (cell != 0))
		return differ_query("memblock_is_memory", addr, 1, !cell);
	if (memblock_is_map_memory(addr) != map)
		return differ_query("memblock_is_map_memory", addr, 1, !map);
	if (memblock_is_reserved(addr) != (cell_at(RESERVED, addr) != 0))
		return differ_query("memblock_is_reserved", addr, 1, !cell_at(RESERVED, addr));
	return true;
}

bool probe_pfn(struct source *rng)
{
	const unsigned long untouched = 0x5a5a5a;
	/* now and then one that would be in memory if its topmost bits were lost */
	pf_pfn beyond = one_in(rng, 8) ? (pf_pfn)1 << (8 * sizeof(pf_pfn) - 2) : 0;
	pf_pfn pfn = PF_PFN_DOWN(random_address(rng)) | beyond;
	unsigned long start = untouched, end = untouched, want_start = start, want_end = end;
	bool exists = pfn <= PF_PFN_DOWN(PHYS_ADDR_MAX);
	cell_t cell = exists ? cell_at(MEMORY, PF_PFN_PHYS(pfn)) : 0;
	int want = cell ? CELL_NID(cell) : NUMA_NO_NODE, nid;
	struct span run;

	if (cell) {
		run = run_at(model.cell[MEMORY], edge_below(PF_PFN_PHYS(pfn)));
		want_start = PF_PFN_DOWN(edge(run.a));
		want_end = PF_PFN_DOWN(edge(run.b));
	}
	nid = memblock_search_pfn_nid(pfn, &start, &end);
	return (nid == want && start == want_start && end == want_end) ||
	       differ("search_pfn_nid(0x%lx) = %d [0x%lx-0x%lx), expected %d [0x%lx-0x%lx)", pfn,
		      nid, start, end, want, want_start, want_end);
}

bool probe_sizes(void)
{
	phys_addr_t free = 0;
	struct span all = { 0, space.n };
	const cell_t *cell = model.cell[MEMORY];

	while (all.a < all.b && !cell[all.a])
		all.a++;
	while (all.a < all.b && !cell[all.b - 1])
		all.b--;
	if (model.total[MEMORY] > model.total[RESERVED])
		free = model.total[MEMORY] - model.total[RESERVED];
	if (memblock_start_of_DRAM() != (all.a < all.b ? edge(all.a) : 0))
		return differ("start_of_DRAM = 0x%llx", HEX(memblock_start_of_DRAM()));
	if (memblock_end_of_DRAM() != (all.a < all.b ? edge(all.b) : 0))
		return differ("end_of_DRAM = 0x%llx", HEX(memblock_end_of_DRAM()));
	if (memblock_phys_mem_size() != model.total[MEMORY])
		return differ("phys_mem_size = 0x%llx", HEX(memblock_phys_mem_size()));
	if (memblock_reserved_size() != model.total[RESERVED])
		return differ("reserved_size = 0x%llx", HEX(memblock_reserved_size()));
	if (memblock_estimated_nr_free_pages() != PF_PFN_DOWN(free))
		return differ("estimated_nr_free_pages = %lu", memblock_estimated_nr_free_pages());
	return true;
}
