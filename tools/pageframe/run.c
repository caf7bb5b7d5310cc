/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/scenario_file.h"
#include "../../sim/scenario_run.h"
#include "verbs.h"

struct options {
	bool verbose;
	char **scenarios;
	int n;
};

/* Of all scenarios together. */
struct sum {
	struct scenario_result result;
	int unread; /* scenarios that could not be run */
};

static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":v", known, NULL)) != -1) {
		if (option != 'v')
			return advise("run", "run has no option '%s'", argv[optind - 1]);
		o->verbose = true;
	}
	if (optind == argc)
		return advise("run", "run needs a scenario: a name, a file, or '-'; 'pageframe "
				     "scenarios' lists the bundled ones");
	o->scenarios = argv + optind;
	o->n = argc - optind;
	return 0;
}

/* Of what could not be run, all is never as it should be. */
static void print_result(const char *name, const struct scenario_result *r, int unread)
{
	printf("%s: %zu statement%s, %zu of them expectations: ", name, r->statements,
	       r->statements == 1 ? "" : "s", r->expectations);
	if (r->failed)
		printf("%zu not as it should be%s", r->failed, unread ? ", and " : "");
	else if (!unread)
		fputs("all as it should be", stdout);
	if (unread)
		printf("%d could not be run", unread);
	putchar('\n');
	fflush(stdout);
}

static void not_run(struct sum *sum, const char *name)
{
	printf("%s: could not be run\n", name);
	fflush(stdout);
	sum->unread++;
}

static void add(struct scenario_result *sum, const struct scenario_result *r)
{
	sum->statements += r->statements;
	sum->expectations += r->expectations;
	sum->failed += r->failed;
}

static void run_one(struct sum *sum, const struct options *o, const char *where)
{
	struct scenario s;
	char *path;

	if (scenario_load(&s, where, &path) && scenario_read(&s)) {
		struct scenario_result r =
			scenario_run(&s, o->verbose ? stdout : stderr, o->verbose);

		if (r.no_machine) {
			not_run(sum, where);
		} else {
			print_result(where, &r, 0);
			add(&sum->result, &r);
		}
	} else if (o->n > 1) {
		not_run(sum, where);
	} else {
		sum->unread++;
	}
	scenario_free(&s);
	free(path);
}

static int run(int argc, char **argv)
{
	struct options o = { .verbose = false };
	struct sum sum = { .unread = 0 };
	int status = read_options(&o, argc, argv);
	char name[40];

	if (status)
		return status;
	for (int i = 0; i < o.n; i++)
		run_one(&sum, &o, o.scenarios[i]);
	if (o.n > 1) {
		snprintf(name, sizeof(name), "%d scenarios", o.n);
		print_result(name, &sum.result, sum.unread);
	}
	return sum.unread ? EXIT_USAGE : sum.result.failed ? EXIT_DIFFERS : 0;
}

const struct verb verb_run = {
	.name = "run",
	.summary = "run scenarios: a machine, what is done to its memory, what is expected",
	.help = "usage: pageframe run [--verbose] SCENARIO ...\n"
		"\n"
		"Runs each SCENARIO: a text, a statement a line, that boots a machine, does\n"
		"something to its memory, and says what is expected then. docs/scenarios.md is\n"
		"the language.\n"
		"\n"
		"  machine bios-offline-k612\n"
		"  offline 0x108000000 + 128M\n"
		"  expect memory-block 33 offline Movable,Normal\n"
		"  expect zones as zoneinfo.txt        # they are not: a block is offline\n"
		"\n"
		"SCENARIO is a bundled scenario's name (see 'pageframe scenarios'), a file, or -\n"
		"for standard input.\n"
		"\n"
		"  --verbose, -v  tell what each statement came to\n"
		"\n"
		"Exit status: 0; 1 if something was not as it should be; 2 for wrong use, a\n"
		"scenario that cannot be read or understood, or a machine that cannot be booted.\n"
		"PAGEFRAME_SCENARIOS names the directory of bundled scenarios, PAGEFRAME_MACHINES\n"
		"that of bundled machines.\n",
	.run = run,
};
