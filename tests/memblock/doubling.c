/* SPDX-License-Identifier: MIT */
/* Arrays that double: when, where the new one goes, and what becomes of the old one. */
#include "arrays.h"

static void without_permission_nothing_doubles(void)
{
	ok(memblock_add(0x1000000, 0x1000000));
	fill_far(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	out_is("memblock: cannot resize reserved array: it is full, "
	       "and memblock_allow_resize() was not called\n");
}

static void reserved_doubles_to_the_top_of_memory(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX + 2);
	EXPECT_EQ(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	EXPECT_EQ(memblock.reserved.regions[0].base, 0x1000);
	EXPECT_EQ(memblock.reserved.regions[1].base, 0x2000000 - bytes(2 * RES_MAX));
	EXPECT_EQ(memblock.reserved.regions[1].size, bytes(2 * RES_MAX));
	EXPECT(memblock.reserved.regions[2].base == FAR);
	EXPECT(is_sorted(&memblock.reserved));
	out_is("");
}

static void the_rest_of_a_new_array_is_empty(void)
{
	const struct memblock_region none = { .base = 0 };

	add_room();
	memset(pf_port_phys_to_virt(0x2000000 - bytes(2 * RES_MAX)), 0xff, bytes(2 * RES_MAX));
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000, 0x1000));
	for (unsigned long i = memblock.reserved.cnt; i < memblock.reserved.max; i++)
		EXPECT_MEM(&memblock.reserved.regions[i], &none, sizeof(none));
}

static void reserved_doubles_above_the_range_that_is_reserved(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000000, 0x1000000 - bytes(2 * RES_MAX)));
	EXPECT_EQ(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	EXPECT_EQ(memblock.reserved.regions[0].size, 0x1000000);
}

/* A page less than an array of @n regions needs. */
static phys_addr_t page_short(unsigned long n)
{
	return bytes(n) - PF_PAGE_SIZE;
}

static void reserved_doubles_below_it_when_there_is_no_room_above(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1800000, 0x800000 - page_short(2 * RES_MAX)));
	EXPECT_EQ(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
	EXPECT_EQ(memblock.reserved.regions[0].size,
		  0x800000 - page_short(2 * RES_MAX) + bytes(2 * RES_MAX));
}

static void reserved_never_doubles_into_the_range_that_is_reserved(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(ROOM_BASE + page_short(2 * RES_MAX),
				   ROOM_END - ROOM_BASE - 2 * page_short(2 * RES_MAX)));
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX);
	EXPECT(memblock.reserved.regions[0].base == FAR);
	out_is("memblock: Failed to double reserved array from 128 to 256 entries !\n");
}

static void an_allocation_that_doubles_does_not_lie_in_the_array(void)
{
	phys_addr_t a;

	add_room();
	fill_far(memblock_reserve, RES_MAX);
	a = memblock_phys_alloc(0x1000, 0x1000);
	EXPECT_EQ(a, 0x1fff000);
	EXPECT_EQ(place(&memblock.reserved), a - bytes(2 * RES_MAX));
}

static void the_current_limit_holds_for_arrays(void)
{
	add_room();
	memblock_set_current_limit(0x1800000);
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1900000, 0x1000));
	EXPECT_EQ(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
}

static void bottom_up_arrays_go_to_the_lowest_place(void)
{
	add_room();
	memblock_set_bottom_up(true);
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserve(0x1000000, 0x1000));
	EXPECT_EQ(place(&memblock.reserved), 0x1001000);
}

static void the_second_doubling_gives_the_first_array_back(void)
{
	phys_addr_t first;

	add_room();
	fill_far(memblock_reserve, RES_MAX + 1);
	first = place(&memblock.reserved);
	for (unsigned int i = RES_MAX + 1; i < 2 * RES_MAX; i++)
		ok(memblock_reserve(FAR + i * 0x2000, FAR_SIZE));
	EXPECT_EQ(memblock.reserved.max, 4 * RES_MAX);
	EXPECT_EQ(place(&memblock.reserved), first - bytes(4 * RES_MAX));
	EXPECT_FALSE(memblock_is_region_reserved(first, bytes(2 * RES_MAX)));
	EXPECT_EQ(memblock.reserved.cnt, 2 * RES_MAX + 1);
	EXPECT(is_sorted(&memblock.reserved));
}

static void one_range_may_double_twice(void)
{
	/* one gap below each region and one above: 128 + 129 > 256 */
	add_room();
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_reserved_mark_noinit(FAR, RES_MAX * 0x2000)); /* so that nothing merges */
	ok(memblock_reserve(FAR - 0x1000, RES_MAX * 0x2000 + 0x1000));
	EXPECT_EQ(memblock.reserved.max, 4 * RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, 2 * RES_MAX + 2); /* and the array */
	EXPECT(is_sorted(&memblock.reserved));
}

static void splitting_a_reservation_doubles(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX - 1);
	ok(memblock_phys_free(FAR + 0x400, 0x400));
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX + 1);
	EXPECT_EQ(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	EXPECT_FALSE(memblock_is_reserved(FAR + 0x400));
	EXPECT(memblock_is_reserved(FAR + 0x800));
}

static void free_never_doubles_into_what_is_freed(void)
{
	/* the freed range is partly free already: there the array would be lost */
	add_room();
	fill_far(memblock_reserve, RES_MAX - 1);
	no_memory(memblock_phys_free(0x1000000, 0x1000000));
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX - 1);
	ok(memblock_phys_free(0x1000000, 0x800000));
	EXPECT(place(&memblock.reserved) >= 0x1800000);
	EXPECT(memblock_is_reserved(place(&memblock.reserved)));
}

static void nothing_is_below_a_range_that_starts_at_0_or_1(void)
{
	/* as an end, these would mean: up to the current limit */
	for (phys_addr_t base = 0; base < 2; base++) {
		fresh();
		add_room();
		fill_far(memblock_reserve, RES_MAX);
		no_memory(memblock_reserve(base, FAR));
		EXPECT_EQ(memblock.reserved.cnt, RES_MAX);
	}
}

static void marking_may_double_into_the_marked_range(void)
{
	/* if there is no other place */
	add_room();
	fill_far(memblock_reserve, RES_MAX - 1);
	ok(memblock_reserved_mark_noinit(0x1000000, 0x1000000));
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_EQ(place(&memblock.reserved), 0x2000000 - bytes(2 * RES_MAX));
	ok(memblock_reserved_mark_noinit(FAR, 0x400));
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX + 1);
}

static void marking_prefers_a_place_beside_the_range(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX - 1);
	ok(memblock_reserved_mark_noinit(0x1800000, 0x800000));
	EXPECT_EQ(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
}

static void no_memory_anywhere_is_a_failure(void)
{
	memblock_allow_resize();
	fill_far(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0, 0x1000));
	no_memory(memblock_reserved_mark_noinit(0x1000000, 0x1000000));
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
}

static void memory_doubles_and_reserves_its_array(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX);
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(memblock.memory.cnt, MEM_MAX + 1);
	/* The highest page-aligned place that is large enough. */
	EXPECT_EQ(place(&memblock.memory), 0x2000000 - bytes(2 * MEM_MAX));
	EXPECT(is_sorted(&memblock.memory));
	EXPECT_EQ(memblock.reserved.cnt, 1);
	EXPECT_EQ(memblock.reserved.regions[0].base, place(&memblock.memory));
	EXPECT_EQ(memblock.reserved.total_size, bytes(2 * MEM_MAX));
}

static void memory_may_double_beside_what_is_added(void)
{
	/* what is added is not there yet, so any place is outside */
	fill_far(memblock_add, MEM_MAX - 1);
	ok(memblock_add(0x1000000, 0x10000));
	memblock_allow_resize();
	ok(memblock_add(0x1008000, 0x100000));
	EXPECT_EQ(place(&memblock.memory), 0x1010000 - bytes(2 * MEM_MAX));
	EXPECT_EQ(memblock.memory.regions[0].size, 0x108000);
}

static void memory_never_doubles_into_what_is_removed(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX - 2); /* 127 regions: too many to split one */
	ok(memblock_remove(0x1800000, 0x800000));
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(place(&memblock.memory), 0x1800000 - bytes(2 * MEM_MAX));
	EXPECT(memblock_is_memory(place(&memblock.memory)));
	EXPECT(memblock_is_reserved(place(&memblock.memory)));
	fresh();
	add_room();
	fill_far(memblock_add, MEM_MAX - 2);
	no_memory(memblock_remove(0x1000000, 0x1000000));
	EXPECT_EQ(memblock.memory.cnt, MEM_MAX - 1);
	EXPECT_EQ(memblock.memory.max, MEM_MAX);
	reserved_is("");
}

static void memory_with_no_free_place_does_not_double(void)
{
	fill_far(memblock_add, MEM_MAX - 1);
	ok(memblock_reserve(0, PHYS_ADDR_MAX));
	memblock_allow_resize();
	no_memory(memblock_remove(FAR + 0x400, 0x400));
	EXPECT_EQ(memblock.memory.cnt, MEM_MAX - 1);
	EXPECT_EQ(memblock.memory.max, MEM_MAX);
	out_is("memblock: Failed to double memory array from 128 to 256 entries !\n");
}

static void nothing_doubles_into_what_is_removed_when_both_are_full(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX - 2);
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_remove(0x1800000, 0x800000));
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT(memblock_is_memory(place(&memblock.memory)));
	EXPECT(memblock_is_memory(place(&memblock.reserved)));
}

static void both_full_arrays_lie_on_either_side_of_what_is_removed(void)
{
	phys_addr_t top = 0x2000000 - bytes(2 * MEM_MAX); /* above what is removed, for one array */

	add_room();
	fill_far(memblock_add, MEM_MAX - 2);
	fill_far(memblock_reserve, RES_MAX);
	ok(memblock_remove(0x1800000, top - 0x1800000));
	EXPECT_EQ(place(&memblock.memory), top);
	EXPECT_EQ(place(&memblock.reserved), 0x1800000 - bytes(2 * RES_MAX));
}

static void bottom_up_both_full_arrays_lie_side_by_side(void)
{
	add_room();
	memblock_set_bottom_up(true);
	fill_far(memblock_reserve, RES_MAX);
	fill_far(memblock_add, MEM_MAX);
	EXPECT_EQ(place(&memblock.memory), 0x1000000);
	EXPECT_EQ(place(&memblock.reserved), 0x1000000 + bytes(2 * MEM_MAX));
}

static void the_current_limit_holds_for_both_full_arrays(void)
{
	add_room();
	memblock_set_current_limit(0x1800000);
	fill_far(memblock_reserve, RES_MAX);
	fill_far(memblock_add, MEM_MAX);
	EXPECT_EQ(place(&memblock.memory), 0x1800000 - bytes(2 * MEM_MAX));
	EXPECT_EQ(place(&memblock.reserved), place(&memblock.memory) - bytes(2 * RES_MAX));
}

static void memory_never_doubles_into_what_is_marked_nomap(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX - 2);
	ok(memblock_mark_nomap(0x1800000, 0x800000));
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(place(&memblock.memory), 0x1800000 - bytes(2 * MEM_MAX));
}

static void nothing_doubles_into_what_a_cap_forgets(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX - 2);
	memblock_cap_memory_range(0x1000000, 0x800000);
	EXPECT_EQ(memblock.memory.cnt, 1);
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT(memblock_is_memory(place(&memblock.memory)));
	EXPECT(memblock_is_reserved(place(&memblock.memory)));
}

static void memory_doubles_while_reserved_is_full(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX);
	fill_far(memblock_add, MEM_MAX);
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX + 1); /* both arrays, side by side */
	EXPECT_EQ(place(&memblock.memory), 0x2000000 - bytes(2 * MEM_MAX));
	EXPECT_EQ(place(&memblock.reserved), place(&memblock.memory) - bytes(2 * RES_MAX));
	EXPECT(is_sorted(&memblock.memory));
	EXPECT(is_sorted(&memblock.reserved));
}

static void memory_that_cannot_be_reserved_does_not_double(void)
{
	ok(memblock_add(0x1000000, bytes(2 * MEM_MAX)));
	memblock_allow_resize();
	fill_far(memblock_reserve, RES_MAX); /* full, and no place for two arrays */
	for (unsigned int i = 0; i < MEM_MAX - 1;
	     i++) /* no room: exactly covered by reservations */
		ok(memblock_add(FAR + i * 0x2000, FAR_SIZE));
	no_memory(memblock_add(0x8000000, 0x1000));
	EXPECT_EQ(memblock.memory.max, MEM_MAX);
	EXPECT_EQ(memblock.memory.cnt, MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX);
	out_is("memblock: Failed to double reserved array from 128 to 256 entries !\n"
	       "memblock: Failed to double memory array from 128 to 256 entries !\n");
}

static void memory_doubles_again_and_splits_a_reservation(void)
{
	phys_addr_t first;

	/* the old array lies in the middle of one reservation, and no more fit */
	add_room();
	fill_far(memblock_add, MEM_MAX);
	first = place(&memblock.memory);
	ok(memblock_reserve(first - 0x10000, 0x20000));
	fill_far(memblock_reserve, RES_MAX - 2); /* one place left, two needed */
	for (unsigned int i = MEM_MAX; i < 2 * MEM_MAX; i++)
		ok(memblock_add(FAR + i * 0x2000, FAR_SIZE));
	EXPECT_EQ(memblock.memory.max, 4 * MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_FALSE(memblock_is_reserved(first));
	EXPECT(memblock_is_reserved(first - 1));
	EXPECT(memblock_is_reserved(first + bytes(2 * MEM_MAX)));
	EXPECT(memblock_is_region_reserved(place(&memblock.memory), bytes(4 * MEM_MAX)));
	EXPECT_FALSE(memblock_addrs_overlap(place(&memblock.memory), bytes(4 * MEM_MAX),
					    place(&memblock.reserved), bytes(2 * RES_MAX)));
	EXPECT(is_sorted(&memblock.memory));
	EXPECT(is_sorted(&memblock.reserved));
}

static void more_regions_than_room_make_it_panic(void)
{
	jmp_buf jump;

	/* only somebody who writes to the array can bring this about */
	ok(memblock_add(0x1000000, 0x1000));
	memblock_allow_resize();
	fill_far(memblock_reserve, 3);
	memblock.reserved.max = 1;
	host_panic_jump = &jump;
	if (!setjmp(jump)) {
		memblock_reserve(0x1000, 0x1000);
		FAIL("it does not panic");
	}
	EXPECT_STR(host_panic_message,
		   "memblock: a doubled array has no room for its own reservation");
}

static void late_arrays_come_from_the_host(void)
{
	add_room();
	start_late(0);
	fill_far(memblock_add, MEM_MAX);
	fill_far(memblock_reserve, RES_MAX + 1);
	EXPECT_EQ(late_out, 2);
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX + 1); /* nothing reserved for them */
	fresh();
	EXPECT_EQ(late_out, 0);
	EXPECT_EQ(late_freed, 2 * RES_MAX * sizeof(struct memblock_region));
	EXPECT_EQ(memblock.memory.max, MEM_MAX);
}

static void late_arrays_are_given_back_when_they_double(void)
{
	add_room();
	start_late(0);
	fill_far(memblock_reserve, 2 * RES_MAX + 1);
	EXPECT_EQ(late_calls, 2);
	EXPECT_EQ(late_out, 1);
	EXPECT_EQ(late_freed, 2 * RES_MAX * sizeof(struct memblock_region));
	EXPECT_EQ(memblock.reserved.max, 4 * RES_MAX);
	fresh();
	EXPECT_EQ(late_out, 0);
}

static void a_late_array_replaces_an_early_one(void)
{
	phys_addr_t early;

	add_room();
	fill_far(memblock_reserve, RES_MAX + 1);
	early = place(&memblock.reserved);
	EXPECT(memblock_is_reserved(early));
	start_late(0);
	for (unsigned int i = RES_MAX + 1; i < 2 * RES_MAX; i++)
		ok(memblock_reserve(FAR + i * 0x2000, FAR_SIZE));
	EXPECT_EQ(late_out, 1);
	EXPECT_FALSE(memblock_is_region_reserved(early, bytes(2 * RES_MAX)));
	EXPECT_EQ(memblock.reserved.cnt, 2 * RES_MAX);
	EXPECT(is_sorted(&memblock.reserved));
}

static void an_early_array_replaces_a_late_one(void)
{
	add_room();
	start_late(0);
	fill_far(memblock_add, MEM_MAX);
	fill_far(memblock_reserve, RES_MAX); /* and full again */
	EXPECT_EQ(late_out, 1);
	memblock_set_array_ops(NULL);
	for (unsigned int i = MEM_MAX; i < 2 * MEM_MAX; i++)
		ok(memblock_add(FAR + i * 0x2000, FAR_SIZE));
	EXPECT_EQ(late_out, 0);
	EXPECT_EQ(memblock.memory.max, 4 * MEM_MAX);
	EXPECT_EQ(place(&memblock.memory), 0x2000000 - bytes(4 * MEM_MAX));
	EXPECT(memblock_is_reserved(place(&memblock.memory)));
	fresh(); /* has nothing to give back */
	EXPECT_EQ(late_out, 0);
}

static void a_late_failure_changes_nothing(void)
{
	add_room();
	start_late(1);
	fill_far(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	EXPECT(memblock.reserved.regions[0].base == FAR);
	EXPECT_EQ(late_out, 0);
	out_is("memblock: Failed to double reserved array from 128 to 256 entries !\n");
	ok(memblock_reserve(0x1000, 0x1000)); /* the next call has more luck */
	EXPECT_EQ(late_out, 1);
}

static void no_late_room_to_free_an_early_array_is_a_failure(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX); /* early, and reserved */
	fill_far(memblock_reserve, RES_MAX - 1);
	for (unsigned int i = MEM_MAX; i < 2 * MEM_MAX - 1; i++)
		ok(memblock_add(FAR + i * 0x2000, FAR_SIZE));
	start_late(1);
	no_memory(memblock_add(0x1000, 0x1000));
	EXPECT_EQ(late_calls, 1);
	EXPECT_EQ(memblock.memory.cnt, 2 * MEM_MAX);
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	out_is("memblock: Failed to double reserved array from 128 to 256 entries !\n"
	       "memblock: Failed to double memory array from 256 to 512 entries !\n");
	ok(memblock_add(0x1000, 0x1000));
	EXPECT_EQ(late_out, 2);
	EXPECT_FALSE(memblock_is_region_reserved(0x1000000, 0x1000000));
}

static void late_arrays_need_permission_too(void)
{
	start_late(0);
	fill_far(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	EXPECT_EQ(late_calls, 0);
}

static void the_allocator_that_gave_an_array_takes_it_back(void)
{
	static const struct memblock_array_ops other = { late_alloc, NULL };

	memblock_allow_resize();
	start_late(0);
	fill_far(memblock_reserve, RES_MAX + 1);
	memblock_set_array_ops(&other);
	fresh();
	EXPECT_EQ(late_out, 0);
}

static void reset_takes_the_permission_away(void)
{
	add_room();
	start_late(0);
	fresh();
	fill_far(memblock_reserve, RES_MAX);
	no_memory(memblock_reserve(0x1000, 0x1000));
	memblock_allow_resize();
	no_memory(memblock_reserve(0x1000, 0x1000)); /* and the hook: there is no early memory */
	EXPECT_EQ(late_calls, 0);
}

static void bottom_up_a_removal_doubles_below_it(void)
{
	add_room();
	memblock_set_bottom_up(true);
	fill_far(memblock_add, MEM_MAX - 2);
	ok(memblock_remove(0x1800000, 0x1000)); /* anywhere else will do, and the lowest is taken */
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(place(&memblock.memory), ROOM_BASE);
}

static void bottom_up_a_free_doubles_above_it(void)
{
	add_room();
	memblock_set_bottom_up(true);
	fill_far(memblock_reserve, RES_MAX - 1);
	ok(memblock_phys_free(0x1800000, 0x1000)); /* as Linux: above it, if possible */
	EXPECT_EQ(memblock.reserved.max, 2 * RES_MAX);
	EXPECT_EQ(place(&memblock.reserved), 0x1801000);
}

static void memory_doubles_when_reserved_has_room_for_one(void)
{
	add_room();
	fill_far(memblock_reserve, RES_MAX - 1);
	fill_far(memblock_add, MEM_MAX);
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX); /* the last place was enough */
	EXPECT_EQ(memblock.reserved.cnt, RES_MAX);
	EXPECT_EQ(place(&memblock.memory), ROOM_END - bytes(2 * MEM_MAX));
}

static void memory_doubles_again_when_reserved_has_room_for_two(void)
{
	phys_addr_t first;

	add_room();
	fill_far(memblock_add, MEM_MAX); /* early, and reserved */
	first = place(&memblock.memory);
	fill_far(memblock_reserve, RES_MAX - 3);
	for (unsigned int i = MEM_MAX; i < 2 * MEM_MAX; i++)
		ok(memblock_add(FAR + i * 0x2000, FAR_SIZE));
	EXPECT_EQ(memblock.memory.max, 4 * MEM_MAX);
	EXPECT_EQ(memblock.reserved.max, RES_MAX);
	EXPECT_FALSE(memblock_is_reserved(first));
}

static void marking_memory_may_double_into_the_marked_range(void)
{
	add_room();
	fill_far(memblock_add, MEM_MAX - 2);
	ok(memblock_mark_hotplug(0x1800000, 0x800000)); /* it stays memory */
	EXPECT_EQ(memblock.memory.max, 2 * MEM_MAX);
	EXPECT_EQ(place(&memblock.memory), ROOM_END - bytes(2 * MEM_MAX));
}

static const struct check_case cases[] = {
	CASE(memblock_allow_resize, without_permission_nothing_doubles),
	CASE(memblock_reserve, reserved_doubles_to_the_top_of_memory),
	CASE(memblock_reserve, the_rest_of_a_new_array_is_empty),
	CASE(memblock_reserve, reserved_doubles_above_the_range_that_is_reserved),
	CASE(memblock_reserve, reserved_doubles_below_it_when_there_is_no_room_above),
	CASE(memblock_reserve, reserved_never_doubles_into_the_range_that_is_reserved),
	CASE(memblock_phys_alloc, an_allocation_that_doubles_does_not_lie_in_the_array),
	CASE(memblock_reserve, the_current_limit_holds_for_arrays),
	CASE(memblock_reserve, bottom_up_arrays_go_to_the_lowest_place),
	CASE(memblock_reserve, the_second_doubling_gives_the_first_array_back),
	CASE(memblock_reserve, one_range_may_double_twice),
	CASE(memblock_phys_free, splitting_a_reservation_doubles),
	CASE(memblock_phys_free, free_never_doubles_into_what_is_freed),
	CASE(memblock_reserve, nothing_is_below_a_range_that_starts_at_0_or_1),
	CASE(memblock_reserved_mark_noinit, marking_may_double_into_the_marked_range),
	CASE(memblock_reserved_mark_noinit, marking_prefers_a_place_beside_the_range),
	CASE(memblock_reserve, no_memory_anywhere_is_a_failure),
	CASE(memblock_add, memory_doubles_and_reserves_its_array),
	CASE(memblock_add, memory_may_double_beside_what_is_added),
	CASE(memblock_remove, memory_never_doubles_into_what_is_removed),
	CASE(memblock_remove, memory_with_no_free_place_does_not_double),
	CASE(memblock_remove, nothing_doubles_into_what_is_removed_when_both_are_full),
	CASE(memblock_remove, both_full_arrays_lie_on_either_side_of_what_is_removed),
	CASE(memblock_add, bottom_up_both_full_arrays_lie_side_by_side),
	CASE(memblock_add, the_current_limit_holds_for_both_full_arrays),
	CASE(memblock_mark_nomap, memory_never_doubles_into_what_is_marked_nomap),
	CASE(memblock_cap_memory_range, nothing_doubles_into_what_a_cap_forgets),
	CASE(memblock_add, memory_doubles_while_reserved_is_full),
	CASE(memblock_add, memory_that_cannot_be_reserved_does_not_double),
	CASE(memblock_add, memory_doubles_again_and_splits_a_reservation),
	CASE(memblock_reserve, more_regions_than_room_make_it_panic),
	CASE(memblock_set_array_ops, late_arrays_come_from_the_host),
	CASE(memblock_set_array_ops, late_arrays_are_given_back_when_they_double),
	CASE(memblock_set_array_ops, a_late_array_replaces_an_early_one),
	CASE(memblock_set_array_ops, an_early_array_replaces_a_late_one),
	CASE(memblock_set_array_ops, a_late_failure_changes_nothing),
	CASE(memblock_set_array_ops, no_late_room_to_free_an_early_array_is_a_failure),
	CASE(memblock_set_array_ops, late_arrays_need_permission_too),
	CASE(memblock_set_array_ops, the_allocator_that_gave_an_array_takes_it_back),
	CASE(memblock_allow_resize, reset_takes_the_permission_away),
	CASE(memblock_remove, bottom_up_a_removal_doubles_below_it),
	CASE(memblock_phys_free, bottom_up_a_free_doubles_above_it),
	CASE(memblock_add, memory_doubles_when_reserved_has_room_for_one),
	CASE(memblock_add, memory_doubles_again_when_reserved_has_room_for_two),
	CASE(memblock_mark_hotplug, marking_memory_may_double_into_the_marked_range),
};

const struct check_group doubling_group = GROUP("doubling", cases);
