/* SPDX-License-Identifier: MIT */
/* /proc/zoneinfo: what each zone has, and what it keeps. */
#include "pcp.h"
#include "show.h"

static void show_figure(struct show *s, const char *label, unsigned long n)
{
	line_str(&s->l, label);
	line_dec(&s->l, n);
	show_line(s);
}

static bool is_type(const struct pf_mem *mem, int type)
{
	return mem->zone_types >> type & 1;
}

/* Of one moment. */
struct free_pages {
	unsigned long all, cma;
	unsigned long in_cma_blocks;
};

static struct free_pages read_free(struct pf_zone *zone)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);
	struct free_pages f = { pf_zone_free(zone), zone->nr_free_of[PF_CMA], zone->nr_cma };

	pf_unlock_irqrestore(&zone->lock, flags);
	return f;
}

static void show_watermarks(struct show *s, const struct pf_zone *zone)
{
	static const char *const labels[PF_WATERMARKS] = {
		"        min      ",
		"        low      ",
		"        high     ",
		"        promo    ",
	};

	show_figure(s, "        boost    ", 0); /* external fragmentation boosts none here */
	for (int w = 0; w < PF_WATERMARKS; w++)
		show_figure(s, labels[w], pf_load(&zone->watermark[w]));
}

static void show_protection(struct show *s, const struct pf_mem *mem, const struct pf_zone *zone)
{
	const char *before = "        protection: (";

	for (int z = 0; z < PF_ZONES; z++) {
		if (!is_type(mem, z))
			continue;
		line_str(&s->l, before);
		line_dec(&s->l, pf_load(&zone->lowmem_reserve[z]));
		before = ", ";
	}
	line_char(&s->l, ')');
	show_line(s);
}

static void show_pages(struct show *s, const struct pf_mem *mem, const struct pf_zone *zone,
		       const struct free_pages *f)
{
	show_figure(s, "  pages free     ", f->all);
	show_watermarks(s, zone);
	show_figure(s, "        spanned  ", pf_load(&zone->spanned));
	show_figure(s, "        present  ", pf_load(&zone->present));
	show_figure(s, "        managed  ", pf_load(&zone->managed));
	show_figure(s, "        cma      ", f->in_cma_blocks);
	show_protection(s, mem, zone);
}

/* A hot and a cold list of each kind, all full. */
static unsigned long most_per_cpu(const struct pf_zone *zone, const struct pf_pcp *pcp)
{
	unsigned long pages = 0;

	for (unsigned index = 0; index < PF_PCP_ORDERS; index++)
		pages += (pf_load(&pcp->size[index]) +
			  PF_RECLAIMABLE * (unsigned long)pf_load(&zone->list_least[index]))
			 << pcp_order(index);
	return 2 * pages;
}

static void show_pagesets(struct show *s, const struct pf_mem *mem, const struct pf_zone *zone)
{
	line_str(&s->l, "  pagesets");
	show_line(s);
	for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++) {
		show_figure(s, "    cpu: ", cpu);
		show_figure(s, "              count: ", pf_per_cpu_pages(mem, zone, cpu));
		show_figure(s, "              high:  ", most_per_cpu(zone, &zone->pcp[cpu]));
		show_figure(s, "              batch: ", pf_load(&zone->pcp_batch));
	}
}

static void show_zone(struct show *s, const struct pf_mem *mem, struct pf_zone *zone)
{
	struct free_pages f = read_free(zone);

	show_place(s, zone, 1);
	show_line(s);
	show_pages(s, mem, zone, &f);
	if (!is_populated(zone))
		return;
	show_figure(s, "      nr_free_pages ", f.all);
	show_figure(s, "      nr_free_cma  ", f.cma);
	show_pagesets(s, mem, zone);
	show_figure(s, "  node_unreclaimable:  ", 0);
	show_figure(s, "  start_pfn:           ", pf_load(&zone->start_pfn));
}

void pf_show_zoneinfo(struct pf_mem *mem, pf_write_fn write, void *arg)
{
	struct show s = { .write = write, .arg = arg };

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			if (is_type(mem, z))
				show_zone(&s, mem, &mem->nodes[nid]->zone[z]);
}
