/* SPDX-License-Identifier: MIT */
/* Ours against the kernel's; every difference becomes a remark of the replay. */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include "replay.h"
#include "zones.h"

/* Both arrays as they stand, against a dump of the log. */
void compare_dump(struct replay *r, const struct dump *d);
/* Zone ranges, node ranges and the total of the log, and zoneinfo.txt if there is one. */
void compare_zones(struct replay *r, const struct zones *z);

#endif
