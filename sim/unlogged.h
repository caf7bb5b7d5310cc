/* SPDX-License-Identifier: MIT */
/*
 * What a boot without memblock=debug is known to have reserved all the same, from other lines and
 * the kernel's rules; and the rest of it, whose amount the "Memory:" line tells, where it may be.
 */
#ifndef SIM_UNLOGGED_H
#define SIM_UNLOGGED_H

#include "replay.h"

/* Owners of what is somewhere, but perhaps not there. */
#define UNLOGGED_IMAGE "kernel image (the place is a guess)"
#define UNLOGGED_EFI   "UEFI boot services (the place is a guess)"
#define UNLOGGED_HUGE  "gigantic pages (the place is a guess)"
#define UNLOGGED_REST  "all else (the place is a guess)"

/* Reserves it in memblock, where memory is known. Return: pages whose place is a guess. */
uint64_t unlogged_reserve(struct replay *r);

/* The first range of one of these owners; of nothing if it has none. */
struct range unlogged_find(const struct owners *owners, const char *who);

#endif
