/* SPDX-License-Identifier: MIT */
#include "kmem_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "data_dir.h"
#include "kmem_unpack.h"

static const char *const endings[] = { ".xz", ".gz", ".trace", ".txt", ".dat" };

#define ENDINGS (sizeof(endings) / sizeof(*endings))

static bool is_input(const char *where)
{
	return !strcmp(where, "-");
}

/* --- where it is, and what people call it --- */

static const char *const kept_as[] = { ".trace.xz", ".trace.gz", ".trace", ".dat" };

#define KEPT_AS (sizeof(kept_as) / sizeof(*kept_as))

static const char *trace_directory(void)
{
	static char found[DATA_PATH];

	return data_directory("traces", "PAGEFRAME_TRACES", TRACES_DIR, found);
}

static char *trace_name(const char *directory, const char *entry)
{
	size_t length = strlen(entry);

	(void)directory;
	for (size_t i = 0; i < KEPT_AS; i++) {
		size_t end = strlen(kept_as[i]);

		if (length > end && !strcmp(entry + length - end, kept_as[i]))
			return strndup(entry, length - end);
	}
	return NULL;
}

char **trace_list(void)
{
	return data_list(trace_directory(), trace_name);
}

static char *bundled(const char *name)
{
	const char *directory = trace_directory();

	for (size_t i = 0; directory && *name && i < KEPT_AS; i++) {
		char *path;

		if (asprintf(&path, "%s/%s%s", directory, name, kept_as[i]) < 0)
			return NULL;
		if (!access(path, F_OK))
			return path;
		free(path);
	}
	return NULL;
}

static char *find(const char *where)
{
	char *path = NULL;

	if (!is_input(where) && !strchr(where, '/') && access(where, F_OK))
		path = bundled(where);
	return path ? path : strdup(is_input(where) ? "standard input" : where);
}

static char *short_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	size_t length = name ? strlen(name) : 0;

	for (size_t i = 0; i < ENDINGS; i++) {
		size_t end = strlen(endings[i]);

		if (length > end && !strcmp(name + length - end, endings[i]))
			name[length -= end] = '\0';
	}
	return name;
}

/* --- its bytes --- */

static const char *read_all(FILE *f, bytes *b)
{
	size_t got;

	do {
		while (b->room < b->n + 65536)
			vec_grow((void **)&b->at, &b->room, 1);
		got = fread(b->at + b->n, 1, 65536, f);
		b->n += got;
	} while (got);
	return ferror(f) ? strerror(errno) : NULL;
}

static const char *read_file(const char *where, const char *path, bytes *b)
{
	FILE *f = is_input(where) ? stdin : fopen(path, "r");
	const char *error;

	if (!f)
		return strerror(errno);
	error = read_all(f, b);
	if (f != stdin)
		fclose(f);
	return error;
}

static bool begins(const bytes *b, const char *magic, size_t length)
{
	return b->n >= length && !memcmp(b->at, magic, length);
}

/* Return: NULL, or what is wrong; @text has what could be read. */
static const char *unpack(const char *where, const char *path, const bytes *b, bytes *text)
{
	if (begins(b,
		   "\xfd"
		   "7zXZ\0",
		   6))
		return unpack_xz(b, text);
	if (begins(b, "\x1f\x8b", 2))
		return unpack_gzip(b, text);
	if (begins(b, "\x28\xb5\x2f\xfd", 4))
		return "it is compressed with zstd, which pageframe does not read: unpack it with "
		       "'zstd -d'";
	if (!begins(b, "\x17\x08\x44tracing", 10))
		return "";
	return is_input(where) ? "a trace.dat is read from a file, not from standard input"
			       : unpack_trace_dat(path, text);
}

static bool take(struct kmem_file *f, const char *where, const bytes *b)
{
	bytes text = { 0 };
	const char *error = unpack(where, f->path, b, &text);

	if (error && !*error) {
		text_from_bytes(&f->text, f->path, b->at, b->n);
		error = NULL;
	} else if (!error || text.n) {
		text_from_bytes(&f->text, f->path, text.at, text.n);
	}
	free(text.at);
	if (error) {
		fprintf(stderr,
			f->text.bytes ? "%s: %s; what comes before is used\n"
				      : "pageframe: %s: %s\n",
			f->path, error);
		f->damage++;
	}
	return f->text.bytes;
}

static void tell_unreadable(const char *where, const char *error, bool missing)
{
	char **names;

	fprintf(stderr, "pageframe: '%s': %s", where, error);
	if (!missing) {
		fputc('\n', stderr);
		return;
	}
	names = trace_list();
	fputs("; give a file, '-', or a bundled trace:", stderr);
	data_list_tell(names, "PAGEFRAME_TRACES");
	data_list_free(names);
}

bool kmem_file_load(struct kmem_file *f, const char *where)
{
	bytes b = { 0 };
	const char *error;
	bool ready = false;

	*f = (struct kmem_file){ .path = find(where) };
	f->name = short_name(f->path);
	error = read_file(where, f->path, &b);
	if (error)
		tell_unreadable(where, error, errno == ENOENT);
	else if (!b.n)
		fprintf(stderr, "pageframe: %s: it is empty\n", f->path);
	else
		ready = take(f, where, &b);
	vec_free(&b);
	if (!ready)
		kmem_file_free(f);
	return ready;
}

void kmem_file_free(struct kmem_file *f)
{
	text_free(&f->text);
	free(f->name);
	free(f->path);
}
