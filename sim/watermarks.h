/* SPDX-License-Identifier: MIT */
/*
 * What zones keep for those in need, against zoneinfo's min, low, high, promo and protection: the
 * library's own computation at the moments at which the kernel did it, with what was managed then.
 */
#ifndef SIM_WATERMARKS_H
#define SIM_WATERMARKS_H

#include "handover.h"

/* Zones of zoneinfo.txt, and of what was recorded after memory came or went; into @r. */
void compare_watermarks(struct replay *r, const struct handover *h, const struct late *late,
			const struct zones *z);

#endif
