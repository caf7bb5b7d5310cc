/* SPDX-License-Identifier: MIT */
/*
 * What another CPU does while memory and devices come and go: a block changes its zone while the
 * old one's lock is waited for, a page is freed in the last round, a reference is had between two
 * looks at the count. Catches who relies upon a zone that a block was in before, who gives up too
 * early or goes on with what has changed, and who takes what was handed out against the rules; a
 * block that nobody describes, or two do.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/device.h>
#include <pageframe/walk.h>

#include "../../src/isolate/internal.h"

#include "host.h"

#define MIB	   ((pf_phys)1 << 20)
#define PAGES(mib) ((pf_pfn)(mib) << (20 - PF_PAGE_SHIFT))
#define POSSIBLE   2048 /* MiB */
#define RAM	   256	/* MiB, from 16 MiB on, of node 0 */
#define NEW	   1100 /* MiB, where memory of node 1 comes; its entries have a page of their own */
#define SIZE	   16	/* MiB of it */
#define BLOCK	   PF_BLOCK_PAGES
#define TOO_LONG   60 /* seconds; who waits for ever is ended */

/* In pages of its own, so that single words can be kept from being written; see start(). */
static struct pf_mem *mem;
static struct pf_zone *normal, *movable; /* of node 1 */
static char *ground;			 /* the pages */
static size_t page_size;

/* --- a machine --- */

/* The words that writers share begin a page: a write to what is before them can be noticed. */
static void boot(const struct pf_boot_config *config)
{
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	if (!ground)
		ground = mmap(NULL, 4 * page_size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(ground != MAP_FAILED);
	mem = (struct pf_mem *)(ground + 2 * page_size - offsetof(struct pf_mem, described));
	alarm(TOO_LONG);
	pf_close(mem);
	host_reset();
	memblock_add_node(16 * MIB, RAM * MIB, 0, MEMBLOCK_NONE);
	memblock_set_bottom_up(true); /* what boot takes is in the first blocks */
	assert_int_equal(pf_boot(mem, config), 0);
	memblock_free_all(mem);
}

static struct pf_boot_config plain_config(void)
{
	struct pf_boot_config config = { .max_possible_pfn = PAGES(POSSIBLE),
					 .nr_cpus = 2,
					 .nr_nodes = 2 };

	return config;
}

static void all_is_right(void)
{
	char why[240];

	if (!pf_verify(mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static void online_as(enum pf_online_to to)
{
	assert_int_equal(pf_online_pages(mem, PAGES(NEW), PAGES(SIZE), to), 0);
}

static void offline(void)
{
	assert_int_equal(pf_offline_pages(mem, PAGES(NEW), PAGES(SIZE), NULL, NULL), 0);
}

static int start(void **unused)
{
	struct pf_boot_config config = plain_config();

	(void)unused;
	boot(&config);
	normal = &mem->nodes[1]->zone[PF_ZONE_NORMAL];
	movable = &mem->nodes[1]->zone[PF_ZONE_MOVABLE];
	assert_int_equal(pf_add_memory(mem, 1, NEW * MIB, SIZE * MIB, 0), 0);
	online_as(PF_ONLINE_KERNEL);
	all_is_right();
	return 0;
}

/* Of who stopped the machine. */
static int end_as_it_is(void **unused)
{
	(void)unused;
	host_relax = NULL;
	host_panic_jump = NULL;
	host_set_cpu(0);
	pf_close(mem);
	alarm(0);
	return 0;
}

static int end(void **unused)
{
	all_is_right();
	return end_as_it_is(unused);
}

static enum pf_state state_of(pf_pfn pfn)
{
	return pf_info_state(pf_page_info(mem, pfn));
}

/* A chunk that can move is in use. */
static void use(pf_pfn pfn, unsigned order)
{
	assert_int_equal(pf_alloc_pages_at(mem, pfn, order), 0);
	pf_page(mem, pfn)->info |= info_migratetype(PF_MOVABLE);
}

static void is_free_again(pf_pfn pfn, unsigned order)
{
	host_set_cpu(1);
	pf_free_pages(mem, pfn, order);
	pf_drain_cpu(mem, 1);
	host_set_cpu(0);
}

/* --- while a lock is waited for --- */

static void (*what)(void);

static void while_locked(void)
{
	void (*it)(void) = what;

	host_relax = NULL;
	what = NULL;
	normal->lock.held = 0;
	it();
}

static void somebody_has_the_lock(void (*does)(void))
{
	what = does;
	normal->lock.held = 1;
	host_relax = while_locked;
}

static void the_other_was_there(void)
{
	assert_null(what);
	assert_null(host_relax);
}

static void moves_elsewhere(void)
{
	offline();
	online_as(PF_ONLINE_MOVABLE);
}

static void goes_for_good(void)
{
	offline();
	assert_int_equal(pf_remove_memory(mem, NEW * MIB, SIZE * MIB), 0);
}

static void is_in(pf_pfn pfn, enum pf_state state, enum pf_zone_type zone)
{
	uint32_t info = pf_page_info(mem, pfn);

	assert_int_equal(pf_info_state(info), state);
	assert_int_equal(pf_info_zone(info), zone);
}

static void a_chunk_is_had_from_where_it_is(void **unused)
{
	(void)unused;
	somebody_has_the_lock(moves_elsewhere);
	assert_int_equal(pf_alloc_pages_at(mem, PAGES(NEW) + 3, 0), 0);
	the_other_was_there();
	is_in(PAGES(NEW) + 3, PF_ALLOCATED, PF_ZONE_MOVABLE);
	pf_free_pages(mem, PAGES(NEW) + 3, 0);
	pf_drain_all(mem);
	offline();
	online_as(PF_ONLINE_KERNEL);
	somebody_has_the_lock(goes_for_good);
	assert_int_equal(pf_alloc_pages_at(mem, PAGES(NEW) + 3, 0), -PF_EINVAL);
	the_other_was_there();
}

static void a_damaged_page_is_out_where_it_is(void **unused)
{
	(void)unused;
	somebody_has_the_lock(moves_elsewhere);
	assert_int_equal(pf_poison_page(mem, PAGES(NEW) + 3), 0);
	the_other_was_there();
	is_in(PAGES(NEW) + 3, PF_POISONED, PF_ZONE_MOVABLE);
	offline();
	online_as(PF_ONLINE_KERNEL);
	somebody_has_the_lock(goes_for_good);
	assert_int_equal(pf_poison_page(mem, PAGES(NEW) + 4), -PF_EINVAL);
	the_other_was_there();
}

/* The lock that is taken is that of the zone in which the block is when it is taken. */
static void a_block_is_locked_where_it_is(void **unused)
{
	pf_irqflags flags;

	(void)unused;
	somebody_has_the_lock(moves_elsewhere);
	assert_ptr_equal(lock_zone_of(mem, PAGES(NEW), &flags), movable);
	the_other_was_there();
	assert_int_equal(movable->lock.held, 1);
	assert_int_equal(normal->lock.held, 0);
	pf_unlock_irqrestore(&movable->lock, flags);
}

static void blocks_are_isolated_where_they_are(void **unused)
{
	(void)unused;
	somebody_has_the_lock(moves_elsewhere);
	assert_int_equal(pf_isolate_range(mem, PAGES(NEW), PAGES(NEW + SIZE), PF_MOVABLE, 0, NULL),
			 0);
	the_other_was_there();
	assert_int_equal(movable->nr_free_of[PF_ISOLATE], PAGES(SIZE));
	all_is_right();
	pf_undo_isolate_range(mem, PAGES(NEW), PAGES(NEW + SIZE));
}

static void lets_go_of_it(void)
{
	host_relax = NULL;
	movable->lock.held = 0;
}

static void moves_and_locks_it(void)
{
	moves_elsewhere();
	movable->lock.held = 1;
	host_relax = lets_go_of_it;
}

/* The block is split, for one of its pages is damaged: who looks inside takes the lock. */
static void a_page_is_told_from_where_it_is(void **unused)
{
	uint32_t info;

	(void)unused;
	assert_int_equal(pf_poison_page(mem, PAGES(NEW) + 3), 0);
	somebody_has_the_lock(moves_and_locks_it);
	info = pf_page_info(mem, PAGES(NEW) + 3);
	the_other_was_there(); /* in both zones */
	assert_int_equal(pf_info_state(info), PF_POISONED);
	assert_int_equal(pf_info_zone(info), PF_ZONE_MOVABLE);
	offline();
	online_as(PF_ONLINE_KERNEL);
	somebody_has_the_lock(goes_for_good);
	assert_int_equal(pf_page_info(mem, PAGES(NEW) + 3), 0);
	the_other_was_there();
}

/* --- a word that cannot be read or written, until another CPU was there --- */

static struct {
	const void *word;
	void (*meanwhile)(void);
	struct sigaction before;
	int times;
} race;

static void protect(const void *word, int how)
{
	uintptr_t at = (uintptr_t)word & ~(uintptr_t)(page_size - 1);

	assert_int_equal(mprotect((void *)at, page_size, how), 0);
}

static void the_other_is_there(int signal)
{
	(void)signal;
	if (race.times++) /* something else is wrong */
		abort();
	protect(race.word, PROT_READ | PROT_WRITE);
	race.meanwhile();
}

static void before_it_is_used(const void *word, int how, void (*meanwhile)(void))
{
	struct sigaction handler = { .sa_handler = the_other_is_there };

	race.word = word;
	race.meanwhile = meanwhile;
	race.times = 0;
	assert_int_equal(sigaction(SIGSEGV, &handler, &race.before), 0);
	protect(word, how);
}

static void it_was_used(void)
{
	sigaction(SIGSEGV, &race.before, NULL);
	assert_int_equal(race.times, 1);
}

static void the_lock_is_taken(void)
{
	somebody_has_the_lock(moves_elsewhere);
}

static int moves_it(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	(void)m;
	(void)from;
	(void)to;
	(void)order;
	(void)arg;
	fail_msg("nothing of this can be moved");
	return -1;
}

/* The search has read the entry, and when it has the lock all of the memory is another zone's. */
static void a_search_takes_nothing_of_another_zone(void **unused)
{
	const struct pf_mover mover = { moves_it, NULL };
	const struct search s = { .mem = mem,
				  .zone = normal,
				  .start = PAGES(NEW),
				  .end = PAGES(NEW) + BLOCK,
				  .nr = 8,
				  .align = 1,
				  .type = PF_MOVABLE,
				  .harder = true,
				  .mover = &mover };

	(void)unused;
	assert_int_equal(pf_poison_page(mem, PAGES(NEW) + BLOCK - 1), 0);
	before_it_is_used(pf_block(mem, PAGES(NEW)), PROT_NONE, the_lock_is_taken);
	assert_true(pfi_search(&s, 0) == PF_NO_PFN);
	it_was_used();
	the_other_was_there();
	assert_int_equal(movable->nr_free, PAGES(SIZE) - 1);
}

/* --- soft offline --- */

static void frees_and_takes_offline(void)
{
	is_free_again(PAGES(NEW) + 3, 0);
	offline();
}

/* When the page is known to be in use, and the turn is given back. */
static void when_the_turn_ends(void)
{
	before_it_is_used(&mem->poisoning, PROT_READ, frees_and_takes_offline);
}

static void what_goes_offline_meanwhile_is_told(void **unused)
{
	const struct pf_mover mover = { moves_it, NULL };
	struct pf_obstacle o = { 0 };

	(void)unused;
	use(PAGES(NEW) + 3, 0);
	somebody_has_the_lock(when_the_turn_ends);
	assert_int_equal(pf_soft_offline(mem, PAGES(NEW) + 3, &mover, &o), -PF_ENXIO);
	it_was_used();
	the_other_was_there();
	assert_string_equal(o.why, "it is offline");
	assert_int_equal(o.pfn, PAGES(NEW) + 3);
}

/* --- is it isolated? --- */

static void undoes_it(void)
{
	pf_undo_isolate_range(mem, PAGES(NEW), PAGES(NEW) + BLOCK);
}

static void frees_the_last(void)
{
	is_free_again(PAGES(NEW) + 3, 0);
}

/* Only under the lock is it known what the block is. */
static void what_is_isolated_is_seen_under_the_lock(void **unused)
{
	pf_pfn from = PAGES(NEW), to = from + BLOCK;

	(void)unused;
	use(from + 3, 0);
	assert_int_equal(pf_isolate_range(mem, from, to, PF_MOVABLE, 0, NULL), 0);
	assert_true(pf_test_pages_isolated(mem, from, to, 0) == from + 3);
	somebody_has_the_lock(undoes_it);
	assert_true(pf_test_pages_isolated(mem, from, to, 0) == from);
	the_other_was_there();
	assert_int_equal(pf_isolate_range(mem, from, to, PF_MOVABLE, 0, NULL), 0);
	somebody_has_the_lock(frees_the_last);
	assert_true(pf_test_pages_isolated(mem, from + 1, to, 0) == to);
	the_other_was_there();
	undoes_it();
}

/* --- rounds --- */

static int rounds;
static pf_pfn last;

static void is_freed_at_last(void)
{
	if (--rounds)
		return;
	host_relax = NULL;
	is_free_again(last, 0);
}

/* Without a mover each round waits for owners; the tenth is the last, and it counts. */
static void who_frees_in_the_last_round_is_in_time(void **unused)
{
	struct pf_obstacle o = { 0 };

	(void)unused;
	last = PAGES(NEW) + 3;
	use(last, 0);
	rounds = 11;
	host_relax = is_freed_at_last;
	assert_int_equal(pf_offline_pages(mem, PAGES(NEW), PAGES(SIZE), NULL, &o), -PF_EBUSY);
	assert_int_equal(rounds, 1);
	assert_string_equal(o.why, "it is in use, and there is no mover");
	rounds = 10;
	assert_int_equal(pf_offline_pages(mem, PAGES(NEW), PAGES(SIZE), NULL, NULL), 0);
	assert_null(host_relax);
	assert_int_equal(state_of(last), PF_OFFLINE);
}

/* --- against the rules --- */

static void hands_out(uint32_t *info)
{
	host_relax = NULL;
	*info = (*info & ~PF_INFO_STATE) | PF_ALLOCATED;
	is_free_again(PAGES(NEW) + 2 * BLOCK, 0);
}

static void hands_out_a_block(void)
{
	hands_out(&pf_block(mem, PAGES(NEW))->info);
}

static void hands_out_a_page(void)
{
	hands_out(&pf_page(mem, PAGES(NEW))->info);
}

/* It was seen to be free, and isolated, and the last of the range is waited for. */
static void the_machine_stops(void (*does)(void))
{
	jmp_buf jump;

	use(PAGES(NEW) + 2 * BLOCK, 0);
	host_relax = does;
	host_panic_jump = &jump;
	if (!setjmp(jump)) {
		pf_offline_pages(mem, PAGES(NEW), PAGES(SIZE), NULL, NULL);
		fail_msg("nobody noticed");
	}
	assert_string_equal(host_panic_message, "a page of an isolated block was handed out");
}

static void a_block_of_an_isolated_range_is_handed_out(void **unused)
{
	(void)unused;
	the_machine_stops(hands_out_a_block);
}

static void a_page_of_an_isolated_range_is_handed_out(void **unused)
{
	(void)unused;
	assert_int_equal(pf_poison_page(mem, PAGES(NEW) + BLOCK - 1), 0);
	the_machine_stops(hands_out_a_page);
}

/* --- references --- */

static struct pf_dev_pagemap *pgmap, *others;

static void gets_one(void)
{
	others = pf_get_dev_pagemap(mem, PAGES(NEW + 100));
	assert_ptr_equal(others, pgmap);
}

static void map(void)
{
	pgmap = (struct pf_dev_pagemap *)ground;
	*pgmap = (struct pf_dev_pagemap){ .start = (NEW + 100) * MIB, .size = 2 * MIB };
	assert_int_equal(pf_memremap_pages(mem, pgmap), 0);
}

/* Two count themselves at once: none is lost. */
static void references_are_counted_one_by_one(void **unused)
{
	(void)unused;
	map();
	before_it_is_used(&pgmap->refs, PROT_READ, gets_one);
	assert_ptr_equal(pf_get_dev_pagemap(mem, PAGES(NEW + 100)), pgmap);
	it_was_used();
	assert_int_equal(pgmap->refs, 5);
	pf_put_dev_pagemap(others);
	pf_put_dev_pagemap(pgmap);
	pf_put_dev_pagemap(NULL);
	assert_int_equal(pgmap->refs, 1);
	pf_memunmap_pages(mem, pgmap);
}

static void takes_new_ones_away(void)
{
	pf_fetch_add(&pgmap->refs, 0u - 1);
}

/* The device goes between two looks at the count: it is not had any more. */
static void no_reference_is_had_of_what_goes(void **unused)
{
	(void)unused;
	map();
	before_it_is_used(&pgmap->refs, PROT_READ, takes_new_ones_away);
	assert_null(pf_get_dev_pagemap(mem, PAGES(NEW + 100)));
	it_was_used();
	assert_int_equal(pgmap->refs, 0);
	pf_fetch_add(&pgmap->refs, 1);
	pf_memunmap_pages(mem, pgmap);
}

/* --- descriptors --- */

static void writes_all_the_others(void)
{
	assert_true(pf_init_descriptors(mem, ~0ul) > 0);
}

/* There were blocks left to describe, until this CPU asked for one. */
static void what_another_describes_is_not_described_again(void **unused)
{
	unsigned long described;

	(void)unused;
	before_it_is_used(&mem->described_next, PROT_READ, writes_all_the_others);
	assert_int_equal(pf_init_descriptors(mem, ~0ul), 0);
	it_was_used();
	described = pf_described_blocks(mem);
	assert_int_equal(pf_init_descriptors(mem, ~0ul), 0);
	assert_int_equal(pf_described_blocks(mem), described);
}

static unsigned long left_behind;

static void goes_on(void)
{
	host_luck = HOST_LUCKY;
	assert_int_equal(pf_init_descriptors(mem, 3), 3);
}

static void goes_back_as_far(void)
{
	host_luck = HOST_LUCKY;
	pf_store(&mem->described_next, left_behind);
}

static void (*meanwhile)(void);

/* The host has no memory for the block's, and another CPU is there before that is written down. */
static int no_memory(void *virt, pf_phys phys, size_t size, int nid)
{
	if (host_luck)
		return host_on_demand.map(virt, phys, size, nid);
	left_behind = mem->described_next - 1;
	before_it_is_used(&mem->described_next, PROT_READ, meanwhile);
	return -PF_ENOMEM;
}

/* Wherever others are, the next goes on no later than with the block that was left behind. */
static void what_could_not_be_described_is_not_passed_over(void **unused)
{
	void (*const others_do[])(void) = { goes_on, goes_back_as_far };
	struct pf_memmap_ops ops = host_on_demand;
	struct pf_boot_config config = plain_config();

	(void)unused;
	ops.map = no_memory;
	config.memmap = &ops;
	for (int i = 0; i < 2; i++) {
		boot(&config);
		meanwhile = others_do[i];
		host_luck = 0;
		assert_int_equal(pf_init_descriptors(mem, ~0ul), 0);
		it_was_used();
		assert_int_equal(mem->described_next, left_behind);
		assert_int_equal(pf_init_descriptors(mem, 1), 1);
		assert_int_equal(mem->blocks[left_behind].described, PF_DESCRIBED);
		all_is_right();
		pf_close(mem);
	}
}

static struct pf_block *written;

static void has_no_memory_for_them(void)
{
	host_relax = NULL;
	pf_store(&written->described, PF_UNDESCRIBED);
}

static void has_written_them(void)
{
	has_no_memory_for_them();
	assert_true(pf_init_descriptors(mem, ~0ul) > 0);
}

/* Another has begun to write a block's descriptors: he will be done, or leave it to this CPU. */
static void who_writes_descriptors_is_waited_for(void **unused)
{
	void (*const others_do[])(void) = { has_no_memory_for_them, has_written_them };

	(void)unused;
	for (unsigned i = 0; i < 2; i++) {
		pf_pfn pfn = PAGES(NEW) + i * BLOCK + 3;
		unsigned long described = pf_described_blocks(mem);

		written = pf_block(mem, pfn);
		assert_int_equal(written->described, PF_UNDESCRIBED);
		written->described = PF_DESCRIBING;
		host_relax = others_do[i];
		assert_int_equal(pf_alloc_pages_at(mem, pfn, 0), 0);
		assert_null(host_relax);
		assert_int_equal(written->described, PF_DESCRIBED);
		assert_true(i || pf_described_blocks(mem) == described + 1);
		assert_int_equal(state_of(pfn), PF_ALLOCATED);
		assert_int_equal(state_of(pfn + 1), PF_FREE);
		is_free_again(pfn, 0);
	}
}

/* What a free has cut out of its chunk is nobody's yet, all of it. */
static void a_block_on_its_way_to_the_lists(void **unused)
{
	struct pf_page *page = pf_page(mem, PAGES(NEW));
	uint32_t was[BLOCK];

	(void)unused;
	use(PAGES(NEW) + 3, 0);
	for (unsigned long i = 0; i < BLOCK; i++) {
		was[i] = page[i].info;
		page[i].info = (page[i].info & PF_INFO_PLACE) | PF_TAIL;
	}
	for (unsigned long i = 0; i < BLOCK; i++)
		assert_int_equal(state_of(PAGES(NEW) + i), PF_PER_CPU);
	for (unsigned long i = 0; i < BLOCK; i++)
		page[i].info = was[i];
	is_free_again(PAGES(NEW) + 3, 0);
}

/* --- what is looked at stays --- */

static uint32_t readers_met;

static void count_readers(void)
{
	readers_met = mem->readers.inside[0] + mem->readers.inside[1];
	normal->lock.held = 0;
}

/* Else the marks of blocks that hold descriptors are others' while they are walked. */
static void who_asks_for_the_removable_is_a_reader(void **unused)
{
	(void)unused;
	readers_met = 0;
	normal->lock.held = 1;
	host_relax = count_readers;
	assert_true(pf_is_removable(mem, PAGES(NEW), PAGES(SIZE), NULL));
	assert_int_equal(readers_met, 1);
	assert_int_equal(mem->readers.inside[0] + mem->readers.inside[1], 0);
	assert_false(pf_is_removable(mem, PAGES(NEW), PAGES(SIZE + 1), NULL));
	assert_int_equal(mem->readers.inside[0] + mem->readers.inside[1], 0);
}

#define MEANWHILE_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
#define STOPS(name)	     cmocka_unit_test_setup_teardown(name, start, end_as_it_is)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEANWHILE_TEST(a_chunk_is_had_from_where_it_is),
		MEANWHILE_TEST(a_damaged_page_is_out_where_it_is),
		MEANWHILE_TEST(a_block_is_locked_where_it_is),
		MEANWHILE_TEST(blocks_are_isolated_where_they_are),
		MEANWHILE_TEST(a_page_is_told_from_where_it_is),
		MEANWHILE_TEST(a_search_takes_nothing_of_another_zone),
		MEANWHILE_TEST(what_goes_offline_meanwhile_is_told),
		MEANWHILE_TEST(what_is_isolated_is_seen_under_the_lock),
		MEANWHILE_TEST(who_frees_in_the_last_round_is_in_time),
		STOPS(a_block_of_an_isolated_range_is_handed_out),
		STOPS(a_page_of_an_isolated_range_is_handed_out),
		MEANWHILE_TEST(references_are_counted_one_by_one),
		MEANWHILE_TEST(no_reference_is_had_of_what_goes),
		MEANWHILE_TEST(what_another_describes_is_not_described_again),
		MEANWHILE_TEST(who_writes_descriptors_is_waited_for),
		MEANWHILE_TEST(a_block_on_its_way_to_the_lists),
		MEANWHILE_TEST(who_asks_for_the_removable_is_a_reader),
		cmocka_unit_test_teardown(what_could_not_be_described_is_not_passed_over,
					  end_as_it_is),
	};

	return cmocka_run_group_tests_name("hotplug_meanwhile", tests, NULL, NULL);
}
