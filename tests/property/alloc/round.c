/* SPDX-License-Identifier: MIT */
/* A round: a machine, what is done on it, and what must be true in the end. */
#include "alloc.h"

struct pf_mem mem;
struct tally tally;
const char *doing = "nothing";

void begin(const char *what)
{
	doing = what;
	memmap_forget();
	host_forget_output();
}

bool round_begin(void)
{
	nr_held = 0;
	isolate_begin();
	doing = "the set-up";
	memset(&mem, 0, sizeof(mem));
	if (!boot())
		return false;
	change_phase();
	check_everything();
	return true;
}

static void something_rare(void)
{
	switch (below(12)) {
	case 0:
		set_marks();
		break;
	case 1:
		observe(one_in(2));
		break;
	case 2:
		init_descriptors();
		break;
	case 3:
		release_deferred();
		break;
	case 4:
		free_late();
		break;
	case 5:
		init_cma();
		break;
	case 6:
		change_phase();
		break;
	case 7:
		if (one_in(4))
			take_nearly_all();
		break;
	default:
		drain();
	}
}

void round_op(void)
{
	if (one_in(12))
		change_cpu();
	if (one_in(64))
		something_rare();
	else if (one_in(32))
		withdraw();
	else if (one_in(16))
		give_wrongly();
	else if (below(16) >= phase.takes)
		give_some();
	else if (one_in(16))
		take_at();
	else if (one_in(24))
		take_exact();
	else if (one_in(40))
		take_bulk();
	else
		take();
}

void round_end(void)
{
	observe(false);
	withdraw_nothing();
	give_all();
	machine.fail_one_in = 0;
	if (!pf_drain_all(&mem))
		differ("the last drain leaves something out");
	check_everything();
	for (unsigned long i = 0; i < machine.pages; i++)
		if (found[i] == PF_PER_CPU || found[i] == PF_ALLOCATED)
			differ("page %#lx is in state %d in the end", pfn_of(i), found[i]);
}
