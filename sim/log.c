/* SPDX-License-Identifier: MIT */
/*
 * One function for each kind of line, and a table of how lines begin. A function returns NULL, or
 * what is wrong with the line. Formats: FACTS in docs/boot-log.md, from kernel/printk and
 * mm/memblock.c's messages.
 */
#include "log.h"

#include <ctype.h>
#include <string.h>

#include <pageframe/memblock.h>

struct reader {
	struct boot_log *log;
	size_t line;
	enum {
		SECTION_NONE,
		SECTION_ZONES,
		SECTION_MOVABLE,
		SECTION_NODES,
	} section;
	bool in_dump;
};

#define BAD_RANGE "expected an address range 0xFIRST-0xLAST, with FIRST not above LAST"

static struct event *add_event(struct reader *r, enum event_kind kind)
{
	struct event *e = vec_add(&r->log->events);

	e->kind = kind;
	e->line = r->line;
	e->caller = "";
	return e;
}

/*
 * "0x1-0x2" into a range; the byte at the very top cannot be counted, and is left out. A range of
 * nothing is printed as "0x2-0x1".
 */
static bool eat_range(const char **p, struct range *range)
{
	uint64_t first, last;

	if (!eat_first_last(p, &first, &last))
		return false;
	*range = (struct range){ .base = first };
	if (last < first)
		return true;
	range->size = last - first == UINT64_MAX ? UINT64_MAX : last - first + 1;
	if (range->base + range->size < range->base)
		range->size--;
	return true;
}

/* "[mem 0x1-0x2]" */
static bool eat_mem(const char **p, struct range *range)
{
	const char *s = *p;

	if (!eat(&s, "[mem ") || !eat_range(&s, range) || !eat(&s, "]"))
		return false;
	*p = s;
	return true;
}

/* " BIOS-e820: [mem 0x0-0x9fbff] usable" */
static const char *read_map(struct reader *r, const char *p, bool user)
{
	struct map_entry e = { .line = r->line };

	eat_spaces(&p);
	if (!eat_mem(&p, &e.range))
		return BAD_RANGE;
	eat_spaces(&p);
	if (!*p)
		return "expected a type of memory behind the range: the line is cut off";
	e.type = p;
	if (user)
		*vec_add(&r->log->user) = e;
	else
		*vec_add(&r->log->e820) = e;
	return NULL;
}

static const char *read_e820(struct reader *r, const char *p)
{
	return read_map(r, p, false);
}

static const char *read_user(struct reader *r, const char *p)
{
	return read_map(r, p, true);
}

/* "e820: update [mem 0x0-0xfff] usable ==> reserved", "e820: remove [mem 0xa0000-0xfffff] usable"
 */
static const char *read_e820_change(struct reader *r, const char *p)
{
	struct map_entry e = { .line = r->line };
	bool update = eat(&p, "update ");
	const char *to;

	if (!update && !eat(&p, "remove "))
		return NULL; /* e820 says other things too */
	if (!eat_mem(&p, &e.range))
		return BAD_RANGE;
	to = strstr(p, "==> ");
	if (update && !to)
		return "expected '==> TYPE' behind the range: the line is cut off";
	eat_spaces(&p);
	e.type = update ? to + 4
		 : *p	? "removed"
			: "kernel"; /* of any type: to put the kernel there */
	*vec_add(&r->log->e820_changes) = e;
	return NULL;
}

/* "efi: mem00: [Boot Code   |   |  |..|WB|WT|WC|UC] range=[0x0-0xfff] (0MB)" */
static const char *read_efi_mem(struct reader *r, const char *p)
{
	struct map_entry e = { .line = r->line };
	const char *bar, *range, *attributes;
	char *end;
	uint64_t number;

	if (!eat_dec(&p, &number))
		return NULL; /* efi: memattr: and the like */
	if (!eat(&p, ": ["))
		return "expected ': [TYPE' behind the number of the entry";
	bar = strchr(p, '|');
	range = strstr(p, "range=[");
	if (!bar || !range || range < bar)
		return "expected '|ATTRIBUTES] range=[': the line is cut off";
	attributes = bar;
	range += strlen("range=[");
	if (!eat_range(&range, &e.range))
		return BAD_RANGE;
	attributes = strstr(attributes, "|MR|");
	e.mirrored = attributes && attributes < range;
	end = r->log->text->lines.at[r->line - 1] + (bar - r->log->text->lines.at[r->line - 1]);
	while (end > p && end[-1] == ' ')
		end--;
	*end = '\0'; /* the text is ours, and this line is read */
	e.type = p;
	*vec_add(&r->log->efi) = e;
	return NULL;
}

/* "efi: Memory: 512M/2048M mirrored memory" */
static const char *read_mirror(struct reader *r, const char *p)
{
	if (strstr(p, "mirrored memory"))
		add_event(r, EVENT_MIRROR);
	return NULL;
}

/* "[0x1-0x2] nid=0 flags=0 function+0x1/0x2": node and flags only from some functions and kernels
 */
static const char *read_operation(struct reader *r, const char *p, enum event_kind kind)
{
	struct event e = { .kind = kind, .line = r->line, .nid = MAX_NUMNODES };
	uint64_t flags = 0;

	if (!eat(&p, "[") || !eat_range(&p, &e.range) || !eat(&p, "]"))
		return "expected [0xFIRST-0xLAST], with FIRST not above LAST";
	eat_spaces(&p);
	if (eat(&p, "nid=")) {
		if (!eat_int(&p, &e.nid))
			return "expected a node number behind 'nid='";
		e.has_nid = true;
		eat_spaces(&p);
	}
	if ((eat(&p, "flags=") || eat(&p, "flags ")) && !eat_hex(&p, &flags))
		return "expected a hexadecimal number behind 'flags'";
	eat_spaces(&p);
	e.flags = (unsigned)flags;
	e.caller = p;
	*vec_add(&r->log->events) = e;
	r->log->operations++;
	return NULL;
}

static const char *read_add(struct reader *r, const char *p)
{
	return read_operation(r, p, EVENT_ADD);
}

static const char *read_remove(struct reader *r, const char *p)
{
	return read_operation(r, p, EVENT_REMOVE);
}

static const char *read_reserve(struct reader *r, const char *p)
{
	return read_operation(r, p, EVENT_RESERVE);
}

static const char *read_free(struct reader *r, const char *p)
{
	return read_operation(r, p, EVENT_FREE);
}

static const char *read_free_late(struct reader *r, const char *p)
{
	return read_operation(r, p, EVENT_FREE_LATE);
}

/* "73 bytes align=0x40 nid=-1 from=0x0 max_addr=0x0 caller+0x1/0x2" */
static const char *read_request(struct reader *r, const char *p, enum request_api api)
{
	struct event e = {
		.kind = EVENT_REQUEST, .line = r->line, .nid = NUMA_NO_NODE, .api = api
	};

	if (!eat_dec(&p, &e.size) || !eat(&p, " bytes align=") || !eat_hex(&p, &e.align))
		return "expected 'SIZE bytes align=0xALIGN'";
	if (eat(&p, " nid=")) {
		if (!eat_int(&p, &e.nid))
			return "expected a node number behind 'nid='";
		e.has_nid = true;
	}
	if (!eat(&p, " from=") || !eat_hex(&p, &e.from) || !eat(&p, " max_addr=") ||
	    !eat_hex(&p, &e.max_addr))
		return "expected 'from=0xADDRESS max_addr=0xADDRESS'";
	if (e.align & (e.align - 1))
		return "the alignment is not a power of two";
	eat_spaces(&p);
	e.caller = p;
	*vec_add(&r->log->events) = e;
	r->log->operations++;
	return NULL;
}

static const char *read_phys_alloc_range(struct reader *r, const char *p)
{
	return read_request(r, p, API_PHYS_ALLOC_RANGE);
}

static const char *read_alloc_try_nid(struct reader *r, const char *p)
{
	return read_request(r, p, API_ALLOC_TRY_NID);
}

static const char *read_alloc_try_nid_raw(struct reader *r, const char *p)
{
	return read_request(r, p, API_ALLOC_TRY_NID_RAW);
}

static const char *read_alloc_exact_nid_raw(struct reader *r, const char *p)
{
	return read_request(r, p, API_ALLOC_EXACT_NID_RAW);
}

/* "memblock: reserved is doubled to 256 at [0x1-0x2]" */
static const char *read_doubled(struct reader *r, const char *p)
{
	struct event e = { .kind = EVENT_DOUBLED, .line = r->line, .caller = "" };

	if (eat(&p, "reserved is doubled to "))
		e.array = "reserved";
	else if (eat(&p, "memory is doubled to "))
		e.array = "memory";
	else
		return NULL;
	if (!eat_dec(&p, &e.array_count) || !eat(&p, " at [") || !eat_range(&p, &e.range))
		return "expected 'COUNT at [0xFIRST-0xLAST]'";
	*vec_add(&r->log->events) = e;
	return NULL;
}

static const char *read_dump(struct reader *r, const char *p)
{
	struct event *e = add_event(r, EVENT_DUMP);
	struct dump *d;

	(void)p;
	e->dump = r->log->dumps.n;
	d = vec_add(&r->log->dumps);
	d->line = d->last_line = r->line;
	r->in_dump = true;
	return NULL;
}

static struct dump *current_dump(struct reader *r)
{
	struct dump *d = r->in_dump ? &r->log->dumps.at[r->log->dumps.n - 1] : NULL;

	if (d)
		d->last_line = r->line;
	return d;
}

/* "memory size = 0x1 reserved size = 0x2" */
static const char *read_dump_sizes(struct reader *r, const char *p)
{
	struct dump *d = current_dump(r);

	if (!d)
		return NULL;
	if (!eat_hex(&p, &d->memory_size) || !eat(&p, " reserved size = ") ||
	    !eat_hex(&p, &d->reserved_size))
		return "expected 'memory size = 0xBYTES reserved size = 0xBYTES'";
	return NULL;
}

static const char *read_dump_count(struct reader *r, const char *p, uint64_t *count)
{
	if (!current_dump(r))
		return NULL;
	eat_spaces(&p);
	if (!eat(&p, "= ") || !eat_hex(&p, count))
		return "expected '.cnt  = 0xCOUNT'";
	return NULL;
}

static const char *read_memory_count(struct reader *r, const char *p)
{
	struct dump *d = current_dump(r);

	return d ? read_dump_count(r, p, &d->memory_cnt) : NULL;
}

static const char *read_reserved_count(struct reader *r, const char *p)
{
	struct dump *d = current_dump(r);

	return d ? read_dump_count(r, p, &d->reserved_cnt) : NULL;
}

/* "0x3]\t[0x1-0x2], 0x2 bytes on node 0 flags: 0x0" */
static const char *parse_region(const char *p, size_t n, struct region *region)
{
	uint64_t index, size, flags = 0;

	region->nid = -1;
	if (!eat_hex(&p, &index) || !eat(&p, "]"))
		return "expected the index of a region";
	if (index != n)
		return "the index is not the next one: lines before it are missing or moved";
	eat_spaces(&p);
	if (!eat(&p, "[") || !eat_range(&p, &region->range) || !eat(&p, "], ") ||
	    !eat_hex(&p, &size) || !eat(&p, " bytes"))
		return "expected '[0xFIRST-0xLAST], 0xSIZE bytes'";
	if (size != region->range.size)
		return "the size of the region is not that of its range";
	if (eat(&p, " on node ") && !eat_int(&p, &region->nid))
		return "expected a node number behind 'on node'";
	if (!eat(&p, " flags: ") || !eat_hex(&p, &flags))
		return "expected 'flags: 0xFLAGS': the line is cut off";
	region->flags = (unsigned)flags;
	return NULL;
}

static const char *read_memory_region(struct reader *r, const char *p)
{
	struct dump *d = current_dump(r);
	struct region region;
	const char *bad = d ? parse_region(p, d->memory.n, &region) : NULL;

	if (d && !bad)
		*vec_add(&d->memory) = region;
	return bad;
}

static const char *read_reserved_region(struct reader *r, const char *p)
{
	struct dump *d = current_dump(r);
	struct region region;
	const char *bad = d ? parse_region(p, d->reserved.n, &region) : NULL;

	if (d && !bad)
		*vec_add(&d->reserved) = region;
	return bad;
}

/* "Node 0 PXM 0 [mem 0x0-0x9ffff] hotplug" */
static const char *read_srat(struct reader *r, const char *p)
{
	struct event e = { .kind = EVENT_SRAT, .line = r->line, .caller = "" };
	uint64_t pxm;

	if (!eat(&p, "Node "))
		return NULL;
	if (!eat_int(&p, &e.nid) || e.nid < 0 || e.nid >= MAX_NUMNODES || !eat(&p, " PXM ") ||
	    !eat_dec(&p, &pxm))
		return "expected 'Node NUMBER PXM NUMBER'";
	eat_spaces(&p);
	if (!eat_mem(&p, &e.range))
		return BAD_RANGE;
	if (strstr(p, "hotplug"))
		e.flags = MEMBLOCK_HOTPLUG;
	e.non_volatile = strstr(p, "non-volatile");
	*vec_add(&r->log->events) = e;
	return NULL;
}

/* "ACPI: NFIT 0x000000007F772000 0000E0 (v01 BOCHS  BXPC": it does not say where they are */
static const char *read_nfit(struct reader *r, const char *p)
{
	(void)p;
	r->log->nfit_line = r->line;
	return NULL;
}

/* "Faking a node at [mem 0x0-0x27fffffff]" */
static const char *read_no_numa(struct reader *r, const char *p)
{
	struct event e = { .kind = EVENT_NO_NUMA, .line = r->line, .caller = "" };

	if (!eat_mem(&p, &e.range))
		return BAD_RANGE;
	*vec_add(&r->log->events) = e;
	return NULL;
}

/* "Faking node 0 at [mem 0x0-0x3fffffff] (1024MB)" */
static const char *read_fake_node(struct reader *r, const char *p)
{
	struct event e = { .kind = EVENT_FAKE_NODE, .line = r->line, .caller = "" };

	if (!eat_int(&p, &e.nid) || e.nid < 0 || e.nid >= MAX_NUMNODES || !eat(&p, " at ") ||
	    !eat_mem(&p, &e.range))
		return "expected 'NODE at [mem 0xFIRST-0xLAST]'";
	*vec_add(&r->log->events) = e;
	return NULL;
}

/* "NODE_DATA(0) allocated [mem 0x1-0x2]" */
static const char *read_node_data(struct reader *r, const char *p)
{
	struct event e = { .kind = EVENT_NODE_DATA, .line = r->line, .caller = "" };

	if (!eat_int(&p, &e.nid) || e.nid < 0 || e.nid >= MAX_NUMNODES || !eat(&p, ")"))
		return "expected a node number in parentheses";
	eat_spaces(&p);
	if (!eat(&p, "allocated "))
		return NULL;
	if (!eat_mem(&p, &e.range))
		return BAD_RANGE;
	*vec_add(&r->log->events) = e;
	return NULL;
}

static const char *read_ramdisk(struct reader *r, const char *p)
{
	return eat_mem(&p, &r->log->ramdisk) ? NULL : BAD_RANGE;
}

static bool tells_anything(const struct boot_log *log)
{
	return log->version || log->e820.n || log->user.n || log->efi.n || log->events.n ||
	       log->zones.n || log->nodes.n || log->total_kib || log->freed.n;
}

/* Another boot begins; the last one counts. The end of one may come before it, too. */
static void start_over(struct reader *r)
{
	struct boot_log *log = r->log;
	struct text *text = log->text;
	size_t malformed = log->malformed;
	bool other = tells_anything(log); /* and not just what a boot loader said */
	bool reconstructed = log->reconstructed && !other;

	log_free(log);
	*log = (struct boot_log){ .text = text,
				  .malformed = malformed,
				  .reconstructed = reconstructed,
				  .begins = other ? r->line : 0 };
	r->section = SECTION_NONE;
	r->in_dump = false;
}

/* "Allocated new RAMDISK: [mem 0x5db2f000-0x5dcaffff]" */
static const char *read_new_ramdisk(struct reader *r, const char *p)
{
	return eat_mem(&p, &r->log->new_ramdisk) ? NULL : BAD_RANGE;
}

static const char *read_version(struct reader *r, const char *p)
{
	struct boot_log *log = r->log;
	uint64_t major, minor;

	start_over(r);
	log->version = p;
	if (!eat_dec(&p, &major) || !eat(&p, ".") || !eat_dec(&p, &minor))
		return "expected a version number MAJOR.MINOR";
	log->major = (unsigned)major;
	log->minor = (unsigned)minor;
	return NULL;
}

static const char *read_reconstructed(struct reader *r, const char *p)
{
	(void)p;
	r->log->reconstructed = true;
	return NULL;
}

static const char *read_command_line(struct reader *r, const char *p)
{
	if (!r->log->command_line)
		r->log->command_line = p;
	return NULL;
}

static const char *begin_zones(struct reader *r, const char *p)
{
	(void)p;
	r->section = SECTION_ZONES;
	return NULL;
}

static const char *begin_movable(struct reader *r, const char *p)
{
	(void)p;
	r->section = SECTION_MOVABLE;
	return NULL;
}

static const char *begin_nodes(struct reader *r, const char *p)
{
	(void)p;
	r->section = SECTION_NODES;
	return NULL;
}

static const char *zone_names[] = { "DMA", "DMA32", "Normal", "HighMem", "Movable", "Device" };

/* "  DMA32    [mem 0x1000000-0xffffffff]", "  Device   empty" */
static const char *read_zone(struct reader *r, const char *name, const char *p)
{
	struct zone_range z = { .line = r->line, .name = name };

	eat_spaces(&p);
	if (!eat(&p, "empty") && !eat_mem(&p, &z.range))
		return "expected 'empty' or [mem 0xFIRST-0xLAST]";
	*vec_add(&r->log->zones) = z;
	r->log->last_line = r->line;
	return NULL;
}

/* "  Node 0: 0x100000000" */
static const char *read_movable(struct reader *r, const char *p)
{
	struct node_range n = { .line = r->line };

	if (!eat_int(&p, &n.nid) || n.nid < 0 || n.nid >= MAX_NUMNODES || !eat(&p, ": ") ||
	    !eat_hex(&p, &n.range.base))
		return "expected 'NODE: 0xADDRESS'";
	*vec_add(&r->log->movable) = n;
	r->log->last_line = r->line;
	return NULL;
}

static const char *parse_node_range(struct reader *r, const char *p, struct node_range *n)
{
	n->line = r->line;
	eat_spaces(&p);
	if (!eat_int(&p, &n->nid) || n->nid < 0 || n->nid >= MAX_NUMNODES)
		return "expected a node number";
	eat(&p, ":");
	eat_spaces(&p);
	if (!eat_mem(&p, &n->range))
		return BAD_RANGE;
	return NULL;
}

/* "  node   0: [mem 0x1000-0x9efff]" */
static const char *read_node(struct reader *r, const char *p)
{
	struct node_range n;
	const char *bad = parse_node_range(r, p, &n);

	if (!bad)
		*vec_add(&r->log->nodes) = n;
	r->log->last_line = r->line;
	return bad;
}

/* "Initmem setup node 0 [mem 0x1000-0x27fffffff]" */
static const char *read_initmem(struct reader *r, const char *p)
{
	struct node_range n;
	const char *bad;

	r->section = SECTION_NONE;
	if (strstr(p, "memory"))
		return NULL; /* "as memoryless" */
	bad = parse_node_range(r, p, &n);
	if (!bad)
		*vec_add(&r->log->initmem) = n;
	return bad;
}

/* "16384K kernel code, 2506K rwdata, ... 276124K reserved, 0K cma-reserved)" */
static const char *read_image_sizes(struct boot_log *log, const char *p)
{
	const struct {
		const char *name;
		uint64_t *kib;
	} sizes[] = {
		{ "K kernel code", &log->image.code }, { "K rwdata", &log->image.rwdata },
		{ "K rodata", &log->image.rodata },    { "K init", &log->image.init },
		{ "K bss", &log->image.bss },	       { "K reserved", &log->reserved_kib },
		{ "K cma-reserved", &log->cma_kib },
	};
	uint64_t kib;

	while (eat_dec(&p, &kib)) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			if (eat(&p, sizes[i].name)) {
				*sizes[i].kib = kib;
				break;
			}
		p += strcspn(p, ",)");
		if (!eat(&p, ", "))
			break;
	}
	return eat(&p, ")") ? NULL : "expected 'SIZEK NAME, ...)': the line is cut off";
}

/* "Memory: 8108036K/8388084K available (...)" */
static const char *read_total(struct reader *r, const char *p)
{
	uint64_t available, total;

	if (!isdigit((unsigned char)*p))
		return NULL; /* other things are called memory too */
	if (!eat_dec(&p, &available) || !eat(&p, "K/") || !eat_dec(&p, &total) || !eat(&p, "K"))
		return "expected 'FREEK/TOTALK available'";
	r->log->available_kib = available;
	r->log->total_kib = total;
	r->log->memory_line = r->line;
	return eat(&p, " available (") ? read_image_sizes(r->log, p) : NULL;
}

/* "cma: Reserved 64 MiB at 0x0000000078000000 on node -1": the node is told since 6.12 */
static const char *read_cma(struct reader *r, const char *p)
{
	struct cma_area a = { .line = r->line };

	if (!eat_dec(&p, &a.mib) || !eat(&p, " MiB at ") || !eat_hex(&p, &a.base))
		return "expected 'SIZE MiB at 0xADDRESS'";
	*vec_add(&r->log->cma) = a;
	return NULL;
}

/* "HugeTLB: registered 1.00 GiB page size, pre-allocated 1 pages" */
static const char *read_huge(struct reader *r, const char *p)
{
	struct huge_pages h = { .line = r->line };
	uint64_t hundredths;
	unsigned shift;

	if (!eat_dec(&p, &h.page_size) || !eat(&p, ".") || !eat_dec(&p, &hundredths))
		return "expected a size with two decimals";
	shift = eat(&p, " GiB") ? 30 : eat(&p, " MiB") ? 20 : eat(&p, " KiB") ? 10 : 0;
	if (!shift || h.page_size >> (63 - shift) || !eat(&p, " page size, pre-allocated ") ||
	    !eat_dec(&p, &h.pages))
		return "expected 'SIZE page size, pre-allocated NUMBER pages'";
	h.page_size <<= shift; /* a power of two: there are no hundredths */
	*vec_add(&r->log->huge) = h;
	return NULL;
}

/* "HugeTLB: 28 KiB vmemmap can be freed for a 2.00 MiB page": of the size in the line before */
static const char *read_huge_map(struct reader *r, const char *p)
{
	uint64_t kib;

	if (eat_dec(&p, &kib) && eat(&p, " KiB vmemmap can be freed") && r->log->huge.n)
		r->log->huge.at[r->log->huge.n - 1].map_kib = kib;
	return NULL;
}

static void add_told(struct reader *r, uint64_t base, uint64_t end, const char *who)
{
	if (end > base)
		*vec_add(&r->log->told) = (struct told){ r->line, { base, end - base }, who };
}

/* "ACPI: Reserving FACP table memory at [mem 0x7ffe211b-0x7ffe220e]" */
static const char *read_acpi(struct reader *r, const char *p)
{
	const char *mem = strstr(p, "[mem ");
	struct range range;

	if (!mem || !eat_mem(&mem, &range))
		return BAD_RANGE;
	add_told(r, range.base, range_end(range), "ACPI tables");
	return NULL;
}

/* "software IO TLB: mapped [mem 0x7be6c000-0x7fe6c000] (64MB)": the last address is not in it */
static const char *read_bounce(struct reader *r, const char *p)
{
	uint64_t base, end;

	if (eat(&p, "tearing down default memory pool"))
		r->log->bounce_line = r->line;
	if (!eat(&p, "mapped [mem "))
		return NULL;
	if (!eat_first_last(&p, &base, &end) || !eat(&p, "]"))
		return BAD_RANGE;
	add_told(r, base, end, "bounce buffers");
	return NULL;
}

/* "crashkernel reserved: 0x69000000 - 0x79000000 (256 MB)" */
static const char *read_crash(struct reader *r, const char *p)
{
	uint64_t base, end;

	if (!eat(&p, "reserved: ") && !eat(&p, "low memory reserved: "))
		return NULL;
	if (!eat_hex(&p, &base) || !eat(&p, " - ") || !eat_hex(&p, &end))
		return "expected '0xFIRST - 0xEND'";
	add_told(r, base, end, "crash kernel");
	return NULL;
}

/* "Reserving 256MB of memory at 1680MB for crashkernel (System RAM: 2047MB)": 6.1 */
static const char *read_old_crash(struct reader *r, const char *p)
{
	uint64_t size, base;

	if (!eat_dec(&p, &size) ||
	    (!eat(&p, "MB of memory at ") && !eat(&p, "MB of low memory at ")))
		return NULL;
	if (!eat_dec(&p, &base) || !eat(&p, "MB for crashkernel") || size >> 40 || base >> 40)
		return "expected 'SIZEMB of memory at ADDRESSMB for crashkernel'";
	add_told(r, base << 20, (base + size) << 20, "crash kernel");
	return NULL;
}

/* "PM: hibernation: Registered nosave memory: [mem 0x00000000-0x00000fff]" */
static const char *read_nosave(struct reader *r, const char *p)
{
	(void)p;
	r->log->hibernation = true;
	return NULL;
}

/* "Freeing initrd memory: 1540K" */
static const char *read_freeing(struct reader *r, const char *p)
{
	char *colon = strrchr(r->log->text->lines.at[r->line - 1], ':');
	struct freeing f = { .line = r->line, .what = p };
	const char *size;

	if (!colon || colon < p)
		return NULL; /* other things are freed too */
	size = colon + 1;
	eat_spaces(&size);
	if (!eat_dec(&size, &f.kib) || !eat(&size, "K"))
		return strstr(p, "memory") ? "expected ': SIZEK' at the end" : NULL;
	*colon = '\0';
	*vec_add(&r->log->freed) = f;
	return NULL;
}

static const struct {
	const char *begin;
	const char *(*read)(struct reader *r, const char *p);
} kinds[] = {
	{ "Linux version ", read_version },
	{ "# Reconstructed", read_reconstructed },
	{ "Command line: ", read_command_line },
	{ "Kernel command line: ", read_command_line },
	{ "BIOS-e820: ", read_e820 },
	{ "user: ", read_user },
	{ "e820: ", read_e820_change },
	{ "efi: mem", read_efi_mem },
	{ "efi: Memory: ", read_mirror },
	{ "memblock_add: ", read_add },
	{ "memblock_add_node: ", read_add },
	{ "memblock_add_range: ", read_add },
	{ "memblock_remove: ", read_remove },
	{ "memblock_reserve: ", read_reserve },
	{ "__memblock_reserve: ", read_reserve },
	{ "memblock_phys_free: ", read_free },
	{ "memblock_free: ", read_free },
	{ "memblock_free_late: ", read_free_late },
	{ "__memblock_free_late: ", read_free_late },
	{ "memblock_phys_alloc_range: ", read_phys_alloc_range },
	{ "memblock_alloc_try_nid: ", read_alloc_try_nid },
	{ "memblock_alloc_try_nid_raw: ", read_alloc_try_nid_raw },
	{ "memblock_alloc_exact_nid_raw: ", read_alloc_exact_nid_raw },
	{ "memblock: ", read_doubled },
	{ "MEMBLOCK configuration:", read_dump },
	{ "memory size = ", read_dump_sizes },
	{ "memory.cnt", read_memory_count },
	{ "reserved.cnt", read_reserved_count },
	{ "memory[", read_memory_region },
	{ "reserved[", read_reserved_region },
	{ "ACPI: SRAT: ", read_srat },
	{ "SRAT: ", read_srat },
	{ "ACPI: NFIT ", read_nfit },
	{ "Faking a node at ", read_no_numa },
	{ "Faking node ", read_fake_node },
	{ "NODE_DATA(", read_node_data },
	{ "RAMDISK: ", read_ramdisk },
	{ "Allocated new RAMDISK: ", read_new_ramdisk },
	{ "Zone ranges:", begin_zones },
	{ "Movable zone start for each node", begin_movable },
	{ "Early memory node ranges", begin_nodes },
	{ "Initmem setup node ", read_initmem },
	{ "Memory: ", read_total },
	{ "Freeing ", read_freeing },
	{ "efi: Freeing ", read_freeing },
	{ "ACPI: Reserving ", read_acpi },
	{ "software IO TLB: ", read_bounce },
	{ "crashkernel ", read_crash },
	{ "Reserving ", read_old_crash },
	{ "cma: Reserved ", read_cma },
	{ "HugeTLB: registered ", read_huge },
	{ "HugeTLB: ", read_huge_map },
	{ "PM: hibernation: Registered nosave memory", read_nosave },
};

/* Lines that mean something only under their heading. */
static const char *read_in_section(struct reader *r, const char *p)
{
	switch (r->section) {
	case SECTION_ZONES:
		for (size_t i = 0; i < sizeof(zone_names) / sizeof(*zone_names); i++) {
			const char *s = p;

			if (eat(&s, zone_names[i]) && eat_spaces(&s))
				return read_zone(r, zone_names[i], s);
		}
		return NULL;
	case SECTION_MOVABLE:
		return eat(&p, "Node ") ? read_movable(r, p) : NULL;
	case SECTION_NODES:
		return eat(&p, "node ") ? read_node(r, p) : NULL;
	case SECTION_NONE:
		break;
	}
	return NULL;
}

/*
 * "[    0.000000] ", "[Sat Nov 21 20:43:00 2026] ", "[    T0] ": a time stamp or a task, not "[mem
 * ...".
 */
static bool eat_stamp(const char **p)
{
	const char *s = *p;

	if (!eat(&s, "["))
		return false;
	eat_spaces(&s);
	if (!isdigit((unsigned char)*s) && !(*s == 'T' || *s == 'C') &&
	    !(isupper((unsigned char)s[0]) && islower((unsigned char)s[1])))
		return false;
	while (isalnum((unsigned char)*s) || strchr(". :<>+,-", *s))
		if (!*s++)
			return false;
	if (!eat(&s, "]"))
		return false;
	*p = s;
	return true;
}

/* "2026-11-21T20:43:01.123456+00:00 " */
static bool eat_iso_date(const char **p)
{
	const char *s = *p;
	size_t n = strspn(s, "0123456789-T:.,+Z");

	if (n < 19 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[n] != ' ')
		return false;
	*p = s + n + 1;
	return true;
}

/* "6,339,5140900,-;": a record of /dev/kmsg */
static bool eat_kmsg(const char **p)
{
	const char *s = *p;
	size_t n = strspn(s, "0123456789,-c");

	if (n < 6 || !isdigit((unsigned char)*s) || s[n] != ';')
		return false;
	*p = s + n + 1;
	return true;
}

/* "Nov 21 20:43:01 myhost kernel: ", "myhost kernel: ": whoever forwarded it names the kernel. */
static bool eat_forwarder(const char **p)
{
	const char *kernel = strstr(*p, "kernel: ");

	if (!kernel || kernel - *p > 120 || (kernel > *p && kernel[-1] != ' '))
		return false;
	for (const char *s = *p; s < kernel; s++)
		if (*s == '[' || *s == '=') /* the kernel's own words */
			return false;
	*p = kernel + strlen("kernel: ");
	return true;
}

/* "kern  :info  : ": dmesg -x */
static bool eat_facility(const char **p)
{
	const char *s = *p;

	if (!eat(&s, "kern ") || !(s = strchr(s, ':')) || !(s = strchr(s + 1, ':')))
		return false;
	*p = s + 1;
	return true;
}

/* "<6>" */
static bool eat_level(const char **p)
{
	const char *s = *p;
	uint64_t level;

	if (!eat(&s, "<") || !eat_dec(&s, &level) || !eat(&s, ">"))
		return false;
	*p = s;
	return true;
}

/* Colours of a terminal: "\033[32m" */
static bool eat_colour(const char **p)
{
	const char *s = *p;

	if (!eat(&s, "\033["))
		return false;
	s += strspn(s, "0123456789;");
	if (!eat(&s, "m"))
		return false;
	*p = s;
	return true;
}

/*
 * What the kernel said, behind what consoles, dmesg, syslog, journalctl, mail and terminals put
 * before it, in any order.
 */
static const char *message(const char *p)
{
	while (eat_spaces(&p) || eat_stamp(&p) || eat_level(&p) || eat_iso_date(&p) ||
	       eat_kmsg(&p) || eat_facility(&p) || eat_forwarder(&p) || eat_colour(&p) ||
	       eat(&p, "> ") || eat(&p, "\xef\xbb\xbf"))
		;
	return p;
}

static void read_line(struct reader *r)
{
	const char *p = message(r->log->text->lines.at[r->line - 1]);
	const char *bad = NULL;
	bool known = false;

	for (size_t i = 0; !known && i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *s = p;

		if (eat(&s, kinds[i].begin)) {
			known = true;
			bad = kinds[i].read(r, s);
			r->log->last_line = r->line;
		}
	}
	if (!known)
		bad = read_in_section(r, p);
	if (bad) {
		text_complain(r->log->text, r->line, bad);
		r->log->malformed++;
	}
}

bool log_read(struct boot_log *log, struct text *text)
{
	struct reader r = { .log = log };

	*log = (struct boot_log){ .text = text };
	for (r.line = 1; r.line <= text->lines.n; r.line++)
		read_line(&r);
	text_end_complaints(text);
	return tells_anything(log);
}

void log_free(struct boot_log *log)
{
	for (size_t i = 0; i < log->dumps.n; i++) {
		vec_free(&log->dumps.at[i].memory);
		vec_free(&log->dumps.at[i].reserved);
	}
	vec_free(&log->e820);
	vec_free(&log->user);
	vec_free(&log->efi);
	vec_free(&log->e820_changes);
	vec_free(&log->events);
	vec_free(&log->dumps);
	vec_free(&log->zones);
	vec_free(&log->movable);
	vec_free(&log->nodes);
	vec_free(&log->initmem);
	vec_free(&log->freed);
	vec_free(&log->told);
	vec_free(&log->cma);
	vec_free(&log->huge);
}

bool log_ends_in(const struct boot_log *log, const struct dump *d)
{
	return d->last_line == log->last_line &&
	       (!d->reserved_cnt || d->reserved.n < d->reserved_cnt);
}

const char *log_option(const struct boot_log *log, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = log->command_line; p && *p;) {
		p += strspn(p, " ");
		if (!strncmp(p, word, len) &&
		    (word[len - 1] == '=' || p[len] == ' ' || p[len] == '\0'))
			return p + len;
		p += strcspn(p, " ");
	}
	return NULL;
}

uint64_t log_mapped_end(const struct boot_log *log)
{
	for (size_t i = 0; i < log->zones.n; i++) /* 32 bits */
		if (!strcmp(log->zones.at[i].name, "HighMem") && log->zones.at[i].range.size)
			return log->zones.at[i].range.base;
	return UINT64_MAX;
}

size_t caller_length(const char *caller)
{
	return strcspn(caller, ".+ ");
}
