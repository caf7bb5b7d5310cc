/* SPDX-License-Identifier: MIT */
/* Nodes and zones: who memory is for, and how much there is of it. All counts are pages. */
#ifndef PAGEFRAME_ZONE_H
#define PAGEFRAME_ZONE_H

#include <pageframe/memmap.h>

/* A list of free chunks of one order and migratetype. */
struct pf_free_list {
	uint32_t first; /* block numbers from PF_BLOCK_ORDER up, low halves of pfns below */
	uint32_t last;
	uint32_t nr; /* chunks */
};

/* Orders that have per-CPU lists: 0 to 3, and that of a block. */
#define PF_PCP_SMALL  (PF_BLOCK_ORDER < 4 ? PF_BLOCK_ORDER : 4)
#define PF_PCP_ORDERS (PF_PCP_SMALL + 1)
/* Migratetypes that have: unmovable, movable, reclaimable, and one that stays empty, for speed. */
#define PF_PCP_TYPES 4

/* Bytes, two cache lines: processors fetch them together, so two CPUs' data is so far apart. */
#define PF_FETCHED 128

/*
 * Chunks of one order and migratetype that one CPU keeps. They are linked by next, as pages from
 * the zone's base, or as numbers of blocks; the last one's is any.
 */
struct pf_pcp_list {
	uint32_t first;
	uint32_t nr;
};

/*
 * What a CPU keeps of a zone. Chunks go to and from hot. When that is full it becomes the cold one,
 * and what was there goes back to the zone, so there is work for a whole list of chunks between two
 * uses of the zone's lock. What both fast paths need lies here.
 */
struct pf_pcp {
	struct pf_cpu_lock lock; /* of the lists */
	pf_pfn base_pfn;	 /* the zone's */
	struct pf_page *pages;	 /* from there on */
	uint32_t place;		 /* the zone's, as in PF_INFO_PLACE */
	/*
	 * Of what was freed last: its block's place and migratetype, the lists of order 0, and
	 * chunks in full ones.
	 */
	uint32_t kind;
	struct pf_pcp_list *lists;
	const uint32_t *full_when;
	/*
	 * Of movable chunks, atomic: what makes a full list for now, and what is asked of the zone
	 * at once. For others that is the zone's list_least.
	 */
	uint32_t full[PF_PCP_ORDERS];
	uint32_t size[PF_PCP_ORDERS];
	struct pf_pcp_list hot[PF_PCP_ORDERS][PF_PCP_TYPES];
	struct pf_pcp_list cold[PF_PCP_ORDERS][PF_PCP_TYPES];
} __attribute__((aligned(PF_FETCHED)));

/* Pages that a zone keeps for those who need them more; Linux: Documentation/mm/balance.rst. */
enum pf_watermark {
	PF_WMARK_MIN,
	PF_WMARK_LOW,
	PF_WMARK_HIGH,
	PF_WMARK_PROMO,
	PF_WATERMARKS,
};

struct pf_zone {
	enum pf_zone_type type;
	int nid;
	pf_pfn base_pfn; /* links count from here, which never changes */
	/* Atomic, written under the lock. */
	pf_pfn start_pfn;
	unsigned long spanned; /* from the first page to the last, holes and other zones included */
	unsigned long present; /* memory */
	struct pf_pcp *pcp;    /* of each CPU; NULL in a zone without memory */
	struct pf_free_list (*free)[PF_MIGRATETYPES]; /* by order; NULL likewise */
	uint32_t pcp_batch; /* pages in a full list of a CPU, but for blocks; atomic */
	/* Chunks in a full list of a CPU that comes seldom, or often; atomic. */
	uint32_t list_least[PF_PCP_ORDERS];
	uint32_t list_most[PF_PCP_ORDERS];
	/* Pages, atomic; set by pf_set_watermarks(). */
	unsigned long watermark[PF_WATERMARKS];
	unsigned long lowmem_reserve[PF_ZONES]; /* kept from those who could use that zone */

	/* Of the states of its blocks and pages, of its lists, and of what follows. */
	struct pf_lock lock __attribute__((aligned(PF_SMP_CACHE_BYTES)));
	uint32_t nonempty[PF_MIGRATETYPES]; /* lists that are not, a bit for each order */
	unsigned long managed;		    /* handed over to the page allocator, ever; atomic */
	unsigned long nr_free;		    /* in the free lists, but for isolated ones; atomic */
	unsigned long nr_free_of[PF_MIGRATETYPES]; /* of these types: high-atomic, CMA, isolated */
	unsigned long nr_highatomic;		   /* pages in high-atomic blocks, free or not */
	unsigned long nr_cma;			   /* pages in CMA blocks */
	unsigned long deferred;			   /* free at boot, not handed over yet; atomic */
	unsigned long locked; /* times that the lock was taken to allocate or free */
};

/* No-free pages of a node: see nofree.h. Pages, but for chunks. */
struct pf_nofree_stats {
	unsigned long chunks;	  /* there are now */
	unsigned long handed_out; /* in use now */
	unsigned long waiting;	  /* in chunks, and not in use */
	unsigned long given_back; /* by pf_free_nofree(), ever */
	unsigned long imported;	  /* from the page allocator, ever */
	unsigned long returned;	  /* to it, ever */
};

/* Runs of waiting pages of one zone, linked as low halves of pfns. */
struct pf_nofree_runs {
	uint32_t first; /* what is handed out next */
	uint32_t last;
	uint32_t nr;	     /* runs */
	unsigned long pages; /* in them */
};

struct pf_nofree {
	/* Of all this, and of the no-free pages that wait; taken without a zone's. */
	struct pf_lock lock __attribute__((aligned(PF_FETCHED)));
	struct pf_nofree_runs runs[PF_ZONES];
	unsigned long complete; /* chunks of which no page is in use */
	struct pf_nofree_stats stats;
};

struct pf_node {
	int nid;
	pf_pfn start_pfn;
	unsigned long spanned;
	unsigned long present;
	pf_pfn movable_pfn; /* where ZONE_MOVABLE begins, 0: there is none */
	unsigned long
		deferred_next; /* block where the hand-over of what was deferred goes on; atomic */
	unsigned long deferred_end; /* behind the last block of that */
	const uint16_t *fallback;   /* all nodes, nearest first: itself */
	uint8_t highest[PF_ZONES]; /* the highest zone that has memory, up to this one; or PF_ZONES;
				    * atomic
				    */
	struct pf_zone zone[PF_ZONES];
	struct pf_nofree nofree;
};

/* The command line's wishes for ZONE_MOVABLE (Documentation/admin-guide/kernel-parameters.txt). */
struct pf_movable_config {
	unsigned long kernelcore;    /* kernelcore=: pages that are not movable; 0: not given */
	unsigned long movablecore;   /* movablecore=: pages that are */
	unsigned kernelcore_percent; /* kernelcore=50%; 0: not given */
	unsigned movablecore_percent;
	/* kernelcore=mirror and movable_node: mirrored_kernelcore, movable_node_enabled */
};

/** pf_zone_name() - "DMA", "DMA32", "Normal", "HighMem", "Movable", "Device": as /proc/zoneinfo has
 * them */
const char *pf_zone_name(enum pf_zone_type type);

#endif
