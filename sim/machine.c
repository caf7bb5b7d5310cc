/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "synthetic.h"

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static char *join(const char *directory, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	return path;
}

/* Beside the program in its source tree, or where `make install` puts them. */
const char *machine_directory(void)
{
	static const char *const beside[] = { "../machines", "../share/pageframe/machines" };
	static char found[PATH_MAX + 64];
	const char *chosen = getenv("PAGEFRAME_MACHINES");
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (chosen)
		return chosen;
	program[len > 0 ? len : 0] = '\0';
	slash = strrchr(program, '/');
	for (size_t i = 0; slash && i < 2; i++) {
		*slash = '\0';
		snprintf(found, sizeof(found), "%s/%s", program, beside[i]);
		if (is_directory(found))
			return found;
	}
	return is_directory(MACHINES_DIR) ? MACHINES_DIR : NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **machine_list(void)
{
	VEC(char *) names = { 0 };
	const char *directory = machine_directory();
	DIR *dir = directory ? opendir(directory) : NULL;
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char *path = join(directory, e->d_name);
		char *log = join(path, "dmesg.txt");

		if (e->d_name[0] != '.' && !access(log, R_OK))
			*vec_add(&names) = strdup(e->d_name);
		free(log);
		free(path);
	}
	if (dir)
		closedir(dir);
	if (names.n)
		qsort(names.at, names.n, sizeof(*names.at), by_name);
	*vec_add(&names) = NULL;
	return names.at;
}

void machine_list_free(char **names)
{
	for (char **n = names; *n; n++)
		free(*n);
	free(names);
}

/* "Node 0, zone   Normal", then indented lines of "name value" */
static void read_zoneinfo(struct machine *m)
{
	static const char *const known[] = { "DMA",	"DMA32",   "Normal",
					     "HighMem", "Movable", "Device" };
	struct zoneinfo *z = NULL;

	for (size_t i = 0; i < m->zone_text.lines.n; i++) {
		const char *p = m->zone_text.lines.at[i];
		int nid;

		if (eat(&p, "Node ") && eat_int(&p, &nid) && eat(&p, ", zone")) {
			eat_spaces(&p);
			z = vec_add(&m->zones);
			z->line = i + 1;
			z->nid = nid;
			z->name = "?";
			for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
				if (!strcmp(p, known[k]))
					z->name = known[k];
			continue;
		}
		p = m->zone_text.lines.at[i];
		eat_spaces(&p);
		if (z && eat(&p, "spanned ") && (eat_spaces(&p), true))
			eat_dec(&p, &z->spanned);
		else if (z && eat(&p, "present ") && (eat_spaces(&p), true))
			eat_dec(&p, &z->present);
		else if (z && eat(&p, "managed ") && (eat_spaces(&p), true))
			eat_dec(&p, &z->managed);
		else if (z && eat(&p, "start_pfn:") && (eat_spaces(&p), true))
			eat_dec(&p, &z->start_pfn);
	}
	if (!m->zones.n)
		text_complain(&m->zone_text, 1,
			      "no zone in it: it is not a copy of /proc/zoneinfo");
}

/* "  20600000-215fffff : Kernel code" */
static void read_iomem(struct machine *m)
{
	uint64_t highest = 0;

	for (size_t i = 0; i < m->iomem_text.lines.n; i++) {
		const char *p = m->iomem_text.lines.at[i];
		const char *start = p;
		struct resource r = { .depth = 0 };
		uint64_t first, last;

		eat_spaces(&p);
		r.depth = (unsigned)(p - start) / 2;
		if (!*p)
			continue;
		if (!eat_first_last(&p, &first, &last) || last < first || !eat(&p, " : ")) {
			text_complain(&m->iomem_text, i + 1, "expected 'FIRST-LAST : NAME'");
			continue;
		}
		r.range.base = first;
		r.range.size = last - first == UINT64_MAX ? UINT64_MAX : last - first + 1;
		r.name = p;
		*vec_add(&m->iomem) = r;
		highest |= last;
	}
	if (m->iomem.n && !highest) {
		text_complain(&m->iomem_text, 1,
			      "all addresses are 0: read /proc/iomem as root; not used");
		vec_free(&m->iomem);
	}
}

/* "R 7fe00 80000" */
static void read_classes(struct machine *m)
{
	uint64_t before = 0;

	for (size_t i = 0; i < m->class_text.lines.n; i++) {
		const char *p = m->class_text.lines.at[i];
		struct page_class c = { .line = i + 1, .class = *p };

		if (!*p || *p == '#')
			continue;
		p++;
		if (!eat_spaces(&p) || !eat_hex(&p, &c.start) || !eat_spaces(&p) ||
		    !eat_hex(&p, &c.end) || *p || c.end <= c.start || c.start < before) {
			text_complain(&m->class_text, i + 1,
				      "expected 'CLASS START END', hexadecimal and ascending");
			continue;
		}
		before = c.end;
		*vec_add(&m->classes) = c;
	}
}

static void load_beside(struct machine *m, const char *directory)
{
	m->zone_path = join(directory, "zoneinfo.txt");
	m->iomem_path = join(directory, "iomem.txt");
	m->class_path = join(directory, "kpageflags.txt");
	if (!access(m->zone_path, R_OK) && !text_read(&m->zone_text, m->zone_path))
		read_zoneinfo(m);
	if (!access(m->iomem_path, R_OK) && !text_read(&m->iomem_text, m->iomem_path))
		read_iomem(m);
	if (!access(m->class_path, R_OK) && !text_read(&m->class_text, m->class_path))
		read_classes(m);
}

static void list_known(void)
{
	char **names = machine_list();

	fputs("give a log file, a directory with a dmesg.txt, '-', or a bundled machine:", stderr);
	for (char **n = names; *n; n++)
		fprintf(stderr, "%s %s", n == names ? "" : ",", *n);
	fputs(*names ? "\n" : " none are found; PAGEFRAME_MACHINES may name their directory\n",
	      stderr);
	machine_list_free(names);
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

static bool load_synthetic(struct machine *m, const char *where)
{
	const char *error;
	char *log = synthetic_log(where + strlen(SYNTHETIC), &error);

	if (!log) {
		fprintf(stderr, "pageframe: '%s': %s\n", where, error);
		return false;
	}
	*m = (struct machine){ .made_up = true, .name = strdup(where), .path = strdup(where) };
	text_from_bytes(&m->log_text, m->path, log, strlen(log));
	free(log);
	return log_read(&m->log, &m->log_text);
}

bool machine_load(struct machine *m, const char *where)
{
	bool standard_input = !strcmp(where, "-"), missing_file;
	char *directory = standard_input ? NULL : recordings(where);
	const char *error;

	if (!strncmp(where, SYNTHETIC, strlen(SYNTHETIC)))
		return load_synthetic(m, where);
	*m = (struct machine){ .name = standard_input ? strdup("standard input")
						      : base_name(where) };
	m->path = directory ? join(directory, "dmesg.txt") : strdup(where);
	error = text_read(&m->log_text, m->path);
	missing_file = error && errno == ENOENT;
	if (error && directory) {
		fprintf(stderr, "pageframe: %s: %s; a directory of recordings holds a dmesg.txt\n",
			m->path, error);
	} else if (error && missing_file) {
		fprintf(stderr, "pageframe: '%s': %s; ", where, error);
		list_known();
	} else if (error) {
		fprintf(stderr, "pageframe: '%s': %s\n", where, error);
	} else if (!log_read(&m->log, &m->log_text)) {
		error = "no boot log";
		fprintf(stderr,
			"pageframe: %s: not a Linux boot log: no memory map, zone or memblock line "
			"in it; "
			"give the output of dmesg from boot on\n",
			m->log_text.name);
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
	vec_free(&m->zones);
	vec_free(&m->iomem);
	vec_free(&m->classes);
	free(m->name);
	free(m->path);
	free(m->zone_path);
	free(m->iomem_path);
	free(m->class_path);
}
