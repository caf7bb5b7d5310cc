/* SPDX-License-Identifier: MIT */
/* Ours against the kernel's; every difference becomes a remark of the replay. */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include "handover.h"

/* Both arrays as they stand, against a dump of the log. */
void compare_dump(struct replay *r, const struct dump *d);
/* Zone ranges, node ranges and the total of the log, and zoneinfo.txt if there is one. */
void compare_zones(struct replay *r, const struct zones *z);
/* Pages handed over at once, by the "Memory:" line, and the library's own accounts. */
void compare_handover(struct replay *r, const struct handover *h);
/* Pages that were never handed over, against the reserved ones of kpageflags.txt if there is one.
 */
void compare_pages(struct replay *r, const struct handover *h, const struct late *late);

/*
 * The log tells how many pages of an owner were given back, but not always which: all that such
 * owners have, of whose pages it is not known which were.
 */
void compare_vague(const struct replay *r, const struct late *late, struct owners *vague);

#endif
