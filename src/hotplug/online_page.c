/* SPDX-License-Identifier: MIT */
/* The slow part of pf_pfn_to_online_page(): blocks with holes, a few in a machine. */
#include "internal.h"

#include <pageframe/walk.h>

/* Such a block never goes offline, and its holes stay holes. */
bool pf_mixed_page_is_online(const struct pf_mem *mem, pf_pfn pfn)
{
	return pf_info_state(pf_load(&page_of(mem, pfn)->info)) != PF_ABSENT;
}
