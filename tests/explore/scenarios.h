/* SPDX-License-Identifier: MIT */
/* All scenarios, by the file that they are in: S(NAME) for each. */
#ifndef EXPLORE_SCENARIOS_H
#define EXPLORE_SCENARIOS_H

#include "explore.h"

/* clang-format off */
#define FOR_EACH_SCENARIO(S) \
	/* alloc.c */ \
	S(alloc_and_free) S(free_in_interrupt) \
	/* boot.c */ \
	S(late_free) S(late_free_block) S(late_free_by_two) S(deferred_by_two) \
	S(deferred_in_handler) S(deferred_too_soon) S(describe_and_split) \
	S(describe_in_handler) \
	/* cpu.c */ \
	S(drain_and_put) S(interrupt_a_refill) S(isolate_and_put) \
	/* poison.c */ \
	S(poison_and_get) S(poison_and_put) S(poison_and_trim) S(poison_by_two) \
	/* isolate.c */ \
	S(isolate_and_free) S(isolate_with_damage) S(contig_and_free) \
	/* nofree.c */ \
	S(bulk_that_fails) S(nofree_freed_by_mistake) S(nofree_freed_by_two) \
	S(nofree_and_damage) S(nofree_by_two) \
	/* hotplug.c */ \
	S(offline_and_walk) S(offline_and_free) S(rezone_and_unpoison) \
	/* device.c */ \
	S(map_and_walk) S(unmap_and_read) S(unmap_and_get)
/* clang-format on */

#define DECLARE_SCENARIO(name) extern const struct xp_scenario name;
FOR_EACH_SCENARIO(DECLARE_SCENARIO)

#endif
