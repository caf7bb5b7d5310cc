/* SPDX-License-Identifier: MIT */
#include "crash.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "engine.h"

static char stack[64 * 1024];
static struct sigaction before[NSIG];
static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGVTALRM };

/* Where the last tick of the clock found the execution. */
static uint64_t number;
static unsigned depth, ticks;

static void crash(int signal, siginfo_t *info, void *context)
{
	const struct xp_site *site = x.current ? x.current->op.site : NULL;

	(void)context;
	if (signal != SIGVTALRM && site && site->line)
		xp_fail("'%s' crashed: %s, at address %p, behind %s:%d", x.current->what->name,
			strsignal(signal), info->si_addr, story_file(site->file), site->line);
	if (signal != SIGVTALRM)
		xp_fail("it crashed: %s, at address %p", strsignal(signal), info->si_addr);
	ticks = number == x.number && depth == x.depth ? ticks + 1 : 0;
	number = x.number;
	depth = x.depth;
	if (ticks > 2)
		xp_fail("it loops, and nobody else can end that");
}

/* Of processor time: who is stopped by a debugger does not loop. */
static void tick(long ms)
{
	const struct timeval every = { 0, ms * 1000 };

	setitimer(ITIMER_VIRTUAL, &(struct itimerval){ every, every }, NULL);
}

void crash_guard(bool on)
{
	const stack_t own = { .ss_sp = stack,
			      .ss_size = sizeof(stack),
			      .ss_flags = on ? 0 : SS_DISABLE };
	/* The handler is left by a jump, and is to run again. */
	const struct sigaction guard = { .sa_sigaction = crash,
					 .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	tick(on ? 100 : 0);
	if (on)
		sigaltstack(&own, NULL);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		sigaction(crashes[i], on ? &guard : &before[crashes[i]],
			  on ? &before[crashes[i]] : NULL);
	if (!on)
		sigaltstack(&own, NULL);
}
