/* SPDX-License-Identifier: MIT */
/* A page in the words of /proc/kpageflags. */
#include "internal.h"

#include <pageframe/walk.h>

uint64_t pf_page_flags(struct pf_mem *mem, pf_pfn pfn)
{
	uint32_t info = pf_page_info(mem, pfn);

	switch (pf_info_state(info)) {
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
		return info & PF_INFO_MARKED ? PF_KPF_HWPOISON : 0;
	}
}
