/* SPDX-License-Identifier: MIT */
#include "why.h"

#include "json_facts.h"

static void put_entries(struct json *j, const char *key, const why_entries *found)
{
	json_array(j, key);
	for (size_t i = 0; i < found->n; i++)
		json_map_entry(j, found->at[i]);
	json_close(j);
}

static void put_memory(struct json *j, const struct why *w)
{
	if (w->memory)
		json_region(j, "memory", w->memory);
	else
		json_null(j, "memory");
	json_array(j, "owners");
	for (size_t i = 0; i < w->owners.n; i++)
		json_owned(j, w->owners.at[i]);
	json_close(j);
}

static void put_history(struct json *j, const struct why *w)
{
	static const char *const names[] = {
		[EVENT_ADD] = "add",   [EVENT_REMOVE] = "remove",	[EVENT_RESERVE] = "reserve",
		[EVENT_FREE] = "free", [EVENT_FREE_LATE] = "free late",
	};

	json_array(j, "history");
	for (size_t i = 0; i < w->history.n; i++) {
		const struct why_event *e = &w->history.at[i];

		json_object(j, NULL);
		json_string(j, "operation", names[e->kind]);
		json_range(j, e->range);
		json_bytes(j, "who", e->who, e->length);
		json_line(j, e->line);
		json_close(j);
	}
	json_close(j);
}

static void put_zone(struct json *j, const struct why *w)
{
	if (!w->zone) {
		json_null(j, "zone");
		return;
	}
	json_object(j, "zone");
	json_number(j, "node", (uint64_t)w->nid);
	json_string(j, "name", w->zone);
	json_string(j, "block", !w->block ? NULL : w->split ? "split" : "whole");
	json_close(j);
}

static void put_kernels(struct json *j, const struct why *w)
{
	json_array(j, "iomem");
	for (size_t i = 0; i < w->iomem.n; i++) {
		json_object(j, NULL);
		json_range(j, w->iomem.at[i]->range);
		json_string(j, "name", w->iomem.at[i]->name);
		json_number(j, "depth", w->iomem.at[i]->depth);
		json_close(j);
	}
	json_close(j);
	if (w->class)
		json_bytes(j, "kpageflags", &w->class->class, 1);
	else
		json_null(j, "kpageflags");
	if (w->opinion == WHY_NOT_COMPARED || w->opinion == WHY_NOT_KNOWN)
		json_null(j, "agrees");
	else
		json_bool(j, "agrees", w->opinion == WHY_AGREES);
}

void why_json(struct json *j, const struct why *w)
{
	size_t length;
	const char *by = why_by(w, &length);

	json_object(j, NULL);
	json_number(j, "pfn", w->pfn);
	json_range(j, w->page);
	put_entries(j, "firmware", &w->e820);
	put_entries(j, "user_map", &w->user);
	put_entries(j, "changes", &w->changes);
	put_entries(j, "uefi", &w->efi);
	put_memory(j, w);
	put_history(j, w);
	if (w->late)
		json_late(j, "late", w->late, &w->s->h.late.at[w->late - w->s->late.list.at]);
	else
		json_null(j, "late");
	put_zone(j, w);
	put_kernels(j, w);
	json_bool(j, "guess", w->guess);
	json_string(j, "became", why_end_name(w->end));
	if (by)
		json_bytes(j, "by", by, length);
	else
		json_null(j, "by");
	json_close(j);
}
