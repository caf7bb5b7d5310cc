/* SPDX-License-Identifier: MIT */
/*
 * What earlier searches have learnt, so that the next one does not walk the same full regions
 * again.
 *
 * A fact says: no block for this request can end above (bottom-up: start below) this address. It
 * holds for every request that is at least as hard to please. Reservations keep it true; freeing
 * moves its bound to the end of the gap that came to be, if a block might fit there; any change of
 * memory drops all facts.
 *
 * Region arrays are public, and tests write to them. So facts also carry a stamp of both arrays,
 * and are dropped when it does not match.
 */
#include "internal.h"

#define FACTS 8

struct fact {
	struct request rq;
	phys_addr_t bound;
};

static struct fact facts[2][FACTS]; /* top-down, bottom-up; known ones first */
static unsigned int known[2];
static unsigned int oldest[2];

struct stamp skip_stamp;

void skip_forget(void)
{
	known[0] = known[1] = 0;
	skip_take_stamp();
}

/* Does what is true of @easy hold for @hard? */
static bool implies(const struct request *easy, const struct request *hard)
{
	return easy->size <= hard->size && easy->align <= hard->align &&
	       easy->flags == hard->flags && (easy->nid == NUMA_NO_NODE || easy->nid == hard->nid);
}

phys_addr_t skip_bound(const struct request *rq, bool up)
{
	phys_addr_t bound = up ? memblock_start_of_DRAM() : memblock_end_of_DRAM();

	skip_check();
	if (up && bound < PF_PAGE_SIZE) /* nobody gets the first page */
		bound = PF_PAGE_SIZE;
	for (unsigned int i = 0; i < known[up]; i++) {
		const struct fact *f = &facts[up][i];

		if ((up ? f->bound > bound : f->bound < bound) && implies(&f->rq, rq))
			bound = f->bound;
	}
	return bound;
}

void skip_learn(const struct request *rq, bool up, phys_addr_t bound)
{
	struct fact *slot = NULL;

	/* Replace a fact that the new one makes superfluous, take a free place, or drop the oldest.
	 */
	for (unsigned int i = 0; i < known[up] && !slot; i++) {
		struct fact *f = &facts[up][i];

		if (implies(rq, &f->rq) && (up ? bound >= f->bound : bound <= f->bound))
			slot = f;
	}
	if (!slot)
		slot = &facts[up][known[up] < FACTS ? known[up]++ : oldest[up]++ % FACTS];
	*slot = (struct fact){ *rq, bound };
}

void skip_freed(phys_addr_t addr)
{
	const struct memblock_type *reserved = &memblock.reserved;
	unsigned long i = region_above(reserved, addr);
	phys_addr_t start = i ? region_end(&reserved->regions[i - 1]) : 0;
	phys_addr_t end = i < reserved->cnt ? reserved->regions[i].base : PHYS_ADDR_MAX;

	for (int n = 0; n < FACTS; n++) {
		if (end - start >= facts[0][n].rq.size && end > facts[0][n].bound)
			facts[0][n].bound = end;
		if (end - start >= facts[1][n].rq.size && start < facts[1][n].bound)
			facts[1][n].bound = start;
	}
}
