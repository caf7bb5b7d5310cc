/* SPDX-License-Identifier: MIT */
/*
 * Cases that more than one allocator has to pass. A table of cases names the allocator; the case
 * asks it for blocks and gets physical addresses, whatever the allocator itself returns.
 */
#ifndef SIMULATOR_ALLOCATORS_H
#define SIMULATOR_ALLOCATORS_H

#include "common.h"

/* In the dummy memory, or wherever the case has put memory, without a window. */
struct simple_allocator {
	phys_addr_t (*take)(phys_addr_t size, phys_addr_t align);
	bool zeroes;
	const char *says; /* its name in messages */
};

#define SIMPLE(function, f, allocator)                                                             \
	{                                                                                          \
		CHECK_TEXT(function), CHECK_TEXT(f##allocator), f, BOTH_WAYS, false, &allocator    \
	}
#define SIMPLE_CASES(function, allocator)                                                          \
	SIMPLE(function, takes_the_outermost_block, allocator),                                    \
		SIMPLE(function, takes_one_after_the_other, allocator),                            \
		SIMPLE(function, passes_a_reservation_at_the_end, allocator),                      \
		SIMPLE(function, takes_a_gap_that_just_fits, allocator),                           \
		SIMPLE(function, passes_a_gap_that_is_too_small, allocator),                       \
		SIMPLE(function, takes_all_that_is_left, allocator),                               \
		SIMPLE(function, fails_when_all_is_reserved, allocator),                           \
		SIMPLE(function, fails_for_more_than_there_is, allocator),                         \
		SIMPLE(function, fails_without_memory, allocator),                                 \
		SIMPLE(function, goes_on_to_a_region_that_fits, allocator),                        \
		SIMPLE(function, aligns_inwards, allocator),                                       \
		SIMPLE(function, aligns_to_a_cache_line_when_not_asked, allocator),                \
		SIMPLE(function, refuses_a_bad_alignment, allocator),                              \
		SIMPLE(function, clears_its_block_or_leaves_it, allocator),                        \
		SIMPLE(function, stays_below_the_current_limit, allocator),                        \
		SIMPLE(function, leaves_the_first_page_alone, allocator),                          \
		SIMPLE(function, doubles_a_full_array_on_the_way, allocator),                      \
		SIMPLE(function, fails_when_its_reservation_has_no_room, allocator)

void takes_the_outermost_block(void);
void takes_one_after_the_other(void);
void passes_a_reservation_at_the_end(void);
void takes_a_gap_that_just_fits(void);
void passes_a_gap_that_is_too_small(void);
void takes_all_that_is_left(void);
void fails_when_all_is_reserved(void);
void fails_for_more_than_there_is(void);
void fails_without_memory(void);
void goes_on_to_a_region_that_fits(void);
void aligns_inwards(void);
void aligns_to_a_cache_line_when_not_asked(void);
void refuses_a_bad_alignment(void);
void clears_its_block_or_leaves_it(void);
void stays_below_the_current_limit(void);
void leaves_the_first_page_alone(void);
void doubles_a_full_array_on_the_way(void);
void fails_when_its_reservation_has_no_room(void);

/* With a window and a node; min_addr is a wish. */
struct window_allocator {
	void *(*take)(phys_addr_t size, phys_addr_t align, phys_addr_t min, phys_addr_t max,
		      int nid);
	bool zeroes;
	bool exact; /* the node is no wish */
};

#define WINDOW(function, f, allocator)                                                             \
	{                                                                                          \
		CHECK_TEXT(function), CHECK_TEXT(f##allocator), f, BOTH_WAYS, false, &allocator    \
	}
#define WINDOW_CASES(function, allocator)                                                          \
	WINDOW(function, window_is_kept, allocator),                                               \
		WINDOW(function, window_just_fits, allocator),                                     \
		WINDOW(function, window_edges_are_aligned_inwards, allocator),                     \
		WINDOW(function, window_too_small_gives_up_min_addr, allocator),                   \
		WINDOW(function, window_reserved_gives_up_min_addr, allocator),                    \
		WINDOW(function, window_never_gives_up_max_addr, allocator),                       \
		WINDOW(function, window_wider_than_memory, allocator),                             \
		WINDOW(function, window_beside_memory, allocator),                                 \
		WINDOW(function, window_upside_down, allocator),                                   \
		WINDOW(function, window_between_reservations, allocator),                          \
		WINDOW(function, window_is_cut_at_the_current_limit, allocator),                   \
		WINDOW(function, window_of_special_ends, allocator),                               \
		WINDOW(function, window_clears_its_block_or_leaves_it, allocator)

void window_is_kept(void);
void window_just_fits(void);
void window_edges_are_aligned_inwards(void);
void window_too_small_gives_up_min_addr(void);
void window_reserved_gives_up_min_addr(void);
void window_never_gives_up_max_addr(void);
void window_wider_than_memory(void);
void window_beside_memory(void);
void window_upside_down(void);
void window_between_reservations(void);
void window_is_cut_at_the_current_limit(void);
void window_of_special_ends(void);
void window_clears_its_block_or_leaves_it(void);

#if PF_NUMA
#define NUMA_CASES(function, allocator)                                                            \
	WINDOW(function, numa_each_node_gets_what_it_wants, allocator),                            \
		WINDOW(function, numa_small_node, allocator),                                      \
		WINDOW(function, numa_reserved_node, allocator),                                   \
		WINDOW(function, numa_partly_reserved_node, allocator),                            \
		WINDOW(function, numa_two_gaps_of_a_node, allocator),                              \
		WINDOW(function, numa_window_over_three_nodes, allocator),                         \
		WINDOW(function, numa_window_without_the_node, allocator),                         \
		WINDOW(function, numa_window_above_the_node, allocator),                           \
		WINDOW(function, numa_window_touches_the_node, allocator),                         \
		WINDOW(function, numa_unknown_node, allocator),                                    \
		WINDOW(function, numa_no_node_means_any, allocator),                               \
		WINDOW(function, numa_blocks_span_no_two_nodes, allocator),                        \
		WINDOW(function, numa_all_reserved, allocator)
#else
#define NUMA_CASES(function, allocator) WINDOW(function, flat_any_node_will_do, allocator)
#endif

void numa_each_node_gets_what_it_wants(void);
void numa_small_node(void);
void numa_reserved_node(void);
void numa_partly_reserved_node(void);
void numa_two_gaps_of_a_node(void);
void numa_window_over_three_nodes(void);
void numa_window_without_the_node(void);
void numa_window_above_the_node(void);
void numa_window_touches_the_node(void);
void numa_unknown_node(void);
void numa_no_node_means_any(void);
void numa_blocks_span_no_two_nodes(void);
void numa_all_reserved(void);
void flat_any_node_will_do(void);

#endif
