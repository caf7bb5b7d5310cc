/* SPDX-License-Identifier: MIT */
/* A number for a page number; 0 for all that were never set. */
#ifndef SIM_KMEM_MAP_H
#define SIM_KMEM_MAP_H

#include <stddef.h>
#include <stdint.h>

struct kmem_map {
	struct kmem_map_entry {
		uint64_t key; /* page number + 1; 0: empty */
		uint64_t value;
	} * at;
	size_t n;
	size_t room; /* a power of two, or 0 */
};

uint64_t kmem_map_get(const struct kmem_map *m, uint64_t key);
void kmem_map_set(struct kmem_map *m, uint64_t key, uint64_t value);
void kmem_map_free(struct kmem_map *m);

#endif
