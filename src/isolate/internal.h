/* SPDX-License-Identifier: MIT */
/* What the files of isolation share. */
#ifndef ISOLATE_INTERNAL_H
#define ISOLATE_INTERNAL_H

#include <pageframe/isolate.h>

#include "../page_alloc/internal.h"

/*
 * obstacle.c, under the zone's lock: what keeps the page from being moved, "it is ..."; NULL:
 * nothing. @step: pages to the next one to ask about, which may be in the next block. @type,
 * @flags: as for pf_isolate_range().
 */
const char *pfi_in_the_way(const struct pf_mem *mem, pf_pfn pfn, enum pf_migratetype type,
			   unsigned flags, unsigned long *step);

/* obstacle.c: the caller is told, through @obstacle and, if he wants that, in print. -PF_EBUSY. */
int pfi_refuse(struct pf_obstacle *obstacle, unsigned flags, pf_pfn pfn, const char *why);

/*
 * isolate.c: as pf_isolate_range(), of whole blocks [@start, @end), but only pages of [@from, @to)
 * must be movable: what is outside stays where it is.
 */
int pfi_isolate(struct pf_mem *mem, pf_pfn start, pf_pfn end, pf_pfn from, pf_pfn to,
		enum pf_migratetype type, unsigned flags, struct pf_obstacle *obstacle);

#endif
