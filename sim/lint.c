/* SPDX-License-Identifier: MIT */
#include "lint.h"

#include <pageframe/memmap.h>

#define MIB ((uint64_t)1 << 20)

struct lint_sizes lint_default_sizes(void)
{
	return (struct lint_sizes){
		.granule = {
			[GRANULE_SECTION] = 128 * MIB,
			[GRANULE_DECODER] = 64 * MIB,
			[GRANULE_PAGEBLOCK] = 2 * MIB,
			[GRANULE_SUBSECTION] = 2 * MIB,
		},
		.chunk = { 4 * MIB, 512 * MIB },
		.chunks = 2,
	};
}

const char *lint_check_sizes(const struct lint_sizes *s)
{
	if (s->granule[GRANULE_SUBSECTION] > s->granule[GRANULE_SECTION])
		return "a sub-section is part of a section: give --section or --sub-section so "
		       "that it is no larger";
	if (s->granule[GRANULE_PAGEBLOCK] > s->granule[GRANULE_SECTION])
		return "a pageblock lies in one section: give --section or --pageblock so that it "
		       "is no larger";
	return NULL;
}

const char *granule_name(enum granule g)
{
	static const char *const names[GRANULES] = {
		[GRANULE_SECTION] = "section",
		[GRANULE_DECODER] = "decoder",
		[GRANULE_PAGEBLOCK] = "pageblock",
		[GRANULE_SUBSECTION] = "sub-section",
	};

	return names[g];
}

/* --- collisions and ends --- */

static struct spans one_span(struct range range)
{
	struct spans one = { 0 };

	spans_add(&one, range);
	return one;
}

static struct spans all_devices(const struct device_memory *m)
{
	struct spans all = { 0 };

	for (size_t i = 0; i < m->devices.n; i++)
		spans_add(&all, m->devices.at[i].range);
	return all;
}

static uint64_t bytes_in(const struct spans *s, struct range range)
{
	struct spans one = one_span(range), both = spans_both(s, &one);
	uint64_t bytes = spans_bytes(&both);

	spans_free(&one);
	spans_free(&both);
	return bytes;
}

/* Granules of the machine that have some of both. */
static struct spans shared(const struct spans *ram, const struct spans *device, uint64_t granule)
{
	struct spans r = spans_outward(ram, granule), d = spans_outward(device, granule);
	struct spans both = spans_both(&r, &d);

	spans_free(&r);
	spans_free(&d);
	return both;
}

static void find_collisions(struct lint *l, const struct spans *devices, enum granule g)
{
	const struct spans *ram = &l->memory->ram;
	struct spans both = shared(ram, devices, l->sizes.granule[g]);

	for (size_t i = 0; i < both.list.n; i++) {
		struct range left = both.list.at[i];

		while (left.size) {
			struct range r = left;

			if (r.size > l->sizes.granule[g])
				r.size = l->sizes.granule[g];
			*vec_add(&l->collisions) =
				(struct collision){ g, r, bytes_in(ram, r), bytes_in(devices, r) };
			left.base += r.size;
			left.size -= r.size;
		}
	}
	spans_free(&both);
}

static void find_end(struct lint *l, enum granule g, size_t device, bool end)
{
	struct range r = l->memory->devices.at[device].range;
	uint64_t granule = l->sizes.granule[g];
	uint64_t address = end ? range_end(r) : r.base;
	uint64_t past = address & (granule - 1);
	/* That which the end lies in: up to its last byte that can be counted. */
	struct range around = { address - past, granule };

	if (!past)
		return;
	if (around.size > UINT64_MAX - around.base)
		around.size = UINT64_MAX - around.base;
	*vec_add(&l->misaligned) =
		(struct misaligned){ g,	      device, end,
				     address, past,   spans_meet(&l->memory->ram, around) };
}

/* --- answers --- */

/* What drivers can have of @from if whole granules are added: two do not share one. */
static struct spans usable(const struct lint *l, const struct spans * not, uint64_t granule)
{
	struct spans all = { 0 };

	for (size_t i = 0; i < l->memory->devices.n; i++) {
		struct spans one = one_span(l->memory->devices.at[i].range);
		struct spans left = spans_without(&one, not );
		struct spans in = spans_inward(&left, granule);

		spans_add_all(&all, &in);
		spans_free(&one);
		spans_free(&left);
		spans_free(&in);
	}
	return all;
}

/*
 * An answer: what drivers have, and which granules with RAM are online as a whole; @granule 0: no
 * look-up goes wrong by that.
 */
static struct cost *add_cost(struct lint *l, enum answer answer, const struct spans *drivers,
			     const struct spans *ram, uint64_t granule)
{
	struct spans devices = all_devices(l->memory);
	struct cost *c = vec_add(&l->costs);

	c->answer = answer;
	c->device_lost = spans_bytes(&devices) - spans_bytes(drivers);
	c->ram_lost = spans_bytes(&l->memory->ram) - spans_bytes(ram);
	if (granule) {
		struct spans online = spans_outward(ram, granule);

		c->wrong = spans_both(drivers, &online);
		spans_free(&online);
	}
	spans_free(&devices);
	return c;
}

/* d: no section has both, for RAM or device memory of those that would is given up. */
static void add_apart(struct lint *l, const struct spans *drivers)
{
	const struct spans *ram = &l->memory->ram;
	uint64_t section = l->sizes.granule[GRANULE_SECTION];
	struct spans theirs = spans_outward(drivers, section);
	struct spans online = spans_outward(ram, section);
	struct spans less_ram = spans_without(ram, &theirs);
	struct spans less_device = usable(l, &online, l->sizes.granule[GRANULE_SUBSECTION]);

	add_cost(l, ANSWER_RAM_GIVEN_UP, drivers, &less_ram, section);
	add_cost(l, ANSWER_DEVICE_GIVEN_UP, &less_device, ram, section);
	spans_free(&theirs);
	spans_free(&online);
	spans_free(&less_ram);
	spans_free(&less_device);
}

/*
 * d, before anybody knows where devices are: RAM of sections that have a sub-section without any,
 * in which device memory may turn up.
 */
static void add_in_advance(struct lint *l, const struct spans *drivers)
{
	const struct spans *ram = &l->memory->ram;
	uint64_t section = l->sizes.granule[GRANULE_SECTION];
	struct spans online = spans_outward(ram, section);
	struct spans used = spans_outward(ram, l->sizes.granule[GRANULE_SUBSECTION]);
	struct spans open = spans_without(&online, &used);
	struct spans given_up = spans_outward(&open, section);
	struct spans less = spans_without(ram, &given_up);

	add_cost(l, ANSWER_RAM_IN_ADVANCE, drivers, &less, section);
	spans_free(&online);
	spans_free(&used);
	spans_free(&open);
	spans_free(&given_up);
	spans_free(&less);
}

/* Only whole granules of size @granule are online, and only whole ones are added. */
static void add_granules(struct lint *l, enum answer answer, uint64_t granule)
{
	static const struct spans nothing;
	struct spans drivers = usable(l, &nothing, granule);
	struct cost *c = add_cost(l, answer, &drivers, &l->memory->ram, granule);

	if (answer == ANSWER_CHUNKS)
		c->chunk = granule;
	spans_free(&drivers);
}

static void find_costs(struct lint *l)
{
	static const struct spans nothing;
	const struct spans *ram = &l->memory->ram;
	uint64_t section = l->sizes.granule[GRANULE_SECTION];
	uint64_t subsection = l->sizes.granule[GRANULE_SUBSECTION];
	struct spans drivers = usable(l, &nothing, subsection);
	struct spans online = spans_outward(ram, section);

	for (size_t i = 0; i < online.list.n; i++)
		l->map_bytes += ((online.list.at[i].size - 1) / section + 1) *
				((section / subsection + 7) / 8);
	add_cost(l, ANSWER_NONE, &drivers, ram, section);
	add_cost(l, ANSWER_ASKED, &drivers, ram, 0);
	add_cost(l, ANSWER_FORGOTTEN, &drivers, ram, section);
	add_cost(l, ANSWER_SUBSECTION_MAP, &drivers, ram, subsection);
	add_cost(l, ANSWER_ZONE, &drivers, ram, 0);
	add_cost(l, ANSWER_ZONE_RACE, &drivers, ram, section);
	add_apart(l, &drivers);
	add_in_advance(l, &drivers);
	for (size_t i = 0; i < l->sizes.chunks; i++)
		add_granules(l, ANSWER_CHUNKS, l->sizes.chunk[i]);
	add_granules(l, ANSWER_BLOCKS, PF_BLOCK_SIZE);
	spans_free(&drivers);
	spans_free(&online);
}

void lint_find(struct lint *l, const struct device_memory *memory, const struct lint_sizes *sizes)
{
	struct spans devices = all_devices(memory);

	*l = (struct lint){ .memory = memory, .sizes = *sizes };
	for (int g = 0; g < GRANULES; g++) {
		find_collisions(l, &devices, (enum granule)g);
		for (size_t i = 0; i < memory->devices.n; i++) {
			find_end(l, (enum granule)g, i, false);
			find_end(l, (enum granule)g, i, true);
		}
	}
	find_costs(l);
	spans_free(&devices);
}

void lint_free(struct lint *l)
{
	for (size_t i = 0; i < l->costs.n; i++)
		spans_free(&l->costs.at[i].wrong);
	vec_free(&l->collisions);
	vec_free(&l->misaligned);
	vec_free(&l->costs);
}

bool lint_found(const struct lint *l)
{
	for (size_t i = 0; i < l->costs.n; i++)
		if (l->costs.at[i].answer == ANSWER_NONE && l->costs.at[i].device_lost)
			return true;
	return l->collisions.n || l->memory->both.list.n;
}

/* iomem.txt, where there is one, has what the log may lack. */
void lint_doubts(const struct replay *r, const char *doubts[LINT_DOUBTS])
{
	const struct machine *m = r->machine;
	bool log_only = !m->iomem.n && !m->made_up;
	size_t n = 0;

	if (log_only && r->blind)
		doubts[n++] = "the log lacks its beginning, where firmware's map is";
	if (log_only && !m->log.total_kib)
		doubts[n++] = "the log ends before the page allocator takes over";
	if (m->log.malformed || m->damaged)
		doubts[n++] = "some lines are damaged, and are not used";
	if (m->unreadable.n)
		doubts[n++] = "a file beside the log could not be read";
	doubts[n] = NULL;
}
