/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "../../sim/data_dir.h"
#include "../../sim/machine.h"
#include "verbs.h"

static int run(int argc, char **argv)
{
	char **names;

	if (argc > 1)
		return advise("machines", "machines takes no argument, and got '%s'", argv[1]);
	names = machine_list();
	if (!*names) {
		data_list_free(names);
		return advise(
			"machines",
			"no bundled machines found; set PAGEFRAME_MACHINES to their directory");
	}
	for (char **n = names; *n; n++)
		puts(*n);
	data_list_free(names);
	return 0;
}

const struct verb verb_machines = {
	.name = "machines",
	.summary = "list the bundled machines",
	.help = "usage: pageframe machines\n"
		"\n"
		"Lists the bundled machines, a name a line: recorded boots of real kernels, for\n"
		"'pageframe boot NAME'. PAGEFRAME_MACHINES names another directory of such.\n",
	.run = run,
};
