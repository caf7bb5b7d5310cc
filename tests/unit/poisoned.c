/* SPDX-License-Identifier: MIT */
/*
 * Damaged pages: free ones are out at once, those in use when they are freed, whoever frees them
 * and however. Catches one that is handed out again, neighbours that are lost with it, marks that
 * stay behind, and what a CPU does that has not seen the mark yet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/isolate.h>

#include "../../src/memmap/poison.h"
#include "../../src/page_alloc/pcp.h"
/* In place of the library's, for trim(): nothing waits between a large chunk and its trimming. */
#include "../../src/page_alloc/exact.c"

#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define CPUS	   2
#define BLOCK	   PF_BLOCK_ORDER
#define LARGEST	   PF_MAX_ORDER
#define TOO_LONG   60 /* seconds */

#ifdef PFI_ASAN
int __asan_address_is_poisoned(void const volatile *addr);
#endif

static struct pf_mem mem;
static struct pf_zone *zone;

/* --- a machine --- */

static void boot(pf_phys base, pf_phys size, const struct pf_boot_config *config)
{
	pf_close(&mem);
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(base, size);
	assert_int_equal(pf_boot(&mem, config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
}

static int start(void **unused)
{
	struct pf_boot_config config = { .nr_cpus = CPUS };

	(void)unused;
	alarm(TOO_LONG);
	boot(16 * MIB, 512 * MIB, &config);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	host_relax = NULL;
	host_no_barrier = false;
	host_set_cpu(0);
	pf_close(&mem);
	alarm(0);
	return 0;
}

static void all_is_right(void)
{
	char why[240];

	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static void so_many_are_missing(unsigned long pages)
{
	assert_true(pf_drain_all(&mem));
	assert_int_equal(zone->nr_free + zone->nr_free_of[PF_ISOLATE], zone->managed - pages);
	all_is_right();
}

static unsigned long on_cpus(void)
{
	return pf_per_cpu_pages(&mem, zone, 0) + pf_per_cpu_pages(&mem, zone, 1);
}

static enum pf_state state_of(pf_pfn pfn)
{
	return pf_info_state(pf_page_info(&mem, pfn));
}

static bool is_marked(pf_pfn pfn)
{
	return pf_block(&mem, pfn)->info & PF_INFO_MARKED;
}

static bool says_marked(pf_pfn pfn)
{
	return pf_page_info(&mem, pfn) & PF_INFO_MARKED;
}

static void poison_is(pf_pfn pfn, int want)
{
	assert_int_equal(pf_poison_page(&mem, pfn), want);
	all_is_right();
}

static void unpoison_is(pf_pfn pfn, int want)
{
	assert_int_equal(pf_unpoison_page(&mem, pfn), want);
	all_is_right();
}

static void it_is_out(pf_pfn pfn)
{
	assert_int_equal(state_of(pfn), PF_POISONED);
	assert_int_equal(pf_alloc_pages_at(&mem, pfn, 0), -PF_EBUSY);
	poison_is(pfn, -PF_EEXIST);
	if (!PF_CHECK_FREE)
		return;
	host_forget_output();
	pf_free_pages(&mem, pfn, 0);
	assert_non_null(strstr(host_output(), ": it is poisoned; nothing is freed"));
}

/* What a descriptor holds that nobody has written. */
static void leave_garbage(pf_pfn pfn, uint32_t info)
{
	assert_int_equal(pf_block(&mem, pfn)->described, PF_UNDESCRIBED);
	unpoison(pf_page(&mem, pfn), sizeof(struct pf_page));
	pf_page(&mem, pfn)->info = info;
	poison(pf_page(&mem, pfn), sizeof(struct pf_page));
}

static pf_pfn alloc(unsigned order)
{
	pf_pfn pfn = pf_alloc_pages(&mem, order, PF_GFP_MOVABLE);

	assert_true(pfn != PF_NO_PFN);
	return pfn;
}

/* --- free pages --- */

static void a_free_page_is_cut_out_of_its_chunk(void **unused)
{
	const pf_pfn some[] = {
		0, 1, 300, PF_BLOCK_PAGES - 1, PF_BLOCK_PAGES, 2 * PF_BLOCK_PAGES - 1
	};
	unsigned long chunks = zone->free[LARGEST][PF_MOVABLE].nr;

	(void)unused;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		pf_pfn pfn = PAGES(64) + some[i];

		poison_is(pfn, 0);
		so_many_are_missing(1);
		it_is_out(pfn);
		assert_int_equal(state_of(pfn - 1), PF_FREE);
		assert_int_equal(state_of(pfn + 1), PF_FREE);
		assert_int_equal(zone->free[LARGEST][PF_MOVABLE].nr, chunks - 1);
		assert_false(is_marked(pfn));
		unpoison_is(pfn, 0);
		so_many_are_missing(0);
		assert_int_equal(zone->free[LARGEST][PF_MOVABLE].nr, chunks);
	}
}

/* Nobody gets it, though everything else is given away. */
static void nobody_gets_a_poisoned_page(void **unused)
{
	static pf_pfn pfns[PAGES(512)];
	pf_pfn bad = PAGES(64) + 77;
	unsigned long nr = 0;

	(void)unused;
	poison_is(bad, 0);
	while ((pfns[nr] = pf_alloc_pages(&mem, 0, PF_GFP_MOVABLE | PF_GFP_MEMALLOC)) != PF_NO_PFN)
		assert_true(pfns[nr++] != bad);
	assert_int_equal(nr, zone->managed - 1);
	all_is_right();
	pf_free_pages_bulk(&mem, nr, pfns);
	so_many_are_missing(1);
	it_is_out(bad);
	unpoison_is(bad, 0);
	so_many_are_missing(0);
}

/* All of a block, one by one, and back. */
static void a_block_can_be_bad_altogether(void **unused)
{
	pf_pfn pfn = PAGES(64);

	(void)unused;
	for (unsigned long i = 0; i < PF_BLOCK_PAGES; i++)
		poison_is(pfn + i, 0);
	so_many_are_missing(PF_BLOCK_PAGES);
	for (unsigned long i = 0; i < PF_BLOCK_PAGES; i++)
		unpoison_is(pfn + i, 0);
	so_many_are_missing(0);
}

static void a_page_on_a_cpus_list_is_reached(void **unused)
{
	const unsigned orders[] = { 0, 3, BLOCK };

	(void)unused;
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		for (int i = 0; i < 6; i++) {
			unsigned order = orders[i / 2];
			pf_pfn pfn = alloc(order), page = pfn + (i & 1 ? (1ul << order) - 1 : 0);

			host_set_cpu(cpu);
			pf_free_pages(&mem, pfn, order);
			host_set_cpu(0);
			assert_int_equal(state_of(page), PF_PER_CPU);
			poison_is(page, 0);
			it_is_out(page);
			assert_false(is_marked(page));
			so_many_are_missing(1);
			unpoison_is(page, 0);
			so_many_are_missing(0);
		}
}

/* --- pages in use --- */

static void free_all(pf_pfn pfn, unsigned order)
{
	pf_free_pages(&mem, pfn, order);
}

static void free_bulk(pf_pfn pfn, unsigned order)
{
	pf_pfn pfns[1] = { pfn };

	if (order)
		pf_free_pages(&mem, pfn, order);
	else
		pf_free_pages_bulk(&mem, 1, pfns);
}

static void free_exact(pf_pfn pfn, unsigned order)
{
	pf_free_pages_exact(&mem, pfn, 1ul << order);
}

static void free_from_a_cpu_without_lists(pf_pfn pfn, unsigned order)
{
	host_set_cpu(CPUS);
	pf_free_pages(&mem, pfn, order);
	host_set_cpu(0);
}

static void (*const ways[])(pf_pfn, unsigned) = { free_all, free_bulk, free_exact,
						  free_from_a_cpu_without_lists };
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void marked_and_freed(unsigned order, unsigned long at, void (*give)(pf_pfn, unsigned))
{
	pf_pfn pfn = alloc(order), bad = pfn + at;

	poison_is(bad, 1);
	assert_true(is_marked(bad));
	assert_int_equal(state_of(bad), PF_ALLOCATED);
	for (pf_pfn page = pfn; page < pfn + (1ul << order); page++)
		assert_int_equal(says_marked(page), page == bad);
	poison_is(bad, -PF_EEXIST);
	give(pfn, order);
	so_many_are_missing(1);
	assert_false(says_marked(bad));
	it_is_out(bad);
	assert_false(is_marked(bad));
	unpoison_is(bad, 0);
	so_many_are_missing(0);
}

static void a_page_in_use_is_out_when_it_is_freed(void **unused)
{
	const unsigned orders[] = { 0, 1, 3, 5, BLOCK - 1, BLOCK, BLOCK + 1 };

	(void)unused;
	for (size_t w = 0; w < WAYS; w++)
		for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
			marked_and_freed(orders[i], 0, ways[w]);
			marked_and_freed(orders[i], (1ul << orders[i]) / 2, ways[w]);
			marked_and_freed(orders[i], (1ul << orders[i]) - 1, ways[w]);
		}
}

/* Several of one chunk, in one block of it or in each. */
static void several_pages_of_a_chunk_are_out(void **unused)
{
	const unsigned orders[] = { 3, BLOCK, BLOCK + 1 };

	(void)unused;
	for (int i = 0; i < 3; i++) {
		unsigned long last = (1ul << orders[i]) - 1;
		pf_pfn pfn = alloc(orders[i]);

		poison_is(pfn + 2, 1);
		poison_is(pfn + 3, 1);
		poison_is(pfn + last, 1);
		pf_free_pages(&mem, pfn, orders[i]);
		so_many_are_missing(3);
		it_is_out(pfn + 2);
		it_is_out(pfn + 3);
		it_is_out(pfn + last);
		unpoison_is(pfn + 3, 0);
		unpoison_is(pfn + last, 0);
		unpoison_is(pfn + 2, 0);
		so_many_are_missing(0);
	}
}

/* All chunks of the block keep off the lists while one of its pages is marked, and no longer. */
static void a_marked_block_is_not_for_lists(void **unused)
{
	pf_pfn a, b, c;

	(void)unused;
	a = alloc(0);
	b = alloc(0);
	c = alloc(0);
	assert_int_equal(pf_block_nr(&mem, a), pf_block_nr(&mem, c));
	so_many_are_missing(3);
	poison_is(a, 1);
	poison_is(b, 1);
	pf_free_pages(&mem, c, 0);
	assert_int_equal(on_cpus(), 0);
	pf_free_pages(&mem, a, 0);
	assert_int_equal(on_cpus(), 0);
	assert_true(is_marked(b));
	so_many_are_missing(2);
	unpoison_is(b, 0);
	assert_false(is_marked(b));
	pf_free_pages(&mem, b, 0);
	assert_int_equal(on_cpus(), 1);
	unpoison_is(a, 0);
	so_many_are_missing(0);
}

/* It is a page that is damaged, and not its neighbours, and nobody may read of it but who marks. */
static void a_block_in_use_stays_whole(void **unused)
{
	pf_pfn pfn = alloc(BLOCK), bad = pfn + 8;

	(void)unused;
	poison_is(bad, 1);
	assert_int_equal(pf_info_state(pf_block(&mem, bad)->info), PF_ALLOCATED);
	assert_false(pf_page_info(&mem, pfn) & PF_INFO_MARKED);
#ifdef PFI_ASAN
	assert_true(__asan_address_is_poisoned(pf_page(&mem, bad)));
	assert_true(__asan_address_is_poisoned(pf_page(&mem, pfn)));
#endif
	unpoison_is(bad, 0);
#ifdef PFI_ASAN
	assert_true(__asan_address_is_poisoned(pf_page(&mem, bad)));
#endif
	leave_garbage(PAGES(64), PF_POISONED | PF_INFO_MARKED);
	assert_int_equal(pf_alloc_pages_at(&mem, PAGES(64), BLOCK), 0);
	unpoison_is(PAGES(64), -PF_EINVAL);
	pf_free_pages(&mem, PAGES(64), BLOCK);
	pf_free_pages(&mem, pfn, BLOCK);
	so_many_are_missing(0);
}

static void it_was_no_damage(void **unused)
{
	const unsigned orders[] = { 0, 3, BLOCK, BLOCK + 1 };

	(void)unused;
	for (int i = 0; i < 8; i++) {
		unsigned order = orders[i / 2];
		pf_pfn pfn = alloc(order), page = pfn + (i & 1 ? (1ul << order) - 1 : 0);

		unpoison_is(page, -PF_EINVAL);
		poison_is(page, 1);
		unpoison_is(page, 0);
		assert_false(is_marked(page));
		unpoison_is(page, -PF_EINVAL);
		pf_free_pages(&mem, pfn, order);
		unpoison_is(page, -PF_EINVAL);
		so_many_are_missing(0);
		unpoison_is(page, -PF_EINVAL);
	}
}

/* Who frees it does so just now: it is nobody's, and nowhere yet. */
static void in_the_middle_of_a_free(void **unused)
{
	const unsigned orders[] = { 0, 3, BLOCK, BLOCK + 1 };

	(void)unused;
	for (int i = 0; i < 8; i++) {
		unsigned order = orders[i / 2];
		pf_pfn pfn = alloc(order), bad = pfn + (i & 1 ? (1ul << order) - 1 : 0);

		assert_true(pfi_check_free(&mem, pfn, order));
		assert_int_equal(pf_poison_page(&mem, bad), 1);
		pfi_put(&mem, pfn, order);
		so_many_are_missing(1);
		it_is_out(bad);
		unpoison_is(bad, 0);
		so_many_are_missing(0);
	}
}

/* --- what is neither free nor in use --- */

static void what_is_not_the_allocators_is_refused(void **unused)
{
	struct pf_boot_config config = { .nr_cpus = CPUS, .pages_at_once = 1 };
	unsigned long before;

	(void)unused;
	pf_close(&mem);
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(16 * MIB, 128 * MIB);
	memblock_reserve(32 * MIB, 4 * MIB);
	memblock_reserve(40 * MIB, PF_PAGE_SIZE);
	memblock_mark_nomap(48 * MIB, 2 * MIB);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	poison_is(PAGES(15), -PF_EINVAL);
	unpoison_is(PAGES(15), -PF_EINVAL);
	poison_is(PAGES(999), -PF_EINVAL);
	unpoison_is(PAGES(999), -PF_EINVAL);
	leave_garbage(PAGES(32) + 5, PF_ALLOCATED | PF_INFO_MARKED);
	poison_is(PAGES(32) + 5, -PF_EBUSY);
	unpoison_is(PAGES(32) + 5, -PF_EINVAL);
	poison_is(PAGES(48) + 5, -PF_EBUSY);
	memblock_free_late(32 * MIB, PF_PAGE_SIZE);
	before = host_barriers;
	poison_is(PAGES(32) + 1, -PF_EBUSY); /* its neighbour is free */
	assert_int_equal(host_barriers, before);
	unpoison_is(PAGES(32) + 1, -PF_EINVAL);
	poison_is(PAGES(32), 0);
	assert_int_equal(state_of(PAGES(140)), PF_DEFERRED);
	poison_is(PAGES(140), -PF_EBUSY);
	assert_int_equal(memblock_free_late(32 * MIB, PF_PAGE_SIZE), -PF_EINVAL);
	assert_non_null(strstr(host_output(), "poisoned"));
	all_is_right();
}

/* A zone ends in the middle of a block, and memory begins in the middle of another. */
static void blocks_of_several_zones(void **unused)
{
	struct pf_boot_config config = { .nr_cpus = CPUS };
	pf_pfn border = PAGES(32) + 100, first = PAGES(16) + 7, a, b;
	struct pf_zone *dma;

	(void)unused;
	config.zone_end[PF_ZONE_DMA] = border;
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	boot(16 * MIB + 7 * PF_PAGE_SIZE, 64 * MIB, &config);
	dma = &mem.nodes[0]->zone[PF_ZONE_DMA];
	a = border - 1;
	b = border;
	poison_is(first - 1, -PF_EINVAL);
	unpoison_is(first - 1, -PF_EINVAL);
	poison_is(first, 0);
	it_is_out(first);
	unpoison_is(first, 0);
	so_many_are_missing(0);

	/* Each of them is another zone's, and the entry is both's. */
	assert_int_equal(pf_alloc_pages_at(&mem, a, 0), 0);
	assert_int_equal(pf_alloc_pages_at(&mem, b, 0), 0);
	poison_is(a, 1);
	poison_is(b, 1);
	pf_free_pages(&mem, a, 0);
	all_is_right();
	assert_true(is_marked(b));
	it_is_out(a);
	assert_int_equal(dma->nr_free, dma->managed - 1);
	pf_free_pages(&mem, b, 0);
	assert_false(is_marked(b));
	it_is_out(b);
	so_many_are_missing(1);
	unpoison_is(a, 0);
	unpoison_is(b, 0);
	so_many_are_missing(0);
	assert_int_equal(dma->nr_free, dma->managed);
}

static void isolated(pf_pfn pfn, enum pf_migratetype type)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	pfi_convert_block(&mem, zone, pf_block_nr(&mem, pfn), type);
	pf_unlock_irqrestore(&zone->lock, flags);
	all_is_right();
}

static void pages_of_isolated_blocks(void **unused)
{
	pf_pfn pfn = PAGES(64);

	(void)unused;
	isolated(pfn, PF_ISOLATE);
	poison_is(pfn + 9, 0); /* a whole block, and one that is split */
	poison_is(pfn + 10, 0);
	assert_int_equal(zone->nr_free_of[PF_ISOLATE], PF_BLOCK_PAGES - 2);
	unpoison_is(pfn + 9, 0);
	unpoison_is(pfn + 10, 0);
	assert_int_equal(zone->nr_free_of[PF_ISOLATE], PF_BLOCK_PAGES);
	isolated(pfn, PF_MOVABLE);
	for (unsigned order = 3; order <= BLOCK; order += BLOCK - 3) {
		assert_int_equal(pf_alloc_pages_at(&mem, pfn, order), 0);
		isolated(pfn, PF_ISOLATE);
		poison_is(pfn + 1, 1);
		pf_free_pages(&mem, pfn, order);
		it_is_out(pfn + 1);
		assert_int_equal(zone->nr_free_of[PF_ISOLATE], PF_BLOCK_PAGES - 1);
		so_many_are_missing(1);
		unpoison_is(pfn + 1, 0);
		isolated(pfn, PF_MOVABLE);
	}
	so_many_are_missing(0);
}

/* --- what is refused --- */

static void without_memory_for_descriptors(void **unused)
{
	struct pf_boot_config config = { .nr_cpus = CPUS, .memmap = &host_on_demand };
	pf_pfn pfn, bad;

	(void)unused;
	boot(16 * MIB, 64 * MIB, &config);
	pfn = alloc(LARGEST);
	bad = pfn + PF_BLOCK_PAGES + 3;
	host_luck = 0;
	poison_is(PAGES(64), -PF_ENOMEM);
	poison_is(bad, -PF_ENOMEM);
	assert_false(is_marked(bad));
	unpoison_is(bad, -PF_EINVAL);
	host_luck = HOST_LUCKY;
	poison_is(PAGES(64), 0);
	poison_is(bad, 1);
	host_luck = 0; /* they are there */
	pf_free_pages(&mem, pfn, LARGEST);
	it_is_out(bad);
	so_many_are_missing(2);
	unpoison_is(bad, 0);
	unpoison_is(PAGES(64), 0);
	so_many_are_missing(0);
}

/* Who cannot be reached may not have seen the mark. */
static void without_a_barrier_nothing_is_marked(void **unused)
{
	pf_pfn small = alloc(0), block = alloc(BLOCK);

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	host_no_barrier = true;
	poison_is(small, -PF_EBUSY);
	poison_is(block + 7, -PF_EBUSY);
	assert_false(is_marked(small) || is_marked(block));
	poison_is(PAGES(64), 0);
	host_no_barrier = false;
	pf_free_pages(&mem, small, 0);
	pf_free_pages(&mem, block, BLOCK);
	so_many_are_missing(1);
}

static pf_pfn freed_now;

static void its_owner_frees_it(void)
{
	host_relax = NULL;
	free_from_a_cpu_without_lists(freed_now, 0);
}

static void unless_its_owner_frees_it_meanwhile(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	freed_now = alloc(0);
	zone->pcp[0].lock.kept_out = 1; /* and for long */
	host_relax = its_owner_frees_it;
	poison_is(freed_now, 0);
	assert_null(host_relax);
	zone->pcp[0].lock.kept_out = 0;
	it_is_out(freed_now);
	so_many_are_missing(1);
}

/* --- while a CPU is inside its lists --- */

static struct {
	pf_pfn pfn;
	unsigned order;
	pf_pfn other; /* a page of the same block, in use */
	int times, most;
} late;

/* CPU 1 read the entry before it was marked: the chunk goes onto its list. */
static struct pf_pcp_list *put_without_looking(void)
{
	unsigned index = pcp_index(late.order);
	struct pf_pcp_list *hot = &zone->pcp[1].hot[index][PF_MOVABLE];

	if (PF_CHECK_FREE)
		assert_true(pfi_check_free(&mem, late.pfn, late.order));
	pcp_push(&mem, &zone->pcp[1], hot, index, late.pfn);
	return hot;
}

static void cpu_1_leaves(void)
{
	host_relax = NULL;
	zone->pcp[1].lock.inside = 0;
}

static void it_puts_the_chunk_onto_its_list(void)
{
	put_without_looking();
	cpu_1_leaves();
}

/* And somebody has it again, who knows of no mark. */
static void it_puts_the_chunk_and_takes_it(void)
{
	put_without_looking();
	pcp_pop(&mem, &zone->pcp[1], pcp_index(late.order), PF_MOVABLE);
	cpu_1_leaves();
}

/* Meanwhile another page's mark comes and goes, and with it the entry's. */
static void another_mark_comes_and_goes(void)
{
	put_without_looking();
	pcp_pop(&mem, &zone->pcp[1], pcp_index(late.order), PF_MOVABLE);
	if (late.order < BLOCK) {
		pf_irqflags flags = pf_lock_irqsave(&zone->lock);

		pfi_mark(&mem, late.other);
		pfi_unmark(&mem, late.other);
		pf_unlock_irqrestore(&zone->lock, flags);
		if (late.order == 0)
			assert_false(is_marked(late.pfn));
	}
	cpu_1_leaves();
}

/* Time and again: it is inside when the page is marked, and out when that is looked at. */
static void it_does_so_each_time(void)
{
	bool inside = zone->pcp[1].lock.inside;

	if (inside && late.times < late.most) {
		put_without_looking();
		pcp_pop(&mem, &zone->pcp[1], pcp_index(late.order), PF_MOVABLE);
		late.times++;
	}
	zone->pcp[1].lock.inside = !inside;
	zone->lock.held = inside;
}

static int poison_while_inside(pf_pfn bad, void (*meanwhile)(void))
{
	int ret;

	zone->pcp[1].lock.inside = 1;
	host_relax = meanwhile;
	ret = pf_poison_page(&mem, bad);
	assert_null(host_relax);
	all_is_right();
	return ret;
}

static void who_did_not_see_the_mark_loses_nothing(void **unused)
{
	const unsigned orders[] = { 0, 3, BLOCK };

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	for (int i = 0; i < 6; i++) {
		unsigned order = orders[i / 2];
		pf_pfn bad;

		late.order = order;
		late.pfn = alloc(order);
		late.other = late.pfn ^ 1ul << 3;
		bad = late.pfn + (i & 1 ? (1ul << order) - 1 : 0);
		assert_int_equal(poison_while_inside(bad, it_puts_the_chunk_onto_its_list), 0);
		it_is_out(bad);
		assert_false(is_marked(bad));
		so_many_are_missing(1);
		unpoison_is(bad, 0);
		so_many_are_missing(0);
	}
}

/* The mark is on what is on the list: it does not come free. */
static void what_comes_back_from_a_list_is_looked_at(void **unused)
{
	const unsigned orders[] = { 3, BLOCK };

	(void)unused;
	for (int i = 0; i < 2; i++) {
		pf_pfn bad;
		pf_irqflags flags;

		late.order = orders[i];
		late.pfn = alloc(late.order);
		bad = late.pfn + 5;
		poison_is(bad, 1);
		put_without_looking();
		assert_true(pf_drain_all(&mem));
		it_is_out(bad);
		assert_false(is_marked(bad));
		so_many_are_missing(1);
		unpoison_is(bad, 0);

		/* All of a block, which is split. */
		late.order = 3;
		for (unsigned long at = 0; at < PF_BLOCK_PAGES; at += 8)
			assert_int_equal(pf_alloc_pages_at(&mem, PAGES(64) + at, 3), 0);
		bad = PAGES(64) + 100 + (unsigned)i;
		flags = pf_lock_irqsave(&zone->lock);
		pfi_mark(&mem, bad);
		pf_unlock_irqrestore(&zone->lock, flags);
		for (late.pfn = PAGES(64); late.pfn < PAGES(64) + PF_BLOCK_PAGES; late.pfn += 8)
			put_without_looking();
		so_many_are_missing(1);
		it_is_out(bad);
		unpoison_is(bad, 0);
		so_many_are_missing(0);
	}
}

static void who_has_it_again_frees_it_for_good(void **unused)
{
	const unsigned orders[] = { 0, 3, BLOCK };
	void (*const hooks[])(void) = { it_puts_the_chunk_and_takes_it,
					another_mark_comes_and_goes };

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	for (int i = 0; i < 12; i++) {
		unsigned order = orders[i / 4];
		pf_pfn bad;

		late.order = order;
		late.pfn = alloc(order);
		late.other = alloc(0);
		if (order < BLOCK)
			assert_int_equal(pf_block_nr(&mem, late.pfn),
					 pf_block_nr(&mem, late.other));
		bad = late.pfn + (i & 1 ? (1ul << order) - 1 : 0);
		assert_int_equal(poison_while_inside(bad, hooks[i / 2 % 2]), 1);
		pf_free_pages(&mem, late.other, 0);
		pf_free_pages(&mem, late.pfn, order);
		it_is_out(bad);
		so_many_are_missing(1);
		unpoison_is(bad, 0);
		so_many_are_missing(0);
	}
}

static int poison_while_it_goes_round(int times)
{
	int ret;

	late.order = 0;
	late.times = 0;
	late.most = times;
	late.pfn = alloc(0);
	assert_true(pf_drain_all(&mem));
	zone->pcp[1].lock.inside = 1;
	host_relax = it_does_so_each_time;
	ret = pf_poison_page(&mem, late.pfn);
	cpu_1_leaves();
	assert_int_equal(late.times, times);
	return ret;
}

/* Its mark is wiped out, and CPU 0's lists cannot be drained: there is nothing to take back. */
static void a_mark_that_is_wiped_out_is_given_up(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	late.order = 0;
	late.pfn = alloc(0);
	assert_true(pf_drain_all(&mem));
	zone->pcp[0].lock.kept_out = 1;
	assert_int_equal(poison_while_inside(late.pfn, it_puts_the_chunk_and_takes_it), -PF_EBUSY);
	zone->pcp[0].lock.kept_out = 0;
	assert_false(is_marked(late.pfn) || says_marked(late.pfn));
	assert_int_equal(state_of(late.pfn), PF_ALLOCATED);
	pf_free_pages(&mem, late.pfn, 0);
	so_many_are_missing(0);
}

static void in_the_end_one_gives_up(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	assert_int_equal(poison_while_it_goes_round(100), -PF_EBUSY);
	assert_false(is_marked(late.pfn));
	pf_free_pages(&mem, late.pfn, 0);
	so_many_are_missing(0);
}

static void the_last_turn_counts_as_any(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	assert_int_equal(poison_while_it_goes_round(99), 1);
	assert_true(is_marked(late.pfn));
	pf_free_pages(&mem, late.pfn, 0);
	it_is_out(late.pfn);
	so_many_are_missing(1);
}

/* CPU 1 has it between the zone and its list: it is in no chunk. */
static void it_comes_onto_its_list(void)
{
	for (unsigned i = 0; i < 8; i += 1u << late.order)
		pcp_push_page(&zone->pcp[1], &zone->pcp[1].hot[late.order][PF_MOVABLE],
			      late.pfn + i, late.order);
	cpu_1_leaves();
}

static void between_the_zone_and_a_list(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	for (late.order = 0; late.order < 4; late.order++)
		for (unsigned at = 0; at < 8; at++) {
			unsigned have;
			pf_pfn head;

			late.pfn = PAGES(64) + 16;
			have = pfi_chunk_of(&mem, zone, late.pfn, &head);
			assert_true(pfi_cut(&mem, zone, head, have, late.pfn, late.pfn + 8));
			assert_int_equal(poison_while_inside(late.pfn + at, it_comes_onto_its_list),
					 0);
			it_is_out(late.pfn + at);
			so_many_are_missing(1);
			unpoison_is(late.pfn + at, 0);
			so_many_are_missing(0);
		}
}

static void the_other_has_drained(void)
{
	host_relax = NULL;
	pf_cpu_let_in(&zone->pcp[0].lock);
}

/* Others drain this CPU's lists, and have not come to the page. */
static void what_another_drains_is_waited_for(void **unused)
{
	pf_pfn pfn = alloc(0);

	(void)unused;
	pf_free_pages(&mem, pfn, 0);
	host_set_cpu(1);
	assert_true(pf_cpu_keep_out(&zone->pcp[0].lock, true));
	host_set_cpu(0);
	host_relax = the_other_has_drained;
	poison_is(pfn, 0);
	assert_null(host_relax);
	it_is_out(pfn);
	so_many_are_missing(1);
}

/* Its owner frees it while it is being marked, and has seen the entry. */
static void the_owner_frees_it(void)
{
	cpu_1_leaves();
	host_set_cpu(1);
	pf_free_pages(&mem, late.pfn, late.order);
	host_set_cpu(0);
	assert_int_equal(on_cpus(), 0);
}

static void who_sees_the_mark_in_time(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	late.order = 0;
	late.pfn = alloc(0);
	so_many_are_missing(1);
	assert_int_equal(poison_while_inside(late.pfn, the_owner_frees_it), 0);
	it_is_out(late.pfn);
	so_many_are_missing(1);
}

/* --- two at a time --- */

/* Another has marked the page, and drains: it is his turn until he is done. */
static struct {
	int ret; /* what became of it */
	bool unmarks;
} first;

static void the_first_is_done(void)
{
	pf_irqflags flags = pf_lock_irqsave(&zone->lock);

	host_relax = NULL;
	assert_int_equal(is_marked(late.pfn), first.unmarks);
	if (first.unmarks || first.ret < 0)
		pfi_unmark(&mem, late.pfn);
	else
		pfi_mark(&mem, late.pfn);
	pf_unlock_irqrestore(&zone->lock, flags);
	mem.poisoning = 0;
}

static void somebody_is_first(int ret, bool unmarks)
{
	first.ret = ret;
	first.unmarks = unmarks;
	mem.poisoning = 1;
	host_relax = the_first_is_done;
}

static void the_second_waits_for_its_turn(void **unused)
{
	(void)unused;
	late.pfn = alloc(0);
	somebody_is_first(1, false);
	poison_is(late.pfn, -PF_EEXIST);
	assert_null(host_relax);
	somebody_is_first(0, true);
	poison_is(late.pfn, 1);
	assert_null(host_relax);
	somebody_is_first(0, true);
	unpoison_is(late.pfn, -PF_EINVAL);
	assert_null(host_relax);
	somebody_is_first(1, false);
	unpoison_is(late.pfn, 0);
	assert_null(host_relax);
	somebody_is_first(-PF_EBUSY,
			  false); /* he gave up: his mark is no reason to believe in it */
	poison_is(late.pfn, 1);
	assert_int_equal(mem.poisoning, 0);
	pf_free_pages(&mem, late.pfn, 0);
	it_is_out(late.pfn);
	so_many_are_missing(1);
}

static void it_is_still_his_turn(void)
{
	assert_int_equal(mem.poisoning, 1);
	cpu_1_leaves();
}

static void a_turn_lasts_until_all_is_drained(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	late.pfn = alloc(0);
	assert_int_equal(poison_while_inside(late.pfn, it_is_still_his_turn), 1);
	assert_int_equal(mem.poisoning, 0);
	poison_is(PAGES(999), -PF_EINVAL);
	unpoison_is(PAGES(999), -PF_EINVAL);
	assert_int_equal(mem.poisoning, 0);
	unpoison_is(late.pfn, 0);
	pf_free_pages(&mem, late.pfn, 0);
	so_many_are_missing(0);
}

/* Whose mark has settled: that of the page that its owner frees just now. */
static void a_mark_that_settled_counts_at_once(void **unused)
{
	unsigned long before;

	(void)unused;
	late.pfn = alloc(0);
	poison_is(late.pfn, 1);
	before = host_barriers;
	poison_is(late.pfn, -PF_EEXIST);
	assert_int_equal(host_barriers, before);
	pf_free_pages(&mem, late.pfn, 0);
	it_is_out(late.pfn);
	so_many_are_missing(1);
}

/* --- exactly so many pages --- */

static pf_pfn damaged;
static unsigned long offset;

/* CPU 0 has its chunk, and waits for the lock to give back the rest. */
static void it_is_damaged_now(void)
{
	host_relax = NULL;
	zone->lock.held = 0;
	host_set_cpu(1);
	damaged += offset;
	assert_int_equal(pf_poison_page(&mem, damaged), 1);
	host_set_cpu(0);
}

static void exact_pages(unsigned long nr, unsigned order, unsigned long at, bool kept)
{
	unsigned index = pcp_index(order);
	pf_pfn pfn;

	/* One is on the list, and it is known which. */
	damaged = alloc(order);
	pf_free_pages(&mem, damaged, order);
	assert_true(zone->pcp[0].hot[index][PF_MOVABLE].nr);
	offset = at;
	zone->lock.held = 1;
	host_relax = it_is_damaged_now;
	pfn = pf_alloc_pages_exact(&mem, nr, PF_GFP_MOVABLE);
	assert_null(host_relax);
	assert_true(pfn == damaged - at);
	all_is_right();
	assert_int_equal(is_marked(damaged), kept);
	so_many_are_missing(nr + !kept);
	pf_free_pages_exact(&mem, pfn, nr);
	it_is_out(damaged);
	so_many_are_missing(1);
	unpoison_is(damaged, 0);
	so_many_are_missing(0);
}

static void what_is_given_back_at_once_may_be_damaged(void **unused)
{
	(void)unused;
	exact_pages(5, 3, 0, true);
	exact_pages(5, 3, 3, true);
	exact_pages(5, 3, 4, true); /* a piece of its own */
	exact_pages(5, 3, 5, false);
	exact_pages(5, 3, 7, false);
	exact_pages(300, BLOCK, 0, true);
	exact_pages(300, BLOCK, 299, true);
	exact_pages(300, BLOCK, 300, false);
	exact_pages(300, BLOCK, 511, false);
}

static void trimmed(unsigned long nr, unsigned long at, bool kept)
{
	pf_pfn pfn = alloc(BLOCK + 1), bad = pfn + at;

	poison_is(bad, 1);
	assert_true(trim(&mem, pfn, nr, BLOCK + 1, PF_MOVABLE));
	all_is_right();
	assert_int_equal(is_marked(bad), kept);
	so_many_are_missing(nr + !kept);
	pf_free_pages_exact(&mem, pfn, nr);
	it_is_out(bad);
	so_many_are_missing(1);
	unpoison_is(bad, 0);
	so_many_are_missing(0);
}

static void so_may_whole_blocks(void **unused)
{
	(void)unused;
	trimmed(100, 99, true);
	trimmed(100, 100, false);
	trimmed(100, PF_BLOCK_PAGES, false);
	trimmed(PF_BLOCK_PAGES, 3, true);
	trimmed(PF_BLOCK_PAGES, PF_BLOCK_PAGES + 9, false);
	trimmed(PF_BLOCK_PAGES + 100, 3, true);
	trimmed(PF_BLOCK_PAGES + 100, PF_BLOCK_PAGES + 64, true);
	trimmed(PF_BLOCK_PAGES + 100, PF_BLOCK_PAGES + 100, false);
}

/* --- pf_verify() --- */

static void a_wrong_mark_is_found(void **unused)
{
	pf_pfn pfn = alloc(0), block = alloc(BLOCK);
	uint32_t *entry = &pf_block(&mem, pfn)->info, *word = &pf_page(&mem, pfn)->info;
	uint32_t *free = &pf_block(&mem, PAGES(64))->info;
	char why[240];

	(void)unused;
	*entry |= PF_INFO_MARKED;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	assert_non_null(strstr(why, "only one of a block and its pages is marked"));
	*entry &= ~PF_INFO_MARKED;
	*word |= PF_INFO_MARKED;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	assert_non_null(strstr(why, "only one of a block and its pages is marked"));
	*word &= ~PF_INFO_MARKED;
	pf_block(&mem, block)->info |= PF_INFO_MARKED;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	assert_non_null(strstr(why, "only one of a block and its pages is marked"));
	pf_block(&mem, block)->info &= ~PF_INFO_MARKED;
	poison_is(block, 1);
	pf_block(&mem, block)->use = PF_USE_PER_CPU;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	assert_non_null(strstr(why, "marked, and not in use"));
	pf_block(&mem, block)->use = PF_USE_MOVABLE;
	poison_is(pfn, 1);
	*word = (*word & ~PF_INFO_STATE) | PF_RESERVED;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	assert_non_null(strstr(why, "a page is marked that is not in use"));
	*word = (*word & ~PF_INFO_STATE) | PF_ALLOCATED;
	*free |= PF_INFO_MARKED;
	assert_false(pf_verify(&mem, why, sizeof(why)));
	*free &= ~PF_INFO_MARKED;
	pf_free_pages(&mem, pfn, 0);
	pf_free_pages(&mem, block, BLOCK);
	so_many_are_missing(2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_free_page_is_cut_out_of_its_chunk),
		TEST(nobody_gets_a_poisoned_page),
		TEST(a_block_can_be_bad_altogether),
		TEST(a_page_on_a_cpus_list_is_reached),
		TEST(a_page_in_use_is_out_when_it_is_freed),
		TEST(several_pages_of_a_chunk_are_out),
		TEST(a_marked_block_is_not_for_lists),
		TEST(a_block_in_use_stays_whole),
		TEST(it_was_no_damage),
		TEST(in_the_middle_of_a_free),
		TEST(what_is_not_the_allocators_is_refused),
		TEST(blocks_of_several_zones),
		TEST(pages_of_isolated_blocks),
		TEST(without_memory_for_descriptors),
		TEST(without_a_barrier_nothing_is_marked),
		TEST(unless_its_owner_frees_it_meanwhile),
		TEST(what_comes_back_from_a_list_is_looked_at),
		TEST(who_did_not_see_the_mark_loses_nothing),
		TEST(who_has_it_again_frees_it_for_good),
		TEST(in_the_end_one_gives_up),
		TEST(a_mark_that_is_wiped_out_is_given_up),
		TEST(the_last_turn_counts_as_any),
		TEST(between_the_zone_and_a_list),
		TEST(what_another_drains_is_waited_for),
		TEST(who_sees_the_mark_in_time),
		TEST(the_second_waits_for_its_turn),
		TEST(a_turn_lasts_until_all_is_drained),
		TEST(a_mark_that_settled_counts_at_once),
		TEST(what_is_given_back_at_once_may_be_damaged),
		TEST(so_may_whole_blocks),
		TEST(a_wrong_mark_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
