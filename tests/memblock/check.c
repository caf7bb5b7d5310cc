/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <fnmatch.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

/* A case that takes longer hangs. The randomised group has a clock of its own. */
#define CASE_SECONDS 20

struct check_options check_options;

/* The case that runs. */
static struct {
	const struct check_group *group;
	const struct check_case *c;
	bool bottom_up;
	char name[160];
	char failure[1 << 16];
	jmp_buf failed;
} now;

static struct check_totals totals;

const void *check_arg(void)
{
	return now.c->arg;
}

_Noreturn void check_fail(const char *file, int line, const char *what, const char *expected,
			  const char *seen)
{
	const char *base = strrchr(file, '/');

	snprintf(now.failure, sizeof(now.failure),
		 "# %s.%s failed at %s:%d: %s\n#   expected: %s\n#   seen:     %s\n",
		 now.group->name, now.name, base ? base + 1 : file, line, what, expected, seen);
	longjmp(now.failed, 1);
}

/* Small numbers in decimal, errors with their sign, addresses and sizes in hexadecimal. */
static void number_text(char *buf, size_t size, unsigned long long n)
{
	if (n > (unsigned long long)-4096)
		snprintf(buf, size, "%lld", (long long)n);
	else
		snprintf(buf, size, n < 1024 ? "%llu" : "0x%llx", n);
}

void check_numbers(const char *file, int line, const char *what, unsigned long long seen,
		   unsigned long long expected)
{
	char expected_text[24], seen_text[24];

	if (seen == expected)
		return;
	number_text(expected_text, sizeof(expected_text), expected);
	number_text(seen_text, sizeof(seen_text), seen);
	check_fail(file, line, what, expected_text, seen_text);
}

/* Addresses inside the simulated machine are shown as physical ones. */
static void pointer_text(char *buf, size_t size, const void *p)
{
	unsigned long long phys = pf_port_virt_to_phys(p);

	if (!p)
		snprintf(buf, size, "NULL");
	else if (phys <= HOST_PHYS_SIZE)
		snprintf(buf, size, "the address of physical 0x%llx", phys);
	else
		snprintf(buf, size, "%p", p);
}

void check_pointers(const char *file, int line, const char *what, const void *seen,
		    const void *expected)
{
	char expected_text[64], seen_text[64];

	if (seen == expected)
		return;
	pointer_text(expected_text, sizeof(expected_text), expected);
	pointer_text(seen_text, sizeof(seen_text), seen);
	check_fail(file, line, what, expected_text, seen_text);
}

/* Each line of a text is a comment of TAP. */
static void quote(char *buf, size_t size, const char *text)
{
	size_t n = 0;

	buf[n++] = '"';
	for (; *text && n < size - 16; text++) {
		buf[n++] = *text;
		if (*text == '\n')
			n += (size_t)snprintf(buf + n, size - n, "#\t");
	}
	snprintf(buf + n, size - n, "\"");
}

void check_strings(const char *file, int line, const char *what, const char *seen,
		   const char *expected)
{
	static char expected_text[1 << 14], seen_text[1 << 14];

	if (!strcmp(seen, expected))
		return;
	quote(expected_text, sizeof(expected_text), expected);
	quote(seen_text, sizeof(seen_text), seen);
	check_fail(file, line, what, expected_text, seen_text);
}

void check_bytes(const char *file, int line, const char *what, const void *seen,
		 const void *expected, size_t size)
{
	const unsigned char *s = seen, *e = expected;
	char expected_text[64], seen_text[64];
	size_t i = 0;

	while (i < size && s[i] == e[i])
		i++;
	if (i == size)
		return;
	snprintf(expected_text, sizeof(expected_text), "byte %zu of %zu is 0x%02x", i, size, e[i]);
	snprintf(seen_text, sizeof(seen_text), "it is 0x%02x", s[i]);
	check_fail(file, line, what, expected_text, seen_text);
}

/* A sanitizer, a signal or the clock ends the program: say where it was. */
static void last_words(void)
{
	printf("%s%s.%s did not end well; %lu cases ran before it, and none after\n",
	       check_options.verbose ? "Bail out! " : "", now.group->name, now.name, totals.run);
	fflush(stdout);
}

static void out_of_time(int signal)
{
	(void)signal;
	printf("# no end after %d seconds\n", CASE_SECONDS);
	last_words();
	_exit(1);
}

__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static bool run_guarded(void)
{
	static jmp_buf panicked;

	if (setjmp(now.failed))
		return false;
	fresh();
	if (now.group->prepare)
		now.group->prepare();
	memblock_set_bottom_up(now.bottom_up);
	host_panic_jump = &panicked;
	if (setjmp(panicked))
		check_fail(now.c->name, 0, "pf_port_panic()", "no call", host_panic_message);
	now.c->run();
	return true;
}

static void run_case(void)
{
	bool passed;

	signal(SIGALRM, out_of_time);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(last_words);
	alarm(CASE_SECONDS);
	passed = run_guarded();
	alarm(0);
	totals.run++;
	totals.failed += !passed;
	if (check_options.verbose)
		printf("%sok %lu - %s: %s\n", passed ? "" : "not ", totals.run, now.c->function,
		       now.name);
	if (!passed)
		fputs(now.failure, stdout);
	fflush(stdout);
}

/* Is the case, in the direction of now, wanted? Its name is then in now. */
static bool is_wanted(void)
{
	const struct check_case *c = now.c;
	char full[200];

	if (c->movable && !check_options.movable_node)
		return false;
	if (c->ways == ONCE)
		snprintf(now.name, sizeof(now.name), "%s", c->name);
	else
		snprintf(now.name, sizeof(now.name), "%s_%s",
			 now.bottom_up ? "bottom_up" : "top_down", c->name);
	snprintf(full, sizeof(full), "%s.%s", now.group->name, now.name);
	if (!check_options.pattern || !fnmatch(check_options.pattern, full, 0))
		return true;
	/* A group, or the function under test as -v names it, will do. */
	return !fnmatch(check_options.pattern, now.group->name, 0) ||
	       !fnmatch(check_options.pattern, c->function, 0);
}

static void list_case(void)
{
	totals.run++;
	printf("%s.%s\n", now.group->name, now.name);
}

static bool should_stop(void)
{
	return check_options.stop && totals.failed;
}

static void run_group(void)
{
	bool started = false;

	for (size_t i = 0; i < now.group->n && !should_stop(); i++) {
		now.c = &now.group->cases[i];
		for (int up = 0; up < (now.c->ways == BOTH_WAYS ? 2 : 1) && !should_stop(); up++) {
			now.bottom_up = up;
			if (!is_wanted())
				continue;
			if (check_options.list) {
				list_case();
				continue;
			}
			if (!started && now.group->start)
				now.group->start();
			started = true;
			run_case();
		}
	}
	if (started && now.group->end)
		now.group->end();
}

struct check_totals check_run(const struct check_group *const *groups, size_t n)
{
	for (size_t i = 0; i < n && !should_stop(); i++) {
		now.group = groups[i];
		run_group();
	}
	return totals;
}
