/* SPDX-License-Identifier: MIT */
/*
 * The memory map: an entry of 16 bytes for each block of pages, and a descriptor of 16 bytes for
 * each page, that means something only while its block is split. docs/blocks.md has the states, who
 * changes them, and the proof that no descriptor is read before it is written.
 */
#ifndef PAGEFRAME_MEMMAP_H
#define PAGEFRAME_MEMMAP_H

#include <pageframe/sync.h>
#include <pageframe/types.h>

#define PF_BLOCK_PAGES (1ul << PF_BLOCK_ORDER)
#define PF_BLOCK_SIZE  (PF_PAGE_SIZE << PF_BLOCK_ORDER)

/* What a block, or a page of a split block, is. Nothing is inferred from other fields. */
enum pf_state {
	PF_ABSENT = 0, /* no memory: outside the machine, or a hole in a split block */
	PF_RESERVED,   /* taken at boot, or by the host; never handed over */
	PF_DEFERRED,   /* blocks: free at boot, handed over later */
	PF_FREE,       /* in the free lists; the first of the chunk has its order */
	PF_ALLOCATED,  /* handed out; the first of the chunk has its order */
	PF_SPLIT,      /* blocks: its pages' descriptors tell */
	PF_OFFLINE,    /* blocks: known memory that nobody may use */
	PF_DEVICE,     /* blocks: a device's memory */
	PF_TAIL,       /* pages: inside a chunk that begins before */
	PF_PER_CPU,    /* pages: on a per-CPU list; a block there stays PF_ALLOCATED, by its use */
	PF_ISOLATED,   /* pf_page_info() only: free, in an isolated block */
	PF_NOFREE,     /* pages: of a chunk for what stays as long as the system runs */
	PF_POISONED,   /* pages: hardware says that they are damaged */
	PF_NOMAP,      /* memory without a direct map, memblock's nomap: never handed over */
};

/* What pages of a block are for: Linux's migratetypes. */
enum pf_migratetype {
	PF_UNMOVABLE,
	PF_MOVABLE,
	PF_RECLAIMABLE,
	PF_HIGHATOMIC,
	PF_CMA,
	PF_ISOLATE,
	PF_MIGRATETYPES,
};

enum pf_zone_type {
	PF_ZONE_DMA,
	PF_ZONE_DMA32,
	PF_ZONE_NORMAL,
	PF_ZONE_HIGHMEM, /* memory that a 32-bit kernel has no lasting address for */
	PF_ZONE_MOVABLE,
	PF_ZONE_DEVICE,
	PF_ZONES,
};

/*
 * The word that an entry and a descriptor have in common; one load tells all of it.
 *   0-3 state   4-8 order   9-11 migratetype   12-14 zone   15-24 node   25 first   26 mixed
 *   27 marked   28-30 migratetype before isolation
 * "first": first block of a chunk that is free or allocated. "mixed": a split block with holes or
 * with pages of several zones; it stays split, and each page's descriptor has its own zone.
 * "marked": of a page, it is damaged, and still in use; of a block, one of its pages is.
 */
#define PF_INFO_STATE	      0x0000000fu
#define PF_INFO_ORDER	      0x000001f0u
#define PF_INFO_ORDER_SHIFT   4
#define PF_INFO_MIGRATE	      0x00000e00u
#define PF_INFO_MIGRATE_SHIFT 9
#define PF_INFO_ZONE	      0x00007000u
#define PF_INFO_ZONE_SHIFT    12
#define PF_INFO_NODE	      0x01ff8000u
#define PF_INFO_NODE_SHIFT    15
#define PF_INFO_FIRST	      0x02000000u
#define PF_INFO_MIXED	      0x04000000u
#define PF_INFO_MARKED	      0x08000000u
#define PF_INFO_BEFORE	      0x70000000u /* of an isolated block */
#define PF_INFO_BEFORE_SHIFT  28
#define PF_INFO_PLACE	      (PF_INFO_ZONE | PF_INFO_NODE) /* changes with hotplug only */

static inline enum pf_state pf_info_state(uint32_t info)
{
	return (enum pf_state)(info & PF_INFO_STATE);
}

/* Of the first of a chunk: a power of two of pages. */
static inline unsigned pf_info_order(uint32_t info)
{
	return (info & PF_INFO_ORDER) >> PF_INFO_ORDER_SHIFT;
}

static inline enum pf_migratetype pf_info_migratetype(uint32_t info)
{
	return (enum pf_migratetype)((info & PF_INFO_MIGRATE) >> PF_INFO_MIGRATE_SHIFT);
}

static inline enum pf_zone_type pf_info_zone(uint32_t info)
{
	return (enum pf_zone_type)((info & PF_INFO_ZONE) >> PF_INFO_ZONE_SHIFT);
}

static inline int pf_info_node(uint32_t info)
{
	return (int)((info & PF_INFO_NODE) >> PF_INFO_NODE_SHIFT);
}

/* The block's descriptors: written by one CPU, once, before anybody reads them. */
enum pf_described {
	PF_UNDESCRIBED = 0, /* uninitialised: not to be touched */
	PF_DESCRIBING,	    /* a CPU is writing them */
	PF_DESCRIBED,
};

/*
 * Neighbours in a free list: numbers of blocks, or the low 32 bits of pfns, which the zone's start
 * completes. Under the zone's lock.
 */
struct pf_links {
	uint32_t next;
	uint32_t prev;
};

/* Of an allocated chunk of blocks, in its first: what it was allocated for. */
enum pf_block_use {
	PF_USE_UNMOVABLE = 0, /* and of what is not allocated */
	PF_USE_PER_CPU = 1,   /* it waits on a per-CPU list */
	PF_USE_MOVABLE = PF_MOVABLE << 1,
	PF_USE_RECLAIMABLE = PF_RECLAIMABLE << 1,
	/* Of a reserved or offline block: it holds descriptors of what was added with it. */
	PF_USE_MEMMAP = 0x80,
};

/* Of a block. All zero: absent. */
struct pf_block {
	uint32_t info;	   /* written under the zone's lock */
	uint16_t nr_free;  /* split, and not mixed: its pages in the free lists; zone's lock */
	uint8_t described; /* enum pf_described: UNDESCRIBED, DESCRIBING, DESCRIBED; back only when
			      a map fails */
	uint8_t use;	   /* enum pf_block_use; its owner's, atomic */
	struct pf_links links;
};

/*
 * Of a page. What is not in a list has no links: they, and value, are the owner's while it has the
 * page, and hold anything when it gets it. The info is not.
 */
struct pf_page {
	uint32_t info; /* written under the zone's lock, or by who has the page; atomic */
	uint32_t value;
	struct pf_links links;
};

_Static_assert(sizeof(struct pf_block) == 16, "16 bytes for a block");
_Static_assert(sizeof(struct pf_page) == 16, "16 bytes for a page");

/* How a host gives the memory map an address range of its own. */
struct pf_memmap_ops {
	/*
	 * Address space for @size bytes, a multiple of the page size, from a page boundary on, with
	 * nothing behind it; NULL if there is none. Context: boot, one CPU.
	 */
	void *(*reserve)(size_t size);
	/*
	 * Put something behind @size bytes at @virt, both multiples of the page size; what is there
	 * reads as zero, or as anything for descriptors. At boot @phys is what memblock gave for
	 * it. In on-demand mode descriptors come with PF_PHYS_MAX, at boot and later: the host
	 * finds memory itself, best on
	 * @nid. Return: 0, or -PF_ENOMEM, and nothing has changed.
	 * Context: boot; on demand: any CPU, several at a time for different blocks, interrupts
	 * off, and perhaps under a zone's lock, while others wait: it may not allocate from this
	 * library, sleep, or wait for another CPU. Have the pages at hand.
	 */
	int (*map)(void *virt, pf_phys phys, size_t size, int nid);
	/*
	 * The reverse, of one page at @virt that has something behind it; on demand, of a block's
	 * descriptors. Return: the physical address that map() was given for it; on demand it is
	 * the host's, and any. Context: pf_remove_memory(), pf_memunmap_pages(); no lock is held.
	 * NULL: no memory comes or goes with this map.
	 */
	pf_phys (*unmap)(void *virt, size_t size);
	/* map() is called for a block's descriptors when they are first needed, not at boot. */
	bool on_demand;
};

#endif
