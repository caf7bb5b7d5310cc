/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sim/json_facts.h"
#include "../../sim/page_name.h"
#include "../../sim/why.h"
#include "verbs.h"

struct question {
	const char *machine;
	char **pages; /* of them, "-" is standard input */
	int n;
	bool as_json;
};

/* A machine that is booted, and how answers are shown. */
struct answers {
	const struct booted *s;
	struct json json;
	bool as_json;
	bool some;
};

static bool from_input(const char *page)
{
	return !strcmp(page, "-");
}

static int check_pages(const struct question *q)
{
	bool input = from_input(q->machine);

	for (int i = 0; i < q->n; i++) {
		uint64_t address;
		const char *bad;

		if (from_input(q->pages[i])) {
			if (input)
				return advise("why", "standard input cannot be read twice");
			input = true;
			continue;
		}
		bad = page_name_read(q->pages[i], &address);
		if (bad)
			return advise("why", "'%s' %s", q->pages[i], bad);
	}
	return 0;
}

static int read_format(struct question *q, const char *name)
{
	if (strcmp(name, "json") && strcmp(name, "text"))
		return advise("why", "there is no format '%s': text or json", name);
	q->as_json = *name == 'j';
	return 0;
}

static int read_question(struct question *q, int argc, char **argv)
{
	static const struct option known[] = {
		{ "format", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status = 0;

	opterr = 0;
	while (!status && (option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		const char *given = argv[optind - 1];

		status = option == 'f'	 ? read_format(q, optarg)
			 : option == ':' ? advise("why", "%s needs a value", given)
					 : advise("why", "why has no option '%s'", given);
	}
	if (status)
		return status;
	if (optind == argc)
		return advise("why", "why needs a machine and a page");
	q->machine = argv[optind];
	q->pages = argv + optind + 1;
	q->n = argc - optind - 1;
	return q->n ? check_pages(q)
		    : advise("why",
			     "why needs a page of '%s': an address, pfn:NUMBER, or - to "
			     "read them from standard input",
			     q->machine);
}

static void answer(struct answers *a, uint64_t address)
{
	struct why w;

	why_find(&w, a->s, address >> PF_PAGE_SHIFT);
	if (a->as_json) {
		why_json(&a->json, &w);
	} else {
		if (a->some)
			putchar('\n');
		why_print(&w, address);
	}
	a->some = true;
	why_free(&w);
}

/* A page a line, or a comment; a line that is none is told, and the others are answered. */
static int answer_input(struct answers *a)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t got;
	int status = 0;

	for (size_t n = 1; (got = getline(&line, &room, stdin)) >= 0; n++) {
		uint64_t address;
		const char *bad;

		got = (ssize_t)strcspn(line, "#");
		line[got] = '\0';
		while (got && strchr(" \t\r\n", line[got - 1]))
			line[--got] = '\0';
		if (!got)
			continue;
		bad = page_name_read(line, &address);
		if (!bad) {
			answer(a, address);
			continue;
		}
		fprintf(stderr, "<stdin>:%zu: '%s' %s\n", n, line, bad);
		status = EXIT_USAGE;
	}
	free(line);
	return status;
}

static int answer_all(struct answers *a, const struct question *q)
{
	int status = 0;

	for (int i = 0; i < q->n; i++) {
		uint64_t address;

		if (from_input(q->pages[i]))
			status = answer_input(a);
		else if (!page_name_read(q->pages[i], &address))
			answer(a, address);
	}
	return status;
}

static int show(const struct question *q, const struct booted *s)
{
	struct answers a = { .s = s, .json = { .to = stdout }, .as_json = q->as_json };
	int status;

	if (!q->as_json)
		return answer_all(&a, q);
	json_object(&a.json, NULL);
	json_number(&a.json, "schema", JSON_SCHEMA);
	json_string(&a.json, "machine", s->r.machine->name);
	json_array(&a.json, "pages");
	status = answer_all(&a, q);
	json_close(&a.json);
	json_close(&a.json);
	return status;
}

static int boot(const struct question *q, const struct machine *m)
{
	struct booted b;
	int status = EXIT_USAGE;

	booted_run(&b, m, AS_RECORDED);
	if (!b.r.memory_known)
		fprintf(stderr, "pageframe: %s: no memory in this log: it is cut off too early\n",
			m->log_text.name);
	else if (!b.h.ready)
		fprintf(stderr, "pageframe: %s: its memory reaches too far for a memory map here\n",
			m->log_text.name);
	else
		status = show(q, &b);
	booted_free(&b);
	return status;
}

static int run(int argc, char **argv)
{
	struct question q = { .machine = NULL };
	struct machine m;
	int status = read_question(&q, argc, argv);

	if (status)
		return status;
	if (!machine_load(&m, q.machine))
		return EXIT_USAGE;
	status = boot(&q, &m);
	machine_free(&m);
	return status;
}

const struct verb verb_why = {
	.name = "why",
	.summary = "say of a page where it came from, who had it, and what became of it",
	.help = "usage: pageframe why [--format=FORMAT] MACHINE PAGE ...\n"
		"\n"
		"Boots MACHINE as 'pageframe boot' does, and tells all that is known of each "
		"PAGE:\n"
		"which entries of firmware's maps it lies in and what the command line and the\n"
		"kernel made of them, whether it is memory and of which node, who reserved it and\n"
		"where the log says so, what gave it back, which zone has it, and what iomem.txt\n"
		"and kpageflags.txt say if they lie beside the log.\n"
		"\n"
		"PAGE is an address in it (0x3fe80000, 1072168960, 1022M, 4G; units K, M, G, T),\n"
		"its number (pfn:0x3fe80, pfn:261760), or - for standard input: a PAGE a line;\n"
		"empty lines and what follows a # are skipped there.\n"
		"\n"
		"  --format=text  for people (the default)\n"
		"  --format=json  everything, see docs/json.md\n"
		"\n"
		"The last line of each answer is one of these, for scripts:\n"
		"\n"
		"  pfn 0xN: handed over by memblock_free_all\n"
		"  pfn 0xN: handed over late: WHAT\n"
		"  pfn 0xN: never handed over: WHO\n"
		"  pfn 0xN: plugged in later\n"
		"  pfn 0xN: no memory\n"
		"\n"
		"\"(a guess)\" behind it: the log tells how many pages of WHO were given back, but "
		"not\n"
		"which.\n"
		"\n"
		"Exit status: 0; 2 for wrong use, an unreadable log, or a line of standard input\n"
		"that is no page.\n",
	.run = run,
};
