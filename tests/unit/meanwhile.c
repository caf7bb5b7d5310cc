/* SPDX-License-Identifier: MIT */
/*
 * What another CPU does meanwhile: between two looks at a word, while a lock is waited for, while a
 * CPU's lists are its to drain. Catches a chunk that two can free, what is taken although it is no
 * longer there, a CPU that uses lists that it is kept out of, and waiting for ever, or where
 * nobody may wait.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/isolate.h>

#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define CPUS	   2
#define HERE	   PF_GFP_THISNODE
#define SOME	   5  /* an order that has no per-CPU lists */
#define TOO_LONG   60 /* seconds; who waits for ever is ended */

static struct pf_mem mem;
static struct pf_zone *zone;
static pf_pfn got; /* what the other CPU was given */

static void boot(pf_phys size, unsigned long pages_at_once)
{
	struct pf_boot_config config = { .nr_cpus = CPUS, .pages_at_once = pages_at_once };

	pf_close(&mem);
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(16 * MIB, size);
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	got = PF_NO_PFN;
}

static int start(void **unused)
{
	(void)unused;
	alarm(TOO_LONG);
	boot(512 * MIB, 0);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
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

static void nobody_has_anything(void)
{
	assert_true(pf_drain_all(&mem));
	assert_int_equal(zone->nr_free, zone->managed);
	all_is_right();
}

static pf_pfn alloc(unsigned order, pf_gfp gfp)
{
	return pf_alloc_pages_node(&mem, order, gfp | HERE, 0, NULL);
}

static unsigned long on_cpu(unsigned cpu)
{
	return pf_per_cpu_pages(&mem, zone, cpu);
}

/* Whoever wants a page finds that so many more would have to be free. */
static void so_many_are_missing(unsigned long pages)
{
	for (int w = 0; w < PF_WATERMARKS; w++)
		zone->watermark[w] = zone->nr_free + pages;
}

/* A CPU's list has some pages, of those that cannot move. */
static void leave_some_on(unsigned cpu)
{
	pf_pfn pfn;

	host_set_cpu(cpu);
	pfn = alloc(0, 0);
	assert_true(pfn != PF_NO_PFN);
	pf_free_pages(&mem, pfn, 0);
	host_set_cpu(0);
	assert_true(on_cpu(cpu));
}

/* --- between two looks --- */

static struct {
	void *word; /* it cannot be written, until another CPU was there */
	pf_pfn pfn;
	unsigned order;
	bool drain;
} race;

static void write_protect(int how)
{
	uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)race.word & ~(size - 1);

	assert_int_equal(mprotect((void *)at, size, how), 0);
}

static void free_before(int signal)
{
	(void)signal;
	write_protect(PROT_READ | PROT_WRITE);
	host_set_cpu(1);
	pf_free_pages(&mem, race.pfn, race.order);
	if (race.drain)
		pf_drain_cpu(&mem, 1);
	host_set_cpu(0);
}

/* CPU 0 frees it too: it has looked at the chunk before the other one, and writes after it. */
static void of_two_the_second_is_told(unsigned order, bool drain, const char *is)
{
	struct sigaction handler = { .sa_handler = free_before }, before;

	race.order = order;
	race.pfn = alloc(order, 0);
	race.drain = drain;
	race.word = order < PF_BLOCK_ORDER ? (void *)&pf_page(&mem, race.pfn)->info
					   : (void *)&pf_block(&mem, race.pfn)->use;
	host_forget_output();
	assert_int_equal(sigaction(SIGSEGV, &handler, &before), 0);
	write_protect(PROT_READ);
	pf_free_pages(&mem, race.pfn, order);
	sigaction(SIGSEGV, &before, NULL);
	assert_non_null(strstr(host_output(), is));
	pf_free_pages(&mem, alloc(SOME, 0), SOME); /* nobody has the zone's lock */
	nobody_has_anything();
}

/* The block of the page that CPU 0 frees at the moment. */
static void isolate_before(int signal)
{
	pf_pfn block = race.pfn & ~(PF_BLOCK_PAGES - 1);

	(void)signal;
	write_protect(PROT_READ | PROT_WRITE);
	host_set_cpu(1);
	assert_int_equal(pf_isolate_range(&mem, block, block + PF_BLOCK_PAGES, PF_MOVABLE, 0, NULL),
			 0);
	host_set_cpu(0);
}

/*
 * CPU 0 is about to enter its lists when the block is isolated, and they are drained: what it knew
 * of the block before is old.
 */
static void a_free_that_enters_late(bool same_kind)
{
	struct sigaction handler = { .sa_handler = isolate_before }, before;
	pf_pfn other = alloc(0, same_kind ? PF_GFP_MOVABLE : PF_GFP_UNMOVABLE);

	race.order = 0;
	race.pfn = (pf_pfn)(100 * MIB >> PF_PAGE_SHIFT);
	assert_int_equal(pf_alloc_pages_at(&mem, race.pfn, 0), 0);
	pf_page(&mem, race.pfn)->info |= PF_MOVABLE << PF_INFO_MIGRATE_SHIFT; /* what for */
	race.word = &zone->pcp[0];
	pf_free_pages(&mem, other, 0); /* the short way knows this kind */
	assert_int_equal(sigaction(SIGSEGV, &handler, &before), 0);
	write_protect(PROT_READ);
	pf_free_pages(&mem, race.pfn, 0);
	sigaction(SIGSEGV, &before, NULL);
	assert_int_equal(on_cpu(0), 0);
	assert_int_equal(zone->nr_free_of[PF_ISOLATE], PF_BLOCK_PAGES);
	all_is_right();
	race.pfn &= ~(PF_BLOCK_PAGES - 1);
	pf_undo_isolate_range(&mem, race.pfn, race.pfn + PF_BLOCK_PAGES);
	nobody_has_anything();
}

static void a_free_reads_the_block_inside_its_lists(void **unused)
{
	(void)unused;
	a_free_that_enters_late(true);
}

static void a_free_of_another_kind_does_so_too(void **unused)
{
	(void)unused;
	a_free_that_enters_late(false);
}

static void of_two_who_free_a_page_one_is_told(void **unused)
{
	(void)unused;
	of_two_the_second_is_told(0, false, ": it is free already, on a per-CPU list; nothing");
}

static void of_two_who_free_a_block_one_is_told(void **unused)
{
	(void)unused;
	of_two_the_second_is_told(PF_BLOCK_ORDER, false,
				  ": it is free already, on a per-CPU list; nothing");
}

/* The block looks as if nobody freed it, but it is not allocated any more. */
static void a_block_that_another_freed_and_drained_is_not_freed_again(void **unused)
{
	(void)unused;
	of_two_the_second_is_told(PF_BLOCK_ORDER, true, ": it is free already; nothing");
}

/* --- while a lock is waited for --- */

/* The last of what there was goes to somebody who had the lock before. */
static void another_is_faster(void)
{
	so_many_are_missing(0);
	zone->lock.held = 0;
	host_relax = NULL;
}

static void who_gets_the_lock_last_gets_nothing(void **unused)
{
	const unsigned orders[] = { SOME, 0 }; /* one chunk, and a list to be filled */

	(void)unused;
	for (int i = 0; i < 2; i++) {
		for (int w = 0; w < PF_WATERMARKS; w++)
			zone->watermark[w] = 0;
		zone->lock.held = 1;
		host_relax = another_is_faster;
		assert_true(alloc(orders[i], 0) == PF_NO_PFN);
		assert_null(host_relax);
		nobody_has_anything();
	}
}

/* All that is left for later is CPU 0's to hand over by now, and none of it is free yet. */
static void another_wants_some(void)
{
	zone->lock.held = 0;
	host_relax = NULL;
	host_set_cpu(1);
	got = alloc(0, 0);
	host_set_cpu(0);
}

static void what_others_hand_over_is_not_waited_for(void **unused)
{
	unsigned long deferred;

	(void)unused;
	boot(64 * MIB, 1);
	deferred = pf_deferred_pages(&mem, 0);
	assert_true(deferred);
	so_many_are_missing(0);
	got = 0;
	zone->lock.held = 1;
	host_relax = another_wants_some;
	assert_int_equal(pf_release_deferred(&mem, 0, 1), deferred);
	assert_true(got == PF_NO_PFN);
	got = alloc(0, 0);
	assert_true(got != PF_NO_PFN);
	pf_free_pages(&mem, got, 0);
	nobody_has_anything();
}

static void another_hands_over_the_rest(int signal)
{
	(void)signal;
	write_protect(PROT_READ | PROT_WRITE);
	assert_true(pf_release_deferred(&mem, 0, ~0ul) > 0);
}

/* There was some left for CPU 0, until it asked for it. */
static void what_another_hands_over_is_not_handed_over_again(void **unused)
{
	struct sigaction handler = { .sa_handler = another_hands_over_the_rest }, before;

	(void)unused;
	boot(64 * MIB, 1);
	race.word = &mem.nodes[0]->deferred_next;
	assert_int_equal(sigaction(SIGSEGV, &handler, &before), 0);
	write_protect(PROT_READ);
	assert_int_equal(pf_release_deferred(&mem, 0, ~0ul), 0);
	sigaction(SIGSEGV, &before, NULL);
	assert_int_equal(pf_deferred_pages(&mem, 0), 0);
	nobody_has_anything();
}

/* --- while a CPU is drained --- */

/* CPU 0 was inside, and leaves: it is kept out from now on, and needs some pages. */
static void the_drained_one_goes_on(void)
{
	unsigned long there = on_cpu(0);

	host_relax = NULL;
	zone->pcp[0].lock.inside = 0;
	host_set_cpu(0);
	for (unsigned order = 0; order <= PF_BLOCK_ORDER; order += PF_BLOCK_ORDER) {
		pf_pfn pfn = pf_alloc_pages(&mem, order, 0), other = alloc(order, 0);

		assert_true(pfn != PF_NO_PFN && other != PF_NO_PFN && pfn != other);
		assert_int_equal(on_cpu(0), there);
		pf_free_pages(&mem, pfn, order);
		pf_free_pages(&mem, other, order);
		assert_int_equal(on_cpu(0), there);
	}
	assert_false(pf_drain_cpu(&mem, 0));
	assert_int_equal(on_cpu(0), there);
	got = pf_alloc_pages(&mem, 0, 0);
	host_set_cpu(1);
}

static void while_a_cpu_is_drained_it_does_without_its_lists(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	leave_some_on(0);
	zone->pcp[0].lock.inside = 1;
	host_relax = the_drained_one_goes_on;
	host_set_cpu(1);
	assert_true(pf_drain_cpu(&mem, 0));
	host_set_cpu(0);
	assert_null(host_relax);
	assert_int_equal(on_cpu(0), 0);
	assert_true(got != PF_NO_PFN);
	all_is_right();
	pf_free_pages(&mem, got, 0);
	nobody_has_anything();
}

/* One who drains CPU 0's lists does not come to an end: the CPU gives up, and may try later. */
static void who_is_drained_all_the_time_gives_up(void **unused)
{
	unsigned long there;

	(void)unused;
	leave_some_on(0);
	there = on_cpu(0);
	so_many_are_missing(0);
	assert_true(pf_cpu_keep_out(&zone->pcp[0].lock, true));
	assert_true(alloc(0, PF_GFP_MOVABLE) == PF_NO_PFN);
	assert_int_equal(on_cpu(0), there);
	pf_cpu_let_in(&zone->pcp[0].lock);
	got = alloc(0, PF_GFP_MOVABLE);
	assert_true(got != PF_NO_PFN);
	pf_free_pages(&mem, got, 0);
	nobody_has_anything();
}

static void the_other_has_drained(void)
{
	host_relax = NULL;
	pf_cpu_let_in(&zone->pcp[0].lock);
	pf_cpu_let_in(&zone->pcp[1].lock);
}

/* What CPU 0 cannot reach at first it can have when it has waited for CPU 1's lists. */
static void who_was_drained_meanwhile_looks_again(void **unused)
{
	(void)unused;
	leave_some_on(0);
	leave_some_on(1);
	so_many_are_missing(on_cpu(1));
	assert_true(pf_cpu_keep_out(&zone->pcp[0].lock, true));
	assert_true(pf_cpu_keep_out(&zone->pcp[1].lock, true));
	host_relax = the_other_has_drained;
	got = alloc(0, PF_GFP_MOVABLE);
	assert_null(host_relax);
	assert_true(got != PF_NO_PFN);
	pf_free_pages(&mem, got, 0);
	nobody_has_anything();
}

static void nobody_may_wait(void)
{
	fail_msg("it waits");
}

static void cpu_1_leaves(void)
{
	host_relax = NULL;
	zone->pcp[1].lock.inside = 0;
}

/* CPU 1 is in the middle of its lists: it is left alone, and asked no more than once. */
static void who_cannot_wait_does_without_what_others_have(void **unused)
{
	unsigned long there;

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		skip();
	leave_some_on(1);
	there = on_cpu(1);
	so_many_are_missing(0);
	zone->pcp[1].lock.inside = 1;
	host_relax = nobody_may_wait;
	host_barriers = 0;
	assert_true(alloc(0, PF_GFP_ATOMIC) == PF_NO_PFN);
	assert_int_equal(host_barriers, 1);
	assert_int_equal(on_cpu(1), there);
	host_relax = cpu_1_leaves;
	got = alloc(0, 0);
	assert_true(got != PF_NO_PFN);
	assert_int_equal(on_cpu(1), 0);
	pf_free_pages(&mem, got, 0);
	nobody_has_anything();
}

/* Another CPU drains its lists, and does not end: who waits gives up at last, who cannot at once.
 */
static void who_is_kept_out_of_his_own_lists_gives_up(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		return;
	leave_some_on(0);
	zone->pcp[0].lock.kept_out = 1;
	assert_false(pf_drain_cpu(&mem, 0));
	so_many_are_missing(2);
	assert_true(alloc(0, PF_GFP_ATOMIC) == PF_NO_PFN);
	zone->pcp[0].lock.kept_out = 0;
	nobody_has_anything();
}

static void brings_it_back(void)
{
	host_relax = NULL;
	pf_store(&zone->pcp[1].lock.inside, 0);
	host_set_cpu(CPUS);
	pf_free_pages(&mem, got, 0);
	host_set_cpu(0);
}

/* CPU 1's lists look empty, and it has a page between them and the zone: who may wait, waits. */
static void what_is_between_a_list_and_the_zone_is_waited_for(void **unused)
{
	pf_pfn pfn;

	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		return;
	got = alloc(0, PF_GFP_MOVABLE);
	assert_true(pf_drain_all(&mem));
	so_many_are_missing(0);
	zone->pcp[1].lock.inside = 1;
	host_relax = brings_it_back;
	pfn = alloc(0, PF_GFP_MOVABLE);
	assert_true(pfn != PF_NO_PFN);
	pf_free_pages(&mem, pfn, 0);
	nobody_has_anything();
}

static void it_leaves(void)
{
	host_relax = NULL;
	pf_store(&zone->pcp[1].lock.inside, 0);
}

/* A given page is on CPU 1's list, and CPU 1 is inside. */
static void who_wants_a_given_page_waits_for_its_cpu(void **unused)
{
	(void)unused;
	if (!PF_CPU_LOCK_PLAIN)
		return;
	host_set_cpu(1);
	got = alloc(0, PF_GFP_MOVABLE);
	pf_free_pages(&mem, got, 0);
	host_set_cpu(0);
	zone->pcp[1].lock.inside = 1;
	host_relax = it_leaves;
	assert_int_equal(pf_alloc_pages_at(&mem, got, 0), 0);
	assert_null(host_relax);
	pf_free_pages(&mem, got, 0);
	nobody_has_anything();
}

#define MEANWHILE_TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEANWHILE_TEST(of_two_who_free_a_page_one_is_told),
		MEANWHILE_TEST(of_two_who_free_a_block_one_is_told),
		MEANWHILE_TEST(a_block_that_another_freed_and_drained_is_not_freed_again),
		MEANWHILE_TEST(a_free_reads_the_block_inside_its_lists),
		MEANWHILE_TEST(a_free_of_another_kind_does_so_too),
		MEANWHILE_TEST(who_is_kept_out_of_his_own_lists_gives_up),
		MEANWHILE_TEST(what_is_between_a_list_and_the_zone_is_waited_for),
		MEANWHILE_TEST(who_wants_a_given_page_waits_for_its_cpu),
		MEANWHILE_TEST(who_gets_the_lock_last_gets_nothing),
		MEANWHILE_TEST(what_others_hand_over_is_not_waited_for),
		MEANWHILE_TEST(what_another_hands_over_is_not_handed_over_again),
		MEANWHILE_TEST(while_a_cpu_is_drained_it_does_without_its_lists),
		MEANWHILE_TEST(who_is_drained_all_the_time_gives_up),
		MEANWHILE_TEST(who_was_drained_meanwhile_looks_again),
		MEANWHILE_TEST(who_cannot_wait_does_without_what_others_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
