/* SPDX-License-Identifier: MIT */
/* Does the library say of each page, zone, node and list what the model says? */
#include "handover.h"

uint8_t states[MAX_PAGES];

static bool same_zone(unsigned long i, unsigned long j)
{
	return page_nid(i) == page_nid(j) && zones[i] == zones[j];
}

void recount(void)
{
	for (int nid = 0; nid < MAX_NODES; nid++)
		for (int z = 0; z < PF_ZONES; z++) {
			struct zone_model *m = &nodes[nid].zone[z];

			m->managed = m->nr_free = m->deferred = 0;
		}
	for (unsigned long i = 0; i < machine.pages; i++) {
		struct zone_model *m;

		if (page_nid(i) < 0)
			continue;
		m = &nodes[page_nid(i)].zone[zones[i]];
		m->managed += states[i] == PF_FREE || states[i] == PF_ALLOCATED ||
			      states[i] == PF_ISOLATED || states[i] == PF_POISONED;
		m->nr_free += states[i] == PF_FREE;
		m->deferred += states[i] == PF_DEFERRED;
	}
}

/* --- chunks: as large as free pages of one zone side by side allow --- */

static bool all_free(unsigned long i, unsigned long first, unsigned long n)
{
	for (unsigned long j = first; j < first + n; j++)
		if (states[j] != PF_FREE || !same_zone(i, j))
			return false;
	return true;
}

/* Page numbers of the window may begin anywhere; chunks are aligned by pfn. */
unsigned chunk_order(unsigned long i)
{
	unsigned order = 0;

	while (order < PF_MAX_ORDER) {
		pf_pfn first = pfn_of(i) & ~((2ul << order) - 1);

		if (!in_window(first) || !in_window(first + (2ul << order) - 1) ||
		    !all_free(i, first - machine.base, 2ul << order))
			break;
		order++;
	}
	return order;
}

void count_chunks(int nid, int zone, unsigned long chunks[PF_MAX_ORDER + 1])
{
	static unsigned long run[MAX_PAGES + 1]; /* free pages of the zone from here on */

	memset(chunks, 0, (PF_MAX_ORDER + 1) * sizeof(*chunks));
	if (!nodes[nid].zone[zone].present)
		return;
	run[machine.pages] = 0;
	for (unsigned long i = machine.pages; i--;)
		run[i] = states[i] == PF_FREE && page_nid(i) == nid && zones[i] == zone
				 ? run[i + 1] + 1
				 : 0;
	for (unsigned long i = 0; i < machine.pages;) {
		unsigned order = 0;

		if (!run[i]) {
			i++;
			continue;
		}
		while (order < PF_MAX_ORDER && !(pfn_of(i) & (1ul << order)) &&
		       run[i] >= 2ul << order)
			order++;
		chunks[order]++;
		i += 1ul << order;
	}
}

/* --- pages --- */

static void compare_page(const struct pf_mem *mem, unsigned long i)
{
	uint32_t info = pf_page_info(mem, pfn_of(i));
	int nid = page_nid(i);

	if (nid < 0 ? info != 0 : pf_info_state(info) != (enum pf_state)states[i])
		differ("page %#lx is in state %d, not %d", pfn_of(i), (int)pf_info_state(info),
		       nid < 0 ? 0 : states[i]);
	if (nid < 0)
		return;
	if (pf_info_node(info) != nid || (int)pf_info_zone(info) != zones[i])
		differ("page %#lx is of node %d, zone %d, not %d, %d", pfn_of(i),
		       pf_info_node(info), (int)pf_info_zone(info), nid, zones[i]);
	if (pf_info_order(info) || info & PF_INFO_FIRST)
		differ("page %#lx tells of its chunk", pfn_of(i));
}

static void compare_outside(const struct pf_mem *mem)
{
	for (unsigned long n = 1; n < 4; n++)
		if (pf_page_info(mem, machine.base - n) ||
		    pf_page_info(mem, machine.base + machine.pages + n - 1))
			differ("there are pages outside the machine");
}

/* Runs ascend, say the same as pages, leave none out, and none could be longer. */
static void compare_runs(const struct pf_mem *mem)
{
	struct pf_run run = { .end = mem->first_pfn }, last = { 0 };
	unsigned long i = 0;

	for (; pf_next_run(mem, &run); last = run) {
		if (run.start < machine.base || run.end <= run.start ||
		    run.end > pfn_of(machine.pages))
			differ("a run is [%#lx, %#lx)", run.start, run.end);
		for (; pfn_of(i) < run.start; i++)
			if (page_nid(i) >= 0)
				differ("runs leave out page %#lx", pfn_of(i));
		if (last.end == run.start && last.state == run.state && last.zone == run.zone &&
		    last.nid == run.nid)
			differ("two runs that meet at page %#lx are alike", run.start);
		for (; pfn_of(i) < run.end; i++)
			if (page_nid(i) != run.nid || zones[i] != run.zone ||
			    states[i] != run.state)
				differ("page %#lx is in the wrong run, from %#lx", pfn_of(i),
				       run.start);
	}
	for (; i < machine.pages; i++)
		if (page_nid(i) >= 0)
			differ("runs end before page %#lx", pfn_of(i));
}

/* --- zones and nodes --- */

static void same_count(const char *what, int nid, int zone, unsigned long is, unsigned long want)
{
	if (is != want)
		differ("node %d, zone %d: %s is %#lx, not %#lx", nid, zone, what, is, want);
}

static void compare_lists(const struct pf_zone *z, int nid)
{
	unsigned long chunks[PF_MAX_ORDER + 1];

	count_chunks(nid, (int)z->type, chunks);
	for (unsigned order = 0; order <= PF_MAX_ORDER; order++)
		for (int type = 0; type < PF_MIGRATETYPES; type++) {
			unsigned long listed = pf_free_chunks(z, order, (enum pf_migratetype)type);

			if (listed != (type == PF_MOVABLE ? chunks[order] : 0))
				differ("node %d, zone %d: list %d of order %u has %lu chunks, not "
				       "%lu",
				       nid, (int)z->type, type, order, listed, chunks[order]);
		}
}

static void compare_zone(const struct pf_zone *z, int nid, int zone)
{
	const struct zone_model *m = &nodes[nid].zone[zone];

	same_count("nid", nid, zone, (unsigned long)z->nid, (unsigned long)nid);
	same_count("type", nid, zone, z->type, (unsigned long)zone);
	same_count("start", nid, zone, z->start_pfn, m->start);
	same_count("spanned", nid, zone, z->spanned, m->spanned);
	same_count("present", nid, zone, z->present, m->present);
	same_count("managed", nid, zone, z->managed, m->managed);
	same_count("nr_free", nid, zone, z->nr_free, m->nr_free);
	same_count("deferred", nid, zone, z->deferred, m->deferred);
}

void compare_zones(const struct pf_mem *mem)
{
	int highest = -1;

	recount();
	for (int nid = 0; nid < MAX_NODES; nid++) {
		const struct node_model *m = &nodes[nid];
		const struct pf_node *n = nid < mem->nr_nodes ? mem->nodes[nid] : NULL;

		if (!m->present != !n)
			differ("node %d is %s", nid, n ? "there, without memory" : "not there");
		if (!n)
			continue;
		highest = nid;
		same_count("nid", nid, -1, (unsigned long)n->nid, (unsigned long)nid);
		same_count("start", nid, -1, n->start_pfn, m->start);
		same_count("spanned", nid, -1, n->spanned, m->spanned);
		same_count("present", nid, -1, n->present, m->present);
		same_count("movable_pfn", nid, -1, n->movable_pfn, m->movable);
		for (int z = 0; z < PF_ZONES; z++)
			compare_zone(&n->zone[z], nid, z);
	}
	same_count("nr_nodes", -1, -1, (unsigned long)mem->nr_nodes, (unsigned long)highest + 1);
	same_count("mixed", -1, -1, mem->mixed, rules_mixed());
}

void compare_all(const struct pf_mem *mem)
{
	char why[256];

	compare_zones(mem);
	for (unsigned long i = 0; i < machine.pages; i++)
		compare_page(mem, i);
	compare_outside(mem);
	compare_runs(mem);
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			compare_lists(&mem->nodes[nid]->zone[z], nid);
	if (!pf_verify(mem, why, sizeof(why)))
		differ("pf_verify(): %s", why);
	if (why[0])
		differ("pf_verify() is content, and says: %s", why);
}
