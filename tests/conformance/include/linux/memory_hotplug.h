/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_LINUX_MEMORY_HOTPLUG_H
#define CONFORMANCE_LINUX_MEMORY_HOTPLUG_H

#include <pageframe/memblock.h>

static inline bool movable_node_is_enabled(void)
{
	return movable_node_enabled;
}

#endif
