/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/memmap/describe.c: interrupts stay on while a block's descriptors are
 * written. A handler that needs them waits for the one that it interrupts. Linux initialises
 * deferred pages with interrupts on since 2020 (commit 3d060856adfc), and had to see to it that no
 * interrupt grows the zone by them. Ours: for one block.
 */
#include "../../../src/memmap/internal.h"

#undef pf_irq_save
#undef pf_irq_restore
#define pf_irq_save()	      0
#define pf_irq_restore(flags) ((void)(flags))
#include "../../../src/memmap/describe.c"
