/* SPDX-License-Identifier: MIT */
/*
 * pf_verify() notices damage: one thing of a good machine is made wrong at a time. Catches a check
 * that cannot fail, and a report that does not say where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>

#include "host.h"

#include "buddy.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define BIG	   PF_MAX_ORDER

/*
 * DMA is [16M, 20M + 100 pages), and Normal goes on in the same block, to 64M; node 1 has [64M,
 * 96M), most of it deferred.
 */
static struct pf_mem mem;
static struct pf_zone *normal, *other;
static pf_pfn block, small; /* allocated: a block, and a page with free ones behind it */
static pf_pfn big;	    /* and the largest chunk */

static pf_pfn take(unsigned order)
{
	pf_pfn pfn;

	assert_true(buddy_take(&mem, normal, order, PF_MOVABLE, &pfn));
	return pfn;
}

static int start(void **damage)
{
	struct pf_boot_config config = { .pages_at_once = 1 };
	char why[200];

	(void)damage;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	config.zone_end[PF_ZONE_DMA] = PAGES(20) + 100;
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	memblock_add_node(16 * MIB, 48 * MIB, 0, MEMBLOCK_NONE);
	memblock_add_node(64 * MIB, 32 * MIB, PF_NUMA, MEMBLOCK_NONE);
	/* What is damaged are pages of blocks that are not mixed. */
	memblock_reserve(20 * MIB + 100 * PF_PAGE_SIZE, 2 * MIB - 100 * PF_PAGE_SIZE);
	memblock_reserve(40 * MIB, 3 * PF_PAGE_SIZE);
	memblock_reserve(56 * MIB, 4 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	pf_release_deferred(&mem, 0, ~0ul);
	normal = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	other = &mem.nodes[PF_NUMA]->zone[PF_ZONE_NORMAL];
	big = take(BIG);
	block = take(PF_BLOCK_ORDER);
	small = take(0);
	assert_true(pf_verify(&mem, why, sizeof(why)));
	assert_string_equal(why, "");
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	pf_close(&mem);
	return 0;
}

/* --- what can be damaged --- */

static struct pf_free_list *list(unsigned order)
{
	return &normal->free[order][PF_MOVABLE];
}

static struct pf_block *first_block(void)
{
	assert_true(list(BIG)->nr > 2);
	return &mem.blocks[list(BIG)->first];
}

/* A list of pages with two chunks at the least. */
static unsigned page_order(void)
{
	for (unsigned order = 1; order < PF_BLOCK_ORDER; order++)
		if (list(order)->nr > 1)
			return order;
	fail_msg("no list of pages is long enough");
	return 0;
}

static pf_pfn first_pfn(void)
{
	return pfi_link_pfn(normal, list(page_order())->first);
}

static struct pf_page *first_page(void)
{
	return pf_page(&mem, first_pfn());
}

static void set_state(uint32_t *info, enum pf_state state)
{
	*info = (*info & ~PF_INFO_STATE) | state;
}

static void set_order(uint32_t *info, unsigned order)
{
	*info = (*info & ~PF_INFO_ORDER) | info_order(order);
}

/* --- lists of blocks --- */

static void a_list_begins_with_a_used_block(void)
{
	list(BIG)->first = (uint32_t)pf_block_nr(&mem, big);
}

static void a_list_begins_outside_the_machine(void)
{
	list(BIG)->first = (uint32_t)mem.nr_blocks;
}

static void a_block_links_to_another(void)
{
	first_block()->links.next = mem.blocks[first_block()->links.next].links.next;
}

static void a_block_links_to_itself(void)
{
	first_block()->links.next = list(BIG)->first;
}

static void a_block_links_back_to_another(void)
{
	mem.blocks[first_block()->links.next].links.prev ^= 1;
}

static void the_first_block_links_back(void)
{
	first_block()->links.prev = first_block()->links.next;
}

static void a_list_ends_with_another(void)
{
	list(BIG)->last = list(BIG)->first;
}

static void a_list_counts_one_more(void)
{
	list(BIG)->nr++;
}

static void a_list_counts_one_less(void)
{
	list(BIG)->nr--;
}

static void an_empty_list_counts_one(void)
{
	normal->free[BIG][PF_CMA].nr = 1;
}

static void a_free_chunk_has_another_order(void)
{
	set_order(&first_block()->info, PF_BLOCK_ORDER);
}

static void a_free_chunk_is_not_first(void)
{
	first_block()->info &= ~PF_INFO_FIRST;
}

static void a_free_chunk_has_another_migratetype(void)
{
	first_block()->info ^= info_migratetype(PF_UNMOVABLE) ^ info_migratetype(PF_MOVABLE);
}

static void a_free_chunk_has_another_zone(void)
{
	first_block()->info ^= PF_ZONE_DMA << PF_INFO_ZONE_SHIFT ^ 7u << PF_INFO_ZONE_SHIFT;
}

static void a_block_inside_a_free_chunk_is_used(void)
{
	set_state(&mem.blocks[list(BIG)->first + 1].info, PF_ALLOCATED);
}

static void a_block_inside_a_free_chunk_is_first(void)
{
	mem.blocks[list(BIG)->first + 1].info |= PF_INFO_FIRST | info_order(PF_BLOCK_ORDER);
}

static void two_free_blocks_are_not_merged(void)
{
	uint32_t nr = list(BIG)->first;

	pfi_list_del(&mem, normal, BIG, PF_MOVABLE, nr);
	for (uint32_t half = nr; half < nr + (2u << (BIG - PF_BLOCK_ORDER - 1));
	     half += 1u << (BIG - PF_BLOCK_ORDER - 1)) {
		mem.blocks[half].info = info_become(mem.blocks[half].info, PF_FREE) | PF_INFO_FIRST;
		set_order(&mem.blocks[half].info, BIG - 1);
		pfi_list_add(&mem, normal, BIG - 1, PF_MOVABLE, half, AT_HEAD);
	}
}

static void a_used_block_is_free_on_no_list(void)
{
	set_state(&pf_block(&mem, block)->info, PF_FREE);
	pf_block(&mem, block)->use = PF_USE_UNMOVABLE;
}

static void a_block_of_a_used_chunk_begins_another(void)
{
	pf_block(&mem, big + PF_BLOCK_PAGES)->info |= PF_INFO_FIRST | info_order(PF_BLOCK_ORDER);
}

static void a_used_chunk_is_shorter_than_its_blocks(void)
{
	set_order(&pf_block(&mem, big)->info, PF_BLOCK_ORDER);
}

static void a_used_block_has_no_first(void)
{
	pf_block(&mem, block)->info &= ~PF_INFO_FIRST;
}

/* --- lists of pages --- */

static void a_list_of_pages_leaves_memory(void)
{
	list(page_order())->first = (uint32_t)(PAGES(96) + 8 * PF_BLOCK_PAGES);
}

static void a_list_of_pages_enters_a_whole_block(void)
{
	list(page_order())->first = (uint32_t)block;
}

static void a_list_of_pages_enters_another_kind_of_block(void)
{
	pf_block(&mem, first_pfn())->info ^=
		info_migratetype(PF_UNMOVABLE) ^ info_migratetype(PF_MOVABLE);
}

static void a_list_of_pages_begins_with_a_used_page(void)
{
	list(page_order())->first = (uint32_t)small;
}

static void a_free_page_has_another_order(void)
{
	set_order(&first_page()->info, page_order() - 1);
}

static void a_page_links_to_another(void)
{
	first_page()->links.next = (uint32_t)small;
}

static void a_page_links_to_itself(void)
{
	first_page()->links.next = (uint32_t)first_pfn();
}

static void a_page_links_back_to_another(void)
{
	pf_page(&mem, pfi_link_pfn(normal, first_page()->links.next))->links.prev ^= 1;
}

static void a_list_of_pages_ends_with_another(void)
{
	list(page_order())->last = list(page_order())->first;
}

static void a_list_of_pages_counts_one_less(void)
{
	list(page_order())->nr--;
}

static void a_free_chunk_misses_a_tail(void)
{
	set_state(&pf_page(&mem, first_pfn() + 1)->info, PF_RESERVED);
}

static void a_free_page_is_on_no_list(void)
{
	unsigned order = page_order();

	pfi_list_del(&mem, normal, order, PF_MOVABLE, (uint32_t)first_pfn());
	normal->nr_free -= 1ul << order;
}

static void two_free_pages_are_not_merged(void)
{
	unsigned order = page_order();
	pf_pfn pfn = first_pfn();

	pfi_list_del(&mem, normal, order, PF_MOVABLE, (uint32_t)pfn);
	for (pf_pfn half = pfn; half < pfn + (1ul << order); half += 1ul << (order - 1)) {
		set_state(&pf_page(&mem, half)->info, PF_FREE);
		set_order(&pf_page(&mem, half)->info, order - 1);
		pfi_list_add(&mem, normal, order - 1, PF_MOVABLE, (uint32_t)half, AT_HEAD);
	}
}

/* --- states of pages --- */

static void a_used_chunk_overlaps_the_next(void)
{
	set_order(&pf_page(&mem, small)->info, 3);
}

static void a_tail_has_no_first(void)
{
	set_state(&pf_page(&mem, small)->info, PF_TAIL);
}

static void the_last_page_reaches_into_the_next_block(void)
{
	pf_pfn last = (small | (PF_BLOCK_PAGES - 1)) - 3;

	while (pf_info_state(pf_page(&mem, last)->info) == PF_TAIL)
		last--;
	set_order(&pf_page(&mem, last)->info, PF_BLOCK_ORDER);
}

static void a_used_chunk_is_not_aligned(void)
{
	pf_pfn pfn = PAGES(40) + 1; /* reserved, as the next one is */

	assert_int_equal(pf_info_state(pf_page(&mem, pfn)->info), PF_RESERVED);
	set_order(&pf_page(&mem, pfn)->info, 1);
	set_state(&pf_page(&mem, pfn + 1)->info, PF_TAIL);
}

static void a_tail_has_another_zone(void)
{
	pf_page(&mem, first_pfn() + 1)->info ^= 1u << PF_INFO_ZONE_SHIFT;
}

static void a_page_of_a_mixed_block_has_another_zone(void)
{
	struct pf_page *page = pf_page(&mem, PAGES(20) + 99);

	assert_true(pf_block(&mem, PAGES(20))->info & PF_INFO_MIXED);
	page->info = info_place(PF_ZONE_NORMAL, 0) | PF_RESERVED;
}

static void a_reserved_block_is_absent(void)
{
	set_state(&pf_block(&mem, PAGES(57))->info, PF_ABSENT);
}

static void a_reserved_block_has_another_node(void)
{
	pf_block(&mem, PAGES(57))->info ^= 1u << PF_INFO_NODE_SHIFT;
}

static void a_split_block_is_not_described(void)
{
	pf_block(&mem, small)->described = PF_UNDESCRIBED;
}

static void a_split_block_counts_one_more(void)
{
	pf_block(&mem, small)->nr_free++;
}

static void a_split_block_is_whole(void)
{
	set_state(&pf_block(&mem, small)->info, PF_ALLOCATED);
}

/* --- counts --- */

static void a_zone_counts_more_free_pages(void)
{
	normal->nr_free++;
}

static void a_zone_counts_more_managed_pages(void)
{
	normal->managed++;
}

static void a_zone_counts_more_present_pages(void)
{
	normal->present++;
}

static void a_zone_counts_more_deferred_pages(void)
{
	other->deferred++;
}

static void a_deferred_block_is_free_on_no_list(void)
{
	for (unsigned long nr = 0; nr < mem.nr_blocks; nr++)
		if (pf_info_state(mem.blocks[nr].info) == PF_DEFERRED) {
			set_state(&mem.blocks[nr].info, PF_FREE);
			return;
		}
	fail_msg("nothing is deferred");
}

static void a_zone_spans_too_little(void)
{
	normal->spanned -= 8 * PF_BLOCK_PAGES;
}

static void a_zone_of_nothing_counts_something(void)
{
	mem.nodes[0]->zone[PF_ZONE_MOVABLE].nr_free = 1;
}

static void a_node_counts_more_present_pages(void)
{
	mem.nodes[0]->present++;
}

/* --- kinds --- */

static void set_type(uint32_t *info, enum pf_migratetype type)
{
	*info = (*info & ~PF_INFO_MIGRATE) | info_migratetype(type);
}

static void a_free_chunk_goes_on_in_a_cma_block(void)
{
	set_type(&mem.blocks[list(BIG)->first + 1].info, PF_CMA);
}

static void a_free_cma_chunk_goes_on_elsewhere(void)
{
	assert_int_equal(pf_init_cma(&mem, PAGES(56), PAGES(60)), 0);
	set_type(&pf_block(&mem, PAGES(58))->info, PF_MOVABLE);
}

static void a_list_is_called_empty(void)
{
	normal->nonempty[PF_MOVABLE] ^= 1u << BIG;
}

static void an_empty_list_is_not_called_so(void)
{
	normal->nonempty[PF_ISOLATE] ^= 1;
}

static void a_zone_counts_a_free_highatomic_page(void)
{
	normal->nr_free_of[PF_HIGHATOMIC]++;
}

static void a_zone_counts_a_highatomic_block(void)
{
	normal->nr_highatomic += PF_BLOCK_PAGES;
}

static void a_zone_counts_a_cma_block(void)
{
	normal->nr_cma += PF_BLOCK_PAGES;
}

static void a_block_is_isolated_on_no_list(void)
{
	a_used_block_is_free_on_no_list();
	set_type(&pf_block(&mem, block)->info, PF_ISOLATE);
}

/* --- per-CPU lists --- */

static struct pf_pcp_list *cpu_list(unsigned index)
{
	return &normal->pcp[0].hot[index][PF_MOVABLE];
}

static void set_list(struct pf_pcp_list *l, unsigned long first)
{
	assert_int_equal(l->nr, 0);
	l->first = (uint32_t)first;
	l->nr = 1;
}

static void a_cpus_list_leaves_memory(void)
{
	set_list(cpu_list(0), PAGES(96));
}

static void a_cpus_list_enters_a_whole_block(void)
{
	set_list(cpu_list(0), block - normal->start_pfn);
}

static void a_cpus_list_holds_a_used_page(void)
{
	set_list(cpu_list(0), small - normal->start_pfn);
}

/* As many are on lists as say that they are. */
static void a_cpus_list_holds_one_page_for_another(void)
{
	pf_pfn another = take(0);

	set_state(&pf_page(&mem, small)->info, PF_PER_CPU);
	set_list(cpu_list(0), another - normal->start_pfn);
}

static void a_cpus_cold_list_holds_a_used_page(void)
{
	set_list(&normal->pcp[0].cold[0][PF_MOVABLE], small - normal->start_pfn);
}

static void a_cpus_list_of_blocks_leaves_memory(void)
{
	set_list(cpu_list(PF_PCP_SMALL), mem.nr_blocks);
}

static void a_cpus_list_holds_a_used_block(void)
{
	set_list(cpu_list(PF_PCP_SMALL), pf_block_nr(&mem, block));
}

static void a_cpus_list_holds_another_zones_free_block(void)
{
	unsigned long nr = pf_block_nr(&mem, other->start_pfn + other->spanned - 1);

	assert_true(pf_info_state(mem.blocks[nr].info) != PF_ALLOCATED);
	mem.blocks[nr].use = PF_USE_PER_CPU;
	set_list(cpu_list(PF_PCP_SMALL), nr);
}

static void a_page_is_on_no_cpus_list(void)
{
	set_state(&pf_page(&mem, small)->info, PF_PER_CPU);
}

static void a_block_is_on_no_cpus_list(void)
{
	pf_block(&mem, block)->use = PF_USE_PER_CPU;
}

static void a_free_block_is_marked(void)
{
	unsigned long nr = 0;

	while (pf_info_state(mem.blocks[nr].info) != PF_FREE ||
	       mem.nodes[0]->zone[PF_ZONE_NORMAL].start_pfn > pf_block_pfn(&mem, nr) ||
	       pf_info_zone(mem.blocks[nr].info) != PF_ZONE_NORMAL)
		nr++;
	pf_init_descriptors(&mem, ~0ul);
	pfi_mark(&mem, pf_block_pfn(&mem, nr));
}

static void a_block_on_a_cpus_list_is_marked(void)
{
	pf_block(&mem, block)->use = PF_USE_PER_CPU;
	pf_init_descriptors(&mem, ~0ul);
	pfi_mark(&mem, block);
}

static void a_reserved_block_is_on_a_cpus_list(void)
{
	pf_block(&mem, PAGES(57))->use = PF_USE_PER_CPU;
}

/* --- orders --- */

static void a_page_has_the_order_of_a_block(void)
{
	set_order(&pf_page(&mem, small)->info, PF_BLOCK_ORDER);
}

static void a_block_has_the_order_of_a_page(void)
{
	set_order(&pf_block(&mem, block)->info, PF_BLOCK_ORDER - 1);
}

static void a_block_has_an_order_beyond_the_largest(void)
{
	set_order(&pf_block(&mem, big)->info, PF_MAX_ORDER + 1);
}

static void a_used_chunk_of_blocks_is_not_aligned(void)
{
	set_state(&pf_block(&mem, PAGES(58))->info, PF_ALLOCATED);
	pf_block(&mem, PAGES(58))->info |= PF_INFO_FIRST | info_order(PF_BLOCK_ORDER + 1);
}

struct damage {
	void (*do_it)(void);
	const char *where; /* the message begins so */
	const char *what;  /* and goes on so */
};

static void is_noticed(void **state)
{
	const struct damage *d = *state;
	char why[240], shorter[20];
	size_t where = strlen(d->where);

	d->do_it();
	memset(why, '?', sizeof(why));
	if (pf_verify(&mem, why, sizeof(why)))
		fail_msg("pf_verify() does not notice it");
	if (strncmp(why, d->where, where) || strncmp(why + where, d->what, strlen(d->what)))
		fail_msg("pf_verify() says '%s', not '%s%s...'", why, d->where, d->what);
	/* However little room there is for it. */
	assert_false(pf_verify(&mem, shorter, sizeof(shorter)));
	assert_int_equal(strlen(shorter), sizeof(shorter) - 1);
	assert_false(pf_verify(&mem, NULL, 0));
}

#define NORMAL "node 0, zone Normal: "
#define DAMAGE(f, where, what)                                                                     \
	{                                                                                          \
#f, is_noticed, start, end, &(struct damage)                                       \
		{                                                                                  \
			f, where, what                                                             \
		}                                                                                  \
	}
#define BLOCK_LIST    "a list of blocks holds what is not such a chunk: block 0x"
#define KINDS	      "a free chunk has blocks of different kinds: 0x"
#define CPU_LIST      "a per-CPU list holds what is not such a chunk: pfn 0x"
#define CPU_BLOCK     "a per-CPU list holds what is not such a block: 0x"
#define NO_SUCH_ORDER "a chunk begins where none of its order can: "
#define ASTRAY	      "a link of a free list leads astray: at 0x"

static const struct CMUnitTest tests[] = {
	DAMAGE(a_list_begins_with_a_used_block, NORMAL, BLOCK_LIST),
	DAMAGE(a_list_begins_outside_the_machine, NORMAL, BLOCK_LIST),
	DAMAGE(a_block_links_to_another, NORMAL, ASTRAY),
	DAMAGE(a_block_links_to_itself, NORMAL, ASTRAY),
	DAMAGE(a_block_links_back_to_another, NORMAL, ASTRAY),
	DAMAGE(the_first_block_links_back, NORMAL, ASTRAY),
	DAMAGE(a_list_ends_with_another, NORMAL, "a free list has another end"),
	DAMAGE(a_list_counts_one_more, NORMAL, ASTRAY),
	DAMAGE(a_list_counts_one_less, NORMAL, ASTRAY),
	DAMAGE(an_empty_list_counts_one, NORMAL, BLOCK_LIST),
	DAMAGE(a_free_chunk_has_another_order, NORMAL, BLOCK_LIST),
	DAMAGE(a_free_chunk_is_not_first, NORMAL, BLOCK_LIST),
	DAMAGE(a_free_chunk_has_another_migratetype, NORMAL, BLOCK_LIST),
	DAMAGE(a_free_chunk_has_another_zone, NORMAL, BLOCK_LIST),
	DAMAGE(a_block_inside_a_free_chunk_is_used, NORMAL,
	       "a free chunk has a block that is not free: 0x"),
	DAMAGE(a_block_inside_a_free_chunk_is_first, NORMAL,
	       "a free chunk has a block that is not free: 0x"),
	DAMAGE(two_free_blocks_are_not_merged, NORMAL, "two free buddies are not merged: block 0x"),
	DAMAGE(a_used_block_is_free_on_no_list, NORMAL, "free pages by state: 0x"),
	DAMAGE(a_block_of_a_used_chunk_begins_another, NORMAL, ""),
	DAMAGE(a_used_chunk_is_shorter_than_its_blocks, NORMAL, ""),
	DAMAGE(a_used_block_has_no_first, NORMAL, ""),
	DAMAGE(a_list_of_pages_leaves_memory, NORMAL, "a list of pages leaves memory: pfn 0x"),
	DAMAGE(a_list_of_pages_enters_a_whole_block, NORMAL,
	       "a list of pages enters a block that is not its kind: pfn 0x"),
	DAMAGE(a_list_of_pages_enters_another_kind_of_block, NORMAL,
	       "a list of pages enters a block that is not its kind: pfn 0x"),
	DAMAGE(a_list_of_pages_begins_with_a_used_page, NORMAL,
	       "a list of pages holds what is not such a chunk: pfn 0x"),
	DAMAGE(a_free_page_has_another_order, NORMAL,
	       "a list of pages holds what is not such a chunk: pfn 0x"),
	DAMAGE(a_page_links_to_another, NORMAL,
	       "a list of pages holds what is not such a chunk: pfn 0x"),
	DAMAGE(a_page_links_to_itself, NORMAL, ASTRAY),
	DAMAGE(a_page_links_back_to_another, NORMAL, ASTRAY),
	DAMAGE(a_list_of_pages_ends_with_another, NORMAL, "a free list has another end"),
	DAMAGE(a_list_of_pages_counts_one_less, NORMAL, ASTRAY),
	DAMAGE(a_free_chunk_misses_a_tail, NORMAL,
	       "a free chunk has a page that is not its own: pfn 0x"),
	DAMAGE(a_free_page_is_on_no_list, NORMAL, ""),
	DAMAGE(two_free_pages_are_not_merged, NORMAL, "two free buddies are not merged: pfn 0x"),
	DAMAGE(a_used_chunk_overlaps_the_next, NORMAL, "a chunk begins "),
	DAMAGE(a_tail_has_no_first, NORMAL,
	       "a chunk begins inside another, or has no first page: pfn 0x"),
	DAMAGE(the_last_page_reaches_into_the_next_block, NORMAL, ""),
	DAMAGE(a_used_chunk_is_not_aligned, NORMAL, ""),
	DAMAGE(a_tail_has_another_zone, NORMAL, ""),
	DAMAGE(a_page_of_a_mixed_block_has_another_zone, "node 0, zone DMA: ", ""),
	DAMAGE(a_reserved_block_is_absent, NORMAL, "present pages: 0x"),
	DAMAGE(a_reserved_block_has_another_node, NORMAL, "present pages: 0x"),
	DAMAGE(a_split_block_is_not_described, NORMAL, "a split block has no descriptors: 0x"),
	DAMAGE(a_split_block_counts_one_more, NORMAL, "free pages of a split block: 0x"),
	DAMAGE(a_split_block_is_whole, NORMAL, ""),
	DAMAGE(a_zone_counts_more_free_pages, NORMAL, "pages in free lists: 0x"),
	DAMAGE(a_zone_counts_more_managed_pages, NORMAL, "managed pages: 0x"),
	DAMAGE(a_zone_counts_more_present_pages, NORMAL, "present pages: 0x"),
	DAMAGE(a_zone_counts_more_deferred_pages, "node 1, zone Normal: ", "deferred pages: 0x"),
	DAMAGE(a_deferred_block_is_free_on_no_list, "node 1, zone Normal: ", ""),
	DAMAGE(a_zone_spans_too_little, NORMAL, ""),
	DAMAGE(a_zone_of_nothing_counts_something,
	       "node 0, zone Movable: ", "free pages by state: 0x"),
	DAMAGE(a_node_counts_more_present_pages, "node 0", ""),
	DAMAGE(a_free_chunk_goes_on_in_a_cma_block, NORMAL, KINDS),
	DAMAGE(a_free_cma_chunk_goes_on_elsewhere, NORMAL, KINDS),
	DAMAGE(a_list_is_called_empty, NORMAL, "lists that are not empty, a bit each: 0x"),
	DAMAGE(an_empty_list_is_not_called_so, NORMAL, "lists that are not empty, a bit each: 0x1"),
	DAMAGE(a_zone_counts_a_free_highatomic_page, NORMAL,
	       "free pages of a type that is counted apart: 0x1, counted 0x0"),
	DAMAGE(a_zone_counts_a_highatomic_block, NORMAL, "pages of high-atomic blocks: 0x"),
	DAMAGE(a_zone_counts_a_cma_block, NORMAL, "pages of CMA blocks: 0x"),
	DAMAGE(a_block_is_isolated_on_no_list, NORMAL, "isolated pages by state: 0x0, counted 0x"),
	DAMAGE(a_cpus_list_leaves_memory, NORMAL, CPU_LIST),
	DAMAGE(a_cpus_list_enters_a_whole_block, NORMAL, CPU_LIST),
	DAMAGE(a_cpus_list_holds_a_used_page, NORMAL, CPU_LIST),
	DAMAGE(a_cpus_list_holds_one_page_for_another, NORMAL, CPU_LIST),
	DAMAGE(a_cpus_cold_list_holds_a_used_page, NORMAL, CPU_LIST),
	DAMAGE(a_cpus_list_of_blocks_leaves_memory, NORMAL, CPU_BLOCK),
	DAMAGE(a_cpus_list_holds_a_used_block, NORMAL, CPU_BLOCK),
	DAMAGE(a_cpus_list_holds_another_zones_free_block, NORMAL, CPU_BLOCK),
	DAMAGE(a_page_is_on_no_cpus_list, NORMAL, "pages on per-CPU lists by state: 0x0"),
	DAMAGE(a_block_is_on_no_cpus_list, NORMAL, "pages on per-CPU lists by state: 0x0"),
	DAMAGE(a_free_block_is_marked, NORMAL, "marked, and not in use: block 0x"),
	DAMAGE(a_block_on_a_cpus_list_is_marked, NORMAL, "marked, and not in use: block 0x"),
	DAMAGE(a_reserved_block_is_on_a_cpus_list, NORMAL, "in use, and not allocated: block 0x"),
	DAMAGE(a_page_has_the_order_of_a_block, NORMAL, NO_SUCH_ORDER "pfn 0x"),
	DAMAGE(a_block_has_the_order_of_a_page, NORMAL, NO_SUCH_ORDER "block 0x"),
	DAMAGE(a_block_has_an_order_beyond_the_largest, NORMAL, NO_SUCH_ORDER "block 0x"),
	DAMAGE(a_used_chunk_of_blocks_is_not_aligned, NORMAL, NO_SUCH_ORDER "block 0x"),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
