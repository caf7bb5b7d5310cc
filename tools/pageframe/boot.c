/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../sim/after_boot.h"
#include "../../sim/compare.h"
#include "../../sim/report.h"
#include "../../sim/report_json.h"
#include "../../sim/watermarks.h"
#include "late_free.h"
#include "verbs.h"

enum format {
	FORMAT_SUMMARY,
	FORMAT_MEMBLOCK,
	FORMAT_ZONEINFO,
	FORMAT_PAGES,
	FORMAT_JSON,
	FORMAT_BUDDYINFO,
	FORMAT_PAGETYPEINFO,
	FORMAT_PROC_ZONEINFO,
};

static const char *const format_names[] = {
	"summary", "memblock",	"zoneinfo",	"pages",
	"json",	   "buddyinfo", "pagetypeinfo", "proc-zoneinfo"
};

#define FORMATS "summary, memblock, zoneinfo, pages, json, buddyinfo, pagetypeinfo or proc-zoneinfo"

struct options {
	const char *machine;
	enum format format;
	bool format_given;
	enum boot_as as;
	bool as_given;
	const char *late_free; /* a way, or NULL: as the kernel of the log did */
	bool compare_late_free;
	bool check;
	bool all;
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
	o->as_given = true;
	return 0;
}

static int read_late_free(struct options *o, const char *way)
{
	if (!late_free_known(way))
		return advise("boot", "there is no way '%s' to free late: %s", way,
			      late_free_names());
	o->late_free = way;
	return 0;
}

/* The option that getopt_long() has just refused, as it was written. */
static const char *given_option(char **argv)
{
	return argv[optind - 1];
}

static int read_option(struct options *o, int option, char **argv)
{
	switch (option) {
	case 'a':
		return read_as(o, optarg);
	case 'f':
		return read_format(o, optarg);
	case 'l':
		return read_late_free(o, optarg);
	case 'L':
		o->compare_late_free = true;
		return 0;
	case 'c':
		o->check = true;
		return 0;
	case 'A':
		o->all = true;
		return 0;
	case ':':
		return advise("boot", "%s needs a value", given_option(argv));
	default:
		return advise("boot", "boot has no option '%s'", given_option(argv));
	}
}

/* What makes no sense together. */
static int check_options(const struct options *o)
{
	if (!o->machine)
		return advise("boot",
			      "boot needs a machine: a name, a directory, a log file or '-'");
	if (o->as == AS_NATIVE && (o->check || o->late_free || o->compare_late_free))
		return advise("boot", "a native boot is not the kernel's: there is nothing to "
				      "compare it with");
	if (o->late_free && o->compare_late_free)
		return advise("boot", "--compare-late-free shows all ways, --late-free one: give "
				      "one of them");
	if (o->compare_late_free && (o->check || o->format_given))
		return advise("boot", "--compare-late-free is a table: it goes with neither "
				      "--check nor --format");
	if (o->late_free && o->check)
		return advise("boot", "--check compares what the kernel of the log did, not a "
				      "historic way");
	if (o->check && o->format == FORMAT_JSON)
		return advise("boot", "the JSON document has the differences: --check would only "
				      "spoil it");
	if (o->late_free && o->format_given && o->format != FORMAT_ZONEINFO)
		return advise("boot", "--late-free is shown as text, or with --format=zoneinfo");
	return 0;
}

/* What makes no sense with a machine that is made up. */
static int check_synthetic(const struct options *o)
{
	if (o->as_given && o->as == AS_RECORDED)
		return advise("boot", "a synthetic machine has no recording: it boots natively");
	if (o->check)
		return advise("boot", "a synthetic machine has no kernel to compare with");
	if (o->late_free || o->compare_late_free)
		return advise("boot", "on a synthetic machine nothing is given back late");
	return 0;
}

static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "as", required_argument, NULL, 'a' },
		{ "format", required_argument, NULL, 'f' },
		{ "late-free", required_argument, NULL, 'l' },
		{ "compare-late-free", no_argument, NULL, 'L' },
		{ "check", no_argument, NULL, 'c' },
		{ "all", no_argument, NULL, 'A' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status = 0;

	opterr = 0;
	while (!status && (option = getopt_long(argc, argv, ":", known, NULL)) != -1)
		status = read_option(o, option, argv);
	if (!status && optind < argc)
		o->machine = argv[optind++];
	if (!status && optind < argc)
		return advise("boot", "boot takes one machine, and got '%s' and '%s'", o->machine,
			      argv[optind]);
	return status ? status : check_options(o);
}

/* What the log has that ours can be held against. */
static bool comparable(const struct replay *r)
{
	const struct boot_log *log = &r->machine->log;

	return r->allocations || r->dumps || log->zones.n || log->nodes.n || r->machine->zones.n ||
	       log->total_kib || r->firmware;
}

static void print_count(size_t n, const char *what)
{
	printf(", %zu %s%s", n, what, n == 1 ? "" : "s");
}

static void print_compared(const struct replay *r)
{
	const struct machine *m = r->machine;

	printf("no difference from the kernel: %zu of %zu allocations", r->landed, r->allocations);
	print_count(r->dumps, "dump");
	print_count(m->log.zones.n, "zone range");
	print_count(m->log.nodes.n, "node range");
	if (r->firmware)
		fputs(", firmware's map", stdout);
	if (r->blocks)
		print_count(r->blocks, "memory block");
	if (r->looked_up)
		printf(", %llu pages that are online or not", (unsigned long long)r->looked_up);
	if (r->later_zones) {
		print_count(r->later_zones, "zone");
		fputs(" after memory came or went", stdout);
	}
	if (m->zones.n) {
		print_count(m->zones.n, "zone");
		printf(" of zoneinfo.txt %s", r->managed       ? "with managed"
					      : r->managed_sum ? "with the sum of managed"
							       : "without managed");
	}
	if (r->min_free.zones || r->later_min_free.zones)
		print_count(r->min_free.zones + r->later_min_free.zones, "zone");
	if (r->min_free.zones || r->later_min_free.zones)
		fputs(" with watermarks and protection", stdout);
	if (r->pages)
		printf(", %llu pages of kpageflags.txt", (unsigned long long)r->pages);
	putchar('\n');
}

/* Formulas that a recording shows: docs/watermarks.md. */
static void print_min_free(const struct min_free *f, const char *path)
{
	const char *file = path ? strrchr(path, '/') : NULL;
	static const char *const whose[] = {
		NULL,
		"as boot computes it",
		"as khugepaged recommends",
		"which neither boot nor khugepaged asks for: was it set?",
	};

	if (f->by)
		printf("%s: watermarks of min_free_kbytes %llu, %s\n", file ? file + 1 : path,
		       (unsigned long long)f->kib, whose[f->by]);
}

static int check(const struct replay *r)
{
	const struct machine *m = r->machine;
	bool damaged = m->log.malformed || m->damaged || m->unreadable.n;

	if (!comparable(r)) {
		fprintf(stderr, "pageframe: %s: nothing in it to compare with\n", m->log_text.name);
		return EXIT_USAGE;
	}
	report_check(r);
	print_min_free(&r->min_free, m->zone_path);
	print_min_free(&r->later_min_free, m->later_path);
	if (r->differences.n)
		printf("%zu difference%s from the kernel\n", r->differences.n,
		       r->differences.n == 1 ? "" : "s");
	else if (damaged)
		puts("no difference from the kernel in the rest");
	else
		print_compared(r);
	return r->differences.n || damaged ? EXIT_DIFFERS : 0;
}

static struct view view(const struct options *o)
{
	return (struct view){ .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
			      .all = o->all };
}

static int no_memory(const struct booted *b)
{
	fprintf(stderr,
		"pageframe: %s: no memory in this log, so nothing to show: it is cut off too "
		"early\n",
		b->m->log_text.name);
	return EXIT_USAGE;
}

/* A boot, which was all that was asked for. */
static int not_booted(const struct booted *b)
{
	const char *how = b->m->made_up	       ? "is too large"
			  : b->as == AS_NATIVE ? "cannot be booted natively"
					       : "cannot be booted";

	fprintf(stderr, "pageframe: '%s' %s: %s\n", b->m->name, how, handover_refusal(&b->h));
	return EXIT_USAGE;
}

static void show_format(const struct options *o, struct booted *b)
{
	struct view v = view(o);

	switch (o->format) {
	case FORMAT_SUMMARY:
		report_summary(b, &v);
		break;
	case FORMAT_MEMBLOCK:
		report_memblock();
		break;
	case FORMAT_ZONEINFO:
		report_zoneinfo(&b->z);
		break;
	case FORMAT_PAGES:
		report_pages(&b->h);
		break;
	case FORMAT_JSON:
		report_json(stdout, b);
		break;
	case FORMAT_BUDDYINFO:
		report_proc(&b->h, pf_show_buddyinfo);
		break;
	case FORMAT_PAGETYPEINFO:
		report_proc(&b->h, pf_show_pagetypeinfo);
		break;
	case FORMAT_PROC_ZONEINFO:
		report_proc(&b->h, pf_show_zoneinfo);
		break;
	}
}

/* Last: the machine is another one then. */
static void compare_later(struct booted *b)
{
	if (b->as == AS_RECORDED)
		after_boot_compare(&b->r, &b->h);
}

static int show(const struct options *o, struct booted *b)
{
	if (!b->r.memory_known && (o->check || o->format != FORMAT_SUMMARY))
		return no_memory(b);
	if (!b->h.ready && o->format >= FORMAT_BUDDYINFO)
		return not_booted(b);
	if (!o->check || o->format_given)
		show_format(o, b);
	if (!o->check)
		return 0;
	compare_later(b);
	return check(&b->r);
}

static int show_late_free(const struct options *o, struct booted *b)
{
	struct view v = view(o);

	if (!b->r.memory_known)
		return no_memory(b);
	if (o->compare_late_free) {
		late_free_compare(b->m, &b->z, &b->late, &v);
	} else if (o->format_given) {
		late_free_apply(o->late_free, &b->z, &b->late);
		report_zoneinfo(&b->z);
	} else {
		late_free_explain(o->late_free, b->m, &b->z, &b->late, &v);
	}
	return 0;
}

static void compare(struct booted *b)
{
	if (b->as != AS_RECORDED)
		return;
	compare_zones(&b->r, &b->z);
	compare_handover(&b->r, &b->h);
	compare_pages(&b->r, &b->h, &b->late);
	compare_watermarks(&b->r, &b->h, &b->late, &b->z);
}

static int run_machine(const struct options *o, const struct machine *m)
{
	struct booted b;
	int status = m->made_up ? check_synthetic(o) : 0;

	if (status)
		return status;
	booted_run(&b, m, o->as);
	compare(&b);
	if (b.as == AS_NATIVE && b.r.memory_known && !b.h.ready)
		status = not_booted(&b);
	else
		status = o->late_free || o->compare_late_free ? show_late_free(o, &b) : show(o, &b);
	booted_free(&b);
	return status;
}

static int run(int argc, char **argv)
{
	struct options o = { .format = FORMAT_SUMMARY };
	struct machine m;
	int status = read_options(&o, argc, argv);

	if (status)
		return status;
	if (!machine_load(&m, o.machine))
		return EXIT_USAGE;
	status = run_machine(&o, &m);
	machine_free(&m);
	return status;
}

const struct verb verb_boot = {
	.name = "boot",
	.summary = "run a machine's boot again, and say where its memory went",
	.help = "usage: pageframe boot [OPTION ...] MACHINE\n"
		"\n"
		"Replays the boot of MACHINE in pageframe's own code: what the log says was "
		"added,\n"
		"reserved and freed; each logged allocation is performed anew, and its address\n"
		"compared with the one that the kernel chose; then memory is handed over to the "
		"page\n"
		"allocator, and what the kernel gave back late is given back.\n"
		"\n"
		"MACHINE is a bundled machine's name (see 'pageframe machines'), a directory with "
		"a\n"
		"dmesg.txt (zoneinfo.txt, iomem.txt and kpageflags.txt beside it are used), a log\n"
		"file, - for standard input, or synthetic:SIZE[,nodes=N], such as "
		"synthetic:16T,nodes=8:\n"
		"SIZE in K, M, G or T, at least 16M and at most 16T a node, and 64T in all; N up "
		"to "
		"1024.\n"
		"Boot with memblock=debug on the kernel's command line to have everything in the "
		"log;\n"
		"of several boots in one file, the last is used.\n"
		"\n"
		"  --format=summary     for people (the default)\n"
		"  --format=memblock    both region arrays, as the kernel dumps them\n"
		"  --format=zoneinfo    spanned, present, managed and start_pfn of each zone\n"
		"  --format=pages       runs of pages, R START END: never handed over; F: handed "
		"over;\n"
		"                       page frame numbers in hex, END exclusive\n"
		"  --format=json        everything, in one document (docs/json.md)\n"
		"  --format=buddyinfo, --format=pagetypeinfo, --format=proc-zoneinfo\n"
		"                       /proc's texts after the boot, as the page allocator shows "
		"them;\n"
		"                       what was plugged in after memblock's time is not in them\n"
		"                       proc-zoneinfo has what a page allocator knows, and lacks\n"
		"                       per-node stats, numa_hit and the like (README.md)\n"
		"  --check              compare with what the log and the files beside it say; "
		"print\n"
		"                       each difference, what was compared and what could not be\n"
		"  --as=recorded        with the kernel's own allocations (the default)\n"
		"  --as=native          with pageframe's memory map in place of the kernel's\n"
		"  --late-free=WAY      what a historic way to free late would have done to it: "
		"lost,\n"
		"                       early, redux, flag, discard, caller, or blocks, which is "
		"ours;\n"
		"                       with --format=zoneinfo: /proc/zoneinfo as it would have "
		"been\n"
		"  --compare-late-free  all of them in a table\n"
		"  --all                leave nothing out of the summary\n"
		"\n"
		"Exit status: 0; 1 if --check found a difference, a damaged line or an unreadable "
		"file\n"
		"beside the log; 2 for wrong use, an unreadable log, or one with nothing in it to\n"
		"compare.\n"
		"PAGEFRAME_MACHINES names the directory of bundled machines; NO_COLOR is "
		"respected.\n",
	.run = run,
};
