/* SPDX-License-Identifier: MIT */
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../property/differ.h"

unsigned long op;

_Noreturn void differ(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "The library differs from the model: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nwhile it does %s, operation %lu of this input\n", doing, op);
	abort();
}
