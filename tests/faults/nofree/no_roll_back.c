/* SPDX-License-Identifier: MIT */
/*
 * In place of src/nofree/nofree.c: a bulk request that fails half-way keeps the chunks that it had
 * got. What FreeBSD's review D49480, "vm_page: Allow PG_NOFREE pages to be freed", is about: who
 * allocates several such pages and fails has to give back the first ones.
 */
#include "../../../src/nofree/internal.h"

#define pfi_nofree_undo(mem, imports) ((void)0)
#include "../../../src/nofree/nofree.c"
