/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "../../sim/data_dir.h"
#include "../../sim/scenario_file.h"
#include "verbs.h"

static int run(int argc, char **argv)
{
	char **names;

	if (argc > 1)
		return advise("scenarios", "scenarios takes no argument, and got '%s'", argv[1]);
	names = scenario_list();
	if (!*names) {
		data_list_free(names);
		return advise(
			"scenarios",
			"no bundled scenarios found; set PAGEFRAME_SCENARIOS to their directory");
	}
	for (char **n = names; *n; n++)
		puts(*n);
	data_list_free(names);
	return 0;
}

const struct verb verb_scenarios = {
	.name = "scenarios",
	.summary = "list the bundled scenarios",
	.help = "usage: pageframe scenarios\n"
		"\n"
		"Lists the bundled scenarios, a name a line, for 'pageframe run NAME'.\n"
		"PAGEFRAME_SCENARIOS names another directory of such.\n",
	.run = run,
};
