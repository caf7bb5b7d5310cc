/* SPDX-License-Identifier: MIT */
/*
 * Blocks withdrawn from allocation, contiguous ranges, contiguous memory areas, and damaged pages.
 * docs/isolation.md has the rules, and why none of them costs the hot paths anything.
 *
 * Context of everything here, where nothing else is said: after memblock_free_all(); any CPU, any
 * number at a time, along with allocations and frees. No lock of the library may be held, and no
 * interrupt handler may call: it may wait for other CPUs.
 */
#ifndef PAGEFRAME_ISOLATE_H
#define PAGEFRAME_ISOLATE_H

#include <pageframe/page_alloc.h>

/*
 * Damaged pages are not in the way, if they are out. One that is in use is all the same, with its
 * chunk: it cannot be copied, and is out when its owner frees it.
 */
#define PF_ISOLATE_SKIP_POISONED 0x1u
/* What is in the way is told through pf_port_print(), too. */
#define PF_ISOLATE_REPORT 0x2u

/* The first thing that is in the way, or that is wrong: set with every error of those who take it.
 */
struct pf_obstacle {
	pf_pfn pfn;
	const char *why; /* "it is ...", to be told; the text is there for ever */
};

/**
 * pf_isolate_range() - nothing is allocated from these blocks any more
 * @start, @end: pages, multiples of PF_BLOCK_PAGES; @end is the first that is not isolated
 * @type: PF_CMA: for a user of a contiguous memory area, all blocks must be its; PF_MOVABLE: for
 * anybody else, and none may be
 * @flags: PF_ISOLATE_*
 * @obstacle: where what is in the way goes, with any error, or NULL
 *
 * Free pages of the range are withdrawn; what is freed there later goes to them, from whatever list
 * and whatever it was allocated for; per-CPU lists have none of its pages when this returns, and
 * get none. Withdrawn pages are in no count of free ones. Movable pages that are in use stay in
 * use.
 *
 * Return: 0; -PF_EBUSY: a page there cannot be moved, or is not handed over yet, or is no memory,
 * or a block is isolated already, by somebody else, or it is a mixed one: with holes or nomap
 * pages, or pages of several zones: nothing is isolated by this call; -PF_EINVAL: the arguments
 * make no sense, or no entry of the memory map is for some of these pages.
 * Source: V. Babka on linux-mm, 19 November 2014, "store updated page migratetype to avoid misusing
 * stale value"; Linux: start_isolate_page_range().
 */
int pf_isolate_range(struct pf_mem *mem, pf_pfn start, pf_pfn end, enum pf_migratetype type,
		     unsigned flags, struct pf_obstacle *obstacle);

/**
 * pf_undo_isolate_range() - each block is for what it was for before, and free pages are free again
 * @start, @end: pages, multiples of PF_BLOCK_PAGES
 *
 * By who isolated them, the same range or parts of it. Blocks that are not isolated are left alone.
 * With any other range nothing is undone, and a message says so.
 */
void pf_undo_isolate_range(struct pf_mem *mem, pf_pfn start, pf_pfn end);

/**
 * pf_test_pages_isolated() - is each page of an isolated range free?
 * @start, @end: pages of blocks that the caller has isolated
 * @flags: PF_ISOLATE_SKIP_POISONED: damaged pages count as if they were
 *
 * States alone are read: a page is in the free lists, or it is damaged. One on a per-CPU list is
 * neither, and nobody asks what it is for.
 *
 * Return: the first page that is neither, or whose block is not isolated, or that is no memory; or
 * @end. @start, if it is not before @end.
 */
pf_pfn pf_test_pages_isolated(struct pf_mem *mem, pf_pfn start, pf_pfn end, unsigned flags);

/* How a host moves what is in use. */
struct pf_mover {
	/*
	 * Copy 2^@order pages and let everything that refers to @from refer to @to, which nobody
	 * else knows. The library saw @from allocated, for something movable, and undamaged; its
	 * owner may have freed it since, and, if it begins before the blocks of the range, somebody
	 * else may have another chunk there: the host's own locks tell. @from is the first page of
	 * a chunk as it was allocated, which may begin before the range that is wanted, and end
	 * behind it; @to may be in another zone or node, and holds anything.
	 *
	 * Return: 0: @to is in use now, and @from is nobody's: the library frees it. Anything else:
	 * @to is still nobody's, and @from is left as it is; the library may ask again.
	 *
	 * Context: of who wants the range; no lock of the library is held. It may sleep, if that
	 * one may, and allocate and free, but nothing of the range comes free for others meanwhile.
	 */
	int (*move)(struct pf_mem *mem, pf_pfn from, pf_pfn to, unsigned order, void *arg);
	void *arg; /* for move() */
};

/**
 * pf_alloc_contig_range() - these pages and no others
 * @start, @end: pages, of any alignment
 * @type: as for pf_isolate_range()
 * @gfp: the type says what these pages are allocated for, and PF_GFP_ZERO that they are cleared;
 * zone, PF_GFP_THISNODE and how far down a zone may be taken (PF_GFP_HIGH and the like) are of the
 * allocations to which things in use move
 * @mover: NULL: nothing is moved
 * @obstacle: as for pf_isolate_range()
 *
 * Whole blocks that are all free are taken as they are. Otherwise the blocks are isolated, what is
 * in use is moved out, a few times if need be, and when all is free it is the caller's. If that
 * fails everything is as before, but for what was moved. Watermarks are not asked.
 *
 * Return: 0; -PF_EBUSY: something is in the way, as for pf_isolate_range(), or stays in use;
 * -PF_ENOMEM: no memory to move things to, or for descriptors; -PF_EINVAL: as for
 * pf_isolate_range(), or @gfp makes no sense.
 */
int pf_alloc_contig_range(struct pf_mem *mem, pf_pfn start, pf_pfn end, enum pf_migratetype type,
			  pf_gfp gfp, const struct pf_mover *mover, struct pf_obstacle *obstacle);

/**
 * pf_alloc_contig_pages() - @nr contiguous pages, wherever they can be had
 * @align: the first one's number is a multiple of this power of two
 * @nid: the node to begin with, or NUMA_NO_NODE; PF_GFP_THISNODE in @gfp: and no other
 * @gfp: as for pf_alloc_contig_range(); its zone is the highest that may serve it
 *
 * Ranges that are free are looked for first. Then, with a mover, those that can be emptied, one
 * after the other: a range that cannot be emptied after all may have been moved in part, so a
 * search may move as much as there is. A zone keeps its low watermark.
 *
 * Return: the first page's number; PF_NO_PFN: there is no such range, @nr is 0, @align is no power
 * of two, or @nid or @gfp makes no sense.
 */
pf_pfn pf_alloc_contig_pages(struct pf_mem *mem, unsigned long nr, unsigned long align, int nid,
			     pf_gfp gfp, const struct pf_mover *mover);

/**
 * pf_free_contig_range() - give back what one of the two above gave, all of it or a part
 * @nr: pages; 0: nothing is done
 *
 * What is not allocated is left alone, and a message has the first such page and how many there are
 * (PF_CHECK_FREE). Nothing is freed, and a message says so, if not all of it is memory, or without
 * memory for descriptors where a part of a block comes back. Pages of somebody else's range are
 * freed like the caller's: that cannot be noticed.
 */
void pf_free_contig_range(struct pf_mem *mem, pf_pfn start, unsigned long nr);

/* A contiguous memory area. */
struct pf_cma {
	pf_phys base; /* bytes */
	pf_phys size;
	struct pf_mem *mem; /* NULL: not handed over yet */
};

/**
 * pf_cma_declare() - take memory for an area from memblock
 * @cma: its base and size are set
 * @size: bytes, a multiple of PF_BLOCK_SIZE
 * @base: bytes, a multiple of PF_BLOCK_SIZE: there and nowhere else; 0: anywhere
 * @limit: below this; 0: anywhere
 * @nid: on this node if possible, or NUMA_NO_NODE
 *
 * Context: boot, before pf_boot(). Afterwards memblock still takes it for free, but the page
 * allocator has it: that cannot be seen here, and pf_cma_activate() refuses it. Return: 0, and @cma
 * is set; -PF_EINVAL: @base, @size or @nid makes no sense; -PF_ENOMEM: no such room.
 */
int pf_cma_declare(struct pf_cma *cma, pf_phys base, pf_phys size, pf_phys limit, int nid);

/**
 * pf_cma_activate() - movable pages may use an area until it is wanted
 *
 * Once for each area. Context: boot, after memblock_free_all(). Return: 0; otherwise a message
 * says why, and nothing has changed: -PF_EBUSY: before memblock_free_all(); -PF_EINVAL: something
 * there is not reserved (any more), or not whole blocks of one zone.
 */
int pf_cma_activate(struct pf_mem *mem, struct pf_cma *cma);

/**
 * pf_cma_alloc() - @nr contiguous pages of an area; as pf_alloc_contig_pages()
 *
 * Who else allocates from the same area at the time is worked around, not waited for. What it takes
 * is asked of no watermark. Return: as pf_alloc_contig_pages(), and PF_NO_PFN before
 * pf_cma_activate().
 */
pf_pfn pf_cma_alloc(struct pf_cma *cma, unsigned long nr, unsigned long align, pf_gfp gfp,
		    const struct pf_mover *mover);

/**
 * pf_cma_free() - give back pages of an area; as pf_free_contig_range()
 *
 * Return: true: they are free; false: there are none, or a page of these is outside of the area,
 * and nothing is done; or some could not be freed, of which a message tells.
 */
bool pf_cma_free(struct pf_cma *cma, pf_pfn start, unsigned long nr);

/**
 * pf_poison_page() - nobody gets this page any more: it is damaged
 *
 * A free one is taken out of whatever chunk it is in; one that is allocated is kept out when it is
 * freed. Until then its owner has it. Of several calls at a time, of this and the next, for
 * whatever pages, one goes on and the others wait.
 *
 * Return: 0: it is out; 1: it will be, when it is freed; -PF_EEXIST: it was poisoned already, and
 * it is out, or will be; -PF_EBUSY: it is neither free nor allocated, a no-free page's among them,
 * or it is in use and pf_port_barrier() fails: nothing has changed; -PF_EINVAL: it is no memory;
 * -PF_ENOMEM: no memory for descriptors.
 */
int pf_poison_page(struct pf_mem *mem, pf_pfn pfn);

/**
 * pf_unpoison_page() - it was no damage after all
 *
 * Return: 0: it is free, or its owner's as any other; -PF_EINVAL: it was not poisoned.
 */
int pf_unpoison_page(struct pf_mem *mem, pf_pfn pfn);

#endif
