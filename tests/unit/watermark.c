/* SPDX-License-Identifier: MIT */
/*
 * Watermarks and reserves on machines that are nothing but zones, held against the formulas in
 * arithmetic that cannot overflow. Catches a zone that keeps too little for those in need or more
 * than it has, and figures that wrap on huge machines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/page_alloc.h>

#define NODES	  4
#define KIB	  (1 << (PF_PAGE_SHIFT - 10)) /* in a page */
#define MIB(n)	  ((unsigned long)(n) << (20 - PF_PAGE_SHIFT))
#define GIB(n)	  MIB((uint64_t)(n) << 10)
#define ISA_PAGES 3840 /* what x86 has left below 16 MiB */

typedef unsigned __int128 wide;

static struct pf_node nodes[NODES];
static struct pf_node *node_list[NODES];
static struct pf_mem mem;

static void no_machine(void)
{
	memset(nodes, 0, sizeof(nodes));
	memset(node_list, 0, sizeof(node_list));
	mem = (struct pf_mem){ .nodes = node_list, .nr_nodes = NODES };
}

static struct pf_zone *zone(int nid, enum pf_zone_type type)
{
	return &nodes[nid].zone[type];
}

static struct pf_zone *add(int nid, enum pf_zone_type type, unsigned long pages)
{
	struct pf_zone *z = zone(nid, type);

	node_list[nid] = &nodes[nid];
	for (unsigned t = 0; t < PF_ZONES; t++)
		nodes[nid].zone[t].type = (enum pf_zone_type)t;
	z->managed = pages;
	z->present = pages;
	return z;
}

static void assert_marks(const struct pf_zone *z, unsigned long min, unsigned long low,
			 unsigned long high)
{
	assert_int_equal(z->watermark[PF_WMARK_MIN], min);
	assert_int_equal(z->watermark[PF_WMARK_LOW], low);
	assert_int_equal(z->watermark[PF_WMARK_HIGH], high);
	assert_int_equal(z->watermark[PF_WMARK_PROMO], high + high - low);
}

/* --- the formulas again --- */

static unsigned long slow_root(uint64_t n)
{
	uint64_t r = 0;

	while ((r + 1) * (r + 1) <= n)
		r++;
	return (unsigned long)r;
}

static bool is_apart(unsigned z)
{
	return z == PF_ZONE_HIGHMEM || z == PF_ZONE_MOVABLE;
}

static wide sum_low(void)
{
	wide pages = 0;

	for (int nid = 0; nid < NODES; nid++)
		for (unsigned z = 0; z < PF_ZONES; z++)
			pages += is_apart(z) ? 0 : nodes[nid].zone[z].managed;
	return pages;
}

static void check_zone(unsigned z, const struct pf_zone *zone, wide kept)
{
	wide part = sum_low() ? kept * zone->managed / sum_low() : 0;
	wide step = part / 4, scale = (wide)zone->managed * 10 / 10000, min = part;

	if (is_apart(z))
		min = zone->managed / 1024 < 32	   ? 32
		      : zone->managed / 1024 > 128 ? 128
						   : zone->managed / 1024;
	step = step < scale ? scale : step;
	assert_true(zone->watermark[PF_WMARK_MIN] == min);
	assert_true(zone->watermark[PF_WMARK_LOW] == min + step);
	assert_true(zone->watermark[PF_WMARK_HIGH] == min + 2 * step);
	assert_true(zone->watermark[PF_WMARK_PROMO] == min + 3 * step);
}

static void check_reserves(const struct pf_node *node)
{
	static const unsigned ratio[PF_ZONES] = { 256, 256, 32, 0, 0, 0 };

	for (unsigned low = 0; low < PF_ZONES; low++)
		for (unsigned z = 0; z < PF_ZONES; z++) {
			wide above = 0;

			for (unsigned i = low + 1; i <= z; i++)
				above += node->zone[i].managed;
			if (!ratio[low] || !node->zone[low].managed)
				above = 0;
			assert_true(node->zone[low].lowmem_reserve[z] ==
				    (above ? above / ratio[low] : 0));
		}
}

static void check_all(void)
{
	wide kept = mem.min_free_kbytes / KIB;

	if (kept > sum_low())
		kept = sum_low();
	for (int nid = 0; nid < NODES; nid++) {
		for (unsigned z = 0; node_list[nid] && z < PF_ZONES; z++)
			check_zone(z, &nodes[nid].zone[z], kept);
		if (node_list[nid])
			check_reserves(&nodes[nid]);
	}
}

/* --- machines --- */

/* bios-512m-k61: DMA32 has 111875 pages in the end, and 2436 less when this is computed. */
static void test_recorded(void **state)
{
	(void)state;
	no_machine();
	add(0, PF_ZONE_DMA, 3840);
	add(0, PF_ZONE_DMA32, 109313);
	pf_set_watermarks(&mem, 0);
	assert_int_equal(mem.min_free_kbytes, slow_root(16 * KIB * (3840 + 109313)));
	assert_marks(zone(0, PF_ZONE_DMA), 22, 27, 32);
	assert_marks(zone(0, PF_ZONE_DMA32), 649, 811, 973);
	assert_int_equal(zone(0, PF_ZONE_DMA)->lowmem_reserve[PF_ZONE_DMA], 0);
	assert_int_equal(zone(0, PF_ZONE_DMA)->lowmem_reserve[PF_ZONE_DMA32], 427);
	assert_int_equal(zone(0, PF_ZONE_DMA)->lowmem_reserve[PF_ZONE_MOVABLE], 427);
	check_all();
}

static void test_no_memory(void **state)
{
	(void)state;
	no_machine();
	pf_set_watermarks(&mem, 0); /* no node at all */
	assert_int_equal(mem.min_free_kbytes, 128);
	assert_int_equal(pf_recommended_min_free_kbytes(&mem), 128);
	add(1, PF_ZONE_NORMAL, 0);
	pf_set_watermarks(&mem, 0);
	check_all();
	assert_marks(zone(1, PF_ZONE_NORMAL), 0, 0, 0);
	assert_marks(zone(1, PF_ZONE_MOVABLE), 32, 32, 32); /* as Linux has it */
	assert_int_equal(zone(1, PF_ZONE_NORMAL)->pcp_batch, 1);
}

/* No more is kept than there is, and what is kept is the least that boot asks for. */
static void test_tiny(void **state)
{
	(void)state;
	for (unsigned long pages = 1; pages < 100; pages++) {
		no_machine();
		add(0, PF_ZONE_NORMAL, pages);
		pf_set_watermarks(&mem, 0);
		assert_int_equal(mem.min_free_kbytes, 128);
		assert_int_equal(zone(0, PF_ZONE_NORMAL)->watermark[PF_WMARK_MIN],
				 pages < 128 / KIB ? pages : 128 / KIB);
		check_all();
	}
}

static void test_only_high_memory(void **state)
{
	(void)state;
	no_machine();
	add(0, PF_ZONE_HIGHMEM, MIB(512));
	add(1, PF_ZONE_MOVABLE, MIB(64));
	pf_set_watermarks(&mem, 0);
	check_all();
	assert_int_equal(zone(0, PF_ZONE_HIGHMEM)->watermark[PF_WMARK_MIN], 128);
	assert_int_equal(zone(1, PF_ZONE_MOVABLE)->watermark[PF_WMARK_MIN], 32);
}

/* High and movable memory: a small min, but the distances of what it has. */
static void test_apart(void **state)
{
	(void)state;
	no_machine();
	add(0, PF_ZONE_DMA, ISA_PAGES);
	add(0, PF_ZONE_NORMAL, MIB(800));
	add(0, PF_ZONE_HIGHMEM, MIB(3000));
	add(0, PF_ZONE_MOVABLE, 65 * 1024);
	pf_set_watermarks(&mem, 0);
	assert_int_equal(mem.min_free_kbytes, slow_root(16 * KIB * (ISA_PAGES + MIB(800))));
	pf_set_watermarks(&mem, 20000);
	check_all();
	assert_int_equal(zone(0, PF_ZONE_HIGHMEM)->watermark[PF_WMARK_MIN], 128);
	assert_true(zone(0, PF_ZONE_HIGHMEM)->watermark[PF_WMARK_LOW] > 128 + 20000 / KIB / 4);
	assert_int_equal(zone(0, PF_ZONE_MOVABLE)->watermark[PF_WMARK_MIN], 65);
}

/* What others computed reserves from stays when min_free_kbytes is given. */
static void test_given(void **state)
{
	(void)state;
	no_machine();
	add(0, PF_ZONE_DMA32, GIB(2));
	add(0, PF_ZONE_NORMAL, GIB(2));
	pf_set_watermarks(&mem, 1000);
	assert_int_equal(mem.min_free_kbytes, 1000);
	assert_marks(zone(0, PF_ZONE_DMA32), 125, 125 + 524, 125 + 2 * 524);
	assert_int_equal(zone(0, PF_ZONE_DMA32)->lowmem_reserve[PF_ZONE_NORMAL], 0);
	pf_set_watermarks(&mem, 0);
	assert_int_equal(zone(0, PF_ZONE_DMA32)->lowmem_reserve[PF_ZONE_NORMAL], 2048);
	zone(0, PF_ZONE_NORMAL)->managed /= 2;
	pf_set_watermarks(&mem, 4096);
	assert_int_equal(zone(0, PF_ZONE_DMA32)->lowmem_reserve[PF_ZONE_NORMAL], 2048);
	assert_int_equal(mem.min_free_kbytes, 4096);
	pf_set_watermarks(&mem, ~0ul); /* all there is */
	check_zone(PF_ZONE_DMA32, zone(0, PF_ZONE_DMA32), GIB(3));
	assert_int_equal(zone(0, PF_ZONE_DMA32)->watermark[PF_WMARK_MIN], GIB(2));
}

/* A second time what lies below the high watermark does not count (nr_free_buffer_pages()). */
static void test_again(void **state)
{
	struct pf_zone *z;
	unsigned long high;

	(void)state;
	no_machine();
	z = add(0, PF_ZONE_NORMAL, GIB(1));
	pf_set_watermarks(&mem, 0);
	assert_int_equal(mem.min_free_kbytes, 4096);
	pf_set_watermarks(&mem, 400000);
	high = z->watermark[PF_WMARK_HIGH];
	pf_set_watermarks(&mem, 0);
	assert_int_equal(mem.min_free_kbytes, slow_root(16 * KIB * (GIB(1) - high)));
	pf_set_watermarks(&mem, ~0ul);
	assert_true(z->watermark[PF_WMARK_HIGH] > z->managed);
	pf_set_watermarks(&mem, 0); /* nothing lies above it */
	assert_int_equal(mem.min_free_kbytes, 128);
	check_all();
}

static void test_recommended(void **state)
{
	const unsigned long zone_kib = PF_BLOCK_PAGES * 11 * KIB;

	(void)state;
	no_machine();
	add(0, PF_ZONE_DMA, ISA_PAGES);
	add(0, PF_ZONE_DMA32, GIB(3));
	add(1, PF_ZONE_NORMAL, GIB(4));
	add(1, PF_ZONE_MOVABLE, GIB(4)); /* does not count */
	pf_set_watermarks(&mem, 0);
	assert_int_equal(pf_recommended_min_free_kbytes(&mem), 3 * zone_kib);
	zone(0, PF_ZONE_DMA)->managed = 0; /* present is enough */
	assert_int_equal(pf_recommended_min_free_kbytes(&mem), 3 * zone_kib);
	pf_set_watermarks(&mem, 200000); /* never less than is set */
	assert_int_equal(pf_recommended_min_free_kbytes(&mem), 200000);
	no_machine();
	add(0, PF_ZONE_NORMAL, MIB(100)); /* a twentieth at the most */
	pf_set_watermarks(&mem, 0);
	assert_int_equal(pf_recommended_min_free_kbytes(&mem),
			 (MIB(100) - zone(0, PF_ZONE_NORMAL)->watermark[PF_WMARK_HIGH]) / 20 * KIB);
	pf_set_watermarks(&mem, pf_recommended_min_free_kbytes(&mem));
	check_all();
}

/* The most that boot computes is reached at 4 TiB, and the root must not wrap beyond. */
static void test_huge(void **state)
{
	(void)state;
	no_machine();
	for (int nid = 0; nid < NODES; nid++)
		add(nid, PF_ZONE_NORMAL, ~(uint32_t)0); /* the largest zone: 16 TiB */
	add(0, PF_ZONE_DMA32, 1);
	pf_set_watermarks(&mem, 0);
	assert_int_equal(mem.min_free_kbytes, 262144);
	check_all();
	pf_set_watermarks(&mem, (unsigned long)UINT32_MAX + 1); /* 4 TiB of it */
	check_all();
}

/* The whole part of the root, at each edge. */
static void test_root(void **state)
{
	(void)state;
	for (unsigned long kib = 132; kib <= 262148; kib += kib < 300 ? 4 : 65537) {
		unsigned long pages = (unsigned long)((uint64_t)kib * kib / (16 * KIB));

		for (unsigned long i = pages - 1; i <= pages + 1; i++) {
			uint64_t n = 16ull * KIB * i, root;

			no_machine();
			add(0, PF_ZONE_NORMAL, i);
			pf_set_watermarks(&mem, 0);
			root = mem.min_free_kbytes;
			assert_true(root <= 262144 && root >= 128);
			assert_true(root == 128 || root * root <= n);
			assert_true(root == 262144 || (root + 1) * (root + 1) > n);
		}
	}
}

static void test_batch(void **state)
{
	static const struct {
		unsigned long pages;
		uint32_t batch;
	} cases[] = {
		{ 0, 1 },	   { 1, 1 },	    { 2047, 1 },       { 2048, 2 },
		{ 3 * 1024, 2 },   { 4 * 1024, 4 }, { 63 * 1024, 32 }, { 64 * 1024 - 1, 32 },
		{ 64 * 1024, 64 }, { GIB(2), 64 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		no_machine();
		add(0, PF_ZONE_NORMAL, cases[i].pages);
		pf_set_watermarks(&mem, i % 2 ? 5000 : 0);
		assert_int_equal(zone(0, PF_ZONE_NORMAL)->pcp_batch, cases[i].batch);
	}
}

/* Any mixture of zones, many of them empty. */
static void test_random(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		no_machine();
		for (int n = (int)(random() % 12); n >= 0; n--) {
			unsigned long pages = (unsigned long)random() << 1 | (random() & 1);

			add((int)(random() % NODES), (enum pf_zone_type)(random() % PF_ZONES),
			    pages >> random() % 32);
		}
		pf_set_watermarks(&mem, 0);
		check_all();
		pf_set_watermarks(&mem, (unsigned long)random() >> random() % 31);
		if (mem.min_free_kbytes >= KIB)
			check_all();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded), cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_tiny),	 cmocka_unit_test(test_only_high_memory),
		cmocka_unit_test(test_apart),	 cmocka_unit_test(test_given),
		cmocka_unit_test(test_again),	 cmocka_unit_test(test_recommended),
		cmocka_unit_test(test_huge),	 cmocka_unit_test(test_root),
		cmocka_unit_test(test_batch),	 cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
