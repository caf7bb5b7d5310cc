/* SPDX-License-Identifier: MIT */
/*
 * Walkers against memory and devices that come and go: some threads look at random pages, and
 * allocate now and then; others add, bring online, take offline, remove, map and unmap.
 *
 * It catches a look-up that succeeds for what is no online RAM, or goes on being used when the
 * memory is gone; a device's page whose descriptor is not complete, or goes while somebody has a
 * reference; a page that is lost on the way; descriptors that are read when nothing is behind them
 * (they are unmapped, and poisoned under AddressSanitizer); and, under ThreadSanitizer, state that
 * is shared without a lock.
 *
 *	hotplug [--rounds N | --seconds N] [--walkers N] [--changers N] [--ops N] [--seed N]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pageframe/device.h>
#include <pageframe/walk.h>

#include "host.h"
#include "machine.h"
#include "options.h"
#include "random.h"

#define MAX_THREADS 64
#define HELD	    64
#define DAMAGED	    64
#define SLOT	    (16 * MIB_PAGES) /* what comes or goes at once */
#define SLOTS	    (MAX_PAGES / SLOT)

/* What is in a slot beyond the memory of boot. */
enum kind {
	NOTHING,
	RAM,
	DEVICE,
};

/* One changer at a time has a slot. Walkers read what is there. */
static struct slot {
	_Atomic bool taken;
	_Atomic int kind;
	bool online;
	struct pf_dev_pagemap pgmap;
} slots[SLOTS];

struct worker {
	pthread_t thread;
	unsigned cpu;
	bool changes;
	uint64_t rng;
	unsigned long ops;
	struct {
		pf_pfn pfn;
		unsigned order;
	} held[HELD];
	unsigned n;
	pf_pfn out[DAMAGED]; /* that could not be had back */
	unsigned damaged;
};

static unsigned nr_walkers, nr_changers;
static _Atomic unsigned long found_online, found_device, found_nothing;
static _Atomic unsigned long done[6], refused[6];

static unsigned long slot_of(pf_pfn pfn)
{
	return (pfn - BASE) / SLOT;
}

static pf_pfn slot_pfn(const struct slot *s)
{
	return BASE + (pf_pfn)(s - slots) * SLOT;
}

/* Of boot memory nobody knows: it may be a hole. */
static bool is_beyond(pf_pfn pfn)
{
	return slot_of(pfn) > slot_of(BASE + pages - 1);
}

/* --- who walks --- */

/* What is found in a read-side section is there until its end. */
static void look_up(struct worker *w, pf_pfn pfn)
{
	unsigned turn = pf_read_lock(&mem.readers);
	struct pf_page *page = pf_pfn_to_online_page(&mem, pfn);

	atomic_fetch_add_explicit(page ? &found_online : &found_nothing, 1, memory_order_relaxed);
	if (page && page != pf_page(&mem, pfn))
		fail("the descriptor is another page's", pfn, 0);
	for (unsigned n = (unsigned)random_below(&w->rng, 4); page && n--;) {
		pf_page_info(&mem, pfn);
		if (is_beyond(pfn) && atomic_load(&slots[slot_of(pfn)].kind) != RAM)
			fail("online memory goes while somebody looks at it", pfn, 0);
	}
	pf_read_unlock(&mem.readers, turn);
}

static void look_at_device(struct worker *w, pf_pfn pfn)
{
	struct pf_dev_pagemap *pgmap = pf_get_dev_pagemap(&mem, pfn);
	struct slot *s = &slots[slot_of(pfn)];

	if (!pgmap)
		return;
	atomic_fetch_add_explicit(&found_device, 1, memory_order_relaxed);
	for (unsigned n = 1 + (unsigned)random_below(&w->rng, 4); n--;) {
		if (!is_beyond(pfn) || pgmap != &s->pgmap || atomic_load(&s->kind) != DEVICE)
			fail("a reference to a device that is not there", pfn, 0);
		if (pf_info_state(pf_load(&pf_page(&mem, pfn)->info)) != PF_DEVICE)
			fail("a device's descriptor is not complete", pfn,
			     pf_load(&pf_page(&mem, pfn)->info));
		if (pf_pfn_to_online_page(&mem, pfn))
			fail("a device's page is taken for RAM", pfn, 0);
	}
	pf_put_dev_pagemap(pgmap);
}

static void allocate(struct worker *w)
{
	unsigned order = random_below(&w->rng, 4) ? 0 : (unsigned)random_below(&w->rng, 10);
	pf_pfn pfn;

	if (w->n == HELD || random_below(&w->rng, 2)) {
		while (w->n) {
			w->n--;
			for (unsigned long i = 0; i < 1ul << w->held[w->n].order; i++)
				atomic_store(&owner[w->held[w->n].pfn - BASE + i], 0);
			pf_free_pages(&mem, w->held[w->n].pfn, w->held[w->n].order);
		}
		return;
	}
	pfn = pf_alloc_pages(&mem, order, PF_GFP_MOVABLE | PF_GFP_ANY_ZONE);
	if (pfn == PF_NO_PFN)
		return;
	for (unsigned long i = 0; i < 1ul << order; i++)
		if (atomic_exchange(&owner[pfn - BASE + i], (uint8_t)(1 + w->cpu)))
			fail("a page has two owners", pfn + i, w->cpu);
	w->held[w->n].pfn = pfn;
	w->held[w->n++].order = order;
}

/* It was damaged, and then it was not; but it may have gone offline meanwhile, and stays out. */
static void damage(struct worker *w, pf_pfn pfn)
{
	int ret = pf_memory_failure(&mem, pfn, NULL);

	if (ret >= 0 ? !pf_unpoison_page(&mem, pfn) : ret != -PF_EBUSY)
		return;
	w->out[w->damaged++] = pfn;
}

static void isolate(struct worker *w, pf_pfn pfn)
{
	unsigned flags = random_below(&w->rng, 2) ? PF_ISOLATE_SKIP_POISONED : 0;

	pfn &= ~(PF_BLOCK_PAGES - 1);
	if (!pf_isolate_range(&mem, pfn, pfn + PF_BLOCK_PAGES, PF_MOVABLE, flags, NULL))
		pf_undo_isolate_range(&mem, pfn, pfn + PF_BLOCK_PAGES);
}

/* These were given to this walker, and to nobody else. */
static void own(struct worker *w, pf_pfn pfn, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (atomic_exchange(&owner[pfn - BASE + i], (uint8_t)(1 + w->cpu)))
			fail("a page has two owners", pfn + i, w->cpu);
	for (unsigned long i = 0; i < n; i++)
		atomic_store(&owner[pfn - BASE + i], 0);
}

static void take_at(struct worker *w, pf_pfn pfn)
{
	unsigned order = (unsigned)random_below(&w->rng, PF_MAX_ORDER + 1);

	pfn &= ~((1ul << order) - 1);
	if (pf_alloc_pages_at(&mem, pfn, order))
		return;
	own(w, pfn, 1ul << order);
	pf_free_pages(&mem, pfn, order);
}

static void take_contig(struct worker *w, pf_pfn pfn)
{
	unsigned long n = 1 + random_below(&w->rng, 2 * PF_BLOCK_PAGES);

	if (pf_alloc_contig_range(&mem, pfn, pfn + n, PF_MOVABLE, 0, NULL, NULL))
		return;
	own(w, pfn, n);
	pf_free_contig_range(&mem, pfn, n);
}

static void soft_offline(struct worker *w, pf_pfn pfn)
{
	if (w->damaged < DAMAGED && !pf_soft_offline(&mem, pfn, NULL, NULL) &&
	    pf_unpoison_page(&mem, pfn))
		w->out[w->damaged++] = pfn;
}

static void walk(struct worker *w)
{
	pf_pfn pfn = BASE + random_below(&w->rng, MAX_PAGES);
	struct pf_block_scan scan;
	struct pf_obstacle o;

	switch (random_below(&w->rng, 32)) {
	case 0:
		pf_is_removable(&mem, pfn, 1 + random_below(&w->rng, 2 * PF_BLOCK_PAGES), &o);
		break;
	case 1:
		pf_scan_block(&mem, pfn, &scan);
		break;
	case 2:
	case 3:
		pf_page_flags(&mem, pfn);
		break;
	case 4:
		if (w->damaged < DAMAGED)
			damage(w, pfn);
		break;
	case 5:
		pf_init_descriptors(&mem, 1);
		break;
	case 6:
	case 7:
	case 8:
		allocate(w);
		break;
	case 9:
	case 10:
		isolate(w, pfn);
		break;
	case 11:
	case 12:
		take_at(w, pfn);
		break;
	case 13:
		take_contig(w, pfn);
		break;
	case 14:
		soft_offline(w, pfn);
		break;
	default:
		if (random_below(&w->rng, 2))
			look_up(w, pfn);
		else
			look_at_device(w, pfn);
	}
}

/* --- who changes --- */

static int count(int what, int ret)
{
	atomic_fetch_add_explicit(ret ? &refused[what] : &done[what], 1, memory_order_relaxed);
	return ret;
}

/* Readers may find it from here on. */
static void come(struct worker *w, struct slot *s)
{
	pf_phys at = PF_PFN_PHYS(slot_pfn(s)), size = SLOT << PF_PAGE_SHIFT;
	int nid = (int)random_below(&w->rng, NODES);
	unsigned flags = random_below(&w->rng, 2) ? PF_MEMMAP_ON_MEMORY : 0;

	if (random_below(&w->rng, 2)) {
		atomic_store(&s->kind, RAM);
		if (count(0, pf_add_memory(&mem, nid, at, size, flags)))
			atomic_store(&s->kind, NOTHING);
		return;
	}
	atomic_store(&s->kind, DEVICE);
	s->pgmap = (struct pf_dev_pagemap){ .start = at, .size = size, .nid = nid };
	if (count(1, pf_memremap_pages(&mem, &s->pgmap)))
		atomic_store(&s->kind, NOTHING);
}

static void change_ram(struct worker *w, struct slot *s)
{
	pf_pfn at = slot_pfn(s);

	if (s->online) {
		s->online = count(3, pf_offline_pages(&mem, at, SLOT, NULL, NULL));
	} else if (random_below(&w->rng, 2)) {
		s->online = !count(2, pf_online_pages(&mem, at, SLOT,
						      (enum pf_online_to)random_below(&w->rng, 3)));
	} else {
		if (count(4, pf_remove_memory(&mem, PF_PFN_PHYS(at), SLOT << PF_PAGE_SHIFT)))
			fail("offline memory does not go", at, 0);
		atomic_store(&s->kind, NOTHING);
	}
}

/* Memory of boot goes offline, and comes back. */
static void change_boot(struct worker *w, struct slot *s)
{
	pf_pfn at = slot_pfn(s);
	unsigned long n = 1 + random_below(&w->rng, 4);

	at += random_below(&w->rng, SLOT / PF_BLOCK_PAGES - n + 1) << PF_BLOCK_ORDER;
	if (count(3, pf_offline_pages(&mem, at, n << PF_BLOCK_ORDER, NULL, NULL)))
		return;
	if (count(2, pf_online_pages(&mem, at, n << PF_BLOCK_ORDER, PF_ONLINE_AUTO)))
		fail("memory of boot does not come back", at, 0);
}

static void change(struct worker *w)
{
	struct slot *s = &slots[random_below(&w->rng, SLOTS)];

	if (atomic_exchange(&s->taken, true))
		return;
	if (!is_beyond(slot_pfn(s))) {
		change_boot(w, s);
	} else if (atomic_load(&s->kind) == NOTHING) {
		come(w, s);
	} else if (atomic_load(&s->kind) == RAM) {
		change_ram(w, s);
	} else {
		pf_memunmap_pages(&mem, &s->pgmap);
		count(5, 0);
		atomic_store(&s->kind, NOTHING);
	}
	atomic_store(&s->taken, false);
}

/* --- everybody --- */

static void *work(void *arg)
{
	struct worker *w = arg;

	host_set_cpu(w->cpu);
	for (unsigned long n = w->ops; n--;)
		w->changes ? change(w) : walk(w);
	while (w->n)
		allocate(w);
	return NULL;
}

/* What came goes again. Return: how much of it did. */
static unsigned clear_some(void)
{
	unsigned n = 0;

	for (struct slot *s = slots; s < slots + SLOTS; s++) {
		pf_pfn at = slot_pfn(s);

		if (s->kind == DEVICE)
			pf_memunmap_pages(&mem, &s->pgmap);
		else if (s->kind == NOTHING ||
			 (s->online && pf_offline_pages(&mem, at, SLOT, NULL, NULL)))
			continue;
		else if (pf_remove_memory(&mem, PF_PFN_PHYS(at), SLOT << PF_PAGE_SHIFT))
			fail("offline memory does not go", at, 0);
		s->online = false;
		s->kind = NOTHING;
		n++;
	}
	return n;
}

/* Descriptors of one may lie in another; of two, each in the other. */
static bool clear(void)
{
	bool all = true;

	while (clear_some())
		;
	for (struct slot *s = slots; s < slots + SLOTS; s++) {
		all &= s->kind == NOTHING;
		if (s->kind != NOTHING && !mem.memmap_ops)
			fail("memory does not go offline, and nobody has it", slot_pfn(s), 0);
		s->online = false;
		s->kind = NOTHING;
	}
	return all;
}

static void account(unsigned long handed_over, bool cleared)
{
	unsigned long managed = 0;
	char why[256];

	if (!pf_drain_all(&mem))
		fail("some CPU cannot be drained in the end", 0, 0);
	if (!pf_verify(&mem, why, sizeof(why))) {
		printf("# %s\n", why);
		fail("pf_verify()", cleared, 0);
	}
	for (int nid = 0; nid < mem.nr_nodes; nid++)
		for (int z = 0; mem.nodes[nid] && z < PF_ZONES; z++) {
			const struct pf_zone *zone = &mem.nodes[nid]->zone[z];

			if (zone->nr_free != zone->managed && !mem.memmap_ops)
				fail("pages are lost", zone->nr_free, zone->managed);
			managed += zone->managed;
		}
	if (cleared && managed != handed_over)
		fail("memory is lost", managed, handed_over);
	for (char *next, *line = (char *)host_output(); *line; line = next) {
		next = strchr(line, '\n') + 1;
		next[-1] = '\0';
		if (!strstr(line, "there is no memory for its descriptors")) {
			printf("# %s\n", line);
			fail("somebody is told of a mistake", 0, 0);
		}
	}
	host_forget_output();
}

static void one_round(unsigned long ops)
{
	static struct worker workers[MAX_THREADS];
	unsigned all = nr_walkers + nr_changers;
	unsigned long handed_over;
	uint64_t rng = seed;

	host_set_cpu(MAX_THREADS); /* without lists */
	possible_pfn = BASE + MAX_PAGES;
	handed_over = machine_boot(&rng, all);
	for (int nid = 0; nid < NODES; nid++)
		handed_over += pf_release_deferred(&mem, nid, ~0ul);
	for (unsigned t = 0; t < all; t++) {
		workers[t] = (struct worker){ .cpu = t, .changes = t >= nr_walkers, .ops = ops };
		workers[t].rng = rng + t;
		if (workers[t].changes)
			workers[t].ops /= 64;
		if (pthread_create(&workers[t].thread, NULL, work, &workers[t]))
			fail("no thread", t, 0);
	}
	for (unsigned t = 0; t < all; t++)
		pthread_join(workers[t].thread, NULL);
	for (unsigned t = 0; t < all; t++)
		while (workers[t].damaged)
			pf_unpoison_page(&mem, workers[t].out[--workers[t].damaged]);
	account(handed_over, false);
	account(handed_over, clear());
	machine_close();
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "added",	"mapped",  "online",
					     "offline", "removed", "unmapped" };
	uint64_t seconds = option(argc, argv, "--seconds", 0);
	uint64_t rounds = option(argc, argv, "--rounds", seconds ? UINT64_MAX : 6), n;
	unsigned long ops = (unsigned long)option(argc, argv, "--ops", 40000);
	time_t begin = time(NULL);
	bool vain = false;

	seed = option(argc, argv, "--seed", 1);
	nr_walkers = (unsigned)option(argc, argv, "--walkers", 4);
	nr_changers = (unsigned)option(argc, argv, "--changers", 2);
	if (!nr_walkers || !nr_changers || nr_walkers + nr_changers > MAX_THREADS)
		return 2;
	for (n = 0; n < rounds; n++, seed++) {
		if (seconds && (uint64_t)(time(NULL) - begin) >= seconds)
			break;
		one_round(ops);
	}
	for (int i = 0; i < 6; i++)
		vain |= !done[i];
	vain |= !found_online || !found_device || !found_nothing;
	printf("ok 1 - %llu rounds of %u walkers against %u that change memory: %lu times online, "
	       "%lu "
	       "a device's, %lu neither\n",
	       (unsigned long long)n, nr_walkers, nr_changers, atomic_load(&found_online),
	       atomic_load(&found_device), atomic_load(&found_nothing));
	printf("%sok 2 - of all there was some:", vain ? "not " : "");
	for (int i = 0; i < 6; i++)
		printf(" %lu %s (%lu refused)%s", atomic_load(&done[i]), names[i],
		       atomic_load(&refused[i]), i < 5 ? "," : "\n1..2\n");
	return vain;
}
