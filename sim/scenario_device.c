/* SPDX-License-Identifier: MIT */
/* Statements about devices' memory, and about walkers that meet it. */
#include "scenario_run.h"

#include <string.h>

#include <pageframe/walk.h>

/* --- devices --- */

static int take_care(struct pf_dev_pagemap *pgmap, pf_pfn pfn)
{
	(void)pgmap;
	(void)pfn;
	return 0;
}

enum {
	MAP_RANGE,
	MAP_NODE,
	MAP_HANDLES,
};

bool scenario_map_device(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t nid = s->value[MAP_NODE].n;
	struct scenario_thing *t;
	struct range range;

	if (!scenario_range(r, &s->value[MAP_RANGE], &range))
		return false;
	t = scenario_new_thing(r, SCENARIO_DEVICE, 0);
	t->device = (struct pf_dev_pagemap){
		.start = range.base,
		.size = range.size,
		.nid = nid > INT32_MAX ? -1 : (int)nid,
		.memory_failure = s->value[MAP_HANDLES].given ? take_care : NULL,
	};
	if (!scenario_done(r, pf_memremap_pages(r->mem, &t->device), NULL))
		return false;
	t->pages = t->device.nr;
	*vec_add(&t->first) = t->device.first;
	return true;
}

/* A second time is for the library to refuse: the device is still what it was. */
bool scenario_unmap(struct scenario_run *r, const struct scenario_statement *s)
{
	struct scenario_thing *t = scenario_find_thing(r, s->value[0].word);

	if (!t || !t->first.n)
		return scenario_fail(r, "'%s' has nothing: what should have given it failed",
				     s->value[0].word);
	if (t->has != SCENARIO_DEVICE)
		return scenario_fail(r, "'%s' is no device: 'free %s'", t->name, t->name);
	pf_memunmap_pages(r->mem, &t->device);
	return scenario_said_nothing(r);
}

static const char *name_of_device(const struct scenario_run *r, const struct pf_dev_pagemap *pgmap)
{
	for (size_t i = 0; i < r->things.n; i++)
		if (&r->things.at[i]->device == pgmap)
			return r->things.at[i]->name;
	return "none";
}

bool scenario_ask_device(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_dev_pagemap *pgmap;
	const char *name;
	uint64_t address;

	if (!scenario_address(r, &s->value[0], &address))
		return false;
	pgmap = pf_get_dev_pagemap(r->mem, PF_PFN_DOWN(address));
	name = name_of_device(r, pgmap);
	if (pgmap)
		pf_put_dev_pagemap(pgmap);
	return !strcmp(name, s->value[1].word) || scenario_fail(r, "%s", name);
}

/* --- damage --- */

bool scenario_memory_failure(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_obstacle obstacle = { .why = NULL };
	uint64_t address;

	return scenario_address(r, &s->value[0], &address) &&
	       scenario_done(r, pf_memory_failure(r->mem, PF_PFN_DOWN(address), &obstacle),
			     &obstacle);
}

bool scenario_soft_offline(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_obstacle obstacle = { .why = NULL };
	uint64_t address;

	return scenario_address(r, &s->value[0], &address) &&
	       scenario_done(
		       r,
		       pf_soft_offline(r->mem, PF_PFN_DOWN(address), scenario_mover(r), &obstacle),
		       &obstacle);
}

/* --- looking --- */

static const struct {
	uint64_t bit;
	const char *word;
} kpageflags[] = {
	{ PF_KPF_BUDDY, "buddy" },
	{ PF_KPF_HWPOISON, "hwpoison" },
	{ PF_KPF_NOPAGE, "nopage" },
	{ PF_KPF_RESERVED, "reserved" },
};

bool scenario_ask_flags(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t address, flags, wanted = 0;
	char found[60] = "";

	if (!scenario_address(r, &s->value[0], &address))
		return false;
	flags = pf_page_flags(r->mem, PF_PFN_DOWN(address));
	for (size_t i = 0; i < sizeof(kpageflags) / sizeof(*kpageflags); i++) {
		size_t length = strlen(found);

		wanted |= s->value[i + 1].given ? kpageflags[i].bit : 0;
		if (flags & kpageflags[i].bit)
			snprintf(found + length, sizeof(found) - length, "%s%s", length ? " " : "",
				 kpageflags[i].word);
	}
	return flags == wanted || scenario_fail(r, "%s", *found ? found : "none of them");
}

bool scenario_ask_scan(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_block_scan scan = { .free = 0 };
	uint64_t address;

	if (!scenario_address(r, &s->value[0], &address))
		return false;
	if (!pf_scan_block(r->mem, PF_PFN_DOWN(address), &scan))
		return scenario_fail(r, "that none of it is online");
	return scenario_compare(
		r, s, 1, (const uint64_t[]){ scan.free, scan.movable, scan.unmovable, scan.holes },
		4);
}

/* --- what is online, against /proc/iomem --- */

struct ram {
	VEC(struct range) ranges; /* whole pages, in bytes */
};

static bool read_ram(const struct text *text, struct ram *ram)
{
	for (size_t i = 0; i < text->lines.n; i++) {
		const char *p = text->lines.at[i];
		uint64_t first, last, start, end;

		if (!eat_first_last(&p, &first, &last) || strcmp(p, " : System RAM"))
			continue;
		start = PF_PFN_PHYS(PF_PFN_UP(first));
		end = last == UINT64_MAX ? last & ~(PF_PAGE_SIZE - 1)
					 : (last + 1) & ~(PF_PAGE_SIZE - 1);
		if (start < end)
			*vec_add(&ram->ranges) = (struct range){ start, end - start };
	}
	return ram->ranges.n;
}

static bool is_ram(const struct ram *ram, uint64_t address)
{
	for (size_t i = 0; i < ram->ranges.n; i++)
		if (address - ram->ranges.at[i].base < ram->ranges.at[i].size)
			return true;
	return false;
}

/* Every page of the map is looked up, and of what the text has, where the map ends. */
static bool walk(struct scenario_run *r, const struct ram *ram, const char *name)
{
	pf_pfn last = r->mem->first_pfn + (r->mem->nr_blocks << PF_BLOCK_ORDER);

	for (pf_pfn pfn = 0; pfn < last; pfn++) {
		bool is = pf_pfn_to_online_page(r->mem, pfn);

		if (is != is_ram(ram, PF_PFN_PHYS(pfn)))
			return scenario_fail(r, "0x%llx %s, which is %sSystem RAM in %s",
					     (unsigned long long)PF_PFN_PHYS(pfn),
					     is ? "online" : "not online", is ? "not " : "", name);
	}
	for (size_t i = 0; i < ram->ranges.n; i++)
		if (PF_PFN_DOWN(range_end(ram->ranges.at[i]) - 1) >= last)
			return scenario_fail(r, "nothing above 0x%llx, where %s has System RAM",
					     (unsigned long long)PF_PFN_PHYS(last), name);
	return true;
}

bool scenario_ask_online_as(struct scenario_run *r, const struct scenario_statement *s)
{
	struct ram ram = { .ranges = { 0 } };
	struct text text;
	bool same;

	if (!scenario_open(r, s->value[0].word, &text))
		return false;
	same = read_ram(&text, &ram)
		       ? walk(r, &ram, text.name)
		       : scenario_fail(r, "no System RAM in %s: is it a copy of /proc/iomem?",
				       text.name);
	vec_free(&ram.ranges);
	text_free(&text);
	return same;
}
