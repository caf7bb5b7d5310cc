/* SPDX-License-Identifier: MIT */
/*
 * UEFI boot services: memory that the firmware used until the kernel took over. The kernel reserves
 * it early (efi_reserve_boot_services()), and gives it back late.
 */
#ifndef SIM_BOOT_SERVICES_H
#define SIM_BOOT_SERVICES_H

#include "replay.h"

/* What the kernel may give back of it. */
void boot_services_find(const struct replay *r, struct owners *given);
/* Without what it takes for a part of its image, if the rest is then as many @bytes as it says. */
void boot_services_less_image(struct owners *given, uint64_t image_end, uint64_t bytes);
uint64_t boot_services_bytes(const struct owners *given);

#endif
