/* SPDX-License-Identifier: MIT */
/*
 * In place of src/hotplug/pagemap.c: who waits for readers waits for one turn only. A reader that
 * read the turn before an earlier wait, and counts itself after it, is in the turn that nobody
 * looks at. SRCU flips twice for that (P. McKenney, "Sleepable RCU", 2006).
 */
#include "../../../src/hotplug/internal.h"

static void flip_once(struct pf_readers *r)
{
	uint32_t turn = pf_fetch_add_seq_cst(&r->turn, 1) & 1;

	while (pf_load_seq_cst(&r->inside[turn]))
		pf_port_relax();
}

#define pf_synchronize flip_once
#include "../../../src/hotplug/pagemap.c"
