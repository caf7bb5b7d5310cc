/* SPDX-License-Identifier: MIT */
/* What is known of a page, for people: a fact a line, and last what became of it. */
#include "why.h"

#include <string.h>

#include "meaning.h"

#define OWNERS_SHOWN  8
#define HISTORY_SHOWN 12

typedef unsigned long long ull;

static void label(const char *name)
{
	printf("  %-12s ", name);
}

static void put_range(struct range range)
{
	printf(" [0x%llx-0x%llx]", (ull)range.base, (ull)(range_end(range) - 1));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void put_place(const struct text *text, size_t line)
{
	if (line)
		printf(" (%s:%zu)", base_name(text->name), line);
}

/* In the log. */
static void end_line(const struct why *w, size_t line)
{
	put_place(&w->s->r.machine->log_text, line);
	putchar('\n');
}

static void put_who(const char *who, size_t length)
{
	const char *about = meaning(who, length);

	printf("%.*s", (int)length, who);
	if (about)
		printf(" (%s)", about);
}

/* --- firmware --- */

static void print_entries(const struct why *w, const char *name, const why_entries *found)
{
	for (size_t i = 0; i < found->n; i++) {
		const struct map_entry *e = found->at[i];

		label(name);
		printf("%s%s", e->type, e->mirrored ? ", mirrored" : "");
		put_range(e->range);
		end_line(w, e->line);
	}
}

/* The entries that end and begin nearest to a page that is in none. */
static void print_nearest(const struct why *w, const struct map_entry *map, size_t n)
{
	const struct map_entry *below = NULL, *above = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct map_entry *e = &map[i];

		if (e->range.base < w->page.base && (!below || e->range.base > below->range.base))
			below = e;
		if (e->range.base > w->page.base && (!above || e->range.base < above->range.base))
			above = e;
	}
	for (int i = 0; i < 2; i++) {
		const struct map_entry *e = i ? above : below;

		if (!e)
			continue;
		label("");
		printf("%s %s", i ? "next above:" : "next below:", e->type);
		put_range(e->range);
		end_line(w, e->line);
	}
}

static void print_map(const struct why *w, const char *name, const why_entries *found,
		      const struct map_entry *map, size_t n)
{
	print_entries(w, name, found);
	if (found->n || !n)
		return;
	label(name);
	puts("in no entry");
	print_nearest(w, map, n);
}

static void print_changes(const struct why *w)
{
	for (size_t i = 0; i < w->changes.n; i++) {
		const struct map_entry *e = w->changes.at[i];

		label("changed");
		if (!strcmp(e->type, "removed"))
			printf("removed");
		else if (!strcmp(e->type, "kernel"))
			printf("to usable, for the kernel is there");
		else
			printf("to %s", e->type);
		put_range(e->range);
		end_line(w, e->line);
	}
}

static void print_firmware(const struct why *w)
{
	const struct boot_log *log = &w->s->r.machine->log;

	if (!log->e820.n && !log->user.n && !log->efi.n) {
		label("firmware");
		puts("the log has no map of it");
	}
	print_map(w, "firmware", &w->e820, log->e820.at, log->e820.n);
	print_map(w, "command line", &w->user, log->user.at, log->user.n);
	print_changes(w);
	print_map(w, "UEFI", &w->efi, log->efi.at, log->efi.n);
}

/* --- memblock --- */

static struct range region_range(const struct memblock_region *rgn)
{
	return (struct range){ rgn->base, rgn->size };
}

static void put_region(const struct memblock_region *rgn)
{
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = { { MEMBLOCK_HOTPLUG, "can be unplugged" },
		      { MEMBLOCK_MIRROR, "mirrored" },
		      { MEMBLOCK_NOMAP, "not mapped" },
		      { MEMBLOCK_DRIVER_MANAGED, "a driver's" } };

	put_range(region_range(rgn));
	printf(", node %d", node_or_first(memblock_get_region_node(rgn)));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (rgn->flags & flags[i].flag)
			printf(", %s", flags[i].name);
}

static void print_neighbour(const char *where, const struct memblock_region *rgn)
{
	if (!rgn)
		return;
	label("");
	fputs(where, stdout);
	put_region(rgn);
	putchar('\n');
}

static void print_memory(const struct why *w)
{
	label("memory");
	if (w->memory) {
		fputs(w->end == WHY_NO_MEMORY ? "only a part of it, less than a page:" : "in",
		      stdout);
		put_region(w->memory);
		putchar('\n');
		return;
	}
	if (w->end == WHY_LATER) {
		puts("not at boot; iomem.txt has it as System RAM");
		return;
	}
	puts(w->below || w->above ? "in none" : "there is none");
	print_neighbour("next below:", w->below);
	print_neighbour("next above:", w->above);
}

/* Who reserved it before the first line of memblock=debug is often not known. */
static bool is_unnamed(const struct owned *o)
{
	return !strncmp(o->who, "before memblock=debug", 21);
}

/* What is older has no line of its own. */
static bool is_older(const struct why *w, const struct owned *o)
{
	return !o->line && w->s->r.machine->log.operations && !is_unnamed(o);
}

static void print_owners(const struct why *w)
{
	size_t shown = w->owners.n <= OWNERS_SHOWN + 1 ? w->owners.n : OWNERS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const struct owned *o = w->owners.at[i];

		label("reserved");
		fputs(is_unnamed(o) ? "" : "by ", stdout);
		put_who(o->who, o->length);
		put_range(o->range);
		if (is_older(w, o))
			fputs(", before memblock=debug", stdout);
		end_line(w, o->line);
	}
	if (shown < w->owners.n) {
		label("");
		printf("and %zu others (--format=json has them all)\n", w->owners.n - shown);
	}
	if (!w->owners.n && w->memory) {
		label("reserved");
		puts("by nobody");
	}
}

/* Is it more than the page's reservations, which were printed already? */
static bool has_history(const struct why *w)
{
	for (size_t i = 0; i < w->history.n; i++) {
		const struct why_event *e = &w->history.at[i];
		bool told = e->kind == EVENT_ADD || e->kind == EVENT_FREE_LATE;

		for (size_t k = 0; e->kind == EVENT_RESERVE && k < w->owners.n; k++)
			told |= w->owners.at[k]->line == e->line;
		if (!told)
			return true;
	}
	return false;
}

static void print_event(const struct why *w, const struct why_event *e)
{
	static const char *const done[] = {
		[EVENT_ADD] = "added",
		[EVENT_REMOVE] = "removed",
		[EVENT_RESERVE] = "reserved",
		[EVENT_FREE] = "freed",
		[EVENT_FREE_LATE] = "given back",
	};

	label("");
	printf("%s by ", done[e->kind]);
	put_who(e->who, e->length);
	put_range(e->range);
	end_line(w, e->line);
}

static void print_history(const struct why *w)
{
	size_t shown = w->history.n <= HISTORY_SHOWN + 1 ? w->history.n : HISTORY_SHOWN;

	if (!has_history(w))
		return;
	label("history");
	puts("of boot, in order:");
	for (size_t i = 0; i < shown; i++)
		print_event(w, &w->history.at[i]);
	if (shown < w->history.n) {
		label("");
		printf("and %zu more (--format=json has them all)\n", w->history.n - shown);
	}
}

/* --- after memblock --- */

static void print_late(const struct why *w)
{
	if (!w->late)
		return;
	label("given back");
	printf("late: %s", w->late->what);
	put_range(w->late->range);
	fputs(w->late->placed ? "" : ", but the address is a guess", stdout);
	end_line(w, w->late->line);
}

static void print_zone(const struct why *w)
{
	if (!w->zone)
		return;
	label("zone");
	printf("%s of node %d", w->zone, w->nid);
	if (w->block)
		printf("; in pageframe its block of %lu pages is %s", PF_BLOCK_PAGES,
		       w->split ? "split" : "whole");
	putchar('\n');
}

static void print_resources(const struct why *w)
{
	for (size_t i = 0; i < w->iomem.n; i++) {
		label(i ? "" : "iomem.txt");
		printf("%*s%s", (int)w->iomem.at[i]->depth * 2, "", w->iomem.at[i]->name);
		put_range(w->iomem.at[i]->range);
		putchar('\n');
	}
	if (!w->iomem.n && w->s->r.machine->iomem.n) {
		label("iomem.txt");
		puts("in no resource");
	}
}

static const char *class_name(const struct page_class *c)
{
	switch (c ? c->class : 0) {
	case 'R':
		return "reserved";
	case 'B':
		return "free";
	case 'P':
		return "damaged";
	case 0:
		return "no descriptor";
	default:
		return "not reserved";
	}
}

static void print_class(const struct why *w)
{
	static const char *const opinions[] = {
		[WHY_AGREES] = ": agrees",
		[WHY_DIFFERS] = ": does not agree",
		[WHY_NOT_KNOWN] = ": not known, for which pages came back is a guess",
		[WHY_NOT_COMPARED] = ": not compared, for the log is without memblock=debug",
	};
	const struct machine *m = w->s->r.machine;

	if (!m->classes.n)
		return;
	label("kpageflags");
	fputs(class_name(w->class), stdout);
	put_place(&m->class_text, w->class ? w->class->line : 0);
	puts(opinions[w->opinion]);
}

void why_print(const struct why *w, uint64_t address)
{
	size_t length;
	const char *by = why_by(w, &length);

	printf("%s: page 0x%llx, pfn 0x%llx", w->s->r.machine->name, (ull)w->page.base,
	       (ull)w->pfn);
	if (address != w->page.base)
		printf(", which has 0x%llx", (ull)address);
	putchar('\n');
	print_firmware(w);
	print_memory(w);
	print_owners(w);
	print_history(w);
	print_late(w);
	print_zone(w);
	print_resources(w);
	print_class(w);
	printf("pfn 0x%llx: %s%s%.*s%s\n", (ull)w->pfn, why_end_name(w->end), by ? ": " : "",
	       (int)length, by ? by : "", w->guess ? " (a guess)" : "");
}
