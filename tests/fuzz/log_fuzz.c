/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a boot log: read, replayed, compared and shown. Catches whatever crashes, overflows,
 * leaks or loops on input that no kernel would print.
 */
#include <stdio.h>
#include <unistd.h>

#include "../../sim/compare.h"
#include "../../sim/late.h"
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
static void ask_why(const struct summary *s)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine m = { .name = "fuzz" };
	struct replay r;
	struct zones z;
	struct late late;
	struct handover h;

	text_from_bytes(&m.log_text, "fuzz", data, size);
	if (log_read(&m.log, &m.log_text)) {
		replay_run(&r, &m);
		late_find(&late, &r);
		handover_run(&h, &r, &late, size & 1 ? AS_NATIVE : AS_RECORDED);
		zones_find(&z, &m, &h.mem);
		compare_zones(&r, &z);
		compare_handover(&r, &h);
		compare_pages(&r, &h, &late);
		report_summary(&(struct summary){ &r, &late, &h, &z },
			       &(struct view){ .all = true });
		report_memblock();
		report_zoneinfo(&z);
		report_pages(&h);
		report_check(&r);
		report_json(stdout, &(struct summary){ &r, &late, &h, &z });
		ask_why(&(struct summary){ &r, &late, &h, &z });
		zones_free(&z);
		handover_free(&h);
		late_free_list(&late);
		replay_free(&r);
	}
	log_free(&m.log);
	text_free(&m.log_text);
	return 0;
}
