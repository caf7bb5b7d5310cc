/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: a few lines of text that boot a machine, do something to its memory, and say what
 * should be seen then. docs/scenarios.md is the language. Here: a text, and the statements in it.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "text.h"

/* What a word of a statement, or a few, may stand for. */
enum scenario_kind {
	SCENARIO_ADDRESS = 1, /* 0x41200000, 2M, or a name: where it begins; page N of one */
	SCENARIO_RANGE,	      /* ADDRESS + SIZE, [FIRST-LAST], block of ADDRESS, or a name */
	SCENARIO_PLACE,	      /* a range, or an address: its page */
	SCENARIO_SIZE,	      /* bytes */
	SCENARIO_NUMBER,      /* without a unit */
	SCENARIO_COUNT,	      /* a number, or "all" */
	SCENARIO_CHOICE,      /* one of some words; without a keyword and optional: anywhere */
	SCENARIO_NAME,	      /* a name that is known */
	SCENARIO_TEXT,	      /* any word, or a "text" */
	SCENARIO_FLAG,	      /* the keyword alone */
};

#define SCENARIO_ALL UINT64_MAX /* of a count */

struct scenario_param {
	enum scenario_kind kind; /* 0: behind the last one */
	const char *keyword;	 /* stands before it; NULL: it is known by its place */
	bool optional;
	const char *const *choices; /* NULL at the end */
};

struct scenario_value {
	bool given;
	bool whole_block; /* "block of": the block in which it lies */
	bool page_of;	  /* "page N of": .offset is there */
	uint64_t n;	  /* a number; where a place begins */
	uint64_t size;	  /* of a place; 0: not said */
	uint64_t offset;  /* of an address, from there */
	const char *word; /* a name, a text, a choice; NULL: a place that is no name */
	int choice;	  /* its index */
};

#define SCENARIO_PARAMS 8

/* When a statement makes sense. */
enum scenario_phase {
	SCENARIO_USES, /* the machine: it boots first, if need be */
	SCENARIO_MAKES,
	SCENARIO_BOOTS, /* what was made */
	SCENARIO_LOADS, /* a recorded one, and boots it */
};

struct scenario_run;
struct scenario_statement;

struct scenario_verb {
	const char *words; /* one or two */
	const char *usage; /* as in docs/scenarios.md */
	enum scenario_phase phase;
	bool asks;     /* goes with "expect" only */
	bool question; /* besides, what it finds can be told, but not be wrong in another way */
	bool gives;    /* NAME = ... */
	bool (*run)(struct scenario_run *r, const struct scenario_statement *s);
	struct scenario_param params[SCENARIO_PARAMS + 1];
};

extern const struct scenario_verb scenario_verbs[]; /* .words is NULL at the end */

enum scenario_wish {
	SCENARIO_WORKS,
	SCENARIO_FAILS,
	SCENARIO_SAYS,
};

struct scenario_statement {
	size_t line;
	const struct scenario_verb *verb;
	bool expected; /* it began with "expect" */
	enum scenario_wish wish;
	const char *reason; /* to be found in what it says; NULL: any */
	const char *result; /* NAME = */
	char *source;	    /* the action or question, as it was written */
	struct scenario_value value[SCENARIO_PARAMS]; /* beside the verb's params */
};

struct scenario {
	struct text text;
	VEC(struct scenario_statement) statements;
	VEC(char *) words; /* that the statements refer to */
};

/*
 * The statements of a text, which the scenario owns. false: something in it cannot be understood,
 * or nothing is there; "name:line: what is wrong, what to do" on standard error.
 */
bool scenario_read(struct scenario *s);
void scenario_free(struct scenario *s);

#endif
