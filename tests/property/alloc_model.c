/* SPDX-License-Identifier: MIT */
/*
 * Differential test: the page allocator against one byte a page.
 *
 * Each round boots a random machine, and then memory fills up and empties by random requests, while
 * CPUs change, lists are drained, and boot's leavings arrive. It catches a page that is handed out
 * twice, or from a zone, a node or a block that it may not come from, an allocation that fails
 * without need, a free that is taken from the wrong hands, a page that is lost between lists, and
 * every count that is off.
 *
 *	alloc_model [--seed N] [--ops N]
 */
#include "alloc/alloc.h"

#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "options.h"

#define ROUND_SECONDS 120
#define ROUND_OPS     20000

struct pf_mem mem;
unsigned long ops_done;
struct tally tally;
static uint64_t round_seed;
static unsigned long round_begin, next_verify;
static const char *doing = "nothing";

_Noreturn void differ(const char *format, ...)
{
	va_list args;

	printf("not ok 1 - the library differs from the model; see it with --seed %llu --ops 1\n# ",
	       (unsigned long long)round_seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n# while it does %s, operation %lu of the round\n1..1\n", doing,
	       ops_done - round_begin);
	fflush(stdout);
	_exit(1);
}

static void too_long(int signal)
{
	(void)signal;
	differ("a round does not end");
}

void begin(const char *what)
{
	doing = what;
	memmap_forget();
	host_forget_output();
}

static void something_rare(void)
{
	switch (below(12)) {
	case 0:
		set_marks();
		break;
	case 1:
		observe(one_in(2));
		break;
	case 2:
		init_descriptors();
		break;
	case 3:
		release_deferred();
		break;
	case 4:
		free_late();
		break;
	case 5:
		init_cma();
		break;
	case 6:
		change_phase();
		break;
	case 7:
		if (one_in(4))
			take_nearly_all();
		break;
	default:
		drain();
	}
}

static void one_op(void)
{
	ops_done++;
	if (one_in(12))
		change_cpu();
	if (one_in(64))
		something_rare();
	else if (one_in(16))
		give_wrongly();
	else if (below(16) >= phase.takes)
		give_some();
	else if (one_in(16))
		take_at();
	else if (one_in(24))
		take_exact();
	else if (one_in(40))
		take_bulk();
	else
		take();
}

static void run_round(void)
{
	unsigned long n = 1 + below(ROUND_OPS);

	change_phase();
	check_everything();
	while (n--) {
		one_op();
		if (one_in(1 + machine.pages / 64) || ops_done >= next_verify) {
			check_everything();
			next_verify = ops_done + 10000;
		}
	}
	observe(false);
	give_all();
	machine.fail_one_in = 0;
	if (!pf_drain_all(&mem))
		differ("the last drain leaves something out");
	check_everything();
	for (unsigned long i = 0; i < machine.pages; i++)
		if (found[i] == PF_PER_CPU || found[i] == PF_ALLOCATED)
			differ("page %#lx is in state %d in the end", pfn_of(i), found[i]);
}

static void one_round(void)
{
	random_start(round_seed);
	alarm(ROUND_SECONDS);
	round_begin = ops_done;
	nr_held = 0;
	doing = "the set-up";
	memset(&mem, 0, sizeof(mem));
	if (boot())
		run_round();
	ops_done++;
	shut_down();
}

static void print_tally(void)
{
	printf("# %lu served, %lu of them by another node, %lu in CMA areas; %lu bulks, %lu exact, "
	       "%lu given chunks\n",
	       tally.served, tally.from_far, tally.from_cma, tally.bulk, tally.exact, tally.at);
	printf("# %lu refused, %lu of them looked at page by page; zones went low %lu times\n",
	       tally.refused, tally.refused_exactly, tally.low);
	printf("# %lu wrong frees, %lu late ones, %lu pages came deferred, %lu CMA areas, a "
	       "high-atomic reserve was seen %lu times\n",
	       tally.wrong_frees, tally.late, tally.deferred, tally.cma_areas, tally.highatomic);
}

int main(int argc, char **argv)
{
	uint64_t ops = option(argc, argv, "--ops", 200000);
	unsigned long rounds = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, too_long);
	for (round_seed = option(argc, argv, "--seed", 1); ops_done < ops; round_seed++, rounds++)
		one_round();
	print_tally();
	printf("ok 1 - %lu operations on %lu machines agree with the model\n1..1\n", ops_done,
	       rounds);
	return 0;
}
