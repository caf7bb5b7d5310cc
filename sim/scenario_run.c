/* SPDX-License-Identifier: MIT */
#include "scenario_run.h"

#include <stdarg.h>
#include <string.h>

#include "../port/posix/port.h"

static _Noreturn void out_of_memory(void)
{
	fputs("pageframe: out of memory\n", stderr);
	exit(2);
}

/* --- what a statement came to --- */

bool scenario_fail(struct scenario_run *r, const char *format, ...)
{
	va_list args;

	free(r->why);
	va_start(args, format);
	if (vasprintf(&r->why, format, args) < 0)
		out_of_memory();
	va_end(args);
	return false;
}

static const char *error_word(int ret)
{
	switch (-ret) {
	case PF_ENXIO:
		return "nothing that is online is there";
	case PF_ENOMEM:
		return "there is no memory for it";
	case PF_EBUSY:
		return "something is in use";
	case PF_EEXIST:
		return "it is so already";
	case PF_ENOSPC:
		return "there are too many";
	default:
		return "it is not possible there";
	}
}

bool scenario_said_nothing(struct scenario_run *r)
{
	fflush(r->heard_by);
	return !r->heard_size;
}

/* One that says why in words has said enough. */
bool scenario_done(struct scenario_run *r, int ret, const struct pf_obstacle *obstacle)
{
	if (ret >= 0)
		return true;
	if (obstacle && obstacle->why)
		return scenario_fail(r, "0x%llx: %s",
				     (unsigned long long)PF_PFN_PHYS(obstacle->pfn), obstacle->why);
	if (scenario_said_nothing(r))
		scenario_fail(r, "%s", error_word(ret));
	return false;
}

/* What the library says meanwhile is a part of the outcome. */
static void listen(struct scenario_run *r)
{
	r->heard = NULL;
	r->heard_by = open_memstream(&r->heard, &r->heard_size);
	if (!r->heard_by)
		out_of_memory();
	posix_port_output = r->heard_by;
}

/* As one line: "one message; the other" */
static void stop_listening(struct scenario_run *r)
{
	char *line;
	size_t size;
	FILE *to = open_memstream(&line, &size);

	if (!to)
		out_of_memory();
	posix_port_output = NULL;
	fclose(r->heard_by);
	while (r->heard_size && r->heard[r->heard_size - 1] == '\n')
		r->heard[--r->heard_size] = '\0';
	for (const char *c = r->heard; *c; c++)
		fputs(*c == '\n' ? "; " : (char[]){ *c, '\0' }, to);
	fclose(to);
	free(r->heard);
	r->heard = line;
	r->heard_size = size;
}

/* --- is it as it should be? --- */

__attribute__((format(printf, 2, 3))) static void tell(const struct scenario_run *r,
						       const char *format, ...)
{
	va_list args;

	fprintf(r->to, "%s:%zu: ", r->s->text.name, r->now->line);
	va_start(args, format);
	vfprintf(r->to, format, args);
	va_end(args);
	fputc('\n', r->to);
}

/* Why it failed, and what was said. */
static char *outcome(const struct scenario_run *r)
{
	char *text;
	const char *why = r->why ? r->why : "";
	const char *between = *why && *r->heard ? "; " : "";

	if (asprintf(&text, "%s%s%s", why, between, r->heard) < 0)
		out_of_memory();
	return text;
}

static bool judge_failure(const struct scenario_run *r, bool worked, const char *text)
{
	const struct scenario_statement *s = r->now;

	if (worked) {
		tell(r, "expected '%s' to fail, and it worked", s->source);
		return false;
	}
	if (s->reason && !strstr(text, s->reason)) {
		tell(r, "expected '%s' to fail with \"%s\", and it failed with \"%s\"", s->source,
		     s->reason, text);
		return false;
	}
	return true;
}

static bool judge_success(const struct scenario_run *r, bool worked, const char *text)
{
	const struct scenario_statement *s = r->now;

	if (!worked && s->verb->question)
		tell(r, "expected '%s', and found %s", s->source, text);
	else if (!worked)
		tell(r, "%s'%s' failed: %s", s->expected ? "expected to work: " : "", s->source,
		     text);
	else if (s->wish == SCENARIO_SAYS && !*text)
		tell(r, "expected '%s' to say \"%s\", and it said nothing", s->source, s->reason);
	else if (s->wish == SCENARIO_SAYS && !strstr(text, s->reason))
		tell(r, "expected '%s' to say \"%s\", and it said \"%s\"", s->source, s->reason,
		     text);
	else
		return true;
	return false;
}

static void show(const struct scenario_run *r, bool worked, const char *text)
{
	if (r->verbose)
		tell(r, "%s: %s%s%s", r->now->source, worked ? "worked" : "failed",
		     *text ? ": " : "", text);
	else if (worked && *text && r->now->wish == SCENARIO_WORKS)
		tell(r, "note: '%s' said: %s", r->now->source, text);
}

static void judge(struct scenario_run *r, bool worked)
{
	char *text = outcome(r);
	bool right = r->now->wish == SCENARIO_FAILS ? judge_failure(r, worked, text)
						    : judge_success(r, worked, text);

	if (right)
		show(r, worked, text);
	r->result.failed += !right;
	free(text);
}

/* --- places --- */

/* A name's place; false: it has none, or more than one. */
static bool range_of_thing(struct scenario_run *r, const char *name, struct range *range)
{
	const struct scenario_thing *t = scenario_find_thing(r, name);

	if (!t || !t->first.n)
		return scenario_fail(r, "'%s' has nothing: what should have given it failed", name);
	if (t->first.n > 1)
		return scenario_fail(r, "'%s' is %zu chunks, which are no one range", name,
				     t->first.n);
	*range = (struct range){ PF_PFN_PHYS(t->first.at[0]), PF_PFN_PHYS(t->pages) };
	return true;
}

bool scenario_address(struct scenario_run *r, const struct scenario_value *v, uint64_t *address)
{
	const struct scenario_thing *t;

	*address = v->n + v->offset;
	if (!v->word)
		return true;
	t = scenario_find_thing(r, v->word);
	if (!t || !t->first.n)
		return scenario_fail(r, "'%s' has nothing: what should have given it failed",
				     v->word);
	*address = PF_PFN_PHYS(t->first.at[0]);
	if (v->offset > UINT64_MAX - *address)
		return scenario_fail(r, "the address is above the highest");
	*address += v->offset;
	return true;
}

bool scenario_range(struct scenario_run *r, const struct scenario_value *v, struct range *range)
{
	uint64_t address;

	if (v->word && !v->size && !v->whole_block)
		return range_of_thing(r, v->word, range);
	if (!scenario_address(r, v, &address))
		return false;
	*range = (struct range){ address, v->size };
	if (v->whole_block)
		*range = (struct range){ address & ~(PF_BLOCK_SIZE - 1), PF_BLOCK_SIZE };
	else if (!v->size)
		range->size = 1;
	return range->size - 1 <= UINT64_MAX - range->base ||
	       scenario_fail(r, "the range ends above the highest address");
}

bool scenario_pages(struct scenario_run *r, const struct scenario_value *v, pf_pfn *start,
		    unsigned long *pages)
{
	struct range range;

	if (!scenario_range(r, v, &range))
		return false;
	if ((range.base | range.size) & (PF_PAGE_SIZE - 1))
		return scenario_fail(r, "these are no whole pages of 4K");
	*start = PF_PFN_DOWN(range.base);
	*pages = (unsigned long)(range.size >> PF_PAGE_SHIFT);
	return true;
}

/* --- one after the other --- */

static void run_statement(struct scenario_run *r, const struct scenario_statement *s)
{
	bool worked = true;

	r->now = s;
	r->why = NULL;
	r->result.statements++;
	r->result.expectations += s->expected;
	listen(r);
	if (!r->ready && s->verb->phase == SCENARIO_USES)
		worked = scenario_boot(r);
	if (!worked) /* nothing can be right or wrong */
		r->result.no_machine = true;
	else
		worked = s->verb->run(r, s);
	stop_listening(r);
	if (r->result.no_machine && !worked && s->wish != SCENARIO_FAILS) {
		tell(r, "there is no machine to go on with: %s", r->why);
		r->result.failed++;
	} else {
		judge(r, worked);
	}
	free(r->why);
	free(r->heard);
}

/* Whatever was done, the library's own accounts agree at the end. */
static void verify_at_end(struct scenario_run *r)
{
	static const struct scenario_verb verify = { .words = "verify", .run = scenario_verify };
	static char source[] = "verify, at the end";
	struct scenario_statement s = { .verb = &verify, .source = source };

	size_t failed = r->result.failed;

	s.line = r->s->text.lines.n;
	if (!r->ready)
		return;
	run_statement(r, &s);
	r->result.statements--;
	r->result.disorder = r->result.failed > failed;
}

struct scenario_result scenario_run(const struct scenario *s, FILE *to, bool verbose)
{
	struct scenario_run r = { .s = s, .to = to, .verbose = verbose };
	FILE *shown = posix_port_output;

	posix_port_set_cpu(0);
	for (size_t i = 0; i < s->statements.n && !r.result.no_machine; i++)
		run_statement(&r, &s->statements.at[i]);
	posix_port_set_cpu(0);
	if (!r.result.no_machine)
		verify_at_end(&r);
	scenario_shut_down(&r);
	scenario_free_things(&r);
	posix_port_output = shown;
	return r.result;
}
