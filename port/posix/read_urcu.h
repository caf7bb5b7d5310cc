/* SPDX-License-Identifier: MIT */
/*
 * Read-side sections by liburcu, for -DPF_READ_HEADER='"port/posix/read_urcu.h"' and -lurcu-bp: its
 * "bulletproof" flavour, which threads need not be registered for. Readers of all machines of the
 * process are one set, so it may wait for those of another.
 */
#ifndef PF_PORT_POSIX_READ_URCU_H
#define PF_PORT_POSIX_READ_URCU_H

#include <urcu/urcu-bp.h>

static inline unsigned pf_read_lock(struct pf_readers *r)
{
	(void)r;
	urcu_bp_read_lock();
	return 0;
}

static inline void pf_read_unlock(struct pf_readers *r, unsigned turn)
{
	(void)r;
	(void)turn;
	urcu_bp_read_unlock();
}

static inline void pf_synchronize(struct pf_readers *r)
{
	(void)r;
	urcu_bp_synchronize_rcu();
}

#endif
