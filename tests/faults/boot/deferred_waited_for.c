/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/boot/deferred.c: who comes when all is dealt out waits until the others are
 * done with theirs, for then there is memory. It may have interrupted one of them. Ours; Linux's
 * page_alloc_init_late() waits so, where nobody is interrupted.
 */
#include "../../../src/boot/internal.h"

#include <pageframe/port.h>

#define pf_release_deferred right_release_deferred
#include "../../../src/boot/deferred.c"
#undef pf_release_deferred

unsigned long pf_release_deferred(struct pf_mem *mem, int nid, unsigned long pages)
{
	unsigned long left, done = right_release_deferred(mem, nid, pages);

	if (done)
		return done;
	left = pf_deferred_pages(mem, nid);
	while (pf_deferred_pages(mem, nid))
		pf_port_relax();
	return left;
}
