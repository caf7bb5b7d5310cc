/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/isolate/poisoned.c: CPUs whose lists look empty are not drained. One of them
 * has seen the block's entry without a mark, and is about to put the page onto its list; that there
 * is one is the last that it stores. So whoever marked the page goes away, and it is handed out
 * again, with its mark or without. Ours.
 */
#include "../../../src/isolate/internal.h"

#undef PFI_DRAIN_EMPTY
#define PFI_DRAIN_EMPTY 0u
#include "../../../src/isolate/poisoned.c"
