/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/pcp.c: a CPU is kept out of its lists, and nobody looks whether
 * it is in them still. Ours: pf_cpu_keep_out() as if it were a flag that CPUs look at, and no lock.
 */
#include "../../../src/page_alloc/pcp.h"

static inline bool keep_out(struct pf_cpu_lock *lock, bool wait)
{
	while (pf_exchange_acquire(&lock->kept_out, 1)) {
		if (!wait)
			return false;
		pf_port_relax();
	}
	if (pf_port_barrier())
		return true;
	pf_store_release(&lock->kept_out, 0);
	return false;
}

#define pf_cpu_keep_out keep_out
#include "../../../src/page_alloc/pcp.c"
