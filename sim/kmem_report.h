/* SPDX-License-Identifier: MIT */
/* What a replayed trace has to say. */
#ifndef SIM_KMEM_REPORT_H
#define SIM_KMEM_REPORT_H

#include "kmem_file.h"
#include "kmem_replay.h"
#include "report.h"

struct kmem_report {
	const struct kmem_file *file;
	const struct kmem_replay *replay;
	const char *machine;
	const char *how; /* it was made up; NULL: it was not */
};

/* Events that were read, the page allocator's and others. */
uint64_t kmem_events(const struct kmem_trace *t);
/* The trace's own name of a kind of event; KMEM_ALLOC_FAILED has that of KMEM_ALLOC. */
const char *kmem_event_name(enum kmem_kind kind);
const char *kmem_type_name(enum pf_migratetype type);

/* Is an end missing, so that what the kernel had after it is of a later moment than ours? */
bool kmem_ended_early(const struct kmem_file *f, const struct kmem_trace *t);
/* What the kernel had of a zone after the trace; NULL: it does not tell, or it ended early. */
const struct kmem_zone *kmem_kernel_after(const struct kmem_report *r, const struct kmem_zone *z);

/* For people, on standard output. */
void kmem_report(const struct kmem_report *r, const struct view *v);
/* All of it; docs/json.md */
void kmem_report_json(FILE *to, const struct kmem_report *r);

#endif
