/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../port/explore/search.h"
#include "../../port/explore/story.h"
#include "../../port/explore/token.h"
#include "exhibits.h"
#include "verbs.h"

#define BOUND	3  /* preemptions */
#define SECONDS 10 /* at the most, to catch a fault */

/* --- both codes on one scenario --- */

static void search_with(const struct exhibit *e, const struct xp_code *code,
			struct search_result *r, double seconds, bool shortest)
{
	struct search s = { .code = code,
			    .scenario = find_scenario(code, e->scenario),
			    .bound = BOUND,
			    .seconds = seconds };

	if (shortest)
		search_shortest(&s, BOUND, r);
	else
		search(&s, r);
}

/* And for what it is, not for another reason. */
static bool is_caught(const struct exhibit *e, struct search_result *r)
{
	search_with(e, e->wrong, r, SECONDS, true);
	return r->verdict == SEARCH_FAILED && strstr(search_why(), e->why);
}

static bool is_clean(const struct exhibit *e, struct search_result *r)
{
	search_with(e, &explored_library, r, 0, false);
	return r->verdict == SEARCH_CLEAN;
}

/* --- one --- */

/* What is_caught() found, told. Return: its token, to be freed. */
static char *tell(const struct exhibit *e, bool all)
{
	struct search s = { .code = e->wrong,
			    .scenario = find_scenario(e->wrong, e->scenario),
			    .bound = XP_NO_BOUND };
	struct search_result r;

	search_again(&s, &r);
	story_print(stdout, all);
	printf("\n*** %s\n", search_why());
	return token_text(e->scenario, e->name, 0);
}

static void print_right(const struct exhibit *e, const struct search_result *r)
{
	printf("With the right code, %s: %" PRIu64
	       " executions with up to %d preemptions, %.2f s, ",
	       e->right, r->executions, BOUND, r->seconds);
	if (r->verdict == SEARCH_CLEAN)
		puts("and nothing is wrong.");
	else
		printf("and it fails: %s\n", search_why());
}

static int show(const struct exhibit *e, bool all)
{
	struct search_result wrong, right;
	char *token;

	printf("%s: %s\n\n%s\nWith the wrong code, tests/faults/%s/%s.c, '%s':\n\n", e->name,
	       e->title, e->source, e->room, e->wrong->name,
	       find_scenario(e->wrong, e->scenario)->title);
	if (!is_caught(e, &wrong)) {
		puts("*** it is not caught");
		return EXIT_DIFFERS;
	}
	token = tell(e, all);
	printf("\nCaught by %s, in execution %" PRIu64 " with %u preemption%s, after %.2f s.\n",
	       e->caught_by, wrong.executions, wrong.preemptions, wrong.preemptions == 1 ? "" : "s",
	       wrong.seconds);
	if (token)
		printf("Again: pageframe explore --replay %s\n\n", token);
	free(token);
	is_clean(e, &right);
	print_right(e, &right);
	return right.verdict == SEARCH_CLEAN ? 0 : EXIT_DIFFERS;
}

/* --- all --- */

static int list(void)
{
	for (int i = 0; i < nr_exhibits; i++)
		printf("%-24s%s\n", exhibits[i].name, exhibits[i].title);
	return 0;
}

/* As docs/museum.md has it. */
static void catalogue_one(const struct exhibit *e)
{
	struct search_result r;
	bool caught = is_caught(e, &r);

	printf("\n## %s\n\nWhat is wrong: %s.\n\n", e->name, e->title);
	for (const char *at = e->source; *at;) {
		const char *end = strchr(at, '\n');

		printf("> %.*s\n", (int)(end - at), at);
		at = end + 1;
	}
	printf("\nThe wrong code is [tests/faults/%s/%s.c](../tests/faults/%s/%s.c), the right "
	       "code "
	       "[%s](../%s).\nThe scenario is `%s`: %s.\nCaught by %s: \"%s\".\n",
	       e->room, e->wrong->name, e->room, e->wrong->name, e->right, e->right, e->scenario,
	       find_scenario(e->wrong, e->scenario)->title, e->caught_by,
	       caught ? search_why() : "");
}

static int catalogue(void)
{
	puts("# The museum\n\n"
	     "Faults that kernels had, that a review stopped, or that would pass one. Each is a "
	     "file "
	     "that stands in place of one\nobject of the library, with a small scenario in which "
	     "it "
	     "fails. `pageframe museum NAME` runs one: the wrong code fails in\nfront of you, step "
	     "by "
	     "step, and the right code passes. `pageframe museum --check` is a table of all, and\n"
	     "`pageframe museum --catalogue` prints this page. [explorer.md](explorer.md) says how "
	     "they are found.");
	for (int i = 0; i < nr_exhibits; i++)
		catalogue_one(&exhibits[i]);
	return 0;
}

static int check_one(const struct exhibit *e)
{
	struct search_result wrong, right;
	bool caught = is_caught(e, &wrong), clean;

	clean = is_clean(e, &right);
	printf("%-24s%-22s%-25s%8" PRIu64 "%7.2f%12" PRIu64 "%8.2f  %s\n", e->name, e->scenario,
	       e->caught_by, wrong.executions, wrong.seconds, right.executions, right.seconds,
	       !caught	? "NOT CAUGHT"
	       : !clean ? "RIGHT FAILS"
			: "ok");
	fflush(stdout);
	return caught && clean ? 0 : EXIT_DIFFERS;
}

static int check(void)
{
	int status = 0;

	printf("%-24s%-22s%-25s%15s%20s\n%-71s%8s%7s%12s%8s\n", "exhibit", "scenario", "caught by",
	       "wrong code", "right code", "", "tried", "s", "all", "s");
	for (int i = 0; i < nr_exhibits; i++)
		status |= check_one(&exhibits[i]);
	return status;
}

static int run(int argc, char **argv)
{
	bool all = false, check_all = false, print_catalogue = false;
	const char *name = NULL;
	const struct exhibit *e;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--all"))
			all = true;
		else if (!strcmp(argv[i], "--check"))
			check_all = true;
		else if (!strcmp(argv[i], "--catalogue"))
			print_catalogue = true;
		else if (argv[i][0] == '-')
			return advise("museum", "museum has no option '%s'", argv[i]);
		else if (name)
			return advise("museum", "museum takes one exhibit, and got '%s', too",
				      argv[i]);
		else
			name = argv[i];
	}
	if (print_catalogue && (name || check_all))
		return advise("museum", "--catalogue is of all exhibits, and goes alone");
	if (!name)
		return check_all ? check() : print_catalogue ? catalogue() : list();
	e = find_exhibit(name);
	if (!e)
		return no_exhibit("museum", name);
	return check_all ? check_one(e) : show(e, all);
}

const struct verb verb_museum = {
	.name = "museum",
	.summary = "faults that were made, each failing in front of you",
	.help = "usage: pageframe museum [EXHIBIT] [--all]\n"
		"       pageframe museum --check [EXHIBIT]\n"
		"       pageframe museum --catalogue\n"
		"\n"
		"Lists the exhibits: faults that kernels had, or that a review stopped, each as a\n"
		"file that stands in for one of the library. With EXHIBIT, runs it: where it "
		"comes\n"
		"from, what goes wrong, step by step, and that the right code passes where it\n"
		"fails. docs/museum.md is the catalogue.\n"
		"\n"
		"  --all    tell each step, not only those that threads share\n"
		"  --check  a table: each is caught, and the right code passes all orders with up\n"
		"           to 3 preemptions\n"
		"\n"
		"Exit status: 0; 1 if a fault is not caught, or the right code fails; 2 for wrong\n"
		"use.\n",
	.run = run,
};
