/* SPDX-License-Identifier: MIT */
/*
 * Between the two levels: a block whose pages go different ways is split, and one whose pages are
 * all free again is whole. Both under the zone's lock.
 */
#include "internal.h"

#include "poison.h"

int pfi_split(struct pf_mem *mem, unsigned long nr, enum pf_state state)
{
	struct pf_block *b = &mem->blocks[nr];
	uint32_t place = b->info & PF_INFO_PLACE;
	pf_pfn pfn = pf_block_pfn(mem, nr);
	int ret = pfi_describe(mem, nr, place | state);

	if (ret < 0)
		return ret;
	unpoison(pf_page(mem, pfn), DESCRIPTORS_SIZE);
	/* Written early, or split before, they are all PF_TAIL. */
	for (unsigned long i = 0; ret && state != PF_TAIL && i < PF_BLOCK_PAGES; i++)
		pf_store(&page_of(mem, pfn + i)->info, place | state);
	b->nr_free = 0;
	pf_store(&b->use, PF_USE_UNMOVABLE);
	pf_store_release(&b->info, info_become(b->info, PF_SPLIT));
	return 0;
}

/* All its pages are PF_TAIL: their chunk is the whole block. */
void pfi_unsplit(struct pf_mem *mem, unsigned long nr, enum pf_state state)
{
	struct pf_block *b = &mem->blocks[nr];

	b->nr_free = 0;
	pf_store_release(&b->info, info_become(b->info, state));
	poison(pf_page(mem, pf_block_pfn(mem, nr)), DESCRIPTORS_SIZE);
}
