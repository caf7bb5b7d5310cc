/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator's inner face. All functions: under the zone's lock, with everything in one
 * zone. From PF_BLOCK_ORDER up chunks are made of blocks, below of pages of one split block.
 */
#ifndef PAGE_ALLOC_INTERNAL_H
#define PAGE_ALLOC_INTERNAL_H

#include "../memmap/internal.h"

/*
 * list.c: the first of a chunk, whose state and order are set already, into the list of its kind
 * and out
 */
void pfi_list_add_block(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr);
/*
 * @n neighbouring chunks of PF_MAX_ORDER and one migratetype, from block @nr on, all PF_FREE: sets
 * that they are first.
 */
void pfi_list_add_largest(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
			  unsigned long n);
void pfi_list_del_block(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr);
void pfi_list_add_page(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn);
void pfi_list_del_page(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn);
/* The pfn that a link into a page list stands for. */
pf_pfn pfi_link_pfn(const struct pf_zone *zone, uint32_t link);

/* free.c: free a chunk, merge it with its free buddies, and count it */
/* @nr: the first of 2^(@order - PF_BLOCK_ORDER) blocks, each of them in state PF_FREE, none first.
 */
void pfi_free_blocks(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr, unsigned order);
/* The same for @chunks neighbouring ones of PF_MAX_ORDER, at once. */
void pfi_free_largest(struct pf_mem *mem, struct pf_zone *zone, unsigned long nr,
		      unsigned long chunks);
/* @pfn: a chunk below block order in a split block; its pages but the first are PF_TAIL. */
void pfi_free_pages(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order);

/*
 * take.c: a chunk out of the free lists, smallest that fits first, in state PF_ALLOCATED.
 * Return: false if there is none, or no memory for descriptors.
 */
bool pfi_take(struct pf_mem *mem, struct pf_zone *zone, unsigned order, enum pf_migratetype type,
	      pf_pfn *pfn);
/* And back: false if the chunk is not allocated with that order. */
bool pfi_give(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn, unsigned order);

#endif
