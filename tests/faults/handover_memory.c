/* SPDX-License-Identifier: MIT */
/* Which pages are in which zone, which of them are free, and what a way may change about that. */
#include "linux_handover.h"

#include <string.h>

/* With mirrored memory two zones may span the same pages: what is mirrored is the kernel's. */
static bool in_zone(const struct memblock_region *r, const struct zone *z)
{
	bool by_mirror = mirrored_kernelcore && memblock_has_mirror();

	if (node_or_first(memblock_get_region_node(r)) != z->nid)
		return false;
	return !by_mirror || strcmp(z->name, "Movable") || !memblock_is_mirror(r);
}

/*
 * The pages from @start on, up to @end, that are in one zone: the last that has them, for Movable
 * is last on its node. Their zone is SIZE_MAX if they are in none.
 */
static struct pages next_in_one_zone(const struct linux_handover *h,
				     const struct memblock_region *r, uint64_t start, uint64_t end)
{
	struct pages p = { start, end, SIZE_MAX };

	for (size_t i = 0; i < h->zones->list.n; i++) {
		const struct zone *z = &h->zones->list.at[i];
		uint64_t zone_end = z->start_pfn + z->spanned;

		if (!z->present || !in_zone(r, z) || zone_end <= start)
			continue;
		if (z->start_pfn > start) {
			p.end = min64(p.end, z->start_pfn);
			continue;
		}
		p.end = min64(p.end, zone_end);
		p.zone = i;
	}
	return p;
}

static void find_memory(struct linux_handover *h)
{
	const struct memblock_region *r;

	for_each_mem_region(r) {
		uint64_t end = memblock_region_memory_end_pfn(r);

		for (uint64_t at = memblock_region_memory_base_pfn(r); at < end;) {
			struct pages p = next_in_one_zone(h, r, at, end);

			if (p.zone != SIZE_MAX)
				*vec_add(&h->memory) = p;
			at = p.end;
		}
	}
}

struct linux_node *linux_node_of(const struct linux_handover *h, size_t zone)
{
	for (size_t i = 0; i < h->nodes.n; i++)
		if (h->nodes.at[i].nid == h->zones->list.at[zone].nid)
			return &h->nodes.at[i];
	return NULL;
}

static void find_nodes(struct linux_handover *h)
{
	for (size_t i = 0; i < h->memory.n; i++) {
		const struct pages *p = &h->memory.at[i];
		struct linux_node *n = linux_node_of(h, p->zone);

		if (!n) {
			n = vec_add(&h->nodes);
			*n = (struct linux_node){ .nid = h->zones->list.at[p->zone].nid,
						  .first_deferred = UINT64_MAX };
		}
		n->last_zone = p->zone > n->last_zone ? p->zone : n->last_zone;
		n->end = max64(n->end, p->end);
	}
}

size_t pages_first_behind(const page_ranges *r, uint64_t pfn)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->at[middle].end <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has(const struct pages *p, uint64_t pfn)
{
	return pfn >= p->start && pfn < p->end;
}

size_t linux_zone_of(struct linux_handover *h, uint64_t pfn)
{
	if (h->hint >= h->memory.n || !has(&h->memory.at[h->hint], pfn))
		h->hint = pages_first_behind(&h->memory, pfn);
	return h->hint < h->memory.n && has(&h->memory.at[h->hint], pfn)
		       ? h->memory.at[h->hint].zone
		       : SIZE_MAX;
}

void linux_pages(const struct linux_handover *h, struct range range, page_ranges *to)
{
	uint64_t start = PF_PFN_UP(range.base);
	uint64_t end = PF_PFN_DOWN(range_end(range));

	for (size_t i = pages_first_behind(&h->memory, start);
	     start < end && i < h->memory.n && h->memory.at[i].start < end; i++)
		*vec_add(to) =
			(struct pages){ max64(start, h->memory.at[i].start),
					min64(end, h->memory.at[i].end), h->memory.at[i].zone };
}

static void find_free(struct linux_handover *h)
{
	phys_addr_t start, end;
	uint64_t i;

	/* Linux forgets before this what is hot-pluggable. */
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_HOTPLUG, &start, &end, NULL)
		linux_pages(h, (struct range){ start, end - start }, &h->free);
}

void linux_find_memory(struct linux_handover *h)
{
	find_memory(h);
	find_nodes(h);
	find_free(h);
}

static void insert(page_ranges *to, const struct pages *p)
{
	size_t i = pages_first_behind(to, p->start);

	vec_add(to);
	memmove(&to->at[i + 1], &to->at[i], (to->n - 1 - i) * sizeof(*p));
	to->at[i] = *p;
}

void linux_release(struct linux_handover *h, const struct pages *p)
{
	insert(&h->free, p);
}

void linux_ready_already(struct linux_handover *h, const struct pages *p)
{
	insert(&h->keep, p);
}
