/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/lint.h"
#include "verbs.h"

#define LARGEST ((uint64_t)1 << 40)

struct options {
	const char *machine;
	bool as_json;
	bool chunks_given;
	struct lint_sizes sizes;
};

/* "128M", "0x8000000": a power of two. */
static bool eat_size(const char *p, uint64_t *size)
{
	static const char units[] = "KMGT";
	bool hex = p[0] == '0' && (p[1] | 0x20) == 'x';
	const char *unit;
	uint64_t n;

	if (!(hex ? eat_hex(&p, &n) : eat_dec(&p, &n)))
		return false;
	unit = *p ? strchr(units, toupper((unsigned char)*p)) : NULL;
	if (unit) {
		unsigned shift = 10 * (unsigned)(unit - units + 1);

		if (n > LARGEST >> shift)
			return false;
		n <<= shift;
		p++;
	}
	*size = n;
	return !*p && n >= PF_PAGE_SIZE && n <= LARGEST && !(n & (n - 1));
}

static int read_size(const char *option, const char *value, uint64_t *size)
{
	if (eat_size(value, size))
		return 0;
	return advise("lint",
		      "--%s='%s': expected a power of two from 4K to 1T, such as 128M or "
		      "0x8000000",
		      option, value);
}

static int read_chunk(struct options *o, const char *value)
{
	if (!o->chunks_given)
		o->sizes.chunks = 0;
	o->chunks_given = true;
	if (o->sizes.chunks == CHUNKS_MAX)
		return advise("lint", "--chunk is taken %d times at most", CHUNKS_MAX);
	return read_size("chunk", value, &o->sizes.chunk[o->sizes.chunks++]);
}

static int read_format(struct options *o, const char *name)
{
	if (strcmp(name, "json") && strcmp(name, "text"))
		return advise("lint", "there is no format '%s': text or json", name);
	o->as_json = *name == 'j';
	return 0;
}

#define OPTION_GRANULE 256 /* and up, by granule */

static int read_option(struct options *o, int option, char **argv)
{
	if (option >= OPTION_GRANULE) {
		enum granule g = (enum granule)(option - OPTION_GRANULE);

		return read_size(granule_name(g), optarg, &o->sizes.granule[g]);
	}
	switch (option) {
	case 'f':
		return read_format(o, optarg);
	case 'c':
		return read_chunk(o, optarg);
	case ':':
		return advise("lint", "%s needs a value", argv[optind - 1]);
	default:
		return advise("lint", "lint has no option '%s'", argv[optind - 1]);
	}
}

static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "chunk", required_argument, NULL, 'c' },
		{ "section", required_argument, NULL, OPTION_GRANULE + GRANULE_SECTION },
		{ "decoder", required_argument, NULL, OPTION_GRANULE + GRANULE_DECODER },
		{ "pageblock", required_argument, NULL, OPTION_GRANULE + GRANULE_PAGEBLOCK },
		{ "sub-section", required_argument, NULL, OPTION_GRANULE + GRANULE_SUBSECTION },
		{ NULL, 0, NULL, 0 },
	};
	const char *bad;
	int option, status = 0;

	opterr = 0;
	while (!status && (option = getopt_long(argc, argv, ":", known, NULL)) != -1)
		status = read_option(o, option, argv);
	if (status)
		return status;
	if (optind == argc)
		return advise("lint",
			      "lint needs a machine: a name, a directory, a log file or '-'");
	o->machine = argv[optind++];
	if (optind < argc)
		return advise("lint", "lint takes one machine, and got '%s' and '%s'", o->machine,
			      argv[optind]);
	bad = lint_check_sizes(&o->sizes);
	return bad ? advise("lint", "%s", bad) : 0;
}

/* NVDIMMs are not in the maps of firmware, and no log says where a driver found them. */
static int untold(const struct machine *m, size_t line)
{
	fprintf(stderr,
		"pageframe: %s:%zu: firmware has a table of NVDIMMs, and nothing says where they "
		"are; put /proc/iomem, read as root when their driver is loaded, beside the log as "
		"iomem.txt\n",
		m->log_text.name, line);
	return EXIT_USAGE;
}

static int show(const struct options *o, const struct replay *r, const struct device_memory *d)
{
	const char *doubts[LINT_DOUBTS];
	struct lint l;
	int status;

	lint_find(&l, d, &o->sizes);
	if (o->as_json) {
		struct json j = { .to = stdout };

		lint_json(&j, &l, r);
	} else {
		lint_print(&l, r);
	}
	lint_doubts(r, doubts);
	status = lint_found(&l) || *doubts ? EXIT_DIFFERS : 0;
	lint_free(&l);
	return status;
}

static int lint(const struct options *o, const struct machine *m)
{
	struct device_memory d;
	struct replay r;
	int status;

	replay_run(&r, m);
	if (!r.memory_known) {
		fprintf(stderr, "pageframe: %s: no memory in this log: it is cut off too early\n",
			m->log_text.name);
		replay_free(&r);
		return EXIT_USAGE;
	}
	device_memory_find(&d, m);
	status = d.untold_line ? untold(m, d.untold_line) : show(o, &r, &d);
	device_memory_free(&d);
	replay_free(&r);
	return status;
}

static int run(int argc, char **argv)
{
	struct options o = { .sizes = lint_default_sizes() };
	struct machine m;
	int status = read_options(&o, argc, argv);

	if (status)
		return status;
	if (!machine_load(&m, o.machine))
		return EXIT_USAGE;
	status = lint(&o, &m);
	machine_free(&m);
	return status;
}

const struct verb verb_lint = {
	.name = "lint",
	.summary = "say where device memory and RAM collide, and what each remedy would cost",
	.help = "usage: pageframe lint [OPTION ...] MACHINE\n"
		"\n"
		"Finds the device memory of MACHINE (persistent memory, and what firmware "
		"reserves\n"
		"softly), each section, decoder, pageblock and sub-section that it shares with "
		"RAM,\n"
		"and each of its ends that lies inside of one. Then it tells what each answer to\n"
		"that, which Linux's developers considered, would cost this machine: RAM and "
		"device\n"
		"memory that nobody can use any more, and pages of a driver that\n"
		"pfn_to_online_page() takes for RAM. docs/lint.md has the answers.\n"
		"\n"
		"MACHINE is as for 'pageframe boot'. Device memory is read from iomem.txt beside "
		"the\n"
		"log, from firmware's maps and from the SRAT, in this order.\n"
		"\n"
		"  --section=SIZE      what is online or not; 128M\n"
		"  --decoder=SIZE      what decoders of addresses work in; 64M\n"
		"  --pageblock=SIZE    what has one migratetype; 2M\n"
		"  --sub-section=SIZE  what device memory is added in; 2M\n"
		"  --chunk=SIZE        answer e: the largest chunk of the page allocator, and so "
		"the\n"
		"                      smallest section; may be given again; 4M (x86-64) and 512M\n"
		"                      (arm64 with pages of 64 KiB)\n"
		"  --format=text       for people (the default)\n"
		"  --format=json       everything, see docs/json.md\n"
		"\n"
		"SIZE is a power of two from 4K to 1T.\n"
		"\n"
		"Exit status: 0: nothing found; 1: a granule that RAM and device memory share, an "
		"end\n"
		"of device memory that is lost because it is no whole sub-section, memory that is\n"
		"told to be both, or input that is damaged or cut off and may hide such; 2: wrong "
		"use,\n"
		"an unreadable log, or NVDIMMs of which nothing tells where they are.\n"
		"Other ends inside a granule are told, and are no reason for 1.\n",
	.run = run,
};
