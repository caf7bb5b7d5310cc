/* SPDX-License-Identifier: MIT */
/*
 * What a Linux boot log says about memory: read once, line by line, into facts with their line
 * numbers.
 */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include "text.h"

/* Addresses in bytes. The very last byte of the address space is never in a range. */
struct range {
	uint64_t base;
	uint64_t size;
};

static inline uint64_t range_end(struct range r)
{
	return r.base + r.size;
}

struct map_entry {
	size_t line;
	struct range range;
	const char *type; /* "usable", "ACPI NVS", "Boot Data", ... */
	bool mirrored;	  /* UEFI says "more reliable" */
};

struct region {
	struct range range;
	int nid; /* -1: none printed */
	unsigned flags;
};

struct dump {
	size_t line;
	size_t last_line;
	uint64_t memory_size; /* bytes */
	uint64_t reserved_size;
	uint64_t memory_cnt; /* as announced; there are fewer regions where the log is cut */
	uint64_t reserved_cnt;
	VEC(struct region) memory;
	VEC(struct region) reserved;
};

enum event_kind {
	EVENT_ADD,
	EVENT_REMOVE,
	EVENT_RESERVE,
	EVENT_FREE,
	EVENT_FREE_LATE,
	EVENT_REQUEST,	 /* an allocation is asked for */
	EVENT_DOUBLED,	 /* a region array has moved */
	EVENT_DUMP,	 /* memblock_dump_all() */
	EVENT_SRAT,	 /* firmware tells a node's memory */
	EVENT_NO_NUMA,	 /* it does not: one node for all */
	EVENT_FAKE_NODE, /* numa=fake */
	EVENT_NODE_DATA, /* where a node's data was put: names the reservation just before */
	EVENT_MIRROR,	 /* UEFI's mirrored memory is marked here */
};

enum request_api {
	API_PHYS_ALLOC_RANGE,
	API_ALLOC_TRY_NID,
	API_ALLOC_TRY_NID_RAW,
	API_ALLOC_EXACT_NID_RAW,
};

struct event {
	enum event_kind kind;
	size_t line;
	struct range range; /* but for requests, whose size and min_addr are separate */
	int nid;
	bool has_nid;
	unsigned flags;	    /* memblock flags; of SRAT: MEMBLOCK_HOTPLUG if hot-pluggable */
	bool non_volatile;  /* of SRAT: it keeps what is in it without power */
	const char *caller; /* "function+0x1/0x2", or "" */
	enum request_api api;
	uint64_t size;
	uint64_t align;
	uint64_t from;
	uint64_t max_addr;
	size_t dump;	      /* index into dumps */
	const char *array;    /* of DOUBLED: "memory", "reserved" */
	uint64_t array_count; /* and its new room */
};

struct zone_range {
	size_t line;
	const char *name;
	struct range range; /* size 0: empty */
};

struct node_range {
	size_t line;
	int nid;
	struct range range;
};

/* "Freeing initrd memory: 1540K" */
struct freeing {
	size_t line;
	const char *what;
	uint64_t kib;
};

/* What the "Memory:" line says of the kernel's image, in KiB; 0: not said. */
struct image_sizes {
	uint64_t code;
	uint64_t rwdata;
	uint64_t rodata;
	uint64_t init;
	uint64_t bss;
};

/* "cma: Reserved 64 MiB at 0x78000000" */
struct cma_area {
	size_t line;
	uint64_t base;
	uint64_t mib;
};

/* "HugeTLB: registered 1.00 GiB page size, pre-allocated 2 pages" */
struct huge_pages {
	size_t line;
	uint64_t page_size; /* bytes */
	uint64_t pages;
	uint64_t map_kib; /* of each page's memory map can be given back */
};

/* What other lines than memblock's say that it reserves: "ACPI: Reserving", "crashkernel reserved".
 */
struct told {
	size_t line;
	struct range range;
	const char *who;
};

struct boot_log {
	struct text *text;
	const char *version; /* "6.12.107", or NULL */
	unsigned major, minor;
	const char *command_line; /* or NULL */
	bool reconstructed;	  /* a comment says that no kernel printed this */
	size_t begins; /* line where this boot begins; lines before it are another's; 0: all */
	struct range ramdisk;	  /* size 0: none */
	struct range new_ramdisk; /* where the kernel moved it */
	uint64_t total_kib;	  /* "Memory: available/total"; 0: not in the log */
	uint64_t available_kib;
	uint64_t reserved_kib; /* what is not managed by then, without what is for CMA */
	uint64_t cma_kib;
	struct image_sizes image;
	size_t memory_line;
	size_t bounce_line; /* bounce buffers are given back; 0: not said */
	size_t nfit_line;   /* firmware has a table of NVDIMMs; 0: not said */
	bool hibernation;   /* the kernel can: it says what is not to be saved */

	VEC(struct map_entry) e820; /* as firmware gave it */
	VEC(struct map_entry) user; /* as memmap= and others changed it */
	VEC(struct map_entry) efi;
	VEC(struct map_entry) e820_changes; /* "e820: update|remove": what then holds is .type */
	VEC(struct event) events;
	VEC(struct dump) dumps;
	VEC(struct zone_range) zones;
	VEC(struct node_range) movable; /* .range.base: where ZONE_MOVABLE begins on the node */
	VEC(struct node_range) nodes;
	VEC(struct node_range) initmem;
	VEC(struct freeing) freed;
	VEC(struct told) told;
	VEC(struct cma_area) cma;
	VEC(struct huge_pages) huge;

	size_t last_line;  /* the last that tells anything */
	size_t operations; /* memblock lines */
	size_t malformed;
};

/*
 * Reads what it can. Lines that begin like one that it knows and do not go on like it are reported
 * and skipped. Return: false if nothing in the text is from a boot log.
 */
bool log_read(struct boot_log *log, struct text *text);
void log_free(struct boot_log *log);

/* Does the log end before this dump does? */
bool log_ends_in(const struct boot_log *log, const struct dump *d);

/* Is @word on the kernel's command line? @word may end in "=", for an option with a value. */
const char *log_option(const struct boot_log *log, const char *word);

/* What kernels of 32 bits map all the time ends where high memory begins. */
uint64_t log_mapped_end(const struct boot_log *log);

/* "function" of "function.constprop.0+0x11/0x50". */
size_t caller_length(const char *caller);

#endif
