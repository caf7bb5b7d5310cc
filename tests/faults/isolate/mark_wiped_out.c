/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/isolate/poisoned.c: CPUs whose lists look empty are not drained. One of them
 * has seen the block's entry without a mark, and its store wipes out that of the page, after who
 * marked it has looked for it. Ours: the damaged page is handed out again.
 */
#include "../../../src/isolate/internal.h"

#undef PFI_DRAIN_EMPTY
#define PFI_DRAIN_EMPTY 0u
#include "../../../src/isolate/poisoned.c"
