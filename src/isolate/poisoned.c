/* SPDX-License-Identifier: MIT */
/*
 * Pages that hardware says are damaged. A free one is cut out of its chunk. One that is in use is
 * marked, and so is the entry of its block: chunks of marked blocks do not come onto CPUs' lists,
 * and whoever frees them to the zone finds the mark (src/page_alloc/marked.c).
 *
 * A CPU that read the entry before may be putting the page onto its list just now, and its store
 * wipes the mark out, or the page is on a list already, or on its way there from the zone. So all
 * CPUs' lists go back, also those that look empty; who comes later sees the entry. Is the mark
 * there still, then it stays. For the entry's goes only when no page has one, and so it was there
 * all the time.
 *
 * Who poisons or unpoisons takes turns: so a mark that one finds is of somebody who has drained.
 */
#include "internal.h"

#include "../lib/turn.h"

/* Each time the page was freed and handed out again before the entry was seen. */
#define TURNS 100

/* What became of a page, or a negative error. */
enum {
	OUT = 0,
	MARKED = 1, /* and in use */
	IN_USE = PFI_IN_USE,
	WAS_OUT, /* before */
};

static int cut_out(struct pf_mem *mem, struct pf_zone *zone, pf_pfn head, unsigned have, pf_pfn pfn)
{
	if (!pfi_cut(mem, zone, head, have, pfn, pfn + 1))
		return -PF_ENOMEM;
	pf_store(&page_of(mem, pfn)->info, info_place(zone->type, zone->nid) | PF_POISONED);
	/* Its mark may have been wiped out, and its entry's is left. */
	pfi_look_for_marks(mem, pf_block_nr(mem, pfn));
	return OUT;
}

/* A free page is taken out, of any other it is told what it is. Under the zone's lock. */
static int look(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	unsigned long nr = pf_block_nr(mem, pfn);
	const uint32_t place = info_place(zone->type, zone->nid);
	enum pf_state state = pf_info_state(pf_load(&mem->blocks[nr].info));
	pf_pfn head;
	unsigned have;
	uint32_t word;

	if (state != PF_FREE && state != PF_SPLIT && state != PF_ALLOCATED)
		return -PF_EBUSY;
	have = pfi_chunk_of(mem, zone, pfn, &head);
	if (have <= PF_MAX_ORDER)
		return cut_out(mem, zone, head, have, pfn);
	if (state == PF_ALLOCATED && pfi_describe(mem, nr, place | PF_TAIL) < 0)
		return -PF_ENOMEM;
	word = pfi_word(mem, pfn);
	switch (pf_info_state(word)) {
	case PF_ALLOCATED:
	case PF_TAIL:
	case PF_PER_CPU: /* on a list, or not any more, or not yet */
		return word & PF_INFO_MARKED ? MARKED : IN_USE;
	case PF_POISONED:
		return WAS_OUT;
	default:
		return -PF_EBUSY;
	}
}

static int out_or_mark(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	int ret = look(mem, zone, pfn);

	if (ret == IN_USE)
		pfi_mark(mem, pfn);
	return ret;
}

typedef int (*page_fn)(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn);

/*
 * Something is done to a page, under the lock of its zone, @zone, which may be another each time:
 * it went offline, and came back elsewhere. -PF_EINVAL: it is no memory (any more).
 */
static int in_zone(struct pf_mem *mem, pf_pfn pfn, page_fn what, struct pf_zone **zone)
{
	pf_irqflags flags;
	int ret = -PF_EINVAL;

	*zone = pfi_lock_zone_of(mem, pfn, &flags);
	if (*zone) {
		ret = what(mem, *zone, pfn);
		pf_unlock_irqrestore(&(*zone)->lock, flags);
	}
	return ret;
}

static int in_turn(struct pf_mem *mem, pf_pfn pfn, page_fn what)
{
	struct pf_zone *zone;
	int ret;

	if (!pf_mem_has_pfn(mem, pfn))
		return -PF_EINVAL;
	take_turn(&mem->poisoning);
	ret = in_zone(mem, pfn, what, &zone);
	end_turn(&mem->poisoning);
	return ret;
}

int pfi_poison_free(struct pf_mem *mem, pf_pfn pfn)
{
	int ret = in_turn(mem, pfn, look);

	return ret == MARKED || ret == WAS_OUT ? -PF_EEXIST : ret;
}

/* Some CPU cannot be reached, or it is too late: no mark can be relied upon. */
static int give_up(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	int ret = look(mem, zone, pfn);

	if (ret != MARKED && ret != IN_USE)
		return ret;
	pfi_unmark(mem, pfn);
	return -PF_EBUSY;
}

static bool drain(struct pf_mem *mem, struct pf_zone *zone)
{
	return pfi_drain_zone(mem, zone, PFI_DRAIN_WAIT | PFI_DRAIN_EMPTY);
}

static int poison_page(struct pf_mem *mem, pf_pfn pfn)
{
	struct pf_zone *zone;
	int ret = in_zone(mem, pfn, out_or_mark, &zone);

	if (ret == MARKED || ret == WAS_OUT)
		return -PF_EEXIST;
	for (int turn = 0; ret == IN_USE && turn < TURNS && drain(mem, zone); turn++)
		ret = in_zone(mem, pfn, out_or_mark, &zone);
	if (ret == IN_USE)
		ret = in_zone(mem, pfn, give_up, &zone);
	/* Its owner freed it meanwhile. */
	return ret == WAS_OUT ? OUT : ret;
}

int pf_poison_page(struct pf_mem *mem, pf_pfn pfn)
{
	int ret;

	if (!pf_mem_has_pfn(mem, pfn))
		return -PF_EINVAL;
	take_turn(&mem->poisoning);
	ret = poison_page(mem, pfn);
	end_turn(&mem->poisoning);
	return ret;
}

/* Under the zone's lock. */
static int take_back(struct pf_mem *mem, struct pf_zone *zone, pf_pfn pfn)
{
	const uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	enum pf_state state = pf_info_state(info);
	uint32_t word;

	if (state != PF_SPLIT && !(state == PF_ALLOCATED && info & PF_INFO_MARKED))
		return -PF_EINVAL;
	word = pfi_word(mem, pfn);
	if (word & PF_INFO_MARKED) {
		pfi_unmark(mem, pfn);
		return 0;
	}
	if (pf_info_state(word) != PF_POISONED)
		return -PF_EINVAL;
	pfi_free_marked(mem, zone, pfn, pfn + 1);
	return 0;
}

int pf_unpoison_page(struct pf_mem *mem, pf_pfn pfn)
{
	return in_turn(mem, pfn, take_back);
}
