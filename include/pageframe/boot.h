/* SPDX-License-Identifier: MIT */
/*
 * From memblock to the page allocator. The order: pf_boot(), memblock_free_all(),
 * memblock_discard(); memblock_free_late() from the first of them on, whenever the host likes.
 */
#ifndef PAGEFRAME_BOOT_H
#define PAGEFRAME_BOOT_H

#include <pageframe/mem.h>
#include <pageframe/memblock.h>

struct pf_boot_config {
	/*
	 * Where each zone ends, exclusive; 0: the host has no such zone. They begin where the one
	 * before ends, the first at 0. MOVABLE and DEVICE have no limit. All 0: everything is
	 * NORMAL. x86-64: { 0x1000, 0x100000, ~0ul }.
	 */
	pf_pfn zone_end[PF_ZONES];
	struct pf_movable_config movable;
	/*
	 * The memory map's address range; each part of what is behind it comes from the node that
	 * it describes, as far as there is room. NULL: the arrays are contiguous in physical
	 * memory, on any node, holes included, and reached through pf_port_phys_to_virt().
	 */
	const struct pf_memmap_ops *memmap;
	/*
	 * For a simulator that must leave memblock as it is: everything comes from here, zeroed and
	 * aligned for any type, and @memmap is not used. NULL: from memblock.
	 */
	void *(*alloc)(size_t size);
	/*
	 * Pages of each node's last zone that memblock_free_all() hands over itself (Linux: a
	 * section of 128 MiB); pf_release_deferred() hands over the rest. 0: all of them.
	 */
	unsigned long pages_at_once;
	/*
	 * Nodes with ids below this exist, with or without memory, and have a struct pf_node. 0:
	 * those that have memory.
	 */
	int nr_nodes;
	pf_released_fn released; /* or NULL */
	/* CPUs that have lists of their own: pf_port_cpu() gives numbers below. 0: one. */
	unsigned nr_cpus;
	int (*cpu_to_node)(unsigned cpu);  /* NULL: the first node */
	int (*distance)(int from, int to); /* as ACPI's SLIT has it; NULL: all alike */
	pf_low_fn low;			   /* or NULL */
	/*
	 * Memory may come later, hotplug.h and device.h, up to here, exclusive. There are entries
	 * for all of it, 16 bytes a block, and NORMAL and MOVABLE of each node have lists from the
	 * beginning; without @memmap there are descriptors for all of it, too. 0: nothing comes or
	 * goes.
	 */
	pf_pfn max_possible_pfn;
	/* Pages in a memory block, as a power of two; 0: PF_MEMORY_BLOCK_ORDER. */
	unsigned memory_block_order;
};

/**
 * pf_boot() - nodes, zones and the memory map of what is in memblock.memory
 * @mem: zeroed; stays in use as long as the system runs
 * @config: read during the call only, but for what it points to
 *
 * Every page is reserved afterwards, or nomap. memblock.memory may not change any more.
 *
 * Return: 0, or an error after a message that says what is in the way. -PF_EINVAL: no memory; zone
 * limits that do not ascend, or leave memory out; a zone of more than 2^32 pages, or a machine of
 * more than 2^32 blocks, from first to last. -PF_ENOMEM: memblock has no room, or the map fails.
 * @mem is zeroed again then; what memblock gave is not given back. Context: boot, one CPU.
 */
int pf_boot(struct pf_mem *mem, const struct pf_boot_config *config);

/**
 * pf_close() - for tests and simulators: a machine is no longer used
 *
 * What holds it may be used otherwise; memblock_free_late() does not free into it any more.
 * Context: no other thread uses @mem.
 */
void pf_close(struct pf_mem *mem);

/**
 * memblock_free_all() - hand all free memory over to the page allocator
 *
 * What memblock.reserved does not touch becomes free: whole pages, nomap regions excepted. Blocks
 * that are free throughout cost the work of their entry; others are split. From now on
 * memblock_free_late() frees into @mem.
 *
 * Return: pages handed over; those that were deferred are not among them. Context: boot, one CPU.
 */
unsigned long memblock_free_all(struct pf_mem *mem);

/**
 * memblock_free_late() - give back a range that was reserved at boot
 * @base, @size: bytes; pages that lie in it only in part stay reserved
 *
 * From the moment at which memblock_free_all() begins, the pages are free when this returns,
 * whatever deferred initialisation has done or is doing: docs/late-frees.md. Until then there is
 * nobody to free to, and it is memblock_phys_free(), with its context (boot, one CPU) and its
 * rules: bytes are given back, so that two halves of a page are a page, and the hand-over takes
 * them along. It frees into the machine that was handed over last, until that is closed.
 *
 * Return: 0; -PF_EINVAL after a message if a page of the range was not reserved (it stays as it is,
 * the others are freed); -PF_ENOMEM after a message if descriptors have no memory behind them
 * (on-demand maps only): pages not freed stay reserved, and may be given to another call, without
 * those that were freed. Context: after the hand-over has begun any CPU, any time.
 */
int memblock_free_late(phys_addr_t base, phys_addr_t size);

/** pf_free_late() - the same for one of several machines; not before its memblock_free_all() */
int pf_free_late(struct pf_mem *mem, pf_phys base, pf_phys size);

/**
 * memblock_discard() - give back the memory of memblock's own arrays, and forget all regions
 *
 * Does nothing when PF_KEEP_MEMBLOCK is set. Arrays that the program was built with are no memory
 * of memblock, and stay. Context: after memblock_free_all(), once nobody asks memblock any more.
 */
void memblock_discard(void);

/**
 * pf_release_deferred() - hand over memory that memblock_free_all() left for later
 * @nid: of this node
 * @pages: stop when this many are handed over, or somewhat more; ~0ul: all
 *
 * Work for as many threads as the host likes, along with everything else: each block is handed over
 * by one of them. An allocation that finds nothing asks here before it fails.
 *
 * Return: pages handed over by this call; 0 when there is nothing left to take, or before
 * memblock_free_all() is done. Others may still be handing over what they took: as long as
 * pf_deferred_pages() is not 0, there is more to come. It does not wait for them, for it may have
 * interrupted one. Context: any CPU, any time.
 */
unsigned long pf_release_deferred(struct pf_mem *mem, int nid, unsigned long pages);

/** pf_deferred_pages() - pages of a node that are free, but not handed over yet; any CPU, any time
 */
unsigned long pf_deferred_pages(const struct pf_mem *mem, int nid);

/**
 * pf_init_descriptors() - write the descriptors of blocks before they are needed
 * @blocks: stop when this many are written; ~0ul: all
 *
 * For hosts that want no latency at a block's first split. Work for as many threads as the host
 * likes, at any time, along with everything else.
 *
 * Return: blocks whose descriptors this call wrote, 0 when all are written, or when the map has no
 * memory for them. Context: any CPU; interrupts are off while one block's are written.
 */
unsigned long pf_init_descriptors(struct pf_mem *mem, unsigned long blocks);

/** pf_described_blocks() - blocks whose descriptors are written, for reports */
unsigned long pf_described_blocks(const struct pf_mem *mem);

#endif
