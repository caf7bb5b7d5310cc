/* SPDX-License-Identifier: MIT */
/*
 * The first thing that is known of a block: where it belongs. Everything is reserved. A block that
 * has holes, or pages of several zones, is split here, while there is one CPU, and stays split.
 */
#include "internal.h"

#include "poison.h"

static void enter_whole(struct pf_mem *mem, unsigned long nr, unsigned long end, uint32_t info)
{
	struct pf_block entry = { .info = info | info_migratetype(PF_MOVABLE) };

	for (; nr < end; nr++)
		mem->blocks[nr] = entry;
}

/* Pages [@start, @end) of one block; the others are absent until their own piece comes. */
static int enter_part(struct pf_mem *mem, pf_pfn start, pf_pfn end, uint32_t info)
{
	struct pf_block *b = pf_block(mem, start);
	uint32_t place = info & PF_INFO_PLACE;

	if (pf_info_state(b->info) == PF_ABSENT) {
		b->info = place; /* for the memory behind its descriptors */
		if (pfi_describe(mem, pf_block_nr(mem, start), PF_ABSENT) < 0)
			return pfi_no_room(DESCRIPTORS_SIZE, pf_info_node(info));
		unpoison(pf_page(mem, start & ~(PF_BLOCK_PAGES - 1)), DESCRIPTORS_SIZE);
		mem->mixed++;
		b->info = place | info_migratetype(PF_MOVABLE) | PF_INFO_MIXED | PF_SPLIT;
	}
	for (; start < end; start++)
		page_of(mem, start)->info = info;
	return 0;
}

static int enter_piece(struct pf_mem *mem, const struct piece *p)
{
	uint32_t info = info_place(p->zone, p->nid) | (p->nomap ? PF_NOMAP : PF_RESERVED);
	pf_pfn start = p->start, head, tail;
	int ret = 0;

	head = (start + PF_BLOCK_PAGES - 1) & ~(PF_BLOCK_PAGES - 1);
	tail = p->end & ~(PF_BLOCK_PAGES - 1);
	if (start < head)
		ret = enter_part(mem, start, min_pfn(head, p->end), info);
	if (!ret && head < tail)
		enter_whole(mem, pf_block_nr(mem, head), pf_block_nr(mem, tail), info);
	if (!ret && head <= tail && tail < p->end)
		ret = enter_part(mem, tail, p->end, info);
	return ret;
}

int pfi_memmap_enter(struct pf_mem *mem, const struct zone_limits *limits)
{
	struct piece_walk w;
	struct piece p;
	int ret = 0;

	pfi_pieces_start(&w, mem, limits);
	while (!ret && pfi_next_piece(&w, &p))
		ret = enter_piece(mem, &p);
	return ret;
}
