/* SPDX-License-Identifier: MIT */
/* Is a machine like the one that a trace was recorded on? */
#ifndef SIM_KMEM_DIFFERS_H
#define SIM_KMEM_DIFFERS_H

#include <pageframe/mem.h>

#include "kmem_trace.h"

/*
 * Says on standard error which zones of @mem, that people call @machine, are not the trace's, a
 * line each: by its texts, or else by its highest page. Return: how many.
 */
unsigned kmem_tell_differences(const struct kmem_trace *t, const struct pf_mem *mem,
			       const char *machine);

#endif
