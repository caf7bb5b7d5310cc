/* SPDX-License-Identifier: MIT */
#include "why.h"

#include <string.h>

#include "compare.h"
#include "requests.h"

/* --- where it lies --- */

static bool overlaps(struct range a, struct range b)
{
	return a.base < range_end(b) && b.base < range_end(a);
}

static void find_entries(why_entries *found, const struct map_entry *map, size_t n,
			 struct range page)
{
	for (size_t i = 0; i < n; i++)
		if (overlaps(map[i].range, page))
			*vec_add(found) = &map[i];
}

static void find_maps(struct why *w, const struct boot_log *log)
{
	find_entries(&w->e820, log->e820.at, log->e820.n, w->page);
	find_entries(&w->user, log->user.at, log->user.n, w->page);
	find_entries(&w->changes, log->e820_changes.at, log->e820_changes.n, w->page);
	find_entries(&w->efi, log->efi.at, log->efi.n, w->page);
}

static void find_memory(struct why *w)
{
	const struct memblock_region *rgn;

	for_each_mem_region(rgn) {
		struct range range = { rgn->base, rgn->size };

		if (!w->memory && overlaps(range, w->page))
			w->memory = rgn;
		if (range_end(range) <= w->page.base)
			w->below = rgn;
		else if (!w->above && range.base >= range_end(w->page))
			w->above = rgn;
	}
}

static void find_later_zone(struct why *w)
{
	for (size_t i = 0; i < w->s->z.list.n; i++) {
		const struct zone *zone = &w->s->z.list.at[i];

		if (!zone->later || w->pfn < zone->start_pfn ||
		    w->pfn - zone->start_pfn >= zone->spanned)
			continue;
		w->zone = zone->name;
		w->nid = zone->nid;
	}
}

static void find_zone(struct why *w)
{
	const struct pf_mem *mem = &w->s->h.mem;
	uint32_t info = pf_page_info(mem, w->pfn);

	if (pf_info_state(info) != PF_ABSENT) {
		w->zone = pf_zone_name(pf_info_zone(info));
		w->nid = pf_info_node(info);
		w->block = true;
		w->split = pf_info_state(pf_block(mem, w->pfn)->info) == PF_SPLIT;
	} else if (w->end == WHY_LATER) {
		find_later_zone(w);
	}
}

static void find_resources(struct why *w, const struct machine *m)
{
	for (size_t i = 0; i < m->iomem.n; i++)
		if (overlaps(m->iomem.at[i].range, w->page))
			*vec_add(&w->iomem) = &m->iomem.at[i];
}

/* --- who had it --- */

static void find_owners(struct why *w, const struct owners *owners)
{
	for (size_t i = 0; i < owners->list.n; i++)
		if (overlaps(owners->list.at[i].range, w->page))
			*vec_add(&w->owners) = &owners->list.at[i];
}

/* A node's data: the line behind the reservation tells whose it is. */
static bool is_node_data(const struct boot_log *log, size_t i)
{
	const struct event *after = i + 1 < log->events.n ? &log->events.at[i + 1] : NULL;

	return by_allocator(&log->events.at[i]) && after && after->kind == EVENT_NODE_DATA &&
	       after->range.base == log->events.at[i].range.base;
}

static void add_event(struct why *w, const struct boot_log *log, size_t i)
{
	const struct event *e = &log->events.at[i];
	const struct event *rq = by_allocator(e) ? request_of(log, i) : NULL;
	const char *who = rq ? rq->caller : is_node_data(log, i) ? "alloc_node_data" : e->caller;

	*vec_add(&w->history) = (struct why_event){
		e->kind, rq ? rq->line : e->line, e->range, who, caller_length(who),
	};
}

static void find_history(struct why *w, const struct boot_log *log)
{
	for (size_t i = 0; i < log->events.n; i++)
		switch (log->events.at[i].kind) {
		case EVENT_ADD:
		case EVENT_REMOVE:
		case EVENT_RESERVE:
		case EVENT_FREE:
		case EVENT_FREE_LATE:
			if (overlaps(log->events.at[i].range, w->page))
				add_event(w, log, i);
			break;
		default: /* moves no memory */
			break;
		}
}

/* --- what became of it --- */

static bool kept_at_handover(const struct why *w)
{
	return memblock_overlaps_region(&memblock.reserved, w->page.base, w->page.size) ||
	       (w->memory && w->memory->flags & MEMBLOCK_NOMAP);
}

/* Pages that a range has only a part of are not given back with it. */
static const struct late_free *find_late(const struct late *late, uint64_t pfn)
{
	for (size_t i = 0; i < late->list.n; i++) {
		struct range range = late->list.at[i].range;

		if (pfn >= PF_PFN_UP(range.base) && pfn < PF_PFN_DOWN(range_end(range)))
			return &late->list.at[i];
	}
	return NULL;
}

static enum why_end find_end(struct why *w)
{
	const struct page_run *run = handover_find(&w->s->h, w->pfn);

	if (!run)
		return WHY_NO_MEMORY;
	if (run->fate == FATE_NEVER)
		return WHY_NEVER;
	if (!w->memory)
		return WHY_LATER;
	w->late = kept_at_handover(w) ? find_late(&w->s->late, w->pfn) : NULL;
	return w->late ? WHY_LATE : WHY_AT_ONCE;
}

/* Without memblock=debug owners are guesses, too, and have it in their names. */
static bool of_vague_owner(const struct why *w)
{
	struct owners vague = { 0 };
	bool found = false;

	if (!w->s->r.machine->log.operations)
		return false;
	compare_vague(&w->s->r, &w->s->late, &vague);
	for (size_t i = 0; i < vague.list.n; i++)
		found |= overlaps(vague.list.at[i].range, w->page);
	owners_free(&vague);
	return found;
}

static bool is_guess(const struct why *w)
{
	if (w->end == WHY_LATE)
		return !w->late->placed;
	return w->end == WHY_NEVER && of_vague_owner(w);
}

/* --- what the kernel said --- */

static const struct page_class *find_class(const struct machine *m, uint64_t pfn)
{
	for (size_t i = 0; i < m->classes.n; i++)
		if (m->classes.at[i].start <= pfn && pfn < m->classes.at[i].end)
			return &m->classes.at[i];
	return NULL;
}

/* Holes have descriptors too, and those are reserved. */
static enum why_opinion find_opinion(const struct why *w)
{
	const struct machine *m = w->s->r.machine;
	bool kept = w->class && w->class->class == 'R';

	if (!m->classes.n || !m->log.operations)
		return WHY_NOT_COMPARED;
	if (w->guess)
		return WHY_NOT_KNOWN;
	if (!w->class)
		return w->end == WHY_NO_MEMORY || w->end == WHY_LATER ? WHY_AGREES : WHY_DIFFERS;
	return kept == (w->end == WHY_NEVER || w->end == WHY_NO_MEMORY) ? WHY_AGREES : WHY_DIFFERS;
}

/* --- all together --- */

void why_find(struct why *w, const struct booted *s, uint64_t pfn)
{
	const struct machine *m = s->r.machine;
	uint64_t base = pfn << PF_PAGE_SHIFT;

	*w = (struct why){ .s = s, .pfn = pfn, .page = { base, PF_PAGE_SIZE } };
	if (base > UINT64_MAX - PF_PAGE_SIZE)
		w->page.size--;
	find_maps(w, &m->log);
	find_memory(w);
	find_owners(w, &s->r.owners);
	find_history(w, &m->log);
	w->end = find_end(w);
	w->guess = is_guess(w);
	find_zone(w);
	find_resources(w, m);
	w->class = find_class(m, pfn);
	w->opinion = find_opinion(w);
}

void why_free(struct why *w)
{
	vec_free(&w->e820);
	vec_free(&w->user);
	vec_free(&w->changes);
	vec_free(&w->efi);
	vec_free(&w->owners);
	vec_free(&w->history);
	vec_free(&w->iomem);
}

const char *why_end_name(enum why_end end)
{
	static const char *const names[] = {
		[WHY_AT_ONCE] = "handed over by memblock_free_all",
		[WHY_LATE] = "handed over late",
		[WHY_NEVER] = "never handed over",
		[WHY_LATER] = "plugged in later",
		[WHY_NO_MEMORY] = "no memory",
	};

	return names[end];
}

const char *why_by(const struct why *w, size_t *length)
{
	const char *by = w->end == WHY_LATE ? w->late->what : w->end == WHY_NEVER ? "nobody" : NULL;

	if (w->end == WHY_NEVER && w->owners.n) {
		*length = w->owners.at[0]->length;
		return w->owners.at[0]->who;
	}
	*length = by ? strlen(by) : 0;
	return by;
}
