/* SPDX-License-Identifier: MIT */
#include "unlogged.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "image.h"
#include "late.h"

#define MOST_PAGES   65536 /* 64 TiB of gigantic pages */
#define KIB	     1024
#define LOW_MEMORY   0x100000	    /* x86: reserve_real_mode() keeps the first MiB */
#define LOAD_ADDRESS 0x1000000	    /* x86 kernels are linked to it; random positions are above */
#define LOW_END	     0x100000000ull /* firmware keeps to what 32 bits reach */

struct range unlogged_find(const struct owners *owners, const char *who)
{
	for (size_t i = 0; i < owners->list.n; i++)
		if (owners->list.at[i].length == strlen(who) &&
		    !memcmp(owners->list.at[i].who, who, strlen(who)))
			return owners->list.at[i].range;
	return (struct range){ 0, 0 };
}

static void take(struct replay *r, struct range range, const char *who, size_t line)
{
	if (!range.size || memblock_reserve(range.base, range.size))
		return;
	owners_take(&r->owners, range, who, strlen(who), line);
}

/* The highest aligned room in free memory within limits; of nothing if there is none. */
static struct range highest_room(uint64_t size, uint64_t align, uint64_t from, uint64_t to)
{
	phys_addr_t start, end;
	uint64_t i;

	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		uint64_t low = start > from ? start : from;
		uint64_t high = end < to ? end : to;

		if (high < size)
			continue;
		high = (high - size) & ~(align - 1);
		if (high >= low && high + size <= to)
			return (struct range){ high, size };
	}
	return (struct range){ 0, 0 };
}

static void take_known(struct replay *r)
{
	const struct boot_log *log = &r->machine->log;
	struct range disk = log->new_ramdisk.size ? log->new_ramdisk : log->ramdisk;

	if (log->e820.n || log->user.n)
		take(r, (struct range){ 0, LOW_MEMORY }, "reserve_real_mode (first MiB)", 0);
	take(r, disk, "initial RAM disk", 0);
	for (size_t i = 0; i < log->told.n; i++)
		take(r, log->told.at[i].range, log->told.at[i].who, log->told.at[i].line);
	for (size_t i = 0; i < log->cma.n; i++)
		if (log->cma.at[i].mib < UINT64_MAX >> 21)
			take(r, (struct range){ log->cma.at[i].base, log->cma.at[i].mib << 20 },
			     "CMA", log->cma.at[i].line);
	for (size_t i = 0; i < log->events.n; i++)
		if (log->events.at[i].kind == EVENT_NODE_DATA)
			take(r, log->events.at[i].range, "alloc_node_data", log->events.at[i].line);
}

/* From iomem.txt, or else anywhere: random positions are as likely in any part of memory. */
static void take_image(struct replay *r)
{
	const struct boot_log *log = &r->machine->log;
	const struct image_sizes *s = &log->image;
	struct kernel_image im = image_find(r);
	uint64_t size = (s->code + s->rwdata + s->rodata + s->init + s->bss) * KIB;
	uint64_t to = log_option(log, "nokaslr") ? LOAD_ADDRESS + size : log_mapped_end(log);

	if (im.known)
		take(r, (struct range){ im.text, im.end - im.text }, "kernel image", 0);
	else if (size < LOW_END)
		take(r, highest_room(size, LOW_MEMORY * 2, LOAD_ADDRESS, to), UNLOGGED_IMAGE, 0);
}

/* Given back late: reserved before. */
static void take_guesses(struct replay *r)
{
	const struct boot_log *log = &r->machine->log;

	for (size_t i = 0; i < log->freed.n; i++)
		if (!strcmp(log->freed.at[i].what, "EFI boot services memory") &&
		    log->freed.at[i].kib < LOW_END / KIB)
			take(r,
			     highest_room(log->freed.at[i].kib * KIB, PF_PAGE_SIZE, LOW_MEMORY,
					  LOW_END),
			     UNLOGGED_EFI, log->freed.at[i].line);
	for (size_t i = 0; i < log->huge.n; i++) {
		const struct huge_pages *h = &log->huge.at[i];

		for (uint64_t n = 0; huge_is_gigantic(h) && n < h->pages && n < MOST_PAGES; n++) {
			struct range room = highest_room(h->page_size, h->page_size, 0, UINT64_MAX);

			if (!room.size)
				break;
			take(r, room, UNLOGGED_HUGE, h->line);
		}
	}
}

static uint64_t free_pages(void)
{
	phys_addr_t start, end;
	uint64_t i, pages = 0;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		if (PF_PFN_DOWN(end) > PF_PFN_UP(start))
			pages += PF_PFN_DOWN(end) - PF_PFN_UP(start);
	return pages;
}

/* As many pages from the top of memory that is mapped down: page tables and the like are there. */
static void take_rest(struct replay *r, uint64_t pages)
{
	uint64_t to = log_mapped_end(&r->machine->log);

	while (pages) {
		phys_addr_t start, end;
		uint64_t i, first = 0, last = 0;

		for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
						NULL) {
			first = PF_PFN_UP(start);
			last = PF_PFN_DOWN(end < to ? end : to);
			if (last > first)
				break;
		}
		if (last <= first)
			return;
		if (last - first > pages)
			first = last - pages;
		pages -= last - first;
		take(r, (struct range){ PF_PFN_PHYS(first), PF_PFN_PHYS(last - first) },
		     UNLOGGED_REST, 0);
	}
}

uint64_t unlogged_reserve(struct replay *r)
{
	uint64_t managed = late_handed_over(&r->machine->log);
	uint64_t known;

	take_known(r);
	take_image(r);
	known = free_pages();
	if (!managed || managed >= known)
		return 0;
	take_guesses(r);
	if (free_pages() > managed)
		take_rest(r, free_pages() - managed);
	return known - managed;
}
