/* SPDX-License-Identifier: MIT */
#include "late.h"

#include <string.h>

#include <pageframe/memblock.h>

#include "boot_services.h"
#include "image.h"
#include "memmap.h"
#include "unlogged.h"

#define KIB	       1024
#define MAX_ALLOCATION 0x400000 /* x86: the page allocator's largest block */
#define LARGE_PAGE     0x200000 /* x86-64: what is mapped with other rights begins at one */

/* The list as it grows. */
struct finder {
	struct late *l;
	struct replay *r;
	const struct boot_log *log;
	struct kernel_image image;
	uint64_t guess; /* where the next part of an image that is nowhere is put */
};

typedef VEC(struct range) ranges;

static uint64_t align_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

static uint64_t whole_pages(struct range range)
{
	uint64_t first = PF_PFN_UP(range.base), end = PF_PFN_DOWN(range_end(range));

	return end > first ? end - first : 0;
}

uint64_t late_pages(const struct late_free *f)
{
	return whole_pages(f->range);
}

/* The line counts what is managed by then; in 6.12 that is after the first late ones. */
uint64_t late_handed_over(const struct boot_log *log)
{
	uint64_t kept = log->reserved_kib + log->cma_kib;
	uint64_t pages;

	if (!log->reserved_kib || log->total_kib <= kept)
		return 0;
	pages = (log->total_kib - kept) / (PF_PAGE_SIZE / KIB);
	for (size_t i = 0; i < log->freed.n; i++)
		if (log->freed.at[i].line < log->memory_line)
			pages -= log->freed.at[i].kib / (PF_PAGE_SIZE / KIB);
	for (size_t i = 0; i < log->events.n; i++)
		if (log->events.at[i].kind == EVENT_FREE_LATE &&
		    log->events.at[i].line < log->memory_line)
			pages -= whole_pages(log->events.at[i].range);
	return pages < log->total_kib ? pages : 0;
}

static struct range between(uint64_t from, uint64_t to)
{
	return (struct range){ from, to > from ? to - from : 0 };
}

static bool same_size(struct finder *f, const struct freeing *line, uint64_t bytes)
{
	if (bytes == line->kib * KIB)
		return true;
	if (f->r->blind) {
		replay_lacks(f->r, "where all of '%s' was (line %zu): %llu of %llu KiB are known",
			     line->what, line->line, (unsigned long long)bytes / KIB,
			     (unsigned long long)line->kib);
		return false;
	}
	replay_differs(f->r, line->line, "%s: %llu KiB here, %llu KiB there", line->what,
		       (unsigned long long)bytes / KIB, (unsigned long long)line->kib);
	return false;
}

/* Puts it where it belongs in the kernel's order; most come in that order. */
static void add(struct finder *f, size_t when, struct late_free item)
{
	size_t i;

	vec_add(&f->l->list);
	vec_add(&f->l->when);
	for (i = f->l->when.n - 1; i && f->l->when.at[i - 1] > when; i--) {
		f->l->list.at[i] = f->l->list.at[i - 1];
		f->l->when.at[i] = f->l->when.at[i - 1];
	}
	f->l->list.at[i] = item;
	f->l->when.at[i] = when;
}

static void add_reserved(struct finder *f, const struct freeing *line, const char *what,
			 struct range range, bool placed)
{
	if (range.size)
		add(f, line->line,
		    (struct late_free){ range, what, LATE_RESERVED, line->line, placed });
}

static const struct freeing *find_line(const struct boot_log *log, const char *what)
{
	for (size_t i = 0; i < log->freed.n; i++)
		if (!strcmp(log->freed.at[i].what, what))
			return &log->freed.at[i];
	return NULL;
}

static uint64_t line_bytes(const struct boot_log *log, const char *what)
{
	const struct freeing *line = find_line(log, what);

	return line && line->kib < UINT64_MAX / KIB ? line->kib * KIB : 0;
}

/* --- the kernel image (vmlinux.lds.S has the order of its parts) --- */

/* A part of an image whose place is not known, behind what was put there already. */
static void add_guess(struct finder *f, const struct freeing *line, const char *what)
{
	uint64_t size = line_bytes(f->log, line->what);

	if (f->guess + size < f->guess)
		return;
	if (f->guess + size > f->image.end && f->image.end - f->image.text >= size)
		f->guess = f->image.text;
	add_reserved(f, line, what, (struct range){ f->guess, size }, false);
	f->guess += size;
}

/*
 * From the end of the image back: bss, a page that hibernation does not save (64 bits; 32-bit
 * kernels have it among their data), the locks that SMP alternatives patch.
 */
static uint64_t locks_end(const struct finder *f)
{
	for (size_t i = 0; i < f->log->zones.n; i++)
		if (!strcmp(f->log->zones.at[i].name, "DMA32"))
			return f->image.bss - (f->log->hibernation ? PF_PAGE_SIZE : 0);
	return f->image.bss;
}

/* alternative_instructions() */
static void find_alternatives(struct finder *f, const struct freeing *line)
{
	uint64_t end = locks_end(f);
	uint64_t size = line_bytes(f->log, line->what);

	if (f->image.known && end >= f->image.text + size)
		add_reserved(f, line, "SMP alternatives", between(end - size, end), true);
	else
		add_guess(f, line, "SMP alternatives");
}

/* free_initmem(): what lies before the locks; how large they are says only the line above. */
static void find_initmem(struct finder *f, const struct freeing *line)
{
	uint64_t locks = line_bytes(f->log, "SMP alternatives memory");
	uint64_t end = locks_end(f) - locks;
	uint64_t size = line_bytes(f->log, line->what);

	if (f->log->image.init)
		same_size(f, line, f->log->image.init * KIB);
	if (f->image.known && end < f->image.end && end >= f->image.text + size)
		add_reserved(f, line, "kernel image (initmem)", between(end - size, end), locks);
	else
		add_guess(f, line, "kernel image (initmem)");
}

/* mem_encrypt_free_decrypted_mem(): the end of bss, up to a large page's. */
static void find_decrypted(struct finder *f, const struct freeing *line)
{
	uint64_t end = f->image.end;
	uint64_t size = line_bytes(f->log, line->what);

	if (f->image.known && end - f->image.bss >= size && size)
		add_reserved(f, line, "decrypted", between(end - size, end), true);
	else
		add_guess(f, line, "decrypted");
}

/*
 * mark_rodata_ro(): between text and read-only data. The size of text is printed in KiB, cut off;
 * that the gap ends with a large page decides. 0: it does not.
 */
static uint64_t text_end(const struct finder *f, uint64_t gap)
{
	uint64_t least = f->image.text + f->log->image.code * KIB;
	uint64_t end = align_up(least, PF_PAGE_SIZE);

	if (f->image.listed)
		return f->image.text_end;
	if (!f->image.known)
		return 0;
	if (!((end + gap) % LARGE_PAGE))
		return end;
	end = align_up(least + KIB - 1, PF_PAGE_SIZE);
	return (end + gap) % LARGE_PAGE ? 0 : end;
}

static void find_text_gap(struct finder *f, const struct freeing *line)
{
	uint64_t size = line_bytes(f->log, line->what);
	uint64_t from = text_end(f, size);
	uint64_t to = f->image.listed ? f->image.rodata : from + size;

	if (from) {
		add_reserved(f, line, "kernel image (text/rodata gap)", between(from, to), true);
		same_size(f, line, between(from, to).size);
		return;
	}
	if (f->image.known && !f->r->blind)
		replay_differs(f->r, line->line, "%s: %llu KiB do not end at a large page",
			       line->what, (unsigned long long)line->kib);
	add_guess(f, line, "kernel image (text/rodata gap)");
}

static void find_rodata_gap(struct finder *f, const struct freeing *line)
{
	uint64_t text_gap = line_bytes(f->log, "unused kernel image (text/rodata gap) memory");
	uint64_t from = text_end(f, text_gap);
	uint64_t to;

	if (f->image.listed) {
		from = f->image.rodata_end;
		to = f->image.data;
	} else if (from) {
		from = align_up(from + text_gap, LARGE_PAGE) + f->log->image.rodata * KIB;
		to = align_up(from, LARGE_PAGE);
	}
	if (!from) {
		add_guess(f, line, "kernel image (rodata/data gap)");
		return;
	}
	add_reserved(f, line, "kernel image (rodata/data gap)", between(from, to), true);
	same_size(f, line, between(from, to).size);
}

/* --- the initial RAM disk --- */

/* Pages that memory does not have cannot become managed. */
static bool in_memory(struct range range)
{
	const struct memblock_region *rgn;
	uint64_t at = range.base;

	for_each_mem_region(rgn)
		if (rgn->base <= at && at < rgn->base + rgn->size)
			at = rgn->base + rgn->size;
	return at >= range_end(range);
}

/* free_initrd_mem(): its last page wholly; from where relocate_initrd() moved it, if it did. */
static void find_initrd(struct finder *f, const struct freeing *line)
{
	bool moved = f->log->new_ramdisk.size;
	struct range disk = moved ? f->log->new_ramdisk : f->log->ramdisk;

	if (!disk.size || range_end(disk) > UINT64_MAX - PF_PAGE_SIZE) {
		replay_lacks(f->r, "where the initial RAM disk was (line %zu)", line->line);
		add_guess(f, line, "initrd");
		return;
	}
	disk.size = align_up(range_end(disk), PF_PAGE_SIZE) - disk.base;
	same_size(f, line, whole_pages(disk) * PF_PAGE_SIZE);
	if (memblock.memory.cnt && !f->r->blind && !in_memory(disk)) {
		replay_differs(f->r, line->line,
			       "the initial RAM disk at 0x%llx is not in memory, and %s",
			       (unsigned long long)disk.base,
			       moved ? "was moved there" : "no line moves it");
		return;
	}
	add_reserved(f, line, "initrd", disk, true);
}

/* --- EFI boot services --- */

static void find_boot_services(struct finder *f, const struct freeing *line)
{
	struct owners given = { 0 };

	boot_services_find(f->r, &given);
	if (given.list.n) {
		if (f->image.known)
			boot_services_less_image(&given, f->image.end, line->kib * KIB);
		same_size(f, line, boot_services_bytes(&given));
	} else {
		add_reserved(f, line, "EFI boot services",
			     unlogged_find(&f->r->owners, UNLOGGED_EFI), false);
	}
	for (size_t i = 0; i < given.list.n; i++)
		add_reserved(f, line, "EFI boot services", given.list.at[i].range, true);
	owners_free(&given);
}

/* --- what a "Freeing" line tells --- */

static const struct {
	const char *what;
	void (*find)(struct finder *f, const struct freeing *line);
} kinds[] = {
	{ "SMP alternatives memory", find_alternatives },
	{ "EFI boot services memory", find_boot_services },
	{ "initrd memory", find_initrd },
	{ "unused decrypted memory", find_decrypted },
	{ "unused kernel image (initmem) memory", find_initmem },
	{ "unused kernel image (text/rodata gap) memory", find_text_gap },
	{ "unused kernel image (rodata/data gap) memory", find_rodata_gap },
};

static void find_freed(struct finder *f, const struct freeing *line)
{
	size_t found = f->l->list.n, told = f->r->missing.n + f->r->differences.n;

	if (find_line(f->log, line->what) != line) {
		replay_differs(f->r, line->line, "%s is given back a second time", line->what);
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].what, line->what))
			kinds[i].find(f, line);
	if (line->kib && f->l->list.n == found && f->r->missing.n + f->r->differences.n == told)
		replay_lacks(f->r, "where '%s' was (line %zu)", line->what, line->line);
}

/* --- what other lines tell --- */

static const struct {
	const char *caller;
	const char *what;
} late_callers[] = {
	{ "memblock_discard", "memblock's own arrays" },
	{ "swiotlb_exit", "bounce buffers" },
	{ "efi_free_boot_services", "EFI boot services" },
	{ "__efi_memmap_free", "EFI memory map" },
	{ "efi_memmap_", "EFI memory map" },
	{ "kfence_", "KFENCE pool" },
	{ "ima_free_kexec_buffer", "IMA's list of the kernel before" },
};

/* memblock_free_late(), printed with memblock=debug */
static void find_late_call(struct finder *f, const struct event *e)
{
	const char *what = e->caller;

	for (size_t i = 0; i < sizeof(late_callers) / sizeof(*late_callers); i++)
		if (!strncmp(e->caller, late_callers[i].caller, strlen(late_callers[i].caller))) {
			what = late_callers[i].what;
			break;
		}
	add(f, e->line,
	    (struct late_free){ e->range, what,
				!strncmp(e->caller, "memblock_discard", 16) ? LATE_DISCARD
									    : LATE_MEMBLOCK,
				e->line, true });
}

/* The last of a caller's memblock_free_late() lines; 0: there is none. */
static size_t late_call(const struct boot_log *log, const char *caller)
{
	for (size_t i = log->events.n; i--;)
		if (log->events.at[i].kind == EVENT_FREE_LATE &&
		    !strncmp(log->events.at[i].caller, caller, strlen(caller)))
			return log->events.at[i].line;
	return 0;
}

/* Initcalls come after memblock's end, and print nothing for these: the last line before them. */
size_t late_before_initcalls(const struct boot_log *log)
{
	const struct freeing *smp = find_line(log, "SMP alternatives memory");
	size_t discard = late_call(log, "memblock_discard");
	size_t line = log->memory_line > discard ? log->memory_line : discard;

	return smp && smp->line > line ? smp->line : line;
}

/* cma_init_reserved_areas(): all of it, printed when it was reserved, with its size cut to MiB. */
static void find_cma(struct finder *f, const struct cma_area *a)
{
	uint64_t size = a->mib < UINT64_MAX >> 20 ? a->mib << 20 : 0;

	for (size_t i = 0; i < f->log->events.n; i++) {
		const struct event *e = &f->log->events.at[i];

		if (e->kind == EVENT_RESERVE && e->line < a->line && e->range.base == a->base &&
		    e->range.size >> 20 == a->mib)
			size = e->range.size;
	}
	if (size && a->base + size > a->base)
		add(f, late_before_initcalls(f->log),
		    (struct late_free){ { a->base, size }, "CMA", LATE_RESERVED, a->line, true });
}

/* --- gigantic pages --- */

static bool asks_huge_page(const struct event *e)
{
	return e->kind == EVENT_REQUEST && (!strncmp(e->caller, "__alloc_bootmem_huge_page", 25) ||
					    !strncmp(e->caller, "alloc_bootmem_huge_page", 23));
}

/* The line that counts pages of a size, printed once they are there. */
static const struct huge_pages *huge_line(const struct boot_log *log, uint64_t size)
{
	for (size_t i = 0; i < log->huge.n; i++)
		if (log->huge.at[i].page_size == size)
			return &log->huge.at[i];
	return NULL;
}

/* gather_bootmem_prealloc(): the last one first. */
static void find_requested_huge(struct finder *f)
{
	for (size_t i = f->log->events.n; i--;) {
		const struct event *e = &f->log->events.at[i];
		struct range page;
		const struct huge_pages *line;

		if (!asks_huge_page(e))
			continue;
		page = replay_outcome(f->r, e);
		line = huge_line(f->log, page.size);
		if (!page.size)
			continue;
		add(f, line ? line->line : late_before_initcalls(f->log),
		    (struct late_free){ page, "gigantic huge pages", LATE_ACCOUNT,
					line ? line->line : 0, true });
	}
}

/* Without memblock=debug only their number is told. */
static void guess_huge(struct finder *f)
{
	for (size_t i = 0; i < f->r->owners.list.n; i++) {
		const struct owned *o = &f->r->owners.list.at[i];

		if (o->length == strlen(UNLOGGED_HUGE) && !memcmp(o->who, UNLOGGED_HUGE, o->length))
			add(f, o->line,
			    (struct late_free){ o->range, "gigantic huge pages", LATE_ACCOUNT,
						o->line, false });
	}
}

bool huge_is_gigantic(const struct huge_pages *h)
{
	return h->pages && h->page_size > MAX_ALLOCATION && !(h->page_size & (h->page_size - 1));
}

static void count_huge(struct finder *f, const struct huge_pages *h)
{
	uint64_t found = 0;

	for (size_t k = 0; k < f->l->list.n; k++)
		found += f->l->list.at[k].way == LATE_ACCOUNT && f->l->list.at[k].line == h->line;
	if (found != h->pages && f->r->blind)
		replay_lacks(f->r, "where %llu of %llu gigantic pages were (line %zu)",
			     (unsigned long long)(h->pages - found), (unsigned long long)h->pages,
			     h->line);
	else if (found != h->pages)
		replay_differs(f->r, h->line, "%llu gigantic pages here, %llu there",
			       (unsigned long long)found, (unsigned long long)h->pages);
}

static void find_huge(struct finder *f)
{
	if (!f->log->operations) {
		guess_huge(f);
		return;
	}
	find_requested_huge(f);
	for (size_t i = 0; i < f->log->huge.n; i++)
		if (huge_is_gigantic(&f->log->huge.at[i]))
			count_huge(f, &f->log->huge.at[i]);
}

/* --- the memory map of huge pages --- */

static bool gives_back_maps(const struct boot_log *log)
{
	const char *on = log_option(log, "hugetlb_free_vmemmap=");

	return on && (!strncmp(on, "on", 2) || *on == 'y' || *on == 'Y' || *on == '1');
}

/*
 * hugetlb_vmemmap_optimize(): descriptors of tails are alike, and one page of them stands for all.
 * It is one of the map's in 6.1, and since 6.2 a new one.
 */
static struct range without_kept(const struct finder *f, struct range map)
{
	bool new_page = f->log->major > 6 || (f->log->major == 6 && f->log->minor >= 2);

	if (!new_page && map.size > PF_PAGE_SIZE)
		return (struct range){ map.base + PF_PAGE_SIZE, map.size - PF_PAGE_SIZE };
	return map;
}

static void find_gigantic_maps(struct finder *f)
{
	for (size_t i = 0; i < f->l->list.n; i++) { /* what is added comes behind, and is skipped */
		struct late_free page = f->l->list.at[i];
		struct range map;

		if (page.way != LATE_ACCOUNT)
			continue;
		map = memmap_of(f->r, page.range);
		if (map.size)
			add(f, f->l->when.at[i],
			    (struct late_free){ without_kept(f, map), "huge pages' memory map",
						LATE_RESERVED, page.line, true });
		else
			replay_lacks(f->r, "where the memory map of a gigantic page was (line %zu)",
				     page.line);
	}
}

/* The highest room in a block that nothing else of the list is in. */
static struct range room_in_block(const struct finder *f, struct range block, uint64_t size)
{
	uint64_t end = range_end(block);

	for (size_t i = 0; i < f->l->list.n;) {
		struct range other = f->l->list.at[i++].range;

		if (end < block.base || end - block.base < size)
			return (struct range){ 0, 0 };
		if (other.base < end && range_end(other) > end - size) {
			end = other.base;
			i = 0; /* now it may be in another */
		}
	}
	return end - block.base < size ? (struct range){ 0, 0 }
				       : (struct range){ end - size, size };
}

/*
 * The page allocator gave the smaller ones, from each node in turn; which, no line says. Somewhere
 * in the map of their node, then.
 */
static void find_small_maps(struct finder *f, const struct huge_pages *h)
{
	uint64_t each = without_kept(f, (struct range){ 0, (h->map_kib + 4) * KIB }).size;
	uint64_t placed = 0;
	size_t blocks = 0;

	while (blocks < MAX_NUMNODES && memmap_block(f->r, blocks).size)
		blocks++;
	for (size_t i = 0; i < blocks; i++) {
		struct range block = memmap_block(f->r, i);
		uint64_t n = h->pages / blocks + (i < h->pages % blocks);
		struct range map = { 0, 0 };

		if (n && n < block.size / each)
			map = room_in_block(f, block, n * each);
		if (!map.size)
			continue;
		placed += n;
		add(f, h->line,
		    (struct late_free){ map, "huge pages' memory map", LATE_RESERVED, h->line,
					false });
	}
	if (placed != h->pages)
		replay_lacks(f->r, "where the memory map is that huge pages give back (line %zu)",
			     h->line);
}

static void find_huge_maps(struct finder *f)
{
	if (!gives_back_maps(f->log))
		return;
	find_gigantic_maps(f);
	for (size_t i = 0; i < f->log->huge.n; i++)
		if (f->log->huge.at[i].pages && f->log->huge.at[i].map_kib &&
		    f->log->huge.at[i].map_kib < MAX_ALLOCATION / KIB &&
		    !huge_is_gigantic(&f->log->huge.at[i]))
			find_small_maps(f, &f->log->huge.at[i]);
}

/* --- all together --- */

static bool was_reserved(struct range range)
{
	const struct memblock_region *rgn;
	uint64_t at = range.base;

	for_each_reserved_mem_region(rgn)
		if (rgn->base <= at && at < rgn->base + rgn->size)
			at = rgn->base + rgn->size;
	return at >= range_end(range);
}

/* The kernel gives back what it kept. */
static void check_reserved(struct finder *f)
{
	for (size_t i = 0; f->log->dumps.n && !f->r->blind && i < f->l->list.n; i++) {
		const struct late_free *item = &f->l->list.at[i];

		if (item->placed && !was_reserved(item->range))
			replay_differs(f->r, item->line,
				       "%s is given back, but 0x%llx-0x%llx was not reserved",
				       item->what, (unsigned long long)item->range.base,
				       (unsigned long long)range_end(item->range) - 1);
	}
}

static void say_what_is_guessed(struct finder *f)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < f->l->list.n; i++)
		if (!f->l->list.at[i].placed)
			pages += late_pages(&f->l->list.at[i]);
	if (pages)
		replay_lacks(f->r, "where %llu of the pages that were given back late are",
			     (unsigned long long)pages);
}

static void say_what_is_missing(struct finder *f)
{
	const struct boot_log *log = f->log;

	if (log->bounce_line && !late_call(log, "swiotlb_exit"))
		replay_lacks(f->r,
			     "how large the bounce buffers were that are given back (line %zu)",
			     log->bounce_line);
	if (log->total_kib && !find_line(log, "unused kernel image (initmem) memory") &&
	    !log_option(log, "debug_pagealloc=on"))
		replay_lacks(f->r, "the end of the boot: what is given back late may not be all");
}

void late_find(struct late *l, struct replay *r)
{
	struct finder f = { .l = l, .r = r, .log = &r->machine->log, .image = image_find(r) };

	*l = (struct late){ 0 };
	f.guess = f.image.text;
	for (size_t i = 0; i < f.log->events.n; i++)
		if (f.log->events.at[i].kind == EVENT_FREE_LATE)
			find_late_call(&f, &f.log->events.at[i]);
	for (size_t i = 0; i < f.log->cma.n; i++)
		find_cma(&f, &f.log->cma.at[i]);
	find_huge(&f);
	find_huge_maps(&f);
	for (size_t i = 0; i < f.log->freed.n; i++)
		find_freed(&f, &f.log->freed.at[i]);
	check_reserved(&f);
	say_what_is_guessed(&f);
	say_what_is_missing(&f);
}

void late_free_list(struct late *l)
{
	vec_free(&l->list);
	vec_free(&l->when);
}
