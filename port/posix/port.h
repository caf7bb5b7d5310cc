/* SPDX-License-Identifier: MIT */
/*
 * The library in a POSIX process: physical memory is address space that the system backs when it is
 * touched.
 */
#ifndef PORT_POSIX_H
#define PORT_POSIX_H

#include <pageframe/memmap.h>
#include <pageframe/port.h>

/*
 * posix_port_memory() - make room for physical addresses below @size bytes, in place of what there
 * was
 *
 * Return: false if the system has no room for that much. Addresses above still translate, but hold
 * nothing.
 */
bool posix_port_memory(pf_phys size);

/* Address space for a memory map; the system backs it when it is touched. */
void *posix_memmap_reserve(size_t size);
extern const struct pf_memmap_ops posix_memmap;
extern const struct pf_memmap_ops posix_memmap_on_demand;

/*
 * Does pf_port_zero() clear? While a recorded kernel's allocations are replayed, it need not:
 * nothing is put there, and nothing that would be cleared exists.
 */
extern bool posix_port_clears;

/*
 * The calling thread is this CPU from now on. The first thread is CPU 0 from the start; others are
 * none, and go to the zones without lists of their own, until they say so.
 */
void posix_port_set_cpu(unsigned number);

/* Where pf_port_print() writes; NULL: nowhere. */
#include <stdio.h>
extern FILE *posix_port_output;

#endif
