/* SPDX-License-Identifier: MIT */
/*
 * What the files of memblock share. Outside src/memblock/ only src/boot/, which takes over from it,
 * includes it. What the linker sees of it is named mb_, for a kernel has functions of its own.
 */
#ifndef MEMBLOCK_INTERNAL_H
#define MEMBLOCK_INTERNAL_H

#include <pageframe/memblock.h>
#include <pageframe/port.h>

/* Where a caller was called from, for debug messages. */
#define CALLER __builtin_return_address(0)

static inline phys_addr_t region_end(const struct memblock_region *r)
{
	return r->base + r->size; /* no wrap: sizes are cut when regions are added */
}

/* @size, cut so that base + size does not wrap. */
static inline phys_addr_t capped(phys_addr_t base, phys_addr_t size)
{
	return size < PHYS_ADDR_MAX - base ? size : PHYS_ADDR_MAX - base;
}

static inline bool is_node(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES;
}

/* A node, or one of the two names for none. */
static inline bool is_node_or_none(int nid)
{
	return nid >= NUMA_NO_NODE && nid <= MAX_NUMNODES;
}

static inline bool is_power_of_two(phys_addr_t n)
{
	return n && !(n & (n - 1));
}

static inline phys_addr_t round_down_to(phys_addr_t addr, phys_addr_t align)
{
	return addr & ~(align - 1);
}

/* array.c: the sorted arrays */
extern const struct memblock mb_initial_memblock;

void mb_arrays_reset(void);
/* Is this one of the arrays that the program was built with? */
bool mb_is_initial_array(const struct memblock_region *regions);
/* Index of the first region that ends above @addr; cnt if there is none. O(log cnt). */
unsigned long mb_region_above(const struct memblock_type *type, phys_addr_t addr);
/* Index of the region that holds @addr, or -1. O(log cnt). */
long mb_region_at(const struct memblock_type *type, phys_addr_t addr);
int mb_add_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size, int nid,
		 enum memblock_flags flags);
int mb_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size);
/* Where the array of a type that has to double for an operation on a range may go. */
enum where {
	ANYWHERE,	     /* the range changes, and stays memory that may be used */
	NOT_IN_RANGE,	     /* it is being reserved, or freed */
	RATHER_NOT_IN_RANGE, /* it may, but Linux looks elsewhere first */
	NOT_IN_LOST_RANGE,   /* it stops being memory that may be used */
	ONLY_IN_RANGE,	     /* all other memory does */
};

/*
 * Split regions at both ends of the range; *first up to, not including, *last are then inside it.
 */
int mb_isolate_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
		     enum where where, unsigned long *first, unsigned long *last);
/* Merge alike neighbours from first - 1 up to and including last. */
void mb_merge_regions(struct memblock_type *type, unsigned long first, unsigned long last);
void mb_remove_regions(struct memblock_type *type, unsigned long first, unsigned long last);

/* double.c: what to do when one is full */
struct place {
	enum where where;
	phys_addr_t base; /* the range of the operation */
	phys_addr_t size;
	phys_addr_t taken; /* besides, what another new array is about to take */
	phys_addr_t taken_size;
};

/* Twice the room for @type: 0 or -PF_ENOMEM. */
int mb_double_array(struct memblock_type *type, const struct place *place);
void mb_double_reset(void);
/*
 * Forget the regions of memory or reserved. Return: bytes of early memory that their array took, at
 * @base; 0 if it is one that the program was built with, or came from the host, who has it back
 * now.
 */
phys_addr_t mb_drop_array(struct memblock_type *type, phys_addr_t *base);

/* find.c: where does a block fit? */
void mb_set_some_mirror(bool some);
/* What an allocation asks for first. */
enum memblock_flags mb_wanted_flags(void);
/* Must a walk for @nid and @flags pass over this region? */
static inline bool skip_region(const struct memblock_type *type, const struct memblock_region *m,
			       int nid, enum memblock_flags flags)
{
	if (type != &memblock.memory) /* only memory has nodes and kinds */
		return false;
	if (is_node(nid) && nid != memblock_get_region_node(m))
		return true;
	if (movable_node_enabled && memblock_is_hotpluggable(m) && !(flags & MEMBLOCK_HOTPLUG))
		return true;
	if ((flags & MEMBLOCK_MIRROR) && !memblock_is_mirror(m))
		return true;
	if (memblock_is_nomap(m) && !(flags & MEMBLOCK_NOMAP))
		return true;
	return memblock_is_driver_managed(m) && !(flags & MEMBLOCK_DRIVER_MANAGED);
}

/* Address of a free block, 0 if there is none. @align is a power of two. */
phys_addr_t mb_find_in_range_node(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				  phys_addr_t end, int nid, enum memblock_flags flags);
/* The same on any node, falling back from mirrored memory. */
phys_addr_t mb_find_in_range(phys_addr_t start, phys_addr_t end, phys_addr_t size,
			     phys_addr_t align);

/* skip.c: what earlier searches have learnt */
struct request {
	phys_addr_t size;
	phys_addr_t align;
	int nid;
	enum memblock_flags flags;
};

enum direction { TOP_DOWN, BOTTOM_UP };

/* No block for @rq can end above this address; top-down searches begin there. */
phys_addr_t mb_skip_top(const struct request *rq);
/* No block for @rq can start below this one. */
phys_addr_t mb_skip_bottom(const struct request *rq);
/*
 * Remember: no block for @rq can start above (bottom-up: below) @start. Nothing checks that it is
 * true.
 */
void mb_skip_learn(const struct request *rq, enum direction d, phys_addr_t start);
/* After reserved memory around @addr became free. */
void mb_skip_freed(phys_addr_t addr);
/* Facts hold no longer. */
void mb_skip_forget(void);

/* Both arrays as they were when the facts were last known to hold. */
struct stamp {
	const struct memblock_region *memory, *reserved;
	unsigned long memory_cnt, reserved_cnt;
	phys_addr_t memory_size, reserved_size;
	bool movable_node;
};
extern struct stamp mb_skip_stamp;

static inline void skip_take_stamp(void)
{
	mb_skip_stamp = (struct stamp){
		memblock.memory.regions, memblock.reserved.regions,  memblock.memory.cnt,
		memblock.reserved.cnt,	 memblock.memory.total_size, memblock.reserved.total_size,
		movable_node_enabled,
	};
}

/* Before a search or a change: has somebody else changed an array? Inline, for each operation asks.
 */
static inline void skip_check(void)
{
	const struct stamp *s = &mb_skip_stamp;

	if ((s->memory != memblock.memory.regions) | (s->reserved != memblock.reserved.regions) |
	    (s->memory_cnt != memblock.memory.cnt) | (s->reserved_cnt != memblock.reserved.cnt) |
	    (s->memory_size != memblock.memory.total_size) |
	    (s->reserved_size != memblock.reserved.total_size) |
	    (s->movable_node != movable_node_enabled))
		mb_skip_forget();
}

/* After a change. */
static inline void skip_changed(const struct memblock_type *type)
{
	if (type == &memblock.reserved)
		skip_take_stamp();
	else
		mb_skip_forget();
}

/*
 * debug.c: messages in the kernel's format; those named debug_ are for callers that saw
 * memblock_debug set
 */
void mb_debug_range(const char *function, phys_addr_t base, phys_addr_t size, const void *caller);
void mb_debug_range_node(const char *function, phys_addr_t base, phys_addr_t size, int nid,
			 enum memblock_flags flags, const void *caller);
/* @nid is not printed when @with_nid is not set. */
void mb_debug_request(const char *function, phys_addr_t size, phys_addr_t align, bool with_nid,
		      int nid, phys_addr_t from, phys_addr_t max_addr, const void *caller);
void mb_debug_doubled(const struct memblock_type *type, phys_addr_t addr, phys_addr_t size);
void mb_report_cannot_double(const struct memblock_type *type, bool may_resize);
void mb_report_no_mirror(phys_addr_t size);
void mb_report_bad_align(const char *function, phys_addr_t align);
void mb_report_no_memory(const char *function);
void mb_report_no_coverage(phys_addr_t without, phys_addr_t total);

#endif
