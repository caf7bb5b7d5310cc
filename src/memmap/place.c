/* SPDX-License-Identifier: MIT */
/*
 * Where the memory map lives. Without an address range of its own it is two contiguous arrays,
 * holes included. With one, memory is put behind the parts that describe memory, each on the node
 * that it describes; behind descriptors, if the host likes, only when a block is first split.
 */
#include "internal.h"

#include <pageframe/port.h>

#include "poison.h"

/* An array with an element for each block, in an address range that is empty yet. */
struct area {
	char *virt;
	size_t element;
	size_t mapped; /* bytes that have something behind them, up to here */
	bool holes;    /* elements of blocks without memory are read, too */
};

static size_t whole_pages(size_t size)
{
	return (size_t)((size + PF_PAGE_SIZE - 1) & ~(PF_PAGE_SIZE - 1));
}

/* In as few pieces as there is room for on the node; elsewhere only what it has none for. */
static int back(struct pf_mem *mem, char *virt, size_t size, int nid)
{
	const struct pf_memmap_ops *ops = mem->memmap_ops;
	size_t piece = size;
	bool exact = true;

	while (size) {
		pf_phys phys;

		piece = piece < size ? piece : size;
		phys = memblock_alloc_range_nid((pf_phys)piece, PF_PAGE_SIZE, MEMBLOCK_LOW_LIMIT,
						MEMBLOCK_ALLOC_ACCESSIBLE, nid, exact);
		if (phys && ops->map(virt, phys, piece, nid)) {
			memblock_phys_free(phys, (pf_phys)piece);
			return pfi_no_room(piece, nid);
		}
		if (phys) {
			mem->memmap_bytes += (pf_phys)piece;
			virt += piece;
			size -= piece;
		} else if (piece > PF_PAGE_SIZE) {
			piece = (size_t)((piece >> 1) & ~(PF_PAGE_SIZE - 1));
		} else if (exact) {
			exact = false;
			piece = size;
		} else {
			return pfi_no_room(piece, nid);
		}
	}
	return 0;
}

/* The elements of blocks [@first, @last); pages at both ends may be the neighbours' too. */
static int back_blocks(struct pf_mem *mem, struct area *a, unsigned long first, unsigned long last,
		       int nid)
{
	size_t start = (size_t)((first * a->element) & ~(PF_PAGE_SIZE - 1));
	size_t end = whole_pages(last * a->element);
	int ret;

	start = start > a->mapped && !a->holes ? start : a->mapped;
	if (start >= end)
		return 0;
	ret = back(mem, a->virt + start, end - start, nid);
	a->mapped = end;
	return ret;
}

/* For each stretch of blocks with memory of one node. */
static int back_all(struct pf_mem *mem, struct area *a)
{
	unsigned long start, end, first = 0, last = 0;
	int i, nid, node = 0, ret = 0;

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid) {
		unsigned long from = pf_block_nr(mem, start), to = pf_block_nr(mem, end - 1) + 1;

		nid = node_or_first(nid);
		if (last && nid == node && from <= last) {
			last = to;
			continue;
		}
		ret = back_blocks(mem, a, first, last, node);
		if (ret)
			return ret;
		first = from;
		last = to;
		node = nid;
	}
	return back_blocks(mem, a, first, a->holes ? mem->nr_blocks : last, node);
}

static int place_mapped(struct pf_mem *mem)
{
	struct area blocks = { .element = sizeof(struct pf_block), .holes = true };
	struct area pages = { .element = DESCRIPTORS_SIZE };
	int ret;

	blocks.virt = mem->memmap_ops->reserve(whole_pages(mem->nr_blocks * blocks.element));
	pages.virt = mem->memmap_ops->reserve(whole_pages(mem->nr_blocks * pages.element));
	if (!blocks.virt || !pages.virt)
		return pfi_no_room(mem->nr_blocks * pages.element, NUMA_NO_NODE);
	mem->blocks = (struct pf_block *)blocks.virt;
	mem->pages = (struct pf_page *)pages.virt;
	ret = back_all(mem, &blocks);
	if (!ret && !mem->memmap_ops->on_demand)
		ret = back_all(mem, &pages);
	return ret;
}

static int place_contiguous(struct pf_mem *mem, const struct pf_boot_config *config)
{
	size_t size = mem->nr_blocks * DESCRIPTORS_SIZE;

	mem->blocks =
		pfi_boot_alloc(mem, config, mem->nr_blocks * sizeof(struct pf_block), NUMA_NO_NODE);
	mem->memmap_bytes += (pf_phys)size;
	mem->pages = config->alloc
			     ? config->alloc(size)
			     : memblock_alloc_try_nid_raw((pf_phys)size, PF_PAGE_SIZE,
							  MEMBLOCK_LOW_LIMIT,
							  MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
	return mem->blocks && mem->pages ? 0 : pfi_no_room(size, 0);
}

/* What 32-bit links, the host's addresses and its map can do. */
static int check_limits(const struct pf_mem *mem, const struct pf_boot_config *config)
{
	if (mem->nr_blocks > UINT32_MAX)
		return pfi_cannot_boot("there are more than 2^32 blocks from first to last");
	if (mem->nr_blocks > SIZE_MAX / DESCRIPTORS_SIZE)
		return pfi_no_room(SIZE_MAX, NUMA_NO_NODE);
	if (config->memmap && config->memmap->on_demand && DESCRIPTORS_SIZE % PF_PAGE_SIZE != 0)
		return pfi_cannot_boot("a block's descriptors are no multiple of a page: "
				       "they cannot be mapped on demand");
	return 0;
}

int pfi_memmap_place(struct pf_mem *mem, const struct pf_boot_config *config)
{
	pf_pfn chunk = 1ul << PF_MAX_ORDER;
	pf_pfn end = max_pfn(PF_PFN_UP(memblock_end_of_DRAM()), config->max_possible_pfn);
	int ret;

	mem->first_pfn = PF_PFN_DOWN(memblock_start_of_DRAM()) & ~(chunk - 1);
	mem->nr_blocks = ((end - 1 - mem->first_pfn) >> PF_BLOCK_ORDER) + 1;
	mem->memmap_ops = config->alloc ? NULL : config->memmap;
	ret = check_limits(mem, config);
	if (!ret)
		ret = mem->memmap_ops ? place_mapped(mem) : place_contiguous(mem, config);
	if (!ret)
		poison(mem->pages, mem->nr_blocks * DESCRIPTORS_SIZE);
	return ret;
}
