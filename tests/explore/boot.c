/* SPDX-License-Identifier: MIT */
/* Memory that is handed over, given back late, or described while something else goes on. */
#include "machine.h"
#include "scenarios.h"

/* --- given back late, while the rest of the hand-over goes on --- */

/* Half of the last block is reserved; the two blocks before it are deferred. */
#define LATE	 (PAGES - PF_BLOCK_PAGES)
#define LATE_NR	 (PF_BLOCK_PAGES / 2)
#define DEFERRED (2 * PF_BLOCK_PAGES)

/* As KMSAN, which may keep for itself what nobody had. */
static void shadow(struct pf_mem *m, pf_pfn pfn, unsigned long pages, enum pf_release how)
{
	bool was_used = pfn >= LATE && pfn < LATE + LATE_NR;

	(void)m;
	if (was_used && how != PF_RELEASE_LATE)
		xp_fail("pages %#lx to %#lx were in use since boot, and shadow memory is told that "
			"nobody had them",
			(unsigned long)pfn, (unsigned long)(pfn + pages - 1));
	if (!was_used && how == PF_RELEASE_LATE)
		xp_fail("pages %#lx to %#lx were free at boot, and shadow memory is told that they "
			"were in use",
			(unsigned long)pfn, (unsigned long)(pfn + pages - 1));
}

static void boot_with_deferred(void)
{
	struct pf_boot_config config = {
		.pages_at_once = LATE - DEFERRED,
		.released = shadow,
	};

	machine_boot(&config, LATE, LATE_NR);
}

static void late(pf_pfn pfn, unsigned long nr)
{
	xp_note("memblock_free_late(pages %#lx to %#lx)", (unsigned long)pfn,
		(unsigned long)(pfn + nr - 1));
	if (memblock_free_late(PF_PFN_PHYS(pfn), PF_PFN_PHYS(nr)))
		xp_fail("what was reserved cannot be given back");
	xp_note("  done");
}

static void give_back(void)
{
	late(LATE, LATE_NR);
}

static void hand_over(void)
{
	xp_note("pf_release_deferred()");
	xp_note("  = %lu pages", pf_release_deferred(&mem, 0, ~0ul));
}

const struct xp_scenario late_free = {
	.name = "late-free",
	.title = "reserved memory is given back while deferred memory is handed over",
	.setup = boot_with_deferred,
	.threads = { { "late", give_back, 0 }, { "deferred", hand_over, 0 } },
	.check = check_all,
};

/* --- a whole block, which need not be split --- */

#define LATE_BLOCK (PAGES - PF_BLOCK_PAGES)

static void boot_with_block(void)
{
	struct pf_boot_config config = { .pages_at_once = LATE_BLOCK - DEFERRED };

	machine_boot(&config, LATE_BLOCK, PF_BLOCK_PAGES);
}

static void give_back_block(void)
{
	late(LATE_BLOCK, PF_BLOCK_PAGES);
}

const struct xp_scenario late_free_block = {
	.name = "late-free-block",
	.title = "a reserved block is given back while deferred memory is handed over",
	.setup = boot_with_block,
	.threads = { { "late", give_back_block, 0 }, { "deferred", hand_over, 0 } },
	.check = check_all,
};

/* --- by two, a half of the block each --- */

static void boot_reserved(void)
{
	struct pf_boot_config config = { 0 };

	machine_boot(&config, LATE_BLOCK, PF_BLOCK_PAGES);
}

static void first_half(void)
{
	late(LATE_BLOCK, PF_BLOCK_PAGES / 2);
}

static void second_half(void)
{
	late(LATE_BLOCK + PF_BLOCK_PAGES / 2, PF_BLOCK_PAGES / 2);
}

const struct xp_scenario late_free_by_two = {
	.name = "late-free-by-two",
	.title = "two threads give back a half each of a reserved block",
	.setup = boot_reserved,
	.threads = { { "first", first_half, 0 }, { "second", second_half, 0 } },
	.check = check_all,
};

/* --- the rest of the hand-over, by two --- */

static void boot_deferring(void)
{
	struct pf_boot_config config = { .pages_at_once = PAGES - DEFERRED };

	machine_boot(&config, 0, 0);
}

const struct xp_scenario deferred_by_two = {
	.name = "deferred-by-two",
	.title = "two threads hand deferred memory over",
	.setup = boot_deferring,
	.threads = { { "first", hand_over, 0 }, { "second", hand_over, 0 } },
	.check = check_all,
};

/* An allocation in a handler asks for more, too. */
const struct xp_scenario deferred_in_handler = {
	.name = "deferred-in-handler",
	.title = "a handler wants deferred memory that its CPU is handing over",
	.setup = boot_deferring,
	.threads = { { "task", hand_over, 0 }, { "handler", hand_over, 1 } },
	.check = check_all,
};

/* --- somebody wants the rest before the hand-over is done --- */

/* Three blocks are free now, and two of them are for later. */
#define FREED (DEFERRED + PF_BLOCK_PAGES)

static void boot_only(void)
{
	struct pf_boot_config config = { .pages_at_once = PF_BLOCK_PAGES };

	machine_boot(&config, 0, PAGES);
	memblock_phys_free(PF_PFN_PHYS(PAGES - FREED), PF_PFN_PHYS(FREED));
	mem.handed_over = false;
}

static void hand_over_all(void)
{
	xp_note("memblock_free_all()");
	xp_note("  = %lu pages", memblock_free_all(&mem));
}

static void check_rest(void)
{
	pf_release_deferred(&mem, 0, ~0ul);
	all_is_right(PAGES, PAGES - FREED);
}

const struct xp_scenario deferred_too_soon = {
	.name = "deferred-too-soon",
	.title = "somebody hands deferred memory over before all of it is",
	.setup = boot_only,
	.threads = { { "boot", hand_over_all, 0 }, { "deferred", hand_over, 0 } },
	.check = check_rest,
};

/* --- descriptors, before they are needed and when --- */

/* The block that is split first is the next that is described early. */
static void boot_undescribed(void)
{
	pf_pfn pfn;

	boot_free();
	pfn = pf_alloc_pages(&mem, PF_BLOCK_ORDER, PF_GFP_MOVABLE);
	pf_free_pages(&mem, pfn, PF_BLOCK_ORDER);
	pf_drain_all(&mem);
	mem.described_next = pf_block_nr(&mem, pfn);
}

static void describe_one(void)
{
	xp_note("pf_init_descriptors(one block)");
	xp_note("  = %lu", pf_init_descriptors(&mem, 1));
}

static void split_one(void)
{
	get(0, PF_GFP_MOVABLE);
}

const struct xp_scenario describe_and_split = {
	.name = "describe-and-split",
	.title = "a block's descriptors are written early, and it is split",
	.setup = boot_undescribed,
	.threads = { { "describe", describe_one, 0 }, { "split", split_one, 0 } },
	.check = check_all,
};

const struct xp_scenario describe_in_handler = {
	.name = "describe-in-handler",
	.title = "a handler splits the block whose descriptors its CPU writes",
	.setup = boot_undescribed,
	.threads = { { "describe", describe_one, 0 }, { "handler", split_one, 1 } },
	.check = check_all,
};
