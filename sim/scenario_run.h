/* SPDX-License-Identifier: MIT */
/*
 * Scenarios, run: each statement becomes calls of the library, over a machine that is booted in
 * this process.
 */
#ifndef SIM_SCENARIO_RUN_H
#define SIM_SCENARIO_RUN_H

#include <pageframe/device.h>
#include <pageframe/hotplug.h>

#include "handover.h"
#include "kmem_map.h"
#include "scenario.h"

struct scenario_result {
	size_t statements; /* that were run */
	size_t expectations;
	size_t failed;	 /* of the statements, those that did not end as they should */
	bool no_machine; /* it could not be booted; what follows was not run */
	bool disorder;	 /* the library's accounts do not agree at the end */
};

/* Runs a scenario that was read. What is wrong goes to @to, and with @verbose all that happens. */
struct scenario_result scenario_run(const struct scenario *s, FILE *to, bool verbose);

/* --- for the statements --- */

enum scenario_has {
	SCENARIO_CHUNKS, /* of the page allocator */
	SCENARIO_NOFREE,
	SCENARIO_CONTIG,
	SCENARIO_DEVICE,
};

/* What a name stands for. */
struct scenario_thing {
	const char *name;
	enum scenario_has has;
	VEC(pf_pfn) first;   /* pages of chunks; where each is now */
	unsigned order;	     /* of each chunk */
	unsigned long pages; /* in each of them */
	size_t moved;	     /* how often one of them was */
	struct pf_dev_pagemap device;
};

enum scenario_mover {
	SCENARIO_MOVES,
	SCENARIO_REFUSES,
	SCENARIO_NO_MOVER,
};

struct scenario_run {
	const struct scenario *s;
	const struct scenario_statement *now;
	FILE *to;
	bool verbose;
	struct scenario_result result;
	struct machine m;
	bool loaded; /* it is a recorded one */
	bool ready;  /* mem is booted */
	struct replay replay;
	struct late late;
	struct handover h;
	struct handover_wishes wishes;
	bool own_map; /* the memory map is in an address range of its own */
	struct pf_mem *mem;
	/* What it came to. */
	char *why; /* it failed: what is in the way, what was found */
	FILE *heard_by;
	char *heard; /* what the library said meanwhile */
	size_t heard_size;
	/* Names. */
	VEC(struct scenario_thing *) things;
	struct kmem_map owner; /* of each page that begins a chunk: the thing's number, plus 1 */
	enum scenario_mover how;
	struct pf_mover mover;
	size_t moves;
};

/* Always false: the statement fails, and this is why. */
__attribute__((format(printf, 2, 3))) bool scenario_fail(struct scenario_run *r, const char *format,
							 ...);
/* The same for what the library returned and what it found in the way; true if it is not negative.
 */
bool scenario_done(struct scenario_run *r, int ret, const struct pf_obstacle *obstacle);
/* What returns nothing, and could not do it, has said so. */
bool scenario_said_nothing(struct scenario_run *r);
/* Figures of a question, beside its params from @first on; false: some are not those. */
bool scenario_compare(struct scenario_run *r, const struct scenario_statement *s, size_t first,
		      const uint64_t *figures, size_t n);

/* false, and the statement fails, if a place cannot be had: a name has nothing, or no one range. */
bool scenario_address(struct scenario_run *r, const struct scenario_value *v, uint64_t *address);
bool scenario_range(struct scenario_run *r, const struct scenario_value *v, struct range *range);
/* The same in whole pages. */
bool scenario_pages(struct scenario_run *r, const struct scenario_value *v, pf_pfn *start,
		    unsigned long *pages);

/* scenario_machine.c: boots what was made so far; false: the statement fails. */
bool scenario_boot(struct scenario_run *r);
void scenario_shut_down(struct scenario_run *r);

/* scenario_names.c */
struct scenario_thing *scenario_find_thing(const struct scenario_run *r, const char *name);
struct scenario_thing *scenario_new_thing(struct scenario_run *r, enum scenario_has has,
					  unsigned order);
void scenario_own(struct scenario_run *r, struct scenario_thing *t, pf_pfn pfn);
/* It is free now, as far as names go. */
void scenario_disown(struct scenario_run *r, const struct scenario_thing *t);
/* What moves things; NULL: nobody does. */
const struct pf_mover *scenario_mover(struct scenario_run *r);
void scenario_free_things(struct scenario_run *r);

/* Reads "zoneinfo.txt" beside the machine or the scenario; false: the statement fails. */
bool scenario_open(struct scenario_run *r, const char *name, struct text *text);

/* The statements, one each; scenario_verbs.c has what they are called. */
typedef bool scenario_do(struct scenario_run *r, const struct scenario_statement *s);
scenario_do scenario_machine, scenario_memory, scenario_reserve, scenario_boot_with,
	scenario_free_late, scenario_hand_over;
scenario_do scenario_add_memory, scenario_remove_memory, scenario_online, scenario_offline,
	scenario_removable;
scenario_do scenario_isolate, scenario_unisolate, scenario_isolated, scenario_poison,
	scenario_unpoison;
scenario_do scenario_alloc_order, scenario_alloc_at, scenario_alloc_range, scenario_alloc_nofree,
	scenario_free_it, scenario_free_chunk, scenario_free_nofree, scenario_drain, scenario_cpu,
	scenario_set_mover, scenario_verify;
scenario_do scenario_ask_lookup, scenario_ask_zone, scenario_ask_memory_block, scenario_ask_nofree,
	scenario_ask_moved, scenario_ask_zones_as, scenario_ask_memory_blocks_as;
scenario_do scenario_map_device, scenario_unmap, scenario_memory_failure, scenario_soft_offline,
	scenario_ask_device, scenario_ask_flags, scenario_ask_scan, scenario_ask_online_as;

#endif
