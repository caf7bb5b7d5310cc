/* SPDX-License-Identifier: MIT */
#include "after_boot.h"

#include <string.h>

#include <pageframe/device.h>
#include <pageframe/memblock.h>
#include <pageframe/walk.h>

#include "spans.h"
#include "zones.h"

typedef unsigned long long ull;

#define MAX_DEVICES 32

struct course {
	struct replay *r;
	const struct machine *m;
	struct pf_mem *mem;
	struct pf_dev_pagemap devices[MAX_DEVICES];
	size_t n;
};

/* --- what came --- */

/* A driver has these: "namespace0.0", "dax0.0" below what firmware calls persistent. */
static bool is_mapped(const struct resource *r)
{
	return r->depth && (!strncmp(r->name, "namespace", 9) || !strncmp(r->name, "dax", 3));
}

static bool blocks_go_beyond(const struct memory_blocks *b, uint64_t *end)
{
	for (size_t i = 0; i < b->list.n; i++) {
		uint64_t its = (b->list.at[i].id + 1) * b->size;

		*end = its > *end ? its : *end;
	}
	return b->list.n;
}

static pf_pfn possible(const struct machine *m)
{
	uint64_t end = 0;
	bool any = blocks_go_beyond(&m->blocks, &end);

	any |= blocks_go_beyond(&m->later_blocks, &end);
	for (size_t i = 0; i < m->iomem.n; i++) {
		const struct resource *r = &m->iomem.at[i];

		if ((is_mapped(r) || is_later_memory(r)) && range_end(r->range) > end)
			end = range_end(r->range);
	}
	return any ? (pf_pfn)(end >> PF_PAGE_SHIFT) : 0;
}

void after_boot_config(struct pf_boot_config *config, const struct machine *m)
{
	config->max_possible_pfn = possible(m);
	while (m->blocks.size >> PF_PAGE_SHIFT >> config->memory_block_order > 1)
		config->memory_block_order++;
}

/* Where it says that something came. */
struct source {
	const char *path;
	size_t line;
};

static const char *error_word(int ret)
{
	switch (-ret) {
	case PF_ENOMEM:
		return "there is no memory for it";
	case PF_EEXIST:
		return "something is there already";
	case PF_ENOSPC:
		return "there are too many";
	default:
		return "it is not possible there";
	}
}

static void fails(struct course *c, struct source from, const char *what, uint64_t at, int ret)
{
	replay_differs(c->r, 0, "%s:%zu: %s at 0x%llx does not come here: %s", from.path, from.line,
		       what, (ull)at, error_word(ret));
}

/* Which pages the kernel gave descriptors, its driver decided: where zone Device spans some. */
static bool has_device_zone(const struct machine *m, int nid)
{
	for (size_t i = 0; i < m->zones.n; i++)
		if (m->zones.at[i].nid == nid && !strcmp(m->zones.at[i].name, "Device") &&
		    m->zones.at[i].spanned)
			return true;
	return false;
}

static void map_devices(struct course *c)
{
	for (size_t i = 0; i < c->m->iomem.n && c->n < MAX_DEVICES; i++) {
		const struct resource *r = &c->m->iomem.at[i];
		struct pf_dev_pagemap *pgmap = &c->devices[c->n];
		int nid = zones_node_of(c->m, r->range), ret;

		if (!is_mapped(r) || !has_device_zone(c->m, nid))
			continue;
		*pgmap = (struct pf_dev_pagemap){ .start = r->range.base,
						  .size = r->range.size,
						  .nid = nid };
		ret = pf_memremap_pages(c->mem, pgmap);
		if (ret)
			fails(c, (struct source){ c->m->iomem_path, r->line }, "a device's memory",
			      r->range.base, ret);
		else
			c->n++;
	}
}

static void unmap_devices(struct course *c)
{
	while (c->n)
		pf_memunmap_pages(c->mem, &c->devices[--c->n]);
}

static void come(struct course *c, struct source from, struct range range, int nid,
		 enum pf_online_to to)
{
	int ret = pf_add_memory(c->mem, nid, range.base, range.size, 0);

	if (!ret)
		ret = pf_online_pages(c->mem, (pf_pfn)(range.base >> PF_PAGE_SHIFT),
				      (unsigned long)(range.size >> PF_PAGE_SHIFT), to);
	if (ret)
		fails(c, from, "memory", range.base, ret);
}

/* Plugged in when memblock's time was over, but before anything was recorded. */
static void add_early(struct course *c)
{
	for (size_t i = 0; i < c->m->iomem.n; i++) {
		const struct resource *r = &c->m->iomem.at[i];

		if (is_later_memory(r))
			come(c, (struct source){ c->m->iomem_path, r->line }, r->range,
			     zones_node_of(c->m, r->range), PF_ONLINE_AUTO);
	}
}

/* --- as it was recorded --- */

static const struct pf_zone *zone_named(const struct course *c, int nid, const char *name)
{
	for (int z = 0; nid < c->mem->nr_nodes && c->mem->nodes[nid] && z < PF_ZONES; z++)
		if (!strcmp(pf_zone_name((enum pf_zone_type)z), name))
			return &c->mem->nodes[nid]->zone[z];
	return NULL;
}

static size_t compare_zones_now(struct course *c, const zoneinfos *list, const char *path)
{
	static const struct pf_zone none;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct zoneinfo *t = &list->at[i];
		const struct pf_zone *z = zone_named(c, t->nid, t->name);

		z = z ? z : &none;
		if (t->damaged)
			continue;
		n++;
		if (z->spanned == t->spanned && z->present == t->present &&
		    (!c->r->managed || z->managed == t->managed) &&
		    (!t->present || z->start_pfn == t->start_pfn))
			continue;
		replay_differs(c->r, 0,
			       "%s:%zu: node %d, zone %s: spanned %lu, present %lu, managed %lu, "
			       "start_pfn %lu here; %llu, %llu, %llu, %llu in the kernel",
			       path, t->line, t->nid, t->name, z->spanned, z->present, z->managed,
			       z->start_pfn, (ull)t->spanned, (ull)t->present, (ull)t->managed,
			       (ull)t->start_pfn);
	}
	return n;
}

static const char *state_word(enum pf_memory_state state)
{
	return state == PF_MEMORY_ONLINE ? "online" : state == PF_MEMORY_OFFLINE ? "offline" : "?";
}

static void zone_words(const struct pf_memory_block *b, char *words, size_t size)
{
	const char *first = b->zones[0] < PF_ZONES ? pf_zone_name(b->zones[0]) : "none";

	if (b->zones[1] < PF_ZONES)
		snprintf(words, size, "%s,%s", first, pf_zone_name(b->zones[1]));
	else
		snprintf(words, size, "%s", first);
}

static void describe(const struct pf_memory_block *b, char *words, size_t size)
{
	char zones[32];

	zone_words(b, zones, sizeof(zones));
	snprintf(words, size, "%s %s", state_word(b->state), zones);
}

static const struct block_line *line_of(const struct memory_blocks *blocks, uint64_t id)
{
	for (size_t i = 0; i < blocks->list.n; i++)
		if (blocks->list.at[i].id == id)
			return &blocks->list.at[i];
	return NULL;
}

/* A line that is damaged may be that of any block. */
static void find_others(struct course *c, const struct memory_blocks *blocks, const char *path)
{
	pf_pfn pages = (pf_pfn)(blocks->size >> PF_PAGE_SHIFT);
	pf_pfn end = pf_block_pfn(c->mem, c->mem->nr_blocks);
	char first[96] = "", words[48];
	unsigned long here = 0;

	for (pf_pfn pfn = 0; pages && pfn < end; pfn += pages) {
		struct pf_memory_block b;

		if (!pf_memory_block(c->mem, pfn / pages, &b))
			continue;
		here++;
		if (*first || line_of(blocks, pfn / pages))
			continue;
		describe(&b, words, sizeof(words));
		snprintf(first, sizeof(first), "memory%lu is %s", pfn / pages, words);
	}
	if (*first && !c->m->damaged)
		replay_differs(c->r, 0,
			       "%s: %s here, and has no line: %lu memory blocks here, %zu in the "
			       "kernel",
			       path, first, here, blocks->list.n);
}

static size_t compare_blocks(struct course *c, const struct memory_blocks *blocks, const char *path)
{
	for (size_t i = 0; i < blocks->list.n; i++) {
		const struct block_line *t = &blocks->list.at[i];
		char ours[48] = "absent", theirs[64];
		struct pf_memory_block b;

		if (pf_memory_block(c->mem, (unsigned long)t->id, &b))
			describe(&b, ours, sizeof(ours));
		snprintf(theirs, sizeof(theirs), "%s %s", t->state, t->zones);
		if (strcmp(ours, theirs))
			replay_differs(c->r, 0, "%s:%zu: memory%llu is %s here, %s in the kernel",
				       path, t->line, (ull)t->id, ours, theirs);
	}
	find_others(c, blocks, path);
	return blocks->list.n;
}

/* Ranges may meet inside a page: two that are RAM make it one. */
static struct spans find_ram(const struct machine *m)
{
	struct spans ram = { 0 }, pages;

	for (size_t i = 0; i < m->iomem.n; i++)
		if (!m->iomem.at[i].depth && !strcmp(m->iomem.at[i].name, "System RAM"))
			spans_add(&ram, m->iomem.at[i].range);
	pages = spans_inward(&ram, PF_PAGE_SIZE);
	spans_free(&ram);
	return pages;
}

/*
 * Every page that there could be: a look-up succeeds for online system RAM, and for nothing else.
 */
static uint64_t compare_online(struct course *c)
{
	pf_pfn end = pf_block_pfn(c->mem, c->mem->nr_blocks), first = 0;
	struct spans ram = find_ram(c->m);
	uint64_t different = 0;
	size_t i = 0;

	for (pf_pfn pfn = 0; pfn < end; pfn++) {
		bool ours = pf_pfn_to_online_page(c->mem, pfn) != NULL, theirs;

		while (i < ram.list.n && range_end(ram.list.at[i]) <= PF_PFN_PHYS(pfn))
			i++;
		theirs = i < ram.list.n && ram.list.at[i].base <= PF_PFN_PHYS(pfn);
		if (ours != theirs && !different++)
			first = pfn;
	}
	spans_free(&ram);
	if (different)
		replay_differs(c->r, 0,
			       "%s: %llu pages are online here and no System RAM in the kernel, or "
			       "the reverse; the first is pfn 0x%lx",
			       c->m->iomem_path, (ull)different, first);
	return end;
}

/* --- what changed then --- */

/* A line that memory_blocks.txt lacks was told: what is here now is what was there. */
static bool was_there(const struct course *c, uint64_t id)
{
	struct pf_memory_block b;

	return line_of(&c->m->blocks, id) || pf_memory_block(c->mem, (unsigned long)id, &b);
}

static bool was_offline(const struct course *c, uint64_t id)
{
	const struct block_line *was = line_of(&c->m->blocks, id);

	return was && !strcmp(was->state, "offline");
}

/* Memory that was not there before comes at once, as far as it lies side by side. */
static size_t come_at(struct course *c, const struct memory_blocks *now, size_t i)
{
	struct range range = { now->list.at[i].id * now->size, now->size };
	const char *zones = now->list.at[i].zones;
	size_t n = 1;

	while (i + n < now->list.n && now->list.at[i + n].id == now->list.at[i].id + n &&
	       !was_there(c, now->list.at[i + n].id) && !strcmp(now->list.at[i + n].zones, zones))
		n++;
	range.size *= n;
	come(c, (struct source){ c->m->later_block_path, now->list.at[i].line }, range,
	     zones_node_of(c->m, range),
	     strcmp(zones, "Movable") ? PF_ONLINE_AUTO : PF_ONLINE_MOVABLE);
	return n;
}

static void go_offline(struct course *c, const struct memory_blocks *now, size_t i)
{
	pf_pfn pages = (pf_pfn)(now->size >> PF_PAGE_SHIFT);
	struct pf_obstacle o = { 0 };
	int ret = pf_offline_pages(c->mem, (pf_pfn)now->list.at[i].id * pages, pages, NULL, &o);

	if (ret)
		replay_differs(c->r, 0,
			       "%s:%zu: memory%llu does not go offline here: pfn 0x%lx: %s",
			       c->m->later_block_path, now->list.at[i].line,
			       (ull)now->list.at[i].id, o.pfn, o.why);
}

static void change(struct course *c)
{
	const struct memory_blocks *now = &c->m->later_blocks;

	for (size_t i = 0; i < now->list.n;) {
		uint64_t id = now->list.at[i].id;

		if (!was_there(c, id)) {
			i += come_at(c, now, i);
			continue;
		}
		if (!strcmp(now->list.at[i].state, "offline") && !was_offline(c, id))
			go_offline(c, now, i);
		i++;
	}
}

void after_boot_compare(struct replay *r, struct handover *h)
{
	const struct machine *m = r->machine;
	struct course c = { .r = r, .m = m, .mem = &h->mem };

	if (!h->ready || !h->mem.hotplug || r->blind || !m->blocks.size)
		return;
	map_devices(&c);
	add_early(&c);
	compare_zones_now(&c, &m->zones, m->zone_path);
	r->blocks = compare_blocks(&c, &m->blocks, m->block_path);
	r->looked_up = m->iomem.n && !m->damaged ? compare_online(&c) : 0;
	if (m->later_blocks.list.n) {
		change(&c);
		r->later_zones = compare_zones_now(&c, &m->later_zones, m->later_path);
		r->blocks += compare_blocks(&c, &m->later_blocks, m->later_block_path);
	}
	unmap_devices(&c);
}
