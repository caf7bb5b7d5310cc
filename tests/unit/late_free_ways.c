/* SPDX-License-Identifier: MIT */
/*
 * Linux's hand-over and the six ways to free late in it, on machines so small that the right
 * figures can be worked out by hand. Catches a way that does what another does, a boundary at
 * another page, a descriptor initialised or read at another time, a page in another zone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../faults/linux_handover.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct zones zones;
static struct late late;

static int start(void **unused)
{
	(void)unused;
	memblock_reset();
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	zones_free(&zones);
	vec_free(&late.list);
	mirrored_kernelcore = false;
	return 0;
}

static struct range pages_of(uint64_t first, uint64_t last)
{
	return (struct range){ PF_PFN_PHYS(first), PF_PFN_PHYS(last + 1 - first) };
}

static void memory(int nid, uint64_t first, uint64_t last)
{
	struct range r = pages_of(first, last);

	assert_int_equal(memblock_add_node(r.base, r.size, nid, MEMBLOCK_NONE), 0);
}

static void reserved(uint64_t first, uint64_t last)
{
	struct range r = pages_of(first, last);

	assert_int_equal(memblock_reserve(r.base, r.size), 0);
}

static void freed_late(uint64_t first, uint64_t last, enum late_way way)
{
	reserved(first, last);
	*vec_add(&late.list) = (struct late_free){ .range = pages_of(first, last), .way = way };
}

static void zone(int nid, const char *name, uint64_t start_pfn, uint64_t spanned, uint64_t present)
{
	*vec_add(&zones.list) = (struct zone){ nid, name, start_pfn, spanned, present, 0, 0 };
}

static struct late_free_outcome run_with(const char *way, enum late_free_when when, unsigned flags)
{
	struct late_free_outcome o;

	assert_true(late_free_run_with(late_free_way_named(way), when, flags, &zones, &late, &o));
	return o;
}

static struct late_free_outcome run(const char *way, enum late_free_when when)
{
	return run_with(way, when, 0);
}

static void is(const struct fault *f, uint64_t times, uint64_t first_pfn)
{
	assert_int_equal(f->times, times);
	if (times)
		assert_int_equal(f->first_pfn, first_pfn);
}

/*
 * 512 MiB, pages 0 to 131071, one zone: the first section, 0 to 32767, is initialised early.
 *
 *	1000 to 1009	freed late, below the boundary
 *	40001 to 40006	freed late, deferred
 *	50000 to 50099	stay reserved
 *	60000 to 60003	freed another way, after everything
 *	60010 to 60011	a huge page: counted as managed, never in the free lists
 */
#define ALL    131072u
#define STAYS  100u
#define EARLY  10u
#define LATER  6u
#define LATER1 40001u

static void make_machine(void)
{
	memory(0, 0, ALL - 1);
	freed_late(1000, 1009, LATE_MEMBLOCK);
	freed_late(LATER1, 40006, LATE_MEMBLOCK);
	reserved(50000, 50099);
	freed_late(60000, 60003, LATE_RESERVED);
	freed_late(60010, 60011, LATE_ACCOUNT);
	zone(0, "Normal", 0, ALL, ALL);
}

/*
 * What is read too early when 40001 to 40006 are freed page by page, and 40000 and 40007 are not
 * initialised yet:
 *
 *	40001	its buddy is 40000: read 1
 *	40002	40003 is initialised, and in use
 *	40003	joins 40002; the pair's buddy is at 40000: read 2
 *	40004	40005 is in use
 *	40005	joins 40004; the pair's buddy is at 40006, in use
 *	40006	40007: read 3
 */
#define READS	   3u
#define READS_AT   40000u
#define NONE	   0u, 0u
#define IS_LOST	   LATER, LATER1
#define IS_TWICE   LATER, LATER1
#define IS_UNREADY READS, READS_AT

static const struct {
	const char *way;
	enum late_free_when when;
	struct fault lost, unready, twice;
} expected[] = {
	/* Nobody comes back for what is deferred; while the threads run, nothing seems to be. */
	{ "lost", LATE_FREE_BEFORE, { IS_LOST }, { NONE }, { NONE } },
	{ "lost", LATE_FREE_WHILE, { NONE }, { IS_UNREADY }, { NONE } },
	{ "lost", LATE_FREE_AFTER, { NONE }, { NONE }, { NONE } },
	/* At once, whatever is beside it. */
	{ "early", LATE_FREE_BEFORE, { NONE }, { IS_UNREADY }, { NONE } },
	{ "early", LATE_FREE_WHILE, { NONE }, { IS_UNREADY }, { NONE } },
	{ "early", LATE_FREE_AFTER, { NONE }, { NONE }, { NONE } },
	/* Initialised as reserved, and once more as free. */
	{ "redux", LATE_FREE_BEFORE, { NONE }, { NONE }, { IS_TWICE } },
	{ "redux", LATE_FREE_WHILE, { NONE }, { IS_UNREADY }, { NONE } },
	{ "redux", LATE_FREE_AFTER, { NONE }, { NONE }, { NONE } },
	/* The same without the second time. */
	{ "flag", LATE_FREE_BEFORE, { NONE }, { NONE }, { NONE } },
	{ "flag", LATE_FREE_WHILE, { NONE }, { IS_UNREADY }, { NONE } },
	{ "flag", LATE_FREE_AFTER, { NONE }, { NONE }, { NONE } },
	/* memblock_discard() comes once. */
	{ "discard", LATE_FREE_BEFORE, { NONE }, { NONE }, { NONE } },
	{ "discard", LATE_FREE_WHILE, { NONE }, { NONE }, { NONE } },
	{ "discard", LATE_FREE_AFTER, { EARLY + LATER, 1000 }, { NONE }, { NONE } },
	/* The caller waits. */
	{ "caller", LATE_FREE_BEFORE, { NONE }, { NONE }, { NONE } },
	{ "caller", LATE_FREE_WHILE, { NONE }, { NONE }, { NONE } },
	{ "caller", LATE_FREE_AFTER, { NONE }, { NONE }, { NONE } },
};

/* Catches any way that is changed for another: no two have the same three outcomes. */
static void each_way_has_its_own_outcome(void **unused)
{
	(void)unused;
	make_machine();
	for (size_t i = 0; i < COUNT(expected); i++) {
		struct late_free_outcome o = run(expected[i].way, expected[i].when);

		is(&o.lost, expected[i].lost.times, expected[i].lost.first_pfn);
		is(&o.unready, expected[i].unready.times, expected[i].unready.first_pfn);
		is(&o.twice, expected[i].twice.times, expected[i].twice.first_pfn);
		is(&o.twice_free, 0, 0);
		is(&o.freed_again, 0, 0);
		assert_int_equal(o.given_back, EARLY + LATER);
		assert_int_equal(o.deferred, LATER);
		assert_int_equal(o.total, ALL - STAYS - expected[i].lost.times);
		late_free_outcome_free(&o);
	}
}

/* Catches a way that is left out of the list, or twice in it. */
static void the_list_has_the_six_ways(void **unused)
{
	static const char *const names[] = {
		"lost", "early", "redux", "flag", "discard", "caller"
	};
	size_t n = 0;

	(void)unused;
	for (; late_free_ways[n]; n++) {
		assert_string_equal(late_free_ways[n]->name, names[n]);
		assert_ptr_equal(late_free_way_named(names[n]), late_free_ways[n]);
		assert_non_null(late_free_ways[n]->what);
		assert_non_null(late_free_ways[n]->source);
	}
	assert_int_equal(n, COUNT(names));
	assert_null(late_free_way_named("none"));
}

/*
 * Kernels with a mended caller free boot services like other reserved memory. Catches a comparison
 * that sees no fault on them, because it believes the recorded kernel.
 */
static void boot_services_go_the_way_whatever_the_kernel_did(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	memory(0, 0, ALL - 1);
	freed_late(LATER1, 40006, LATE_RESERVED);
	late.list.at[0].what = "EFI boot services";
	zone(0, "Normal", 0, ALL, ALL);
	o = run("lost", LATE_FREE_BEFORE);
	is(&o.lost, LATER, LATER1);
	late_free_outcome_free(&o);
}

/* Catches a mended caller that mends memblock_free_late() for everybody. */
static void another_caller_still_loses_its_pages(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	make_machine();
	o = run_with("caller", LATE_FREE_BEFORE, LATE_FREE_OTHER_CALLER);
	is(&o.lost, LATER, LATER1);
	late_free_outcome_free(&o);
	o = run_with("flag", LATE_FREE_BEFORE, LATE_FREE_OTHER_CALLER);
	is(&o.lost, 0, 0);
	late_free_outcome_free(&o);
}

static void free_early(struct linux_handover *h, void *p)
{
	late_free_early.free_late(h, p);
}

/*
 * Chunks are 1024 pages; one begins at 40960. Of 40958 to 40961 two pages lie on either side. When
 * only the chunk below is done, 40956 can be read and 40962 cannot; when this one is done too, both
 * can. Catches a pause at another chunk, and a chunk that is freed before all of it is initialised.
 */
static void a_range_across_the_chunk_at_hand(void **unused)
{
	struct linux_handover h;
	struct pages p = { 40958, 40962, 0 };

	(void)unused;
	memory(0, 0, ALL - 1);
	reserved(p.start, p.end - 1);
	zone(0, "Normal", 0, ALL, ALL);
	for (int done = 0; done <= 1; done++) {
		assert_true(linux_begin(&h, &zones));
		h.pause_at = done ? 40960 + MAX_ORDER_PAGES : 40960;
		h.paused = free_early;
		h.paused_arg = &p;
		linux_deferred(&h);
		is(&h.d.unready, done ? 0 : 1, 40962);
		assert_int_equal(h.managed[0], ALL);
		linux_free(&h);
	}
}

/*
 * A pause at 40960 comes before that page is initialised: freeing 40961 then reads it too early.
 * Catches a pause that is one chunk late.
 */
static void the_pause_is_before_its_chunk(void **unused)
{
	struct linux_handover h;
	struct pages p = { 40961, 40962, 0 };

	(void)unused;
	memory(0, 0, ALL - 1);
	reserved(p.start, p.end - 1);
	zone(0, "Normal", 0, ALL, ALL);
	assert_true(linux_begin(&h, &zones));
	h.pause_at = 40960;
	h.paused = free_early;
	h.paused_arg = &p;
	linux_deferred(&h);
	is(&h.d.unready, 1, 40960);
	linux_free(&h);
}

/* Both halves of the first chunk are free, and buddies; but they are in two zones. */
static void zones_are_not_joined(void **unused)
{
	struct linux_handover h;

	(void)unused;
	memory(0, 0, ALL - 1);
	zone(0, "DMA", 0, 512, 512);
	zone(0, "Normal", 512, ALL - 512, ALL - 512);
	assert_true(linux_begin(&h, &zones));
	assert_int_equal(h.d.at[0].state, PAGE_HEAD + 9);
	assert_int_equal(h.d.at[512].state, PAGE_HEAD + 9);
	assert_int_equal(h.d.at[1024].state, PAGE_HEAD + 10);
	linux_free(&h);
}

/* The worst moment to free 40958 to 40961 is the start: both 40956 and 40962 are not there yet. */
static void the_worst_moment_is_found(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	memory(0, 0, ALL - 1);
	freed_late(40958, 40961, LATE_MEMBLOCK);
	zone(0, "Normal", 0, ALL, ALL);
	o = run("early", LATE_FREE_WHILE);
	is(&o.unready, 2, 40956);
	assert_int_equal(o.at, 0);
	late_free_outcome_free(&o);
}

/*
 * The last zone begins at 4096: one section of it is 4096 to 36863, and the next boundary of a
 * section is 65536. Catches a low zone that is deferred, and a boundary counted from page 0.
 */
static void only_the_last_zone_is_deferred_behind_a_section(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	memory(0, 0, ALL - 1);
	freed_late(2000, 2001, LATE_MEMBLOCK);
	freed_late(65534, 65538, LATE_MEMBLOCK);
	reserved(70000, 70000);
	zone(0, "DMA", 0, 4096, 4096);
	zone(0, "DMA32", 4096, ALL - 4096, ALL - 4096);
	o = run("lost", LATE_FREE_BEFORE);
	is(&o.lost, 3, 65536);
	assert_int_equal(o.managed.n, 2);
	assert_int_equal(o.managed.at[0], 4096);
	assert_int_equal(o.managed.at[1], ALL - 4096 - 1 - 3);
	late_free_outcome_free(&o);
}

/* Each node has its boundary: 32768 on the first, 131072 + 32768 on the second. */
static void each_node_has_its_own_boundary(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	memory(0, 0, ALL - 1);
	memory(1, ALL, 2 * ALL - 1);
	freed_late(140000, 140002, LATE_MEMBLOCK);
	freed_late(170000, 170003, LATE_MEMBLOCK);
	zone(0, "Normal", 0, ALL, ALL);
	zone(1, "Normal", ALL, ALL, ALL);
	o = run("lost", LATE_FREE_BEFORE);
	is(&o.lost, 4, 170000);
	assert_int_equal(o.managed.at[0], ALL);
	assert_int_equal(o.managed.at[1], ALL - 4);
	late_free_outcome_free(&o);
}

/* 32-bit kernels initialise everything early. */
static void high_memory_means_that_nothing_is_deferred(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	make_machine();
	vec_add(&zones.limits)->name = "HighMem";
	o = run("lost", LATE_FREE_BEFORE);
	is(&o.lost, 0, 0);
	assert_int_equal(o.deferred, 0);
	late_free_outcome_free(&o);
}

/*
 * Descriptors of a hole are initialised early: beside 60000 to 60001 lies 60002, in a hole up to
 * 60999, and nothing is read too early. Catches a hole that is left out.
 */
static void holes_can_be_read(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	memory(0, 0, 60001);
	memory(0, 61000, ALL - 1);
	freed_late(60000, 60001, LATE_MEMBLOCK);
	zone(0, "Normal", 0, ALL, ALL - 998);
	o = run("early", LATE_FREE_BEFORE);
	is(&o.unready, 0, 0);
	assert_int_equal(o.total, ALL - 998);
	late_free_outcome_free(&o);
}

/*
 * Bytes 0x800 of page 40000 to 0x7ff of page 40003 are freed late: the whole pages in between are
 * two. The other two have initialised descriptors too. Catches rounding the wrong way.
 */
static void whole_pages_inside_are_freed(void **unused)
{
	struct range r = { PF_PFN_PHYS(40000) + 0x800, 3 * PF_PAGE_SIZE };
	struct late_free_outcome o;

	(void)unused;
	memory(0, 0, ALL - 1);
	assert_int_equal(memblock_reserve(r.base, r.size), 0);
	*vec_add(&late.list) = (struct late_free){ .range = r, .way = LATE_MEMBLOCK };
	zone(0, "Normal", 0, ALL, ALL);
	o = run("early", LATE_FREE_BEFORE);
	assert_int_equal(o.given_back, 2);
	/* 40001: 40000 is initialised; 40002: 40003 is. */
	is(&o.unready, 0, 0);
	assert_int_equal(o.total, ALL - 2);
	late_free_outcome_free(&o);
}

/* Mirrored memory is the kernel's, the rest of the same span is Movable. */
static void mirrored_memory_has_its_zone(void **unused)
{
	struct range mirrored = pages_of(0, 999);
	struct late_free_outcome o;

	(void)unused;
	memory(0, 0, 65535);
	mirrored_kernelcore = true;
	assert_int_equal(memblock_mark_mirror(mirrored.base, mirrored.size), 0);
	zone(0, "Normal", 0, 65536, 1000);
	zone(0, "Movable", 0, 65536, 64536);
	o = run("lost", LATE_FREE_BEFORE);
	assert_int_equal(o.managed.at[0], 1000);
	assert_int_equal(o.managed.at[1], 64536);
	late_free_outcome_free(&o);
}

/* A page that is in the list twice is freed twice: catches a count that hides it. */
static void freeing_again_is_counted(void **unused)
{
	struct late_free_outcome o;

	(void)unused;
	make_machine();
	freed_late(40002, 40002, LATE_MEMBLOCK);
	o = run("early", LATE_FREE_AFTER);
	is(&o.freed_again, 1, 40002);
	late_free_outcome_free(&o);
}

/* Freed at once and released as well: initialised again in the free lists, the worst of all. */
static void initialising_a_free_page_is_counted_apart(void **unused)
{
	struct linux_handover h;
	struct pages p = { LATER1, LATER1 + 1, 0 };

	(void)unused;
	make_machine();
	assert_true(linux_begin(&h, &zones));
	linux_free_core(&h, p.start, 0);
	linux_release(&h, &p);
	linux_deferred(&h);
	is(&h.d.twice, 1, LATER1);
	is(&h.d.twice_free, 1, LATER1);
	linux_free(&h);
}

/* The workbench runs way after way on one machine. */
static void memblock_is_left_alone(void **unused)
{
	struct late_free_outcome o;
	uint64_t size;
	unsigned long n;

	(void)unused;
	make_machine();
	size = memblock.reserved.total_size;
	n = memblock.reserved.cnt;
	for (size_t i = 0; late_free_ways[i]; i++) {
		o = run(late_free_ways[i]->name, LATE_FREE_BEFORE);
		late_free_outcome_free(&o);
		assert_int_equal(memblock.reserved.total_size, size);
		assert_int_equal(memblock.reserved.cnt, n);
	}
}

/* 8 TiB: no, rather than minutes. No memory at all: no, rather than a crash. */
static void what_is_too_large_is_refused(void **unused)
{
	struct late_free_outcome o;
	uint64_t many = UINT64_C(1) << 31;

	(void)unused;
	assert_false(late_free_run(&late_free_lost, LATE_FREE_BEFORE, &zones, &late, &o));
	late_free_outcome_free(&o);
	memory(0, 0, many - 1);
	zone(0, "Normal", 0, many, many);
	assert_false(late_free_run(&late_free_lost, LATE_FREE_WHILE, &zones, &late, &o));
	late_free_outcome_free(&o);
}

/* The poison is real: a read of what is not initialised stops the program. */
static void sanitizer_stops_a_strict_run(void **unused)
{
	int status;
	pid_t child;

	(void)unused;
	if (!DESCRIPTORS_POISONED)
		skip();
	make_machine();
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct late_free_outcome o;

		close(STDERR_FILENO);
		late_free_run_with(&late_free_early, LATE_FREE_BEFORE, LATE_FREE_STRICT, &zones,
				   &late, &o);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_way_has_its_own_outcome),
		TEST(the_list_has_the_six_ways),
		TEST(boot_services_go_the_way_whatever_the_kernel_did),
		TEST(another_caller_still_loses_its_pages),
		TEST(a_range_across_the_chunk_at_hand),
		TEST(the_pause_is_before_its_chunk),
		TEST(zones_are_not_joined),
		TEST(the_worst_moment_is_found),
		TEST(only_the_last_zone_is_deferred_behind_a_section),
		TEST(each_node_has_its_own_boundary),
		TEST(high_memory_means_that_nothing_is_deferred),
		TEST(holes_can_be_read),
		TEST(whole_pages_inside_are_freed),
		TEST(mirrored_memory_has_its_zone),
		TEST(freeing_again_is_counted),
		TEST(initialising_a_free_page_is_counted_apart),
		TEST(memblock_is_left_alone),
		TEST(what_is_too_large_is_refused),
		TEST(sanitizer_stops_a_strict_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
