/* SPDX-License-Identifier: MIT */
/*
 * What earlier searches have learnt, so that the next one does not walk the same full regions
 * again.
 *
 * A fact says: no block for this request can start above (bottom-up: below) this address. It holds
 * for every request that is at least as hard to please, for where a larger block fits, a smaller
 * one fits at its start. Reservations keep it true; freeing moves it to where a block might now
 * start; any change of memory drops all facts.
 *
 * Region arrays are public, and tests write to them. So facts also carry a stamp of both arrays,
 * and are dropped when it does not match.
 */
#include "internal.h"

#define FACTS 8

struct fact {
	struct request rq;
	phys_addr_t start;
};

static struct fact facts[2][FACTS]; /* by direction; known ones first */
static unsigned int known[2];
static unsigned int oldest[2];

struct stamp mb_skip_stamp;

void mb_skip_forget(void)
{
	known[TOP_DOWN] = known[BOTTOM_UP] = 0;
	skip_take_stamp();
}

/* Does what is true of @easy hold for @hard? */
static bool implies(const struct request *easy, const struct request *hard)
{
	return easy->size <= hard->size && easy->align <= hard->align &&
	       easy->flags == hard->flags && (easy->nid == NUMA_NO_NODE || easy->nid == hard->nid);
}

/* @addr + @size, or the top of the address space. */
static phys_addr_t end_of(phys_addr_t addr, phys_addr_t size)
{
	return addr + capped(addr, size);
}

phys_addr_t mb_skip_top(const struct request *rq)
{
	phys_addr_t top = memblock_end_of_DRAM();

	skip_check();
	for (unsigned int i = 0; i < known[TOP_DOWN]; i++) {
		const struct fact *f = &facts[TOP_DOWN][i];

		if (end_of(f->start, rq->size) < top && implies(&f->rq, rq))
			top = end_of(f->start, rq->size);
	}
	return top;
}

phys_addr_t mb_skip_bottom(const struct request *rq)
{
	phys_addr_t bottom = memblock_start_of_DRAM();

	skip_check();
	if (bottom < PF_PAGE_SIZE) /* nobody gets the first page */
		bottom = PF_PAGE_SIZE;
	for (unsigned int i = 0; i < known[BOTTOM_UP]; i++) {
		const struct fact *f = &facts[BOTTOM_UP][i];

		if (f->start > bottom && implies(&f->rq, rq))
			bottom = f->start;
	}
	return bottom;
}

void mb_skip_learn(const struct request *rq, enum direction d, phys_addr_t start)
{
	struct fact *slot = NULL;

	/* Replace a fact that the new one makes superfluous, take a free place, or drop the oldest.
	 */
	for (unsigned int i = 0; i < known[d] && !slot; i++) {
		struct fact *f = &facts[d][i];

		if (implies(rq, &f->rq) && (d == BOTTOM_UP ? start >= f->start : start <= f->start))
			slot = f;
	}
	if (!slot)
		slot = &facts[d][known[d] < FACTS ? known[d]++ : oldest[d]++ % FACTS];
	*slot = (struct fact){ *rq, start };
}

void mb_skip_freed(phys_addr_t addr)
{
	const struct memblock_type *reserved = &memblock.reserved;
	unsigned long i = mb_region_above(reserved, addr);
	phys_addr_t start = i ? region_end(&reserved->regions[i - 1]) : 0;
	phys_addr_t end = i < reserved->cnt ? reserved->regions[i].base : PHYS_ADDR_MAX;

	for (unsigned int n = 0; n < known[TOP_DOWN]; n++) {
		struct fact *f = &facts[TOP_DOWN][n];

		if (end - start >= f->rq.size && end - f->rq.size > f->start)
			f->start = end - f->rq.size;
	}
	for (unsigned int n = 0; n < known[BOTTOM_UP]; n++) {
		struct fact *f = &facts[BOTTOM_UP][n];

		if (end - start >= f->rq.size && start < f->start)
			f->start = start;
	}
}
