/* SPDX-License-Identifier: MIT */
/*
 * trace-cmd's trace.dat, through its own library: each event becomes the line ftrace prints. The
 * library trusts what it reads, and a file that is cut can kill it (seen with 1.3.1), so it works
 * in a process of its own.
 */
#include "kmem_unpack.h"

#if HAVE_TRACECMD
#include <event-parse.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <trace-cmd.h>
#include <trace-seq.h>
#include <unistd.h>

struct printer {
	FILE *to;
	struct trace_seq fields;
};

/* Fields as the event's format prints them, but for those that libraries print differently. */
static void print_fields(struct printer *p, struct tep_handle *tep, struct tep_record *record,
			 struct tep_event *event)
{
	unsigned long long pfn;
	const char *rest;

	trace_seq_reset(&p->fields);
	tep_print_event(tep, &p->fields, record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&p->fields);
	rest = strstr(p->fields.buffer, "order=");
	if (!rest || strstr(p->fields.buffer, "alloc_order=") ||
	    tep_get_field_val(NULL, event, "pfn", record, &pfn, 0))
		fputs(p->fields.buffer, p->to);
	else if (pfn > UINT64_MAX >> 12)
		fprintf(p->to, "page=(null) pfn=0x0 %s", rest);
	else
		fprintf(p->to, "page=1 pfn=0x%llx %s", pfn, rest);
}

static int print_event(struct tracecmd_input *input, struct tep_record *record, int cpu, void *arg)
{
	struct tep_handle *tep = tracecmd_get_tep(input);
	struct tep_event *event = tep_find_event_by_record(tep, record);
	struct printer *p = arg;
	int pid = tep_data_pid(tep, record);

	if (record->missed_events > 0)
		fprintf(p->to, "CPU:%d [LOST %lld EVENTS]\n", cpu,
			(long long)record->missed_events);
	else if (record->missed_events < 0)
		fprintf(p->to, "CPU:%d [EVENTS DROPPED]\n", cpu);
	if (!event)
		return 0;
	fprintf(p->to, "%s-%d [%03d] %llu.%06llu: %s: ", tep_data_comm_from_pid(tep, pid), pid, cpu,
		record->ts / 1000000000, record->ts / 1000 % 1000000, event->name);
	print_fields(p, tep, record, event);
	fputc('\n', p->to);
	return 0;
}

static bool print_all(const char *path, FILE *to)
{
	struct printer p = { .to = to };
	struct tracecmd_input *input;
	int got;

	tep_set_loglevel(TEP_LOG_NONE);
	tracecmd_set_loglevel(TEP_LOG_NONE);
	input = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!input)
		return false;
	trace_seq_init(&p.fields);
	got = tracecmd_iterate_events(input, NULL, 0, print_event, &p);
	return fflush(to) == 0 && got >= 0;
}

/* Line by line, so that what was read before the library dies is not lost. */
_Noreturn static void work(const char *path, int to)
{
	int null = open("/dev/null", O_WRONLY);
	FILE *f = fdopen(to, "w");

	if (null >= 0)
		dup2(null, STDERR_FILENO);
	if (!f)
		_exit(1);
	setvbuf(f, NULL, _IOLBF, BUFSIZ);
	_exit(print_all(path, f) ? 0 : 1);
}

static void receive(int from, bytes *out)
{
	ssize_t got;

	do {
		while (out->room < out->n + 65536)
			vec_grow((void **)&out->at, &out->room, 1);
		got = read(from, out->at + out->n, 65536);
		out->n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && out->n < UNPACK_MOST);
}

const char *unpack_trace_dat(const char *path, bytes *out)
{
	int ends[2], status = 1;
	pid_t child;

	if (pipe(ends))
		return "no pipe to trace-cmd's library";
	fflush(NULL);
	child = fork();
	if (!child) {
		close(ends[0]);
		work(path, ends[1]);
	}
	close(ends[1]);
	if (child > 0)
		receive(ends[0], out);
	close(ends[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	return status ? "a trace.dat that trace-cmd's library cannot read to its end: it is "
			"cut off, or damaged"
		      : NULL;
}
#else
const char *unpack_trace_dat(const char *path, bytes *out)
{
	(void)path;
	(void)out;
	return "it is trace-cmd's trace.dat, and this pageframe was built without libtracecmd: "
	       "give the output of 'trace-cmd report', or install libtracecmd's development files "
	       "and build again";
}
#endif
