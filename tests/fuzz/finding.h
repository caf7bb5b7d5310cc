/* SPDX-License-Identifier: MIT */
/* A difference from a model: what it is, and an abort that a fuzzer sees. */
#ifndef FUZZ_FINDING_H
#define FUZZ_FINDING_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn static inline void finding(const char *doing, unsigned long op, const char *format,
				     va_list args)
{
	fprintf(stderr, "The library differs from the model: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\nwhile it does %s, operation %lu of this input\n", doing, op);
	abort();
}

#endif
