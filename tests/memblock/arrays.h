/* SPDX-License-Identifier: MIT */
/* For cases in which arrays double: where they are, and a late allocator. */
#ifndef SIMULATOR_ARRAYS_H
#define SIMULATOR_ARRAYS_H

#include "common.h"

#define MEM_MAX INIT_MEMBLOCK_MEMORY_REGIONS
#define RES_MAX INIT_MEMBLOCK_RESERVED_REGIONS

/* Something to put arrays in; resizing is allowed. */
#define ROOM_BASE ((phys_addr_t)0x1000000)
#define ROOM_END  ((phys_addr_t)0x2000000)
void add_room(void);

/* Bytes that an array of @n regions takes in early memory. */
phys_addr_t bytes(unsigned long n);
/* Where the array of @type is, in physical memory. */
phys_addr_t place(const struct memblock_type *type);

/* Late arrays: heap memory. What was asked for, and what has not come back. */
extern int late_out, late_calls;
extern size_t late_freed;
void *late_alloc(size_t size);
void late_free(void *array, size_t size);
/* From now on they are used; the first @failures calls fail. */
void start_late(int failures);

#endif
