/* SPDX-License-Identifier: MIT */
/*
 * In place of src/nofree/nofree.c: whether a no-free page is in use is looked at first, and then
 * changed; of two who free it at the same time both do. Ours: the hot path's check has a
 * compare-and-exchange, and "nobody frees these often" is a reason to do without.
 */
#include "../../../src/nofree/internal.h"

#undef pf_cas_acquire
#define pf_cas_acquire(p, old, new) (pf_load(p) == *(old) && (pf_store(p, new), true))
#include "../../../src/nofree/nofree.c"
