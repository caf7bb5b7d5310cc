/* SPDX-License-Identifier: MIT */
/*
 * Which zone has a page. Its address decides, and its node's movable_pfn; where mirrored memory is
 * for the kernel, so does mirroring: Normal and Movable then lie interleaved in one span.
 */
#include "internal.h"

static bool next_region(struct piece_walk *w)
{
	int nid;

	__next_mem_pfn_range(&w->region, MAX_NUMNODES, &w->rest.start, &w->rest.end, &nid);
	if (w->region < 0)
		return false;
	w->rest.nid = node_or_first(nid);
	w->mirror = memblock_is_mirror(&memblock.memory.regions[w->region]);
	w->rest.nomap = memblock_is_nomap(&memblock.memory.regions[w->region]);
	return true;
}

static enum pf_zone_type limit_of(const struct zone_limits *limits, pf_pfn pfn)
{
	int z = 0;

	while (z < PF_ZONE_MOVABLE - 1 && pfn >= limits->end[z])
		z++;
	return (enum pf_zone_type)z;
}

/* The first part of what is left of the region that lies in one zone. */
static void cut(struct piece_walk *w, struct piece *piece)
{
	pf_pfn movable = w->mem->nodes[w->rest.nid]->movable_pfn;
	bool stays = mirrored_kernelcore && memblock_has_mirror() && w->mirror;

	*piece = w->rest;
	piece->zone = limit_of(w->limits, piece->start);
	piece->end = min_pfn(piece->end, w->limits->end[piece->zone]);
	if (movable && !stays && piece->start >= movable) {
		piece->zone = PF_ZONE_MOVABLE;
		piece->end = w->rest.end;
	} else if (movable && !stays && piece->end > movable) {
		piece->end = movable;
	}
	w->rest.start = piece->end;
}

static bool next_part(struct piece_walk *w, struct piece *piece)
{
	while (w->rest.start >= w->rest.end)
		if (w->region == -2 || !next_region(w)) {
			w->region = -2;
			return false;
		}
	cut(w, piece);
	return true;
}

void pfi_pieces_start(struct piece_walk *w, const struct pf_mem *mem,
		      const struct zone_limits *limits)
{
	*w = (struct piece_walk){ .mem = mem, .limits = limits, .region = -1 };
}

bool pfi_next_piece(struct piece_walk *w, struct piece *piece)
{
	struct piece_walk before;
	struct piece more;

	if (!next_part(w, piece))
		return false;
	for (before = *w; next_part(w, &more); before = *w) {
		if (more.start != piece->end || more.nid != piece->nid ||
		    more.zone != piece->zone || more.nomap != piece->nomap)
			break;
		piece->end = more.end;
	}
	*w = before;
	return true;
}
