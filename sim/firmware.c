/* SPDX-License-Identifier: MIT */
#include "firmware.h"

#include <string.h>

#include <pageframe/memblock.h>

/*
 * What the kernel took out before memblock knew of it. Changes from before the map was printed are
 * in it. Removing whatever is there, of no type, is the first half of making room for the kernel
 * itself (e820_add_kernel_range()).
 */
static void change_usable(struct owners *usable, const struct map_entry *change, size_t map_line)
{
	if (change->line < map_line || !strcmp(change->type, "usable"))
		return;
	owners_drop(usable, change->range);
	if (!strcmp(change->type, "kernel"))
		owners_take(usable, change->range, "", 0, change->line);
}

void firmware_usable_ranges(const struct boot_log *log, struct owners *usable, size_t until)
{
	const struct map_entry *map = log->user.n ? log->user.at : log->e820.at;
	size_t n = log->user.n ? log->user.n : log->e820.n;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(map[i].type, "usable") || !strcmp(map[i].type, "System RAM"))
			owners_take(usable, map[i].range, "", 0, map[i].line);
	for (size_t i = 0; i < log->e820_changes.n && log->e820_changes.at[i].line < until; i++)
		change_usable(usable, &log->e820_changes.at[i], n ? map[n - 1].line : 0);
}

bool firmware_usable(const struct boot_log *log)
{
	struct owners usable = { 0 };

	firmware_usable_ranges(log, &usable, SIZE_MAX);
	for (size_t i = 0; i < usable.list.n; i++)
		memblock_add(usable.list.at[i].range.base, usable.list.at[i].range.size);
	owners_free(&usable);
	return memblock.memory.cnt;
}

void firmware_totals(const struct map_entry *map, size_t n, kind_totals *totals)
{
	for (size_t i = 0; i < n; i++) {
		struct kind_total *t = NULL;

		for (size_t k = 0; k < totals->n && !t; k++)
			if (!strcmp(totals->at[k].type, map[i].type))
				t = &totals->at[k];
		if (!t) {
			t = vec_add(totals);
			t->type = map[i].type;
		}
		t->bytes += map[i].range.size;
		if (PF_PFN_DOWN(range_end(map[i].range)) > PF_PFN_UP(map[i].range.base))
			t->pages +=
				PF_PFN_DOWN(range_end(map[i].range)) - PF_PFN_UP(map[i].range.base);
	}
}
