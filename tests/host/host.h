/* SPDX-License-Identifier: MIT */
/* A host for tests: physical memory that is address space, and output that a test can read. */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include <pageframe/memblock.h>
#include <pageframe/memmap.h>
#include <pageframe/port.h>

/* Physical addresses below this are backed by memory, lazily; those above must not be touched. */
#define HOST_PHYS_SIZE ((pf_phys)1 << (PF_PHYS_BITS == 64 && sizeof(void *) == 8 ? 36 : 28))

/* memblock_reset(), nothing printed yet, all luck, and no areas: who had one has closed it. */
void host_reset(void);

/* All lines printed since host_reset(), each ended by a newline. */
const char *host_output(void);
/* Those printed so far are forgotten. Any thread may print; only one that is alone may read. */
void host_forget_output(void);

/* pf_port_zero() calls since host_reset(), and the bytes that they cleared. */
extern unsigned long host_zero_calls;
extern pf_phys host_zero_bytes;

/* What pf_port_symbol() answers; NULL: it cannot name addresses. */
extern const char *host_symbol;

/* The calling thread's CPU: the first has 0, others none, until they say so. */
void host_set_cpu(unsigned number);
extern _Thread_local unsigned host_cpu; /* for -DPF_CPU_TLS=host_cpu */
/* pf_port_barrier() fails: other CPUs' lists cannot be reached. */
extern bool host_no_barrier;
/* pf_port_barrier() calls since host_reset(). */
extern unsigned long host_barriers;
/* What pf_port_relax() does: what others do while this CPU waits; NULL: it yields. */
extern void (*host_relax)(void);

/*
 * A memory map in areas of address space: all of it at once, or on demand. So many requests for an
 * area, or for what is behind it, succeed as host_luck says; those that come after fail, or
 * only the next one. host_refused counts them.
 */
#define HOST_LUCKY 1000000
extern const struct pf_memmap_ops host_mapped, host_on_demand;
/* Bytes of descriptors that were unmapped since host_reset(); who touches them is stopped. */
extern size_t host_unmapped;
void *host_area(size_t size); /* for struct pf_boot_config's alloc, too */
extern int host_luck;
extern bool host_unlucky_once;
extern unsigned long host_refused;

/* Set, pf_port_panic() jumps here and leaves its message in host_panic_message; else it aborts. */
#include <setjmp.h>
extern jmp_buf *host_panic_jump;
extern const char *host_panic_message;

#endif
