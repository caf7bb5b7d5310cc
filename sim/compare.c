/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "firmware.h"

typedef unsigned long long ull;

static int printed_node(const struct memblock_region *r)
{
	int nid = memblock_get_region_node(r);

	return nid >= 0 && nid < MAX_NUMNODES ? nid : -1;
}

static bool same_region(const struct memblock_region *ours, const struct region *theirs)
{
	return ours->base == theirs->range.base && ours->size == theirs->range.size &&
	       printed_node(ours) == theirs->nid && ours->flags == theirs->flags;
}

static void describe(char *buf, size_t size, struct range range, int nid, unsigned flags)
{
	int n = snprintf(buf, size, "[0x%llx-0x%llx]", (ull)range.base,
			 (ull)(range_end(range) - 1));

	if (nid >= 0)
		n += snprintf(buf + n, size - (size_t)n, " node %d", nid);
	snprintf(buf + n, size - (size_t)n, " flags 0x%x", flags);
}

/* The first region that differs says enough: the others follow from it. */
static void compare_type(struct replay *r, const struct dump *d, const struct memblock_type *type,
			 const struct region *theirs, size_t n, uint64_t announced)
{
	char a[96] = "none", b[96] = "none";
	size_t i = 0;

	if (announced != n) {
		replay_differs(r, d->line,
			       "the dump announces %llu %s regions and has %zu: lines are missing "
			       "or damaged",
			       (ull)announced, type->name, n);
		return;
	}
	while (i < n && i < type->cnt && same_region(&type->regions[i], &theirs[i]))
		i++;
	if (i == n && i == type->cnt)
		return;
	if (i < type->cnt)
		describe(a, sizeof(a),
			 (struct range){ type->regions[i].base, type->regions[i].size },
			 printed_node(&type->regions[i]), type->regions[i].flags);
	if (i < n)
		describe(b, sizeof(b), theirs[i].range, theirs[i].nid, theirs[i].flags);
	replay_differs(r, d->line, "dump: %s[0x%zx] is %s here, %s in the kernel", type->name, i, a,
		       b);
}

/* Since 6.15 reservations carry flags and nodes that 6.12's memblock does not know. */
static bool is_newer(const struct dump *d)
{
	for (size_t i = 0; i < d->reserved.n; i++)
		if (d->reserved.at[i].flags & ~(unsigned)MEMBLOCK_RSRV_NOINIT)
			return true;
	return false;
}

void compare_dump(struct replay *r, const struct dump *d)
{
	compare_type(r, d, &memblock.memory, d->memory.at, d->memory.n, d->memory_cnt);
	if (is_newer(d))
		replay_lacks(
			r,
			"reserved regions of the dump in line %zu as 6.12 has them: not compared",
			d->line);
	else
		compare_type(r, d, &memblock.reserved, d->reserved.at, d->reserved.n,
			     d->reserved_cnt);
	if (d->memory_size != memblock.memory.total_size)
		replay_differs(r, d->line, "dump: memory size is 0x%llx here, 0x%llx in the kernel",
			       (ull)memblock.memory.total_size, (ull)d->memory_size);
	if (d->reserved_size != memblock.reserved.total_size)
		replay_differs(r, d->line,
			       "dump: reserved size is 0x%llx here, 0x%llx in the kernel",
			       (ull)memblock.reserved.total_size, (ull)d->reserved_size);
}

static const struct zone_range *limit_named(const struct zones *z, const char *name)
{
	for (size_t i = 0; i < z->limits.n; i++)
		if (!strcmp(z->limits.at[i].name, name))
			return &z->limits.at[i];
	return NULL;
}

static bool log_has_zone(const struct boot_log *log, const char *name)
{
	for (size_t i = 0; i < log->zones.n; i++)
		if (!strcmp(log->zones.at[i].name, name))
			return true;
	return false;
}

static void compare_limits(struct replay *r, const struct zones *z)
{
	const struct boot_log *log = &r->machine->log;

	for (size_t i = 0; i < log->zones.n; i++) {
		const struct zone_range *theirs = &log->zones.at[i];
		const struct zone_range *ours = limit_named(z, theirs->name);

		if (ours && (ours->range.size != theirs->range.size ||
			     (ours->range.size && ours->range.base != theirs->range.base)))
			replay_differs(
				r, theirs->line,
				"zone %s is [0x%llx-0x%llx) here, [0x%llx-0x%llx) in the kernel",
				ours->name, (ull)ours->range.base, (ull)range_end(ours->range),
				(ull)theirs->range.base, (ull)range_end(theirs->range));
	}
	for (size_t i = 0; log->zones.n && i < z->limits.n; i++)
		if (!log_has_zone(log, z->limits.at[i].name))
			replay_differs(r, log->zones.at[0].line,
				       "zone %s has no line among the zone ranges",
				       z->limits.at[i].name);
}

/* "Initmem setup node 0 [mem ...]": from the node's first page to its last. */
static void compare_initmem(struct replay *r)
{
	const struct boot_log *log = &r->machine->log;

	for (size_t n = 0; n < log->initmem.n; n++) {
		const struct node_range *theirs = &log->initmem.at[n];
		uint64_t first = UINT64_MAX, last = 0;
		unsigned long start, end;
		int i, nid;

		for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid) {
			if (node_or_first(nid) != theirs->nid)
				continue;
			first = start < first ? start : first;
			last = end > last ? end : last;
		}
		if (theirs->range.base != PF_PFN_PHYS(first) ||
		    range_end(theirs->range) != PF_PFN_PHYS(last))
			replay_differs(r, theirs->line, "node %d is [0x%llx-0x%llx) here",
				       theirs->nid, (ull)PF_PFN_PHYS(first),
				       (ull)PF_PFN_PHYS(last));
	}
}

/* What firmware calls usable is what x86 adds to memblock (e820__memblock_setup()). */
static void compare_firmware(struct replay *r)
{
	const struct boot_log *log = &r->machine->log;
	struct owners map = { 0 }, added = { 0 };
	size_t line = 0;

	firmware_usable_ranges(log, &map);
	for (size_t i = 0; i < log->events.n; i++) {
		const struct event *e = &log->events.at[i];

		if (e->kind != EVENT_ADD || strncmp(e->caller, "e820__memblock_setup", 20))
			continue;
		owners_take(&added, e->range, "", 0, 0);
		line = e->line;
	}
	if (line && !owners_same(&map, &added))
		replay_differs(r, line,
			       "memory added up to here is not what firmware's map calls usable");
	owners_free(&map);
	owners_free(&added);
}

/* "Early memory node ranges" are the memory regions, in whole pages. */
static void compare_nodes(struct replay *r)
{
	const struct boot_log *log = &r->machine->log;
	unsigned long start, end;
	size_t n = 0;
	int i, nid;

	if (!log->nodes.n)
		return;
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid) {
		const struct node_range *theirs = n < log->nodes.n ? &log->nodes.at[n] : NULL;

		nid = node_or_first(nid);
		n++;
		if (!theirs)
			break;
		if (theirs->nid == nid && theirs->range.base == PF_PFN_PHYS(start) &&
		    range_end(theirs->range) == PF_PFN_PHYS(end))
			continue;
		replay_differs(r, theirs->line,
			       "node range %zu is node %d [0x%llx-0x%llx) here, node %d "
			       "[0x%llx-0x%llx) in the kernel",
			       n, nid, (ull)PF_PFN_PHYS(start), (ull)PF_PFN_PHYS(end), theirs->nid,
			       (ull)theirs->range.base, (ull)range_end(theirs->range));
		return;
	}
	if (n != log->nodes.n)
		replay_differs(r, log->nodes.at[0].line,
			       "the kernel has %zu ranges of memory on nodes, we have %s",
			       log->nodes.n, n > log->nodes.n ? "more" : "fewer");
}

/* "Memory: xK/yK": y is what is present when the page allocator takes over. */
static void compare_total(struct replay *r)
{
	const struct boot_log *log = &r->machine->log;
	unsigned long start, end;
	uint64_t pages = 0;
	int i;

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, NULL)
		pages += end - start;
	if (log->total_kib && log->total_kib != pages * (PF_PAGE_SIZE >> 10))
		replay_differs(r, log->memory_line, "memory is %lluK here, %lluK in the kernel",
			       (ull)(pages * (PF_PAGE_SIZE >> 10)), (ull)log->total_kib);
}

static const struct zone *zone_named(const struct zones *z, int nid, const char *name)
{
	static const struct zone none;

	for (size_t i = 0; i < z->list.n; i++)
		if (z->list.at[i].nid == nid && !strcmp(z->list.at[i].name, name))
			return &z->list.at[i];
	return &none;
}

static bool zoneinfo_has(const struct machine *m, const struct zone *zone)
{
	for (size_t i = 0; i < m->zones.n; i++)
		if (m->zones.at[i].nid == zone->nid && !strcmp(m->zones.at[i].name, zone->name))
			return true;
	return false;
}

static void compare_zoneinfo(struct replay *r, const struct zones *z)
{
	const struct machine *m = r->machine;

	if (m->zone_text.bytes && !m->zones.n)
		replay_differs(r, 0, "%s: no zone in it", m->zone_path);
	for (size_t i = 0; i < m->zones.n; i++) {
		const struct zoneinfo *theirs = &m->zones.at[i];
		const struct zone *ours = zone_named(z, theirs->nid, theirs->name);

		if (!strcmp(theirs->name, "Device")) /* drivers make it, after boot */
			continue;
		if (ours->spanned == theirs->spanned && ours->present == theirs->present &&
		    ours->managed == theirs->managed &&
		    (!ours->present || ours->start_pfn == theirs->start_pfn))
			continue;
		replay_differs(
			r, 0,
			"%s:%zu: node %d, zone %s: spanned %llu, present %llu, managed %llu, "
			"start_pfn %llu here; %llu, %llu, %llu, %llu in the kernel",
			m->zone_path, theirs->line, theirs->nid, theirs->name, (ull)ours->spanned,
			(ull)ours->present, (ull)ours->managed, (ull)ours->start_pfn,
			(ull)theirs->spanned, (ull)theirs->present, (ull)theirs->managed,
			(ull)theirs->start_pfn);
	}
	for (size_t i = 0; m->zones.n && i < z->list.n; i++)
		if (!zoneinfo_has(m, &z->list.at[i]))
			replay_differs(r, 0, "%s: node %d, zone %s is not in it", m->zone_path,
				       z->list.at[i].nid, z->list.at[i].name);
}

void compare_zones(struct replay *r, const struct zones *z)
{
	if (!r->memory_known)
		return;
	compare_firmware(r);
	compare_limits(r, z);
	compare_initmem(r);
	compare_nodes(r);
	compare_total(r);
	compare_zoneinfo(r, z);
}

/* One stretch of pages that are alike in both, and whether they are reserved in each. */
struct stretch {
	uint64_t start;
	uint64_t end;
	bool ours;
	bool theirs;
	size_t line;
};

/* From @pfn on, which lies in @run. @next is the first class that ends behind it. */
static struct stretch stretch_from(const struct machine *m, const struct page_run *run,
				   uint64_t pfn, size_t next)
{
	const struct page_class *c = next < m->classes.n ? &m->classes.at[next] : NULL;
	struct stretch s = { pfn, run->end, run->fate == FATE_NEVER, false, 0 };

	if (c && c->start > pfn) {
		s.end = c->start < s.end ? c->start : s.end;
	} else if (c) {
		s.end = c->end < s.end ? c->end : s.end;
		s.theirs = c->class == 'R';
		s.line = c->line;
	}
	return s;
}

void compare_pages(struct replay *r, const struct handover *h)
{
	const struct machine *m = r->machine;
	uint64_t wrong = 0;
	size_t next = 0, told = 0;

	if (m->classes.n && !m->log.operations) {
		replay_lacks(r, "which pages are reserved: %s is not compared", m->class_path);
		return;
	}
	for (size_t i = 0; m->classes.n && i < h->runs.n; i++)
		for (uint64_t pfn = h->runs.at[i].start; pfn < h->runs.at[i].end;) {
			struct stretch s;

			while (next < m->classes.n && m->classes.at[next].end <= pfn)
				next++;
			s = stretch_from(m, &h->runs.at[i], pfn, next);
			pfn = s.end;
			if (s.ours == s.theirs)
				continue;
			wrong += s.end - s.start;
			if (told++ < 5)
				replay_differs(r, 0,
					       "%s:%zu: pages 0x%llx-0x%llx are %s here, and %s in "
					       "the kernel",
					       m->class_path, s.line, (ull)s.start, (ull)s.end,
					       s.ours ? "never handed over" : "handed over",
					       s.theirs ? "reserved" : "not reserved");
		}
	if (told > 5)
		replay_differs(r, 0, "%s: in all, %llu pages differ", m->class_path, (ull)wrong);
}
