/* SPDX-License-Identifier: MIT */
#include "port.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

FILE *posix_port_output;

static char *memory =
	(char *)4096; /* any but NULL: where nothing is put, addresses are only compared */
static size_t memory_size;

void *posix_memmap_reserve(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* An array of the memory map, and what map() was told of each of its pages: unmap() is asked. */
struct area {
	struct area *next;
	char *virt;
	size_t size;
	pf_phys phys[];
};
static struct area *areas;

static void *reserve_noted(size_t size)
{
	struct area *a =
		posix_memmap_reserve(sizeof(*a) + (size >> PF_PAGE_SHIFT) * sizeof(a->phys[0]));
	char *virt = a ? posix_memmap_reserve(size) : NULL;

	if (!virt)
		return NULL;
	a->next = areas;
	a->virt = virt;
	a->size = size;
	areas = a; /* one CPU boots, and areas stay */
	return virt;
}

/* Of a page in an area; NULL: it is in none. */
static pf_phys *noted(const char *virt)
{
	for (struct area *a = areas; a; a = a->next)
		if (virt >= a->virt && (size_t)(virt - a->virt) < a->size)
			return &a->phys[(size_t)(virt - a->virt) >> PF_PAGE_SHIFT];
	return NULL;
}

/* What is behind it is the system's affair, as with all memory here. */
static int map_noted(void *virt, pf_phys phys, size_t size, int nid)
{
	pf_phys *note = noted(virt);

	(void)nid;
	for (size_t at = 0; note && at < size; at += (size_t)PF_PAGE_SIZE)
		*note++ = phys + at;
	return 0;
}

static pf_phys unmap_noted(void *virt, size_t size)
{
	const pf_phys *note = noted(virt);

	madvise(virt, size, MADV_DONTNEED);
	return note ? *note : PF_PHYS_MAX;
}

static int map_nothing(void *virt, pf_phys phys, size_t size, int nid)
{
	(void)virt;
	(void)phys;
	(void)size;
	(void)nid;
	return 0;
}

static pf_phys unmap_nothing(void *virt, size_t size)
{
	madvise(virt, size, MADV_DONTNEED);
	return PF_PHYS_MAX;
}

const struct pf_memmap_ops posix_memmap = { .reserve = reserve_noted,
					    .map = map_noted,
					    .unmap = unmap_noted };
const struct pf_memmap_ops posix_memmap_on_demand = { .reserve = posix_memmap_reserve,
						      .map = map_nothing,
						      .unmap = unmap_nothing,
						      .on_demand = true };

bool posix_port_memory(pf_phys size)
{
	char *new;

	if (size <= memory_size)
		return true;
	if (size > SIZE_MAX / 2)
		return false;
	new = posix_memmap_reserve((size_t)size);
	if (!new)
		return false;
	if (memory_size)
		munmap(memory, memory_size);
	memory = new;
	memory_size = (size_t)size;
	return true;
}

void pf_port_print(enum pf_level level, const char *line)
{
	(void)level;
	if (posix_port_output)
		fprintf(posix_port_output, "%s\n", line);
}

bool pf_port_symbol(const void *ip, char *buf, size_t size)
{
	(void)ip;
	(void)buf;
	(void)size;
	return false;
}

_Noreturn void pf_port_panic(const char *what)
{
	fprintf(stderr, "pageframe: internal error: %s\n", what);
	abort();
}

bool posix_port_clears = true;

/* What would be a segmentation fault says what to do instead. */
static void need_room(pf_phys phys)
{
	if (!posix_port_clears || phys < memory_size)
		return;
	if (memory_size)
		fprintf(stderr,
			"pageframe: there is no memory at physical address 0x%llx: "
			"posix_port_memory() was called for 0x%llx bytes; give it the end of the "
			"highest range that memblock_add() gets\n",
			(unsigned long long)phys, (unsigned long long)memory_size);
	else
		fputs("pageframe: there is no memory yet: call posix_port_memory() before "
		      "memblock or the page allocator is asked for any, with the end of the "
		      "highest range that memblock_add() gets\n",
		      stderr);
	abort();
}

void *pf_port_phys_to_virt(pf_phys phys)
{
	need_room(phys);
	return (void *)((uintptr_t)memory + (uintptr_t)phys);
}

pf_phys pf_port_virt_to_phys(const void *virt)
{
	return (pf_phys)((uintptr_t)virt - (uintptr_t)memory);
}

void pf_port_zero(void *virt, pf_phys size)
{
	if (posix_port_clears)
		memset(virt, 0, (size_t)size);
}

static _Thread_local unsigned cpu = ~0u;

void posix_port_set_cpu(unsigned number)
{
	cpu = number;
}

/* The first thread is CPU 0; and stderr is no constant to begin with. */
__attribute__((constructor)) static void before_main(void)
{
	cpu = 0;
	posix_port_output = stderr;
}

unsigned pf_port_cpu(void)
{
	return cpu;
}

/* Every thread of the process passes a barrier (membarrier(2)). */
bool pf_port_barrier(void)
{
	static bool registered;

	if (!__atomic_load_n(&registered, __ATOMIC_ACQUIRE)) {
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
			return false;
		__atomic_store_n(&registered, true, __ATOMIC_RELEASE);
	}
	return !syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

void pf_port_relax(void)
{
	sched_yield();
}
