/* SPDX-License-Identifier: MIT */
/* A machine, and all that is found out about it by booting it again. */
#ifndef SIM_BOOTED_H
#define SIM_BOOTED_H

#include "handover.h"

struct booted {
	const struct machine *m;
	enum boot_as as;
	struct replay r;
	struct late late;
	struct handover h;
	struct zones z;
};

/*
 * memblock holds the machine afterwards, until the next one boots. A made-up machine boots
 * natively.
 */
void booted_run(struct booted *b, const struct machine *m, enum boot_as as);
void booted_free(struct booted *b);

#endif
