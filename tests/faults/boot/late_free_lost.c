/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/boot/late.c: memory beyond the first deferred block is left to deferred
 * initialisation, which takes what was free, and nothing that was reserved. Linux since 2015
 * (commit 3a80a7fa7989); found on an Amazon t3.micro in 2023 (commit 115d9d77bb0f, reverted), and
 * settled in 2026 at the one caller. tests/faults/late_free_lost.c is Linux's own, as a model.
 */
#include "../../../src/boot/internal.h"

/* As early_page_initialised() asks. */
static bool is_early(const struct pf_mem *mem, pf_pfn pfn)
{
	for (unsigned long nr = 0; nr < pf_block_nr(mem, pfn); nr++)
		if (pf_info_state(pf_load(&mem->blocks[nr].info)) == PF_DEFERRED)
			return false;
	return true;
}

static void release_early(struct pf_mem *mem, pf_pfn start, pf_pfn end, struct release *op)
{
	if (is_early(mem, start))
		pfi_release(mem, start, end, op);
}

#define pfi_release release_early
#include "../../../src/boot/late.c"
