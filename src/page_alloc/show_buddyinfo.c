/* SPDX-License-Identifier: MIT */
/* /proc/buddyinfo: free chunks of each order (Linux: Documentation/filesystems/proc.rst). */
#include "show.h"

static void show_zone(struct show *s, struct pf_zone *zone)
{
	struct chunks c;

	count_chunks(zone, &c);
	show_place(s, zone, 1);
	line_char(&s->l, ' ');
	for (unsigned order = 0; order <= PF_MAX_ORDER; order++) {
		uint64_t n = 0;

		for (int type = 0; type < PF_MIGRATETYPES; type++)
			n += c.nr[order][type];
		show_column(s, n, 6);
	}
	show_line(s);
}

void pf_show_buddyinfo(struct pf_mem *mem, pf_write_fn write, void *arg)
{
	struct show s = { .write = write, .arg = arg };

	for (int nid = 0; nid < mem->nr_nodes; nid++)
		for (int z = 0; mem->nodes[nid] && z < PF_ZONES; z++)
			if (is_populated(&mem->nodes[nid]->zone[z]))
				show_zone(&s, &mem->nodes[nid]->zone[z]);
}
