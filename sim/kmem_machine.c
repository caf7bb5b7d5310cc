/* SPDX-License-Identifier: MIT */
#include "kmem_machine.h"

#include <string.h>

#define PAGES(bytes) ((bytes) >> PF_PAGE_SHIFT)
#define DMA_END	     PAGES(0x1000000ull)
#define DMA32_END    PAGES(0x100000000ull)
#define MOST_TOLD    PAGES(1ull << 44) /* what a zone can have */
/* A single damaged page number is to cost no more; what lies above is served elsewhere. */
#define MOST_SEEN PAGES(1ull << 38)
#define LARGEST	  (1ull << PF_MAX_ORDER)

typedef unsigned long long ull;

/* Pages from start to end, of a zone and a node. */
struct piece {
	int nid;
	enum pf_zone_type type;
	uint64_t start, end;
};

struct layout {
	VEC(struct piece) pieces;
	uint64_t end[PF_ZONES]; /* where the last piece of the zone ends */
	bool from_texts;
};

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static enum pf_zone_type type_of(const char *name)
{
	int z = 0;

	while (strcmp(pf_zone_name((enum pf_zone_type)z), name))
		z++;
	/* Where ZONE_MOVABLE begins no text tells; its memory is as high as Normal's. */
	return z == PF_ZONE_MOVABLE ? PF_ZONE_NORMAL : (enum pf_zone_type)z;
}

/* As x86 has it: what a zone is for begins where the narrower one's devices cannot reach. */
static uint64_t zone_start(const struct layout *l, enum pf_zone_type type)
{
	uint64_t start = 0;

	if (l->end[PF_ZONE_DMA] && type > PF_ZONE_DMA)
		start = DMA_END;
	if (l->end[PF_ZONE_DMA32] && type > PF_ZONE_DMA32)
		start = DMA32_END;
	for (int z = 0; z <= (int)type; z++)
		start = max64(start, l->end[z]);
	return start;
}

static void add_piece(struct layout *l, int nid, enum pf_zone_type type, uint64_t pages)
{
	struct piece *p = vec_add(&l->pieces);

	*p = (struct piece){ nid, type, zone_start(l, type), 0 };
	p->end = p->start + pages;
	l->end[type] = p->end;
}

static uint64_t blocks_of(const struct kmem_zone *z)
{
	uint64_t blocks = 0;

	for (int t = 0; t < PF_MIGRATETYPES; t++)
		blocks += z->blocks[t];
	return blocks;
}

/* Zones in ascending order, so that each begins behind those of all nodes below it. */
static bool lay_out_texts(struct layout *l, const struct kmem_state *s)
{
	unsigned order = s->block_order ? s->block_order : PF_BLOCK_ORDER;
	uint64_t pages = 0;

	for (size_t i = 0; i < s->zones.n; i++)
		pages += blocks_of(&s->zones.at[i]) << order;
	if (!pages || pages > MOST_TOLD)
		return false;
	for (int z = 0; z < PF_ZONE_DEVICE; z++)
		for (size_t i = 0; i < s->zones.n; i++) {
			const struct kmem_zone *zone = &s->zones.at[i];
			uint64_t blocks = blocks_of(zone);

			if (blocks && !strcmp(pf_zone_name((enum pf_zone_type)z), zone->name))
				add_piece(l, zone->nid, type_of(zone->name), blocks << order);
		}
	return l->pieces.n;
}

static void lay_out_pages(struct layout *l, uint64_t pages)
{
	uint64_t dma32 = pages < DMA32_END ? pages : DMA32_END;

	add_piece(l, 0, PF_ZONE_DMA, DMA_END);
	if (pages > DMA_END)
		add_piece(l, 0, PF_ZONE_DMA32, dma32 - DMA_END);
	if (pages > DMA32_END)
		add_piece(l, 0, PF_ZONE_NORMAL, pages - DMA32_END);
}

static void lay_out(struct layout *l, const struct kmem_trace *t)
{
	uint64_t pages = (t->highest | (LARGEST - 1)) + 1;

	l->from_texts = lay_out_texts(l, &t->before) || lay_out_texts(l, &t->after);
	if (!l->from_texts)
		lay_out_pages(l, pages < MOST_SEEN ? pages : MOST_SEEN);
}

/* --- as a boot log --- */

static void print_zones(FILE *f, const struct layout *l)
{
	uint64_t start = 0;

	fputs("Zone ranges:\n", f);
	for (int z = 0; z < PF_ZONE_MOVABLE; z++) {
		uint64_t end = l->end[z];

		if (!end)
			continue;
		if (z == PF_ZONE_DMA)
			end = max64(end, DMA_END);
		if (z == PF_ZONE_DMA32)
			end = max64(end, DMA32_END);
		fprintf(f, "  %-8s [mem 0x%016llx-0x%016llx]\n", pf_zone_name((enum pf_zone_type)z),
			(ull)start << PF_PAGE_SHIFT, ((ull)end << PF_PAGE_SHIFT) - 1);
		start = end;
	}
}

static char *print_log(const struct layout *l)
{
	char *log = NULL;
	size_t length;
	FILE *f = open_memstream(&log, &length);

	if (!f)
		return NULL;
	fputs("Linux version 0.0 (made up)\n", f);
	print_zones(f, l);
	fputs("Early memory node ranges\n", f);
	for (size_t i = 0; i < l->pieces.n; i++)
		fprintf(f, "  node %3d: [mem 0x%016llx-0x%016llx]\n", l->pieces.at[i].nid,
			(ull)l->pieces.at[i].start << PF_PAGE_SHIFT,
			((ull)l->pieces.at[i].end << PF_PAGE_SHIFT) - 1);
	if (fclose(f)) {
		free(log);
		return NULL;
	}
	return log;
}

static char *describe(const struct layout *l)
{
	uint64_t pages = 0;
	char *how = NULL;

	for (size_t i = 0; i < l->pieces.n; i++)
		pages += l->pieces.at[i].end - l->pieces.at[i].start;
	if (asprintf(&how, "made up from %s: %llu MiB",
		     l->from_texts ? "the trace's zones" : "the trace's highest page",
		     (ull)pages >> (20 - PF_PAGE_SHIFT)) < 0)
		return NULL;
	return how;
}

void kmem_machine_make(struct machine *m, const struct kmem_trace *t, char **how)
{
	struct layout l = { .from_texts = false };
	char *log;

	lay_out(&l, t);
	*m = (struct machine){ .made_up = true,
			       .name = strdup("made up"),
			       .path = strdup("made up") };
	log = print_log(&l);
	if (!log || !m->name || !m->path) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	text_from_bytes(&m->log_text, m->path, log, strlen(log));
	free(log);
	log_read(&m->log, &m->log_text);
	*how = describe(&l);
	vec_free(&l.pieces);
}
