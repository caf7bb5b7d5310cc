/* SPDX-License-Identifier: MIT */
/*
 * The texts of /proc, letter by letter: columns, zones that are empty or that the host does not
 * have, and which zone a block counts for that several have a part of. Catches a text that is
 * written with a zone's lock held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/page_alloc.h>

#include "host.h"

#define MIB ((pf_phys)1 << 20)

static struct pf_mem mem;
static _Alignas(64) char arena[4 << 20];
static size_t arena_used;
static char text[16384];
static size_t length;

/* Out of memblock's sight, so that all of the machine's memory is free. */
static void *take(size_t size)
{
	void *at = arena + arena_used;

	arena_used += (size + 63) & ~(size_t)63;
	return arena_used <= sizeof(arena) ? at : NULL;
}

static int start(void **unused)
{
	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memset(arena, 0, sizeof(arena));
	arena_used = 0;
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	pf_close(&mem);
	return 0;
}

static void boot(struct pf_boot_config config)
{
	config.alloc = take;
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
}

/* A PC's first 24 MiB, and a second node without memory. */
static void boot_pc(void)
{
	memblock_add(PF_PAGE_SIZE, 0x9f000);
	memblock_add(MIB, 23 * MIB);
	boot((struct pf_boot_config){
		.zone_end = { 0x1000, 0x100000, ~0ul }, .nr_nodes = 2, .nr_cpus = 2 });
}

static struct pf_zone *zone_of(int nid, enum pf_zone_type type)
{
	return &mem.nodes[nid]->zone[type];
}

static void keep(void *arg, const char *line, size_t size)
{
	assert_ptr_equal(arg, text);
	assert_true(size && line[size - 1] == '\n');
	assert_ptr_equal(memchr(line, '\n', size), line + size - 1);
	assert_true(length + size < sizeof(text));
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++)
			assert_int_equal(pf_load(&mem.nodes[nid]->zone[z].lock.held), 0);
	memcpy(text + length, line, size);
	length += size;
	text[length] = '\0';
}

static const char *shown(void (*show)(struct pf_mem *, pf_write_fn, void *))
{
	length = 0;
	text[0] = '\0';
	show(&mem, keep, text);
	return text;
}

static void has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no '%s' in:\n%s", part, text);
}

static void has_not(const char *part)
{
	if (strstr(text, part))
		fail_msg("there is '%s' in:\n%s", part, text);
}

static void buddyinfo_is_linuxs(void **unused)
{
	(void)unused;
	boot_pc();
	assert_string_equal(shown(pf_show_buddyinfo), "Node 0, zone      DMA      1      1      1  "
						      "    1      1      2      1      0      "
						      "1      1      3 \n"
						      "Node 0, zone    DMA32      0      0      0  "
						      "    0      0      0      0      0      "
						      "0      0      2 \n");
}

static void a_large_number_takes_more_room(void **unused)
{
	(void)unused;
	boot_pc();
	zone_of(0, PF_ZONE_DMA)->free[0][PF_MOVABLE].nr = 999999;
	zone_of(0, PF_ZONE_DMA)->free[1][PF_MOVABLE].nr = 0xffffffff;
	zone_of(0, PF_ZONE_DMA)->free[1][PF_UNMOVABLE].nr = 1;
	shown(pf_show_buddyinfo);
	has("Node 0, zone      DMA 999999 4294967296      1 ");
	shown(pf_show_pagetypeinfo);
	has("type    Unmovable      0      1      0 ");
	has("type      Movable 999999 4294967295      1 ");
}

static void pagetypeinfo_is_linuxs(void **unused)
{
	(void)unused;
	boot_pc();
	zone_of(0, PF_ZONE_DMA32)->free[2][PF_HIGHATOMIC].nr = 7;
	zone_of(0, PF_ZONE_DMA32)->free[3][PF_ISOLATE].nr = 8;
	zone_of(0, PF_ZONE_DMA32)->free[4][PF_CMA].nr = 9; /* a column that is not there */
	assert_string_equal(
		shown(pf_show_pagetypeinfo),
		"Page block order: 9\n"
		"Pages per block:  512\n"
		"\n"
		"Free pages count per migrate type at order       0      1      2      3      4    "
		"  5      6      7      8      9     10 \n"
		"Node    0, zone      DMA, type    Unmovable      0      0      0      0      0    "
		"  0      0      0      0      0      0 \n"
		"Node    0, zone      DMA, type      Movable      1      1      1      1      1    "
		"  2      1      0      1      1      3 \n"
		"Node    0, zone      DMA, type  Reclaimable      0      0      0      0      0    "
		"  0      0      0      0      0      0 \n"
		"Node    0, zone      DMA, type   HighAtomic      0      0      0      0      0    "
		"  0      0      0      0      0      0 \n"
		"Node    0, zone      DMA, type      Isolate      0      0      0      0      0    "
		"  0      0      0      0      0      0 \n"
		"Node    0, zone    DMA32, type    Unmovable      0      0      0      0      0    "
		"  0      0      0      0      0      0 \n"
		"Node    0, zone    DMA32, type      Movable      0      0      0      0      0    "
		"  0      0      0      0      0      2 \n"
		"Node    0, zone    DMA32, type  Reclaimable      0      0      0      0      0    "
		"  0      0      0      0      0      0 \n"
		"Node    0, zone    DMA32, type   HighAtomic      0      0      7      0      0    "
		"  0      0      0      0      0      0 \n"
		"Node    0, zone    DMA32, type      Isolate      0      0      0      8      0    "
		"  0      0      0      0      0      0 \n"
		"\n"
		"Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      "
		"Isolate \n"
		"Node 0, zone      DMA            0            8            0            0         "
		"   0 \n"
		"Node 0, zone    DMA32            0            4            0            0         "
		"   0 \n");
}

static void cma_has_a_column_where_there_is_some(void **unused)
{
	uint32_t *info;

	(void)unused;
	boot_pc();
	info = &pf_block(&mem, 4096)->info;
	*info = (*info & ~PF_INFO_MIGRATE) | PF_CMA << PF_INFO_MIGRATE_SHIFT;
	zone_of(0, PF_ZONE_DMA32)->nr_cma = PF_BLOCK_PAGES;
	zone_of(0, PF_ZONE_DMA32)->free[9][PF_CMA].nr = 1;
	shown(pf_show_pagetypeinfo);
	has("HighAtomic      0      0      0      0      0      0      0      0      0      0      "
	    "0 \nNode    0, zone      DMA, type          CMA      0 ");
	has("zone    DMA32, type          CMA      0      0      0      0      0      0      0     "
	    " "
	    "0      0      1      0 \n");
	has("\nNumber of blocks type     Unmovable      Movable  Reclaimable   HighAtomic          "
	    "CMA      Isolate \n");
	has("\nNode 0, zone    DMA32            0            3            0            0           "
	    " 1            0 \n");
}

/* Zones without memory say less, and so does a node that has none. */
#define EMPTY_ZONE(place)                                                                          \
	place "\n"                                                                                 \
	      "  pages free     0\n"                                                               \
	      "        boost    0\n"                                                               \
	      "        min      0\n"                                                               \
	      "        low      0\n"                                                               \
	      "        high     0\n"                                                               \
	      "        promo    0\n"                                                               \
	      "        spanned  0\n"                                                               \
	      "        present  0\n"                                                               \
	      "        managed  0\n"                                                               \
	      "        cma      0\n"                                                               \
	      "        protection: (0, 0, 0, 0, 0)\n"

#define CPU(number, high, batch)                                                                   \
	"    cpu: " number "\n"                                                                    \
	"              count: 0\n"                                                                 \
	"              high:  " high "\n"                                                          \
	"              batch: " batch "\n"

static const char *const pc_zoneinfo[] = {
	"Node 0, zone      DMA\n"
	"  pages free     3999\n"
	"        boost    0\n"
	"        min      11\n"
	"        low      13\n"
	"        high     16\n"
	"        promo    19\n"
	"        spanned  4095\n"
	"        present  3999\n"
	"        managed  3999\n"
	"        cma      1024\n"
	"        protection: (0, 21, 22, 24, 25)\n"
	"      nr_free_pages 3999\n"
	"      nr_free_cma  512\n"
	"  pagesets\n",
	CPU("0", "4518", "63"),
	CPU("1", "4518", "63"),
	"  node_unreclaimable:  0\n"
	"  start_pfn:           1\n"
	"Node 0, zone    DMA32\n"
	"  pages free     2048\n"
	"        boost    0\n"
	"        min      0\n"
	"        low      0\n"
	"        high     0\n"
	"        promo    0\n"
	"        spanned  2048\n"
	"        present  2048\n"
	"        managed  2048\n"
	"        cma      0\n"
	"        protection: (0, 0, 0, 0, 0)\n"
	"      nr_free_pages 2048\n"
	"      nr_free_cma  0\n"
	"  pagesets\n",
	CPU("0", "3162", "0"),
	CPU("1", "3162", "0"),
	"  node_unreclaimable:  0\n"
	"  start_pfn:           4096\n",
	EMPTY_ZONE("Node 0, zone   Normal"),
	EMPTY_ZONE("Node 0, zone  Movable"),
	EMPTY_ZONE("Node 0, zone   Device"),
	EMPTY_ZONE("Node 1, zone      DMA"),
	EMPTY_ZONE("Node 1, zone    DMA32"),
	EMPTY_ZONE("Node 1, zone   Normal"),
	EMPTY_ZONE("Node 1, zone  Movable"),
	EMPTY_ZONE("Node 1, zone   Device"),
};

/* What the boot computes is another test's matter. */
static void set_batch(struct pf_zone *zone, unsigned batch)
{
	zone->pcp_batch = batch;
	for (unsigned i = 0; i < PF_PCP_ORDERS; i++) {
		zone->list_least[i] = i < PF_PCP_SMALL && batch >> i ? batch >> i : 1;
		for (unsigned cpu = 0; zone->pcp && cpu < mem.nr_cpus; cpu++)
			zone->pcp[cpu].size[i] = zone->list_least[i];
	}
}

static void set_figures(void)
{
	static const unsigned long wmark[PF_WATERMARKS] = { 11, 13, 16, 19 };
	static const unsigned long reserve[PF_ZONES] = { 0, 21, 22, 23, 24, 25 };
	struct pf_zone *dma = zone_of(0, PF_ZONE_DMA);

	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; z < PF_ZONES; z++) {
			struct pf_zone *zone = &mem.nodes[nid]->zone[z];

			memset(zone->watermark, 0, sizeof(zone->watermark));
			memset(zone->lowmem_reserve, 0, sizeof(zone->lowmem_reserve));
			set_batch(zone, 0);
		}
	memcpy(dma->watermark, wmark, sizeof(wmark));
	memcpy(dma->lowmem_reserve, reserve, sizeof(reserve));
	set_batch(dma, 63);
	dma->nr_cma = 1024;
	dma->nr_free_of[PF_CMA] = 512;
}

static void zoneinfo_is_linuxs(void **unused)
{
	const char *at;

	(void)unused;
	boot_pc();
	set_figures();
	at = shown(pf_show_zoneinfo);
	for (size_t i = 0; i < sizeof(pc_zoneinfo) / sizeof(*pc_zoneinfo); i++) {
		size_t part = strlen(pc_zoneinfo[i]);

		if (strncmp(at, pc_zoneinfo[i], part))
			fail_msg("not\n%s, but\n%.400s", pc_zoneinfo[i], at);
		at += part;
	}
	assert_string_equal(at, "");
}

static void what_a_cpu_keeps_is_its_count(void **unused)
{
	struct pf_zone *zone;
	unsigned long pages;
	char line[64];
	pf_pfn pfn;

	(void)unused;
	boot_pc();
	zone = zone_of(0, PF_ZONE_DMA32);
	pfn = pf_alloc_pages(&mem, 0, PF_GFP_NORMAL);
	assert_true(pfn >= zone->start_pfn && pfn < zone->start_pfn + zone->spanned);
	pf_free_pages(&mem, pfn, 0);
	pages = pf_per_cpu_pages(&mem, zone, pf_port_cpu());
	assert_true(pages);
	shown(pf_show_zoneinfo);
	snprintf(line, sizeof(line), "\n              count: %lu\n", pages);
	has(line);
	snprintf(line, sizeof(line), "\nNode 0, zone    DMA32\n  pages free     %lu\n",
		 2048 - pages);
	has(line);
}

static void a_32_bit_host_has_other_zones(void **unused)
{
	(void)unused;
	memblock_add(0, 64 * MIB);
	boot((struct pf_boot_config){ .zone_end = { [PF_ZONE_DMA] = 0x1000,
						    [PF_ZONE_NORMAL] = 0x2000,
						    [PF_ZONE_HIGHMEM] = ~0ul } });
	set_figures();
	shown(pf_show_zoneinfo);
	has("Node 0, zone      DMA\n");
	has("Node 0, zone   Normal\n");
	has("Node 0, zone  HighMem\n");
	has("Node 0, zone  Movable\n");
	has("protection: (0, 22, 23, 24)\n");
	has_not("DMA32");
	has_not("Device");
	shown(pf_show_buddyinfo);
	has("Node 0, zone  HighMem      0      0      0      0      0      0      0      0      0  "
	    "  "
	    "  0      8 \n");
	has_not("Movable");
}

static void a_host_without_limits_has_one_zone(void **unused)
{
	(void)unused;
	memblock_add(0, 16 * MIB);
	boot((struct pf_boot_config){ .nr_cpus = 1 });
	shown(pf_show_zoneinfo);
	has("Node 0, zone   Normal\n");
	has("Node 0, zone  Movable\n");
	has("Node 0, zone   Device\n");
	has_not("DMA");
	has_not("HighMem");
}

static void blocks_are(int nid, unsigned movable)
{
	char line[120];

	shown(pf_show_pagetypeinfo);
	snprintf(line, sizeof(line),
		 "\nNode %d, zone   Normal            0 %12u            0            0            "
		 "0 \n",
		 nid, movable);
	has(line);
}

/* Node 0 ends in the middle of a block; from where node 1 begins, its blocks are counted. */
static void a_block_counts_from_the_zones_start_on(void **unused)
{
	(void)unused;
	memblock_add_node(0, 5 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(5 * MIB, 5 * MIB, 1, MEMBLOCK_NONE);
	boot((struct pf_boot_config){ .nr_cpus = 1 });
	blocks_are(0, 3); /* at 0, 2 and 4 MiB */
	blocks_are(1, 3); /* at 5, 7 and 9 MiB */
}

/* A block's hole belongs to what comes next, and a block that is a hole to nobody. */
static void holes_belong_to_what_follows(void **unused)
{
	(void)unused;
	memblock_add_node(0, 2 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(6 * MIB + PF_PAGE_SIZE, PF_PAGE_SIZE, 0, MEMBLOCK_NONE);
	memblock_add_node(7 * MIB, MIB, 1, MEMBLOCK_NONE);
	memblock_add_node(9 * MIB, MIB, 0, MEMBLOCK_NONE);
	boot((struct pf_boot_config){ .nr_cpus = 1 });
	blocks_are(0, 3); /* at 0, 6 and 8 MiB */
	blocks_are(1, 1); /* at 7 MiB */
}

static void set_state(pf_pfn pfn, enum pf_state state)
{
	uint32_t *info = &pf_block(&mem, pfn)->info;

	*info = (*info & ~PF_INFO_STATE) | state;
}

static void what_is_not_online_is_not_counted(void **unused)
{
	(void)unused;
	memblock_add(0, 16 * MIB);
	boot((struct pf_boot_config){ .nr_cpus = 1 });
	blocks_are(0, 8);
	set_state(512, PF_OFFLINE);
	set_state(1024, PF_DEVICE);
	set_state(2048, PF_RESERVED);
	blocks_are(0, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(buddyinfo_is_linuxs, start, end),
		cmocka_unit_test_setup_teardown(a_large_number_takes_more_room, start, end),
		cmocka_unit_test_setup_teardown(pagetypeinfo_is_linuxs, start, end),
		cmocka_unit_test_setup_teardown(cma_has_a_column_where_there_is_some, start, end),
		cmocka_unit_test_setup_teardown(zoneinfo_is_linuxs, start, end),
		cmocka_unit_test_setup_teardown(what_a_cpu_keeps_is_its_count, start, end),
		cmocka_unit_test_setup_teardown(a_32_bit_host_has_other_zones, start, end),
		cmocka_unit_test_setup_teardown(a_host_without_limits_has_one_zone, start, end),
		cmocka_unit_test_setup_teardown(a_block_counts_from_the_zones_start_on, start, end),
		cmocka_unit_test_setup_teardown(holes_belong_to_what_follows, start, end),
		cmocka_unit_test_setup_teardown(what_is_not_online_is_not_counted, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
