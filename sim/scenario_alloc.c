/* SPDX-License-Identifier: MIT */
/* Statements that allocate and free. */
#include "scenario_run.h"

#include <pageframe/nofree.h>

#include "../port/posix/port.h"

static bool node_exists(struct scenario_run *r, const struct scenario_value *v)
{
	if (!v->given || (v->n < (uint64_t)r->mem->nr_nodes && r->mem->nodes[v->n]))
		return true;
	return scenario_fail(r,
			     "there is no node %llu; 'nodes N' of 'machine' and 'boot' makes "
			     "some",
			     (unsigned long long)v->n);
}

static int nid_of(const struct scenario_value *v)
{
	return v->given ? (int)v->n : NUMA_NO_NODE;
}

/* --- chunks; these stand beside the params --- */

enum {
	ORDER_ORDER,
	ORDER_TYPE,
	ORDER_URGENCY,
	ORDER_ZONE,
	ORDER_NODE,
	ORDER_ONLY,
	ORDER_TIMES,
};

static pf_gfp gfp_of(const struct scenario_value *v)
{
	static const pf_gfp types[] = { PF_GFP_UNMOVABLE, PF_GFP_MOVABLE, PF_GFP_RECLAIMABLE };
	static const pf_gfp urgencies[] = { PF_GFP_HIGH, PF_GFP_ATOMIC, PF_GFP_MEMALLOC };
	pf_gfp gfp = types[v[ORDER_TYPE].choice];

	if (v[ORDER_ZONE].given)
		gfp |= PF_GFP_ZONE(v[ORDER_ZONE].choice);
	else if (gfp == PF_GFP_MOVABLE)
		gfp |= PF_GFP_ANY_ZONE;
	if (v[ORDER_URGENCY].given)
		gfp |= urgencies[v[ORDER_URGENCY].choice];
	return gfp | (v[ORDER_ONLY].given ? PF_GFP_THISNODE : 0);
}

static pf_pfn alloc_one(struct scenario_run *r, const struct scenario_value *v, unsigned order)
{
	if (v[ORDER_NODE].given)
		return pf_alloc_pages_node(r->mem, order, gfp_of(v), (int)v[ORDER_NODE].n, NULL);
	return pf_alloc_pages(r->mem, order, gfp_of(v));
}

static bool give_back(struct scenario_run *r, struct scenario_thing *t, const char *why)
{
	scenario_disown(r, t);
	for (size_t i = 0; i < t->first.n; i++)
		if (t->has == SCENARIO_NOFREE)
			pf_free_nofree(r->mem, t->first.at[i]);
		else
			pf_free_pages(r->mem, t->first.at[i], t->order);
	t->first.n = 0;
	return scenario_fail(r, "%s", why);
}

/* All, or none; or as many as there are, and that is one at the least. */
static bool is_enough(const struct scenario_thing *t, uint64_t wanted)
{
	return wanted == SCENARIO_ALL ? t->first.n > 0 : t->first.n == wanted;
}

static bool order_exists(struct scenario_run *r, uint64_t order)
{
	return order <= PF_MAX_ORDER || scenario_fail(r, "orders go up to %d", PF_MAX_ORDER);
}

bool scenario_alloc_order(struct scenario_run *r, const struct scenario_statement *s)
{
	const struct scenario_value *v = s->value;
	uint64_t times = v[ORDER_TIMES].given ? v[ORDER_TIMES].n : 1;
	struct scenario_thing *t;
	pf_pfn pfn;

	if (!order_exists(r, v[ORDER_ORDER].n) || !node_exists(r, &v[ORDER_NODE]))
		return false;
	t = scenario_new_thing(r, SCENARIO_CHUNKS, (unsigned)v[ORDER_ORDER].n);
	while (t->first.n < times && (pfn = alloc_one(r, v, t->order)) != PF_NO_PFN)
		scenario_own(r, t, pfn);
	return is_enough(t, times) ||
	       give_back(r, t, "there is no such chunk within the watermarks");
}

bool scenario_alloc_at(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t order = s->value[1].n;
	uint64_t address;
	pf_pfn pfn;

	if (!scenario_address(r, &s->value[0], &address) || !order_exists(r, order))
		return false;
	pfn = PF_PFN_DOWN(address);
	if (!scenario_done(r, pf_alloc_pages_at(r->mem, pfn, (unsigned)order), NULL))
		return false;
	scenario_own(r, scenario_new_thing(r, SCENARIO_CHUNKS, (unsigned)order), pfn);
	return true;
}

bool scenario_alloc_range(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_obstacle obstacle = { .why = NULL };
	struct scenario_thing *t;
	unsigned long pages;
	pf_pfn start;

	if (!scenario_pages(r, &s->value[0], &start, &pages) ||
	    !scenario_done(r,
			   pf_alloc_contig_range(r->mem, start, start + pages, PF_MOVABLE,
						 PF_GFP_UNMOVABLE, scenario_mover(r), &obstacle),
			   &obstacle))
		return false;
	t = scenario_new_thing(r, SCENARIO_CONTIG, 0);
	t->pages = pages;
	scenario_own(r, t, start);
	return true;
}

/* --- no-free pages --- */

enum {
	NOFREE_TIMES,
	NOFREE_NODE,
	NOFREE_ZONE,
};

#define MOST_AT_ONCE (1ul << 22)

static bool alloc_bulk(struct scenario_run *r, struct scenario_thing *t, int nid, pf_gfp gfp,
		       unsigned long nr)
{
	pf_pfn *pfns = nr <= MOST_AT_ONCE ? calloc(nr + 1, sizeof(*pfns)) : NULL;
	int ret = pfns ? pf_alloc_nofree_bulk(r->mem, nid, gfp, nr, pfns) : -PF_ENOMEM;

	for (unsigned long i = 0; !ret && i < nr; i++)
		scenario_own(r, t, pfns[i]);
	free(pfns);
	return !ret || scenario_fail(r, "there are no so many pages within the watermarks");
}

bool scenario_alloc_nofree(struct scenario_run *r, const struct scenario_statement *s)
{
	const struct scenario_value *v = s->value;
	uint64_t times = v[NOFREE_TIMES].given ? v[NOFREE_TIMES].n : 1;
	pf_gfp gfp = v[NOFREE_ZONE].given ? PF_GFP_ZONE(v[NOFREE_ZONE].choice) : PF_GFP_NORMAL;
	struct scenario_thing *t;
	pf_pfn pfn;

	if (!node_exists(r, &v[NOFREE_NODE]))
		return false;
	t = scenario_new_thing(r, SCENARIO_NOFREE, 0);
	if (times != SCENARIO_ALL)
		return alloc_bulk(r, t, nid_of(&v[NOFREE_NODE]), gfp, times);
	while ((pfn = pf_alloc_nofree(r->mem, nid_of(&v[NOFREE_NODE]), gfp)) != PF_NO_PFN)
		scenario_own(r, t, pfn);
	return t->first.n || scenario_fail(r, "there is no page within the watermarks");
}

/* --- and back --- */

/* Who frees a name twice is told so by the library: the place stays with the name. */
bool scenario_free_it(struct scenario_run *r, const struct scenario_statement *s)
{
	struct scenario_thing *t = scenario_find_thing(r, s->value[0].word);

	if (!t || !t->first.n)
		return scenario_fail(r, "'%s' has nothing: what should have given it failed",
				     s->value[0].word);
	if (t->has == SCENARIO_DEVICE)
		return scenario_fail(r, "'%s' is a device: 'unmap %s'", t->name, t->name);
	scenario_disown(r, t);
	for (size_t i = 0; i < t->first.n; i++)
		if (t->has == SCENARIO_NOFREE)
			pf_free_nofree(r->mem, t->first.at[i]);
		else if (t->has == SCENARIO_CONTIG)
			pf_free_contig_range(r->mem, t->first.at[i], t->pages);
		else
			pf_free_pages(r->mem, t->first.at[i], t->order);
	return scenario_said_nothing(r);
}

bool scenario_free_chunk(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t address;

	if (!scenario_address(r, &s->value[0], &address) || !order_exists(r, s->value[1].n))
		return false;
	pf_free_pages(r->mem, PF_PFN_DOWN(address), (unsigned)s->value[1].n);
	return scenario_said_nothing(r);
}

bool scenario_free_nofree(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t address;

	return scenario_address(r, &s->value[0], &address) &&
	       scenario_done(r, pf_free_nofree(r->mem, PF_PFN_DOWN(address)), NULL);
}

/* --- CPUs, and who moves --- */

bool scenario_drain(struct scenario_run *r, const struct scenario_statement *s)
{
	(void)s;
	pf_drain_nofree(r->mem, NUMA_NO_NODE);
	return pf_drain_all(r->mem) || scenario_fail(r, "some CPU could not be reached");
}

bool scenario_cpu(struct scenario_run *r, const struct scenario_statement *s)
{
	if (s->value[0].n >= r->mem->nr_cpus)
		return scenario_fail(r,
				     "there are CPUs 0 to %u; 'cpus N' of 'machine' and 'boot' "
				     "makes more",
				     r->mem->nr_cpus - 1);
	posix_port_set_cpu((unsigned)s->value[0].n);
	return true;
}

bool scenario_set_mover(struct scenario_run *r, const struct scenario_statement *s)
{
	r->how = (enum scenario_mover)s->value[0].choice;
	return true;
}

bool scenario_verify(struct scenario_run *r, const struct scenario_statement *s)
{
	char why[240];

	(void)s;
	return (pf_verify(r->mem, why, sizeof(why)) &&
		pf_verify_nofree(r->mem, why, sizeof(why))) ||
	       scenario_fail(r, "the library's accounts do not agree: %s", why);
}
