/* SPDX-License-Identifier: MIT */
/* A recorded machine: a boot log, and what was read from /proc beside it. */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <pageframe/zone.h>

#include "log.h"

/* One zone of /proc/zoneinfo; all counts are pages. */
struct zoneinfo {
	size_t line;
	int nid;
	const char *name;
	uint64_t spanned;
	uint64_t present;
	uint64_t managed;
	uint64_t start_pfn;
	bool damaged; /* not all of these could be read */
	/* What it keeps; zone by zone in the order of the file. Figures that are not there are 0.
	 */
	bool marked; /* min, low, high and protection are there */
	bool has_promo;
	uint64_t min, low, high, promo;
	uint64_t boost; /* that these have on top, for the moment */
	uint64_t protection[PF_ZONES];
	size_t protections;
};
typedef VEC(struct zoneinfo) zoneinfos;

/* One line of /proc/iomem. */
struct resource {
	struct range range;
	unsigned depth; /* 0: top level */
	const char *name;
	size_t line;
};

/* One line of kpageflags.txt: pages of one class. */
struct page_class {
	size_t line;
	char class;	/* R: reserved; B: free; P: poisoned; o: other */
	uint64_t start; /* pfn */
	uint64_t end;	/* exclusive */
};

/* One line of memory_blocks.txt, which has sysfs's memory blocks: "memory33 00000021 offline
 * Movable,Normal removable=1". */
struct block_line {
	size_t line;
	uint64_t id;
	char state[16]; /* "online" */
	char zones[32]; /* "Movable,Normal"; "none" */
};

struct memory_blocks {
	uint64_t size; /* bytes of one; 0: there is no such file */
	bool empty;    /* there is one, and nothing in it */
	VEC(struct block_line) list;
};

struct machine {
	bool made_up;	 /* synthetic: there is no kernel to compare with */
	unsigned cpus;	 /* with page lists of their own; 0: one */
	char *name;	 /* as people call it */
	char *path;	 /* of the log */
	char *zone_path; /* of what lies beside it, or NULL */
	char *iomem_path;
	char *class_path;
	char *later_path; /* zoneinfo after memory was plugged in, or taken offline */
	char *block_path;
	char *later_block_path;
	struct text log_text, zone_text, iomem_text, class_text, later_text;
	struct text block_text, later_block_text;
	struct boot_log log;
	size_t damaged;		      /* lines beside the log */
	VEC(const char *) unreadable; /* files beside it that are there */
	zoneinfos zones;	      /* empty: no zoneinfo.txt */
	zoneinfos later_zones;	      /* empty: no zoneinfo.hotplugged.txt or .offlined.txt */
	struct memory_blocks blocks, later_blocks;
	VEC(struct resource) iomem;	/* empty: no iomem.txt */
	VEC(struct page_class) classes; /* ascending; empty: no kpageflags.txt */
};

/*
 * @where: a bundled machine's name, a directory of recordings, a log file, "-" for standard
 * input, or "synthetic:SIZE[,nodes=N]". Return: false after a message on standard error that says
 * what was wrong and what to do.
 */
bool machine_load(struct machine *m, const char *where);
/* The same for somebody else, whom the message names first. */
bool machine_load_for(struct machine *m, const char *where, const char *who);
void machine_free(struct machine *m);

/* A copy of /proc/zoneinfo. false: some of it, or all, could not be read; messages say what. */
bool zoneinfo_read(struct text *text, zoneinfos *zones);

/* Names of the bundled machines, as data_list() has them. */
char **machine_list(void);

/* Where bundled machines are looked for; NULL if they are not installed. */
const char *machine_directory(void);

#endif
