/* SPDX-License-Identifier: MIT */
/*
 * Where device memory and RAM meet inside what a kernel treats as one, and what each way to live
 * with that would cost this machine: docs/lint.md.
 */
#ifndef SIM_LINT_H
#define SIM_LINT_H

#include "device_memory.h"
#include "json.h"
#include "replay.h"

enum granule {
	GRANULE_SECTION,    /* is online or not: what pfn_to_online_page() asks */
	GRANULE_DECODER,    /* what address decoders of memory work in */
	GRANULE_PAGEBLOCK,  /* has one migratetype, and is isolated as one */
	GRANULE_SUBSECTION, /* is what Linux adds device memory in */
	GRANULES,
};

/* Sections that would do without sub-sections: no smaller than the largest chunk. */
#define CHUNKS_MAX 8

/* In bytes; powers of two. */
struct lint_sizes {
	uint64_t granule[GRANULES];
	uint64_t chunk[CHUNKS_MAX];
	size_t chunks;
};

/* A granule that has RAM and device memory. */
struct collision {
	enum granule granule;
	struct range range;
	uint64_t ram; /* bytes of it, and so is the next */
	uint64_t device;
};

/* An end of a device's memory that is no border of granules. */
struct misaligned {
	enum granule granule;
	size_t device; /* index into devices */
	bool end;
	uint64_t address;
	uint64_t past;	/* bytes from the border below; the border above is the rest away */
	bool collision; /* there is RAM in that granule */
};

/* Ways to live with it, as docs/lint.md tells them. */
enum answer {
	ANSWER_NONE,		/* sub-sections are added, and a section is online */
	ANSWER_ASKED,		/* a: walkers ask get_dev_pagemap() first */
	ANSWER_FORGOTTEN,	/* a: a walker that does not */
	ANSWER_SUBSECTION_MAP,	/* b */
	ANSWER_ZONE,		/* c: when all descriptors are written */
	ANSWER_ZONE_RACE,	/* c: before and while they are */
	ANSWER_RAM_GIVEN_UP,	/* d: RAM of shared sections */
	ANSWER_DEVICE_GIVEN_UP, /* d: device memory of shared sections */
	ANSWER_RAM_IN_ADVANCE,	/* d: RAM of sections in which a device could turn up */
	ANSWER_CHUNKS,		/* e: sections are chunks */
	ANSWER_BLOCKS,		/* pageframe's own */
};

struct cost {
	enum answer answer;
	uint64_t chunk;	      /* of ANSWER_CHUNKS */
	uint64_t ram_lost;    /* bytes, and so is the next */
	uint64_t device_lost; /* what no driver can have */
	struct spans wrong; /* a driver's pages that pfn_to_online_page() takes for RAM: in bytes */
};

struct lint {
	const struct device_memory *memory;
	struct lint_sizes sizes;
	VEC(struct collision) collisions;
	VEC(struct misaligned) misaligned;
	VEC(struct cost) costs;
	uint64_t map_bytes; /* of answer b: a bit for each sub-section of sections with RAM */
};

/* What x86-64 has; for e besides what arm64 with pages of 64 KiB has. */
struct lint_sizes lint_default_sizes(void);
/* What cannot be, or NULL. */
const char *lint_check_sizes(const struct lint_sizes *s);
const char *granule_name(enum granule g); /* "section", "sub-section", ... */

/* @memory must stay. */
void lint_find(struct lint *l, const struct device_memory *memory, const struct lint_sizes *sizes);
void lint_free(struct lint *l);

/*
 * Is anything found that a machine should not have? A granule that is shared, memory that is told
 * to be both, an end of a device's memory that is lost in any case. Other ends are only told.
 */
bool lint_found(const struct lint *l);

/* Why there may be more than was found: sentences, NULL-terminated. */
#define LINT_DOUBTS 5
void lint_doubts(const struct replay *r, const char *doubts[LINT_DOUBTS]);

void lint_print(const struct lint *l, const struct replay *r);
void lint_json(struct json *j, const struct lint *l, const struct replay *r);

#endif
