/* SPDX-License-Identifier: MIT */
/*
 * port/posix/ as a program finds it that did nothing yet: reports are seen, pages are cleared, and
 * memory that nobody made room for ends the program with words and not with a signal of its own.
 * And memory that comes and goes: what was behind its descriptors is lost, or kept for ever.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/hotplug.h>

#include "../../port/posix/port.h"

static char said[4096];

/* What a process of its own says on standard error; its wait status. */
static int run(void (*program)(void))
{
	int ends[2], status;
	size_t n = 0;
	ssize_t got;
	pid_t child;

	assert_return_code(pipe(ends), 0);
	child = fork();
	if (!child) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		program();
		_exit(0);
	}
	close(ends[1]);
	while ((got = read(ends[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void print(void)
{
	pf_port_print(PF_ERR, "a report");
}

static void reports_go_to_standard_error(void **unused)
{
	(void)unused;
	assert_int_equal(run(print), 0);
	assert_string_equal(said, "a report\n");
}

static void clear(void)
{
	char *page = memblock_alloc(4096, 4096);

	memset(page, 1, 4096);
	memblock_free(page, 4096);
	page = memblock_alloc(4096, 4096);
	_exit(page && !page[0] && !page[4095] ? 0 : 1);
}

static void prepare_and_clear(void)
{
	if (!posix_port_memory(1 << 20) || memblock_add(0, 1 << 20))
		_exit(1);
	clear();
}

static void what_is_allocated_is_clear(void **unused)
{
	(void)unused;
	assert_int_equal(run(prepare_and_clear), 0);
}

static void forget(void)
{
	if (memblock_add(0, 1 << 20))
		_exit(1);
	clear();
}

static void forgotten_memory_is_told(void **unused)
{
	int status = run(forget);

	(void)unused;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(
		strstr(said, "pageframe: there is no memory yet: call posix_port_memory()"));
}

static void give_too_little(void)
{
	if (!posix_port_memory(1 << 20) || memblock_add(0, 2 << 20))
		_exit(1);
	clear();
}

static void too_little_memory_is_told(void **unused)
{
	int status = run(give_too_little);

	(void)unused;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(said, "no memory at physical address 0x1ff000: posix_port_memory() "
				     "was called for 0x100000 bytes"));
}

/* --- memory that comes and goes --- */

#define PAGE  ((size_t)PF_PAGE_SIZE)
#define PAGES 300

/* Bytes of an area that the system has something behind. */
static size_t backed(char *virt, size_t size)
{
	unsigned char there[PAGES];
	size_t bytes = 0;

	assert_true(size <= PAGES * PAGE);
	assert_return_code(mincore(virt, size, there), errno);
	for (size_t i = 0; i < size / PAGE; i++)
		bytes += there[i] & 1 ? PAGE : 0;
	return bytes;
}

/* unmap() tells of each page what map() was told, and the system has it back. */
static void what_is_unmapped_is_given_back(void **unused)
{
	char *a = posix_memmap.reserve(PAGES * PAGE), *b = posix_memmap.reserve(2 * PAGE);

	(void)unused;
	assert_true(a && b);
	assert_int_equal(posix_memmap.map(a, 0x10000, 100 * PAGE, 0), 0);
	assert_int_equal(posix_memmap.map(a + 100 * PAGE, 0x8000000000, 200 * PAGE, 1), 0);
	assert_int_equal(posix_memmap.map(b, 0x5000, 2 * PAGE, 0), 0);
	memset(a, 1, PAGES * PAGE);
	memset(b, 1, 2 * PAGE);
	assert_int_equal(backed(a, PAGES * PAGE), PAGES * PAGE);
	assert_true(posix_memmap.unmap(a, PAGE) == 0x10000);
	assert_true(posix_memmap.unmap(a + 99 * PAGE, PAGE) == 0x10000 + 99 * PAGE);
	assert_true(posix_memmap.unmap(a + 100 * PAGE, PAGE) == 0x8000000000);
	assert_true(posix_memmap.unmap(a + 299 * PAGE, PAGE) == 0x8000000000 + 199 * PAGE);
	assert_true(posix_memmap.unmap(b + PAGE, PAGE) == 0x5000 + PAGE);
	assert_int_equal(backed(a, PAGES * PAGE), (PAGES - 4) * PAGE);
	assert_int_equal(backed(b, 2 * PAGE), PAGE);
	assert_int_equal(a[0] + a[99 * PAGE + 7] + a[299 * PAGE], 0);
	assert_int_equal(a[PAGE] + a[98 * PAGE] + b[0], 3);
	/* And again, elsewhere. */
	assert_int_equal(posix_memmap.map(a, 0x77000, PAGE, 0), 0);
	assert_true(posix_memmap.unmap(a, PAGE) == 0x77000);
}

static struct pf_mem mem;

static void there_and_back(const struct pf_memmap_ops *ops)
{
	const pf_phys mib = 1 << 20;
	struct pf_boot_config config = { .memmap = ops, .max_possible_pfn = 256 * mib / PAGE };
	pf_phys map = ops->on_demand ? 0 : 64 * mib / PAGE * sizeof(struct pf_page), before;
	struct pf_zone *zone;
	char why[240] = "";

	if (!posix_port_memory(256 * mib) || memblock_add(0, 64 * mib) || pf_boot(&mem, &config))
		_exit(1);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	pf_drain_all(&mem);
	before = zone->nr_free;
	for (int i = 0; i < 2; i++) {
		if (pf_add_memory(&mem, 0, 128 * mib, 64 * mib, 0) ||
		    zone->nr_free != before - map / PAGE ||
		    pf_online_pages(&mem, 128 * mib / PAGE, 64 * mib / PAGE, PF_ONLINE_MOVABLE) ||
		    pf_alloc_pages_at(&mem, 128 * mib / PAGE + 5, 0))
			_exit(2);
		pf_free_pages(&mem, 128 * mib / PAGE + 5, 0);
		pf_drain_all(&mem);
		if (pf_offline_pages(&mem, 128 * mib / PAGE, 64 * mib / PAGE, NULL, NULL) ||
		    pf_remove_memory(&mem, 128 * mib, 64 * mib))
			_exit(3);
		pf_drain_all(&mem);
		if (zone->nr_free != before || !pf_verify(&mem, why, sizeof(why)))
			_exit(4);
	}
}

static void mapped(void)
{
	there_and_back(&posix_memmap);
}

static void on_demand(void)
{
	there_and_back(&posix_memmap_on_demand);
}

static void memory_comes_and_goes(void **unused)
{
	(void)unused;
	assert_int_equal(run(mapped), 0);
	assert_string_equal(said, "");
	assert_int_equal(run(on_demand), 0);
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_go_to_standard_error),
		cmocka_unit_test(what_is_allocated_is_clear),
		cmocka_unit_test(forgotten_memory_is_told),
		cmocka_unit_test(too_little_memory_is_told),
		cmocka_unit_test(what_is_unmapped_is_given_back),
		cmocka_unit_test(memory_comes_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
