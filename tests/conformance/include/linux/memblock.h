/* SPDX-License-Identifier: MIT */
/* Linux's tests of memblock find ours here. */
#ifndef CONFORMANCE_LINUX_MEMBLOCK_H
#define CONFORMANCE_LINUX_MEMBLOCK_H

#include <linux/types.h>
#include <pageframe/memblock.h>

/* The tests say how long the first arrays are; a wrong number fails them. */
#undef INIT_MEMBLOCK_REGIONS
#undef INIT_MEMBLOCK_RESERVED_REGIONS

#define SMP_CACHE_BYTES PF_SMP_CACHE_BYTES
#define PAGE_SIZE	PF_PAGE_SIZE

#define PAGE_ALIGN(addr) (((addr) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))

#endif
