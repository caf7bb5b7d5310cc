/* SPDX-License-Identifier: MIT */
/*
 * Stacks of their own, and switching from one to another without the kernel. What runs on one can
 * be left in the middle, and begun anew.
 */
#ifndef EXPLORE_FIBER_H
#define EXPLORE_FIBER_H

#include <stdbool.h>

struct fiber {
	void *at[5];	/* where it goes on: the compiler's own jump buffer, which nobody watches */
	void *begin[5]; /* at its first line */
	bool fresh;	/* it begins */
	void (*run)(void *arg);
	void *arg;
};

/* @run may not return. Return: 0, or an errno: no memory for a stack. */
int fiber_make(struct fiber *f, void (*run)(void *arg), void *arg);

/* The next switch begins it anew, wherever it is. */
static inline void fiber_restart(struct fiber *f)
{
	f->fresh = true;
}

/* @from goes on when somebody switches to it; a thread's own stack is one that was not made. */
void fiber_switch(struct fiber *from, struct fiber *to);

#endif
