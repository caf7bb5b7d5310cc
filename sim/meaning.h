/* SPDX-License-Identifier: MIT */
/* What the kernel's functions that reserve most are about, for those who do not know their names.
 */
#ifndef SIM_MEANING_H
#define SIM_MEANING_H

#include <stddef.h>

/* "bounce buffers" for "swiotlb_init_remap", which is @length bytes; NULL: not known. */
const char *meaning(const char *who, size_t length);

#endif
