/* SPDX-License-Identifier: MIT */
/*
 * What came after boot, and went: memory that was plugged in, blocks that were taken offline, and
 * devices' memory, done by the library on the machine that it has booted, and compared with what
 * was recorded then.
 */
#ifndef SIM_AFTER_BOOT_H
#define SIM_AFTER_BOOT_H

#include "handover.h"

/* What comes may reach up to the end of all that the recordings tell of; and their memory blocks.
 */
void after_boot_config(struct pf_boot_config *config, const struct machine *m);

/*
 * memory_blocks.txt, zone Device of zoneinfo.txt, and which pages of iomem.txt are online system
 * RAM; then the same for memory_blocks.hotplugged.txt or .offlined.txt and its zoneinfo.
 * Differences become remarks of @r. The machine of @h is another one afterwards.
 */
void after_boot_compare(struct replay *r, struct handover *h);

#endif
