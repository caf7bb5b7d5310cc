/* SPDX-License-Identifier: MIT */
/* What each way to free late does to a machine: Linux's, from tests/faults/, and ours. */
#ifndef PAGEFRAME_LATE_FREE_H
#define PAGEFRAME_LATE_FREE_H

#include "../../sim/late.h"
#include "../../sim/report.h"

/* Is there such a way? */
bool late_free_known(const char *way);
/* "lost, early, ...", for messages. */
const char *late_free_names(void);

/*
 * managed of each zone becomes what it is with @way, when late frees come before deferred
 * initialisation.
 */
void late_free_apply(const char *way, struct zones *z, const struct late *late);
/* For people: what the way does, where it is from, and what it does to this machine. */
void late_free_explain(const char *way, const struct machine *m, const struct zones *z,
		       const struct late *late, const struct view *v);
/* All of them, side by side, at each of three times. */
void late_free_compare(const struct machine *m, const struct zones *z, const struct late *late,
		       const struct view *v);

#endif
