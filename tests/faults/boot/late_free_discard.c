/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/boot/late.c: a block that is given back late is left to deferred
 * initialisation, which frees it with the others; and if that has been there already, nobody does.
 * Proposed for Linux as way 3 of three (A. Thompson, 6 February 2023), with memblock_discard() in
 * place of deferred initialisation; tests/faults/late_free_discard.c is that, as a model.
 */
#include "../../../src/boot/internal.h"

static void defer(struct pf_mem *mem, struct pf_block *b)
{
	struct pf_zone *zone = pf_info_to_zone(mem, pf_load(&b->info));
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	pf_store(&b->info, info_become(b->info, PF_DEFERRED));
	pf_store(&zone->deferred, zone->deferred + PF_BLOCK_PAGES);
	pf_unlock_irqrestore(&zone->lock, flags);
}

static void release_later(struct pf_mem *mem, pf_pfn start, pf_pfn end, struct release *op)
{
	while (start < end && !(start & (PF_BLOCK_PAGES - 1)) && end - start >= PF_BLOCK_PAGES &&
	       pf_info_state(pf_load(&pf_block(mem, start)->info)) == PF_RESERVED) {
		defer(mem, pf_block(mem, start));
		start += PF_BLOCK_PAGES;
	}
	if (start < end)
		pfi_release(mem, start, end, op);
}

#define pfi_release release_later
#include "../../../src/boot/late.c"
