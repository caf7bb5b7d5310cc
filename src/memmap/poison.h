/* SPDX-License-Identifier: MIT */
/*
 * Uninitialised means untouchable: under AddressSanitizer descriptors of a block that is not split
 * are poisoned, and a read of one stops the program with a backtrace.
 */
#ifndef MEMMAP_POISON_H
#define MEMMAP_POISON_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PFI_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define PFI_ASAN 1
#endif

#ifdef PFI_ASAN
void __asan_poison_memory_region(const volatile void *addr, size_t size);
void __asan_unpoison_memory_region(const volatile void *addr, size_t size);
#endif

static inline void poison(const void *at, size_t size)
{
#ifdef PFI_ASAN
	__asan_poison_memory_region(at, size);
#else
	(void)at;
	(void)size;
#endif
}

static inline void unpoison(const void *at, size_t size)
{
#ifdef PFI_ASAN
	__asan_unpoison_memory_region(at, size);
#else
	(void)at;
	(void)size;
#endif
}

#endif
