/* SPDX-License-Identifier: MIT */
/*
 * Free lists by order and migratetype. A link is 32 bits wide: the number of a block, or the low
 * half of a pfn, which the zone's start completes (no zone spans 2^32 pages). The neighbour of the
 * last is itself, so no number is lost as a mark.
 */
#include "internal.h"

static struct pf_links *links_of(struct pf_mem *mem, const struct pf_zone *zone, unsigned order,
				 uint32_t at)
{
	return order >= PF_BLOCK_ORDER ? &mem->blocks[at].links
				       : &page_of(mem, pfi_link_pfn(zone, at))->links;
}

static void set_nr(struct pf_zone *zone, unsigned order, enum pf_migratetype type, uint32_t nr)
{
	uint32_t bit = 1u << order, nonempty = zone->nonempty[type];

	pf_store(&zone->free[order][type].nr, nr);
	if (!nr != !(nonempty & bit))
		pf_store(&zone->nonempty[type], nonempty ^ bit);
}

/* A chain of @n chunks that is linked already but at its ends. */
static void splice(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		   enum pf_migratetype type, uint32_t first, uint32_t last, uint32_t n,
		   enum list_end at_end)
{
	struct pf_free_list *list = &zone->free[order][type];
	struct pf_links *a = links_of(mem, zone, order, first);
	struct pf_links *z = links_of(mem, zone, order, last);

	a->prev = first;
	z->next = last;
	if (!list->nr) {
		list->first = first;
		list->last = last;
	} else if (at_end == AT_HEAD) {
		z->next = list->first;
		links_of(mem, zone, order, list->first)->prev = last;
		list->first = first;
	} else {
		a->prev = list->last;
		links_of(mem, zone, order, list->last)->next = first;
		list->last = last;
	}
	set_nr(zone, order, type, list->nr + n);
}

void pfi_list_add(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		  enum pf_migratetype type, uint32_t at, enum list_end at_end)
{
	splice(mem, zone, order, type, at, at, 1, at_end);
}

void pfi_list_add_largest(struct pf_mem *mem, struct pf_zone *zone, enum pf_migratetype type,
			  unsigned long nr, unsigned long n, enum list_end at_end)
{
	const uint32_t step = LARGEST_STEP;
	uint32_t first = (uint32_t)nr, last = first + (uint32_t)(n - 1) * step;

	for (unsigned long i = 0; i < n; i++) {
		uint32_t at = first + (uint32_t)i * step;

		mem->blocks[at].links = (struct pf_links){ .next = at + step, .prev = at - step };
	}
	splice(mem, zone, PF_MAX_ORDER, type, first, last, (uint32_t)n, at_end);
}

/*
 * The reverse: chunks that follow each other in the list, from @first to @last. Inlined, so that
 * one alone, which nearly all are, is looked up once.
 */
static inline __attribute__((always_inline)) void unsplice(struct pf_mem *mem, struct pf_zone *zone,
							   unsigned order, enum pf_migratetype type,
							   uint32_t first, uint32_t last,
							   uint32_t n)
{
	struct pf_free_list *list = &zone->free[order][type];
	uint32_t prev = links_of(mem, zone, order, first)->prev;
	uint32_t next = links_of(mem, zone, order, last)->next;
	bool at_head = list->first == first, at_tail = list->last == last;

	if (at_head)
		list->first = next;
	else
		links_of(mem, zone, order, prev)->next = at_tail ? prev : next;
	if (at_tail)
		list->last = prev;
	else
		links_of(mem, zone, order, next)->prev = at_head ? next : prev;
	set_nr(zone, order, type, list->nr - n);
}

void pfi_list_del(struct pf_mem *mem, struct pf_zone *zone, unsigned order,
		  enum pf_migratetype type, uint32_t at)
{
	unsplice(mem, zone, order, type, at, at, 1);
}

void pfi_list_del_largest(struct pf_mem *mem, struct pf_zone *zone, enum pf_migratetype type,
			  unsigned long nr, unsigned long n)
{
	uint32_t low = (uint32_t)nr, high = (uint32_t)(nr + (n - 1) * LARGEST_STEP);
	bool upwards = n == 1 || mem->blocks[low].links.next == low + LARGEST_STEP;

	unsplice(mem, zone, PF_MAX_ORDER, type, upwards ? low : high, upwards ? high : low,
		 (uint32_t)n);
}
