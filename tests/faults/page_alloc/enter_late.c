/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/fast.c: a CPU looks whether it is kept out of its lists, and then
 * says that it is inside. Who keeps it out sees nobody, and both are in. Each must say so first and
 * look then (E. W. Dijkstra, "Cooperating sequential processes", 1965, has this way among those
 * that fail). Ours: in pf_cpu_enter().
 */
#include "../../../src/page_alloc/pcp.h"

static inline bool enter_late(struct pf_cpu_lock *lock)
{
	if (pf_load(&lock->inside) || pf_load_acquire(&lock->kept_out))
		return false;
	pf_store(&lock->inside, 1);
	return true;
}

#define pf_cpu_enter enter_late
#include "../../../src/page_alloc/fast.c"
