/* SPDX-License-Identifier: MIT */
/* The memory map, for the floors above. docs/blocks.md has the rules that these functions keep. */
#ifndef MEMMAP_INTERNAL_H
#define MEMMAP_INTERNAL_H

#include <pageframe/mem.h>

#include <pageframe/port.h>

#include "../zone/internal.h"

#define DESCRIPTORS_SIZE (sizeof(struct pf_page) << PF_BLOCK_ORDER) /* of one block, in bytes */

/* place.c: the arrays for everything in memblock.memory; 0, -PF_ENOMEM. */
int pfi_memmap_place(struct pf_mem *mem, const struct pf_boot_config *config);

/* enter.c: entries of all blocks; blocks with holes or several zones are split. 0, -PF_ENOMEM. */
int pfi_memmap_enter(struct pf_mem *mem, const struct zone_limits *limits);

/*
 * describe.c: see that the block's descriptors are written; all of them as @info, if this call does
 * it. They stay poisoned: who splits the block opens them. Return: 0 when it did; 1 when they were
 * there already; -PF_ENOMEM without memory for them.
 */
int pfi_describe(struct pf_mem *mem, unsigned long nr, uint32_t info);

/* describe.c: of a block that is nobody's, in state PF_OFFLINE: those that are written have a
 * place. */
void pfi_move_descriptors(struct pf_mem *mem, unsigned long nr, uint32_t place);

/*
 * split.c, under the zone's lock: a whole block becomes a split one whose pages are all @state,
 * PF_RESERVED or PF_TAIL, and the reverse. 0, -PF_ENOMEM.
 */
int pfi_split(struct pf_mem *mem, unsigned long nr, enum pf_state state);
void pfi_unsplit(struct pf_mem *mem, unsigned long nr, enum pf_state state);

/*
 * look.c, under the zone's lock: the first page of the chunk that a page of a split block is in;
 * the page itself if it is in none, which is so while it is between a CPU's list and the zone.
 */
pf_pfn pfi_first_of(const struct pf_mem *mem, pf_pfn pfn);

/*
 * look.c, under the zone's lock: a page's word, in a split block, or in one that is allocated whole
 * and has descriptors.
 */
uint32_t pfi_word(const struct pf_mem *mem, pf_pfn pfn);

/* Fields of the common word. */
static inline uint32_t info_place(enum pf_zone_type zone, int nid)
{
	return (uint32_t)zone << PF_INFO_ZONE_SHIFT | (uint32_t)nid << PF_INFO_NODE_SHIFT;
}

static inline uint32_t info_order(unsigned order)
{
	return (uint32_t)order << PF_INFO_ORDER_SHIFT;
}

static inline uint32_t info_migratetype(enum pf_migratetype type)
{
	return (uint32_t)type << PF_INFO_MIGRATE_SHIFT;
}

/* The same, for another use. */
static inline uint32_t info_retype(uint32_t info, enum pf_migratetype type)
{
	return (info & ~PF_INFO_MIGRATE) | info_migratetype(type);
}

/* The same place, another state: neither first nor of any order. */
static inline uint32_t info_become(uint32_t info, enum pf_state state)
{
	return (info & (PF_INFO_PLACE | PF_INFO_MIGRATE | PF_INFO_MIXED | PF_INFO_MARKED |
			PF_INFO_BEFORE)) |
	       state;
}

/* The descriptor of a page of a split block, for use. */
static inline struct pf_page *page_of(const struct pf_mem *mem, pf_pfn pfn)
{
#if PF_DEBUG_MEMMAP
	if (pf_load_acquire(&pf_block(mem, pfn)->described) != PF_DESCRIBED)
		pf_port_panic("a descriptor is used that was never written");
#endif
	return pf_page(mem, pfn);
}

#endif
