/* SPDX-License-Identifier: MIT */
/* Which blocks a caller means, and what is in the way: told in words. */
#include "internal.h"

void pfi_complain(const char *who, pf_pfn pfn, const char *why)
{
	struct line l = { 0 };

	line_str(&l, who);
	line_str(&l, ": pfn ");
	line_0x(&l, pfn);
	line_str(&l, ": ");
	line_str(&l, why);
	pf_port_print(PF_ERR, l.text);
}

static int refuse(const char *who, pf_phys start, pf_phys size, const char *why)
{
	struct line l = { 0 };

	line_str(&l, who);
	line_str(&l, ": ");
	line_0x(&l, size);
	line_str(&l, " bytes at ");
	line_0x(&l, start);
	line_str(&l, ": ");
	line_str(&l, why);
	pf_port_print(PF_ERR, l.text);
	return -PF_EINVAL;
}

/* What no whole block has, at one end. */
static void tell_lost(const char *who, pf_phys at, pf_phys bytes)
{
	struct line l = { 0 };

	if (!bytes)
		return;
	line_str(&l, who);
	line_str(&l, ": ");
	line_dec(&l, bytes >> 10);
	line_str(&l, " KiB at ");
	line_0x(&l, at);
	line_str(&l, " are lost: they are no whole block of ");
	line_dec(&l, PF_BLOCK_SIZE >> 10);
	line_str(&l, " KiB");
	pf_port_print(PF_WARN, l.text);
}

int pfi_whole_blocks(const struct pf_mem *mem, const char *who, pf_phys start, pf_phys size,
		     struct blocks *b)
{
	pf_phys first = (start + PF_BLOCK_SIZE - 1) & ~(PF_BLOCK_SIZE - 1);
	pf_phys end = (start + size) & ~(PF_BLOCK_SIZE - 1);

	if (!mem->hotplug)
		return refuse(who, start, size,
			      "nothing can come or go: pf_boot() was given no max_possible_pfn");
	if (mem->memmap_ops && (!mem->memmap_ops->unmap || DESCRIPTORS_SIZE % PF_PAGE_SIZE != 0))
		return refuse(who, start, size,
			      "nothing can come or go: the memory map has no "
			      "unmap(), or blocks too small for it");
	if (!size || start + size - 1 < start)
		return refuse(who, start, size, "this is no range");
	if (first < start || first >= end)
		return refuse(who, start, size, "there is no whole block in it");
	if (!pf_mem_has_pfn(mem, PF_PFN_DOWN(first)) || !pf_mem_has_pfn(mem, PF_PFN_DOWN(end - 1)))
		return refuse(who, start, size,
			      "it is below the first memory, or beyond max_possible_pfn");
	tell_lost(who, start, first - start);
	tell_lost(who, end, start + size - end);
	b->nr = pf_block_nr(mem, PF_PFN_DOWN(first));
	b->end = pf_block_nr(mem, PF_PFN_DOWN(end - 1)) + 1;
	return 0;
}

bool pfi_are_blocks(const struct pf_mem *mem, pf_pfn start, unsigned long nr, struct blocks *b)
{
	pf_pfn last = start + nr - 1;

	if (!mem->hotplug || !nr || last < start || (start | nr) & (PF_BLOCK_PAGES - 1) ||
	    !pf_mem_has_pfn(mem, start) || !pf_mem_has_pfn(mem, last))
		return false;
	b->nr = pf_block_nr(mem, start);
	b->end = pf_block_nr(mem, last) + 1;
	return true;
}

int pfi_node_exists(const struct pf_mem *mem, const char *who, int nid)
{
	struct line l = { 0 };

	if (nid >= 0 && nid < mem->nr_nodes && mem->nodes[nid])
		return 0;
	line_str(&l, who);
	line_str(&l, ": there is no node ");
	line_int(&l, nid);
	line_str(&l, ": see nr_nodes of struct pf_boot_config");
	pf_port_print(PF_ERR, l.text);
	return -PF_EINVAL;
}

unsigned long pfi_first_other(const struct pf_mem *mem, struct blocks b, unsigned states)
{
	while (b.nr < b.end && states >> pf_info_state(pf_load(&mem->blocks[b.nr].info)) & 1)
		b.nr++;
	return b.nr;
}

int pfi_nothing_there(const struct pf_mem *mem, const char *who, struct blocks b)
{
	unsigned long nr = pfi_first_other(mem, b, 1u << PF_ABSENT);
	uint32_t info;

	if (nr == b.end)
		return 0;
	info = pf_load(&mem->blocks[nr].info);
	pfi_complain(who, pf_block_pfn(mem, nr),
		     pf_info_state(info) == PF_DEVICE ? "a device's memory is there already"
						      : "memory is there already");
	return -PF_EEXIST;
}
