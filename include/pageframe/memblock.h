/* SPDX-License-Identifier: MIT */
/*
 * memblock: physical memory from the first instruction until the page allocator takes over.
 *
 * Two sorted arrays of regions, `memory` (what exists) and `reserved` (what is taken; it need not
 * lie inside memory). Free memory is what is in the first and not in the second. Names, structures
 * and semantics are those of Linux 6.12 (Documentation/core-api/boot-time-mm.rst), whose own tests
 * compile against this header. docs/memblock.md lists the few places where we differ, and why.
 *
 * For every function here, unless it says otherwise:
 *   - Context: boot, on one CPU. There is no locking; the caller serialises.
 *   - @base and @size are in bytes and need no alignment. A range that passes the top of the
 *     address space is cut there: the last byte of it belongs to nobody.
 *   - An int result is 0, -PF_ENOMEM when an array is full and cannot be doubled, or -PF_EINVAL
 *     when an argument makes no sense. After an error nothing has changed.
 *   - A size of 0 is nothing to do, and succeeds.
 */
#ifndef PAGEFRAME_MEMBLOCK_H
#define PAGEFRAME_MEMBLOCK_H

#include <pageframe/types.h>

typedef pf_phys phys_addr_t;

#ifndef PHYS_ADDR_MAX
#define PHYS_ADDR_MAX PF_PHYS_MAX
#endif
#ifndef MAX_NUMNODES
#define MAX_NUMNODES PF_MAX_NUMNODES
#endif

#define INIT_MEMBLOCK_REGIONS	       PF_MEMBLOCK_MEMORY_REGIONS
#define INIT_MEMBLOCK_MEMORY_REGIONS   PF_MEMBLOCK_MEMORY_REGIONS
#define INIT_MEMBLOCK_RESERVED_REGIONS PF_MEMBLOCK_RESERVED_REGIONS
#define INIT_PHYSMEM_REGIONS	       PF_MEMBLOCK_PHYSMEM_REGIONS

/* What is special about a region. The first four belong to memory, the last to reserved. */
enum memblock_flags {
	MEMBLOCK_NONE = 0x0,
	MEMBLOCK_HOTPLUG = 0x1,	       /* firmware says that it can be unplugged */
	MEMBLOCK_MIRROR = 0x2,	       /* mirrored: survives the loss of one copy */
	MEMBLOCK_NOMAP = 0x4,	       /* not in the direct map, never allocated from */
	MEMBLOCK_DRIVER_MANAGED = 0x8, /* added by a driver, never by firmware */
	MEMBLOCK_RSRV_NOINIT = 0x10,   /* its page descriptors stay uninitialised */
};

struct memblock_region {
	phys_addr_t base; /* bytes */
	phys_addr_t size; /* bytes */
	enum memblock_flags flags;
#if PF_NUMA
	int nid; /* node; MAX_NUMNODES or NUMA_NO_NODE while it has none */
#endif
};

/* Regions of one kind: sorted by base, disjoint, neighbours that touch differ in node or flags. */
struct memblock_type {
	unsigned long cnt;	/* regions in use */
	unsigned long max;	/* regions that the array has room for */
	phys_addr_t total_size; /* bytes; as Linux, memblock_trim_memory() does not correct it */
	struct memblock_region *regions;
	const char *name;
};

struct memblock {
	bool bottom_up; /* allocate from low addresses up */
	phys_addr_t current_limit;
	struct memblock_type memory;
	struct memblock_type reserved;
};

extern struct memblock memblock;
#if PF_PHYSMEM
extern struct memblock_type physmem;
#endif

/* The command line's movable_node: keep allocations off hot-pluggable regions. */
extern bool movable_node_enabled;
/* The command line's kernelcore=mirror: memblock_mark_mirror() takes effect. */
extern bool mirrored_kernelcore;
/* The command line's memblock=debug: every operation prints a line in the kernel's format. */
extern bool memblock_debug;

/**
 * memblock_reset() - back to the state that the program was built with
 *
 * For tests and simulators, which run many machines in one process. Limits and the command line's
 * switches are what they were, too. Arrays that were doubled are
 * forgotten; what the late hook gave is given back to it.
 */
void memblock_reset(void);

/**
 * memblock_allow_resize() - from now on full arrays may double themselves
 *
 * Call it when everything that must not be overwritten is reserved. Until then a full array is an
 * error.
 */
void memblock_allow_resize(void);

/* Where region arrays live once the host has a better allocator than memblock. */
struct memblock_array_ops {
	/* Return @size bytes, aligned for any object, or NULL. */
	void *(*alloc)(size_t size);
	void (*free)(void *array, size_t size);
};

/**
 * memblock_set_array_ops() - arrays that double from now on come from the host
 * @ops: kept, not copied; NULL for early memory again
 */
void memblock_set_array_ops(const struct memblock_array_ops *ops);

/**
 * memblock_add() - memory exists
 *
 * What overlaps memory that is already known changes nothing there.
 */
int memblock_add(phys_addr_t base, phys_addr_t size);

/**
 * memblock_add_node() - memory exists, on a node and with flags
 * @nid: 0 to MAX_NUMNODES - 1, or MAX_NUMNODES or NUMA_NO_NODE for none yet
 */
int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags);

/** memblock_remove() - memory does not exist after all; reservations stay */
int memblock_remove(phys_addr_t base, phys_addr_t size);

/** memblock_reserve() - never hand this out; it may lie outside memory and overlap other
 * reservations */
int memblock_reserve(phys_addr_t base, phys_addr_t size);

/** memblock_phys_free() - undo reservation or allocation, of any part of it */
int memblock_phys_free(phys_addr_t base, phys_addr_t size);

/** memblock_free() - the same for an address that memblock_alloc() gave; NULL is nothing to do */
void memblock_free(void *ptr, size_t size);

#if PF_PHYSMEM
/** memblock_physmem_add() - memory physically exists, used or not */
int memblock_physmem_add(phys_addr_t base, phys_addr_t size);
#endif

/* Setting and clearing flags splits regions at the borders, and merges what has become alike. */
int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size);
int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size);
/** memblock_mark_mirror() - has no effect, and succeeds, unless mirrored_kernelcore is set */
int memblock_mark_mirror(phys_addr_t base, phys_addr_t size);
int memblock_mark_nomap(phys_addr_t base, phys_addr_t size);
int memblock_clear_nomap(phys_addr_t base, phys_addr_t size);
/** memblock_reserved_mark_noinit() - for a part of reserved */
int memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size);
/** memblock_has_mirror() - true once a region was marked mirrored: allocations then try those first
 */
bool memblock_has_mirror(void);

/**
 * memblock_set_node() - put the regions of @type inside the range on a node
 * @nid: 0 to MAX_NUMNODES - 1, or MAX_NUMNODES or NUMA_NO_NODE for none
 *
 * Without PF_NUMA a valid node changes nothing.
 */
int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid);

/**
 * memblock_trim_memory() - shrink every memory region to multiples of @align
 * @align: bytes, a power of two; anything else is reported, and nothing happens
 *
 * A region without a whole multiple vanishes. memory.total_size keeps the bytes that were cut off,
 * and with it memblock_phys_mem_size() and the dump: Linux does that, and its recorded dumps show
 * it.
 */
void memblock_trim_memory(phys_addr_t align);

/** memblock_addrs_overlap() - do two ranges share a byte? Neither wraps */
unsigned long memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2,
				     phys_addr_t size2);
bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size);

/**
 * memblock_validate_numa_coverage() - has firmware told the node of nearly all memory?
 * @threshold_bytes: how much without a node is still acceptable
 */
bool memblock_validate_numa_coverage(unsigned long threshold_bytes);

/* Limits of an allocation. */
#define MEMBLOCK_ALLOC_ANYWHERE	   PF_PHYS_MAX
#define MEMBLOCK_ALLOC_ACCESSIBLE  0 /* up to memblock.current_limit */
#define MEMBLOCK_ALLOC_NOLEAKTRACE 1 /* the same; kept for the callers that Linux has */
#define MEMBLOCK_LOW_LIMIT	   0

/*
 * Allocation. A block lies in free memory of the wanted node, flags and window, at the highest
 * address that fits (the lowest when bottom_up), and is reserved before the address is returned.
 * The first page of physical memory is never handed out. Fall-backs, in order: the wanted node, any
 * node (unless "exact"), then all of it again without regard to mirroring, with a warning.
 *
 * @size: bytes; for 0, an address in free memory is returned, and nothing is reserved
 * @align: bytes, a power of two, 0 for PF_SMP_CACHE_BYTES; anything else fails with a message
 * @start, @end: the block lies in [@start, @end); @end may be MEMBLOCK_ALLOC_ACCESSIBLE or
 * _ANYWHERE
 * @nid: the wanted node, NUMA_NO_NODE for any
 *
 * Return: the physical address in bytes, 0 if nothing fits or the reservation has no room in the
 * array.
 */
phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				     phys_addr_t end, int nid, bool exact_nid);
phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				      phys_addr_t end);
phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid);

static inline phys_addr_t memblock_phys_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc_range(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
}

/*
 * The same, to virtual addresses. @min_addr is a wish: when nothing fits above it, the search goes
 * on below.
 * @max_addr is a limit, and so is memblock.current_limit.
 *
 * Return: where pf_port_phys_to_virt() puts the block, NULL on failure. Memory is zeroed through
 * pf_port_zero(), except by the functions named _raw.
 */
void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				   phys_addr_t max_addr, int nid);
void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				 phys_addr_t max_addr, int nid);
void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			     phys_addr_t max_addr, int nid);

static inline void *memblock_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}

static inline void *memblock_alloc_raw(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid_raw(size, align, MEMBLOCK_LOW_LIMIT,
					  MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
}

static inline void *memblock_alloc_from(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr)
{
	return memblock_alloc_try_nid(size, align, min_addr, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}

/**
 * memblock_alloc_node() - allocate on a node, and remember it
 *
 * Unlike Linux's, it leaves the node of the block in its reserved region: @nid, or the node that
 * the block fell back to. Issue 1 of Linux's tools/testing/memblock/README.
 */
void *memblock_alloc_node(phys_addr_t size, phys_addr_t align, int nid);

/*
 * The address, in bytes, below which memblock_alloc_low() stays: PF_LOW_ADDRESS_LIMIT until it is
 * set.
 */
void memblock_set_low_limit(phys_addr_t limit);
phys_addr_t memblock_get_low_limit(void);

static inline void *memblock_alloc_low(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, memblock_get_low_limit(),
				      NUMA_NO_NODE);
}

static inline void memblock_set_bottom_up(bool enable)
{
	memblock.bottom_up = enable;
}

static inline bool memblock_bottom_up(void)
{
	return memblock.bottom_up;
}

/* The address, in bytes, that allocations without a limit of their own stay below. */
void memblock_set_current_limit(phys_addr_t limit);
phys_addr_t memblock_get_current_limit(void);

/* Sizes in bytes; addresses in bytes, 0 without memory. */
phys_addr_t memblock_phys_mem_size(void);
phys_addr_t memblock_reserved_size(void);
phys_addr_t memblock_start_of_DRAM(void);
phys_addr_t memblock_end_of_DRAM(void);
/** memblock_estimated_nr_free_pages() - pages of memory less those of reserved, 0 if that is
 * negative */
unsigned long memblock_estimated_nr_free_pages(void);

/**
 * memblock_enforce_memory_limit() - forget all but the first @limit bytes of memory, and
 * reservations above
 *
 * @limit counts memory, not addresses: holes do not count. 0, or more than there is, changes
 * nothing.
 */
void memblock_enforce_memory_limit(phys_addr_t limit);
/** memblock_cap_memory_range() - forget memory outside a range (but for nomap), and reservations
 * there */
void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size);
/** memblock_mem_limit_remove_map() - as memblock_enforce_memory_limit(), but nomap memory stays */
void memblock_mem_limit_remove_map(phys_addr_t limit);

bool memblock_is_memory(phys_addr_t addr);
/** memblock_is_map_memory() - memory, and not nomap */
bool memblock_is_map_memory(phys_addr_t addr);
/** memblock_is_region_memory() - does the range lie in one region of memory? */
bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size);
bool memblock_is_reserved(phys_addr_t addr);
/** memblock_is_region_reserved() - does the range touch anything reserved? */
bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size);

/**
 * memblock_search_pfn_nid() - the node of a page
 * @start_pfn, @end_pfn: the region that it is in, end exclusive; untouched if it is not in memory
 *
 * Return: the node, NUMA_NO_NODE outside memory.
 */
int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn);

/** memblock_dump_all() - print both arrays in the kernel's format, if memblock_debug is set */
void memblock_dump_all(void);

/*
 * Iteration. *idx holds the position in type_a in its low half and in the gaps of type_b in its
 * high half; ULLONG_MAX ends it. Nothing may change the arrays meanwhile. Any out pointer may be
 * NULL.
 */
void __next_mem_range(uint64_t *idx, int nid, enum memblock_flags flags,
		      struct memblock_type *type_a, struct memblock_type *type_b,
		      phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid);
void __next_mem_range_rev(uint64_t *idx, int nid, enum memblock_flags flags,
			  struct memblock_type *type_a, struct memblock_type *type_b,
			  phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid);
void __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn,
			  unsigned long *out_end_pfn, int *out_nid);

/* Ranges of type_a that are not in type_b (all of type_a if that is NULL); @i is a uint64_t. */
#define __for_each_mem_range(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)                 \
	for (i = 0, __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid);       \
	     i != UINT64_MAX;                                                                      \
	     __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

#define __for_each_mem_range_rev(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)             \
	for (i = UINT64_MAX,                                                                       \
	    __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid);           \
	     i != UINT64_MAX;                                                                      \
	     __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

#define PF_MEMBLOCK_ANY_RAM ((enum memblock_flags)(MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED))

/* Memory, but for nomap. */
#define for_each_mem_range(i, p_start, p_end)                                                      \
	__for_each_mem_range(i, &memblock.memory, (struct memblock_type *)NULL, NUMA_NO_NODE,      \
			     PF_MEMBLOCK_ANY_RAM, p_start, p_end, (int *)NULL)
#define for_each_mem_range_rev(i, p_start, p_end)                                                  \
	__for_each_mem_range_rev(i, &memblock.memory, (struct memblock_type *)NULL, NUMA_NO_NODE,  \
				 PF_MEMBLOCK_ANY_RAM, p_start, p_end, (int *)NULL)

#define for_each_reserved_mem_range(i, p_start, p_end)                                             \
	__for_each_mem_range(i, &memblock.reserved, (struct memblock_type *)NULL, NUMA_NO_NODE,    \
			     MEMBLOCK_NONE, p_start, p_end, (int *)NULL)

/* Free memory: in memory and not in reserved, on @nid and with @flags. */
#define for_each_free_mem_range(i, nid, flags, p_start, p_end, p_nid)                              \
	__for_each_mem_range(i, &memblock.memory, &memblock.reserved, nid, flags, p_start, p_end,  \
			     p_nid)
#define for_each_free_mem_range_reverse(i, nid, flags, p_start, p_end, p_nid)                      \
	__for_each_mem_range_rev(i, &memblock.memory, &memblock.reserved, nid, flags, p_start,     \
				 p_end, p_nid)

#if PF_PHYSMEM
/* Physical memory that is not in @type. */
#define for_each_physmem_range(i, type, p_start, p_end)                                            \
	__for_each_mem_range(i, &physmem, type, NUMA_NO_NODE, MEMBLOCK_NONE, p_start, p_end,       \
			     (int *)NULL)
#endif

/* Whole pages of memory on @nid (MAX_NUMNODES: on any); @i is an int. */
#define for_each_mem_pfn_range(i, nid, p_start, p_end, p_nid)                                      \
	for (i = -1, __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid); i >= 0;                 \
	     __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid))

#define for_each_mem_region(region)                                                                \
	for (region = memblock.memory.regions;                                                     \
	     region < memblock.memory.regions + memblock.memory.cnt; region++)
#define for_each_reserved_mem_region(region)                                                       \
	for (region = memblock.reserved.regions;                                                   \
	     region < memblock.reserved.regions + memblock.reserved.cnt; region++)

static inline bool memblock_is_hotpluggable(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_HOTPLUG;
}

static inline bool memblock_is_mirror(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_MIRROR;
}

static inline bool memblock_is_nomap(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_NOMAP;
}

static inline bool memblock_is_reserved_noinit(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_RSRV_NOINIT;
}

static inline bool memblock_is_driver_managed(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_DRIVER_MANAGED;
}

static inline void memblock_set_region_node(struct memblock_region *r, int nid)
{
#if PF_NUMA
	r->nid = nid;
#else
	(void)r;
	(void)nid;
#endif
}

static inline int memblock_get_region_node(const struct memblock_region *r)
{
#if PF_NUMA
	return r->nid;
#else
	(void)r;
	return 0;
#endif
}

/* Pages of a memory region: those that lie in it whole. Of a reserved one: those that it touches.
 */
static inline unsigned long memblock_region_memory_base_pfn(const struct memblock_region *r)
{
	return PF_PFN_UP(r->base);
}

static inline unsigned long memblock_region_memory_end_pfn(const struct memblock_region *r)
{
	return PF_PFN_DOWN(r->base + r->size);
}

static inline unsigned long memblock_region_reserved_base_pfn(const struct memblock_region *r)
{
	return PF_PFN_DOWN(r->base);
}

static inline unsigned long memblock_region_reserved_end_pfn(const struct memblock_region *r)
{
	return PF_PFN_UP(r->base + r->size);
}

#endif
