/* SPDX-License-Identifier: MIT */
/*
 * What Linux's memblock.c calls and its own user-space stubs of this version lack; nothing of it is
 * timed.
 */
#include <stdbool.h>
#include <stdlib.h>

bool movable_node_enabled;

void *kmalloc(size_t size, unsigned flags);
void kfree(void *p);

void *kmalloc(size_t size, unsigned flags)
{
	(void)flags;
	return malloc(size);
}

void kfree(void *p)
{
	free(p);
}
