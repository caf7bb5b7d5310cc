/* SPDX-License-Identifier: MIT */
/* All of the language: docs/scenarios.md has the same, with examples. */
#include "scenario_run.h"

static const char *const online_to[] = { "auto", "kernel", "movable", NULL };
static const char *const types[] = { "unmovable", "movable", "reclaimable", NULL };
static const char *const urgencies[] = { "high", "atomic", "memalloc", NULL };
static const char *const zones[] = {
	"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device", NULL
};
static const char *const states[] = { "online", "offline",  "absent",	"device",  "reserved",
				      "nomap",	"deferred", "free",	"per-cpu", "in-use",
				      "nofree", "isolated", "poisoned", NULL };
static const char *const block_states[] = { "online", "offline",       "absent",
					    "partly", "going-offline", NULL };
static const char *const movers[] = { "moves", "refuses", "none", NULL };

#define ADDRESS                                                                                    \
	{                                                                                          \
		.kind = SCENARIO_ADDRESS                                                           \
	}
#define RANGE                                                                                      \
	{                                                                                          \
		.kind = SCENARIO_RANGE                                                             \
	}
#define PLACE                                                                                      \
	{                                                                                          \
		.kind = SCENARIO_PLACE                                                             \
	}
#define NUMBER                                                                                     \
	{                                                                                          \
		.kind = SCENARIO_NUMBER                                                            \
	}
#define NAME                                                                                       \
	{                                                                                          \
		.kind = SCENARIO_NAME                                                              \
	}
#define TEXT                                                                                       \
	{                                                                                          \
		.kind = SCENARIO_TEXT                                                              \
	}
#define ONE_OF(words)                                                                              \
	{                                                                                          \
		.kind = SCENARIO_CHOICE, .choices = words                                          \
	}
#define MAYBE_ONE_OF(words)                                                                        \
	{                                                                                          \
		.kind = SCENARIO_CHOICE, .choices = words, .optional = true                        \
	}
#define MAYBE(what)                                                                                \
	{                                                                                          \
		.kind = SCENARIO_##what, .optional = true                                          \
	}
#define FLAG(word)                                                                                 \
	{                                                                                          \
		.kind = SCENARIO_FLAG, .keyword = word, .optional = true                           \
	}
#define MUST(word)                                                                                 \
	{                                                                                          \
		.kind = SCENARIO_FLAG, .keyword = word                                             \
	}
#define WITH(word, what)                                                                           \
	{                                                                                          \
		.kind = SCENARIO_##what, .keyword = word, .optional = true                         \
	}
#define WITH_ONE_OF(word, words)                                                                   \
	{                                                                                          \
		.kind = SCENARIO_CHOICE, .keyword = word, .choices = words, .optional = true       \
	}

#define WISHES                                                                                     \
	WITH("up-to", SIZE), WITH("cpus", NUMBER), WITH("nodes", NUMBER), WITH("at-once", SIZE),   \
		WITH("block-size", SIZE)

const struct scenario_verb scenario_verbs[] = {
	/* --- a machine --- */
	{ .words = "machine",
	  .usage = "machine NAME [up-to ADDRESS] [cpus N] [nodes N] [at-once SIZE] [block-size "
		   "SIZE]",
	  .phase = SCENARIO_LOADS,
	  .run = scenario_machine,
	  .params = { TEXT, WISHES } },
	{ .words = "memory",
	  .usage = "memory RANGE [node N]",
	  .phase = SCENARIO_MAKES,
	  .run = scenario_memory,
	  .params = { RANGE, WITH("node", NUMBER) } },
	{ .words = "reserve",
	  .usage = "reserve RANGE",
	  .phase = SCENARIO_MAKES,
	  .run = scenario_reserve,
	  .params = { RANGE } },
	{ .words = "boot",
	  .usage = "boot [up-to ADDRESS] [cpus N] [nodes N] [at-once SIZE] [block-size SIZE] "
		   "[own-map]",
	  .phase = SCENARIO_BOOTS,
	  .run = scenario_boot_with,
	  .params = { WISHES, FLAG("own-map") } },
	{ .words = "free-late",
	  .usage = "free-late RANGE",
	  .run = scenario_free_late,
	  .params = { RANGE } },
	{ .words = "hand-over", .usage = "hand-over", .run = scenario_hand_over },
	/* --- memory comes and goes --- */
	{ .words = "add memory",
	  .usage = "add memory RANGE [node N] [on-memory]",
	  .run = scenario_add_memory,
	  .params = { RANGE, WITH("node", NUMBER), FLAG("on-memory") } },
	{ .words = "remove memory",
	  .usage = "remove memory RANGE",
	  .run = scenario_remove_memory,
	  .params = { RANGE } },
	{ .words = "online",
	  .usage = "online RANGE [auto | kernel | movable]",
	  .run = scenario_online,
	  .params = { RANGE, MAYBE_ONE_OF(online_to) } },
	{ .words = "offline",
	  .usage = "offline RANGE",
	  .run = scenario_offline,
	  .params = { RANGE } },
	{ .words = "removable",
	  .usage = "removable RANGE",
	  .asks = true,
	  .run = scenario_removable,
	  .params = { RANGE } },
	/* --- isolation and damage --- */
	{ .words = "isolate",
	  .usage = "isolate RANGE [skip-poisoned]",
	  .run = scenario_isolate,
	  .params = { RANGE, FLAG("skip-poisoned") } },
	{ .words = "unisolate",
	  .usage = "unisolate RANGE",
	  .run = scenario_unisolate,
	  .params = { RANGE } },
	{ .words = "isolated",
	  .usage = "isolated RANGE [skip-poisoned]",
	  .asks = true,
	  .run = scenario_isolated,
	  .params = { RANGE, FLAG("skip-poisoned") } },
	{ .words = "poison",
	  .usage = "poison ADDRESS",
	  .run = scenario_poison,
	  .params = { ADDRESS } },
	{ .words = "unpoison",
	  .usage = "unpoison ADDRESS",
	  .run = scenario_unpoison,
	  .params = { ADDRESS } },
	/* --- allocating and freeing --- */
	{ .words = "alloc order",
	  .usage = "alloc order N [unmovable | movable | reclaimable] [high | atomic | memalloc] "
		   "[zone ZONE] [node N] [only] [times N | times all]",
	  .gives = true,
	  .run = scenario_alloc_order,
	  .params = { NUMBER, MAYBE_ONE_OF(types), MAYBE_ONE_OF(urgencies),
		      WITH_ONE_OF("zone", zones), WITH("node", NUMBER), FLAG("only"),
		      WITH("times", COUNT) } },
	{ .words = "alloc at",
	  .usage = "alloc at ADDRESS [order N]",
	  .gives = true,
	  .run = scenario_alloc_at,
	  .params = { ADDRESS, WITH("order", NUMBER) } },
	{ .words = "alloc range",
	  .usage = "alloc range RANGE",
	  .gives = true,
	  .run = scenario_alloc_range,
	  .params = { RANGE } },
	{ .words = "alloc nofree",
	  .usage = "alloc nofree [times N | times all] [node N] [zone ZONE]",
	  .gives = true,
	  .run = scenario_alloc_nofree,
	  .params = { WITH("times", COUNT), WITH("node", NUMBER), WITH_ONE_OF("zone", zones) } },
	{ .words = "free", .usage = "free NAME", .run = scenario_free_it, .params = { NAME } },
	{ .words = "free chunk",
	  .usage = "free chunk ADDRESS [order N]",
	  .run = scenario_free_chunk,
	  .params = { ADDRESS, WITH("order", NUMBER) } },
	{ .words = "free nofree",
	  .usage = "free nofree ADDRESS",
	  .run = scenario_free_nofree,
	  .params = { ADDRESS } },
	{ .words = "drain", .usage = "drain", .run = scenario_drain },
	{ .words = "cpu", .usage = "cpu N", .run = scenario_cpu, .params = { NUMBER } },
	{ .words = "mover",
	  .usage = "mover moves | refuses | none",
	  .run = scenario_set_mover,
	  .params = { ONE_OF(movers) } },
	{ .words = "verify", .usage = "verify", .run = scenario_verify },
	/* --- devices and damage --- */
	{ .words = "map device",
	  .usage = "map device RANGE [node N] [handles-damage]",
	  .gives = true,
	  .run = scenario_map_device,
	  .params = { RANGE, WITH("node", NUMBER), FLAG("handles-damage") } },
	{ .words = "unmap", .usage = "unmap NAME", .run = scenario_unmap, .params = { NAME } },
	{ .words = "memory-failure",
	  .usage = "memory-failure ADDRESS",
	  .run = scenario_memory_failure,
	  .params = { ADDRESS } },
	{ .words = "soft-offline",
	  .usage = "soft-offline ADDRESS",
	  .run = scenario_soft_offline,
	  .params = { ADDRESS } },
	/* --- questions --- */
	{ .words = "lookup",
	  .usage = "lookup PLACE is [not] STATE",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_lookup,
	  .params = { PLACE, MUST("is"), FLAG("not"), ONE_OF(states) } },
	{ .words = "zone",
	  .usage = "zone NODE ZONE [spanned N] [present N] [managed N] [free N] [on-lists N] "
		   "[start ADDRESS]",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_zone,
	  .params = { NUMBER, ONE_OF(zones), WITH("spanned", NUMBER), WITH("present", NUMBER),
		      WITH("managed", NUMBER), WITH("free", NUMBER), WITH("on-lists", NUMBER),
		      WITH("start", ADDRESS) } },
	{ .words = "zones as",
	  .usage = "zones as FILE",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_zones_as,
	  .params = { TEXT } },
	{ .words = "memory-block",
	  .usage = "memory-block N STATE [ZONES]",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_memory_block,
	  .params = { NUMBER, ONE_OF(block_states), MAYBE(TEXT) } },
	{ .words = "memory-blocks as",
	  .usage = "memory-blocks as FILE",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_memory_blocks_as,
	  .params = { TEXT } },
	{ .words = "nofree",
	  .usage = "nofree NODE [chunks N] [handed-out N] [waiting N] [given-back N] [imported N] "
		   "[returned N]",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_nofree,
	  .params = { NUMBER, WITH("chunks", NUMBER), WITH("handed-out", NUMBER),
		      WITH("waiting", NUMBER), WITH("given-back", NUMBER), WITH("imported", NUMBER),
		      WITH("returned", NUMBER) } },
	{ .words = "moved",
	  .usage = "moved NAME [times N]",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_moved,
	  .params = { NAME, WITH("times", NUMBER) } },
	{ .words = "device-of",
	  .usage = "device-of ADDRESS is NAME",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_device,
	  .params = { ADDRESS, { .kind = SCENARIO_TEXT, .keyword = "is" } } },
	{ .words = "flags",
	  .usage = "flags ADDRESS [buddy] [hwpoison] [nopage] [reserved]",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_flags,
	  .params = { ADDRESS, FLAG("buddy"), FLAG("hwpoison"), FLAG("nopage"),
		      FLAG("reserved") } },
	{ .words = "scan",
	  .usage = "scan ADDRESS [free N] [movable N] [unmovable N] [holes N]",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_scan,
	  .params = { ADDRESS, WITH("free", NUMBER), WITH("movable", NUMBER),
		      WITH("unmovable", NUMBER), WITH("holes", NUMBER) } },
	{ .words = "online-pages as",
	  .usage = "online-pages as FILE",
	  .asks = true,
	  .question = true,
	  .run = scenario_ask_online_as,
	  .params = { TEXT } },
	{ .words = NULL },
};
