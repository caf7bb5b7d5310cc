/* SPDX-License-Identifier: MIT */
/* Who plays a model at random: a round for each seed, and differ(). */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <stdint.h>

extern unsigned long ops_done; /* in all rounds; whoever does one counts it */

/*
 * A round for each seed from --seed on, until --ops operations are done, or @ops. One that takes
 * minutes is a difference.
 */
void play_rounds(int argc, char **argv, uint64_t ops, void (*play)(uint64_t seed));
/* None differed: says so. Return: main()'s. */
int rounds_agree(void);

#endif
