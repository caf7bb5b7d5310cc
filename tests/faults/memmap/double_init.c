/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/memmap/describe.c: whether a block's descriptors are being written is asked,
 * and then said. Two find that nobody does; and one of them has split the block, and handed out its
 * pages, when the other writes. Linux initialised descriptors twice in what was proposed in
 * February 2023 (A. Thompson, way 1; docs/late-frees.md), and those of RAM in use under devices
 * (tests/faults/hotplug/visible_rewritten.c). Ours: between two CPUs.
 */
#include "../../../src/memmap/internal.h"

#undef pf_cas_acquire
#define pf_cas_acquire(p, seen, v)                                                                 \
	((*(seen) = pf_load(p)) == PF_UNDESCRIBED ? (pf_store(p, v), true) : false)
#include "../../../src/memmap/describe.c"
