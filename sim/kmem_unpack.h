/* SPDX-License-Identifier: MIT */
/*
 * What other libraries unpack. Each may be missing when the program is built; then its function
 * says so, by name.
 */
#ifndef SIM_KMEM_UNPACK_H
#define SIM_KMEM_UNPACK_H

#include <stddef.h>

#include "vec.h"

typedef VEC(char) bytes;

/* More than this is no trace, but an attack on memory. */
#define UNPACK_MOST ((size_t)8 << 30)

/* Return: NULL, or what is wrong; @out has what was unpacked until then. */
const char *unpack_xz(const bytes *in, bytes *out);
const char *unpack_gzip(const bytes *in, bytes *out);
/* trace-cmd's trace.dat: its events as the lines that ftrace would print. */
const char *unpack_trace_dat(const char *path, bytes *out);

#endif
