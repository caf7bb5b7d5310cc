/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/fast.c: a CPU's lists are its own, so nobody is asked whether he
 * is inside; but a handler may have interrupted him there. Linux until 2026 on machines of one CPU:
 * "if we interrupt the locked section, we fail the trylock", but it "assumes spin_trylock() can't
 * fail on UP" (V. Babka on linux-mm, 27 February 2026, of commit 038a102535eb).
 */
#include "../../../src/page_alloc/pcp.h"

static inline bool enter_anyway(struct pf_cpu_lock *lock)
{
	pf_store(&lock->inside, 1);
	if (!pf_load_acquire(&lock->kept_out))
		return true;
	pf_store(&lock->inside, 0);
	return false;
}

#define pf_cpu_enter enter_anyway
#include "../../../src/page_alloc/fast.c"
