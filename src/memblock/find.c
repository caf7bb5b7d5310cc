/* SPDX-License-Identifier: MIT */
/*
 * Where does a block fit? From the end of the window that is asked for, region by region of memory
 * and gap by gap between reservations, to the first gap that holds it. Each region's gaps are
 * entered by binary search, and what skip.c knows to be full is left out, so that a search walks
 * only what nobody has walked before.
 */
#include "internal.h"

bool movable_node_enabled;
static bool some_mirror;

bool memblock_has_mirror(void)
{
	return some_mirror;
}

void mb_set_some_mirror(bool some)
{
	some_mirror = some;
}

enum memblock_flags mb_wanted_flags(void)
{
	return some_mirror ? MEMBLOCK_MIRROR : MEMBLOCK_NONE;
}

/* The highest block in [@lo, @hi), which lies in one region of memory; 0 if there is none. */
static phys_addr_t highest_in(const struct request *rq, phys_addr_t lo, phys_addr_t hi)
{
	const struct memblock_region *reserved = memblock.reserved.regions;
	unsigned long i = mb_region_above(&memblock.reserved, hi - 1);
	phys_addr_t gap_end = hi;

	if (i < memblock.reserved.cnt && reserved[i].base < hi)
		gap_end = reserved[i].base;
	while (gap_end > lo) {
		phys_addr_t gap_start = lo;

		if (i && region_end(&reserved[i - 1]) > lo)
			gap_start = region_end(&reserved[i - 1]);
		if (gap_end - gap_start >= rq->size) {
			phys_addr_t addr = round_down_to(gap_end - rq->size, rq->align);

			if (addr >= gap_start)
				return addr;
		}
		if (!i)
			break;
		gap_end = reserved[--i].base;
	}
	return 0;
}

/* The lowest one. */
static phys_addr_t lowest_in(const struct request *rq, phys_addr_t lo, phys_addr_t hi)
{
	const struct memblock_region *reserved = memblock.reserved.regions;
	unsigned long i = mb_region_above(&memblock.reserved, lo);
	phys_addr_t gap_start = lo;

	if (i < memblock.reserved.cnt && reserved[i].base <= lo)
		gap_start = region_end(&reserved[i++]);
	while (gap_start < hi) {
		phys_addr_t gap_end = hi;
		phys_addr_t addr = round_down_to(gap_start + (rq->align - 1), rq->align);

		if (i < memblock.reserved.cnt && reserved[i].base < hi)
			gap_end = reserved[i].base;
		/* addr < gap_start: it wrapped */
		if (addr >= gap_start && addr < gap_end && gap_end - addr >= rq->size)
			return addr;
		if (i == memblock.reserved.cnt)
			break;
		gap_start = region_end(&reserved[i++]);
	}
	return 0;
}

static phys_addr_t max_phys(phys_addr_t a, phys_addr_t b)
{
	return a > b ? a : b;
}

static phys_addr_t min_phys(phys_addr_t a, phys_addr_t b)
{
	return a < b ? a : b;
}

static phys_addr_t find_top_down(const struct request *rq, phys_addr_t start, phys_addr_t end)
{
	const struct memblock_type *memory = &memblock.memory;
	phys_addr_t known = mb_skip_top(rq);
	phys_addr_t top = min_phys(end, known);
	phys_addr_t found = 0;

	if (top <= start)
		return 0;
	for (unsigned long i = mb_region_above(memory, top - 1) + 1; i-- && !found;) {
		const struct memblock_region *m = &memory->regions[i];

		if (m->base >= top || skip_region(memory, m, rq->nid, rq->flags))
			continue;
		if (region_end(m) <= start)
			break;
		found = highest_in(rq, max_phys(m->base, start), min_phys(region_end(m), top));
	}
	if (known <= end) /* what lies above the window is known too */
		mb_skip_learn(rq, TOP_DOWN, found ? found : start);
	return found;
}

static phys_addr_t find_bottom_up(const struct request *rq, phys_addr_t start, phys_addr_t end)
{
	const struct memblock_type *memory = &memblock.memory;
	phys_addr_t known = mb_skip_bottom(rq);
	phys_addr_t low = max_phys(start, known);
	phys_addr_t found = 0;

	for (unsigned long i = mb_region_above(memory, low); i < memory->cnt && !found; i++) {
		const struct memblock_region *m = &memory->regions[i];

		if (m->base >= end)
			break;
		if (!skip_region(memory, m, rq->nid, rq->flags))
			found = lowest_in(rq, max_phys(m->base, low), min_phys(region_end(m), end));
	}
	/* Without one, a block that starts below end - size would end inside the window. */
	if (known >= start && (found || end >= rq->size))
		mb_skip_learn(rq, BOTTOM_UP, found ? found : max_phys(known, end - rq->size));
	return found;
}

phys_addr_t mb_find_in_range_node(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				  phys_addr_t end, int nid, enum memblock_flags flags)
{
	/* Nothing is somewhere, too, and that should be inside memory. */
	struct request rq = { size ? size : 1, align, is_node(nid) ? nid : NUMA_NO_NODE, flags };

	if (end == MEMBLOCK_ALLOC_ACCESSIBLE || end == MEMBLOCK_ALLOC_NOLEAKTRACE)
		end = memblock.current_limit;
	start = max_phys(start, PF_PAGE_SIZE); /* nobody gets the first page: 0 is failure */
	end = max_phys(start, end);
	return memblock.bottom_up ? find_bottom_up(&rq, start, end)
				  : find_top_down(&rq, start, end);
}

phys_addr_t mb_find_in_range(phys_addr_t start, phys_addr_t end, phys_addr_t size,
			     phys_addr_t align)
{
	enum memblock_flags flags = mb_wanted_flags();
	phys_addr_t addr = mb_find_in_range_node(size, align, start, end, NUMA_NO_NODE, flags);

	if (!addr && flags == MEMBLOCK_MIRROR) {
		mb_report_no_mirror(size);
		addr = mb_find_in_range_node(size, align, start, end, NUMA_NO_NODE, MEMBLOCK_NONE);
	}
	return addr;
}
