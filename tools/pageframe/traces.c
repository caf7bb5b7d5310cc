/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "../../sim/data_dir.h"
#include "../../sim/kmem_file.h"
#include "verbs.h"

static int run(int argc, char **argv)
{
	char **names;

	if (argc > 1)
		return advise("traces", "traces takes no argument, and got '%s'", argv[1]);
	names = trace_list();
	if (!*names) {
		data_list_free(names);
		return advise("traces",
			      "no bundled traces found; set PAGEFRAME_TRACES to their directory");
	}
	for (char **n = names; *n; n++)
		puts(*n);
	data_list_free(names);
	return 0;
}

const struct verb verb_traces = {
	.name = "traces",
	.summary = "list the bundled traces",
	.help = "usage: pageframe traces\n"
		"\n"
		"Lists the bundled traces, a name a line: recorded work of kernels' page "
		"allocators,\n"
		"for 'pageframe replay NAME'. PAGEFRAME_TRACES names another directory of such.\n",
	.run = run,
};
