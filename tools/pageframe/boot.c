/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../sim/compare.h"
#include "../../sim/report.h"
#include "verbs.h"

enum format { FORMAT_SUMMARY, FORMAT_MEMBLOCK, FORMAT_ZONEINFO };

static const char *const format_names[] = { "summary", "memblock", "zoneinfo" };

struct options {
	const char *machine;
	enum format format;
	bool format_given;
	bool check;
};

static int read_format(struct options *o, const char *name)
{
	for (size_t i = 0; i < sizeof(format_names) / sizeof(*format_names); i++)
		if (!strcmp(name, format_names[i])) {
			o->format = (enum format)i;
			o->format_given = true;
			return 0;
		}
	return advise("boot", "there is no format '%s': summary, memblock or zoneinfo", name);
}

static int read_options(struct options *o, int argc, char **argv)
{
	bool only_names = false;

	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		int status = 0;

		if (!only_names && !strcmp(a, "--"))
			only_names = true;
		else if (!only_names && !strcmp(a, "--check"))
			o->check = true;
		else if (!only_names && !strncmp(a, "--format=", 9))
			status = read_format(o, a + 9);
		else if (!only_names && !strcmp(a, "--format") && i + 1 < argc)
			status = read_format(o, argv[++i]);
		else if (!only_names && a[0] == '-' && a[1])
			status = advise("boot", "boot has no option '%s'", a);
		else if (o->machine)
			status = advise("boot", "boot takes one machine, and got '%s' and '%s'",
					o->machine, a);
		else
			o->machine = a;
		if (status)
			return status;
	}
	return o->machine ? 0
			  : advise("boot",
				   "boot needs a machine: a name, a directory, a log file or '-'");
}

static int check(const struct replay *r)
{
	const struct boot_log *log = &r->machine->log;

	report_check(r);
	if (r->differences.n) {
		printf("%zu differences from the kernel\n", r->differences.n);
		return EXIT_DIFFERS;
	}
	printf("no difference from the kernel: %zu of %zu allocations, %zu dumps, %zu zone ranges, "
	       "%zu node ranges, %zu zones of zoneinfo.txt\n",
	       r->landed, r->allocations, log->dumps.n, log->zones.n, log->nodes.n,
	       r->machine->zones.n);
	return 0;
}

static int show(const struct options *o, const struct replay *r, const struct zones *z)
{
	bool color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	if (!r->memory_known && (o->check || o->format != FORMAT_SUMMARY)) {
		fprintf(stderr,
			"pageframe: %s: no memory in this log, so nothing to show: it is cut off "
			"too early\n",
			r->machine->log_text.name);
		return EXIT_USAGE;
	}
	if (!o->check || o->format_given) {
		if (o->format == FORMAT_SUMMARY)
			report_summary(r, z, color);
		else if (o->format == FORMAT_MEMBLOCK)
			report_memblock();
		else
			report_zoneinfo(z);
	}
	return o->check ? check(r) : 0;
}

static int run(int argc, char **argv)
{
	struct options o = { .format = FORMAT_SUMMARY };
	struct machine m;
	struct replay r;
	struct zones z;
	int status = read_options(&o, argc, argv);

	if (status)
		return status;
	if (!machine_load(&m, o.machine))
		return EXIT_USAGE;
	replay_run(&r, &m);
	zones_find(&z, &m);
	compare_zones(&r, &z);
	status = show(&o, &r, &z);
	zones_free(&z);
	replay_free(&r);
	machine_free(&m);
	return status;
}

const struct verb verb_boot = {
	.name = "boot",
	.summary = "run a machine's boot again, and say where its memory went",
	.help = "usage: pageframe boot [--format=FORMAT] [--check] MACHINE\n"
		"\n"
		"Replays the boot of MACHINE in pageframe's own memblock: what the log says was "
		"added,\n"
		"reserved and freed; each logged allocation is performed anew, and its address "
		"compared\n"
		"with the one that the kernel chose.\n"
		"\n"
		"MACHINE  a bundled machine's name (see 'pageframe machines'), a directory with a "
		"dmesg.txt\n"
		"         (zoneinfo.txt and iomem.txt beside it are used), a log file, or - for "
		"standard input.\n"
		"         Boot with memblock=debug on the kernel's command line to have everything "
		"in the log.\n"
		"\n"
		"  --format=summary   for people (the default)\n"
		"  --format=memblock  both region arrays, as the kernel dumps them\n"
		"  --format=zoneinfo  spanned, present and start_pfn of each populated zone\n"
		"  --check            compare with what the log and zoneinfo.txt say, and print "
		"each difference\n"
		"\n"
		"Exit status: 0; 1 if --check found a difference; 2 for wrong use or an unreadable "
		"log.\n",
	.run = run,
};
