/* SPDX-License-Identifier: MIT */
/* Memory as sysfs counts it: blocks of 128 MiB or so, their states, and zones they may be in. */
#include "internal.h"

#include "../page_alloc/show.h"

/* What all of one is made of. */
struct seen {
	unsigned long present, online, offline, isolated; /* pages */
	int nid;					  /* of the first that is there; -1 */
	struct pf_zone *zone;				  /* of the online ones */
	bool several;
};

static void see_zone(struct seen *seen, struct pf_zone *zone)
{
	seen->several |= seen->zone && seen->zone != zone;
	seen->zone = zone;
}

static void see(struct seen *seen, const struct pf_mem *mem, uint32_t info, unsigned long pages)
{
	enum pf_state state = pf_info_state(info);

	if (state == PF_ABSENT || state == PF_DEVICE)
		return;
	seen->nid = seen->nid < 0 ? pf_info_node(info) : seen->nid;
	seen->present += pages;
	if (state == PF_OFFLINE) {
		seen->offline += pages;
		return;
	}
	seen->online += pages;
	see_zone(seen, pf_info_to_zone(mem, info));
	if (!(info & PF_INFO_MIXED) && pf_info_migratetype(info) == PF_ISOLATE)
		seen->isolated += pages;
}

static void see_block(struct seen *seen, const struct pf_mem *mem, unsigned long nr)
{
	uint32_t info = pf_load_acquire(&mem->blocks[nr].info);
	pf_pfn pfn = pf_block_pfn(mem, nr);

	if (!(info & PF_INFO_MIXED)) {
		see(seen, mem, info, PF_BLOCK_PAGES);
		return;
	}
	for (unsigned long i = 0; i < PF_BLOCK_PAGES; i++)
		see(seen, mem, pf_load(&page_of(mem, pfn + i)->info) | PF_INFO_MIXED, 1);
}

/* Its blocks that the map has. */
static struct blocks blocks_of(const struct pf_mem *mem, unsigned long id)
{
	pf_pfn start = id << mem->memory_block_order,
	       end = start + (1ul << mem->memory_block_order);
	pf_pfn last = pf_block_pfn(mem, mem->nr_blocks);
	struct blocks b = { 0 };

	start = max_pfn(start, mem->first_pfn);
	end = min_pfn(end, last);
	if (start < end) {
		b.nr = pf_block_nr(mem, start);
		b.end = pf_block_nr(mem, end - 1) + 1;
	}
	return b;
}

static enum pf_memory_state state_of(const struct seen *seen)
{
	if (!seen->online)
		return PF_MEMORY_OFFLINE;
	if (seen->offline)
		return PF_MEMORY_PARTLY;
	return seen->isolated == seen->online ? PF_MEMORY_GOING_OFFLINE : PF_MEMORY_ONLINE;
}

static void set_zones(const struct pf_mem *mem, struct blocks b, const struct seen *seen,
		      struct pf_memory_block *block)
{
	enum pf_zone_type first, kernel, movable = PF_ZONE_MOVABLE;

	if (seen->online) {
		if (!seen->several)
			block->zones[0] = seen->zone->type;
		return;
	}
	first = pfi_zone_for(mem, b, seen->nid, PF_ONLINE_AUTO)->type;
	kernel = pfi_zone_for(mem, b, seen->nid, PF_ONLINE_KERNEL)->type;
	block->zones[0] = first;
	block->zones[1] = first == movable ? kernel : movable;
}

bool pf_memory_block(struct pf_mem *mem, unsigned long id, struct pf_memory_block *block)
{
	struct blocks b = blocks_of(mem, id);
	struct seen seen = { .nid = -1 };

	for (unsigned long nr = b.nr; nr < b.end; nr++)
		see_block(&seen, mem, nr);
	*block = (struct pf_memory_block){ .id = id, .nid = seen.nid, .present = seen.present };
	block->zones[0] = block->zones[1] = PF_ZONES;
	if (!seen.present)
		return false;
	block->state = state_of(&seen);
	set_zones(mem, b, &seen, block);
	return true;
}

static const char *state_name(enum pf_memory_state state)
{
	static const char *const names[] = { "absent", "offline", "online", "going-offline",
					     "partly" };

	return names[state];
}

static void show_block(struct show *s, const struct pf_memory_block *b)
{
	line_str(&s->l, "memory");
	line_dec(&s->l, b->id);
	line_char(&s->l, ' ');
	line_hex(&s->l, b->id, 8);
	line_char(&s->l, ' ');
	line_str(&s->l, state_name(b->state));
	line_char(&s->l, ' ');
	line_str(&s->l, b->zones[0] < PF_ZONES ? pf_zone_name(b->zones[0]) : "none");
	if (b->zones[1] < PF_ZONES) {
		line_char(&s->l, ',');
		line_str(&s->l, pf_zone_name(b->zones[1]));
	}
	show_line(s);
}

void pf_show_memory_blocks(struct pf_mem *mem, pf_write_fn write, void *arg)
{
	struct show s = { .write = write, .arg = arg };
	pf_pfn last = pf_block_pfn(mem, mem->nr_blocks) - 1;
	struct pf_memory_block b;

	for (unsigned long id = mem->first_pfn >> mem->memory_block_order;
	     id <= last >> mem->memory_block_order; id++)
		if (pf_memory_block(mem, id, &b))
			show_block(&s, &b);
}
