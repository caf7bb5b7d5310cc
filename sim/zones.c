/* SPDX-License-Identifier: MIT */
#include "zones.h"

#include <string.h>

#include <pageframe/memblock.h>

#define MAX_DMA	  0x1000000ull	 /* x86: what ISA devices reach */
#define MAX_DMA32 0x100000000ull /* what 32-bit devices reach */

static uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_limit(struct zones *z, const char *name, uint64_t start, uint64_t end)
{
	struct zone_range *l = vec_add(&z->limits);

	l->name = name;
	l->range = (struct range){ start, end > start ? end - start : 0 };
}

/* x86-64 fixes them by address; other machines' are taken from the log. */
static void find_limits(struct zones *z, const struct machine *m)
{
	uint64_t start = PF_PFN_PHYS(PF_PFN_UP(memblock_start_of_DRAM()));
	uint64_t end = PF_PFN_PHYS(PF_PFN_DOWN(memblock_end_of_DRAM()));
	bool x86 = !m || m->log.e820.n || m->log.user.n;

	for (size_t i = 0; m && i < m->log.zones.n; i++)
		if (!strcmp(m->log.zones.at[i].name, "HighMem"))
			x86 = false;
	if (x86) {
		uint64_t dma = max64(start, min64(MAX_DMA, end));
		uint64_t dma32 = max64(dma, min64(MAX_DMA32, end));

		z->limits_from = "x86-64's rules";
		add_limit(z, "DMA", start, dma);
		add_limit(z, "DMA32", dma, dma32);
		add_limit(z, "Normal", dma32, max64(dma32, end));
		return;
	}
	z->limits_from = "the log";
	for (size_t i = 0; i < m->log.zones.n; i++)
		if (strcmp(m->log.zones.at[i].name, "Movable"))
			add_limit(z, m->log.zones.at[i].name, m->log.zones.at[i].range.base,
				  range_end(m->log.zones.at[i].range));
}

static enum pf_zone_type zone_type(const char *name)
{
	int z = 0;

	while (z < PF_ZONES && strcmp(pf_zone_name((enum pf_zone_type)z), name))
		z++;
	return (enum pf_zone_type)z;
}

/*
 * Where zones end; the last one goes on to the end of memory, whatever the log has seen of it, and
 * those above it are empty.
 */
static void config_limits(struct pf_boot_config *config, const struct zones *z)
{
	pf_pfn end = 0;
	int last = 0;

	for (size_t i = 0; i < z->limits.n; i++) {
		const struct zone_range *l = &z->limits.at[i];
		enum pf_zone_type type = zone_type(l->name);

		if (type >= PF_ZONE_MOVABLE)
			continue;
		end = max64(end, range_end(l->range) >> PF_PAGE_SHIFT);
		if (l->range.size)
			last = (int)type;
		config->zone_end[type] = end;
	}
	for (int type = last; end && type < PF_ZONE_MOVABLE; type++)
		if (config->zone_end[type])
			config->zone_end[type] = ~(pf_pfn)0;
}

/* "512M", "50%": kernelcore= and movablecore= take either. */
static void read_amount(const char *value, unsigned long *pages, unsigned *percent)
{
	static const char units[] = "KMGTPE";
	char *end;
	unsigned long long n = strtoull(value, &end, 0);
	const char *unit = *end && *end != ' ' ? strchr(units, *end & ~0x20) : NULL;

	if (*end == '%') {
		*percent = n < 100 ? (unsigned)n : 100;
		return;
	}
	if (unit)
		n <<= 10 * (unit - units + 1);
	*pages = (unsigned long)(n >> PF_PAGE_SHIFT);
}

void zones_config(struct pf_boot_config *config, const struct machine *m)
{
	struct zones z = { 0 };
	const char *kernelcore = m ? log_option(&m->log, "kernelcore=") : NULL;
	const char *movablecore = m ? log_option(&m->log, "movablecore=") : NULL;

	config->nr_cpus = m ? m->cpus : 0;
	find_limits(&z, m);
	config_limits(config, &z);
	vec_free(&z.limits);
	if (kernelcore)
		read_amount(kernelcore, &config->movable.kernelcore,
			    &config->movable.kernelcore_percent);
	if (movablecore)
		read_amount(movablecore, &config->movable.movablecore,
			    &config->movable.movablecore_percent);
}

static void find_boot_zones(struct zones *z, const struct pf_mem *mem)
{
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int t = 0; mem->nodes[nid] && t < PF_ZONES; t++) {
			const struct pf_zone *zone = &mem->nodes[nid]->zone[t];

			if (zone->spanned)
				*vec_add(&z->list) = (struct zone){
					nid,
					pf_zone_name(zone->type),
					zone->present ? zone->start_pfn : 0,
					zone->spanned,
					zone->present,
					zone->managed,
					0,
				};
		}
}

/* --- memory that came later: in iomem.txt, but in no line of the log --- */

int zones_node_of(const struct machine *m, struct range range)
{
	for (size_t i = 0; i < m->log.events.n; i++) {
		const struct event *e = &m->log.events.at[i];

		if (e->kind == EVENT_SRAT && range.base >= e->range.base &&
		    range_end(range) <= range_end(e->range))
			return e->nid;
	}
	return 0;
}

static struct zone *find_zone(struct zones *z, int nid, const char *name)
{
	for (size_t i = 0; i < z->list.n; i++)
		if (z->list.at[i].nid == nid && !strcmp(z->list.at[i].name, name))
			return &z->list.at[i];
	return NULL;
}

/* Onlining picks the kernel zone that the range lies in, else Normal; Movable with movable_node. */
static const char *hotplug_zone(struct zones *z, const struct machine *m, int nid, uint64_t start,
				uint64_t end)
{
	static const char *const kernel_zones[] = { "DMA", "DMA32" };

	for (size_t i = 0; i < 2; i++) {
		const struct zone *zone = find_zone(z, nid, kernel_zones[i]);

		if (zone && start < zone->start_pfn + zone->spanned && zone->start_pfn < end)
			return kernel_zones[i];
	}
	return log_option(&m->log, "movable_node") ? "Movable" : "Normal";
}

static void add_hotplugged(struct zones *z, const struct machine *m, struct range range)
{
	uint64_t start = range.base >> PF_PAGE_SHIFT;
	uint64_t end = range_end(range) >> PF_PAGE_SHIFT;
	int nid = zones_node_of(m, range);
	const char *name = hotplug_zone(z, m, nid, start, end);
	struct zone *zone = find_zone(z, nid, name);

	if (zone && zone->spanned) {
		uint64_t zone_end = max64(zone->start_pfn + zone->spanned, end);

		zone->start_pfn = min64(zone->start_pfn, start);
		zone->spanned = zone_end - zone->start_pfn;
	} else {
		if (!zone)
			zone = vec_add(&z->list);
		*zone = (struct zone){ nid, name, start, end - start, 0, 0, 0 };
	}
	zone->present += end - start;
	zone->managed += end - start;
	zone->later += end - start;
}

bool is_later_memory(const struct resource *r)
{
	return !r->depth && !strcmp(r->name, "System RAM") &&
	       !memblock_overlaps_region(&memblock.memory, r->range.base, r->range.size);
}

void zones_find(struct zones *z, const struct machine *m, const struct pf_mem *mem)
{
	*z = (struct zones){ 0 };
	if (!memblock.memory.cnt)
		return;
	find_limits(z, m);
	find_boot_zones(z, mem);
	for (size_t i = 0; m && i < m->iomem.n; i++)
		if (is_later_memory(&m->iomem.at[i]))
			add_hotplugged(z, m, m->iomem.at[i].range);
}

void zones_free(struct zones *z)
{
	vec_free(&z->limits);
	vec_free(&z->list);
}
