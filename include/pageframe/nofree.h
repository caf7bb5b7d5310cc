/* SPDX-License-Identifier: MIT */
/*
 * No-free pages: single pages for what stays as long as the system runs. They come from chunks of
 * their own, so that they do not stand scattered in everybody's blocks. docs/nofree.md has the
 * structures and the policy.
 *
 * Context of everything here, where nothing else is said: after memblock_free_all(); any CPU, any
 * number at a time. No lock of the library may be held. Interrupt handlers may free, and allocate
 * with PF_GFP_ATOMIC, if the host's sync.h knows of interrupts.
 *
 * Source: FreeBSD, vm_page_alloc_nofree_domain() (D45863), and the review of D49480, "vm_page:
 * Allow PG_NOFREE pages to be freed".
 */
#ifndef PAGEFRAME_NOFREE_H
#define PAGEFRAME_NOFREE_H

#include <pageframe/page_alloc.h>

/**
 * pf_alloc_nofree() - a page that is meant to stay
 * @nid: the node to begin with, which must exist, or NUMA_NO_NODE (-1): the calling CPU's
 * @gfp: PF_GFP_ZONE(), PF_GFP_HIGH, PF_GFP_ATOMIC, PF_GFP_MEMALLOC, PF_GFP_ZERO, PF_GFP_THISNODE;
 * what it is for is unmovable, whatever is said
 *
 * Zones are asked as by pf_alloc_pages_node(), each for pages that wait there, from the chunk in
 * use, in order of address, and then for a chunk of 2^PF_NOFREE_ORDER pages, or a smaller one,
 * above its low watermark; when all are as low as that, wherever there is one down to min. Before a
 * block's worth of them is on the node, a part of a block that is unmovable already comes first.
 * Never from ZONE_MOVABLE or a contiguous memory area. A chunk is of the node that its pages are
 * on.
 *
 * The reserves that @gfp opens are for single pages: no whole chunk comes from there. An observer
 * (pf_observe()) is told of a page of order 0, and not of chunks.
 *
 * Return: the page's number, or PF_NO_PFN: nobody has a page within the watermarks, or no such node
 * or zone.
 */
pf_pfn pf_alloc_nofree(struct pf_mem *mem, int nid, pf_gfp gfp);

/**
 * pf_alloc_nofree_bulk() - @nr no-free pages at once: all, or none
 * @pfns: where their numbers go
 *
 * Contiguous and ascending, if one run of pages that wait in the first zone has so many, or the
 * chunk that is imported because too few wait. Nothing is handed out before there is enough for
 * all; when it fails, every counter is as before.
 *
 * @nid and @gfp are as for one. Return: 0; or, and @pfns means nothing, -PF_ENOMEM; -PF_EINVAL: no
 * such node or zone.
 */
int pf_alloc_nofree_bulk(struct pf_mem *mem, int nid, pf_gfp gfp, unsigned long nr, pf_pfn *pfns);

/**
 * pf_free_nofree() - it did not stay, after all
 *
 * For who has to undo his steps because a later one failed. The page waits for the next who wants
 * one; a chunk that is complete again goes back to the page allocator at once, but for
 * PF_NOFREE_RESERVE of them on each node. pf_free_pages() refuses these pages.
 *
 * Return: 0; -PF_EINVAL, and a message that says what it is instead: it is not a no-free page that
 * is in use. This is looked at whatever PF_CHECK_FREE says.
 */
int pf_free_nofree(struct pf_mem *mem, pf_pfn pfn);

/**
 * pf_drain_nofree() - complete chunks that a node keeps go back to the page allocator
 * @nid: NUMA_NO_NODE: of all nodes
 *
 * When memory is scarce; pf_offline_pages() does so. Return: pages; 0, too, if there is no such
 * node.
 */
unsigned long pf_drain_nofree(struct pf_mem *mem, int nid);

/**
 * pf_nofree_stats() - the counters of a node, of one moment
 * @nid: NUMA_NO_NODE: the sum of all nodes, one after the other
 * @stats: struct pf_nofree_stats is in zone.h
 *
 * imported - returned == handed_out + waiting. Return: 0, or -PF_EINVAL: there is no such node.
 */
int pf_nofree_stats(struct pf_mem *mem, int nid, struct pf_nofree_stats *stats);

/**
 * pf_verify_nofree() - walk everything, and prove that queues, pages and counters agree
 * @why: where the first thing that is wrong is told, as text
 * @size: bytes at @why
 *
 * Each waiting page is in one run, and no run stands beside another of its chunk; chunks are
 * complete, and where they may be; counters equal a full walk. pf_verify() counts no-free pages as
 * pages in use. Return: true if all is right. Context: as pf_verify().
 */
bool pf_verify_nofree(const struct pf_mem *mem, char *why, size_t size);

#endif
