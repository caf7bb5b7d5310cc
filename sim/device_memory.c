/* SPDX-License-Identifier: MIT */
#include "device_memory.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "zones.h"

#define RAM "System RAM"

static bool begins(const char *name, const char *word)
{
	return !strncmp(name, word, strlen(word));
}

/* Names in /proc/iomem: of regions, and of what a driver makes of CXL memory. */
static bool is_device_resource(const char *name)
{
	return begins(name, "Persistent Memory") || begins(name, "Soft Reserved") ||
	       (begins(name, "dax") && name[3] >= '0' && name[3] <= '9');
}

/* Types of e820, and of UEFI. */
static bool is_device_type(const char *type)
{
	return begins(type, "persistent") || begins(type, "Persistent") ||
	       begins(type, "soft reserved");
}

/* A range that is all addresses, or reaches behind the last one, leaves that out. */
static struct range whole(struct range range)
{
	if (range.size > UINT64_MAX - range.base)
		range.size = UINT64_MAX - range.base;
	return range;
}

/* What devices have so far. */
struct finder {
	struct device_memory *d;
	const struct machine *m;
	struct spans before; /* from sources that were asked before */
	struct spans known;
};

static void found(struct finder *f, enum device_source source, struct range range, const char *name,
		  size_t line)
{
	struct spans told = { 0 }, new;

	if (spans_meet(&f->before, whole(range)))
		return;
	spans_add(&told, range);
	new = spans_without(&told, &f->known);
	for (size_t i = 0; i < new.list.n; i++)
		*vec_add(&f->d->devices) = (struct device){ new.list.at[i], name, source, line };
	spans_add(&f->known, range);
	spans_free(&told);
	spans_free(&new);
}

static void ask_map(struct finder *f, enum device_source source, const struct map_entry *map,
		    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_device_type(map[i].type))
			found(f, source, map[i].range, map[i].type, map[i].line);
}

static void ask(struct finder *f, enum device_source source)
{
	const struct boot_log *log = &f->m->log;

	switch (source) {
	case DEVICE_IOMEM:
		for (size_t i = 0; i < f->m->iomem.n; i++)
			if (is_device_resource(f->m->iomem.at[i].name))
				found(f, source, f->m->iomem.at[i].range, f->m->iomem.at[i].name,
				      f->m->iomem.at[i].line);
		break;
	case DEVICE_MAP:
		ask_map(f, source, log->user.n ? log->user.at : log->e820.at,
			log->user.n ? log->user.n : log->e820.n);
		break;
	case DEVICE_EFI:
		ask_map(f, source, log->efi.at, log->efi.n);
		break;
	case DEVICE_SRAT:
		for (size_t i = 0; i < log->events.n; i++)
			if (log->events.at[i].kind == EVENT_SRAT && log->events.at[i].non_volatile)
				found(f, source, log->events.at[i].range, "non-volatile",
				      log->events.at[i].line);
		break;
	case DEVICE_SOURCES:
		break;
	}
}

/* Takes away what is RAM: what a device had, and now has less of, is several devices. */
static void drop_ram(struct device_memory *d)
{
	VEC(struct device) rest = { 0 };

	for (size_t i = 0; i < d->devices.n; i++) {
		struct spans one = { 0 }, left;

		spans_add(&one, d->devices.at[i].range);
		left = spans_without(&one, &d->ram);
		for (size_t k = 0; k < left.list.n; k++) {
			struct device *device = vec_add(&rest);

			*device = d->devices.at[i];
			device->range = left.list.at[k];
		}
		spans_free(&one);
		spans_free(&left);
	}
	vec_free(&d->devices);
	d->devices.at = rest.at;
	d->devices.n = rest.n;
	d->devices.room = rest.room;
}

/* RAM from boot and from DIMMs, and what a driver gave to the kernel: "System RAM (kmem)". */
static void find_ram(const struct machine *m, struct spans *ram, struct spans *drivers)
{
	for (size_t i = 0; i < memblock.memory.cnt; i++)
		spans_add(ram, (struct range){ memblock.memory.regions[i].base,
					       memblock.memory.regions[i].size });
	for (size_t i = 0; i < m->iomem.n; i++)
		if (is_later_memory(&m->iomem.at[i]))
			spans_add(ram, m->iomem.at[i].range);
		else if (m->iomem.at[i].depth && begins(m->iomem.at[i].name, RAM))
			spans_add(drivers, m->iomem.at[i].range);
}

void device_memory_find(struct device_memory *d, const struct machine *m)
{
	struct finder f = { .d = d, .m = m };
	struct spans bytes = { 0 }, drivers = { 0 }, pages, given;

	*d = (struct device_memory){ 0 };
	for (int s = 0; s < DEVICE_SOURCES; s++) {
		ask(&f, (enum device_source)s);
		spans_add_all(&f.before, &f.known);
	}
	find_ram(m, &bytes, &drivers);
	pages = spans_inward(&bytes, PF_PAGE_SIZE);
	given = spans_without(&pages, &drivers);
	d->both = spans_both(&given, &f.known);
	spans_add_all(&bytes, &drivers);
	d->ram = spans_inward(&bytes, PF_PAGE_SIZE);
	drop_ram(d);
	d->untold_line = f.known.list.n || m->iomem.n ? 0 : m->log.nfit_line;
	spans_free(&f.before);
	spans_free(&f.known);
	spans_free(&bytes);
	spans_free(&drivers);
	spans_free(&pages);
	spans_free(&given);
}

void device_memory_free(struct device_memory *d)
{
	spans_free(&d->ram);
	spans_free(&d->both);
	vec_free(&d->devices);
}
