/* SPDX-License-Identifier: MIT */
/* From lines to statements: everything that can be known before anything is done. */
#include "scenario.h"

#include <stdarg.h>
#include <string.h>

#include <pageframe/mem.h>

#include "nearest.h"
#include "scenario_words.h"

struct reader {
	struct scenario *s;
	size_t line;
	scenario_words words; /* of the line */
	size_t next;	      /* of them */
	size_t end;	      /* of what belongs to the action or question */
	VEC(struct known {
		const char *name;
		size_t line;
	})
	names;
	size_t made;   /* the line of the first MAKES; 0: none */
	size_t booted; /* the line that boots; 0: none */
	bool failed;
};

/* Always false. Bytes that no terminal should get are left out. */
__attribute__((format(printf, 2, 3))) static bool wrong(struct reader *r, const char *format, ...)
{
	char reason[400];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	for (char *c = reason; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '.';
	text_complain(&r->s->text, r->line, reason);
	r->failed = true;
	return false;
}

/* Shown words are no longer than this. */
#define SHOWN 40

static const struct scenario_word *peek(const struct reader *r)
{
	return r->next < r->end ? &r->words.at[r->next] : NULL;
}

/* Is the next one this plain word? */
static bool is_next(const struct reader *r, const char *word)
{
	const struct scenario_word *w = peek(r);

	return w && w->kind == 'w' && !strcmp(w->text, word);
}

static bool take(struct reader *r, const char *word)
{
	bool is = is_next(r, word);

	r->next += is;
	return is;
}

/* The word stays as long as the scenario. */
static const char *keep(struct reader *r, size_t i)
{
	char *text = r->words.at[i].text;

	*vec_add(&r->s->words) = text;
	r->words.at[i].text = NULL;
	return text;
}

/* --- names --- */

static const struct known *find_name(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->names.n; i++)
		if (!strcmp(r->names.at[i].name, name))
			return &r->names.at[i];
	return NULL;
}

static bool unknown_name(struct reader *r, const char *name)
{
	struct nearest n = { .word = name };

	for (size_t i = 0; i < r->names.n; i++)
		nearest_consider(&n, r->names.at[i].name);
	if (n.best)
		return wrong(r, "no line before gives the name '%.*s'; is it '%s'?", SHOWN, name,
			     n.best);
	return wrong(r,
		     "no line before gives the name '%.*s'; a name is given as in: a = alloc "
		     "order 0",
		     SHOWN, name);
}

static bool begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(const char *text)
{
	if (!begins_name(*text))
		return false;
	for (; *text; text++)
		if (!begins_name(*text) && !(*text >= '0' && *text <= '9') && *text != '-' &&
		    *text != '_')
			return false;
	return true;
}

/* A statement that has it as a word would have two meanings. */
static bool is_of_the_language(const char *text)
{
	static const char *const others[] = { "expect", "fails", "says",   "block",  "page",
					      "all",	"chunk", "nofree", "memory", "of" };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(text, others[i]))
			return true;
	for (const struct scenario_verb *v = scenario_verbs; v->words; v++)
		for (const struct scenario_param *p = v->params; p->kind; p++)
			if (p->keyword && !strcmp(text, p->keyword))
				return true;
	return false;
}

static const char *new_name(struct reader *r, size_t i)
{
	const char *text = r->words.at[i].text;
	const struct known *k = find_name(r, text);

	if (r->words.at[i].kind != 'w' || !is_name(text))
		wrong(r,
		      "'%.*s' is no name: they begin with a letter, and have letters, digits, - "
		      "and _",
		      SHOWN, text);
	else if (is_of_the_language(text))
		wrong(r, "'%s' is a word of the language: take another name", text);
	else if (k)
		wrong(r, "the name '%.*s' is taken since line %zu: take another", SHOWN, text,
		      k->line);
	else {
		struct known *n = vec_add(&r->names);

		*n = (struct known){ keep(r, i), r->line };
		return n->name;
	}
	return NULL;
}

/* --- arguments --- */

static bool bad_number(struct reader *r, const struct scenario_word *w, const char *why)
{
	return wrong(r, "'%.*s': %s", SHOWN, w->text, why);
}

static bool read_number(struct reader *r, enum scenario_kind kind, struct scenario_value *v)
{
	const struct scenario_word *w = peek(r);
	const char *why;

	if (kind == SCENARIO_COUNT && take(r, "all")) {
		v->n = SCENARIO_ALL;
		return true;
	}
	why = kind == SCENARIO_SIZE ? scenario_number(w->text, &v->n)
				    : scenario_plain_number(w->text, &v->n);
	r->next++;
	if (!why && kind == SCENARIO_COUNT && !v->n)
		why = "that would be none at all: give a number from 1 on, or 'all'";
	return !why || bad_number(r, w, why);
}

/* "page 3 of": up to there. */
static bool read_page_of(struct reader *r, struct scenario_value *v)
{
	const struct scenario_word *w = peek(r);
	uint64_t n;

	if (!w || w->kind != 'w' || scenario_plain_number(w->text, &n))
		return wrong(r, "'page' goes on with a number, 'of', and an address or a name");
	if (n >> (64 - PF_PAGE_SHIFT))
		return bad_number(r, w, "it is too large: addresses and sizes have 64 bits");
	r->next++;
	if (!take(r, "of"))
		return wrong(r, "'page' goes on with a number, 'of', and an address or a name");
	v->page_of = true;
	v->offset = n << PF_PAGE_SHIFT;
	return true;
}

/* An address or a name. */
static bool read_address(struct reader *r, struct scenario_value *v)
{
	const struct scenario_word *w;
	const char *why;

	if (take(r, "page") && !read_page_of(r, v))
		return false;
	w = peek(r);
	if (!w)
		return wrong(r, "an address or a name is missing at the end");
	if (w->kind == '[' || is_next(r, "block"))
		return wrong(r, "an address is expected here, and not a range");
	if (w->kind == 'w' && is_name(w->text)) {
		if (!find_name(r, w->text))
			return unknown_name(r, w->text);
		v->word = keep(r, r->next++);
		return true;
	}
	why = scenario_number(w->text, &v->n);
	if (!why && v->offset > UINT64_MAX - v->n)
		why = "the page is above the highest address";
	r->next++;
	return !why || bad_number(r, w, why);
}

/* Behind '+'. */
static bool read_distance(struct reader *r, const struct scenario_value *v, uint64_t *n)
{
	const struct scenario_word *w = peek(r);
	const char *why;

	if (!w)
		return wrong(r, "a size is missing behind '+'");
	why = scenario_number(w->text, n);
	r->next++;
	if (why)
		return bad_number(r, w, why);
	if (!v->word && *n && *n - 1 > UINT64_MAX - v->n - v->offset)
		return wrong(r, "what is behind '+' leads above the highest address");
	return true;
}

static bool read_size(struct reader *r, struct scenario_value *v)
{
	if (!read_distance(r, v, &v->size))
		return false;
	return v->size || wrong(r, "a range of no bytes is none: give it a size");
}

#define NO_SUM "'+' makes a range, and an address is expected here: write "

/* "64M + 4K": in other statements it is a range, and never a sum. */
static bool no_range(struct reader *r, const struct scenario_value *v)
{
	const struct scenario_word *w;
	uint64_t n;

	r->next++;
	w = peek(r);
	if (v->page_of || !w || scenario_number(w->text, &n) || n > UINT64_MAX - v->n ||
	    (v->word && n & (PF_PAGE_SIZE - 1)))
		return wrong(r, NO_SUM "the sum as one number, or 'page 1 of' a name");
	if (v->word)
		return wrong(r, NO_SUM "'page %llu of %.*s'",
			     (unsigned long long)(n >> PF_PAGE_SHIFT), SHOWN, v->word);
	return wrong(r, NO_SUM "0x%llx", (unsigned long long)(v->n + n));
}

static bool read_address_alone(struct reader *r, struct scenario_value *v)
{
	return read_address(r, v) && (!is_next(r, "+") || no_range(r, v));
}

static bool read_place(struct reader *r, enum scenario_kind kind, struct scenario_value *v)
{
	const struct scenario_word *w = peek(r);

	if (w->kind == '[') {
		const char *why = scenario_first_last(w->text, &v->n, &v->size);

		r->next++;
		return !why || bad_number(r, w, why);
	}
	if (take(r, "block")) {
		v->whole_block = true;
		if (!take(r, "of"))
			return wrong(r, "'block' goes on with 'of' and an address or a name");
		return read_address_alone(r, v);
	}
	if (!read_address(r, v))
		return false;
	if (take(r, "+"))
		return read_size(r, v);
	if (v->page_of) {
		v->size = PF_PAGE_SIZE;
		return true;
	}
	if (kind == SCENARIO_RANGE && !v->word)
		return wrong(r,
			     "'%.*s' is an address, and a range is expected: ADDRESS + SIZE, "
			     "[FIRST-LAST], block of ADDRESS, or a name",
			     SHOWN, w->text);
	return true;
}

static bool find_choice(const struct scenario_param *p, const char *word, int *choice)
{
	for (int i = 0; p->choices[i]; i++)
		if (!strcmp(p->choices[i], word)) {
			*choice = i;
			return true;
		}
	return false;
}

static bool read_choice(struct reader *r, const struct scenario_param *p, struct scenario_value *v)
{
	const struct scenario_word *w = peek(r);
	struct nearest n = { .word = w->text };
	char all[200] = "";

	for (int i = 0; p->choices[i]; i++) {
		size_t length = strlen(all);

		nearest_consider(&n, p->choices[i]);
		snprintf(all + length, sizeof(all) - length, "%s%s", i ? ", " : "", p->choices[i]);
	}
	if (w->kind != 'w' || !find_choice(p, w->text, &v->choice)) {
		if (n.best)
			return wrong(r, "unknown word '%.*s'; is it '%s'?", SHOWN, w->text, n.best);
		return wrong(r, "unknown word '%.*s'; one of these is expected: %s", SHOWN, w->text,
			     all);
	}
	v->word = p->choices[v->choice];
	r->next++;
	return true;
}

static bool read_name(struct reader *r, struct scenario_value *v)
{
	const struct scenario_word *w = peek(r);

	if (w->kind != 'w' || !find_name(r, w->text))
		return unknown_name(r, w->text);
	v->word = keep(r, r->next++);
	return true;
}

static bool read_value(struct reader *r, const struct scenario_statement *s,
		       const struct scenario_param *p, struct scenario_value *v)
{
	v->given = true;
	if (p->kind == SCENARIO_FLAG)
		return true;
	if (!peek(r))
		return wrong(r, "something is missing at the end: %s", s->verb->usage);
	switch (p->kind) {
	case SCENARIO_ADDRESS:
		return read_address_alone(r, v);
	case SCENARIO_RANGE:
	case SCENARIO_PLACE:
		return read_place(r, p->kind, v);
	case SCENARIO_CHOICE:
		return read_choice(r, p, v);
	case SCENARIO_NAME:
		return read_name(r, v);
	case SCENARIO_TEXT:
		v->word = keep(r, r->next++);
		return true;
	default:
		return read_number(r, p->kind, v);
	}
}

/* May it stand anywhere behind those that are known by their place? */
static bool is_floating(const struct scenario_param *params, size_t i)
{
	const struct scenario_param *p = &params[i];

	return p->keyword ||
	       (p->kind == SCENARIO_CHOICE && (p->optional || (i && params[i - 1].keyword)));
}

static bool unknown_argument(struct reader *r, const struct scenario_statement *s)
{
	const char *word = peek(r)->text;
	struct nearest n = { .word = word };

	for (size_t i = 0; i < SCENARIO_PARAMS && s->verb->params[i].kind; i++) {
		const struct scenario_param *p = &s->verb->params[i];
		int ignored;

		if (s->value[i].given &&
		    ((p->keyword && !strcmp(p->keyword, word)) ||
		     (!p->keyword && p->choices && find_choice(p, word, &ignored))))
			return wrong(r, "'%s' is one too many: %s", word, s->verb->usage);
		if (s->value[i].given)
			continue;
		if (p->keyword)
			nearest_consider(&n, p->keyword);
		for (int c = 0; p->choices && p->choices[c]; c++)
			nearest_consider(&n, p->choices[c]);
	}
	if (s->expected) {
		nearest_consider(&n, "fails");
		nearest_consider(&n, "says");
	}
	if (n.best)
		return wrong(r, "unknown word '%.*s'; is it '%s'?", SHOWN, word, n.best);
	return wrong(r, "'%.*s' has no place here: %s", SHOWN, word, s->verb->usage);
}

/* The next word begins one of the arguments that may stand anywhere. */
static bool read_floating(struct reader *r, struct scenario_statement *s)
{
	for (size_t i = 0; s->verb->params[i].kind; i++) {
		const struct scenario_param *p = &s->verb->params[i];
		int ignored;

		if (!is_floating(s->verb->params, i) || s->value[i].given || peek(r)->kind != 'w')
			continue;
		if (p->keyword ? take(r, p->keyword) : find_choice(p, peek(r)->text, &ignored))
			return read_value(r, s, p, &s->value[i]);
	}
	return unknown_argument(r, s);
}

static bool read_arguments(struct reader *r, struct scenario_statement *s)
{
	const struct scenario_param *params = s->verb->params;

	for (size_t i = 0; params[i].kind; i++) {
		if (is_floating(params, i))
			continue;
		if (!peek(r) && params[i].optional)
			break;
		if (!read_value(r, s, &params[i], &s->value[i]))
			return false;
	}
	while (peek(r))
		if (!read_floating(r, s))
			return false;
	for (size_t i = 0; params[i].kind; i++)
		if (!params[i].optional && !s->value[i].given)
			return wrong(r, "something is missing at the end: %s", s->verb->usage);
	return true;
}

/* --- which statement it is --- */

static bool unknown_verb(struct reader *r)
{
	const char *word = peek(r)->text;
	struct nearest n = { .word = word };
	char goes_on[200] = "";

	if (peek(r)->kind != 'w')
		return wrong(r, "a statement begins with a word, and not with '%.*s'", SHOWN, word);
	for (const struct scenario_verb *v = scenario_verbs; v->words; v++) {
		size_t first = strcspn(v->words, " "), length = strlen(goes_on);
		char head[32];

		snprintf(head, sizeof(head), "%.*s", (int)first, v->words);
		nearest_consider(&n, head);
		if (n.best == head)
			n.best = v->words;
		if (v->words[first] && !strcmp(head, word))
			snprintf(goes_on + length, sizeof(goes_on) - length, "%s'%s'",
				 length ? ", " : "", v->words);
	}
	nearest_consider(&n, "expect");
	if (*goes_on)
		return wrong(r, "'%s' is the beginning of something else: %s", word, goes_on);
	if (strchr(word, '='))
		return wrong(r, "'%.*s': '=' and '+' stand alone, with a blank on each side", SHOWN,
			     word);
	if (n.best)
		return wrong(r, "unknown word '%.*s'; is it '%.*s'?", SHOWN, word,
			     (int)strcspn(n.best, " "), n.best);
	return wrong(r, "unknown word '%.*s'; docs/scenarios.md has those that there are", SHOWN,
		     word);
}

/* The longest one that the next words begin with. */
static const struct scenario_verb *take_verb(struct reader *r)
{
	const struct scenario_verb *found = NULL;
	size_t words = 0;

	for (const struct scenario_verb *v = scenario_verbs; v->words; v++) {
		size_t first = strcspn(v->words, " ");
		const struct scenario_word *w = peek(r);
		bool two = v->words[first];

		if (w->kind != 'w' || strlen(w->text) != first ||
		    strncmp(w->text, v->words, first) || (two ? 2u : 1u) <= words)
			continue;
		r->next += two;
		if (!two || is_next(r, v->words + first + 1)) {
			found = v;
			words = two ? 2 : 1;
		}
		r->next -= two;
	}
	r->next += words;
	return found;
}

/* Does it come at a time when it can be done? */
static bool check_phase(struct reader *r, const struct scenario_verb *v)
{
	if (v->phase == SCENARIO_LOADS && (r->booted || r->made))
		return wrong(r, "line %zu has a machine already: another one has its own file",
			     r->booted ? r->booted : r->made);
	if (v->phase == SCENARIO_MAKES && r->booted)
		return wrong(r, "the machine boots in line %zu: what comes later is 'add memory'",
			     r->booted);
	if (v->phase == SCENARIO_BOOTS && r->booted)
		return wrong(r, "the machine boots in line %zu already", r->booted);
	if (v->phase != SCENARIO_LOADS && v->phase != SCENARIO_MAKES && !r->made && !r->booted) {
		r->made = r->line; /* said once */
		return wrong(r, "there is no machine yet: begin with 'machine NAME' or 'memory "
				"RANGE'");
	}
	if (v->phase == SCENARIO_MAKES && !r->made)
		r->made = r->line;
	if (v->phase != SCENARIO_MAKES && !r->booted)
		r->booted = r->line;
	return true;
}

static bool check_form(struct reader *r, const struct scenario_statement *s)
{
	const struct scenario_verb *v = s->verb;

	if (v->asks && !s->expected)
		return wrong(r, "'%s' asks: write 'expect %s'", v->words, v->usage);
	if (s->result && !v->gives)
		return wrong(r, "'%s' gives nothing that could have a name", v->words);
	if (s->result && s->wish == SCENARIO_FAILS)
		return wrong(r, "what fails gives nothing that could have a name: leave out '%s ='",
			     s->result);
	if (v->gives && !s->result && s->wish != SCENARIO_FAILS)
		return wrong(r, "what it gives needs a name: a = %s", v->usage);
	if (v->question && s->wish != SCENARIO_WORKS)
		return wrong(r,
			     "'%s' asks, and cannot fail or say anything: ask for what is "
			     "right",
			     v->words);
	return true;
}

/* --- a line --- */

static bool read_reason(struct reader *r, struct scenario_statement *s)
{
	size_t i = r->end + 1;

	if (!s->expected)
		return wrong(r, "'%s' goes with 'expect' only: expect ... %s",
			     r->words.at[r->end].text, r->words.at[r->end].text);
	if (i < r->words.n && r->words.at[i].kind == '"')
		s->reason = keep(r, i++);
	if (i < r->words.n)
		return wrong(r,
			     "'%.*s' has no place here: behind '%s' stands a \"text\", and "
			     "nothing else",
			     SHOWN, r->words.at[i].text ? r->words.at[i].text : "",
			     r->words.at[r->end].text);
	if (s->wish == SCENARIO_SAYS && !s->reason)
		return wrong(r, "'says' goes on with a \"text\"");
	return true;
}

/* What may stand behind the action: fails "...", says "...". */
static void find_end(struct reader *r, struct scenario_statement *s)
{
	for (r->end = 0; r->end < r->words.n; r->end++) {
		const struct scenario_word *w = &r->words.at[r->end];

		if (w->kind != 'w')
			continue;
		if (!strcmp(w->text, "fails"))
			s->wish = SCENARIO_FAILS;
		else if (!strcmp(w->text, "says"))
			s->wish = SCENARIO_SAYS;
		if (s->wish)
			return;
	}
}

static void keep_source(struct reader *r, struct scenario_statement *s, size_t first)
{
	const char *line = r->s->text.lines.at[r->line - 1];
	size_t start = r->words.at[first].start;

	s->source = strndup(line + start, r->words.at[r->end - 1].end - start);
	if (!s->source) {
		fputs("pageframe: out of memory\n", stderr);
		exit(2);
	}
	for (char *c = s->source; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = *c == '\t' ? ' ' : '.';
}

static bool read_statement(struct reader *r, struct scenario_statement *s)
{
	size_t first;

	find_end(r, s);
	s->expected = take(r, "expect");
	if (!peek(r))
		return wrong(r, "what is to be done? Something is missing here");
	first = r->next;
	if (is_next(r, "="))
		return wrong(r, "a name is missing before '=': a = alloc order 0");
	if (r->next + 1 < r->end && r->words.at[r->next + 1].kind == 'w' &&
	    !strcmp(r->words.at[r->next + 1].text, "=")) {
		s->result = new_name(r, r->next);
		r->next += 2;
		if (!s->result)
			return false;
		if (!peek(r))
			return wrong(r, "behind '=' something is missing: a = alloc order 0");
	}
	s->verb = take_verb(r);
	if (!s->verb)
		return unknown_verb(r);
	if (!check_phase(r, s->verb) || !check_form(r, s) || !read_arguments(r, s))
		return false;
	keep_source(r, s, first);
	return r->end == r->words.n || read_reason(r, s);
}

static void read_line(struct reader *r)
{
	struct scenario_statement s = { .line = r->line };
	const char *why;

	r->next = r->end = 0;
	if (strchr(r->s->text.lines.at[r->line - 1], '\r')) {
		wrong(r, "there is a carriage return within the line: lines end in LF, or CR LF, "
			 "and not in CR alone");
		return;
	}
	why = scenario_cut(r->s->text.lines.at[r->line - 1], &r->words);
	if (why) {
		wrong(r, "%s", why);
	} else if (r->words.n) {
		if (read_statement(r, &s))
			*vec_add(&r->s->statements) = s;
		else
			free(s.source);
	}
	scenario_free_words(&r->words);
}

bool scenario_read(struct scenario *s)
{
	struct reader r = { .s = s };

	for (r.line = 1; r.line <= s->text.lines.n; r.line++)
		read_line(&r);
	text_end_complaints(&s->text);
	if (s->text.cut)
		fprintf(stderr, "%s:%zu: note: the last line has no newline: is it cut off?\n",
			s->text.name, s->text.lines.n);
	vec_free(&r.names);
	if (!r.failed && !s->statements.n) {
		fprintf(stderr, "%s: there is no statement in it\n", s->text.name);
		return false;
	}
	return !r.failed;
}

void scenario_free(struct scenario *s)
{
	for (size_t i = 0; i < s->statements.n; i++)
		free(s->statements.at[i].source);
	for (size_t i = 0; i < s->words.n; i++)
		free(s->words.at[i]);
	vec_free(&s->statements);
	vec_free(&s->words);
	text_free(&s->text);
}
