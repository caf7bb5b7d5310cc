/* SPDX-License-Identifier: MIT */
/* Making the machine smaller: mem=, crash kernels, and regions that are no multiple of a page. */
#include "internal.h"

/*
 * The address below which there are @limit bytes of memory; PHYS_ADDR_MAX if there is not that
 * much.
 */
static phys_addr_t address_of_limit(phys_addr_t limit)
{
	const struct memblock_region *r;

	for_each_mem_region(r) {
		if (limit <= r->size)
			return r->base + limit;
		limit -= r->size;
	}
	return PHYS_ADDR_MAX;
}

void memblock_enforce_memory_limit(phys_addr_t limit)
{
	phys_addr_t end = address_of_limit(limit);

	if (!limit || end == PHYS_ADDR_MAX)
		return;
	mb_remove_range(&memblock.memory, end, PHYS_ADDR_MAX);
	mb_remove_range(&memblock.reserved, end, PHYS_ADDR_MAX);
}

/* Remove memory regions[first] to regions[last - 1], but for nomap. */
static void remove_mapped(unsigned long first, unsigned long last)
{
	struct memblock_type *memory = &memblock.memory;

	while (last-- > first)
		if (!memblock_is_nomap(&memory->regions[last]))
			mb_remove_regions(memory, last, last + 1);
}

void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size)
{
	struct memblock_type *memory = &memblock.memory;
	unsigned long first, last;
	phys_addr_t end = base + capped(base, size);

	if (!size)
		return;
	if (!memory->total_size) {
		mb_report_no_memory(__func__);
		return;
	}
	if (mb_isolate_range(memory, base, size, ONLY_IN_RANGE, &first, &last))
		return;
	remove_mapped(last, memory->cnt);
	remove_mapped(0, first);
	mb_merge_regions(memory, 0, memory->cnt); /* nomap regions that the borders have split */
	skip_changed(memory);
	mb_remove_range(&memblock.reserved, 0, base);
	mb_remove_range(&memblock.reserved, end, PHYS_ADDR_MAX);
}

void memblock_mem_limit_remove_map(phys_addr_t limit)
{
	phys_addr_t end = address_of_limit(limit);

	if (limit && end != PHYS_ADDR_MAX)
		memblock_cap_memory_range(0, end);
}

void memblock_trim_memory(phys_addr_t align)
{
	struct memblock_type *memory = &memblock.memory;

	if (!is_power_of_two(align)) {
		mb_report_bad_align(__func__, align);
		return;
	}
	for (unsigned long i = 0; i < memory->cnt; i++) {
		struct memblock_region *r = &memory->regions[i];
		phys_addr_t start = round_down_to(r->base + (align - 1), align);
		phys_addr_t end = round_down_to(region_end(r), align);

		if (start >= r->base && start < end) { /* below base: it wrapped */
			r->base = start;
			r->size = end - start;
		} else {
			mb_remove_regions(memory, i, i + 1);
			i--;
		}
	}
	skip_changed(memory);
}
