/* SPDX-License-Identifier: MIT */
#include "linux_handover.h"

#include <string.h>

#define MOST_PAGES (UINT64_C(1) << 30) /* 4 TiB: more would take minutes here */

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* --- step 1: what is initialised early --- */

/* Sections with memory in them have descriptors for all of their pages. */
static void for_each_section(struct linux_handover *h,
			     void (*act)(struct descriptors *d, uint64_t start, uint64_t end))
{
	uint64_t done = 0;

	for (size_t i = 0; i < h->memory.n; i++) {
		uint64_t start = h->memory.at[i].start & ~(SECTION_PAGES - 1);
		uint64_t end = round_up(h->memory.at[i].end, SECTION_PAGES);

		act(&h->d, max64(start, done), end);
		done = max64(done, end);
	}
}

/*
 * Does @pfn, outside memory perhaps, have a descriptor? If not, @next is the next that may: from a
 * damaged log reservations reach so far that a section at a time is too slow.
 */
static bool in_section(const struct linux_handover *h, uint64_t pfn, uint64_t *next)
{
	uint64_t section = pfn & ~(SECTION_PAGES - 1);
	size_t i = pages_first_behind(&h->memory, section);

	*next = section + SECTION_PAGES;
	if (i < h->memory.n && h->memory.at[i].start < *next)
		return true;
	*next = i < h->memory.n ? h->memory.at[i].start & ~(SECTION_PAGES - 1) : UINT64_MAX;
	return false;
}

static void init_where_there_are(struct linux_handover *h, uint64_t start, uint64_t end)
{
	for (uint64_t pfn = start, next; pfn < end; pfn = next)
		if (in_section(h, pfn, &next))
			descriptors_init(&h->d, pfn, min64(end, next));
}

/*
 * A section of the node's last zone, and on to where the next one begins; what comes behind is
 * deferred. 32-bit kernels do not defer.
 */
static uint64_t early_end(struct linux_handover *h, const struct pages *p)
{
	struct linux_node *n = linux_node_of(h, p->zone);
	uint64_t wanted, boundary;

	if (p->zone != n->last_zone)
		return p->end;
	for (size_t i = 0; i < h->zones->limits.n; i++)
		if (!strcmp(h->zones->limits.at[i].name, "HighMem"))
			return p->end;
	if (n->first_deferred != UINT64_MAX)
		return p->start;
	wanted = n->counted < SECTION_PAGES ? SECTION_PAGES - n->counted : 0;
	boundary = round_up(p->start + wanted, SECTION_PAGES);
	if (boundary >= p->end) {
		n->counted += p->end - p->start;
		return p->end;
	}
	n->first_deferred = boundary;
	return boundary;
}

/*
 * Also the pages of which only a part is reserved. Linux initialises those again that two
 * reservations share, or a reservation and a hole; nobody can have used them yet, so not here.
 */
static void init_reserved(struct linux_handover *h, const struct memblock_region *r)
{
	uint64_t end = PF_PFN_UP(r->base + r->size);

	for (uint64_t pfn = PF_PFN_DOWN(r->base), next; pfn < end; pfn = next) {
		if (!in_section(h, pfn, &next))
			continue;
		for (next = min64(next, end); pfn < next; pfn++)
			if (!descriptor_ready(&h->d, pfn))
				descriptors_init(&h->d, pfn, pfn + 1);
	}
}

static void init_early(struct linux_handover *h)
{
	const struct memblock_region *r;
	uint64_t hole = 0;

	for (size_t i = 0; i < h->memory.n; i++) {
		const struct pages *p = &h->memory.at[i];

		descriptors_init(&h->d, p->start, early_end(h, p));
		init_where_there_are(h, hole, p->start);
		hole = p->end;
	}
	init_where_there_are(h, hole, round_up(hole, SECTION_PAGES));
	for_each_reserved_mem_region(r)
		if (!memblock_is_reserved_noinit(r))
			init_reserved(h, r);
	for_each_mem_region(r)
		if (memblock_is_nomap(r))
			init_reserved(h, r);
}

/* --- the free lists --- */

bool linux_page_is_free(const struct linux_handover *h, uint64_t pfn)
{
	return descriptor_ready(&h->d, pfn) && h->d.at[pfn].state >= PAGE_INSIDE;
}

/* A buddy that cannot be read is taken for one that is in use. Linux takes what it finds there. */
static void join(struct linux_handover *h, uint64_t pfn, unsigned order, size_t zone)
{
	enum page_state state;

	for (; order < MAX_ORDER; order++) {
		uint64_t buddy = pfn ^ (UINT64_C(1) << order);

		if (!descriptor_read(&h->d, buddy, &state) || state != PAGE_HEAD + order ||
		    linux_zone_of(h, buddy) != zone)
			break;
		descriptor_write(&h->d, buddy, PAGE_INSIDE);
		pfn &= buddy;
	}
	descriptor_write(&h->d, pfn, (enum page_state)(PAGE_HEAD + order));
}

void linux_free_core(struct linux_handover *h, uint64_t pfn, unsigned order)
{
	uint64_t end = pfn + (UINT64_C(1) << order);
	size_t zone = linux_zone_of(h, pfn);
	enum page_state state;

	/* A page whose descriptor says nothing sensible is not freed, but reported: "Bad page". */
	if (zone == SIZE_MAX || !descriptor_read(&h->d, pfn, &state))
		return;
	for (uint64_t p = pfn; p < end; p++) {
		if (h->d.at[p].state >= PAGE_INSIDE)
			fault_count(&h->freed_again, 1, p);
		descriptor_write(&h->d, p, PAGE_INSIDE);
	}
	h->managed[zone] += end - pfn;
	join(h, pfn, order, zone);
}

/* --- step 2: memblock_free_all() --- */

/* In chunks as large as alignment allows. */
static void free_range(struct linux_handover *h, uint64_t start, uint64_t end)
{
	while (start < end) {
		unsigned order = start ? (unsigned)__builtin_ctzll(start) : MAX_ORDER;

		if (order > MAX_ORDER)
			order = MAX_ORDER;
		while (start + (UINT64_C(1) << order) > end)
			order--;
		linux_free_core(h, start, order);
		start += UINT64_C(1) << order;
	}
}

bool linux_is_deferred(const struct linux_handover *h, uint64_t pfn)
{
	size_t i = pages_first_behind(&h->memory, pfn);

	return i < h->memory.n && pfn >= linux_node_of(h, h->memory.at[i].zone)->first_deferred;
}

static bool make_descriptors(struct linux_handover *h)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < h->memory.n; i++)
		pages += h->memory.at[i].end - h->memory.at[i].start;
	if (!pages || pages > MOST_PAGES)
		return false;
	if (!descriptors_make(&h->d, round_up(h->memory.at[h->memory.n - 1].end, SECTION_PAGES)))
		return false;
	for_each_section(h, descriptors_provide);
	return true;
}

bool linux_begin(struct linux_handover *h, const struct zones *zones)
{
	*h = (struct linux_handover){ .zones = zones, .pause_at = UINT64_MAX };
	linux_find_memory(h);
	if (!make_descriptors(h))
		return false;
	h->managed = calloc(zones->list.n, sizeof(*h->managed));
	if (!h->managed)
		return false;
	init_early(h);
	for (size_t i = 0; i < h->free.n; i++) {
		const struct pages *p = &h->free.at[i];

		free_range(h, p->start, min64(p->end, linux_node_of(h, p->zone)->first_deferred));
	}
	return true;
}

void linux_free(struct linux_handover *h)
{
	if (h->d.at)
		for_each_section(h, descriptors_withdraw);
	descriptors_free(&h->d);
	vec_free(&h->nodes);
	vec_free(&h->memory);
	vec_free(&h->free);
	vec_free(&h->aside);
	vec_free(&h->keep);
	free(h->managed);
	h->managed = NULL;
}

/* --- step 3: deferred initialisation --- */

/* The part of [*start, end) that need not be skipped; *start moves behind it. */
static struct pages next_to_init(const struct linux_handover *h, uint64_t *start, uint64_t end)
{
	struct pages p = { *start, end, 0 };

	for (size_t i = pages_first_behind(&h->keep, *start);
	     i < h->keep.n && h->keep.at[i].start < end; i++) {
		if (h->keep.at[i].start > p.start) {
			p.end = h->keep.at[i].start;
			*start = h->keep.at[i].end;
			return p;
		}
		p.start = min64(end, h->keep.at[i].end);
	}
	*start = end;
	return p;
}

/* The free memory of the zone in [start, end), a range at a time. */
static struct pages next_free(const struct linux_handover *h, size_t zone, uint64_t start,
			      uint64_t end)
{
	for (size_t i = pages_first_behind(&h->free, start);
	     i < h->free.n && h->free.at[i].start < end; i++)
		if (h->free.at[i].zone == zone)
			return (struct pages){ max64(start, h->free.at[i].start),
					       min64(end, h->free.at[i].end), zone };
	return (struct pages){ end, end, zone };
}

static void init_chunk(struct linux_handover *h, size_t zone, uint64_t start, uint64_t end)
{
	for (struct pages p = next_free(h, zone, start, end); p.start < end;
	     p = next_free(h, zone, p.end, end))
		for (uint64_t from = p.start; from < p.end;) {
			struct pages part = next_to_init(h, &from, p.end);

			descriptors_init(&h->d, part.start, part.end);
		}
}

/* A whole chunk at once, parts of one page by page. */
static void free_chunk(struct linux_handover *h, size_t zone, uint64_t start, uint64_t end)
{
	for (struct pages p = next_free(h, zone, start, end); p.start < end;
	     p = next_free(h, zone, p.end, end)) {
		if (p.end - p.start == MAX_ORDER_PAGES) {
			linux_free_core(h, p.start, MAX_ORDER);
			continue;
		}
		for (uint64_t pfn = p.start; pfn < p.end; pfn++)
			linux_free_core(h, pfn, 0);
	}
}

static void node_deferred(struct linux_handover *h, const struct linux_node *n, uint64_t first)
{
	uint64_t at = first;

	while (at < n->end) {
		uint64_t end = min64(n->end, round_up(at + 1, MAX_ORDER_PAGES));

		if (at >= h->pause_at) {
			h->pause_at = UINT64_MAX;
			h->paused(h, h->paused_arg);
		}
		init_chunk(h, n->last_zone, at, end);
		free_chunk(h, n->last_zone, at, end);
		at = next_free(h, n->last_zone, end, n->end).start;
	}
}

/* All nodes' threads start before the first has done much; here they then run one by one. */
void linux_deferred(struct linux_handover *h)
{
	VEC(uint64_t) first = { 0 };

	for (size_t i = 0; i < h->nodes.n; i++) {
		*vec_add(&first) = h->nodes.at[i].first_deferred;
		h->nodes.at[i].first_deferred = UINT64_MAX;
	}
	for (size_t i = 0; i < h->nodes.n; i++)
		node_deferred(h, &h->nodes.at[i], first.at[i]);
	vec_free(&first);
}
