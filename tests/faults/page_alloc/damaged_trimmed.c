/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/page_alloc/exact.c: what is left of a chunk goes back as it was taken, free.
 * A page of it may have been found damaged since. Linux: "since buddy allocator does not check
 * HWPoison for non-zero-order folio, the raw HWPoison page can be given out with its buddy page"
 * (J. Yan on linux-mm, 31 May 2026). Ours: in what pf_alloc_pages_exact() gives back.
 */
#include "../../../src/page_alloc/internal.h"

#define pfi_free_marked(mem, zone, pfn, end) pfi_free_run(mem, zone, pfn, end, AT_HEAD)
#include "../../../src/page_alloc/exact.c"
