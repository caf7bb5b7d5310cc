/* SPDX-License-Identifier: MIT */
/* Do the region arrays spell the model, in as few regions as possible? */
#include "memblock.h"

struct memblock_type *const real[TYPES] = { &memblock.memory, &memblock.reserved };
struct space space;
struct state model;
char why[600];

bool differ(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return false;
}

static bool differ_region(int type, unsigned long i, const char *what)
{
	const struct memblock_region *r = &real[type]->regions[i];

	return differ("%s[%lu] = [0x%llx-0x%llx) nid %d flags 0x%x: %s", real[type]->name, i,
		      HEX(r->base), HEX(r->base + r->size), memblock_get_region_node(r),
		      (unsigned int)r->flags, what);
}

/* The first is, and each is as its neighbour; memcmp() is what keeps this test fast. */
bool all_are(const cell_t *cell, unsigned int a, unsigned int b, cell_t value)
{
	return a >= b ||
	       (cell[a] == value && !memcmp(&cell[a], &cell[a + 1], (b - a - 1) * sizeof(*cell)));
}

static bool same_region(int type, unsigned long i, unsigned int *at)
{
	const struct memblock_region *r = &real[type]->regions[i];
	const cell_t *cell = model.cell[type];
	unsigned int a = edge_below(r->base), b = edge_below(r->base + r->size);

	if (!r->size || r->base + r->size < r->base)
		return differ_region(type, i, "empty, or wraps");
	if (!is_edge(r->base) || !is_edge(r->base + r->size))
		return differ_region(type, i, "starts or ends where nothing should");
	if (i && r->base < r[-1].base + r[-1].size)
		return differ_region(type, i, "not above the one before");
	if (i && r->base == r[-1].base + r[-1].size && cell_of(r) == cell_of(r - 1))
		return differ_region(type, i, "not merged with the one before");
	if (!all_are(cell, *at, a, 0))
		return differ_region(type, i, "the model has more before it");
	if (!all_are(cell, a, b, cell_of(r)))
		return differ_region(type, i, "the model has something else there");
	*at = b;
	return true;
}

/* What was found to be the same last time; most operations leave one type alone. */
static struct {
	unsigned long cnt;
	struct memblock_region regions[MAX_GRAINS + 1];
	cell_t cell[MAX_GRAINS];
} same[TYPES];

void forget_same(void)
{
	memset(&same, 0, sizeof(same));
}

static bool unchanged(int type)
{
	const struct memblock_type *t = real[type];

	return t->cnt == same[type].cnt &&
	       !memcmp(t->regions, same[type].regions, t->cnt * sizeof(*t->regions)) &&
	       !memcmp(model.cell[type], same[type].cell, space.n * sizeof(cell_t));
}

static void remember(int type)
{
	const struct memblock_type *t = real[type];

	same[type].cnt = t->cnt;
	memcpy(same[type].regions, t->regions, t->cnt * sizeof(*t->regions));
	memcpy(same[type].cell, model.cell[type], space.n * sizeof(cell_t));
}

static bool same_regions(int type)
{
	const struct memblock_type *t = real[type];
	unsigned int at = 0;

	for (unsigned long i = 0; i < t->cnt; i++)
		if (!same_region(type, i, &at))
			return false;
	if (!all_are(model.cell[type], at, space.n, 0))
		return differ("%s: the model has more from 0x%llx on", t->name, HEX(edge(at)));
	remember(type);
	return true;
}

static bool same_type(int type)
{
	const struct memblock_type *t = real[type];

	if (t->cnt > t->max || t->cnt > MAX_GRAINS)
		return differ("%s.cnt %lu, max %lu", t->name, t->cnt, t->max);
	if (!unchanged(type) && !same_regions(type))
		return false;
	if (t->total_size != model.total[type])
		return differ("%s.total_size = 0x%llx, expected 0x%llx", t->name,
			      HEX(t->total_size), HEX(model.total[type]));
	return true;
}

bool same_state(void)
{
	if (memblock_has_mirror() != model.mirror)
		return differ("memblock_has_mirror() = %d", !model.mirror);
	return same_type(MEMORY) && same_type(RESERVED);
}
