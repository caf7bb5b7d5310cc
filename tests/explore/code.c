/* SPDX-License-Identifier: MIT */
/* The scenarios, with the library or a fault that they are linked with: -DCODE=explored_NAME
 * -DNAME='"NAME"'. */
#include "machine.h"
#include "scenarios.h"

static const struct xp_scenario *const scenarios[] = {
	&alloc_and_free,
	&free_in_interrupt,
	&isolate_and_free,
	NULL,
};

extern const struct xp_code CODE;
const struct xp_code CODE = {
	.name = NAME,
	.scenarios = scenarios,
	.place = machine_place,
	.value = machine_value,
};
