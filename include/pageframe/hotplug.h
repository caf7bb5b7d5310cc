/* SPDX-License-Identifier: MIT */
/*
 * Memory that comes and goes while the system runs. A range is added, brought online, taken
 * offline, removed; each in blocks of PF_BLOCK_SIZE. docs/hotplug.md has the states, and why no
 * walker meets what is not there.
 *
 * A host that wants any of it gives pf_boot() a max_possible_pfn.
 *
 * Context of everything here that changes something: after memblock_free_all(), any CPU, no lock of
 * the library held, not in an interrupt handler, nor in a read-side section (read.h): it waits for
 * other CPUs. Several calls at a time wait for each other; a mover may not call here.
 */
#ifndef PAGEFRAME_HOTPLUG_H
#define PAGEFRAME_HOTPLUG_H

#include <pageframe/isolate.h>

/* --- adding --- */

/*
 * The range's descriptors lie in its own first blocks, which are never handed out. For hosts whose
 * map is in an address range of its own, not on demand (struct pf_memmap_ops); others have
 * descriptors anyway, and the flag changes nothing.
 */
#define PF_MEMMAP_ON_MEMORY 0x1u

/**
 * pf_add_memory() - there is memory now where there was none
 * @nid: its node, below pf_boot_config.nr_nodes or one that had memory at boot
 * @start, @size: bytes; what is no whole block at the ends is lost, and a message says how much
 * @flags: PF_MEMMAP_ON_MEMORY
 *
 * The memory is offline: known, and nobody's. Its entries become visible complete, each with one
 * store, and no descriptor that somebody can see is written.
 *
 * Return: 0; or nothing is added: -PF_EEXIST: something is there already, told in a message;
 * -PF_EINVAL: no such node, no whole block in it, or beyond pf_boot_config.max_possible_pfn, told
 * in a message; -PF_ENOMEM: no memory for descriptors, told in a message.
 */
int pf_add_memory(struct pf_mem *mem, int nid, pf_phys start, pf_phys size, unsigned flags);

/**
 * pf_remove_memory() - the memory is gone
 * @start, @size: bytes, multiples of PF_BLOCK_SIZE
 *
 * All of it must be offline, boot memory or added; of what was added with PF_MEMMAP_ON_MEMORY all
 * must go at once. Waits for readers. Return: 0; -PF_EBUSY: some of it is in use; -PF_EINVAL: some
 * of it is not there.
 */
int pf_remove_memory(struct pf_mem *mem, pf_phys start, pf_phys size);

/* --- online and offline --- */

/* Where memory that comes online goes. */
enum pf_online_to {
	/*
	 * If it lies in the span of either a kernel zone or MOVABLE, there; otherwise as
	 * PF_ONLINE_KERNEL, with movable_node as PF_ONLINE_MOVABLE (Linux: "online", with
	 * online_policy=contig-zones).
	 */
	PF_ONLINE_AUTO,
	PF_ONLINE_KERNEL,  /* the zone below MOVABLE whose span has some of it, or NORMAL */
	PF_ONLINE_MOVABLE, /* can be taken offline again */
};

/**
 * pf_online_pages() - offline memory comes to the page allocator
 * @start, @nr: pages, multiples of PF_BLOCK_PAGES
 *
 * The zone and its node grow around it; watermarks follow. Pages that were found to be damaged
 * stay out. Return: 0; -PF_EINVAL, told in a message: not all of it is offline, or of one node; or
 * the zone cannot take it (more than 2^32 pages from first to last).
 */
int pf_online_pages(struct pf_mem *mem, pf_pfn start, unsigned long nr, enum pf_online_to to);

/**
 * pf_offline_pages() - and goes again
 * @start, @nr: pages, multiples of PF_BLOCK_PAGES, all of one zone
 * @mover: NULL: nothing is moved
 * @obstacle: where what is in the way goes, or NULL
 *
 * The range is isolated, what is in use is moved out, a few times if need be, and when all of it
 * is free or damaged it is nobody's. The zone and its node shrink, watermarks follow. Waits for
 * readers. Otherwise everything is as before, but for what was moved.
 *
 * Return: 0; -PF_EBUSY: something is in the way; -PF_ENOMEM: no memory to move things to;
 * -PF_EINVAL: not all of it is online, or of one zone.
 */
int pf_offline_pages(struct pf_mem *mem, pf_pfn start, unsigned long nr,
		     const struct pf_mover *mover, struct pf_obstacle *obstacle);

/**
 * pf_is_removable() - could these pages be taken offline now?
 *
 * A look that changes nothing: pages that can be moved are not in the way, those that cannot are,
 * and holes. A no-free page that waits in a complete chunk is, too, though pf_offline_pages() would
 * drain it. @obstacle: the first that is, or NULL; untouched otherwise. Context: as isolate.h, but
 * that it waits for nobody, and readers may call it; it is one. A zone's lock is held while one
 * block is looked at.
 */
bool pf_is_removable(struct pf_mem *mem, pf_pfn start, unsigned long nr,
		     struct pf_obstacle *obstacle);

/* --- memory blocks, as sysfs shows them --- */

enum pf_memory_state {
	PF_MEMORY_ABSENT, /* nothing of it is there */
	PF_MEMORY_OFFLINE,
	PF_MEMORY_ONLINE,
	PF_MEMORY_GOING_OFFLINE, /* all of it is isolated: somebody is at it */
	PF_MEMORY_PARTLY,	 /* some of it is online, and some offline */
};

/* 2^memory_block_order pages from id << memory_block_order on (struct pf_mem). */
struct pf_memory_block {
	unsigned long id;
	enum pf_memory_state state;
	int nid;	       /* of its first page */
	unsigned long present; /* pages of memory in it, online or not */
	/*
	 * Online: its zone, or PF_ZONES: it has pages of several zones or nodes, and cannot be
	 * taken offline at once. Offline: where it may go, the default first.
	 */
	enum pf_zone_type zones[2];
};

/** pf_memory_block() - false: there is nothing of it. Any context; what it says may be old soon. */
bool pf_memory_block(struct pf_mem *mem, unsigned long id, struct pf_memory_block *block);

/**
 * pf_show_memory_blocks() - all of them, a line each: "memory33 00000021 offline Movable,Normal"
 *
 * The words are those of sysfs; "none" if it has no zone to be taken offline from, "partly" and
 * "absent" are ours. Any context that @write can be called in.
 */
void pf_show_memory_blocks(struct pf_mem *mem, pf_write_fn write, void *arg);

#endif
