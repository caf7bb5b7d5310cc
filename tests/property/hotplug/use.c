/* SPDX-License-Identifier: MIT */
/* Memory is used while it comes and goes: allocated, freed, withdrawn for a moment, damaged. */
#include "hotplug.h"

struct held held[MAX_HELD];
unsigned nr_held;

/* --- allocated, and free again --- */

static void now_held(pf_pfn pfn, unsigned order, enum use use)
{
	for (unsigned long i = pfn - BASE, n = 1ul << order; n--; i++) {
		if (pfn < BASE || i >= PAGES || block_of(i)->is != ONLINE || uses[i] != AVAILABLE)
			differ("page %#lx is handed out, and is not available", pfn_of(i));
		uses[i] = (uint8_t)use;
	}
	held[nr_held++] = (struct held){ pfn, order };
}

static void take(void)
{
	unsigned order = one_in(2) ? 0 : (unsigned)below(PF_MAX_ORDER + 1);
	enum use as = one_in(3) ? UNMOVABLE : MOVABLE;
	pf_gfp gfp =
		as == MOVABLE ? PF_GFP_MOVABLE | PF_GFP_ANY_ZONE : PF_GFP_UNMOVABLE | PF_GFP_NORMAL;
	int nid = one_in(2) ? -1 : (int)below(NODES);
	pf_pfn pfn;

	if (nr_held == MAX_HELD)
		return;
	begin("an allocation");
	pfn = pf_alloc_pages_node(&mem, order, gfp, nid, NULL);
	if (pfn != PF_NO_PFN)
		now_held(pfn, order, as);
}

static void now_free(unsigned long i)
{
	uses[i] = marked[i] ? OUT : AVAILABLE;
	marked[i] = false;
}

static void give(unsigned n)
{
	struct held h = held[n];

	begin("a free");
	held[n] = held[--nr_held];
	for (unsigned long i = 0; i < 1ul << h.order; i++)
		now_free(h.pfn - BASE + i);
	pf_free_pages(&mem, h.pfn, h.order);
	if (*host_output())
		differ("%#lx, order %u, is not taken back: %s", h.pfn, h.order, host_output());
}

void give_all(void)
{
	while (nr_held)
		give(nr_held - 1);
}

/* --- moved --- */

static int move(struct pf_mem *m, pf_pfn from, pf_pfn to, unsigned order, void *arg)
{
	unsigned n = 0;

	(void)arg;
	while (n < nr_held && (held[n].pfn != from || held[n].order != order))
		n++;
	if (m != &mem || n == nr_held || uses[from - BASE] != MOVABLE)
		differ("page %#lx is to be moved, and is nothing that could", from);
	if (one_in(8))
		return -1;
	held[n] = held[--nr_held];
	now_held(to, order, MOVABLE);
	for (unsigned long i = 0; i < 1ul << order; i++) {
		if (marked[from - BASE + i])
			differ("page %#lx is to be moved, and damaged", from + i);
		now_free(from - BASE + i);
	}
	return 0;
}

const struct pf_mover mover = { .move = move };

/* --- damaged --- */

static int verdict_of_damage(unsigned long i)
{
	if (block_of(i)->is != ONLINE || uses[i] == HOLE)
		return -PF_ENXIO;
	switch ((enum use)uses[i]) {
	case AVAILABLE:
		return 0;
	case OUT:
		return -PF_EEXIST;
	case MOVABLE:
	case UNMOVABLE:
		return marked[i] ? -PF_EEXIST : 1;
	default:
		return -PF_EBUSY;
	}
}

static void damage(unsigned long i)
{
	int want = verdict_of_damage(i), ret;

	if (uses[i] == KERNEL && block_of(i)->is == ONLINE)
		return; /* descriptors are allocated, and would be marked */
	begin("pf_memory_failure()");
	ret = pf_memory_failure(&mem, pfn_of(i), NULL);
	if (ret == -PF_ENOMEM && host_refused)
		return;
	if (ret != want)
		differ("page %#lx: it returns %d, not %d", pfn_of(i), ret, want);
	if (!ret)
		uses[i] = OUT;
	else if (ret == 1)
		marked[i] = true;
}

static void heal(unsigned long i)
{
	bool was = block_of(i)->is == ONLINE && (uses[i] == OUT || marked[i]);
	int ret;

	begin("pf_unpoison_page()");
	ret = pf_unpoison_page(&mem, pfn_of(i));
	if (ret != (was ? 0 : -PF_EINVAL))
		differ("page %#lx: it returns %d", pfn_of(i), ret);
	marked[i] = false;
	if (was && uses[i] == OUT)
		uses[i] = AVAILABLE;
}

/* A damaged page, from a random one on; or that one. */
static unsigned long some_damaged(void)
{
	unsigned long start = below(PAGES);

	for (unsigned long n = 0, i = start; n < PAGES; n++, i = (i + 1) % PAGES)
		if (block_of(i)->is == ONLINE && (uses[i] == OUT || marked[i]))
			return i;
	return start;
}

/* --- withdrawn for a moment --- */

static void isolate(void)
{
	pf_pfn pfn = pfn_of(below(BLOCKS) << PF_BLOCK_ORDER);

	begin("pf_isolate_range()");
	if (!pf_isolate_range(&mem, pfn, pfn + PF_BLOCK_PAGES, PF_MOVABLE, 0, NULL)) {
		if (block_of(pfn - BASE)->is != ONLINE)
			differ("the block at %#lx is isolated, and not online", pfn);
		pf_undo_isolate_range(&mem, pfn, pfn + PF_BLOCK_PAGES);
	}
}

void use(void)
{
	switch (below(16)) {
	case 0:
		damage(below(PAGES));
		break;
	case 1:
		heal(some_damaged());
		break;
	case 2:
		isolate();
		break;
	case 3:
		begin("a drain");
		if (!pf_drain_all(&mem))
			differ("some CPU cannot be drained");
		break;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		if (nr_held)
			give((unsigned)below(nr_held));
		break;
	default:
		take();
	}
}
