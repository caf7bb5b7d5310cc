/* SPDX-License-Identifier: MIT */
/*
 * The memblock simulator: the real memblock code, in user space, and what it has to do. Silent when
 * all is well.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "common.h"

extern const struct check_group basic_group, alloc_group, alloc_helpers_group, alloc_nid_group;
extern const struct check_group alloc_exact_nid_group, alloc_node_group, alloc_low_group;
extern const struct check_group find_group, skip_group, doubling_group, discard_group, flags_group;
extern const struct check_group mirror_group, limits_group, physmem_group, hotplug_group, top_group;
extern const struct check_group query_group, iterate_group, dump_group, random_group;

static const struct check_group *const groups[] = {
	&basic_group,
	&alloc_group,
	&alloc_helpers_group,
	&alloc_nid_group,
	&alloc_exact_nid_group,
	&alloc_node_group,
	&alloc_low_group,
	&find_group,
	&skip_group,
	&doubling_group,
	&discard_group,
	&flags_group,
	&mirror_group,
	&limits_group,
#if PF_PHYSMEM
	&physmem_group,
#endif
	&hotplug_group,
	&top_group,
	&query_group,
	&iterate_group,
	&dump_group,
	&random_group,
};

static const char help[] =
	"Usage: ./main [OPTION]...\n"
	"Runs the memblock simulator. Prints nothing, and exits with 0, if all cases pass.\n"
	"\n"
	"  -v, --verbose       say what runs: TAP, one line for each case\n"
	"  -m, --movable-node  run on machines that were booted with movable_node\n"
	"  -l, --list          list the cases, one 'group.case' a line, and run none\n"
	"  -r, --run PATTERN   only cases whose 'group.case' matches, as in 'alloc_nid.*numa*'\n"
	"  -s, --seed N        the seed of the randomised group (default 1)\n"
	"  -i, --iterations N  operations of the randomised group (default 60000)\n"
	"  -x, --stop          stop after the first case that fails\n"
	"  -h, --help          this text\n"
	"\n"
	"'make help' lists what can be built. The exit status is 1 if a case failed, 2 if\n"
	"nothing could be run.\n";

static const struct option long_options[] = {
	{ "verbose", no_argument, NULL, 'v' },
	{ "movable-node", no_argument, NULL, 'm' },
	{ "list", no_argument, NULL, 'l' },
	{ "run", required_argument, NULL, 'r' },
	{ "seed", required_argument, NULL, 's' },
	{ "iterations", required_argument, NULL, 'i' },
	{ "stop", no_argument, NULL, 'x' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void advise(const char *what, const char *value)
{
	fprintf(stderr, "main: %s%s; see ./main --help\n", what, value);
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		advise("not a number: ", text);
	return n;
}

/* getopt_long() has passed a long one, and may be inside a cluster of short ones. */
static const char *wrong_option(char **argv)
{
	static char letter[] = "-?";

	if (!optopt || !strncmp(argv[optind - 1], "--", 2))
		return argv[optind - 1];
	letter[1] = (char)optopt;
	return letter;
}

static void read_options(int argc, char **argv)
{
	int option;

	check_options.seed = 1;
	check_options.iterations = 60000;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":vmlr:s:i:xh", long_options, NULL)) != -1) {
		switch (option) {
		case 'v':
			check_options.verbose = true;
			break;
		case 'm':
			check_options.movable_node = true;
			break;
		case 'l':
			check_options.list = true;
			break;
		case 'r':
			check_options.pattern = optarg;
			break;
		case 's':
			check_options.seed = number(optarg);
			break;
		case 'i':
			check_options.iterations = number(optarg);
			if (check_options.iterations < 100 || check_options.iterations >> 40)
				advise("operations are 100 at the least, and 2^40 at the most, "
				       "not ",
				       optarg);
			break;
		case 'x':
			check_options.stop = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		case ':':
			advise("a value is missing after ", argv[optind - 1]);
		default:
			advise("no such option, or with a value that it does not take: ",
			       wrong_option(argv));
		}
	}
	if (optind < argc)
		advise("this is no option: ", argv[optind]);
}

int main(int argc, char **argv)
{
	struct check_totals totals;

	read_options(argc, argv);
	totals = check_run(groups, sizeof(groups) / sizeof(groups[0]));
	if (!totals.run) {
		fprintf(stderr, "main: no case matches '%s'; ./main --list shows all\n",
			check_options.pattern);
		return 2;
	}
	if (check_options.verbose && !check_options.list) {
		printf("1..%lu\n", totals.run);
		printf("# %lu of %lu cases passed\n", totals.run - totals.failed, totals.run);
	}
	if (totals.failed && !check_options.verbose)
		printf("%lu of %lu cases failed\n", totals.failed, totals.run);
	return totals.failed != 0;
}
