/* SPDX-License-Identifier: MIT */
/* A random machine on which threads race, and who has each of its pages. */
#ifndef RACES_MACHINE_H
#define RACES_MACHINE_H

#include <stdatomic.h>

#include <pageframe/boot.h>

#define NODES	  (PF_NUMA ? 2 : 1)
#define MIB_PAGES (1ul << (20 - PF_PAGE_SHIFT))
#define MAX_PAGES (512 * MIB_PAGES)
#define BASE	  (64 * MIB_PAGES)

extern uint64_t seed; /* of the machine; fail() tells it */
extern struct pf_mem mem;
extern unsigned long pages; /* of the machine, from BASE on */
extern pf_pfn possible_pfn; /* up to which more may come; set before machine_boot(), or 0 */

/* Who has a page: 0 nobody, else a signature. And how often it was reported free. */
extern _Atomic uint8_t owner[MAX_PAGES];
extern _Atomic uint8_t reports[MAX_PAGES];
extern bool was_reserved[MAX_PAGES]; /* when the machine was handed over */
extern uint8_t found[MAX_PAGES];     /* states, by read_states() */

_Noreturn void fail(const char *what, unsigned long a, unsigned long b);

/*
 * Returns the pages that are handed over. @nr_cpus is on the nodes by turns. The hook sees that no
 * page is reported free twice, or while somebody has it.
 */
unsigned long machine_boot(uint64_t *rng, unsigned nr_cpus);
void machine_close(void);

/* What each page is, by runs: under ThreadSanitizer a lock for each page takes its time. */
void read_states(void);

#endif
