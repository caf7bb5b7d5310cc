/* SPDX-License-Identifier: MIT */
#include "exhibits.h"

#include <string.h>

extern const struct xp_code explored_stale_list, explored_on_lists;

const struct exhibit exhibits[] = {
	{
		.name = "stale-list",
		.title = "a page goes to the free list that it was meant for before its block was "
			 "isolated",
		.scenario = "isolate-and-free",
		.wrong = &explored_stale_list,
		.room = "isolate",
		.right = "src/page_alloc/give_back.c",
		.caught_by = "accounting",
		.source = "Linux until 2014: a page on a CPU's list kept the migratetype that its\n"
			  "pageblock had when it was freed. Commits 51bb1a4093 and ad53f92eb416.\n",
	},
	{
		.name = "on-lists",
		.title = "a page on a CPU's list is taken for isolated",
		.scenario = "isolate-and-free",
		.wrong = &explored_on_lists,
		.room = "isolate",
		.right = "src/isolate/isolated.c",
		.caught_by = "accounting",
		.source =
			"\"Why count pages on pcplists as successfully isolated?\n"
			"isolate_freepages_range() will fail on them.\" V. Babka on linux-mm, 19\n"
			"November 2014\n",
	},
};

const int nr_exhibits = sizeof(exhibits) / sizeof(*exhibits);

const struct exhibit *find_exhibit(const char *name)
{
	for (int i = 0; i < nr_exhibits; i++)
		if (!strcmp(exhibits[i].name, name))
			return &exhibits[i];
	return NULL;
}

const struct xp_scenario *find_scenario(const struct xp_code *code, const char *name)
{
	for (int i = 0; code->scenarios[i]; i++)
		if (!strcmp(code->scenarios[i]->name, name))
			return code->scenarios[i];
	return NULL;
}
