/* SPDX-License-Identifier: MIT */
/*
 * In place of src/page_alloc/check.c: a no-free page may be freed like any other. "Is there some
 * way to have a function specifically for freeing NOFREE memory so that this assertion can remain
 * in place for freeing normal memory?" (the review of FreeBSD's D49480, which took the assertion
 * away)
 */
#define pfi_leave      right_leave
#define pfi_check_free right_check_free
#include "../../../src/page_alloc/check.c"
#undef pfi_leave
#undef pfi_check_free

uint32_t pfi_leave(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t wrong = right_leave(mem, pfn, order);

	return pf_info_state(wrong) == PF_NOFREE && !order ? 0 : wrong;
}

bool pfi_check_free(struct pf_mem *mem, pf_pfn pfn, unsigned order)
{
	uint32_t wrong = pfi_leave(mem, pfn, order);

	return !wrong || refuse(pfn, order, wrong);
}
