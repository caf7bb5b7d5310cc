/* SPDX-License-Identifier: MIT */
#include "zones.h"

#include <string.h>

#include <pageframe/memblock.h>

#define MAX_DMA	  0x1000000ull	 /* x86: what ISA devices reach */
#define MAX_DMA32 0x100000000ull /* what 32-bit devices reach */

static uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_limit(struct zones *z, const char *name, uint64_t start, uint64_t end)
{
	struct zone_range *l = vec_add(&z->limits);

	l->name = name;
	l->range = (struct range){ start, end > start ? end - start : 0 };
}

/* x86-64 fixes them by address; other machines' are taken from the log. */
static void find_limits(struct zones *z, const struct machine *m)
{
	uint64_t start = PF_PFN_PHYS(PF_PFN_UP(memblock_start_of_DRAM()));
	uint64_t end = PF_PFN_PHYS(PF_PFN_DOWN(memblock_end_of_DRAM()));
	bool x86 = m->log.e820.n || m->log.user.n;

	for (size_t i = 0; i < m->log.zones.n; i++)
		if (!strcmp(m->log.zones.at[i].name, "HighMem"))
			x86 = false;
	if (x86) {
		uint64_t dma = max64(start, min64(MAX_DMA, end));
		uint64_t dma32 = max64(dma, min64(MAX_DMA32, end));

		z->limits_from = "x86-64's rules";
		add_limit(z, "DMA", start, dma);
		add_limit(z, "DMA32", dma, dma32);
		add_limit(z, "Normal", dma32, max64(dma32, end));
		return;
	}
	z->limits_from = "the log";
	for (size_t i = 0; i < m->log.zones.n; i++)
		if (strcmp(m->log.zones.at[i].name, "Movable"))
			add_limit(z, m->log.zones.at[i].name, m->log.zones.at[i].range.base,
				  range_end(m->log.zones.at[i].range));
}

/*
 * Where ZONE_MOVABLE begins on a node, 0 if it has none. The kernel prints it; kernelcore= and
 * others decide.
 */
static uint64_t movable_start(const struct machine *m, int nid)
{
	for (size_t i = 0; i < m->log.movable.n; i++)
		if (m->log.movable.at[i].nid == nid)
			return m->log.movable.at[i].range.base;
	return 0;
}

/* ZONE_MOVABLE takes from the highest zone that has memory at all. */
static const struct zone_range *highest_limit(const struct zones *z)
{
	const struct zone_range *highest = NULL;

	for (size_t i = 0; i < z->limits.n; i++)
		if (z->limits.at[i].range.size && strcmp(z->limits.at[i].name, "Device"))
			highest = &z->limits.at[i];
	return highest;
}

/*
 * Pages of the node's memory in [start, end); those that mirroring puts into another zone are not
 * counted.
 */
static uint64_t count_present(int nid, uint64_t start, uint64_t end, bool split_by_mirror,
			      bool want_mirror)
{
	const struct memblock_region *r;
	uint64_t pages = 0;

	for_each_mem_region(r) {
		uint64_t from = max64(start, memblock_region_memory_base_pfn(r));
		uint64_t to = min64(end, memblock_region_memory_end_pfn(r));

		if (from >= to || node_or_first(memblock_get_region_node(r)) != nid)
			continue;
		if (!split_by_mirror || memblock_is_mirror(r) == want_mirror)
			pages += to - from;
	}
	return pages;
}

struct node_span {
	int nid;
	uint64_t start; /* pfn */
	uint64_t end;
};

static void add_zone(struct zones *z, const struct machine *m, const struct node_span *n,
		     const struct zone_range *limit)
{
	uint64_t movable = movable_start(m, n->nid) >> PF_PAGE_SHIFT;
	bool mirror = mirrored_kernelcore && memblock_has_mirror();
	bool is_movable = !strcmp(limit->name, "Movable");
	bool is_normal = limit == highest_limit(z);
	uint64_t start = max64(n->start, limit->range.base >> PF_PAGE_SHIFT);
	uint64_t end = min64(n->end, range_end(limit->range) >> PF_PAGE_SHIFT);
	uint64_t present;

	if (is_movable)
		start = max64(start, movable);
	else if (movable && !mirror && start < movable && end > movable)
		end = movable;
	else if (movable && start >= movable)
		return;
	if (start >= end)
		return;
	present = count_present(n->nid, start, end, mirror && movable && (is_movable || is_normal),
				!is_movable);
	*vec_add(&z->list) =
		(struct zone){ n->nid, limit->name, present ? start : 0, end - start, present, 0 };
}

static void add_node(struct zones *z, const struct machine *m, const struct node_span *n)
{
	const struct zone_range *highest = highest_limit(z);

	for (size_t i = 0; i < z->limits.n; i++)
		add_zone(z, m, n, &z->limits.at[i]);
	if (highest && movable_start(m, n->nid)) {
		struct zone_range movable = *highest;

		movable.name = "Movable";
		add_zone(z, m, n, &movable);
	}
}

static void widen(struct node_span *n, uint64_t start, uint64_t end)
{
	n->start = min64(n->start, start);
	n->end = max64(n->end, end);
}

static int by_node(const void *a, const void *b)
{
	const struct node_span *x = a, *y = b;

	return x->nid - y->nid;
}

static void find_boot_zones(struct zones *z, const struct machine *m)
{
	VEC(struct node_span) nodes = { 0 };
	unsigned long start, end;
	int i, nid;

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid) {
		size_t n = 0;

		nid = node_or_first(nid);
		while (n < nodes.n && nodes.at[n].nid != nid)
			n++;
		if (n == nodes.n)
			*vec_add(&nodes) = (struct node_span){ nid, start, end };
		widen(&nodes.at[n], start, end);
	}
	if (nodes.n)
		qsort(nodes.at, nodes.n, sizeof(*nodes.at), by_node);
	for (size_t n = 0; n < nodes.n; n++)
		add_node(z, m, &nodes.at[n]);
	vec_free(&nodes);
}

/* --- memory that came later: in iomem.txt, but in no line of the log --- */

static int hotplug_node(const struct machine *m, struct range range)
{
	for (size_t i = 0; i < m->log.events.n; i++) {
		const struct event *e = &m->log.events.at[i];

		if (e->kind == EVENT_SRAT && range.base >= e->range.base &&
		    range_end(range) <= range_end(e->range))
			return e->nid;
	}
	return 0;
}

static struct zone *find_zone(struct zones *z, int nid, const char *name)
{
	for (size_t i = 0; i < z->list.n; i++)
		if (z->list.at[i].nid == nid && !strcmp(z->list.at[i].name, name))
			return &z->list.at[i];
	return NULL;
}

/* Onlining picks the kernel zone that the range lies in, else Normal; Movable with movable_node. */
static const char *hotplug_zone(struct zones *z, const struct machine *m, int nid, uint64_t start,
				uint64_t end)
{
	static const char *const kernel_zones[] = { "DMA", "DMA32" };

	for (size_t i = 0; i < 2; i++) {
		const struct zone *zone = find_zone(z, nid, kernel_zones[i]);

		if (zone && start < zone->start_pfn + zone->spanned && zone->start_pfn < end)
			return kernel_zones[i];
	}
	return log_option(&m->log, "movable_node") ? "Movable" : "Normal";
}

static void add_hotplugged(struct zones *z, const struct machine *m, struct range range)
{
	uint64_t start = range.base >> PF_PAGE_SHIFT;
	uint64_t end = range_end(range) >> PF_PAGE_SHIFT;
	int nid = hotplug_node(m, range);
	const char *name = hotplug_zone(z, m, nid, start, end);
	struct zone *zone = find_zone(z, nid, name);

	if (zone && zone->spanned) {
		uint64_t zone_end = max64(zone->start_pfn + zone->spanned, end);

		zone->start_pfn = min64(zone->start_pfn, start);
		zone->spanned = zone_end - zone->start_pfn;
	} else {
		if (!zone)
			zone = vec_add(&z->list);
		*zone = (struct zone){ nid, name, start, end - start, 0, 0 };
	}
	zone->present += end - start;
	zone->later += end - start;
}

static void find_later_memory(struct zones *z, const struct machine *m)
{
	for (size_t i = 0; i < m->iomem.n; i++) {
		const struct resource *r = &m->iomem.at[i];

		if (!r->depth && !strcmp(r->name, "System RAM") &&
		    !memblock_overlaps_region(&memblock.memory, r->range.base, r->range.size))
			add_hotplugged(z, m, r->range);
	}
}

void zones_find(struct zones *z, const struct machine *m)
{
	*z = (struct zones){ 0 };
	if (!memblock.memory.cnt)
		return;
	find_limits(z, m);
	find_boot_zones(z, m);
	find_later_memory(z, m);
}

void zones_free(struct zones *z)
{
	vec_free(&z->limits);
	vec_free(&z->list);
}
