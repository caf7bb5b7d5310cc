/* SPDX-License-Identifier: MIT */
#include "kmem_texts.h"

#include <string.h>

#define NO_TYPE PF_MIGRATETYPES

static const char *const type_names[] = {
	[PF_UNMOVABLE] = "Unmovable",	[PF_MOVABLE] = "Movable", [PF_RECLAIMABLE] = "Reclaimable",
	[PF_HIGHATOMIC] = "HighAtomic", [PF_CMA] = "CMA",	  [PF_ISOLATE] = "Isolate",
};

void kmem_texts_comment(struct kmem_texts *x, const char *line)
{
	bool after = strstr(line, "info after");

	if (!after && !strstr(line, "info before"))
		return;
	x->marked = true;
	x->after = after;
	x->in_blocks = false;
}

/* Without a comment that tells, what stands behind events is what came after them. */
static struct kmem_state *state(const struct kmem_texts *x)
{
	bool after = x->marked ? x->after : x->trace->events.n;

	return after ? &x->trace->after : &x->trace->before;
}

static unsigned eat_type(const char **p)
{
	eat_spaces(p);
	for (unsigned t = 0; t < PF_MIGRATETYPES; t++) {
		const char *s = *p;

		if (eat(&s, type_names[t]) && (!*s || *s == ' ')) {
			*p = s;
			return t;
		}
	}
	return NO_TYPE;
}

static const char *eat_zone_name(const char **p)
{
	size_t length;

	eat_spaces(p);
	length = strcspn(*p, " ,");
	for (int z = 0; z < PF_ZONES; z++) {
		const char *name = pf_zone_name((enum pf_zone_type)z);

		if (strlen(name) == length && !strncmp(*p, name, length)) {
			*p += length;
			return name;
		}
	}
	return NULL;
}

/* As many numbers as there are, @most at the most. */
static const char *read_counts(const char *p, uint64_t *counts, unsigned most, unsigned *n)
{
	for (*n = 0; eat_spaces(&p), *p; ++*n) {
		const char *more = p;

		eat(&more, ">"); /* pagetypeinfo counts to 100000 in a list */
		if (*n == most)
			return "more numbers than there are orders or types";
		if (!eat_dec(&more, &counts[*n]) || (*more && *more != ' '))
			return "expected numbers of free chunks, or of blocks";
		if (counts[*n] > UINT32_MAX)
			return "more than a zone has";
		p = more;
	}
	return *n ? NULL : "expected numbers";
}

static const char *read_types(struct kmem_zone *z, const char *p)
{
	uint64_t counts[KMEM_ORDERS] = { 0 };
	unsigned type = eat_type(&p), n;
	const char *bad;

	if (type == NO_TYPE)
		return "expected a migratetype, such as Unmovable";
	bad = read_counts(p, counts, KMEM_ORDERS, &n);
	if (bad)
		return bad;
	memcpy(z->free_of[type], counts, sizeof(counts));
	z->has_types = true;
	return NULL;
}

static const char *read_blocks(const struct kmem_texts *x, struct kmem_zone *z, const char *p)
{
	uint64_t counts[sizeof(x->column)] = { 0 };
	const char *bad;
	unsigned n;

	bad = read_counts(p, counts, x->columns, &n);
	if (bad)
		return bad;
	if (n != x->columns)
		return "expected a number of blocks for each type";
	for (unsigned i = 0; i < n; i++)
		z->blocks[x->column[i]] = counts[i];
	z->has_blocks = true;
	return NULL;
}

static const char *read_buddy(struct kmem_zone *z, const char *p)
{
	uint64_t counts[KMEM_ORDERS] = { 0 };
	unsigned n;
	const char *bad = read_counts(p, counts, KMEM_ORDERS, &n);

	if (bad)
		return bad;
	memcpy(z->free, counts, sizeof(counts));
	z->has_buddy = true;
	return NULL;
}

static struct kmem_zone *zone_of(struct kmem_state *s, int nid, const char *name, size_t line)
{
	struct kmem_zone *z = kmem_find_zone(s, nid, name);

	if (z)
		return z;
	z = vec_add(&s->zones);
	z->line = line;
	z->nid = nid;
	z->name = name;
	return z;
}

/* Behind "Node": "    0, zone      DMA, type    Unmovable      0 ..." and its kin */
static const char *read_node(struct kmem_texts *x, const char *p, size_t number)
{
	struct kmem_zone *z, was;
	const char *name, *bad;
	int nid;

	eat_spaces(&p);
	if (!eat_int(&p, &nid) || nid < 0 || nid >= PF_MAX_NUMNODES || !eat(&p, ", zone") ||
	    !(name = eat_zone_name(&p)))
		return "expected 'Node NUMBER, zone NAME' and numbers";
	z = zone_of(state(x), nid, name, number);
	was = *z;
	if (eat(&p, ", type"))
		bad = read_types(z, p);
	else if (x->in_blocks)
		bad = read_blocks(x, z, p);
	else
		bad = read_buddy(z, p);
	if (bad)
		*z = was;
	return bad;
}

/* "     Unmovable      Movable  Reclaimable   HighAtomic      Isolate" */
static const char *read_columns(struct kmem_texts *x, const char *p)
{
	x->in_blocks = true;
	x->columns = 0;
	for (eat_spaces(&p); *p; eat_spaces(&p)) {
		unsigned type = eat_type(&p);

		if (type == NO_TYPE || x->columns == sizeof(x->column)) {
			x->columns = 0;
			return "expected migratetypes, such as Unmovable";
		}
		x->column[x->columns++] = (uint8_t)type;
	}
	return NULL;
}

static const char *read_block_order(struct kmem_texts *x, const char *p)
{
	uint64_t order;

	eat_spaces(&p);
	if (!eat_dec(&p, &order) || order > KMEM_MAX_ORDER)
		return "expected an order, at most 18";
	state(x)->block_order = (unsigned)order;
	return NULL;
}

bool kmem_texts_line(struct kmem_texts *x, const char *line, size_t number, const char **bad)
{
	const char *p = line;

	if (eat(&p, "Node ")) {
		/* a task may be called so */
		if (strstr(p, ", zone")) {
			*bad = read_node(x, p, number);
			return true;
		}
		return false;
	}
	if (eat(&p, "Number of blocks type"))
		*bad = read_columns(x, p);
	else if (eat(&p, "Page block order:"))
		*bad = read_block_order(x, p);
	else if (!eat(&p, "Pages per block:") && !eat(&p, "Free pages count per migrate type"))
		return false;
	else
		x->in_blocks = false;
	return true;
}

struct kmem_zone *kmem_find_zone(const struct kmem_state *s, int nid, const char *name)
{
	for (size_t i = 0; i < s->zones.n; i++)
		if (s->zones.at[i].nid == nid && !strcmp(s->zones.at[i].name, name))
			return &s->zones.at[i];
	return NULL;
}

uint64_t kmem_free_pages(const struct kmem_zone *z)
{
	uint64_t pages = 0;

	for (unsigned o = 0; o < KMEM_ORDERS; o++)
		pages += z->free[o] << o;
	return pages;
}

unsigned kmem_unusable(const struct kmem_zone *z, unsigned order)
{
	uint64_t pages = kmem_free_pages(z), usable = 0;

	for (unsigned o = order; o < KMEM_ORDERS; o++)
		usable += z->free[o] << o;
	return pages ? (unsigned)((pages - usable) * 1000 / pages) : 0;
}
