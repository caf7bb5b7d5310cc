/* SPDX-License-Identifier: MIT */
/*
 * What a host chooses at build time, each with the default of x86-64 Linux; override with
 * -DNAME=VALUE, the same for the library and for everything that includes its headers.
 */
#ifndef PAGEFRAME_CONFIG_H
#define PAGEFRAME_CONFIG_H

/* Bytes in a page, as a power of two. */
#ifndef PF_PAGE_SHIFT
#define PF_PAGE_SHIFT 12
#endif

/* Width of a physical address: 64, or 32 for machines without large physical addresses. */
#ifndef PF_PHYS_BITS
#define PF_PHYS_BITS 64
#endif

/* 1: regions carry a node id and allocation can prefer a node. 0: one node, no nid field. */
#ifndef PF_NUMA
#define PF_NUMA 1
#endif

/* Nodes that the host can have; valid node ids are 0 to PF_MAX_NUMNODES - 1. */
#ifndef PF_MAX_NUMNODES
#if PF_NUMA
#define PF_MAX_NUMNODES 1024
#else
#define PF_MAX_NUMNODES 1
#endif
#endif

/* 1: memblock has a third type, physmem, of all memory that physically exists (s390 needs it). */
#ifndef PF_PHYSMEM
#define PF_PHYSMEM 0
#endif

/*
 * Regions in the arrays that exist from the first instruction on; each doubles itself when it is
 * full.
 */
#ifndef PF_MEMBLOCK_MEMORY_REGIONS
#define PF_MEMBLOCK_MEMORY_REGIONS 128
#endif
#ifndef PF_MEMBLOCK_RESERVED_REGIONS
#define PF_MEMBLOCK_RESERVED_REGIONS 128
#endif
#ifndef PF_MEMBLOCK_PHYSMEM_REGIONS
#define PF_MEMBLOCK_PHYSMEM_REGIONS 4
#endif

/*
 * Regions that an empty memblock array counts: 0, or 1 of size 0 for code written for Linux before
 * 6.11, which counted so.
 */
#ifndef PF_MEMBLOCK_EMPTY_CNT
#define PF_MEMBLOCK_EMPTY_CNT 0
#endif

/* Alignment in bytes of a boot-time allocation that asks for none. */
#ifndef PF_SMP_CACHE_BYTES
#define PF_SMP_CACHE_BYTES 64
#endif

/* The address below which memblock_alloc_low() stays until memblock_set_low_limit() says otherwise.
 */
#ifndef PF_LOW_ADDRESS_LIMIT
#define PF_LOW_ADDRESS_LIMIT 0xffffffffUL
#endif

/*
 * Pages in a block, as a power of two: what one entry of the block array stands for, the pageblock
 * of migratetypes, and the granule of hotplug.
 */
#ifndef PF_BLOCK_ORDER
#define PF_BLOCK_ORDER 9
#endif

/*
 * The largest chunk of the page allocator, as a power of two of pages: 10 as Linux has it, or up
 * to 18.
 */
#ifndef PF_MAX_ORDER
#define PF_MAX_ORDER 10
#endif

/*
 * 1: memblock_discard() keeps the arrays, and memblock can be asked for as long as the system runs
 * (Linux: CONFIG_ARCH_KEEP_MEMBLOCK). A host with PF_PHYSMEM wants it.
 */
#ifndef PF_KEEP_MEMBLOCK
#define PF_KEEP_MEMBLOCK PF_PHYSMEM
#endif

/*
 * 1: each use of a page's descriptor, but of those on per-CPU lists, asks the block's entry whether
 * it was ever written, and panics if not. AddressSanitizer notices by itself, whatever this says:
 * such descriptors are poisoned for it.
 */
#ifndef PF_DEBUG_MEMMAP
#define PF_DEBUG_MEMMAP 0
#endif

/*
 * 1: pf_free_pages() looks at what it is given, and reports what is not allocated, or with another
 * order. 0: callers make no mistakes.
 */
#ifndef PF_CHECK_FREE
#define PF_CHECK_FREE 1
#endif

/*
 * 1: a CPU's lists are its own without an atomic instruction; whoever wants in from another CPU
 * pays for both, with pf_port_barrier(). 0: for hosts that cannot do that, a lock that the CPU
 * takes each time.
 */
#ifndef PF_CPU_BARRIER
#define PF_CPU_BARRIER 1
#endif

/*
 * No-free pages (nofree.h): pages that are imported at once, as a power of two, no more than a
 * block; and how many such chunks each node may keep when they are complete again.
 */
#ifndef PF_NOFREE_ORDER
#define PF_NOFREE_ORDER PF_BLOCK_ORDER
#endif
#ifndef PF_NOFREE_RESERVE
#define PF_NOFREE_RESERVE 1
#endif

/*
 * Pages in a memory block, as a power of two: what is brought online or taken offline at once by
 * those who count in them, 128 MiB as in Linux on x86-64. A host may choose another at boot.
 */
#ifndef PF_MEMORY_BLOCK_ORDER
#define PF_MEMORY_BLOCK_ORDER (27 - PF_PAGE_SHIFT)
#endif

/* Devices' ranges that can be mapped at one time. */
#ifndef PF_MAX_PAGEMAPS
#define PF_MAX_PAGEMAPS 64
#endif

#if PF_PHYS_BITS != 32 && PF_PHYS_BITS != 64
#error "PF_PHYS_BITS is 32 or 64"
#endif
#if !PF_NUMA && PF_MAX_NUMNODES != 1
#error "without PF_NUMA there is exactly one node"
#endif
#if PF_MAX_NUMNODES > 1024
#error "a descriptor has ten bits for its node"
#endif
#if PF_BLOCK_ORDER < 1 || PF_BLOCK_ORDER > 15 || PF_MAX_ORDER < PF_BLOCK_ORDER || PF_MAX_ORDER > 18
#error "PF_BLOCK_ORDER is 1 to 15, and PF_MAX_ORDER from there to 18"
#endif
#if PF_NOFREE_ORDER < 0 || PF_NOFREE_ORDER > PF_BLOCK_ORDER || PF_NOFREE_RESERVE < 0
#error "PF_NOFREE_ORDER is 0 to PF_BLOCK_ORDER, and PF_NOFREE_RESERVE is not negative"
#endif
#if PF_MEMBLOCK_MEMORY_REGIONS < 4 || PF_MEMBLOCK_RESERVED_REGIONS < 4 ||                          \
	PF_MEMBLOCK_PHYSMEM_REGIONS < 4
#error "a memblock array starts with 4 regions at the least: one operation may add two"
#endif

#endif
