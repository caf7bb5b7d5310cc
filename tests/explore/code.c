/* SPDX-License-Identifier: MIT */
/*
 * The scenarios, with the library or a fault that they are linked with: -DCODE=explored_NAME
 * -DNAME='"NAME"'.
 */
#include "machine.h"
#include "scenarios.h"

#define ADDRESS(name) &name,
static const struct xp_scenario *const scenarios[] = { FOR_EACH_SCENARIO(ADDRESS) NULL };

extern const struct xp_code CODE;
const struct xp_code CODE = {
	.name = NAME,
	.scenarios = scenarios,
	.place = machine_place,
	.value = machine_value,
};
