/* SPDX-License-Identifier: MIT */
#include "booted.h"

void booted_run(struct booted *b, const struct machine *m, enum boot_as as)
{
	*b = (struct booted){ .m = m, .as = m->made_up ? AS_NATIVE : as };
	replay_run(&b->r, m);
	late_find(&b->late, &b->r);
	handover_run(&b->h, &b->r, &b->late, b->as);
	if (b->as == AS_NATIVE) /* it is to be another boot than the kernel's */
		replay_forget_differences(&b->r);
	zones_find(&b->z, m, &b->h.mem);
}

void booted_free(struct booted *b)
{
	zones_free(&b->z);
	handover_free(&b->h);
	late_free_list(&b->late);
	replay_free(&b->r);
}
