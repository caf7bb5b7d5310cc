/* SPDX-License-Identifier: MIT */
/*
 * Giving back what boot had reserved. docs/late-frees.md has the argument why this is right before,
 * while and after anything else initialises or frees the blocks around.
 */
#include "internal.h"

#include <pageframe/port.h>

#include "../lib/line.h"
#include "../memblock/internal.h"

/* Where memblock_free_late() frees to: memblock is one, and so is the machine it hands over. */
static struct pf_mem *bound;

void pfi_bind_late(struct pf_mem *mem)
{
	pf_store_release(&bound, mem);
}

static const char *what_it_is(enum pf_state state)
{
	switch (state) {
	case PF_ABSENT:
		return "no memory";
	case PF_DEFERRED:
	case PF_FREE:
	case PF_PER_CPU:
	case PF_ISOLATED:
		return "free already";
	case PF_ALLOCATED:
	case PF_TAIL:
	case PF_NOFREE:
		return "in use, or free already";
	case PF_POISONED:
		return "poisoned";
	default:
		return "offline, or a device's";
	}
}

static void report(pf_phys base, pf_phys size, const struct refused *r)
{
	struct line l = { 0 };

	line_str(&l, "memblock_free_late: ");
	line_range(&l, base, size);
	line_str(&l, r->no_memory ? ": no memory to describe " : ": not reserved: ");
	line_dec(&l, r->pages);
	line_str(&l, " pages; the first, pfn ");
	line_0x(&l, r->first);
	line_str(&l, ", is ");
	line_str(&l, r->state == PF_RESERVED ? "still reserved" : what_it_is(r->state));
	pf_port_print(PF_ERR, l.text);
}

int pf_free_late(struct pf_mem *mem, pf_phys base, pf_phys size)
{
	struct refused refused = { 0 };

	if (size > PF_PHYS_MAX - base)
		size = PF_PHYS_MAX - base;
	if (PF_PFN_UP(base) < PF_PFN_DOWN(base + size))
		pfi_release(mem, PF_PFN_UP(base), PF_PFN_DOWN(base + size), PF_RESERVED, &refused);
	if (!refused.pages)
		return 0;
	report(base, size, &refused);
	return refused.no_memory ? -PF_ENOMEM : -PF_EINVAL;
}

int memblock_free_late(phys_addr_t base, phys_addr_t size)
{
	struct pf_mem *mem = pf_load_acquire(&bound);

	if (memblock_debug)
		mb_debug_range(__func__, base, size, CALLER);
	return mem ? pf_free_late(mem, base, size) : memblock_phys_free(base, size);
}
