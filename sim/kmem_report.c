/* SPDX-License-Identifier: MIT */
#include "kmem_report.h"

#include <string.h>

#define NAME_WIDTH 44

typedef unsigned long long ull;

uint64_t kmem_events(const struct kmem_trace *t)
{
	return t->events.n + t->others;
}

const char *kmem_event_name(enum kmem_kind kind)
{
	static const char *const names[KMEM_KINDS] = {
		[KMEM_ALLOC] = "mm_page_alloc",
		[KMEM_ALLOC_FAILED] = "mm_page_alloc",
		[KMEM_FREE] = "mm_page_free",
		[KMEM_FREE_BATCHED] = "mm_page_free_batched",
		[KMEM_EXTFRAG] = "mm_page_alloc_extfrag",
	};

	return names[kind];
}

const char *kmem_type_name(enum pf_migratetype type)
{
	static const char *const names[PF_MIGRATETYPES] = {
		[PF_UNMOVABLE] = "Unmovable",
		[PF_MOVABLE] = "Movable",
		[PF_RECLAIMABLE] = "Reclaimable",
		[PF_HIGHATOMIC] = "HighAtomic",
		[PF_CMA] = "CMA",
		[PF_ISOLATE] = "Isolate",
	};

	return names[type];
}

bool kmem_ended_early(const struct kmem_file *f, const struct kmem_trace *t)
{
	return f->damage || t->ended_early;
}

const struct kmem_zone *kmem_kernel_after(const struct kmem_report *r, const struct kmem_zone *z)
{
	const struct kmem_trace *t = r->replay->trace;

	return kmem_ended_early(r->file, t) ? NULL : kmem_find_zone(&t->after, z->nid, z->name);
}

static void heading(const struct view *v, const char *text)
{
	printf("\n%s%s%s\n", v->color ? "\033[1m" : "", text, v->color ? "\033[0m" : "");
}

static void count(const char *what, uint64_t n)
{
	printf("  %-*s %12llu\n", NAME_WIDTH, what, (ull)n);
}

static void count_some(const char *what, uint64_t n)
{
	if (n)
		count(what, n);
}

static void print_events(const struct kmem_report *r, const struct view *v)
{
	const struct kmem_trace *t = r->replay->trace;

	heading(v, "Events");
	for (int k = 0; k < KMEM_KINDS; k++)
		if (k != KMEM_ALLOC_FAILED)
			count(kmem_event_name((enum kmem_kind)k), t->count[k]);
	count_some("failed by the kernel already", t->count[KMEM_ALLOC_FAILED]);
	count_some("others, which allocate and free nothing", t->others);
	count_some("lost by the tracer", t->lost);
	if (t->promised > kmem_events(t))
		printf("  of %llu that its header speaks of: the trace is cut off, or damaged\n",
		       (ull)t->promised);
	count_some("lines that could not be read", t->malformed);
}

static void print_prior(const struct kmem_report *r, const struct view *v)
{
	const struct kmem_plan *p = r->replay->plan;

	heading(v, "In use before the trace, and freed in it");
	count("chunks", p->prior.n);
	count("  with pages", p->prior_pages);
	count("  claimed where the kernel had them", r->replay->prior_exact);
	count_some("  elsewhere, for no such page is free here", r->replay->prior_elsewhere);
	count_some("  not at all", r->replay->prior_nowhere);
}

static void print_rates(const struct kmem_replay *r, uint64_t operations)
{
	double ns = (double)(r->ns ? r->ns : 1);
	double events = (double)r->trace->events.n;

	printf("  %-*s %12.0f\n", NAME_WIDTH, "events a second", events * 1e9 / ns);
	printf("  %-*s %12.1f\n", NAME_WIDTH, "ns an event", ns / events);
	count("uses of a zone's lock", r->locked);
	printf("  %-*s %12.4f\n", NAME_WIDTH, "  an allocation or free",
	       operations ? (double)r->locked / (double)operations : 0.0);
}

/* What stays, and what served it. */
static void print_nofree(const struct kmem_replay *k)
{
	char large[NAME_WIDTH + 1];

	count("  from no-free chunks, pages", k->nofree_pages);
	count_some("  not from there: no contiguous pages", k->nofree_apart);
	snprintf(large, sizeof(large), "  not from there: above order %u", KMEM_NOFREE_ORDER);
	count(large, k->nofree_large);
	count("    with pages", k->nofree_large_pages);
}

static void print_replay(const struct kmem_report *r, const struct view *v)
{
	const struct kmem_replay *k = r->replay;
	const struct kmem_plan *p = k->plan;

	heading(v, "Replayed");
	count("allocations", p->allocs);
	count_some("  without an event: freed again", p->implied_allocs);
	count("  that failed", k->failed);
	if (k->failed)
		printf("  %-*s %#12llx\n", NAME_WIDTH, "  the first of them, the kernel's pfn",
		       (ull)k->first_failed);
	if (k->nofree)
		print_nofree(k);
	count("frees", p->frees);
	count_some("  told by two events", p->told_twice);
	count_some("  without an event: allocated again", p->implied_frees);
	count_some("chunks split, to be freed in parts", p->splits);
	count_some("  halves that could not be kept", k->failed_splits);
	count("pages in use by the trace at the end", p->live);
	count("  at most", p->peak);
	count("  at most that cannot be moved", k->unmovable_most);
	count("unmovable blocks at most", k->unmovable_peak);
	count("blocks with unmovable pages that stay", k->blocks_staying);
	count("  and where others of the trace were", k->blocks_shared);
	print_rates(k, p->allocs + p->frees);
	if (*k->wrong)
		printf("  pf_verify(): %s\n", k->wrong);
}

/* --- zones --- */

static void print_chunks(const char *when, const char *whose, const struct kmem_zone *z)
{
	if (!z || !z->has_buddy)
		return;
	printf("  %-7s %-10s", when, whose);
	for (unsigned o = 0; o <= PF_MAX_ORDER; o++)
		printf(" %6llu", (ull)z->free[o]);
	putchar('\n');
}

static void print_unusable(const char *when, const char *whose, const struct kmem_zone *z)
{
	if (!z || !z->has_buddy)
		return;
	printf("  %-7s %-10s", when, whose);
	for (unsigned o = 0; o <= PF_MAX_ORDER; o++) {
		unsigned share = kmem_unusable(z, o);

		printf("  %u.%03u", share / 1000, share % 1000);
	}
	putchar('\n');
}

static void print_blocks(const char *when, const char *whose, const struct kmem_zone *z)
{
	if (!z || !z->has_blocks)
		return;
	printf("  %-7s %-10s", when, whose);
	for (int t = 0; t < PF_MIGRATETYPES; t++)
		printf(" %11llu", (ull)z->blocks[t]);
	putchar('\n');
}

typedef void (*print_fn)(const char *when, const char *whose, const struct kmem_zone *z);

/* A row for the kernel, and one for us; before, and after. */
static void print_rows(const struct kmem_report *r, const struct kmem_zone *z, print_fn print)
{
	const struct kmem_replay *k = r->replay;

	print("before", "kernel", kmem_find_zone(&k->trace->before, z->nid, z->name));
	print("before", "pageframe", z);
	print("after", "kernel", kmem_kernel_after(r, z));
	print("after", "pageframe", kmem_find_zone(&k->end, z->nid, z->name));
}

static void print_zone(const struct kmem_report *r, const struct kmem_zone *z, const struct view *v)
{
	char title[80];

	snprintf(title, sizeof(title), "Node %d, zone %s: free chunks by order", z->nid, z->name);
	heading(v, title);
	printf("  %-18s", "");
	for (unsigned o = 0; o <= PF_MAX_ORDER; o++)
		printf(" %6u", o);
	putchar('\n');
	print_rows(r, z, print_chunks);
	puts("  the share of free pages that is of no use for that order");
	print_rows(r, z, print_unusable);
	printf("  %-18s", "blocks by type");
	for (int t = 0; t < PF_MIGRATETYPES; t++)
		printf(" %11s", kmem_type_name((enum pf_migratetype)t));
	putchar('\n');
	print_rows(r, z, print_blocks);
	printf("  pages on our CPUs' lists at the end: %llu\n",
	       (ull)kmem_find_zone(&r->replay->end, z->nid, z->name)->per_cpu);
}

static void print_unmatched(const struct kmem_replay *r)
{
	for (size_t i = 0; i < r->trace->before.zones.n; i++) {
		const struct kmem_zone *z = &r->trace->before.zones.at[i];

		if (kmem_free_pages(z) && !kmem_find_zone(&r->start, z->nid, z->name))
			printf("\nNode %d, zone %s (line %zu of the trace) is not on this "
			       "machine.\n",
			       z->nid, z->name, z->line);
	}
}

void kmem_report(const struct kmem_report *r, const struct view *v)
{
	const struct kmem_replay *k = r->replay;

	printf("%s%s%s: %llu events on %u CPUs, on %s%s\n", v->color ? "\033[1m" : "",
	       r->file->name, v->color ? "\033[0m" : "", (ull)kmem_events(k->trace), k->trace->cpus,
	       r->how ? "a machine " : "", r->how ? r->how : r->machine);
	print_events(r, v);
	print_prior(r, v);
	print_replay(r, v);
	for (size_t i = 0; i < k->start.zones.n; i++)
		print_zone(r, &k->start.zones.at[i], v);
	print_unmatched(k);
	if (kmem_ended_early(r->file, k->trace))
		puts("\nThe trace ended early: what the kernel had after all of it is not compared "
		     "with.");
	if (!k->trace->before.zones.n)
		puts("\nThe trace does not tell what was free before it: all that it does not free "
		     "was.");
}
