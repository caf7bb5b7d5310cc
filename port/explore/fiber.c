/* SPDX-License-Identifier: MIT */
/* A fortified longjmp() takes another stack for a mistake. */
#undef _FORTIFY_SOURCE
#include "fiber.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <ucontext.h>

#define STACK (256 * 1024)
#define GUARD (64 * 1024) /* of no use, but to stop who runs over */

static struct fiber *making;
static ucontext_t maker, made;

/* The first switch leads here; so does every one to a fiber that begins anew. */
static void first(void)
{
	struct fiber *f = making;

	if (!_setjmp(f->begin))
		swapcontext(&made, &maker);
	f->run(f->arg);
}

int fiber_make(struct fiber *f, void (*run)(void *arg), void *arg)
{
	char *stack = mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED || mprotect(stack + GUARD, STACK, PROT_READ | PROT_WRITE))
		return errno;
	f->run = run;
	f->arg = arg;
	making = f;
	getcontext(&made);
	made.uc_stack.ss_sp = stack + GUARD;
	made.uc_stack.ss_size = STACK;
	made.uc_link = NULL;
	makecontext(&made, first, 0);
	swapcontext(&maker, &made);
	fiber_restart(f);
	return 0;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	bool fresh = to->fresh;

	if (_setjmp(from->at))
		return;
	to->fresh = false;
	_longjmp(fresh ? to->begin : to->at, 1);
}
