/* SPDX-License-Identifier: MIT */
#include "json_facts.h"

#include "meaning.h"

void json_range(struct json *j, struct range range)
{
	json_number(j, "start", range.base);
	json_number(j, "end", range_end(range));
}

void json_line(struct json *j, size_t line)
{
	if (line)
		json_number(j, "line", line);
	else
		json_null(j, "line");
}

void json_map_entry(struct json *j, const struct map_entry *e)
{
	json_object(j, NULL);
	json_range(j, e->range);
	json_string(j, "type", e->type);
	json_bool(j, "mirrored", e->mirrored);
	json_line(j, e->line);
	json_close(j);
}

void json_map(struct json *j, const char *key, const struct map_entry *map, size_t n)
{
	json_array(j, key);
	for (size_t i = 0; i < n; i++)
		json_map_entry(j, &map[i]);
	json_close(j);
}

static void json_flags(struct json *j, unsigned flags)
{
	static const char *const names[] = { "hotplug", "mirror", "nomap", "driver managed",
					     "noinit" };

	json_array(j, "flags");
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (flags & (1u << i))
			json_string(j, NULL, names[i]);
	json_close(j);
}

void json_region(struct json *j, const char *key, const struct memblock_region *rgn)
{
	int nid = memblock_get_region_node(rgn);

	json_object(j, key);
	json_range(j, (struct range){ rgn->base, rgn->size });
	if (nid >= 0 && nid < MAX_NUMNODES)
		json_number(j, "node", (uint64_t)nid);
	else
		json_null(j, "node");
	json_flags(j, rgn->flags);
	json_close(j);
}

void json_owned(struct json *j, const struct owned *o)
{
	json_object(j, NULL);
	json_range(j, o->range);
	json_bytes(j, "who", o->who, o->length);
	json_string(j, "meaning", meaning(o->who, o->length));
	json_line(j, o->line);
	json_close(j);
}

void json_late(struct json *j, const char *key, const struct late_free *f, const uint64_t *pages)
{
	static const char *const ways[] = {
		[LATE_MEMBLOCK] = "memblock_free_late",
		[LATE_DISCARD] = "memblock_discard",
		[LATE_RESERVED] = "free_reserved_area",
		[LATE_ACCOUNT] = "adjust_managed_page_count",
	};

	json_object(j, key);
	json_string(j, "what", f->what);
	json_range(j, f->range);
	if (pages)
		json_number(j, "pages", *pages);
	else
		json_null(j, "pages");
	json_string(j, "way", ways[f->way]);
	json_bool(j, "placed", f->placed);
	json_line(j, f->line);
	json_close(j);
}
