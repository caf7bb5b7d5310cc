/* SPDX-License-Identifier: MIT */
/* What an allocation may do: Linux's words for it, and ours. */
#ifndef SIM_KMEM_GFP_H
#define SIM_KMEM_GFP_H

#include <pageframe/page_alloc.h>

/*
 * @flags: as a trace prints them, "GFP_KERNEL|__GFP_ZERO", to the end of the word. @migratetype: as
 * the event has it. Words that change nothing here (what to reclaim, how often to try, accounting)
 * and bits without a name are skipped.
 */
pf_gfp kmem_gfp(const char *flags, unsigned migratetype);

#endif
