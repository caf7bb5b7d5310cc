/* SPDX-License-Identifier: MIT */
#include "arrays.h"

void add_room(void)
{
	ok(memblock_add(ROOM_BASE, ROOM_END - ROOM_BASE));
	memblock_allow_resize();
}

phys_addr_t bytes(unsigned long n)
{
	return (phys_addr_t)(n * sizeof(struct memblock_region) + PF_PAGE_SIZE - 1) &
	       ~(PF_PAGE_SIZE - 1);
}

phys_addr_t place(const struct memblock_type *type)
{
	return pf_port_virt_to_phys(type->regions);
}

int late_out, late_calls;
size_t late_freed;
static int late_failures;

void *late_alloc(size_t size)
{
	late_calls++;
	if (late_failures) {
		late_failures--;
		return NULL;
	}
	late_out++;
	return malloc(size);
}

void late_free(void *array, size_t size)
{
	late_out--;
	late_freed = size;
	free(array);
}

void start_late(int failures)
{
	static const struct memblock_array_ops late = { late_alloc, late_free };

	late_out = late_calls = 0;
	late_freed = 0;
	late_failures = failures;
	memblock_set_array_ops(&late);
}
