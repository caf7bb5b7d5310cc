/* SPDX-License-Identifier: MIT */
/*
 * The memory map: one descriptor for each page, in blocks that sparse_init_nid() allocates for the
 * sections of a node that follow one another. x86-64 with memblock=debug.
 */
#ifndef SIM_MEMMAP_H
#define SIM_MEMMAP_H

#include "replay.h"

/* The block of that number, from 0; of nothing if there is none. */
struct range memmap_block(const struct replay *r, size_t number);
/* Where the descriptors of some memory are; of nothing if that is not known. */
struct range memmap_of(const struct replay *r, struct range memory);

/* What a log without memblock=debug does not tell: how many bytes it took. 0: no idea (32 bits). */
uint64_t memmap_guess(const struct boot_log *log);

#endif
