/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../sim/booted.h"
#include "../../sim/kmem_differs.h"
#include "../../sim/kmem_machine.h"
#include "../../sim/kmem_report.h"
#include "verbs.h"

#define BAR 40

/* README.md and docs/replay.md say the same. */
#define RECORD                                                                                     \
	"trace-cmd record -e kmem:mm_page_alloc -e 'kmem:mm_page_free*' "                          \
	"-e kmem:mm_page_alloc_extfrag COMMAND"

struct options {
	const char *trace;
	const char *machine; /* NULL: made up */
	bool as_json;
	bool nofree;
};

static int read_format(struct options *o, const char *name)
{
	if (strcmp(name, "json") && strcmp(name, "text"))
		return advise("replay", "there is no format '%s': text or json", name);
	o->as_json = *name == 'j';
	return 0;
}

static int read_option(struct options *o, int option, const char *given)
{
	switch (option) {
	case 'f':
		return read_format(o, optarg);
	case 'm':
		o->machine = optarg;
		return 0;
	case 'n':
		o->nofree = true;
		return 0;
	case ':':
		return advise("replay", "%s needs a value", given);
	default:
		return advise("replay", "replay has no option '%s'", given);
	}
}

static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "machine", required_argument, NULL, 'm' },
		{ "nofree", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status = 0;

	opterr = 0;
	while (!status && (option = getopt_long(argc, argv, ":", known, NULL)) != -1)
		status = read_option(o, option, argv[optind - 1]);
	if (status)
		return status;
	if (optind == argc)
		return advise("replay", "replay needs a trace: a name, a file, or '-'");
	if (optind + 1 < argc)
		return advise("replay", "replay takes one trace, and got '%s' besides",
			      argv[optind + 1]);
	o->trace = argv[optind];
	if (o->machine && !strcmp(o->machine, "-") && !strcmp(o->trace, "-"))
		return advise("replay", "standard input cannot be read twice");
	return 0;
}

/* A bar on standard error, where people look and no program does. */
static void show_progress(void *arg, size_t done, size_t all)
{
	int part = all ? (int)(done * BAR / all) : BAR;
	static const char full[] = "########################################";

	(void)arg;
	if (done < all)
		fprintf(stderr, "\r[%-*.*s] %3d %%", BAR, part, full, (int)(done * 100 / all));
	else
		fprintf(stderr, "\r%*s\r", BAR + 8, "");
}

static int replay(const struct options *o, struct kmem_report *report, struct kmem_plan *plan,
		  const struct kmem_trace *t, struct booted *b)
{
	struct view view = { .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") };
	struct kmem_replay r;
	int status;

	kmem_replay_run(&r, t, plan, &b->h.mem, o->nofree,
			isatty(STDERR_FILENO) ? show_progress : NULL, NULL);
	report->replay = &r;
	if (o->as_json)
		kmem_report_json(stdout, report);
	else
		kmem_report(report, &view);
	status = r.failed || *r.wrong ? EXIT_DIFFERS : 0;
	kmem_replay_free(&r);
	return status;
}

static int boot(const struct options *o, struct kmem_report *report, const struct kmem_trace *t,
		const struct machine *m)
{
	struct kmem_plan plan;
	struct booted b;
	int status = EXIT_USAGE;

	booted_run(&b, m, AS_RECORDED);
	if (!b.h.ready) {
		fprintf(stderr, "pageframe: %s: it cannot be booted: %s\n", m->log_text.name,
			b.r.memory_known ? handover_refusal(&b.h) : "no memory in this log");
	} else {
		if (o->machine && kmem_tell_differences(t, &b.h.mem, m->name))
			fputs("pageframe: it is replayed there all the same; without --machine, on "
			      "one that is made up from the trace\n",
			      stderr);
		kmem_plan_make(&plan, t);
		status = replay(o, report, &plan, t, &b);
		kmem_plan_free(&plan);
	}
	booted_free(&b);
	return status;
}

static int on_machine(const struct options *o, const struct kmem_file *f,
		      const struct kmem_trace *t)
{
	struct kmem_report report = { .file = f };
	struct machine m;
	char *how = NULL;
	int status;

	if (!o->machine)
		kmem_machine_make(&m, t, &how);
	else if (!machine_load(&m, o->machine))
		return EXIT_USAGE;
	m.cpus = t->cpus;
	report.machine = m.name;
	report.how = how;
	status = boot(o, &report, t, &m);
	machine_free(&m);
	free(how);
	return status;
}

static void tell_end(const struct kmem_file *f, const struct kmem_trace *t)
{
	if (!kmem_ended_early(f, t))
		return;
	fprintf(stderr, "pageframe: %s: the trace ended early", f->path);
	if (t->promised > kmem_events(t))
		fprintf(stderr, ", after %llu of the %llu events that its header speaks of",
			(unsigned long long)kmem_events(t), (unsigned long long)t->promised);
	fprintf(stderr, "; %s\n",
		t->after.zones.n ? "what the kernel had after all of them is left out"
				 : "what is there is replayed");
}

static int run(int argc, char **argv)
{
	struct options o = { .trace = NULL };
	struct kmem_trace t;
	struct kmem_file f;
	int status = read_options(&o, argc, argv);

	if (status)
		return status;
	if (!kmem_file_load(&f, o.trace))
		return EXIT_USAGE;
	if (kmem_trace_read(&t, &f.text)) {
		tell_end(&f, &t);
		status = on_machine(&o, &f, &t);
	} else {
		fprintf(stderr,
			"pageframe: %s: no event of the page allocator in it; record them "
			"with: " RECORD "\n",
			f.path);
		status = EXIT_USAGE;
	}
	kmem_trace_free(&t);
	kmem_file_free(&f);
	return status;
}

const struct verb verb_replay = {
	.name = "replay",
	.summary = "do the allocations and frees of a kernel's trace again",
	.help = "usage: pageframe replay [--machine=MACHINE] [--nofree] [--format=FORMAT] TRACE\n"
		"\n"
		"Reads the page allocator's events of TRACE, and does them with pageframe's\n"
		"allocator: in the same order, on the same CPUs, for the same types of pages. "
		"Then\n"
		"it tells how fast that was, what is free in chunks of which order, and how many\n"
		"blocks have which type; beside it what the kernel had, if the trace tells.\n"
		"\n"
		"TRACE is a bundled trace's name (see 'pageframe traces'), a file, or - for "
		"standard input: what\n"
		"/sys/kernel/tracing/trace or 'trace-cmd report' print, plain or compressed with "
		"xz "
		"or\n"
		"gzip; or trace-cmd's trace.dat. Events: mm_page_alloc, mm_page_free,\n"
		"mm_page_free_batched, mm_page_alloc_extfrag; others are counted. Record them "
		"with\n"
		"\n"
		"  trace-cmd record -e kmem:mm_page_alloc -e 'kmem:mm_page_free*' \\\n"
		"      -e kmem:mm_page_alloc_extfrag COMMAND\n"
		"\n"
		"With copies of /proc/buddyinfo and /proc/pagetypeinfo in the text, the replay "
		"begins\n"
		"with what was free before, and is compared with what was free after. A line\n"
		"'# buddyinfo before' or '# buddyinfo after' says which the lines below it are; "
		"without\n"
		"such a line, those above the first event are from before, others from after.\n"
		"docs/replay.md shows how to record them. Where a trace ended early, what was "
		"after is\n"
		"left out.\n"
		"\n"
		"  --machine=MACHINE  boot this one, as 'pageframe boot' names them; without, one\n"
		"                     is made up, from those texts or from the highest page; "
		"which\n"
		"                     of its zones are not the trace's is told\n"
		"  --nofree           what cannot be moved and is not freed in the trace comes "
		"from\n"
		"                     chunks of its own (pf_alloc_nofree()): compare the blocks\n"
		"                     with those of a run without\n"
		"  --format=text      for people (the default)\n"
		"  --format=json      everything, see docs/json.md\n"
		"\n"
		"Exit status: 0; 1 if an allocation failed, or pf_verify() finds something wrong; "
		"2\n"
		"for wrong use, or a trace that cannot be read.\n"
		"PAGEFRAME_TRACES names the directory of bundled traces, PAGEFRAME_MACHINES that "
		"of\n"
		"bundled machines; NO_COLOR is respected.\n",
	.run = run,
};
