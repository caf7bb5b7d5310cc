/* SPDX-License-Identifier: MIT */
/*
 * LLFree (Wrenger et al., USENIX ATC 2023), as its users have it: bench/allocators says where it is
 * looked for. A lock-free allocator with no descriptors at all.
 */
#include <llfree.h>

typedef uint32_t item;

static llfree_t *llfree;
static size_t metadata_bytes;
static size_t cores;

static void allocator_open(unsigned long pages, unsigned threads)
{
	llfree_classing_t classing =
		TYPED ? llfree_classing_movable(threads) : llfree_classing_simple(threads);
	llfree_meta_size_t size = llfree_metadata_size(&classing, pages);
	llfree_meta_t meta = {
		.local = touched(size.local),
		.trees = touched(size.trees),
		.lower = touched(size.lower),
	};

	cores = threads;
	llfree = touched(size.llfree);
	if (!llfree_is_ok(llfree_init(llfree, pages, LLFREE_INIT_FREE, meta, &classing)))
		die("llfree_init() failed");
	metadata_bytes = size.llfree + size.local + size.trees + size.lower;
}

static inline void allocator_thread(unsigned cpu)
{
	(void)cpu;
}

static inline llfree_request_t request(unsigned cpu, unsigned order, bool movable)
{
	return TYPED ? llfree_movable_request(cores, (uint8_t)order, cpu, movable)
		     : llfree_simple_request(cores, (uint8_t)order, cpu);
}

static inline bool get(unsigned cpu, unsigned order, bool movable, item *chunk)
{
	llfree_result_t result = llfree_get(llfree, frame_id_none(), request(cpu, order, movable));

	*chunk = (item)result.frame.value;
	return llfree_is_ok(result);
}

static inline bool get_last(unsigned cpu, unsigned order, item *chunk)
{
	return get(cpu, order, true, chunk);
}

static inline bool get_nofree(item *chunk)
{
	return get(0, 0, false, chunk);
}

static inline void put(unsigned cpu, unsigned order, bool movable, item chunk)
{
	if (!llfree_is_ok(llfree_put(llfree, frame_id(chunk), request(cpu, order, movable))))
		die("llfree_put() failed");
}

static inline void allocator_drain(void)
{
	llfree_drain(llfree);
}

static inline unsigned long allocator_locked(void)
{
	return 0;
}

static inline double allocator_metadata(void)
{
	return (double)metadata_bytes;
}
