/* SPDX-License-Identifier: MIT */
#include "firmware.h"

#include <string.h>

#include <pageframe/memblock.h>

static void add_usable(const struct map_entry *map, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(map[i].type, "usable") || !strcmp(map[i].type, "System RAM"))
			memblock_add(map[i].range.base, map[i].range.size);
}

bool firmware_usable(const struct boot_log *log)
{
	if (log->user.n)
		add_usable(log->user.at, log->user.n);
	else
		add_usable(log->e820.at, log->e820.n);
	/* What the kernel took out before memblock knew of it. */
	for (size_t i = 0; i < log->e820_changes.n; i++) {
		const struct map_entry *e = &log->e820_changes.at[i];

		if (strcmp(e->type, "usable"))
			memblock_remove(e->range.base, e->range.size);
	}
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
