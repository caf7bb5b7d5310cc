/* SPDX-License-Identifier: MIT */
/* Offline memory comes to the page allocator. Nobody has seen it, so nobody is in the way. */
#include "internal.h"

static const char who[] = "pf_online_pages";

static void become(struct pf_block *b, enum pf_state state)
{
	pf_store(&b->info, info_become(b->info, state));
}

/* Damaged pages stay out: their descriptors have kept the mark. */
static unsigned long free_marked(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr)
{
	become(&mem->blocks[nr], PF_ALLOCATED);
	pfi_free_marked(mem, zone, pf_block_pfn(mem, nr), pf_block_pfn(mem, nr + 1));
	return nr + 1;
}

/* Blocks that are not marked, or one that is. Return: where it stopped. Under the zone's lock. */
static unsigned long free_some(struct pf_mem *mem, struct pf_zone *zone, struct blocks b)
{
	unsigned long nr = b.nr;

	if (mem->blocks[nr].info & PF_INFO_MARKED)
		return free_marked(mem, zone, nr);
	for (; nr < b.end && !(mem->blocks[nr].info & PF_INFO_MARKED); nr++)
		become(&mem->blocks[nr], PF_FREE);
	pfi_free_block_run(mem, zone, b.nr, nr, AT_TAIL);
	return nr;
}

static void hand_over(struct pf_mem *mem, struct pf_zone *zone, struct blocks b)
{
	while (b.nr < b.end) {
		struct blocks now = { b.nr, b.end };
		pf_irqflags flags = pf_lock_irqsave(&zone->lock);

		if (now.end - now.nr > BLOCKS_AT_ONCE)
			now.end = now.nr + BLOCKS_AT_ONCE;
		zone->locked++;
		b.nr = free_some(mem, zone, now);
		pf_unlock_irqrestore(&zone->lock, flags);
	}
}

/* --- which, and where --- */

static int all_offline(const struct pf_mem *mem, struct blocks b, int *nid)
{
	*nid = pf_info_node(pf_load(&mem->blocks[b.nr].info));
	for (unsigned long nr = b.nr; nr < b.end; nr++) {
		uint32_t info = pf_load(&mem->blocks[nr].info);
		const char *why = NULL;

		if (pf_info_state(info) != PF_OFFLINE)
			why = pf_info_state(info) == PF_ABSENT	 ? "there is no memory"
			      : pf_info_state(info) == PF_DEVICE ? "it is a device's"
								 : "it is online";
		else if (pf_info_node(info) != *nid)
			why = "it is another node's than what is before";
		if (why) {
			pfi_complain(who, pf_block_pfn(mem, nr), why);
			return -PF_EINVAL;
		}
	}
	return 0;
}

/* Links of the zone must reach it. */
static int fits(const struct pf_mem *mem, const struct pf_zone *zone, struct blocks b)
{
	pf_pfn start = first_pfn_of(mem, b), last = end_pfn_of(mem, b) - 1;

	if (start >= zone->base_pfn && (last - zone->base_pfn) >> 16 >> 16 == 0)
		return 0;
	pfi_complain(who, start, "its zone cannot reach it: 2^32 pages from its first one");
	return -PF_EINVAL;
}

/* The zone's, and offline still; or reserved. @info: all but the state of its entry. */
static void enter(struct pf_mem *mem, unsigned long nr, void *info)
{
	struct pf_block *b = &mem->blocks[nr];
	bool map = pf_load(&b->use) == PF_USE_MEMMAP;
	uint32_t now = *(uint32_t *)info;

	if ((b->info ^ now) & PF_INFO_PLACE)
		pfi_move_descriptors(mem, nr, now & PF_INFO_PLACE);
	pf_store_release(&b->info, now | (b->info & PF_INFO_MARKED) |
					   (uint32_t)(map ? PF_RESERVED : PF_OFFLINE));
}

bool pfi_next_segment(const struct pf_mem *mem, struct blocks b, struct blocks *s)
{
	for (s->nr = s->end; s->nr < b.end; s->nr++)
		if (pf_load(&mem->blocks[s->nr].use) != PF_USE_MEMMAP)
			break;
	for (s->end = s->nr; s->end < b.end; s->end++)
		if (pf_load(&mem->blocks[s->end].use) == PF_USE_MEMMAP)
			break;
	return s->nr < s->end;
}

static void add_managed(struct pf_mem *mem, struct pf_zone *zone, struct blocks b,
			unsigned long pages)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	pf_store(&zone->managed, zone->managed + pages);
	if (mem->released)
		mem->released(mem, first_pfn_of(mem, b), pages, PF_RELEASE_ONLINE);
	pf_unlock_irqrestore(&zone->lock, flags);
}

static void online(struct pf_mem *mem, struct pf_zone *zone, struct blocks b)
{
	uint32_t info = info_place(zone->type, zone->nid) | info_migratetype(PF_MOVABLE);
	struct blocks s = { .end = b.nr };

	pfi_zone_grow(mem, zone, b, (b.end - b.nr) << PF_BLOCK_ORDER);
	pfi_each_block(mem, b, enter, &info);
	while (pfi_next_segment(mem, b, &s)) {
		add_managed(mem, zone, s, (s.end - s.nr) << PF_BLOCK_ORDER);
		hand_over(mem, zone, s);
	}
	pfi_watermarks_follow(mem);
}

int pf_online_pages(struct pf_mem *mem, pf_pfn start, unsigned long nr, enum pf_online_to to)
{
	struct pf_zone *zone = NULL;
	struct blocks b;
	const char *why = pfi_blocks_of(mem, start, nr, &b);
	int ret, nid;

	if (!why && (unsigned)to > PF_ONLINE_MOVABLE)
		why = "there is no such choice of a zone";
	if (why) {
		pfi_complain(who, start, why);
		return -PF_EINVAL;
	}
	pfi_hotplug_begin(mem);
	ret = all_offline(mem, b, &nid);
	if (!ret) {
		zone = pfi_zone_for(mem, b, nid, to);
		ret = fits(mem, zone, b);
	}
	if (!ret)
		online(mem, zone, b);
	pfi_hotplug_end(mem);
	return ret;
}
