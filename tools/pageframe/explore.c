/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../port/explore/search.h"
#include "../../port/explore/story.h"
#include "../../port/explore/token.h"
#include "exhibits.h"
#include "verbs.h"

#define EXIT_TIME 3
/* Searching for a shorter way to the same failure. */
#define SHORTER_SECONDS 10

struct options {
	struct search search;
	const struct exhibit *with;
	const char *replay;
	const char *traces;
	bool whole_story;
	const char *scenario;
};

/* --- what the user wants --- */

static bool number(const char *text, unsigned long least, unsigned long most, unsigned long *n)
{
	char *end;

	errno = 0;
	*n = strtoul(text, &end, 10);
	return !errno && *text >= '0' && *text <= '9' && !*end && *n >= least && *n <= most;
}

static bool read_shard(struct search *s, const char *text)
{
	char *end;
	unsigned long k = strtoul(text, &end, 10), n;

	if (*end != '/' || !number(end + 1, 1, 1000000, &n) || *text < '1' || *text > '9' || k > n)
		return false;
	s->shard = (unsigned)k;
	s->shards = (unsigned)n;
	return true;
}

static int read_option(struct options *o, int option, const char *text)
{
	unsigned long n;

	switch (option) {
	case 'b':
		if (!number(text, 0, 1000, &n))
			return advise("explore", "--bound is a number of preemptions, not '%s'",
				      text);
		o->search.bound = (int)n;
		return 0;
	case 't':
		if (!number(text, 1, XP_THREADS, &n))
			return advise("explore", "--threads is 1 to %d, not '%s'", XP_THREADS,
				      text);
		o->search.nr_threads = (int)n;
		return 0;
	case 's':
		if (!read_shard(&o->search, text))
			return advise("explore", "--shard is K/N, with K from 1 to N, not '%s'",
				      text);
		return 0;
	case 'T':
		if (!number(text, 1, 100000000, &n))
			return advise("explore",
				      "--time is a whole number of seconds, from 1, not '%s'",
				      text);
		o->search.seconds = (double)n;
		return 0;
	default:
		o->with = find_exhibit(text);
		return o->with ? 0 : no_exhibit("explore", text);
	}
}

static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "bound", required_argument, NULL, 'b' },
		{ "threads", required_argument, NULL, 't' },
		{ "shard", required_argument, NULL, 's' },
		{ "time", required_argument, NULL, 'T' },
		{ "with", required_argument, NULL, 'w' },
		{ "replay", required_argument, NULL, 'r' },
		{ "traces", required_argument, NULL, 'f' },
		{ "all", no_argument, NULL, 'a' },
		{ "no-reduction", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int option, status = 0;

	opterr = 0;
	while (!status && (option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		if (option == '?')
			return advise("explore", "explore has no option '%s'", argv[optind - 1]);
		if (option == ':')
			return advise("explore", "%s needs a value", argv[optind - 1]);
		if (option == 'r')
			o->replay = optarg;
		else if (option == 'f')
			o->traces = optarg;
		else if (option == 'a')
			o->whole_story = true;
		else if (option == 'n')
			o->search.everything = true;
		else
			status = read_option(o, option, optarg);
	}
	if (!status && argc - optind > 1)
		return advise("explore", "explore takes one scenario, and got '%s', too",
			      argv[optind + 1]);
	o->scenario = argv[optind];
	return status;
}

/* --- one execution --- */

static void print_fault(const struct exhibit *e)
{
	printf("The fault: tests/faults/%s/%s.c stands in place of %s: %s.\n\n", e->room,
	       e->wrong->name, e->right, e->title);
}

static void print_failure(const struct options *o, unsigned preemptions)
{
	const char *why = search_why();
	char *token = token_text(o->search.scenario->name, o->with ? o->with->name : "",
				 o->search.nr_threads);

	if (o->with)
		print_fault(o->with);
	story_print(stdout, o->whole_story);
	printf("\n*** %s\n\nThreads that could go on were interrupted %u time%s.\n", why,
	       preemptions, preemptions == 1 ? "" : "s");
	if (token)
		printf("replay: pageframe explore --replay %s\n", token);
	free(token);
}

static int replay(struct options *o)
{
	struct search_result r;
	struct token t;
	const char *why = token_read(&t, o->replay);
	bool fits;

	if (!why && *t.fault)
		o->with = find_exhibit(t.fault);
	if (!why && *t.fault && !o->with)
		why = "there is no such exhibit here";
	o->search.nr_threads = t.nr_threads;
	o->search.code = o->with ? o->with->wrong : &explored_library;
	o->search.scenario = why ? NULL : find_scenario(o->search.code, t.scenario);
	if (!why && !o->search.scenario)
		why = "there is no such scenario here";
	if (why) {
		token_free(&t);
		return advise("explore", "'%s' is no token: %s", o->replay, why);
	}
	fits = search_replay(&o->search, t.threads, t.steps, &r) && token_is_of_last(&t);
	token_free(&t);
	if (!fits && t.sum >= 0)
		return advise("explore", "the token does not fit: it names another execution than "
					 "what comes of it here. It was made of other sources, or "
					 "its names or steps are not as they were printed");
	if (!fits)
		return advise("explore",
			      "the token does not fit: after %u steps it wants a thread to go on "
			      "that cannot. It was made by another version, or of other sources",
			      search_steps());
	if (t.sum < 0)
		fputs("pageframe: the token has no sum behind a '.': whether this is what was "
		      "found cannot be told\n",
		      stderr);
	if (r.verdict == SEARCH_FAILED) {
		print_failure(o, r.preemptions);
		return EXIT_DIFFERS;
	}
	story_print(stdout, o->whole_story);
	puts("\nnothing is wrong at its end");
	return 0;
}

/* Of the failure that was found: with as few preemptions as can be, as far as there is time. */
static unsigned shorten(struct options *o, unsigned preemptions)
{
	struct search shorter = o->search;
	struct search_result r;
	unsigned n = search_steps();
	uint8_t *threads = malloc(n + 1);

	if (!threads) {
		search_again(&o->search, &r);
		return r.preemptions;
	}
	for (unsigned i = 0; i < n; i++)
		threads[i] = (uint8_t)search_thread_of(i);
	shorter.shards = 0;
	shorter.ended = NULL;
	shorter.progress = NULL;
	shorter.seconds = SHORTER_SECONDS;
	search_shortest(&shorter, (int)preemptions, &r);
	if (r.verdict == SEARCH_FAILED)
		search_again(&o->search, &r);
	else
		search_replay(&o->search, threads, n, &r);
	free(threads);
	return r.preemptions;
}

/* --- all of them --- */

struct watch {
	const struct search_result *r;
	FILE *traces;
	bool tty;
};

static bool ended(void *arg)
{
	struct watch *w = arg;

	if (w->traces)
		fprintf(w->traces, "%016" PRIx64 "\n", search_fingerprint());
	return true;
}

static void progress(void *arg)
{
	const struct watch *w = arg;
	static double next;

	if (!w->tty || w->r->seconds < next)
		return;
	next = w->r->seconds + 0.5;
	fprintf(stderr, "\r%" PRIu64 " executions, %.0f a second, about %.1f %% of all ",
		w->r->executions, (double)w->r->executions / w->r->seconds, w->r->part * 100);
}

static void print_summary(const struct options *o, const struct search_result *r)
{
	double seconds = r->seconds > 1e-6 ? r->seconds : 1e-6;

	printf("%s%s%s: %" PRIu64 " execution%s", o->search.scenario->name, o->with ? " with " : "",
	       o->with ? o->with->name : "", r->executions, r->executions == 1 ? "" : "s");
	if (o->search.bound != XP_NO_BOUND)
		printf(" with up to %d preemption%s", o->search.bound,
		       o->search.bound == 1 ? "" : "s");
	if (r->redundant)
		printf(" (and %" PRIu64 " given up as known)", r->redundant);
	printf(" of up to %u steps, %.2f s, %.0f a second", r->longest, r->seconds,
	       (double)r->executions / seconds);
	if (o->search.shards)
		printf("; shard %u of %u", o->search.shard, o->search.shards);
}

static int explore(struct options *o)
{
	struct search_result r;
	struct watch w = { .r = &r, .tty = isatty(STDERR_FILENO) };

	if (o->traces && !(w.traces = fopen(o->traces, "w")))
		return advise("explore", "'%s': %s", o->traces, strerror(errno));
	o->search.ended = w.traces ? ended : NULL;
	o->search.progress = progress;
	o->search.arg = &w;
	search(&o->search, &r);
	if (w.tty)
		fprintf(stderr, "\r%70s\r", "");
	if (w.traces && (ferror(w.traces) | fclose(w.traces)))
		return advise("explore", "%s: %s; what is in it is not all", o->traces,
			      strerror(errno));
	if (r.verdict == SEARCH_ERROR)
		return advise("explore", "the scenario cannot begin: %s", search_why());
	print_summary(o, &r);
	switch (r.verdict) {
	case SEARCH_FAILED:
		puts("; the last one fails\n");
		print_failure(o, shorten(o, r.preemptions));
		return EXIT_DIFFERS;
	case SEARCH_TIME:
		printf("; time is up, at about %.1f %%, and nothing was wrong\n", r.part * 100);
		return EXIT_TIME;
	default:
		puts(o->search.shards ? "; that is all of this part, and nothing is wrong"
				      : "; that is all there are, and nothing is wrong");
		if (o->with && strcmp(o->with->scenario, o->search.scenario->name))
			printf("%s is shown by %s\n", o->with->name, o->with->scenario);
		return 0;
	}
}

static int list(void)
{
	for (int i = 0; explored_library.scenarios[i]; i++)
		printf("%-24s%s\n", explored_library.scenarios[i]->name,
		       explored_library.scenarios[i]->title);
	return 0;
}

static int no_scenario(const char *name)
{
	struct nearest n = { .word = name };

	if (find_exhibit(name))
		return advise("explore", "'%s' is no scenario, but an exhibit: give it with --with",
			      name);
	for (int i = 0; explored_library.scenarios[i]; i++)
		nearest_consider(&n, explored_library.scenarios[i]->name);
	return advise_name("explore", "scenario", &n, "pageframe explore");
}

static int run(int argc, char **argv)
{
	struct options o = { .search.bound = XP_NO_BOUND };
	int status = read_options(&o, argc, argv);

	if (status)
		return status;
	if (o.replay && o.scenario)
		return advise("explore", "a token names its scenario itself: leave out '%s'",
			      o.scenario);
	if (o.replay &&
	    (o.with || o.search.shards || o.search.bound != XP_NO_BOUND || o.search.nr_threads ||
	     o.search.seconds > 0 || o.search.everything || o.traces))
		return advise("explore",
			      "a token says all that --replay needs: leave out the other "
			      "options, but for --all");
	if (o.replay)
		return replay(&o);
	if (!o.scenario && o.with)
		o.scenario = o.with->scenario;
	if (!o.scenario && argc > 1)
		return advise("explore", "which scenario? 'pageframe explore' lists them");
	if (!o.scenario)
		return list();
	o.search.code = o.with ? o.with->wrong : &explored_library;
	o.search.scenario = find_scenario(o.search.code, o.scenario);
	if (!o.search.scenario)
		return no_scenario(o.scenario);
	return explore(&o);
}

const struct verb verb_explore = {
	.name = "explore",
	.summary = "run threads in every order there is, and say what goes wrong",
	.help = "usage: pageframe explore [SCENARIO] [--bound N] [--threads N] [--shard K/N]\n"
		"                         [--time T] [--with EXHIBIT] [--all] [--traces FILE]\n"
		"                         [--no-reduction]\n"
		"       pageframe explore --replay TOKEN [--all]\n"
		"\n"
		"Runs the threads of SCENARIO, a small machine on which a few things happen at\n"
		"once, in every order in which they can see each other's doings; of orders that\n"
		"make no difference it runs one. A deadlock, a page that is lost or handed out\n"
		"twice, a wrong count, a descriptor that is read before it was written: the first\n"
		"ends the search, and is told step by step. Without SCENARIO it lists them, or\n"
		"with --with runs the exhibit's.\n"
		"docs/explorer.md says how it works, and how to write a scenario.\n"
		"\n"
		"  --bound N      only orders in which a thread that could go on is interrupted "
		"at\n"
		"                 most N times\n"
		"  --threads N    only the first N threads of it, without its check of the end\n"
		"  --shard K/N    the Kth of N parts, from 1; all N together are the whole\n"
		"  --time T       stop after T seconds\n"
		"  --with EXHIBIT with a fault of the museum in the library ('pageframe museum')\n"
		"  --replay TOKEN one execution again, as a failure printed it\n"
		"  --all          tell each step, not only those that threads share\n"
		"  --traces FILE  a line for each execution, the same for those that are alike\n"
		"  --no-reduction every order, alike or not: to check the explorer with\n"
		"\n"
		"Exit status: 0, nothing is wrong; 1, something is; 2 for wrong use; 3, the time\n"
		"was up before the end.\n",
	.run = run,
};
