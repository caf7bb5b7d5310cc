/* SPDX-License-Identifier: MIT */
/* What names stand for, and where it is now: the mover moves it, and writes that down. */
#include "scenario_run.h"

#include <string.h>

struct scenario_thing *scenario_find_thing(const struct scenario_run *r, const char *name)
{
	for (size_t i = 0; i < r->things.n; i++)
		if (!strcmp(r->things.at[i]->name, name))
			return r->things.at[i];
	return NULL;
}

struct scenario_thing *scenario_new_thing(struct scenario_run *r, enum scenario_has has,
					  unsigned order)
{
	struct scenario_thing *t = calloc(1, sizeof(*t));

	if (!t) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	*t = (struct scenario_thing){ .name = r->now->result ? r->now->result : "",
				      .has = has,
				      .order = order,
				      .pages = 1ul << order };
	*vec_add(&r->things) = t;
	return t;
}

static size_t number_of(const struct scenario_run *r, const struct scenario_thing *t)
{
	size_t i = 0;

	while (r->things.at[i] != t)
		i++;
	return i + 1;
}

void scenario_own(struct scenario_run *r, struct scenario_thing *t, pf_pfn pfn)
{
	*vec_add(&t->first) = pfn;
	kmem_map_set(&r->owner, pfn, (uint64_t)number_of(r, t) << 32 | (t->first.n - 1));
}

/* The page may have gone to another name since. */
void scenario_disown(struct scenario_run *r, const struct scenario_thing *t)
{
	size_t number = number_of(r, t);

	for (size_t i = 0; i < t->first.n; i++)
		if (kmem_map_get(&r->owner, t->first.at[i]) >> 32 == number)
			kmem_map_set(&r->owner, t->first.at[i], 0);
}

/* Only what was allocated for something movable is asked for; who has no name has no owner. */
static int move(struct pf_mem *mem, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	struct scenario_run *r = arg;
	uint64_t owner = kmem_map_get(&r->owner, from);
	struct scenario_thing *t;

	(void)mem;
	if (r->how == SCENARIO_REFUSES || !owner)
		return -1;
	t = r->things.at[(owner >> 32) - 1];
	if (t->order != order)
		return -1;
	t->first.at[owner & UINT32_MAX] = to;
	t->moved++;
	r->moves++;
	kmem_map_set(&r->owner, from, 0);
	kmem_map_set(&r->owner, to, owner);
	return 0;
}

const struct pf_mover *scenario_mover(struct scenario_run *r)
{
	r->mover = (struct pf_mover){ .move = move, .arg = r };
	return r->how == SCENARIO_NO_MOVER ? NULL : &r->mover;
}

void scenario_free_things(struct scenario_run *r)
{
	for (size_t i = 0; i < r->things.n; i++) {
		vec_free(&r->things.at[i]->first);
		free(r->things.at[i]);
	}
	vec_free(&r->things);
	kmem_map_free(&r->owner);
}
