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
	bool kib = !(bytes & 1023);

	if (!bytes)
		return;
	line_str(&l, who);
	line_str(&l, ": ");
	line_dec(&l, kib ? bytes >> 10 : bytes);
	line_str(&l, kib ? " KiB at " : " bytes at ");
	line_0x(&l, at);
	line_str(&l, " are lost: they are no whole block of ");
	line_dec(&l, PF_BLOCK_SIZE >> 10);
	line_str(&l, " KiB");
	pf_port_print(PF_WARN, l.text);
}

static const char fixed[] = "nothing can come or go: pf_boot() was given no max_possible_pfn";

/* Why the machine is what it is; NULL: it can change. */
static const char *is_fixed(const struct pf_mem *mem)
{
	if (!mem->hotplug)
		return fixed;
	if (mem->memmap_ops && !mem->memmap_ops->unmap)
		return "nothing can come or go: the memory map has no unmap()";
	if (mem->memmap_ops && DESCRIPTORS_SIZE % PF_PAGE_SIZE != 0)
		return "nothing can come or go: a block's descriptors are no multiple of a page";
	return NULL;
}

/* Whole blocks of [@start, @last], by their first page and the one behind them. */
static const char *find_blocks(const struct pf_mem *mem, pf_phys start, pf_phys last, pf_pfn *first,
			       pf_pfn *end)
{
	if (!pfi_is_pfn(last))
		return "it is beyond max_possible_pfn";
	*first = (PF_PFN_UP(start) + PF_BLOCK_PAGES - 1) & ~(PF_BLOCK_PAGES - 1);
	*end = PF_PFN_DOWN(last) + !((last + 1) & (PF_PAGE_SIZE - 1));
	*end &= ~(PF_BLOCK_PAGES - 1);
	if (*first >= *end)
		return "there is no whole block in it";
	if (*first < mem->first_pfn)
		return "it is below the first memory of boot";
	return pf_mem_has_pfn(mem, *end - 1) ? NULL : "it is beyond max_possible_pfn";
}

int pfi_whole_blocks(const struct pf_mem *mem, const char *who, pf_phys start, pf_phys size,
		     struct blocks *b)
{
	pf_phys last = start + size - 1;
	const char *why = is_fixed(mem);
	pf_pfn first = 0, end = 0;

	if (!why && (!size || last < start))
		why = "this is no range";
	if (!why)
		why = find_blocks(mem, start, last, &first, &end);
	if (why)
		return refuse(who, start, size, why);
	tell_lost(who, start, PF_PFN_PHYS(first) - start);
	tell_lost(who, PF_PFN_PHYS(end), last + 1 - PF_PFN_PHYS(end));
	b->nr = pf_block_nr(mem, first);
	b->end = pf_block_nr(mem, end - 1) + 1;
	return 0;
}

const char *pfi_blocks_of(const struct pf_mem *mem, pf_pfn start, unsigned long nr,
			  struct blocks *b)
{
	pf_pfn last = start + nr - 1;

	if (!mem->hotplug)
		return fixed;
	if (!nr || last < start || (start | nr) & (PF_BLOCK_PAGES - 1))
		return "these are no whole blocks";
	if (!pf_mem_has_pfn(mem, start) || !pf_mem_has_pfn(mem, last))
		return "there are no such blocks: see max_possible_pfn";
	b->nr = pf_block_nr(mem, start);
	b->end = pf_block_nr(mem, last) + 1;
	return NULL;
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

/* Those of one place, at the most BLOCKS_AT_ONCE. Return: where they end. */
static unsigned long each_of_a_place(struct pf_mem *mem, struct blocks b, block_fn fn, void *arg)
{
	uint32_t info = pf_load(&mem->blocks[b.nr].info), place = info & PF_INFO_PLACE;
	unsigned long end = b.end - b.nr > BLOCKS_AT_ONCE ? b.nr + BLOCKS_AT_ONCE : b.end;
	/* What was never there names a node that need not be. */
	struct pf_zone *zone = mem->nodes[pf_info_node(info)] ? pf_info_to_zone(mem, info) : NULL;
	pf_irqflags flags = 0;

	if (zone)
		flags = pf_lock_irqsave(&zone->lock);
	for (; b.nr < end && (pf_load(&mem->blocks[b.nr].info) & PF_INFO_PLACE) == place; b.nr++)
		fn(mem, b.nr, arg);
	if (zone)
		pf_unlock_irqrestore(&zone->lock, flags);
	return b.nr;
}

void pfi_each_block(struct pf_mem *mem, struct blocks b, block_fn fn, void *arg)
{
	while (b.nr < b.end)
		b.nr = each_of_a_place(mem, b, fn, arg);
}
