/* SPDX-License-Identifier: MIT */
/* What the texts of /proc have in common. */
#ifndef PAGE_ALLOC_SHOW_H
#define PAGE_ALLOC_SHOW_H

#include <pageframe/page_alloc.h>

#include "../lib/line.h"

struct show {
	pf_write_fn write;
	void *arg;
	struct line l;
};

static inline void show_line(struct show *s)
{
	line_char(&s->l, '\n');
	s->write(s->arg, s->l.text, s->l.len);
	s->l.len = 0;
}

/* "Node 0, zone      DMA": how wide the node's number is depends on the text. */
static inline void show_place(struct show *s, const struct pf_zone *zone, int width)
{
	line_str(&s->l, "Node ");
	line_number(&s->l, (uint64_t)zone->nid, width);
	line_str(&s->l, ", zone ");
	line_right(&s->l, pf_zone_name(zone->type), 8);
}

/* Columns of chunks are 6 wide, and end with a space, at the end of the line too. */
static inline void show_column(struct show *s, uint64_t n, int width)
{
	line_number(&s->l, n, width);
	line_char(&s->l, ' ');
}

/* Does Linux have a line for it? */
static inline bool is_populated(const struct pf_zone *zone)
{
	return pf_load(&zone->present);
}

/* Chunks in a zone's lists, at one moment. */
struct chunks {
	uint32_t nr[PF_MAX_ORDER + 1][PF_MIGRATETYPES];
};

static inline void count_chunks(struct pf_zone *zone, struct chunks *c)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	for (unsigned order = 0; order <= PF_MAX_ORDER; order++)
		for (int type = 0; type < PF_MIGRATETYPES; type++)
			c->nr[order][type] =
				(uint32_t)pf_free_chunks(zone, order, (enum pf_migratetype)type);
	pf_unlock_irqrestore(&zone->lock, flags);
}

#endif
