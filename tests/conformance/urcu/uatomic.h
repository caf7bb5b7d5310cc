/* SPDX-License-Identifier: MIT */
/*
 * What Linux's tools/lib/slab.c needs of liburcu: two counters' steps, here on one thread. So
 * Linux's own side of the comparison builds without liburcu-dev, for 32 bits too.
 */
#ifndef CONFORMANCE_URCU_UATOMIC_H
#define CONFORMANCE_URCU_UATOMIC_H

#define uatomic_inc(counter) (++*(counter))
#define uatomic_dec(counter) (--*(counter))

#endif
