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
	if (log_ends_in(&r->machine->log, d)) {
		replay_lacks(r, "the end of the dump in line %zu: not compared", d->line);
		return;
	}
	r->dumps++;
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
	if (log->zones.n && log->zones.at[log->zones.n - 1].line == log->last_line) {
		replay_lacks(r, "what follows the zone ranges: they may not be all");
		return;
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

	for (size_t i = 0; i < log->events.n; i++) {
		const struct event *e = &log->events.at[i];

		if (e->kind != EVENT_ADD || strncmp(e->caller, "e820__memblock_setup", 20))
			continue;
		owners_take(&added, e->range, "", 0, 0);
		line = e->line;
	}
	firmware_usable_ranges(log, &map, line);
	r->firmware = line && !r->blind && line != log->last_line;
	if (line && line == log->last_line)
		replay_lacks(r, "what follows memblock_add in line %zu: it may not be the last",
			     line);
	if (r->firmware && !owners_same(&map, &added))
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
	if (log->nodes.at[log->nodes.n - 1].line == log->last_line)
		replay_lacks(r, "what follows the node ranges: they may not be all");
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
	if (n != log->nodes.n &&
	    (n < log->nodes.n || log->nodes.at[log->nodes.n - 1].line != log->last_line))
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

/*
 * Without memblock's operations the number of reserved pages is known, but not which zones have
 * them.
 */
static bool managed_by_zone(struct replay *r, const struct zones *z)
{
	const struct machine *m = r->machine;
	uint64_t ours = 0, theirs = 0;

	if (m->log.operations) {
		r->managed = m->zones.n && !r->blind;
		return r->managed;
	}
	if (!m->zones.n)
		return false;
	for (size_t i = 0; i < z->list.n; i++)
		ours += z->list.at[i].managed;
	for (size_t i = 0; i < m->zones.n; i++)
		theirs += m->zones.at[i].managed;
	r->managed_sum = late_handed_over(&m->log) && !m->damaged;
	if (!late_handed_over(&m->log))
		replay_lacks(r, "how many pages boot reserved: managed is not compared");
	else if (r->managed_sum && ours != theirs)
		replay_differs(r, 0, "%s: %llu pages are managed here, %llu in the kernel",
			       m->zone_path, (ull)ours, (ull)theirs);
	return false;
}

static void compare_zoneinfo(struct replay *r, const struct zones *z)
{
	const struct machine *m = r->machine;
	bool by_zone = managed_by_zone(r, z);

	if (m->zone_text.bytes && !m->zones.n)
		replay_differs(r, 0, "%s: no zone in it", m->zone_path);
	for (size_t i = 0; i < m->zones.n; i++) {
		const struct zoneinfo *theirs = &m->zones.at[i];
		const struct zone *ours = zone_named(z, theirs->nid, theirs->name);

		if (theirs->damaged || !strcmp(theirs->name, "Device")) /* drivers' is later */
			continue;
		if (ours->spanned == theirs->spanned && ours->present == theirs->present &&
		    (!by_zone || ours->managed == theirs->managed) &&
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

/* kernelcore= and movablecore= decide about zones. */
static bool lacks_options(const struct replay *r)
{
	const struct boot_log *log = &r->machine->log;

	return r->blind && !log->command_line && log->movable.n;
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
	if (lacks_options(r))
		replay_lacks(r, "the command line: where ZONE_MOVABLE begins is not compared, and "
				"neither is zoneinfo.txt");
	else if (z->limits.n) /* without, it was said that the zone ranges are missing */
		compare_zoneinfo(r, z);
}

/* "Movable zone start for each node"; of a node that has none, no line. */
static void compare_movable(struct replay *r, const struct handover *h, int nid)
{
	const struct boot_log *log = &r->machine->log;
	uint64_t ours = h->mem.nodes[nid] ? PF_PFN_PHYS(h->mem.nodes[nid]->movable_pfn) : 0;
	uint64_t theirs = 0;
	size_t line = log->zones.at[0].line;

	for (size_t i = 0; i < log->movable.n; i++)
		if (log->movable.at[i].nid == nid) {
			theirs = log->movable.at[i].range.base;
			line = log->movable.at[i].line;
		}
	if (ours != theirs)
		replay_differs(r, line,
			       "ZONE_MOVABLE of node %d begins at 0x%llx here, at 0x%llx in the "
			       "kernel (0: there is none)",
			       nid, (ull)ours, (ull)theirs);
}

void compare_handover(struct replay *r, const struct handover *h)
{
	const struct boot_log *log = &r->machine->log;
	uint64_t theirs = late_handed_over(log);
	char why[240];

	if (!h->ready)
		return;
	if (!pf_verify(&h->mem, why, sizeof(why)))
		replay_differs(r, 0, "the accounts of the page allocator are wrong: %s", why);
	/* The line of the last node is followed by the node ranges. */
	for (int nid = 0;
	     log->zones.n && log->nodes.n && !lacks_options(r) && nid < h->mem.nr_nodes; nid++)
		compare_movable(r, h, nid);
	if (theirs && log->operations && !r->blind && theirs != h->at_once)
		replay_differs(r, log->memory_line,
			       "%llu pages are handed over at once here, %llu in the kernel",
			       (ull)h->at_once, (ull)theirs);
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

static bool same_owner(const struct owned *a, const struct owned *b)
{
	return a->length == b->length && !memcmp(a->who, b->who, a->length);
}

void compare_vague(const struct replay *r, const struct late *late, struct owners *vague)
{
	const struct owners *o = &r->owners;

	for (size_t l = 0; l < late->list.n; l++)
		for (size_t i = 0; !late->list.at[l].placed && i < o->list.n; i++) {
			struct range range = late->list.at[l].range;
			const struct owned *giver = &o->list.at[i];

			if (!memblock_addrs_overlap(range.base, range.size, giver->range.base,
						    giver->range.size))
				continue;
			for (size_t k = 0; k < o->list.n; k++)
				if (same_owner(giver, &o->list.at[k]))
					owners_take(vague, o->list.at[k].range, "", 0, 0);
		}
}

/* Cut the stretch where what is vague begins or ends; true if it is. */
static bool cut_at_vague(const struct owners *vague, struct stretch *s)
{
	for (size_t i = 0; i < vague->list.n; i++) {
		uint64_t start = PF_PFN_DOWN(vague->list.at[i].range.base);
		uint64_t end = PF_PFN_UP(range_end(vague->list.at[i].range));

		if (s->start < start && start < s->end)
			s->end = start;
		if (start <= s->start && s->start < end) {
			s->end = end < s->end ? end : s->end;
			return true;
		}
	}
	return false;
}

#define PAGES_SHOWN 5

/* Pages that differ, as they are found. */
struct page_check {
	struct replay *r;
	struct owners vague;
	uint64_t wrong;
	uint64_t ours, theirs; /* reserved pages in what is vague */
	size_t told;
};

static void check_stretch(struct page_check *c, const struct stretch *s)
{
	if (s->ours == s->theirs)
		return;
	c->wrong += s->end - s->start;
	if (c->told++ >= PAGES_SHOWN)
		return;
	if (!s->line)
		replay_differs(c->r, 0,
			       "%s: pages 0x%llx-0x%llx are never handed over here, and no line of "
			       "it has them",
			       c->r->machine->class_path, (ull)s->start, (ull)s->end);
	else
		replay_differs(c->r, 0,
			       "%s:%zu: pages 0x%llx-0x%llx are %s here, and %s in the kernel",
			       c->r->machine->class_path, s->line, (ull)s->start, (ull)s->end,
			       s->ours ? "never handed over" : "handed over",
			       s->theirs ? "reserved" : "not reserved");
}

static void check_run(struct page_check *c, const struct page_run *run, size_t *next)
{
	const struct machine *m = c->r->machine;

	for (uint64_t pfn = run->start; pfn < run->end;) {
		struct stretch s;

		while (*next < m->classes.n && m->classes.at[*next].end <= pfn)
			++*next;
		bool vague;

		s = stretch_from(m, run, pfn, *next);
		vague = cut_at_vague(&c->vague, &s);
		c->r->pages += s.line ? s.end - s.start : 0;
		if (vague) {
			c->ours += s.ours ? s.end - s.start : 0;
			c->theirs += s.theirs ? s.end - s.start : 0;
		} else {
			check_stretch(c, &s);
		}
		pfn = s.end;
	}
}

void compare_pages(struct replay *r, const struct handover *h, const struct late *late)
{
	const struct machine *m = r->machine;
	struct page_check c = { .r = r };
	size_t next = 0;

	if (m->class_text.bytes && !m->classes.n)
		replay_differs(r, 0, "%s: no class of pages in it", m->class_path);
	if (m->classes.n && (r->blind || !m->log.operations)) {
		replay_lacks(r, "which pages are reserved (%s): kpageflags.txt is not compared",
			     m->log.operations ? "the log lacks its beginning"
					       : "boot with memblock=debug to have it");
		return;
	}
	compare_vague(r, late, &c.vague);
	for (size_t i = 0; m->classes.n && i < h->runs.n; i++)
		check_run(&c, &h->runs.at[i], &next);
	if (c.told > PAGES_SHOWN)
		replay_differs(r, 0, "%s: in all, %llu pages differ", m->class_path, (ull)c.wrong);
	if (c.ours != c.theirs)
		replay_differs(r, 0,
			       "%s: of reservations that were given back in part, %llu pages are "
			       "kept here, %llu in the kernel",
			       m->class_path, (ull)c.ours, (ull)c.theirs);
	owners_free(&c.vague);
}
