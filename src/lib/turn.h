/* SPDX-License-Identifier: MIT */
/*
 * One after the other, for what takes long and happens seldom: who comes second waits, with
 * interrupts on and no lock held. All zero: nobody is at it.
 */
#ifndef LIB_TURN_H
#define LIB_TURN_H

#include <pageframe/sync.h>

static inline void take_turn(uint32_t *taken)
{
	uint32_t nobody = 0;

	while (!pf_cas_acquire(taken, &nobody, 1)) {
		pf_port_relax();
		nobody = 0;
	}
}

static inline void end_turn(uint32_t *taken)
{
	pf_store_release(taken, 0);
}

#endif
