/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "../port/posix/port.h"
#include "firmware.h"

#define OWNERS_SHOWN  10
#define REMARKS_SHOWN 5
#define NAME_WIDTH    47
#define BYTES_PER_MIB 1048576.0

typedef unsigned long long ull;

static void heading(bool color, const char *left, const char *right)
{
	printf("\n%s%-*s%s%s\n", color ? "\033[1m" : "", *right ? NAME_WIDTH + 2 : 0, left, right,
	       color ? "\033[0m" : "");
}

static void amount(const char *name, int length, uint64_t bytes)
{
	printf("  %-*.*s %11.2f %11llu\n", NAME_WIDTH, length < NAME_WIDTH ? length : NAME_WIDTH,
	       name, (double)bytes / BYTES_PER_MIB,
	       (ull)((bytes + PF_PAGE_SIZE - 1) >> PF_PAGE_SHIFT));
}

static void print_firmware(const struct boot_log *log, bool color)
{
	kind_totals totals = { 0 };
	const char *from = NULL;

	if (log->user.n) {
		from = "Firmware's map, changed by memmap=";
		firmware_totals(log->user.at, log->user.n, &totals);
	} else if (log->e820.n) {
		from = "Firmware's map (BIOS-e820)";
		firmware_totals(log->e820.at, log->e820.n, &totals);
	} else if (log->efi.n) {
		from = "Firmware's map (UEFI)";
		firmware_totals(log->efi.at, log->efi.n, &totals);
	}
	if (!from)
		return;
	heading(color, from, "        MiB       pages");
	for (size_t i = 0; i < totals.n; i++)
		printf("  %-*.*s %11.2f %11llu\n", NAME_WIDTH, NAME_WIDTH, totals.at[i].type,
		       (double)totals.at[i].bytes / BYTES_PER_MIB, (ull)totals.at[i].pages);
	vec_free(&totals);
}

/* What the kernel's functions that reserve most are about, for those who do not know them by name.
 */
static const char *meaning(const char *who, size_t length)
{
	static const struct {
		const char *who;
		const char *meaning;
	} known[] = {
		{ "sparse_init_nid", "memory map" },
		{ "vmemmap_alloc_block_zero", "memory map's page tables" },
		{ "memmap_alloc", "memory map" },
		{ "sparse_init", "memory map's sections" },
		{ "sparse_index_alloc", "memory map's sections" },
		{ "alloc_node_data", "node data" },
		{ "swiotlb_init_remap", "bounce buffers" },
		{ "efi_reserve_boot_services", "UEFI boot services" },
		{ "efi_memblock_x86_reserve_range", "UEFI memory map" },
		{ "setup_log_buf", "kernel log" },
		{ "alloc_large_system_hash", "hash tables" },
		{ "pcpu_fc_alloc", "per-CPU data" },
		{ "pcpu_embed_first_chunk", "per-CPU data" },
		{ "alloc_low_pages", "direct map" },
		{ "spp_getpage", "kernel page tables" },
		{ "reserve_crashkernel", "crash kernel" },
		{ "reserve_crashkernel_generic", "crash kernel" },
		{ "__alloc_bootmem_huge_page", "huge pages" },
		{ "acpi_reserve_initial_tables", "ACPI tables" },
		{ "reserve_real_mode", "start-up of other CPUs" },
		{ "setup_arch", "first MiB, early heap" },
		{ "memblock_double_array", "memblock's arrays" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i].who) == length && !strncmp(known[i].who, who, length))
			return known[i].meaning;
	return NULL;
}

/* One who reserved, and how much. */
struct total {
	const char *who;
	size_t length;
	uint64_t bytes;
};
typedef VEC(struct total) owner_totals;

static bool same_owner(const struct total *t, const struct owned *o)
{
	return t->length == o->length && !strncmp(t->who, o->who, o->length);
}

static void add_to_owner(owner_totals *totals, const struct owned *o, uint64_t bytes)
{
	struct total *t = NULL;

	for (size_t i = 0; i < totals->n && !t; i++)
		if (same_owner(&totals->at[i], o))
			t = &totals->at[i];
	if (!t) {
		t = vec_add(totals);
		t->who = o->who;
		t->length = o->length;
	}
	t->bytes += bytes;
}

static int by_bytes(const void *a, const void *b)
{
	const struct total *x = a, *y = b;

	return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : 0;
}

/* Of what an owner reserved, the bytes that are memory: reserving a hole costs nobody anything. */
static uint64_t bytes_in_memory(struct range range)
{
	const struct memblock_region *m;
	uint64_t bytes = 0;

	for_each_mem_region(m) {
		uint64_t start = m->base > range.base ? m->base : range.base;
		uint64_t end =
			m->base + m->size < range_end(range) ? m->base + m->size : range_end(range);

		if (start < end)
			bytes += end - start;
	}
	return bytes;
}

static void print_owner(const struct total *t)
{
	const char *about = meaning(t->who, t->length);
	char name[96];

	snprintf(name, sizeof(name), "%.*s%s%s%s", (int)t->length, t->who, about ? " (" : "",
		 about ? about : "", about ? ")" : "");
	amount(name, (int)strlen(name), t->bytes);
}

static void print_owners(const struct replay *r, bool color)
{
	owner_totals totals = { 0 };
	uint64_t rest = 0, outside = 0, sum = 0;

	for (size_t i = 0; i < r->owners.list.n; i++) {
		const struct owned *o = &r->owners.list.at[i];
		uint64_t inside = bytes_in_memory(o->range);

		if (inside)
			add_to_owner(&totals, o, inside);
		outside += o->range.size - inside;
		sum += inside;
	}
	if (!r->owners.list.n)
		return;
	heading(color, "Reserved by boot, by who asked", "        MiB       pages");
	if (totals.n)
		qsort(totals.at, totals.n, sizeof(*totals.at), by_bytes);
	for (size_t i = 0; i < totals.n; i++) {
		if (i < OWNERS_SHOWN)
			print_owner(&totals.at[i]);
		else
			rest += totals.at[i].bytes;
	}
	if (totals.n > OWNERS_SHOWN) {
		char name[40];

		snprintf(name, sizeof(name), "%zu others", totals.n - OWNERS_SHOWN);
		amount(name, (int)strlen(name), rest);
	}
	amount("total, in memory", 99, sum);
	if (outside)
		amount("besides, outside memory", 99, outside);
	vec_free(&totals);
}

static void print_zones(const struct zones *z, bool color)
{
	uint64_t present = 0;

	if (!z->list.n)
		return;
	printf("\n%s%-8s%-8s %11s %11s %11s %11s%s\n", color ? "\033[1m" : "", "Node", "Zone",
	       "start pfn", "spanned", "present", "MiB", color ? "\033[0m" : "");
	for (size_t i = 0; i < z->list.n; i++) {
		const struct zone *zone = &z->list.at[i];

		present += zone->present;
		printf("  %-6d%-8s %11llu %11llu %11llu %11.2f\n", zone->nid, zone->name,
		       (ull)zone->start_pfn, (ull)zone->spanned, (ull)zone->present,
		       (double)PF_PFN_PHYS(zone->present) / BYTES_PER_MIB);
	}
	printf("  %-38s %11llu %11.2f\n", "total", (ull)present,
	       (double)PF_PFN_PHYS(present) / BYTES_PER_MIB);
}

#define PRINT_REMARKS(color, title, list) print_remarks(color, title, (list)->at, (list)->n)

static void print_remarks(bool color, const char *title, const struct remark *list, size_t n)
{
	if (!n)
		return;
	heading(color, title, "");
	for (size_t i = 0; i < n && i < REMARKS_SHOWN; i++) {
		if (list[i].line)
			printf("  line %zu: %s\n", list[i].line, list[i].text);
		else
			printf("  %s\n", list[i].text);
	}
	if (n > REMARKS_SHOWN)
		printf("  and %zu more\n", n - REMARKS_SHOWN);
}

void report_summary(const struct replay *r, const struct zones *z, bool color)
{
	const struct boot_log *log = &r->machine->log;

	printf("%s%s%s", color ? "\033[1m" : "", r->machine->name, color ? "\033[0m" : "");
	if (log->version)
		printf(": Linux %.*s", (int)strcspn(log->version, " "), log->version);
	putchar('\n');
	print_firmware(log, color);
	print_owners(r, color);
	print_zones(z, color);
	PRINT_REMARKS(color, "Not in the log, and inferred", &r->inferred);
	PRINT_REMARKS(color, "Missing in the log", &r->missing);
	PRINT_REMARKS(color, "Different from the kernel (--check lists all)", &r->differences);
	printf("\n%zu of %zu allocations landed where the kernel's did\n", r->landed,
	       r->allocations);
}

void report_memblock(void)
{
	posix_port_output = stdout;
	memblock_debug = true;
	memblock_dump_all();
	memblock_debug = false;
	posix_port_output = NULL;
}

void report_zoneinfo(const struct zones *z)
{
	for (size_t i = 0; i < z->list.n; i++) {
		const struct zone *zone = &z->list.at[i];

		printf("Node %d, zone %8s\n        spanned  %llu\n        present  %llu\n"
		       "  start_pfn:           %llu\n",
		       zone->nid, zone->name, (ull)zone->spanned, (ull)zone->present,
		       (ull)zone->start_pfn);
	}
}

void report_check(const struct replay *r)
{
	for (size_t i = 0; i < r->differences.n; i++) {
		const struct remark *d = &r->differences.at[i];

		if (d->line)
			printf("%s:%zu: %s\n", r->machine->log_text.name, d->line, d->text);
		else
			printf("%s\n", d->text);
	}
}
