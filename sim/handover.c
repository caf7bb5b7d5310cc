/* SPDX-License-Identifier: MIT */
#include "handover.h"

#include <string.h>
#include <sys/mman.h>

#include "../port/posix/port.h"
#include "../src/memmap/poison.h"

/*
 * No more than this from the first byte of memory to the last: entries of all blocks between are
 * looked at, and AddressSanitizer keeps a byte for eight of descriptors.
 */
#ifdef PFI_ASAN
#define MAX_SPAN (1ull << 38)
#else
#define MAX_SPAN (1ull << 46)
#endif

/* --- memory that no machine has: for the recorded mode, where ours must not be in memblock --- */

struct mapping {
	void *at;
	size_t size;
};
static VEC(struct mapping) mappings;

void *handover_alloc(size_t size)
{
	void *at = posix_memmap_reserve(size);

	if (at)
		*vec_add(&mappings) = (struct mapping){ at, size };
	return at;
}

void handover_free_all(void)
{
	for (size_t i = 0; i < mappings.n; i++)
		munmap(mappings.at[i].at, mappings.at[i].size);
	vec_free(&mappings);
}

/* --- native: our memory map instead of the kernel's --- */

static bool is_kernels_map(const struct owned *o)
{
	static const char *const makers[] = { "sparse_init", "vmemmap_", "memmap_alloc",
					      "sparse_index_", "memmap_init" };

	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++)
		if (!strncmp(o->who, makers[i], strlen(makers[i])))
			return true;
	return false;
}

static void drop_kernels_map(struct handover *h, struct replay *r)
{
	for (size_t i = 0; i < r->owners.list.n;) {
		struct range range = r->owners.list.at[i].range;

		if (!is_kernels_map(&r->owners.list.at[i])) {
			i++;
			continue;
		}
		h->kernels_map += range.size;
		memblock_phys_free(range.base, range.size);
		owners_drop(&r->owners, range);
	}
}

static void own_our_map(struct replay *r)
{
	const struct memblock_region *m;

	for_each_reserved_mem_region(m)
		owners_take(&r->owners, (struct range){ m->base, m->size }, "pf_boot", 7, 0);
}

/* --- what became of each page --- */

static void add_run(struct handover *h, uint64_t start, uint64_t end, enum fate fate)
{
	struct page_run *last = h->runs.n ? &h->runs.at[h->runs.n - 1] : NULL;

	if (last && last->end == start && last->fate == fate)
		last->end = end;
	else
		*vec_add(&h->runs) = (struct page_run){ start, end, fate };
}

static void find_runs(struct handover *h)
{
	struct pf_run run = { .end = h->mem.first_pfn };

	while (pf_next_run(&h->mem, &run))
		add_run(h, run.start, run.end,
			run.state == PF_RESERVED || run.state == PF_NOMAP ? FATE_NEVER
									  : FATE_HANDED_OVER);
}

static int by_start(const void *a, const void *b)
{
	const struct page_run *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Plugged in after memblock's time, and put online whole. */
static void add_later_memory(struct handover *h, const struct machine *m)
{
	size_t n = h->runs.n, kept = 0;

	for (size_t i = 0; i < m->iomem.n; i++)
		if (is_later_memory(&m->iomem.at[i]))
			*vec_add(&h->runs) =
				(struct page_run){ m->iomem.at[i].range.base >> PF_PAGE_SHIFT,
						   range_end(m->iomem.at[i].range) >> PF_PAGE_SHIFT,
						   FATE_HANDED_OVER };
	if (h->runs.n == n)
		return;
	qsort(h->runs.at, h->runs.n, sizeof(*h->runs.at), by_start);
	n = h->runs.n;
	h->runs.n = 0;
	for (; kept < n; kept++)
		add_run(h, h->runs.at[kept].start, h->runs.at[kept].end, h->runs.at[kept].fate);
}

const struct page_run *handover_find(const struct handover *h, uint64_t pfn)
{
	size_t low = 0, high = h->runs.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (h->runs.at[mid].end <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < h->runs.n && h->runs.at[low].start <= pfn ? &h->runs.at[low] : NULL;
}

/* --- the boot --- */

static uint64_t managed(const struct pf_mem *mem)
{
	uint64_t pages = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			pages += mem->nodes[nid]->zone[z].managed;
	return pages;
}

static void free_late(struct handover *h, struct replay *r, const struct late_free *f)
{
	uint64_t before = managed(&h->mem);

	if (pf_free_late(&h->mem, f->range.base, f->range.size))
		replay_differs(r, f->line,
			       "%s [0x%llx-0x%llx): some of it was not reserved when it was freed",
			       f->what, (unsigned long long)f->range.base,
			       (unsigned long long)range_end(f->range));
	*vec_add(&h->late) = managed(&h->mem) - before;
}

static bool boot(struct handover *h, struct replay *r)
{
	static struct pf_memmap_ops mapped;
	struct pf_boot_config config = { .zone_end = { 0 } };

	mapped = posix_memmap;
	mapped.reserve = handover_alloc; /* so that it is given back */

	zones_config(&config, r ? r->machine : NULL);
	if (h->as == AS_RECORDED)
		config.alloc = handover_alloc;
	else
		config.memmap = &mapped;
	if (h->as == AS_NATIVE && r)
		drop_kernels_map(h, r);
	/* A log that lacks its beginning has no simulated memory yet, and no array in it. */
	if (h->as == AS_NATIVE && !posix_port_memory(memblock_end_of_DRAM()))
		return false;
	return !pf_boot(&h->mem, &config);
}

void handover_run(struct handover *h, struct replay *r, const struct late *late, enum boot_as as)
{
	*h = (struct handover){ .as = as };
	if (!memblock.memory.cnt)
		return;
	if (memblock_end_of_DRAM() - memblock_start_of_DRAM() > MAX_SPAN) {
		if (r)
			replay_lacks(r, "a memory map: from %lluG to %lluG is too far for one here",
				     (unsigned long long)memblock_start_of_DRAM() >> 30,
				     (unsigned long long)memblock_end_of_DRAM() >> 30);
		return;
	}
	posix_port_clears = true; /* from here on it is our own structures that are allocated */
	h->ready = boot(h, r);
	posix_port_clears = false;
	if (!h->ready) {
		if (r)
			replay_differs(r, 0,
				       "pageframe cannot boot this: a zone is wider than 2^32 "
				       "pages, or there is no room for the memory map");
		return;
	}
	if (as == AS_NATIVE && r)
		own_our_map(r);
	h->at_once = memblock_free_all(&h->mem);
	for (size_t i = 0; late && i < late->list.n; i++)
		free_late(h, r, &late->list.at[i]);
	h->described = pf_described_blocks(&h->mem);
	find_runs(h);
	if (r)
		add_later_memory(h, r->machine);
}

void handover_free(struct handover *h)
{
	if (h->ready)
		pf_close(&h->mem);
	handover_free_all();
	vec_free(&h->late);
	vec_free(&h->runs);
}
