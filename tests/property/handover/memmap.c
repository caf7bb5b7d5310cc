/* SPDX-License-Identifier: MIT */
/*
 * A host that gives the memory map an address range of its own, in which nothing can be touched
 * before it is mapped, nothing is mapped twice, and memory is scarce now and then.
 */
#include "handover.h"

#include <sys/mman.h>

static struct range {
	char *virt;
	size_t size;
	bool *mapped; /* a page each */
} ranges[2];
static int nr_ranges;

static void *allocs[256];
static int nr_allocs;

unsigned long map_failures;
static const char *failed_virt[64];

void *memmap_alloc(size_t size)
{
	if (nr_allocs == 256)
		differ("pf_boot() allocates without end");
	size = (size + 63) / 64 * 64; /* a cache line, for what CPUs must not share */
	allocs[nr_allocs] = aligned_alloc(64, size);
	if (allocs[nr_allocs])
		memset(allocs[nr_allocs], 0, size);
	return allocs[nr_allocs++];
}

static void *reserve(size_t size)
{
	struct range *r = &ranges[nr_ranges++];
	size_t page = (size_t)PF_PAGE_SIZE;

	if (nr_ranges > 2)
		differ("pf_boot() reserves more than two address ranges");
	r->size = (size + page - 1) / page * page;
	r->virt =
		mmap(NULL, r->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	r->mapped = calloc(r->size / page, 1);
	if (r->virt == MAP_FAILED || !r->mapped)
		differ("the host of the test has no address space");
	return r->virt;
}

/* Descriptors read as anything. They are poisoned: no sanitizer may watch. */
__attribute__((no_sanitize("address"))) static void litter(volatile char *virt, size_t size)
{
	while (size--)
		virt[size] = (char)0xa5;
}

static int map(void *virt, pf_phys phys, size_t size, int nid)
{
	struct range *r = &ranges[(char *)virt >= ranges[1].virt &&
				  (char *)virt < ranges[1].virt + ranges[1].size];
	size_t page = (size_t)PF_PAGE_SIZE, at = (size_t)((char *)virt - r->virt);

	if ((char *)virt < r->virt || at >= r->size || size > r->size - at || at % page || !size ||
	    size % page)
		differ("map() is called for %zu bytes at %zu of %zu", size, at, r->size);
	if (phys != PF_PHYS_MAX && (phys % page || !memblock_is_region_reserved(phys, size)))
		differ("map() is given memory that is not memblock's");
	if (nid < 0 || nid >= MAX_NODES || !nodes[nid].present)
		differ("map() is called for node %d, which has no memory", nid);
	if (machine.fail_one_in && one_in(machine.fail_one_in)) {
		if (map_failures < 64)
			failed_virt[map_failures] = virt;
		map_failures++;
		return -PF_ENOMEM;
	}
	for (size_t i = at / page; i < (at + size) / page; i++) {
		if (r->mapped[i])
			differ("map() is called twice for byte %zu", i * page);
		r->mapped[i] = true;
	}
	if (mprotect(virt, size, PROT_READ | PROT_WRITE))
		differ("the host of the test cannot map");
	if (r == &ranges[1])
		litter(virt, size);
	return 0;
}

const struct pf_memmap_ops mapped_ops = { .reserve = reserve, .map = map };
const struct pf_memmap_ops on_demand_ops = { .reserve = reserve, .map = map, .on_demand = true };

bool map_failed_at(const struct pf_mem *mem, unsigned long i)
{
	const char *virt = (const char *)pf_page(mem, pfn_of(i & ~(PF_BLOCK_PAGES - 1)));

	for (unsigned long f = 0; f < map_failures && f < 64; f++)
		if (failed_virt[f] == virt)
			return true;
	return map_failures > 64;
}

void memmap_forget(void)
{
	map_failures = 0;
}

void memmap_release(void)
{
	while (nr_ranges) {
		struct range *r = &ranges[--nr_ranges];

		munmap(r->virt, r->size);
		free(r->mapped);
		*r = (struct range){ 0 };
	}
	while (nr_allocs)
		free(allocs[--nr_allocs]);
	memmap_forget();
}
