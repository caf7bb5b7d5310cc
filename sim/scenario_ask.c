/* SPDX-License-Identifier: MIT */
/* Questions: what a page is, what zones, memory blocks and counters are. */
#include "scenario_run.h"

#include <string.h>

#include <pageframe/nofree.h>
#include <pageframe/walk.h>

/* --- pages --- */

static const char *state_word(enum pf_state state)
{
	static const char *const words[] = {
		[PF_ABSENT] = "absent", [PF_RESERVED] = "reserved", [PF_DEFERRED] = "deferred",
		[PF_FREE] = "free",	[PF_ALLOCATED] = "in-use",  [PF_OFFLINE] = "offline",
		[PF_DEVICE] = "device", [PF_PER_CPU] = "per-cpu",   [PF_ISOLATED] = "isolated",
		[PF_NOFREE] = "nofree", [PF_POISONED] = "poisoned", [PF_NOMAP] = "nomap",
	};

	return (size_t)state < sizeof(words) / sizeof(*words) && words[state] ? words[state]
									      : "changing";
}

static bool is_so(const struct scenario_run *r, pf_pfn pfn, const char *word)
{
	if (!strcmp(word, "online"))
		return pf_pfn_to_online_page(r->mem, pfn);
	return !strcmp(state_word(pf_info_state(pf_page_info(r->mem, pfn))), word);
}

enum {
	LOOKUP_PLACE,
	LOOKUP_IS,
	LOOKUP_NOT,
	LOOKUP_STATE,
};

/* Outside of the map one page is like the next. */
static pf_pfn next_page(const struct pf_mem *mem, pf_pfn pfn, pf_pfn last)
{
	if (pf_mem_has_pfn(mem, pfn) || pfn == last)
		return pfn + 1;
	return pfn < mem->first_pfn && mem->first_pfn <= last ? mem->first_pfn : last;
}

static bool look(struct scenario_run *r, const struct scenario_value *v, struct range range)
{
	pf_pfn last = PF_PFN_DOWN(range.base + range.size - 1);

	for (pf_pfn pfn = PF_PFN_DOWN(range.base); pfn <= last; pfn = next_page(r->mem, pfn, last))
		if (is_so(r, pfn, v[LOOKUP_STATE].word) == v[LOOKUP_NOT].given)
			return scenario_fail(r, "0x%llx %s", (unsigned long long)PF_PFN_PHYS(pfn),
					     state_word(pf_info_state(pf_page_info(r->mem, pfn))));
	return true;
}

bool scenario_ask_lookup(struct scenario_run *r, const struct scenario_statement *s)
{
	const struct scenario_value *place = &s->value[LOOKUP_PLACE];
	const struct scenario_thing *t = place->word && !place->size && !place->whole_block
						 ? scenario_find_thing(r, place->word)
						 : NULL;
	struct range range;

	if (!t || !t->first.n)
		return scenario_range(r, place, &range) && look(r, s->value, range);
	for (size_t i = 0; i < t->first.n; i++)
		if (!look(r, s->value,
			  (struct range){ PF_PFN_PHYS(t->first.at[i]), PF_PFN_PHYS(t->pages) }))
			return false;
	return true;
}

/* --- figures --- */

/* One that is not what was asked for is added to what was found. */
static void compare(char *found, size_t size, const struct scenario_param *p,
		    const struct scenario_value *v, uint64_t is)
{
	size_t length = strlen(found);

	if (v->given && v->n != is)
		snprintf(found + length, size - length,
			 p->kind == SCENARIO_ADDRESS ? "%s%s 0x%llx" : "%s%s %llu",
			 length ? ", " : "", p->keyword, (unsigned long long)is);
}

bool scenario_compare(struct scenario_run *r, const struct scenario_statement *s, size_t first,
		      const uint64_t *figures, size_t n)
{
	char found[300] = "";
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		any |= s->value[first + i].given;
		compare(found, sizeof(found), &s->verb->params[first + i], &s->value[first + i],
			figures[i]);
	}
	if (!any)
		return scenario_fail(r, "no figure to compare with: %s", s->verb->usage);
	return !*found || scenario_fail(r, "%s", found);
}

static const struct pf_node *find_node(struct scenario_run *r, uint64_t nid)
{
	if (nid < (uint64_t)r->mem->nr_nodes && r->mem->nodes[nid])
		return r->mem->nodes[nid];
	scenario_fail(r, "no node %llu", (unsigned long long)nid);
	return NULL;
}

static uint64_t on_lists(const struct pf_mem *mem, const struct pf_zone *zone)
{
	uint64_t pages = 0;

	for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++)
		pages += pf_per_cpu_pages(mem, zone, cpu);
	return pages;
}

bool scenario_ask_zone(struct scenario_run *r, const struct scenario_statement *s)
{
	const struct pf_node *node = find_node(r, s->value[0].n);
	const struct pf_zone *z;

	if (!node)
		return false;
	z = &node->zone[s->value[1].choice];
	return scenario_compare(r, s, 2,
				(const uint64_t[]){ z->spanned, z->present, z->managed,
						    pf_zone_free(z), on_lists(r->mem, z),
						    z->spanned ? PF_PFN_PHYS(z->start_pfn) : 0 },
				6);
}

bool scenario_ask_nofree(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_nofree_stats n;

	if (!find_node(r, s->value[0].n))
		return false;
	pf_nofree_stats(r->mem, (int)s->value[0].n, &n);
	return scenario_compare(r, s, 1,
				(const uint64_t[]){ n.chunks, n.handed_out, n.waiting, n.given_back,
						    n.imported, n.returned },
				6);
}

/* --- memory blocks --- */

static const char *const block_states[] = { "absent", "offline", "online", "going-offline",
					    "partly" };

/* "offline Movable,Normal", as sysfs has it */
static void describe(const struct pf_memory_block *b, char *text, size_t size)
{
	snprintf(text, size, "%s %s%s%s", block_states[b->state],
		 b->zones[0] < PF_ZONES ? pf_zone_name(b->zones[0]) : "none",
		 b->zones[1] < PF_ZONES ? "," : "",
		 b->zones[1] < PF_ZONES ? pf_zone_name(b->zones[1]) : "");
}

bool scenario_ask_memory_block(struct scenario_run *r, const struct scenario_statement *s)
{
	const struct scenario_value *id = &s->value[0], *state = &s->value[1],
				    *zones = &s->value[2];
	char is[80] = "absent", wanted[120];
	struct pf_memory_block b;

	if (id->n >> (64 - r->mem->memory_block_order - PF_PAGE_SHIFT))
		return scenario_fail(r, "no address so high");
	if (pf_memory_block(r->mem, (unsigned long)id->n, &b))
		describe(&b, is, sizeof(is));
	snprintf(wanted, sizeof(wanted), "%s%s%.60s", state->word, zones->given ? " " : "",
		 zones->given ? zones->word : "");
	if (!strcmp(is, wanted) || (!zones->given && !strncmp(is, wanted, strlen(wanted)) &&
				    strchr(" ", is[strlen(wanted)])))
		return true;
	return scenario_fail(r, "%s", is);
}

/* --- moves --- */

bool scenario_ask_moved(struct scenario_run *r, const struct scenario_statement *s)
{
	const struct scenario_thing *t = scenario_find_thing(r, s->value[0].word);
	size_t moved = t ? t->moved : 0;

	if (s->value[1].given ? moved == s->value[1].n : moved > 0)
		return true;
	return scenario_fail(r, "that it was moved %zu times", moved);
}
