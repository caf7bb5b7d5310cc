/* SPDX-License-Identifier: MIT */
/* What the files of the hand-over share. */
#ifndef BOOT_INTERNAL_H
#define BOOT_INTERNAL_H

#include "../page_alloc/internal.h"

/* Pages of a range that could not be released, for they were not what they should have been. */
struct refused {
	unsigned long pages;
	pf_pfn first;
	enum pf_state state; /* what the first of them was */
	bool no_memory;	     /* of the refused, some for want of memory for descriptors */
};

/*
 * release.c: pages that are @from, PF_RESERVED or PF_DEFERRED, become free; any others are refused
 * and stay. Any CPU, any time. Return: pages that are free now.
 */
unsigned long pfi_release(struct pf_mem *mem, pf_pfn start, pf_pfn end, enum pf_state from,
			  struct refused *refused);

/* deferred.c */
void pfi_set_deferral(struct pf_mem *mem, unsigned long pages_at_once);
/* late.c: from now on memblock_free_late() frees to @mem. */
void pfi_bind_late(struct pf_mem *mem);

#endif
