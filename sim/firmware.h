/* SPDX-License-Identifier: MIT */
/* The firmware's memory map, as the kernel corrected it. */
#ifndef SIM_FIRMWARE_H
#define SIM_FIRMWARE_H

#include "owners.h"

/*
 * What firmware calls usable, less what the kernel took out of it before line @until; owned by
 * nobody in particular. What is taken out when memblock has it already, stays memory, and is
 * reserved.
 */
void firmware_usable_ranges(const struct boot_log *log, struct owners *usable, size_t until);
/* Adds what firmware calls usable to memblock.memory; false if the log has no such map. */
bool firmware_usable(const struct boot_log *log);

/* Bytes of each type in a map, in the order in which the types appear. */
struct kind_total {
	const char *type;
	uint64_t bytes;
	uint64_t pages;
};
typedef VEC(struct kind_total) kind_totals;
void firmware_totals(const struct map_entry *map, size_t n, kind_totals *totals);

#endif
