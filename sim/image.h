/* SPDX-License-Identifier: MIT */
/*
 * Where the parts of the kernel's image lie in memory: from iomem.txt, or from the sizes that the
 * log tells and what was reserved for it before memblock=debug.
 */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include "replay.h"

/* Addresses in bytes. Text, read-only data, data, what is for initialisation only, bss, brk. */
struct kernel_image {
	bool known;  /* text, bss and end are where the kernel put them */
	bool listed; /* and iomem.txt lists its parts: so are the others */
	uint64_t text;
	uint64_t text_end;
	uint64_t rodata;
	uint64_t rodata_end;
	uint64_t data;
	uint64_t bss;
	uint64_t end; /* of bss; brk begins here */
};

/* If it is not known, .text and .end are a place where it may lie. */
struct kernel_image image_find(const struct replay *r);

#endif
