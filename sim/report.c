/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "../port/posix/port.h"
#include "accounts.h"
#include "firmware.h"
#include "meaning.h"

#define OWNERS_SHOWN	  10
#define REMARKS_SHOWN	  5
#define NAME_WIDTH	  47
#define MIB_AND_PAGES	  "        MiB       pages"
#define BYTES_PER_MIB	  1048576.0
#define DESCRIPTORS_BYTES (sizeof(struct pf_page) << PF_BLOCK_ORDER)

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

static void account_line(const char *name, const struct account *t)
{
	printf("  %-*.*s %11.2f %11llu %11llu\n", NAME_WIDTH, NAME_WIDTH, name,
	       (double)t->bytes / BYTES_PER_MIB, (ull)t->given_back, (ull)t->kept);
}

static void print_account(const struct account *t)
{
	const char *about = meaning(t->who, t->length);
	char name[96];

	snprintf(name, sizeof(name), "%.*s%s%s%s", (int)t->length, t->who, about ? " (" : "",
		 about ? about : "", about ? ")" : "");
	account_line(name, t);
}

static void print_accounts(const struct accounts *a, const struct view *v)
{
	size_t shown = v->all ? a->list.n : OWNERS_SHOWN;
	struct account rest = { .bytes = 0 };
	struct account total = { .bytes = a->inside, .given_back = a->given_back, .kept = a->kept };
	char others[64];

	if (!a->list.n)
		return;
	heading(v->color, "Reserved by boot, by who asked", "        MiB  given back  pages kept");
	for (size_t i = 0; i < a->list.n; i++) {
		if (i < shown) {
			print_account(&a->list.at[i]);
			continue;
		}
		rest.bytes += a->list.at[i].bytes;
		rest.given_back += a->list.at[i].given_back;
		rest.kept += a->list.at[i].kept;
	}
	snprintf(others, sizeof(others), "%zu others (--all lists them)", a->list.n - shown);
	if (a->list.n > shown)
		account_line(others, &rest);
	if (a->nobodys)
		account_line("nobody: not mapped", &(struct account){ .kept = a->nobodys });
	account_line("total, in memory", &total);
	if (a->outside)
		printf("  %-*s %11.2f\n", NAME_WIDTH, "besides, outside memory",
		       (double)a->outside / BYTES_PER_MIB);
}

static void print_zones(const struct zones *z, bool color)
{
	uint64_t present = 0, managed = 0, later = 0;

	if (!z->list.n)
		return;
	printf("\n%s%-8s%-10s %11s %11s %11s %11s %11s%s\n", color ? "\033[1m" : "", "Node", "Zone",
	       "start pfn", "spanned", "present", "managed", "MiB managed", color ? "\033[0m" : "");
	for (size_t i = 0; i < z->list.n; i++) {
		const struct zone *zone = &z->list.at[i];

		present += zone->present;
		managed += zone->managed;
		later += zone->later;
		printf("  %-6d%-10s %11llu %11llu %11llu %11llu %11.2f\n", zone->nid, zone->name,
		       (ull)zone->start_pfn, (ull)zone->spanned, (ull)zone->present,
		       (ull)zone->managed, (double)PF_PFN_PHYS(zone->managed) / BYTES_PER_MIB);
	}
	printf("  %-40s %11llu %11llu %11.2f\n", "total", (ull)present, (ull)managed,
	       (double)PF_PFN_PHYS(managed) / BYTES_PER_MIB);
	if (later)
		printf("  %-40s %11llu %11llu %11.2f\n", "of it added after boot (iomem.txt)",
		       (ull)later, (ull)later, (double)PF_PFN_PHYS(later) / BYTES_PER_MIB);
}

static bool same_reason(const struct late *late, size_t i, size_t j)
{
	return !strcmp(late->list.at[i].what, late->list.at[j].what);
}

/* One line for all ranges that were given back for one reason. */
static void print_late(const struct late *late, const struct handover *h, size_t i)
{
	uint64_t pages = 0;
	char name[96];

	for (size_t j = 0; j < i; j++)
		if (same_reason(late, i, j))
			return;
	for (size_t j = i; j < late->list.n && j < h->late.n; j++)
		if (same_reason(late, i, j))
			pages += h->late.at[j];
	if (!pages && h->as == AS_NATIVE) /* of the kernel's memory map, which is not there */
		return;
	snprintf(name, sizeof(name), "later: %s", late->list.at[i].what);
	amount(name, 99, PF_PFN_PHYS(pages));
}

static void print_handover(const struct handover *h, const struct late *late, bool color)
{
	if (!h->ready)
		return;
	heading(color, "Handed over to the page allocator", MIB_AND_PAGES);
	amount("at once: what boot did not reserve", 99, PF_PFN_PHYS(h->at_once));
	for (size_t i = 0; i < late->list.n; i++)
		print_late(late, h, i);
}

/* A native boot: what our memory map takes, and what the kernel's took. */
static void print_map_saving(const struct handover *h, bool color)
{
	if (h->as != AS_NATIVE || !h->ready)
		return;
	heading(color, "Memory map", MIB_AND_PAGES);
	if (h->kernels_map)
		amount(h->map_guessed ? "the kernel's, not in this boot (a guess)"
				      : "the kernel's, which is not in this boot",
		       99, h->kernels_map);
	amount("pageframe's: 16 bytes a page, and a block", 99, h->mem.memmap_bytes);
	amount("of it in use: descriptors of split blocks", 99, h->described * DESCRIPTORS_BYTES);
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

void report_summary(const struct booted *s, const struct view *v)
{
	const struct replay *r = &s->r;
	const struct boot_log *log = &r->machine->log;
	bool color = v->color;
	struct accounts accounts;

	printf("%s%s%s", color ? "\033[1m" : "", r->machine->name, color ? "\033[0m" : "");
	if (log->version && !r->machine->made_up)
		printf(": Linux %.*s", (int)strcspn(log->version, " "), log->version);
	puts(log->reconstructed ? " (reconstructed, not recorded)" : "");
	print_firmware(log, color);
	accounts_find(&accounts, r, &s->h);
	print_accounts(&accounts, v);
	accounts_free(&accounts);
	print_handover(&s->h, &s->late, color);
	print_map_saving(&s->h, color);
	print_zones(&s->z, color);
	if (r->machine->made_up)
		return;
	PRINT_REMARKS(v, "Not in the log, and inferred", &r->inferred);
	PRINT_REMARKS(v, "Missing in the log", &r->missing);
	PRINT_REMARKS(v, "Different from the kernel", &r->differences);
	if (s->as == AS_RECORDED)
		printf("\n%zu of %zu allocations landed where %s\n", r->landed, r->allocations,
		       log->reconstructed ? "the log has them" : "the kernel's did");
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

static void write_stdout(void *unused, const char *text, size_t size)
{
	(void)unused;
	fwrite(text, 1, size, stdout);
}

void report_proc(struct handover *h, void (*text)(struct pf_mem *, pf_write_fn, void *))
{
	text(&h->mem, write_stdout, NULL);
}

void report_pages(const struct handover *h)
{
	for (size_t i = 0; i < h->runs.n; i++)
		printf("%c %llx %llx\n", h->runs.at[i].fate == FATE_NEVER ? 'R' : 'F',
		       (ull)h->runs.at[i].start, (ull)h->runs.at[i].end);
}

static bool is_unreadable(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->unreadable.n; i++)
		if (!strcmp(m->unreadable.at[i], name))
			return true;
	return false;
}

static const char *file_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What came after boot is known by memory blocks. */
static void report_no_blocks(const struct machine *m)
{
	if (m->blocks.empty)
		printf("not compared: %s is empty\n", file_of(m->block_path));
	if (m->later_blocks.empty)
		printf("not compared: %s is empty\n", file_of(m->later_block_path));
	if (m->later_zones.n && !m->later_blocks.list.n)
		printf("not compared: zones of %s, for no memory block tells what came or went "
		       "before\n",
		       file_of(m->later_path));
	else if (m->later_zones.n && !m->blocks.size)
		printf("not compared: zones of %s, for there is no memory_blocks.txt\n",
		       file_of(m->later_path));
}

void report_check(const struct replay *r)
{
	const struct machine *m = r->machine;
	size_t damaged = m->log.malformed + m->damaged;

	for (size_t i = 0; i < r->differences.n; i++) {
		const struct remark *d = &r->differences.at[i];

		if (d->line)
			printf("%s:%zu: %s\n", r->machine->log_text.name, d->line, d->text);
		else
			printf("%s\n", d->text);
	}
	for (size_t i = 0; i < r->missing.n; i++)
		printf("not compared, for it is missing: %s\n", r->missing.at[i].text);
	if (r->managed_sum)
		puts("not compared: managed of each zone, but its sum is (memblock=debug tells "
		     "which have the reserved pages)");
	if (!m->zone_text.bytes && !is_unreadable(m, "zoneinfo.txt"))
		puts("not compared: there is no zoneinfo.txt");
	if (!m->class_text.bytes && !is_unreadable(m, "kpageflags.txt"))
		puts("not compared: there is no kpageflags.txt");
	report_no_blocks(m);
	for (size_t i = 0; i < m->unreadable.n; i++)
		printf("not compared, for it cannot be read: %s\n", m->unreadable.at[i]);
	if (damaged)
		printf("not compared, for they are damaged: %zu line%s\n", damaged,
		       damaged == 1 ? "" : "s");
}
