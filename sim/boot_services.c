/* SPDX-License-Identifier: MIT */
#include "boot_services.h"

#include <string.h>

#include "firmware.h"

#define LOW_MEMORY 0x100000 /* efi_unmap_boot_services() gives back nothing below 1 MiB */

static bool reserves_boot_services(const struct event *e)
{
	return e->kind == EVENT_RESERVE && !strncmp(e->caller, "efi_reserve_boot_services", 25);
}

static bool wholly_in(const struct owners *o, struct range range)
{
	uint64_t at = range.base;

	for (size_t i = 0; i < o->list.n && at < range_end(range); i++)
		if (o->list.at[i].range.base <= at && at < range_end(o->list.at[i].range))
			at = range_end(o->list.at[i].range);
	return at >= range_end(range);
}

/*
 * efi_mem_reserve() keeps pieces of boot services for later use (ESRT, BGRT): the map's entry is
 * split, and the piece becomes reserved in firmware's map.
 */
static void keep_pieces(const struct boot_log *log, size_t line, struct owners *kept)
{
	for (size_t i = 0; i < log->e820_changes.n; i++)
		if (log->e820_changes.at[i].line > line &&
		    !strcmp(log->e820_changes.at[i].type, "reserved"))
			owners_drop(kept, log->e820_changes.at[i].range);
}

/*
 * What efi_reserve_boot_services() was the first to reserve, and can_free_region() allows: usable
 * memory, and no part of the kernel. Above 1 MiB only.
 */
void boot_services_find(const struct replay *r, struct owners *given)
{
	const struct boot_log *log = &r->machine->log;
	struct owners usable = { 0 };
	size_t line = 0;

	for (size_t i = 0; i < log->events.n; i++) {
		const struct event *e = &log->events.at[i];

		if (!reserves_boot_services(e))
			continue;
		if (!line)
			firmware_usable_ranges(log, &usable, e->line);
		line = e->line;
		if (!usable.list.n || wholly_in(&usable, e->range)) /* or there is no map */
			owners_take(given, e->range, "", 0, e->line);
	}
	owners_drop(given, (struct range){ 0, LOW_MEMORY });
	keep_pieces(log, line, given);
	owners_free(&usable);
}

uint64_t boot_services_bytes(const struct owners *o)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < o->list.n; i++)
		bytes += o->list.at[i].range.size;
	return bytes;
}

/*
 * The kernel goes on behind bss and what brk used, unreserved, for some pages. What boot services
 * have there, or right behind it, is taken for a part of it; whether they do tells the sum.
 */
void boot_services_less_image(struct owners *given, uint64_t image_end, uint64_t bytes)
{
	uint64_t all = boot_services_bytes(given);
	struct range next;

	for (size_t i = 0; i < given->list.n; i++) {
		next = given->list.at[i].range;
		if (next.base >= image_end) {
			if (all > bytes && next.size == all - bytes)
				owners_drop(given, next);
			return;
		}
	}
}
