/* SPDX-License-Identifier: MIT */
#include "kmem_trace.h"

#include <string.h>

#include "kmem_gfp.h"
#include "kmem_texts.h"

#define MAX_PFN (UINT64_MAX >> PF_PAGE_SHIFT)

static bool is_comment(const char *p)
{
	return *p == '#' || !*p;
}

/* --- what stands before the name: "busybox-146 [000] ...1. 2.331707: ", trace-cmd's, perf's --- */

static bool eat_time(const char **p)
{
	const char *s = *p;
	uint64_t n;

	if (!eat_dec(&s, &n) || !eat(&s, "."))
		return false;
	s += strspn(s, "0123456789");
	if (!eat(&s, ":") || !eat_spaces(&s))
		return false;
	*p = s;
	return true;
}

/* "[001] d..3. 4.515928: " from its bracket on; the flags need not be there. */
static bool eat_cpu_and_time(const char **p, uint64_t *cpu)
{
	const char *s = *p;

	if (!eat(&s, "[") || !eat_dec(&s, cpu) || !eat(&s, "]") || !eat_spaces(&s))
		return false;
	if (!eat_time(&s)) {
		s += strcspn(s, " \t");
		if (!eat_spaces(&s) || !eat_time(&s))
			return false;
	}
	*p = s;
	return true;
}

/* A task may have brackets in its name: the first that go on like the tracer's are meant. */
static bool eat_prefix(const char **p, uint64_t *cpu)
{
	for (const char *s = *p; (s = strchr(s, '[')); s++) {
		const char *end = s;

		if (eat_cpu_and_time(&end, cpu)) {
			*p = end;
			return true;
		}
	}
	return false;
}

/* --- the fields of an event --- */

/* What follows "NAME=" at the beginning of a word; NULL: there is no such field. */
static const char *field(const char *fields, const char *name)
{
	size_t length = strlen(name);

	for (const char *p = fields; p; p = strchr(p, ' ')) {
		p += strspn(p, " \t");
		if (!strncmp(p, name, length) && p[length] == '=')
			return p + length + 1;
	}
	return NULL;
}

static bool ends_word(const char *p)
{
	return !*p || *p == ' ' || *p == '\t';
}

static bool hex_field(const char *fields, const char *name, uint64_t *value)
{
	const char *p = field(fields, name);

	return p && eat_hex(&p, value) && ends_word(p);
}

static bool dec_field(const char *fields, const char *name, uint64_t *value)
{
	const char *p = field(fields, name);

	return p && eat_dec(&p, value) && ends_word(p);
}

/* Before 4.0 the pfn was decimal; "0x" tells. */
static const char *read_pfn(const char *fields, uint64_t *pfn)
{
	const char *p = field(fields, "pfn");
	bool hex = p && p[0] == '0' && p[1] == 'x';

	if (!p || !(hex ? hex_field(fields, "pfn", pfn) : dec_field(fields, "pfn", pfn)))
		return "expected pfn=NUMBER";
	return *pfn > MAX_PFN ? "the pfn lies beyond the last address" : NULL;
}

static const char *read_order(const char *fields, const char *name, struct kmem_event *e)
{
	uint64_t order;

	if (!dec_field(fields, name, &order))
		return "expected the order as a number";
	if (order > PF_MAX_ORDER)
		return "no chunk is so large here: the order is at most 10";
	if (e->pfn & ((1ull << order) - 1))
		return "the pfn is not aligned to the order";
	e->order = (uint8_t)order;
	return NULL;
}

/* "(null)", "(nil)", or all zeros; or the number that none has: no page */
static bool is_null(const char *fields)
{
	const char *p = field(fields, "page");
	uint64_t pfn;

	if (hex_field(fields, "pfn", &pfn) && pfn == UINT64_MAX)
		return true;
	if (!p)
		return false;
	if (*p == '(')
		return true;
	if (p[0] == '0' && p[1] == 'x')
		p += 2;
	p += strspn(p, "0");
	return ends_word(p);
}

static const char *read_alloc(const char *fields, struct kmem_event *e)
{
	const char *gfp = field(fields, "gfp_flags");
	uint64_t type;
	const char *bad;

	if (is_null(fields)) {
		e->kind = KMEM_ALLOC_FAILED;
		e->pfn = 0;
	}
	bad = read_order(fields, "order", e);
	if (bad)
		return bad;
	if (!dec_field(fields, "migratetype", &type) || type >= PF_MIGRATETYPES)
		return "expected migratetype=NUMBER, at most 5";
	if (!gfp)
		return "expected gfp_flags=FLAGS";
	e->gfp = kmem_gfp(gfp, (unsigned)type);
	return NULL;
}

static const char *read_free(const char *fields, struct kmem_event *e)
{
	return read_order(fields, "order", e);
}

/* Before 3.3 it had no order; it frees single pages. */
static const char *read_batched(const char *fields, struct kmem_event *e)
{
	return field(fields, "order") ? read_order(fields, "order", e) : NULL;
}

static const char *read_extfrag(const char *fields, struct kmem_event *e)
{
	uint64_t from, taken = 0;
	uint64_t pfn = e->pfn;
	const char *bad;

	e->pfn = 0; /* of the page, which need not be the chunk's first */
	bad = read_order(fields, "fallback_order", e);
	e->pfn = pfn & ~((1ull << e->order) - 1);
	if (bad)
		return bad;
	if (!dec_field(fields, "fallback_migratetype", &from) || from >= PF_MIGRATETYPES)
		return "expected fallback_migratetype=NUMBER, at most 5";
	dec_field(fields, "change_ownership", &taken);
	e->from = (uint8_t)from;
	e->taken = taken;
	return NULL;
}

static const struct {
	const char *name;
	enum kmem_kind kind;
	const char *(*read)(const char *fields, struct kmem_event *e);
} readers[] = {
	{ "mm_page_alloc:", KMEM_ALLOC, read_alloc },
	{ "mm_page_free:", KMEM_FREE, read_free },
	{ "mm_page_free_batched:", KMEM_FREE_BATCHED, read_batched },
	{ "mm_page_alloc_extfrag:", KMEM_EXTFRAG, read_extfrag },
	/* what the first two were called before 3.3 */
	{ "mm_page_free_direct:", KMEM_FREE, read_free },
	{ "mm_pagevec_free:", KMEM_FREE_BATCHED, read_batched },
};

#define READERS (sizeof(readers) / sizeof(*readers))

static void add_event(struct kmem_trace *t, const struct kmem_event *e)
{
	uint64_t last = e->pfn + (1ull << e->order) - 1;

	*vec_add(&t->events) = *e;
	t->count[e->kind]++;
	if (e->kind != KMEM_ALLOC_FAILED && last > t->highest)
		t->highest = last;
	if (e->cpu >= t->cpus)
		t->cpus = e->cpu + 1u;
}

static bool is_name(const char *p)
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n && p[n] == ':';
}

/* Return: NULL, or what is wrong with the line. */
static const char *read_event(struct kmem_trace *t, const char *p, size_t line)
{
	struct kmem_event e = { .line = (uint32_t)line };
	const char *bad = NULL;
	uint64_t cpu;

	if (!eat_prefix(&p, &cpu))
		return "expected an event, as 'TASK-PID [CPU] FLAGS TIME: EVENT: FIELDS'";
	eat(&p, "kmem:");
	for (size_t i = 0; i < READERS; i++) {
		if (!eat(&p, readers[i].name))
			continue;
		if (cpu >= KMEM_MAX_CPUS)
			return "there is no such CPU: numbers are below 4096";
		e.cpu = (uint16_t)cpu;
		e.kind = (uint8_t)readers[i].kind;
		bad = is_null(p) ? NULL : read_pfn(p, &e.pfn);
		if (!bad)
			bad = readers[i].read(p, &e);
		if (!bad)
			add_event(t, &e);
		return bad;
	}
	if (!is_name(p))
		return "expected the name of an event and a colon";
	t->others++;
	return NULL;
}

/* --- what the tracer says about itself --- */

/* "# entries-in-buffer/entries-written: 217855/217855   #P:2" */
static void read_header(struct kmem_trace *t, const char *p)
{
	const char *s = strstr(p, "entries-in-buffer/entries-written:");
	uint64_t in_buffer, written;

	if (!s)
		return;
	s += strcspn(s, ":") + 1;
	eat_spaces(&s);
	if (!eat_dec(&s, &in_buffer) || !eat(&s, "/") || !eat_dec(&s, &written))
		return;
	t->promised += in_buffer;
	t->lost += written > in_buffer ? written - in_buffer : 0;
}

/* "CPU:1 [LOST 1234 EVENTS]", "CPU 1 is empty", "CPU:1 [EVENTS DROPPED]", "cpus=2" */
static bool is_tracers(struct kmem_trace *t, const char *p)
{
	const char *lost = strstr(p, "[LOST ");
	uint64_t n;

	if (eat(&p, "cpus="))
		return true;
	if (strncmp(p, "CPU", 3) || (p[3] != ':' && p[3] != ' '))
		return false;
	if (lost && (lost += 6, eat_dec(&lost, &n)))
		t->lost += n;
	else if (strstr(p, "EVENTS DROPPED"))
		t->lost++;
	return true;
}

/* Lines that could not be read were there: damage is no end. */
static bool ended_early(const struct kmem_trace *t, const struct text *text, uint64_t unread)
{
	return t->promised ? t->events.n + t->others + unread < t->promised : text->cut;
}

bool kmem_trace_read(struct kmem_trace *t, struct text *text)
{
	struct kmem_texts texts = { .trace = t };
	uint64_t unread = 0;

	*t = (struct kmem_trace){ .malformed = 0 };
	for (size_t i = 0; i < text->lines.n; i++) {
		const char *p = text->lines.at[i];
		const char *bad = NULL;

		eat_spaces(&p);
		if (is_comment(p)) {
			kmem_texts_comment(&texts, p);
			read_header(t, p);
		} else if (text->cut && i + 1 == text->lines.n) {
			bad = "the line has no end: the file is cut off here";
		} else if (!kmem_texts_line(&texts, p, i + 1, &bad) && !is_tracers(t, p)) {
			bad = read_event(t, p, i + 1);
			unread += bad != NULL;
		}
		if (bad) {
			text_complain(text, i + 1, bad);
			t->malformed++;
		}
	}
	text_end_complaints(text);
	t->ended_early = ended_early(t, text, unread);
	return t->events.n;
}

void kmem_trace_free(struct kmem_trace *t)
{
	vec_free(&t->events);
	vec_free(&t->before.zones);
	vec_free(&t->after.zones);
}
