/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "../port/posix/port.h"
#include "firmware.h"

#define OWNERS_SHOWN  10
#define REMARKS_SHOWN 5
#define NAME_WIDTH    47
#define MIB_AND_PAGES "        MiB       pages"
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

static void print_map(const struct map_entry *map, size_t n)
{
	kind_totals totals = { 0 };

	firmware_totals(map, n, &totals);
	for (size_t i = 0; i < totals.n; i++) {
		const struct kind_total *t = &totals.at[i];
		/* Much of it is devices' addresses. */
		const char *type =
			strcmp(t->type, "reserved") ? t->type : "reserved (not all of it is RAM)";

		printf("  %-*.*s %11.2f %11llu\n", NAME_WIDTH, NAME_WIDTH, type,
		       (double)t->bytes / BYTES_PER_MIB, (ull)t->pages);
	}
	vec_free(&totals);
}

/* memmap=, mem= and others change firmware's map before it is used. */
static void print_changed_map(const struct boot_log *log)
{
	kind_totals totals = { 0 };

	firmware_totals(log->user.at, log->user.n, &totals);
	for (size_t i = 0; i < totals.n; i++)
		if (!strcmp(totals.at[i].type, "usable"))
			amount("usable, as the command line changes it", 99, totals.at[i].bytes);
	vec_free(&totals);
}

static void print_firmware(const struct boot_log *log, bool color)
{
	bool e820 = log->e820.n || log->user.n;

	if (!e820 && !log->efi.n)
		return;
	heading(color, e820 ? "Firmware's map (BIOS-e820)" : "Firmware's map (UEFI)",
		MIB_AND_PAGES);
	if (log->e820.n || !log->user.n)
		print_map(e820 ? log->e820.at : log->efi.at, e820 ? log->e820.n : log->efi.n);
	if (log->user.n)
		print_changed_map(log);
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
		{ "vmemmap_alloc_block_zero", "map's page tables" },
		{ "vmemmap_populate_hugepages", "memory map" },
		{ "memmap_alloc", "memory map" },
		{ "sparse_init", "map's sections" },
		{ "sparse_index_alloc", "map's sections" },
		{ "alloc_node_data", "node data" },
		{ "swiotlb_init_remap", "bounce buffers" },
		{ "efi_reserve_boot_services", "UEFI boot services" },
		{ "efi_memblock_x86_reserve_range", "UEFI memory map" },
		{ "setup_log_buf", "log, see log_buf_len=" },
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

/* Bytes in memory by owner, largest first. */
static struct reserved {
	uint64_t inside;
	uint64_t outside;
} sum_owners(const struct replay *r, owner_totals *totals)
{
	struct reserved sum = { 0, 0 };

	for (size_t i = 0; i < r->owners.list.n; i++) {
		const struct owned *o = &r->owners.list.at[i];
		uint64_t inside = bytes_in_memory(o->range);

		if (inside)
			add_to_owner(totals, o, inside);
		sum.inside += inside;
		sum.outside += o->range.size - inside;
	}
	if (totals->n)
		qsort(totals->at, totals->n, sizeof(*totals->at), by_bytes);
	return sum;
}

static void print_owners(const struct replay *r, const struct view *v)
{
	owner_totals totals = { 0 };
	struct reserved sum = sum_owners(r, &totals);
	size_t shown = v->all ? totals.n : OWNERS_SHOWN;
	uint64_t rest = 0;
	char others[64];

	if (!r->owners.list.n)
		return;
	heading(v->color, "Reserved by boot, by who asked", MIB_AND_PAGES);
	for (size_t i = 0; i < totals.n; i++) {
		if (i < shown)
			print_owner(&totals.at[i]);
		else
			rest += totals.at[i].bytes;
	}
	if (totals.n > shown) {
		snprintf(others, sizeof(others), "%zu others (--all lists them)", totals.n - shown);
		amount(others, 99, rest);
	}
	amount("total, in memory", 99, sum.inside);
	if (sum.outside)
		amount("besides, outside memory", 99, sum.outside);
	vec_free(&totals);
}

static void print_zones(const struct zones *z, bool color)
{
	uint64_t present = 0, later = 0;

	if (!z->list.n)
		return;
	printf("\n%s%-8s%-10s %11s %11s %11s %11s%s\n", color ? "\033[1m" : "", "Node", "Zone",
	       "start pfn", "spanned", "present", "MiB present", color ? "\033[0m" : "");
	for (size_t i = 0; i < z->list.n; i++) {
		const struct zone *zone = &z->list.at[i];

		present += zone->present;
		later += zone->later;
		printf("  %-6d%-10s %11llu %11llu %11llu %11.2f\n", zone->nid, zone->name,
		       (ull)zone->start_pfn, (ull)zone->spanned, (ull)zone->present,
		       (double)PF_PFN_PHYS(zone->present) / BYTES_PER_MIB);
	}
	printf("  %-40s %11llu %11.2f\n", "total", (ull)present,
	       (double)PF_PFN_PHYS(present) / BYTES_PER_MIB);
	if (later)
		printf("  %-40s %11llu %11.2f\n", "of it added after boot (iomem.txt)", (ull)later,
		       (double)PF_PFN_PHYS(later) / BYTES_PER_MIB);
}

/* What boot leaves, and what it gives back of its reservations once the page allocator runs. */
static void print_left(const struct replay *r, bool color)
{
	const struct boot_log *log = &r->machine->log;
	owner_totals totals = { 0 };
	struct reserved sum = sum_owners(r, &totals);
	uint64_t memory = 0;
	const struct memblock_region *m;

	vec_free(&totals);
	for_each_mem_region(m)
		memory += m->size;
	if (!r->owners.list.n || !memory)
		return;
	heading(color, "Left", MIB_AND_PAGES);
	amount("memory that boot did not reserve", 99, memory - sum.inside);
	for (size_t i = 0; i < log->freed.n; i++) {
		const char *what = log->freed.at[i].what;
		const char *memory = strstr(what, " memory");
		char name[96];

		eat(&what, "unused ");
		snprintf(name, sizeof(name), "given back later: %.*s",
			 memory ? (int)(memory - what) : 60, what);
		amount(name, 99, log->freed.at[i].kib << 10);
	}
}

#define PRINT_REMARKS(view, title, list) print_remarks(view, title, (list)->at, (list)->n)

static void print_remarks(const struct view *v, const char *title, const struct remark *list,
			  size_t n)
{
	size_t shown = v->all ? n : REMARKS_SHOWN;

	if (!n)
		return;
	heading(v->color, title, "");
	for (size_t i = 0; i < n && i < shown; i++) {
		if (list[i].line)
			printf("  line %zu: %s\n", list[i].line, list[i].text);
		else
			printf("  %s\n", list[i].text);
	}
	if (n > shown)
		printf("  and %zu more (--all lists them)\n", n - shown);
}

void report_summary(const struct replay *r, const struct zones *z, const struct view *v)
{
	const struct boot_log *log = &r->machine->log;
	bool color = v->color;

	printf("%s%s%s", color ? "\033[1m" : "", r->machine->name, color ? "\033[0m" : "");
	if (log->version)
		printf(": Linux %.*s", (int)strcspn(log->version, " "), log->version);
	putchar('\n');
	print_firmware(log, color);
	print_owners(r, v);
	print_left(r, color);
	print_zones(z, color);
	PRINT_REMARKS(v, "Not in the log, and inferred", &r->inferred);
	PRINT_REMARKS(v, "Missing in the log", &r->missing);
	PRINT_REMARKS(v, "Different from the kernel", &r->differences);
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
		       "        managed  %llu\n  start_pfn:           %llu\n",
		       zone->nid, zone->name, (ull)zone->spanned, (ull)zone->present,
		       (ull)zone->managed, (ull)zone->start_pfn);
	}
}

void report_pages(const struct handover *h)
{
	for (size_t i = 0; i < h->runs.n; i++)
		printf("%c %llx %llx\n", h->runs.at[i].fate == FATE_NEVER ? 'R' : 'F',
		       (ull)h->runs.at[i].start, (ull)h->runs.at[i].end);
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
	for (size_t i = 0; i < r->missing.n; i++)
		printf("not compared, for it is missing: %s\n", r->missing.at[i].text);
	if (r->machine->log.malformed)
		printf("not compared, for they are damaged: %zu lines\n",
		       r->machine->log.malformed);
}
