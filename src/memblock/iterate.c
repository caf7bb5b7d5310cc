/* SPDX-License-Identifier: MIT */
/*
 * Walking what is in one type and not in another. The position is a region of type_a (low half of
 * *idx) and a gap of type_b (high half): gap i lies below region i, the last one above all regions.
 */
#include "internal.h"

#define NO_MORE UINT64_MAX

/* What a walk gives for one step. */
struct out {
	phys_addr_t *start;
	phys_addr_t *end;
	int *nid;
};

static void give(const struct out *out, phys_addr_t start, phys_addr_t end, int nid)
{
	if (out->start)
		*out->start = start;
	if (out->end)
		*out->end = end;
	if (out->nid)
		*out->nid = nid;
}

static uint64_t position(unsigned long a, unsigned long b)
{
	return (uint64_t)b << 32 | (uint32_t)a;
}

static phys_addr_t gap_start(const struct memblock_type *type, unsigned long i)
{
	return i ? region_end(&type->regions[i - 1]) : 0;
}

static phys_addr_t gap_end(const struct memblock_type *type, unsigned long i)
{
	return i < type->cnt ? type->regions[i].base : PHYS_ADDR_MAX;
}

void __next_mem_range(uint64_t *idx, int nid, enum memblock_flags flags,
		      struct memblock_type *type_a, struct memblock_type *type_b,
		      phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
	const struct out out = { out_start, out_end, out_nid };
	unsigned long b = (unsigned long)(*idx >> 32);

	for (unsigned long a = (uint32_t)*idx; a < type_a->cnt; a++) {
		const struct memblock_region *m = &type_a->regions[a];
		phys_addr_t end = region_end(m);

		if (skip_region(type_a, m, nid, flags))
			continue;
		if (!type_b) {
			give(&out, m->base, end, memblock_get_region_node(m));
			*idx = position(a + 1, b);
			return;
		}
		for (; b <= type_b->cnt; b++) {
			phys_addr_t from = gap_start(type_b, b);
			phys_addr_t to = gap_end(type_b, b);

			if (from >= end)
				break;
			if (to <= m->base)
				continue;
			give(&out, from > m->base ? from : m->base, to < end ? to : end,
			     memblock_get_region_node(m));
			/* Go on with whichever ends first. */
			*idx = end <= to ? position(a + 1, b) : position(a, b + 1);
			return;
		}
	}
	*idx = NO_MORE;
}

void __next_mem_range_rev(uint64_t *idx, int nid, enum memblock_flags flags,
			  struct memblock_type *type_a, struct memblock_type *type_b,
			  phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid)
{
	const struct out out = { out_start, out_end, out_nid };
	/* Both count down, and have gone below 0 when they have wrapped. */
	uint32_t a = (uint32_t)*idx;
	uint32_t b = (uint32_t)(*idx >> 32);

	if (*idx == NO_MORE) {
		a = (uint32_t)type_a->cnt - 1;
		b = type_b ? (uint32_t)type_b->cnt : 0;
	}
	for (; a != UINT32_MAX; a--) {
		const struct memblock_region *m = &type_a->regions[a];
		phys_addr_t end = region_end(m);

		if (skip_region(type_a, m, nid, flags))
			continue;
		if (!type_b) {
			give(&out, m->base, end, memblock_get_region_node(m));
			*idx = position(a - 1, b);
			return;
		}
		for (; b != UINT32_MAX; b--) {
			phys_addr_t from = gap_start(type_b, b);
			phys_addr_t to = gap_end(type_b, b);

			if (to <= m->base)
				break;
			if (from >= end)
				continue;
			give(&out, from > m->base ? from : m->base, to < end ? to : end,
			     memblock_get_region_node(m));
			/* Go on with whichever starts last. */
			*idx = m->base >= from ? position(a - 1, b) : position(a, b - 1);
			return;
		}
	}
	*idx = NO_MORE;
}

void __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn,
			  unsigned long *out_end_pfn, int *out_nid)
{
	const struct memblock_type *memory = &memblock.memory;

	for (unsigned long i = (unsigned long)(*idx + 1); i < memory->cnt; i++) {
		const struct memblock_region *r = &memory->regions[i];
		unsigned long start = memblock_region_memory_base_pfn(r);
		unsigned long end = memblock_region_memory_end_pfn(r);

		if (start >= end || (is_node(nid) && nid != memblock_get_region_node(r)))
			continue;
		if (out_start_pfn)
			*out_start_pfn = start;
		if (out_end_pfn)
			*out_end_pfn = end;
		if (out_nid)
			*out_nid = memblock_get_region_node(r);
		*idx = (int)i;
		return;
	}
	*idx = -1;
}
