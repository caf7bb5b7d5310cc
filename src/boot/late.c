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

void pfi_unbind_late(struct pf_mem *mem)
{
	if (pf_load(&bound) == mem)
		pf_store(&bound, NULL);
}

static const char *what_it_is(enum pf_state state)
{
	switch (state) {
	case PF_RESERVED:
		return "still reserved";
	case PF_DEFERRED:
	case PF_PER_CPU:
	case PF_ISOLATED:
		return pfi_what_it_is(PF_FREE);
	case PF_ALLOCATED:
	case PF_TAIL:
	case PF_NOFREE:
		return "in use, or free already";
	default:
		return pfi_what_it_is(state);
	}
}

static void report(pf_phys base, pf_phys size, const struct release *r)
{
	struct line l = { 0 };

	line_str(&l, "memblock_free_late: ");
	line_range(&l, base, size);
	line_str(&l, r->no_memory ? ": no memory to describe " : ": not reserved: ");
	line_dec(&l, r->refused);
	line_str(&l, " pages; the first, pfn ");
	line_0x(&l, r->first);
	line_str(&l, ", is ");
	line_str(&l, what_it_is(r->state));
	pf_port_print(PF_ERR, l.text);
}

/* Above what a pfn can say there is no memory. */
static pf_phys highest_address(void)
{
	return PF_PHYS_MAX >> PF_PAGE_SHIFT > (pf_pfn)~0ul ? PF_PFN_PHYS(~0ul) : PF_PHYS_MAX;
}

int pf_free_late(struct pf_mem *mem, pf_phys base, pf_phys size)
{
	struct release op = { .from = PF_RESERVED, .how = PF_RELEASE_LATE };
	pf_phys end = size < PF_PHYS_MAX - base ? base + size : PF_PHYS_MAX;
	pf_phys highest = highest_address();

	if (base < highest && PF_PFN_UP(base) < PF_PFN_DOWN(end < highest ? end : highest))
		pfi_release(mem, PF_PFN_UP(base), PF_PFN_DOWN(end < highest ? end : highest), &op);
	if (end > highest && !op.refused) {
		op.refused = 1;
		op.first = PF_PFN_DOWN(highest);
		op.state = PF_ABSENT;
	}
	if (!op.refused)
		return 0;
	report(base, end - base, &op);
	return op.no_memory ? -PF_ENOMEM : -PF_EINVAL;
}

int memblock_free_late(phys_addr_t base, phys_addr_t size)
{
	struct pf_mem *mem = pf_load_acquire(&bound);

	if (memblock_debug)
		mb_debug_range(__func__, base, size, CALLER);
	return mem ? pf_free_late(mem, base, size) : memblock_phys_free(base, size);
}
