/* SPDX-License-Identifier: MIT */
/*
 * In place of src/hotplug/pagemap.c: who finds that references can be had adds one, whatever has
 * become of the count meanwhile. Linux has percpu_ref_tryget_live() for it, get_dev_pagemap();
 * percpu_ref_get() after a look at the flag would be this.
 */
#include "../../../src/hotplug/internal.h"

#undef pf_cas_acquire
#define pf_cas_acquire(p, old, new) (pf_fetch_add(p, (new) - *(old)), true)
#include "../../../src/hotplug/pagemap.c"
