/* SPDX-License-Identifier: MIT */
/*
 * In place of src/nofree/nofree.c: a bulk request that fails keeps the chunks that it had imported.
 * The loop of FreeBSD's review D49480, "vm_page: Allow PG_NOFREE pages to be freed", is there to
 * undo just this: some of several pages were allocated when there was no more.
 */
#include "../../../src/nofree/internal.h"

#define pfi_nofree_undo(mem, imports) ((void)0)
#include "../../../src/nofree/nofree.c"
