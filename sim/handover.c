/* SPDX-License-Identifier: MIT */
#include "handover.h"

#include <string.h>
#include <sys/mman.h>

#include "../port/posix/port.h"
#include "../src/memmap/poison.h"
#include "after_boot.h"
#include "kmem_map.h"
#include "memmap.h"
#include "unlogged.h"

/*
 * No more than this from the first byte of memory to the last: entries of all blocks between are
 * looked at, and AddressSanitizer keeps a byte for eight of descriptors.
 */
#ifdef PFI_ASAN
#define MAX_SPAN (1ull << 38)
#else
#define MAX_SPAN ((1ull << 46) + (1ull << 32)) /* 64 TiB, and the hole below 4 GiB */
#endif

/* --- memory that no machine has: for the recorded mode, where ours must not be in memblock --- */

struct mapping {
	void *at;
	size_t size;
};
static VEC(struct mapping) mappings;
static struct kmem_map behind; /* what is behind a page of a map in an address range of its own */

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
	kmem_map_free(&behind);
}

/* --- a map in an address range of its own, of which pages come and go --- */

static int map_and_note(void *virt, pf_phys phys, size_t size, int nid)
{
	(void)nid;
	for (size_t at = 0; at < size; at += PF_PAGE_SIZE)
		kmem_map_set(&behind, ((uintptr_t)virt + at) / PF_PAGE_SIZE, phys + at);
	return 0;
}

static pf_phys unmap_noted(void *virt, size_t size)
{
	madvise(virt, size, MADV_DONTNEED);
	return (pf_phys)kmem_map_get(&behind, (uintptr_t)virt / PF_PAGE_SIZE);
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

static void drop(struct handover *h, struct replay *r, struct range range)
{
	h->kernels_map += range.size;
	memblock_phys_free(range.base, range.size);
	owners_drop(&r->owners, range);
	owners_take(&h->dropped, range, "", 0, 0);
}

static bool is_rest(const struct owned *o)
{
	return o->length == strlen(UNLOGGED_REST) && !strncmp(o->who, UNLOGGED_REST, o->length);
}

/* Without memblock=debug the kernel's map is in what is told by its number only. */
static void drop_guessed_map(struct handover *h, struct replay *r)
{
	uint64_t left = memmap_guess(&r->machine->log);

	for (size_t i = r->owners.list.n; left && i--;) {
		struct range range = r->owners.list.at[i].range;

		if (!is_rest(&r->owners.list.at[i]))
			continue;
		if (range.size > left) { /* the highest part, as the kernel has it */
			range.base += range.size - left;
			range.size = left;
		}
		left -= range.size;
		h->map_guessed = true;
		drop(h, r, range);
	}
}

static void drop_kernels_map(struct handover *h, struct replay *r)
{
	if (!r->machine->log.operations)
		drop_guessed_map(h, r);
	for (size_t i = 0; i < r->owners.list.n;) {
		struct range range = r->owners.list.at[i].range;

		if (!is_kernels_map(&r->owners.list.at[i])) {
			i++;
			continue;
		}
		drop(h, r, range);
	}
}

/* The kernel gives back parts of its own memory map, too; ours may be in their place. */
static bool was_dropped(const struct handover *h, struct range range)
{
	for (size_t i = 0; i < h->dropped.list.n; i++) {
		struct range gone = h->dropped.list.at[i].range;

		if (memblock_addrs_overlap(range.base, range.size, gone.base, gone.size))
			return true;
	}
	return false;
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

/* What each zone has more than @counts says, which is brought up to date; @h NULL: just that. */
static uint64_t count_managed(const struct pf_mem *mem, uint64_t *counts, struct handover *h)
{
	uint64_t pages = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (unsigned z = 0; mem->nodes[nid] && z < PF_ZONES; z++) {
			uint64_t *count = &counts[(unsigned)nid * PF_ZONES + z];
			uint64_t gain = mem->nodes[nid]->zone[z].managed - *count;

			*count += gain;
			pages += gain;
			if (h && gain)
				*vec_add(&h->gains) =
					(struct late_gain){ h->late.n, nid, (enum pf_zone_type)z,
							    gain };
		}
	return pages;
}

static void free_late(struct handover *h, struct replay *r, const struct late_free *f,
		      uint64_t *counts)
{
	uint64_t pages;

	if (!was_dropped(h, f->range) && pf_free_late(&h->mem, f->range.base, f->range.size) &&
	    !r->blind)
		replay_differs(r, f->line,
			       "%s [0x%llx-0x%llx): some of it was not reserved when it was freed",
			       f->what, (unsigned long long)f->range.base,
			       (unsigned long long)range_end(f->range));
	pages = count_managed(&h->mem, counts, h);
	*vec_add(&h->late) = pages;
}

static void free_all_late(struct handover *h, struct replay *r, const struct late *late)
{
	VEC(uint64_t) counts = { 0 };

	for (int i = 0; i < h->mem.nr_nodes * PF_ZONES; i++)
		vec_add(&counts);
	count_managed(&h->mem, counts.at, NULL);
	for (size_t i = 0; i < late->list.n; i++)
		free_late(h, r, &late->list.at[i], counts.at);
	vec_free(&counts);
}

/* What it says goes where people read why it is refused. */
static bool boot_aloud(struct handover *h, const struct pf_boot_config *config)
{
	FILE *shown = posix_port_output;
	size_t length;
	bool ready;

	posix_port_output = open_memstream(&h->refusal, &length);
	ready = !pf_boot(&h->mem, config);
	if (posix_port_output && fclose(posix_port_output) == 0)
		h->refusal[strcspn(h->refusal, "\n")] = '\0';
	posix_port_output = shown;
	return ready;
}

static void add_wishes(struct pf_boot_config *config, const struct handover_wishes *w)
{
	if (config->max_possible_pfn < PF_PFN_DOWN(w->up_to))
		config->max_possible_pfn = PF_PFN_DOWN(w->up_to);
	if (w->cpus)
		config->nr_cpus = w->cpus;
	config->nr_nodes = w->nodes;
	config->pages_at_once = PF_PFN_DOWN(w->at_once);
	if (w->memory_block_order)
		config->memory_block_order = w->memory_block_order;
}

static bool boot(struct handover *h, struct replay *r, const struct handover_wishes *wishes)
{
	static struct pf_memmap_ops mapped;
	struct pf_boot_config config = { .zone_end = { 0 } };

	mapped = posix_memmap;
	mapped.reserve = handover_alloc; /* so that it is given back */
	mapped.unmap = NULL;		 /* of a recorded machine nothing goes */
	if (!r) {
		mapped.map = map_and_note;
		mapped.unmap = unmap_noted;
	}

	zones_config(&config, r ? r->machine : NULL);
	if (h->as == AS_RECORDED && r)
		after_boot_config(&config, r->machine);
	add_wishes(&config, wishes);
	if (h->as == AS_RECORDED)
		config.alloc = handover_alloc;
	else
		config.memmap = &mapped;
	if (h->as == AS_NATIVE && r)
		drop_kernels_map(h, r);
	/* A log that lacks its beginning has no simulated memory yet, and no array in it. */
	if (h->as == AS_NATIVE && !posix_port_memory(memblock_end_of_DRAM())) {
		h->refusal = strdup("its memory reaches too high to simulate");
		return false;
	}
	/* By then all that is mapped can be had, whether or not an allocation of the log shows it.
	 */
	if (h->as == AS_NATIVE && r)
		memblock_set_current_limit(log_mapped_end(&r->machine->log));
	return boot_aloud(h, &config);
}

static void refuse_span(struct handover *h, struct replay *r, uint64_t end)
{
	unsigned long long from = memblock_start_of_DRAM() >> 30;
	unsigned long long to = end >> 30;

	if (asprintf(&h->refusal,
		     "from %lluG to %lluG is too far for a memory map here, which spans %lluG at "
		     "most",
		     from, to, (unsigned long long)MAX_SPAN >> 30) < 0)
		h->refusal = NULL;
	if (r)
		replay_lacks(r, "a memory map: from %lluG to %lluG is too far for one here", from,
			     to);
}

const char *handover_refusal(const struct handover *h)
{
	return h->refusal && *h->refusal ? h->refusal : "out of memory";
}

void handover_run(struct handover *h, struct replay *r, const struct late *late, enum boot_as as)
{
	handover_run_with(h, r, late, as, &(struct handover_wishes){ .up_to = 0 });
}

void handover_run_with(struct handover *h, struct replay *r, const struct late *late,
		       enum boot_as as, const struct handover_wishes *wishes)
{
	uint64_t end = memblock_end_of_DRAM();

	*h = (struct handover){ .as = as };
	if (!memblock.memory.cnt)
		return;
	if (end < wishes->up_to)
		end = wishes->up_to;
	if (end - memblock_start_of_DRAM() > MAX_SPAN) {
		refuse_span(h, r, end);
		return;
	}
	posix_port_clears = true; /* from here on it is our own structures that are allocated */
	h->ready = boot(h, r, wishes);
	posix_port_clears = false;
	if (!h->ready) {
		if (r)
			replay_differs(r, 0, "pageframe cannot boot this: %s", handover_refusal(h));
		return;
	}
	if (as == AS_NATIVE && r)
		own_our_map(r);
	h->at_once = memblock_free_all(&h->mem);
	if (late)
		free_all_late(h, r, late);
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
	free(h->refusal);
	owners_free(&h->dropped);
	vec_free(&h->late);
	vec_free(&h->gains);
	vec_free(&h->runs);
}
