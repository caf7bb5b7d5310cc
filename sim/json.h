/* SPDX-License-Identifier: MIT */
/* Writes JSON (RFC 8259): commas, line breaks and escapes are right whatever is put in. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 16

/* Begin with { .to = FILE }. What is opened must be closed, at most JSON_DEPTH deep. */
struct json {
	FILE *to;
	unsigned depth;
	char close[JSON_DEPTH]; /* what ends each that is open */
	bool some;		/* the innermost one has an element */
};

/* @key: of a member of an object; NULL: an element of an array, or the document. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
/* Ends the innermost that is open; the last ends the document with a line break. */
void json_close(struct json *j);

void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/*
 * Any bytes. Control characters are escaped; a byte that is not part of UTF-8 becomes U+FFFD. NULL
 * becomes null.
 */
void json_string(struct json *j, const char *key, const char *value);
void json_bytes(struct json *j, const char *key, const char *value, size_t length);

#endif
