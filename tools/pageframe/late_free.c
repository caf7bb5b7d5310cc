/* SPDX-License-Identifier: MIT */
#include "late_free.h"

#include <stdio.h>
#include <string.h>

#include "../../port/posix/port.h"
#include "../../sim/handover.h"
#include "../../tests/faults/late_free.h"

#define MAX_WAYS 8
#define AT_ONCE	 0x8000 /* pages: what Linux initialises at once of a node's last zone, 128 MiB */

typedef unsigned long long ull;

static const char *const times[] = {
	[LATE_FREE_BEFORE] = "before deferred initialisation",
	[LATE_FREE_WHILE] = "while it runs",
	[LATE_FREE_AFTER] = "after it",
};

/* --- ours: the library itself, with as much deferred as Linux defers --- */

static bool is_blocks(const char *way)
{
	return !strcmp(way, "blocks");
}

static void free_late_all(struct pf_mem *mem, const struct late *late)
{
	for (size_t i = 0; i < late->list.n; i++)
		pf_free_late(mem, late->list.at[i].range.base, late->list.at[i].range.size);
}

static void release_some(struct pf_mem *mem, unsigned long pages)
{
	for (int nid = 0; nid < mem->nr_nodes; nid++)
		pf_release_deferred(mem, nid, pages);
}

static void count_blocks(const struct pf_mem *mem, const struct zones *z,
			 struct late_free_outcome *out)
{
	for (size_t i = 0; i < z->list.n; i++) {
		const struct zone *zone = &z->list.at[i];
		uint64_t *managed = vec_add(&out->managed);

		for (int t = 0; zone->nid < mem->nr_nodes && mem->nodes[zone->nid] && t < PF_ZONES;
		     t++)
			if (!strcmp(pf_zone_name((enum pf_zone_type)t), zone->name))
				*managed = mem->nodes[zone->nid]->zone[t].managed;
		out->total += *managed;
	}
}

static void run_blocks(enum late_free_when when, const struct machine *m, const struct zones *z,
		       const struct late *late, struct late_free_outcome *out)
{
	struct pf_boot_config config = { .pages_at_once = AT_ONCE };
	struct pf_mem mem = { 0 };
	char why[200];

	*out = (struct late_free_outcome){ .total = 0 };
	zones_config(&config, m);
	config.alloc = handover_alloc;
	if (pf_boot(&mem, &config))
		return;
	memblock_free_all(&mem);
	if (when == LATE_FREE_WHILE)
		release_some(&mem, 1);
	if (when == LATE_FREE_AFTER)
		release_some(&mem, ~0ul);
	free_late_all(&mem, late);
	release_some(&mem, ~0ul);
	if (!pf_verify(&mem, why, sizeof(why)))
		pf_port_panic(why);
	count_blocks(&mem, z, out);
	pf_close(&mem);
	handover_free_all();
}

/* --- all of them --- */

bool late_free_known(const char *way)
{
	return is_blocks(way) || late_free_way_named(way);
}

const char *late_free_names(void)
{
	static char names[120];

	names[0] = '\0';
	for (size_t i = 0; late_free_ways[i]; i++) {
		strcat(names, late_free_ways[i]->name);
		strcat(names, ", ");
	}
	strcat(names, "blocks");
	return names;
}

static bool run(const char *way, enum late_free_when when, const struct machine *m,
		const struct zones *z, const struct late *late, struct late_free_outcome *out)
{
	if (!is_blocks(way))
		return late_free_run(late_free_way_named(way), when, z, late, out);
	run_blocks(when, m, z, late, out);
	return true;
}

void late_free_apply(const char *way, struct zones *z, const struct late *late)
{
	struct late_free_outcome out;

	if (is_blocks(way) || !run(way, LATE_FREE_BEFORE, NULL, z, late, &out))
		return;
	for (size_t i = 0; i < z->list.n && i < out.managed.n; i++)
		z->list.at[i].managed = out.managed.at[i] + z->list.at[i].later;
	late_free_outcome_free(&out);
}

static void print_fault(const char *what, const struct fault *f)
{
	if (f->times)
		printf("    %llu %s, the first at pfn 0x%llx\n", (ull)f->times, what,
		       (ull)f->first_pfn);
}

static bool harmless(const struct late_free_outcome *o)
{
	return !o->lost.times && !o->unready.times && !o->twice.times && !o->freed_again.times;
}

static void explain_outcome(const struct late_free_outcome *o, enum late_free_when when)
{
	printf("  freed %s: %llu pages managed\n", times[when], (ull)o->total);
	print_fault("pages lost", &o->lost);
	print_fault("reads of descriptors not yet initialised", &o->unready);
	print_fault("descriptors initialised twice", &o->twice);
	print_fault("of them while in the free lists", &o->twice_free);
	print_fault("pages freed again", &o->freed_again);
	if (harmless(o))
		puts("    no page lost, no descriptor touched too early or initialised twice");
}

static void print_guesses(const struct late *late)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < late->list.n; i++)
		pages += late->list.at[i].placed ? 0 : late_pages(&late->list.at[i]);
	if (pages)
		printf("\nThe place of %llu pages that were given back is a guess: the log tells "
		       "their number only,\nso what its zones have, and what is lost, is a guess "
		       "too.\n",
		       (ull)pages);
}

void late_free_explain(const char *way, const struct machine *m, const struct zones *z,
		       const struct late *late, const struct view *v)
{
	const struct late_free_way *w = late_free_way_named(way);

	printf("%s%s%s: late frees the way '%s'\n\n", v->color ? "\033[1m" : "", m->name,
	       v->color ? "\033[0m" : "", way);
	printf("  %s\n  (%s)\n\n",
	       w ? w->what : "whole blocks change state; a part of one splits it first",
	       w ? w->source : "pageframe, docs/late-frees.md");
	for (int t = 0; t < LATE_FREE_TIMES; t++) {
		struct late_free_outcome out;

		if (!run(way, (enum late_free_when)t, m, z, late, &out))
			continue;
		explain_outcome(&out, (enum late_free_when)t);
		late_free_outcome_free(&out);
	}
	print_guesses(late);
}

/* --- the table --- */

struct column {
	const char *name;
	struct late_free_outcome out;
};

static size_t run_all(struct column *columns, enum late_free_when when, const struct machine *m,
		      const struct zones *z, const struct late *late)
{
	size_t n = 0;

	for (size_t i = 0; late_free_ways[i] && n < MAX_WAYS - 1; i++) {
		columns[n].name = late_free_ways[i]->name;
		if (run(columns[n].name, when, m, z, late, &columns[n].out))
			n++;
	}
	columns[n].name = "blocks";
	run_blocks(when, m, z, late, &columns[n].out);
	return n + 1;
}

static void print_faults(const char *name, const struct column *c, size_t n, size_t offset)
{
	printf("  %-33s", name);
	for (size_t i = 0; i < n; i++) {
		const struct fault *f = (const struct fault *)((const char *)&c[i].out + offset);

		if (f->times)
			printf(" %8llu", (ull)f->times);
		else
			printf(" %8s", "-");
	}
	putchar('\n');
}

static void print_table(const struct column *c, size_t n, const struct zones *z)
{
	for (size_t i = 0; i < z->list.n; i++) {
		const struct zone *zone = &z->list.at[i];

		printf("  %-3d %-8s %9llu %9llu ", zone->nid, zone->name, (ull)zone->spanned,
		       (ull)zone->present);
		for (size_t w = 0; w < n; w++)
			printf(" %8llu", i < c[w].out.managed.n ? (ull)c[w].out.managed.at[i] : 0);
		putchar('\n');
	}
	print_faults("pages lost", c, n, offsetof(struct late_free_outcome, lost));
	print_faults("uninitialised descriptors read", c, n,
		     offsetof(struct late_free_outcome, unready));
	print_faults("descriptors initialised twice", c, n,
		     offsetof(struct late_free_outcome, twice));
}

static void print_head(const struct column *c, size_t n, const char *when, bool color)
{
	printf("\n%sFreed %s\n  %-12s %9s %9s  managed, if freed the way", color ? "\033[1m" : "",
	       when, "node, zone", "spanned", "present");
	printf("%s\n  %-33s", color ? "\033[0m" : "", "");
	for (size_t i = 0; i < n; i++)
		printf(" %8s", c[i].name);
	putchar('\n');
}

void late_free_compare(const struct machine *m, const struct zones *z, const struct late *late,
		       const struct view *v)
{
	bool any = true; /* without any, one time is as good as another */

	for (int t = 0; t < LATE_FREE_TIMES && any; t++) {
		struct column columns[MAX_WAYS];
		size_t n = run_all(columns, (enum late_free_when)t, m, z, late);

		if (!t)
			printf("%s: %llu pages are given back to memblock_free_late(), %llu of "
			       "them "
			       "where Linux initialises descriptors late\n",
			       m->name, (ull)columns[0].out.given_back,
			       (ull)columns[0].out.deferred);
		any = columns[0].out.given_back;
		print_head(columns, n, any ? times[t] : "at any time: there is nothing to free",
			   v->color);
		print_table(columns, n, z);
		for (size_t i = 0; i < n; i++)
			late_free_outcome_free(&columns[i].out);
	}
	print_guesses(late);
	puts("\nThe ways: 'pageframe boot --late-free=WAY MACHINE' explains one; blocks is "
	     "pageframe's own.");
}
