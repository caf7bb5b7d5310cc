/* SPDX-License-Identifier: MIT */
/*
 * What lies behind the descriptors of blocks that come, and where it goes when they leave. A map
 * that is contiguous has descriptors for everything since boot; one on demand gets what it needs
 * when a block is first split. Otherwise it is mapped here: from the page allocator, in chunks as
 * large as can be had, or from the first pages of the range itself.
 */
#include "internal.h"

static bool is_mapped(const struct pf_mem *mem)
{
	return mem->memmap_ops && !mem->memmap_ops->on_demand;
}

static size_t size_of(struct blocks b)
{
	return (b.end - b.nr) * DESCRIPTORS_SIZE;
}

static char *virt_of(const struct pf_mem *mem, unsigned long nr)
{
	return (char *)pf_page(mem, pf_block_pfn(mem, nr));
}

unsigned long pfi_map_blocks(const struct pf_mem *mem, unsigned long blocks)
{
	unsigned long pages = blocks * (unsigned long)(DESCRIPTORS_SIZE >> PF_PAGE_SHIFT);

	return is_mapped(mem) ? (pages + PF_BLOCK_PAGES - 1) >> PF_BLOCK_ORDER : 0;
}

/* --- away --- */

/* Pages side by side that the page allocator gave; the chunk they are of may go on behind them. */
static void give_back(struct pf_mem *mem, pf_pfn start, pf_pfn end)
{
	if (start < end)
		pf_free_contig_range(mem, start, end - start);
}

/* Page by page: what is behind each says the map. */
static void unmap_all(struct pf_mem *mem, struct blocks b, size_t size)
{
	pf_pfn start = 0, end = 0;

	for (size_t at = 0; at < size; at += (size_t)PF_PAGE_SIZE) {
		pf_phys phys =
			mem->memmap_ops->unmap(virt_of(mem, b.nr) + at, (size_t)PF_PAGE_SIZE);
		pf_pfn pfn = PF_PFN_DOWN(phys);

		mem->memmap_bytes -= PF_PAGE_SIZE;
		if (pfn >= first_pfn_of(mem, b) && pfn < end_pfn_of(mem, b))
			continue; /* it goes with the range */
		if (pf_info_state(pf_page_info(mem, pfn)) != PF_ALLOCATED) {
			pf_free_late(mem, phys, PF_PAGE_SIZE); /* memblock had given it */
			continue;
		}
		if (pfn != end) {
			give_back(mem, start, end);
			start = pfn;
		}
		end = pfn + 1;
	}
	give_back(mem, start, end);
}

void pfi_unback_descriptors(struct pf_mem *mem, struct blocks b)
{
	bool on_demand = mem->memmap_ops && mem->memmap_ops->on_demand;

	for (unsigned long nr = b.nr; nr < b.end; nr++) {
		struct pf_block *block = &mem->blocks[nr];

		if (pf_load(&block->described) == PF_UNDESCRIBED)
			continue;
		if (on_demand)
			mem->memmap_ops->unmap(virt_of(mem, nr), DESCRIPTORS_SIZE);
		pf_store(&block->described, PF_UNDESCRIBED);
		pf_fetch_add(&mem->described, -1ul);
	}
	if (is_mapped(mem))
		unmap_all(mem, b, size_of(b));
}

/* --- and there --- */

static int map(struct pf_mem *mem, char *virt, pf_phys phys, size_t size, int nid)
{
	int ret = mem->memmap_ops->map(virt, phys, size, nid);

	if (!ret)
		mem->memmap_bytes += (pf_phys)size;
	return ret;
}

/* One chunk, no larger than @size. Return: bytes, 0: there is no memory. */
static size_t map_some(struct pf_mem *mem, char *virt, size_t size, int nid)
{
	unsigned order = fitting_order(0, (pf_pfn)(size >> PF_PAGE_SHIFT), PF_MAX_ORDER);
	pf_pfn pfn = PF_NO_PFN;

	for (order++; pfn == PF_NO_PFN && order--;)
		pfn = pf_alloc_pages_node(mem, order, PF_GFP_UNMOVABLE, nid, NULL);
	if (pfn == PF_NO_PFN)
		return 0;
	size = (size_t)PF_PAGE_SIZE << order;
	if (!map(mem, virt, PF_PFN_PHYS(pfn), size, nid))
		return size;
	pf_free_pages(mem, pfn, order);
	return 0;
}

int pfi_back_descriptors(struct pf_mem *mem, struct blocks b, int nid, pf_pfn at)
{
	size_t size = size_of(b), done = 0, more = 1;

	if (!is_mapped(mem))
		return 0;
	if (at != PF_NO_PFN)
		return map(mem, virt_of(mem, b.nr), PF_PFN_PHYS(at), size, nid);
	for (; done < size && more; done += more)
		more = map_some(mem, virt_of(mem, b.nr) + done, size - done, nid);
	if (more)
		return 0;
	unmap_all(mem, b, done);
	return -PF_ENOMEM;
}
