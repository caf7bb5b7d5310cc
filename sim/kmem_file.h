/* SPDX-License-Identifier: MIT */
/* A trace's file, however it is kept: as text, compressed, or as trace-cmd's trace.dat. */
#ifndef SIM_KMEM_FILE_H
#define SIM_KMEM_FILE_H

#include "text.h"

struct kmem_file {
	char *name; /* as people call it: without directory and endings */
	char *path;
	struct text text;
	size_t damage; /* parts of the file that could not be read; told already */
};

/*
 * @where: a bundled trace's name, a file, or "-" for standard input. What kind it is of its first
 * bytes tell. What is damaged further on is told, and what comes before it is used. Return: false
 * after a message on standard error that says what was wrong and what to do.
 */
bool kmem_file_load(struct kmem_file *f, const char *where);
void kmem_file_free(struct kmem_file *f);

/* Names of the bundled traces, as data_list() has them. */
char **trace_list(void);

#endif
