/* SPDX-License-Identifier: MIT */
/* Statements about ranges: they come and go, online and offline, and are isolated. */
#include "scenario_run.h"

#include <pageframe/walk.h>

/* --- comes and goes --- */

bool scenario_add_memory(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t nid = s->value[1].n;
	struct range range;

	return scenario_range(r, &s->value[0], &range) &&
	       scenario_done(r,
			     pf_add_memory(r->mem, nid > INT32_MAX ? -1 : (int)nid, range.base,
					   range.size, s->value[2].given ? PF_MEMMAP_ON_MEMORY : 0),
			     NULL);
}

bool scenario_remove_memory(struct scenario_run *r, const struct scenario_statement *s)
{
	struct range range;

	return scenario_range(r, &s->value[0], &range) &&
	       scenario_done(r, pf_remove_memory(r->mem, range.base, range.size), NULL);
}

bool scenario_online(struct scenario_run *r, const struct scenario_statement *s)
{
	unsigned long pages;
	pf_pfn start;

	return scenario_pages(r, &s->value[0], &start, &pages) &&
	       scenario_done(
		       r,
		       pf_online_pages(r->mem, start, pages, (enum pf_online_to)s->value[1].choice),
		       NULL);
}

bool scenario_offline(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_obstacle obstacle = { .why = NULL };
	unsigned long pages;
	pf_pfn start;

	return scenario_pages(r, &s->value[0], &start, &pages) &&
	       scenario_done(r,
			     pf_offline_pages(r->mem, start, pages, scenario_mover(r), &obstacle),
			     &obstacle);
}

bool scenario_removable(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_obstacle obstacle = { .why = NULL };
	unsigned long pages;
	pf_pfn start;

	if (!scenario_pages(r, &s->value[0], &start, &pages))
		return false;
	return scenario_done(r, pf_is_removable(r->mem, start, pages, &obstacle) ? 0 : -PF_EBUSY,
			     &obstacle);
}

/* --- is isolated --- */

static unsigned flags_of(const struct scenario_value *skip_poisoned)
{
	return skip_poisoned->given ? PF_ISOLATE_SKIP_POISONED : 0;
}

/* They are the library's own condition; it says nothing of it when isolation is undone. */
static bool whole_blocks(struct scenario_run *r, const struct scenario_value *v, pf_pfn *start,
			 unsigned long *pages)
{
	if (!scenario_pages(r, v, start, pages))
		return false;
	if ((*start | *pages) & (PF_BLOCK_PAGES - 1))
		return scenario_fail(r, "these are no whole blocks of %lluM",
				     (unsigned long long)PF_BLOCK_SIZE >> 20);
	return (pf_mem_has_pfn(r->mem, *start) && pf_mem_has_pfn(r->mem, *start + *pages - 1)) ||
	       scenario_fail(r, "some of it is beyond the machine");
}

bool scenario_isolate(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_obstacle obstacle = { .why = NULL };
	unsigned long pages;
	pf_pfn start;

	return whole_blocks(r, &s->value[0], &start, &pages) &&
	       scenario_done(r,
			     pf_isolate_range(r->mem, start, start + pages, PF_MOVABLE,
					      flags_of(&s->value[1]), &obstacle),
			     &obstacle);
}

bool scenario_unisolate(struct scenario_run *r, const struct scenario_statement *s)
{
	unsigned long pages;
	pf_pfn start;

	if (!whole_blocks(r, &s->value[0], &start, &pages))
		return false;
	pf_undo_isolate_range(r->mem, start, start + pages);
	return true;
}

bool scenario_isolated(struct scenario_run *r, const struct scenario_statement *s)
{
	unsigned long pages;
	pf_pfn start, pfn;

	if (!whole_blocks(r, &s->value[0], &start, &pages))
		return false;
	pfn = pf_test_pages_isolated(r->mem, start, start + pages, flags_of(&s->value[1]));
	return pfn >= start + pages ||
	       scenario_fail(r, "0x%llx: it is not free", (unsigned long long)PF_PFN_PHYS(pfn));
}

/* --- is damaged --- */

bool scenario_poison(struct scenario_run *r, const struct scenario_statement *s)
{
	struct pf_obstacle obstacle = { .why = NULL };
	uint64_t address;
	pf_pfn pfn;
	int ret;

	if (!scenario_address(r, &s->value[0], &address))
		return false;
	pfn = PF_PFN_DOWN(address);
	ret = pf_poison_page(r->mem, pfn);
	/* It does not say why; the other does, but would tell a device. */
	if (ret < 0 && pf_info_state(pf_page_info(r->mem, pfn)) == PF_DEVICE)
		obstacle = (struct pf_obstacle){ pfn, "it is a device's" };
	else if (ret < 0)
		ret = pf_memory_failure(r->mem, pfn, &obstacle);
	return scenario_done(r, ret, &obstacle);
}

bool scenario_unpoison(struct scenario_run *r, const struct scenario_statement *s)
{
	uint64_t address;

	return scenario_address(r, &s->value[0], &address) &&
	       scenario_done(r, pf_unpoison_page(r->mem, PF_PFN_DOWN(address)), NULL);
}
