/* SPDX-License-Identifier: MIT */
/* Fuzzers of the models: a difference is an abort, which the fuzzer sees. */
#ifndef FUZZ_FINDING_H
#define FUZZ_FINDING_H

extern unsigned long op; /* of this input, for what is said then */

#endif
