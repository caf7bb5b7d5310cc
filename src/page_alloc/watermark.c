/* SPDX-License-Identifier: MIT */
/*
 * How much of itself each zone keeps: watermarks, and what low zones keep from those who could use
 * a higher one. The figures are those of Linux 6.12 (Documentation/admin-guide/sysctl/vm.rst:
 * min_free_kbytes, watermark_scale_factor, lowmem_reserve_ratio; __setup_per_zone_wmarks()).
 */
#include "internal.h"

#include <pageframe/page_alloc.h>

#define KIB_SHIFT (PF_PAGE_SHIFT - 10) /* of a page */

/* vm.min_free_kbytes that boot chooses: KiB */
#define MIN_FREE_LEAST 128
#define MIN_FREE_MOST  262144

/* What min is where nobody in need can go, HighMem and Movable: pages */
#define APART_LEAST 32
#define APART_MOST  128

/* A zone's managed pages by these are the least distance of two watermarks, and its batch. */
#define SCALE	   1000
#define BATCH_PART 1024
#define BATCH_MOST 64
#define LISTS_PART 8

/* What a list may grow to: a block's pages, if that is not too much. */
#define LIST_MOST 512

/* One page is kept of so many of the zones above; 0: none is. */
static const unsigned reserve_ratio[PF_ZONES] = {
	[PF_ZONE_DMA] = 256,
	[PF_ZONE_DMA32] = 256,
	[PF_ZONE_NORMAL] = 32,
};

static unsigned long clamp(unsigned long n, unsigned long least, unsigned long most)
{
	if (n < least)
		return least;
	return n < most ? n : most;
}

/* Down to a power of two. */
static unsigned long rounded(unsigned long n)
{
	while (n & (n - 1))
		n &= n - 1;
	return n;
}

static struct pf_zone *zone_at(const struct pf_mem *mem, int nid, unsigned z)
{
	return &mem->nodes[nid]->zone[z];
}

/* The kernel's own data cannot be there, and so its reserves need not be. */
static bool is_apart(const struct pf_zone *zone)
{
	return zone->type == PF_ZONE_HIGHMEM || zone->type == PF_ZONE_MOVABLE;
}

/* Whole part of the root; @n is below 2^36. */
static unsigned long root(uint64_t n)
{
	uint64_t r = 0;

	for (uint64_t bit = (uint64_t)1 << 34; bit; bit >>= 2) {
		bool fits = n >= r + bit;

		n -= fits ? r + bit : 0;
		r = (r >> 1) + (fits ? bit : 0);
	}
	return (unsigned long)r;
}

/* @a * @b / @c, exact, on machines that cannot divide 64 bits; the quotient must fit. */
static unsigned long share(unsigned long a, unsigned long b, unsigned long c)
{
	unsigned long whole = a * (b / c), q = 0;
	uint64_t left = 0; /* what is divided, from the top of a on: below 3 * c */

	b %= c;
	for (unsigned bit = sizeof(a) * 8; bit--;) {
		left = (left << 1) + (a >> bit & 1 ? b : 0);
		for (q <<= 1; left >= c; q++)
			left -= c;
	}
	return whole + q;
}

/* What GFP_USER could have: pages beyond the high watermarks (nr_free_buffer_pages()). */
static unsigned long usable_pages(const struct pf_mem *mem)
{
	unsigned long pages = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (unsigned z = 0; mem->nodes[nid] && z <= PF_ZONE_NORMAL; z++) {
			const struct pf_zone *zone = zone_at(mem, nid, z);
			unsigned long managed = pf_load(&zone->managed);
			unsigned long high = pf_load(&zone->watermark[PF_WMARK_HIGH]);

			pages += managed > high ? managed - high : 0;
		}
	return pages;
}

/* sqrt(16 * KiB): for large machines more, but not in proportion, as no network grows so. */
static unsigned long boot_min_free(const struct pf_mem *mem)
{
	uint64_t kib = (uint64_t)usable_pages(mem) << KIB_SHIFT;

	if (kib >> 32) /* the root is MIN_FREE_MOST there */
		return MIN_FREE_MOST;
	return clamp(root(kib << 4), MIN_FREE_LEAST, MIN_FREE_MOST);
}

static unsigned long low_pages(const struct pf_mem *mem)
{
	unsigned long pages = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (unsigned z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			if (!is_apart(zone_at(mem, nid, z)))
				pages += pf_load(&zone_at(mem, nid, z)->managed);
	return pages;
}

/* @kept: for all zones that are not apart, which have @low pages */
static void set_zone(struct pf_zone *zone, unsigned long kept, unsigned long low)
{
	unsigned long managed = pf_load(&zone->managed);
	unsigned long part = low ? share(kept, managed, low) : 0;
	unsigned long min = part, step = part / 4;

	if (is_apart(zone))
		min = clamp(managed / 1024, APART_LEAST, APART_MOST);
	if (step < managed / SCALE)
		step = managed / SCALE;
	pf_store(&zone->watermark[PF_WMARK_MIN], min);
	pf_store(&zone->watermark[PF_WMARK_LOW], min + step);
	pf_store(&zone->watermark[PF_WMARK_HIGH], min + 2 * step);
	pf_store(&zone->watermark[PF_WMARK_PROMO], min + 3 * step);
}

/*
 * Chunks of a list of so many pages; or of blocks, as many as have their entries together. All
 * CPUs' lists of blocks hold an eighth of the zone at the most, and so do the others.
 */
static uint32_t list_of(const struct pf_mem *mem, const struct pf_zone *zone, unsigned index,
			unsigned long pages)
{
	bool small = index < PF_PCP_SMALL;
	unsigned long lists = 2ul * (PF_RECLAIMABLE + 1) * (small ? PF_PCP_SMALL : 1);
	unsigned long share = pf_load(&zone->managed) / LISTS_PART / lists / mem->nr_cpus;
	unsigned long chunks = pages >> index > 1 ? pages >> index : 1;

	share >>= small ? index : PF_BLOCK_ORDER;
	chunks = small ? chunks : PF_FETCHED / sizeof(struct pf_block);
	return (uint32_t)(chunks < share ? chunks : rounded(share));
}

static void set_batch(const struct pf_mem *mem, struct pf_zone *zone)
{
	unsigned long pages = clamp(pf_load(&zone->managed) / BATCH_PART, 1, BATCH_MOST);
	unsigned long most = pages < BATCH_MOST ? pages : clamp(PF_BLOCK_PAGES, pages, LIST_MOST);

	pages = rounded(pages);
	pf_store(&zone->pcp_batch, (uint32_t)pages);
	for (unsigned index = 0; zone->pcp && index < PF_PCP_ORDERS; index++) {
		uint32_t least = list_of(mem, zone, index, pages);

		pf_store(&zone->list_least[index], least);
		pf_store(&zone->list_most[index], list_of(mem, zone, index, most));
		for (unsigned cpu = 0; cpu < mem->nr_cpus; cpu++) {
			pf_store(&zone->pcp[cpu].size[index], least);
			pf_store(&zone->pcp[cpu].full[index], least);
		}
	}
}

/* Of those who could use zone z of the node, each zone below keeps so much. */
static void set_reserves(struct pf_node *node)
{
	for (unsigned low = 0; low < PF_ZONES; low++) {
		bool none = !reserve_ratio[low] || !pf_load(&node->zone[low].managed);
		unsigned long above = 0;

		for (unsigned z = low + 1; z < PF_ZONES; z++) {
			above += pf_load(&node->zone[z].managed);
			pf_store(&node->zone[low].lowmem_reserve[z],
				 none ? 0 : above / reserve_ratio[low]);
		}
	}
}

static void set_all(struct pf_mem *mem, unsigned long kib, bool reserves)
{
	unsigned long low = low_pages(mem), kept = kib >> KIB_SHIFT;

	if (kept > low) /* no more than there is, whatever was asked for */
		kept = low;
	for (int nid = 0; nid < mem->nr_nodes; nid++) {
		for (unsigned z = 0; mem->nodes[nid] && z < PF_ZONES; z++) {
			set_zone(zone_at(mem, nid, z), kept, low);
			set_batch(mem, zone_at(mem, nid, z));
		}
		if (mem->nodes[nid] && reserves)
			set_reserves(mem->nodes[nid]);
	}
	pf_store(&mem->min_free_kbytes, kib);
}

void pf_set_watermarks(struct pf_mem *mem, unsigned long min_free_kbytes)
{
	pf_store(&mem->min_free_asked, min_free_kbytes);
	set_all(mem, min_free_kbytes ? min_free_kbytes : boot_min_free(mem), !min_free_kbytes);
}

void pfi_watermarks_follow(struct pf_mem *mem)
{
	unsigned long kib = boot_min_free(mem), asked = pf_load(&mem->min_free_asked);

	set_all(mem, kib > asked ? kib : asked, true);
}

/*
 * Two free blocks a zone, and for each pair of unmovable, movable and reclaimable one more
 * (mm/khugepaged.c).
 */
unsigned long pf_recommended_min_free_kbytes(const struct pf_mem *mem)
{
	unsigned long now = pf_load(&mem->min_free_kbytes);
	unsigned long most = usable_pages(mem) / 20, pages = 0;

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (unsigned z = 0; mem->nodes[nid] && z <= PF_ZONE_NORMAL; z++)
			if (pf_load(&zone_at(mem, nid, z)->present))
				pages += PF_BLOCK_PAGES * (2 + 3 * 3);
	pages = (pages < most ? pages : most) << KIB_SHIFT;
	return pages > now ? pages : now;
}
