/* SPDX-License-Identifier: MIT */
/*
 * memblock_discard(): the arrays go back to where they came from, and memblock is as it was at
 * first. Catches an array that is lost, given to the wrong owner, or used afterwards.
 */
#include "arrays.h"

#include <pageframe/boot.h>

static struct pf_mem mem;

/* The memory map lies outside memblock, so that arrays are all that is reserved. */
static void *parts[64];
static int nr_parts;

static void *from_heap(size_t size)
{
	EXPECT(nr_parts < 64);
	return parts[nr_parts++] = calloc(1, size);
}

static void boot(void)
{
	struct pf_boot_config config = { .alloc = from_heap };

	memset(&mem, 0, sizeof(mem));
	ok(pf_boot(&mem, &config));
	memblock_free_all(&mem);
}

/* Behind a case that has failed, too. */
static void end_machine(void)
{
	pf_close(&mem);
	while (nr_parts)
		free(parts[--nr_parts]);
}

static void prepare(void)
{
	end_machine();
}

static enum pf_state state_at(phys_addr_t addr)
{
	return pf_info_state(pf_page_info(&mem, PF_PFN_DOWN(addr)));
}

#if !PF_KEEP_MEMBLOCK
static unsigned long nr_free(void)
{
	unsigned long n = 0;

	for (int z = 0; z < PF_ZONES; z++)
		n += mem.nodes[0]->zone[z].nr_free;
	return n;
}

static void is_as_at_first(void)
{
	EXPECT_EQ(memblock.memory.cnt, PF_MEMBLOCK_EMPTY_CNT);
	EXPECT_EQ(memblock.reserved.cnt, PF_MEMBLOCK_EMPTY_CNT);
	EXPECT_EQ(memblock.memory.max, MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	EXPECT_EQ(memblock.memory.total_size, 0);
	EXPECT_EQ(memblock.reserved.total_size, 0);
	EXPECT_FALSE(memblock_is_memory(ROOM_BASE));
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), 0);
}

static void is_usable_again(void)
{
	ok(memblock_add(0x100000, 0x10000));
	ok(memblock_reserve(0x100000, 0x1000));
	EXPECT_EQ(memblock.memory.cnt, 1);
	EXPECT_EQ(memblock.reserved.cnt, 1);
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), way(0x10f000, 0x101000));
}

static void initial_arrays_are_forgotten_only(void)
{
	unsigned long before;

	add_room();
	boot();
	before = nr_free();
	memblock_discard();
	is_as_at_first();
	EXPECT_EQ(nr_free(), before);
	out_is("");
	is_usable_again();
}

static void early_arrays_become_free_pages(void)
{
	phys_addr_t memory, reserved;
	unsigned long before;

	add_room();
	fill_far(memblock_add, MEM_MAX);
	fill_far(memblock_reserve, RES_MAX);
	memory = place(&memblock.memory);
	reserved = place(&memblock.reserved);
	boot();
	before = nr_free();
	EXPECT_EQ(state_at(memory), PF_RESERVED);
	EXPECT_EQ(state_at(reserved), PF_RESERVED);
	memblock_discard();
	EXPECT_EQ(state_at(memory), PF_FREE);
	EXPECT_EQ(state_at(memory + bytes(2 * MEM_MAX) - 1), PF_FREE);
	EXPECT_EQ(state_at(reserved), PF_FREE);
	EXPECT_EQ(state_at(reserved + bytes(2 * RES_MAX) - 1), PF_FREE);
	EXPECT_EQ(nr_free() - before,
		  PF_PFN_DOWN(bytes(2 * MEM_MAX)) + PF_PFN_DOWN(bytes(2 * RES_MAX)));
	out_is("");
	is_as_at_first();
	is_usable_again();
}

static void one_early_array_is_given_back_without_the_other(void)
{
	phys_addr_t memory;
	unsigned long before;

	add_room();
	fill_far(memblock_add, MEM_MAX);
	memory = place(&memblock.memory);
	boot();
	before = nr_free();
	memblock_discard();
	EXPECT_EQ(state_at(memory), PF_FREE);
	EXPECT_EQ(nr_free() - before, PF_PFN_DOWN(bytes(2 * MEM_MAX)));
	is_as_at_first();
}

static void late_arrays_go_back_to_the_host(void)
{
	unsigned long before;

	add_room();
	start_late(0);
	fill_far(memblock_add, MEM_MAX);
	fill_far(memblock_reserve, RES_MAX + 1);
	EXPECT_EQ(late_out, 2);
	boot();
	before = nr_free();
	memblock_discard();
	EXPECT_EQ(late_out, 0);
	EXPECT_EQ(late_freed, 2 * MEM_MAX * sizeof(struct memblock_region));
	EXPECT_EQ(nr_free(), before);
	out_is("");
	is_as_at_first();
	fresh(); /* has nothing to give back */
	EXPECT_EQ(late_out, 0);
}

static void an_array_goes_back_to_the_allocator_that_gave_it(void)
{
	static const struct memblock_array_ops other = { late_alloc, NULL };

	add_room();
	start_late(0);
	fill_far(memblock_reserve, RES_MAX + 1);
	memblock_set_array_ops(&other);
	boot();
	memblock_discard();
	EXPECT_EQ(late_out, 0);
	is_as_at_first();
}

static void a_second_discard_does_nothing(void)
{
	unsigned long before;

	add_room();
	fill_far(memblock_add, MEM_MAX);
	boot();
	memblock_discard();
	before = nr_free();
	memblock_discard();
	EXPECT_EQ(nr_free(), before);
	out_is("");
	is_as_at_first();
}

static void what_searches_have_learnt_is_forgotten(void)
{
	add_room();
	EXPECT(memblock_phys_alloc(0x1000, 0x1000) != 0);
	EXPECT(memblock_phys_alloc(0x1000, 0x1000) != 0);
	boot();
	memblock_discard();
	add_room(); /* the same as before, and all of it is free */
	EXPECT_EQ(memblock_phys_alloc(0x1000, 0x1000), way(ROOM_END - 0x1000, ROOM_BASE));
}

static void arrays_double_again_after_a_discard(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX);
	boot();
	memblock_discard();
	end_machine();
	add_room();
	fill_far(memblock_add, MEM_MAX);
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT(is_sorted(&memblock.memory));
}
#else
static void what_is_kept_stays(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX);
	boot();
	memblock_discard();
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT(memblock_is_memory(ROOM_BASE));
	EXPECT_EQ(state_at(place(&memblock.memory)), PF_RESERVED);
}
#endif

/* Before the hand-over what is given back is memblock's, after it the page allocator's. */
static void a_late_free_goes_to_who_has_the_page(void)
{
	struct pf_boot_config config = { .alloc = from_heap };

	add_room();
	ok(memblock_reserve(ROOM_BASE, 0x4000));
	memset(&mem, 0, sizeof(mem));
	ok(pf_boot(&mem, &config));
	ok(memblock_free_late(ROOM_BASE, 0x1000));
	EXPECT_FALSE(memblock_is_reserved(ROOM_BASE));
	memblock_free_all(&mem);
	EXPECT_EQ(state_at(ROOM_BASE), PF_FREE);
	EXPECT_EQ(state_at(ROOM_BASE + 0x1000), PF_RESERVED);
	ok(memblock_free_late(ROOM_BASE + 0x1000, 0x1000));
	EXPECT_EQ(state_at(ROOM_BASE + 0x1000), PF_FREE);
	EXPECT(memblock_is_reserved(ROOM_BASE + 0x1000));
	out_is("");
}

static void a_late_free_is_in_the_debug_messages(void)
{
	add_room();
	ok(memblock_reserve(ROOM_BASE, 0x4000));
	boot();
	debug_on();
	ok(memblock_free_late(ROOM_BASE, 0x1000));
	debug_off();
	EXPECT(!strncmp(host_output(), "memblock_free_late: [", 21));
}

static const struct check_case cases[] = {
#if !PF_KEEP_MEMBLOCK
	BOTH(memblock_discard, initial_arrays_are_forgotten_only),
	BOTH(memblock_discard, early_arrays_become_free_pages),
	CASE(memblock_discard, one_early_array_is_given_back_without_the_other),
	CASE(memblock_discard, late_arrays_go_back_to_the_host),
	CASE(memblock_discard, an_array_goes_back_to_the_allocator_that_gave_it),
	CASE(memblock_discard, a_second_discard_does_nothing),
	BOTH(memblock_discard, what_searches_have_learnt_is_forgotten),
	CASE(memblock_discard, arrays_double_again_after_a_discard),
#else
	CASE(memblock_discard, what_is_kept_stays),
#endif
	CASE(memblock_free_late, a_late_free_goes_to_who_has_the_page),
	CASE(memblock_free_late, a_late_free_is_in_the_debug_messages),
};

const struct check_group discard_group = { "discard", cases,   sizeof(cases) / sizeof(cases[0]),
					   NULL,      prepare, end_machine };
