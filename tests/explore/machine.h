/* SPDX-License-Identifier: MIT */
/* A machine that is small enough to be run in every order, and who has each of its pages. */
#ifndef EXPLORE_MACHINE_H
#define EXPLORE_MACHINE_H

#include <pageframe/boot.h>
#include <pageframe/page_alloc.h>

#include "explore.h"

#define BLOCKS	  12
#define PAGES	  (BLOCKS * PF_BLOCK_PAGES)
#define MAX_PAGES (2 * PAGES) /* that may come */

extern struct pf_mem mem;
extern struct pf_zone *zone; /* NORMAL of node 0 */

/* What threads leave for each other and for check(); kept as the machine is. */
extern struct notes {
	pf_pfn pfn[8];
	long value[8];
} notes;

/*
 * Fills in what @config leaves open: two CPUs have lists. All memory is free afterwards but for
 * [@reserved, @reserved + @nr), whole if @nr is 0. From setup().
 */
void machine_boot(struct pf_boot_config *config, pf_pfn reserved, unsigned long nr);
/* The machine of who has nothing to say about it: all memory is free. */
void boot_free(void);

/* --- pages and their owners; what is wrong ends the execution --- */

pf_pfn get(unsigned order, pf_gfp gfp); /* PF_NO_PFN: there is none */
void put(pf_pfn pfn, unsigned order);
/* Of pages that came another way: the caller has them, or no longer. */
void is_mine(pf_pfn pfn, unsigned long nr);
void is_given_up(pf_pfn pfn, unsigned long nr);

/* pf_poison_page(), and what it says. */
int poison(pf_pfn pfn);
/* From setup(): it must not fail. */
void must_poison(pf_pfn pfn);

/* The first page of its block. */
static inline pf_pfn block_start(pf_pfn pfn)
{
	return pfn & ~(PF_BLOCK_PAGES - 1);
}

/* No page of the isolated block is on a CPU's list, from where it would be handed out. */
void none_is_on_a_list(pf_pfn block);

/*
 * Everything is counted again, and every page of @memory is free, or somebody's, or one of @kept
 * others that are neither.
 */
void all_is_right(unsigned long memory, unsigned long kept);
/* With the memory that machine_boot() made, and none kept. */
void check_all(void);

/* For struct xp_code. */
void machine_place(const volatile void *at, char *text, size_t size);
void machine_value(const volatile void *at, uint64_t value, char *text, size_t size);

#endif
