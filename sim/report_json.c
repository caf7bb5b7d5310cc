/* SPDX-License-Identifier: MIT */
#include "report_json.h"

#include <string.h>

#include "accounts.h"
#include "json_facts.h"
#include "meaning.h"

/* --- what the log says --- */

static void put_machine(struct json *j, const struct booted *s)
{
	const struct boot_log *log = &s->r.machine->log;

	json_number(j, "schema", JSON_SCHEMA);
	json_string(j, "machine", s->r.machine->name);
	if (log->version && !s->r.machine->made_up)
		json_bytes(j, "kernel", log->version, strcspn(log->version, " "));
	else
		json_null(j, "kernel");
	json_string(j, "command_line", log->command_line);
	json_bool(j, "reconstructed", log->reconstructed);
	json_string(j, "as", s->h.as == AS_NATIVE ? "native" : "recorded");
}

static void put_firmware(struct json *j, const struct boot_log *log)
{
	json_map(j, "firmware", log->e820.at, log->e820.n);
	json_map(j, "user_map", log->user.at, log->user.n);
	json_map(j, "changes", log->e820_changes.at, log->e820_changes.n);
	json_map(j, "uefi", log->efi.at, log->efi.n);
}

/* --- memblock --- */

static void put_regions(struct json *j, const char *key, const struct memblock_type *type)
{
	json_array(j, key);
	for (unsigned long i = 0; i < type->cnt; i++)
		json_region(j, NULL, &type->regions[i]);
	json_close(j);
}

static void put_memblock(struct json *j, const struct replay *r)
{
	put_regions(j, "memory", &memblock.memory);
	put_regions(j, "reserved", &memblock.reserved);
	json_array(j, "owners");
	for (size_t i = 0; i < r->owners.list.n; i++)
		json_owned(j, &r->owners.list.at[i]);
	json_close(j);
	json_object(j, "allocations");
	json_number(j, "landed", r->landed);
	json_number(j, "total", r->allocations);
	json_close(j);
}

/* --- nodes and zones --- */

static void put_counts(struct json *j, const struct zone *z)
{
	json_number(j, "start_pfn", z->start_pfn);
	json_number(j, "spanned", z->spanned);
	json_number(j, "present", z->present);
	json_number(j, "managed", z->managed);
	json_number(j, "later", z->later);
}

/* From its first page to its last. A zone without pages has a span all the same, but no place. */
static struct zone sum_node(const struct zones *z, int nid)
{
	struct zone sum = { .start_pfn = UINT64_MAX };
	uint64_t end = 0;

	for (size_t i = 0; i < z->list.n; i++) {
		const struct zone *zone = &z->list.at[i];

		if (zone->nid != nid || !zone->present)
			continue;
		if (zone->start_pfn < sum.start_pfn)
			sum.start_pfn = zone->start_pfn;
		if (zone->start_pfn + zone->spanned > end)
			end = zone->start_pfn + zone->spanned;
		sum.present += zone->present;
		sum.managed += zone->managed;
		sum.later += zone->later;
	}
	if (!end)
		sum.start_pfn = 0;
	sum.spanned = end - sum.start_pfn;
	return sum;
}

static void put_node(struct json *j, const struct zones *z, int nid)
{
	struct zone sum = sum_node(z, nid);

	json_object(j, NULL);
	json_number(j, "node", (uint64_t)nid);
	put_counts(j, &sum);
	json_array(j, "zones");
	for (size_t i = 0; i < z->list.n; i++) {
		if (z->list.at[i].nid != nid)
			continue;
		json_object(j, NULL);
		json_string(j, "name", z->list.at[i].name);
		put_counts(j, &z->list.at[i]);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static bool has_node(const struct zones *z, int nid)
{
	for (size_t i = 0; i < z->list.n; i++)
		if (z->list.at[i].nid == nid)
			return true;
	return false;
}

static void put_nodes(struct json *j, const struct zones *z)
{
	json_array(j, "nodes");
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		if (has_node(z, nid))
			put_node(j, z, nid);
	json_close(j);
}

/* --- the hand-over --- */

static void put_late(struct json *j, const struct late *late, const struct handover *h)
{
	json_array(j, "late");
	for (size_t i = 0; i < late->list.n; i++)
		json_late(j, NULL, &late->list.at[i], i < h->late.n ? &h->late.at[i] : NULL);
	json_close(j);
}

static void put_runs(struct json *j, const struct handover *h)
{
	json_array(j, "runs");
	for (size_t i = 0; i < h->runs.n; i++) {
		json_object(j, NULL);
		json_number(j, "start_pfn", h->runs.at[i].start);
		json_number(j, "end_pfn", h->runs.at[i].end);
		json_bool(j, "handed_over", h->runs.at[i].fate == FATE_HANDED_OVER);
		json_close(j);
	}
	json_close(j);
}

static void put_account(struct json *j, const struct account *a)
{
	json_object(j, NULL);
	json_bytes(j, "who", a->who, a->length);
	json_string(j, "meaning", meaning(a->who, a->length));
	json_number(j, "bytes", a->bytes);
	json_number(j, "given_back", a->given_back);
	json_number(j, "kept", a->kept);
	json_close(j);
}

static void put_accounts(struct json *j, const struct booted *s)
{
	struct accounts accounts;

	accounts_find(&accounts, &s->r, &s->h);
	json_number(j, "kept", accounts.kept);
	json_number(j, "kept_by_nobody", accounts.nobodys);
	json_array(j, "accounts");
	for (size_t i = 0; i < accounts.list.n; i++)
		put_account(j, &accounts.list.at[i]);
	json_close(j);
	accounts_free(&accounts);
}

/* A native boot: our memory map instead of the kernel's. */
static void put_memory_map(struct json *j, const struct handover *h)
{
	if (h->as != AS_NATIVE || !h->ready) {
		json_null(j, "memory_map");
		return;
	}
	json_object(j, "memory_map");
	json_number(j, "ours", h->mem.memmap_bytes);
	json_number(j, "kernels", h->kernels_map);
	json_bool(j, "kernels_guessed", h->map_guessed);
	json_close(j);
}

static void put_handover(struct json *j, const struct booted *s)
{
	json_number(j, "at_once", s->h.at_once);
	put_late(j, &s->late, &s->h);
	put_runs(j, &s->h);
	put_accounts(j, s);
	put_memory_map(j, &s->h);
}

/* --- remarks --- */

static void put_remarks(struct json *j, const char *key, const struct remark *list, size_t n)
{
	json_array(j, key);
	for (size_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_string(j, "text", list[i].text);
		json_line(j, list[i].line);
		json_close(j);
	}
	json_close(j);
}

void report_json(FILE *to, const struct booted *s)
{
	const struct replay *r = &s->r;
	struct json j = { .to = to };

	json_object(&j, NULL);
	put_machine(&j, s);
	put_firmware(&j, &r->machine->log);
	put_memblock(&j, r);
	put_nodes(&j, &s->z);
	put_handover(&j, s);
	put_remarks(&j, "inferred", r->inferred.at, r->inferred.n);
	put_remarks(&j, "missing", r->missing.at, r->missing.n);
	put_remarks(&j, "differences", r->differences.at, r->differences.n);
	json_number(&j, "malformed_lines", r->machine->log.malformed);
	json_close(&j);
}
