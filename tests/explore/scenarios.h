/* SPDX-License-Identifier: MIT */
/* All scenarios, by the file that they are in. */
#ifndef EXPLORE_SCENARIOS_H
#define EXPLORE_SCENARIOS_H

#include "explore.h"

extern const struct xp_scenario alloc_and_free; /* alloc.c */
extern const struct xp_scenario free_in_interrupt;
extern const struct xp_scenario isolate_and_free; /* isolate.c */

#endif
