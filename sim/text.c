/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static void cut_into_lines(struct text *t, size_t size)
{
	char *end = t->bytes + size;

	for (char *p = t->bytes; p < end;) {
		char *eol = memchr(p, '\n', (size_t)(end - p));
		char *next = eol ? eol + 1 : end;

		t->cut = !eol;
		if (!eol)
			eol = end;
		/* Text ends at a NUL; what a log has behind one is nothing that we could read. */
		*eol = '\0';
		while (eol > p && eol[-1] == '\r')
			*--eol = '\0';
		*vec_add(&t->lines) = p;
		p = next;
	}
}

static char *room_for(size_t size)
{
	char *bytes = malloc(size);

	if (!bytes) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	return bytes;
}

void text_from_bytes(struct text *t, const char *name, const void *bytes, size_t size)
{
	*t = (struct text){ .name = name, .bytes = room_for(size + 1) };
	if (size)
		memcpy(t->bytes, bytes, size);
	t->bytes[size] = '\0';
	cut_into_lines(t, size);
}

const char *text_read(struct text *t, const char *name)
{
	bool standard_input = !strcmp(name, "-");
	FILE *f = standard_input ? stdin : fopen(name, "r");
	VEC(char) buf = { 0 };
	size_t got;

	if (!f)
		return strerror(errno);
	do {
		while (buf.room < buf.n + 65536)
			vec_grow((void **)&buf.at, &buf.room, 1);
		got = fread(buf.at + buf.n, 1, 65536, f);
		buf.n += got;
	} while (got);
	if (ferror(f)) {
		int error = errno;

		if (!standard_input)
			fclose(f);
		vec_free(&buf);
		errno = error;
		return strerror(error);
	}
	if (!standard_input)
		fclose(f);
	*t = (struct text){ .name = standard_input ? "<stdin>" : name };
	while (buf.room < buf.n + 1)
		vec_grow((void **)&buf.at, &buf.room, 1);
	t->bytes = buf.at;
	t->bytes[buf.n] = '\0';
	cut_into_lines(t, buf.n);
	return NULL;
}

void text_free(struct text *t)
{
	vec_free(&t->lines);
	free(t->bytes);
	t->bytes = NULL;
}

#define COMPLAINTS_SHOWN 10

void text_complain(struct text *t, size_t line, const char *reason)
{
	if (t->complaints++ < COMPLAINTS_SHOWN)
		fprintf(stderr, "%s:%zu: %s\n", t->name, line, reason);
}

void text_end_complaints(const struct text *t)
{
	if (t->complaints > COMPLAINTS_SHOWN)
		fprintf(stderr, "%s: and %zu more\n", t->name, t->complaints - COMPLAINTS_SHOWN);
}

bool eat(const char **p, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*p, word, len))
		return false;
	*p += len;
	return true;
}

bool eat_spaces(const char **p)
{
	const char *start = *p;

	while (**p == ' ' || **p == '\t')
		++*p;
	return *p > start;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static bool eat_number(const char **p, uint64_t *n, unsigned base)
{
	const char *s = *p;
	uint64_t sum = 0;

	for (; digit(*s) < (int)base; s++) {
		uint64_t d = (uint64_t)digit(*s);

		if (sum > (UINT64_MAX - d) / base)
			return false;
		sum = sum * base + d;
	}
	if (s == *p)
		return false;
	*n = sum;
	*p = s;
	return true;
}

bool eat_hex(const char **p, uint64_t *n)
{
	const char *s = *p;

	if (s[0] == '0' && (s[1] | 0x20) == 'x')
		s += 2;
	if (!eat_number(&s, n, 16))
		return false;
	*p = s;
	return true;
}

bool eat_dec(const char **p, uint64_t *n)
{
	return eat_number(p, n, 10);
}

bool eat_int(const char **p, int *n)
{
	const char *s = *p;
	bool minus = eat(&s, "-");
	uint64_t u;

	if (!eat_dec(&s, &u) || u > INT_MAX)
		return false;
	*n = minus ? -(int)u : (int)u;
	*p = s;
	return true;
}

bool eat_first_last(const char **p, uint64_t *first, uint64_t *last)
{
	const char *s = *p;

	if (!eat_hex(&s, first) || !eat(&s, "-") || !eat_hex(&s, last) ||
	    (*last < *first && *last + 1 != *first))
		return false;
	*p = s;
	return true;
}
