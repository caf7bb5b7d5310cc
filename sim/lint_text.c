/* SPDX-License-Identifier: MIT */
/* What lint found, for people: where it is, what each answer costs, and last what it comes to. */
#include "lint.h"

#include <string.h>

#include <pageframe/memmap.h>

#define NAME_WIDTH 52
#define SIZE_TEXT  32

typedef unsigned long long ull;

/* Exact, in the largest unit up to MiB that it is whole in. */
static const char *size_text(uint64_t bytes, char text[SIZE_TEXT])
{
	if (bytes % 1024)
		snprintf(text, SIZE_TEXT, "%llu byte%s", (ull)bytes, bytes == 1 ? "" : "s");
	else if (bytes % (1 << 20))
		snprintf(text, SIZE_TEXT, "%llu KiB", (ull)(bytes >> 10));
	else
		snprintf(text, SIZE_TEXT, "%llu MiB", (ull)(bytes >> 20));
	return text;
}

static void put_size(uint64_t bytes, int width)
{
	char text[SIZE_TEXT];

	printf("%*s", width, bytes ? size_text(bytes, text) : "0");
}

static void put_range(struct range range)
{
	printf("[0x%llx-0x%llx]", (ull)range.base, (ull)(range_end(range) - 1));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void put_granule(const struct lint *l, enum granule g)
{
	char size[SIZE_TEXT], text[64];

	snprintf(text, sizeof(text), "%s of %s", granule_name(g),
		 size_text(l->sizes.granule[g], size));
	printf("  %-22s ", text);
}

static void print_devices(const struct lint *l, const struct machine *m)
{
	puts("\nDevice memory");
	for (size_t i = 0; i < l->memory->devices.n; i++) {
		const struct device *d = &l->memory->devices.at[i];
		const struct text *text = d->source == DEVICE_IOMEM ? &m->iomem_text : &m->log_text;

		put_size(d->range.size, 12);
		fputs("  ", stdout);
		put_range(d->range);
		printf(" %s (%s:%zu)\n", d->name, base_name(text->name), d->line);
	}
}

static void print_both(const struct lint *l)
{
	if (!l->memory->both.list.n)
		return;
	puts("\nTold to be RAM and device memory, and taken for RAM");
	for (size_t i = 0; i < l->memory->both.list.n; i++) {
		put_size(l->memory->both.list.at[i].size, 12);
		fputs("  ", stdout);
		put_range(l->memory->both.list.at[i]);
		putchar('\n');
	}
}

static void print_collisions(const struct lint *l)
{
	printf("\n%-*s %12s %12s\n", NAME_WIDTH, "Granules with RAM and device memory", "RAM",
	       "device");
	for (int g = 0; g < GRANULES; g++) {
		bool some = false;

		for (size_t i = 0; i < l->collisions.n; i++) {
			const struct collision *c = &l->collisions.at[i];
			char where[64];

			if (c->granule != (enum granule)g)
				continue;
			put_granule(l, c->granule);
			snprintf(where, sizeof(where), "[0x%llx-0x%llx]", (ull)c->range.base,
				 (ull)(range_end(c->range) - 1));
			printf("%-*s", NAME_WIDTH - 25, where);
			put_size(c->ram, 13);
			put_size(c->device, 13);
			putchar('\n');
			some = true;
		}
		if (!some) {
			put_granule(l, (enum granule)g);
			puts("none");
		}
	}
}

static void print_misaligned(const struct lint *l)
{
	if (!l->misaligned.n)
		return;
	printf("\n%-*s %12s %12s\n", NAME_WIDTH, "Ends of device memory inside a granule",
	       "after border", "before next");
	for (size_t i = 0; i < l->misaligned.n; i++) {
		const struct misaligned *a = &l->misaligned.at[i];
		char where[64];

		put_granule(l, a->granule);
		snprintf(where, sizeof(where), "%s 0x%llx", a->end ? "end" : "start",
			 (ull)a->address);
		printf("%-*s", NAME_WIDTH - 25, where);
		put_size(a->past, 13);
		put_size(l->sizes.granule[a->granule] - a->past, 13);
		puts(a->collision ? "  with RAM" : "");
	}
}

static void put_answer(const struct lint *l, const struct cost *c)
{
	static const char *const words[] = {
		[ANSWER_NONE] = "no answer: sub-sections are added all the same",
		[ANSWER_ASKED] = "a  get_dev_pagemap() first, by walkers that ask it",
		[ANSWER_FORGOTTEN] = "   by a walker that does not",
		[ANSWER_SUBSECTION_MAP] = "b  a map of sub-sections that are online",
		[ANSWER_ZONE] = "c  zone checks, once descriptors are written",
		[ANSWER_ZONE_RACE] = "   until then: they race",
		[ANSWER_RAM_GIVEN_UP] = "d  no section of both: its RAM is given up",
		[ANSWER_DEVICE_GIVEN_UP] = "   its device memory is given up",
		[ANSWER_RAM_IN_ADVANCE] = "   RAM is given up before devices are known",
		[ANSWER_CHUNKS] = "   sections of %s, and no sub-sections",
		[ANSWER_BLOCKS] = "pageframe: blocks of %s",
	};
	char text[96], size[SIZE_TEXT];
	uint64_t bytes = c->answer == ANSWER_BLOCKS ? PF_BLOCK_SIZE : c->chunk;
	const char *percent = strstr(words[c->answer], "%s");
	int before = percent ? (int)(percent - words[c->answer]) : 0;

	if (percent)
		snprintf(text, sizeof(text), "%.*s%s%s", before, words[c->answer],
			 size_text(bytes, size), percent + 2);
	else
		snprintf(text, sizeof(text), "%s", words[c->answer]);
	if (c->answer == ANSWER_CHUNKS && c->chunk == l->sizes.chunk[0])
		*text = 'e';
	printf("  %-*s", NAME_WIDTH - 2, text);
}

static void print_costs(const struct lint *l)
{
	char size[SIZE_TEXT];

	printf("\n%-*s %12s %12s %15s\n", NAME_WIDTH, "What each answer would cost", "RAM lost",
	       "device lost", "wrong look-ups");
	for (size_t i = 0; i < l->costs.n; i++) {
		const struct cost *c = &l->costs.at[i];

		put_answer(l, c);
		put_size(c->ram_lost, 13);
		put_size(c->device_lost, 13);
		printf("%16llu\n", (ull)(spans_bytes(&c->wrong) >> PF_PAGE_SHIFT));
	}
	printf("  the map of b has %s, for sections with RAM\n", size_text(l->map_bytes, size));
}

static void print_wrong(const struct lint *l)
{
	const struct spans *wrong = &l->costs.at[0].wrong; /* those of other answers are of these */

	if (!wrong->list.n)
		return;
	puts("\nWrong look-ups: pfn_to_online_page() takes pages of a driver for RAM");
	for (size_t i = 0; i < wrong->list.n; i++)
		printf("  pfn 0x%llx-0x%llx\n", (ull)(wrong->list.at[i].base >> PF_PAGE_SHIFT),
		       (ull)((range_end(wrong->list.at[i]) - 1) >> PF_PAGE_SHIFT));
}

static void print_sum(const struct lint *l, bool doubtful)
{
	uint64_t lost = l->costs.at[0].device_lost, both = spans_bytes(&l->memory->both);
	char size[SIZE_TEXT];

	if (!lint_found(l)) {
		printf("\nfound: nothing%s\n", doubtful ? ", but there may be something" : "");
		return;
	}
	printf("\nfound: %zu granule%s with RAM and device memory", l->collisions.n,
	       l->collisions.n == 1 ? "" : "s");
	if (lost)
		printf("; %s at ends of device memory, less than a sub-section",
		       size_text(lost, size));
	if (both)
		printf("; %s told to be both", size_text(both, size));
	putchar('\n');
}

static bool print_doubts(const struct replay *r)
{
	const char *doubts[LINT_DOUBTS];

	lint_doubts(r, doubts);
	if (*doubts)
		puts("\nThere may be more");
	for (const char **d = doubts; *d; d++)
		printf("  %s\n", *d);
	return *doubts;
}

void lint_print(const struct lint *l, const struct replay *r)
{
	const struct machine *m = r->machine;
	const struct boot_log *log = &m->log;

	printf("%s", m->name);
	if (log->version && !m->made_up)
		printf(": Linux %.*s", (int)strcspn(log->version, " "), log->version);
	putchar('\n');
	print_both(l);
	if (!l->memory->devices.n) {
		puts(l->memory->both.list.n ? "\nNo other device memory" : "\nNo device memory");
	} else {
		print_devices(l, m);
		print_collisions(l);
		print_misaligned(l);
		print_costs(l);
		print_wrong(l);
	}
	print_sum(l, print_doubts(r));
}
