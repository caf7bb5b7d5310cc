/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"
#include "random.h"

uint64_t seed;
struct pf_mem mem;
unsigned long pages;
pf_pfn possible_pfn;
_Atomic uint8_t owner[MAX_PAGES];
_Atomic uint8_t reports[MAX_PAGES];
bool was_reserved[MAX_PAGES];
uint8_t found[MAX_PAGES];

_Noreturn void fail(const char *what, unsigned long a, unsigned long b)
{
	static atomic_flag once = ATOMIC_FLAG_INIT;

	while (atomic_flag_test_and_set(&once))
		;
	printf("not ok 1 - %s: %#lx, %#lx; machine of --seed %llu --rounds 1\n1..1\n", what, a, b,
	       (unsigned long long)seed);
	fflush(stdout);
	_Exit(1);
}

static void *allocated[64];
static unsigned nr_allocated;

static void *from_heap(size_t size)
{
	size = (size + 63) / 64 * 64; /* a cache line, for what CPUs must not share */
	allocated[nr_allocated] = aligned_alloc(64, size);
	if (!allocated[nr_allocated])
		fail("no memory", size, 0);
	return memset(allocated[nr_allocated++], 0, size);
}

#define RANGES 2 /* of entries, of descriptors */
static char *range_virt[RANGES];
static size_t range_size[RANGES];
static int nr_ranges;
/* What is behind each page of descriptors. */
static pf_phys behind[(BASE + MAX_PAGES) * sizeof(struct pf_page) >> PF_PAGE_SHIFT];

static void *reserve_range(size_t size)
{
	char *virt = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (virt == MAP_FAILED || nr_ranges == RANGES)
		fail("no address range for the memory map", size, 0);
	range_virt[nr_ranges] = virt;
	range_size[nr_ranges++] = size;
	return virt;
}

static _Atomic unsigned long mapped;

static bool is_descriptors(const char *at)
{
	return nr_ranges == RANGES && at >= range_virt[1] && at < range_virt[1] + range_size[1];
}

static int map(void *virt, pf_phys phys, size_t size, int nid)
{
	char *at = virt;

	(void)nid;
	atomic_fetch_add(&mapped, size);
	if (!is_descriptors(at))
		return 0;
	mprotect(virt, size, PROT_READ | PROT_WRITE);
	for (size_t i = 0; phys != PF_PHYS_MAX && i < size; i += PF_PAGE_SIZE)
		behind[(size_t)(at - range_virt[1] + (long)i) >> PF_PAGE_SHIFT] = phys + i;
	return 0;
}

/* Who looks at it from now on is stopped. */
static pf_phys unmap(void *virt, size_t size)
{
	mprotect(virt, size, PROT_NONE);
	return behind[(size_t)((char *)virt - range_virt[1]) >> PF_PAGE_SHIFT];
}

static void released(struct pf_mem *m, pf_pfn start, unsigned long n, enum pf_release how)
{
	for (unsigned long i = start - BASE; n--; i++) {
		if (how == PF_RELEASE_ONLINE)
			continue; /* as often as it comes online */
		if (m != &mem || i >= pages || atomic_fetch_add(&reports[i], 1))
			fail("a page is reported free twice", BASE + i, 0);
		if (atomic_load(&owner[i]))
			fail("a page is reported free while it is handed out", BASE + i, 0);
		if ((how == PF_RELEASE_LATE) != was_reserved[i])
			fail("a page is reported free the wrong way", BASE + i, how);
	}
}

/* Two nodes, the border anywhere; sometimes a hole. */
static void make_memory(uint64_t *rng)
{
	unsigned long border, hole;

	pages = (64 + random_below(rng, 1 + random_below(rng, 449))) *
		MIB_PAGES; /* small ones are quick */
	border = NODES == 2 ? 1 + random_below(rng, pages - 1) : pages;
	memblock_add_node(PF_PFN_PHYS(BASE), border * PF_PAGE_SIZE, 0, MEMBLOCK_NONE);
	if (NODES == 2)
		memblock_add_node(PF_PFN_PHYS(BASE + border), (pages - border) * PF_PAGE_SIZE, 1,
				  MEMBLOCK_NONE);
	hole = BASE + random_below(rng, pages);
	if (!random_below(rng, 2))
		memblock_remove(PF_PFN_PHYS(hole), (1 + random_below(rng, 999)) * PF_PAGE_SIZE);
}

static void make_reservations(uint64_t *rng)
{
	unsigned long n = 4 + random_below(rng, 60);

	while (n--) {
		unsigned long size = 1 + random_below(rng, random_below(rng, 3) ? 700 : 9000);
		unsigned long start = random_below(rng, pages);

		memblock_reserve(PF_PFN_PHYS(BASE + start), size * PF_PAGE_SIZE);
	}
}

static void read_reserved(void)
{
	const struct memblock_region *r;

	memset(was_reserved, 0, sizeof(was_reserved));
	for_each_reserved_mem_region(r)
		for (pf_pfn pfn = PF_PFN_DOWN(r->base); pfn < PF_PFN_UP(r->base + r->size); pfn++)
			if (pfn >= BASE && pfn < BASE + pages &&
			    memblock_is_memory(PF_PFN_PHYS(pfn)))
				was_reserved[pfn - BASE] = true;
}

static int cpu_to_node(unsigned cpu)
{
	return (int)(cpu % NODES);
}

unsigned long machine_boot(uint64_t *rng, unsigned nr_cpus)
{
	static const struct pf_memmap_ops on_demand = {
		.reserve = reserve_range, .map = map, .unmap = unmap, .on_demand = true
	};
	static const struct pf_memmap_ops all_mapped = { .reserve = reserve_range,
							 .map = map,
							 .unmap = unmap };
	struct pf_boot_config config = { .released = released,
					 .nr_cpus = nr_cpus,
					 .cpu_to_node = cpu_to_node,
					 .max_possible_pfn = possible_pfn };

	host_reset();
	memset(&mem, 0, sizeof(mem));
	memset((void *)owner, 0, sizeof(owner));
	memset((void *)reports, 0, sizeof(reports));
	memblock_allow_resize();
	make_memory(rng);
	make_reservations(rng);
	if (random_below(rng, 2))
		config.alloc = from_heap;
	else
		config.memmap = random_below(rng, 2) ? &all_mapped : &on_demand;
	if (random_below(rng, 3)) /* a border inside a block */
		config.zone_end[PF_ZONE_DMA32] = BASE + random_below(rng, pages);
	config.zone_end[PF_ZONE_NORMAL] = ~0ul;
	if (!random_below(rng, 3))
		config.movable.kernelcore = random_below(rng, pages);
	if (random_below(rng, 4))
		config.pages_at_once = 1 + random_below(rng, pages / 4);
	/* Reservations may leave no room for the map. */
	if (pf_boot(&mem, &config)) {
		host_forget_output();
		config.alloc = from_heap;
		if (pf_boot(&mem, &config))
			fail("the machine does not boot", 0, 0);
	}
	read_reserved();
	return memblock_free_all(&mem);
}

void machine_close(void)
{
	pf_close(&mem);
	while (nr_allocated)
		free(allocated[--nr_allocated]);
	while (nr_ranges--)
		munmap(range_virt[nr_ranges], range_size[nr_ranges]);
	nr_ranges = 0;
}

void read_states(void)
{
	struct pf_run run = { .end = mem.first_pfn };

	memset(found, PF_ABSENT, pages);
	while (pf_next_run(&mem, &run))
		for (pf_pfn pfn = run.start; pfn < run.end; pfn++)
			if (pfn >= BASE && pfn < BASE + pages)
				found[pfn - BASE] = (uint8_t)run.state;
}
