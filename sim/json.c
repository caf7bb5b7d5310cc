/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>
#include <string.h>

#define LINE_DEPTH 2 /* what lies deeper stays on its parent's line */

/* --- strings --- */

/* How many bytes from @p on are one character of well-formed UTF-8 (RFC 3629); 0: none. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned char first, last;   /* first byte */
		unsigned char second, until; /* limits of the second; others are 80-BF */
		size_t length;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		size_t length = forms[i].length;

		if (*p < forms[i].first || *p > forms[i].last || length > left)
			continue;
		if (length > 1 && (p[1] < forms[i].second || p[1] > forms[i].until))
			continue;
		if ((length > 2 && (p[2] & 0xc0) != 0x80) || (length > 3 && (p[3] & 0xc0) != 0x80))
			continue;
		return length;
	}
	return 0;
}

static void put_control(FILE *to, unsigned char c)
{
	static const char named[] = "\b\f\n\r\t", names[] = "bfnrt";
	const char *name = c ? strchr(named, c) : NULL;

	if (name)
		fprintf(to, "\\%c", names[name - named]);
	else
		fprintf(to, "\\u%04x", c);
}

static void put_string(FILE *to, const char *s, size_t size)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t length;

	putc('"', to);
	for (size_t i = 0; i < size; i += length) {
		length = utf8_length(&p[i], size - i);
		if (!length) {
			fputs("\\ufffd", to);
			length = 1;
		} else if (p[i] < 0x20 || p[i] == 0x7f) {
			put_control(to, p[i]);
		} else {
			if (p[i] == '"' || p[i] == '\\')
				putc('\\', to);
			fwrite(&p[i], 1, length, to);
		}
	}
	putc('"', to);
}

/* --- structure --- */

static void new_line(const struct json *j)
{
	putc('\n', j->to);
	for (unsigned i = 0; i < j->depth; i++)
		putc('\t', j->to);
}

/* What stands before a value. */
static void begin(struct json *j, const char *key)
{
	if (j->some)
		putc(',', j->to);
	if (j->depth && j->depth <= LINE_DEPTH)
		new_line(j);
	else if (j->some)
		putc(' ', j->to);
	j->some = true;
	if (key) {
		put_string(j->to, key, strlen(key));
		fputs(": ", j->to);
	}
}

static void open_value(struct json *j, const char *key, char first, char last)
{
	begin(j, key);
	putc(first, j->to);
	j->close[j->depth++] = last;
	j->some = false;
}

void json_object(struct json *j, const char *key)
{
	open_value(j, key, '{', '}');
}

void json_array(struct json *j, const char *key)
{
	open_value(j, key, '[', ']');
}

void json_close(struct json *j)
{
	char last = j->close[--j->depth];

	if (j->some && j->depth < LINE_DEPTH)
		new_line(j);
	putc(last, j->to);
	j->some = true;
	if (!j->depth)
		putc('\n', j->to);
}

/* --- values --- */

void json_number(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	fprintf(j->to, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->to);
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	fputs("null", j->to);
}

void json_bytes(struct json *j, const char *key, const char *value, size_t length)
{
	begin(j, key);
	put_string(j->to, value, length);
}

void json_string(struct json *j, const char *key, const char *value)
{
	if (value)
		json_bytes(j, key, value, strlen(value));
	else
		json_null(j, key);
}
