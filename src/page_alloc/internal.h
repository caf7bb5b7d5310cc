/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator's inner face. From PF_BLOCK_ORDER up chunks are made of blocks, below of
 * pages of one split block. All functions, where nothing else is said: under the zone's lock, with
 * everything in one zone.
 */
#ifndef PAGE_ALLOC_INTERNAL_H
#define PAGE_ALLOC_INTERNAL_H

#include <pageframe/page_alloc.h>

#include "../memmap/internal.h"

/* Where a chunk goes in its list: those that are taken last are at the tail. */
enum list_end {
	AT_HEAD,
	AT_TAIL,
};

/* Blocks of a chunk of PF_MAX_ORDER. */
#define LARGEST_STEP (1ul << (PF_MAX_ORDER - PF_BLOCK_ORDER))

/* list.c: @at is a block's number from PF_BLOCK_ORDER up, the low half of a pfn below */
void pfi_list_add(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		  enum pf_migratetype type, uint32_t at, enum list_end at_end);
void pfi_list_del(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		  enum pf_migratetype type, uint32_t at);
/* @n chunks of PF_MAX_ORDER side by side, from block @nr on. */
void pfi_list_add_largest(struct pf_mem *mem, struct pf_zone *zone, enum pf_migratetype type,
			  unsigned long nr, unsigned long n, enum list_end at_end);
/* The reverse: they must follow each other in the list, too, upwards or downwards. */
void pfi_list_del_largest(struct pf_mem *mem, struct pf_zone *zone, enum pf_migratetype type,
			  unsigned long nr, unsigned long n);

/* free.c: a chunk becomes free, merges with its free buddies, and is counted */
/* @nr: the first of 2^(@order - PF_BLOCK_ORDER) blocks, each of them in state PF_FREE, none first.
 */
void pfi_free_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned order,
		     enum list_end at_end);
/* The same for @chunks neighbouring ones of PF_MAX_ORDER, at once. */
void pfi_free_largest(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
		      unsigned long chunks, enum list_end at_end);
/* @pfn: a chunk below block order in a split block; its pages but the first are PF_TAIL. */
void pfi_free_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order,
		    enum list_end at_end);
/* Pages of one split block, all of them PF_TAIL, as the largest chunks that they make. */
void pfi_free_run(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end,
		  enum list_end at_end);
/* The same for blocks, all of them PF_FREE, none first, of one migratetype. */
void pfi_free_block_run(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			unsigned long end, enum list_end at_end);

/* The same for blocks of any migratetypes: those that may merge do, and lists are their heads'. */
void pfi_free_chunk_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			   unsigned long end);

/* take.c: out of the free lists, smallest that fits first */
/* The smallest order of a free chunk that @order fits in; above PF_MAX_ORDER: there is none. */
unsigned pfi_smallest(const struct pf_zone *zone, unsigned order, enum pf_migratetype type);
/* Where the free chunk that holds a page begins, and its order; above PF_MAX_ORDER: it is not free.
 */
unsigned pfi_chunk_of(const struct pf_mem *mem, const struct pf_zone *zone, pf_pfn pfn,
		      pf_pfn *head);
/*
 * Pages [@from, @to) of the free chunk at @head, of order @have, leave the free lists; the rest of
 * it stays. They are the caller's, who writes their state: now pages are PF_TAIL, blocks PF_FREE
 * and none first. They are whole blocks, or lie in one block, which is split if it is not. Return:
 * false, and nothing has changed, without memory for descriptors.
 */
bool pfi_cut(struct pf_mem *mem, struct pf_zone *zone, pf_pfn head, unsigned have, pf_pfn from,
	     pf_pfn to);
/*
 * The same for whole blocks, [@nr, @end), the first of which is free, under as few changes of lists
 * as there can be: what lies and is listed side by side goes at once. Return: where it stopped, the
 * end of some chunk or @end.
 */
unsigned long pfi_cut_chain(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			    unsigned long end);
/* The caller's chunk, as pfi_cut() left it, is handed out; @type: what for. */
void pfi_mark_allocated(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order,
			enum pf_migratetype type);
/* @n blocks, no longer first of anything. */
void pfi_mark_blocks(struct pf_mem *mem, unsigned long nr, unsigned long n, enum pf_state state);

/*
 * convert.c: what a block is for; its free chunks go along. @nr is not mixed, and not of @type yet.
 */
void pfi_convert_block(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
		       enum pf_migratetype type);

/* With a pf_gfp: no split block is taken over, for it was tried already, and takes a while. */
#define PFI_NO_CLAIM 0x80000000u
/* And no whole block is split, for there is no memory for descriptors. Below block order only. */
#define PFI_NO_SPLIT 0x40000000u
/* For pfi_alloc(): no other CPU is waited for, as with PF_GFP_ATOMIC; nothing else of that. */
#define PFI_NO_WAIT 0x20000000u
/* Nothing of what another type has. For orders without lists. */
#define PFI_OWN_BLOCKS 0x10000000u
/*
 * mobility.c: a chunk for @type, of its own kind or of another. Return: its order, and @pfn; above
 * PF_MAX_ORDER: there is none that it may have.
 */
unsigned pfi_find_chunk(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			enum pf_migratetype type, pf_gfp gfp, pf_pfn *pfn);

/* highatomic.c: the block of a page is kept for allocations that cannot wait, if few are. */
void pfi_reserve_highatomic(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn);
/* A block that is kept becomes @type, one with such a chunk if there is one. False: none is free.
 */
bool pfi_unreserve_highatomic(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
			      enum pf_migratetype type);

/*
 * reserve.c: pages that may be taken for a chunk of @order before the zone is at @mark, more of
 * which is open to some; 0: none. With the lock exact, without it a hint.
 */
unsigned long pfi_room(const struct pf_zone *zone, unsigned order, enum pf_watermark mark,
		       enum pf_zone_type highest, pf_gfp gfp);

/*
 * watermark.c: managed has changed. What somebody asked for by pf_set_watermarks() stays, if it is
 * more than boot would choose (Linux: calculate_min_free_kbytes()). One at a time, no lock held.
 */
void pfi_watermarks_follow(struct pf_mem *mem);

/* slow.c: what a request begins with; any time. */
/* The calling CPU's node for NUMA_NO_NODE; NULL: there is none. */
const struct pf_node *pfi_first_node(const struct pf_mem *mem, int nid);
/* PF_ZONES or above: these flags make no sense. */
enum pf_zone_type pfi_highest_zone(pf_gfp gfp);
/*
 * A chunk from any zone that may serve it; as pf_alloc_pages_node(), but for the observer
 * and clearing, which are pfi_finish()'s, in fast.c.
 */
pf_pfn pfi_alloc(struct pf_mem *mem, unsigned order, pf_gfp gfp, int nid,
		 const struct pf_nodemask *nodes);
/* The same from this zone, down to its low watermark, without asking harder. */
pf_pfn pfi_alloc_easily(struct pf_mem *mem, struct pf_zone *zone, unsigned order, pf_gfp gfp);
pf_pfn pfi_finish(struct pf_mem *mem, pf_pfn pfn, unsigned order, pf_gfp gfp);

/* pcp.c: per-CPU lists; no lock held */
/*
 * A chunk from the calling CPU's lists of the zone, which are filled if need be, or from the zone.
 * PF_NO_PFN: none within @mark.
 */
pf_pfn pfi_get(struct pf_mem *mem, struct pf_zone *zone, unsigned order, enum pf_watermark mark,
	       enum pf_zone_type highest, pf_gfp gfp);
/* The chunk goes to the calling CPU's lists, or to the zone. */
void pfi_put(struct pf_mem *mem, pf_pfn pfn, unsigned order);
/* It may wait for other CPUs. */
#define PFI_DRAIN_WAIT 1u
/* Lists that look empty, too: their CPU may have chunks between them and the zone. */
#define PFI_DRAIN_EMPTY 2u
/* All CPUs' lists of a zone go back. False: one was left out. */
bool pfi_drain_zone(struct pf_mem *mem, struct pf_zone *zone, unsigned how);

/*
 * marked.c: damaged pages that are in use. Of a block whose entry is not marked no page is; of one
 * whose entry is, one at least, but while somebody marks it.
 */
/* A page in use that has a descriptor, as for pfi_word(), and the entry of its block. */
void pfi_mark(struct pf_mem *mem, pf_pfn pfn);
void pfi_unmark(struct pf_mem *mem, pf_pfn pfn);
/* The entry is marked no longer if no page of it is. */
void pfi_look_for_marks(struct pf_mem *mem, unsigned long nr);
unsigned long pfi_marked_pages(const struct pf_mem *mem, unsigned long nr);
/* Pages of a block whose entry is marked, that were in use: those that are marked are poisoned. */
void pfi_free_marked(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, pf_pfn end);
/* Whole blocks that were in use, PF_ALLOCATED; of each that is marked what is not damaged. */
void pfi_free_used_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			  unsigned long end);

/* at.c: the zone of a page, or NULL. No lock: who does not have the page may find it elsewhere. */
struct pf_zone *pfi_zone_of(struct pf_mem *mem, pf_pfn pfn);
/* The same, locked: the page's block stays what it is. */
struct pf_zone *pfi_lock_zone_of(struct pf_mem *mem, pf_pfn pfn, pf_irqflags *flags);

/* words.c: what a page of this state is; "it is ..." */
const char *pfi_what_it_is(enum pf_state state);

/*
 * check.c: is this chunk allocated, and the caller's to free? It is PF_PER_CPU then. Otherwise he
 * is told.
 */
bool pfi_check_free(struct pf_mem *mem, pf_pfn pfn, unsigned order);
/* The same, but nobody is told. Return: 0; else it is not his, and what it is instead. */
uint32_t pfi_leave(struct pf_mem *mem, pf_pfn pfn, unsigned order);
/* That as text, "it is ...". */
struct line;
void pfi_say_what_it_is(struct line *l, uint32_t wrong);

/* The highest zone of a node that may serve, or -1; it may be another soon, with hotplug. */
static inline int pfi_top_zone(const struct pf_node *node, enum pf_zone_type highest)
{
	uint8_t z = pf_load(&node->highest[highest]);

	return z < PF_ZONES ? z : -1;
}

/* The pfn that a link into a page list stands for. */
static inline pf_pfn pfi_link_pfn(const struct pf_zone *zone, uint32_t link)
{
	return zone->base_pfn + (uint32_t)(link - (uint32_t)zone->base_pfn);
}

/* The first chunk of a list that is not empty. */
static inline pf_pfn pfi_first(const struct pf_mem *mem, const struct pf_zone *zone, unsigned order,
			       enum pf_migratetype type)
{
	uint32_t first = zone->free[order][type].first;

	return order >= PF_BLOCK_ORDER ? pf_block_pfn(mem, first) : pfi_link_pfn(zone, first);
}

/* The word of the first page of a chunk below block order; @type: what it was allocated for. */
static inline uint32_t allocated_info(const struct pf_zone *zone, unsigned order,
				      enum pf_migratetype type)
{
	return info_place(zone->type, zone->nid) | PF_ALLOCATED | info_order(order) |
	       info_migratetype(type);
}

/* Is this type one of those that take each other's place? */
static inline bool is_ordinary(enum pf_migratetype type)
{
	return type < PF_HIGHATOMIC;
}

/* The list of a chunk at @pfn is that of its block: nothing else says what it is for. */
static inline enum pf_migratetype block_type(const struct pf_mem *mem, pf_pfn pfn)
{
	return pf_info_migratetype(pf_load(&pf_block(mem, pfn)->info));
}

/* The largest aligned chunk that begins at @pfn and ends by @end. */
static inline unsigned fitting_order(pf_pfn pfn, pf_pfn end, unsigned largest)
{
	unsigned order = sizeof(long) * 8 - 1 - (unsigned)__builtin_clzl(end - pfn);

	order = order < largest ? order : largest;
	return pfn && (unsigned)__builtin_ctzl(pfn) < order ? (unsigned)__builtin_ctzl(pfn) : order;
}

/* Free pages of a type, more or less by @pages. Isolated ones do not count as free. */
static inline void count_free(struct pf_zone *zone, enum pf_migratetype type, long pages)
{
	if (type != PF_ISOLATE)
		pf_store(&zone->nr_free, zone->nr_free + (unsigned long)pages);
	if (!is_ordinary(type))
		pf_store(&zone->nr_free_of[type], zone->nr_free_of[type] + (unsigned long)pages);
}

#endif
