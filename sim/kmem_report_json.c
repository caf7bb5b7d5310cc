/* SPDX-License-Identifier: MIT */
#include "json_facts.h"
#include "kmem_report.h"

static void events(struct json *j, const struct kmem_trace *t)
{
	json_object(j, "events");
	json_number(j, "read", kmem_events(t));
	for (int k = 0; k < KMEM_KINDS; k++)
		json_number(j,
			    k == KMEM_ALLOC_FAILED ? "failed_in_kernel"
						   : kmem_event_name((enum kmem_kind)k),
			    t->count[k]);
	json_number(j, "others", t->others);
	json_number(j, "lost", t->lost);
	if (t->promised)
		json_number(j, "promised", t->promised);
	else
		json_null(j, "promised");
	json_close(j);
}

static void prior(struct json *j, const struct kmem_replay *r)
{
	json_object(j, "prior");
	json_number(j, "chunks", r->plan->prior.n);
	json_number(j, "pages", r->plan->prior_pages);
	json_number(j, "exact", r->prior_exact);
	json_number(j, "elsewhere", r->prior_elsewhere);
	json_number(j, "nowhere", r->prior_nowhere);
	json_close(j);
}

static void replayed(struct json *j, const struct kmem_replay *r)
{
	const struct kmem_plan *p = r->plan;

	json_object(j, "replayed");
	json_number(j, "allocations", p->allocs);
	json_number(j, "failed", r->failed);
	json_number(j, "nofree_pages", r->nofree_pages);
	json_number(j, "nofree_apart", r->nofree_apart);
	json_number(j, "nofree_large", r->nofree_large);
	json_number(j, "nofree_large_pages", r->nofree_large_pages);
	json_number(j, "frees", p->frees);
	json_number(j, "told_twice", p->told_twice);
	json_number(j, "implied_allocations", p->implied_allocs);
	json_number(j, "implied_frees", p->implied_frees);
	json_number(j, "splits", p->splits);
	json_number(j, "failed_splits", r->failed_splits);
	json_number(j, "live", p->live);
	json_number(j, "peak", p->peak);
	json_number(j, "unmovable_pages", r->unmovable_most);
	json_number(j, "unmovable_peak", r->unmovable_peak);
	json_number(j, "blocks_staying", r->blocks_staying);
	json_number(j, "blocks_shared", r->blocks_shared);
	json_number(j, "ns", r->ns);
	json_number(j, "locked", r->locked);
	if (*r->wrong)
		json_string(j, "wrong", r->wrong);
	else
		json_null(j, "wrong");
	json_close(j);
}

static void blocks(struct json *j, const struct kmem_zone *z)
{
	if (!z->has_blocks) {
		json_null(j, "blocks");
		return;
	}
	json_object(j, "blocks");
	for (int t = 0; t < PF_MIGRATETYPES; t++)
		json_number(j, kmem_type_name((enum pf_migratetype)t), z->blocks[t]);
	json_close(j);
}

static void free_of(struct json *j, const struct kmem_zone *z)
{
	if (!z->has_types) {
		json_null(j, "free_of");
		return;
	}
	json_object(j, "free_of");
	for (int t = 0; t < PF_MIGRATETYPES; t++) {
		json_array(j, kmem_type_name((enum pf_migratetype)t));
		for (unsigned o = 0; o <= PF_MAX_ORDER; o++)
			json_number(j, NULL, z->free_of[t][o]);
		json_close(j);
	}
	json_close(j);
}

static void state(struct json *j, const char *key, const struct kmem_zone *z)
{
	if (!z || !z->has_buddy) {
		json_null(j, key);
		return;
	}
	json_object(j, key);
	json_array(j, "free");
	for (unsigned o = 0; o <= PF_MAX_ORDER; o++)
		json_number(j, NULL, z->free[o]);
	json_close(j);
	json_array(j, "unusable");
	for (unsigned o = 0; o <= PF_MAX_ORDER; o++)
		json_number(j, NULL, kmem_unusable(z, o));
	json_close(j);
	free_of(j, z);
	blocks(j, z);
	json_number(j, "per_cpu", z->per_cpu);
	json_close(j);
}

static void zones(struct json *j, const struct kmem_report *report)
{
	const struct kmem_replay *r = report->replay;

	json_array(j, "zones");
	for (size_t i = 0; i < r->start.zones.n; i++) {
		const struct kmem_zone *z = &r->start.zones.at[i];

		json_object(j, NULL);
		json_number(j, "node", (uint64_t)z->nid);
		json_string(j, "name", z->name);
		state(j, "kernel_before", kmem_find_zone(&r->trace->before, z->nid, z->name));
		state(j, "before", z);
		state(j, "kernel_after", kmem_kernel_after(report, z));
		state(j, "after", kmem_find_zone(&r->end, z->nid, z->name));
		json_close(j);
	}
	json_close(j);
}

void kmem_report_json(FILE *to, const struct kmem_report *r)
{
	struct json j = { .to = to };

	json_object(&j, NULL);
	json_number(&j, "schema", JSON_SCHEMA);
	json_string(&j, "trace", r->file->name);
	json_string(&j, "machine", r->machine);
	json_string(&j, "made_up", r->how);
	json_number(&j, "cpus", r->replay->trace->cpus);
	events(&j, r->replay->trace);
	prior(&j, r->replay);
	replayed(&j, r->replay);
	zones(&j, r);
	json_number(&j, "malformed_lines", r->replay->trace->malformed);
	json_number(&j, "damage", r->file->damage);
	json_bool(&j, "ended_early", kmem_ended_early(r->file, r->replay->trace));
	json_close(&j);
}
