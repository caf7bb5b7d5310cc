/* SPDX-License-Identifier: MIT */
/*
 * Memory comes, and goes for good. What comes is offline: its entries are complete, and each is
 * published with one store. What goes is absent first, then readers are waited for, and only then
 * does what lies behind its descriptors go.
 */
#include "internal.h"

static const char add[] = "pf_add_memory", gone[] = "pf_remove_memory";

/* --- a range that has its own descriptors --- */

/*
 * The blocks that hold them are marked by their use; the first tells how many blocks they are of.
 * Nobody else needs links of what is in no list. Who sees the mark sees the link.
 */
static void enter_map(struct pf_mem *mem, struct blocks b, unsigned long map)
{
	for (unsigned long i = 0; i < map; i++) {
		struct pf_block *block = &mem->blocks[b.nr + i];

		block->links.next = i ? 0 : (uint32_t)(b.end - b.nr);
		pf_store_release(&block->use, PF_USE_MEMMAP);
	}
}

unsigned long pfi_described_by(const struct pf_mem *mem, unsigned long nr)
{
	const struct pf_block *b = &mem->blocks[nr];

	return pf_load_acquire(&b->use) == PF_USE_MEMMAP ? b->links.next : 0;
}

/* Does a range with its own descriptors end in these blocks, or begin before them? */
static bool is_cut(const struct pf_mem *mem, struct blocks b, unsigned long *where)
{
	unsigned long nr = b.nr;

	for (*where = b.nr; *where < b.end; (*where)++)
		if (pfi_described_by(mem, *where) > b.end - *where)
			return true;
	*where = b.nr;
	while (nr && !pfi_described_by(mem, nr) &&
	       pf_info_state(pf_load(&mem->blocks[nr - 1].info)) != PF_ABSENT)
		nr--;
	return nr < b.nr && pfi_described_by(mem, nr) > b.nr - nr;
}

/* --- comes --- */

static void publish(struct pf_mem *mem, unsigned long nr, void *info)
{
	pf_store_release(&mem->blocks[nr].info, *(uint32_t *)info);
}

static int add_blocks(struct pf_mem *mem, int nid, struct blocks b, unsigned flags)
{
	uint32_t info = info_place(PF_ZONE_NORMAL, nid) | info_migratetype(PF_MOVABLE) | PF_OFFLINE;
	unsigned long map = 0;
	int ret = pfi_nothing_there(mem, add, b);

	if (ret)
		return ret;
	if (flags & PF_MEMMAP_ON_MEMORY)
		map = pfi_map_blocks(mem, b.end - b.nr);
	if (map && map >= b.end - b.nr) {
		pfi_complain(add, first_pfn_of(mem, b),
			     "there is no room in it but for its descriptors");
		return -PF_EINVAL;
	}
	ret = pfi_back_descriptors(mem, b, nid, map ? first_pfn_of(mem, b) : PF_NO_PFN);
	if (ret) {
		pfi_complain(add, first_pfn_of(mem, b), "there is no memory for its descriptors");
		return ret;
	}
	enter_map(mem, b, map);
	pfi_each_block(mem, b, publish, &info);
	return 0;
}

int pf_add_memory(struct pf_mem *mem, int nid, pf_phys start, pf_phys size, unsigned flags)
{
	struct blocks b;
	int ret = pfi_node_exists(mem, add, nid);

	if (flags & ~PF_MEMMAP_ON_MEMORY) {
		pfi_complain(add, PF_PFN_DOWN(start), "there are no such flags");
		return -PF_EINVAL;
	}
	if (!ret)
		ret = pfi_whole_blocks(mem, add, start, size, &b);
	if (ret)
		return ret;
	pfi_hotplug_begin(mem);
	ret = add_blocks(mem, nid, b, flags);
	pfi_hotplug_end(mem);
	return ret;
}

/* --- goes --- */

static int all_offline(const struct pf_mem *mem, struct blocks b)
{
	unsigned long nr = pfi_first_other(mem, b, 1u << PF_OFFLINE);

	if (nr < b.end && pf_info_state(pf_load(&mem->blocks[nr].info)) == PF_ABSENT) {
		pfi_complain(gone, pf_block_pfn(mem, nr), "there is no memory");
		return -PF_EINVAL;
	}
	if (nr < b.end) {
		pfi_complain(gone, pf_block_pfn(mem, nr), "it is not offline");
		return -PF_EBUSY;
	}
	if (is_cut(mem, b, &nr)) {
		pfi_complain(gone, pf_block_pfn(mem, nr),
			     "what was added with its own descriptors goes at once, or not at all");
		return -PF_EBUSY;
	}
	return 0;
}

/* The place stays: who read it before may still take that zone's lock. */
static void withdraw(struct pf_mem *mem, unsigned long nr, void *unused)
{
	struct pf_block *b = &mem->blocks[nr];

	(void)unused;
	pf_store(&b->use, PF_USE_UNMOVABLE);
	pf_store(&b->info, (b->info & PF_INFO_PLACE) | PF_ABSENT);
}

void pfi_withdraw(struct pf_mem *mem, struct blocks b)
{
	pfi_each_block(mem, b, withdraw, NULL);
}

int pf_remove_memory(struct pf_mem *mem, pf_phys start, pf_phys size)
{
	const char *why = "these are no whole blocks";
	struct blocks b;
	int ret;

	if (!((start | size) & (PF_PAGE_SIZE - 1)) && pfi_is_pfn(start) && pfi_is_pfn(size))
		why = pfi_blocks_of(mem, PF_PFN_DOWN(start), (unsigned long)(size >> PF_PAGE_SHIFT),
				    &b);
	if (why) {
		pfi_complain(gone, PF_PFN_DOWN(start), why);
		return -PF_EINVAL;
	}
	pfi_hotplug_begin(mem);
	ret = all_offline(mem, b);
	if (!ret) {
		pfi_withdraw(mem, b);
		pf_synchronize(&mem->readers);
		pfi_unback_descriptors(mem, b);
	}
	pfi_hotplug_end(mem);
	return ret;
}
