/* SPDX-License-Identifier: MIT */
/*
 * Differential test: no-free pages against one byte a page, that says who has it.
 *
 * Each round boots a small random machine, and then pages of both kinds come and go at random. It
 * catches a page that has two owners, or is of a wrong zone or node; one that is not the next of
 * its chunk; a chunk that is imported while pages wait; a bulk request that is scattered where one
 * run could serve; a page of another zone or node while that zone has memory; a block that becomes
 * unmovable while another has room for the few that stay; a failure while somebody has a page; a
 * wrong free that is taken; counters that are off.
 *
 *	nofree_model [--seed N] [--ops N]
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pageframe/boot.h>
#include <pageframe/nofree.h>

#include "host.h"
#include "options.h"
#include "random.h"

#include "../../src/nofree/internal.h"

#define NODES	  (PF_NUMA ? 2 : 1)
#define BLOCKS	  (PF_BLOCK_ORDER < 4 ? 192 : 24)
#define MAX_PAGES (BLOCKS * PF_BLOCK_PAGES)
#define BASE	  (4 * PF_BLOCK_PAGES << (PF_MAX_ORDER - PF_BLOCK_ORDER))
#define ROUND	  20000
#define FEW	  40
#define MAX_BULK  (2 * PF_BLOCK_PAGES + FEW)

enum { NOBODY, NORMAL, NOFREE }; /* owners */

static struct pf_mem mem;
static uint64_t rng, round_seed;
static unsigned long ops_done, next_verify;
static uint8_t owner[MAX_PAGES];
static struct {
	pf_pfn pfn;
	unsigned order;
} normal[MAX_PAGES];
static pf_pfn nofree[MAX_PAGES];
static unsigned long nr_normal, nr_nofree, given_back[NODES];
static bool on_demand;
static unsigned takes; /* of 16 */
static unsigned long served, bulks, contiguous, failures, small, parts, bounds, wrong, returned;

static _Noreturn void differ(const char *what, unsigned long a, unsigned long b)
{
	printf("not ok 1 - %s: %#lx, %#lx; see it with --seed %llu --ops 1\n1..1\n", what, a, b,
	       (unsigned long long)round_seed);
	fflush(stdout);
	_Exit(1);
}

static unsigned long below(unsigned long n)
{
	return random_below(&rng, n);
}

static uint8_t *owner_of(pf_pfn pfn)
{
	if (pfn < BASE || pfn >= BASE + MAX_PAGES)
		differ("a page is no memory", pfn, 0);
	return &owner[pfn - BASE];
}

/* --- the machine --- */

static bool boot(void)
{
	struct pf_boot_config config = { .nr_cpus = 2 };
	unsigned long border = NODES == 2 ? 1 + below(MAX_PAGES - 1) : MAX_PAGES;

	host_reset();
	memset(&mem, 0, sizeof(mem));
	memset(owner, 0, sizeof(owner));
	memset(given_back, 0, sizeof(given_back));
	nr_normal = nr_nofree = 0;
	memblock_allow_resize();
	memblock_add_node(PF_PFN_PHYS(BASE), border * PF_PAGE_SIZE, 0, MEMBLOCK_NONE);
	if (NODES == 2)
		memblock_add_node(PF_PFN_PHYS(BASE + border), (MAX_PAGES - border) * PF_PAGE_SIZE,
				  1, MEMBLOCK_NONE);
	for (unsigned long n = below(6); n--;)
		memblock_reserve(PF_PFN_PHYS(BASE + below(MAX_PAGES)),
				 (1 + below(PF_BLOCK_PAGES)) * PF_PAGE_SIZE);
	on_demand = below(2);
	config.alloc = host_area;
	config.memmap = on_demand ? &host_on_demand : NULL;
	config.zone_end[PF_ZONE_DMA] = BASE + below(MAX_PAGES / 2);
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	if (below(2))
		config.movable.movablecore = below(MAX_PAGES / 2);
	if (pf_boot(&mem, &config))
		return false;
	memblock_free_all(&mem);
	return true;
}

static void check_everything(void)
{
	unsigned long out[NODES] = { 0 };
	char why[240];

	if (!pf_verify(&mem, why, sizeof(why)) || !pf_verify_nofree(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		differ("verification", 0, 0);
	}
	for (unsigned long i = 0; i < MAX_PAGES; i++) {
		uint32_t info = pf_page_info(&mem, BASE + i);

		if ((pf_info_state(info) == PF_ALLOCATED) != (owner[i] == NORMAL) ||
		    (owner[i] == NOFREE && pf_info_state(info) != PF_NOFREE))
			differ("a page is not what it should be", BASE + i, info);
		if (owner[i] == NOFREE)
			out[pf_info_node(info)]++;
	}
	for (int nid = 0; nid < NODES; nid++) {
		struct pf_nofree_stats s;

		if (pf_nofree_stats(&mem, nid, &s)) /* it has no memory */
			continue;
		if (s.handed_out != out[nid] || s.given_back != given_back[nid])
			differ("a counter is off", s.handed_out, s.given_back);
		if (mem.nodes[nid]->nofree.complete > PF_NOFREE_RESERVE)
			differ("complete chunks stay", mem.nodes[nid]->nofree.complete, 0);
	}
}

/* --- requests --- */

struct request {
	int nid;
	pf_gfp gfp;
	unsigned long nr;
};

static bool is_allowed(const struct request *r, uint32_t info)
{
	unsigned highest = (r->gfp >> 4 & 7) ^ PF_ZONE_NORMAL;

	return pf_info_zone(info) <= highest && pf_info_zone(info) < PF_ZONE_MOVABLE &&
	       (!(r->gfp & PF_GFP_THISNODE) || pf_info_node(info) == r->nid);
}

static bool waits(pf_pfn pfn)
{
	return *owner_of(pfn) == NOBODY && pf_info_state(pf_page_info(&mem, pfn)) == PF_NOFREE;
}

/* Of its node: what lower ones have is for who can use no other. NULL: it has no memory there. */
static struct pf_zone *top_zone(const struct request *r)
{
	struct pf_node *node = mem.nodes[r->nid];
	int z = node ? pfi_top_zone(node, pfi_highest_zone(r->gfp)) : -1;

	return z < 0 ? NULL : &node->zone[z];
}

static bool is_of(const struct pf_zone *zone, uint32_t info)
{
	return zone && !((info ^ info_place(zone->type, zone->nid)) & PF_INFO_PLACE);
}

/* What waits for this request, in its highest zone or in all; and the longest run in that. */
static unsigned long waiting(const struct request *r, bool everywhere, unsigned long *longest)
{
	unsigned long n = 0, run = 0;

	*longest = 0;
	for (pf_pfn pfn = BASE; pfn < BASE + MAX_PAGES; pfn++) {
		uint32_t info = pf_page_info(&mem, pfn);

		if (!waits(pfn) || !is_allowed(r, info) ||
		    (!everywhere && !is_of(top_zone(r), info))) {
			run = 0;
			continue;
		}
		info = pf_page(&mem, pfn)->info;
		run = chunk_head(info, pfn) == pfn ? 1 : run + 1;
		*longest = run > *longest ? run : *longest;
		n++;
	}
	return n;
}

/* The pages that come before it in its chunk are all in use. */
static void is_next(pf_pfn pfn)
{
	uint32_t info = pf_page(&mem, pfn)->info;

	for (pf_pfn at = chunk_head(info, pfn); at < pfn; at++)
		if (*owner_of(at) != NOFREE)
			differ("a page is passed over", at, pfn);
	small += pf_info_order(info) != PF_NOFREE_ORDER;
}

static unsigned long imported(void)
{
	unsigned long pages = 0;

	for (int nid = 0; nid < NODES; nid++) {
		struct pf_nofree_stats s = { 0 };

		pf_nofree_stats(&mem, nid, &s);
		pages += s.imported;
	}
	return pages;
}

static void now_held(const struct request *r, const pf_pfn *pfns)
{
	for (unsigned long i = 0; i < r->nr; i++) {
		uint32_t info = pf_page_info(&mem, pfns[i]);

		if (*owner_of(pfns[i]) != NOBODY)
			differ("a page has two owners", pfns[i], *owner_of(pfns[i]));
		if (pf_info_state(info) != PF_NOFREE || !is_allowed(r, info))
			differ("a page is not what was asked for", pfns[i], info);
		*owner_of(pfns[i]) = NOFREE;
		nofree[nr_nofree++] = pfns[i];
	}
	served += r->nr;
}

/* Nobody has so many pages: neither do they wait, nor can they be allocated. */
static void refused(const struct request *r)
{
	static pf_pfn pfns[MAX_PAGES];
	unsigned long longest, n = waiting(r, true, &longest), got = 0;

	failures++;
	while (got < r->nr) {
		pf_gfp gfp = r->gfp & ~(pf_gfp)PF_GFP_ZERO;
		pf_pfn pfn = pf_alloc_pages_node(&mem, 0, gfp, r->nid, NULL);

		if (pfn == PF_NO_PFN)
			break;
		pfns[got++] = pfn;
	}
	/* Each alone may go down to half of what is kept; and a chunk may keep others from it. */
	if (n + got >= r->nr && !on_demand)
		differ("it fails, and there are pages", n, got);
	pf_free_pages_bulk(&mem, got, pfns);
}

static bool has_few(int nid)
{
	struct pf_nofree_stats s = { 0 };

	pf_nofree_stats(&mem, nid, &s);
	return s.handed_out + s.waiting < PF_BLOCK_PAGES;
}

/*
 * The order of the part of an unmovable block that serves it if it imports, while few pages stay;
 * PF_BLOCK_ORDER: there is none.
 */
static unsigned part_for(const struct request *r)
{
	const unsigned least =
		(unsigned)(PF_BLOCK_ORDER - 4 > PF_PCP_SMALL ? PF_BLOCK_ORDER - 4 : PF_PCP_SMALL);
	enum pf_zone_type highest = pfi_highest_zone(r->gfp);
	struct pf_node *node = mem.nodes[r->nid];
	struct pf_zone *zone;

	if (PF_NOFREE_ORDER != PF_BLOCK_ORDER || !node || node->highest[highest] >= PF_ZONES ||
	    !has_few(r->nid))
		return PF_BLOCK_ORDER;
	zone = &node->zone[node->highest[highest]];
	if (!pfi_room(zone, PF_BLOCK_ORDER, PF_WMARK_LOW, highest, 0))
		return PF_BLOCK_ORDER;
	for (unsigned order = PF_BLOCK_ORDER; order-- > least;)
		if (r->nr <= 1ul << order && pf_free_chunks(zone, order, PF_UNMOVABLE))
			return order;
	return PF_BLOCK_ORDER;
}

/* While its highest zone has memory above the low watermark, no other serves a single page. */
static bool is_bound(const struct request *r)
{
	const struct pf_zone *zone = top_zone(r);

	return r->nr == 1 && zone && !on_demand &&
	       pfi_room(zone, 0, PF_WMARK_LOW, pfi_highest_zone(r->gfp), 0);
}

static void make_request(struct request *r)
{
	static const pf_gfp zones[] = { PF_GFP_NORMAL, PF_GFP_NORMAL,	PF_GFP_NORMAL,
					PF_GFP_DMA,    PF_GFP_ANY_ZONE, PF_GFP_HIGHMEM };

	r->nid = mem.nodes[0] ? (int)below((unsigned long)mem.nr_nodes) : 1;
	r->gfp = zones[below(6)] | (below(3) ? 0 : PF_GFP_THISNODE);
	r->gfp |= below(16) ? 0 : PF_GFP_ZERO;
	r->gfp |= below(16) ? 0 : PF_GFP_ATOMIC;
	r->nr = below(4) ? 1 : 1 + below(below(8) ? FEW : MAX_BULK);
}

static void take(void)
{
	static pf_pfn pfns[MAX_BULK];
	bool look = !below(1 + MAX_PAGES / 256);
	unsigned long n = 0, longest = 0, before = imported();
	unsigned part = PF_BLOCK_ORDER;
	struct request r;
	bool bound;
	int ret;

	make_request(&r);
	bound = is_bound(&r);
	look |= has_few(r.nid); /* soon there are more */
	if (look) {
		n = waiting(&r, false, &longest);
		part = n < r.nr ? part_for(&r) : PF_BLOCK_ORDER;
	}
	if (on_demand && !below(16))
		host_luck = (int)below(3);
	if (r.nr > 1) {
		ret = pf_alloc_nofree_bulk(&mem, r.nid, r.gfp, r.nr, pfns);
	} else {
		pfns[0] = pf_alloc_nofree(&mem, r.nid, r.gfp);
		ret = pfns[0] == PF_NO_PFN ? -PF_ENOMEM : 0;
	}
	host_luck = HOST_LUCKY;
	if (ret && imported() != before)
		differ("it fails, and chunks are imported", before, imported());
	if (ret && look)
		refused(&r);
	if (ret)
		return;
	now_held(&r, pfns);
	if (r.nr == 1)
		is_next(pfns[0]);
	bulks += r.nr > 1;
	if (bound && !is_of(top_zone(&r), pf_page(&mem, pfns[0])->info))
		differ("another zone serves, and the highest has memory", pfns[0], r.gfp);
	bounds += bound;
	if (look && n >= r.nr && imported() != before)
		differ("a chunk is imported while pages wait", n, r.nr);
	if (part < PF_BLOCK_ORDER && pf_info_order(pf_page(&mem, pfns[0])->info) != part)
		differ("a block has room, and another serves", pfns[0], part);
	parts += part < PF_BLOCK_ORDER;
	if (look && longest >= r.nr && pfns[r.nr - 1] - pfns[0] != r.nr - 1)
		differ("it is scattered, and one run could serve", pfns[0], longest);
	contiguous += r.nr > 1 && pfns[r.nr - 1] - pfns[0] == r.nr - 1;
}

static void give(unsigned long n)
{
	pf_pfn pfn = nofree[n];

	nofree[n] = nofree[--nr_nofree];
	*owner_of(pfn) = NOBODY;
	given_back[pf_info_node(pf_page_info(&mem, pfn))]++;
	if (pf_free_nofree(&mem, pfn))
		differ("a page in use is refused", pfn, 0);
}

/* Any page that is not in use as a no-free page; and those, in the normal way. */
static void give_wrongly(void)
{
	pf_pfn pfn = BASE + below(MAX_PAGES);
	unsigned order = (unsigned)below(PF_MAX_ORDER + 1);

	if (*owner_of(pfn) != NOFREE && pf_free_nofree(&mem, pfn) != -PF_EINVAL)
		differ("a wrong free is taken", pfn, *owner_of(pfn));
	if (PF_CHECK_FREE && pf_info_state(pf_page_info(&mem, pfn)) == PF_NOFREE) {
		host_forget_output();
		pf_free_pages(&mem, pfn, order);
		if (!strstr(host_output(), "it is a no-free page"))
			differ("a no-free page is freed in the normal way", pfn, order);
	}
	host_forget_output();
	wrong++;
}

/* --- the others --- */

static void take_normal(void)
{
	unsigned order = (unsigned)below(1 + below(PF_MAX_ORDER + 1));
	pf_pfn pfn = pf_alloc_pages_node(
		&mem, order, below(2) ? PF_GFP_MOVABLE | PF_GFP_ANY_ZONE : 0, NUMA_NO_NODE, NULL);

	if (pfn == PF_NO_PFN)
		return;
	for (unsigned long i = 0; i < 1ul << order; i++) {
		if (*owner_of(pfn + i) != NOBODY)
			differ("a page has two owners", pfn + i, *owner_of(pfn + i));
		*owner_of(pfn + i) = NORMAL;
	}
	normal[nr_normal].pfn = pfn;
	normal[nr_normal++].order = order;
}

static void give_normal(unsigned long n)
{
	for (unsigned long i = 0; i < 1ul << normal[n].order; i++)
		*owner_of(normal[n].pfn + i) = NOBODY;
	pf_free_pages(&mem, normal[n].pfn, normal[n].order);
	normal[n] = normal[--nr_normal];
}

static void something_rare(void)
{
	switch (below(5)) {
	case 0:
		returned += pf_drain_nofree(&mem, below(2) ? NUMA_NO_NODE : 0);
		break;
	case 1:
		pf_drain_all(&mem);
		break;
	case 2:
		host_set_cpu((unsigned)below(3)); /* the last has no lists */
		break;
	case 3:
		takes = 4 + (unsigned)below(9);
		break;
	default:
		while (nr_nofree && below(64))
			give(below(nr_nofree));
	}
}

static void one_op(void)
{
	ops_done++;
	if (!below(64))
		something_rare();
	else if (!below(16))
		give_wrongly();
	else if (below(3)) {
		if (below(16) < takes)
			take();
		else if (nr_nofree)
			give(below(4) ? below(nr_nofree) : nr_nofree - 1);
	} else if (below(16) < takes) {
		take_normal();
	} else if (nr_normal) {
		give_normal(below(nr_normal));
	}
	if (ops_done >= next_verify) {
		check_everything();
		next_verify = ops_done + 10000;
	}
}

static void nothing_is_left(void)
{
	while (nr_nofree)
		give(nr_nofree - 1);
	while (nr_normal)
		give_normal(nr_normal - 1);
	check_everything();
	returned += pf_drain_nofree(&mem, NUMA_NO_NODE);
	if (!pf_drain_all(&mem))
		differ("a CPU is not drained", 0, 0);
	check_everything();
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			if (mem.nodes[nid]->zone[z].nr_free != mem.nodes[nid]->zone[z].managed)
				differ("pages are lost", (unsigned long)nid, (unsigned long)z);
}

int main(int argc, char **argv)
{
	uint64_t ops = option(argc, argv, "--ops", 200000);
	unsigned long rounds = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (round_seed = option(argc, argv, "--seed", 1); ops_done < ops; round_seed++, rounds++) {
		rng = round_seed;
		takes = 8;
		ops_done++;
		if (boot()) {
			for (unsigned long n = 1 + below(ROUND); n--;)
				one_op();
			nothing_is_left();
		}
		pf_close(&mem);
	}
	printf("# %lu pages served; %lu bulks, %lu of them contiguous; %lu from small chunks, "
	       "%lu seen to be parts of blocks, %lu bound to a zone\n",
	       served, bulks, contiguous, small, parts, bounds);
	printf("# %lu failures looked at; %lu wrong frees; %lu pages drained\n", failures, wrong,
	       returned);
	printf("ok 1 - %lu operations on %lu machines agree with the model\n1..1\n", ops_done,
	       rounds);
	return 0;
}
