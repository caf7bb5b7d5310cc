/* SPDX-License-Identifier: MIT */
/*
 * port/posix/ as a program finds it that did nothing yet: reports are seen, pages are cleared, and
 * memory that nobody made room for ends the program with words and not with a signal of its own.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <pageframe/memblock.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_go_to_standard_error),
		cmocka_unit_test(what_is_allocated_is_clear),
		cmocka_unit_test(forgotten_memory_is_told),
		cmocka_unit_test(too_little_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
