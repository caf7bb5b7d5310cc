/* SPDX-License-Identifier: MIT */
/* A machine's memory: everything that comes after memblock hangs from one struct pf_mem. */
#ifndef PAGEFRAME_MEM_H
#define PAGEFRAME_MEM_H

#include <pageframe/read.h>
#include <pageframe/zone.h>

/* How a page came to the page allocator. */
enum pf_release {
	PF_RELEASE_BOOT,   /* memblock had it as free, at last: it may have been reserved before */
	PF_RELEASE_LATE,   /* it was reserved at boot, and was given back since */
	PF_RELEASE_ONLINE, /* it came online */
};

struct pf_mem;
struct pf_dev_pagemap;

/*
 * A tool that shadows pages, such as KMSAN, is told of each range of whole pages right before
 * anybody can allocate it: a page that was reserved and in use until now is not like one that
 * nobody had (commit 115d9d77bb0f). Context: under the zone's lock, any CPU; it may not call back.
 */
typedef void (*pf_released_fn)(struct pf_mem *mem, pf_pfn start, unsigned long pages,
			       enum pf_release how);

/* What a caller of the page allocator wants: page_alloc.h has the flags. */
typedef uint32_t pf_gfp;

/* What an observer is told of. */
enum pf_event {
	PF_EVENT_ALLOC,
	PF_EVENT_FREE,
};

/* See pf_observe(). */
typedef void (*pf_observer_fn)(struct pf_mem *mem, enum pf_event event, pf_pfn pfn, unsigned order,
			       pf_gfp gfp);

/*
 * No zone could serve an allocation and keep its low watermark, or has such a chunk: time to
 * reclaim some (Linux wakes kswapd). Told of each zone that may serve it, before it goes below.
 * Context: the allocation's, no lock held; it may free, not allocate.
 */
typedef void (*pf_low_fn)(struct pf_mem *mem, struct pf_zone *zone, unsigned order);

/*
 * Set up by pf_boot(); fields are read by inline functions here, and nothing else of it is for
 * others.
 */
struct pf_mem {
	pf_pfn first_pfn;	 /* of block 0; a multiple of the largest chunk */
	unsigned long nr_blocks; /* in the array */
	struct pf_block *blocks;
	struct pf_page *pages; /* of first_pfn and on */
	struct pf_node **nodes;
	int nr_nodes;	     /* ids below this; an entry is NULL if there is no such node */
	unsigned long mixed; /* blocks that stay split */
	const struct pf_memmap_ops *memmap_ops;
	pf_released_fn released;
	unsigned long pages_at_once; /* of each node's last zone; 0: nothing is deferred */
	bool handed_over;	     /* memblock_free_all() is done; atomic */
	/*
	 * Taken for blocks, descriptors, nodes and per-CPU lists. With a map that is mapped, and
	 * not on demand, descriptors of what comes and goes are counted while they are there.
	 */
	pf_phys memmap_bytes;
	unsigned nr_cpus;
	/*
	 * A row for each CPU: its lists of the zone that is asked first, by pf_gfp's zone bits,
	 * NULL if there is no such zone; and those of the zone that it freed to last.
	 */
	struct pf_pcp **pcps;
	uint32_t pcp_row;	  /* entries in a row */
	const uint16_t *cpu_node; /* where each CPU is */
	pf_low_fn low;
	unsigned long min_free_kbytes; /* that watermarks are computed from; atomic */
	unsigned long min_free_asked;  /* by the host; 0: it never did; atomic */
	pf_observer_fn observer;       /* atomic */
	int nr_fallback;	       /* nodes in each one's order of fall-back */
	uint8_t zone_types; /* that the host has, a bit each, with memory or not; for reports */
	/* Of hotplug and devices: */
	bool hotplug;		     /* memory may come and go: there are lists for it */
	unsigned memory_block_order; /* a power of two of pages */
	struct pf_dev_pagemap *pagemaps[PF_MAX_PAGEMAPS]; /* by id; atomic */
	char apart[64]; /* what is above is read all the time, what is below is written */
	unsigned long described_next; /* block where pf_init_descriptors() goes on; atomic */
	unsigned long described;      /* blocks whose descriptors are written; atomic */
	struct pf_lock marks;	      /* of damaged pages; inside of a zone's lock */
	uint32_t hotplugging;	      /* somebody changes what is there; atomic */
	uint32_t poisoning;	      /* somebody poisons or unpoisons a page; atomic */
	struct pf_readers readers;    /* who looks at what may go */
};

/** pf_mem_has_pfn() - is there an entry for the page's block? */
static inline bool pf_mem_has_pfn(const struct pf_mem *mem, pf_pfn pfn)
{
	return pfn >= mem->first_pfn && (pfn - mem->first_pfn) >> PF_BLOCK_ORDER < mem->nr_blocks;
}

static inline unsigned long pf_block_nr(const struct pf_mem *mem, pf_pfn pfn)
{
	return (pfn - mem->first_pfn) >> PF_BLOCK_ORDER;
}

static inline pf_pfn pf_block_pfn(const struct pf_mem *mem, unsigned long nr)
{
	return mem->first_pfn + (nr << PF_BLOCK_ORDER);
}

/** pf_block() - the entry of a page's block; pf_mem_has_pfn() must hold */
static inline struct pf_block *pf_block(const struct pf_mem *mem, pf_pfn pfn)
{
	return &mem->blocks[pf_block_nr(mem, pfn)];
}

/** pf_page() - a page's descriptor: not to be read unless its block is split */
static inline struct pf_page *pf_page(const struct pf_mem *mem, pf_pfn pfn)
{
	return &mem->pages[pfn - mem->first_pfn];
}

static inline struct pf_zone *pf_info_to_zone(const struct pf_mem *mem, uint32_t info)
{
	return &mem->nodes[pf_info_node(info)]->zone[pf_info_zone(info)];
}

/**
 * pf_page_info() - what a page is, and where, as of some moment during the call
 *
 * Of a page inside a larger chunk the state is that of the chunk. Return: state, place and
 * PF_INFO_MARKED, which is the page's own, and the migratetype of its block; order, "first" and all
 * the rest are 0. 0, which is PF_ABSENT: it is not memory. Context: any; no lock of the library may
 * be held, for it may take the zone's. Use it for reports: what it says may have changed when it
 * returns.
 */
uint32_t pf_page_info(const struct pf_mem *mem, pf_pfn pfn);

/* Neighbouring pages of one state, zone and node. */
struct pf_run {
	pf_pfn start;
	pf_pfn end; /* exclusive */
	enum pf_state state;
	enum pf_zone_type zone;
	int nid;
};

/**
 * pf_next_run() - walk memory by runs of alike pages
 * @run: .end is where to go on, mem->first_pfn at first; the next run that is not PF_ABSENT
 *
 * Return: false behind the last one. Context: as pf_page_info(); exact when nothing changes
 * meanwhile.
 */
bool pf_next_run(const struct pf_mem *mem, struct pf_run *run);

/**
 * pf_verify() - walk everything and prove the accounting
 * @why: where the first thing that is wrong is told, as text
 * @size: bytes at @why
 *
 * Checks that free lists hold exactly what entries and descriptors call free, that no two free
 * buddies stand side by side unmerged, and every count of blocks, zones and nodes.
 *
 * Return: true if all is right. Context: nothing may change meanwhile; takes time in proportion to
 * the memory.
 */
bool pf_verify(const struct pf_mem *mem, char *why, size_t size);

#endif
