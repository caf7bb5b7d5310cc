/* SPDX-License-Identifier: MIT */
/* What the unit tests of memblock share: cmocka with what it needs, and arrays compared as text. */
#ifndef UNIT_MEMBLOCK_CHECK_H
#define UNIT_MEMBLOCK_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

/* "base-end@node!flags ...", all in hexadecimal but the node, which is left out when there is none.
 */
static inline const char *text(const struct memblock_type *type)
{
	static char buf[1 << 15];
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];
		int nid = memblock_get_region_node(r);

		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s%llx-%llx", i ? " " : "",
				      (unsigned long long)r->base,
				      (unsigned long long)(r->base + r->size));
		if (PF_NUMA && nid >= 0 && nid < MAX_NUMNODES)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "@%d", nid);
		if (r->flags)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "!%x", (unsigned)r->flags);
	}
	return buf;
}

static inline phys_addr_t sum(const struct memblock_type *type)
{
	phys_addr_t bytes = 0;

	for (unsigned long i = 0; i < type->cnt; i++)
		bytes += type->regions[i].size;
	return bytes;
}

#define is(type, want)                                                                             \
	do {                                                                                       \
		assert_string_equal(text(type), want);                                             \
		assert_int_equal((type)->total_size, sum(type));                                   \
	} while (0)
#define memory_is(want)	  is(&memblock.memory, want)
#define reserved_is(want) is(&memblock.reserved, want)
#define ok(call)	  assert_int_equal(call, 0)
#define no_memory(call)	  assert_int_equal(call, -PF_ENOMEM)

static inline int setup(void **state)
{
	(void)state;
	host_reset();
	return 0;
}

/* Each test begins on a fresh host. */
#define test(f) cmocka_unit_test_setup(f, setup)

#endif
