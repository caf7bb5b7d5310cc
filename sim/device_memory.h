/* SPDX-License-Identifier: MIT */
/*
 * Memory that firmware keeps for a driver (persistent memory, and what it reserves softly), beside
 * the RAM of the same machine.
 */
#ifndef SIM_DEVICE_MEMORY_H
#define SIM_DEVICE_MEMORY_H

#include "machine.h"
#include "spans.h"

/* Who says so. Each is asked only about what none before it tells of. */
enum device_source {
	DEVICE_IOMEM, /* iomem.txt */
	DEVICE_MAP,   /* e820, as the command line changed it */
	DEVICE_EFI,   /* UEFI's map */
	DEVICE_SRAT,  /* the table of nodes' memory: "non-volatile" */
	DEVICE_SOURCES,
};

/* What a driver has as one: its ends are those that must fit. */
struct device {
	struct range range;
	const char *name; /* "Persistent Memory", "persistent (type 12)", ... */
	enum device_source source;
	size_t line; /* of iomem.txt, or of the log */
};

struct device_memory {
	struct spans ram;	    /* whole pages that the kernel has as RAM */
	VEC(struct device) devices; /* in the order of their lines; not RAM, and disjoint */
	struct spans both;	    /* told to be RAM and a device's; it is in .ram only */
	size_t untold_line; /* of the log: there are NVDIMMs, and no line says where; 0: none */
};

/* memblock holds the machine (replay_run()). A driver's memory that became RAM is RAM. */
void device_memory_find(struct device_memory *d, const struct machine *m);
void device_memory_free(struct device_memory *d);

#endif
