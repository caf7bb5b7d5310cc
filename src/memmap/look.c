/* SPDX-License-Identifier: MIT */
/* What is this page? For reports, walkers and tests. */
#include "internal.h"

#include "poison.h"

pf_pfn pfi_first_of(const struct pf_mem *mem, pf_pfn pfn)
{
	for (unsigned order = 0; order < PF_BLOCK_ORDER; order++) {
		pf_pfn first = pfn & ~((1ul << order) - 1);
		uint32_t info = pf_load(&page_of(mem, first)->info);

		if (pf_info_state(info) != PF_TAIL)
			return pf_info_order(info) >= order ? first : pfn;
	}
	return pfn;
}

/* A page inside a chunk is what its first page is. */
static enum pf_state chunk_state(const struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info = pf_load(&page_of(mem, pfi_first_of(mem, pfn))->info);

	return pf_info_state(info) == PF_TAIL ? PF_PER_CPU : pf_info_state(info);
}

uint32_t pfi_word(const struct pf_mem *mem, pf_pfn pfn)
{
	struct pf_page *page = page_of(mem, pfn);
	bool open = pf_info_state(pf_load(&pf_block(mem, pfn)->info)) == PF_SPLIT;
	uint32_t info;

	if (!open)
		unpoison(page, sizeof(*page));
	info = pf_load(&page->info);
	if (!open)
		poison(page, sizeof(*page));
	return info;
}

/* What is free in an isolated block nobody gets. */
static enum pf_state seen_as(enum pf_state state, uint32_t info)
{
	return state == PF_FREE && pf_info_migratetype(info) == PF_ISOLATE ? PF_ISOLATED : state;
}

/* Of a page that is no hole. */
static uint32_t look_inside(const struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info = pf_load(&page_of(mem, pfn)->info);

	info = (info & PF_INFO_PLACE) | (pf_load(&pf_block(mem, pfn)->info) & PF_INFO_MIGRATE);
	return info | (uint32_t)seen_as(chunk_state(mem, pfn), info);
}

/* The word of a block that is not split; what waits on a CPU's list is not its owner's any more. */
static uint32_t whole_info(const struct pf_block *b, uint32_t info)
{
	bool waits = pf_info_state(info) == PF_ALLOCATED && pf_load(&b->use) == PF_USE_PER_CPU;

	if (pf_info_state(info) == PF_ABSENT)
		return 0;
	return (info & (PF_INFO_PLACE | PF_INFO_MIGRATE)) |
	       (uint32_t)(waits ? PF_PER_CPU : seen_as(pf_info_state(info), info));
}

/* A page of such a block is damaged, and in use. Marks of offline ones are for later. */
static bool has_marks(uint32_t info)
{
	return info & PF_INFO_MARKED &&
	       (pf_info_state(info) == PF_SPLIT || pf_info_state(info) == PF_ALLOCATED);
}

static uint32_t mark_of(const struct pf_mem *mem, pf_pfn pfn)
{
	bool may_be = has_marks(pf_load(&pf_block(mem, pfn)->info));

	return may_be ? pfi_word(mem, pfn) & PF_INFO_MARKED : 0;
}

/* Of a block that is no hole. Its zone is another when it went offline and came back elsewhere. */
static struct pf_zone *lock_block(const struct pf_mem *mem, pf_pfn pfn, uint32_t place,
				  pf_irqflags *flags)
{
	const struct pf_block *b = pf_block(mem, pfn);

	for (;;) {
		struct pf_zone *zone = pf_info_to_zone(mem, place);
		uint32_t now;

		*flags = pf_lock_irqsave(&zone->lock);
		now = pf_load(&b->info);
		if (now & PF_INFO_MIXED || !((now ^ place) & PF_INFO_PLACE))
			return zone;
		pf_unlock_irqrestore(&zone->lock, *flags);
		place = now;
	}
}

uint32_t pf_page_info(const struct pf_mem *mem, pf_pfn pfn)
{
	const struct pf_block *b;
	struct pf_zone *zone;
	pf_irqflags flags;
	uint32_t info, place;

	if (!pf_mem_has_pfn(mem, pfn))
		return 0;
	b = pf_block(mem, pfn);
	info = pf_load_acquire(&b->info);
	if (pf_info_state(info) != PF_SPLIT && !has_marks(info))
		return whole_info(b, info);
	/* A mixed block stays split, and its pages where they are. */
	place = info & PF_INFO_MIXED ? pf_load(&page_of(mem, pfn)->info) : info;
	if (pf_info_state(place) == PF_ABSENT)
		return 0;
	zone = lock_block(mem, pfn, place, &flags);
	info = pf_load(&b->info);
	info = pf_info_state(info) == PF_SPLIT ? look_inside(mem, pfn) : whole_info(b, info);
	info |= info ? mark_of(mem, pfn) : 0;
	pf_unlock_irqrestore(&zone->lock, flags);
	return info;
}

/* How far from @pfn on are pages alike for sure? To the end of a block that is not split. */
static pf_pfn alike_until(const struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info = pf_load_acquire(&pf_block(mem, pfn)->info);

	return pf_info_state(info) == PF_SPLIT ? pfn + 1 : (pfn | (PF_BLOCK_PAGES - 1)) + 1;
}

static bool same_kind(uint32_t a, uint32_t b)
{
	return !((a ^ b) & (PF_INFO_STATE | PF_INFO_PLACE));
}

static bool is_alike(const struct pf_block *b, uint32_t info)
{
	return same_kind(info, whole_info(b, pf_load(&b->info)));
}

/* Past whole blocks of this kind, if a block begins at @pfn. Most of memory is passed over here. */
static pf_pfn skip_blocks(const struct pf_mem *mem, pf_pfn pfn, uint32_t info)
{
	unsigned long nr = pf_block_nr(mem, pfn);

	if (pfn & (PF_BLOCK_PAGES - 1))
		return pfn;
	while (nr < mem->nr_blocks && is_alike(&mem->blocks[nr], info))
		nr++;
	return pf_block_pfn(mem, nr);
}

bool pf_next_run(const struct pf_mem *mem, struct pf_run *run)
{
	pf_pfn pfn = run->end, end = pf_block_pfn(mem, mem->nr_blocks);
	uint32_t info = 0;

	while (pfn < end && pf_info_state(info = pf_page_info(mem, pfn)) == PF_ABSENT)
		pfn = alike_until(mem, pfn);
	if (pfn >= end)
		return false;
	*run = (struct pf_run){ pfn, pfn, pf_info_state(info), pf_info_zone(info),
				pf_info_node(info) };
	do {
		pfn = alike_until(mem, pfn);
		pfn = skip_blocks(mem, pfn, info);
	} while (pfn < end && same_kind(info, pf_page_info(mem, pfn)));
	run->end = pfn;
	return true;
}
