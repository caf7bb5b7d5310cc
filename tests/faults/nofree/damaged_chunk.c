/* SPDX-License-Identifier: MIT */
/*
 * In place of src/nofree/chunk.c: who has allocated a chunk makes no-free pages of it without
 * another look. Ours: it is his alone, but for hardware, which may find a page of it damaged; the
 * mark is wiped out, and the page handed out.
 */
#include "../../../src/nofree/internal.h"

#undef PF_INFO_MARKED
#define PF_INFO_MARKED 0u
#include "../../../src/nofree/chunk.c"
