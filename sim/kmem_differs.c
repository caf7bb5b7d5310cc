/* SPDX-License-Identifier: MIT */
#include "kmem_differs.h"

#include "kmem_replay.h"

typedef unsigned long long ull;

/* In blocks, as pagetypeinfo counts them: whole ones, whatever of them is memory. */
static ull mib_of(const struct kmem_zone *z, unsigned block_order)
{
	ull blocks = 0;

	for (int t = 0; t < PF_MIGRATETYPES; t++)
		blocks += z->blocks[t];
	return (blocks << block_order) >> (20 - PF_PAGE_SHIFT);
}

static unsigned order_of(const struct kmem_state *s)
{
	return s->block_order ? s->block_order : PF_BLOCK_ORDER;
}

static unsigned tell_theirs(const struct kmem_state *theirs, const struct kmem_state *ours,
			    const char *machine)
{
	unsigned differ = 0;

	for (size_t i = 0; i < theirs->zones.n; i++) {
		const struct kmem_zone *z = &theirs->zones.at[i];
		const struct kmem_zone *our = kmem_find_zone(ours, z->nid, z->name);
		ull mib = mib_of(z, order_of(theirs));

		if (our && (!z->has_blocks || mib_of(our, PF_BLOCK_ORDER) == mib))
			continue;
		differ++;
		fprintf(stderr, "pageframe: %s: node %d, zone %s: ", machine, z->nid, z->name);
		if (our)
			fprintf(stderr, "%llu MiB here, %llu MiB in the trace\n",
				mib_of(our, PF_BLOCK_ORDER), mib);
		else
			fprintf(stderr, "not on this machine, but in the trace (line %zu)\n",
				z->line);
	}
	return differ;
}

static unsigned tell_ours(const struct kmem_state *ours, const struct kmem_state *theirs,
			  const char *machine)
{
	unsigned differ = 0;

	for (size_t i = 0; i < ours->zones.n; i++) {
		const struct kmem_zone *z = &ours->zones.at[i];

		if (kmem_find_zone(theirs, z->nid, z->name))
			continue;
		differ++;
		fprintf(stderr,
			"pageframe: %s: node %d, zone %s: %llu MiB here, none in the trace\n",
			machine, z->nid, z->name, mib_of(z, PF_BLOCK_ORDER));
	}
	return differ;
}

static unsigned tell_highest(const struct kmem_trace *t, const struct pf_mem *mem,
			     const char *machine)
{
	if (pf_mem_has_pfn(mem, t->highest))
		return 0;
	fprintf(stderr, "pageframe: %s: the trace's page 0x%llx is not on this machine\n", machine,
		(ull)t->highest);
	return 1;
}

unsigned kmem_tell_differences(const struct kmem_trace *t, const struct pf_mem *mem,
			       const char *machine)
{
	const struct kmem_state *theirs = t->before.zones.n ? &t->before : &t->after;
	struct kmem_state ours;
	unsigned differ;

	if (!theirs->zones.n)
		return tell_highest(t, mem, machine);
	kmem_state_of(&ours, mem);
	differ = tell_theirs(theirs, &ours, machine) + tell_ours(&ours, theirs, machine);
	vec_free(&ours.zones);
	return differ;
}
