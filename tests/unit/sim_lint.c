/* SPDX-License-Identifier: MIT */
/*
 * Device memory beside RAM: where it is told, where both meet, and what each answer costs. Catches
 * a granule that is not named, memory that is lost and not counted or the other way round, a wrong
 * look-up that is passed over, and device memory that is found twice or not at all. Figures are
 * worked out by hand, and on random maps with a model that has an entry for each 64 KiB.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pageframe/memmap.h>

#include "../../sim/lint.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static void add_ram(struct device_memory *d, uint64_t start, uint64_t end)
{
	spans_add(&d->ram, (struct range){ start, end - start });
}

static void add_device(struct device_memory *d, uint64_t start, uint64_t end)
{
	*vec_add(&d->devices) = (struct device){ .range = { start, end - start }, .name = "" };
}

static const struct cost *cost_of(const struct lint *l, enum answer answer, uint64_t chunk)
{
	for (size_t i = 0; i < l->costs.n; i++)
		if (l->costs.at[i].answer == answer && l->costs.at[i].chunk == chunk)
			return &l->costs.at[i];
	fail_msg("answer %d is missing", answer);
	return NULL;
}

struct want {
	uint64_t shared[GRANULES];	  /* granules */
	uint64_t ends[GRANULES];	  /* that are inside of one */
	uint64_t wrong_pages;		  /* where nobody asks */
	uint64_t ragged;		  /* bytes lost with sub-sections, and with our blocks */
	uint64_t ram, device, in_advance; /* bytes lost by d */
	uint64_t small, large;		  /* bytes lost by e: 4 MiB, 512 MiB */
};

static void check_cost(const struct lint *l, enum answer answer, uint64_t chunk, uint64_t ram,
		       uint64_t device, uint64_t wrong_pages)
{
	const struct cost *c = cost_of(l, answer, chunk);

	assert_int_equal(c->ram_lost, ram);
	assert_int_equal(c->device_lost, device);
	assert_int_equal(spans_bytes(&c->wrong), wrong_pages * 4096);
}

/* An end is told to be with RAM where its granule is told to have both. */
static void check_end(const struct lint *l, const struct misaligned *a)
{
	bool collision = false;

	for (size_t i = 0; i < l->collisions.n; i++)
		collision |= l->collisions.at[i].granule == a->granule &&
			     l->collisions.at[i].range.base == a->address - a->past;
	assert_int_equal(a->collision, collision);
}

static void check_and_free(struct device_memory *d, const struct want *w)
{
	struct lint_sizes sizes = lint_default_sizes();
	uint64_t shared[GRANULES] = { 0 }, ends[GRANULES] = { 0 };
	bool found = w->ragged;
	struct lint l;

	lint_find(&l, d, &sizes);
	for (size_t i = 0; i < l.collisions.n; i++)
		shared[l.collisions.at[i].granule]++;
	for (size_t i = 0; i < l.misaligned.n; i++) {
		ends[l.misaligned.at[i].granule]++;
		check_end(&l, &l.misaligned.at[i]);
	}
	for (int g = 0; g < GRANULES; g++) {
		assert_int_equal(shared[g], w->shared[g]);
		assert_int_equal(ends[g], w->ends[g]);
		found |= shared[g] > 0;
	}
	check_cost(&l, ANSWER_NONE, 0, 0, w->ragged, w->wrong_pages);
	check_cost(&l, ANSWER_ASKED, 0, 0, w->ragged, 0);
	check_cost(&l, ANSWER_FORGOTTEN, 0, 0, w->ragged, w->wrong_pages);
	check_cost(&l, ANSWER_SUBSECTION_MAP, 0, 0, w->ragged, 0);
	check_cost(&l, ANSWER_ZONE, 0, 0, w->ragged, 0);
	check_cost(&l, ANSWER_ZONE_RACE, 0, 0, w->ragged, w->wrong_pages);
	check_cost(&l, ANSWER_RAM_GIVEN_UP, 0, w->ram, w->ragged, 0);
	check_cost(&l, ANSWER_DEVICE_GIVEN_UP, 0, 0, w->device, 0);
	check_cost(&l, ANSWER_RAM_IN_ADVANCE, 0, w->in_advance, w->ragged, 0);
	check_cost(&l, ANSWER_CHUNKS, 4 * MIB, 0, w->small, 0);
	check_cost(&l, ANSWER_CHUNKS, 512 * MIB, 0, w->large, 0);
	check_cost(&l, ANSWER_BLOCKS, 0, 0, w->ragged, 0);
	assert_int_equal(l.costs.n, 12);
	assert_int_equal(lint_found(&l), found);
	lint_free(&l);
	device_memory_free(d);
}

/* A hole of RAM's only is no finding, but what d in advance would cost. */
static void no_device_memory_costs_nothing(void **unused)
{
	struct device_memory d = { 0 };

	(void)unused;
	add_ram(&d, 0, 200 * MIB);
	check_and_free(&d, &(struct want){ .in_advance = 72 * MIB });
}

/* 128 MiB below RAM, and they touch at a section's border: nothing is shared. */
static void before_ram_at_a_section(void **unused)
{
	struct device_memory d = { 0 };

	(void)unused;
	add_device(&d, 0x10000000, 0x18000000);
	add_ram(&d, 0x18000000, 0x20000000);
	check_and_free(&d, &(struct want){ .large = 128 * MIB });
}

/* The last 4 MiB of section 3, with RAM around: a hole in RAM is the same as an end of it. */
static void inside_ram(void **unused)
{
	struct device_memory d = { 0 };

	(void)unused;
	add_ram(&d, 0, 0x1fc00000);
	add_device(&d, 0x1fc00000, 0x20000000);
	add_ram(&d, 0x20000000, 0x40000000);
	check_and_free(&d, &(struct want){ .shared = { 1, 1, 0, 0 },
					   .ends = { 1, 1, 0, 0 },
					   .wrong_pages = 1024,
					   .ram = 124 * MIB,
					   .device = 4 * MIB,
					   .in_advance = 124 * MIB,
					   .large = 4 * MIB });
}

/* 1 GiB at 0x1fc000000, on a border of decoders and in a section of RAM, as machines are shipped.
 */
static void after_ram_at_a_decoder(void **unused)
{
	struct device_memory d = { 0 };
	struct lint_sizes sizes = lint_default_sizes();
	const struct cost *c;
	struct lint l;

	(void)unused;
	add_ram(&d, 0x100000000, 0x1fc000000);
	add_device(&d, 0x1fc000000, 0x23c000000);
	lint_find(&l, &d, &sizes);
	c = cost_of(&l, ANSWER_NONE, 0);
	assert_int_equal(c->wrong.list.n, 1);
	assert_int_equal(c->wrong.list.at[0].base, 0x1fc000000);
	assert_int_equal(range_end(c->wrong.list.at[0]), 0x200000000);
	assert_int_equal(l.collisions.at[0].range.base, 0x1f8000000);
	assert_int_equal(l.collisions.at[0].range.size, 128 * MIB);
	assert_int_equal(l.collisions.at[0].ram, 64 * MIB);
	assert_int_equal(l.collisions.at[0].device, 64 * MIB);
	assert_int_equal(l.misaligned.n, 2);
	assert_true(!l.misaligned.at[0].end && l.misaligned.at[0].collision);
	assert_true(l.misaligned.at[1].end && !l.misaligned.at[1].collision);
	assert_int_equal(l.misaligned.at[1].address, 0x23c000000);
	assert_int_equal(l.misaligned.at[1].past, 64 * MIB);
	assert_int_equal(l.map_bytes, 32 * 8); /* 4032 MiB of RAM are in 32 sections */
	lint_free(&l);
	check_and_free(&d, &(struct want){ .shared = { 1, 0, 0, 0 },
					   .ends = { 2, 0, 0, 0 },
					   .wrong_pages = 16384,
					   .ram = 64 * MIB,
					   .device = 64 * MIB,
					   .in_advance = 64 * MIB,
					   .large = 512 * MIB });
}

/* 64 KiB of RAM in its first sub-section, and its end is 64 KiB short of one. */
static void ragged_ends(void **unused)
{
	struct device_memory d = { 0 };

	(void)unused;
	add_ram(&d, 0, 0x10010000);
	add_device(&d, 0x10010000, 0x10ff0000);
	check_and_free(&d, &(struct want){ .shared = { 1, 1, 1, 1 },
					   .ends = { 2, 2, 2, 2 },
					   .wrong_pages = 3072,
					   .ragged = 3968 * KIB,
					   .ram = 64 * KIB,
					   .device = 16256 * KIB,
					   .in_advance = 64 * KIB,
					   .small = 8064 * KIB,
					   .large = 16256 * KIB });
}

/* 6 MiB, then RAM, then 3 and 3 MiB that meet inside a sub-section: neither driver can have that.
 */
static void several_in_one_section(void **unused)
{
	const uint64_t s = 0x40000000;
	struct device_memory d = { 0 };

	(void)unused;
	add_device(&d, s, s + 6 * MIB);
	add_ram(&d, s + 6 * MIB, s + 64 * MIB);
	add_device(&d, s + 64 * MIB, s + 67 * MIB);
	add_device(&d, s + 67 * MIB, s + 70 * MIB);
	check_and_free(&d, &(struct want){ .shared = { 1, 1, 0, 0 },
					   .ends = { 5, 4, 2, 2 },
					   .wrong_pages = 2560,
					   .ragged = 2 * MIB,
					   .ram = 58 * MIB,
					   .device = 12 * MIB,
					   .in_advance = 58 * MIB,
					   .small = 8 * MIB,
					   .large = 12 * MIB });
}

/* From 1 MiB below 4 GiB to 3 MiB above it. */
static void across_4_gib(void **unused)
{
	struct device_memory d = { 0 };

	(void)unused;
	add_ram(&d, 0, 0xf0000000);
	add_device(&d, 0xfff00000, 0x100300000);
	add_ram(&d, 0x140000000, 0x180000000);
	check_and_free(&d, &(struct want){ .ends = { 2, 2, 2, 2 },
					   .ragged = 2 * MIB,
					   .device = 2 * MIB,
					   .small = 4 * MIB,
					   .large = 4 * MIB });
}

/* Up to the last address that can be counted, which is no border of anything. */
static void at_the_last_address(void **unused)
{
	struct device_memory d = { 0 };

	(void)unused;
	add_ram(&d, 0, 128 * MIB);
	add_device(&d, UINT64_MAX - GIB + 1, UINT64_MAX);
	check_and_free(&d, &(struct want){ .ends = { 1, 1, 1, 1 },
					   .ragged = 2 * MIB - 1,
					   .device = 2 * MIB - 1,
					   .small = 4 * MIB - 1,
					   .large = 512 * MIB - 1 });
}

/* RAM in the last sub-section that there is, and a device's memory behind it. */
static void with_ram_at_the_last_address(void **unused)
{
	struct device_memory d = { 0 };

	(void)unused;
	add_ram(&d, UINT64_MAX - 2 * GIB + 1, UINT64_MAX - MIB + 1);
	add_device(&d, UINT64_MAX - MIB + 1, UINT64_MAX);
	check_and_free(&d, &(struct want){ .shared = { 1, 1, 1, 1 },
					   .ends = { 2, 2, 2, 2 },
					   .ragged = MIB - 1,
					   .device = MIB - 1,
					   .small = MIB - 1,
					   .large = MIB - 1 });
}

/* --- against an entry for each 64 KiB --- */

#define UNIT  (64 * KIB)
#define UNITS 1024

static unsigned int state = 1;

static unsigned int random_below(unsigned int n)
{
	state = state * 1103515245u + 12345u;
	return (state >> 16) % n;
}

struct model {
	uint64_t base;
	bool ram[UNITS];
	int device[UNITS]; /* which; 0: none */
};

static void make_map(struct model *m, struct device_memory *d)
{
	static const uint64_t bases[] = { 0, 4 * GIB - 32 * MIB, (uint64_t)1 << 46 };

	*m = (struct model){ .base = bases[random_below(3)] };
	*d = (struct device_memory){ 0 };
	for (unsigned u = 0; u < UNITS;) {
		unsigned step = 1u << random_below(8), what = random_below(5);
		unsigned end = u + 1 + random_below(step) * (random_below(2) ? 1 : 4);

		if (random_below(3)) /* more often at a border */
			end = (end + 31) & ~31u;
		end = end < UNITS ? end : UNITS;
		if (what == 1)
			add_device(d, m->base + u * UNIT, m->base + end * UNIT);
		else if (what)
			add_ram(d, m->base + u * UNIT, m->base + end * UNIT);
		for (; u < end; u++) {
			m->ram[u] = what > 1;
			m->device[u] = what == 1 ? (int)d->devices.n : 0;
		}
	}
}

/* Does some unit of the granule that @u is in have RAM? */
static bool online(const bool *ram, unsigned u, uint64_t granule)
{
	unsigned units = (unsigned)(granule / UNIT), first = u / units * units;

	for (unsigned i = first; i < first + units; i++)
		if (ram[i])
			return true;
	return false;
}

/* Is all of its granule one device's? */
static bool whole(const struct model *m, unsigned u, uint64_t granule)
{
	unsigned units = (unsigned)(granule / UNIT), first = u / units * units;

	for (unsigned i = first; i < first + units; i++)
		if (!m->device[i] || m->device[i] != m->device[u])
			return false;
	return true;
}

static bool in_spans(const struct model *m, const struct spans *s, unsigned u)
{
	return spans_meet(s, (struct range){ m->base + u * UNIT, UNIT });
}

/* What the model says of an answer, given what drivers have and what RAM there is. */
static void check_model(const struct model *m, const struct cost *c, const bool *drivers,
			const bool *ram, uint64_t granule)
{
	uint64_t ram_lost = 0, device_lost = 0, wrong = 0;

	for (unsigned u = 0; u < UNITS; u++) {
		bool is_wrong = drivers[u] && granule && online(ram, u, granule);

		assert_int_equal(in_spans(m, &c->wrong, u), is_wrong);
		wrong += is_wrong ? UNIT : 0;
		ram_lost += m->ram[u] && !ram[u] ? UNIT : 0;
		device_lost += m->device[u] && !drivers[u] ? UNIT : 0;
	}
	assert_int_equal(c->ram_lost, ram_lost);
	assert_int_equal(c->device_lost, device_lost);
	assert_int_equal(spans_bytes(&c->wrong), wrong);
}

static void check_shared(const struct model *m, const struct lint *l)
{
	for (int g = 0; g < GRANULES; g++) {
		unsigned units = (unsigned)(l->sizes.granule[g] / UNIT);
		size_t at = 0;

		while (at < l->collisions.n && (int)l->collisions.at[at].granule != g)
			at++;
		for (unsigned u = 0; u < UNITS; u += units) {
			uint64_t ram = 0, device = 0;

			for (unsigned i = u; i < u + units; i++) {
				ram += m->ram[i] ? UNIT : 0;
				device += m->device[i] ? UNIT : 0;
			}
			if (!ram || !device)
				continue;
			assert_true(at < l->collisions.n);
			assert_int_equal(l->collisions.at[at].granule, g);
			assert_int_equal(l->collisions.at[at].range.base, m->base + u * UNIT);
			assert_int_equal(l->collisions.at[at].range.size, units * UNIT);
			assert_int_equal(l->collisions.at[at].ram, ram);
			assert_int_equal(l->collisions.at[at].device, device);
			at++;
		}
		assert_true(at == l->collisions.n || (int)l->collisions.at[at].granule != g);
	}
}

static void check_apart(const struct model *m, const struct lint *l, const bool *subs)
{
	bool less_ram[UNITS], less_device[UNITS], in_advance[UNITS];
	uint64_t section = l->sizes.granule[GRANULE_SECTION];
	uint64_t sub = l->sizes.granule[GRANULE_SUBSECTION];
	unsigned units = (unsigned)(section / UNIT);

	for (unsigned u = 0; u < UNITS; u++) {
		unsigned first = u / units * units;
		bool devices = false, open = false;

		for (unsigned i = first; i < first + units; i++) {
			devices |= subs[i];
			open |= !online(m->ram, i, sub);
		}
		less_ram[u] = m->ram[u] && !devices;
		less_device[u] = subs[u] && !online(m->ram, u, section);
		in_advance[u] = m->ram[u] && !open;
	}
	check_model(m, cost_of(l, ANSWER_RAM_GIVEN_UP, 0), subs, less_ram, section);
	check_model(m, cost_of(l, ANSWER_DEVICE_GIVEN_UP, 0), less_device, m->ram, section);
	check_model(m, cost_of(l, ANSWER_RAM_IN_ADVANCE, 0), subs, in_advance, section);
}

static void random_maps_are_what_the_model_says(void **unused)
{
	const struct lint_sizes sizes = { .granule = { 16 * MIB, 8 * MIB, 1 * MIB, 2 * MIB },
					  .chunk = { 4 * MIB, 32 * MIB },
					  .chunks = 2 };
	unsigned wrong = 0;

	(void)unused;
	for (int round = 0; round < 300; round++) {
		bool subs[UNITS], small[UNITS], large[UNITS], blocks[UNITS];
		struct device_memory d;
		struct model m;
		struct lint l;

		make_map(&m, &d);
		lint_find(&l, &d, &sizes);
		for (unsigned u = 0; u < UNITS; u++) {
			subs[u] = whole(&m, u, 2 * MIB);
			small[u] = whole(&m, u, 4 * MIB);
			large[u] = whole(&m, u, 32 * MIB);
			blocks[u] = whole(&m, u, PF_BLOCK_SIZE);
		}
		check_shared(&m, &l);
		check_model(&m, cost_of(&l, ANSWER_NONE, 0), subs, m.ram, 16 * MIB);
		check_model(&m, cost_of(&l, ANSWER_ASKED, 0), subs, m.ram, 0);
		check_model(&m, cost_of(&l, ANSWER_FORGOTTEN, 0), subs, m.ram, 16 * MIB);
		check_model(&m, cost_of(&l, ANSWER_SUBSECTION_MAP, 0), subs, m.ram, 2 * MIB);
		check_model(&m, cost_of(&l, ANSWER_ZONE, 0), subs, m.ram, 0);
		check_model(&m, cost_of(&l, ANSWER_ZONE_RACE, 0), subs, m.ram, 16 * MIB);
		check_apart(&m, &l, subs);
		check_model(&m, cost_of(&l, ANSWER_CHUNKS, 4 * MIB), small, m.ram, 4 * MIB);
		check_model(&m, cost_of(&l, ANSWER_CHUNKS, 32 * MIB), large, m.ram, 32 * MIB);
		check_model(&m, cost_of(&l, ANSWER_BLOCKS, 0), blocks, m.ram, PF_BLOCK_SIZE);
		wrong += cost_of(&l, ANSWER_NONE, 0)->wrong.list.n > 0;
		lint_free(&l);
		device_memory_free(&d);
	}
	assert_true(wrong > 100);
}

static void sizes_that_cannot_be(void **unused)
{
	struct lint_sizes s = lint_default_sizes();

	(void)unused;
	assert_null(lint_check_sizes(&s));
	s.granule[GRANULE_SUBSECTION] = 256 * MIB;
	assert_non_null(lint_check_sizes(&s));
	s = lint_default_sizes();
	s.granule[GRANULE_PAGEBLOCK] = 256 * MIB;
	assert_non_null(lint_check_sizes(&s));
}

/* --- where it is told --- */

struct found {
	struct machine m;
	struct device_memory d;
};

/* A line of iomem.txt: first and last byte. */
struct line {
	uint64_t first, last;
	unsigned depth;
	const char *name;
};

static void find(struct found *f, const char *log, const struct line *iomem, size_t n)
{
	struct replay r;

	f->m = (struct machine){ .name = "test" };
	text_from_bytes(&f->m.log_text, "test", log, strlen(log));
	assert_true(log_read(&f->m.log, &f->m.log_text));
	for (size_t i = 0; i < n; i++)
		*vec_add(&f->m.iomem) =
			(struct resource){ .line = i + 1,
					   .range = { iomem[i].first,
						      iomem[i].last - iomem[i].first + 1 },
					   .depth = iomem[i].depth,
					   .name = iomem[i].name };
	replay_run(&r, &f->m);
	assert_true(r.memory_known);
	device_memory_find(&f->d, &f->m);
	replay_free(&r);
}

static void found_free(struct found *f)
{
	device_memory_free(&f->d);
	log_free(&f->m.log);
	text_free(&f->m.log_text);
	vec_free(&f->m.iomem);
}

static void check_device(const struct found *f, size_t i, uint64_t first, uint64_t last,
			 enum device_source source, size_t line)
{
	assert_true(i < f->d.devices.n);
	assert_int_equal(f->d.devices.at[i].range.base, first);
	assert_int_equal(range_end(f->d.devices.at[i].range) - 1, last);
	assert_int_equal(f->d.devices.at[i].source, source);
	assert_int_equal(f->d.devices.at[i].line, line);
}

#define RAM_LINE "BIOS-e820: [mem 0x0000000000000000-0x000000001fffffff] usable\n"

static void in_firmware_maps(void **unused)
{
	struct found f;

	(void)unused;
	find(&f,
	     RAM_LINE "BIOS-e820: [mem 0x0000000020000000-0x000000002fffffff] persistent (type 7)\n"
		      "BIOS-e820: [mem 0x0000000040000000-0x000000004fffffff] persistent (type "
		      "12)\n"
		      "BIOS-e820: [mem 0x0000000050000000-0x000000005fffffff] soft reserved\n"
		      "BIOS-e820: [mem 0x0000000060000000-0x000000006fffffff] reserved\n",
	     NULL, 0);
	assert_int_equal(f.d.devices.n, 3);
	check_device(&f, 0, 0x20000000, 0x2fffffff, DEVICE_MAP, 2);
	check_device(&f, 1, 0x40000000, 0x4fffffff, DEVICE_MAP, 3);
	check_device(&f, 2, 0x50000000, 0x5fffffff, DEVICE_MAP, 4);
	assert_int_equal(spans_bytes(&f.d.ram), 0x20000000);
	found_free(&f);
}

/* memmap=16M!16M: what firmware said of these addresses does not count any more. */
static void the_command_line_changes_the_map(void **unused)
{
	struct found f;

	(void)unused;
	find(&f,
	     RAM_LINE "BIOS-e820: [mem 0x0000000040000000-0x000000004fffffff] persistent (type 7)\n"
		      "user: [mem 0x0000000000000000-0x0000000000ffffff] usable\n"
		      "user: [mem 0x0000000001000000-0x0000000001ffffff] persistent (type 12)\n"
		      "user: [mem 0x0000000002000000-0x000000001fffffff] usable\n",
	     NULL, 0);
	assert_int_equal(f.d.devices.n, 1);
	check_device(&f, 0, 0x1000000, 0x1ffffff, DEVICE_MAP, 4);
	assert_int_equal(spans_bytes(&f.d.ram), 0x1f000000);
	assert_int_equal(f.d.both.list.n, 0);
	found_free(&f);
}

/* UEFI's map says again what e820 has, and more. */
static void in_uefis_map(void **unused)
{
	struct found f;

	(void)unused;
	find(&f,
	     RAM_LINE "BIOS-e820: [mem 0x0000000020000000-0x000000002fffffff] persistent (type 7)\n"
		      "efi: mem01: [Persistent  |   |  |NV|  |  |  |  |  |  |   |WB|  |  |  ] "
		      "range=[0x0000000020000000-0x0000000030ffffff] (272MB)\n"
		      "efi: mem02: [Persistent  |   |  |NV|  |  |  |  |  |  |   |WB|  |  |  ] "
		      "range=[0x0000000040000000-0x000000004fffffff] (256MB)\n",
	     NULL, 0);
	assert_int_equal(f.d.devices.n, 2);
	check_device(&f, 0, 0x20000000, 0x2fffffff, DEVICE_MAP, 2);
	check_device(&f, 1, 0x40000000, 0x4fffffff, DEVICE_EFI, 4);
	found_free(&f);
}

/* The SRAT has the NVDIMM's label area with it: iomem.txt knows what a driver has. */
static void iomem_comes_first(void **unused)
{
	static const struct line iomem[] = {
		{ 0, 0x1fffffff, 0, "System RAM" },
		{ 0x100000000, 0x13fdfffff, 0, "Persistent Memory" },
		{ 0x100000000, 0x11fffffff, 1, "namespace0.0" },
		{ 0x140000000, 0x14fffffff, 0, "Soft Reserved" },
		{ 0x140000000, 0x14fffffff, 1, "dax1.0" },
		{ 0x180000000, 0x1ffffffff, 0, "CXL Window 0" },
		{ 0x180000000, 0x18fffffff, 1, "dax0.0" },
		{ 0x400000000, 0x4ffffffff, 0, "PCI Bus 0000:00" },
	};
	struct found f;

	(void)unused;
	find(&f,
	     RAM_LINE
	     "ACPI: NFIT 0x000000001F772000 0000E0 (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n"
	     "ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x1fffffff]\n"
	     "ACPI: SRAT: Node 0 PXM 0 [mem 0x100000000-0x13fffffff] non-volatile\n"
	     "ACPI: SRAT: Node 0 PXM 0 [mem 0x200000000-0x20fffffff] hotplug non-volatile\n",
	     iomem, sizeof(iomem) / sizeof(*iomem));
	assert_int_equal(f.d.devices.n, 4);
	check_device(&f, 0, 0x100000000, 0x13fdfffff, DEVICE_IOMEM, 2);
	check_device(&f, 1, 0x140000000, 0x14fffffff, DEVICE_IOMEM, 4);
	check_device(&f, 2, 0x180000000, 0x18fffffff, DEVICE_IOMEM, 7);
	check_device(&f, 3, 0x200000000, 0x20fffffff, DEVICE_SRAT, 5);
	assert_int_equal(f.d.untold_line, 0);
	found_free(&f);
}

/* A driver gave the middle of it to the kernel, and a DIMM came: both are RAM, and no collision. */
static void what_became_ram(void **unused)
{
	static const struct line iomem[] = {
		{ 0, 0x1fffffff, 0, "System RAM" },
		{ 0x100000000, 0x13fffffff, 0, "Persistent Memory" },
		{ 0x108000000, 0x117ffffff, 1, "dax0.0" },
		{ 0x108000000, 0x117ffffff, 2, "System RAM (kmem)" },
		{ 0x200000000, 0x20fffffff, 0, "System RAM" },
	};
	struct found f;

	(void)unused;
	find(&f, RAM_LINE, iomem, sizeof(iomem) / sizeof(*iomem));
	assert_int_equal(f.d.devices.n, 2);
	check_device(&f, 0, 0x100000000, 0x107ffffff, DEVICE_IOMEM, 2);
	check_device(&f, 1, 0x118000000, 0x13fffffff, DEVICE_IOMEM, 2);
	assert_int_equal(f.d.ram.list.n, 3);
	assert_int_equal(spans_bytes(&f.d.ram), 0x20000000 + 0x10000000 + 0x10000000);
	assert_int_equal(f.d.both.list.n, 0);
	found_free(&f);
}

/* As where iomem.txt is of another boot. */
static void told_to_be_both(void **unused)
{
	static const struct line iomem[] = { { 0x1f000000, 0x2fffffff, 0, "Persistent Memory" } };
	struct lint_sizes sizes = lint_default_sizes();
	struct found f;
	struct lint l;

	(void)unused;
	find(&f, RAM_LINE, iomem, 1);
	assert_int_equal(f.d.both.list.n, 1);
	assert_int_equal(f.d.both.list.at[0].base, 0x1f000000);
	assert_int_equal(f.d.both.list.at[0].size, 0x1000000);
	assert_int_equal(f.d.devices.n, 1);
	check_device(&f, 0, 0x20000000, 0x2fffffff, DEVICE_IOMEM, 1);
	lint_find(&l, &f.d, &sizes);
	assert_int_equal(l.collisions.n, 0); /* what is left is apart */
	assert_true(lint_found(&l));
	lint_free(&l);
	found_free(&f);
}

/* "0-ffffffffffffffff : Persistent Memory": nobody has that, and nothing may wrap. */
static void all_addresses(void **unused)
{
	struct found f;

	(void)unused;
	find(&f, RAM_LINE "BIOS-e820: [mem 0x0-0xffffffffffffffff] persistent (type 7)\n",
	     (struct line[]){ { 1, UINT64_MAX, 0, "Persistent Memory" } }, 1);
	assert_int_equal(f.d.devices.n, 1);
	check_device(&f, 0, 0x20000000, UINT64_MAX - 1, DEVICE_IOMEM, 1);
	found_free(&f);
}

static void nvdimms_that_nothing_places(void **unused)
{
	struct found f;

	(void)unused;
	find(&f,
	     RAM_LINE
	     "ACPI: NFIT 0x000000001F772000 0000E0 (v01 BOCHS  BXPC     00000001 BXPC 00000001)\n",
	     NULL, 0);
	assert_int_equal(f.d.devices.n, 0);
	assert_int_equal(f.d.untold_line, 2);
	found_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_device_memory_costs_nothing),
		cmocka_unit_test(before_ram_at_a_section),
		cmocka_unit_test(inside_ram),
		cmocka_unit_test(after_ram_at_a_decoder),
		cmocka_unit_test(ragged_ends),
		cmocka_unit_test(several_in_one_section),
		cmocka_unit_test(across_4_gib),
		cmocka_unit_test(at_the_last_address),
		cmocka_unit_test(with_ram_at_the_last_address),
		cmocka_unit_test(random_maps_are_what_the_model_says),
		cmocka_unit_test(sizes_that_cannot_be),
		cmocka_unit_test(in_firmware_maps),
		cmocka_unit_test(the_command_line_changes_the_map),
		cmocka_unit_test(in_uefis_map),
		cmocka_unit_test(iomem_comes_first),
		cmocka_unit_test(what_became_ram),
		cmocka_unit_test(told_to_be_both),
		cmocka_unit_test(all_addresses),
		cmocka_unit_test(nvdimms_that_nothing_places),
	};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL);
}
