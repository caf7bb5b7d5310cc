/* SPDX-License-Identifier: MIT */
/* All scenarios, by the file that they are in. */
#ifndef EXPLORE_SCENARIOS_H
#define EXPLORE_SCENARIOS_H

#include "explore.h"

extern const struct xp_scenario alloc_and_free; /* alloc.c */
extern const struct xp_scenario free_in_interrupt;
extern const struct xp_scenario isolate_and_free; /* isolate.c */
extern const struct xp_scenario isolate_with_damage;
extern const struct xp_scenario bulk_that_fails; /* nofree.c */
extern const struct xp_scenario nofree_freed_by_mistake;
extern const struct xp_scenario nofree_freed_by_two;
extern const struct xp_scenario nofree_and_damage;
extern const struct xp_scenario offline_and_walk; /* hotplug.c */
extern const struct xp_scenario rezone_and_unpoison;
extern const struct xp_scenario map_and_walk; /* device.c */
extern const struct xp_scenario unmap_and_read;
extern const struct xp_scenario unmap_and_get;
extern const struct xp_scenario late_free;	  /* boot.c */
extern const struct xp_scenario late_free_block;
extern const struct xp_scenario late_free_by_two;
extern const struct xp_scenario deferred_by_two;
extern const struct xp_scenario deferred_in_handler;
extern const struct xp_scenario deferred_too_soon;
extern const struct xp_scenario describe_and_split;
extern const struct xp_scenario describe_in_handler;
extern const struct xp_scenario drain_and_put; /* cpu.c */
extern const struct xp_scenario interrupt_a_refill;
extern const struct xp_scenario isolate_and_put;
extern const struct xp_scenario poison_and_get; /* poison.c */
extern const struct xp_scenario poison_and_put;
extern const struct xp_scenario poison_and_trim;
extern const struct xp_scenario poison_by_two;

#endif
