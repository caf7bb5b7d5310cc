/* SPDX-License-Identifier: MIT */
/* What look-ups say of a page, what the library says of all of them, and what it took for itself.
 */
#include "hotplug.h"

/* --- look-ups --- */

static bool is_online(unsigned long i)
{
	return block_of(i)->is == ONLINE && uses[i] != HOLE;
}

static void look_up(unsigned long i)
{
	unsigned turn = pf_read_lock(&mem.readers);
	struct pf_page *page = pf_pfn_to_online_page(&mem, pfn_of(i));

	pf_read_unlock(&mem.readers, turn);
	if (page ? page != pf_page(&mem, pfn_of(i)) || !is_online(i) : is_online(i))
		differ("page %#lx is %sonline to pf_pfn_to_online_page()", pfn_of(i),
		       page ? "" : "not ");
}

static void look_at_device(unsigned long i)
{
	const struct block_model *b = block_of(i);
	struct pf_dev_pagemap *pgmap = pf_get_dev_pagemap(&mem, pfn_of(i));

	if (pgmap != (b->is == DEVICE ? b->device : NULL))
		differ("page %#lx is %s device's", pfn_of(i), pgmap ? "another" : "no");
	if (pgmap && pf_info_state(pf_load(&pf_page(&mem, pfn_of(i))->info)) != PF_DEVICE)
		differ("the descriptor of page %#lx is not complete", pfn_of(i));
	pf_put_dev_pagemap(pgmap);
}

static void look_at_flags(unsigned long i)
{
	uint64_t flags = pf_page_flags(&mem, pfn_of(i));
	bool poisoned = is_online(i) && (uses[i] == OUT || marked[i]);

	if (!(flags & PF_KPF_NOPAGE) != is_online(i) || !(flags & PF_KPF_HWPOISON) != !poisoned)
		differ("page %#lx has flags %#llx", pfn_of(i), (unsigned long long)flags);
}

static void scan(unsigned long i)
{
	unsigned long holes = 0, available = 0;
	struct pf_block_scan s;

	i &= ~(PF_BLOCK_PAGES - 1);
	for (unsigned long j = i; j < i + PF_BLOCK_PAGES; j++) {
		holes += !is_online(j);
		available += uses[j] == AVAILABLE;
	}
	if (pf_scan_block(&mem, pfn_of(i), &s) != (holes < PF_BLOCK_PAGES))
		differ("the block at %#lx can be scanned, or not", pfn_of(i));
	if (holes == PF_BLOCK_PAGES)
		return;
	if (s.free + s.movable + s.unmovable + s.holes != PF_BLOCK_PAGES || s.holes != holes)
		differ("the block at %#lx has %lu holes, not %lu", pfn_of(i), s.holes, holes);
	/* A page that is not in the free lists is on a CPU's, and counts as movable. */
	if (s.free > available)
		differ("the block at %#lx has %lu free pages, not %lu", pfn_of(i), s.free,
		       available);
}

void look(void)
{
	unsigned long i = below(PAGES);

	begin("a look-up");
	switch (below(4)) {
	case 0:
		look_up(i);
		break;
	case 1:
		look_at_device(i);
		break;
	case 2:
		look_at_flags(i);
		break;
	default:
		scan(i);
	}
}

/* --- all pages --- */

static bool is_right(unsigned long i, enum pf_state state)
{
	switch (block_of(i)->is) {
	case ABSENT:
		return state == PF_ABSENT;
	case OFFLINE:
		return state == PF_OFFLINE;
	case DEVICE:
		return state == PF_DEVICE;
	default:
		break;
	}
	switch ((enum use)uses[i]) {
	case HOLE:
		return state == PF_ABSENT;
	case AVAILABLE:
		return state == PF_FREE || state == PF_PER_CPU;
	case KERNEL:
		return state == PF_RESERVED || state == PF_ALLOCATED;
	case OUT:
		return state == PF_POISONED;
	default:
		return state == PF_ALLOCATED;
	}
}

struct counts {
	unsigned long present, available;
};

static void compare_pages(struct counts of[NODES][PF_ZONES])
{
	for (unsigned long i = 0; i < PAGES; i++) {
		uint32_t info = pf_page_info(&mem, pfn_of(i));
		const struct block_model *b = block_of(i);
		struct counts *c;

		if (!is_right(i, pf_info_state(info)))
			differ("page %#lx is in state %d; its block is %d to the model, and it %d",
			       pfn_of(i), (int)pf_info_state(info), (int)b->is, uses[i]);
		if (b->is == ABSENT || (b->is == ONLINE && uses[i] == HOLE))
			continue;
		if (pf_info_node(info) != b->nid)
			differ("page %#lx is of node %d", pfn_of(i), pf_info_node(info));
		c = &of[b->nid][pf_info_zone(info)];
		c->present += b->is == ONLINE;
		c->available += b->is == ONLINE && uses[i] == AVAILABLE;
	}
}

static void compare_zone(const struct pf_zone *z, const struct counts *c)
{
	unsigned long on_lists = 0;

	for (unsigned cpu = 0; z->pcp && cpu < nr_cpus; cpu++)
		on_lists += pf_per_cpu_pages(&mem, z, cpu);
	if (z->present != c->present)
		differ("node %d, zone %d: %lu pages are present, not %lu", z->nid, (int)z->type,
		       z->present, c->present);
	if (pf_zone_free(z) + on_lists != c->available)
		differ("node %d, zone %d: %lu pages are free and %lu on CPUs' lists, not %lu",
		       z->nid, (int)z->type, pf_zone_free(z), on_lists, c->available);
}

void compare(void)
{
	struct counts of[NODES][PF_ZONES] = { 0 };
	char why[256];

	compare_pages(of);
	for (int nid = 0; nid < NODES; nid++)
		for (int z = 0; z < PF_ZONES; z++)
			compare_zone(&mem.nodes[nid]->zone[z], &of[nid][z]);
	if (!pf_verify(&mem, why, sizeof(why)))
		differ("pf_verify(): %s", why);
}

/* --- descriptors --- */

static unsigned long learn(enum use from, enum use to)
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < PAGES; i++) {
		enum pf_state state = pf_info_state(pf_page_info(&mem, pfn_of(i)));

		if (block_of(i)->is != ONLINE || uses[i] != from ||
		    (state == PF_FREE || state == PF_PER_CPU) != (to == AVAILABLE))
			continue;
		uses[i] = (uint8_t)to;
		n++;
	}
	return n;
}

unsigned long learn_taken(void)
{
	return learn(AVAILABLE, KERNEL);
}

unsigned long learn_given(void)
{
	return learn(KERNEL, AVAILABLE);
}
