/* SPDX-License-Identifier: MIT */
/* The types and numbers that every room shares. A type says its unit. */
#ifndef PAGEFRAME_TYPES_H
#define PAGEFRAME_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pageframe/config.h>

/* A physical address, or a size of physical memory, in bytes. */
#if PF_PHYS_BITS == 64
typedef uint64_t pf_phys;
#else
typedef uint32_t pf_phys;
#endif

/* A page frame number: a physical address divided by the page size. */
typedef unsigned long pf_pfn;

#define PF_PHYS_MAX  (~(pf_phys)0)
#define PF_PAGE_SIZE ((pf_phys)1 << PF_PAGE_SHIFT)

#define PF_PFN_DOWN(phys) ((pf_pfn)((pf_phys)(phys) >> PF_PAGE_SHIFT))
/* Rounds up without a wrap at the top of the address space. */
#define PF_PFN_UP(phys)                                                                            \
	((pf_pfn)(((pf_phys)(phys) >> PF_PAGE_SHIFT) +                                             \
		  (((pf_phys)(phys) & (PF_PAGE_SIZE - 1)) != 0)))
#define PF_PFN_PHYS(pfn) ((pf_phys)(pfn) << PF_PAGE_SHIFT)

/* Of a node: none in particular, or none yet. */
#ifndef NUMA_NO_NODE
#define NUMA_NO_NODE (-1)
#endif

/* Errors are returned negative; the numbers are the usual ones. */
#define PF_ENXIO  6
#define PF_ENOMEM 12
#define PF_EBUSY  16
#define PF_EEXIST 17
#define PF_EINVAL 22
#define PF_ENOSPC 28

#endif
