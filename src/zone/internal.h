/* SPDX-License-Identifier: MIT */
/* What the files of zones share, and offer to the floors above. The linker sees names with pfi_. */
#ifndef ZONE_INTERNAL_H
#define ZONE_INTERNAL_H

#include <pageframe/boot.h>

/* Where the zones of every node lie, before ZONE_MOVABLE takes from them. */
struct zone_limits {
	pf_pfn start[PF_ZONES];
	pf_pfn end[PF_ZONES];	   /* not above start: no such zone */
	enum pf_zone_type highest; /* that has memory: ZONE_MOVABLE takes from it */
};

/* Fails with -PF_EINVAL when limits do not ascend. */
int pfi_zone_limits(struct zone_limits *limits, const struct pf_boot_config *config);

/* zone.c: those that a host with such limits has, a bit each. */
uint8_t pfi_zone_types(const struct zone_limits *limits);

/* movable.c: sets movable_pfn of every node. */
void pfi_find_movable(struct pf_mem *mem, const struct pf_movable_config *config,
		      const struct zone_limits *limits);

/*
 * zone.c: spans and present pages of all zones; -PF_EINVAL if one is too wide. Needs nodes with
 * their spans and movable_pfn.
 */
int pfi_zone_spans(struct pf_mem *mem, const struct zone_limits *limits);

/*
 * piece.c: memory by zone. Neighbouring pages of one zone, all of them nomap or none, are one
 * piece.
 */
struct piece {
	pf_pfn start;
	pf_pfn end; /* exclusive */
	int nid;
	enum pf_zone_type zone;
	bool nomap; /* never to be handed over */
};

struct piece_walk {
	const struct pf_mem *mem;
	const struct zone_limits *limits;
	int region;	   /* for_each_mem_pfn_range()'s */
	struct piece rest; /* of that region; empty: take the next */
	bool mirror;
};

void pfi_pieces_start(struct piece_walk *w, const struct pf_mem *mem,
		      const struct zone_limits *limits);
/* Return: false behind the last one. Ascending by pfn. */
bool pfi_next_piece(struct piece_walk *w, struct piece *piece);

/* From the zone's first page to the one behind its last, of one moment; any time, no lock held. */
static inline void pfi_zone_span(struct pf_zone *zone, pf_pfn *start, pf_pfn *end)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	*start = zone->start_pfn;
	*end = zone->start_pfn + zone->spanned;
	pf_unlock_irqrestore(&zone->lock, flags);
}

/* node.c */
int pfi_nodes_init(struct pf_mem *mem, const struct pf_boot_config *config);
/* Zeroed memory that stays, on a node if possible; NULL if there is none. */
void *pfi_boot_alloc(struct pf_mem *mem, const struct pf_boot_config *config, size_t size, int nid);
/* The same, aligned to PF_FETCHED, whatever the alignment of what the host gives. */
void *pfi_boot_alloc_apart(struct pf_mem *mem, const struct pf_boot_config *config, size_t size,
			   int nid);
/* Say what there is no room for, or what else is in the way. Return: -PF_ENOMEM, -PF_EINVAL. */
int pfi_no_room(size_t size, int nid);
int pfi_cannot_boot(const char *why);

/* fallback.c: who is asked after this node, and after each zone. 0, -PF_ENOMEM. */
int pfi_node_fallback(struct pf_mem *mem, const struct pf_boot_config *config,
		      struct pf_node *node);
/* lists.c: lists of zones that have memory, and CPUs' nodes. 0, -PF_ENOMEM. */
int pfi_zone_lists(struct pf_mem *mem, const struct pf_boot_config *config);
/* The highest zones of a node that have memory, and where its CPUs look first. */
void pfi_find_highest(struct pf_mem *mem, struct pf_node *node);
/* A row of mem->pcps: by the zone bits of a pf_gfp, and the one freed to last. Whole cache lines.
 */
#define PCP_FIRST_ZONES 8
#define PCP_LAST_FREED	8
#define PCP_ROW		16
/* And where CPUs find theirs, once there is a memory map. */
int pfi_zone_pcps(struct pf_mem *mem, const struct pf_boot_config *config);

static inline bool has_memory(const struct pf_node *node)
{
	return node && node->present;
}

/* Memory that nobody put on a node is node 0's. */
static inline int node_or_first(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES ? nid : 0;
}

static inline pf_pfn min_pfn(pf_pfn a, pf_pfn b)
{
	return a < b ? a : b;
}

static inline pf_pfn max_pfn(pf_pfn a, pf_pfn b)
{
	return a > b ? a : b;
}

#endif
