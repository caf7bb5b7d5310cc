/* SPDX-License-Identifier: MIT */
/* What the groups share: the machine that a case starts on, and arrays compared as text. */
#ifndef SIMULATOR_COMMON_H
#define SIMULATOR_COMMON_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host.h"

/*
 * The region arrays as the program was built with them, nothing printed yet, the switches of the
 * command line set. Every case starts on it.
 */
void fresh(void);

/* memblock=debug, for a case that reads its messages from host_output(); and no longer. */
void debug_on(void);
void debug_off(void);

/*
 * Dummy physical memory: [1M, 2M) of the host's simulated memory, full of DUMMY_BYTE. Groups that
 * allocate register it with memblock before each case, and release it after the last.
 */
#define DUMMY_BASE ((phys_addr_t)0x100000)
#define DUMMY_SIZE ((phys_addr_t)0x100000)
#define DUMMY_END  (DUMMY_BASE + DUMMY_SIZE)
#define DUMMY_BYTE 0xa5

void dummy_start(void);
void dummy_register(void);
void dummy_end(void);

#define DUMMY_GROUP(name, cases)                                                                   \
	{                                                                                          \
		name, cases, sizeof(cases) / sizeof((cases)[0]), dummy_start, dummy_register,      \
			dummy_end                                                                  \
	}

/* Split the dummy memory into eight nodes of unlike sizes. */
#define DUMMY_NODES 8
void dummy_nodes(void);
phys_addr_t node_base(int nid);
phys_addr_t node_end(int nid);
phys_addr_t node_size(int nid);

/* Instead of the dummy memory: node 0 has [1M, 2M), node 1 [2M, 3M), node 2 [3M, 4M). */
void three_nodes(void);

#define virt(addr) pf_port_phys_to_virt(addr)
/* The physical address of what an allocator gave, 0 for NULL. */
phys_addr_t phys(const void *virt);

/* By the direction that allocations take. */
static inline phys_addr_t way(phys_addr_t top_down, phys_addr_t bottom_up)
{
	return memblock_bottom_up() ? bottom_up : top_down;
}

/* Are all bytes of a block zero; are they all as the dummy memory was? */
bool is_zeroed(phys_addr_t addr, phys_addr_t size);
bool is_dirty(phys_addr_t addr, phys_addr_t size);

/* @n regions of 4K, 8K apart. */
void fill_from(phys_addr_t base, int (*add)(phys_addr_t, phys_addr_t), unsigned int n);

/* The same above everything else; too small for an array, but inside the machine. */
#define FAR	 ((phys_addr_t)(PF_PHYS_BITS == 64 ? 0x100000000 : 0xa000000))
#define FAR_SIZE ((phys_addr_t)0xc00)
void fill_far(int (*add)(phys_addr_t, phys_addr_t), unsigned int n);

/*
 * "base-end@node!flags ...", all in hexadecimal but the node, which is left out when there is none.
 */
const char *text(const struct memblock_type *type);
phys_addr_t sum(const struct memblock_type *type);
bool is_sorted(const struct memblock_type *type);

/*
 * @want, which spells physical addresses with 16 digits, as this configuration prints them: with 8
 * where they have 32 bits.
 */
const char *as_printed(const char *want);

#define is(type, want)                                                                             \
	do {                                                                                       \
		EXPECT_STR(text(type), want);                                                      \
		EXPECT_EQ((type)->total_size, sum(type));                                          \
	} while (0)
#define memory_is(want)	  is(&memblock.memory, want)
#define reserved_is(want) is(&memblock.reserved, want)
#define out_is(want)	  EXPECT_STR(host_output(), as_printed(want))
#define ok(call)	  EXPECT_EQ(call, 0)
#define no_memory(call)	  EXPECT_EQ(call, -PF_ENOMEM)

#endif
