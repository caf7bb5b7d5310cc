/* SPDX-License-Identifier: MIT */
#include "synthetic.h"

#include <string.h>

#include <pageframe/config.h>

#define LOW_START 0x100000ull	/* what is below is firmware's */
#define LOW_END	  0x80000000ull /* devices lie from here to 4 GiB */
#define HIGH	  0x100000000ull
#define MAX_SIZE  (1ull << 46)

#define TOO_LARGE "that is too large: at most 64T in all"

typedef unsigned long long ull;

/* "16T": bytes. Return: NULL, or what is wrong with it. */
static const char *eat_size(const char **p, uint64_t *size)
{
	static const char units[] = "KMGT";
	const char *unit;

	if (**p < '0' || **p > '9')
		return "expected a size, such as 512M or 16T";
	if (!eat_dec(p, size))
		return TOO_LARGE;
	unit = **p & 0x40 ? strchr(units, **p & ~0x20) : NULL;
	if (!unit)
		return "a size needs a unit: K, M, G or T, such as 512M";
	if (*size > MAX_SIZE >> (10 * (unit - units + 1)))
		return TOO_LARGE;
	*size <<= 10 * (unit - units + 1);
	(*p)++;
	return NULL;
}

static const char *read_spec(const char *spec, uint64_t *size, uint64_t *nodes)
{
	const char *bad = eat_size(&spec, size);

	*nodes = 1;
	if (bad)
		return bad;
	if (eat(&spec, ",nodes=") && !eat_dec(&spec, nodes))
		return "expected a number after nodes=";
	if (*spec)
		return "expected SIZE[,nodes=N]";
	if (!*nodes || *nodes > PF_MAX_NUMNODES)
		return "a machine has 1 to 1024 nodes";
	if (*size / *nodes < 16 << 20)
		return "a node has at least 16M";
	return NULL;
}

/* The address of the byte before which there are @bytes of memory. */
static uint64_t address_after(uint64_t bytes)
{
	return bytes <= LOW_END - LOW_START ? LOW_START + bytes
					    : bytes - (LOW_END - LOW_START) + HIGH;
}

static void print_node(FILE *f, uint64_t node, uint64_t from, uint64_t to)
{
	uint64_t start = from == LOW_END - LOW_START ? HIGH : address_after(from);
	uint64_t end = address_after(to);

	if (start < LOW_END && end > HIGH) {
		fprintf(f, "  node %3llu: [mem 0x%016llx-0x%016llx]\n", (ull)node, (ull)start,
			(ull)LOW_END - 1);
		start = HIGH;
	}
	fprintf(f, "  node %3llu: [mem 0x%016llx-0x%016llx]\n", (ull)node, (ull)start,
		(ull)end - 1);
}

static void print_zone(FILE *f, const char *name, uint64_t start, uint64_t end, uint64_t top)
{
	end = end < top ? end : top;
	if (start < end)
		fprintf(f, "  %-8s [mem 0x%016llx-0x%016llx]\n", name, (ull)start, (ull)end - 1);
	else
		fprintf(f, "  %-8s empty\n", name);
}

char *synthetic_log(const char *spec, const char **error)
{
	uint64_t size, nodes, top;
	char *log = NULL;
	size_t length;
	FILE *f;

	*error = read_spec(spec, &size, &nodes);
	if (*error)
		return NULL;
	f = open_memstream(&log, &length);
	if (!f) {
		*error = "out of memory";
		return NULL;
	}
	top = address_after(size);
	fputs("Linux version 0.0 (made up)\nZone ranges:\n", f);
	print_zone(f, "DMA", LOW_START, 0x1000000, top);
	print_zone(f, "DMA32", 0x1000000, HIGH, top);
	print_zone(f, "Normal", HIGH, UINT64_MAX, top);
	fputs("Early memory node ranges\n", f);
	for (uint64_t i = 0; i < nodes; i++) {
		uint64_t each =
			size / nodes & ~0x1fffffull; /* whole blocks, but for the last node */

		print_node(f, i, i * each, i + 1 < nodes ? (i + 1) * each : size);
	}
	if (fclose(f)) {
		free(log);
		*error = "out of memory";
		return NULL;
	}
	return log;
}
