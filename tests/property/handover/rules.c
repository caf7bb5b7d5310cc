/* SPDX-License-Identifier: MIT */
/*
 * Which zone has a page, and where ZONE_MOVABLE begins: the rules of
 * Documentation/admin-guide/kernel-parameters.txt for kernelcore=, movablecore= and movable_node,
 * applied one page after the other.
 */
#include "handover.h"

struct node_model nodes[MAX_NODES];
uint8_t zones[MAX_PAGES];

/* --- by address --- */

/* A page is of the lowest zone that ends above it. */
static int zone_by_limit(pf_pfn pfn)
{
	bool any = false;

	for (int z = 0; z < PF_ZONE_MOVABLE; z++) {
		any |= machine.config.zone_end[z] != 0;
		if (pfn < machine.config.zone_end[z])
			return z;
	}
	if (any)
		differ("the test has made a machine with memory above all zones");
	return PF_ZONE_NORMAL;
}

static pf_pfn limit_start(int zone)
{
	pf_pfn start = 0;

	for (int z = 0; z < zone; z++)
		if (machine.config.zone_end[z])
			start = machine.config.zone_end[z];
	return start;
}

static pf_pfn limit_end(int zone)
{
	for (int z = 0; z < PF_ZONE_MOVABLE; z++)
		if (machine.config.zone_end[z])
			return machine.config.zone_end[zone];
	return zone == PF_ZONE_NORMAL ? ~0ul : 0;
}

/* ZONE_MOVABLE takes from the zone at the end of memory. */
static int highest_zone(void)
{
	unsigned long h = 2 * machine.pages;

	while (!cells[h - 1])
		h--;
	return zone_by_limit(pfn_of(h / 2) - 1);
}

/* --- where ZONE_MOVABLE begins --- */

static unsigned long total_pages(void)
{
	unsigned long total = 0;

	for (int nid = 0; nid < MAX_NODES; nid++)
		total += nodes[nid].present;
	return total;
}

/* Regions that @is_movable, from @lowest on, begin ZONE_MOVABLE on their node. */
static void movable_by_region(bool (*is_movable)(cell_t), pf_pfn lowest)
{
	for (unsigned long h = 0; h < 2 * machine.pages; h++) {
		int nid = CELL_NID(cells[h]) == NO_NODE ? 0 : CELL_NID(cells[h]);
		pf_pfn pfn = pfn_of((h + 1) / 2);

		if (!cells[h] || (h && cells[h - 1] == cells[h]) || !is_movable(cells[h]) ||
		    pfn < lowest)
			continue;
		if (!nodes[nid].movable || pfn < nodes[nid].movable)
			nodes[nid].movable = pfn;
	}
}

static bool is_hotplug(cell_t cell)
{
	return CELL_FLAGS(cell) & HOTPLUG;
}

static bool is_not_mirror(cell_t cell)
{
	return !(CELL_FLAGS(cell) & MIRROR);
}

static unsigned long amount(unsigned long pages, unsigned percent)
{
	return percent ? (unsigned long)((uint64_t)total_pages() * percent / 100) : pages;
}

static unsigned long wanted_core(void)
{
	const struct pf_movable_config *c = &machine.config.movable;
	unsigned long core = amount(c->kernelcore, c->kernelcore_percent);
	unsigned long movable = amount(c->movablecore, c->movablecore_percent);
	unsigned long total = total_pages(), rest;

	if (movable) { /* rounded up to whole chunks, and the larger core wins */
		movable = (movable + CHUNK - 1) / CHUNK * CHUNK;
		rest = total > movable ? total - movable : 0;
		core = core > rest ? core : rest;
	}
	return core < total ? core : 0;
}

/*
 * One node's share of the kernel's pages, from where it has got to. Pages below the zone that
 * ZONE_MOVABLE takes from are the kernel's without being asked.
 */
static void give_share(int nid, pf_pfn lowest, unsigned long share, unsigned long *core)
{
	struct node_model *n = &nodes[nid];

	for (unsigned long i = 0; i < machine.pages; i++) {
		pf_pfn pfn = pfn_of(i);

		if (page_nid(i) != nid || pfn < n->movable)
			continue;
		if (pfn >= lowest && !share) { /* the first that is not the kernel's */
			n->movable = pfn;
			return;
		}
		n->movable = pfn + 1;
		share -= share > 0;
		*core -= *core > 0;
		if (pfn >= lowest && !share)
			return;
	}
}

static void movable_by_amount(unsigned long core)
{
	pf_pfn lowest = limit_start(highest_zone());
	unsigned long n = 0;

	for (int nid = 0; nid < MAX_NODES; nid++)
		n += nodes[nid].present > 0;
	for (; n; n--) {
		unsigned long share = core / n;

		for (int nid = 0; nid < MAX_NODES; nid++) {
			if (!nodes[nid].present)
				continue;
			share = core < share ? core / n : share;
			give_share(nid, lowest, share, &core);
		}
		if (core <= n - 1)
			break;
	}
}

static void find_movable(void)
{
	if (movable_node_enabled)
		movable_by_region(is_hotplug, 0);
	else if (mirrored_kernelcore && machine.has_mirror)
		movable_by_region(is_not_mirror,
				  PF_PHYS_BITS == 64 ? 1ul << (32 - PF_PAGE_SHIFT) : ~0ul);
	else if (!mirrored_kernelcore && wanted_core())
		movable_by_amount(wanted_core());
	for (int nid = 0; nid < MAX_NODES; nid++) {
		struct node_model *n = &nodes[nid];

		n->movable = (n->movable + CHUNK - 1) / CHUNK * CHUNK;
		if (n->movable >= n->start + n->spanned)
			n->movable = 0;
	}
}

/* --- nodes and zones --- */

static void find_nodes(void)
{
	memset(nodes, 0, sizeof(nodes));
	for (unsigned long i = 0; i < machine.pages; i++) {
		int nid = page_nid(i);

		if (nid < 0)
			continue;
		if (!nodes[nid].present++)
			nodes[nid].start = pfn_of(i);
		nodes[nid].spanned = pfn_of(i) + 1 - nodes[nid].start;
	}
}

/* Mirrored memory stays the kernel's wherever it lies, with kernelcore=mirror. */
static void find_zones(void)
{
	for (unsigned long i = 0; i < machine.pages; i++) {
		int nid = page_nid(i);
		bool stays = mirrored_kernelcore && CELL_FLAGS(cells[2 * i]) & MIRROR;

		if (nid < 0)
			continue;
		zones[i] = (uint8_t)zone_by_limit(pfn_of(i));
		if (nodes[nid].movable && pfn_of(i) >= nodes[nid].movable && !stays)
			zones[i] = PF_ZONE_MOVABLE;
		nodes[nid].zone[zones[i]].present++;
	}
}

/* What its limits, its node and ZONE_MOVABLE leave it, unless it has pages in that. */
static void find_span(struct node_model *n, int zone, pf_pfn start, pf_pfn end)
{
	bool mirror = mirrored_kernelcore && machine.has_mirror;

	start = start > n->start ? start : n->start;
	end = end < n->start + n->spanned ? end : n->start + n->spanned;
	if (zone != PF_ZONE_MOVABLE && n->movable) {
		if (start >= n->movable && !n->zone[zone].present)
			return;
		if (!mirror && end > n->movable)
			end = n->movable;
	}
	if (start >= end)
		return;
	n->zone[zone].start = start;
	n->zone[zone].spanned = end - start;
}

void rules_apply(void)
{
	find_nodes();
	find_movable();
	find_zones();
	for (int nid = 0; nid < MAX_NODES; nid++) {
		if (!nodes[nid].present)
			continue;
		for (int z = 0; z < PF_ZONE_MOVABLE; z++)
			find_span(&nodes[nid], z, limit_start(z), limit_end(z));
		if (nodes[nid].movable)
			find_span(&nodes[nid], PF_ZONE_MOVABLE, nodes[nid].movable,
				  limit_end(highest_zone()));
	}
}

static bool alike(unsigned long i, unsigned long j)
{
	if (page_nid(i) < 0 || page_nid(j) < 0)
		return page_nid(i) == page_nid(j);
	return page_nid(i) == page_nid(j) && zones[i] == zones[j] &&
	       !((CELL_FLAGS(cells[2 * i]) ^ CELL_FLAGS(cells[2 * j])) & NOMAP);
}

unsigned long rules_mixed(void)
{
	unsigned long mixed = 0, n;

	/* The window begins and ends with whole blocks. */
	for (unsigned long i = 0; i < machine.pages; i += PF_BLOCK_PAGES) {
		for (n = 1; n < PF_BLOCK_PAGES && alike(i, i + n); n++)
			;
		mixed += n < PF_BLOCK_PAGES;
	}
	return mixed;
}
