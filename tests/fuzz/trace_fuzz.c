/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a trace of the page allocator: read, planned, replayed on a machine made up from it,
 * and shown. Catches whatever crashes, overflows, leaks or loops on input that no tracer would
 * print.
 */
#include "../../sim/booted.h"
#include "../../sim/kmem_machine.h"
#include "../../sim/kmem_report.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return !freopen("/dev/null", "w", stdout);
}

/*
 * A machine of many blocks takes as long for each input as one of a few takes for a thousand; and
 * so does one of many CPUs, all of whose lists are looked through where memory is short.
 */
static bool is_small(const struct machine *m)
{
	return m->cpus <= 64 &&
	       (!m->log.nodes.n ||
		range_end(m->log.nodes.at[m->log.nodes.n - 1].range) <= 1ull << 33);
}

static void replay(const struct kmem_file *f, const struct kmem_trace *t, const struct machine *m,
		   const char *how)
{
	struct kmem_report report = { .file = f, .machine = "fuzz", .how = how };
	struct kmem_replay r;
	struct kmem_plan p;
	struct booted b;

	booted_run(&b, m, AS_RECORDED);
	if (b.h.ready) {
		kmem_plan_make(&p, t);
		kmem_replay_run(&r, t, &p, &b.h.mem, false, NULL, NULL);
		if (*r.wrong)
			abort();
		report.replay = &r;
		kmem_report(&report, &(struct view){ .all = true });
		kmem_report_json(stdout, &report);
		kmem_replay_free(&r);
		kmem_plan_free(&p);
	}
	booted_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kmem_file f = { .name = (char[]){ "fuzz" } };
	struct kmem_trace t;
	struct machine m;
	char *how;

	text_from_bytes(&f.text, "fuzz", data, size);
	if (kmem_trace_read(&t, &f.text)) {
		kmem_machine_make(&m, &t, &how);
		m.cpus = t.cpus;
		if (is_small(&m))
			replay(&f, &t, &m, how);
		machine_free(&m);
		free(how);
	}
	kmem_trace_free(&t);
	text_free(&f.text);
	return 0;
}
