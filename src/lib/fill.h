/* SPDX-License-Identifier: MIT */
/* Storing one pattern many times. */
#ifndef LIB_FILL_H
#define LIB_FILL_H

#include <stddef.h>
#include <stdint.h>

/*
 * @n times @pattern from @at on, which is aligned. ThreadSanitizer does not see what assembly
 * stores.
 */
static inline void fill64(void *at, uint64_t pattern, size_t n)
{
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
	__asm__ volatile("rep stosq" : "+D"(at), "+c"(n) : "a"(pattern) : "memory");
#else
	uint64_t __attribute__((may_alias)) *to = at;

	for (size_t i = 0; i < n; i++)
		to[i] = pattern;
#endif
}

#endif
