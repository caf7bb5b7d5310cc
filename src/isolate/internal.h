/* SPDX-License-Identifier: MIT */
/* Blocks withdrawn from allocation, and what is made of them, among themselves. */
#ifndef ISOLATE_INTERNAL_H
#define ISOLATE_INTERNAL_H

#include <pageframe/isolate.h>

#include "../page_alloc/internal.h"

/*
 * isolate.c: as pf_isolate_range(), of whole blocks [@start, @end), but only pages of [@from, @to)
 * must be movable: what is outside stays where it is.
 */
int pfi_isolate(struct pf_mem *mem, pf_pfn start, pf_pfn end, pf_pfn from, pf_pfn to,
		enum pf_migratetype type, unsigned flags, struct pf_obstacle *obstacle);
/*
 * obstacle.c: what keeps a block from being isolated, whatever is in it, by its entry; "it is ...";
 * NULL: nothing.
 */
const char *pfi_entry_in_the_way(uint32_t info, enum pf_migratetype type);
/* Of a page that is not in use, or a block. */
const char *pfi_state_in_the_way(enum pf_state state, unsigned flags);
/*
 * obstacle.c, under the zone's lock: what keeps the page from being moved, "it is ..."; NULL:
 * nothing. @step: pages to the next one to ask about, which may be in the next block. @type,
 * @flags: as for pf_isolate_range().
 */
const char *pfi_in_the_way(const struct pf_mem *mem, pf_pfn pfn, enum pf_migratetype type,
			   unsigned flags, unsigned long *step);
/*
 * obstacle.c, under the zone's lock, or owning it: is a page of this chunk, which is in use,
 * damaged? Nobody can move it then.
 */
bool pfi_is_damaged(const struct pf_mem *mem, pf_pfn head, unsigned order);
/* obstacle.c: the caller is told, through @obstacle and, if he wants that, in print. Return: @ret.
 */
int pfi_refuse(struct pf_obstacle *obstacle, unsigned flags, int ret, pf_pfn pfn, const char *why);
/*
 * obstacle.c: what is wrong with these arguments of somebody who isolates, "it is ...", and at
 * which page; NULL: nothing. pfi_not_blocks(): of whole blocks.
 */
const char *pfi_not_pages(const struct pf_mem *mem, pf_pfn start, pf_pfn end,
			  enum pf_migratetype type, pf_pfn *at);
const char *pfi_not_blocks(const struct pf_mem *mem, pf_pfn start, pf_pfn end,
			   enum pf_migratetype type, pf_pfn *at);

/*
 * migrate.c: what is in use in [@start, @end) is moved out, as far as @mover likes. Return: 0, or
 * -PF_ENOMEM: there is nothing to move a chunk to. No lock held.
 */
int pfi_move_out(struct pf_mem *mem, pf_pfn start, pf_pfn end, pf_gfp gfp,
		 const struct pf_mover *mover);
/*
 * The allocated chunk that holds a page, by its first page; or above PF_MAX_ORDER: it is in none.
 * Under the zone's lock, or owning it.
 */
unsigned pfi_used_chunk(const struct pf_mem *mem, pf_pfn pfn, pf_pfn *head);

/*
 * poisoned.c: a page that is free is out, as by pf_poison_page(); one that is not is left as it is.
 * Return: 0; PFI_IN_USE: it has an owner, or is on a CPU's list; -PF_EEXIST: it is out, or marked;
 * otherwise as pf_poison_page(). No lock held.
 */
int pfi_poison_free(struct pf_mem *mem, pf_pfn pfn);
#define PFI_IN_USE 2

/*
 * put.c: allocated chunks, [@pfn, @end), become free, without a word to anybody, and not by CPUs'
 * lists from block order up. They are the caller's. No lock held.
 */
void pfi_put_range(struct pf_mem *mem, pf_pfn pfn, pf_pfn end);

/*
 * put.c: as pf_free_contig_range(), for @who, a function that messages name. Return: pages that
 * were not freed.
 */
unsigned long pfi_give_range(struct pf_mem *mem, pf_pfn start, unsigned long nr, const char *who);

/* search.c: what is looked for, and where. */
struct search {
	struct pf_mem *mem;
	const struct pf_zone *zone;
	pf_pfn start, end; /* here */
	unsigned long nr, align;
	enum pf_migratetype type; /* PF_CMA, or PF_MOVABLE: as for pf_isolate_range() */
	bool harder;		  /* what is not free by blocks is looked at, too */
	const struct pf_mover *mover;
};
/* The range, which is the caller's now, or PF_NO_PFN. No lock held. */
pf_pfn pfi_search(const struct search *s, pf_gfp gfp);

static inline pf_pfn block_end(pf_pfn pfn)
{
	return (pfn | (PF_BLOCK_PAGES - 1)) + 1;
}

/* Of a block that is not mixed. */
static inline struct pf_zone *zone_of_block(const struct pf_mem *mem, pf_pfn pfn)
{
	return pf_info_to_zone(mem, pf_load(&pf_block(mem, pfn)->info));
}

static inline bool is_free_of(const struct pf_zone *zone, uint32_t info)
{
	return (info & (PF_INFO_PLACE | PF_INFO_STATE)) ==
	       (info_place(zone->type, zone->nid) | PF_FREE);
}

/* Of a block that is not mixed. Without the lock it may go offline, and come back elsewhere. */
static inline struct pf_zone *lock_zone_of(const struct pf_mem *mem, pf_pfn pfn, pf_irqflags *flags)
{
	struct pf_zone *zone = zone_of_block(mem, pfn), *now;

	for (;; zone = now) {
		*flags = pf_lock_irqsave(&zone->lock);
		now = zone_of_block(mem, pfn);
		if (now == zone)
			break;
		pf_unlock_irqrestore(&zone->lock, *flags);
	}
	zone->locked++;
	return zone;
}

/* How far one use of a lock goes: a part of a block, or whole blocks of one zone, a few. */
#define BLOCKS_AT_ONCE 512ul
static inline pf_pfn stretch_end(const struct pf_mem *mem, pf_pfn pfn, pf_pfn end)
{
	unsigned long nr = pf_block_nr(mem, pfn), stop = (nr | (BLOCKS_AT_ONCE - 1)) + 1;
	uint32_t info = pf_load(&mem->blocks[nr].info);

	if (pfn & (PF_BLOCK_PAGES - 1) || end - pfn < PF_BLOCK_PAGES)
		return min_pfn(block_end(pfn), end);
	stop = min_pfn(stop, pf_block_nr(mem, end));
	while (++nr < stop)
		if ((pf_load(&mem->blocks[nr].info) ^ info) & PF_INFO_PLACE)
			break;
	return pf_block_pfn(mem, nr);
}

#endif
