/* SPDX-License-Identifier: MIT */
/*
 * The boot of a recorded machine, again, in our memblock: operations as logged, allocations
 * performed with the logged arguments, and what the log does not print inferred from the rest of
 * it, and said.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "machine.h"
#include "owners.h"

/* Something to tell, with the line of the log that it is about (0: none). */
struct remark {
	size_t line;
	char *text;
};

/* Whose vm.min_free_kbytes a recording shows, by its watermarks. */
enum min_free_by {
	MIN_FREE_UNKNOWN,    /* nobody's that we know of */
	MIN_FREE_BOOT,	     /* what boot computes */
	MIN_FREE_KHUGEPAGED, /* what khugepaged raises it to when it starts */
	MIN_FREE_SOMEBODY,   /* another: user space may have set it */
};

struct min_free {
	enum min_free_by by;
	uint64_t kib;
	size_t zones; /* whose watermarks were compared */
};

struct replay {
	const struct machine *machine;
	struct owners owners;
	size_t allocations; /* requests in the log whose outcome it tells */
	size_t landed;	    /* of those, where ours had the kernel's outcome */
	size_t dumps;	    /* that were compared, and so are the next ones */
	bool firmware;	    /* its map, with what was added to memblock */
	bool managed;	    /* of each zone of zoneinfo.txt; if not, its sum at best */
	bool managed_sum;
	uint64_t pages;	    /* of kpageflags.txt */
	size_t blocks;	    /* of memory_blocks.txt, and of what it was later */
	uint64_t looked_up; /* pages, whether they are online */
	size_t later_zones; /* of zoneinfo after memory was plugged in, or taken offline */
	struct min_free min_free;
	struct min_free later_min_free; /* after memory was plugged in, or taken offline */
	bool blind; /* the log lacks its beginning: what was free or reserved when is not known */
	VEC(struct remark) inferred;
	VEC(struct remark) differences;
	VEC(struct remark) missing; /* what the log should have, and has not */
	bool memory_known;	    /* there is memory to speak of */
};

/* Afterwards memblock holds what the kernel's held at the end of the log. */
void replay_run(struct replay *r, const struct machine *m);
void replay_free(struct replay *r);

/* What a request of the log got, if it still has it; of nothing if not. */
struct range replay_outcome(const struct replay *r, const struct event *rq);

void replay_forget_differences(struct replay *r);

/* Remarks: ours is not the kernel's; something that should be compared is not there. */
__attribute__((format(printf, 2, 3))) void replay_lacks(struct replay *r, const char *format, ...);
__attribute__((format(printf, 3, 4))) void replay_differs(struct replay *r, size_t line,
							  const char *format, ...);

#endif
