/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: what is read from a text, each statement, and what is told of one that cannot be
 * understood, or does not end as it should. Catches an expectation that is met by anything, a
 * message that names another line or another cause, and a number that wraps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../sim/scenario_run.h"

#define MACHINE "memory 16M + 64M\n"

/* --- reading --- */

static struct scenario s;
static char *said;
static size_t said_size;

/* What it says goes to said, which the caller frees. */
static bool read_bytes(const char *bytes, size_t size)
{
	FILE *shown = stderr;
	bool good;

	s = (struct scenario){ .words = { 0 } };
	text_from_bytes(&s.text, "t", bytes, size);
	stderr = open_memstream(&said, &said_size);
	good = scenario_read(&s);
	fclose(stderr);
	stderr = shown;
	return good;
}

static void refused(const char *text, const char *message)
{
	assert_false(read_bytes(text, strlen(text)));
	assert_string_equal(said, message);
	scenario_free(&s);
	free(said);
}

/* The second line, after one that makes a machine. */
static void wrong(const char *line, const char *reason)
{
	char text[400], message[600];

	snprintf(text, sizeof(text), MACHINE "%s\n", line);
	snprintf(message, sizeof(message), "t:2: %s\n", reason);
	refused(text, message);
}

static void numbers_have_units_and_do_not_wrap(void **unused)
{
	(void)unused;
	wrong("online 0x10000000000000000 + 2M",
	      "'0x10000000000000000': it is too large: addresses and sizes have 64 bits");
	wrong("online 18446744073709551616 + 2M",
	      "'18446744073709551616': it is too large: addresses and sizes have 64 bits");
	wrong("online 16777216T + 2M",
	      "'16777216T': it is too large: addresses and sizes have 64 bits");
	wrong("online 2M + 17179869184G",
	      "'17179869184G': it is too large: addresses and sizes have 64 bits");
	wrong("online 0xfffffffffffff000 + 0x1001",
	      "what is behind '+' leads above the highest address");
	wrong("online [0-0xffffffffffffffff]",
	      "'0-0xffffffffffffffff': it is too large: addresses and sizes have 64 bits");
	wrong("online [0x2000-0x1fff]", "'0x2000-0x1fff': LAST is below FIRST");
	wrong("online [0x2000]",
	      "'0x2000': a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]");
	wrong("online [2x-3]", "'2x-3': a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]");
	wrong("online [1-3x]", "'1-3x': a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]");
	wrong("online [1-]", "'1-': a range is [FIRST-LAST], such as [0x41200000-0x44ffffff]");
	wrong("online [0x2000-0x3000",
	      "a range begins with [ and ends nowhere: close it in the same line");
	wrong("online 2M + 0", "a range of no bytes is none: give it a size");
	wrong("online 2M +", "a size is missing behind '+'");
	wrong("online 0x + 2M", "'0x': it is no number: they are like 0x41200000, 4096, 128K, 62M, "
				"1G");
	wrong("online 0x10M + 2M", "'0x10M': it is no number: they are like 0x41200000, 4096, "
				   "128K, 62M, 1G");
	wrong("online 1MB + 2M",
	      "'1MB': it is no number: they are like 0x41200000, 4096, 128K, 62M, 1G");
	wrong("online -1 + 2M",
	      "'-1': it is no number: they are like 0x41200000, 4096, 128K, 62M, 1G");
	wrong("cpu 1K", "'1K': a plain number is expected here, without a unit");
	wrong("cpu 18446744073709551616",
	      "'18446744073709551616': it is too large: addresses and sizes have 64 bits");
}

static void a_word_that_is_none_is_told_with_the_nearest(void **unused)
{
	(void)unused;
	wrong("onlin 2M + 2M", "unknown word 'onlin'; is it 'online'?");
	wrong("exepct lookup 2M is free", "unknown word 'exepct'; is it 'expect'?");
	wrong("ofline 2M + 2M", "unknown word 'ofline'; is it 'offline'?");
	wrong("offfline 2M + 2M", "unknown word 'offfline'; is it 'offline'?");
	wrong("onnline 2M + 2M", "unknown word 'onnline'; is it 'online'?");
	wrong("expect lookup 2M is ofline", "unknown word 'ofline'; is it 'offline'?");
	wrong("fre 2M", "unknown word 'fre'; is it 'free'?");
	wrong("frobnicate",
	      "unknown word 'frobnicate'; docs/scenarios.md has those that there are");
	wrong("add 2M", "'add' is the beginning of something else: 'add memory'");
	wrong("alloc 3", "'alloc' is the beginning of something else: 'alloc order', 'alloc at', "
			 "'alloc range', 'alloc nofree'");
	wrong("online 2M + 2M movabel", "unknown word 'movabel'; is it 'movable'?");
	wrong("online 2M + 2M 7", "'7' has no place here: online RANGE [auto | kernel | movable]");
	wrong("online 2M + 2M auto auto",
	      "'auto' is one too many: online RANGE [auto | kernel | movable]");
	wrong("add memory 2M + 2M node 0 node 1",
	      "'node' is one too many: add memory RANGE [node N] [on-memory]");
	wrong("expect lookup 2M is devise", "unknown word 'devise'; is it 'device'?");
	wrong("expect lookup 2M is 5", "'5' has no place here: lookup PLACE is [not] STATE");
	wrong("expect zone 0 Norml present 1", "unknown word 'Norml'; is it 'Normal'?");
	wrong("mover stays",
	      "unknown word 'stays'; one of these is expected: moves, refuses, none");
	wrong("a=alloc order 0", "'a=alloc': '=' and '+' stand alone, with a blank on each side");
	wrong("expect online 2M + 2M fail", "unknown word 'fail'; is it 'fails'?");
	wrong("\"verify\"", "a statement begins with a word, and not with 'verify'");
}

static void what_is_missing_or_too_much_is_told(void **unused)
{
	(void)unused;
	wrong("online", "something is missing at the end: online RANGE [auto | kernel | movable]");
	wrong("online 2M", "'2M' is an address, and a range is expected: ADDRESS + SIZE, "
			   "[FIRST-LAST], block of ADDRESS, or a name");
	wrong("poison block of 2M", "an address is expected here, and not a range");
	wrong("poison [1-2]", "an address is expected here, and not a range");
	wrong("online page 2M", "'page' goes on with a number, 'of', and an address or a name");
	wrong("online page 1 2M", "'page' goes on with a number, 'of', and an address or a name");
	wrong("online page 1 of", "an address or a name is missing at the end");
	wrong("poison page 0xfffffffffffff of 4K", "'4K': the page is above the highest address");
	wrong("poison page 0x10000000000000 of 4K",
	      "'0x10000000000000': it is too large: addresses and sizes have 64 bits");
	wrong("online page 0xffffffffffffe of 4K + 8K",
	      "what is behind '+' leads above the highest address");
	wrong("online block 2M", "'block' goes on with 'of' and an address or a name");
	wrong("online block of", "an address or a name is missing at the end");
	wrong("add memory 2M + 2M node", "something is missing at the end: add memory RANGE [node "
					 "N] [on-memory]");
	wrong("expect lookup 2M", "something is missing at the end: lookup PLACE is [not] STATE");
	wrong("expect lookup 2M is",
	      "something is missing at the end: lookup PLACE is [not] STATE");
	wrong("expect", "what is to be done? Something is missing here");
	wrong("fails", "what is to be done? Something is missing here");
	wrong("verify now", "'now' has no place here: verify");
	wrong("verify \"now", "a text begins with \" and ends nowhere: close it in the same line");
	wrong("= alloc order 0", "a name is missing before '=': a = alloc order 0");
	wrong("expect = alloc order 0", "a name is missing before '=': a = alloc order 0");
	wrong("a = alloc order 0 times 0",
	      "'0': that would be none at all: give a number from 1 on, or 'all'");
	wrong("a = alloc nofree times 0",
	      "'0': that would be none at all: give a number from 1 on, or 'all'");
	wrong("a =", "behind '=' something is missing: a = alloc order 0");
}

#define NO_SUM "'+' makes a range, and an address is expected here: write "

static void plus_is_no_sum(void **unused)
{
	static const char *const verbs[] = { "poison",
					     "unpoison",
					     "memory-failure",
					     "soft-offline",
					     "free chunk",
					     "free nofree",
					     "a = alloc at",
					     "expect device-of",
					     "expect flags",
					     "expect scan",
					     "expect zone 0 DMA start",
					     "isolate block of" };
	char line[100];

	(void)unused;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		snprintf(line, sizeof(line), "%s 256M + 4K", verbs[i]);
		wrong(line, NO_SUM "0x10001000");
	}
	refused(MACHINE "a = alloc order 3\npoison a + 8K\npoison a + 1\npoison page 1 of a + 4K\n"
			"poison a +\npoison 4K + x\npoison 0xfffffffffffff000 + 4K\n",
		"t:3: " NO_SUM "'page 2 of a'\n"
		"t:4: " NO_SUM "the sum as one number, or 'page 1 of' a name\n"
		"t:5: " NO_SUM "the sum as one number, or 'page 1 of' a name\n"
		"t:6: " NO_SUM "the sum as one number, or 'page 1 of' a name\n"
		"t:7: " NO_SUM "the sum as one number, or 'page 1 of' a name\n"
		"t:8: " NO_SUM "the sum as one number, or 'page 1 of' a name\n");
}

static void statements_have_one_form(void **unused)
{
	(void)unused;
	wrong("zone 0 DMA present 1",
	      "'zone' asks: write 'expect zone NODE ZONE [spanned N] [present N] [managed N] "
	      "[free N] [on-lists N] [start ADDRESS]'");
	wrong("expect lookup 2M is free fails",
	      "'lookup' asks, and cannot fail or say anything: ask for what is right");
	wrong("verify fails", "'fails' goes with 'expect' only: expect ... fails");
	wrong("expect verify says", "'says' goes on with a \"text\"");
	wrong("expect verify fails why",
	      "'why' has no place here: behind 'fails' stands a \"text\", and nothing else");
	wrong("expect verify fails \"a\" \"b\"",
	      "'b' has no place here: behind 'fails' stands a \"text\", and nothing else");
	wrong("a = verify", "'verify' gives nothing that could have a name");
	wrong("alloc at 16M", "what it gives needs a name: a = alloc at ADDRESS [order N]");
	wrong("expect a = alloc at 16M fails",
	      "what fails gives nothing that could have a name: leave out 'a ='");
}

static void names_are_known_and_taken_once(void **unused)
{
	(void)unused;
	wrong("free a", "no line before gives the name 'a'; a name is given as in: a = alloc order "
			"0");
	wrong("free 7", "no line before gives the name '7'; a name is given as in: a = alloc order "
			"0");
	wrong("poison a", "no line before gives the name 'a'; a name is given as in: a = alloc "
			  "order 0");
	wrong("7a = alloc at 16M",
	      "'7a' is no name: they begin with a letter, and have letters, digits, - and _");
	wrong("zone = alloc at 16M", "'zone' is a word of the language: take another name");
	refused(MACHINE "abc = alloc at 16M\nabc = alloc at 17M\nfree abd\n",
		"t:3: the name 'abc' is taken since line 2: take another\n"
		"t:4: no line before gives the name 'abd'; is it 'abc'?\n");
}

static void a_file_has_one_machine_and_first(void **unused)
{
	(void)unused;
	refused("verify\nverify\n",
		"t:1: there is no machine yet: begin with 'machine NAME' or 'memory RANGE'\n");
	wrong("machine bios-8g-k612", "line 1 has a machine already: another one has its own file");
	refused(MACHINE "boot\nmemory 1G + 1M\nboot\n",
		"t:3: the machine boots in line 2: what comes later is 'add memory'\n"
		"t:4: the machine boots in line 2 already\n");
	refused(MACHINE "verify\nreserve 1G + 1M\n",
		"t:3: the machine boots in line 2: what comes later is 'add memory'\n");
}

static void what_is_no_text_is_refused(void **unused)
{
	static const char binary[] = "\x7f"
				     "ELF\x02\x01\x01\0\0\n\xff\xfe\x80 = \x01\n[\n\"\n";

	(void)unused;
	refused("", "t: there is no statement in it\n");
	refused("\n  \t\n# nothing\n\r\n", "t: there is no statement in it\n");
	assert_false(read_bytes(binary, sizeof(binary) - 1));
	assert_string_equal(
		said, "t:1: unknown word '.ELF...'; docs/scenarios.md has those that there are\n"
		      "t:2: '...' is no name: they begin with a letter, and have letters, digits, "
		      "- and _\n"
		      "t:3: a range begins with [ and ends nowhere: close it in the same line\n"
		      "t:4: a text begins with \" and ends nowhere: close it in the same line\n");
	scenario_free(&s);
	free(said);
}

static void a_file_that_is_cut_is_told(void **unused)
{
	static const char text[] = MACHINE "expect zone 0 DMA32 present 16384\nverify\n";
	const char *const cut = MACHINE "expect zone 0 DMA32 present 163";

	(void)unused;
	for (size_t i = 0; i < sizeof(text); i++) {
		read_bytes(text, i);
		scenario_free(&s);
		free(said);
	}
	assert_true(read_bytes(cut, strlen(cut)));
	assert_string_equal(said, "t:2: note: the last line has no newline: is it cut off?\n");
	scenario_free(&s);
	free(said);
}

static void lines_may_end_in_cr_lf_and_have_comments(void **unused)
{
	const char *const text = "# x\r\n" MACHINE "\texpect  alloc at 1G   fails "
				 "\"a # b\" # [\r\nverify#\r\n";

	(void)unused;
	assert_true(read_bytes(text, strlen(text)));
	assert_string_equal(said, "");
	assert_int_equal(s.statements.n, 3);
	assert_string_equal(s.statements.at[1].source, "alloc at 1G");
	assert_string_equal(s.statements.at[1].reason, "a # b");
	assert_int_equal(s.statements.at[1].line, 3);
	assert_int_equal(s.statements.at[1].wish, SCENARIO_FAILS);
	assert_true(s.statements.at[1].expected);
	assert_false(s.statements.at[2].expected);
	scenario_free(&s);
	free(said);
}

static void lines_do_not_end_in_cr_alone(void **unused)
{
	(void)unused;
	refused("memory 16M + 64M\rverify\rverify\n",
		"t:1: there is a carriage return within the line: lines end in LF, or CR LF, and "
		"not in CR alone\n");
}

static void many_errors_are_counted(void **unused)
{
	char text[600] = "";

	(void)unused;
	for (int i = 0; i < 12; i++)
		strcat(text, "frobnicate\n");
	assert_false(read_bytes(text, strlen(text)));
	assert_non_null(strstr(said, "t:10: "));
	assert_null(strstr(said, "t:11: "));
	assert_non_null(strstr(said, "t: and 2 more\n"));
	scenario_free(&s);
	free(said);
}

/* --- running --- */

static struct scenario_result result;
static char *told;
static size_t told_size;

static void run(const char *text)
{
	FILE *to = open_memstream(&told, &told_size);

	if (!read_bytes(text, strlen(text)))
		fail_msg("%s", said);
	result = scenario_run(&s, to, false);
	fclose(to);
	scenario_free(&s);
	free(said);
}

/* All of it is as it should be, and nothing is said. */
static void right(const char *text)
{
	run(text);
	assert_string_equal(told, "");
	assert_int_equal(result.failed, 0);
	assert_false(result.no_machine);
	free(told);
}

/* So many are not, and this is said. */
static void not_right(size_t failed, const char *text, const char *message)
{
	run(text);
	assert_string_equal(told, message);
	assert_int_equal(result.failed, failed);
	free(told);
}

static void statements_are_counted(void **unused)
{
	(void)unused;
	run(MACHINE "expect verify\nexpect lookup 16M is free\nexpect lookup 16M is absent\n");
	assert_int_equal(result.statements, 4);
	assert_int_equal(result.expectations, 3);
	assert_int_equal(result.failed, 1);
	free(told);
}

static void each_statement_does_what_it_says(void **unused)
{
	(void)unused;
	right("memory 16M + 64M\n"
	      "memory 4G + 64M node 1\n"
	      "reserve 20M + 2M\n"
	      "boot up-to 8G cpus 2 nodes 3 at-once 2M block-size 32M\n"
	      "expect lookup 20M + 2M is reserved\n"
	      "expect lookup 40M is deferred\n"
	      "free-late 20M + 2M\n"
	      "expect lookup 20M + 2M is free\n"
	      "hand-over\n"
	      "expect lookup [0x1000000-0x4ffffff] is free\n"
	      "expect zone 0 DMA32 spanned 16384 present 16384 managed 16384 free 16384 on-lists 0 "
	      "start 16M\n"
	      "expect zone 1 Normal present 16384\n"
	      "expect memory-block 128 online Normal\n"
	      "expect memory-block 128 online\n"
	      "expect memory-block 0 online DMA32\n"
	      "expect memory-block 3 absent\n"
	      "add memory 5G + 64M node 2\n"
	      "expect memory-block 160 offline Normal,Movable\n"
	      "online 5G + 64M movable\n"
	      "expect zone 2 Movable start 5G\n"
	      "offline 5G + 64M\n"
	      "online 5G + 64M kernel\n"
	      "expect zone 2 Normal present 16384\n"
	      "expect removable 5G + 64M\n"
	      "offline 5G + 64M\n"
	      "remove memory 5G + 64M\n"
	      "expect lookup 5G + 64M is not online\n"
	      "verify\n");
	right("memory 16M + 64M\nboot cpus 2\n"
	      "a = alloc order 3 movable high zone DMA32 node 0 only times 4\n"
	      "expect lookup a is in-use\n"
	      "cpu 1\nfree a\n"
	      "expect lookup a is per-cpu\n"
	      "expect zone 0 DMA32 on-lists 32\n"
	      "drain\n"
	      "expect zone 0 DMA32 free 16384 on-lists 0\n"
	      "b = alloc at 32M order 9\n"
	      "expect lookup b + 4K is in-use\n"
	      "expect lookup block of b is in-use\n"
	      "expect lookup block of page 512 of b is free\n"
	      "expect lookup page 511 of b is in-use\n"
	      "expect lookup page 511 of 32M + 4K is in-use\n"
	      "c = alloc at page 512 of b\n"
	      "expect lookup 0x2200000 is in-use\n"
	      "free chunk c order 0\n"
	      "free b\n"
	      "r = alloc range 40M + 5M\nexpect lookup r is in-use\nfree r\n"
	      "expect lookup 40M + 5M is free\n"
	      "n = alloc nofree times 2 node 0 zone DMA32\n"
	      "expect nofree 0 chunks 1 handed-out 2 waiting 510\n"
	      "m = alloc nofree\nfree nofree m\nfree n\ndrain\n"
	      "expect nofree 0 chunks 0 imported 512 returned 512 given-back 3\n"
	      "poison 50M\nexpect lookup 50M is poisoned\nunpoison 50M\n"
	      "isolate 48M + 2M\nexpect isolated 48M + 2M\nexpect lookup 48M is isolated\n"
	      "unisolate 48M + 2M\nexpect lookup 48M is free\n"
	      "all-of-it = alloc order 0 times all\nfree all-of-it\nverify\n");
	right("memory 16M + 64M\nboot up-to 1G\n"
	      "dev = map device 256M + 4M node 0 handles-damage\n"
	      "expect lookup dev is device\n"
	      "expect device-of dev is dev\n"
	      "expect device-of 16M is none\n"
	      "expect flags 256M nopage\n"
	      "expect flags 16M buddy\n"
	      "expect zone 0 Device spanned 1024\n"
	      "memory-failure dev\n"
	      "unmap dev\n"
	      "expect lookup dev is absent\n"
	      "memory-failure 16M\n"
	      "soft-offline page 1 of 16M\n"
	      "expect flags 0x1001000 hwpoison\n"
	      "expect scan 18M free 512 movable 0 unmovable 0 holes 0\n"
	      "a = alloc order 0 movable\nsoft-offline a\nexpect moved a times 1\n");
}

static void a_failure_says_why(void **unused)
{
	(void)unused;
	not_right(1, MACHINE "online 16M + 3M\n",
		  "t:2: 'online 16M + 3M' failed: pf_online_pages: pfn 0x1000: these are no whole "
		  "blocks\n");
	not_right(
		1, MACHINE "remove memory 16M + 3M\n",
		"t:2: 'remove memory 16M + 3M' failed: pf_remove_memory: pfn 0x1000: these are no "
		"whole blocks\n");
	not_right(1, MACHINE "expect online 16M + 2M\n",
		  "t:2: expected to work: 'online 16M + 2M' failed: pf_online_pages: pfn 0x1000: "
		  "it is online\n");
	not_right(1, MACHINE "expect verify fails\n",
		  "t:2: expected 'verify' to fail, and it worked\n");
	not_right(1, MACHINE "expect add memory 16M + 2M fails \"too hot\"\n",
		  "t:2: expected 'add memory 16M + 2M' to fail with \"too hot\", and it failed "
		  "with \"pf_add_memory: pfn 0x1000: memory is there already\"\n");
	not_right(1, MACHINE "expect verify says \"zz\"\n",
		  "t:2: expected 'verify' to say \"zz\", and it said nothing\n");
	not_right(1, MACHINE "expect add memory 1G + 3M says \"zz\"\n",
		  "t:2: expected 'add memory 1G + 3M' to say \"zz\", and it said "
		  "\"pf_add_memory: 1024 KiB at 0x40200000 are lost: they are no whole block of "
		  "2048 KiB\"\n");
	not_right(0, MACHINE "add memory 1G + 3M\n",
		  "t:2: note: 'add memory 1G + 3M' said: pf_add_memory: 1024 KiB at 0x40200000 "
		  "are lost: they are no whole block of 2048 KiB\n");
	not_right(1, MACHINE "u = alloc at 16M\noffline 16M + 2M\n",
		  "t:3: 'offline 16M + 2M' failed: 0x1000000: it is in use, and cannot be "
		  "moved\n");
	not_right(2, MACHINE "a = alloc order 10 times 99\nfree a\n",
		  "t:2: 'a = alloc order 10 times 99' failed: there is no such chunk within the "
		  "watermarks\n"
		  "t:3: 'free a' failed: 'a' has nothing: what should have given it failed\n");
	right(MACHINE "a = alloc order 0 times 2\nexpect isolate a fails \"'a' is 2 chunks, which "
		      "are no one range\"\n"
		      "expect alloc order 11 fails \"orders go up to 10\"\n"
		      "expect alloc order 0 node 1 fails \"there is no node 1\"\n"
		      "expect cpu 1 fails \"there are CPUs 0 to 0\"\n"
		      "expect isolate 16M + 1M fails \"these are no whole blocks of 2M\"\n"
		      "expect isolate 1T + 2M fails \"some of it is beyond the machine\"\n"
		      "expect online 16M + 1 fails \"these are no whole pages of 4K\"\n"
		      "expect alloc nofree times 5000000 fails \"no so many pages\"\n"
		      "expect unmap a fails \"'a' is no device: 'free a'\"\n"
		      "expect free-late 0xffffffffffffe000 + 4K fails \"no memory\"\n"
		      "expect poison 0xfffffffffffff000 fails\n"
		      "expect soft-offline page 0xfffffffffffff of a fails \"above the highest\"\n"
		      "expect unpoison 16M fails\nfree a\n"
		      "expect free a fails \"free already, on a per-CPU list\"\n");
}

static void a_question_says_what_was_found(void **unused)
{
	(void)unused;
	not_right(1, MACHINE "expect lookup 16M + 8K is reserved\n",
		  "t:2: expected 'lookup 16M + 8K is reserved', and found 0x1000000 free\n");
	not_right(1, MACHINE "expect lookup 15M + 2M is absent\n",
		  "t:2: expected 'lookup 15M + 2M is absent', and found 0x1000000 free\n");
	not_right(1, MACHINE "expect lookup 16M is not online\n",
		  "t:2: expected 'lookup 16M is not online', and found 0x1000000 free\n");
	not_right(0, MACHINE "expect lookup [0x5000000-0xfffffffffffffffe] is absent\n", "");
	not_right(1, MACHINE "expect lookup [0-0xfffffffffffffffe] is absent\n",
		  "t:2: expected 'lookup [0-0xfffffffffffffffe] is absent', and found 0x1000000 "
		  "free\n");
	not_right(1, MACHINE "expect zone 0 DMA32 spanned 1 present 16384 managed 2 start 0\n",
		  "t:2: expected 'zone 0 DMA32 spanned 1 present 16384 managed 2 start 0', and "
		  "found spanned 16384, managed 16384, start 0x1000000\n");
	not_right(1, MACHINE "expect zone 5 DMA32 spanned 1\n",
		  "t:2: expected 'zone 5 DMA32 spanned 1', and found no node 5\n");
	not_right(1, MACHINE "expect memory-block 0 offline\n",
		  "t:2: expected 'memory-block 0 offline', and found online DMA32\n");
	not_right(1, MACHINE "expect memory-block 0 online DMA\n",
		  "t:2: expected 'memory-block 0 online DMA', and found online DMA32\n");
	not_right(1, MACHINE "expect memory-block 18446744073709551615 online\n",
		  "t:2: expected 'memory-block 18446744073709551615 online', and found no address "
		  "so high\n");
	not_right(1, MACHINE "expect nofree 0 chunks 1\n",
		  "t:2: expected 'nofree 0 chunks 1', and found chunks 0\n");
	not_right(1, MACHINE "a = alloc order 0\nexpect moved a\n",
		  "t:3: expected 'moved a', and found that it was moved 0 times\n");
	not_right(1, MACHINE "expect device-of 16M is x\n",
		  "t:2: expected 'device-of 16M is x', and found none\n");
	not_right(1, MACHINE "expect flags 16M reserved\n",
		  "t:2: expected 'flags 16M reserved', and found buddy\n");
	not_right(1, MACHINE "expect scan 16M free 5 holes 0\n",
		  "t:2: expected 'scan 16M free 5 holes 0', and found free 512\n");
	not_right(1, MACHINE "expect zones as no-such-file\n",
		  "t:2: expected 'zones as no-such-file', and found no such text: "
		  "'no-such-file': No such file or directory; it is looked for beside the "
		  "machine's log, and beside the scenario\n");
}

static void what_is_in_use_moves_and_its_name_with_it(void **unused)
{
	static const char machine[] = MACHINE "add memory 1G + 128M\nonline 1G + 128M movable\n"
					      "a = alloc order 2 movable times 40\n";
	char text[600];

	(void)unused;
	snprintf(text, sizeof(text),
		 "%soffline 1G + 128M\nexpect moved a times 40\n"
		 "expect lookup a is in-use\nfree a\n",
		 machine);
	right(text);
	snprintf(text, sizeof(text),
		 "%smover refuses\nexpect offline 1G + 128M fails \"it is in use\"\n"
		 "mover none\nexpect offline 1G + 128M fails \"it is in use\"\n"
		 "expect moved a times 0\nfree a\noffline 1G + 128M\n",
		 machine);
	right(text);
}

static void a_page_that_cannot_be_poisoned_says_why(void **unused)
{
	(void)unused;
	right(MACHINE "boot up-to 1G\ndev = map device 256M + 4M handles-damage\npoison 16M\n"
		      "expect poison 16M fails \"0x1000000: it is known to be damaged\"\n"
		      "expect poison 2M fails \"0x200000: it is no memory\"\n"
		      "expect poison dev fails \"0x10000000: it is a device's\"\n");
}

static void what_is_said_is_told_apart(void **unused)
{
	(void)unused;
	not_right(
		0, MACHINE "boot up-to 8G\nadd memory 0x120000800 + 0x8800000\n",
		"t:3: note: 'add memory 0x120000800 + 0x8800000' said: pf_add_memory: 2046 KiB at "
		"0x120000800 are lost: they are no whole block of 2048 KiB; pf_add_memory: 2 KiB "
		"at 0x128800000 are lost: they are no whole block of 2048 KiB\n");
}

static void memory_may_be_added_with_its_own_descriptors(void **unused)
{
	(void)unused;
	right(MACHINE "boot up-to 8G\nadd memory 4G + 128M on-memory node 0\n"
		      "online 4G + 128M movable\nexpect zone 0 Movable present 32768\n"
		      "offline 4G + 128M\n"
		      "expect remove memory 4G + 128M\nexpect lookup 4G is absent\n");
	right("memory 16M + 496M\nboot up-to 8G own-map\nadd memory 4G + 128M on-memory\n"
	      "expect lookup 4G is not absent\nonline 4G + 128M movable\n"
	      "expect zone 0 Movable present 32768 managed 32256\n"
	      "expect lookup 4G + 2M is reserved\nexpect lookup 4098M + 126M is free\n"
	      "offline 4G + 128M\n"
	      "remove memory 4G + 128M\nexpect lookup 4G is absent\n"
	      "add memory 4G + 128M\nonline 4G + 128M movable\n"
	      "expect zone 0 Movable present 32768 managed 32768\n"
	      "offline 4G + 128M\nremove memory 4G + 128M\n");
	not_right(1, MACHINE "boot own-map up-to 2T\n",
		  "t:2: 'boot own-map up-to 2T' failed: a map of its own is for machines of up to "
		  "1T here\n");
	not_right(1, MACHINE "boot nodes 0\n",
		  "t:2: 'boot nodes 0' failed: a machine has 1 to 1024 nodes\n");
}

static void a_machine_that_cannot_boot_ends_it(void **unused)
{
	(void)unused;
	/* How far, is another matter with AddressSanitizer. */
	run("memory 16M + 64M\nmemory 1000000T + 1T\nverify\nverify\n");
	assert_ptr_equal(strstr(told, "t:3: there is no machine to go on with: it cannot be "
				      "booted: from 0G to 1024001040G is too far for a memory map "
				      "here, which spans "),
			 told);
	assert_non_null(strstr(told, "G at most\n"));
	assert_int_equal(result.failed, 1);
	free(told);
	assert_true(result.no_machine);
	not_right(1, "reserve 16M + 64M\nboot\nverify\n",
		  "t:2: there is no machine to go on with: it cannot be booted: it has no "
		  "memory\n");
	assert_true(result.no_machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_units_and_do_not_wrap),
		cmocka_unit_test(a_word_that_is_none_is_told_with_the_nearest),
		cmocka_unit_test(what_is_missing_or_too_much_is_told),
		cmocka_unit_test(plus_is_no_sum),
		cmocka_unit_test(statements_have_one_form),
		cmocka_unit_test(names_are_known_and_taken_once),
		cmocka_unit_test(a_file_has_one_machine_and_first),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(a_file_that_is_cut_is_told),
		cmocka_unit_test(lines_may_end_in_cr_lf_and_have_comments),
		cmocka_unit_test(lines_do_not_end_in_cr_alone),
		cmocka_unit_test(many_errors_are_counted),
		cmocka_unit_test(statements_are_counted),
		cmocka_unit_test(each_statement_does_what_it_says),
		cmocka_unit_test(a_failure_says_why),
		cmocka_unit_test(a_question_says_what_was_found),
		cmocka_unit_test(what_is_in_use_moves_and_its_name_with_it),
		cmocka_unit_test(a_page_that_cannot_be_poisoned_says_why),
		cmocka_unit_test(what_is_said_is_told_apart),
		cmocka_unit_test(memory_may_be_added_with_its_own_descriptors),
		cmocka_unit_test(a_machine_that_cannot_boot_ends_it),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
