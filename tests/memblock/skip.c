/* SPDX-License-Identifier: MIT */
/*
 * What searches remember (src/memblock/skip.c). From outside, a search that has forgotten is only
 * slower; so these cases ask skip.c itself.
 */
#include "common.h"

#include "../../src/memblock/internal.h"

/* Where a search begins, and nothing is learnt. */
static phys_addr_t top(phys_addr_t size, phys_addr_t align)
{
	return mb_skip_top(&(struct request){ size, align, NUMA_NO_NODE, MEMBLOCK_NONE });
}

static phys_addr_t bottom(phys_addr_t size, phys_addr_t align)
{
	return mb_skip_bottom(&(struct request){ size, align, NUMA_NO_NODE, MEMBLOCK_NONE });
}

/* By the direction of the case. */
static phys_addr_t begin(phys_addr_t size, phys_addr_t align)
{
	return memblock_bottom_up() ? bottom(size, align) : top(size, align);
}

/* @n pages, one after the other. */
static void take_pages(unsigned int n)
{
	while (n--)
		EXPECT(memblock_phys_alloc(0x1000, 0x1000) != 0);
}

static void nothing_is_known_at_first(void)
{
	EXPECT_EQ(top(0x1000, 0x1000), 0x200000);
	EXPECT_EQ(bottom(0x1000, 0x1000), 0x100000);
	fresh();
	EXPECT_EQ(top(0x1000, 0x1000), 0);
	EXPECT_EQ(bottom(0x1000, 0x1000), PF_PAGE_SIZE);
	ok(memblock_add(0, 0x800));
	EXPECT_EQ(top(0x1000, 0x1000), 0x800);
	EXPECT_EQ(bottom(0x1000, 0x1000), PF_PAGE_SIZE); /* nobody gets the first page */
}

static void the_last_block_is_where_the_next_search_begins(void)
{
	take_pages(1);
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x200000, 0x100000));
	take_pages(4);
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1fc000, 0x104000));
}

static void the_first_block_in_changed_memory_is_remembered(void)
{
	ok(memblock_remove(0x100000, 0x800));
	ok(memblock_remove(0x1ff800, 0x800));
	take_pages(1);
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1ff000, 0x101000));
}

static void harder_requests_know_it_too(void)
{
	take_pages(5);
	EXPECT_EQ(begin(0x2000, 0x1000), way(0x1fd000, 0x104000));
	EXPECT_EQ(begin(0x1000, 0x2000), way(0x1fc000, 0x104000));
	EXPECT_EQ(begin(0x1001, 0x1000), way(0x1fc001, 0x104000));
	EXPECT_EQ(begin(0x20000, 0x20000), way(0x200000, 0x104000));
}

static void easier_requests_do_not(void)
{
	take_pages(5);
	EXPECT_EQ(begin(0xfff, 0x1000), way(0x200000, 0x100000));
	EXPECT_EQ(begin(0x1000, 0x800), way(0x200000, 0x100000));
	EXPECT_EQ(begin(0x2000, 0x800), way(0x200000, 0x100000));
}

static void other_kinds_of_memory_do_not(void)
{
	struct request rq = { 0x1000, 0x1000, NUMA_NO_NODE, MEMBLOCK_MIRROR };

	take_pages(5);
	EXPECT_EQ(mb_skip_top(&rq), 0x200000);
	EXPECT_EQ(mb_skip_bottom(&rq), 0x100000);
	/* What holds for any node holds for each. */
	rq = (struct request){ 0x1000, 0x1000, 3, MEMBLOCK_NONE };
	if (memblock_bottom_up())
		EXPECT_EQ(mb_skip_bottom(&rq), 0x104000);
	else
		EXPECT_EQ(mb_skip_top(&rq), 0x1fc000);
}

#if PF_NUMA
static void one_node_says_nothing_about_another(void)
{
	struct request rq = { 0x1000, 0x1000, 2, MEMBLOCK_NONE };

	dummy_nodes();
	EXPECT(memblock_phys_alloc_try_nid(0x1000, 0x1000, 2) != 0);
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x200000, 0x100000));
	if (memblock_bottom_up())
		EXPECT_EQ(mb_skip_bottom(&rq), node_base(2));
	else
		EXPECT_EQ(mb_skip_top(&rq), node_end(2));
	rq.nid = 3;
	EXPECT_EQ(mb_skip_top(&rq), 0x200000);
	EXPECT_EQ(mb_skip_bottom(&rq), 0x100000);
}
#endif

static void the_other_direction_knows_nothing(void)
{
	take_pages(5);
	memblock_set_bottom_up(!memblock_bottom_up());
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x200000, 0x100000));
}

static void freeing_keeps_what_still_holds(void)
{
	take_pages(8);
	ok(memblock_phys_free(way(0x1fb000, 0x103000), 0x800)); /* too small */
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1f9000, 0x107000));
	ok(memblock_phys_free(way(0x1fd000, 0x102000), 0x1000)); /* just large enough */
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1fe000, 0x102000));
	ok(memblock_phys_free(way(0x1fa000, 0x105000), 0x1000)); /* further on */
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1fe000, 0x102000));
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), way(0x1fd000, 0x102000));
}

static void freeing_next_to_free_memory_counts_both(void)
{
	take_pages(8);
	ok(memblock_phys_free(way(0x1fb000, 0x104000), 0x800));
	ok(memblock_phys_free(way(0x1fb800, 0x104800), 0x800));
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1fc000, 0x104000));
}

static void freeing_at_either_end_of_memory(void)
{
	take_pages(4);
	ok(memblock_phys_free(way(0x1ff000, 0x100000), 0x1000));
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x200000, 0x100000));
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), way(0x1ff000, 0x100000));
}

static void reserving_keeps_what_is_known(void)
{
	take_pages(4);
	ok(memblock_reserve(0x150000, 0x1000));
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1fd000, 0x103000));
	EXPECT_EQ(memblock_reserve(0x150000, 0x1000), 0);
	ok(memblock_reserved_mark_noinit(0x150000, 0x1000));
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1fd000, 0x103000));
}

/* Each change of memory, in turn. */
static int change_memory(int how)
{
	switch (how) {
	case 0:
		return memblock_add(0x80000, 0x1000);
	case 1:
		return memblock_remove(0x80000, 0x1000);
	case 2:
		return memblock_mark_hotplug(0x150000, 0x1000);
	case 3:
		return memblock_clear_hotplug(0x150000, 0x1000);
	case 4:
		return memblock_mark_nomap(0x150000, 0x1000);
	default:
		return memblock_clear_nomap(0x150000, 0x1000);
	}
}

static void any_change_of_memory_forgets_all(void)
{
	for (int how = 0; how < 6; how++) {
		take_pages(2);
		EXPECT(begin(0x1000, 0x1000) != way(0x200000, memblock_start_of_DRAM()));
		ok(change_memory(how));
		EXPECT_EQ(begin(0x1000, 0x1000), way(0x200000, memblock_start_of_DRAM()));
	}
}

static void trimming_forgets_all(void)
{
	ok(memblock_remove(0x1ff800, 0x800));
	take_pages(3);
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1fd000, 0x102000));
	memblock_trim_memory(0x1000); /* as many regions, and as many bytes in total_size */
	EXPECT_EQ(begin(0x1000, 0x1000), way(0x1ff000, 0x100000));
}

static void searches_that_find_nothing_are_remembered(void)
{
	EXPECT_EQ(memblock_phys_alloc(0x200000, 0x1000), 0);
	EXPECT_EQ(begin(0x200000, 0x1000), way(0x200000, PHYS_ADDR_MAX - 0x200000));
	ok(memblock_reserve(0x180000, 0x80000));
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x180000, 0x300000), 0);
	EXPECT_EQ(top(0x1000, 0x1000), way(0x181000, 0x200000));
	ok(memblock_reserve(0x100000, 0x10000));
	EXPECT_EQ(memblock_phys_alloc_range(0x1000, 0x1000, 0x1000, 0x110000), 0);
	EXPECT_EQ(bottom(0x1000, 0x1000), way(0x100000, 0x10f000));
}

static void searches_that_begin_at_what_is_known_are_remembered(void)
{
	for (unsigned int i = 1; i < 4; i++) {
		EXPECT(memblock_phys_alloc_range(0x1000, 0x1000, way(0x1000, begin(0x1000, 0x1000)),
						 way(begin(0x1000, 0x1000), 0x200000)) != 0);
		EXPECT_EQ(begin(0x1000, 0x1000),
			  way(0x201000 - i * 0x1000, 0x100000 + (i - 1) * 0x1000));
		if (memblock_bottom_up()) /* where a block was found there is none now */
			ok(memblock_reserve(0x100000, i * 0x1000));
	}
}

static void searches_of_a_window_in_the_middle_are_not(void)
{
	EXPECT(memblock_phys_alloc_range(0x1000, 0x1000, 0x140000, 0x160000) != 0);
	EXPECT_EQ(memblock_phys_alloc_range(0x40000, 0x1000, 0x140000, 0x160000), 0);
	EXPECT_EQ(top(0x1000, 0x1000), 0x200000);
	EXPECT_EQ(bottom(0x1000, 0x1000), 0x100000);
	EXPECT_EQ(top(0x40000, 0x1000), 0x200000);
	EXPECT_EQ(bottom(0x40000, 0x1000), 0x100000);
}

/* Kinds of requests of which none is harder than another. */
static struct request unlike(unsigned int i)
{
	return (struct request){ (phys_addr_t)(0x2000 - i * 0x100), (phys_addr_t)1 << i,
				 NUMA_NO_NODE, MEMBLOCK_NONE };
}

static void learn_at(enum direction d, unsigned int i, phys_addr_t start)
{
	struct request rq = unlike(i);

	mb_skip_learn(&rq, d, start);
}

static phys_addr_t known_at(enum direction d, unsigned int i)
{
	struct request rq = unlike(i);

	return d == TOP_DOWN ? mb_skip_top(&rq) - rq.size : mb_skip_bottom(&rq);
}

static void eight_kinds_of_requests_are_remembered(void)
{
	for (int up = 0; up < 2; up++) {
		enum direction d = up ? BOTTOM_UP : TOP_DOWN;

		for (unsigned int i = 0; i < 8; i++)
			learn_at(d, i, 0x140000 + i * 0x10000);
		for (unsigned int i = 0; i < 8; i++)
			EXPECT_EQ(known_at(d, i), 0x140000 + i * 0x10000);
		/* Learning more about one forgets none. */
		for (unsigned int i = 0; i < 8; i++)
			learn_at(d, i, 0x150000 + i * 0x8000 * (d == TOP_DOWN ? 0u : 2u));
		for (unsigned int i = 1; i < 8; i++)
			EXPECT_EQ(known_at(d, i),
				  d == TOP_DOWN ? 0x150000 : 0x150000 + i * 0x10000);
	}
}

static void learning_the_same_again_drops_nothing(void)
{
	for (int up = 0; up < 2; up++) {
		enum direction d = up ? BOTTOM_UP : TOP_DOWN;

		for (unsigned int i = 0; i < 8; i++)
			learn_at(d, i, 0x150000);
		for (unsigned int i = 0; i < 8; i++)
			for (unsigned int times = 0; times < 16; times++)
				learn_at(d, i, 0x150000);
		for (unsigned int i = 0; i < 8; i++)
			EXPECT_EQ(known_at(d, i), 0x150000);
	}
}

static void the_ninth_kind_drops_the_oldest(void)
{
	for (int up = 0; up < 2; up++) {
		enum direction d = up ? BOTTOM_UP : TOP_DOWN;
		unsigned int forgotten = 0;

		for (unsigned int i = 0; i < 9; i++)
			learn_at(d, i, 0x150000);
		EXPECT_EQ(known_at(d, 8), 0x150000);
		for (unsigned int i = 0; i < 8; i++)
			forgotten += known_at(d, i) != 0x150000;
		EXPECT_EQ(forgotten, 1);
		/* And the next three drop three others. */
		for (unsigned int i = 9; i < 12; i++)
			learn_at(d, i, 0x150000);
		for (unsigned int i = 8; i < 12; i++)
			EXPECT_EQ(known_at(d, i), 0x150000);
		forgotten = 0;
		for (unsigned int i = 0; i < 8; i++)
			forgotten += known_at(d, i) != 0x150000;
		EXPECT_EQ(forgotten, 4);
	}
}

static void easier_facts_replace_harder_ones(void)
{
	const struct request hard = { 0x2000, 0x1000, NUMA_NO_NODE, MEMBLOCK_NONE };
	const struct request easy = { 0x1000, 0x800, NUMA_NO_NODE, MEMBLOCK_NONE };

	for (unsigned int i = 0; i < 7; i++)
		learn_at(TOP_DOWN, i, 0x150000);
	mb_skip_learn(&hard, TOP_DOWN, 0x140000);
	mb_skip_learn(&easy, TOP_DOWN,
		      0x130000); /* makes all of them superfluous, takes one place */
	EXPECT_EQ(mb_skip_top(&easy), 0x131000);
	EXPECT_EQ(mb_skip_top(&hard), 0x132000);
	mb_skip_forget();
	EXPECT_EQ(mb_skip_top(&easy), 0x200000);
	/* One that says less than what is known does not replace it. */
	mb_skip_learn(&hard, TOP_DOWN, 0x140000);
	mb_skip_learn(&easy, TOP_DOWN, 0x160000);
	EXPECT_EQ(mb_skip_top(&hard), 0x142000);
	mb_skip_learn(&hard, BOTTOM_UP, 0x160000);
	mb_skip_learn(&easy, BOTTOM_UP, 0x140000);
	EXPECT_EQ(mb_skip_bottom(&hard), 0x160000);
	EXPECT_EQ(mb_skip_bottom(&easy), 0x140000);
}

static const struct check_case cases[] = {
	BOTH(mb_skip_top, nothing_is_known_at_first),
	BOTH(mb_skip_top, the_last_block_is_where_the_next_search_begins),
	BOTH(mb_skip_top, the_first_block_in_changed_memory_is_remembered),
	BOTH(mb_skip_top, harder_requests_know_it_too),
	BOTH(mb_skip_top, easier_requests_do_not),
	BOTH(mb_skip_top, other_kinds_of_memory_do_not),
#if PF_NUMA
	BOTH(mb_skip_top, one_node_says_nothing_about_another),
#endif
	BOTH(mb_skip_top, the_other_direction_knows_nothing),
	BOTH(mb_skip_freed, freeing_keeps_what_still_holds),
	BOTH(mb_skip_freed, freeing_next_to_free_memory_counts_both),
	BOTH(mb_skip_freed, freeing_at_either_end_of_memory),
	BOTH(mb_skip_top, reserving_keeps_what_is_known),
	BOTH(mb_skip_forget, any_change_of_memory_forgets_all),
	BOTH(mb_skip_forget, trimming_forgets_all),
	BOTH(mb_skip_learn, searches_that_find_nothing_are_remembered),
	BOTH(mb_skip_learn, searches_that_begin_at_what_is_known_are_remembered),
	BOTH(mb_skip_learn, searches_of_a_window_in_the_middle_are_not),
	CASE(mb_skip_learn, eight_kinds_of_requests_are_remembered),
	CASE(mb_skip_learn, learning_the_same_again_drops_nothing),
	CASE(mb_skip_learn, the_ninth_kind_drops_the_oldest),
	CASE(mb_skip_learn, easier_facts_replace_harder_ones),
};

const struct check_group skip_group = DUMMY_GROUP("skip", cases);
