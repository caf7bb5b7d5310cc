/* SPDX-License-Identifier: MIT */
/*
 * With the rest of src/boot/late.c: who shadows pages is told that memory which was in use since
 * boot is memory that nobody had. Linux freed both by one function, and that told KMSAN; the second
 * reason of commit 115d9d77bb0f (2023).
 */
#include "../../../src/boot/internal.h"

#define PF_RELEASE_LATE PF_RELEASE_BOOT
#include "../../../src/boot/late.c"
