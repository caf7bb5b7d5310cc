/* SPDX-License-Identifier: MIT */
#include "memmap.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "zones.h"

#define SECTION_SHIFT 27 /* 128 MiB */
#define DESCRIPTORS   64 /* a page has so many times the size of its own */
#define SECTION_MAP   ((1ull << SECTION_SHIFT) / DESCRIPTORS)

/* sparse_buffer_init(), for all sections of the block */
static bool asks_block(const struct event *e)
{
	return e->kind == EVENT_REQUEST && e->size && !(e->size % SECTION_MAP) &&
	       (!strncmp(e->caller, "sparse_init_nid", 15) ||
		!strncmp(e->caller, "sparse_buffer_init", 18));
}

struct range memmap_block(const struct replay *r, size_t number)
{
	const struct boot_log *log = &r->machine->log;

	for (size_t i = 0; i < log->events.n; i++)
		if (asks_block(&log->events.at[i]) && !number--)
			return replay_outcome(r, &log->events.at[i]);
	return (struct range){ 0, 0 };
}

/* Which block describes a section, and as which of its sections; false: it has no memory. */
static bool find_section(uint64_t section, size_t *block, uint64_t *index)
{
	const struct memblock_region *rgn;
	uint64_t next = 0;
	int nid = NUMA_NO_NODE;

	*block = *index = 0;
	for_each_mem_region(rgn) {
		uint64_t first = rgn->base >> SECTION_SHIFT;
		uint64_t last = (rgn->base + rgn->size - 1) >> SECTION_SHIFT;

		first = first > next ? first : next;
		if (first > last)
			continue; /* it is the region's before */
		if (nid != NUMA_NO_NODE && nid != node_or_first(memblock_get_region_node(rgn))) {
			++*block;
			*index = 0;
		}
		nid = node_or_first(memblock_get_region_node(rgn));
		if (section >= first && section <= last) {
			*index += section - first;
			return true;
		}
		*index += last - first + 1;
		next = last + 1;
	}
	return false;
}

uint64_t memmap_guess(const struct boot_log *log)
{
	const struct memblock_region *rgn;
	uint64_t next = 0, sections = 0;

	for (size_t i = 0; i < log->zones.n; i++)
		if (!strcmp(log->zones.at[i].name, "HighMem"))
			return 0;
	for_each_mem_region(rgn) {
		uint64_t first = rgn->base >> SECTION_SHIFT;
		uint64_t last = (rgn->base + rgn->size - 1) >> SECTION_SHIFT;

		first = first > next ? first : next;
		sections += first <= last ? last - first + 1 : 0;
		next = last + 1;
	}
	return sections * SECTION_MAP;
}

struct range memmap_of(const struct replay *r, struct range memory)
{
	uint64_t first = memory.base >> SECTION_SHIFT;
	uint64_t last = (range_end(memory) - 1) >> SECTION_SHIFT;
	uint64_t from, to, base;
	size_t block, last_block;
	struct range map;

	if (!memory.size || !find_section(first, &block, &from) ||
	    !find_section(last, &last_block, &to) || block != last_block ||
	    to - from != last - first)
		return (struct range){ 0, 0 };
	map = memmap_block(r, block);
	if ((to + 1) * SECTION_MAP > map.size)
		return (struct range){ 0, 0 };
	base = map.base + from * SECTION_MAP;
	base += (memory.base & ((1ull << SECTION_SHIFT) - 1)) / DESCRIPTORS;
	return (struct range){ base, memory.size / DESCRIPTORS };
}
