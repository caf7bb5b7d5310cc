/* SPDX-License-Identifier: MIT */
/*
 * What the files of no-free pages share. The node's nofree lock is for its queues, and is never
 * held together with a zone's.
 */
#ifndef NOFREE_INTERNAL_H
#define NOFREE_INTERNAL_H

#include <pageframe/nofree.h>

#include "../page_alloc/internal.h"

/* The smallest part of a block that is a chunk if it need not be; no CPU has such on its lists. */
#define PART_ORDER (PF_BLOCK_ORDER - 4 > PF_PCP_SMALL ? PF_BLOCK_ORDER - 4 : PF_PCP_SMALL)

/* May a chunk of this order be the reserve? Others were a makeshift. */
static inline bool may_stay(unsigned order)
{
	return order == PF_NOFREE_ORDER ||
	       (PF_NOFREE_ORDER == PF_BLOCK_ORDER && order >= PART_ORDER);
}

/* Who has a no-free page: in the migratetype's bits of its word. Its order is that of its chunk. */
enum whose {
	HANDED_OUT,
	WAITING, /* the queue */
	COMING,	 /* on its way from its owner to the queue */
};

static inline uint32_t nofree_info(uint32_t info, enum whose whose)
{
	return (info & (PF_INFO_PLACE | PF_INFO_ORDER)) | PF_NOFREE |
	       (uint32_t)whose << PF_INFO_MIGRATE_SHIFT;
}

static inline bool is_nofree(uint32_t info, enum whose whose)
{
	return (info & (PF_INFO_STATE | PF_INFO_MIGRATE)) == nofree_info(0, whose);
}

/* Of any page of a chunk. */
static inline unsigned long chunk_size(uint32_t info)
{
	return 1ul << pf_info_order(info);
}

static inline pf_pfn chunk_head(uint32_t info, pf_pfn pfn)
{
	return pfn & ~(chunk_size(info) - 1);
}

static inline uint32_t info_of(const struct pf_mem *mem, pf_pfn pfn)
{
	return pf_load(&page_of(mem, pfn)->info);
}

static inline struct pf_nofree *nofree_of(const struct pf_mem *mem, const struct pf_zone *zone)
{
	return &mem->nodes[zone->nid]->nofree;
}

static inline struct pf_nofree_runs *runs_of(const struct pf_mem *mem, const struct pf_zone *zone)
{
	return &nofree_of(mem, zone)->runs[zone->type];
}

/*
 * A run: its first page has its length and links, its last page its length, too. No run reaches
 * beyond its chunk, and two of a chunk are never side by side, so one that is as long as its chunk
 * is all of it.
 */
static inline unsigned long run_length(const struct pf_mem *mem, pf_pfn pfn)
{
	return page_of(mem, pfn)->value;
}

static inline bool is_complete(const struct pf_mem *mem, pf_pfn pfn)
{
	return run_length(mem, pfn) == chunk_size(info_of(mem, pfn));
}

/* --- run.c: under the nofree lock of the zone's node --- */

/* The first @n pages of the run at @pfn are handed out, to @pfns. */
void pfi_nofree_take(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned long n,
		     pf_pfn *pfns);
/*
 * A page, COMING or HANDED_OUT, waits from now on. Return: the chunk that has to go back, which is
 * in no queue any more, or PF_NO_PFN.
 */
pf_pfn pfi_nofree_put(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn);
/* A chunk that is new to the queues; its first @n pages are handed out, to @pfns. */
void pfi_nofree_enter(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned long n,
		      pf_pfn *pfns);
/* The last chunk of a zone that is complete leaves the queue; PF_NO_PFN: there is none. */
pf_pfn pfi_nofree_drop(struct pf_mem *mem, struct pf_zone *zone);

/* --- chunk.c: no lock held --- */

/*
 * Chunks that the caller has and no queue: the newest first, through their first pages, whose value
 * is whether a block became unmovable for it.
 */
struct imports {
	pf_pfn first;	     /* or PF_NO_PFN */
	unsigned long pages; /* of all that came */
	unsigned order;	     /* what to ask for next: larger ones are not to be had */
};

/*
 * One more, for @nr pages, of a zone that stays above its low watermark: while its node has few, a
 * part of an unmovable block that has so many; else of @imports->order or below. False: none.
 */
bool pfi_nofree_import(struct pf_mem *mem, pf_gfp gfp, struct pf_zone *zone, unsigned long nr,
		       struct imports *imports);
/* The same from wherever it can be had, by whatever means. */
bool pfi_nofree_import_any(struct pf_mem *mem, pf_gfp gfp, int nid, struct imports *imports);
/* Pages that a node could give at the most: what is free within the watermarks, and on lists. */
unsigned long pfi_nofree_room(const struct pf_mem *mem, pf_gfp gfp, const struct pf_node *node);
/* The newest is not among them any more. */
pf_pfn pfi_nofree_pop(struct pf_mem *mem, struct imports *imports);
/* A complete chunk that is in no queue goes back to the page allocator. */
void pfi_nofree_return(struct pf_mem *mem, pf_pfn pfn);
/* All that is left goes back, as it came. */
void pfi_nofree_undo(struct pf_mem *mem, struct imports *imports);

#endif
