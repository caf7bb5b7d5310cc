/* SPDX-License-Identifier: MIT */
/*
 * The model of the page allocator: on top of the hand-over's, states[] says of each page whether it
 * is available (PF_FREE: in a zone's lists or on a CPU's) or handed out. It knows of orders, of
 * buddies and of the rules of page_alloc.h, and of nothing else.
 */
#ifndef ALLOC_H
#define ALLOC_H

#include "../handover/handover.h"

#include <pageframe/isolate.h>
#include <pageframe/page_alloc.h>

#define MAX_CPUS   8
#define MAX_CHUNKS (1ul << 16)
#define CMA	   1 /* in block_is */
#define WITHDRAWN  2 /* in block_is: isolated */
#define GIVABLE	   2 /* in page_is: reserved by what the machine's boot code did, not by ours */
#define MOVABLE	   4 /* in page_is: it was handed out as such */
#define DAMAGED	   8 /* in page_is: and in use still */

extern struct pf_mem mem;
extern uint8_t page_is[MAX_PAGES];
extern uint8_t block_is[MAX_PAGES >> PF_BLOCK_ORDER];

/* What runs, for messages; forgets what was printed, and which maps failed. */
void begin(const char *what);

/* --- round.c: whoever plays it chooses the numbers --- */

/* A machine, handed over. False: it cannot boot; shut_down() follows all the same. */
bool round_begin(void);
void round_op(void);
void round_end(void);

/* --- boot.c: a machine with CPUs, handed over --- */

extern unsigned nr_cpus, cpu;
extern int cpu_nodes[MAX_CPUS];
extern uint8_t distances[MAX_NODES][MAX_NODES];
bool boot(void);
void shut_down(void);
void change_cpu(void);

/* --- request.c: what is asked for --- */

struct request {
	unsigned order;
	pf_gfp gfp;
	int nid; /* preferred, -1: the CPU's */
	bool masked;
	struct pf_nodemask mask;
};

/* What is asked for at the moment: memory fills up, or empties, in chunks of these sizes. */
struct phase {
	unsigned takes; /* of 16 operations */
	unsigned max_order;
	bool kernel_only; /* nothing movable */
	bool in_need;	  /* half of them cannot wait */
};

extern struct phase phase;
void change_phase(void);
void make_request(struct request *r);
int preferred_node(const struct request *r);
bool is_permitted(const struct request *r, int nid, int zone);

/* --- chunks.c: what is handed out --- */

struct held {
	pf_pfn pfn;
	unsigned order;
	unsigned nr; /* not 0: pages from pf_alloc_pages_exact(), or contiguous ones */
	bool contig;
};

extern unsigned long nr_held;
extern struct held held[MAX_CHUNKS];
unsigned long pages_of(const struct held *h);
/* Nobody has a page any more: it is available, or withdrawn, or out. */
void now_free(unsigned long i);
/* The pages were available, and lie in one permitted place; now they are handed out. */
void now_held(const struct request *r, pf_pfn pfn, unsigned order, unsigned long nr, unsigned kept);
void give_some(void);
void give_wrongly(void);
void give_all(void);
/* Without a check of what comes of it: from the low hook. */
void give_one_quietly(void);

/* --- take.c --- */

void take(void);
void take_nearly_all(void);
void take_bulk(void);
void take_exact(void);
void take_at(void);

/* --- refused.c: may it fail? --- */

/* Chunks of each zone by order and type. */
typedef unsigned long chunk_counts[PF_MAX_ORDER + 1][PF_MIGRATETYPES];
/* Nobody has @nr chunks like that to give, or the library differs. */
void refused(const struct request *r, unsigned long nr);

/* --- preference.c: the zone that served comes no earlier and no later than the rules say --- */

void preferred(const struct request *r, pf_pfn pfn);

/* --- floors.c: no zone gives more than it may --- */

void note_floors(void);
void check_floors(const struct request *r);

/* --- what happened in all rounds, so that one sees what was tested --- */

extern struct tally {
	unsigned long served, refused, refused_exactly, from_far, at, bulk, exact;
	unsigned long cma_areas, from_cma, highatomic, wrong_frees, late, deferred, low;
	unsigned long isolated, not_isolated, contig, not_contig, moved, poisoned;
} tally;

/* --- marks.c: watermarks and reserves as Documentation/admin-guide/sysctl/vm.rst has them --- */

void set_marks(void);
unsigned long mark_for(const struct pf_zone *zone, const struct request *r);

/* --- events.c: what the observer is told --- */

void observe(bool on);
void expect_gfp(pf_gfp gfp);
void compare_events(void);

/* --- rest.c: drains, CMA, and what boot left --- */

void drain(void);
void init_cma(void);
void free_late(void);
void release_deferred(void);
void init_descriptors(void);

/* --- isolate.c: ranges withdrawn, contiguous ranges, damaged pages --- */

void isolate_begin(void);
void withdraw(void);
void withdraw_nothing(void); /* all of it ends */

/* --- check.c --- */

/* What the library says of each page; and buddies merged from that. */
extern uint8_t found[MAX_PAGES];
void read_found(void);
void merge_found(chunk_counts of[MAX_NODES][PF_ZONES]);
/* Pages of a zone on all CPUs' lists. */
unsigned long on_cpus(const struct pf_zone *z);
/* Of one zone, exactly: those in its lists and on CPUs' are those available. */
void check_sum(int nid, int zone);
void check_everything(void);

/* --- shorthands --- */

static inline struct pf_zone *zone_of(int nid, int zone)
{
	return nid < mem.nr_nodes && mem.nodes[nid] ? &mem.nodes[nid]->zone[zone] : NULL;
}

static inline unsigned highest_zone_of(pf_gfp gfp)
{
	return (gfp >> 4 & 7) ^ PF_ZONE_NORMAL;
}

#endif
