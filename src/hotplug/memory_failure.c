/* SPDX-License-Identifier: MIT */
/*
 * Pages that are damaged, or will be. Who reports one has a page frame number and nothing else:
 * what is there may be a hole, offline, or a device's.
 */
#include "internal.h"

#include <pageframe/device.h>
#include <pageframe/walk.h>

/* Each time the page was freed, handed out or kept by its owner. */
#define TURNS 10

static const char damaged[] = "it is known to be damaged",
		  stuck_on_cpu[] = "it may be on a list of a CPU that cannot be reached",
		  no_descriptors[] = "it is in a block that there is no memory for descriptors for";

/* --- what it is --- */

struct found {
	struct pf_zone *zone; /* NULL: it is no memory */
	const char *why;      /* it cannot be moved; NULL: it can, or need not */
	bool online;
	unsigned order; /* of the chunk in use; above PF_MAX_ORDER: there is none */
	pf_pfn head;
};

static struct found find(struct pf_mem *mem, pf_pfn pfn)
{
	struct found f = { .why = "it is no memory", .order = PF_MAX_ORDER + 1 };
	unsigned long step;
	pf_irqflags flags;

	f.zone = pf_mem_has_pfn(mem, pfn) ? pfi_lock_zone_of(mem, pfn, &flags) : NULL;
	if (!f.zone)
		return f;
	f.why = pfi_in_the_way(mem, pfn, PF_MOVABLE, 0, &step);
	f.online = PF_ONLINE_STATES >> pf_info_state(pf_load(&pf_block(mem, pfn)->info)) & 1;
	f.order = pfi_used_chunk(mem, pfn, &f.head);
	pf_unlock_irqrestore(&f.zone->lock, flags);
	return f;
}

/* The page was not to be had, for @ret. */
static int explain(struct pf_mem *mem, pf_pfn pfn, int ret, struct pf_obstacle *obstacle)
{
	struct found f = find(mem, pfn);

	if (!f.online)
		return pfi_refuse(obstacle, 0, -PF_ENXIO, pfn, f.why);
	if (ret == -PF_EEXIST)
		return pfi_refuse(obstacle, 0, ret, pfn, damaged);
	if (ret == -PF_ENOMEM)
		return pfi_refuse(obstacle, 0, ret, pfn, no_descriptors);
	return pfi_refuse(obstacle, 0, -PF_EBUSY, pfn, f.why ? f.why : stuck_on_cpu);
}

/* --- damaged --- */

static int device_failure(struct pf_dev_pagemap *pgmap, pf_pfn pfn, struct pf_obstacle *obstacle)
{
	int ret;

	if (!pgmap->memory_failure)
		return pfi_refuse(obstacle, 0, -PF_ENXIO, pfn,
				  "it is a device's that takes no care of damage");
	ret = pgmap->memory_failure(pgmap, pfn);
	return ret ? pfi_refuse(obstacle, 0, ret, pfn,
				"it is a device's that could not take care of it")
		   : 0;
}

int pf_memory_failure(struct pf_mem *mem, pf_pfn pfn, struct pf_obstacle *obstacle)
{
	struct pf_dev_pagemap *pgmap = pf_get_dev_pagemap(mem, pfn);
	int ret;

	if (pgmap) {
		ret = device_failure(pgmap, pfn, obstacle);
		pf_put_dev_pagemap(pgmap);
		return ret;
	}
	ret = pf_poison_page(mem, pfn);
	return ret < 0 ? explain(mem, pfn, ret, obstacle) : ret;
}

/* --- before it fails --- */

/*
 * What is in the chunk moves, and then the chunk is nobody's but ours. Only now the page is marked:
 * so there is no mark to take back when the move fails, which another may have relied upon by then.
 * PFI_IN_USE: its owner kept or freed it, or it could not be marked, and is free.
 */
static int move_away(struct pf_mem *mem, pf_pfn pfn, const struct found *f,
		     const struct pf_mover *mover)
{
	pf_pfn to = pf_alloc_pages_node(mem, f->order, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE,
					f->zone->nid, NULL);
	int ret;

	if (to == PF_NO_PFN)
		return -PF_ENOMEM;
	if (mover->move(mem, f->head, to, f->order, mover->arg)) {
		pf_free_pages(mem, to, f->order);
		return PFI_IN_USE;
	}
	ret = pf_poison_page(mem, pfn);
	pf_free_pages(mem, f->head, f->order);
	return ret > 0 || ret == -PF_EEXIST ? 0 : PFI_IN_USE;
}

/* A page that is not free. PFI_IN_USE: look again; if that was the last time, @stuck says why. */
static int empty(struct pf_mem *mem, pf_pfn pfn, const struct pf_mover *mover,
		 struct pf_obstacle *stuck)
{
	struct found f = find(mem, pfn);
	int ret;

	if (f.why)
		return pfi_refuse(stuck, 0, f.online ? -PF_EBUSY : -PF_ENXIO, pfn, f.why);
	if (f.order > PF_MAX_ORDER) {
		pfi_drain_zone(mem, f.zone, PFI_DRAIN_WAIT | PFI_DRAIN_EMPTY);
		return pfi_refuse(stuck, 0, PFI_IN_USE, pfn, stuck_on_cpu);
	}
	if (!mover)
		return pfi_refuse(stuck, 0, -PF_EBUSY, pfn, "it is in use");
	ret = move_away(mem, pfn, &f, mover);
	return pfi_refuse(stuck, 0, ret, pfn,
			  ret == -PF_ENOMEM ? "it is in use, and there is no room to move it to"
					    : "it is in use, and was not moved");
}

static int take(struct pf_mem *mem, pf_pfn pfn, struct pf_obstacle *stuck)
{
	int ret = pfi_poison_free(mem, pfn);

	return ret < 0 ? explain(mem, pfn, ret, stuck) : ret;
}

int pf_soft_offline(struct pf_mem *mem, pf_pfn pfn, const struct pf_mover *mover,
		    struct pf_obstacle *obstacle)
{
	struct pf_obstacle stuck;
	int ret = take(mem, pfn, &stuck);

	for (int turn = 0; ret == PFI_IN_USE && turn < TURNS; turn++) {
		ret = empty(mem, pfn, mover, &stuck);
		if (ret == PFI_IN_USE)
			ret = take(mem, pfn, &stuck);
	}
	ret = ret == PFI_IN_USE ? -PF_EBUSY : ret;
	if (ret && obstacle)
		*obstacle = stuck;
	return ret;
}
