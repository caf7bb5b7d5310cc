/* SPDX-License-Identifier: MIT */
#include "fiber.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#define STACK (256 * 1024)
#define GUARD (64 * 1024) /* of no use, but to stop who runs over */

static struct fiber *making;
static struct fiber maker;
static ucontext_t made;

/* May not be in a function with what it jumps to. */
static __attribute__((noinline)) _Noreturn void go_on(struct fiber *to)
{
	if (!to->fresh)
		__builtin_longjmp(to->at, 1);
	to->fresh = false;
	__builtin_longjmp(to->begin, 1);
}

/* The first time, to be left at once; and each time that a fiber begins. */
static void first(void)
{
	struct fiber *f = making;

	if (!__builtin_setjmp(f->begin))
		go_on(&maker);
	f->run(f->arg);
	abort(); /* this frame is needed again: no tail call may take it away */
}

static __attribute__((noinline)) void visit(void)
{
	if (__builtin_setjmp(maker.at))
		return;
	setcontext(&made);
	abort(); /* likewise */
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
	visit();
	fiber_restart(f);
	return 0;
}

__attribute__((noinline)) void fiber_switch(struct fiber *from, struct fiber *to)
{
	if (!__builtin_setjmp(from->at))
		go_on(to);
}
