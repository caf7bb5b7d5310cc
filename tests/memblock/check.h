/* SPDX-License-Identifier: MIT */
/*
 * A small framework for the simulator's cases. A check that fails ends its case, says where it is,
 * what was expected and what was seen, and the run goes on with the next case.
 */
#ifndef SIMULATOR_CHECK_H
#define SIMULATOR_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum check_ways {
	ONCE,	   /* allocations go top-down, unless the case says otherwise */
	BOTH_WAYS, /* the case runs twice: top-down, and bottom-up */
};

struct check_case {
	const char *function; /* the one under test */
	const char *name;
	void (*run)(void);
	enum check_ways ways;
	bool movable;	 /* it needs -m */
	const void *arg; /* what check_arg() gives to the case */
};

struct check_group {
	const char *name;
	const struct check_case *cases;
	size_t n;
	void (*start)(void);   /* before the first case that runs; NULL if there is nothing to do */
	void (*prepare)(void); /* before each case, after the reset */
	void (*end)(void);
};

#define CHECK_TEXT(x) #x
#define CASE(function, f)                                                                          \
	{                                                                                          \
		CHECK_TEXT(function), CHECK_TEXT(f), f, ONCE, false, NULL                          \
	}
#define BOTH(function, f)                                                                          \
	{                                                                                          \
		CHECK_TEXT(function), CHECK_TEXT(f), f, BOTH_WAYS, false, NULL                     \
	}
#define MOVABLE(function, f)                                                                       \
	{                                                                                          \
		CHECK_TEXT(function), CHECK_TEXT(f), f, ONCE, true, NULL                           \
	}
#define GROUP(name, cases)                                                                         \
	{                                                                                          \
		name, cases, sizeof(cases) / sizeof((cases)[0]), NULL, NULL, NULL                  \
	}

/* What the command line says. */
struct check_options {
	bool verbose;	     /* TAP */
	bool movable_node;   /* the command line of the machine has it */
	bool list;	     /* names only */
	bool stop;	     /* after the first failure */
	const char *pattern; /* of group.case, NULL for all */
	uint64_t seed;	     /* of the randomised group */
	uint64_t iterations;
};

extern struct check_options check_options;

struct check_totals {
	unsigned long run;
	unsigned long failed;
};

/* Run those cases of the groups that the options choose. */
struct check_totals check_run(const struct check_group *const *groups, size_t n);

/* The argument of the case that runs. */
const void *check_arg(void);

/* Each ends the case. */
_Noreturn void check_fail(const char *file, int line, const char *what, const char *expected,
			  const char *seen);
void check_numbers(const char *file, int line, const char *what, unsigned long long seen,
		   unsigned long long expected);
void check_pointers(const char *file, int line, const char *what, const void *seen,
		    const void *expected);
void check_strings(const char *file, int line, const char *what, const char *seen,
		   const char *expected);
void check_bytes(const char *file, int line, const char *what, const void *seen,
		 const void *expected, size_t size);

#define CHECK_BOOL(x, what, want, not_it)                                                          \
	((x) ? (void)0 : check_fail(__FILE__, __LINE__, what, want, not_it))

#define EXPECT(x)	   CHECK_BOOL(x, #x, "true", "false")
#define EXPECT_FALSE(x)	   CHECK_BOOL(!(x), #x, "false", "true")
#define EXPECT_NULL(x)	   check_pointers(__FILE__, __LINE__, #x, x, NULL)
#define EXPECT_NOT_NULL(x) CHECK_BOOL((x) != NULL, #x, "an address", "NULL")
#define EXPECT_EQ(x, want)                                                                         \
	check_numbers(__FILE__, __LINE__, #x, (unsigned long long)(x), (unsigned long long)(want))
#define EXPECT_PTR(x, want)	  check_pointers(__FILE__, __LINE__, #x, x, want)
#define EXPECT_STR(x, want)	  check_strings(__FILE__, __LINE__, #x, x, want)
#define EXPECT_MEM(x, want, size) check_bytes(__FILE__, __LINE__, #x, x, want, size)
#define FAIL(what)		  check_fail(__FILE__, __LINE__, what, "otherwise", "this")

#endif
