/* SPDX-License-Identifier: MIT */
/* Is what somebody frees his to free? If not, he is told what it is instead. */
#include "internal.h"

#include "../lib/line.h"

/* Not the caller's: what it is instead, which may be 0. */
#define WRONG 0x80000000u

void pfi_say_what_it_is(struct line *l, uint32_t wrong)
{
	enum pf_state state = pf_info_state(wrong);

	if (state == PF_ALLOCATED) {
		line_str(l, "it is allocated with order ");
		line_dec(l, pf_info_order(wrong));
	} else if (state == PF_SPLIT) {
		line_str(l, "it is in a block that is allocated in smaller chunks");
	} else {
		line_str(l, "it is ");
		line_str(l, pfi_what_it_is(state));
	}
}

static bool refuse(pf_pfn pfn, unsigned order, uint32_t wrong)
{
	struct line l = { 0 };

	line_str(&l, "pf_free_pages: pfn ");
	line_0x(&l, pfn);
	line_str(&l, ", order ");
	line_dec(&l, order);
	line_str(&l, ": ");
	pfi_say_what_it_is(&l, wrong);
	line_str(&l, "; nothing is freed");
	pf_port_print(PF_ERR, l.text);
	return false;
}

/* It was free already: whoever has it by now has stored his own. */
static void undo_use(struct pf_mem *mem, struct pf_block *b)
{
	struct pf_zone *zone = pf_info_to_zone(mem, pf_load(&b->info));
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	if (pf_info_state(b->info) != PF_ALLOCATED)
		pf_store(&b->use, PF_USE_UNMOVABLE);
	pf_unlock_irqrestore(&zone->lock, flags);
}

static uint32_t check_block(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	struct pf_block *b = pf_block(mem, pfn);
	uint32_t info = pf_load_acquire(&b->info);
	uint8_t use = pf_load(&b->use), seen = use;

	if (pf_info_state(info) == PF_ALLOCATED && !(info & PF_INFO_FIRST))
		return WRONG | PF_TAIL;
	if (pfn & (PF_BLOCK_PAGES - 1) && pf_info_state(info) == PF_ALLOCATED)
		return WRONG | PF_TAIL;
	if (pf_info_state(info) == PF_ALLOCATED && use == PF_USE_PER_CPU)
		return WRONG | PF_PER_CPU;
	if (pf_info_state(info) != PF_ALLOCATED || pf_info_order(info) != order)
		return WRONG | info;
	/* Of two who free it at the same time one is right, and the other may be late. */
	if (!pf_cas_acquire(&b->use, &seen, PF_USE_PER_CPU))
		return WRONG | PF_PER_CPU;
	if ((pf_load_acquire(&b->info) ^ info) & (PF_INFO_STATE | PF_INFO_ORDER | PF_INFO_FIRST)) {
		undo_use(mem, b);
		return WRONG | PF_FREE;
	}
	return 0;
}

static uint32_t check_page(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	struct pf_page *page = page_of(mem, pfn);
	uint32_t info = pf_load(&page->info);
	const uint32_t want = PF_ALLOCATED | info_order(order);

	while ((info & (PF_INFO_STATE | PF_INFO_ORDER)) == want) {
		uint32_t taken =
			(info & (PF_INFO_PLACE | PF_INFO_MARKED)) | PF_PER_CPU | info_order(order);

		if (pf_cas_acquire(&page->info, &info, taken))
			return 0;
	}
	return WRONG | info;
}

uint32_t pfi_leave(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t info;

	if (!pf_mem_has_pfn(mem, pfn))
		return WRONG | PF_ABSENT;
	info = pf_load_acquire(&pf_block(mem, pfn)->info);
	if (pf_info_state(info) != PF_SPLIT)
		return check_block(mem, pfn, order);
	if (order >= PF_BLOCK_ORDER) {
		uint32_t its = pf_load(&page_of(mem, pfn)->info);

		return WRONG | (pf_info_state(its) == PF_NOFREE ? its : info);
	}
	return check_page(mem, pfn, order);
}

bool pfi_check_free(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t wrong = pfi_leave(mem, pfn, order);

	return !wrong || refuse(pfn, order, wrong);
}
