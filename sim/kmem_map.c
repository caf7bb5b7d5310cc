/* SPDX-License-Identifier: MIT */
#include "kmem_map.h"

#include <stdio.h>
#include <stdlib.h>

/* Where the key is, or would be: neighbouring pages hash apart, and collisions go on linearly. */
static struct kmem_map_entry *find(const struct kmem_map *m, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 16) & (m->room - 1);

	while (m->at[i].key && m->at[i].key != key)
		i = (i + 1) & (m->room - 1);
	return &m->at[i];
}

static void grow(struct kmem_map *m)
{
	struct kmem_map bigger = { .n = m->n, .room = m->room ? m->room * 2 : 1024 };

	bigger.at = calloc(bigger.room, sizeof(*bigger.at));
	if (!bigger.at) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	for (size_t i = 0; i < m->room; i++)
		if (m->at[i].key)
			*find(&bigger, m->at[i].key) = m->at[i];
	free(m->at);
	*m = bigger;
}

uint64_t kmem_map_get(const struct kmem_map *m, uint64_t key)
{
	return m->room ? find(m, key + 1)->value : 0;
}

void kmem_map_set(struct kmem_map *m, uint64_t key, uint64_t value)
{
	struct kmem_map_entry *e;

	if (m->n >= m->room / 2)
		grow(m);
	e = find(m, key + 1);
	m->n += !e->key;
	e->key = key + 1;
	e->value = value;
}

void kmem_map_free(struct kmem_map *m)
{
	free(m->at);
	*m = (struct kmem_map){ .n = 0 };
}
