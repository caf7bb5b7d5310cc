/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/boot/deferred.c: who hands over the rest does not ask whether
 * memblock_free_all() is done. Blocks that it defers behind the cursor are nobody's. Ours.
 */
#include "../../../src/boot/internal.h"

#undef pf_load_acquire
#define pf_load_acquire(handed_over) ((void)(handed_over), true)
#include "../../../src/boot/deferred.c"
