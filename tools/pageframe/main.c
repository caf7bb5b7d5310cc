/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static const struct verb *const verbs[] = { &verb_boot,	  &verb_why,	   &verb_lint,
					    &verb_replay, &verb_run,	   &verb_machines,
					    &verb_traces, &verb_scenarios, &verb_explore,
					    &verb_museum };

#define VERBS (sizeof(verbs) / sizeof(*verbs))

int advise(const char *verb, const char *format, ...)
{
	va_list args;

	fputs("pageframe: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (verb)
		fprintf(stderr, "; see 'pageframe %s --help'\n", verb);
	else
		fputs("; see 'pageframe help'\n", stderr);
	return EXIT_USAGE;
}

int advise_name(const char *verb, const char *what, const struct nearest *n, const char *list)
{
	if (n->best)
		return advise(verb, "there is no %s '%s', but there is '%s'", what, n->word,
			      n->best);
	if (list)
		return advise(verb, "there is no %s '%s'; '%s' lists them", what, n->word, list);
	return advise(verb, "there is no %s '%s'", what, n->word);
}

static int no_verb(const char *name)
{
	struct nearest n = { .word = name };

	for (size_t i = 0; i < VERBS; i++)
		nearest_consider(&n, verbs[i]->name);
	return advise_name(NULL, "verb", &n, NULL);
}

static int help(void)
{
	puts("pageframe: the physical memory of a machine, from its boot log\n"
	     "\n"
	     "usage: pageframe VERB [ARGUMENT ...]\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-10s%s\n", verbs[i]->name, verbs[i]->summary);
	puts("  help      this, or 'pageframe help VERB'\n"
	     "\n"
	     "  --version the version\n"
	     "\n"
	     "Try: pageframe boot bios-8g-k612");
	return 0;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static int help_on(const char *name)
{
	const struct verb *verb = find_verb(name);

	if (!verb)
		return no_verb(name);
	fputs(verb->help, stdout);
	return 0;
}

static int run_verb(int argc, char **argv)
{
	const struct verb *verb = find_verb(argv[0]);

	if (!verb)
		return no_verb(argv[0]);
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return help_on(verb->name);
	return verb->run(argc, argv);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 2)
		return advise(NULL, "what to do? Give a verb, such as 'boot'");
	if (!strcmp(argv[1], "--version")) {
		puts("pageframe " VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		status = argc > 2 ? help_on(argv[2]) : help();
	else
		status = run_verb(argc - 1, argv + 1);
	if (fflush(stdout) || ferror(stdout)) {
		perror("pageframe: standard output");
		return EXIT_USAGE;
	}
	return status;
}
