/* SPDX-License-Identifier: MIT */
/* How people name a page: by an address in it, or by its number. */
#ifndef SIM_PAGE_NAME_H
#define SIM_PAGE_NAME_H

#include <stdint.h>

/*
 * "0x3fe80000", "1073741824", "1G": an address in bytes; "pfn:0x3fe80": the first one of a page.
 * Return: NULL, or what is wrong with it, as the rest of a sentence; then *address is as it was.
 */
const char *page_name_read(const char *text, uint64_t *address);

#endif
