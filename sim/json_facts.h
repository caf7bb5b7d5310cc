/* SPDX-License-Identifier: MIT */
/* Facts about a machine as JSON, the same in every document; docs/json.md describes them. */
#ifndef SIM_JSON_FACTS_H
#define SIM_JSON_FACTS_H

#include <pageframe/memblock.h>

#include "handover.h"
#include "json.h"

#define JSON_SCHEMA 1

/* "start" and "end", in bytes. */
void json_range(struct json *j, struct range range);
/* "line" of the log; 0 becomes null. */
void json_line(struct json *j, size_t line);

/* Each of these is an element of an array, but for json_region() and json_late() with a key. */
void json_map_entry(struct json *j, const struct map_entry *e);
void json_region(struct json *j, const char *key, const struct memblock_region *rgn);
void json_owned(struct json *j, const struct owned *o);
/* @pages: that it gave back; NULL: not told */
void json_late(struct json *j, const char *key, const struct late_free *f, const uint64_t *pages);

/* A whole array of entries. */
void json_map(struct json *j, const char *key, const struct map_entry *map, size_t n);

#endif
