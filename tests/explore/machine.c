/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <pageframe/isolate.h>

#include <stdio.h>
#include <string.h>

struct pf_mem mem;
struct pf_zone *zone;
struct notes notes;

/* What pf_boot() allocates. */
static _Alignas(PF_FETCHED) char arena[96 * 1024];
static size_t used;

/* Somebody has it. Words of the explorer's, so it sees who has a page together with another. */
static uint32_t owned[MAX_PAGES];

static void *from_arena(size_t size)
{
	void *at = arena + used;

	used += (size + PF_FETCHED - 1) / PF_FETCHED * PF_FETCHED;
	if (used > sizeof(arena))
		xp_fail("the machine needs more than %zu bytes", sizeof(arena));
	return at;
}

/* CPUs' lists, for which such a machine is too small, with room for a chunk or two. */
static void make_lists(struct pf_zone *z, unsigned nr_cpus)
{
	for (unsigned i = 0; i < PF_PCP_ORDERS; i++) {
		z->list_least[i] = 1;
		z->list_most[i] = 2;
		for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
			z->pcp[cpu].size[i] = 1;
			z->pcp[cpu].full[i] = 1;
		}
	}
}

void machine_boot(struct pf_boot_config *config, pf_pfn reserved, unsigned long nr)
{
	memblock_reset();
	memset(&mem, 0, sizeof(mem));
	memset(&notes, 0, sizeof(notes));
	memset(owned, 0, sizeof(owned));
	memset(arena, 0, used);
	used = 0;
	port_mistake = false;
	config->alloc = from_arena;
	config->zone_end[PF_ZONE_NORMAL] = ~0ul;
	if (!config->nr_cpus)
		config->nr_cpus = 2;
	if (!config->memory_block_order)
		config->memory_block_order = PF_BLOCK_ORDER;
	memblock_add_node(0, PF_PFN_PHYS(PAGES), 0, MEMBLOCK_NONE);
	if (nr)
		memblock_reserve(PF_PFN_PHYS(reserved), PF_PFN_PHYS(nr));
	if (pf_boot(&mem, config))
		xp_fail("the machine does not boot");
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	make_lists(zone, config->nr_cpus);
	xp_keep(&mem, sizeof(mem));
	xp_keep(&notes, sizeof(notes));
	xp_keep(owned, sizeof(owned));
	xp_keep(arena, used);
}

void boot_free(void)
{
	struct pf_boot_config config = { 0 };

	machine_boot(&config, 0, 0);
}

/* --- owners --- */

void is_mine(pf_pfn pfn, unsigned long nr)
{
	if (pfn >= MAX_PAGES || nr > MAX_PAGES - pfn)
		xp_fail("page %#lx is no memory, and was handed out", (unsigned long)pfn);
	for (; nr--; pfn++) {
		if (pf_exchange_acquire(&owned[pfn], 1))
			xp_fail("page %#lx is handed out twice", (unsigned long)pfn);
	}
}

void is_given_up(pf_pfn pfn, unsigned long nr)
{
	for (; nr--; pfn++)
		pf_store_release(&owned[pfn], 0u);
}

pf_pfn get(unsigned order, pf_gfp gfp)
{
	pf_pfn pfn;

	xp_note("pf_alloc_pages(order %u)", order);
	pfn = pf_alloc_pages(&mem, order, gfp);
	if (pfn != PF_NO_PFN)
		is_mine(pfn, 1ul << order);
	xp_note(pfn == PF_NO_PFN ? "  = none" : "  = page %#lx", (unsigned long)pfn);
	return pfn;
}

void put(pf_pfn pfn, unsigned order)
{
	if (pfn == PF_NO_PFN)
		return;
	xp_note("pf_free_pages(page %#lx, order %u)", (unsigned long)pfn, order);
	is_given_up(pfn, 1ul << order);
	pf_free_pages(&mem, pfn, order);
	xp_note("  done");
}

int poison(pf_pfn pfn)
{
	int ret;

	xp_note("pf_poison_page(page %#lx)", (unsigned long)pfn);
	ret = pf_poison_page(&mem, pfn);
	if (ret < 0)
		xp_note("  = %d", ret);
	else
		xp_note(ret ? "  = 1: will be out when it is freed" : "  = 0: is out");
	return ret;
}

void must_poison(pf_pfn pfn)
{
	if (pf_poison_page(&mem, pfn))
		xp_fail("page %#lx cannot be poisoned", (unsigned long)pfn);
}

void none_is_on_a_list(pf_pfn block)
{
	for (pf_pfn pfn = block; pfn < block + PF_BLOCK_PAGES; pfn++)
		if (pf_info_state(pf_page_info(&mem, pfn)) == PF_PER_CPU)
			xp_fail("page %#lx of an isolated block is on a CPU's list",
				(unsigned long)pfn);
}

void all_is_right(unsigned long memory, unsigned long kept)
{
	unsigned long free, taken = 0;
	char why[240];

	for (pf_pfn pfn = 0; pfn < MAX_PAGES; pfn++) {
		taken += owned[pfn];
		if (owned[pfn] && pf_info_state(pf_page_info(&mem, pfn)) == PF_FREE)
			xp_fail("page %#lx is somebody's, and free", (unsigned long)pfn);
	}
	if (!pf_drain_all(&mem))
		xp_fail("a CPU's lists cannot be drained");
	if (!pf_verify(&mem, why, sizeof(why)))
		xp_fail("pf_verify(): %s", why);
	free = zone->nr_free + zone->nr_free_of[PF_ISOLATE];
	if (free + taken + kept != memory)
		xp_fail("pages are lost, %ld of them: %lu of %lu are free, %lu somebody's",
			(long)(memory - free - taken - kept), free, memory, taken);
}

void check_all(void)
{
	all_is_right(PAGES, 0);
}

/* --- for the story --- */

static const char *const state_names[16] = {
	"absent", "reserved", "deferred",  "free",     "allocated", "split",	"offline",
	"device", "tail",     "on a list", "isolated", "no-free",   "poisoned", "nomap",
};

static const char *const type_names[8] = { "unmovable",	  "movable", "reclaimable",
					   "high-atomic", "CMA",     "isolated" };

static bool is_in(const volatile void *at, const void *array, size_t size, size_t *offset)
{
	*offset = (size_t)((const volatile char *)at - (const char *)array);
	return (const volatile char *)at >= (const char *)array && *offset < size;
}

static const char *field_of_block(size_t offset)
{
	switch (offset % sizeof(struct pf_block)) {
	case offsetof(struct pf_block, info):
		return "";
	case offsetof(struct pf_block, described):
		return ", descriptors";
	case offsetof(struct pf_block, use):
		return ", use";
	default:
		return ", links";
	}
}

void machine_place(const volatile void *at, char *text, size_t size)
{
	size_t offset;

	if (is_in(at, mem.blocks, mem.nr_blocks * sizeof(struct pf_block), &offset))
		snprintf(text, size, "block %#lx%s",
			 (unsigned long)pf_block_pfn(&mem, offset / sizeof(struct pf_block)),
			 field_of_block(offset));
	else if (is_in(at, mem.pages, (mem.nr_blocks << PF_BLOCK_ORDER) * sizeof(struct pf_page),
		       &offset) &&
		 offset % sizeof(struct pf_page) == 0)
		snprintf(text, size, "page %#lx",
			 (unsigned long)(mem.first_pfn + offset / sizeof(struct pf_page)));
}

static void say_info(uint32_t info, bool of_block, char *text, size_t size)
{
	enum pf_state state = pf_info_state(info);
	static const char *const whose[] = { "handed out", "waiting", "coming back", "" };
	bool has_order = state == PF_FREE || state == PF_ALLOCATED;
	char order[24] = "";

	if (state == PF_NOFREE)
		snprintf(order, sizeof(order), ", %s", whose[pf_info_migratetype(info) & 3]);
	if (has_order && (!of_block || info & PF_INFO_FIRST))
		snprintf(order, sizeof(order), ", order %u", pf_info_order(info));
	snprintf(text, size, "%s%s%s%s%s", state_names[state], order, of_block ? ", " : "",
		 of_block ? type_names[pf_info_migratetype(info)] : "",
		 info & PF_INFO_MARKED ? ", marked" : "");
}

void machine_value(const volatile void *at, uint64_t value, char *text, size_t size)
{
	static const char *const described[] = { "not written", "being written", "written" };
	size_t offset;

	if (is_in(at, mem.blocks, mem.nr_blocks * sizeof(struct pf_block), &offset)) {
		offset %= sizeof(struct pf_block);
		if (offset == offsetof(struct pf_block, info))
			say_info((uint32_t)value, true, text, size);
		else if (offset == offsetof(struct pf_block, described) && value < 3)
			snprintf(text, size, "%s", described[value]);
	} else if (is_in(at, mem.pagemaps, sizeof(mem.pagemaps), &offset)) {
		snprintf(text, size, value ? "a device" : "none");
	} else if (is_in(at, mem.pages, (mem.nr_blocks << PF_BLOCK_ORDER) * sizeof(struct pf_page),
			 &offset) &&
		   offset % sizeof(struct pf_page) == 0) {
		say_info((uint32_t)value, false, text, size);
	}
}
