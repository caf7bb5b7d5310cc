/* SPDX-License-Identifier: MIT */
/* What the files of the hand-over share. */
#ifndef BOOT_INTERNAL_H
#define BOOT_INTERNAL_H

#include "../page_alloc/internal.h"

/* What is to be released, and what could not be, for it was not what it should have been. */
struct release {
	enum pf_state from; /* PF_RESERVED or PF_DEFERRED */
	enum pf_release how;
	unsigned long refused; /* pages */
	pf_pfn first;	       /* of these */
	enum pf_state state;   /* what the first of them was */
	bool no_memory;	       /* of the refused, some for want of memory for descriptors */
};

/*
 * release.c: pages that are op->from become free; any others are refused, and stay. Any CPU, any
 * time after pf_boot(). Return: pages that are free now.
 */
unsigned long pfi_release(struct pf_mem *mem, pf_pfn start, pf_pfn end, struct release *op);

/* deferred.c */
void pfi_set_deferral(struct pf_mem *mem, unsigned long pages_at_once);
/* late.c: from now on memblock_free_late() frees to @mem. */
void pfi_bind_late(struct pf_mem *mem);
/* And no longer. */
void pfi_unbind_late(struct pf_mem *mem);

#endif
