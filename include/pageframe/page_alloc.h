/* SPDX-License-Identifier: MIT */
/*
 * The page allocator: chunks of 2^order pages, aligned to their size, by number of their first
 * page. docs/page-allocator.md has its structures and its rules.
 *
 * Context of everything here, where nothing else is said: after memblock_free_all(); any CPU, any
 * number at a time. No lock of the library may be held. Interrupt handlers may free, and allocate
 * with PF_GFP_ATOMIC, if the host's sync.h knows of interrupts; nothing else that is here, for it
 * may wait for another CPU.
 */
#ifndef PAGEFRAME_PAGE_ALLOC_H
#define PAGEFRAME_PAGE_ALLOC_H

#include <pageframe/mem.h>

/* No page: an allocation failed. */
#define PF_NO_PFN (~(pf_pfn)0)

/* What a caller wants, and may do: one of each of the first two groups, and any of the third. */
/* What the pages are for; they are put beside their like. */
#define PF_GFP_UNMOVABLE   0x0000u
#define PF_GFP_MOVABLE	   0x0001u /* their content can be moved to other pages; CMA may serve it */
#define PF_GFP_RECLAIMABLE 0x0002u /* their content can be dropped */
#define PF_GFP_TYPE	   0x0003u

/* The highest zone that may serve it; those below may, too. */
#define PF_GFP_ZONE(type) ((((uint32_t)(type) ^ PF_ZONE_NORMAL) & 7) << 4)
#define PF_GFP_NORMAL	  PF_GFP_ZONE(PF_ZONE_NORMAL) /* 0: the default */
#define PF_GFP_DMA	  PF_GFP_ZONE(PF_ZONE_DMA)
#define PF_GFP_DMA32	  PF_GFP_ZONE(PF_ZONE_DMA32)
#define PF_GFP_HIGHMEM	  PF_GFP_ZONE(PF_ZONE_HIGHMEM)
#define PF_GFP_ANY_ZONE                                                                            \
	PF_GFP_ZONE(PF_ZONE_MOVABLE) /* with PF_GFP_MOVABLE: GFP_HIGHUSER_MOVABLE                  \
				      */

#define PF_GFP_ZONES 0x0070u

#define PF_GFP_HIGH 0x0100u /* important: half of the min watermark is for it (__GFP_HIGH) */
#define PF_GFP_ATOMIC                                                                              \
	0x0200u /* cannot wait: the high-atomic reserve; a quarter of what is left, with HIGH */
#define PF_GFP_MEMALLOC 0x0400u /* it will free more than it takes: no watermark is kept */
#define PF_GFP_ZERO	0x0800u /* clear the pages, where pf_port_phys_to_virt() has them */
#define PF_GFP_THISNODE 0x1000u /* from the preferred node or not at all */

/* Nodes that may serve an allocation, a bit each. */
struct pf_nodemask {
	uint64_t bits[(PF_MAX_NUMNODES + 63) / 64];
};

/**
 * pf_alloc_pages() - a chunk of 2^@order pages, near the calling CPU
 *
 * Zones are asked from the highest that @gfp allows downwards, then those of other nodes by their
 * distance. A zone gives until it has its low watermark left, if need be to its min watermark; the
 * reserves below are for PF_GFP_HIGH, PF_GFP_ATOMIC and PF_GFP_MEMALLOC. Before it fails, deferred
 * memory is handed over, other CPUs' lists are drained, and the high-atomic reserve is given up.
 *
 * Return: the first page's number, or PF_NO_PFN: no such chunk within the watermarks, or @order
 * above PF_MAX_ORDER. Orders 0 to 3 and PF_BLOCK_ORDER take no lock most of the time.
 */
pf_pfn pf_alloc_pages(struct pf_mem *mem, unsigned order, pf_gfp gfp);

/**
 * pf_alloc_pages_node() - the same, preferring a node, from some nodes only
 * @nid: the node to begin with, which must exist, or NUMA_NO_NODE (-1): the calling CPU's
 * @nodes: NULL: all
 */
pf_pfn pf_alloc_pages_node(struct pf_mem *mem, unsigned order, pf_gfp gfp, int nid,
			   const struct pf_nodemask *nodes);

/**
 * pf_free_pages() - give a chunk back
 * @order: as it was allocated
 *
 * With PF_CHECK_FREE, a chunk that is not allocated with this order is reported with what it is
 * instead, and nothing changes. Without, that is the caller's promise.
 */
void pf_free_pages(struct pf_mem *mem, pf_pfn pfn, unsigned order);

/**
 * pf_alloc_pages_bulk() - @nr single pages at once: all, or none
 * @pfns: where their numbers go
 *
 * Return: 0, or -PF_ENOMEM and @pfns means nothing.
 */
int pf_alloc_pages_bulk(struct pf_mem *mem, pf_gfp gfp, unsigned long nr, pf_pfn *pfns);

/** pf_free_pages_bulk() - give @nr single pages back */
void pf_free_pages_bulk(struct pf_mem *mem, unsigned long nr, const pf_pfn *pfns);

/**
 * pf_alloc_pages_exact() - @nr contiguous pages, no more
 *
 * A chunk that is large enough, whose tail goes back at once. The rest are chunks of any order:
 * pf_free_pages_exact() alone frees them, with the same @nr.
 *
 * Return: the first page's number, or PF_NO_PFN; also when @nr is 0 or above 2^PF_MAX_ORDER.
 */
pf_pfn pf_alloc_pages_exact(struct pf_mem *mem, unsigned long nr, pf_gfp gfp);
void pf_free_pages_exact(struct pf_mem *mem, pf_pfn pfn, unsigned long nr);

/**
 * pf_alloc_pages_at() - the chunk at @pfn and no other (crash kernels, kexec)
 *
 * It must be free; if it is on a per-CPU list, that is drained first. Watermarks are not asked.
 *
 * Context: no interrupt handler. Return: 0; -PF_EBUSY: a page of it is not free, or deferred;
 * -PF_EINVAL: @pfn is not aligned to 2^@order, or pages of it are no memory of one zone;
 * -PF_ENOMEM: no memory for descriptors (on-demand maps).
 */
int pf_alloc_pages_at(struct pf_mem *mem, pf_pfn pfn, unsigned order);

/**
 * pf_drain_cpu() - put what is on a CPU's lists back into the zones
 *
 * Any CPU may drain any other; when one goes away, for good. Context: as it may wait for the other
 * CPU, no interrupt handler. Return: false if it could not: pf_port_barrier() failed, or these are
 * the calling CPU's own lists, and another is draining them, or this call interrupted one that uses
 * them.
 */
bool pf_drain_cpu(struct pf_mem *mem, unsigned cpu);
/** pf_drain_all() - the same for all CPUs; false if one was left out */
bool pf_drain_all(struct pf_mem *mem);

/**
 * pf_observe() - be told of each allocation and free
 * @observer: NULL: no longer
 *
 * Of an allocation when the caller has it, of a free before it is done; nobody else has the pages
 * meanwhile. @gfp is 0 for a free. Context: as of the call that is told; it may not call back into
 * the allocator. A call that is under way when the observer is changed may tell either.
 */
void pf_observe(struct pf_mem *mem, pf_observer_fn observer);

/**
 * pf_init_cma() - reserved blocks become free memory of a contiguous memory area
 * @start, @end: pages, multiples of PF_BLOCK_PAGES
 *
 * Movable allocations only are served from them. Context: boot, after memblock_free_all().
 * Return: 0, or -PF_EINVAL: something there is not reserved, or not whole blocks of one zone;
 * nothing has changed then.
 */
int pf_init_cma(struct pf_mem *mem, pf_pfn start, pf_pfn end);

/**
 * pf_set_watermarks() - how much each zone keeps
 * @min_free_kbytes: for all zones together, in KiB (vm.min_free_kbytes); 0: as boot computes it,
 * from the memory that there is beyond the high watermarks of now
 *
 * min, low, high and promo, as Linux 6.12 has them, and how many pages a CPU's list may hold. With
 * 0, what low zones keep from those who could use a higher one is set, too; memblock_free_all()
 * ends with that. Call it again when managed has changed much. docs/watermarks.md has the formulas.
 * Context: one at a time.
 */
void pf_set_watermarks(struct pf_mem *mem, unsigned long min_free_kbytes);

/**
 * pf_recommended_min_free_kbytes() - for hosts that want chunks of whole blocks to stay available
 *
 * What Linux raises vm.min_free_kbytes to when khugepaged starts: room for some free blocks of each
 * migratetype in each zone, but no more than a twentieth of what is beyond the high watermarks.
 * Context: after pf_set_watermarks(), which may be given the result.
 *
 * Return: KiB; never less than what is set.
 */
unsigned long pf_recommended_min_free_kbytes(const struct pf_mem *mem);

/* --- reading it --- */

/** pf_zone_free() - pages in the zone's free lists, those on per-CPU lists not among them; any time
 */
static inline unsigned long pf_zone_free(const struct pf_zone *zone)
{
	return pf_load(&zone->nr_free);
}

/** pf_free_chunks() - free chunks of one order and migratetype, exact under the zone's lock */
static inline unsigned long pf_free_chunks(const struct pf_zone *zone, unsigned order,
					   enum pf_migratetype type)
{
	return zone->free ? pf_load(&zone->free[order][type].nr) : 0;
}

/** pf_per_cpu_pages() - pages of a zone on the lists of one CPU */
unsigned long pf_per_cpu_pages(const struct pf_mem *mem, const struct pf_zone *zone, unsigned cpu);

/* Receives text: @size bytes, not NUL-terminated. */
typedef void (*pf_write_fn)(void *arg, const char *text, size_t size);

/*
 * The texts of /proc/buddyinfo, /proc/pagetypeinfo and /proc/zoneinfo of Linux 6.12, letter for
 * letter, for the zones that Linux would show. What the library does not know (its users' pages,
 * per-node statistics, numa_hit and its kin) is not in them.
 *
 * Orders go up to PF_MAX_ORDER. The column of CMA is there if the machine has a CMA block; in
 * Linux, if it is built with CONFIG_CMA. Counts of free chunks are exact, where Linux stops at
 * 100000. "Number of blocks type" looks, as Linux does, at one page in PF_BLOCK_PAGES from the
 * zone's start on: a block that a zone's border cuts may count for both sides. "high" of a CPU is
 * the most that its lists can hold. node_unreclaimable is 0: there is no reclaim that could fail.
 *
 * Each zone's counts are of one moment, under its lock; @write is called without it. The walk over
 * blocks takes none, and is a snapshot: a block that changes meanwhile counts as either. A line a
 * call.
 */
void pf_show_buddyinfo(struct pf_mem *mem, pf_write_fn write, void *arg);
void pf_show_pagetypeinfo(struct pf_mem *mem, pf_write_fn write, void *arg);
void pf_show_zoneinfo(struct pf_mem *mem, pf_write_fn write, void *arg);

#endif
