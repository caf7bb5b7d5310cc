/* SPDX-License-Identifier: MIT */
/*
 * Contiguous memory areas: memory that is taken at boot for who will need much of it at once, and
 * that movable pages use until then.
 */
#include <pageframe/memblock.h>

#include "internal.h"

#include "../lib/line.h"

/* At one address and nowhere else. */
static int declare_at(pf_phys base, pf_phys size)
{
	if (!memblock_is_region_memory(base, size) || !memblock_is_map_memory(base) ||
	    memblock_is_region_reserved(base, size))
		return -PF_ENOMEM;
	return memblock_reserve(base, size);
}

int pf_cma_declare(struct pf_cma *cma, pf_phys base, pf_phys size, pf_phys limit, int nid)
{
	int ret = 0;

	if (!size || (base | size) & (PF_BLOCK_SIZE - 1) || nid < NUMA_NO_NODE ||
	    nid >= MAX_NUMNODES)
		return -PF_EINVAL;
	if (size > (limit ? limit : PF_PHYS_MAX) || base > (limit ? limit : PF_PHYS_MAX) - size)
		return -PF_ENOMEM;
	if (base)
		ret = declare_at(base, size);
	else
		base = memblock_alloc_range_nid(size, PF_BLOCK_SIZE, MEMBLOCK_LOW_LIMIT,
						limit ? limit : MEMBLOCK_ALLOC_ACCESSIBLE, nid,
						false);
	if (!base)
		ret = -PF_ENOMEM;
	if (!ret)
		*cma = (struct pf_cma){ .base = base, .size = size };
	return ret;
}

static pf_pfn pages_of(const struct pf_cma *cma)
{
	return PF_PFN_DOWN(cma->size);
}

/* The first page that is not as pf_cma_declare() left it, and what it is instead. */
static void say_what_is_wrong(struct line *l, const struct pf_mem *mem, pf_pfn pfn, pf_pfn end)
{
	while (pfn < end && pf_info_state(pf_page_info(mem, pfn)) == PF_RESERVED)
		pfn++;
	if (pfn == end) {
		line_str(l, "it is not whole blocks of one zone");
		return;
	}
	line_str(l, "pfn ");
	line_0x(l, pfn);
	line_str(l, ": it is ");
	line_str(l, pfi_what_it_is(pf_info_state(pf_page_info(mem, pfn))));
	line_str(l, ", and must still be reserved: declare before pf_boot(), activate once");
}

static int is_refused(const struct pf_mem *mem, const struct pf_cma *cma, int ret)
{
	pf_pfn start = PF_PFN_DOWN(cma->base);
	struct line l = { 0 };

	line_str(&l, "pf_cma_activate: ");
	line_range(&l, cma->base, cma->size);
	line_str(&l, ": ");
	if (ret == -PF_EBUSY)
		line_str(&l, "before memblock_free_all()");
	else if (!cma->size)
		line_str(&l, "it was not declared");
	else
		say_what_is_wrong(&l, mem, start, start + pages_of(cma));
	line_str(&l, "; nothing is done");
	pf_port_print(PF_ERR, l.text);
	return ret;
}

int pf_cma_activate(struct pf_mem *mem, struct pf_cma *cma)
{
	pf_pfn start = PF_PFN_DOWN(cma->base);
	int ret = -PF_EBUSY;

	if (pf_load_acquire(&mem->handed_over))
		ret = pf_init_cma(mem, start, start + pages_of(cma));
	if (ret)
		return is_refused(mem, cma, ret);
	cma->mem = mem;
	return 0;
}

pf_pfn pf_cma_alloc(struct pf_cma *cma, unsigned long nr, unsigned long align, pf_gfp gfp,
		    const struct pf_mover *mover)
{
	struct search s = { .mem = cma->mem, .nr = nr, .align = align, .type = PF_CMA };
	struct pf_zone *zone;
	pf_pfn pfn;

	if (!cma->mem || !nr || nr > pages_of(cma) || !align || align & (align - 1))
		return PF_NO_PFN;
	s.start = PF_PFN_DOWN(cma->base);
	s.end = s.start + pages_of(cma);
	s.zone = zone = zone_of_block(cma->mem, s.start);
	pfn = pfi_search(&s, gfp);
	if (pfn != PF_NO_PFN)
		return pfn;
	/* What CPUs keep is free, too. */
	pfi_drain_zone(cma->mem, zone, PFI_DRAIN_WAIT);
	s.harder = true;
	s.mover = mover;
	return pfi_search(&s, gfp);
}

bool pf_cma_free(struct pf_cma *cma, pf_pfn start, unsigned long nr)
{
	pf_pfn first = PF_PFN_DOWN(cma->base);

	if (!cma->mem || !nr || nr > pages_of(cma) || start - first > pages_of(cma) - nr)
		return false;
	return !pfi_give_range(cma->mem, start, nr, "pf_cma_free");
}
