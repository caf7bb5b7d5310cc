/* SPDX-License-Identifier: MIT */
#include "lint.h"

#include <string.h>

#include "json_facts.h"

static void put_devices(struct json *j, const struct lint *l)
{
	static const char *const sources[] = {
		[DEVICE_IOMEM] = "iomem",
		[DEVICE_MAP] = "firmware",
		[DEVICE_EFI] = "uefi",
		[DEVICE_SRAT] = "srat",
	};

	json_array(j, "devices");
	for (size_t i = 0; i < l->memory->devices.n; i++) {
		const struct device *d = &l->memory->devices.at[i];

		json_object(j, NULL);
		json_range(j, d->range);
		json_string(j, "name", d->name);
		json_string(j, "source", sources[d->source]);
		json_line(j, d->line);
		json_close(j);
	}
	json_close(j);
}

static void put_both(struct json *j, const struct spans *both)
{
	json_array(j, "told_both");
	for (size_t i = 0; i < both->list.n; i++) {
		json_object(j, NULL);
		json_range(j, both->list.at[i]);
		json_close(j);
	}
	json_close(j);
}

static void put_collisions(struct json *j, const struct lint *l)
{
	json_array(j, "collisions");
	for (size_t i = 0; i < l->collisions.n; i++) {
		const struct collision *c = &l->collisions.at[i];

		json_object(j, NULL);
		json_string(j, "granule", granule_name(c->granule));
		json_range(j, c->range);
		json_number(j, "ram_bytes", c->ram);
		json_number(j, "device_bytes", c->device);
		json_close(j);
	}
	json_close(j);
}

static void put_misaligned(struct json *j, const struct lint *l)
{
	json_array(j, "misaligned");
	for (size_t i = 0; i < l->misaligned.n; i++) {
		const struct misaligned *a = &l->misaligned.at[i];

		json_object(j, NULL);
		json_string(j, "granule", granule_name(a->granule));
		json_number(j, "device", a->device);
		json_string(j, "which", a->end ? "end" : "start");
		json_number(j, "address", a->address);
		json_number(j, "bytes_after_border", a->past);
		json_bool(j, "with_ram", a->collision);
		json_close(j);
	}
	json_close(j);
}

static void put_wrong(struct json *j, const struct spans *wrong)
{
	json_array(j, "wrong");
	for (size_t i = 0; i < wrong->list.n; i++) {
		json_object(j, NULL);
		json_number(j, "start_pfn", wrong->list.at[i].base >> PF_PAGE_SHIFT);
		json_number(j, "end_pfn", range_end(wrong->list.at[i]) >> PF_PAGE_SHIFT);
		json_close(j);
	}
	json_close(j);
}

static void put_costs(struct json *j, const struct lint *l)
{
	static const struct {
		const char *letter, *way;
	} names[] = {
		[ANSWER_NONE] = { NULL, "none" },
		[ANSWER_ASKED] = { "a", "asked" },
		[ANSWER_FORGOTTEN] = { "a", "not asked" },
		[ANSWER_SUBSECTION_MAP] = { "b", "sub-section map" },
		[ANSWER_ZONE] = { "c", "descriptors written" },
		[ANSWER_ZONE_RACE] = { "c", "race" },
		[ANSWER_RAM_GIVEN_UP] = { "d", "RAM given up" },
		[ANSWER_DEVICE_GIVEN_UP] = { "d", "device memory given up" },
		[ANSWER_RAM_IN_ADVANCE] = { "d", "RAM given up in advance" },
		[ANSWER_CHUNKS] = { "e", "small sections" },
		[ANSWER_BLOCKS] = { NULL, "pageframe" },
	};

	json_array(j, "answers");
	for (size_t i = 0; i < l->costs.n; i++) {
		const struct cost *c = &l->costs.at[i];

		json_object(j, NULL);
		json_string(j, "answer", names[c->answer].letter);
		json_string(j, "way", names[c->answer].way);
		if (c->chunk)
			json_number(j, "section_bytes", c->chunk);
		else
			json_null(j, "section_bytes");
		json_number(j, "ram_lost_bytes", c->ram_lost);
		json_number(j, "device_lost_bytes", c->device_lost);
		json_number(j, "wrong_pages", spans_bytes(&c->wrong) >> PF_PAGE_SHIFT);
		put_wrong(j, &c->wrong);
		json_close(j);
	}
	json_close(j);
}

static void put_doubts(struct json *j, const struct replay *r)
{
	const char *doubts[LINT_DOUBTS];

	lint_doubts(r, doubts);
	json_array(j, "doubts");
	for (const char **d = doubts; *d; d++)
		json_string(j, NULL, *d);
	json_close(j);
}

void lint_json(struct json *j, const struct lint *l, const struct replay *r)
{
	const struct machine *m = r->machine;
	const struct boot_log *log = &m->log;

	json_object(j, NULL);
	json_number(j, "schema", JSON_SCHEMA);
	json_string(j, "machine", m->name);
	if (log->version && !m->made_up)
		json_bytes(j, "kernel", log->version, strcspn(log->version, " "));
	else
		json_null(j, "kernel");
	json_array(j, "granules");
	for (int g = 0; g < GRANULES; g++) {
		json_object(j, NULL);
		json_string(j, "granule", granule_name((enum granule)g));
		json_number(j, "bytes", l->sizes.granule[g]);
		json_close(j);
	}
	json_close(j);
	put_devices(j, l);
	put_both(j, &l->memory->both);
	put_collisions(j, l);
	put_misaligned(j, l);
	put_costs(j, l);
	json_number(j, "subsection_map_bytes", l->map_bytes);
	put_doubts(j, r);
	json_number(j, "malformed_lines", m->log.malformed + m->damaged);
	json_bool(j, "found", lint_found(l));
	json_close(j);
}
