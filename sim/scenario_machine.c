/* SPDX-License-Identifier: MIT */
/* A scenario's machine: a recorded one, or one that is made of ranges; what boot leaves for later.
 */
#include "scenario_run.h"

#include <string.h>

#include "../port/posix/port.h"

/* Memory may come so far above what there is, if nothing else is said. */
#define ROOM (16ull << 30)
#define GIB  (1ull << 30)
/* Of a map of its own it is noted what is behind each page. */
#define MOST_OWN (1ull << 40)

/* --- the boot --- */

static void default_wishes(struct scenario_run *r)
{
	if (!r->wishes.up_to)
		r->wishes.up_to = ((memblock_end_of_DRAM() + GIB - 1) & ~(GIB - 1)) + ROOM;
}

/* Nothing of it can be used any more, or there never was any. */
static bool boot_failed(struct scenario_run *r)
{
	r->result.no_machine = true;
	return scenario_fail(r, "it cannot be booted: %s",
			     memblock.memory.cnt ? handover_refusal(&r->h) : "it has no memory");
}

static bool boot(struct scenario_run *r, struct replay *replay, const struct late *late)
{
	default_wishes(r);
	handover_run_with(&r->h, replay, late, r->own_map ? AS_NATIVE : AS_RECORDED, &r->wishes);
	posix_port_output = r->heard_by;
	if (!r->h.ready)
		return boot_failed(r);
	r->mem = &r->h.mem;
	r->ready = true;
	return true;
}

bool scenario_boot(struct scenario_run *r)
{
	return boot(r, NULL, NULL);
}

void scenario_shut_down(struct scenario_run *r)
{
	handover_free(&r->h);
	if (!r->loaded)
		return;
	late_free_list(&r->late);
	replay_free(&r->replay);
	machine_free(&r->m);
}

/* --- what it is to be: beside the params of both verbs --- */

enum {
	BOOT_UP_TO,
	BOOT_CPUS,
	BOOT_NODES,
	BOOT_AT_ONCE,
	BOOT_BLOCK_SIZE,
	BOOT_OWN_MAP, /* of 'boot' only: a recorded machine has its kernel's */
};

/* Of a size of memory blocks; 0: there are none such. */
static unsigned block_order(uint64_t size)
{
	unsigned order = PF_BLOCK_ORDER;

	while (order < 30 && PF_PAGE_SIZE << order < size)
		order++;
	return PF_PAGE_SIZE << order == size ? order : 0;
}

static bool read_wishes(struct scenario_run *r, const struct scenario_value *v)
{
	if (v[BOOT_CPUS].n > 256 || (v[BOOT_CPUS].given && !v[BOOT_CPUS].n))
		return scenario_fail(r, "a machine has 1 to 256 CPUs here");
	if (v[BOOT_NODES].n > PF_MAX_NUMNODES || (v[BOOT_NODES].given && !v[BOOT_NODES].n))
		return scenario_fail(r, "a machine has 1 to %d nodes", PF_MAX_NUMNODES);
	if (v[BOOT_BLOCK_SIZE].given && !block_order(v[BOOT_BLOCK_SIZE].n))
		return scenario_fail(r, "memory blocks have 2M, or 4M, 8M and so on");
	r->wishes = (struct handover_wishes){ v[BOOT_UP_TO].n, (unsigned)v[BOOT_CPUS].n,
					      (int)v[BOOT_NODES].n, v[BOOT_AT_ONCE].n,
					      block_order(v[BOOT_BLOCK_SIZE].n) };
	return true;
}

bool scenario_machine(struct scenario_run *r, const struct scenario_statement *s)
{
	char line[240];

	if (!read_wishes(r, s->value + 1))
		return false;
	snprintf(line, sizeof(line), "%.200s:%zu", r->s->text.name, s->line);
	if (!machine_load_for(&r->m, s->value[0].word, line)) {
		r->result.no_machine = true;
		return scenario_fail(r, "it cannot be read");
	}
	r->loaded = true;
	if (r->m.made_up) {
		r->result.no_machine = true;
		return scenario_fail(r, "a synthetic machine has no log: make it of 'memory RANGE' "
					"lines");
	}
	replay_run(&r->replay, &r->m);
	late_find(&r->late, &r->replay);
	return boot(r, &r->replay, &r->late);
}

bool scenario_boot_with(struct scenario_run *r, const struct scenario_statement *s)
{
	bool own = s->value[BOOT_OWN_MAP].given;

	if (own && (memblock_phys_mem_size() > MOST_OWN || s->value[BOOT_UP_TO].n > MOST_OWN))
		return scenario_fail(r, "a map of its own is for machines of up to 1T here");
	r->own_map = own;
	return read_wishes(r, s->value) && scenario_boot(r);
}

/* --- what it is made of --- */

/* The first one begins anew. */
static void prepare(const struct scenario_run *r)
{
	if (r->result.statements > 1)
		return;
	posix_port_clears = false;
	memblock_reset();
}

bool scenario_memory(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t nid = s->value[1].n;
	struct range range;

	prepare(r);
	if (nid >= PF_MAX_NUMNODES)
		return scenario_fail(r, "nodes have numbers below %d", PF_MAX_NUMNODES);
	return scenario_range(r, &s->value[0], &range) &&
	       scenario_done(r, memblock_add_node(range.base, range.size, (int)nid, MEMBLOCK_NONE),
			     NULL);
}

bool scenario_reserve(struct scenario_run *r, const struct scenario_statement *s)
{
	struct range range;

	prepare(r);
	return scenario_range(r, &s->value[0], &range) &&
	       scenario_done(r, memblock_reserve(range.base, range.size), NULL);
}

/* --- what boot leaves for later --- */

bool scenario_free_late(struct scenario_run *r, const struct scenario_statement *s)
{
	struct range range;

	return scenario_range(r, &s->value[0], &range) &&
	       scenario_done(r, pf_free_late(r->mem, range.base, range.size), NULL);
}

bool scenario_hand_over(struct scenario_run *r, const struct scenario_statement *s)
{
	(void)s;
	for (int nid = 0; nid < r->mem->nr_nodes; nid++)
		pf_release_deferred(r->mem, nid, ~0ul);
	return true;
}
