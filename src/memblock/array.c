/* SPDX-License-Identifier: MIT */
/*
 * The sorted arrays of regions: search, insertion, splitting, merging.
 *
 * An array stays contiguous, because users read memblock.memory.regions[i] directly. What Linux
 * does by walking from the first region is done here by binary search; what it does by one
 * memmove() per region is done by one per operation. So an insertion costs O(log cnt) and one move
 * of the regions behind it, and none when the new range continues its neighbour. An array is full
 * exactly when Linux's is: when it has no room for the pieces of a new range before they are merged
 * with their neighbours (memblock_add_range()).
 */
#include "internal.h"

#include "../lib/memory.h"

static struct memblock_region memory_regions[INIT_MEMBLOCK_MEMORY_REGIONS];
static struct memblock_region reserved_regions[INIT_MEMBLOCK_RESERVED_REGIONS];

#define INITIAL_MEMBLOCK                                                                             \
	{                                                                                            \
		.bottom_up = false,                                                                \
		.current_limit = MEMBLOCK_ALLOC_ANYWHERE,                                          \
		.memory = {                                                                        \
			.cnt = PF_MEMBLOCK_EMPTY_CNT,                                              \
			.max = INIT_MEMBLOCK_MEMORY_REGIONS,                                       \
			.regions = memory_regions,                                                 \
			.name = "memory",                                                          \
		},                                                                                 \
		.reserved = {                                                                      \
			.cnt = PF_MEMBLOCK_EMPTY_CNT,                                              \
			.max = INIT_MEMBLOCK_RESERVED_REGIONS,                                     \
			.regions = reserved_regions,                                               \
			.name = "reserved",                                                        \
		} \
	}

const struct memblock mb_initial_memblock = INITIAL_MEMBLOCK;
struct memblock memblock = INITIAL_MEMBLOCK;

#if PF_PHYSMEM
static struct memblock_region physmem_regions[INIT_PHYSMEM_REGIONS];

#define INITIAL_PHYSMEM                                                                            \
	{                                                                                          \
		.cnt = PF_MEMBLOCK_EMPTY_CNT, .max = INIT_PHYSMEM_REGIONS,                         \
		.regions = physmem_regions, .name = "physmem"                                      \
	}

static const struct memblock_type initial_physmem = INITIAL_PHYSMEM;
struct memblock_type physmem = INITIAL_PHYSMEM;
#endif

bool mb_is_initial_array(const struct memblock_region *regions)
{
#if PF_PHYSMEM
	if (regions == physmem_regions)
		return true;
#endif
	return regions == memory_regions || regions == reserved_regions;
}

void mb_arrays_reset(void)
{
	memset(memory_regions, 0, sizeof(memory_regions));
	memset(reserved_regions, 0, sizeof(reserved_regions));
	memblock = mb_initial_memblock;
#if PF_PHYSMEM
	memset(physmem_regions, 0, sizeof(physmem_regions));
	physmem = initial_physmem;
#endif
}

/* Where the last search among reservations ended: boot allocates next to what it allocated last. */
static unsigned long finger;

/* One comparison: as two, each would be mispredicted half of the time. */
static bool is_region_above(const struct memblock_type *type, unsigned long i, phys_addr_t addr)
{
	phys_addr_t below;

	if (!i || i >= type->cnt)
		return false; /* rare, and found at once */
	below = region_end(&type->regions[i - 1]);
	return addr - below < region_end(&type->regions[i]) - below;
}

static unsigned long search_above(const struct memblock_type *type, phys_addr_t addr)
{
	const struct memblock_region *first = type->regions;
	unsigned long left = type->cnt;

	/* Halving without a branch to mispredict: the regions before *first end at or below addr.
	 */
	while (left > 1) {
		unsigned long half = left / 2;

		first += region_end(&first[half - 1]) <= addr ? half : 0;
		left -= half;
	}
	if (left && region_end(first) <= addr)
		first++;
	return (unsigned long)(first - type->regions);
}

unsigned long mb_region_above(const struct memblock_type *type, phys_addr_t addr)
{
	if (type != &memblock.reserved)
		return search_above(type, addr);
	if (!is_region_above(type, finger, addr))
		finger = search_above(type, addr);
	return finger;
}

long mb_region_at(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long i = mb_region_above(type, addr);

	return i < type->cnt && type->regions[i].base <= addr ? (long)i : -1;
}

static bool continues(const struct memblock_region *r, const struct memblock_region *next)
{
	if (region_end(r) > next->base)
		pf_port_panic("memblock: regions overlap or are not sorted");
	return region_end(r) == next->base && r->flags == next->flags &&
	       memblock_get_region_node(r) == memblock_get_region_node(next);
}

void mb_merge_regions(struct memblock_type *type, unsigned long first, unsigned long last)
{
	struct memblock_region *regions = type->regions;
	unsigned long kept = first ? first - 1 : 0;
	unsigned long i = kept + 1;

	for (; i <= last && i < type->cnt; i++) {
		if (continues(&regions[kept], &regions[i]))
			regions[kept].size += regions[i].size;
		else
			regions[++kept] = regions[i];
	}
	if (kept + 1 >= i)
		return;
	memmove(&regions[kept + 1], &regions[i], (type->cnt - i) * sizeof(*regions));
	type->cnt -= i - (kept + 1);
}

static void insert_region(struct memblock_type *type, unsigned long i,
			  const struct memblock_region *new)
{
	struct memblock_region *r = &type->regions[i];

	memmove(r + 1, r, (type->cnt - i) * sizeof(*r));
	*r = *new;
	type->cnt++;
}

/* The part of the new range below regions[i] (i may be cnt); false if there is none. */
static bool piece_below(const struct memblock_type *type, unsigned long i,
			const struct memblock_region *range, struct memblock_region *piece)
{
	phys_addr_t base = range->base;
	phys_addr_t end = region_end(range);

	if (i && region_end(&type->regions[i - 1]) > base)
		base = region_end(&type->regions[i - 1]);
	if (i < type->cnt && type->regions[i].base < end)
		end = type->regions[i].base;
	if (base >= end)
		return false;
	*piece = *range;
	piece->base = base;
	piece->size = end - base;
	return true;
}

/* One piece, the usual case: lengthen a neighbour rather than insert and merge. */
static void add_piece(struct memblock_type *type, unsigned long i,
		      const struct memblock_region *piece)
{
	struct memblock_region *r = &type->regions[i];
	bool after = i && continues(r - 1, piece);
	bool before = i < type->cnt && continues(piece, r);

	if (after)
		r[-1].size += piece->size;
	if (after && before) {
		mb_merge_regions(type, i, i);
	} else if (before) {
		r->base = piece->base;
		r->size += piece->size;
	} else if (!after) {
		insert_region(type, i, piece);
	}
	type->total_size += piece->size;
}

/*
 * Many pieces, in the gaps of regions[first] to regions[last - 1]: one pass from the back, one to
 * merge.
 */
static void add_pieces(struct memblock_type *type, unsigned long first, unsigned long last,
		       unsigned long pieces, const struct memblock_region *range)
{
	struct memblock_region *regions = type->regions;
	unsigned long to = last + pieces;
	struct memblock_region piece;
	bool fits = piece_below(type, last, range, &piece);

	memmove(&regions[to], &regions[last], (type->cnt - last) * sizeof(*regions));
	for (unsigned long i = last;; i--) {
		if (fits) {
			regions[--to] = piece;
			type->total_size += piece.size;
		}
		if (i == first)
			break;
		fits = piece_below(type, i - 1, range, &piece);
		regions[--to] = regions[i - 1];
	}
	type->cnt += pieces;
	mb_merge_regions(type, first, last + pieces);
}

/* Where the range meets regions: those that overlap it, and how many pieces of it are new. */
struct overlap {
	unsigned long first;
	unsigned long last;
	unsigned long pieces;
	unsigned long gap; /* the highest region (or cnt) with a piece below it */
};

static void find_overlap(const struct memblock_type *type, const struct memblock_region *range,
			 struct overlap *o)
{
	struct memblock_region piece;
	unsigned long i = mb_region_above(type, range->base);

	o->first = i;
	o->pieces = 0;
	o->gap = i;
	for (;; i++) {
		if (piece_below(type, i, range, &piece)) {
			o->pieces++;
			o->gap = i;
		}
		if (i == type->cnt || type->regions[i].base >= region_end(range))
			break;
	}
	o->last = i;
}

static int add_range_known(struct memblock_type *type, const struct memblock_region *range)
{
	unsigned long i = mb_region_above(type, range->base);
	const struct place place = {
		.where = type == &memblock.reserved ? NOT_IN_RANGE : ANYWHERE,
		.base = range->base,
		.size = range->size,
	};
	struct memblock_region piece;
	struct overlap o;
	int ret;

	if (type->cnt < type->max &&
	    (i == type->cnt || type->regions[i].base >= region_end(range))) {
		add_piece(type, i, range); /* it meets nothing, which is the usual case */
		return 0;
	}
	find_overlap(type, range, &o);
	while (type->cnt + o.pieces > type->max) {
		ret = mb_double_array(type, &place);
		if (ret)
			return ret;
		find_overlap(type, range, &o);
	}
	if (o.pieces == 1) {
		piece_below(type, o.gap, range, &piece);
		add_piece(type, o.gap, &piece);
	} else if (o.pieces) {
		add_pieces(type, o.first, o.last, o.pieces, range);
	}
	return 0;
}

/* Code for older kernels empties an array by writing one region of nothing into it. */
static bool is_empty(const struct memblock_type *type)
{
	return type->cnt == 0 || (type->cnt == 1 && type->regions[0].size == 0);
}

int mb_add_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size, int nid,
		 enum memblock_flags flags)
{
	struct memblock_region range = { .base = base, .size = capped(base, size), .flags = flags };
	int ret;

	if (!range.size)
		return 0;
	memblock_set_region_node(&range, nid);
	skip_check();
	if (is_empty(type)) { /* what memblock_trim_memory() has left in it goes, too */
		type->cnt = 0;
		type->total_size = 0;
	}
	ret = add_range_known(type, &range);
	skip_changed(type);
	return ret;
}

/* Cut regions[i] in two at @at, which lies inside it. There is room. */
static void split_region(struct memblock_type *type, unsigned long i, phys_addr_t at)
{
	struct memblock_region low = type->regions[i];
	struct memblock_region *high = &type->regions[i];

	low.size = at - low.base;
	high->base = at;
	high->size -= low.size;
	insert_region(type, i, &low);
}

int mb_isolate_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
		     enum where where, unsigned long *first, unsigned long *last)
{
	const struct place place = { .where = where, .base = base, .size = capped(base, size) };
	phys_addr_t end = base + place.size;
	int ret;

	*first = *last = 0;
	if (base == end)
		return 0;
	while (type->cnt + 2 > type->max) {
		ret = mb_double_array(type, &place);
		if (ret)
			return ret;
	}
	*first = mb_region_above(type, base);
	if (*first < type->cnt && type->regions[*first].base < base)
		split_region(type, (*first)++, base);
	*last = mb_region_above(type, end);
	if (*last < type->cnt && type->regions[*last].base < end)
		split_region(type, (*last)++, end);
	return 0;
}

void mb_remove_regions(struct memblock_type *type, unsigned long first, unsigned long last)
{
	struct memblock_region *regions = type->regions;

	for (unsigned long i = first; i < last; i++)
		type->total_size -= regions[i].size;
	memmove(&regions[first], &regions[last], (type->cnt - last) * sizeof(*regions));
	type->cnt -= last - first;
	if (!type->cnt) { /* an empty array shows nothing of what it held */
		type->cnt = PF_MEMBLOCK_EMPTY_CNT;
		regions[0] = (struct memblock_region){ .base = 0 };
		memblock_set_region_node(&regions[0], MAX_NUMNODES);
	}
}

int mb_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	unsigned long first, last;
	int ret;

	skip_check();
	ret = mb_isolate_range(type, base, size,
			       type == &memblock.reserved ? NOT_IN_RANGE : NOT_IN_LOST_RANGE,
			       &first, &last);
	if (!ret && first < last)
		mb_remove_regions(type, first, last);
	skip_changed(type);
	if (!ret && type == &memblock.reserved)
		mb_skip_freed(base);
	return ret;
}
