/* SPDX-License-Identifier: MIT */
/*
 * What each zone of each node spans, and how much of that is memory. A zone spans what its limits
 * and its node have in common, whatever lies there; present counts memory (Linux:
 * free_area_init()).
 */
#include "internal.h"

#include "../lib/line.h"

const char *pf_zone_name(enum pf_zone_type type)
{
	static const char *const names[] = { "DMA",	"DMA32",   "Normal",
					     "HighMem", "Movable", "Device" };

	return type < PF_ZONES ? names[type] : "?";
}

int pfi_zone_limits(struct zone_limits *limits, const struct pf_boot_config *config)
{
	pf_pfn dram_start = PF_PFN_UP(memblock_start_of_DRAM());
	pf_pfn dram_end = PF_PFN_DOWN(memblock_end_of_DRAM());
	pf_pfn start = 0;
	uint64_t last; /* page of memory, whether a pfn can tell it or not */
	bool any = false;

	*limits = (struct zone_limits){ .highest = PF_ZONE_NORMAL };
	if (!memblock_end_of_DRAM())
		return pfi_cannot_boot("there is no memory");
	last = (memblock_end_of_DRAM() - 1) >> PF_PAGE_SHIFT;
	if (last > (pf_pfn)~0ul - PF_BLOCK_PAGES)
		return pfi_cannot_boot("there is memory above what a pfn can tell");
	for (int z = 0; z < PF_ZONE_MOVABLE; z++) {
		pf_pfn end = config->zone_end[z];

		limits->start[z] = start;
		if (!end)
			continue;
		if (end < start)
			return pfi_cannot_boot("the ends of zones do not ascend");
		any = true;
		limits->end[z] = end;
		if (max_pfn(start, dram_start) < min_pfn(end, dram_end))
			limits->highest = (enum pf_zone_type)z;
		start = end;
	}
	if (!any)
		limits->end[PF_ZONE_NORMAL] = ~(pf_pfn)0;
	else if (start < dram_end)
		return pfi_cannot_boot("there is memory above the last zone's end");
	return 0;
}

uint8_t pfi_zone_types(const struct zone_limits *limits)
{
	unsigned types = 1u << PF_ZONE_MOVABLE;

	for (int z = 0; z < PF_ZONE_MOVABLE; z++)
		if (limits->end[z])
			types |= 1u << z;
	/* Linux has either: HighMem is for 32-bit machines, and Device for others. */
	if (!limits->end[PF_ZONE_HIGHMEM])
		types |= 1u << PF_ZONE_DEVICE;
	return (uint8_t)types;
}

static void set_span(struct pf_zone *zone, pf_pfn start, pf_pfn end)
{
	if (start >= end)
		return;
	zone->start_pfn = start;
	zone->spanned = end - start;
}

static void span_node(struct pf_node *node, const struct zone_limits *limits)
{
	bool mirror = mirrored_kernelcore && memblock_has_mirror();
	pf_pfn node_end = node->start_pfn + node->spanned;
	pf_pfn movable = node->movable_pfn;

	for (int z = 0; z < PF_ZONE_MOVABLE; z++) {
		pf_pfn start = max_pfn(node->start_pfn, limits->start[z]);
		pf_pfn end = min_pfn(node_end, limits->end[z]);

		/* Mirrored memory may lie there, and stays. */
		if (movable && start >= movable && !node->zone[z].present)
			continue;
		if (movable && !mirror && end > movable)
			end = movable;
		set_span(&node->zone[z], start, end);
	}
	if (movable)
		set_span(&node->zone[PF_ZONE_MOVABLE], max_pfn(movable, node->start_pfn),
			 min_pfn(node_end, limits->end[limits->highest]));
}

/* Links of free lists have 32 bits. */
static int check_span(const struct pf_zone *zone)
{
	struct line l = { 0 };

	if ((zone->spanned - 1) >> 16 >> 16 == 0 || !zone->spanned)
		return 0;
	line_str(&l, "node ");
	line_int(&l, zone->nid);
	line_str(&l, ", zone ");
	line_str(&l, pf_zone_name(zone->type));
	line_str(&l, " spans more than 2^32 pages: give its memory to more nodes");
	pf_port_print(PF_ERR, l.text);
	return -PF_EINVAL;
}

static int span_all(struct pf_node *node, const struct zone_limits *limits)
{
	int ret = 0;

	span_node(node, limits);
	for (int z = 0; z < PF_ZONES && !ret; z++)
		ret = check_span(&node->zone[z]);
	return ret;
}

int pfi_zone_spans(struct pf_mem *mem, const struct zone_limits *limits)
{
	struct piece_walk w;
	struct piece p;
	int ret = 0;

	pfi_pieces_start(&w, mem, limits);
	while (pfi_next_piece(&w, &p))
		mem->nodes[p.nid]->zone[p.zone].present += p.end - p.start;
	for (int nid = 0; nid < mem->nr_nodes && !ret; nid++)
		if (mem->nodes[nid])
			ret = span_all(mem->nodes[nid], limits);
	return ret;
}
