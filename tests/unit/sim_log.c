/* SPDX-License-Identifier: MIT */
/*
 * The reader, a kind of line at a time: what it takes from it, and that it says no to what only
 * looks like it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/memblock.h>

#include "../../sim/log.h"

static struct text text;
static struct boot_log boot_log;

static bool parse(const char *lines)
{
	text_from_bytes(&text, "test", lines, strlen(lines));
	return log_read(&boot_log, &text);
}

static int clean(void **unused)
{
	(void)unused;
	log_free(&boot_log);
	text_free(&text);
	return 0;
}

static const struct event *only_event(const char *line)
{
	assert_true(parse(line));
	assert_int_equal(boot_log.malformed, 0);
	assert_int_equal(boot_log.events.n, 1);
	return &boot_log.events.at[0];
}

static void e820_entry_has_its_range_and_type(void **unused)
{
	(void)unused;
	assert_true(parse("[    0.000000] BIOS-e820: [mem 0x0000000000806000-0x0000000000807fff] "
			  "ACPI NVS\r\n"));
	assert_int_equal(boot_log.e820.n, 1);
	assert_int_equal(boot_log.e820.at[0].range.base, 0x806000);
	assert_int_equal(boot_log.e820.at[0].range.size, 0x2000);
	assert_string_equal(boot_log.e820.at[0].type, "ACPI NVS");
}

static void user_map_is_kept_apart_from_firmwares(void **unused)
{
	(void)unused;
	assert_true(
		parse("user: [mem 0x0000000041200000-0x0000000044ffffff] persistent (type 12)\n"));
	assert_int_equal(boot_log.e820.n, 0);
	assert_string_equal(boot_log.user.at[0].type, "persistent (type 12)");
}

static void efi_entry_has_type_and_mirror(void **unused)
{
	(void)unused;
	assert_true(parse(
		"efi: mem02: [Boot Data   |   |  |MR|  |  |WB|WT|WC|UC] range=[0x87000-0x87fff] "
		"(0MB)\n"
		"efi: mem03: [Conventional|   |  |  |  |WB] range=[0x88000-0x9ffff] (0MB)\n"));
	assert_int_equal(boot_log.efi.n, 2);
	assert_string_equal(boot_log.efi.at[0].type, "Boot Data");
	assert_true(boot_log.efi.at[0].mirrored);
	assert_false(boot_log.efi.at[1].mirrored);
	assert_int_equal(boot_log.efi.at[1].range.size, 0x18000);
}

static void operation_has_range_and_caller(void **unused)
{
	const struct event *e =
		only_event("memblock_reserve: [0x000000007ffe0040-0x000000007ffe212b] "
			   "acpi_reserve_initial_tables+0x4a/0x70");

	(void)unused;
	assert_int_equal(e->kind, EVENT_RESERVE);
	assert_int_equal(e->range.size, 0x20ec);
	assert_string_equal(e->caller, "acpi_reserve_initial_tables+0x4a/0x70");
	assert_int_equal(caller_length(e->caller), strlen("acpi_reserve_initial_tables"));
}

static void newer_kernels_print_node_and_flags(void **unused)
{
	const struct event *e =
		only_event("memblock_add_node: [0x1000-0x1fff] nid=3 flags=1 f+0x1/0x2");

	(void)unused;
	assert_true(e->has_nid);
	assert_int_equal(e->nid, 3);
	assert_int_equal(e->flags, 1);
	assert_string_equal(e->caller, "f+0x1/0x2");
}

static void older_kernels_print_flags_differently(void **unused)
{
	const struct event *e =
		only_event("memblock_reserve: [0x1000-0x1fff] flags 0x0 setup_arch+0x1/0x2");

	(void)unused;
	assert_int_equal(e->flags, 0);
	assert_string_equal(e->caller, "setup_arch+0x1/0x2");
}

static void a_range_of_nothing_is_a_range(void **unused)
{
	const struct event *e =
		only_event("memblock_phys_free: [0x1e8bf000-0x1e8befff] memblock_free+0x11/0x14");

	(void)unused;
	assert_int_equal(e->range.size, 0);
}

static void a_range_to_the_very_top_does_not_wrap(void **unused)
{
	const struct event *e =
		only_event("memblock_remove: [0x1000-0xffffffffffffffff] f+0x1/0x2");

	(void)unused;
	assert_true(range_end(e->range) > e->range.base);
	assert_true(e->range.base + (e->range.size - 1) >= UINT64_MAX - 2);
}

static void request_has_all_its_arguments(void **unused)
{
	const struct event *e = only_event(
		"memblock_alloc_exact_nid_raw: 134217728 bytes align=0x200000 nid=1 "
		"from=0x0000000001000000 max_addr=0x0000000000000000 sparse_init_nid+0x111/0x590");

	(void)unused;
	assert_int_equal(e->kind, EVENT_REQUEST);
	assert_int_equal(e->api, API_ALLOC_EXACT_NID_RAW);
	assert_int_equal(e->size, 134217728);
	assert_int_equal(e->align, 0x200000);
	assert_int_equal(e->nid, 1);
	assert_int_equal(e->from, 0x1000000);
	assert_int_equal(e->max_addr, 0);
}

static void dump_has_sizes_counts_and_regions(void **unused)
{
	const struct dump *d;

	(void)unused;
	assert_true(parse("MEMBLOCK configuration:\n"
			  " memory size = 0x0000000000100000 reserved size = 0x0000000000001000\n"
			  " memory.cnt  = 0x1\n"
			  " memory[0x0]\t[0x0000000000100000-0x00000000001fffff], "
			  "0x0000000000100000 bytes on node 1 flags: 0x2\n"
			  " reserved.cnt  = 0x1\n"
			  " reserved[0x0]\t[0x0000000000100000-0x0000000000100fff], "
			  "0x0000000000001000 bytes flags: 0x10\n"));
	d = &boot_log.dumps.at[0];
	assert_int_equal(d->memory_size, 0x100000);
	assert_int_equal(d->reserved_size, 0x1000);
	assert_int_equal(d->memory_cnt, 1);
	assert_int_equal(d->memory.at[0].nid, 1);
	assert_int_equal(d->memory.at[0].flags, 2);
	assert_int_equal(d->reserved.at[0].nid, -1);
	assert_int_equal(d->reserved.at[0].flags, 0x10);
}

static void srat_tells_nodes_and_hotplug(void **unused)
{
	const struct event *e =
		only_event("ACPI: SRAT: Node 1 PXM 7 [mem 0x100000000-0x5bfffffff] hotplug");

	(void)unused;
	assert_int_equal(e->kind, EVENT_SRAT);
	assert_int_equal(e->nid, 1);
	assert_int_equal(e->flags, MEMBLOCK_HOTPLUG);
}

static void zones_nodes_and_movable_are_read_under_their_headings(void **unused)
{
	(void)unused;
	assert_true(parse("Zone ranges:\n"
			  "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n"
			  "  Normal   empty\n"
			  "Movable zone start for each node\n"
			  "  Node 0: 0x0000000100000000\n"
			  "Early memory node ranges\n"
			  "  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"
			  "Initmem setup node 0 [mem 0x0000000000001000-0x000000013b7fffff]\n"
			  "Node 0: this is no longer one of them\n"));
	assert_int_equal(boot_log.malformed, 0);
	assert_int_equal(boot_log.zones.n, 2);
	assert_int_equal(boot_log.zones.at[1].range.size, 0);
	assert_int_equal(boot_log.movable.n, 1);
	assert_int_equal(boot_log.nodes.n, 1);
	assert_int_equal(boot_log.initmem.n, 1);
}

static void late_frees_have_their_size(void **unused)
{
	(void)unused;
	assert_true(parse("Memory: 8108036K/8388084K available (16384K kernel code)\n"
			  "efi: Freeing EFI boot services memory: 50580K\n"
			  "Freeing unused kernel image (initmem) memory: 2612K\n"));
	assert_int_equal(boot_log.total_kib, 8388084);
	assert_int_equal(boot_log.freed.n, 2);
	assert_string_equal(boot_log.freed.at[1].what, "unused kernel image (initmem) memory");
	assert_int_equal(boot_log.freed.at[1].kib, 2612);
}

static void options_of_the_command_line_are_whole_words(void **unused)
{
	(void)unused;
	assert_true(parse("Linux version 6.12.107 (x)\nCommand line: quiet movable_nodes "
			  "kernelcore=mirror mem=4G\n"));
	assert_int_equal(boot_log.major, 6);
	assert_int_equal(boot_log.minor, 12);
	assert_null(log_option(&boot_log, "movable_node"));
	assert_non_null(log_option(&boot_log, "kernelcore=mirror"));
	assert_string_equal(log_option(&boot_log, "mem="), "4G");
	assert_null(log_option(&boot_log, "iet"));
}

static void damaged_lines_are_counted_and_nothing_is_taken_from_them(void **unused)
{
	static const char *const damaged[] = {
		"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff]",
		"BIOS-e820: [mem 0x2000-0x1000] usable",
		"BIOS-e820: [mem 0x10000000000000000-0x20000000000000000] usable",
		"e820: update [mem 0x0-0xfff] usable",
		"efi: mem02: [Boot Data   |   |",
		"memblock_reserve: [0x1000-",
		"memblock_add_node: [0x1000-0x1fff] nid=x flags=0 f",
		"memblock_phys_alloc_range: x bytes align=0x1000 from=0x0 max_addr=0x0 f",
		"memblock_phys_alloc_range: 1 bytes align=0x1001 from=0x0 max_addr=0x0 f",
		"memblock_alloc_try_nid: 73 bytes align=0x40 nid=-1 from=0x0 max_add",
		"memblock: reserved is doubled to 256 at",
		"ACPI: SRAT: Node 99999999 PXM 0 [mem 0x0-0xfff]",
		"Faking a node at [mem",
		"NODE_DATA(0) allocated [mem 0x1000",
		"RAMDISK: [mem",
		"Linux version x",
		"Memory: 12K",
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
		parse(damaged[i]);
		assert_int_equal(boot_log.malformed, 1);
		assert_int_equal(boot_log.e820.n + boot_log.efi.n + boot_log.events.n +
					 boot_log.e820_changes.n,
				 0);
		clean(NULL);
	}
}

static void no_log_is_no_log(void **unused)
{
	(void)unused;
	assert_false(parse("Dear diary,\ntoday memory was cheap.\n"));
}

#define TEST(f) cmocka_unit_test_teardown(f, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(e820_entry_has_its_range_and_type),
		TEST(user_map_is_kept_apart_from_firmwares),
		TEST(efi_entry_has_type_and_mirror),
		TEST(operation_has_range_and_caller),
		TEST(newer_kernels_print_node_and_flags),
		TEST(older_kernels_print_flags_differently),
		TEST(a_range_of_nothing_is_a_range),
		TEST(a_range_to_the_very_top_does_not_wrap),
		TEST(request_has_all_its_arguments),
		TEST(dump_has_sizes_counts_and_regions),
		TEST(srat_tells_nodes_and_hotplug),
		TEST(zones_nodes_and_movable_are_read_under_their_headings),
		TEST(late_frees_have_their_size),
		TEST(options_of_the_command_line_are_whole_words),
		TEST(damaged_lines_are_counted_and_nothing_is_taken_from_them),
		TEST(no_log_is_no_log),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
