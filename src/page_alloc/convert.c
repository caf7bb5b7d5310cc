/* SPDX-License-Identifier: MIT */
/* What a block is for can change; its free chunks change their lists with it. */
#include "internal.h"

/* The free chunks of a split block from one list to another. */
static void move_chunks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			enum pf_migratetype from, enum pf_migratetype to)
{
	pf_pfn pfn = pf_block_pfn(mem, nr), end = pfn + PF_BLOCK_PAGES;

	while (pfn < end) {
		uint32_t info = pf_load(&page_of(mem, pfn)->info);
		unsigned order = pf_info_order(info);

		if (pf_info_state(info) == PF_FREE) {
			pfi_list_del(mem, zone, order, from, (uint32_t)pfn);
			pfi_list_add(mem, zone, order, to, (uint32_t)pfn, AT_HEAD);
		}
		/* What is not the first of a chunk has order 0. */
		pfn += 1ul << order;
	}
}

static void set_type(struct pf_block *b, enum pf_migratetype type)
{
	pf_store(&b->info, info_retype(b->info, type));
}

/* A whole free block leaves its chunk, and merges again with what is like it now. */
static void convert_free(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			 enum pf_migratetype type)
{
	pf_pfn head, pfn = pf_block_pfn(mem, nr);
	unsigned have = pfi_chunk_of(mem, zone, pfn, &head);

	pfi_cut(mem, zone, head, have, pfn, pfn + PF_BLOCK_PAGES);
	set_type(&mem->blocks[nr], type);
	pfi_free_blocks(mem, zone, nr, PF_BLOCK_ORDER, AT_HEAD);
}

void pfi_convert_block(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
		       enum pf_migratetype type)
{
	struct pf_block *b = &mem->blocks[nr];
	enum pf_migratetype from = pf_info_migratetype(b->info);

	if (pf_info_state(b->info) == PF_FREE) {
		convert_free(mem, zone, nr, type);
		return;
	}
	if (pf_info_state(b->info) == PF_SPLIT) {
		move_chunks(mem, zone, nr, from, type);
		count_free(zone, from, -(long)b->nr_free);
		count_free(zone, type, b->nr_free);
	}
	set_type(b, type);
}
