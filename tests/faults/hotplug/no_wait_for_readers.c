/* SPDX-License-Identifier: MIT */
/*
 * In place of src/hotplug/offline.c: memory goes offline under who has just found it online.
 * "Dealing with races (memory_offlining() racing with pfn_to_online_page()) is another story and
 * stuff for the future. Another level of complexity :)" (D. Hildenbrand on linux-mm, 4 January
 * 2021)
 */
#include "../../../src/hotplug/internal.h"

#define pf_synchronize(readers) ((void)(readers))
#include "../../../src/hotplug/offline.c"
