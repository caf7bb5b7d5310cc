/* SPDX-License-Identifier: MIT */
/* Walks through both. */
#include "memblock.h"

#define MAX_RANGES (2 * MAX_GRAINS + 2)

struct range {
	phys_addr_t start, end;
	int nid;
};

static struct range forward[MAX_RANGES + 1], backward[MAX_RANGES + 1], expected[MAX_RANGES + 1];

/* Ranges of @type that are not in @without. */
static unsigned int model_ranges(int type, int without, int nid, unsigned int flags)
{
	const cell_t *cell = model.cell[type];
	unsigned int n = 0, i, a;

	for (i = 0; i < space.n; i++) {
		a = i;
		if (!cell[a] || (type == MEMORY && !eligible(cell[a], nid, flags)) ||
		    (without != NO_TYPE && model.cell[without][a]))
			continue;
		while (i + 1 < space.n && cell[i + 1] == cell[a] &&
		       (without == NO_TYPE || !model.cell[without][i + 1]))
			i++;
		expected[n++] = (struct range){ edge(a), edge(i + 1), CELL_NID(cell[a]) };
	}
	return n;
}

static bool same_range(const struct range *x, const struct range *y)
{
	return x->start == y->start && x->end == y->end && x->nid == y->nid;
}

static bool mirrored(unsigned int n, unsigned int n_back)
{
	for (unsigned int i = 0; i < n && n == n_back; i++)
		if (!same_range(&forward[i], &backward[n - 1 - i]))
			return false;
	return n == n_back;
}

/* Between two reservations that touch there is an empty range: Linux reports it, and so may we. */
static unsigned int drop_empty(struct range *range, unsigned int n)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++)
		if (range[i].start != range[i].end)
			range[kept++] = range[i];
	return kept;
}

static bool same_ranges(const char *what, unsigned int n, unsigned int n_expected)
{
	unsigned int i = 0;

	while (i < n && i < n_expected && same_range(&forward[i], &expected[i]))
		i++;
	if (i == n && i == n_expected)
		return true;
	if (i == n || i == n_expected)
		return differ("%s: %u ranges, expected %u", what, n, n_expected);
	return differ("%s: %u is [0x%llx-0x%llx) nid %d, expected [0x%llx-0x%llx) nid %d", what, i,
		      HEX(forward[i].start), HEX(forward[i].end), forward[i].nid,
		      HEX(expected[i].start), HEX(expected[i].end), expected[i].nid);
}

struct walk {
	struct memblock_type *of, *without;
	int nid;
	enum memblock_flags flags;
};

static unsigned int walk_forward(const struct walk *w)
{
	uint64_t i = 0;
	struct range r;

	for (unsigned int n = 0;; n++) {
		__next_mem_range(&i, w->nid, w->flags, w->of, w->without, &r.start, &r.end, &r.nid);
		if (i == UINT64_MAX || n == MAX_RANGES)
			return n;
		forward[n] = r;
	}
}

static unsigned int walk_backward(const struct walk *w)
{
	uint64_t i = UINT64_MAX;
	struct range r;

	for (unsigned int n = 0;; n++) {
		__next_mem_range_rev(&i, w->nid, w->flags, w->of, w->without, &r.start, &r.end,
				     &r.nid);
		if (i == UINT64_MAX || n == MAX_RANGES)
			return n;
		backward[n] = r;
	}
}

static bool probe_walk(int type, int without, int nid, enum memblock_flags flags)
{
	struct walk w = { real[type], without == NO_TYPE ? NULL : real[without], nid, flags };
	unsigned int n = walk_forward(&w), n_expected;

	if (!mirrored(n, walk_backward(&w)))
		return differ("backward differs from forward: type %d nid %d flags 0x%x", type, nid,
			      (unsigned int)flags);
	n_expected = model_ranges(type, without, nid, flags);
	return same_ranges(without == NO_TYPE ? "ranges" : "ranges outside of the other type",
			   drop_empty(forward, n), n_expected);
}

/* The macros for what is asked most. */
static bool probe_named_walks(void)
{
	unsigned int n = 0, n_back = 0;
	struct range r = { 0, 0, 0 };
	uint64_t i;

	for_each_mem_range(i, &r.start, &r.end)
		forward[n++ % MAX_RANGES] = r;
	for_each_mem_range_rev(i, &r.start, &r.end)
		backward[n_back++ % MAX_RANGES] = r;
	if (!mirrored(n, n_back))
		return differ("for_each_mem_range_rev differs from for_each_mem_range");
	if (n != model_ranges(MEMORY, NO_TYPE, NUMA_NO_NODE, PF_MEMBLOCK_ANY_RAM))
		return differ("for_each_mem_range: %u ranges", n);
	n = 0;
	for_each_reserved_mem_range(i, &r.start, &r.end)
		forward[n++ % MAX_RANGES] = r;
	if (n != model_ranges(RESERVED, NO_TYPE, NUMA_NO_NODE, 0))
		return differ("for_each_reserved_mem_range: %u ranges", n);
	n = 0;
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &r.start, &r.end, NULL)
		forward[n++ % MAX_RANGES] = r;
	n_back = 0;
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &r.start, &r.end, NULL)
		backward[n_back++ % MAX_RANGES] = r;
	return mirrored(n, n_back) || differ("for_each_free_mem_range: not the reverse");
}

static bool probe_pfn_ranges(int nid)
{
	unsigned int n = 0, n_expected = 0;
	unsigned long start, end;
	struct span run = { 0, 0 };
	int i, r_nid;

	for_each_mem_pfn_range(i, nid, &start, &end, &r_nid)
		if (n < MAX_RANGES)
			forward[n++] =
				(struct range){ (phys_addr_t)start, (phys_addr_t)end, r_nid };
	for (; run.a < space.n; run.a = run.b) {
		cell_t cell;

		run = run_at(model.cell[MEMORY], run.a);
		cell = model.cell[MEMORY][run.a];
		start = PF_PFN_UP(edge(run.a));
		end = PF_PFN_DOWN(edge(run.b));
		if (cell && start < end && (!is_node(nid) || nid == CELL_NID(cell)))
			expected[n_expected++] = (struct range){ (phys_addr_t)start,
								 (phys_addr_t)end, CELL_NID(cell) };
	}
	return same_ranges("for_each_mem_pfn_range", n, n_expected);
}

static bool probe_coverage(struct source *rng)
{
	unsigned long threshold = (unsigned long)rnd(rng, space.n) << space.shift;
	unsigned long start, end;
	phys_addr_t without = 0;
	int i, nid;
	bool covered;

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid)
		if (!is_node(nid))
			without += PF_PFN_PHYS(end - start);
	covered = without <= threshold;
	return memblock_validate_numa_coverage(threshold) == covered ||
	       differ("memblock_validate_numa_coverage(0x%lx) is %d", threshold, !covered);
}

bool probe(uint64_t seed)
{
	struct source rng = { .state = seed };
	int nid = random_nid(&rng);

	for (int i = 0; i < 4; i++)
		if (!probe_address(&rng) || !probe_range(&rng) || !probe_pfn(&rng))
			return false;
	return probe_sizes() && probe_named_walks() &&
	       probe_walk(MEMORY, NO_TYPE, nid, random_flags(&rng)) &&
	       probe_walk(RESERVED, NO_TYPE, nid, random_flags(&rng)) &&
	       probe_walk(MEMORY, RESERVED, nid, random_flags(&rng)) &&
	       probe_walk(RESERVED, MEMORY, nid, random_flags(&rng)) && probe_pfn_ranges(nid) &&
	       probe_pfn_ranges(MAX_NUMNODES) && probe_coverage(&rng);
}
