/* SPDX-License-Identifier: MIT */
#include "exhibits.h"

#include <string.h>

#include "verbs.h"

extern const struct xp_code explored_late_free_lost, explored_late_free_coalesce,
	explored_wrong_origin, explored_late_free_discard, explored_split_twice,
	explored_deferred_twice, explored_deferred_waited_for, explored_not_handed_over,
	explored_double_init, explored_describe_interrupted, explored_enter_late,
	explored_handler_inside, explored_type_read_outside, explored_not_waited_for,
	explored_lock_interrupted, explored_drain_empty, explored_damaged_trimmed,
	explored_damaged_on_its_way, explored_check_then_mark;
extern const struct xp_code explored_stale_list, explored_on_lists;
extern const struct xp_code explored_expanded, explored_drain_before_mark, explored_no_roll_back,
	explored_nofree_freed, explored_freed_by_two, explored_damaged_chunk,
	explored_online_by_section, explored_pagemap_before_init, explored_visible_rewritten,
	explored_no_wait_for_readers, explored_unmap_without_waiting, explored_one_flip,
	explored_reference_after_death, explored_stale_zone_lock, explored_kept_isolated;

const struct exhibit exhibits[] = {
	{
		.name = "late-free-lost",
		.title = "memory that is given back before deferred initialisation is done is lost",
		.scenario = "late-free",
		.wrong = &explored_late_free_lost,
		.room = "boot",
		.right = "src/boot/late.c",
		.caught_by = "accounting",
		.why = "pages are lost, 2 of them",
		.source = "Linux since 2015, commit 3a80a7fa7989: memblock_free_late() left\n"
			  "out what lies in the deferred range, and nobody came back for it.\n"
			  "Found on a t3.micro in 2023, commit 115d9d77bb0f, which was\n"
			  "reverted; settled in 2026 at the caller.\n",
	},
	{
		.name = "late-free-coalesce",
		.title = "memory that is given back late merges with a buddy that nobody has "
			 "initialised",
		.scenario = "late-free",
		.wrong = &explored_late_free_coalesce,
		.room = "page_alloc",
		.right = "src/page_alloc/free.c",
		.caught_by = "poisoned descriptors",
		.why = "panic: a descriptor is used that was never written",
		.source = "Linux, commit 115d9d77bb0f of January 2023, reverted in February:\n"
			  "freeing at once what lies in the deferred range reads the\n"
			  "descriptors of its neighbours.\n",
	},
	{
		.name = "wrong-origin",
		.title = "shadow memory is told that memory which was in use is memory that nobody "
			 "had",
		.scenario = "late-free",
		.wrong = &explored_wrong_origin,
		.room = "boot",
		.right = "src/boot/late.c",
		.caught_by = "the released hook",
		.why = "were in use since boot, and shadow memory is told that",
		.source = "Linux until 2023: one function freed what memblock had as free,\n"
			  "and what was given back late, and told KMSAN of both alike. The\n"
			  "second reason of commit 115d9d77bb0f.\n",
	},
	{
		.name = "late-free-discard",
		.title = "memory that is given back is left to who has been there already",
		.scenario = "late-free-block",
		.wrong = &explored_late_free_discard,
		.room = "boot",
		.right = "src/boot/late.c",
		.caught_by = "accounting",
		.why = "pages are lost, 4 of them: 44",
		.source = "Proposed for Linux by A. Thompson on 6 February 2023, way 3 of\n"
			  "three: what is given back late is freed by who comes later. If it\n"
			  "comes after him, it is lost. docs/late-frees.md\n",
	},
	{
		.name = "split-twice",
		.title = "two parts of a reserved block are given back, and it is split for each",
		.scenario = "late-free-by-two",
		.wrong = &explored_split_twice,
		.room = "boot",
		.right = "src/boot/release.c",
		.caught_by = "pf_verify()",
		.why = "zone Normal: a list of pages holds what is not such a",
		.source = "Ours: a block's state is looked at before the lock is taken.\n",
	},
	{
		.name = "deferred-twice",
		.title = "two threads hand over the same deferred blocks",
		.scenario = "deferred-by-two",
		.wrong = &explored_deferred_twice,
		.room = "boot",
		.right = "src/boot/deferred.c",
		.caught_by = "pf_verify()",
		.why = "zone Normal: a free chunk has a block that is not free",
		.source = "Linux has a lock that \"guarantees that only one thread at a time\n"
			  "is allowed to grow zones\" (P. Tatashin, \"mm: initialize pages on\n"
			  "demand during boot\", 2018). Ours: a cursor that is read and then\n"
			  "moved, and states that are not looked at again.\n",
	},
	{
		.name = "deferred-waited-for",
		.title = "a handler waits for memory that who it interrupted is handing over",
		.scenario = "deferred-in-handler",
		.wrong = &explored_deferred_waited_for,
		.room = "boot",
		.right = "src/boot/deferred.c",
		.caught_by = "deadlock",
		.why = "waits for &node->zone[z].deferred",
		.source = "Ours: whoever finds that everything is dealt out waits for the\n"
			  "others, as Linux's page_alloc_init_late() does, where nobody is\n"
			  "interrupted.\n",
	},
	{
		.name = "not-handed-over",
		.title = "deferred memory is handed over before all of it is deferred",
		.scenario = "deferred-too-soon",
		.wrong = &explored_not_handed_over,
		.room = "boot",
		.right = "src/boot/deferred.c",
		.caught_by = "accounting",
		.why = "pages are lost, 8 of them",
		.source = "Ours: nobody asks whether memblock_free_all() is done. What it\n"
			  "defers behind the cursor is lost.\n",
	},
	{
		.name = "double-init",
		.title =
			"a block's descriptors are written a second time, under who uses its pages",
		.scenario = "describe-and-split",
		.wrong = &explored_double_init,
		.room = "memmap",
		.right = "src/memmap/describe.c",
		.caught_by = "pf_verify()",
		.why = "zone Normal: a list of pages holds what is not such a",
		.source = "A way that was proposed for Linux's late frees wrote them twice\n"
			  "(A. Thompson, 6 February 2023, way 1; docs/late-frees.md). Ours:\n"
			  "two CPUs, each of which has seen that nobody is at it.\n",
	},
	{
		.name = "describe-interrupted",
		.title = "a handler waits for descriptors that who it interrupted is writing",
		.scenario = "describe-in-handler",
		.wrong = &explored_describe_interrupted,
		.room = "memmap",
		.right = "src/memmap/describe.c",
		.caught_by = "deadlock",
		.why = "waits for &b->described",
		.source = "Linux turned interrupts off while it initialised deferred pages in\n"
			  "2018, since a handler's allocation may need them (commit\n"
			  "3a2d7fa8a3d5), and on again in 2020. Ours: for the descriptors of\n"
			  "one block.\n",
	},
	{
		.name = "enter-late",
		.title = "a CPU looks whether it is kept out of its lists before it says that it "
			 "is inside",
		.scenario = "drain-and-put",
		.wrong = &explored_enter_late,
		.room = "page_alloc",
		.right = "src/page_alloc/fast.c",
		.caught_by = "pf_verify()",
		.why = "zone Normal: pages on per-CPU lists by state",
		.source = "The order of store and load of every such lock: E. W. Dijkstra,\n"
			  "\"Cooperating sequential processes\", 1965, has this one among the\n"
			  "ways that fail. Ours: in the lock of a CPU's lists.\n",
	},
	{
		.name = "handler-inside",
		.title = "a handler goes into the lists of the CPU that is inside them",
		.scenario = "free-in-interrupt",
		.wrong = &explored_handler_inside,
		.room = "page_alloc",
		.right = "src/page_alloc/fast.c",
		.caught_by = "pf_verify()",
		.why = "zone Normal: a list of pages holds what is not such a",
		.source = "Linux until 2026 on machines of one CPU: \"if we interrupt the\n"
			  "locked section, we fail the trylock\", but \"spin_trylock() can't\n"
			  "fail on UP\". V. Babka on linux-mm, 27 February 2026, of commit\n"
			  "038a102535eb, \"prevent pcp corruption with SMP=n\".\n",
	},
	{
		.name = "type-read-outside",
		.title = "what a page's block is for is read before its CPU's lists are entered",
		.scenario = "isolate-and-put",
		.wrong = &explored_type_read_outside,
		.room = "page_alloc",
		.right = "src/page_alloc/fast.c",
		.caught_by = "the scenario's check",
		.why = "of an isolated block is on a CPU's list",
		.source = "Linux reads it before, and again under the zone's lock when the\n"
			  "page leaves the list. Ours: isolation drains in between, and the\n"
			  "page comes onto a list after it.\n",
	},
	{
		.name = "not-waited-for",
		.title = "who drains a CPU's lists does not wait until it has left them",
		.scenario = "drain-and-put",
		.wrong = &explored_not_waited_for,
		.room = "page_alloc",
		.right = "src/page_alloc/pcp.c",
		.caught_by = "pf_verify()",
		.why = "zone Normal: a list of pages enters a block that is not its",
		.source = "Ours: the other half of the lock of a CPU's lists, without the\n"
			  "look at who is inside.\n",
	},
	{
		.name = "lock-interrupted",
		.title = "a zone's lock is taken with interrupts on",
		.scenario = "interrupt-a-refill",
		.wrong = &explored_lock_interrupted,
		.room = "page_alloc",
		.right = "src/page_alloc/pcp.c",
		.caught_by = "deadlock",
		.why = "is interrupted, 'handler' waits for lock",
		.source = "Ours: a CPU's lists are its own, so nothing is done about its\n"
			  "handlers; but they go to the zone when they find the lists\n"
			  "entered. Linux's lockdep calls it an inconsistent lock state.\n",
	},
	{
		.name = "drain-empty",
		.title = "CPUs whose lists look empty are not drained when a block is isolated",
		.scenario = "isolate-and-free",
		.wrong = &explored_drain_empty,
		.room = "isolate",
		.right = "src/isolate/isolate.c",
		.caught_by = "the scenario's check",
		.why = "of an isolated block is on a CPU's list",
		.source = "Linux until 2020. The comment at drain_all_pages() says since then\n"
			  "that its look at a list can miss a page that is being freed onto\n"
			  "it, and who takes memory offline does without that look.\n",
	},
	{
		.name = "damaged-trimmed",
		.title = "what is left of a chunk goes back, and a damaged page with it",
		.scenario = "poison-and-trim",
		.wrong = &explored_damaged_trimmed,
		.room = "page_alloc",
		.right = "src/page_alloc/exact.c",
		.caught_by = "the scenario's check",
		.why = "is damaged, and can be allocated",
		.source = "\"Since buddy allocator does not check HWPoison for non-zero-order\n"
			  "folio, the raw HWPoison page can be given out with its buddy\n"
			  "page\": J. Yan on linux-mm, 31 May 2026. Ours: in what\n"
			  "pf_alloc_pages_exact() gives back.\n",
	},
	{
		.name = "damaged-on-its-way",
		.title = "a damaged page was on its way to a list that looked empty",
		.scenario = "poison-and-put",
		.wrong = &explored_damaged_on_its_way,
		.room = "isolate",
		.right = "src/isolate/poisoned.c",
		.caught_by = "the scenario's check",
		.why = "is damaged, and can be allocated",
		.source = "Ours: CPUs whose lists look empty are not drained, and one is\n"
			  "about to put the page onto its list: that it has one is the last\n"
			  "that it stores. The page is handed out from there, with its mark\n"
			  "or without.\n",
	},
	{
		.name = "check-then-mark",
		.title = "a page is found damaged, and marked as what it was before",
		.scenario = "poison-and-get",
		.wrong = &explored_check_then_mark,
		.room = "page_alloc",
		.right = "src/page_alloc/marked.c",
		.caught_by = "the library's own check",
		.why = "it is free already, on a per-CPU list; nothing is freed",
		.source = "Ours: the mark is in one word with the page's state, and stored\n"
			  "instead of exchanged.\n",
	},
	{
		.name = "stale-list",
		.title = "a page goes to the free list that it was meant for before its block was "
			 "isolated",
		.scenario = "isolate-and-free",
		.wrong = &explored_stale_list,
		.room = "isolate",
		.right = "src/page_alloc/give_back.c",
		.caught_by = "the scenario's check",
		.why = "the range is said to be free, and",
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
		.caught_by = "the scenario's check",
		.why = "the range is said to be free, and",
		.source =
			"\"Why count pages on pcplists as successfully isolated?\n"
			"isolate_freepages_range() will fail on them.\" V. Babka on linux-mm, 19\n"
			"November 2014\n",
	},
	{
		.name = "expanded",
		.title = "a free page is said to be in the way, for it does not remember its type",
		.scenario = "isolate-with-damage",
		.wrong = &explored_expanded,
		.room = "isolate",
		.right = "src/isolate/isolated.c",
		.caught_by = "the scenario's check",
		.why = "is free in an isolated block, and said to be in the way",
		.source = "\"Look at expand(), which puts potentially numerous splitted free pages "
			  "on\n"
			  "free_list, and doesn't set freepage_migratetype.\" V. Babka on "
			  "linux-mm, 19\n"
			  "November 2014\n",
	},
	{
		.name = "drain-before-mark",
		.title = "CPUs' lists are drained before blocks are isolated, not after",
		.scenario = "isolate-and-free",
		.wrong = &explored_drain_before_mark,
		.room = "isolate",
		.right = "src/isolate/isolate.c",
		.caught_by = "the scenario's check",
		.why = "of an isolated block is on a CPU's list",
		.source = "Ours. Between the drain and the mark a page still comes onto a CPU's "
			  "list, and\n"
			  "stays there. Linux came to the same end another way: commit "
			  "968318261221.\n",
	},
	{
		.name = "no-roll-back",
		.title = "a bulk request that fails keeps what it had got",
		.scenario = "bulk-that-fails",
		.wrong = &explored_no_roll_back,
		.room = "nofree",
		.right = "src/nofree/nofree.c",
		.caught_by = "accounting",
		.why = "pages are lost, 4 of them: 32",
		.source = "FreeBSD's review D49480, \"vm_page: Allow PG_NOFREE pages to be "
			  "freed\": who\n"
			  "allocates several and fails has to undo the first ones, and pages that "
			  "are never\n"
			  "freed leave no way to.\n",
	},
	{
		.name = "nofree-freed",
		.title = "a no-free page is freed like any other",
		.scenario = "nofree-mistake",
		.wrong = &explored_nofree_freed,
		.room = "nofree",
		.right = "src/page_alloc/check.c",
		.caught_by = "two owners",
		.why = "is handed out twice",
		.source = "\"Is there some way to have a function specifically for freeing NOFREE "
			  "memory so\n"
			  "that this assertion can remain in place for freeing normal memory?\" "
			  "The review of\n"
			  "FreeBSD's D49480, which took the assertion away\n",
	},
	{
		.name = "nofree-freed-twice",
		.title = "of two who free a no-free page both are told that they did",
		.scenario = "nofree-freed-by-two",
		.wrong = &explored_freed_by_two,
		.room = "nofree",
		.right = "src/nofree/nofree.c",
		.caught_by = "the scenario's check",
		.why = "was freed",
		.source = "Ours: a look and a store, where a compare-and-exchange was.\n",
	},
	{
		.name = "damaged-chunk",
		.title = "what was damaged becomes a page that stays for ever",
		.scenario = "nofree-and-damage",
		.wrong = &explored_damaged_chunk,
		.room = "nofree",
		.right = "src/nofree/chunk.c",
		.caught_by = "the scenario's check",
		.why = "is damaged, and was handed out",
		.source =
			"Ours: a chunk that one has allocated is one's own, but hardware may find "
			"a page\n"
			"of it damaged before it says that it is no-free. The mark is wiped out.\n",
	},
	{
		.name = "online-by-section",
		.title = "a device's page is said to be online, for its section is",
		.scenario = "map-and-walk",
		.wrong = &explored_online_by_section,
		.room = "hotplug",
		.right = "src/hotplug/device_entries.c",
		.caught_by = "the scenario's check",
		.why = "is a device's, and said to be online",
		.source = "\"pfn_to_online_page() will succeed on ZONE_DEVICE memory parts as the "
			  "whole\n"
			  "section is marked as online. Bad.\" D. Hildenbrand on linux-mm, 4 "
			  "January 2021\n",
	},
	{
		.name = "pagemap-before-init",
		.title = "a reference to a device before its descriptors are written",
		.scenario = "map-and-walk",
		.wrong = &explored_pagemap_before_init,
		.room = "hotplug",
		.right = "src/hotplug/device_entries.c",
		.caught_by = "the scenario's check",
		.why = "a reference is held, and page",
		.source = "\"I did not follow if the use of get_dev_pagemap() actually makes sure "
			  "that\n"
			  "memmap_init_zone_device() [...] actually completed. I don't think it "
			  "does.\"\n"
			  "D. Hildenbrand on linux-mm, 4 January 2021\n",
	},
	{
		.name = "visible-rewritten",
		.title = "who maps a device writes descriptors of RAM that is in use",
		.scenario = "map-and-walk",
		.wrong = &explored_visible_rewritten,
		.room = "hotplug",
		.right = "src/hotplug/device_entries.c",
		.caught_by = "the scenario's check",
		.why = "is somebody's, and another wrote its descriptor",
		.source = "\"So when hotadding ZONE_DEVICE we are modifying already existing and "
			  "visible\n"
			  "memmaps. Bad.\" D. Hildenbrand on linux-mm, 4 January 2021\n",
	},
	{
		.name = "no-wait-for-readers",
		.title = "memory goes offline under who has just found it online",
		.scenario = "offline-and-walk",
		.wrong = &explored_no_wait_for_readers,
		.room = "hotplug",
		.right = "src/hotplug/offline.c",
		.caught_by = "the scenario's check",
		.why = "is pulled under who found it online",
		.source =
			"\"Dealing with races (memory_offlining() racing with "
			"pfn_to_online_page()) is\n"
			"another story and stuff for the future. Another level of complexity :)\"\n"
			"D. Hildenbrand on linux-mm, 4 January 2021\n",
	},
	{
		.name = "unmap-without-waiting",
		.title = "a device is unmapped under who reads its descriptors",
		.scenario = "unmap-and-read",
		.wrong = &explored_unmap_without_waiting,
		.room = "hotplug",
		.right = "src/hotplug/pagemap.c",
		.caught_by = "the scenario's check",
		.why = "lost its descriptor under who reads it",
		.source = "The same mail: what goes is a device, with its descriptors.\n",
	},
	{
		.name = "one-flip",
		.title = "who waits for readers waits for one of two turns",
		.scenario = "unmap-and-read",
		.wrong = &explored_one_flip,
		.room = "hotplug",
		.right = "src/hotplug/pagemap.c",
		.caught_by = "the scenario's check",
		.why = "lost its descriptor under who reads it",
		.source = "What SRCU flips twice for: a reader reads the turn, is delayed, and "
			  "counts itself\n"
			  "in one that has become old. P. McKenney, \"Sleepable RCU\", 2006\n",
	},
	{
		.name = "reference-after-death",
		.title = "a reference to a device that is being unmapped already",
		.scenario = "unmap-and-get",
		.wrong = &explored_reference_after_death,
		.room = "hotplug",
		.right = "src/hotplug/pagemap.c",
		.caught_by = "the scenario's check",
		.why = "a reference is held, and page",
		.source = "Ours: a look and an addition, where a compare-and-exchange was. Linux "
			  "has\n"
			  "percpu_ref_tryget_live() in get_dev_pagemap() for it.\n",
	},
	{
		.name = "kept-isolated",
		.title = "who gives up going offline leaves the memory isolated",
		.scenario = "offline-and-free",
		.wrong = &explored_kept_isolated,
		.room = "hotplug",
		.right = "src/hotplug/offline.c",
		.caught_by = "the scenario's check",
		.why = "of what did not go offline are withheld",
		.source = "Ours: a way out that forgets what the way in has done. Linux's\n"
			  "offline_pages() has a label for it, failed_removal_isolated.\n",
	},
	{
		.name = "stale-zone-lock",
		.title = "the lock of the zone that a block was in a moment ago",
		.scenario = "rezone-and-unpoison",
		.wrong = &explored_stale_zone_lock,
		.room = "hotplug",
		.right = "src/page_alloc/at.c",
		.caught_by = "pf_verify()",
		.why = "zone Normal: free pages by state",
		.source = "Ours: read the page's zone, take its lock, and rely on it, as one can "
			  "where no\n"
			  "block ever changes its zone.\n",
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

int no_exhibit(const char *verb, const char *name)
{
	struct nearest n = { .word = name };

	if (find_scenario(&explored_library, name))
		return advise(verb, "'%s' is no exhibit, but a scenario: 'pageframe explore %s'",
			      name, name);
	for (int i = 0; i < nr_exhibits; i++)
		nearest_consider(&n, exhibits[i].name);
	return advise_name(verb, "exhibit", &n, "pageframe museum");
}

const struct xp_scenario *find_scenario(const struct xp_code *code, const char *name)
{
	for (int i = 0; code->scenarios[i]; i++)
		if (!strcmp(code->scenarios[i]->name, name))
			return code->scenarios[i];
	return NULL;
}
