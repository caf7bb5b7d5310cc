/* SPDX-License-Identifier: MIT */
/*
 * Contiguous memory, for which what is in use moves: a cache of objects, some of which are dropped,
 * and a mover that finds each object by its page, copies it, and tells the cache where it is now.
 */
#include <stdio.h>
#include <string.h>

#include <pageframe/boot.h>
#include <pageframe/isolate.h>

#include "../port/posix/port.h"

#define MEMORY	(64u << 20)
#define PAGES	(MEMORY >> PF_PAGE_SHIFT)
#define OBJECTS 4000

static struct pf_mem mem;

/* Objects of 2^order pages each, and whose a page is: what a kernel calls a reverse map. */
static struct object {
	pf_pfn pfn;
	unsigned order;
} objects[OBJECTS];
static struct object *owner[PAGES]; /* by the first page; NULL: no object's */

static char *text_of(pf_pfn pfn)
{
	return pf_port_phys_to_virt(PF_PFN_PHYS(pfn));
}

/* A kernel would unmap the object first, and take the locks that keep it from going away. */
static int move(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *moved)
{
	struct object *o = owner[from];

	(void)m;
	if (!o || o->order != order)
		return -1; /* not ours: it stays */
	memcpy(text_of(to), text_of(from), (size_t)PF_PAGE_SIZE << order);
	owner[from] = NULL;
	owner[to] = o;
	o->pfn = to;
	++*(unsigned *)moved;
	return 0; /* the library frees the old pages */
}

static int fill(void)
{
	for (unsigned i = 0; i < OBJECTS; i++) {
		struct object *o = &objects[i];

		o->order = i % 3;
		o->pfn = pf_alloc_pages(&mem, o->order, PF_GFP_MOVABLE);
		if (o->pfn == PF_NO_PFN)
			return -1;
		owner[o->pfn] = o;
		snprintf(text_of(o->pfn), (size_t)PF_PAGE_SIZE, "object %u", i);
	}
	for (unsigned i = 0; i < OBJECTS; i += 2) { /* and every other one goes */
		owner[objects[i].pfn] = NULL;
		pf_free_pages(&mem, objects[i].pfn, objects[i].order);
	}
	return 0;
}

static unsigned damaged(void)
{
	unsigned n = 0;
	char want[32];

	for (unsigned i = 1; i < OBJECTS; i += 2) {
		snprintf(want, sizeof(want), "object %u", i);
		n += strcmp(text_of(objects[i].pfn), want) != 0;
	}
	return n;
}

int main(void)
{
	static const struct pf_boot_config config = { .nr_cpus = 1 };
	unsigned moved = 0;
	const struct pf_mover mover = { move, &moved };
	struct pf_obstacle o;
	struct pf_cma area;
	pf_pfn pfn;

	if (!posix_port_memory(MEMORY) || memblock_add(0, MEMORY) ||
	    memblock_reserve(0, 1u << 20) || pf_cma_declare(&area, 0, 8u << 20, 0, NUMA_NO_NODE) ||
	    pf_boot(&mem, &config))
		return 1;
	memblock_free_all(&mem);
	if (pf_cma_activate(&mem, &area) || fill())
		return 1;

	/* The pages around an object, which nobody wants to give. */
	pfn = objects[OBJECTS / 2 + 1].pfn & ~(PF_BLOCK_PAGES - 1);
	if (pf_alloc_contig_range(&mem, pfn, pfn + 1000, PF_MOVABLE, 0, NULL, &o))
		printf("without a mover: pfn 0x%lx: %s\n", o.pfn, o.why);
	if (pf_alloc_contig_range(&mem, pfn, pfn + 1000, PF_MOVABLE, 0, &mover, &o)) {
		printf("with one: pfn 0x%lx: %s\n", o.pfn, o.why);
		return 1;
	}
	printf("1000 pages from 0x%lx on: %u objects moved, %u damaged\n", pfn, moved, damaged());
	memset(text_of(pfn), 0xff, (size_t)1000 << PF_PAGE_SHIFT);
	pf_free_contig_range(&mem, pfn, 1000);

	/* An area that is there when it is wanted, and serves objects until then. */
	pfn = pf_cma_alloc(&area, 1024, 512, PF_GFP_ZERO, &mover);
	if (pfn == PF_NO_PFN)
		return 1;
	printf("1024 pages of the area, from 0x%lx on; %u objects damaged\n", pfn, damaged());
	return !pf_cma_free(&area, pfn, 1024);
}
