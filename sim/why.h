/* SPDX-License-Identifier: MIT */
/* All that is known of one page: where it came from, who had it, and what became of it. */
#ifndef SIM_WHY_H
#define SIM_WHY_H

#include <pageframe/memblock.h>

#include "json.h"
#include "report.h"

/* How the page's boot ended. */
enum why_end {
	WHY_AT_ONCE,   /* handed over by memblock_free_all() */
	WHY_LATE,      /* reserved first, and given back after that */
	WHY_NEVER,     /* reserved to the end */
	WHY_LATER,     /* plugged in after memblock's time */
	WHY_NO_MEMORY, /* not a whole page of memory */
};

/* A line of the log that concerns the page. */
struct why_event {
	enum event_kind kind; /* ADD, REMOVE, RESERVE, FREE or FREE_LATE */
	size_t line;	      /* of an allocation: of its request */
	struct range range;
	const char *who; /* not terminated: length bytes */
	size_t length;
};

enum why_opinion {
	WHY_AGREES,
	WHY_DIFFERS,
	WHY_NOT_KNOWN,	  /* what became of it is a guess */
	WHY_NOT_COMPARED, /* who reserved it is a guess, or there is nothing to compare with */
};

typedef VEC(const struct map_entry *) why_entries;

struct why {
	const struct booted *s;
	uint64_t pfn;
	struct range page; /* the last one of the address space lacks its last byte */
	enum why_end end;
	bool guess; /* of its owner, some pages were given back: the log does not tell which */

	why_entries e820;
	why_entries user;
	why_entries changes;
	why_entries efi;

	const struct memblock_region *memory; /* the first that it lies in, if only partly */
	const struct memblock_region *below;  /* if it lies in none: its neighbours, or NULL */
	const struct memblock_region *above;
	VEC(const struct owned *) owners;
	VEC(struct why_event) history;
	const struct late_free *late; /* what gave it back, or NULL */

	const char *zone; /* NULL: none has it */
	int nid;	  /* of the zone */
	bool block;	  /* the memory map has it, in a block that is whole or split */
	bool split;

	VEC(const struct resource *) iomem;
	const struct page_class *class; /* NULL: kpageflags.txt has no such page, or is not there */
	enum why_opinion opinion;	/* of kpageflags.txt, of what became of the page */
};

/* The machine is booted as recorded, and memblock still holds it. */
void why_find(struct why *w, const struct booted *s, uint64_t pfn);
void why_free(struct why *w);

/* "handed over late": the same words for the same end, for scripts. */
const char *why_end_name(enum why_end end);
/* Who gave it back late, or never: *length bytes; NULL: for other ends. */
const char *why_by(const struct why *w, size_t *length);

/* For people, on standard output. @address is the one that was asked for. */
void why_print(const struct why *w, uint64_t address);
/* As an element of an array. */
void why_json(struct json *j, const struct why *w);

#endif
