/* SPDX-License-Identifier: MIT */
/* A page in the words of /proc/kpageflags. */
#include "internal.h"

#include <pageframe/walk.h>

/* In use, and damaged: pf_page_info() says the first only. */
static bool is_marked(struct pf_mem *mem, pf_pfn pfn)
{
	struct pf_zone *zone;
	pf_irqflags flags;
	bool marked = false;
	uint32_t info;

	if (!(pf_load(&pf_block(mem, pfn)->info) & PF_INFO_MARKED))
		return false;
	zone = pfi_lock_zone_of(mem, pfn, &flags);
	if (!zone)
		return false;
	info = pf_load(&pf_block(mem, pfn)->info);
	if (info & PF_INFO_MARKED && 1u << pf_info_state(info) & PF_ONLINE_STATES)
		marked = pfi_word(mem, pfn) & PF_INFO_MARKED;
	pf_unlock_irqrestore(&zone->lock, flags);
	return marked;
}

uint64_t pf_page_flags(struct pf_mem *mem, pf_pfn pfn)
{
	switch (pf_info_state(pf_page_info(mem, pfn))) {
	case PF_ABSENT:
	case PF_OFFLINE:
	case PF_DEVICE:
		return PF_KPF_NOPAGE;
	case PF_FREE:
	case PF_ISOLATED:
		return PF_KPF_BUDDY;
	case PF_POISONED:
		return PF_KPF_HWPOISON;
	case PF_RESERVED:
	case PF_NOMAP:
		return PF_KPF_RESERVED;
	default:
		return is_marked(mem, pfn) ? PF_KPF_HWPOISON : 0;
	}
}
