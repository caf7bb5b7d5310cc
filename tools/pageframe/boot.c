/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../sim/compare.h"
#include "../../sim/report.h"
#include "verbs.h"

enum format { FORMAT_SUMMARY, FORMAT_MEMBLOCK, FORMAT_ZONEINFO, FORMAT_PAGES };

static const char *const format_names[] = { "summary", "memblock", "zoneinfo", "pages" };

#define FORMATS "summary, memblock, zoneinfo or pages"

struct options {
	const char *machine;
	enum format format;
	bool format_given;
	enum boot_as as;
	bool check;
	bool all;
};

/* A machine, and all that was found out about it. */
struct booted {
	struct machine m;
	struct replay r;
	struct late late;
	struct handover h;
	struct zones z;
};

static int read_format(struct options *o, const char *name)
{
	for (size_t i = 0; i < sizeof(format_names) / sizeof(*format_names); i++)
		if (!strcmp(name, format_names[i])) {
			o->format = (enum format)i;
			o->format_given = true;
			return 0;
		}
	return advise("boot", "there is no format '%s': " FORMATS, name);
}

static int read_as(struct options *o, const char *how)
{
	if (strcmp(how, "recorded") && strcmp(how, "native"))
		return advise("boot", "a machine boots as 'recorded' or 'native', not '%s'", how);
	o->as = *how == 'n' ? AS_NATIVE : AS_RECORDED;
	return 0;
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
		else if (!only_names && !strcmp(a, "--all"))
			o->all = true;
		else if (!only_names && !strncmp(a, "--as=", 5))
			status = read_as(o, a + 5);
		else if (!only_names && !strncmp(a, "--format=", 9))
			status = read_format(o, a + 9);
		else if (!only_names && !strcmp(a, "--format"))
			status = i + 1 < argc ? read_format(o, argv[++i])
					      : advise("boot", "--format needs a value: " FORMATS);
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

/* What the log has that ours can be held against. */
static size_t comparable(const struct replay *r)
{
	const struct boot_log *log = &r->machine->log;

	return r->allocations + log->dumps.n + log->zones.n + log->nodes.n + r->machine->zones.n +
	       (log->total_kib != 0);
}

static int check(const struct replay *r)
{
	const struct boot_log *log = &r->machine->log;

	if (!comparable(r)) {
		fprintf(stderr, "pageframe: %s: nothing in it to compare with\n",
			r->machine->log_text.name);
		return EXIT_USAGE;
	}
	report_check(r);
	if (r->differences.n)
		printf("%zu differences from the kernel\n", r->differences.n);
	else if (log->malformed)
		puts("no difference from the kernel in the rest");
	else
		printf("no difference from the kernel: %zu of %zu allocations, %zu dumps, %zu zone "
		       "ranges, "
		       "%zu node ranges, %zu zones of zoneinfo.txt\n",
		       r->landed, r->allocations, log->dumps.n, log->zones.n, log->nodes.n,
		       r->machine->zones.n);
	return r->differences.n || log->malformed ? EXIT_DIFFERS : 0;
}

static int show(const struct options *o, const struct booted *b)
{
	const struct replay *r = &b->r;
	const struct zones *z = &b->z;
	struct view v = { .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), .all = o->all };

	if (!r->memory_known && (o->check || o->format != FORMAT_SUMMARY)) {
		fprintf(stderr,
			"pageframe: %s: no memory in this log, so nothing to show: it is cut off "
			"too early\n",
			r->machine->log_text.name);
		return EXIT_USAGE;
	}
	if (!o->check || o->format_given) {
		if (o->format == FORMAT_SUMMARY)
			report_summary(&(struct summary){ r, &b->late, &b->h, z }, &v);
		else if (o->format == FORMAT_MEMBLOCK)
			report_memblock();
		else if (o->format == FORMAT_PAGES)
			report_pages(&b->h);
		else
			report_zoneinfo(z);
	}
	return o->check ? check(r) : 0;
}

static void boot(struct booted *b, const struct options *o)
{
	replay_run(&b->r, &b->m);
	late_find(&b->late, &b->r);
	handover_run(&b->h, &b->r, &b->late, o->as);
	zones_find(&b->z, &b->m, &b->h.mem);
	if (o->as == AS_RECORDED)
		compare_zones(&b->r, &b->z);
	if (o->as == AS_RECORDED)
		compare_pages(&b->r, &b->h);
}

static int run(int argc, char **argv)
{
	struct options o = { .format = FORMAT_SUMMARY };
	struct booted b = { 0 };
	int status = read_options(&o, argc, argv);

	if (status)
		return status;
	if (!machine_load(&b.m, o.machine))
		return EXIT_USAGE;
	boot(&b, &o);
	status = show(&o, &b);
	zones_free(&b.z);
	handover_free(&b.h);
	late_free_list(&b.late);
	replay_free(&b.r);
	machine_free(&b.m);
	return status;
}

const struct verb verb_boot = {
	.name = "boot",
	.summary = "run a machine's boot again, and say where its memory went",
	.help = "usage: pageframe boot [--format=FORMAT] [--check] [--all] MACHINE\n"
		"\n"
		"Replays the boot of MACHINE in pageframe's own memblock: what the log says was\n"
		"added, reserved and freed; each logged allocation is performed anew, and its\n"
		"address compared with the one that the kernel chose.\n"
		"\n"
		"MACHINE is a bundled machine's name (see 'pageframe machines'), a directory with "
		"a\n"
		"dmesg.txt (zoneinfo.txt and iomem.txt beside it are used), a log file, or - for\n"
		"standard input. Boot with memblock=debug on the kernel's command line to have\n"
		"everything in the log; of several boots in one file, the last is used.\n"
		"\n"
		"  --format=summary   for people (the default)\n"
		"  --format=memblock  both region arrays, as the kernel dumps them\n"
		"  --format=zoneinfo  spanned, present and start_pfn of each populated zone\n"
		"  --check            compare with what the log and zoneinfo.txt say; print each\n"
		"                     difference, then what was compared and what could not be\n"
		"  --all              leave nothing out of the summary\n"
		"\n"
		"Exit status: 0; 1 if --check found a difference or a damaged line; 2 for wrong "
		"use,\n"
		"an unreadable log, or one with nothing in it to compare.\n"
		"PAGEFRAME_MACHINES names the directory of bundled machines; NO_COLOR is "
		"respected.\n",
	.run = run,
};
