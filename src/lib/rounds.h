/* SPDX-License-Identifier: MIT */
/*
 * Loops that give up after some rounds, whatever others do meanwhile. Who decides which thread goes
 * on, as an explorer, must not take them for loops that wait: it gives pf_pause() in its
 * PF_SYNC_HEADER, and wants few rounds, for it tries each.
 */
#ifndef LIB_ROUNDS_H
#define LIB_ROUNDS_H

#include <pageframe/sync.h>

#ifndef pf_pause
#define pf_pause() pf_port_relax()
#endif

#ifdef PF_FEW_ROUNDS
#define rounds_of(n) PF_FEW_ROUNDS
#else
#define rounds_of(n) (n)
#endif

#endif
