/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/boot/deferred.c: the cursor is read, and then moved. So a stretch may be
 * dealt out twice; and who has it takes it for his own, and does not look at states again. Linux
 * has a lock that "guarantees that only one thread at a time is allowed to grow zones" for it (P.
 * Tatashin, "mm: initialize pages on demand during boot", 2018). Ours: without.
 */
#include "../../../src/boot/internal.h"

/* The blocks of a stretch are all alike, and this thread's. */
static unsigned long release_mine(struct pf_mem *mem, pf_pfn start, pf_pfn end,
				  const struct release *op)
{
	unsigned long nr = pf_block_nr(mem, start), pages = end - start;
	struct pf_zone *zone = pf_info_to_zone(mem, pf_load(&mem->blocks[nr].info));
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	(void)op;
	pfi_mark_blocks(mem, nr, pages >> PF_BLOCK_ORDER, PF_FREE);
	pfi_free_block_run(mem, zone, nr, nr + (pages >> PF_BLOCK_ORDER), AT_TAIL);
	pf_store(&zone->managed, zone->managed + pages);
	pf_store(&zone->deferred, zone->deferred - pages);
	pf_unlock_irqrestore(&zone->lock, flags);
	return pages;
}

static unsigned long deal_out(unsigned long *next, unsigned long nr)
{
	unsigned long from = pf_load(next);

	pf_store(next, from + nr);
	return from;
}

#undef pf_fetch_add
#define pf_fetch_add(next, nr) deal_out(next, nr)
#define pfi_release	       release_mine
#include "../../../src/boot/deferred.c"
