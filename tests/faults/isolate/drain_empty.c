/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/isolate/isolate.c: CPUs whose lists look empty are not drained. One of them
 * has read what the block is for, and is about to put a page of it onto its list. Linux drained so
 * until 2020; drain_all_pages() says since then that its look can miss such a page, and those who
 * take memory offline do without it.
 */
#include "../../../src/isolate/internal.h"

#undef PFI_DRAIN_EMPTY
#define PFI_DRAIN_EMPTY 0u
#include "../../../src/isolate/isolate.c"
