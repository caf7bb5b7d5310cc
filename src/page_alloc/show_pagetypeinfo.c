/* SPDX-License-Identifier: MIT */
/*
 * /proc/pagetypeinfo: free chunks of each order and migratetype, and how many blocks are of each
 * (Linux: Documentation/filesystems/proc.rst).
 */
#include "../memmap/internal.h"
#include "show.h"

struct types {
	struct show s;
	bool cma; /* the machine has some */
};

static bool has_cma(struct pf_mem *mem)
{
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++) {
			struct pf_zone *zone = &mem->nodes[nid]->zone[z];
			pf_irqflags flags = pf_lock_irqsave(&zone->lock);
			bool cma = zone->nr_cma;

			pf_unlock_irqrestore(&zone->lock, flags);
			if (cma)
				return true;
		}
	return false;
}

static bool is_shown(const struct types *t, int type)
{
	return type != PF_CMA || t->cma;
}

static const char *type_name(int type)
{
	static const char *const names[] = { "Unmovable",  "Movable", "Reclaimable",
					     "HighAtomic", "CMA",     "Isolate" };

	return names[type];
}

/* --- free chunks --- */

static void show_orders(struct show *s)
{
	line_str(&s->l, "Free pages count per migrate type at order  ");
	for (unsigned order = 0; order <= PF_MAX_ORDER; order++)
		show_column(s, order, 6);
	show_line(s);
}

static void show_chunks(struct types *t, struct pf_zone *zone)
{
	struct chunks c;

	count_chunks(zone, &c);
	for (int type = 0; type < PF_MIGRATETYPES; type++) {
		if (!is_shown(t, type))
			continue;
		show_place(&t->s, zone, 4);
		line_str(&t->s.l, ", type ");
		line_right(&t->s.l, type_name(type), 12);
		line_char(&t->s.l, ' ');
		for (unsigned order = 0; order <= PF_MAX_ORDER; order++)
			show_column(&t->s, c.nr[order][type], 6);
		show_line(&t->s);
	}
}

/* --- blocks --- */

/*
 * Where a page is, for the block that is looked at through it: in a hole of a mixed block it
 * belongs to what comes next. 0: nobody has such a page, or it may not be looked at.
 */
static uint32_t page_place(const struct pf_mem *mem, pf_pfn pfn, uint32_t info)
{
	pf_pfn end = (pfn | (PF_BLOCK_PAGES - 1)) + 1;
	uint32_t page;

	if (!(info & PF_INFO_MIXED))
		return info;
	for (; pfn < end; pfn++) {
		page = pf_load(&page_of(mem, pfn)->info);
		if (pf_info_state(page) != PF_ABSENT)
			return page;
	}
	return 0;
}

static bool is_online(uint32_t info)
{
	enum pf_state state = pf_info_state(info);

	return state != PF_ABSENT && state != PF_OFFLINE && state != PF_DEVICE;
}

static void count_blocks(const struct pf_mem *mem, struct pf_zone *zone,
			 unsigned long nr[PF_MIGRATETYPES])
{
	pf_pfn start, end;

	pfi_zone_span(zone, &start, &end);
	/* In steps from its start, wherever that is: so does Linux. */
	for (pf_pfn pfn = start; pfn < end; pfn += PF_BLOCK_PAGES) {
		uint32_t info = pf_load_acquire(&pf_block(mem, pfn)->info);
		uint32_t place = is_online(info) ? page_place(mem, pfn, info) : 0;

		if (is_online(place) && pf_info_to_zone(mem, place) == zone)
			nr[pf_info_migratetype(info)]++;
	}
}

static void show_types(struct types *t)
{
	line_str(&t->s.l, "Number of blocks type  ");
	for (int type = 0; type < PF_MIGRATETYPES; type++)
		if (is_shown(t, type)) {
			line_right(&t->s.l, type_name(type), 12);
			line_char(&t->s.l, ' ');
		}
	show_line(&t->s);
}

static void show_blocks(struct types *t, const struct pf_mem *mem, struct pf_zone *zone)
{
	unsigned long nr[PF_MIGRATETYPES] = { 0 };

	count_blocks(mem, zone, nr);
	show_place(&t->s, zone, 1);
	line_char(&t->s.l, ' ');
	for (int type = 0; type < PF_MIGRATETYPES; type++)
		if (is_shown(t, type))
			show_column(&t->s, nr[type], 12);
	show_line(&t->s);
}

/* --- all of it --- */

static void show_node(struct types *t, const struct pf_mem *mem, struct pf_node *node)
{
	line_str(&t->s.l, "Page block order: ");
	line_dec(&t->s.l, PF_BLOCK_ORDER);
	show_line(&t->s);
	line_str(&t->s.l, "Pages per block:  ");
	line_dec(&t->s.l, PF_BLOCK_PAGES);
	show_line(&t->s);
	show_line(&t->s);
	show_orders(&t->s);
	for (int z = 0; z < PF_ZONES; z++)
		if (is_populated(&node->zone[z]))
			show_chunks(t, &node->zone[z]);
	show_line(&t->s);
	show_types(t);
	for (int z = 0; z < PF_ZONES; z++)
		if (is_populated(&node->zone[z]))
			show_blocks(t, mem, &node->zone[z]);
}

void pf_show_pagetypeinfo(struct pf_mem *mem, pf_write_fn write, void *arg)
{
	struct types t = { { .write = write, .arg = arg }, has_cma(mem) };

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		if (mem->nodes[nid] && pf_load(&mem->nodes[nid]->present))
			show_node(&t, mem, mem->nodes[nid]);
}
