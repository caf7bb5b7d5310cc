/* SPDX-License-Identifier: MIT */
#include "keep.h"

#include <stdlib.h>
#include <string.h>

#include "explore.h"

#define KEPT 8

static struct {
	void *at;
	size_t size;
	void *copy;
} kept[KEPT];
static unsigned nr_kept;

void xp_keep(void *at, size_t size)
{
	if (nr_kept == KEPT)
		xp_fail("there is more to keep than there is room for: %u pieces", KEPT);
	kept[nr_kept].at = at;
	kept[nr_kept].copy = NULL;
	kept[nr_kept++].size = size;
}

void keep_nothing(void)
{
	while (nr_kept)
		free(kept[--nr_kept].copy);
}

bool keep_copies(void)
{
	for (unsigned i = 0; i < nr_kept; i++) {
		kept[i].copy = malloc(kept[i].size);
		if (!kept[i].copy)
			return false;
		memcpy(kept[i].copy, kept[i].at, kept[i].size);
	}
	return true;
}

void keep_restore(void)
{
	for (unsigned i = 0; i < nr_kept; i++)
		memcpy(kept[i].at, kept[i].copy, kept[i].size);
}
