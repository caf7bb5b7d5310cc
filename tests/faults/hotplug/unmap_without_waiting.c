/* SPDX-License-Identifier: MIT */
/*
 * In place of src/hotplug/pagemap.c: as no_wait_for_readers.c, and what goes is a device, with its
 * descriptors.
 */
#include "../../../src/hotplug/internal.h"

#define pf_synchronize(readers) ((void)(readers))
#include "../../../src/hotplug/pagemap.c"
