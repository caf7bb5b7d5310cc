/* SPDX-License-Identifier: MIT */
/* What cannot be moved out of a range, and so keeps it from being isolated. */
#include "internal.h"

#include <pageframe/port.h>

#include "../lib/line.h"

/* The user of an area has nothing but its blocks, and nobody else has any of them. */
const char *pfi_entry_in_the_way(uint32_t info, enum pf_migratetype type)
{
	enum pf_migratetype its = pf_info_migratetype(info);

	if (info & PF_INFO_MIXED)
		return "it is in a block with holes, or with pages of several zones";
	if (its == PF_ISOLATE)
		return "it is isolated already";
	if ((its == PF_CMA) == (type == PF_CMA))
		return NULL;
	return its == PF_CMA ? "it is in a contiguous memory area"
			     : "it is in no contiguous memory area";
}

/* What a chunk was allocated for. CMA's own user may have anything there: he says what it is. */
static const char *used_for(enum pf_migratetype use, enum pf_migratetype type)
{
	if (use == PF_MOVABLE || type == PF_CMA)
		return NULL;
	return use == PF_UNMOVABLE ? "it is in use, and cannot be moved"
				   : "it is in use, and can be dropped, but not moved";
}

bool pfi_is_damaged(const struct pf_mem *mem, pf_pfn head, unsigned order)
{
	pf_pfn end = head + (1ul << order), pfn = head;
	uint32_t marks = pf_load(&pf_block(mem, head)->info);

	if (order >= PF_BLOCK_ORDER)
		while ((pfn += PF_BLOCK_PAGES) < end)
			marks |= pf_load(&pf_block(mem, pfn)->info);
	if (order >= PF_BLOCK_ORDER || !(marks & PF_INFO_MARKED))
		return marks & PF_INFO_MARKED;
	for (marks = 0; pfn < end; pfn++)
		marks |= pf_load(&page_of(mem, pfn)->info);
	return marks & PF_INFO_MARKED;
}

/* Of a page of a chunk in use, which was allocated for @use. */
static const char *chunk_in_the_way(const struct pf_mem *mem, pf_pfn pfn, pf_pfn head,
				    unsigned order, enum pf_migratetype use,
				    enum pf_migratetype type)
{
	if (!pfi_is_damaged(mem, head, order))
		return used_for(use, type);
	if (pf_load(&pf_block(mem, pfn)->info) & PF_INFO_MARKED &&
	    pfi_word(mem, pfn) & PF_INFO_MARKED)
		return "it is damaged, and in use";
	return "it is in use, in one chunk with a damaged page";
}

const char *pfi_state_in_the_way(enum pf_state state, unsigned flags)
{
	switch (state) {
	case PF_FREE:
	case PF_TAIL: /* its CPU has it between the free lists and its own */
	case PF_PER_CPU:
		return NULL;
	case PF_POISONED:
		return flags & PF_ISOLATE_SKIP_POISONED ? NULL : "it is damaged";
	case PF_RESERVED:
		return "it is reserved";
	case PF_NOMAP:
		return "it is reserved, and nobody may map it";
	case PF_DEFERRED:
		return "it is not handed over to the page allocator yet";
	case PF_NOFREE:
		return "it is a no-free page, in use as long as the system runs";
	case PF_OFFLINE:
		return "it is offline";
	case PF_DEVICE:
		return "it is a device's";
	default:
		return "it is no memory";
	}
}

/* The chunk of blocks that a block is in. None that is allocated begins inside another. */
static unsigned long head_of(const struct pf_mem *mem, unsigned long nr)
{
	for (unsigned order = PF_BLOCK_ORDER; order < PF_MAX_ORDER; order++) {
		if (pf_load(&mem->blocks[nr].info) & PF_INFO_FIRST)
			break;
		nr &= ~(1ul << (order - PF_BLOCK_ORDER));
	}
	return nr;
}

static const char *block_in_the_way(const struct pf_mem *mem, pf_pfn pfn, enum pf_migratetype type,
				    unsigned flags)
{
	unsigned long nr = pf_block_nr(mem, pfn);
	enum pf_state state = pf_info_state(pf_load(&mem->blocks[nr].info));
	const struct pf_block *b;
	uint8_t use;

	if (state != PF_ALLOCATED)
		return pfi_state_in_the_way(state, flags);
	nr = head_of(mem, nr);
	b = &mem->blocks[nr];
	use = pf_load(&b->use);
	if (use == PF_USE_PER_CPU)
		return NULL;
	return chunk_in_the_way(mem, pfn, pf_block_pfn(mem, nr), pf_info_order(pf_load(&b->info)),
				(enum pf_migratetype)(use >> 1), type);
}

const char *pfi_in_the_way(const struct pf_mem *mem, pf_pfn pfn, enum pf_migratetype type,
			   unsigned flags, unsigned long *step)
{
	uint32_t info = pf_load(&pf_block(mem, pfn)->info);
	pf_pfn head;

	*step = PF_BLOCK_PAGES - (pfn & (PF_BLOCK_PAGES - 1));
	if (pf_info_state(info) != PF_SPLIT)
		return block_in_the_way(mem, pfn, type, flags);
	head = pfi_first_of(mem, pfn);
	info = pf_load(&page_of(mem, head)->info);
	/* What is not the first of a chunk has order 0. */
	*step = head + (1ul << pf_info_order(info)) - pfn;
	if (pf_info_state(info) == PF_ALLOCATED)
		return chunk_in_the_way(mem, pfn, head, pf_info_order(info),
					pf_info_migratetype(info), type);
	if (pf_info_state(info) == PF_NOFREE)
		info = pf_load(&page_of(mem, pfn)->info);
	/* Who has such a page is in these bits: 0 is its owner. */
	if (pf_info_state(info) == PF_NOFREE && pf_info_migratetype(info))
		return "it is a no-free page that waits: others of its chunk are in use, or "
		       "pf_drain_nofree() is due";
	return pfi_state_in_the_way(pf_info_state(info), flags);
}

const char *pfi_not_pages(const struct pf_mem *mem, pf_pfn start, pf_pfn end,
			  enum pf_migratetype type, pf_pfn *at)
{
	*at = start;
	if (type != PF_MOVABLE && type != PF_CMA)
		return "it is asked for as neither PF_MOVABLE nor PF_CMA";
	if (start >= end)
		return "it is not before the end of the range";
	if (!pf_mem_has_pfn(mem, start))
		return "it is no memory";
	*at = pf_block_pfn(mem, mem->nr_blocks);
	return pf_mem_has_pfn(mem, end - 1) ? NULL : "it is no memory";
}

const char *pfi_not_blocks(const struct pf_mem *mem, pf_pfn start, pf_pfn end,
			   enum pf_migratetype type, pf_pfn *at)
{
	const char *why = pfi_not_pages(mem, start, end, type, at);

	if (why || !((start | end) & (PF_BLOCK_PAGES - 1)))
		return why;
	*at = start & (PF_BLOCK_PAGES - 1) ? start : end;
	return "it is not at the border of a block";
}

int pfi_refuse(struct pf_obstacle *obstacle, unsigned flags, int ret, pf_pfn pfn, const char *why)
{
	struct line l = { 0 };

	if (obstacle)
		*obstacle = (struct pf_obstacle){ pfn, why };
	if (flags & PF_ISOLATE_REPORT) {
		line_str(&l, "isolation: pfn ");
		line_0x(&l, pfn);
		line_str(&l, ": ");
		line_str(&l, why);
		pf_port_print(PF_INFO, l.text);
	}
	return ret;
}
