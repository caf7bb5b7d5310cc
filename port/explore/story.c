/* SPDX-License-Identifier: MIT */
#include "story.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define SOURCE_WIDTH 31
#define TEXT	     160

struct entry {
	uint8_t thread;
	bool is_step;
	bool is_early; /* before anybody's first step: told with its thread's */
	struct op op;
	uint64_t before, after;
	char text[TEXT]; /* of what is no step, or XP_WAIT and the like */
};

static struct entry *entries;
static size_t nr_entries, room;

static struct entry *new_entry(const struct thread *t)
{
	struct entry *e;

	if (nr_entries == room) {
		struct entry *more = realloc(entries, (room * 2 + 64) * sizeof(*more));

		if (!more)
			return NULL;
		entries = more;
		room = room * 2 + 64;
	}
	e = &entries[nr_entries++];
	memset(e, 0, sizeof(*e));
	e->thread = t->id;
	e->is_early = !x.depth;
	return e;
}

void story_begin(void)
{
	nr_entries = 0;
}

/* --- kept --- */

void story_step(const struct thread *t)
{
	struct entry *e = new_entry(t);

	if (!e)
		return;
	e->is_step = true;
	e->is_early = false;
	e->op = t->op;
	e->before = t->old;
	e->after = t->old;
	if (t->op.kind == XP_IRQ)
		snprintf(e->text, TEXT, "interrupts '%s'", x.threads[t->interrupts].what->name);
}

void story_stepped(const struct thread *t)
{
	for (size_t i = nr_entries; i-- > 0;) {
		struct entry *e = &entries[i];

		if (e->thread != t->id || !e->is_step)
			continue;
		if (is_at_place(e->op.kind))
			e->after = read_value(e->op.at, e->op.size);
		return;
	}
}

void story_event(const struct thread *t, const char *text, const volatile void *at,
		 const struct xp_site *site)
{
	struct entry *e = new_entry(t);

	if (!e)
		return;
	e->op.site = site;
	e->op.at = at;
	snprintf(e->text, TEXT, "%s%s%s", text, site ? " " : "", site ? site->what : "");
}

void xp_note(const char *format, ...)
{
	char text[TEXT];
	va_list args;

	if (!x.telling || !x.current)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	story_event(x.current, text, NULL, NULL);
}

/* --- told --- */

static bool is_at_same_place(const struct entry *a, const struct entry *b)
{
	return a->op.at && a->op.at == b->op.at;
}

/* The place is one thread's only, or nobody writes to it. */
static bool is_private(const struct entry *e)
{
	bool stored = false, others = false;

	for (size_t i = 0; i < nr_entries; i++) {
		const struct entry *o = &entries[i];

		if (!o->is_step || !is_at_same_place(o, e))
			continue;
		stored |= stores(o->op.kind);
		others |= o->thread != e->thread;
	}
	return !stored || !others;
}

/* The thread has seen this already, or done it. */
static bool is_known(const struct entry *e)
{
	if (e->op.kind != XP_LOAD)
		return false;
	for (const struct entry *o = e; o-- > entries;)
		if (o->thread == e->thread && is_at_same_place(o, e))
			return o->after == e->before;
	return false;
}

/* What it looked at last, before it waits. */
static bool is_waited_for(const struct entry *e)
{
	for (const struct entry *o = e + 1; o < entries + nr_entries; o++)
		if (o->thread == e->thread)
			return o->op.kind == XP_WAIT && o->is_step;
	return e->op.kind == XP_LOAD && x.threads[e->thread].op.kind == XP_WAIT;
}

/* It has waited for just this already. */
static bool is_wait_again(const struct entry *e)
{
	unsigned waits = 0;

	for (const struct entry *o = e; o-- > entries;) {
		if (o->thread != e->thread || !o->is_step)
			continue;
		if (o->op.kind == XP_WAIT)
			waits++;
		else if (o->op.kind != XP_LOAD || !is_known(o))
			return waits > 1;
	}
	return waits > 1;
}

static bool is_told(const struct entry *e)
{
	if (e->op.kind == XP_WAIT || (e->is_step && is_waited_for(e)))
		return !is_wait_again(e);
	return !e->op.at || (!is_private(e) && !(e->is_step && is_known(e)));
}

static void name_place(const struct op *op, char *text)
{
	*text = '\0';
	if (x.code->place)
		x.code->place(op->at, text, TEXT);
	if (!*text)
		snprintf(text, TEXT, "%s", op->site->what);
}

static void name_value(const struct op *op, uint64_t value, char *text)
{
	*text = '\0';
	if (x.code->value)
		x.code->value(op->at, value, text, TEXT);
	if (!*text)
		snprintf(text, TEXT, value < 0x10000 ? "%llu" : "%#llx", (unsigned long long)value);
}

static void tell_access(FILE *f, const struct entry *e)
{
	char place[TEXT], before[TEXT], after[TEXT];

	name_place(&e->op, place);
	name_value(&e->op, e->before, before);
	name_value(&e->op, e->after, after);
	if (e->op.kind == XP_LOAD)
		fprintf(f, "%s is %s", place, before);
	else if (e->before == e->after)
		fprintf(f, "%s %s %s", place, e->op.kind == XP_STORE ? "again" : "stays", after);
	else
		fprintf(f, "%s: %s -> %s", place, before, after);
}

static void tell(FILE *f, const struct entry *e)
{
	if (*e->text) {
		fputs(e->text, f);
		return;
	}
	switch (e->op.kind) {
	case XP_LOCK:
		fprintf(f, "lock %s", e->op.site->what);
		return;
	case XP_WAIT:
		fputs("waits for that to change", f);
		return;
	case XP_IRQ_OFF:
		fputs("interrupts off", f);
		return;
	default:
		tell_access(f, e);
	}
}

/* From the repository on: a file of src/ that a fault includes is named from there. */
const char *story_file(const char *file)
{
	for (const char *at = file; (at = strstr(at, "../")); at += strlen("../"))
		file = at + strlen("../");
	return file;
}

static void print_source(FILE *f, const struct xp_site *site)
{
	char text[TEXT] = "";

	if (site && site->line)
		snprintf(text, sizeof(text), "%s:%d", story_file(site->file), site->line);
	fprintf(f, "%-*s ", SOURCE_WIDTH, text);
}

static int column(unsigned thread)
{
	return (int)thread * (x.nr_threads > 2 ? 16 : 32);
}

static void print_head(FILE *f)
{
	fprintf(f, "%-*s ", SOURCE_WIDTH, "");
	for (int i = 0; i < x.nr_threads; i++)
		fprintf(f, "%-*s", i + 1 < x.nr_threads ? column(1) : 0, x.threads[i].what->name);
	fputc('\n', f);
}

static void print_left_out(FILE *f, size_t n)
{
	if (n)
		fprintf(f, "%-*s ... %zu step%s\n", SOURCE_WIDTH, "", n, n == 1 ? "" : "s");
}

static void print_entry(FILE *f, const struct entry *e)
{
	print_source(f, e->op.site);
	fprintf(f, "%*s", column(e->thread), "");
	tell(f, e);
	fputc('\n', f);
}

/* What a thread did before its first step. */
static void print_early(FILE *f, uint8_t thread, uint8_t *begun)
{
	if (*begun & bit(thread))
		return;
	*begun |= bit(thread);
	for (size_t i = 0; i < nr_entries && entries[i].is_early; i++)
		if (entries[i].thread == thread)
			print_entry(f, &entries[i]);
}

void story_print(FILE *f, bool all)
{
	size_t left_out = 0;
	uint8_t begun = 0;

	print_head(f);
	for (size_t i = 0; i < nr_entries; i++) {
		const struct entry *e = &entries[i];
		bool is_told_now = !e->is_early && (all || is_told(e));

		if (!e->is_early && (is_told_now || !(begun & bit(e->thread)))) {
			print_left_out(f, left_out);
			left_out = 0;
			print_early(f, e->thread, &begun);
		}
		if (is_told_now)
			print_entry(f, e);
		else
			left_out += !e->is_early;
	}
	print_left_out(f, left_out);
	/* Who has not begun. */
	for (int i = 0; i < x.nr_threads; i++)
		print_early(f, (uint8_t)i, &begun);
}
