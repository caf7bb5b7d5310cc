/* SPDX-License-Identifier: MIT */
/*
 * What the kernel gave back late, from a log: each test makes a small boot, and says what would be
 * wrong if it failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/memblock.h>

#include "../../sim/late.h"
#include "../../sim/memmap.h"

#define VERSION_LINE "Linux version 6.1.0-test\n"
#define COMMAND_LINE "Command line: memblock=debug\n"
#define MAP                                                                                        \
	"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"                          \
	"BIOS-e820: [mem 0x0000000000100000-0x000000001fffffff] usable\n"
#define ADDED                                                                                      \
	"memblock_reserve: [0x0000000006c00000-0x0000000006c10fff] setup_arch+0x792/0xd40\n"       \
	"memblock_add: [0x0000000000001000-0x000000000009efff] e820__memblock_setup+0x65/0x7d\n"   \
	"memblock_add: [0x0000000000100000-0x000000001fffffff] e820__memblock_setup+0x65/0x7d\n"
/* The kernel's image at 0x4400000, with its brk behind it, and the initial RAM disk. */
#define DUMP                                                                                       \
	"MEMBLOCK configuration:\n"                                                                \
	" memory size = 0x000000001ff9e000 reserved size = 0x000000000299c000\n"                   \
	" memory.cnt  = 0x2\n"                                                                     \
	" memory[0x0]\t[0x0000000000001000-0x000000000009efff], 0x9e000 bytes flags: 0x0\n"        \
	" memory[0x1]\t[0x0000000000100000-0x000000001fffffff], 0x1ff00000 bytes flags: 0x0\n"     \
	" reserved.cnt  = 0x3\n"                                                                   \
	" reserved[0x0]\t[0x0000000000000000-0x000000000000ffff], 0x10000 bytes flags: 0x0\n"      \
	" reserved[0x1]\t[0x0000000004400000-0x0000000006c10fff], 0x2811000 bytes flags: 0x0\n"    \
	" reserved[0x2]\t[0x000000001fe55000-0x000000001ffcffff], 0x17b000 bytes flags: 0x0\n"
#define DISK "RAMDISK: [mem 0x1fe55000-0x1ffcffff]\n"
#define ZONES                                                                                      \
	"Zone ranges:\n"                                                                           \
	"  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n"                                 \
	"  DMA32    [mem 0x0000000001000000-0x000000001fffffff]\n"                                 \
	"PM: hibernation: Registered nosave memory: [mem 0x00000000-0x00000fff]\n"
#define MEMORY                                                                                     \
	"Memory: 400000K/523896K available (14343K kernel code, 2327K rwdata, 8348K rodata, "      \
	"2612K init, 5436K bss, 43400K reserved, 0K cma-reserved)\n"
#define ALTERNATIVES	"Freeing SMP alternatives memory: 36K\n"
#define INITMEM		"Freeing unused kernel image (initmem) memory: 2612K\n"
#define TOP		VERSION_LINE COMMAND_LINE MAP ADDED DUMP DISK
#define SERVICES(range) "memblock_reserve: [" range "] efi_reserve_boot_services+0x7d/0xcf\n"

static struct machine m;
static struct replay r;
static struct late late;

static void forget(struct remark *list, size_t *n)
{
	while (*n)
		free(list[--*n].text);
}

static void find(void)
{
	replay_run(&r, &m);
	forget(r.differences.at, &r.differences.n); /* of the replay: small logs are not whole */
	forget(r.missing.at, &r.missing.n);
	late_find(&late, &r);
}

static void boot(const char *lines)
{
	text_from_bytes(&m.log_text, "test", lines, strlen(lines));
	assert_true(log_read(&m.log, &m.log_text));
	find();
}

static int clean(void **unused)
{
	(void)unused;
	late_free_list(&late);
	replay_free(&r);
	log_free(&m.log);
	text_free(&m.log_text);
	vec_free(&m.iomem);
	memset(&m, 0, sizeof(m));
	return 0;
}

static void assert_late(size_t i, const char *what, uint64_t from, uint64_t to)
{
	assert_true(i < late.list.n);
	assert_string_equal(late.list.at[i].what, what);
	assert_int_equal(late.list.at[i].range.base, from);
	assert_int_equal(range_end(late.list.at[i].range), to);
	assert_true(late.list.at[i].placed);
}

static void assert_said(const void *remarks, const char *words)
{
	const struct {
		struct remark *at;
		size_t n;
	} *list = remarks;

	for (size_t i = 0; i < list->n; i++)
		if (strstr(list->at[i].text, words))
			return;
	fail_msg("nothing is said of '%s'", words);
}

/* A part of the image that is placed by counting from the wrong end, or in the wrong order. */
static void parts_of_the_image_are_where_the_linker_puts_them(void **unused)
{
	(void)unused;
	boot(TOP ZONES MEMORY ALTERNATIVES
	     "Freeing unused decrypted memory: 2036K\n" INITMEM
	     "Freeing unused kernel image (text/rodata gap) memory: 2040K\n"
	     "Freeing unused kernel image (rodata/data gap) memory: 1892K\n");
	assert_int_equal(late.list.n, 5);
	assert_late(0, "SMP alternatives", 0x66a7000, 0x66b0000);
	assert_late(1, "decrypted", 0x6a03000, 0x6c00000);
	assert_late(2, "kernel image (initmem)", 0x641a000, 0x66a7000);
	assert_late(3, "kernel image (text/rodata gap)", 0x5202000, 0x5400000);
	assert_late(4, "kernel image (rodata/data gap)", 0x5c27000, 0x5e00000);
	assert_int_equal(late.list.at[0].line, m.log.freed.at[0].line);
	assert_int_equal(r.differences.n, 0);
	assert_int_equal(r.missing.n, 0);
}

/* The page that hibernation does not save counted where there is none. */
static void without_hibernation_locks_end_at_bss(void **unused)
{
	(void)unused;
	boot(TOP "Zone ranges:\n  DMA32    [mem 0x0000000001000000-0x000000001fffffff]\n" MEMORY
		     ALTERNATIVES);
	assert_late(0, "SMP alternatives", 0x66a8000, 0x66b1000);
}

/* It counted on 32 bits, where it is among the data. */
static void on_32_bits_locks_end_at_bss(void **unused)
{
	(void)unused;
	boot(TOP "PM: hibernation: Registered nosave memory: [mem 0x00000000-0x00000fff]\n" MEMORY
		     ALTERNATIVES);
	assert_late(0, "SMP alternatives", 0x66a8000, 0x66b1000);
}

/* A size for the locks where no line tells one. */
static void initmem_is_a_guess_without_the_size_of_the_locks(void **unused)
{
	(void)unused;
	boot(TOP ZONES MEMORY INITMEM);
	assert_int_equal(late.list.n, 1);
	assert_false(late.list.at[0].placed);
	assert_int_equal(late_pages(&late.list.at[0]), 653);
	assert_true(late.list.at[0].range.base > 0x4400000);
	assert_true(range_end(late.list.at[0].range) <= 0x6c00000);
	assert_said(&r.missing, "where 653 of the pages");
}

/* A larger reservation of somebody else's taken for the image. */
static void the_image_is_what_brk_follows(void **unused)
{
	(void)unused;
	boot(VERSION_LINE COMMAND_LINE MAP ADDED
	     "MEMBLOCK configuration:\n"
	     " memory size = 0x000000001ff9e000 reserved size = 0x0000000007811000\n"
	     " memory.cnt  = 0x2\n"
	     " memory[0x0]\t[0x0000000000001000-0x000000000009efff], 0x9e000 bytes flags: 0x0\n"
	     " memory[0x1]\t[0x0000000000100000-0x000000001fffffff], 0x1ff00000 bytes flags: 0x0\n"
	     " reserved.cnt  = 0x2\n"
	     " reserved[0x0]\t[0x0000000004400000-0x0000000006c10fff], 0x2811000 bytes flags: 0x0\n"
	     " reserved[0x1]\t[0x0000000010000000-0x0000000014ffffff], 0x5000000 bytes flags: "
	     "0x0\n" ZONES MEMORY ALTERNATIVES);
	assert_late(0, "SMP alternatives", 0x66a7000, 0x66b0000);
}

/* iomem.txt not preferred to what is computed. */
static void listed_parts_are_taken_from_iomem(void **unused)
{
	static const struct resource parts[] = {
		{ { 0x4600000, 0xe01ef2 }, 1, "Kernel code", 0 },
		{ { 0x5600000, 0x827000 }, 1, "Kernel rodata", 0 },
		{ { 0x6000000, 0x245e00 }, 1, "Kernel data", 0 },
		{ { 0x68b1000, 0x54f000 }, 1, "Kernel bss", 0 },
	};

	(void)unused;
	for (size_t i = 0; i < 4; i++)
		*vec_add(&m.iomem) = parts[i];
	boot(VERSION_LINE MAP ZONES ALTERNATIVES
	     "Freeing unused kernel image (text/rodata gap) memory: 2040K\n"
	     "Freeing unused kernel image (rodata/data gap) memory: 1888K\n");
	assert_late(0, "SMP alternatives", 0x68a7000, 0x68b0000);
	assert_late(1, "kernel image (text/rodata gap)", 0x5402000, 0x5600000);
	assert_late(2, "kernel image (rodata/data gap)", 0x5e27000, 0x6000000);
	assert_int_equal(r.differences.n, 1);
	assert_said(&r.differences, "1892 KiB here, 1888 KiB there");
}

/* iomem.txt as users read it, all zeros, taken for addresses. */
static void hidden_addresses_are_not_used(void **unused)
{
	(void)unused;
	*vec_add(&m.iomem) = (struct resource){ { 0, 1 }, 1, "Kernel code", 0 };
	*vec_add(&m.iomem) = (struct resource){ { 0, 1 }, 1, "Kernel rodata", 0 };
	*vec_add(&m.iomem) = (struct resource){ { 0, 1 }, 1, "Kernel data", 0 };
	*vec_add(&m.iomem) = (struct resource){ { 0, 1 }, 1, "Kernel bss", 0 };
	boot(TOP ZONES MEMORY ALTERNATIVES);
	assert_late(0, "SMP alternatives", 0x66a7000, 0x66b0000);
}

/* Two lines of the kernel that contradict each other, unnoticed. */
static void sizes_that_disagree_are_told(void **unused)
{
	(void)unused;
	boot(TOP ZONES MEMORY ALTERNATIVES "Freeing initrd memory: 1520K\n"
					   "Freeing unused kernel image (initmem) memory: 2616K\n"
					   "Freeing unused kernel image (text/rodata gap) memory: "
					   "2020K\n");
	assert_int_equal(r.differences.n, 3);
	assert_said(&r.differences, "initrd memory: 1516 KiB here, 1520 KiB there");
	assert_said(&r.differences, "(initmem) memory: 2612 KiB here, 2616 KiB there");
	assert_said(&r.differences, "2020 KiB do not end at a large page");
}

static void initrd_is_freed_with_its_last_page(void **unused)
{
	(void)unused;
	boot(TOP ZONES MEMORY "Freeing initrd memory: 1516K\n" ALTERNATIVES INITMEM);
	assert_late(0, "initrd", 0x1fe55000, 0x1ffd0000);
	assert_int_equal(late.list.at[0].way, LATE_RESERVED);
	assert_int_equal(r.differences.n, 0);
}

/* The place that the kernel moved it away from. */
static void moved_initrd_is_freed_where_it_went(void **unused)
{
	(void)unused;
	boot(TOP "memblock_phys_alloc_range: 1552384 bytes align=0x1000 from=0x0 "
		 "max_addr=0x10000000 setup_arch+0x8d3/0xbf6\n"
		 "memblock_reserve: [0x000000000fe85000-0x000000000fffffff] "
		 "memblock_alloc_range_nid+0x95/0x101\n"
		 "Allocated new RAMDISK: [mem 0x0fe85000-0x0ffffb60]\n"
		 "memblock_phys_free: [0x000000001fe55000-0x000000001ffcffff] "
		 "setup_arch+0x983/0xbf6\n" ZONES MEMORY ALTERNATIVES
		 "Freeing initrd memory: 1516K\n" INITMEM);
	assert_late(1, "initrd", 0xfe85000, 0x10000000);
	assert_int_equal(r.differences.n, 0);
}

/* Pages that memory does not have, counted as managed. */
static void initrd_in_a_hole_is_not_given_back(void **unused)
{
	(void)unused;
	boot(VERSION_LINE COMMAND_LINE MAP ADDED DUMP
	     "RAMDISK: [mem 0x20000000-0x2017afff]\n" ZONES MEMORY ALTERNATIVES
	     "Freeing initrd memory: 1516K\n" INITMEM);
	assert_int_equal(late.list.n, 2);
	assert_int_equal(r.differences.n, 1);
	assert_said(&r.differences, "is not in memory");
}

/* retain_initrd: no line, no pages. */
static void nothing_is_given_back_without_its_line(void **unused)
{
	(void)unused;
	boot(TOP ZONES MEMORY ALTERNATIVES INITMEM);
	assert_int_equal(late.list.n, 2);
}

/* What the firmware keeps below 1 MiB, or the map does not call usable, given back. */
static void boot_services_are_those_that_the_kernel_may_free(void **unused)
{
	(void)unused;
	boot(VERSION_LINE COMMAND_LINE MAP
	     "BIOS-e820: [mem 0x0000000020000000-0x00000000200fffff] ACPI NVS\n"
	     "e820: update [mem 0x1a004000-0x1a004fff] usable ==> reserved\n" ADDED DUMP DISK
		     SERVICES("0x0000000000087000-0x0000000000087fff") SERVICES(
			     "0x0000000000900000-0x00000000009fffff") SERVICES("0x000000001a000000-"
									       "0x000000001a00ffff")
			     SERVICES("0x000000001b000000-0x000000001b00ffff") SERVICES(
				     "0x0000000020000000-0x00000000200fffff") "e820: update [mem "
									      "0x1b008000-"
									      "0x1b008fff] usable "
									      "==> reserved\n" ZONES
										      MEMORY
									      "efi: Freeing EFI "
									      "boot services "
									      "memory: "
									      "1084K\n" ALTERNATIVES
										      INITMEM);
	assert_late(0, "EFI boot services", 0x900000, 0xa00000);
	assert_late(1, "EFI boot services", 0x1b000000, 0x1b008000);
	assert_late(2, "EFI boot services", 0x1b009000, 0x1b010000);
	assert_int_equal(late.list.n, 5);
	assert_int_equal(r.differences.n, 0);
}

/* What somebody else had reserved before: the kernel does not reserve it again, and keeps it. */
static void boot_services_of_others_are_kept(void **unused)
{
	(void)unused;
	boot(TOP "memblock_reserve: [0x0000000018001018-0x0000000018001447] "
		 "efi_memattr_init+0x4f/0xa0\n" SERVICES("0x0000000019000000-0x00000000190fffff")
			 ZONES MEMORY
	     "efi: Freeing EFI boot services memory: 1024K\n" ALTERNATIVES INITMEM);
	assert_late(0, "EFI boot services", 0x19000000, 0x19100000);
	assert_int_equal(late.list.n, 3);
	assert_int_equal(r.differences.n, 0);
}

/* Unreserved pages of the kernel's brk: what begins there is the kernel's, says the sum. */
static void boot_services_behind_the_kernel_are_its_own(void **unused)
{
	(void)unused;
	boot(TOP SERVICES("0x0000000006c30000-0x0000000006c3ffff")
		     SERVICES("0x0000000019000000-0x00000000190fffff") ZONES MEMORY
	     "efi: Freeing EFI boot services memory: 1024K\n");
	assert_int_equal(late.list.n, 1);
	assert_late(0, "EFI boot services", 0x19000000, 0x19100000);
	assert_int_equal(r.differences.n, 0);
}

static void boot_services_that_do_not_add_up_are_told(void **unused)
{
	(void)unused;
	boot(TOP SERVICES("0x0000000019000000-0x00000000190fffff") ZONES MEMORY
	     "efi: Freeing EFI boot services memory: 1000K\n");
	assert_said(&r.differences, "1024 KiB here, 1000 KiB there");
}

/* Lists that are emptied again, and not freed. */
static void boot_services_below_1_mib_are_kept(void **unused)
{
	(void)unused;
	boot(TOP SERVICES("0x0000000000087000-0x0000000000087fff") ZONES MEMORY
	     "efi: Freeing EFI boot services memory: 4K\n");
	assert_int_equal(late.list.n, 0);
}

/* efi=debug keeps them for people to look at. */
static void efi_debug_keeps_boot_services(void **unused)
{
	(void)unused;
	boot(VERSION_LINE "Command line: memblock=debug efi=debug\n" MAP ADDED DUMP DISK SERVICES(
		"0x0000000019000000-0x00000000190fffff") ZONES MEMORY ALTERNATIVES INITMEM);
	assert_int_equal(late.list.n, 2);
	assert_int_equal(r.differences.n, 0);
}

/* Late frees of memblock's, and which of them the historic faults concern. */
static void late_frees_have_their_way_and_order(void **unused)
{
	(void)unused;
	boot(TOP "memblock_reserve: [0x0000000010000000-0x0000000013ffffff] x+0x1/0x2\n"
		 "memblock_reserve: [0x0000000014000400-0x00000000140023ff] x+0x1/0x2\n" ZONES
			 ALTERNATIVES "memblock_free_late: [0x0000000014000400-0x00000000140023ff] "
		 "memblock_discard+0xeb/0x110\n"
		 "memblock_free_late: [0x0000000010000000-0x0000000013ffffff] "
		 "swiotlb_exit+0x10/0x110\n");
	assert_int_equal(late.list.n, 3);
	assert_string_equal(late.list.at[0].what, "SMP alternatives");
	assert_late(1, "memblock's own arrays", 0x14000400, 0x14002400);
	assert_int_equal(late.list.at[1].way, LATE_DISCARD);
	assert_int_equal(late_pages(&late.list.at[1]), 1);
	assert_late(2, "bounce buffers", 0x10000000, 0x14000000);
	assert_int_equal(late.list.at[2].way, LATE_MEMBLOCK);
}

/* Memory that was never reserved, given back. */
static void what_was_not_reserved_is_told(void **unused)
{
	(void)unused;
	boot(TOP ZONES "memblock_free_late: [0x0000000010000000-0x0000000013ffffff] x+0x1/0x2\n");
	assert_said(&r.differences, "0x10000000-0x13ffffff was not reserved");
}

#define HUGE                                                                                       \
	"memblock_alloc_try_nid_raw: 8388608 bytes align=0x800000 nid=0 from=0x0 max_addr=0x0 "    \
	"__alloc_bootmem_huge_page+0x1/0x2\n"                                                      \
	"memblock_reserve: [0x000000001f000000-0x000000001f7fffff] "                               \
	"memblock_alloc_range_nid+0x95/0x101\n"

/* Gigantic pages not counted, or counted where the allocation failed. */
static void gigantic_pages_are_counted(void **unused)
{
	(void)unused;
	boot(TOP HUGE ZONES MEMORY
	     "HugeTLB: registered 8.00 MiB page size, pre-allocated 1 pages\n"
	     "HugeTLB: registered 2.00 MiB page size, pre-allocated 7 pages\n" ALTERNATIVES);
	assert_int_equal(late.list.n, 2);
	assert_late(0, "gigantic huge pages", 0x1f000000, 0x1f800000);
	assert_int_equal(late.list.at[0].way, LATE_ACCOUNT);
	assert_int_equal(late.list.at[0].line, m.log.huge.at[0].line);
	assert_int_equal(r.differences.n, 0);
}

static void a_missing_gigantic_page_is_told(void **unused)
{
	(void)unused;
	boot(TOP HUGE ZONES "HugeTLB: registered 8.00 MiB page size, pre-allocated 2 pages\n");
	assert_said(&r.differences, "1 gigantic pages here, 2 there");
}

#define MAP_BLOCK                                                                                  \
	"memblock_alloc_exact_nid_raw: 8388608 bytes align=0x200000 nid=0 from=0x1000000 "         \
	"max_addr=0x0 sparse_init_nid+0x111/0x590\n"                                               \
	"memblock_reserve: [0x000000001e800000-0x000000001effffff] "                               \
	"memblock_alloc_range_nid+0x95/0x101\n"
#define HUGE_LINES                                                                                 \
	"HugeTLB: registered 8.00 MiB page size, pre-allocated 1 pages\n"                          \
	"HugeTLB: 124 KiB vmemmap can be freed for a 8.00 MiB page\n"                              \
	"HugeTLB: registered 2.00 MiB page size, pre-allocated 3 pages\n"                          \
	"HugeTLB: 28 KiB vmemmap can be freed for a 2.00 MiB page\n"
#define FREE_VMEMMAP "Command line: memblock=debug hugetlb_free_vmemmap=on\n"

/* Descriptors of huge pages that are given back, not counted: since 6.2 all of them. */
static void huge_pages_give_back_their_map(void **unused)
{
	(void)unused;
	boot("Linux version 6.12.0-test\n" FREE_VMEMMAP MAP ADDED DUMP DISK HUGE MAP_BLOCK ZONES
		     MEMORY HUGE_LINES);
	assert_int_equal(late.list.n, 3);
	assert_late(1, "huge pages' memory map", 0x1e800000 + 0x1f000000 / 64,
		    0x1e800000 + 0x1f800000 / 64);
	assert_int_equal(late_pages(&late.list.at[2]), 3 * 8);
	assert_false(late.list.at[2].placed);
	assert_true(range_end(late.list.at[2].range) <= late.list.at[1].range.base ||
		    late.list.at[2].range.base >= range_end(late.list.at[1].range));
}

/* Descriptors counted from the wrong section. */
static void the_map_is_in_the_order_of_sections(void **unused)
{
	struct range map;

	(void)unused;
	boot(TOP MAP_BLOCK ZONES MEMORY);
	map = memmap_of(&r, (struct range){ 0x8001000, 0x10000000 });
	assert_int_equal(map.base, 0x1ea00040);
	assert_int_equal(map.size, 0x400000);
	map = memmap_of(&r, (struct range){ 0x18000000, 0x10000000 });
	assert_int_equal(map.size, 0);
}

/* The page that 6.1 keeps of each. */
static void huge_pages_of_6_1_keep_a_page_of_it(void **unused)
{
	(void)unused;
	boot(VERSION_LINE FREE_VMEMMAP MAP ADDED DUMP DISK HUGE MAP_BLOCK ZONES MEMORY HUGE_LINES);
	assert_late(1, "huge pages' memory map", 0x1e801000 + 0x1f000000 / 64,
		    0x1e800000 + 0x1f800000 / 64);
	assert_int_equal(late_pages(&late.list.at[2]), 3 * 7);
}

/* What can be given back taken for what is. */
static void huge_pages_keep_their_map_unless_asked(void **unused)
{
	(void)unused;
	boot(TOP HUGE MAP_BLOCK ZONES MEMORY HUGE_LINES);
	assert_int_equal(late.list.n, 1);
}

/* CMA's size cut to MiB, though memblock=debug tells it. */
static void cma_areas_are_given_back_wholly(void **unused)
{
	(void)unused;
	boot(TOP "memblock_reserve: [0x0000000018000000-0x00000000187fffff] x+0x1/0x2\n"
		 "cma: Reserved 8 MiB at 0x0000000018000000 on node -1\n" ZONES MEMORY ALTERNATIVES
		 "memblock_free_late: [0x0000000018000000-0x0000000018000fff] "
		 "memblock_discard+0xeb/0x110\n"
		 "Freeing initrd memory: 1516K\n");
	assert_late(2, "CMA", 0x18000000, 0x18800000);
	assert_string_equal(late.list.at[3].what, "initrd");
}

/* A log that ends early, taken for a whole one. */
static void a_cut_log_is_said_to_be_cut(void **unused)
{
	(void)unused;
	boot(TOP ZONES MEMORY ALTERNATIVES);
	assert_said(&r.missing, "the end of the boot");
}

/* The total before anything came back, from a line that later kernels print later. */
static void the_hand_over_is_counted_back_from_the_total(void **unused)
{
	(void)unused;
	boot(TOP ZONES ALTERNATIVES MEMORY INITMEM);
	assert_int_equal(late_handed_over(&m.log), (523896 - 43400 - 36) / 4);
}

/* Without memblock=debug: zones that have nothing reserved in them. */
static void without_debug_as_much_is_reserved_as_the_log_counts(void **unused)
{
	const struct memblock_region *rgn;
	uint64_t pages = 0;

	(void)unused;
	boot(VERSION_LINE
	     "Command line: quiet\n" MAP
	     "ACPI: Reserving FACP table memory at [mem 0x1ffe0000-0x1ffe0fff]\n"
	     "software IO TLB: mapped [mem 0x0000000010000000-0x0000000010100000] (1MB)\n" DISK
		     ZONES MEMORY ALTERNATIVES
	     "efi: Freeing EFI boot services memory: 1024K\n" INITMEM);
	for_each_reserved_mem_region(rgn)
		if (rgn->base >= 0x100000)
			pages += memblock_region_reserved_end_pfn(rgn) -
				 memblock_region_reserved_base_pfn(rgn);
	assert_true(memblock_is_reserved(0));
	assert_true(memblock_is_reserved(0xff000));
	assert_true(memblock_is_reserved(0x100ff000));
	assert_true(memblock_is_reserved(0x1ffe0000));
	assert_int_equal(memblock_phys_mem_size() / 4096 - 0x9f - pages, late_handed_over(&m.log));
	assert_int_equal(late.list.n, 3);
	for (size_t i = 0; i < late.list.n; i++) {
		assert_false(late.list.at[i].placed);
		assert_true(memblock_is_region_memory(late.list.at[i].range.base,
						      late.list.at[i].range.size));
		assert_true(memblock_is_reserved(late.list.at[i].range.base));
	}
}

/* Numbers that no kernel prints, and lines twice. */
static void senseless_numbers_are_survived(void **unused)
{
	(void)unused;
	boot(TOP ZONES
	     "Memory: 1K/2K available (18446744073709551615K kernel code, 1K rodata, 9K bss)\n"
	     "Freeing SMP alternatives memory: 18446744073709551615K\n"
	     "Freeing initrd memory: 18446744073709551615K\n"
	     "Freeing initrd memory: 4K\n"
	     "Freeing unused decrypted memory: 18014398509481983K\n"
	     "Freeing unused kernel image (initmem) memory: 18014398509481983K\n"
	     "Freeing unused kernel image (text/rodata gap) memory: 99999999999999999999K\n"
	     "efi: Freeing EFI boot services memory: 9007199254740991K\n"
	     "Freeing what nobody knows memory: 4K\n"
	     "cma: Reserved 18446744073709551615 MiB at 0xffffffffffffffff\n"
	     "HugeTLB: registered 9223372036854775807.00 GiB page size, pre-allocated 1 pages\n"
	     "HugeTLB: registered 8.00 GiB page size, pre-allocated 18446744073709551615 pages\n"
	     "memblock_free_late: [0x0000000000000000-0xffffffffffffffff] x+0x1/0x2\n");
	assert_said(&r.differences, "a second time");
	assert_said(&r.missing, "what nobody knows");
}

#define T(test) cmocka_unit_test_teardown(test, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(parts_of_the_image_are_where_the_linker_puts_them),
		T(without_hibernation_locks_end_at_bss),
		T(on_32_bits_locks_end_at_bss),
		T(initmem_is_a_guess_without_the_size_of_the_locks),
		T(the_image_is_what_brk_follows),
		T(listed_parts_are_taken_from_iomem),
		T(hidden_addresses_are_not_used),
		T(sizes_that_disagree_are_told),
		T(initrd_is_freed_with_its_last_page),
		T(moved_initrd_is_freed_where_it_went),
		T(initrd_in_a_hole_is_not_given_back),
		T(nothing_is_given_back_without_its_line),
		T(boot_services_are_those_that_the_kernel_may_free),
		T(boot_services_of_others_are_kept),
		T(boot_services_behind_the_kernel_are_its_own),
		T(boot_services_that_do_not_add_up_are_told),
		T(boot_services_below_1_mib_are_kept),
		T(efi_debug_keeps_boot_services),
		T(late_frees_have_their_way_and_order),
		T(what_was_not_reserved_is_told),
		T(gigantic_pages_are_counted),
		T(a_missing_gigantic_page_is_told),
		T(huge_pages_give_back_their_map),
		T(the_map_is_in_the_order_of_sections),
		T(huge_pages_of_6_1_keep_a_page_of_it),
		T(huge_pages_keep_their_map_unless_asked),
		T(cma_areas_are_given_back_wholly),
		T(a_cut_log_is_said_to_be_cut),
		T(the_hand_over_is_counted_back_from_the_total),
		T(without_debug_as_much_is_reserved_as_the_log_counts),
		T(senseless_numbers_are_survived),
	};

	return cmocka_run_group_tests_name("late", tests, NULL, NULL);
}
