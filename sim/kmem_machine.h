/* SPDX-License-Identifier: MIT */
/* The machine that a trace was recorded on, as far as the trace tells. */
#ifndef SIM_KMEM_MACHINE_H
#define SIM_KMEM_MACHINE_H

#include "kmem_trace.h"
#include "machine.h"

/*
 * From the zones of its texts, or else as large as its highest page needs; machine_free() it.
 * @how: in words for people, free() it.
 */
void kmem_machine_make(struct machine *m, const struct kmem_trace *t, char **how);

#endif
