/* SPDX-License-Identifier: MIT */
#include "watermarks.h"

#include <string.h>

#include <pageframe/page_alloc.h>

#define BLOCK_MIB 128 /* x86: what memory comes and goes by, if the log does not say */

typedef unsigned long long ull;

/* A machine's zones with nothing but their counts, on which time passes. */
struct course {
	struct replay *r;
	const struct handover *h;
	const struct late *late;
	const struct zones *z;
	struct pf_mem mem;
	VEC(struct pf_node) all;
	VEC(struct pf_node *) nodes;
	size_t next; /* of the gains of late frees */
};

/* --- zones --- */

static void reach_node(struct course *c, int nid)
{
	if (nid >= 0 && nid < MAX_NUMNODES && nid >= c->mem.nr_nodes)
		c->mem.nr_nodes = nid + 1;
}

static void course_begin(struct course *c)
{
	const struct machine *m = c->r->machine;

	for (size_t i = 0; i < m->zones.n; i++)
		reach_node(c, m->zones.at[i].nid);
	for (size_t i = 0; i < m->later_zones.n; i++)
		reach_node(c, m->later_zones.at[i].nid);
	for (int nid = 0; nid < c->mem.nr_nodes; nid++)
		vec_add(&c->all);
	for (int nid = 0; nid < c->mem.nr_nodes; nid++)
		*vec_add(&c->nodes) = &c->all.at[nid];
	c->mem.nodes = c->nodes.at;
}

static void course_end(struct course *c)
{
	vec_free(&c->nodes);
	vec_free(&c->all);
}

/* NULL: there is no such node. */
static struct pf_zone *zone_of(const struct course *c, int nid, const char *name)
{
	if (nid < 0 || nid >= c->mem.nr_nodes)
		return NULL;
	for (unsigned z = 0; z < PF_ZONES; z++)
		if (!strcmp(pf_zone_name((enum pf_zone_type)z), name))
			return &c->mem.nodes[nid]->zone[z];
	return NULL;
}

static bool has_high_memory(const zoneinfos *zones)
{
	for (size_t i = 0; i < zones->n; i++)
		if (zones->at[i].present && !strcmp(zones->at[i].name, "HighMem"))
			return true;
	return false;
}

/*
 * Before 6.6 what ZONE_MOVABLE keeps was like any other zone's, unless it had high memory ("fix
 * min_free_kbytes calculation regarding ZONE_MOVABLE", 2023).
 */
static enum pf_zone_type type_of(const struct course *c, unsigned z)
{
	const struct boot_log *log = &c->r->machine->log;
	bool old = log->major && (log->major < 6 || (log->major == 6 && log->minor < 6));

	if (z == PF_ZONE_MOVABLE && old && !has_high_memory(&c->r->machine->zones))
		return PF_ZONE_NORMAL;
	return (enum pf_zone_type)z;
}

/* --- what was managed when --- */

static void shrink(struct course *c, int nid, const char *name, uint64_t managed, uint64_t present)
{
	struct pf_zone *zone = zone_of(c, nid, name);

	if (!zone)
		return;
	zone->managed -= zone->managed < managed ? zone->managed : (unsigned long)managed;
	zone->present -= zone->present < present ? zone->present : (unsigned long)present;
}

/* As zoneinfo.txt has it, less what came after memblock_free_all(). */
static void rewind_zones(struct course *c)
{
	const struct machine *m = c->r->machine;

	for (int nid = 0; nid < c->mem.nr_nodes; nid++) {
		*c->mem.nodes[nid] = (struct pf_node){ .nid = nid };
		for (unsigned z = 0; z < PF_ZONES; z++)
			c->mem.nodes[nid]->zone[z].type = type_of(c, z);
	}
	c->mem.min_free_kbytes = 0;
	c->next = 0;
	for (size_t i = 0; i < m->zones.n; i++) {
		struct pf_zone *zone = zone_of(c, m->zones.at[i].nid, m->zones.at[i].name);

		if (!zone)
			continue;
		zone->managed = (unsigned long)m->zones.at[i].managed;
		zone->present = (unsigned long)m->zones.at[i].present;
	}
	for (size_t i = 0; i < c->h->gains.n; i++)
		shrink(c, c->h->gains.at[i].nid, pf_zone_name(c->h->gains.at[i].zone),
		       c->h->gains.at[i].pages, 0);
	for (size_t i = 0; i < c->z->list.n; i++)
		shrink(c, c->z->list.at[i].nid, c->z->list.at[i].name, c->z->list.at[i].later,
		       c->z->list.at[i].later);
}

/* What was given back late by this line. */
static void pass_to(struct course *c, size_t line)
{
	for (; c->next < c->h->gains.n; c->next++) {
		const struct late_gain *g = &c->h->gains.at[c->next];
		struct pf_zone *zone = zone_of(c, g->nid, pf_zone_name(g->zone));

		if (c->late->when.at[g->late] > line)
			return;
		if (zone)
			zone->managed += (unsigned long)g->pages;
	}
}

/*
 * hugepage_init() is one of the initcalls that also find gigantic pages, after those in which
 * newer kernels free EFI boot services, and before those that free the initial RAM disk.
 */
static size_t before_khugepaged(const struct boot_log *log)
{
	size_t line = late_before_initcalls(log);

	for (size_t i = 0; i < log->huge.n; i++)
		line = log->huge.at[i].line > line ? log->huge.at[i].line : line;
	for (size_t i = 0; i < log->freed.n; i++)
		if (!strcmp(log->freed.at[i].what, "EFI boot services memory") &&
		    log->freed.at[i].line > line)
			line = log->freed.at[i].line;
	return line;
}

/* --- the kernel's moments --- */

/* init_per_zone_wmark_min() */
static void set_all(struct course *c, enum min_free_by by)
{
	pf_set_watermarks(&c->mem, 0);
	if (by == MIN_FREE_KHUGEPAGED)
		pf_set_watermarks(&c->mem, pf_recommended_min_free_kbytes(&c->mem));
}

/* "x86/mm: Memory block size: 128MB" */
static unsigned long block_pages(const struct course *c)
{
	static const char said[] = "Memory block size: ";
	const struct text *t = &c->r->machine->log_text;
	uint64_t mib = BLOCK_MIB;

	for (size_t i = 0; i < t->lines.n; i++) {
		const char *p = strstr(t->lines.at[i], said);

		if (p && (p += strlen(said), eat_dec(&p, &mib)))
			break;
	}
	return (unsigned long)(mib && mib < 1 << 20 ? mib : BLOCK_MIB) << (20 - PF_PAGE_SHIFT);
}

/*
 * Memory comes or goes block by block, and each time all is computed anew. Of absurdly many, some
 * are taken together.
 */
static void resize(struct course *c, struct pf_zone *zone, uint64_t managed, uint64_t present,
		   enum min_free_by by)
{
	unsigned long least = block_pages(c), block;
	uint64_t pages =
		managed > zone->managed ? managed - zone->managed : zone->managed - managed;

	block = pages / 4096 > least ? (unsigned long)(pages / 4096) : least;
	while (zone->managed != managed || zone->present != present) {
		unsigned long up = (unsigned long)managed - zone->managed;
		unsigned long down = zone->managed - (unsigned long)managed;

		zone->present = (unsigned long)present;
		if (managed > zone->managed)
			zone->managed += up < block ? up : block;
		else
			zone->managed -= down < block ? down : block;
		set_all(c, by);
	}
}

/*
 * A postcore_initcall computes all, khugepaged's start computes watermarks; memory that ACPI finds
 * comes next, by drivers' initcalls of the same level.
 */
static void run_boot(struct course *c, enum min_free_by by)
{
	const struct boot_log *log = &c->r->machine->log;

	rewind_zones(c);
	pass_to(c, late_before_initcalls(log));
	pf_set_watermarks(&c->mem, 0);
	pass_to(c, before_khugepaged(log));
	if (by == MIN_FREE_KHUGEPAGED)
		pf_set_watermarks(&c->mem, pf_recommended_min_free_kbytes(&c->mem));
	for (size_t i = 0; i < c->z->list.n; i++) {
		const struct zone *z = &c->z->list.at[i];
		struct pf_zone *zone = z->later ? zone_of(c, z->nid, z->name) : NULL;

		if (zone)
			resize(c, zone, zone->managed + z->later, zone->present + z->later, by);
	}
	pass_to(c, SIZE_MAX);
}

/* What was recorded at last, when memory was plugged in or taken offline by hand. */
static void run_later(struct course *c, enum min_free_by by)
{
	const zoneinfos *later = &c->r->machine->later_zones;

	run_boot(c, by);
	for (size_t i = 0; i < later->n; i++) {
		struct pf_zone *zone = zone_of(c, later->at[i].nid, later->at[i].name);

		if (zone)
			resize(c, zone, later->at[i].managed, later->at[i].present, by);
	}
}

/* --- ours and theirs --- */

/* A protection is printed for each zone that the node has, in their order. */
static bool same_protection(const zoneinfos *list, const struct zoneinfo *theirs,
			    const struct pf_zone *ours)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct zoneinfo *upper = &list->at[i];
		unsigned z = 0;

		if (upper->nid != theirs->nid)
			continue;
		while (z < PF_ZONES && strcmp(pf_zone_name((enum pf_zone_type)z), upper->name))
			z++;
		if (n == theirs->protections || z == PF_ZONES ||
		    theirs->protection[n++] != ours->lowmem_reserve[z])
			return false;
	}
	return n == theirs->protections;
}

static bool same_marks(const struct zoneinfo *theirs, const struct pf_zone *ours)
{
	return theirs->min == ours->watermark[PF_WMARK_MIN] + theirs->boost &&
	       theirs->low == ours->watermark[PF_WMARK_LOW] + theirs->boost &&
	       theirs->high == ours->watermark[PF_WMARK_HIGH] + theirs->boost &&
	       (!theirs->has_promo ||
		theirs->promo == ours->watermark[PF_WMARK_PROMO] + theirs->boost);
}

static void differ(struct course *c, const char *path, const struct zoneinfo *theirs,
		   const struct pf_zone *ours, bool marks)
{
	char what[160] = "", *p = what;

	for (unsigned z = 0; z < PF_ZONES; z++)
		p += snprintf(p, (size_t)(what + sizeof(what) - p), " %lu",
			      ours->lowmem_reserve[z]);
	if (marks)
		replay_differs(c->r, 0,
			       "%s:%zu: node %d, zone %s: protection is%s here (of all zones)",
			       path, theirs->line, theirs->nid, theirs->name, what);
	else
		replay_differs(c->r, 0,
			       "%s:%zu: node %d, zone %s: min %lu, low %lu, high %lu, promo %lu "
			       "here; %llu, %llu, %llu, %llu in the kernel",
			       path, theirs->line, theirs->nid, theirs->name,
			       ours->watermark[PF_WMARK_MIN], ours->watermark[PF_WMARK_LOW],
			       ours->watermark[PF_WMARK_HIGH], ours->watermark[PF_WMARK_PROMO],
			       (ull)theirs->min, (ull)theirs->low, (ull)theirs->high,
			       (ull)theirs->promo);
}

/* Zones that are not the same; @path: it is told of each. */
static size_t count_different(struct course *c, const zoneinfos *list, const char *path)
{
	size_t different = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct zoneinfo *theirs = &list->at[i];
		const struct pf_zone *ours = zone_of(c, theirs->nid, theirs->name);
		bool marks = same_marks(theirs, ours);

		if (marks && same_protection(list, theirs, ours))
			continue;
		different++;
		if (path)
			differ(c, path, theirs, ours, marks);
	}
	return different;
}

static bool is_low(const struct zoneinfo *z)
{
	return strcmp(z->name, "HighMem") && strcmp(z->name, "Movable");
}

/*
 * Is there a vm.min_free_kbytes with which all is the same? min is cut off in each zone, so their
 * sum is less by a page a zone at the most.
 */
static bool somebody_set(struct course *c, const zoneinfos *list)
{
	uint64_t pages = 0, most = 0;

	for (size_t i = 0; i < list->n; i++)
		if (is_low(&list->at[i])) {
			pages += list->at[i].min - list->at[i].boost;
			most++;
		}
	for (most += pages; pages && pages <= most; pages++) {
		pf_set_watermarks(&c->mem, (unsigned long)(pages << (PF_PAGE_SHIFT - 10)));
		if (!count_different(c, list, NULL))
			return true;
	}
	return false;
}

/* Where not all is told that was given back late, or where it was, managed is a guess as well. */
static bool is_certain(const struct course *c)
{
	const struct boot_log *log = &c->r->machine->log;
	bool ended = false;

	for (size_t i = 0; i < c->late->list.n; i++)
		if (!c->late->list.at[i].placed)
			return false;
	for (size_t i = 0; i < log->freed.n; i++)
		ended |= !strcmp(log->freed.at[i].what, "unused kernel image (initmem) memory");
	return ended && log->operations && !log->bounce_line;
}

/* @run brings the zones to where @list was recorded. */
static struct min_free find_min_free(struct course *c, const zoneinfos *list, const char *path,
				     void (*run)(struct course *c, enum min_free_by by))
{
	struct min_free found = { .by = MIN_FREE_UNKNOWN };

	for (int by = MIN_FREE_BOOT; by <= MIN_FREE_SOMEBODY; by++) {
		run(c, (enum min_free_by)by);
		if (by == MIN_FREE_SOMEBODY ? somebody_set(c, list)
					    : !count_different(c, list, NULL)) {
			found.by = (enum min_free_by)by;
			found.kib = c->mem.min_free_kbytes;
			found.zones = list->n;
			return found;
		}
	}
	if (!is_certain(c)) {
		replay_lacks(c->r, "what was managed when watermarks were computed (%s)", path);
		return found;
	}
	run(c, MIN_FREE_KHUGEPAGED);
	count_different(c, list, path);
	return found;
}

static bool has_marks(const zoneinfos *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i].damaged || !list->at[i].marked || list->at[i].nid < 0 ||
		    list->at[i].nid >= MAX_NUMNODES)
			return false;
	return list->n > 0;
}

void compare_watermarks(struct replay *r, const struct handover *h, const struct late *late,
			const struct zones *z)
{
	const struct machine *m = r->machine;
	struct course c = { .r = r, .h = h, .late = late, .z = z };

	if (!h->ready || r->blind || !has_marks(&m->zones))
		return;
	course_begin(&c);
	r->min_free = find_min_free(&c, &m->zones, m->zone_path, run_boot);
	if (has_marks(&m->later_zones))
		r->later_min_free = find_min_free(&c, &m->later_zones, m->later_path, run_later);
	course_end(&c);
}
