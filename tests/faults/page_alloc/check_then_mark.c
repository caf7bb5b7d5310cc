/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/marked.c: a damaged page is looked at, and then marked. In
 * between it comes off its CPU's list, and the store says that it is on it: its owner cannot free
 * it. Ours: set_mark() with a store in place of the compare-and-exchange.
 */
#include "../../../src/page_alloc/internal.h"

#undef pf_cas_acquire
#define pf_cas_acquire(p, seen, v) (pf_store(p, v), true)
#include "../../../src/page_alloc/marked.c"
