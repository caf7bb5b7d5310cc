/* SPDX-License-Identifier: MIT */
/*
 * In place of src/isolate/isolate.c: CPUs' lists are drained first, and then blocks are marked.
 * What is freed in between comes onto a list that nobody drains. Ours: it spares a drain to who is
 * refused. Linux came to the same end another way: a free that had read its block's type before
 * came onto a list after the drain (P. Tatashin, 2020, commit 968318261221).
 */
#include "../../../src/isolate/internal.h"

static struct pf_zone *drain_and_lock(struct pf_mem *mem, pf_pfn pfn, pf_irqflags *flags)
{
	pfi_drain_zone(mem, zone_of_block(mem, pfn), PFI_DRAIN_WAIT | PFI_DRAIN_EMPTY);
	return lock_zone_of(mem, pfn, flags);
}

#define lock_zone_of		       drain_and_lock
#define pfi_drain_zone(mem, zone, how) ((void)(mem), (void)(zone), true)
#include "../../../src/isolate/isolate.c"
