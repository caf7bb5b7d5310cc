/* SPDX-License-Identifier: MIT */
/*
 * The library in a POSIX process: physical memory is address space that the system backs when it is
 * touched. examples/alloc.c uses it; compile with
 *
 *	cc -Iinclude PROGRAM.c port/posix/port.c $(find src -name '*.c')
 */
#ifndef PORT_POSIX_H
#define PORT_POSIX_H

#include <stdio.h>

#include <pageframe/memmap.h>
#include <pageframe/port.h>

/*
 * posix_port_memory() - make room for physical addresses below @size bytes, in place of what there
 * was
 *
 * The first thing that a program does: without room, or above it, the first use of memory ends the
 * program with a message. Return: false if the system has no room for that much.
 */
bool posix_port_memory(pf_phys size);

/*
 * Address space for a memory map; the system backs it when it is touched, and has back what is
 * unmapped.
 */
void *posix_memmap_reserve(size_t size);
extern const struct pf_memmap_ops posix_memmap;
extern const struct pf_memmap_ops posix_memmap_on_demand;

/*
 * Is memory used? true from the start. false: pf_port_zero() clears nothing, and addresses without
 * room translate, for they are only compared. So while a recorded kernel's allocations are
 * replayed: nothing is put there, and nothing that would be cleared exists.
 */
extern bool posix_port_clears;

/*
 * The calling thread is this CPU from now on. The first thread is CPU 0 from the start; others are
 * none, and go to the zones without lists of their own, until they say so.
 */
void posix_port_set_cpu(unsigned number);

/* Where pf_port_print() writes, standard error from the start; NULL: nowhere. */
extern FILE *posix_port_output;

#endif
