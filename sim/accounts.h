/* SPDX-License-Identifier: MIT */
/* Who reserved how much, and how much of it came back. */
#ifndef SIM_ACCOUNTS_H
#define SIM_ACCOUNTS_H

#include "handover.h"

struct account {
	const char *who; /* not terminated: length bytes */
	size_t length;
	uint64_t bytes;	     /* reserved, in memory */
	uint64_t given_back; /* pages that were handed over after all */
	uint64_t kept;	     /* pages that never were */
};

struct accounts {
	VEC(struct account) list; /* by bytes, largest first */
	uint64_t inside;	  /* bytes reserved, in memory */
	uint64_t outside;	  /* and elsewhere: that costs nobody anything */
	uint64_t given_back;
	uint64_t kept;	  /* all pages that were never handed over */
	uint64_t nobodys; /* of these, what nobody reserved */
};

/* A page that two share is counted for the one who reserved its beginning. */
void accounts_find(struct accounts *a, const struct replay *r, const struct handover *h);
void accounts_free(struct accounts *a);

#endif
