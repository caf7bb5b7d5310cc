/* SPDX-License-Identifier: MIT */
/*
 * Walking by pfn: who has a page frame number, and nothing else, finds out what is there without
 * touching what is not. All of it may run along with hotplug and devices that come and go.
 */
#ifndef PAGEFRAME_WALK_H
#define PAGEFRAME_WALK_H

#include <pageframe/hotplug.h>

/* States of a block, a bit each, whose pages are all online system RAM. */
#define PF_ONLINE_STATES                                                                           \
	(1u << PF_RESERVED | 1u << PF_NOMAP | 1u << PF_DEFERRED | 1u << PF_FREE |                  \
	 1u << PF_ALLOCATED | 1u << PF_SPLIT)

/* Of a page in a block that is split for ever, because of holes or the border of a zone. */
bool pf_mixed_page_is_online(const struct pf_mem *mem, pf_pfn pfn);

/**
 * pf_pfn_to_online_page() - the descriptor of a page of online system RAM
 *
 * One load of the block's entry; of a block with holes, one of the descriptor besides. NULL for
 * holes, offline memory, devices' memory, and what is not in the machine: there is no false
 * positive (D. Hildenbrand on linux-mm, 4 January 2021, "uninitialized pmem struct pages").
 *
 * The descriptor means something only while its block is split: ask pf_page_info() what the page
 * is. In a read-side section (read.h) the page stays online until its end; otherwise it was at some
 * moment of the call. Context: any.
 */
static inline struct pf_page *pf_pfn_to_online_page(const struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info;

	if (!pf_mem_has_pfn(mem, pfn))
		return NULL;
	info = pf_load_acquire(&pf_block(mem, pfn)->info);
	if (!(PF_ONLINE_STATES >> pf_info_state(info) & 1))
		return NULL;
	if (__builtin_expect((info & PF_INFO_MIXED) != 0, 0) && !pf_mixed_page_is_online(mem, pfn))
		return NULL;
	return pf_page(mem, pfn);
}

/* --- damage --- */

/**
 * pf_memory_failure() - hardware says that a page is damaged
 * @obstacle: why nothing could be done, "it is ..."; or NULL
 *
 * Of system RAM, pf_poison_page(). A device's page is told to the device. Return: 0: it is out; 1:
 * it is in use, and will be out when it is freed; -PF_EEXIST: that is known; -PF_ENXIO: it is a
 * hole, offline, or a device's that takes no care of damage; -PF_EBUSY, -PF_ENOMEM: see
 * pf_poison_page(). Context: as isolate.h.
 */
int pf_memory_failure(struct pf_mem *mem, pf_pfn pfn, struct pf_obstacle *obstacle);

/**
 * pf_soft_offline() - a page that works still is taken out of use, before it fails
 * @mover: what is in use is moved by it; NULL: nothing is
 *
 * Return: 0: it is out, and nobody lost anything; -PF_EEXIST: it is out, or damaged, already;
 * -PF_EBUSY: it cannot be moved, or was not; -PF_ENOMEM: to nowhere; -PF_ENXIO: it is no online
 * system RAM. Context: as isolate.h.
 */
int pf_soft_offline(struct pf_mem *mem, pf_pfn pfn, const struct pf_mover *mover,
		    struct pf_obstacle *obstacle);

/* --- looking --- */

/* Bits of /proc/kpageflags (Documentation/admin-guide/mm/pagemap.rst) that a page can have here. */
#define PF_KPF_BUDDY	((uint64_t)1 << 10)
#define PF_KPF_HWPOISON ((uint64_t)1 << 19)
#define PF_KPF_NOPAGE	((uint64_t)1 << 20)
#define PF_KPF_RESERVED ((uint64_t)1 << 32)

/**
 * pf_page_flags() - what /proc/kpageflags would say of a page
 *
 * PF_KPF_BUDDY: it is free; in Linux only a chunk's first page has it, here all. NOPAGE: nothing is
 * there, or nothing that is online, or a device's. Context: any, a snapshot.
 */
uint64_t pf_page_flags(struct pf_mem *mem, pf_pfn pfn);

/* A block through the eyes of compaction: what it could take, and what it would have to move. */
struct pf_block_scan {
	enum pf_migratetype type;
	unsigned long free;	 /* pages: in the free lists */
	unsigned long movable;	 /* in use, or on a CPU's list, and can be moved */
	unsigned long unmovable; /* anything else that is memory */
	unsigned long holes;	 /* nothing, or nothing online */
};

/**
 * pf_scan_block() - count the pages of the block that a page is in
 *
 * Return: false: none of it is online. Context: as isolate.h; the zone's lock is held while one
 * block is looked at.
 */
bool pf_scan_block(struct pf_mem *mem, pf_pfn pfn, struct pf_block_scan *scan);

#endif
