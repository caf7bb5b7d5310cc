/* SPDX-License-Identifier: MIT */
/* Taking pages out of a free chunk; what is left of it stays free, as the largest chunks it makes.
 */
#include "internal.h"

unsigned pfi_smallest(const struct pf_zone *zone, unsigned order, enum pf_migratetype type)
{
	uint32_t fits = zone->nonempty[type] >> order;

	return fits ? order + (unsigned)__builtin_ctz(fits) : PF_MAX_ORDER + 1;
}

static unsigned block_chunk_of(const struct pf_mem *mem, pf_pfn pfn, pf_pfn *head)
{
	unsigned long nr = pf_block_nr(mem, pfn);

	for (unsigned order = PF_BLOCK_ORDER; order <= PF_MAX_ORDER; order++) {
		uint32_t info;

		nr &= ~((1ul << (order - PF_BLOCK_ORDER)) - 1);
		info = pf_load(&mem->blocks[nr].info);
		if (pf_info_state(info) != PF_FREE)
			break;
		if ((info & PF_INFO_FIRST) && pf_info_order(info) >= order) {
			*head = pf_block_pfn(mem, nr);
			return pf_info_order(info);
		}
	}
	return PF_MAX_ORDER + 1;
}

unsigned pfi_chunk_of(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn pfn,
		      pf_pfn *head)
{
	uint32_t place = info_place(zone->type, zone->nid);

	if (pf_info_state(pf_load(&pf_block(mem, pfn)->info)) != PF_SPLIT)
		return block_chunk_of(mem, pfn, head);
	for (unsigned order = 0; order < PF_BLOCK_ORDER; order++) {
		uint32_t info;

		*head = pfn & ~((1ul << order) - 1);
		info = pf_load(&page_of(mem, *head)->info);
		if ((info & (PF_INFO_PLACE | PF_INFO_STATE)) != (place | PF_FREE))
			continue;
		if (pf_info_order(info) >= order)
			return pf_info_order(info);
	}
	return PF_MAX_ORDER + 1;
}

/* Blocks that are PF_FREE, none first, back into the lists. They have no free buddies. */
static void keep_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			unsigned long end)
{
	while (nr < end) {
		struct pf_block *b = &mem->blocks[nr];
		unsigned order = fitting_order(nr, end, PF_MAX_ORDER - PF_BLOCK_ORDER);

		pf_store(&b->info, b->info | PF_INFO_FIRST | info_order(order + PF_BLOCK_ORDER));
		pfi_list_add(mem, zone, order + PF_BLOCK_ORDER, pf_info_migratetype(b->info),
			     (uint32_t)nr, AT_HEAD);
		nr += 1ul << order;
	}
}

static void keep_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end)
{
	uint32_t place = info_place(zone->type, zone->nid);

	while (pfn < end) {
		unsigned order = fitting_order(pfn, end, PF_BLOCK_ORDER - 1);

		pf_store(&page_of(mem, pfn)->info, place | PF_FREE | info_order(order));
		pfi_list_add(mem, zone, order, block_type(mem, pfn), (uint32_t)pfn, AT_HEAD);
		pfn += 1ul << order;
	}
}

/* The blocks of a chunk around [@from, @to) stay free. */
static void cut_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned have,
		       unsigned long from, unsigned long to)
{
	struct pf_block *b = &mem->blocks[nr];

	pfi_list_del(mem, zone, have, pf_info_migratetype(b->info), (uint32_t)nr);
	if (pf_info_state(b->info) == PF_FREE)
		pf_store(&b->info, info_become(b->info, PF_FREE));
	keep_blocks(mem, zone, nr, from);
	keep_blocks(mem, zone, to, nr + (1ul << (have - PF_BLOCK_ORDER)));
}

static void cut_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn head, unsigned have,
		      pf_pfn from, pf_pfn to)
{
	struct pf_block *b = pf_block(mem, head);

	keep_pages(mem, zone, head, from);
	keep_pages(mem, zone, to, head + (1ul << have));
	if (!(pf_load(&b->info) & PF_INFO_MIXED))
		b->nr_free = (uint16_t)(b->nr_free - (to - from));
}

bool pfi_cut(struct pf_mem *mem, struct pf_zone *zone, pf_pfn head, unsigned have, pf_pfn from,
	     pf_pfn to)
{
	enum pf_migratetype type = block_type(mem, from);
	unsigned long nr = pf_block_nr(mem, from);

	if (have < PF_BLOCK_ORDER) {
		pfi_list_del(mem, zone, have, type, (uint32_t)head);
		pf_store(&page_of(mem, head)->info, info_place(zone->type, zone->nid) | PF_TAIL);
		cut_pages(mem, zone, head, have, from, to);
	} else if (to - from >= PF_BLOCK_PAGES) {
		cut_blocks(mem, zone, pf_block_nr(mem, head), have, nr, pf_block_nr(mem, to));
	} else {
		if (pfi_split(mem, nr, PF_TAIL))
			return false;
		cut_blocks(mem, zone, pf_block_nr(mem, head), have, nr, nr + 1);
		mem->blocks[nr].nr_free = PF_BLOCK_PAGES;
		cut_pages(mem, zone, pf_block_pfn(mem, nr), PF_BLOCK_ORDER, from, to);
	}
	count_free(zone, type, -(long)(to - from));
	return true;
}

/* Free chunks of PF_MAX_ORDER from @nr on that are each other's neighbours in their list, too. */
static unsigned long chain_of(const struct pf_mem *mem, unsigned long nr, unsigned long end)
{
	const uint32_t want = PF_FREE | PF_INFO_FIRST | info_order(PF_MAX_ORDER);
	uint32_t info = pf_load(&mem->blocks[nr].info);
	unsigned long n = 0;

	if ((info & (PF_INFO_STATE | PF_INFO_FIRST | PF_INFO_ORDER)) != want)
		return 0;
	for (; end - nr >= LARGEST_STEP; n++, nr += LARGEST_STEP) {
		const struct pf_links *before = &mem->blocks[nr - LARGEST_STEP * (n > 0)].links;

		/* Upwards or downwards, but not both: they are the one's neighbours, too. */
		if (n && before->next != nr && before->prev != nr)
			break;
	}
	return n;
}

unsigned long pfi_cut_chain(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			    unsigned long end)
{
	enum pf_migratetype type = pf_info_migratetype(pf_load(&mem->blocks[nr].info));
	unsigned long n = chain_of(mem, nr, end), stop;
	unsigned have;
	pf_pfn head;

	if (!n) {
		have = pfi_chunk_of(mem, zone, pf_block_pfn(mem, nr), &head);
		stop = pf_block_nr(mem, head) + (1ul << (have - PF_BLOCK_ORDER));
		stop = stop < end ? stop : end;
		pfi_cut(mem, zone, head, have, pf_block_pfn(mem, nr), pf_block_pfn(mem, stop));
		return stop;
	}
	pfi_list_del_largest(mem, zone, type, nr, n);
	count_free(zone, type, -(long)(n << PF_MAX_ORDER));
	for (; n--; nr += LARGEST_STEP)
		pf_store(&mem->blocks[nr].info, info_become(mem->blocks[nr].info, PF_FREE));
	return nr;
}

void pfi_mark_blocks(struct pf_mem *mem, unsigned long nr, unsigned long n, enum pf_state state)
{
	for (unsigned long i = nr; i < nr + n; i++) {
		pf_store(&mem->blocks[i].info, info_become(mem->blocks[i].info, state));
		if (state == PF_FREE)
			pf_store(&mem->blocks[i].use, PF_USE_UNMOVABLE);
	}
}

void pfi_mark_allocated(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order,
			enum pf_migratetype type)
{
	struct pf_block *b = pf_block(mem, pfn);

	if (order < PF_BLOCK_ORDER) {
		pf_store(&page_of(mem, pfn)->info, allocated_info(zone, order, type));
		return;
	}
	pf_store(&b->use, (uint8_t)(type << 1));
	pfi_mark_blocks(mem, pf_block_nr(mem, pfn), 1ul << (order - PF_BLOCK_ORDER), PF_ALLOCATED);
	pf_store(&b->info, b->info | PF_INFO_FIRST | info_order(order));
}
