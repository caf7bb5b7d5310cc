/* SPDX-License-Identifier: MIT */
/*
 * Everything is walked, and everything counted again. What the free lists hold and what entries and
 * descriptors call free must be the same chunks: lists are checked chunk by chunk, and then the
 * pages on them, the pages free by state, and the count of the zone must be one number.
 */
#include "pcp.h"

#include "../lib/line.h"

struct check {
	const struct pf_mem *mem;
	const struct pf_zone *zone;
	struct line why; /* empty: nothing is wrong */
};

static bool wrong(struct check *c, const char *what, uint64_t where)
{
	line_str(&c->why, "node ");
	line_int(&c->why, c->zone->nid);
	line_str(&c->why, ", zone ");
	line_str(&c->why, pf_zone_name(c->zone->type));
	line_str(&c->why, ": ");
	line_str(&c->why, what);
	line_char(&c->why, ' ');
	line_0x(&c->why, where);
	return false;
}

/* Two counts that must be one. */
static bool same(struct check *c, const char *what, unsigned long counted, unsigned long kept)
{
	if (counted == kept)
		return true;
	wrong(c, what, kept);
	line_str(&c->why, ", counted ");
	line_0x(&c->why, counted);
	return false;
}

static uint32_t free_info(const struct check *c, unsigned order)
{
	return info_place(c->zone->type, c->zone->nid) | PF_FREE | info_order(order);
}

/* --- lists --- */

/* What an entry says of its block beside its state. */
#define ASIDE (PF_INFO_MARKED | PF_INFO_BEFORE)

static bool check_block(struct check *c, uint32_t nr, unsigned order, enum pf_migratetype type)
{
	uint32_t want = free_info(c, order) | PF_INFO_FIRST | info_migratetype(type), info;
	unsigned long buddy = nr ^ 1ul << (order - PF_BLOCK_ORDER);

	if (nr >= c->mem->nr_blocks || (c->mem->blocks[nr].info & ~ASIDE) != want)
		return wrong(c, "a list of blocks holds what is not such a chunk: block", nr);
	for (unsigned long i = 1; i < 1ul << (order - PF_BLOCK_ORDER); i++) {
		info = c->mem->blocks[nr + i].info;
		if ((info & ~(PF_INFO_MIGRATE | ASIDE)) != free_info(c, 0))
			return wrong(c, "a free chunk has a block that is not free:", nr + i);
		if (pf_info_migratetype(info) != type &&
		    !(is_ordinary(pf_info_migratetype(info)) && is_ordinary(type)))
			return wrong(c, "a free chunk has blocks of different kinds:", nr + i);
	}
	if (order < PF_MAX_ORDER && buddy < c->mem->nr_blocks &&
	    (c->mem->blocks[buddy].info & ~ASIDE) == want)
		return wrong(c, "two free buddies are not merged: block", nr);
	return true;
}

static bool check_page(struct check *c, pf_pfn pfn, unsigned order, enum pf_migratetype type)
{
	const struct pf_block *b;

	if (!pf_mem_has_pfn(c->mem, pfn))
		return wrong(c, "a list of pages leaves memory: pfn", pfn);
	b = pf_block(c->mem, pfn);
	if (pf_info_state(b->info) != PF_SPLIT || pf_info_migratetype(b->info) != type)
		return wrong(c, "a list of pages enters a block that is not its kind: pfn", pfn);
	if (page_of(c->mem, pfn)->info != free_info(c, order))
		return wrong(c, "a list of pages holds what is not such a chunk: pfn", pfn);
	for (unsigned long i = 1; i < 1ul << order; i++)
		if (pf_info_state(page_of(c->mem, pfn + i)->info) != PF_TAIL)
			return wrong(c, "a free chunk has a page that is not its own: pfn",
				     pfn + i);
	if (page_of(c->mem, pfn ^ 1ul << order)->info == free_info(c, order))
		return wrong(c, "two free buddies are not merged: pfn", pfn);
	return true;
}

/* Follows next; prev must lead back. A list longer than its count is caught where the count ends.
 */
static bool check_list(struct check *c, unsigned order, enum pf_migratetype type)
{
	const struct pf_free_list *list = &c->zone->free[order][type];
	bool blocks = order >= PF_BLOCK_ORDER;
	uint32_t at = list->first, before = at;

	for (unsigned long i = 0; i < list->nr; i++) {
		pf_pfn pfn = pfi_link_pfn(c->zone, at);
		const struct pf_links *l;

		if (!(blocks ? check_block(c, at, order, type) : check_page(c, pfn, order, type)))
			return false;
		l = blocks ? &c->mem->blocks[at].links : &page_of(c->mem, pfn)->links;
		if (l->prev != before || (i + 1 == list->nr) != (l->next == at))
			return wrong(c, "a link of a free list leads astray: at", at);
		before = at;
		at = l->next;
	}
	if (list->nr && before != list->last)
		return wrong(c, "a free list has another end than its last:", list->last);
	return true;
}

/* The lists of one type. Return: their free pages, in @pages. */
static bool check_type(struct check *c, enum pf_migratetype type, unsigned long *pages)
{
	uint32_t nonempty = 0;

	for (unsigned order = 0; order <= PF_MAX_ORDER; order++) {
		const struct pf_free_list *list = &c->zone->free[order][type];

		if (!check_list(c, order, type))
			return false;
		*pages += (unsigned long)list->nr << order;
		nonempty |= (uint32_t)(list->nr != 0) << order;
	}
	return same(c, "lists that are not empty, a bit each:", nonempty, c->zone->nonempty[type]);
}

static bool check_lists(struct check *c)
{
	unsigned long pages = 0;

	for (int type = 0; type < PF_MIGRATETYPES; type++) {
		unsigned long some = 0;

		if (!check_type(c, (enum pf_migratetype)type, &some))
			return false;
		if (!is_ordinary((enum pf_migratetype)type) &&
		    !same(c, "free pages of a type that is counted apart:", some,
			  c->zone->nr_free_of[type]))
			return false;
		if (type != PF_ISOLATE)
			pages += some;
	}
	return same(c, "pages in free lists:", pages, c->zone->nr_free);
}

/* --- per-CPU lists --- */

static bool check_pcp_chunk(struct check *c, uint32_t at, unsigned order)
{
	uint32_t want = info_place(c->zone->type, c->zone->nid) | PF_PER_CPU | info_order(order);
	pf_pfn pfn = c->zone->base_pfn + at;

	if (order >= PF_BLOCK_ORDER) {
		if (at >= c->mem->nr_blocks || c->mem->blocks[at].use != PF_USE_PER_CPU ||
		    pf_info_state(c->mem->blocks[at].info) != PF_ALLOCATED)
			return wrong(c, "a per-CPU list holds what is not such a block:", at);
		return true;
	}
	if (!pf_mem_has_pfn(c->mem, pfn) ||
	    pf_info_state(pf_block(c->mem, pfn)->info) != PF_SPLIT ||
	    page_of(c->mem, pfn)->info != want)
		return wrong(c, "a per-CPU list holds what is not such a chunk: pfn", pfn);
	return true;
}

static bool check_pcp_list(struct check *c, const struct pf_pcp_list *list, unsigned order)
{
	uint32_t at = list->first;

	for (uint32_t i = 0; i < list->nr; i++) {
		if (!check_pcp_chunk(c, at, order))
			return false;
		at = order >= PF_BLOCK_ORDER ? c->mem->blocks[at].links.next
					     : page_of(c->mem, c->zone->base_pfn + at)->links.next;
	}
	return true;
}

/* All that all CPUs hold, and its pages. */
static bool check_pcps(struct check *c, unsigned long *pages)
{
	for (unsigned cpu = 0; cpu < c->mem->nr_cpus; cpu++) {
		const struct pf_pcp *pcp = &c->zone->pcp[cpu];

		for (unsigned i = 0; i < PF_PCP_ORDERS * PF_PCP_TYPES; i++) {
			unsigned index = i / PF_PCP_TYPES, type = i % PF_PCP_TYPES;

			if (!check_pcp_list(c, &pcp->hot[index][type], pcp_order(index)) ||
			    !check_pcp_list(c, &pcp->cold[index][type], pcp_order(index)))
				return false;
		}
		*pages += pf_per_cpu_pages(c->mem, c->zone, cpu);
	}
	return true;
}

/* --- states --- */

struct counts {
	unsigned long free, isolated, per_cpu, used, reserved, deferred;
	unsigned long highatomic, cma; /* by type of block, whatever the state */
};

static void count(struct counts *n, enum pf_state state, enum pf_migratetype type,
		  unsigned long pages)
{
	if (state == PF_FREE && type == PF_ISOLATE)
		n->isolated += pages;
	else if (state == PF_FREE)
		n->free += pages;
	else if (state == PF_PER_CPU)
		n->per_cpu += pages;
	else if (state == PF_RESERVED || state == PF_NOMAP)
		n->reserved += pages;
	else if (state == PF_DEFERRED)
		n->deferred += pages;
	else if (state != PF_ABSENT && state != PF_OFFLINE && state != PF_DEVICE)
		n->used += pages;
}

/* A page is marked while it is in use, and its block's entry with it. */
static bool check_marks(struct check *c, unsigned long nr)
{
	bool marked = c->mem->blocks[nr].info & PF_INFO_MARKED;

	if (marked != (pfi_marked_pages(c->mem, nr) > 0))
		return wrong(c, "only one of a block and its pages is marked:", nr);
	return true;
}

/* The zone's pages of a split block. A chunk's first page has its size. */
static bool count_split(struct check *c, unsigned long nr, struct counts *n)
{
	uint32_t place = info_place(c->zone->type, c->zone->nid);
	enum pf_migratetype type = pf_info_migratetype(c->mem->blocks[nr].info);
	unsigned long free = n->free + n->isolated, left = 0;
	uint32_t head = 0;

	for (unsigned long i = 0; i < PF_BLOCK_PAGES; i++, left -= (left > 0)) {
		pf_pfn pfn = pf_block_pfn(c->mem, nr) + i;
		uint32_t info = page_of(c->mem, pfn)->info;
		enum pf_state state = pf_info_state(info);

		if ((left > 0) != (state == PF_TAIL))
			return wrong(c, "a chunk begins inside another, or has no first page: pfn",
				     pfn);
		head = state == PF_TAIL ? head : info;
		if (info & PF_INFO_MARKED && pf_info_state(head) != PF_ALLOCATED)
			return wrong(c, "a page is marked that is not in use: pfn", pfn);
		if (state == PF_TAIL && (info ^ head) & PF_INFO_PLACE)
			return wrong(c, "a chunk has pages of several zones: pfn", pfn);
		if (state == PF_TAIL || state == PF_ABSENT)
			continue;
		/* Each no-free page is one, whatever the chunk that it came with. */
		left = state == PF_NOFREE ? 1 : 1ul << pf_info_order(info);
		if (left >= PF_BLOCK_PAGES || pfn & (left - 1))
			return wrong(c, "a chunk begins where none of its order can: pfn", pfn);
		if ((info & PF_INFO_PLACE) == place)
			count(n, state, type, left);
	}
	if (c->mem->blocks[nr].info & PF_INFO_MIXED)
		return true;
	return same(c, "free pages of a split block:", n->free + n->isolated - free,
		    c->mem->blocks[nr].nr_free);
}

/* A whole block: the first of a chunk has its size, and the others follow. */
static bool check_whole(struct check *c, unsigned long nr, unsigned long *left)
{
	uint32_t info = c->mem->blocks[nr].info;
	enum pf_state state = pf_info_state(info);
	bool chunk = state == PF_FREE || state == PF_ALLOCATED;
	unsigned order = pf_info_order(info);

	if (chunk ? !(info & PF_INFO_FIRST) != (*left > 0) : *left > 0)
		return wrong(c, "a chunk begins inside another, or has no first block:", nr);
	if (chunk && !*left) {
		if (order < PF_BLOCK_ORDER || order > PF_MAX_ORDER ||
		    nr & ((1ul << (order - PF_BLOCK_ORDER)) - 1))
			return wrong(c, "a chunk begins where none of its order can: block", nr);
		*left = 1ul << (order - PF_BLOCK_ORDER);
	}
	*left -= *left > 0;
	return true;
}

static void count_type(struct counts *n, uint32_t info)
{
	enum pf_migratetype type = pf_info_migratetype(info);

	if (info & PF_INFO_MIXED)
		return;
	if (type == PF_ISOLATE)
		type = (enum pf_migratetype)((info & PF_INFO_BEFORE) >> PF_INFO_BEFORE_SHIFT);
	n->highatomic += type == PF_HIGHATOMIC ? PF_BLOCK_PAGES : 0;
	n->cma += type == PF_CMA ? PF_BLOCK_PAGES : 0;
}

/* One block, if pages of it are the zone's. @left: blocks of the chunk that goes on here. */
static bool count_block(struct check *c, unsigned long nr, struct counts *n, unsigned long *left)
{
	const struct pf_block *b = &c->mem->blocks[nr];
	bool here = (b->info & PF_INFO_PLACE) == info_place(c->zone->type, c->zone->nid);
	enum pf_state state = pf_info_state(b->info);

	if ((here || b->info & PF_INFO_MIXED) && !check_marks(c, nr))
		return false;
	if (state == PF_SPLIT && (here || b->info & PF_INFO_MIXED)) {
		if (b->described != PF_DESCRIBED)
			return wrong(c, "a split block has no descriptors:", nr);
		count_type(n, b->info);
		return count_split(c, nr, n);
	}
	if (!here)
		return true;
	if (!check_whole(c, nr, left))
		return false;
	count_type(n, b->info);
	if (b->info & PF_INFO_MARKED && state != PF_OFFLINE &&
	    (state != PF_ALLOCATED || b->use == PF_USE_PER_CPU))
		return wrong(c, "marked, and not in use: block", nr);
	if (b->use && state != PF_ALLOCATED && b->use != PF_USE_MEMMAP)
		return wrong(c, "in use, and not allocated: block", nr);
	count(n, b->use == PF_USE_PER_CPU ? PF_PER_CPU : state, pf_info_migratetype(b->info),
	      PF_BLOCK_PAGES);
	return true;
}

static bool check_counts(struct check *c)
{
	const struct pf_zone *z = c->zone;
	struct counts n = { 0 };
	unsigned long nr = z->spanned ? pf_block_nr(c->mem, z->start_pfn) : 0;
	unsigned long end = z->spanned ? pf_block_nr(c->mem, z->start_pfn + z->spanned - 1) + 1 : 0;
	unsigned long left = 0, per_cpu = 0, managed;

	for (; nr < end; nr++)
		if (!count_block(c, nr, &n, &left))
			return false;
	if (z->pcp && !check_pcps(c, &per_cpu))
		return false;
	managed = n.free + n.isolated + n.per_cpu + n.used;
	return same(c, "free pages by state:", n.free, z->nr_free) &&
	       same(c, "isolated pages by state:", n.isolated, z->nr_free_of[PF_ISOLATE]) &&
	       same(c, "pages on per-CPU lists by state:", n.per_cpu, per_cpu) &&
	       same(c, "pages of high-atomic blocks:", n.highatomic, z->nr_highatomic) &&
	       same(c, "pages of CMA blocks:", n.cma, z->nr_cma) &&
	       same(c, "deferred pages:", n.deferred, z->deferred) &&
	       same(c, "managed pages:", managed, z->managed) &&
	       same(c, "present pages:", managed + n.reserved + n.deferred, z->present);
}

bool pf_verify(const struct pf_mem *mem, char *why, size_t size)
{
	struct check c = { .mem = mem };
	bool good = true;
	size_t i;

	for (int nid = 0; good && nid < mem->nr_nodes; nid++) {
		unsigned long present = 0;

		for (int z = 0; mem->nodes[nid] && good && z < PF_ZONES; z++) {
			c.zone = &mem->nodes[nid]->zone[z];
			good = (!c.zone->free || check_lists(&c)) && check_counts(&c);
			present += c.zone->present;
			if (good && z == PF_ZONES - 1)
				good = same(&c, "present pages of the node:", present,
					    mem->nodes[nid]->present);
		}
	}
	for (i = 0; size && i < c.why.len && i < size - 1; i++)
		why[i] = c.why.text[i];
	if (size)
		why[i] = '\0';
	return good;
}
