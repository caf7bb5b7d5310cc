/* SPDX-License-Identifier: MIT */
/* A whole state against a recorded text: what a kernel's /proc or sysfs said at that moment. */
#include "scenario_run.h"

#include <stdarg.h>
#include <string.h>

/* --- the text --- */

/* "DIRECTORY OF WHERE/NAME", to be freed. */
static char *beside(const char *where, const char *name)
{
	const char *slash = strrchr(where, '/');
	char *path;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash - where + 1) : 0, where, name) < 0) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	return path;
}

/* As it is read, text.name is only good as long as its caller needs it. */
bool scenario_open(struct scenario_run *r, const char *name, struct text *text)
{
	const char *places[] = { r->loaded ? r->m.path : NULL, r->s->text.name };
	const char *error = NULL;

	for (size_t i = *name == '/' ? 1 : 0; i < 2; i++) {
		char *path = places[i] ? beside(*name == '/' ? "" : places[i], name) : NULL;

		error = path ? text_read(text, path) : error;
		free(path);
		if (path && !error) {
			text->name = name;
			return true;
		}
	}
	return scenario_fail(r,
			     "no such text: '%s': %s; it is looked for beside the machine's "
			     "log, and beside the scenario",
			     name, error);
}

/* Differences, one behind the other; what is found first is the most important. */
#define TOLD 3

struct differences {
	char *text;
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void differ(struct differences *d, const char *format,
							 ...)
{
	char one[200], *all;
	va_list args;

	if (++d->n > TOLD)
		return;
	va_start(args, format);
	vsnprintf(one, sizeof(one), format, args);
	va_end(args);
	if (asprintf(&all, "%s%s%s", d->text ? d->text : "", d->text ? "; " : "", one) < 0) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	free(d->text);
	d->text = all;
}

static bool end_differences(struct scenario_run *r, struct differences *d)
{
	if (d->n > TOLD)
		scenario_fail(r, "%s; and %zu more differences", d->text, d->n - TOLD);
	else if (d->n)
		scenario_fail(r, "%s", d->text);
	free(d->text);
	return !d->n;
}

/* --- zones --- */

static const struct pf_zone *find_zone(const struct scenario_run *r, const struct zoneinfo *z)
{
	static const struct pf_zone none;
	const struct pf_mem *mem = r->mem;

	if (z->nid < 0 || z->nid >= mem->nr_nodes || !mem->nodes[z->nid])
		return &none;
	for (int t = 0; t < PF_ZONES; t++)
		if (!strcmp(pf_zone_name((enum pf_zone_type)t), z->name))
			return &mem->nodes[z->nid]->zone[t];
	return &none;
}

static void compare_figure(struct differences *d, const struct text *text, const struct zoneinfo *z,
			   const char *what, uint64_t is, uint64_t wanted)
{
	if (is != wanted)
		differ(d, "zone %d %s %s %llu, not %llu as in %s:%zu", z->nid, z->name, what,
		       (unsigned long long)is, (unsigned long long)wanted, text->name, z->line);
}

static void compare_zone(struct scenario_run *r, struct differences *d, const struct text *text,
			 const struct zoneinfo *z)
{
	const struct pf_zone *zone = find_zone(r, z);

	compare_figure(d, text, z, "spanned", zone->spanned, z->spanned);
	compare_figure(d, text, z, "present", zone->present, z->present);
	compare_figure(d, text, z, "managed", zone->managed, z->managed);
	if (z->present)
		compare_figure(d, text, z, "start_pfn", zone->start_pfn, z->start_pfn);
}

static bool is_in(const zoneinfos *zones, int nid, const char *name)
{
	for (size_t i = 0; i < zones->n; i++)
		if (zones->at[i].nid == nid && !strcmp(zones->at[i].name, name))
			return true;
	return false;
}

/* Zones that the text does not know. */
static void find_others(struct scenario_run *r, struct differences *d, const struct text *text,
			const zoneinfos *zones)
{
	for (int nid = 0; nid < r->mem->nr_nodes; nid++)
		for (int t = 0; r->mem->nodes[nid] && t < PF_ZONES; t++) {
			const char *name = pf_zone_name((enum pf_zone_type)t);

			if (r->mem->nodes[nid]->zone[t].spanned && !is_in(zones, nid, name))
				differ(d, "zone %d %s, which is not in %s", nid, name, text->name);
		}
}

bool scenario_ask_zones_as(struct scenario_run *r, const struct scenario_statement *s)
{
	struct differences d = { .n = 0 };
	zoneinfos zones = { .n = 0 };
	struct text text;

	if (!scenario_open(r, s->value[0].word, &text))
		return false;
	if (!zoneinfo_read(&text, &zones))
		differ(&d, "that some of %s cannot be read", text.name);
	for (size_t i = 0; !d.n && i < zones.n; i++)
		compare_zone(r, &d, &text, &zones.at[i]);
	find_others(r, &d, &text, &zones);
	vec_free(&zones);
	text_free(&text);
	return end_differences(r, &d);
}

/* --- memory blocks --- */

/* The lines "memoryN ..." that the library writes. */
struct blocks {
	VEC(char *) lines;
};

static void add_line(void *arg, const char *line, size_t size)
{
	struct blocks *b = arg;

	*vec_add(&b->lines) = strndup(line, size - (size && line[size - 1] == '\n'));
}

/* Does a line begin with all of another, up to a word's end? */
static bool begins_with(const char *line, const char *other)
{
	size_t length = strlen(other);

	return !strncmp(line, other, length) && (!line[length] || line[length] == ' ');
}

static bool is_block(const char *line)
{
	return !strncmp(line, "memory", 6) && line[6] >= '0' && line[6] <= '9';
}

/* The line of the same block: what comes before the first blank is its name. */
static const char *find_block(const struct blocks *b, const char *line)
{
	size_t length = strcspn(line, " ");

	for (size_t i = 0; i < b->lines.n; i++)
		if (b->lines.at[i] && strcspn(b->lines.at[i], " ") == length &&
		    !strncmp(b->lines.at[i], line, length))
			return b->lines.at[i];
	return NULL;
}

static void compare_size(struct scenario_run *r, struct differences *d, const struct text *text,
			 size_t line)
{
	const char *p = text->lines.at[line];
	uint64_t size, ours = PF_PAGE_SIZE << r->mem->memory_block_order;

	if (!eat(&p, "block_size_bytes ") || !eat_hex(&p, &size))
		differ(d, "that %s:%zu is no line of memory blocks", text->name, line + 1);
	else if (size != ours)
		differ(d, "memory blocks of 0x%llx bytes, not 0x%llx as in %s:%zu",
		       (unsigned long long)ours, (unsigned long long)size, text->name, line + 1);
}

/* Return: blocks in it. */
static size_t compare_lines(struct scenario_run *r, struct differences *d, const struct text *text,
			    const struct blocks *ours)
{
	size_t blocks = 0;

	for (size_t i = 0; i < text->lines.n; i++) {
		const char *line = text->lines.at[i], *our;

		if (!is_block(line)) {
			if (*line && *line != '#')
				compare_size(r, d, text, i);
			continue;
		}
		blocks++;
		our = find_block(ours, line);
		if (!our)
			differ(d, "no %.*s, which is in %s:%zu", (int)strcspn(line, " "), line,
			       text->name, i + 1);
		else if (!begins_with(line, our))
			differ(d, "'%s', not '%.60s' as in %s:%zu", our, line, text->name, i + 1);
	}
	return blocks;
}

bool scenario_ask_memory_blocks_as(struct scenario_run *r, const struct scenario_statement *s)
{
	struct differences d = { .n = 0 };
	struct blocks ours = { .lines = { 0 } };
	struct text text;
	size_t blocks;

	if (!scenario_open(r, s->value[0].word, &text))
		return false;
	pf_show_memory_blocks(r->mem, add_line, &ours);
	blocks = compare_lines(r, &d, &text, &ours);
	if (!d.n && blocks != ours.lines.n)
		differ(&d, "%zu memory blocks, not %zu as in %s", ours.lines.n, blocks, text.name);
	for (size_t i = 0; i < ours.lines.n; i++)
		free(ours.lines.at[i]);
	vec_free(&ours.lines);
	text_free(&text);
	return end_differences(r, &d);
}
