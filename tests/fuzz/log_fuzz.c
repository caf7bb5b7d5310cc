/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a boot log: read, replayed, compared and shown. Catches whatever crashes, overflows,
 * leaks or loops on input that no kernel would print.
 */
#include <stdio.h>
#include <unistd.h>

#include "../../sim/compare.h"
#include "../../sim/late.h"
#include "../../sim/lint.h"
#include "../../sim/report.h"
#include "../../sim/report_json.h"
#include "../../sim/why.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* What is said is formatted, but not shown: libFuzzer keeps its own copy of standard error.
	 */
	if (!freopen("/dev/null", "w", stdout))
		return 1;
	return 0;
}

/* The first and last pages of what the log speaks of, their neighbours, and the very last one. */
static void ask_why(const struct booted *s)
{
	uint64_t start = memblock_start_of_DRAM() >> PF_PAGE_SHIFT;
	uint64_t end = memblock_end_of_DRAM() >> PF_PAGE_SHIFT;
	const uint64_t pages[] = {
		0, start, start + 1, (start + end) / 2, end - 1, end, UINT64_MAX >> PF_PAGE_SHIFT
	};
	struct json j = { .to = stdout };

	json_array(&j, NULL);
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		struct why w;

		why_find(&w, s, pages[i] & UINT64_MAX >> PF_PAGE_SHIFT);
		why_print(&w, 1);
		why_json(&j, &w);
		why_free(&w);
	}
	json_close(&j);
}

static void lint(const struct booted *s)
{
	struct lint_sizes sizes = lint_default_sizes();
	struct json j = { .to = stdout };
	struct device_memory d;
	struct lint l;

	device_memory_find(&d, s->m);
	lint_find(&l, &d, &sizes);
	lint_print(&l, &s->r);
	lint_json(&j, &l, &s->r);
	lint_free(&l);
	device_memory_free(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine m = { .name = "fuzz" };
	struct booted b;

	text_from_bytes(&m.log_text, "fuzz", data, size);
	if (log_read(&m.log, &m.log_text)) {
		booted_run(&b, &m, size & 1 ? AS_NATIVE : AS_RECORDED);
		compare_zones(&b.r, &b.z);
		compare_handover(&b.r, &b.h);
		compare_pages(&b.r, &b.h, &b.late);
		report_summary(&b, &(struct view){ .all = true });
		report_memblock();
		report_zoneinfo(&b.z);
		report_pages(&b.h);
		report_proc(&b.h, pf_show_buddyinfo);
		report_proc(&b.h, pf_show_pagetypeinfo);
		report_proc(&b.h, pf_show_zoneinfo);
		report_check(&b.r);
		report_json(stdout, &b);
		ask_why(&b);
		lint(&b);
		booted_free(&b);
	}
	log_free(&m.log);
	text_free(&m.log_text);
	return 0;
}
