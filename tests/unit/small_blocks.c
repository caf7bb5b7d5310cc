/* SPDX-License-Identifier: MIT */
/*
 * Chunks of several blocks, as hosts with small blocks have them: each number of pages that can be
 * asked for, once. Catches a rest that is lost, or split for nothing, where the pages end with a
 * block; and descriptors of single blocks that would have to be mapped, which are no whole page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/boot.h>
#include <pageframe/hotplug.h>

#include "host.h"

#define MIB ((pf_phys)1 << 20)

_Static_assert(PF_MAX_ORDER > PF_BLOCK_ORDER + 1, "four blocks in a chunk");

static struct pf_mem mem;
static struct pf_zone *zone;

static int start(void **unused)
{
	struct pf_boot_config config = { 0 };

	(void)unused;
	host_reset();
	memset(&mem, 0, sizeof(mem));
	memblock_add(16 * MIB, 16 * MIB);
	memblock_allow_resize();
	assert_int_equal(pf_boot(&mem, &config), 0);
	memblock_free_all(&mem);
	zone = &mem.nodes[0]->zone[PF_ZONE_NORMAL];
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	pf_close(&mem);
	return 0;
}

static void so_many_are_missing(unsigned long pages)
{
	char why[240];

	assert_true(pf_drain_all(&mem));
	assert_int_equal(zone->nr_free, zone->managed - pages);
	if (!pf_verify(&mem, why, sizeof(why)))
		fail_msg("%s", why);
}

static void each_number_of_pages_is_served_exactly(void **unused)
{
	(void)unused;
	for (unsigned long nr = 1; nr <= 1ul << PF_MAX_ORDER; nr++) {
		pf_pfn pfn = pf_alloc_pages_exact(&mem, nr, PF_GFP_MOVABLE);

		assert_true(pfn != PF_NO_PFN);
		for (pf_pfn at = pfn; at < pfn + nr; at++)
			assert_int_equal(pf_info_state(pf_page_info(&mem, at)), PF_ALLOCATED);
		so_many_are_missing(nr);
		pf_free_pages_exact(&mem, pfn, nr);
		so_many_are_missing(0);
	}
}

/* A page of descriptors is several blocks', of which some may stay: only what needs no map comes.
 */
static void memory_comes_without_a_map_of_its_own(void **unused)
{
	struct pf_boot_config config = { .max_possible_pfn = 64 * MIB >> PF_PAGE_SHIFT };

	(void)unused;
	for (int mapped = 0; mapped < 2; mapped++) {
		host_reset();
		memset(&mem, 0, sizeof(mem));
		memblock_add(16 * MIB, 16 * MIB);
		memblock_allow_resize();
		config.memmap = mapped ? &host_mapped : NULL;
		assert_int_equal(pf_boot(&mem, &config), 0);
		memblock_free_all(&mem);
		host_forget_output();
		assert_int_equal(pf_add_memory(&mem, 0, 48 * MIB, MIB, 0), mapped ? -PF_EINVAL : 0);
		assert_int_equal(strstr(host_output(),
					"nothing can come or go: a block's "
					"descriptors are no multiple of a page") != NULL,
				 mapped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_number_of_pages_is_served_exactly, start, end),
		cmocka_unit_test_teardown(memory_comes_without_a_map_of_its_own, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
