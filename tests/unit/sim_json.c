/* SPDX-License-Identifier: MIT */
/*
 * What is written is JSON, whatever is put in. Catches an escape that is missing or wrong, a comma
 * too many or too few, and bytes that are not UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../sim/json.h"

static char *written;
static size_t written_size;

static struct json begin(void)
{
	return (struct json){ .to = open_memstream(&written, &written_size) };
}

static void check(struct json *j, const char *text)
{
	fclose(j->to);
	assert_string_equal(written, text);
	free(written);
}

static void check_string(const char *bytes, size_t length, const char *text)
{
	struct json j = begin();

	json_bytes(&j, NULL, bytes, length);
	check(&j, text);
}

#define EXPECT(bytes, text) check_string(bytes, sizeof(bytes) - 1, text)

static void strings_are_escaped(void **unused)
{
	(void)unused;
	EXPECT("", "\"\"");
	EXPECT("plain", "\"plain\"");
	EXPECT("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	EXPECT("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	EXPECT("\0\x01\x1b\x1f\x7f", "\"\\u0000\\u0001\\u001b\\u001f\\u007f\"");
}

static void utf8_stays_and_all_else_is_replaced(void **unused)
{
	(void)unused;
	EXPECT("\xc3\xbc \xe2\x82\xac \xf0\x9f\x90\xa7",
	       "\"\xc3\xbc \xe2\x82\xac \xf0\x9f\x90\xa7\"");
	EXPECT("\xff\x80 \xc3", "\"\\ufffd\\ufffd \\ufffd\"");		/* alone, or cut off */
	EXPECT("\xe2\x82", "\"\\ufffd\\ufffd\"");			/* cut off */
	EXPECT("\xc0\xaf", "\"\\ufffd\\ufffd\"");			/* too long a form */
	EXPECT("\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"");		/* too long a form */
	EXPECT("\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* too long a form */
	EXPECT("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");		/* half of a pair */
	EXPECT("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* above 10FFFF */
	EXPECT("\xc3\"", "\"\\ufffd\\\"\"");		    /* does not swallow the next one */
	EXPECT("\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""); /* 10FFFF itself */
}

static void commas_stand_between_and_nowhere_else(void **unused)
{
	struct json j = begin();

	(void)unused;
	json_object(&j, NULL);
	json_number(&j, "most", UINT64_MAX);
	json_array(&j, "none");
	json_close(&j);
	json_array(&j, "some");
	json_object(&j, NULL);
	json_bool(&j, "yes", true);
	json_array(&j, "deep");
	json_number(&j, NULL, 1);
	json_number(&j, NULL, 2);
	json_close(&j);
	json_null(&j, "nothing");
	json_close(&j);
	json_object(&j, NULL);
	json_close(&j);
	json_string(&j, NULL, NULL);
	json_close(&j);
	json_bool(&j, "no", false);
	json_close(&j);
	check(&j, "{\n\t\"most\": 18446744073709551615,\n\t\"none\": [],\n\t\"some\": [\n"
		  "\t\t{\"yes\": true, \"deep\": [1, 2], \"nothing\": null},\n\t\t{},\n"
		  "\t\tnull\n\t],\n\t\"no\": false\n}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(utf8_stays_and_all_else_is_replaced),
		cmocka_unit_test(commas_stand_between_and_nowhere_else),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
