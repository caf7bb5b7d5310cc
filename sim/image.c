/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "unlogged.h"

#define KIB	     1024
#define LARGE_PAGE   0x200000 /* x86-64: text, and what is mapped with other rights, begin at one */
#define LOAD_ADDRESS 0x1000000	/* x86 kernels are linked to it */
#define LARGEST	     0x40000000 /* x86-64 kernels have 1 GiB of addresses at most */

static uint64_t align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* A part that iomem.txt lists; of nothing if it does not. */
static struct range listed_part(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->iomem.n; i++)
		if (!strcmp(m->iomem.at[i].name, name))
			return m->iomem.at[i].range;
	return (struct range){ 0, 0 };
}

static bool find_listed(struct kernel_image *im, const struct machine *m)
{
	struct range code = listed_part(m, "Kernel code");
	struct range rodata = listed_part(m, "Kernel rodata");
	struct range data = listed_part(m, "Kernel data");
	struct range bss = listed_part(m, "Kernel bss");

	if (!code.size || !rodata.size || !data.size || !bss.size)
		return false;
	*im = (struct kernel_image){
		.known = true,
		.listed = true,
		.text = code.base,
		.text_end = align_up(range_end(code), PF_PAGE_SIZE),
		.rodata = rodata.base,
		.rodata_end = align_up(range_end(rodata), PF_PAGE_SIZE),
		.data = data.base,
		.bss = bss.base,
		.end = align_up(range_end(bss), PF_PAGE_SIZE),
	};
	/* Users see all addresses as 0. */
	return im->text < im->rodata && im->rodata < im->data && im->data < im->bss;
}

/* reserve_brk(): the first that setup_arch() reserves in the log, right behind the image. */
static bool brk_begins_at(const struct boot_log *log, uint64_t address)
{
	for (size_t i = 0; i < log->events.n; i++) {
		const struct event *e = &log->events.at[i];

		if (e->kind == EVENT_DUMP)
			break;
		if (e->kind == EVENT_RESERVE && e->range.base == address &&
		    (!strncmp(e->caller, "setup_arch", 10) ||
		     !strncmp(e->caller, "reserve_brk", 11)))
			return true;
	}
	return false;
}

/* What was reserved before memblock=debug and is large enough; better, what brk follows. */
static struct range find_reservation(const struct replay *r, uint64_t size)
{
	struct range found = { 0, 0 };

	for (size_t i = 0; i < r->owners.list.n; i++) {
		const struct owned *o = &r->owners.list.at[i];

		if (o->line || o->range.size < size ||
		    (strncmp(o->who, "before memblock=debug", 21) &&
		     (o->length != 12 || memcmp(o->who, "kernel image", 12))))
			continue;
		if (brk_begins_at(&r->machine->log, range_end(o->range)))
			return o->range;
		if (o->range.size > found.size)
			found = o->range;
	}
	return found;
}

struct kernel_image image_find(const struct replay *r)
{
	const struct image_sizes *s = &r->machine->log.image;
	uint64_t bss = s->bss * KIB;
	uint64_t size = (s->code + s->rwdata + s->rodata + s->init) * KIB + bss;
	struct kernel_image im;
	struct range place;

	if (find_listed(&im, r->machine))
		return im;
	im = (struct kernel_image){ 0 };
	place = find_reservation(r, size > PF_PAGE_SIZE ? size : LARGE_PAGE);
	im.known = place.size && s->code && bss && size < LARGEST;
	if (!place.size)
		place = unlogged_find(&r->owners, UNLOGGED_IMAGE);
	if (!place.size)
		place.base = LOAD_ADDRESS;
	im.text = im.known ? align_up(place.base, LARGE_PAGE) : place.base;
	im.end = align_up(range_end(place), PF_PAGE_SIZE);
	im.bss = im.known ? im.end - bss : im.end;
	return im;
}
