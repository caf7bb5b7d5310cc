/* SPDX-License-Identifier: MIT */
/*
 * Memory and devices that come and go, among themselves. Where nothing else is said: in one's turn
 * (pfi_hotplug_begin()), no lock held.
 */
#ifndef HOTPLUG_INTERNAL_H
#define HOTPLUG_INTERNAL_H

#include <pageframe/hotplug.h>

#include "../isolate/internal.h"
#include "../lib/line.h"
#include "../lib/turn.h"

/* Nothing else comes or goes meanwhile: places of blocks and spans stay what they are. */
static inline void pfi_hotplug_begin(struct pf_mem *mem)
{
	take_turn(&mem->hotplugging);
}

static inline void pfi_hotplug_end(struct pf_mem *mem)
{
	end_turn(&mem->hotplugging);
}

/* A pfn may have fewer bits than a physical address. */
static inline bool pfi_is_pfn(pf_phys phys)
{
	return !((uint64_t)(phys >> PF_PAGE_SHIFT) >> (sizeof(pf_pfn) * 8 - 1) >> 1);
}

/* Numbers of blocks, @end exclusive. */
struct blocks {
	unsigned long nr, end;
};

/* --- range.c; @who: the public function, for messages; not in one's turn, too --- */
/*
 * The whole blocks of a range. What is lost at its ends is said. -PF_EINVAL, after a message:
 * there are none, or there are no entries for them, or the machine was booted without hotplug.
 */
int pfi_whole_blocks(const struct pf_mem *mem, const char *who, pf_phys start, pf_phys size,
		     struct blocks *b);
/* The same for pages that must be whole blocks. Return: NULL, or why they are not; nothing is said.
 */
const char *pfi_blocks_of(const struct pf_mem *mem, pf_pfn start, unsigned long nr,
			  struct blocks *b);
/* Does the node exist? 0, -PF_EINVAL after a message. */
int pfi_node_exists(const struct pf_mem *mem, const char *who, int nid);
/* No block is there yet. 0, -PF_EEXIST after a message. */
int pfi_nothing_there(const struct pf_mem *mem, const char *who, struct blocks b);
/* "WHO: pfn 0x12000: WHY" */
void pfi_complain(const char *who, pf_pfn pfn, const char *why);
/* All of these have one of these states, a bit each. The first that has not, or b.end. */
unsigned long pfi_first_other(const struct pf_mem *mem, struct blocks b, unsigned states);

/*
 * Each of the blocks, under the lock of the zone that its entry names then, a stretch of them at a
 * time: who holds that lock and finds a block there may rely upon it. @fn may move it elsewhere;
 * who holds the lock of where it goes may see it come.
 */
typedef void (*block_fn)(struct pf_mem *mem, unsigned long nr, void *arg);
void pfi_each_block(struct pf_mem *mem, struct blocks b, block_fn fn, void *arg);

/* --- descriptors.c: memory behind descriptors of blocks that are absent, or gone --- */
/*
 * @at: where it is taken from, the first pages of the range itself; PF_NO_PFN: from the page
 * allocator. 0, -PF_ENOMEM, and nothing has changed.
 */
int pfi_back_descriptors(struct pf_mem *mem, struct blocks b, int nid, pf_pfn at);
/* The reverse; descriptors are undescribed after it. Nobody may look at them any more. */
void pfi_unback_descriptors(struct pf_mem *mem, struct blocks b);
/* Blocks that a map of so many takes of them; 0: this machine's map needs none. */
unsigned long pfi_map_blocks(const struct pf_mem *mem, unsigned long blocks);

/* --- span.c --- */
/* The zone, and its node, have these blocks, too; @present: pages of them that are memory. */
void pfi_zone_grow(struct pf_mem *mem, struct pf_zone *zone, struct blocks b,
		   unsigned long present);
/* They have gone: their entries say so. */
void pfi_zone_shrink(struct pf_mem *mem, struct pf_zone *zone, struct blocks b,
		     unsigned long present);

/* --- device_entries.c: blocks that become a device's --- */
struct pf_dev_pagemap;
/* The descriptors of all of them are written. 0; -PF_ENOMEM: those of some may be. */
int pfi_describe_device(struct pf_mem *mem, struct blocks b, struct pf_dev_pagemap *pgmap);
/* From here on each can be found. */
void pfi_publish_device(struct pf_mem *mem, struct blocks b, struct pf_dev_pagemap *pgmap);

/* --- zone_for.c --- */
/* Where offline blocks of a node would go; any time. */
struct pf_zone *pfi_zone_for(const struct pf_mem *mem, struct blocks b, int nid,
			     enum pf_online_to to);

/* --- add.c --- */
/* The blocks are absent from here on; who has found one may still look. */
void pfi_withdraw(struct pf_mem *mem, struct blocks b);
/* The block is the first of those that hold descriptors: of how many blocks, itself the first; or
 * 0. */
unsigned long pfi_described_by(const struct pf_mem *mem, unsigned long nr);

/* --- offline.c --- */
/* Does the block hold descriptors of memory outside of @b that is online? Any time. */
bool pfi_is_needed(const struct pf_mem *mem, struct blocks b, unsigned long nr);

/* --- online.c --- */
/* The next blocks of @b, from @s->end on, that do not hold descriptors; false: there are none. */
bool pfi_next_segment(const struct pf_mem *mem, struct blocks b, struct blocks *s);

static inline pf_pfn first_pfn_of(const struct pf_mem *mem, struct blocks b)
{
	return pf_block_pfn(mem, b.nr);
}

static inline pf_pfn end_pfn_of(const struct pf_mem *mem, struct blocks b)
{
	return pf_block_pfn(mem, b.end);
}

#endif
