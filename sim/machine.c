/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "data_dir.h"
#include "synthetic.h"

static char *join(const char *directory, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	return path;
}

const char *machine_directory(void)
{
	static char found[DATA_PATH];

	return data_directory("machines", "PAGEFRAME_MACHINES", MACHINES_DIR, found);
}

static char *machine_name(const char *directory, const char *entry)
{
	char *path = join(directory, entry);
	char *log = join(path, "dmesg.txt");
	bool is_one = !access(log, R_OK);

	free(log);
	free(path);
	return is_one ? strdup(entry) : NULL;
}

char **machine_list(void)
{
	return data_list(machine_directory(), machine_name);
}

static void damaged(struct machine *m, struct text *t, size_t line, const char *reason)
{
	text_complain(t, line, reason);
	m->damaged++;
}

/* A zoneinfo as it is read. */
struct zone_reader {
	struct machine *m;
	struct text *text;
	zoneinfos *zones;
	struct zoneinfo *z; /* the zone whose lines these are; NULL: nobody's */
	unsigned found;	    /* of its figures */
};

/* "Node 0, zone   Normal" */
static void begin_zone(struct zone_reader *r, size_t line, const char *p)
{
	static const char *const known[] = { "DMA",	"DMA32",   "Normal",
					     "HighMem", "Movable", "Device" };
	struct zoneinfo z = { .line = line };

	r->z = NULL;
	r->found = 0;
	if (eat_int(&p, &z.nid) && eat(&p, ", zone")) {
		eat_spaces(&p);
		for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
			if (!strcmp(p, known[k]))
				z.name = known[k];
	}
	if (!z.name) {
		damaged(r->m, r->text, line, "expected 'Node NUMBER, zone NAME'");
		return;
	}
	r->z = vec_add(r->zones);
	*r->z = z;
}

enum {
	FIGURE_SPANNED,
	FIGURE_PRESENT,
	FIGURE_MANAGED,
	FIGURE_START,
	NEEDED_FIGURES,
	FIGURE_MIN = NEEDED_FIGURES,
	FIGURE_LOW,
	FIGURE_HIGH,
	FIGURE_PROMO,
	FIGURE_BOOST,
	FIGURES,
	FIGURE_PROTECTION = FIGURES,
};

static void bad_figure(struct zone_reader *r, size_t line)
{
	r->z->damaged = true;
	damaged(r->m, r->text, line, "expected a number, and nothing behind it");
}

/* "        protection: (0, 1966, 128782, 128782, 128782)" */
static void read_protection(struct zone_reader *r, size_t line, const char *p)
{
	size_t n = 0;

	eat_spaces(&p);
	do
		eat_spaces(&p);
	while (n < PF_ZONES && (n || eat(&p, "(")) && eat_dec(&p, &r->z->protection[n]) && ++n &&
	       eat(&p, ","));
	if (!n || strcmp(p, ")")) {
		bad_figure(r, line);
		return;
	}
	r->z->protections = n;
	r->found |= 1u << FIGURE_PROTECTION;
}

/* "        spanned  4095": marks in .found which one it is */
static void read_figure(struct zone_reader *r, size_t line)
{
	static const char *const names[FIGURES] = { "spanned ",	  "present ", "managed ",
						    "start_pfn:", "min ",     "low ",
						    "high ",	  "promo ",   "boost " };
	struct zoneinfo *z = r->z;
	uint64_t *const figures[FIGURES] = { &z->spanned,   &z->present, &z->managed,
					     &z->start_pfn, &z->min,	 &z->low,
					     &z->high,	    &z->promo,	 &z->boost };
	const char *p = r->text->lines.at[line - 1];

	eat_spaces(&p);
	if (eat(&p, "protection:"))
		read_protection(r, line, p);
	for (int i = 0; i < FIGURES; i++) {
		if (!eat(&p, names[i]))
			continue;
		r->found |= 1u << i;
		eat_spaces(&p);
		if (!eat_dec(&p, figures[i]) || *p)
			bad_figure(r, line);
		return;
	}
}

static bool has_figures(const struct zone_reader *r, unsigned needed)
{
	return (r->found & needed) == needed;
}

/* A zone without pages has no first one. */
static void end_zone(struct zone_reader *r)
{
	unsigned needed = (1u << NEEDED_FIGURES) - 1;
	struct zoneinfo *z = r->z;

	if (!z || z->damaged)
		return;
	z->has_promo = has_figures(r, 1u << FIGURE_PROMO);
	z->marked = has_figures(r, 1u << FIGURE_MIN | 1u << FIGURE_LOW | 1u << FIGURE_HIGH |
					   1u << FIGURE_PROTECTION);
	if (!z->present)
		needed &= ~(1u << FIGURE_START);
	if (has_figures(r, needed))
		return;
	z->damaged = true;
	damaged(r->m, r->text, z->line, "spanned, present, managed or start_pfn of it is missing");
}

static void read_zones(struct machine *m, struct text *text, zoneinfos *zones)
{
	struct zone_reader r = { .m = m, .text = text, .zones = zones };

	for (size_t i = 0; i < text->lines.n; i++) {
		const char *p = text->lines.at[i];

		if (eat(&p, "Node ")) {
			end_zone(&r);
			begin_zone(&r, i + 1, p);
		} else if (r.z) {
			read_figure(&r, i + 1);
		}
	}
	end_zone(&r);
	if (!zones->n)
		text_complain(text, 1, "no zone in it: it is not a copy of /proc/zoneinfo");
}

static void read_zoneinfo(struct machine *m)
{
	read_zones(m, &m->zone_text, &m->zones);
}

bool zoneinfo_read(struct text *text, zoneinfos *zones)
{
	struct machine m = { .damaged = 0 };

	read_zones(&m, text, zones);
	return zones->n && !m.damaged;
}

static void read_later_zoneinfo(struct machine *m)
{
	read_zones(m, &m->later_text, &m->later_zones);
	m->damaged += !m->later_zones.n;
}

/* A word into @to; false if there is none, or too long a one. */
static bool eat_word(const char **p, char *to, size_t size)
{
	size_t n;

	eat_spaces(p);
	n = strcspn(*p, " \t");
	if (!n || n >= size)
		return false;
	memcpy(to, *p, n);
	to[n] = '\0';
	*p += n;
	return true;
}

static const char *parse_block(const char *p, struct block_line *b)
{
	uint64_t index;

	if (!eat(&p, "memory") || !eat_dec(&p, &b->id) || !eat_spaces(&p) || !eat_hex(&p, &index) ||
	    !eat_word(&p, b->state, sizeof(b->state)) || !eat_word(&p, b->zones, sizeof(b->zones)))
		return "expected 'memoryN INDEX STATE ZONES'";
	if (strcmp(b->state, "online") && strcmp(b->state, "offline") &&
	    strcmp(b->state, "going-offline"))
		return "STATE is neither online nor offline";
	return b->id == index ? NULL : "N is not INDEX, which is hexadecimal";
}

static int by_id(const void *a, const void *b)
{
	const struct block_line *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* Of lines about the same block the first one is used. */
static void drop_doubles(struct machine *m, struct text *text, struct memory_blocks *blocks)
{
	struct block_line *at = blocks->list.at;
	size_t n = 0;

	for (size_t i = 0; i < blocks->list.n; i++) {
		char reason[80];

		if (!n || at[n - 1].id != at[i].id) {
			at[n++] = at[i];
			continue;
		}
		snprintf(reason, sizeof(reason), "memory%llu has line %zu already",
			 (unsigned long long)at[i].id, at[n - 1].line);
		damaged(m, text, at[i].line, reason);
	}
	blocks->list.n = n;
}

static bool is_blank(const struct text *text)
{
	for (size_t i = 0; i < text->lines.n; i++)
		if (text->lines.at[i][strspn(text->lines.at[i], " \t")])
			return false;
	return true;
}

static void read_blocks(struct machine *m, struct text *text, struct memory_blocks *blocks)
{
	blocks->empty = is_blank(text);
	for (size_t i = 0; i < text->lines.n; i++) {
		const char *p = text->lines.at[i], *bad;
		struct block_line b = { .line = i + 1 };

		if (eat(&p, "block_size_bytes ")) {
			if (!eat(&p, "0x") || !eat_hex(&p, &blocks->size))
				damaged(m, text, i + 1, "expected 'block_size_bytes 0xSIZE'");
			continue;
		}
		bad = *p ? parse_block(p, &b) : NULL;
		if (bad)
			damaged(m, text, i + 1, bad);
		else if (*p)
			*vec_add(&blocks->list) = b;
	}
	if (blocks->size & (blocks->size - 1) || (blocks->list.n && blocks->size < PF_BLOCK_SIZE)) {
		damaged(m, text, 1, "no block_size_bytes in it that makes sense; not used");
		blocks->size = 0;
		vec_free(&blocks->list);
	}
	if (blocks->list.n)
		qsort(blocks->list.at, blocks->list.n, sizeof(*blocks->list.at), by_id);
	drop_doubles(m, text, blocks);
}

static void read_memory_blocks(struct machine *m)
{
	read_blocks(m, &m->block_text, &m->blocks);
}

static void read_later_blocks(struct machine *m)
{
	read_blocks(m, &m->later_block_text, &m->later_blocks);
}

/* "20600000-215fffff : Kernel code" */
static const char *parse_resource(const char *p, struct resource *r)
{
	uint64_t first, last;

	if (!eat_hex(&p, &first) || !eat(&p, "-") || !eat_hex(&p, &last) || !eat(&p, " : "))
		return "expected 'FIRST-LAST : NAME'";
	if (last < first)
		return "FIRST is above LAST";
	r->range.base = first;
	r->range.size = last - first == UINT64_MAX ? UINT64_MAX : last - first + 1;
	r->name = p;
	return NULL;
}

static void read_iomem(struct machine *m)
{
	uint64_t highest = 0;

	for (size_t i = 0; i < m->iomem_text.lines.n; i++) {
		const char *p = m->iomem_text.lines.at[i];
		const char *start = p, *bad;
		struct resource r = { .line = i + 1 };

		eat_spaces(&p);
		r.depth = (unsigned)(p - start) / 2;
		if (!*p)
			continue;
		bad = parse_resource(p, &r);
		if (bad) {
			damaged(m, &m->iomem_text, i + 1, bad);
			continue;
		}
		*vec_add(&m->iomem) = r;
		highest |= r.range.base | (r.range.size - 1);
	}
	if (m->iomem.n && !highest) {
		text_complain(&m->iomem_text, 1,
			      "all addresses are 0: read /proc/iomem as root; not used");
		vec_free(&m->iomem);
	}
}

/* "R 7fe00 80000" */
static const char *parse_class(const char *p, uint64_t before, struct page_class *c)
{
	c->class = *p++;
	if (!eat_spaces(&p) || !eat_hex(&p, &c->start) || !eat_spaces(&p) ||
	    !eat_hex(&p, &c->end) || *p)
		return "expected 'CLASS START END', hexadecimal";
	if (c->end <= c->start)
		return "START is not below END";
	return c->start < before ? "START is below the END of a line before" : NULL;
}

static void read_classes(struct machine *m)
{
	uint64_t before = 0;

	for (size_t i = 0; i < m->class_text.lines.n; i++) {
		const char *p = m->class_text.lines.at[i];
		struct page_class c = { .line = i + 1 };
		const char *bad;

		if (!*p || *p == '#')
			continue;
		bad = parse_class(p, before, &c);
		if (bad) {
			damaged(m, &m->class_text, i + 1, bad);
			continue;
		}
		before = c.end;
		*vec_add(&m->classes) = c;
	}
}

/* Reads @name in @directory if it is there. */
static void load_file(struct machine *m, const char *directory, const char *name, char **path,
		      struct text *text, void (*read)(struct machine *m))
{
	const char *error;

	*path = join(directory, name);
	error = text_read(text, *path);
	if (!error) {
		read(m);
		text_end_complaints(text);
	} else if (errno != ENOENT) {
		fprintf(stderr, "%s: %s; not used\n", *path, error);
		*vec_add(&m->unreadable) = name;
	}
}

/*
 * A kernel without memory hotplug has no memory blocks: that text is empty. But none has them at
 * one moment and not at another.
 */
static void check_emptiness(struct machine *m)
{
	if (m->later_blocks.empty && !m->blocks.empty)
		damaged(m, &m->later_block_text, 1, "it is empty: no memory block in it");
	if (m->blocks.empty && m->later_block_text.bytes && !m->later_blocks.empty)
		damaged(m, &m->block_text, 1,
			"it is empty, and what is recorded of later has memory blocks");
}

static void load_beside(struct machine *m, const char *directory)
{
	load_file(m, directory, "zoneinfo.txt", &m->zone_path, &m->zone_text, read_zoneinfo);
	load_file(m, directory, "zoneinfo.hotplugged.txt", &m->later_path, &m->later_text,
		  read_later_zoneinfo);
	if (!m->later_text.bytes) {
		free(m->later_path);
		load_file(m, directory, "zoneinfo.offlined.txt", &m->later_path, &m->later_text,
			  read_later_zoneinfo);
	}
	load_file(m, directory, "memory_blocks.txt", &m->block_path, &m->block_text,
		  read_memory_blocks);
	load_file(m, directory, "memory_blocks.hotplugged.txt", &m->later_block_path,
		  &m->later_block_text, read_later_blocks);
	if (!m->later_block_text.bytes) {
		free(m->later_block_path);
		load_file(m, directory, "memory_blocks.offlined.txt", &m->later_block_path,
			  &m->later_block_text, read_later_blocks);
	}
	check_emptiness(m);
	load_file(m, directory, "iomem.txt", &m->iomem_path, &m->iomem_text, read_iomem);
	load_file(m, directory, "kpageflags.txt", &m->class_path, &m->class_text, read_classes);
}

static void list_known(void)
{
	char **names = machine_list();

	fputs("give a log file, a directory with a dmesg.txt, '-', or a bundled machine:", stderr);
	data_list_tell(names, "PAGEFRAME_MACHINES");
	data_list_free(names);
}

/* The directory of recordings that @where names, or NULL: it is a file. */
static char *recordings(const char *where)
{
	const char *bundled = machine_directory();
	char *path;

	if (is_directory(where))
		return strdup(where);
	if (!bundled || !access(where, F_OK) || strchr(where, '/') || !*where)
		return NULL;
	path = join(bundled, where);
	if (is_directory(path))
		return path;
	free(path);
	return NULL;
}

static char *base_name(const char *path)
{
	size_t len = strlen(path);
	size_t start;

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (start = len; start > 0 && path[start - 1] != '/'; start--)
		;
	return strndup(path + start, len - start);
}

static bool load_synthetic(struct machine *m, const char *where, const char *who)
{
	const char *error;
	char *log = synthetic_log(where + strlen(SYNTHETIC), &error);

	if (!log) {
		fprintf(stderr, "%s: '%s': %s\n", who, where, error);
		return false;
	}
	*m = (struct machine){ .made_up = true, .name = strdup(where), .path = strdup(where) };
	text_from_bytes(&m->log_text, m->path, log, strlen(log));
	free(log);
	return log_read(&m->log, &m->log_text);
}

bool machine_load(struct machine *m, const char *where)
{
	return machine_load_for(m, where, "pageframe");
}

bool machine_load_for(struct machine *m, const char *where, const char *who)
{
	bool standard_input = !strcmp(where, "-"), missing_file;
	char *directory = standard_input ? NULL : recordings(where);
	const char *error;

	if (!strncmp(where, SYNTHETIC, strlen(SYNTHETIC)))
		return load_synthetic(m, where, who);
	*m = (struct machine){ .name = standard_input ? strdup("standard input")
						      : base_name(where) };
	m->path = directory ? join(directory, "dmesg.txt") : strdup(where);
	error = text_read(&m->log_text, m->path);
	missing_file = error && errno == ENOENT;
	if (error && directory) {
		fprintf(stderr, "%s: %s: %s; a directory of recordings holds a dmesg.txt\n", who,
			m->path, error);
	} else if (error && missing_file) {
		fprintf(stderr, "%s: '%s': %s; ", who, where, error);
		list_known();
	} else if (error) {
		fprintf(stderr, "%s: '%s': %s\n", who, where, error);
	} else if (!log_read(&m->log, &m->log_text)) {
		error = "no boot log";
		fprintf(stderr,
			"%s: %s: not a Linux boot log: no memory map, zone or memblock line "
			"in it; "
			"give the output of dmesg from boot on\n",
			who, m->log_text.name);
	}
	if (!error && directory)
		load_beside(m, directory);
	free(directory);
	if (error)
		machine_free(m);
	return !error;
}

void machine_free(struct machine *m)
{
	log_free(&m->log);
	text_free(&m->log_text);
	text_free(&m->zone_text);
	text_free(&m->iomem_text);
	text_free(&m->class_text);
	text_free(&m->later_text);
	text_free(&m->block_text);
	text_free(&m->later_block_text);
	vec_free(&m->blocks.list);
	vec_free(&m->later_blocks.list);
	vec_free(&m->unreadable);
	vec_free(&m->zones);
	vec_free(&m->later_zones);
	vec_free(&m->iomem);
	vec_free(&m->classes);
	free(m->name);
	free(m->path);
	free(m->zone_path);
	free(m->iomem_path);
	free(m->class_path);
	free(m->later_path);
	free(m->block_path);
	free(m->later_block_path);
}
