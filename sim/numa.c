/* SPDX-License-Identifier: MIT */
#include "numa.h"

#include <string.h>

#include <pageframe/memblock.h>

void numa_begin(struct numa *n)
{
	n->blocks.n = 0;
	n->pending = true;
	memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, NUMA_NO_NODE);
	memblock_set_node(0, PHYS_ADDR_MAX, &memblock.reserved, NUMA_NO_NODE);
	memblock_clear_hotplug(0, PHYS_ADDR_MAX);
}

void numa_tell(struct numa *n, struct range range, int nid, unsigned flags)
{
	*vec_add(&n->blocks) = (struct numa_block){ range.base, range_end(range), nid };
	if (flags & MEMBLOCK_HOTPLUG)
		memblock_mark_hotplug(range.base, range.size);
}

static void drop(struct numa *n, size_t i)
{
	memmove(&n->blocks.at[i], &n->blocks.at[i + 1],
		(n->blocks.n - i - 1) * sizeof(*n->blocks.at));
	n->blocks.n--;
}

static void trim_to_memory(struct numa *n)
{
	uint64_t low = n->from_dram ? memblock_start_of_DRAM() : 0;
	uint64_t high = memblock_end_of_DRAM();

	for (size_t i = 0; i < n->blocks.n;) {
		struct numa_block *b = &n->blocks.at[i];
		bool memory =
			memblock_overlaps_region(&memblock.memory, b->start, b->end - b->start);

		b->start = b->start > low ? b->start : low;
		b->end = b->end < high ? b->end : high;
		if (memory && b->start < b->end)
			i++;
		else
			drop(n, i);
	}
}

/* Is there another node's block in [@start, @end)? */
static bool other_node_between(const struct numa *n, int nid, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < n->blocks.n; i++) {
		const struct numa_block *b = &n->blocks.at[i];

		if (b->nid != nid && start < b->end && b->start < end)
			return true;
	}
	return false;
}

/* Blocks of a node become one if nothing of another node lies between. */
static void join(struct numa *n)
{
	for (size_t i = 0; i < n->blocks.n; i++) {
		for (size_t j = i + 1; j < n->blocks.n;) {
			struct numa_block *a = &n->blocks.at[i];
			struct numa_block *b = &n->blocks.at[j];
			uint64_t start = a->start < b->start ? a->start : b->start;
			uint64_t end = a->end > b->end ? a->end : b->end;

			if (a->nid != b->nid || other_node_between(n, a->nid, start, end)) {
				j++;
				continue;
			}
			a->start = start;
			a->end = end;
			drop(n, j);
		}
	}
}

/* Memory of a node that the kernel itself uses cannot be unplugged, whatever firmware says. */
static void clear_hotplug_of_kernel_nodes(const struct numa *n)
{
	for (size_t i = 0; i < n->blocks.n; i++) {
		const struct numa_block *b = &n->blocks.at[i];
		const struct memblock_region *r;
		bool kernel = false;

		for_each_reserved_mem_region(r)
			kernel |= memblock_get_region_node(r) == b->nid;
		if (kernel)
			memblock_clear_hotplug(b->start, b->end - b->start);
	}
}

void numa_finish(struct numa *n)
{
	n->pending = false;
	memblock_set_bottom_up(false);
	trim_to_memory(n);
	join(n);
	for (size_t i = 0; i < n->blocks.n; i++) {
		const struct numa_block *b = &n->blocks.at[i];

		memblock_set_node(b->start, b->end - b->start, &memblock.memory, b->nid);
	}
	for (size_t i = 0; i < n->blocks.n; i++) {
		const struct numa_block *b = &n->blocks.at[i];

		memblock_set_node(b->start, b->end - b->start, &memblock.reserved, b->nid);
	}
	clear_hotplug_of_kernel_nodes(n);
}

void numa_free(struct numa *n)
{
	vec_free(&n->blocks);
}
