/* SPDX-License-Identifier: MIT */
/* What a replayed boot has to say, in each of its formats, on standard output. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <pageframe/page_alloc.h>

#include "booted.h"

struct view {
	bool color;
	bool all; /* everything, not just what fits a screen */
};

/* For people; fits a screen. */
void report_summary(const struct booted *s, const struct view *v);
/* Both arrays, as the kernel's memblock_dump_all() prints them. */
void report_memblock(void);
/* Populated zones, as /proc/zoneinfo prints them. */
void report_zoneinfo(const struct zones *z);
/* One of the page allocator's own texts: pf_show_buddyinfo() and its kin. */
void report_proc(struct handover *h, void (*text)(struct pf_mem *, pf_write_fn, void *));
/* Run-length classes of pages, as kpageflags.txt has them: R was never handed over, F was. */
void report_pages(const struct handover *h);
/* Each difference from the kernel, on its line; last, how many there are. */
void report_check(const struct replay *r);

#endif
