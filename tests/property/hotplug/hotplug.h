/* SPDX-License-Identifier: MIT */
/*
 * The model of memory that comes and goes: a word for each block, and one for each page. Who plays
 * it gives the decisions (source.h) and differ() (differ.h).
 */
#ifndef HOTPLUG_MODEL_H
#define HOTPLUG_MODEL_H

#include <stdio.h>
#include <string.h>

#include <pageframe/boot.h>
#include <pageframe/device.h>
#include <pageframe/walk.h>

#include "host.h"
#include "source.h"

#include "../differ.h"

#define BLOCKS	    48ul /* that may be there, from pfn BASE on */
#define BASE	    (2ul << PF_MAX_ORDER)
#define PAGES	    (BLOCKS << PF_BLOCK_ORDER)
#define NODES	    (PF_NUMA ? 2 : 1)
#define MAX_HELD    512
#define MAX_DEVICES 6
/* Pages that the descriptors of a block take. */
#define DESCRIPTOR_PAGES                                                                           \
	((unsigned long)((sizeof(struct pf_page) << PF_BLOCK_ORDER) / PF_PAGE_SIZE))

enum presence { ABSENT, OFFLINE, ONLINE, DEVICE };

struct block_model {
	enum presence is;
	int nid;
	bool mixed; /* of boot, with a hole: it stays */
	bool map;   /* it holds descriptors of its group */
	/* Of what was added with its own descriptors, which goes at once: a number. */
	unsigned group;
	struct pf_dev_pagemap *device;
};

/* Of a page of RAM that is online, or was: OUT and MARKED outlive their block's going offline. */
enum use {
	HOLE,
	AVAILABLE, /* in a zone's lists, or on a CPU's */
	KERNEL,	   /* reserved at boot, or descriptors */
	MOVABLE,   /* held by us */
	UNMOVABLE,
	OUT, /* damaged */
};

extern struct pf_mem mem;
extern struct block_model blocks[BLOCKS];
extern uint8_t uses[PAGES];
extern bool marked[PAGES]; /* damaged, and in use still */
extern struct source source;
extern const struct pf_memmap_ops *ops; /* NULL: the map is contiguous */
extern unsigned nr_cpus;

static inline unsigned long below(unsigned long n)
{
	return source_below(&source, n);
}

static inline bool one_in(unsigned long n)
{
	return !below(n);
}

static inline pf_pfn pfn_of(unsigned long i)
{
	return BASE + i;
}

static inline struct block_model *block_of(unsigned long i)
{
	return &blocks[i >> PF_BLOCK_ORDER];
}

/* Descriptors need memory when something comes. */
static inline bool is_mapped(void)
{
	return ops && !ops->on_demand;
}

void begin(const char *what); /* for messages; forgets what was printed, and what was refused */

/* --- round.c --- */

bool round_begin(void); /* false: it does not boot; round_close() follows all the same */
void round_op(void);
void round_end(void);
void round_close(void);

/* --- plug.c: memory and devices come and go --- */

void plug_begin(void);
void plug(void);
void unplug_devices(void);

/* --- use.c: it is used --- */

struct held {
	pf_pfn pfn;
	unsigned order;
};

extern struct held held[MAX_HELD];
extern unsigned nr_held;
void use(void);
void give_all(void);
extern const struct pf_mover mover;

/* --- look.c: what is said of it --- */

void look(void);
void compare(void);
/* What the library took for itself, or gave back: pages. */
unsigned long learn_taken(void);
unsigned long learn_given(void);

#endif
