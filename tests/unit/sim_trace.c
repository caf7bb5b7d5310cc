/* SPDX-License-Identifier: MIT */
/*
 * The reader of traces, a kind of line at a time: what it takes from it, and that it says no to
 * what only looks like it; and what the events come to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../sim/kmem_gfp.h"
#include "../../sim/kmem_plan.h"

#define BEFORE "x-1 [001] d..3. 4.5: "
#define ALLOC  "mm_page_alloc: page=1 "

static struct text text;
static struct kmem_trace trace;
static struct kmem_plan plan;

static bool parse(const char *lines)
{
	text_from_bytes(&text, "test", lines, strlen(lines));
	return kmem_trace_read(&trace, &text);
}

static void make_plan(const char *lines)
{
	assert_true(parse(lines));
	assert_int_equal(trace.malformed, 0);
	kmem_plan_make(&plan, &trace);
}

static int clean(void **unused)
{
	(void)unused;
	kmem_plan_free(&plan);
	kmem_trace_free(&trace);
	text_free(&text);
	return 0;
}

static const struct kmem_event *only_event(const char *line)
{
	assert_true(parse(line));
	assert_int_equal(trace.malformed, 0);
	assert_int_equal(trace.events.n, 1);
	return &trace.events.at[0];
}

static void refuses(const char *line)
{
	assert_false(parse(line));
	assert_int_equal(trace.malformed, 1);
	clean(NULL);
}

static void allocation_has_all_its_fields(void **unused)
{
	const struct kmem_event *e =
		only_event("     busybox-146     [003] .....     2.331824: mm_page_alloc: "
			   "page=000000001f939a86 pfn=0x8028 order=3 migratetype=1 "
			   "gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_COMP\r\n");

	(void)unused;
	assert_int_equal(e->kind, KMEM_ALLOC);
	assert_int_equal(e->pfn, 0x8028);
	assert_int_equal(e->order, 3);
	assert_int_equal(e->cpu, 3);
	assert_int_equal(e->line, 1);
	assert_int_equal(e->gfp, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE);
	assert_int_equal(trace.cpus, 4);
	assert_int_equal(trace.highest, 0x802f);
}

static void frees_have_pfn_and_order(void **unused)
{
	(void)unused;
	assert_true(parse(BEFORE "mm_page_free: page=1 pfn=0x215a order=1\n" BEFORE
				 "mm_page_free_batched: page=1 pfn=0x215b order=0\n"));
	assert_int_equal(trace.count[KMEM_FREE], 1);
	assert_int_equal(trace.count[KMEM_FREE_BATCHED], 1);
	assert_int_equal(trace.events.at[0].order, 1);
	assert_int_equal(trace.events.at[1].pfn, 0x215b);
}

static void fallback_names_the_chunk_it_took(void **unused)
{
	const struct kmem_event *e = only_event(
		BEFORE "mm_page_alloc_extfrag: page=1 pfn=0x11401 alloc_order=0 fallback_order=10 "
		       "pageblock_order=9 alloc_migratetype=2 fallback_migratetype=1 "
		       "fragmenting=0 change_ownership=1\n");

	(void)unused;
	assert_int_equal(e->kind, KMEM_EXTFRAG);
	assert_int_equal(e->pfn, 0x11400);
	assert_int_equal(e->order, 10);
	assert_int_equal(e->from, PF_MOVABLE);
	assert_true(e->taken);
}

static void failed_allocation_has_no_page(void **unused)
{
	(void)unused;
	assert_int_equal(only_event(BEFORE "mm_page_alloc: page=0000000000000000 pfn=0x0 order=9 "
					   "migratetype=1 gfp_flags=GFP_KERNEL\n")
				 ->kind,
			 KMEM_ALLOC_FAILED);
	assert_int_equal(trace.highest, 0);
}

static void task_may_look_like_a_tracer(void **unused)
{
	const struct kmem_event *e = only_event(
		"[9] a: mm_page_free:-7 [002] 1.5: mm_page_free: page=1 pfn=0x4 order=0\n");

	(void)unused;
	assert_int_equal(e->cpu, 2);
	assert_int_equal(e->pfn, 4);
}

static void perf_and_old_kernels_write_otherwise(void **unused)
{
	(void)unused;
	assert_int_equal(
		only_event("x 7 [001] 1.5: kmem:mm_page_free: page=0x1 pfn=0x4 order=0\n")->pfn, 4);
	clean(NULL);
	assert_int_equal(only_event(BEFORE "mm_page_free_direct: page=1 pfn=4096 order=0\n")->pfn,
			 4096);
}

static void damaged_lines_are_refused(void **unused)
{
	(void)unused;
	refuses("mm_page_free: page=1 pfn=0x4 order=0\n");
	refuses("x-1 [001 1.5: mm_page_free: page=1 pfn=0x4 order=0\n");
	refuses("x-1 [4096] 1.5: mm_page_free: page=1 pfn=0x4 order=0\n");
	refuses(BEFORE "mm_page_free: page=1 order=0\n");
	refuses(BEFORE "mm_page_free: page=1 pfn=0x4\n");
	refuses(BEFORE "mm_page_free: page=1 pfn=0x4 order=11\n");
	refuses(BEFORE "mm_page_free: page=1 pfn=0x4 order=-1\n");
	refuses(BEFORE "mm_page_free: page=1 pfn=0x4 order=3\n");
	refuses(BEFORE "mm_page_free: page=1 pfn=0x4g order=0\n");
	refuses(BEFORE "mm_page_free: page=1 pfn=0x10000000000000 order=0\n");
	refuses(BEFORE ALLOC "pfn=0x4 order=0 migratetype=6 gfp_flags=GFP_KERNEL\n");
	refuses(BEFORE ALLOC "pfn=0x4 order=0 migratetype=1\n");
	refuses(BEFORE "mm page free\n");
	refuses(BEFORE "mm_page_free: page=1 pfn=0x4 order=0"); /* no end */
}

static void flags_become_ours(void **unused)
{
	(void)unused;
	assert_int_equal(kmem_gfp("GFP_KERNEL|__GFP_ZERO", PF_UNMOVABLE), PF_GFP_UNMOVABLE);
	assert_int_equal(kmem_gfp("GFP_ATOMIC|GFP_DMA", PF_UNMOVABLE),
			 PF_GFP_HIGH | PF_GFP_ATOMIC | PF_GFP_DMA);
	assert_int_equal(kmem_gfp("GFP_NOWAIT|GFP_DMA32", PF_RECLAIMABLE),
			 PF_GFP_RECLAIMABLE | PF_GFP_DMA32);
	assert_int_equal(kmem_gfp("GFP_HIGHUSER|__GFP_ACCOUNT", PF_UNMOVABLE), PF_GFP_HIGHMEM);
	assert_int_equal(kmem_gfp("GFP_HIGHUSER_MOVABLE", PF_UNMOVABLE), PF_GFP_HIGHMEM);
	assert_int_equal(kmem_gfp("GFP_HIGHUSER_MOVABLE", PF_CMA),
			 PF_GFP_MOVABLE | PF_GFP_ANY_ZONE);
	assert_int_equal(kmem_gfp("__GFP_MEMALLOC|__GFP_HIGH|0x80000000 x=GFP_DMA", PF_UNMOVABLE),
			 PF_GFP_MEMALLOC | PF_GFP_HIGH);
	assert_int_equal(kmem_gfp("", PF_MOVABLE), PF_GFP_MOVABLE);
}

static void texts_are_the_state_before_and_after(void **unused)
{
	const struct kmem_zone *z;

	(void)unused;
	assert_true(parse("# buddyinfo before\n"
			  "Node 0, zone    DMA32      2      1      3 \n"
			  "Page block order: 9\nPages per block:  512\n\n"
			  "Free pages count per migrate type at order       0      1      2 \n"
			  "Node    0, zone    DMA32, type    Unmovable      1      0 >100000 \n"
			  "Number of blocks type     Unmovable      Movable \n"
			  "Node 0, zone    DMA32           74          684 \n"
			  "# buddyinfo after\n"
			  "Node 0, zone    DMA32     182    177    127\n" BEFORE
			  "mm_page_free: page=1 pfn=0x4 order=0\n"));
	assert_int_equal(trace.malformed, 0);
	assert_int_equal(trace.before.block_order, 9);
	z = kmem_find_zone(&trace.before, 0, "DMA32");
	assert_int_equal(z->free[2], 3);
	assert_int_equal(z->free_of[PF_UNMOVABLE][2], 100000);
	assert_int_equal(z->blocks[PF_MOVABLE], 684);
	assert_int_equal(kmem_free_pages(z), 16);
	assert_int_equal(kmem_unusable(z, 0), 0);
	assert_int_equal(kmem_unusable(z, 2), 250);
	assert_int_equal(kmem_unusable(z, 3), 1000);
	assert_int_equal(kmem_find_zone(&trace.after, 0, "DMA32")->free[0], 182);
	assert_null(kmem_find_zone(&trace.after, 1, "DMA32"));
}

static void texts_without_a_mark_are_told_by_their_place(void **unused)
{
	(void)unused;
	assert_true(parse("Node 0, zone Normal 1\n" BEFORE
			  "mm_page_free: page=1 pfn=0x4 order=0\nNode 0, zone Normal 2\n"));
	assert_int_equal(kmem_find_zone(&trace.before, 0, "Normal")->free[0], 1);
	assert_int_equal(kmem_find_zone(&trace.after, 0, "Normal")->free[0], 2);
}

static void damaged_texts_change_nothing(void **unused)
{
	(void)unused;
	assert_true(parse("Node 0, zone Normal 1 2\n"
			  "Node 0, zone Normal 1 x\n"
			  "Node 0, zone Abnormal 1\n"
			  "Node 99999, zone Normal 1\n"
			  "Node 0, zone Normal, type Unmoved 1\n"
			  "Node 0, zone Normal 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n"
			  "Number of blocks type Unmovable Strange\n"
			  "Node 0, zone Normal 5\n" BEFORE
			  "mm_page_free: page=1 pfn=0x4 order=0\n"));
	assert_int_equal(trace.malformed, 7);
	assert_int_equal(trace.before.zones.n, 1);
	assert_int_equal(trace.before.zones.at[0].free[1], 2);
	assert_false(trace.before.zones.at[0].has_blocks);
}

static void header_tells_what_is_missing(void **unused)
{
	(void)unused;
	assert_true(parse("# entries-in-buffer/entries-written: 5/7   #P:2\n"
			  "CPU:1 [LOST 3 EVENTS]\n" BEFORE
			  "mm_page_free: page=1 pfn=0x4 order=0\n"));
	assert_int_equal(trace.promised, 5);
	assert_int_equal(trace.lost, 5);
	assert_int_equal(trace.malformed, 0);
}

#define PROMISE "# entries-in-buffer/entries-written: 2/2   #P:2\n"
#define FREE	BEFORE "mm_page_free: page=1 pfn=0x4 order=0"

static bool ends_early(const char *lines)
{
	clean(NULL);
	assert_true(parse(lines));
	return trace.ended_early;
}

/* Damage within is none, and texts behind the events do not count. */
static void end_is_early_where_events_are_missing(void **unused)
{
	(void)unused;
	assert_false(ends_early(FREE "\n"));
	assert_false(ends_early(PROMISE FREE "\n" FREE "\n"));
	assert_false(ends_early(PROMISE FREE "\n" BEFORE "sched_switch: x\n"));
	assert_false(ends_early(PROMISE FREE "\n" BEFORE "mm_page_free: damaged\n"));
	assert_false(ends_early(PROMISE FREE "\n" FREE "\nNode 0, zone Normal 1 2"));
	assert_true(ends_early(PROMISE FREE "\n"));
	assert_true(ends_early(PROMISE FREE "\n" FREE));
	assert_true(ends_early(PROMISE "Node 0, zone Abnormal 1\n" FREE "\n"));
	assert_true(ends_early(FREE "\n" FREE));
}

static void batched_frees_are_not_done_twice(void **unused)
{
	(void)unused;
	make_plan(BEFORE ALLOC "pfn=0x4 order=0 migratetype=1 gfp_flags=GFP_USER\n" BEFORE
			       "mm_page_free: page=1 pfn=0x4 order=0\n" BEFORE
			       "mm_page_free_batched: page=1 pfn=0x4 order=0\n");
	assert_int_equal(plan.actions.n, 2);
	assert_int_equal(plan.told_twice, 1);
	assert_int_equal(plan.live, 0);
	assert_int_equal(plan.prior.n, 0);
}

static void freed_and_never_allocated_was_there_before(void **unused)
{
	(void)unused;
	make_plan(BEFORE "mm_page_free: page=1 pfn=0x10 order=2\n");
	assert_int_equal(plan.prior.n, 1);
	assert_int_equal(plan.prior.at[0].pfn, 0x10);
	assert_int_equal(plan.prior_pages, 4);
	assert_int_equal(plan.live, 0);
}

static void freed_again_was_allocated_without_an_event(void **unused)
{
	(void)unused;
	make_plan(BEFORE "mm_page_free: page=1 pfn=0x10 order=0\n" BEFORE
			 "mm_page_free: page=1 pfn=0x10 order=0\n");
	assert_int_equal(plan.prior.n, 1);
	assert_int_equal(plan.implied_allocs, 1);
	assert_int_equal(plan.frees, 2);
}

static void parts_and_wholes(void **unused)
{
	(void)unused;
	make_plan(BEFORE ALLOC "pfn=0x10 order=2 migratetype=0 gfp_flags=GFP_USER\n" BEFORE
			       "mm_page_free: page=1 pfn=0x11 order=0\n" BEFORE
			       "mm_page_free: page=1 pfn=0x10 order=2\n");
	/* 10-13 splits into 10-11 and 12-13, then 10 and 11; then 11 is what was freed before */
	assert_int_equal(plan.splits, 2);
	assert_int_equal(plan.implied_allocs, 1);
	assert_int_equal(plan.frees, 4);
	assert_int_equal(plan.prior.n, 0);
	assert_int_equal(plan.live, 0);
}

static void blocks_had_the_type_of_what_was_first_put_there(void **unused)
{
	(void)unused;
	make_plan(BEFORE
		  "mm_page_alloc_extfrag: page=1 pfn=0x400 alloc_order=0 fallback_order=10 "
		  "alloc_migratetype=0 fallback_migratetype=1 change_ownership=1\n" BEFORE ALLOC
		  "pfn=0x400 order=0 migratetype=0 gfp_flags=0\n" BEFORE ALLOC
		  "pfn=0x200 order=0 migratetype=2 gfp_flags=0\n");
	assert_int_equal(kmem_plan_type(&plan, 0x400), PF_MOVABLE);
	assert_int_equal(kmem_plan_type(&plan, 0x7ff), PF_MOVABLE);
	assert_int_equal(kmem_plan_type(&plan, 0x3ff), PF_RECLAIMABLE);
	assert_int_equal(kmem_plan_type(&plan, 0), PF_MIGRATETYPES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(allocation_has_all_its_fields, clean),
		cmocka_unit_test_teardown(frees_have_pfn_and_order, clean),
		cmocka_unit_test_teardown(fallback_names_the_chunk_it_took, clean),
		cmocka_unit_test_teardown(failed_allocation_has_no_page, clean),
		cmocka_unit_test_teardown(task_may_look_like_a_tracer, clean),
		cmocka_unit_test_teardown(perf_and_old_kernels_write_otherwise, clean),
		cmocka_unit_test_teardown(damaged_lines_are_refused, clean),
		cmocka_unit_test_teardown(flags_become_ours, clean),
		cmocka_unit_test_teardown(texts_are_the_state_before_and_after, clean),
		cmocka_unit_test_teardown(texts_without_a_mark_are_told_by_their_place, clean),
		cmocka_unit_test_teardown(damaged_texts_change_nothing, clean),
		cmocka_unit_test_teardown(header_tells_what_is_missing, clean),
		cmocka_unit_test_teardown(end_is_early_where_events_are_missing, clean),
		cmocka_unit_test_teardown(batched_frees_are_not_done_twice, clean),
		cmocka_unit_test_teardown(freed_and_never_allocated_was_there_before, clean),
		cmocka_unit_test_teardown(freed_again_was_allocated_without_an_event, clean),
		cmocka_unit_test_teardown(parts_and_wholes, clean),
		cmocka_unit_test_teardown(blocks_had_the_type_of_what_was_first_put_there, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
