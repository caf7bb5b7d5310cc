/* SPDX-License-Identifier: MIT */
/* A round of the hand-over's model, from a machine to its end: handover_round.c. */
#ifndef HANDOVER_ROUND_H
#define HANDOVER_ROUND_H

#include "handover.h"

/* A machine, handed over. False: it cannot boot; round_close() follows all the same. */
bool round_begin(void);
void round_op(void);
void round_compare(void);
void round_end(void);
void round_close(void);

#endif
