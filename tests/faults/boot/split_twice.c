/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/boot/release.c: whether a reserved block must be split is asked before its
 * zone's lock is taken. Of two who free a part of it each splits it, and what the one has freed is
 * reserved again, in the free lists. Ours.
 */
#define pfi_release right_release
#include "../../../src/boot/release.c"
#undef pfi_release

unsigned long pfi_release(struct pf_mem *mem, pf_pfn start, pf_pfn end, struct release *op)
{
	uint32_t info = pf_load(&pf_block(mem, start)->info);
	struct pf_zone *zone = pf_info_to_zone(mem, info);
	unsigned long freed = 0;
	pf_irqflags flags;

	if (pf_info_state(info) != PF_RESERVED || end - start >= PF_BLOCK_PAGES)
		return right_release(mem, start, end, op);
	flags = pf_lock_irqsave(&zone->lock);
	if (!pfi_split(mem, pf_block_nr(mem, start), PF_RESERVED))
		freed = free_reserved(mem, zone, start, end, op);
	else
		op->no_memory = true;
	pf_unlock_irqrestore(&zone->lock, flags);
	return freed;
}
