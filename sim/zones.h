/* SPDX-License-Identifier: MIT */
/*
 * Which zone of which node has how many pages: the library's zones, for the machine's limits, and
 * what was plugged in when memblock's time was over.
 */
#ifndef SIM_ZONES_H
#define SIM_ZONES_H

#include <pageframe/boot.h>

#include "machine.h"

/* Memory that nobody put on a node is node 0's. */
static inline int node_or_first(int nid)
{
	return nid >= 0 && nid < MAX_NUMNODES ? nid : 0;
}

struct zone {
	int nid;
	const char *name;
	uint64_t start_pfn;
	uint64_t spanned; /* pages, and so are the others */
	uint64_t present;
	uint64_t managed;
	uint64_t later; /* of these, what was plugged in after boot, or late in it */
};

struct zones {
	VEC(struct zone_range) limits; /* of the machine, as "Zone ranges:" prints them */
	VEC(struct zone) list;	       /* populated ones, by node */
	const char *limits_from;
};

/* What the machine's kernel would tell the library; @m may be NULL, for an x86-64 without a log. */
void zones_config(struct pf_boot_config *config, const struct machine *m);

/* From a machine that is booted. */
void zones_find(struct zones *z, const struct machine *m, const struct pf_mem *mem);
void zones_free(struct zones *z);

/* Of memory that came later, by the SRAT; 0 if that does not tell. */
int zones_node_of(const struct machine *m, struct range range);

/* Is this system RAM that memblock did not know? Right only while memblock holds the machine. */
bool is_later_memory(const struct resource *r);

#endif
