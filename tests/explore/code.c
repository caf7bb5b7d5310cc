/* SPDX-License-Identifier: MIT */
/* The scenarios, with the library or a fault that they are linked with: -DCODE=explored_NAME
 * -DNAME='"NAME"'. */
#include "machine.h"
#include "scenarios.h"

static const struct xp_scenario *const scenarios[] = {
	/* alloc.c */
	&alloc_and_free,
	&free_in_interrupt,
	/* isolate.c */
	&isolate_and_free,
	&isolate_with_damage,
	/* nofree.c */
	&bulk_that_fails,
	&nofree_freed_by_mistake,
	&nofree_freed_by_two,
	&nofree_and_damage,
	/* hotplug.c */
	&offline_and_walk,
	&rezone_and_unpoison,
	/* device.c */
	&map_and_walk,
	&unmap_and_read,
	&unmap_and_get,
	NULL,
	&alloc_and_free,      &free_in_interrupt,
	&isolate_and_free,    &late_free,
	&deferred_by_two,     &describe_and_split,
	&describe_in_handler, &drain_and_put,
	&poison_and_get,      NULL,
	&alloc_and_free,
	&free_in_interrupt,
	&isolate_and_free,
	&late_free,
	&deferred_by_two,
	&describe_and_split,
	&describe_in_handler,
	&drain_and_put,
	&isolate_and_put,
	&poison_and_get,
	NULL,
	&alloc_and_free,      &free_in_interrupt,
	&isolate_and_free,    &late_free,
	&late_free_block,     &late_free_by_two,
	&deferred_by_two,     &describe_and_split,
	&describe_in_handler, &drain_and_put,
	&isolate_and_put,     &poison_and_get,
	&poison_and_put,      NULL,
	&alloc_and_free,     &free_in_interrupt,   &isolate_and_free, &late_free,
	&late_free_block,    &late_free_by_two,	   &deferred_by_two,  &deferred_too_soon,
	&describe_and_split, &describe_in_handler, &drain_and_put,    &interrupt_a_refill,
	&isolate_and_put,    &poison_and_get,	   &poison_and_put,   NULL,
	&late_free_block,
	&late_free_by_two,
	&deferred_by_two,
	&deferred_in_handler,
	&deferred_too_soon,
	&describe_and_split,
	&describe_in_handler,
	&drain_and_put,
	&interrupt_a_refill,
	&isolate_and_put,
	&poison_and_get,
	&poison_and_put,
	&poison_and_trim,
	&poison_by_two,
	NULL,
};

extern const struct xp_code CODE;
const struct xp_code CODE = {
	.name = NAME,
	.scenarios = scenarios,
	.place = machine_place,
	.value = machine_value,
};
